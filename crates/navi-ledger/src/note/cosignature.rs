//! Cosignatures (C2SP tlog-cosignature, `cosignature/v1`, signature type 0x04): a witness says that at a time it saw this
//! checkpoint, and that it extends every one it cosigned before.

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::{COSIGNATURE, NoteError, signature_line, split};

/// Seconds and signature of one cosignature line, as bytes: 4 of key hash, 8 of time, 64 of signature.
const TIME_AND_SIGNATURE: usize = 8 + 64;

/// A named Ed25519 key of a witness that cosigns. Its `Debug` shows the public half only.
pub struct Cosigner {
    key: SigningKey,
    witness: Witness,
}

impl std::fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cosigner").field("vkey", &self.witness.vkey()).finish_non_exhaustive()
    }
}

impl Cosigner {
    /// The key made from a 32-byte Ed25519 seed, under a name without spaces or `+`.
    ///
    /// # Errors
    /// [`NoteError::KeyName`].
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, NoteError> {
        let key = SigningKey::from_bytes(&seed);
        Ok(Self { witness: Witness::new(name, key.verifying_key())?, key })
    }

    /// The public half.
    #[must_use]
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    /// The signature line over the checkpoint in a note, at a time in Unix seconds. The caller has checked the
    /// checkpoint and that it extends the last one cosigned.
    ///
    /// # Errors
    /// [`NoteError`] when the bytes are not a note.
    pub fn cosign(&self, note: &str, at_secs: u64) -> Result<String, NoteError> {
        let (text, _) = split(note)?;
        let signature = self.key.sign(message(text, at_secs).as_bytes());
        let mut bytes = self.witness.key_hash().to_vec();
        bytes.extend_from_slice(&at_secs.to_be_bytes());
        bytes.extend_from_slice(&signature.to_bytes());
        Ok(format!("\u{2014} {} {}", self.witness.name, BASE64_STANDARD.encode(bytes)))
    }
}

/// A named Ed25519 public key of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    name: String,
    key: VerifyingKey,
}

impl Witness {
    /// A witness by the 32 bytes of its public key.
    ///
    /// # Errors
    /// [`NoteError::KeyName`] or [`NoteError::Vkey`].
    pub fn from_key(name: &str, key: &[u8; 32]) -> Result<Self, NoteError> {
        let bad = NoteError::Vkey { reason: "it is not an Ed25519 key" };
        Self::new(name, VerifyingKey::from_bytes(key).map_err(|_| bad)?)
    }

    /// Reads `NAME+HASH+KEY` of a key of type 0x04.
    ///
    /// # Errors
    /// [`NoteError::Vkey`].
    pub fn from_vkey(vkey: &str) -> Result<Self, NoteError> {
        let bad = |reason| NoteError::Vkey { reason };
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(hash), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("it is not of the form NAME+HASH+KEY"));
        };
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| bad("its last part is not base64"))?;
        let key = match bytes.split_first() {
            Some((&COSIGNATURE, key)) => <[u8; 32]>::try_from(key).ok(),
            _ => None,
        };
        let witness = Self::from_key(name, &key.ok_or(bad("it is not the key of a witness"))?)?;
        if hash == hex::encode(witness.key_hash()) {
            Ok(witness)
        } else {
            Err(bad("its hash is not that of the name and key"))
        }
    }

    fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        if name.is_empty() || name.contains(|c: char| c == '+' || c.is_whitespace() || c.is_control()) {
            return Err(NoteError::KeyName { name: name.to_owned() });
        }
        if key.is_weak() {
            return Err(NoteError::Vkey { reason: "it is a weak key" });
        }
        Ok(Self { name: name.to_owned(), key })
    }

    /// Name of the witness.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    #[must_use]
    pub fn key_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The verifier key `NAME+HASH+KEY`.
    #[must_use]
    pub fn vkey(&self) -> String {
        let encoded = BASE64_STANDARD.encode(self.typed_key());
        format!("{}+{}+{encoded}", self.name, hex::encode(self.key_hash()))
    }

    /// The time in Unix seconds at which this witness cosigned the checkpoint of a note, if it did: the newest.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when a line claims to be of this key and does not hold.
    pub fn cosigned_at(&self, note: &str) -> Result<Option<u64>, NoteError> {
        let (text, lines) = split(note)?;
        let mut newest = None;
        for line in lines.lines() {
            let (name, key_hash, bytes) = signature_line(line)?;
            if name != self.name || key_hash != self.key_hash() {
                continue;
            }
            let bad = || NoteError::BadSignature { name: self.name.clone() };
            let (time, signature) = bytes.split_first_chunk::<8>().ok_or_else(bad)?;
            let at_secs = u64::from_be_bytes(*time);
            let holds = bytes.len() == TIME_AND_SIGNATURE
                && Signature::from_slice(signature).is_ok_and(|signature| {
                    self.key.verify_strict(message(text, at_secs).as_bytes(), &signature).is_ok()
                });
            if !holds {
                return Err(bad());
            }
            newest = newest.max(Some(at_secs));
        }
        Ok(newest)
    }

    fn typed_key(&self) -> Vec<u8> {
        std::iter::once(COSIGNATURE).chain(*self.key.as_bytes()).collect()
    }

    fn key_hash(&self) -> [u8; 4] {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(&self.name)
            .chain_update("\n")
            .chain_update(self.typed_key())
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }
}

fn message(text: &str, at_secs: u64) -> String {
    format!("cosignature/v1\ntime {at_secs}\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Checkpoint, Signer};

    fn note() -> String {
        let signer = Signer::from_seed("navi.example/acme", [3; 32]).unwrap();
        signer.sign(&Checkpoint { origin: "navi.example/acme".into(), size: 42, root: [5; 32] })
    }

    #[test]
    fn a_cosignature_holds_for_its_checkpoint_and_time_only() {
        let console = Cosigner::from_seed("console-1", [9; 32]).unwrap();
        let line = console.cosign(&note(), 1_700_000_000).unwrap();
        let signed = crate::note::with_lines(&note(), [line.as_str()]);
        let witness = Witness::from_vkey(&console.witness().vkey()).unwrap();
        assert_eq!(witness.cosigned_at(&signed), Ok(Some(1_700_000_000)));
        assert_eq!(witness.cosigned_at(&note()), Ok(None));
        let other = signed.replacen("\n42\n", "\n43\n", 1);
        assert!(matches!(witness.cosigned_at(&other), Err(NoteError::BadSignature { .. })));
        let log = Signer::from_seed("navi.example/acme", [3; 32]).unwrap();
        assert_eq!(log.verifier().open(&signed).unwrap().size, 42, "the log's own line still holds");
        assert_eq!(crate::note::with_lines(&signed, [line.as_str()]), signed, "no line twice");
    }

    #[test]
    fn a_log_key_is_no_witness_key() {
        let log = Signer::from_seed("navi.example/acme", [3; 32]).unwrap();
        assert!(Witness::from_vkey(&log.vkey()).is_err());
        let stranger = Cosigner::from_seed("console-1", [8; 32]).unwrap();
        let line = Cosigner::from_seed("console-1", [9; 32]).unwrap().cosign(&note(), 1).unwrap();
        let signed = crate::note::with_lines(&note(), [line.as_str()]);
        assert_eq!(stranger.witness().cosigned_at(&signed), Ok(None), "another key of the same name");
    }
}
