//! The step-up key, sealed under a passphrase: Argon2id (RFC 9106) with 256 MiB, then XChaCha20-Poly1305.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// KiB of memory for new seals; seals with less are refused.
const MEMORY_KIB: u32 = 256 * 1024;
const ITERATIONS: u32 = 3;

/// Why a key could not be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Fewer than ten characters.
    #[error("the passphrase needs at least 10 characters")]
    TooShort,
    /// Only digits.
    #[error("the passphrase must not be digits only")]
    DigitsOnly,
    /// Wrong passphrase, or the seal was changed.
    #[error("the passphrase does not open the step-up key")]
    WrongPassphrase,
    /// No memory or no randomness.
    #[error("the key derivation could not run")]
    Derivation,
}

/// A sealed 32-byte key. Everything is hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    v: u8,
    memory_kib: u32,
    iterations: u32,
    salt: String,
    nonce: String,
    ciphertext: String,
}

/// Whether a passphrase may be used.
///
/// # Errors
/// [`SealError::TooShort`] or [`SealError::DigitsOnly`].
pub fn check_passphrase(passphrase: &str) -> Result<(), SealError> {
    if passphrase.chars().count() < 10 {
        return Err(SealError::TooShort);
    }
    if passphrase.chars().all(|c| c.is_numeric()) {
        return Err(SealError::DigitsOnly);
    }
    Ok(())
}

/// Seals a key. Takes about a second and 256 MiB: use a blocking thread.
///
/// # Errors
/// [`SealError`]
pub fn seal(key: &[u8; 32], passphrase: &str) -> Result<Sealed, SealError> {
    check_passphrase(passphrase)?;
    let (mut salt, mut nonce) = ([0_u8; 16], [0_u8; 24]);
    getrandom::fill(&mut salt)
        .and_then(|()| getrandom::fill(&mut nonce))
        .map_err(|_| SealError::Derivation)?;
    let cipher = cipher(passphrase, &salt, MEMORY_KIB, ITERATIONS)?;
    let sealed = cipher.encrypt(&XNonce::from(nonce), key.as_slice()).map_err(|_| SealError::Derivation)?;
    Ok(Sealed {
        v: 1,
        memory_kib: MEMORY_KIB,
        iterations: ITERATIONS,
        salt: hex::encode(salt),
        nonce: hex::encode(nonce),
        ciphertext: hex::encode(sealed),
    })
}

/// Opens a sealed key.
///
/// # Errors
/// [`SealError::WrongPassphrase`] also for a changed seal.
pub fn open(sealed: &Sealed, passphrase: &str) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let wrong = SealError::WrongPassphrase;
    if sealed.v != 1 || !(MEMORY_KIB..=4 * MEMORY_KIB).contains(&sealed.memory_kib) || sealed.iterations > 16
    {
        return Err(wrong);
    }
    let salt = hex::decode(&sealed.salt).map_err(|_| wrong)?;
    let nonce: [u8; 24] = hex::decode(&sealed.nonce).ok().and_then(|n| n.try_into().ok()).ok_or(wrong)?;
    let ciphertext = hex::decode(&sealed.ciphertext).map_err(|_| wrong)?;
    let cipher = cipher(passphrase, &salt, sealed.memory_kib, sealed.iterations)?;
    let key = Zeroizing::new(cipher.decrypt(&XNonce::from(nonce), ciphertext.as_slice()).map_err(|_| wrong)?);
    <[u8; 32]>::try_from(key.as_slice()).map(Zeroizing::new).map_err(|_| wrong)
}

fn cipher(
    passphrase: &str,
    salt: &[u8],
    memory: u32,
    iterations: u32,
) -> Result<XChaCha20Poly1305, SealError> {
    let params = Params::new(memory, iterations, 1, Some(32)).map_err(|_| SealError::Derivation)?;
    let mut key = Zeroizing::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
        .map_err(|_| SealError::Derivation)?;
    XChaCha20Poly1305::new_from_slice(key.as_ref()).map_err(|_| SealError::Derivation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_passphrase_opens_the_seal() {
        let sealed = seal(&[9; 32], "correct horse").unwrap();
        assert_eq!(*open(&sealed, "correct horse").unwrap(), [9; 32]);
        assert_eq!(open(&sealed, "correct horsf"), Err(SealError::WrongPassphrase));
        let weaker = Sealed { memory_kib: 8, ..sealed };
        assert_eq!(open(&weaker, "correct horse"), Err(SealError::WrongPassphrase));
    }

    #[test]
    fn weak_passphrases_are_refused() {
        assert_eq!(check_passphrase("short"), Err(SealError::TooShort));
        assert_eq!(check_passphrase("0123456789012"), Err(SealError::DigitsOnly));
        assert_eq!(check_passphrase("ten chars!"), Ok(()));
    }
}
