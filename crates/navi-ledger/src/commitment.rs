//! Commitments to payloads: a leaf holds HMAC-SHA256(nonce, payload), so that personal data can be erased (payload
//! and nonce deleted) while every proof stays valid. The nonce must be fresh, random and secret once erased.

use crate::Hash;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA256 (RFC 2104) of `payload` under the 32-byte `nonce`.
pub fn commit(nonce: &[u8; 32], payload: &[u8]) -> Hash {
    Hmac::<Sha256>::new(&block_key(nonce)).chain_update(payload).finalize().into_bytes().into()
}

/// Whether `commitment` is [`commit`]`(nonce, payload)`.
pub fn verify(commitment: &Hash, nonce: &[u8; 32], payload: &[u8]) -> bool {
    Hmac::<Sha256>::new(&block_key(nonce)).chain_update(payload).verify_slice(commitment).is_ok()
}

/// The key as HMAC itself would pad it: to the 64-byte block with zeros. Taking the whole block needs no fallible
/// constructor.
fn block_key(nonce: &[u8; 32]) -> hmac::digest::Key<Hmac<Sha256>> {
    let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
    key.iter_mut().zip(nonce).for_each(|(k, n)| *k = *n);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commitment_is_hmac_sha256() {
        // RFC 4231 test case 3 has a 20-byte key of 0xaa; HMAC pads keys with zeros, so 12 zeros change nothing.
        let mut nonce = [0u8; 32];
        nonce[..20].fill(0xaa);
        let expected = "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe";
        assert_eq!(hex::encode(commit(&nonce, &[0xdd; 50])), expected);
    }

    #[test]
    fn another_payload_or_nonce_does_not_verify() {
        let commitment = commit(&[7; 32], b"payload");
        assert!(verify(&commitment, &[7; 32], b"payload"));
        assert!(!verify(&commitment, &[7; 32], b"Payload"));
        assert!(!verify(&commitment, &[8; 32], b"payload"));
    }
}
