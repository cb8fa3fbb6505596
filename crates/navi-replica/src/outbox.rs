//! Votes signed here: unsent → sending → recorded, or needs you. A permanent refusal holds nobody else back.

use navi_domain::UtcMicros;
use navi_protocol::approvals::VoteRequest;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::db::{self, failed};
use crate::queue::as_sql;
use crate::state::ReplicaEvent;
use crate::{Replica, ReplicaError};

/// Where a vote stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// Signed here, not in effect.
    Unsent,
    /// On its way. After a crash it is sent again; the server answers a repeat with the first outcome.
    Sending,
    /// In effect: the ledger has it.
    Recorded,
    /// Had no effect; the person should know why.
    NeedsYou,
    /// Taken back before it was sent.
    Withdrawn,
    /// Had no effect, and the person knows.
    Dismissed,
}

impl OutboxState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::Sending => "sending",
            Self::Recorded => "recorded",
            Self::NeedsYou => "needs_you",
            Self::Withdrawn => "withdrawn",
            Self::Dismissed => "dismissed",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Unsent, Self::Sending, Self::Recorded, Self::NeedsYou, Self::Withdrawn, Self::Dismissed]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// One vote signed here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboxItem {
    /// Id, also its idempotency key.
    pub id: String,
    /// The approval.
    pub approval_id: String,
    /// `approve` or `reject`.
    pub verdict: String,
    /// The approval's title when it was signed.
    pub title: String,
    /// The absent person whose vote it is, under a delegation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_user: Option<String>,
    /// Where it stands.
    pub state: OutboxState,
    /// Problem code, when refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the person should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its ledger entry, once recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger_index: Option<u64>,
    /// Signed at, in server time.
    pub made_at: UtcMicros,
}

/// A vote that is due to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) item: OutboxItem,
    pub(crate) request: VoteRequest,
}

const COLUMNS: &str =
    "id, approval_id, verdict, title, state, code, message, ledger_index, made_at, request ->> '$.for_user'";

fn read(row: &Row<'_>) -> rusqlite::Result<OutboxItem> {
    let state: String = row.get(4)?;
    Ok(OutboxItem {
        id: row.get(0)?,
        approval_id: row.get(1)?,
        verdict: row.get(2)?,
        title: row.get(3)?,
        for_user: row.get(9)?,
        state: OutboxState::parse(&state).unwrap_or(OutboxState::NeedsYou),
        code: row.get(5)?,
        message: row.get(6)?,
        ledger_index: row.get::<_, Option<i64>>(7)?.and_then(|i| u64::try_from(i).ok()),
        made_at: row.get(8)?,
    })
}

impl Replica {
    /// Votes that are not settled, and those recorded or refused most recently; newest first.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn outbox(&self) -> Result<Vec<OutboxItem>, ReplicaError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE state <> 'dismissed' ORDER BY device_seq DESC LIMIT 200"
        );
        self.db()?
            .prepare_cached(&sql)
            .and_then(|mut s| s.query_map([], read)?.collect())
            .map_err(failed("read the outbox"))
    }

    /// One vote.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn outbox_item(&self, id: &str) -> Result<Option<OutboxItem>, ReplicaError> {
        by_id(&*self.db()?, id)
    }

    /// Takes back a vote that was not sent yet. Says whether there was one.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn withdraw(&self, id: &str) -> Result<bool, ReplicaError> {
        self.settle_locally(id, "UPDATE outbox SET state = 'withdrawn' WHERE id = ?1 AND state = 'unsent'")
    }

    /// Marks a vote without effect as known to the person. Says whether there was one.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn dismiss(&self, id: &str) -> Result<bool, ReplicaError> {
        self.settle_locally(id, "UPDATE outbox SET state = 'dismissed' WHERE id = ?1 AND state = 'needs_you'")
    }

    fn settle_locally(&self, id: &str, sql: &str) -> Result<bool, ReplicaError> {
        let done = self.db()?.execute(sql, [id]).map_err(failed("write the outbox"))? == 1;
        self.recount()?;
        Ok(done)
    }

    /// The oldest vote that is still to be sent.
    pub(crate) fn next_due(&self) -> Result<Option<Due>, ReplicaError> {
        let sql = format!(
            "SELECT {COLUMNS}, request FROM outbox WHERE state IN ('unsent', 'sending') ORDER BY device_seq LIMIT 1"
        );
        let found: Option<(OutboxItem, String)> = self
            .db()?
            .prepare_cached(&sql)
            .and_then(|mut s| s.query_row([], |r| Ok((read(r)?, r.get("request")?))).optional())
            .map_err(failed("read the outbox"))?;
        found
            .map(|(item, text)| {
                let request =
                    serde_json::from_str(&text).map_err(|_| ReplicaError::Unreadable("signed vote"))?;
                Ok(Due { item, request })
            })
            .transpose()
    }

    /// Notes what became of sending a vote, and tells everybody who waits for it.
    pub(crate) fn settle(
        &self,
        id: &str,
        state: OutboxState,
        code: Option<&str>,
        message: Option<&str>,
        ledger_index: Option<u64>,
    ) -> Result<(), ReplicaError> {
        let item = {
            let db = self.db()?;
            db.execute(
                "UPDATE outbox SET state = ?2, code = ?3, message = ?4, ledger_index = ?5, attempts = attempts + 1
                 WHERE id = ?1 AND state <> 'withdrawn'",
                params![id, state.as_str(), code, message, ledger_index.map(as_sql)],
            )
            .map_err(failed("write the outbox"))?;
            by_id(&db, id)?
        };
        self.recount()?;
        if let Some(item) = item.filter(|i| matches!(i.state, OutboxState::Recorded | OutboxState::NeedsYou))
        {
            self.emit(ReplicaEvent::VoteOutcome(Box::new(item)));
        }
        Ok(())
    }

    pub(crate) fn recount(&self) -> Result<(), ReplicaError> {
        let (unsent, needs_you) = counts(&*self.db()?)?;
        self.changed(|s| {
            s.unsent = unsent;
            s.needs_you = needs_you;
        });
        Ok(())
    }
}

fn by_id(c: &Connection, id: &str) -> Result<Option<OutboxItem>, ReplicaError> {
    c.prepare_cached(&format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1"))
        .and_then(|mut s| s.query_row([id], read).optional())
        .map_err(failed("read the outbox"))
}

/// The newest vote of this device for an approval.
pub(crate) fn latest(c: &Connection, approval_id: &str) -> Result<Option<OutboxItem>, ReplicaError> {
    c.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM outbox WHERE approval_id = ?1 AND state <> 'withdrawn' ORDER BY device_seq DESC LIMIT 1"
    ))
    .and_then(|mut s| s.query_row([approval_id], read).optional())
    .map_err(failed("read the outbox"))
}

/// (unsent, needs you)
pub(crate) fn counts(c: &Connection) -> Result<(u64, u64), ReplicaError> {
    let count = |states: &str| {
        c.query_row(&format!("SELECT count(*) FROM outbox WHERE state IN ({states})"), [], |r| {
            r.get::<_, i64>(0)
        })
        .map(|n| u64::try_from(n).unwrap_or(0))
        .map_err(failed("count the outbox"))
    };
    Ok((count("'unsent', 'sending'")?, count("'needs_you'")?))
}

/// The greatest sequence number used here; 0 when none was.
fn last_seq(c: &Connection) -> Result<u64, ReplicaError> {
    c.query_row("SELECT coalesce(max(device_seq), 0) FROM outbox", [], |r| r.get::<_, i64>(0))
        .map(|n| u64::try_from(n).unwrap_or(0))
        .map_err(failed("read the outbox"))
}

/// The next sequence number of this device, above every one that was used here or at the server.
pub(crate) fn next_seq(c: &Connection, device_last_seq: u64) -> Result<u64, ReplicaError> {
    let reserved: u64 = db::meta(c, "reserved_seq")?.unwrap_or(0);
    Ok(last_seq(c)?.max(reserved).max(device_last_seq) + 1)
}

/// Adds a signed vote, durably.
pub(crate) fn add(
    c: &Connection,
    item: &OutboxItem,
    seq: u64,
    request: &VoteRequest,
) -> Result<(), ReplicaError> {
    let text = serde_json::to_string(request).map_err(|_| ReplicaError::Unreadable("signed vote"))?;
    c.execute(
        "INSERT INTO outbox (id, approval_id, device_seq, verdict, title, state, request, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'unsent', ?6, ?7)",
        params![item.id, item.approval_id, as_sql(seq), item.verdict, item.title, text, item.made_at],
    )
    .map_err(failed("keep the signed vote"))?;
    Ok(())
}
