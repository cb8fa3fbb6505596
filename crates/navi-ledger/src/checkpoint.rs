//! Checkpoints (C2SP tlog-checkpoint): a signed note whose text is origin, size and root of a log.
//!
//! The signature says that the log's key vouched for this root. Whether the origin is the one the caller follows, and
//! whether the tree extends an older one, is for the caller to check.

pub use crate::note::{NoteError, SignatureLine, Signer, Verifier};

use crate::{Hash, note};
use base64::{Engine, prelude::BASE64_STANDARD};

/// Origin, size and root of a log at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log, one line, unique for each tree.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// RFC 6962 root over those entries.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed: origin, decimal size and base64 root, a line each.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64_STANDARD.encode(self.root))
    }

    /// Reads a checkpoint's text. Extension lines after the root are allowed and ignored, as C2SP asks.
    fn from_body(text: &str) -> Result<Self, NoteError> {
        let not = |reason| NoteError::NotCheckpoint { reason };
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(not("it needs three lines: origin, size, root"));
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(not("it has an empty line"));
        }
        let decimal =
            size.bytes().all(|byte| byte.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        let size = size.parse().ok().filter(|_| decimal).ok_or(not("its size is not a decimal number"))?;
        let root = BASE64_STANDARD.decode(root).ok().and_then(|root| Hash::try_from(root).ok());
        let root = root.ok_or(not("its root is not a SHA-256 hash in base64"))?;
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// Reads the checkpoint in a note **without checking any signature**. Only for a note the caller already
    /// trusts, such as one it checked and kept before.
    pub fn from_trusted_note(note: &str) -> Result<Self, NoteError> {
        let (text, _) = note::split(note)?;
        Self::from_body(text)
    }
}

/// A note with further signature lines (of witnesses) after its own; no line twice.
#[must_use]
pub fn with_lines<'a>(note: &str, lines: impl IntoIterator<Item = &'a str>) -> String {
    note::with_lines(note, lines)
}

/// Signature lines of a note.
///
/// # Errors
/// [`NoteError::Malformed`].
pub fn signature_lines(note: &str) -> Result<Vec<SignatureLine<'_>>, NoteError> {
    note::lines(note)
}

impl Signer {
    /// Signs a checkpoint and returns the whole note. The origin must be one non-empty line, otherwise nobody can
    /// open the note.
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        self.sign_text(&checkpoint.body())
    }
}

impl Verifier {
    /// The checkpoint in a note, if this key signed it. Lines of unknown keys are ignored, up to 100 lines are read.
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        Checkpoint::from_body(self.open_text(note)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::empty_root;

    fn signer() -> Signer {
        Signer::from_seed("navi.example/acme", [3; 32]).unwrap()
    }

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint { origin: "navi.example/acme".into(), size, root: [5; 32] }
    }

    #[test]
    fn signed_checkpoint_opens_with_its_key_only() {
        let note = signer().sign(&checkpoint(42));
        assert!(
            note.starts_with(
                "navi.example/acme\n42\nBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=\n\n\u{2014} "
            )
        );
        assert_eq!(Verifier::from_vkey(&signer().vkey()).unwrap().open(&note), Ok(checkpoint(42)));
        let stranger = Signer::from_seed("navi.example/acme", [4; 32]).unwrap();
        assert!(matches!(stranger.verifier().open(&note), Err(NoteError::NotSigned { .. })));
    }

    #[test]
    fn edges_of_the_size_survive() {
        for size in [0, 1, u64::MAX] {
            let note = signer().sign(&checkpoint(size));
            assert_eq!(signer().verifier().open(&note), Ok(checkpoint(size)));
            assert_eq!(Checkpoint::from_trusted_note(&note), Ok(checkpoint(size)));
        }
    }

    #[test]
    fn extension_lines_are_signed_and_ignored() {
        let note = signer().sign_text(&format!("{}extension 1\n", checkpoint(7).body()));
        assert_eq!(signer().verifier().open(&note), Ok(checkpoint(7)));
    }

    #[test]
    fn signed_texts_that_are_no_checkpoints_are_refused() {
        let root = BASE64_STANDARD.encode(empty_root());
        for text in [
            "origin\n1\n".to_owned(),
            format!("\n1\n{root}\n"),
            format!("origin\n01\n{root}\n"),
            format!("origin\n+1\n{root}\n"),
            format!("origin\n-1\n{root}\n"),
            format!("origin\n\n{root}\n"),
            format!("origin\n18446744073709551616\n{root}\n"),
            "origin\n1\nAAAA\n".to_owned(),
            "origin\n1\nno base64\n".to_owned(),
        ] {
            let found = signer().verifier().open(&signer().sign_text(&text));
            assert!(matches!(found, Err(NoteError::NotCheckpoint { .. })), "{found:?} for {text:?}");
        }
    }
}
