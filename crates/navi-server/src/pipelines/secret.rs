//! Secrets that pipelines sign with, and the check of their signatures in constant time.

use std::path::Path;

use anyhow::Context as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha512};

/// A shorter secret can be guessed.
const SHORTEST: usize = 16;

/// A secret shared with a pipeline. Never shown.
pub struct Secret(Vec<u8>);

impl Secret {
    /// Reads a file; white space at its ends does not count.
    ///
    /// # Errors
    /// It cannot be read, or is too short.
    pub fn read(folder: &Path, file: &Path, what: &str) -> anyhow::Result<Self> {
        let text = read(folder, file, what)?;
        let secret = text.trim().as_bytes().to_vec();
        anyhow::ensure!(
            secret.len() >= SHORTEST,
            "{what}: {} must hold at least {SHORTEST} characters",
            file.display()
        );
        Ok(Self(secret))
    }

    /// Whether `hex` is the HMAC-SHA256 of the bytes.
    #[must_use]
    pub fn signed_sha256(&self, bytes: &[u8], hex: &str) -> bool {
        let (Ok(tag), Ok(mac)) = (hex::decode(hex), Hmac::<Sha256>::new_from_slice(&self.0)) else {
            return false;
        };
        mac.chain_update(bytes).verify_slice(&tag).is_ok()
    }

    /// Whether `hex` is the HMAC-SHA512 of the bytes.
    #[must_use]
    pub fn signed_sha512(&self, bytes: &[u8], hex: &str) -> bool {
        let (Ok(tag), Ok(mac)) = (hex::decode(hex), Hmac::<Sha512>::new_from_slice(&self.0)) else {
            return false;
        };
        mac.chain_update(bytes).verify_slice(&tag).is_ok()
    }
}

/// A file of the configuration.
///
/// # Errors
/// It cannot be read.
pub fn read(folder: &Path, file: &Path, what: &str) -> anyhow::Result<String> {
    let path = folder.join(file);
    std::fs::read_to_string(&path).with_context(|| format!("{what}: cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_signature_of_the_very_bytes_fits() {
        let secret = Secret(b"a secret of the tests".to_vec());
        let sha256 = hex::encode(
            Hmac::<Sha256>::new_from_slice(&secret.0).unwrap().chain_update(b"body").finalize().into_bytes(),
        );
        assert!(secret.signed_sha256(b"body", &sha256));
        assert!(!secret.signed_sha256(b"body ", &sha256));
        assert!(!secret.signed_sha256(b"body", &sha256[..62]), "a prefix is no signature");
        assert!(!secret.signed_sha256(b"body", ""));
        assert!(!secret.signed_sha256(b"body", "not hex"));
        assert!(!secret.signed_sha512(b"body", &sha256), "nor one of another kind");
        assert!(!Secret(b"another secret here".to_vec()).signed_sha256(b"body", &sha256));
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = Path::new("secret");
        assert!(Secret::read(dir.path(), file, "webhooks.github.secret_file").is_err(), "there is none");
        std::fs::write(dir.path().join(file), "short\n").unwrap();
        assert!(Secret::read(dir.path(), file, "webhooks.github.secret_file").is_err());
        std::fs::write(dir.path().join(file), "  long enough to be one\n").unwrap();
        assert_eq!(Secret::read(dir.path(), file, "x").unwrap().0, b"long enough to be one");
    }
}
