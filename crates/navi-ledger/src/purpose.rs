//! Keys of other purposes than checkpoints, each made from the ledger's key: whoever has one cannot make the other, and
//! none is kept in a file of its own. They change when the ledger's key is rotated.

use ed25519_dalek::{Signer as _, SigningKey};

use crate::commitment::commit;

/// A key that signs for one purpose (Ed25519).
pub struct PurposeKey(SigningKey);

impl PurposeKey {
    /// HMAC-SHA256 of the purpose under the seed is the seed of this key.
    pub(crate) fn derived(seed: &[u8; 32], purpose: &str) -> Self {
        Self(SigningKey::from_bytes(&commit(seed, purpose.as_bytes())))
    }

    /// The public half in hex.
    pub fn public_key(&self) -> String {
        hex::encode(self.0.verifying_key().to_bytes())
    }

    /// Signs (RFC 8032).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for PurposeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PurposeKey").field(&self.public_key()).finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::checkpoint::Signer;

    #[test]
    fn each_purpose_has_a_key_of_its_own() {
        let ledger = Signer::from_seed("log", [7; 32]).unwrap();
        let keys = [
            ledger.for_purpose("a").public_key(),
            ledger.for_purpose("b").public_key(),
            Signer::from_seed("log", [8; 32]).unwrap().for_purpose("a").public_key(),
        ];
        assert_eq!(std::collections::BTreeSet::from(keys.clone()).len(), 3);
        assert_eq!(ledger.for_purpose("a").public_key(), keys[0], "and always the same one");
        assert!(!format!("{:?}", ledger.for_purpose("a")).contains(&hex::encode([7; 32])));
    }
}
