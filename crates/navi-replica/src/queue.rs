//! Approvals as last seen, and the ledger entries that came with them.

use std::collections::BTreeMap;

use navi_protocol::approvals::ApprovalView;
use navi_protocol::audit::AuditEntry;
use rusqlite::{Connection, OptionalExtension, params};

use crate::db::failed;
use crate::outbox::{self, OutboxItem};
use crate::{Replica, ReplicaError, snooze};

/// An approval, with the vote of this device if there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueItem {
    /// As the server last showed it.
    pub approval: ApprovalView,
    /// The latest vote signed here.
    pub outbox: Option<OutboxItem>,
}

/// What the tray counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pending approvals by level.
    pub pending_by_level: BTreeMap<String, u64>,
    /// Votes signed here and not yet accepted.
    pub unsent: u64,
    /// Votes without effect, not yet dismissed.
    pub needs_you: u64,
}

/// Who asked lately, newest first: what somebody in a hurry may want to stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenLately {
    /// Agents by name.
    pub agents: Vec<String>,
    /// Repositories.
    pub repos: Vec<String>,
}

/// Of so many of the newest approvals it is read who asked.
const LATELY: i64 = 200;

impl Counts {
    /// All pending approvals.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.pending_by_level.values().sum()
    }
}

impl Replica {
    /// Pending approvals, the one that expires first on top.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn queue(&self) -> Result<Vec<QueueItem>, ReplicaError> {
        self.list("SELECT view FROM approval WHERE status = 'pending' ORDER BY expires_at, id")
    }

    /// Every approval of the copy, newest first.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn approvals(&self) -> Result<Vec<QueueItem>, ReplicaError> {
        self.list("SELECT view FROM approval ORDER BY created_at DESC, id DESC")
    }

    fn list(&self, sql: &str) -> Result<Vec<QueueItem>, ReplicaError> {
        let db = self.db()?;
        let views: Vec<String> = db
            .prepare_cached(sql)
            .and_then(|mut s| s.query_map([], |r| r.get(0))?.collect())
            .map_err(failed("be read"))?;
        views.iter().map(|v| item(&db, v)).collect()
    }

    /// One ledger entry that came by; `None` when the copy does not hold it.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn entry(&self, index: u64) -> Result<Option<AuditEntry>, ReplicaError> {
        let text: Option<String> = self
            .db()?
            .prepare_cached("SELECT body FROM entry WHERE seq = ?1")
            .and_then(|mut s| s.query_row([as_sql(index)], |r| r.get(0)).optional())
            .map_err(failed("read a ledger entry"))?;
        text.map(|t| serde_json::from_str(&t).map_err(|_| ReplicaError::Unreadable("ledger entry")))
            .transpose()
    }

    /// One approval; `None` when the copy does not hold it.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn approval(&self, id: &str) -> Result<Option<QueueItem>, ReplicaError> {
        let db = self.db()?;
        view_text(&db, id)?.map(|v| item(&db, &v)).transpose()
    }

    /// What the tray counts.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn counts(&self) -> Result<Counts, ReplicaError> {
        let db = self.db()?;
        let mut counts = Counts::default();
        let views: Vec<String> = db
            .prepare_cached("SELECT json_extract(view, '$.level') FROM approval WHERE status = 'pending'")
            .and_then(|mut s| s.query_map([], |r| r.get(0))?.collect())
            .map_err(failed("be counted"))?;
        for level in views {
            *counts.pending_by_level.entry(level).or_default() += 1;
        }
        (counts.unsent, counts.needs_you) = outbox::counts(&db)?;
        Ok(counts)
    }

    /// The agents and repositories of the newest approvals, at most so many of each.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn seen_lately(&self, most: usize) -> Result<SeenLately, ReplicaError> {
        let db = self.db()?;
        let named = |path: &str| -> Result<Vec<String>, ReplicaError> {
            db.prepare_cached(
                "SELECT view ->> ?1 AS name, max(created_at) AS seen
                 FROM (SELECT view, created_at FROM approval ORDER BY created_at DESC LIMIT ?2)
                 WHERE typeof(name) = 'text' AND name <> '' GROUP BY name ORDER BY seen DESC, name LIMIT ?3",
            )
            .and_then(|mut s| s.query_map(params![path, LATELY, most as i64], |r| r.get(0))?.collect())
            .map_err(failed("be read"))
        };
        Ok(SeenLately { agents: named("$.agent")?, repos: named("$.material.repo")? })
    }

    /// Ledger entries of the copy, from an index on.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn entries(&self, from: u64, limit: usize) -> Result<Vec<AuditEntry>, ReplicaError> {
        let db = self.db()?;
        let texts: Vec<String> = db
            .prepare_cached("SELECT body FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT ?2")
            .and_then(|mut s| {
                s.query_map(params![as_sql(from), limit.min(10_000) as i64], |r| r.get(0))?.collect()
            })
            .map_err(failed("be read"))?;
        texts
            .iter()
            .map(|t| serde_json::from_str(t).map_err(|_| ReplicaError::Unreadable("ledger entry")))
            .collect()
    }

    /// Whether this digest of an approval is announced for the first time; remembers it durably.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn announce_once(&self, approval_id: &str, digest: &str) -> Result<bool, ReplicaError> {
        announce(&*self.db()?, approval_id, digest)
    }
}

pub(crate) fn announce(c: &Connection, approval_id: &str, digest: &str) -> Result<bool, ReplicaError> {
    c.prepare_cached("INSERT OR IGNORE INTO announced (approval_id, digest) VALUES (?1, ?2)")
        .and_then(|mut s| s.execute([approval_id, digest]))
        .map(|rows| rows == 1)
        .map_err(failed("remember an announcement"))
}

/// A ledger index as SQLite keeps it.
pub(crate) fn as_sql(index: u64) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

pub(crate) fn view_text(c: &Connection, id: &str) -> Result<Option<String>, ReplicaError> {
    c.prepare_cached("SELECT view FROM approval WHERE id = ?1")
        .and_then(|mut s| s.query_row([id], |r| r.get(0)).optional())
        .map_err(failed("be read"))
}

fn item(c: &Connection, view: &str) -> Result<QueueItem, ReplicaError> {
    let mut approval: ApprovalView =
        serde_json::from_str(view).map_err(|_| ReplicaError::Unreadable("approval"))?;
    if let Some(until) = snooze::pressed(c, &approval.id)? {
        approval.snoozed_until = until;
    }
    let outbox = outbox::latest(c, &approval.id)?;
    Ok(QueueItem { approval, outbox })
}

/// Keeps a view unless a newer one is known. Says whether anything changed.
pub(crate) fn keep(c: &Connection, view: &ApprovalView) -> Result<bool, ReplicaError> {
    let text = serde_json::to_string(view).map_err(|_| ReplicaError::Unreadable("approval"))?;
    c.prepare_cached(
        "INSERT INTO approval (id, version, status, created_at, expires_at, view) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE SET version = ?2, status = ?3, created_at = ?4, expires_at = ?5, view = ?6
         WHERE ?2 > version",
    )
    .and_then(|mut s| {
        s.execute(params![view.id, as_sql(view.version), view.status, view.created_at, view.expires_at, text])
    })
    .map(|rows| rows > 0)
    .map_err(failed("keep an approval"))
}

/// Keeps an entry that came by.
pub(crate) fn keep_entry(c: &Connection, entry: &AuditEntry) -> Result<(), ReplicaError> {
    let text = serde_json::to_string(entry).map_err(|_| ReplicaError::Unreadable("ledger entry"))?;
    let hash = hex::decode(&entry.leaf_hash).map_err(|_| ReplicaError::Unreadable("leaf hash"))?;
    c.prepare_cached("INSERT OR IGNORE INTO entry (seq, leaf_hash, body) VALUES (?1, ?2, ?3)")
        .and_then(|mut s| s.execute(params![as_sql(entry.index), hash, text]))
        .map_err(failed("keep a ledger entry"))?;
    Ok(())
}

/// Forgets what erased entries said, and the ended requests that showed it.
pub(crate) fn forget_payloads(c: &Connection, erased: &[(u64, u64)]) -> Result<(), ReplicaError> {
    for (first, last) in erased {
        c.prepare_cached(
            "DELETE FROM approval WHERE status <> 'pending' AND id IN
             (SELECT body ->> '$.links.approval_id' FROM entry WHERE seq BETWEEN ?1 AND ?2)",
        )
        .and_then(|mut s| s.execute(params![as_sql(*first), as_sql(*last)]))
        .map_err(failed("forget an erased request"))?;
        c.prepare_cached(
            "UPDATE entry SET body = json_set(json_remove(body, '$.payload', '$.nonce', '$.on_behalf_of'), '$.actor', '')
             WHERE seq BETWEEN ?1 AND ?2",
        )
        .and_then(|mut s| s.execute(params![as_sql(*first), as_sql(*last)]))
        .map_err(failed("forget an erased payload"))?;
    }
    Ok(())
}
