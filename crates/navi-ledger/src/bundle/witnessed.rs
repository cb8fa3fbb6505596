//! The signed notes of a bundle, and which witnesses stand behind how much of it.

use crate::checkpoint::NoteError;
use crate::cosignature::Witness;

/// The notes of a bundle: its checkpoint, and perhaps an earlier one that witnesses cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes {
    checkpoint: String,
    earlier: Option<(u64, String)>,
    handovers: Vec<String>,
}

impl Notes {
    pub(super) fn new(checkpoint: String, earlier: Option<(u64, String)>, handovers: Vec<String>) -> Self {
        Self { checkpoint, earlier, handovers }
    }

    /// The signed checkpoint of the whole bundle.
    #[must_use]
    pub fn checkpoint(&self) -> &str {
        &self.checkpoint
    }

    /// Earlier notes under which a key gave way to another. That the first entries of the bundle have their roots was
    /// checked; **their signatures were not**: the caller knows which keys to hold them against.
    #[must_use]
    pub fn handovers(&self) -> &[String] {
        &self.handovers
    }

    /// How many of the first entries this witness stands behind, and since when (Unix seconds); `size` is that of the
    /// bundle. `None`: it cosigned neither note.
    ///
    /// # Errors
    /// [`NoteError`] when a line claims to be of this witness and does not hold.
    pub fn covered_by(&self, witness: &Witness, size: u64) -> Result<Option<(u64, u64)>, NoteError> {
        if let Some(at_secs) = witness.cosigned_at(&self.checkpoint)? {
            return Ok(Some((size, at_secs)));
        }
        let Some((size, note)) = &self.earlier else { return Ok(None) };
        Ok(witness.cosigned_at(note)?.map(|at_secs| (*size, at_secs)))
    }
}
