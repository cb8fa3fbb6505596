//! Signed notes (C2SP signed-note) with Ed25519 keys (signature type 0x01): a text, an empty line, and signature
//! lines `— NAME base64(key hash ‖ signature)`. Knows nothing of what the text says.

use crate::purpose::PurposeKey;
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Signature type of a cosignature: a time before the signature, both over the checkpoint (C2SP tlog-cosignature).
const COSIGNATURE: u8 = 0x04;
/// Signature type of a plain Ed25519 signature over the note text.
const ED25519: u8 = 0x01;
/// Longest note read, in bytes.
const MAX_NOTE_BYTES: usize = 1_000_000;
/// Most signature lines read. C2SP asks for at least 16.
const MAX_SIGNATURES: usize = 100;

/// Why a key, a note or a checkpoint is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A key name is empty, or has a space, a control character or a plus sign in it.
    #[error("{name:?} cannot name a key: it must not be empty nor hold spaces or '+'")]
    KeyName {
        /// The name given.
        name: String,
    },
    /// A verifier key is not `NAME+HASH+KEY` of an Ed25519 key, or its hash is not that of the key.
    #[error("the verifier key is not usable: {reason}")]
    Vkey {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The bytes are not a signed note.
    #[error("this is not a signed note: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No line carries a signature of the key asked for.
    #[error("the note carries no signature of {name}")]
    NotSigned {
        /// Name and hash of the key asked for.
        name: String,
    },
    /// A line claims to be of the key asked for, and its signature does not hold.
    #[error("the signature of {name} does not match the note")]
    BadSignature {
        /// Name and hash of the key asked for.
        name: String,
    },
    /// The text of the note is not a checkpoint.
    #[error("the note is not a checkpoint: {reason}")]
    NotCheckpoint {
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// A named Ed25519 key that signs. Its `Debug` shows the public half only.
pub struct Signer {
    key: SigningKey,
    verifier: Verifier,
}

impl Signer {
    /// The key made from a 32-byte Ed25519 seed, under a name without spaces or `+`.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, NoteError> {
        let key = SigningKey::from_bytes(&seed);
        let verifier = Verifier::new(name, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// Name of the key.
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// The verifier key `NAME+HASH+KEY` to hand to those who check (C2SP signed-note).
    pub fn vkey(&self) -> String {
        self.verifier.vkey()
    }

    /// The public half.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The key of another purpose. It changes when this one does.
    pub fn for_purpose(&self, purpose: &str) -> PurposeKey {
        PurposeKey::derived(&self.key.to_bytes(), purpose)
    }

    /// Signs a text, which must end with a line feed, and returns the whole note.
    pub(crate) fn sign_text(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes());
        let mut bytes = self.verifier.key_hash().to_vec();
        bytes.extend_from_slice(&signature.to_bytes());
        format!("{text}\n\u{2014} {} {}\n", self.name(), BASE64_STANDARD.encode(bytes))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("vkey", &self.vkey()).finish_non_exhaustive()
    }
}

/// A named Ed25519 public key that checks notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

impl Verifier {
    /// Reads `NAME+HASH+KEY`: the key's name, its hash as 8 lower-case hex digits, and base64 of type and key.
    pub fn from_vkey(vkey: &str) -> Result<Self, NoteError> {
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(hash), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Vkey { reason: "it is not of the form NAME+HASH+KEY" });
        };
        let bytes = BASE64_STANDARD
            .decode(encoded)
            .map_err(|_| NoteError::Vkey { reason: "its last part is not base64" })?;
        let Some((&ED25519, key)) = bytes.split_first() else {
            return Err(NoteError::Vkey { reason: "it is not an Ed25519 key" });
        };
        let key = <[u8; 32]>::try_from(key)
            .ok()
            .and_then(|key| VerifyingKey::from_bytes(&key).ok())
            .ok_or(NoteError::Vkey { reason: "it is not an Ed25519 key" })?;
        let verifier = Self::new(name, key)?;
        if hash != hex::encode(verifier.key_hash()) {
            return Err(NoteError::Vkey { reason: "its hash is not that of the name and key" });
        }
        Ok(verifier)
    }

    /// The same public key under another name: a log that starts anew keeps its key and takes another origin.
    ///
    /// # Errors
    /// [`NoteError::KeyName`]
    pub fn renamed(&self, name: &str) -> Result<Self, NoteError> {
        Self::new(name, self.key)
    }

    fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        let bad = |c: char| c == '+' || c.is_whitespace() || c.is_control();
        if name.is_empty() || name.contains(bad) {
            return Err(NoteError::KeyName { name: name.to_owned() });
        }
        if key.is_weak() {
            return Err(NoteError::Vkey { reason: "it is a weak key" });
        }
        Ok(Self { name: name.to_owned(), key })
    }

    /// Name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The verifier key `NAME+HASH+KEY`, as [`from_vkey`](Self::from_vkey) reads it.
    pub fn vkey(&self) -> String {
        let encoded = BASE64_STANDARD.encode(self.typed_key());
        format!("{}+{}+{encoded}", self.name, hex::encode(self.key_hash()))
    }

    /// First four bytes of `SHA-256(name ‖ "\n" ‖ type ‖ key)`.
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

    fn typed_key(&self) -> Vec<u8> {
        std::iter::once(ED25519).chain(*self.key.as_bytes()).collect()
    }

    /// The text of a note that this key signed, final line feed included. Lines of other keys are ignored; every
    /// line that claims to be of this key must hold.
    pub(crate) fn open_text<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
        let (text, lines) = split(note)?;
        let mut signed = false;
        for line in lines.lines() {
            let (name, key_hash, signature) = signature_line(line)?;
            if name != self.name || key_hash != self.key_hash() {
                continue;
            }
            let holds = Signature::from_slice(&signature)
                .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok());
            if !holds {
                return Err(NoteError::BadSignature { name: self.title() });
            }
            signed = true;
        }
        if signed { Ok(text) } else { Err(NoteError::NotSigned { name: self.title() }) }
    }

    /// Name and hash, as messages show the key.
    fn title(&self) -> String {
        format!("{}+{}", self.name, hex::encode(self.key_hash()))
    }
}

/// Splits a note into its text (with the final line feed) and its signature lines.
pub(crate) fn split(note: &str) -> Result<(&str, &str), NoteError> {
    let malformed = |reason| Err(NoteError::Malformed { reason });
    if note.len() > MAX_NOTE_BYTES {
        return malformed("it is longer than 1 MB");
    }
    if note.contains(|c: char| c < ' ' && c != '\n') {
        return malformed("it holds control characters");
    }
    let Some(end) = note.rfind("\n\n") else {
        return malformed("it has no empty line before signatures");
    };
    let (Some(text), Some(lines)) = (note.get(..end + 1), note.get(end + 2..)) else {
        return malformed("it has no signatures");
    };
    if lines.is_empty() || !lines.ends_with('\n') {
        return malformed("its signatures do not end with a line feed");
    }
    if lines.bytes().filter(|byte| *byte == b'\n').count() > MAX_SIGNATURES {
        return malformed("it has more than 100 signatures");
    }
    Ok((text, lines))
}

/// Key name, key hash and signature of one `— NAME BASE64` line.
fn signature_line(line: &str) -> Result<(&str, [u8; 4], Vec<u8>), NoteError> {
    let malformed =
        NoteError::Malformed { reason: "a signature line is not of the form \u{2014} NAME BASE64" };
    let parts = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' '));
    let Some((name, encoded)) = parts else { return Err(malformed) };
    let Ok(bytes) = BASE64_STANDARD.decode(encoded) else { return Err(malformed) };
    match bytes.split_first_chunk::<4>() {
        Some((key_hash, signature)) if !name.is_empty() && !signature.is_empty() => {
            Ok((name, *key_hash, signature.to_vec()))
        }
        _ => Err(malformed),
    }
}

/// The note with further signature lines after its own. A line that already stands in it is not added twice.
#[must_use]
pub(crate) fn with_lines<'a>(note: &str, lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut whole = note.to_owned();
    for line in lines {
        if !whole.lines().any(|known| known == line) {
            whole.push_str(line);
            whole.push('\n');
        }
    }
    whole
}

/// One signature line of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureLine<'n> {
    /// The whole line.
    pub line: &'n str,
    /// Name of the key.
    pub name: &'n str,
    /// Hash of the key.
    pub key_hash: [u8; 4],
}

/// Signature lines of a note.
pub(crate) fn lines(note: &str) -> Result<Vec<SignatureLine<'_>>, NoteError> {
    let (_, lines) = split(note)?;
    let read = |line| signature_line(line).map(|(name, key_hash, _)| SignatureLine { line, name, key_hash });
    lines.lines().map(read).collect()
}

pub mod cosignature;

#[cfg(test)]
mod tests;
