//! What only reading one request tells, and the stream does not: who was told of it, and what was written about it. Kept
//! with the instant at which it was so, for when the server is away; asked for while somebody looks at the request.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use navi_domain::{SECOND, UtcMicros};
use navi_protocol::approvals::ApprovalView;
use navi_protocol::deliveries::ToldView;
use navi_protocol::discussion::Remark;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::db::failed;
use crate::state::ReplicaEvent;
use crate::{Replica, ReplicaError};

/// Who looked at a request is taken to look at it for this long.
const LOOKS_FOR: Duration = Duration::from_secs(60);
/// What stays the same is noted anew after this long, so that its age is known.
const NOTED_AGAIN: UtcMicros = 30 * SECOND;

/// What a person on this device attends to.
#[derive(Debug, Default)]
pub(crate) struct Attention {
    /// Said to the others: this person reads it.
    reading: Option<String>,
    /// Shown last, and when.
    looked_at: Option<(String, Instant)>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Beside {
    told: Vec<ToldView>,
    discussion: Vec<Remark>,
}

impl Replica {
    /// One approval as it is read alone. `server_time` is when what stands beside it was so; `None` when the copy does
    /// not hold the approval.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn whole(&self, id: &str) -> Result<Option<ApprovalView>, ReplicaError> {
        let Some(found) = self.approval(id)? else { return Ok(None) };
        let mut view = found.approval;
        if let Some((at, beside)) = read(&*self.db()?, id)? {
            // Who was told matters while it waits.
            view.told = if view.status == "pending" { beside.told } else { Vec::new() };
            view.discussion = beside.discussion;
            view.server_time = view.server_time.max(at);
        }
        Ok(Some(view))
    }

    /// Somebody looks at a request here: what stands beside it is asked for.
    pub fn looked_at(&self, id: &str) {
        self.attend(|attention| attention.looked_at = Some((id.to_owned(), Instant::now())));
    }

    /// This person reads a request here, or no longer does. The others are told again whenever the connection is new,
    /// because the server knows of readers only as long as they are connected.
    pub fn reads(&self, id: &str, reads: bool) {
        self.attend(|attention| {
            if reads {
                attention.reading = Some(id.to_owned());
            } else if attention.reading.as_deref() == Some(id) {
                attention.reading = None;
            }
        });
    }

    fn attend(&self, change: impl FnOnce(&mut Attention)) {
        change(&mut self.shared.attention.lock().unwrap_or_else(PoisonError::into_inner));
        self.shared.attention_changed.notify_one();
    }

    /// What this person reads here, as the others are told: open, in view, and somebody is there.
    #[must_use]
    pub fn reading(&self) -> Option<String> {
        self.shared.attention.lock().unwrap_or_else(PoisonError::into_inner).reading.clone()
    }

    /// The requests that somebody looks at here.
    pub(crate) fn attended(&self) -> Vec<String> {
        let attention = self.shared.attention.lock().unwrap_or_else(PoisonError::into_inner);
        let looked_at = attention.looked_at.as_ref().filter(|(_, at)| at.elapsed() < LOOKS_FOR);
        let mut ids: Vec<String> = attention.reading.iter().cloned().collect();
        ids.extend(looked_at.map(|(id, _)| id.clone()).filter(|id| !ids.contains(id)));
        ids
    }

    /// Keeps what the server says of one approval, and tells when what stands beside it has changed.
    pub(crate) fn keep_whole(&self, view: &ApprovalView) -> Result<(), ReplicaError> {
        self.keep_view(view)?;
        let now = Beside { told: view.told.clone(), discussion: view.discussion.clone() };
        let changed = {
            let db = self.db()?;
            let known = read(&db, &view.id)?;
            let changed = known.as_ref().is_none_or(|(_, known)| *known != now);
            if !changed && known.is_some_and(|(at, _)| view.server_time - at < NOTED_AGAIN) {
                return Ok(());
            }
            keep(&db, &view.id, view.server_time, &now)?;
            changed
        };
        if changed {
            self.changed(|_| {});
            self.emit(ReplicaEvent::ApprovalChanged(Box::new(view.clone())));
        }
        Ok(())
    }
}

fn read(c: &Connection, id: &str) -> Result<Option<(UtcMicros, Beside)>, ReplicaError> {
    let row: Option<(UtcMicros, String)> = c
        .prepare_cached("SELECT at, body FROM beside WHERE approval_id = ?1")
        .and_then(|mut s| s.query_row([id], |r| Ok((r.get(0)?, r.get(1)?))).optional())
        .map_err(failed("be read"))?;
    // What an older or newer build wrote and this one cannot read is asked for again.
    Ok(row.and_then(|(at, body)| Some((at, serde_json::from_str(&body).ok()?))))
}

fn keep(c: &Connection, id: &str, at: UtcMicros, beside: &Beside) -> Result<(), ReplicaError> {
    let body = serde_json::to_string(beside).map_err(|_| ReplicaError::Unreadable("request"))?;
    c.prepare_cached(
        "INSERT INTO beside (approval_id, at, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (approval_id) DO UPDATE SET at = ?2, body = ?3",
    )
    .and_then(|mut s| s.execute(params![id, at, body]))
    .map_err(failed("keep what stands beside a request"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn who_no_longer_reads_one_request_may_read_another() {
        let dir = tempfile::tempdir().unwrap();
        let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        replica.reads("a", true);
        replica.looked_at("b");
        assert_eq!(replica.attended(), ["a", "b"]);
        replica.reads("b", true);
        // The goodbye to the one before comes late.
        replica.reads("a", false);
        assert_eq!(replica.reading().as_deref(), Some("b"));
        assert_eq!(replica.attended(), ["b"], "once");
        replica.reads("b", false);
        assert_eq!(replica.reading(), None);
    }
}
