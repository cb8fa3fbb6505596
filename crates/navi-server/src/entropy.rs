//! Randomness as a parameter, so that tests are repeatable.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use navi_domain::UtcMicros;

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Errors
    /// When the system has no randomness; nothing may be decided then.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFault>;
}

/// The system has no randomness.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct EntropyFault;

/// The operating system's randomness.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFault> {
        getrandom::fill(buffer).map_err(|_| EntropyFault)
    }
}

impl dyn Entropy {
    /// `N` random bytes.
    ///
    /// # Errors
    /// [`EntropyFault`]
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], EntropyFault> {
        let mut buffer = [0; N];
        self.fill(&mut buffer)?;
        Ok(buffer)
    }

    /// A UUID v7 (RFC 9562) of this instant.
    ///
    /// # Errors
    /// [`EntropyFault`]
    pub fn id(&self, at: UtcMicros) -> Result<String, EntropyFault> {
        let random = self.bytes::<10>()?;
        let millis = u64::try_from(at / 1000).unwrap_or(0);
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string())
    }

    /// A secret text: prefix and 256 random bits.
    ///
    /// # Errors
    /// [`EntropyFault`]
    pub fn secret(&self, prefix: &str) -> Result<String, EntropyFault> {
        Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(self.bytes::<32>()?)))
    }
}
