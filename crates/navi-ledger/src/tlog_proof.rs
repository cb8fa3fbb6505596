//! `.tlog-proof` files (C2SP tlog-proof): that one entry is in a log, in one text that needs nothing else but keys.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::Hash;
use crate::checkpoint::{Checkpoint, NoteError, Verifier};
use crate::proof::{ProofError, verify_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// More hashes than any tree needs.
const MAX_HASHES: usize = 63;

/// One proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Bytes beside the proof that the log does not vouch for; empty: none.
    pub extra: Vec<u8>,
    /// Index of the entry.
    pub index: u64,
    /// Inclusion proof, bottom to top.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, with every signature line.
    pub checkpoint: String,
}

/// Why a proof is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// The text is not such a file.
    #[error("this is not a tlog-proof: {0}")]
    Malformed(&'static str),
    /// The checkpoint is not signed by the key.
    #[error("the checkpoint is not accepted")]
    Checkpoint(#[source] NoteError),
    /// The proof does not hold.
    #[error("the proof does not hold")]
    Proof(#[source] ProofError),
}

impl TlogProof {
    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        if !self.extra.is_empty() {
            text.push_str(&format!("extra {}\n", BASE64_STANDARD.encode(&self.extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            text.push_str(&BASE64_STANDARD.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a file. Nothing is verified yet.
    ///
    /// # Errors
    /// [`TlogProofError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, TlogProofError> {
        let bad = TlogProofError::Malformed;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(bad("it has no empty line before the checkpoint"))?;
        let mut lines = head.lines().peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(bad("its first line is not c2sp.org/tlog-proof@v1"));
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => BASE64_STANDARD
                .decode(line.trim_start_matches("extra "))
                .map_err(|_| bad("its extra line is not base64"))?,
            None => Vec::new(),
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .filter(|digits| *digits == "0" || !digits.starts_with('0'))
            .and_then(|digits| digits.parse().ok())
            .ok_or(bad("it has no index line"))?;
        let mut hashes = Vec::new();
        for line in lines {
            let hash = BASE64_STANDARD.decode(line).ok().and_then(|bytes| Hash::try_from(bytes).ok());
            hashes.push(hash.ok_or(bad("a hash is not 32 bytes in base64"))?);
            if hashes.len() > MAX_HASHES {
                return Err(bad("it has more than 63 hashes"));
            }
        }
        Ok(Self { extra, index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Verifies that a leaf hash is the entry this proof speaks of, in the log of this key.
    ///
    /// # Errors
    /// [`TlogProofError`].
    pub fn verify(&self, leaf: &Hash, log: &Verifier) -> Result<Checkpoint, TlogProofError> {
        let checkpoint = log.open(&self.checkpoint).map_err(TlogProofError::Checkpoint)?;
        verify_inclusion(leaf, self.index, checkpoint.size, &self.hashes, &checkpoint.root)
            .map_err(TlogProofError::Proof)?;
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Signer;
    use crate::proof::inclusion;
    use crate::tree::{leaf_hash, root_of};

    #[test]
    fn a_proof_survives_its_text_and_holds_for_its_entry_only() {
        let leaves: Vec<Hash> = (0..9u8).map(|i| leaf_hash(&[i])).collect();
        let log = Signer::from_seed("navi.example/acme", [3; 32]).unwrap();
        let checkpoint = Checkpoint { origin: "navi.example/acme".into(), size: 9, root: root_of(&leaves) };
        for extra in [Vec::new(), b"beside".to_vec()] {
            let proof = TlogProof {
                extra,
                index: 4,
                hashes: inclusion(&leaves, 4, 9).unwrap(),
                checkpoint: log.sign(&checkpoint),
            };
            let read = TlogProof::parse(&proof.to_text()).unwrap();
            assert_eq!(read, proof);
            assert_eq!(read.verify(&leaves[4], log.verifier()), Ok(checkpoint.clone()));
            assert!(matches!(read.verify(&leaves[5], log.verifier()), Err(TlogProofError::Proof(_))));
            let stranger = Signer::from_seed("navi.example/acme", [4; 32]).unwrap();
            assert!(matches!(
                read.verify(&leaves[4], stranger.verifier()),
                Err(TlogProofError::Checkpoint(_))
            ));
        }
    }

    #[test]
    fn texts_that_are_no_proofs_are_refused() {
        for text in [
            "",
            "c2sp.org/tlog-proof@v1\nindex 1\n",
            "c2sp.org/tlog-proof@v2\nindex 1\n\nnote",
            "c2sp.org/tlog-proof@v1\nindex 01\n\nnote",
            "c2sp.org/tlog-proof@v1\nindex -1\n\nnote",
            "c2sp.org/tlog-proof@v1\nAAAA\n\nnote",
            "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nnote",
            "c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\nnote",
        ] {
            assert!(matches!(TlogProof::parse(text), Err(TlogProofError::Malformed(_))), "{text:?}");
        }
    }
}
