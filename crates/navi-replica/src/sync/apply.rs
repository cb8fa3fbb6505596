//! Snapshot and events into the copy: each page and each event in one transaction with its cursor.

use std::fmt;
use std::time::Duration;

use navi_domain::erasure;
use navi_domain::event::EventKind;
use navi_ledger::tree::leaf_hash;
use navi_protocol::approvals::ApprovalView;
use navi_protocol::stream::StreamEvent;
use serde::{Deserialize, Serialize};

use super::{Sync, SyncError};
use crate::db::{self, failed};
use crate::queue;
use crate::state::ReplicaEvent;
use crate::{Replica, ReplicaError};

/// Where the copy stands in the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    pub(crate) epoch: String,
    /// Last applied ledger index; `None` before the first entry.
    pub(crate) seq: Option<u64>,
}

impl Cursor {
    /// Reads `EPOCH:SEQ`; the sequence may be absent (`EPOCH:`).
    fn parse(text: &str) -> Option<Self> {
        let (epoch, seq) = text.rsplit_once(':')?;
        let seq = if seq.is_empty() { None } else { Some(seq.parse().ok()?) };
        Some(Self { epoch: epoch.to_owned(), seq })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(f, "{}:{seq}", self.epoch),
            None => write!(f, "{}:", self.epoch),
        }
    }
}

impl Sync {
    /// Reads every pending approval, and where the ledger stood before the first page.
    pub(super) async fn snapshot(&self) -> Result<Cursor, SyncError> {
        let mut as_of: Option<String> = None;
        let mut pending: Vec<ApprovalView> = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = self.client.approvals(Some("pending"), cursor.as_deref(), 200).await?;
            as_of.get_or_insert(page.as_of);
            pending.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let cursor = as_of
            .as_deref()
            .and_then(Cursor::parse)
            .ok_or(SyncError::Protocol("a list without a readable `as_of`"))?;
        // What the copy still holds as pending and the server does not list has ended meanwhile.
        let listed: Vec<&str> = pending.iter().map(|a| a.id.as_str()).collect();
        let known = self.replica.queue()?;
        for gone in known.iter().filter(|k| !listed.contains(&k.approval.id.as_str())) {
            if let Some(view) = self.client.approval(&gone.approval.id).await? {
                self.replica.keep_view(&view)?;
            }
        }
        self.replica.keep_snapshot(&pending, &cursor)?;
        Ok(cursor)
    }
}

impl Replica {
    pub(crate) fn learn_time(&self, server_time: i64, round_trip: Duration) {
        let offset = self.shared.clock.lock().ok().map(|mut clock| {
            clock.learn(server_time, round_trip);
            clock.offset_ms()
        });
        self.changed(|s| {
            s.last_sync_at = Some(server_time);
            s.clock_offset_ms = offset.unwrap_or(s.clock_offset_ms);
        });
        let noted = self.db().and_then(|db| db::set_meta(&db, "last_sync_at", &server_time));
        if let Err(error) = noted {
            tracing::warn!(%error, "last contact could not be noted");
        }
    }

    pub(crate) fn cursor(&self) -> Result<Option<Cursor>, ReplicaError> {
        db::meta(&*self.db()?, "cursor")
    }

    pub(crate) fn forget_cursor(&self) -> Result<(), ReplicaError> {
        self.db()?
            .execute("DELETE FROM meta WHERE name = 'cursor'", [])
            .map_err(failed("forget its cursor"))?;
        self.changed(|s| s.bootstrapped = false);
        Ok(())
    }

    fn keep_snapshot(&self, pending: &[ApprovalView], cursor: &Cursor) -> Result<(), ReplicaError> {
        let unannounced = {
            let mut db = self.db()?;
            let tx = db.transaction().map_err(failed("begin"))?;
            let mut unannounced = 0;
            for view in pending {
                queue::keep(&tx, view)?;
                unannounced += usize::from(queue::announce(&tx, &view.id, &view.digest)?);
            }
            db::set_meta(&tx, "cursor", cursor)?;
            tx.commit().map_err(failed("commit a snapshot"))?;
            unannounced
        };
        self.changed(|s| s.bootstrapped = true);
        self.emit(ReplicaEvent::Bootstrapped { unannounced });
        Ok(())
    }

    pub(crate) fn keep_view(&self, view: &ApprovalView) -> Result<(), ReplicaError> {
        let changed = queue::keep(&*self.db()?, view)?;
        if changed {
            self.changed(|_| {});
            self.emit(ReplicaEvent::ApprovalChanged(Box::new(view.clone())));
        }
        Ok(())
    }

    /// Applies one event of the stream with its cursor. A repeated event changes nothing; a gap is an error, after
    /// which the stream is opened again from the last good cursor.
    pub(crate) fn apply_event(&self, event: &StreamEvent) -> Result<(), SyncError> {
        let mut cursor = self.cursor()?.ok_or(SyncError::Protocol("an event before the snapshot"))?;
        if cursor.seq.is_some_and(|seq| event.seq <= seq) {
            return Ok(());
        }
        if cursor.seq.is_some() && event.prev_seq.is_some_and(|p| Some(p) > cursor.seq) {
            return Err(SyncError::Protocol("a gap in the stream"));
        }
        if hex::encode(leaf_hash(event.entry.leaf.as_bytes())) != event.entry.leaf_hash {
            return Err(SyncError::Protocol("a ledger entry that does not hash to its leaf"));
        }
        cursor.seq = Some(event.seq);
        let (changed, first_seen) = {
            let mut db = self.db()?;
            let tx = db.transaction().map_err(failed("begin"))?;
            queue::keep_entry(&tx, &event.entry)?;
            if let Some(erased) = event.links.get(erasure::LINK).and_then(|text| erasure::parse_ranges(text))
            {
                queue::forget_payloads(&tx, &erased)?;
            }
            let mut result = (false, false);
            if let Some(view) = &event.approval {
                result.0 = queue::keep(&tx, view)?;
                result.1 = view.status == "pending" && queue::announce(&tx, &view.id, &view.digest)?;
            }
            db::set_meta(&tx, "cursor", &cursor)?;
            tx.commit().map_err(failed("commit an event"))?;
            result
        };
        if super::report::is_grave(&event.kind) {
            self.emit(ReplicaEvent::Recorded(Box::new(event.entry.clone())));
        }
        if event.kind == EventKind::OncallChanged.as_str() {
            self.emit(ReplicaEvent::OncallChanged);
        }
        let heard_at = event.entry.at;
        self.changed(|s| s.last_sync_at = s.last_sync_at.max(Some(heard_at)));
        if let Some(view) = &event.approval {
            if first_seen {
                self.emit(ReplicaEvent::NewApproval(Box::new(view.clone())));
            } else if changed {
                self.emit(ReplicaEvent::ApprovalChanged(Box::new(view.clone())));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_it_prints() {
        for text in ["e1:5", "e1:", "a:b:7"] {
            assert_eq!(Cursor::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Cursor::parse("nothing"), None);
        assert_eq!(Cursor::parse("e:x"), None);
    }
}
