//! Signed checkpoints: commit → sign → store → mark → publish. Nothing is signed that could still roll back, and nothing
//! that is behind the mark beside the database.

use std::sync::Arc;

use navi_domain::{SECOND, UtcMicros};
use navi_ledger::checkpoint::{Checkpoint, Signer, signature_lines, with_lines};
use navi_ledger::purpose::PurposeKey;
use navi_store::{Store, StoreError};
use tokio::sync::Mutex;

use crate::mark::{Mark, MarkFile};

/// What the key is for that signs envelopes and what gates hear.
const ENVELOPES: &str = "navi/envelopes/v1";

/// A key that was replaced and signs beside its successor for some time.
#[derive(Debug)]
pub struct OldKey {
    /// The key, under the ledger's name.
    pub signer: Signer,
    /// The last instant at which it signs.
    pub until: UtcMicros,
}

/// Signs the ledger's head, at most once a second unless asked for a fresh one.
pub struct Notary {
    signer: Signer,
    old: Option<OldKey>,
    mark: Option<MarkFile>,
    /// The ledger is not the one that was signed: what was signed is told, and nothing more is signed.
    sealed: bool,
    last_signed_at: Mutex<UtcMicros>,
}

impl Notary {
    /// A notary with the ledger's key and no mark beside the database.
    #[must_use]
    pub fn new(signer: Signer) -> Arc<Self> {
        Self::with(signer, None, None, false)
    }

    /// A notary that keeps a mark; in a key's overlap two keys sign. A `sealed` one signs nothing new.
    #[must_use]
    pub fn with(signer: Signer, old: Option<OldKey>, mark: Option<MarkFile>, sealed: bool) -> Arc<Self> {
        Arc::new(Self { signer, old, mark, sealed, last_signed_at: Mutex::new(0) })
    }

    /// The key that verifies its notes.
    #[must_use]
    pub fn vkey(&self) -> String {
        self.signer.vkey()
    }

    /// The key that signs envelopes and what gates hear.
    #[must_use]
    pub fn envelope_key(&self) -> PurposeKey {
        self.signer.for_purpose(ENVELOPES)
    }

    /// The one before it, while it still hands over.
    #[must_use]
    pub fn old_envelope_key(&self, now: UtcMicros) -> Option<PurposeKey> {
        let old = self.old.as_ref().filter(|old| now <= old.until)?;
        Some(old.signer.for_purpose(ENVELOPES))
    }

    /// The newest note: (size, note). Signs the durable head when it grew.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is published that was not stored. [`StoreError::Fenced`] when the ledger is behind the
    /// mark beside it.
    pub async fn newest(&self, store: &dyn Store, fresh: bool) -> Result<(u64, String), StoreError> {
        let mut last_signed_at = self.last_signed_at.lock().await;
        let (head, kept, now) = (store.head().await?, store.checkpoint().await?, store.now());
        if let Some((size, note)) = kept {
            let rested = fresh || now - *last_signed_at >= SECOND;
            if size >= head.size || !rested || self.sealed {
                return Ok((size, note));
            }
        }
        let marked =
            self.mark.as_ref().map(MarkFile::read).transpose().map_err(|e| told("read the mark", e))?;
        let ahead = |mark: Mark| mark.origin == head.origin && mark.size > head.size;
        if self.sealed || marked.flatten().is_some_and(ahead) {
            return Err(StoreError::Fenced);
        }
        let (size, note) = (
            head.size,
            self.sign(&Checkpoint { origin: head.origin.clone(), size: head.size, root: head.root }, now)?,
        );
        store.put_checkpoint(size, &note).await?;
        if let Some(file) = &self.mark {
            let mark = Mark { origin: head.origin, size, note: note.clone() };
            file.raise(&mark).map_err(|e| told("keep the mark", e))?;
        }
        *last_signed_at = now;
        Ok((size, note))
    }

    /// The note, with the old key's line while that one still signs.
    fn sign(&self, checkpoint: &Checkpoint, now: UtcMicros) -> Result<String, StoreError> {
        let note = self.signer.sign(checkpoint);
        let Some(old) = self.old.as_ref().filter(|old| now <= old.until) else { return Ok(note) };
        let beside = old.signer.sign(checkpoint);
        let lines = signature_lines(&beside).map_err(|e| StoreError::Malformed(e.to_string()))?;
        Ok(with_lines(&note, lines.into_iter().map(|line| line.line)))
    }
}

fn told(doing: &'static str, error: std::io::Error) -> StoreError {
    StoreError::Database { doing, maybe_persisted: false, source: Box::new(error) }
}
