//! Requests put off here. In effect in this copy at once, also without a connection; the server hears of each in its turn
//! and has the last word. Nothing of it is signed: a snooze decides nothing.

use navi_domain::UtcMicros;
use navi_domain::approval::snooze::LAST_CALL;
use navi_protocol::approvals::ApprovalView;
use rusqlite::{Connection, OptionalExtension, params};

use crate::db::failed;
use crate::queue::QueueItem;
use crate::state::ReplicaEvent;
use crate::{Replica, ReplicaError, Trouble};

/// Why nothing was put off.
#[derive(Debug, thiserror::Error)]
pub enum SnoozeRefusal {
    /// Not in the copy.
    #[error("this request is not known here")]
    Unknown,
    /// No longer pending; the state it is in.
    #[error("this request is already {0}")]
    Ended(String),
    /// It would end after the deadline, or has ended.
    #[error("less than a minute is left to decide it")]
    TooLate,
    /// The local copy failed.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

impl SnoozeRefusal {
    /// Stable code for the UI; the server's spelling where it has one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "not_found",
            Self::Ended(status) if status == "expired" => "expired",
            Self::Ended(_) => "already_decided",
            Self::TooLate => "invalid",
            Self::Replica(error) => error.trouble().map_or("internal", Trouble::code),
        }
    }
}

/// One that the server does not know yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsent {
    pub(crate) approval_id: String,
    /// Until when; `None`: no longer.
    pub(crate) until: Option<UtcMicros>,
    pub(crate) made_at: UtcMicros,
}

impl Replica {
    /// Puts a pending request off for this person until an instant of the server's time, at the latest until a minute
    /// before its deadline; `None` ends it. Durable here before it answers, and sent when there is a connection.
    ///
    /// # Errors
    /// [`SnoozeRefusal`]; nothing changed.
    pub fn snooze(&self, approval_id: &str, until: Option<UtcMicros>) -> Result<ApprovalView, SnoozeRefusal> {
        let now = self.server_now();
        let found = self.approval(approval_id)?.ok_or(SnoozeRefusal::Unknown)?.approval;
        if found.status != "pending" {
            return Err(SnoozeRefusal::Ended(found.status));
        }
        let until = until.map(|until| until.min(now + found.left(now) - LAST_CALL));
        if until.is_some_and(|until| until <= now) {
            return Err(SnoozeRefusal::TooLate);
        }
        let kept = self.db().and_then(|db| note(&db, approval_id, until, now));
        kept.inspect_err(|error| self.note_trouble(error))?;
        let view = self.approval(approval_id)?.ok_or(SnoozeRefusal::Unknown)?.approval;
        self.changed(|_| {});
        self.emit(ReplicaEvent::ApprovalChanged(Box::new(view.clone())));
        self.shared.outbox_changed.notify_one();
        Ok(view)
    }

    /// Pending requests that this person did not put off, the one that expires first on top: what waits for them now.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn waiting(&self) -> Result<Vec<QueueItem>, ReplicaError> {
        let now = self.server_now();
        let mut items = self.queue()?;
        items.retain(|item| item.approval.snoozed_until.is_none_or(|until| until <= now));
        Ok(items)
    }

    /// The oldest one that the server does not know.
    pub(crate) fn next_snooze(&self) -> Result<Option<Unsent>, ReplicaError> {
        self.db()?
            .prepare_cached("SELECT approval_id, until, made_at FROM snooze ORDER BY made_at LIMIT 1")
            .and_then(|mut s| {
                let read = |r: &rusqlite::Row<'_>| {
                    Ok(Unsent { approval_id: r.get(0)?, until: r.get(1)?, made_at: r.get(2)? })
                };
                s.query_row([], read).optional()
            })
            .map_err(failed("read what is put off"))
    }

    /// The server has it, or will never take it. What was pressed meanwhile stays to be sent.
    pub(crate) fn snooze_sent(&self, sent: &Unsent) -> Result<(), ReplicaError> {
        self.db()?
            .execute(
                "DELETE FROM snooze WHERE approval_id = ?1 AND made_at = ?2",
                params![sent.approval_id, sent.made_at],
            )
            .map_err(failed("note what is put off"))?;
        self.changed(|_| {});
        Ok(())
    }
}

fn note(
    c: &Connection,
    approval_id: &str,
    until: Option<UtcMicros>,
    now: UtcMicros,
) -> Result<(), ReplicaError> {
    c.execute(
        "INSERT INTO snooze (approval_id, until, made_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (approval_id) DO UPDATE SET until = ?2, made_at = max(?3, made_at + 1)",
        params![approval_id, until, now],
    )
    .map_err(failed("note what is put off"))?;
    Ok(())
}

/// What was pressed here and is not sent; the outer `None`: nothing.
pub(crate) fn pressed(c: &Connection, approval_id: &str) -> Result<Option<Option<UtcMicros>>, ReplicaError> {
    c.prepare_cached("SELECT until FROM snooze WHERE approval_id = ?1")
        .and_then(|mut s| s.query_row([approval_id], |r| r.get(0)).optional())
        .map_err(failed("read what is put off"))
}
