//! Signed checkpoints: commit → sign → store → publish. Nothing is signed that could still roll back.

use std::sync::Arc;

use navi_domain::{SECOND, UtcMicros};
use navi_ledger::checkpoint::{Checkpoint, Signer};
use navi_store::{Store, StoreError};
use tokio::sync::Mutex;

/// Signs the ledger's head, at most once a second unless asked for a fresh one.
pub struct Notary {
    signer: Signer,
    last_signed_at: Mutex<UtcMicros>,
}

impl Notary {
    /// A notary with the ledger's key.
    #[must_use]
    pub fn new(signer: Signer) -> Arc<Self> {
        Arc::new(Self { signer, last_signed_at: Mutex::new(0) })
    }

    /// The key that verifies its notes.
    #[must_use]
    pub fn vkey(&self) -> String {
        self.signer.vkey()
    }

    /// The newest note: (size, note). Signs the durable head when it grew.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is published that was not stored.
    pub async fn newest(&self, store: &dyn Store, fresh: bool) -> Result<(u64, String), StoreError> {
        let mut last_signed_at = self.last_signed_at.lock().await;
        let (head, kept, now) = (store.head().await?, store.checkpoint().await?, store.now());
        if let Some((size, note)) = kept {
            let rested = fresh || now - *last_signed_at >= SECOND;
            if size >= head.size || !rested {
                return Ok((size, note));
            }
        }
        let note =
            self.signer.sign(&Checkpoint { origin: head.origin.clone(), size: head.size, root: head.root });
        store.put_checkpoint(head.size, &note).await?;
        *last_signed_at = now;
        Ok((head.size, note))
    }
}
