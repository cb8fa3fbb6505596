//! The patrol: entries that the server shows are held against the leaf hashes that lie here, a few at a time and round
//! and round. The signed root says that nothing was changed when it was signed; the patrol sees what is changed below
//! the server afterwards, and says where.

use std::time::Duration;

use navi_domain::event::Leaf;
use navi_ledger::Hash;
use navi_ledger::commitment;
use navi_ledger::tree::leaf_hash;
use navi_protocol::audit::AuditEntry;

use super::{Sync, SyncError};
use crate::state::Integrity;

/// Entries of one round.
const ROUND: u64 = 250;
/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(30);

impl Sync {
    /// Patrols for as long as it is polled.
    pub(super) async fn patrol(&self) -> SyncError {
        let mut next = 0;
        loop {
            // Before the first hashes are here there is nothing to hold against.
            let pause = match self.replica.hashes() {
                Ok(0) => Duration::from_millis(500),
                Ok(known) => {
                    next = if next >= known { 0 } else { next };
                    match self.look(next, known).await {
                        Ok(to) => next = to,
                        Err(error) => tracing::info!(%error, "a patrol broke off"),
                    }
                    PAUSE
                }
                Err(error) => return error.into(),
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Looks at one round from `first` on; where the next one begins.
    async fn look(&self, first: u64, known: u64) -> Result<u64, SyncError> {
        let Some(identity) = self.replica.identity()? else { return Ok(first) };
        let end = known.min(first + ROUND);
        let wanted = usize::try_from(end - first).unwrap_or(usize::MAX);
        let shown = self.client.entries(&identity.org, first, wanted).await?.items;
        let hashes = self.replica.leaf_hashes(first, end)?;
        // Whether the record as a whole is another one is judged by its checkpoint.
        let same = self.replica.identity()?.is_some_and(|now| now.origin == identity.origin);
        if !same || matches!(self.replica.watch().borrow().integrity, Integrity::Broken { .. }) {
            return Ok(end);
        }
        if let Some(fault) = fault(first, &hashes, &shown) {
            tracing::error!(fault, "the server's entries are not the ones that were signed");
            let note = self.replica.checkpoint()?.unwrap_or_default();
            self.replica.keep_evidence(&fault, &note)?;
        }
        Ok(end)
    }
}

/// The first entry that is not the one whose hash lies here, in words.
fn fault(first: u64, hashes: &[Hash], shown: &[AuditEntry]) -> Option<String> {
    let mut shown = shown.iter();
    for (index, hash) in (first..).zip(hashes) {
        let Some(entry) = shown.next() else {
            return Some(format!("entry {index} is missing at the server"));
        };
        if entry.index != index {
            return Some(format!("entry {index} is missing at the server; it goes on with {}", entry.index));
        }
        if leaf_hash(entry.leaf.as_bytes()) != *hash {
            return Some(format!("entry {index} at the server is not the one that was signed"));
        }
        if let (Some(payload), Some(nonce)) = (&entry.payload, &entry.nonce) {
            let committed = serde_json::from_str::<Leaf>(&entry.leaf).ok()?.payload_commitment;
            let nonce =
                hex::decode(nonce).ok().and_then(|n| <[u8; 32]>::try_from(n).ok()).unwrap_or_default();
            if hex::encode(commitment::commit(&nonce, payload.as_bytes())) != committed {
                return Some(format!("what entry {index} at the server says is not what it committed to"));
            }
        }
    }
    None
}
