//! Stops ordered here: unsent → sending → in force, or needs you. They are sent before any vote. *Nothing is stopped*
//! before the server has an order; lifting a stop is not queued, because it lets things run. Beside them lies what the
//! server last said about pauses and bypasses.

use navi_domain::UtcMicros;
use navi_protocol::bypass::BypassList;
use navi_protocol::freeze::{FreezeRequest, FreezeView};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::db::{self, failed};
use crate::outbox::OutboxState;
use crate::state::ReplicaEvent;
use crate::{Replica, ReplicaError, Trouble};

/// Longest reason and longest name, as the server has them.
const LONGEST_REASON: usize = 500;
const LONGEST_NAME: usize = 200;

/// One stop ordered here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FreezeOrder {
    /// Id, also its idempotency key.
    pub id: String,
    /// `everything`, `repo` or `agent`.
    pub scope: String,
    /// Which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub state: OutboxState,
    /// Problem code, when refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the person should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The freeze that it became, once in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze_id: Option<String>,
    /// Ordered at, in server time.
    pub made_at: UtcMicros,
}

impl FreezeOrder {
    /// What is sent.
    #[must_use]
    pub fn request(&self) -> FreezeRequest {
        FreezeRequest { scope: self.scope.clone(), name: self.name.clone(), reason: self.reason.clone() }
    }
}

/// Why nothing was ordered.
#[derive(Debug, thiserror::Error)]
pub enum OrderRefusal {
    /// Not enrolled.
    #[error("this console is not enrolled")]
    NotEnrolled,
    /// Revoked, or the token is no longer good: it would never be sent.
    #[error("this device is signed out")]
    SignedOut,
    /// A scope or a reason that the server would not take.
    #[error("{0}")]
    Invalid(&'static str),
    /// The local copy failed.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

impl OrderRefusal {
    /// Stable code for the UI; the server's spelling where it has one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "not_enrolled",
            Self::SignedOut => "device_revoked",
            Self::Invalid(_) => "invalid",
            Self::Replica(error) => error.trouble().map_or("internal", Trouble::code),
        }
    }
}

/// The pauses in force as the server last told them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KeptFreezes {
    /// Oldest first.
    pub freezes: Vec<FreezeView>,
    /// When they were read, in server time; 0: never.
    pub at: UtcMicros,
}

fn check(request: &FreezeRequest) -> Result<(), OrderRefusal> {
    let named =
        request.name.as_deref().is_some_and(|name| (1..=LONGEST_NAME).contains(&name.chars().count()));
    match (request.scope.as_str(), &request.name) {
        ("everything", None) => {}
        ("repo" | "agent", Some(_)) if named => {}
        _ => return Err(OrderRefusal::Invalid("name one agent or one repository, or stop everything")),
    }
    if !(1..=LONGEST_REASON).contains(&request.reason.trim().chars().count()) {
        return Err(OrderRefusal::Invalid("a stop has a reason of 1 to 500 characters"));
    }
    Ok(())
}

const COLUMNS: &str = "id, request, state, code, message, freeze_id, made_at";

fn read(row: &Row<'_>) -> rusqlite::Result<FreezeOrder> {
    let (text, state): (String, String) = (row.get(1)?, row.get(2)?);
    // A row that cannot be read is one that the person must look at, and nothing that is sent.
    let request = serde_json::from_str::<FreezeRequest>(&text);
    let known = if request.is_ok() { OutboxState::parse(&state) } else { None };
    let request =
        request.unwrap_or(FreezeRequest { scope: String::new(), name: None, reason: String::new() });
    Ok(FreezeOrder {
        id: row.get(0)?,
        scope: request.scope,
        name: request.name,
        reason: request.reason,
        state: known.unwrap_or(OutboxState::NeedsYou),
        code: row.get(3)?,
        message: row.get(4)?,
        freeze_id: row.get(5)?,
        made_at: row.get(6)?,
    })
}

impl Replica {
    /// Keeps a stop durably, from where the sync sends it before anything else. *Nothing is stopped* before the server
    /// has it.
    ///
    /// # Errors
    /// [`OrderRefusal`]; nothing was ordered.
    pub fn order_freeze(&self, request: &FreezeRequest) -> Result<FreezeOrder, OrderRefusal> {
        check(request)?;
        let identity = self.identity()?.ok_or(OrderRefusal::NotEnrolled)?;
        if self.watch().borrow().signed_out {
            return Err(OrderRefusal::SignedOut);
        }
        let mut nonce = [0_u8; 16];
        getrandom::fill(&mut nonce).map_err(|_| ReplicaError::Unreadable("random source"))?;
        let order = FreezeOrder {
            id: format!("{}-stop-{}", identity.device.id, hex::encode(nonce)),
            scope: request.scope.clone(),
            name: request.name.clone(),
            reason: request.reason.trim().to_owned(),
            state: OutboxState::Unsent,
            code: None,
            message: None,
            freeze_id: None,
            made_at: self.server_now(),
        };
        let kept = add(&*self.db()?, &order);
        kept.inspect_err(|error| self.note_trouble(error))?;
        self.recount_orders()?;
        self.shared.outbox_changed.notify_one();
        Ok(order)
    }

    /// Stops ordered here that are not in force yet or were refused, and the newest that are; newest first.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn freeze_orders(&self) -> Result<Vec<FreezeOrder>, ReplicaError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM freeze_order WHERE state NOT IN ('dismissed', 'withdrawn') ORDER BY n DESC LIMIT 100"
        );
        self.db()?
            .prepare_cached(&sql)
            .and_then(|mut s| s.query_map([], read)?.collect())
            .map_err(failed("read the orders"))
    }

    /// One stop ordered here.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn freeze_order(&self, id: &str) -> Result<Option<FreezeOrder>, ReplicaError> {
        self.db()?
            .prepare_cached(&format!("SELECT {COLUMNS} FROM freeze_order WHERE id = ?1"))
            .and_then(|mut s| s.query_row([id], read).optional())
            .map_err(failed("read the orders"))
    }

    /// Takes back a stop that was not sent yet. Says whether there was one.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn withdraw_order(&self, id: &str) -> Result<bool, ReplicaError> {
        self.end_order(id, "UPDATE freeze_order SET state = 'withdrawn' WHERE id = ?1 AND state = 'unsent'")
    }

    /// Marks a stop without effect as known to the person. Says whether there was one.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn dismiss_order(&self, id: &str) -> Result<bool, ReplicaError> {
        self.end_order(
            id,
            "UPDATE freeze_order SET state = 'dismissed' WHERE id = ?1 AND state = 'needs_you'",
        )
    }

    fn end_order(&self, id: &str, sql: &str) -> Result<bool, ReplicaError> {
        let done = self.db()?.execute(sql, [id]).map_err(failed("write the orders"))? == 1;
        self.recount_orders()?;
        Ok(done)
    }

    /// The oldest stop that is still to be sent.
    pub(crate) fn next_order(&self) -> Result<Option<FreezeOrder>, ReplicaError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM freeze_order WHERE state IN ('unsent', 'sending') ORDER BY n LIMIT 1"
        );
        self.db()?
            .prepare_cached(&sql)
            .and_then(|mut s| s.query_row([], read).optional())
            .map_err(failed("read the orders"))
    }

    /// Notes what became of sending a stop; `false` when it was taken back meanwhile.
    pub(crate) fn settle_order(&self, order: &FreezeOrder) -> Result<bool, ReplicaError> {
        let written = self
            .db()?
            .execute(
                "UPDATE freeze_order SET state = ?2, code = ?3, message = ?4, freeze_id = ?5
                 WHERE id = ?1 AND state <> 'withdrawn'",
                params![order.id, order.state.as_str(), order.code, order.message, order.freeze_id],
            )
            .map_err(failed("write the orders"))?;
        self.recount_orders()?;
        Ok(written == 1)
    }

    /// After every change of an order: also one on its way that is back among the unsent changes what a window shows.
    pub(crate) fn recount_orders(&self) -> Result<(), ReplicaError> {
        let unsent = unsent(&*self.db()?)?;
        self.changed(|state| state.unsent_stops = unsent);
        self.emit(ReplicaEvent::EmergencyChanged);
        Ok(())
    }

    /// The pauses in force as the server last told them, and when.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn freezes(&self) -> Result<KeptFreezes, ReplicaError> {
        Ok(db::meta(&*self.db()?, "freezes")?.unwrap_or_default())
    }

    /// The bypasses that matter as the server last told them; `None` before it ever did.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn bypasses(&self) -> Result<Option<BypassList>, ReplicaError> {
        db::meta(&*self.db()?, "bypasses")
    }

    pub(crate) fn keep_emergency(
        &self,
        freezes: Vec<FreezeView>,
        bypasses: &BypassList,
    ) -> Result<(), ReplicaError> {
        let (frozen, until) = (freezes.len(), last_end(bypasses));
        let kept = KeptFreezes { freezes, at: self.server_now() };
        {
            let db = self.db()?;
            db::set_meta(&db, "freezes", &kept)?;
            db::set_meta(&db, "bypasses", bypasses)?;
        }
        self.changed(|state| {
            state.frozen = frozen;
            state.bypass_until = until;
        });
        self.emit(ReplicaEvent::EmergencyChanged);
        Ok(())
    }
}

/// When the last bypass in force ends.
pub(crate) fn last_end(bypasses: &BypassList) -> Option<UtcMicros> {
    let active = bypasses.open.iter().filter(|bypass| bypass.state == "active");
    active.filter_map(|bypass| bypass.ends_at).max()
}

fn add(c: &Connection, order: &FreezeOrder) -> Result<(), ReplicaError> {
    let text = serde_json::to_string(&order.request()).map_err(|_| ReplicaError::Unreadable("order"))?;
    c.execute(
        "INSERT INTO freeze_order (id, request, state, made_at) VALUES (?1, ?2, 'unsent', ?3)",
        params![order.id, text, order.made_at],
    )
    .map_err(failed("keep the order"))?;
    Ok(())
}

/// Stops that the server does not have yet.
pub(crate) fn unsent(c: &Connection) -> Result<u64, ReplicaError> {
    c.query_row("SELECT count(*) FROM freeze_order WHERE state IN ('unsent', 'sending')", [], |r| {
        r.get::<_, i64>(0)
    })
    .map(|n| u64::try_from(n).unwrap_or(0))
    .map_err(failed("count the orders"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_would_refuse_is_not_queued() {
        let wish = |scope: &str, name: Option<&str>, reason: &str| {
            check(&FreezeRequest { scope: scope.into(), name: name.map(Into::into), reason: reason.into() })
                .is_ok()
        };
        assert!(wish("everything", None, "odd"));
        assert!(wish("agent", Some("nova"), "odd"));
        assert!(!wish("everything", Some("nova"), "odd"));
        assert!(!wish("repo", None, "odd") && !wish("repo", Some(""), "odd"));
        assert!(!wish("world", None, "odd"));
        assert!(!wish("everything", None, "  ") && !wish("everything", None, &"x".repeat(501)));
    }
}
