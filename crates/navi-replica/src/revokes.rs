//! Grants taken back here: unsent → sending → taken back, or needs you. Like stops they are sent before any vote. *An agent
//! may go on repeating* until the server has the order. Giving a grant is never queued alone: it goes with a vote.

use navi_domain::UtcMicros;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::db::failed;
use crate::orders::OrderRefusal;
use crate::outbox::OutboxState;
use crate::state::ReplicaEvent;
use crate::{Replica, ReplicaError};

/// Longest id that is taken for a grant's.
const LONGEST_ID: usize = 100;

/// One grant taken back here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantRevoke {
    /// The grant. Taking back twice is once, so this is the order's id too.
    pub grant_id: String,
    /// What it covers, as far as the copy knew.
    pub covers: String,
    /// Where it stands.
    pub state: OutboxState,
    /// Problem code, when refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the person should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Ordered at, in server time.
    pub made_at: UtcMicros,
}

const COLUMNS: &str = "grant_id, covers, state, code, message, made_at";

fn read(row: &Row<'_>) -> rusqlite::Result<GrantRevoke> {
    let state: String = row.get(2)?;
    Ok(GrantRevoke {
        grant_id: row.get(0)?,
        covers: row.get(1)?,
        state: OutboxState::parse(&state).unwrap_or(OutboxState::NeedsYou),
        code: row.get(3)?,
        message: row.get(4)?,
        made_at: row.get(5)?,
    })
}

impl Replica {
    /// Keeps the taking back of a grant durably, from where the sync sends it before any vote. One that is on its way
    /// already stays as it is.
    ///
    /// # Errors
    /// [`OrderRefusal`]; nothing was ordered.
    pub fn revoke_grant(&self, grant_id: &str) -> Result<GrantRevoke, OrderRefusal> {
        if !(1..=LONGEST_ID).contains(&grant_id.len()) {
            return Err(OrderRefusal::Invalid("that is no grant"));
        }
        self.identity()?.ok_or(OrderRefusal::NotEnrolled)?;
        if self.watch().borrow().signed_out {
            return Err(OrderRefusal::SignedOut);
        }
        let known = self.grants()?.unwrap_or_default();
        let covers = known.into_iter().find(|g| g.id == grant_id).map(|g| g.covers).unwrap_or_default();
        let kept = add(&*self.db()?, grant_id, &covers, self.server_now());
        kept.inspect_err(|error| self.note_trouble(error))?;
        self.recount_revokes()?;
        self.shared.outbox_changed.notify_one();
        let order = self.grant_revoke(grant_id)?;
        Ok(order.ok_or(ReplicaError::Unreadable("order"))?)
    }

    /// Grants taken back here that are not settled, and those most recently settled; newest first.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn grant_revokes(&self) -> Result<Vec<GrantRevoke>, ReplicaError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM grant_revoke WHERE state NOT IN ('dismissed', 'withdrawn') ORDER BY n DESC LIMIT 100"
        );
        self.db()?
            .prepare_cached(&sql)
            .and_then(|mut s| s.query_map([], read)?.collect())
            .map_err(failed("read the orders"))
    }

    /// One grant taken back here.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn grant_revoke(&self, grant_id: &str) -> Result<Option<GrantRevoke>, ReplicaError> {
        self.db()?
            .prepare_cached(&format!("SELECT {COLUMNS} FROM grant_revoke WHERE grant_id = ?1"))
            .and_then(|mut s| s.query_row([grant_id], read).optional())
            .map_err(failed("read the orders"))
    }

    /// Lets a grant be again, whose taking back was not sent yet. Says whether there was one.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn withdraw_revoke(&self, grant_id: &str) -> Result<bool, ReplicaError> {
        self.end_revoke(grant_id, "withdrawn", "unsent")
    }

    /// Marks one without effect as known to the person. Says whether there was one.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn dismiss_revoke(&self, grant_id: &str) -> Result<bool, ReplicaError> {
        self.end_revoke(grant_id, "dismissed", "needs_you")
    }

    fn end_revoke(&self, grant_id: &str, to: &str, from: &str) -> Result<bool, ReplicaError> {
        let sql = "UPDATE grant_revoke SET state = ?2 WHERE grant_id = ?1 AND state = ?3";
        let done = self.db()?.execute(sql, [grant_id, to, from]).map_err(failed("write the orders"))? == 1;
        self.recount_revokes()?;
        self.emit(ReplicaEvent::RightsChanged);
        Ok(done)
    }

    /// The oldest that is still to be sent.
    pub(crate) fn next_revoke(&self) -> Result<Option<GrantRevoke>, ReplicaError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM grant_revoke WHERE state IN ('unsent', 'sending') ORDER BY n LIMIT 1"
        );
        self.db()?
            .prepare_cached(&sql)
            .and_then(|mut s| s.query_row([], read).optional())
            .map_err(failed("read the orders"))
    }

    /// Notes what became of sending one; `false` when it was withdrawn meanwhile.
    pub(crate) fn settle_revoke(&self, order: &GrantRevoke) -> Result<bool, ReplicaError> {
        let written = self
            .db()?
            .execute(
                "UPDATE grant_revoke SET state = ?2, code = ?3, message = ?4
                 WHERE grant_id = ?1 AND state <> 'withdrawn'",
                params![order.grant_id, order.state.as_str(), order.code, order.message],
            )
            .map_err(failed("write the orders"))?;
        self.recount_revokes()?;
        self.emit(ReplicaEvent::RightsChanged);
        Ok(written == 1)
    }

    fn recount_revokes(&self) -> Result<(), ReplicaError> {
        let unsent = unsent(&*self.db()?)?;
        self.changed(|state| state.unsent_revokes = unsent);
        Ok(())
    }
}

fn add(c: &Connection, grant_id: &str, covers: &str, now: UtcMicros) -> Result<(), ReplicaError> {
    c.execute(
        "INSERT INTO grant_revoke (grant_id, covers, state, made_at) VALUES (?1, ?2, 'unsent', ?3)
         ON CONFLICT (grant_id) DO UPDATE SET state = 'unsent', code = NULL, message = NULL, made_at = ?3
         WHERE state NOT IN ('unsent', 'sending')",
        params![grant_id, covers, now],
    )
    .map_err(failed("keep the order"))?;
    Ok(())
}

/// Those that the server does not have yet.
pub(crate) fn unsent(c: &Connection) -> Result<u64, ReplicaError> {
    c.query_row("SELECT count(*) FROM grant_revoke WHERE state IN ('unsent', 'sending')", [], |r| {
        r.get::<_, i64>(0)
    })
    .map(|n| u64::try_from(n).unwrap_or(0))
    .map_err(failed("count the orders"))
}
