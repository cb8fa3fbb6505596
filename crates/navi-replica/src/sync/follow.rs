//! Asking for what it takes to follow a new origin or a new key. Nothing is believed that the pinned key did not sign.

use navi_ledger::checkpoint::{Checkpoint, Verifier};
use navi_ledger::proof::verify_consistency;
use navi_protocol::audit::AuditEntry;
use serde_json::Value;

use super::{Sync, SyncError};
use crate::follow::{Successor, proved};
use crate::identity::Identity;
use crate::state::Integrity;

/// Keys followed at once at most.
const MOST_KEYS: usize = 16;

impl Sync {
    /// The identity and key that a note is to be held against: the pinned ones, or those that legitimately came after.
    /// A note that leads nowhere is left to be judged as it is.
    pub(super) async fn followed(
        &self,
        mut identity: Identity,
        mut pinned: Verifier,
        note: &str,
    ) -> Result<(Identity, Verifier), SyncError> {
        if matches!(self.replica.watch().borrow().integrity, Integrity::Broken { .. }) {
            return Ok((identity, pinned));
        }
        for _ in 0..MOST_KEYS {
            let is_same = Checkpoint::from_trusted_note(note).is_ok_and(|c| c.origin == identity.origin);
            if pinned.open(note).is_ok() {
                break;
            }
            let next = match is_same {
                true => self.next_key(&identity, &pinned).await?,
                false => self.next_origin(&identity, &pinned, note).await?,
            };
            let Some(next) = next else { break };
            pinned = Verifier::from_vkey(&next.ledger_vkey)
                .map_err(|_| SyncError::Protocol("the new key is unreadable"))?;
            identity = next;
        }
        Ok((identity, pinned))
    }

    /// Another origin whose note the pinned key signed, under the new name.
    async fn next_origin(
        &self,
        identity: &Identity,
        pinned: &Verifier,
        note: &str,
    ) -> Result<Option<Identity>, SyncError> {
        let origin = note.lines().next().unwrap_or_default();
        let Ok(renamed) = pinned.renamed(origin) else { return Ok(None) };
        let Ok(signed) = renamed.open(note) else { return Ok(None) };
        let Some(first) = self.client.entries(&identity.org, 0, 1).await?.items.into_iter().next() else {
            return Ok(None);
        };
        let proof = self.client.inclusion(&identity.org, 0, signed.size).await?;
        let first = proved(&first, &signed, &proof).filter(|_| first.index == 0);
        let Some(successor) = first.as_ref().and_then(Successor::read) else { return Ok(None) };
        if successor.closed_origin != identity.origin {
            return Ok(None);
        }
        if let Some(seen) = self.replica.seen(pinned)? {
            let proof = match seen.size < successor.kept_size {
                true => {
                    let closed = &successor.closed_origin;
                    self.client
                        .consistency_of_closed(&identity.org, closed, seen.size, successor.kept_size)
                        .await?
                }
                false => Vec::new(),
            };
            if let Err(fault) = successor.kept(&seen, &proof) {
                self.replica.keep_evidence(&fault, note)?;
                return Ok(None);
            }
        }
        let next = Identity { origin: origin.to_owned(), ledger_vkey: renamed.vkey(), ..identity.clone() };
        self.replica.follow_origin(&next, &successor.words)?;
        Ok(Some(next))
    }

    /// The key that the pinned one handed over to: an entry names both, and the pinned key signed a checkpoint with it.
    async fn next_key(&self, identity: &Identity, pinned: &Verifier) -> Result<Option<Identity>, SyncError> {
        let old = pinned.vkey();
        let page = self.client.audit("key_rotated", i64::MAX, None).await?;
        let names = |entry: &&AuditEntry, field: &str, vkey: &str| {
            let payload = entry.payload.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
            payload.is_some_and(|p| p.get(field).and_then(Value::as_str) == Some(vkey))
        };
        let Some(entry) = page.items.iter().find(|entry| names(entry, "old_vkey", &old)) else {
            return Ok(None);
        };
        let Some(note) = self.client.checkpoint_at(&identity.org, entry.index + 1).await? else {
            return Ok(None);
        };
        let Ok(signed) = pinned.open(&note) else { return Ok(None) };
        let proof = self.client.inclusion(&identity.org, entry.index, signed.size).await?;
        let proved = proved(entry, &signed, &proof).filter(|_| signed.origin == identity.origin);
        let Some(new) = proved.and_then(|p| Some(p.payload.get("new_vkey")?.as_str()?.to_owned())) else {
            return Ok(None);
        };
        if let Some(seen) = self.replica.seen(pinned)? {
            let (a, b) = if seen.size <= signed.size { (&seen, &signed) } else { (&signed, &seen) };
            let proof = match a.size < b.size {
                true => self.client.consistency(&identity.org, a.size, b.size).await?,
                false => Vec::new(),
            };
            let same = a.size == b.size && a.root == b.root;
            if !same && verify_consistency(a.size, &a.root, b.size, &b.root, &proof).is_err() {
                let fault = format!("size {} does not extend size {} (a fork)", b.size, a.size);
                self.replica.keep_evidence(&fault, &note)?;
                return Ok(None);
            }
            // Both keys signed the handing over, so that it can be remembered under the new one.
            if seen.size <= signed.size && !self.replica.accept(&note, pinned, &proof)? {
                return Ok(None);
            }
        }
        let next = Identity { ledger_vkey: new.clone(), ..identity.clone() };
        let words = format!("The ledger is signed by another key now: {old} handed over to {new}.");
        self.replica.follow_key(&next, &words)?;
        Ok(Some(next))
    }
}
