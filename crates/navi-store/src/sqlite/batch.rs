//! One transaction of the writer: check each change, write what holds, append the entries, move the head.

use std::time::Duration;

use navi_domain::UtcMicros;
use navi_ledger::tree::{self, Frontier};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::prepared::{Guard, Prepared, PreparedEntry, Row};
use super::{table, tiles};
use crate::StoreError;
use crate::change::{Expected, Key, Outcome};

/// How long an idempotent answer is good.
pub(super) const IDEMPOTENCY_LIFE: UtcMicros = 24 * 3600 * navi_domain::SECOND;
/// Longer than any other process holds the write lock for one batch.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The head row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeadRow {
    pub org: String,
    pub origin: String,
    pub epoch: String,
    pub size: u64,
    pub root: [u8; 32],
    pub frontier: Frontier,
    pub at: UtcMicros,
}

/// How a whole batch failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// A statement failed before COMMIT: nothing was written.
    Statement(&'static str, rusqlite::Error),
    /// COMMIT itself failed, at a head of this size.
    Commit { error: rusqlite::Error, size_before: u64 },
    /// The head is not a continuation of what this process knows.
    Fenced,
}

/// What the batch did.
pub(super) struct Written {
    pub outcomes: Vec<Result<Outcome, StoreError>>,
    /// The head after it.
    pub head: HeadRow,
    /// Whether there is anything to commit.
    wrote: bool,
}

fn doing(what: &'static str) -> impl Fn(rusqlite::Error) -> Failure {
    move |e| Failure::Statement(what, e)
}

/// Reads the head; `None` in a database without a ledger.
pub(super) fn head_row(conn: &Connection) -> rusqlite::Result<Option<HeadRow>> {
    let mut statement =
        conn.prepare_cached("SELECT org, origin, epoch, size, root, frontier, at FROM ledger_head")?;
    statement
        .query_row([], |row| {
            let frontier: Vec<u8> = row.get(5)?;
            Ok(HeadRow {
                org: row.get(0)?,
                origin: row.get(1)?,
                epoch: row.get(2)?,
                size: super::unsigned(row.get(3)?),
                root: row.get(4)?,
                frontier: Frontier::from_bytes(&frontier).map_err(|e| {
                    rusqlite::Error::FromSqlConversionFailure(5, rusqlite::types::Type::Blob, e.into())
                })?,
                at: row.get(6)?,
            })
        })
        .optional()
}

/// Runs a batch: either all of its changes that hold are durable, or nothing is.
///
/// `known_size` and `epoch` are what this process last saw; a head before that is a restored or foreign file.
pub(super) fn run(
    conn: &mut Connection,
    changes: &[&Prepared],
    clock: UtcMicros,
    known_size: u64,
    epoch: &str,
) -> Result<Written, Failure> {
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(doing("lock the database for writing"))?;
    let before = head_row(&tx).map_err(doing("read the ledger's head"))?.ok_or(Failure::Fenced)?;
    let whole = before.frontier.size() == before.size && before.frontier.root() == before.root;
    if !whole || before.size < known_size || before.epoch != epoch {
        return Err(Failure::Fenced);
    }
    let written = apply(&tx, changes, &before, clock)?;
    if written.wrote {
        // Dropping `tx` rolls back what a refused COMMIT left open.
        tx.execute_batch("COMMIT").map_err(|error| Failure::Commit { error, size_before: before.size })?;
    }
    Ok(written)
}

/// Checks and writes each change in order, so that a later one sees the earlier ones.
pub(super) fn apply(
    tx: &Connection,
    changes: &[&Prepared],
    before: &HeadRow,
    clock: UtcMicros,
) -> Result<Written, Failure> {
    let mut head = before.clone();
    head.at = clock.max(before.at);
    let mut wrote = false;
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        if let Some(key) = lost(tx, &change.guards, head.at).map_err(doing("compare versions"))? {
            outcomes.push(Ok(Outcome::Conflict(key)));
            continue;
        }
        if let Some((key, _)) = change.before.as_ref().filter(|(_, end)| head.at >= *end) {
            outcomes.push(Ok(Outcome::Conflict(key.clone())));
            continue;
        }
        let leaves: Result<Vec<_>, _> =
            change.entries.iter().map(|e| e.leaf_bytes(&head.org, head.at)).collect();
        let leaves = match leaves {
            Ok(leaves) => leaves,
            Err(malformed) => {
                outcomes.push(Err(malformed));
                continue;
            }
        };
        for row in &change.rows {
            write_row(tx, row).map_err(doing("write a row"))?;
        }
        let first_index = head.size;
        for (entry, leaf) in change.entries.iter().zip(leaves) {
            append(tx, &mut head, entry, &leaf).map_err(doing("append a ledger entry"))?;
        }
        for index in &change.erase {
            erase(tx, *index, first_index).map_err(doing("erase a payload"))?;
        }
        wrote |= !change.rows.is_empty() || !change.entries.is_empty();
        outcomes.push(Ok(Outcome::Committed { first_index, at: head.at }));
    }
    if head.size > before.size {
        head.root = head.frontier.root();
        move_head(tx, before, &head)?;
    }
    Ok(Written { outcomes, head, wrote })
}

/// The first expectation that does not hold.
fn lost(tx: &Connection, guards: &[Guard], now: UtcMicros) -> rusqlite::Result<Option<Key>> {
    for guard in guards {
        let found: Option<i64> = match (&guard.key, table::of(&guard.key)) {
            (_, Some(table)) => {
                tx.prepare_cached(table.version)?.query_row([&guard.id], |row| row.get(0)).optional()?
            }
            (Key::Idempotency(token, key), None) => tx
                .prepare_cached(
                    "SELECT 1 FROM idempotency WHERE token_id = ?1 AND key = ?2 AND created_at > ?3",
                )?
                .query_row(params![token, key, now - IDEMPOTENCY_LIFE], |row| row.get(0))
                .optional()?,
            (_, None) => None,
        };
        let holds = match guard.expected {
            Expected::Absent => found.is_none(),
            Expected::Version(version) => found.map(super::unsigned) == Some(version),
        };
        if !holds {
            return Ok(Some(guard.key.clone()));
        }
    }
    Ok(None)
}

fn write_row(tx: &Connection, row: &Row) -> rusqlite::Result<()> {
    let changed = match row {
        Row::Body { table, id, version, body, features } => {
            let sql = if *version == 1 { table.insert } else { table.update };
            let mut statement = tx.prepare_cached(sql)?;
            match features {
                Some(features) => statement.execute(params![id, super::signed(*version), body, features])?,
                None => statement.execute(params![id, super::signed(*version), body])?,
            }
        }
        Row::Vote(v) => tx
            .prepare_cached(
                "INSERT INTO governance_votes
                 (approval_id, device_id, device_seq, user_id, vote, signature, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                v.approval_id,
                v.device_id,
                super::signed(v.device_seq),
                v.user,
                v.vote,
                v.signature,
                v.at
            ])?,
        // Replaces an answer that is too old to count; a younger one was refused by its guard.
        Row::Idempotency(a) => {
            tx.prepare_cached("DELETE FROM idempotency WHERE created_at <= ?1")?
                .execute([a.at - IDEMPOTENCY_LIFE])?;
            tx.prepare_cached(
                "INSERT OR REPLACE INTO idempotency (token_id, key, request_sha256, status, body, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![a.token_id, a.key, a.request_sha256, a.status, a.body, a.at])?
        }
    };
    // Its version was compared in this transaction; no row means that what it rests on is missing.
    if changed == 1 { Ok(()) } else { Err(rusqlite::Error::StatementChangedRows(changed)) }
}

fn append(tx: &Connection, head: &mut HeadRow, entry: &PreparedEntry, leaf: &[u8]) -> rusqlite::Result<()> {
    let hash = tree::leaf_hash(leaf);
    let index = super::signed(head.size);
    tx.prepare_cached(
        "INSERT INTO ledger_entry (idx, leaf_hash, leaf, kind, at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![index, hash, leaf, entry.kind.as_str(), head.at])?;
    tx.prepare_cached(
        "INSERT INTO ledger_payload (idx, payload, nonce, actor, on_behalf_of) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![index, entry.payload, entry.nonce, entry.actor, entry.on_behalf_of])?;
    let mut link = tx.prepare_cached(
        "INSERT INTO ledger_link (id, idx, is_subject) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    link.execute(params![entry.subject, index, true])?;
    for (name, id) in &entry.links {
        if super::ledger::names_a_thing(name) {
            link.execute(params![id, index, false])?;
        }
    }
    head.frontier.push(hash);
    head.size += 1;
    tiles::seal(tx, head.size)
}

/// What was erased before stays erased by the entry that did it.
fn erase(tx: &Connection, index: i64, by: u64) -> rusqlite::Result<()> {
    let payload: Option<i64> = tx
        .prepare_cached("SELECT idx FROM ledger_payload WHERE idx = ?1")?
        .query_row([index], |row| row.get(0))
        .optional()?;
    if payload.is_some() {
        tx.prepare_cached("INSERT INTO ledger_erasure (idx, erased) VALUES (?1, ?2)")?
            .execute(params![index, super::signed(by)])?;
        tx.prepare_cached("DELETE FROM ledger_payload WHERE idx = ?1")?.execute([index])?;
    }
    Ok(())
}

/// Compare-and-swap: the writer that read another size loses.
fn move_head(tx: &Connection, before: &HeadRow, after: &HeadRow) -> Result<(), Failure> {
    let what = "move the ledger's head";
    let moved = tx
        .prepare_cached(
            "UPDATE ledger_head SET size = ?1, root = ?2, frontier = ?3, at = ?4
             WHERE one = 1 AND size = ?5 AND epoch = ?6",
        )
        .map_err(doing(what))?
        .execute(params![
            super::signed(after.size),
            after.root,
            after.frontier.to_bytes(),
            after.at,
            super::signed(before.size),
            before.epoch
        ])
        .map_err(doing(what))?;
    if moved == 1 { Ok(()) } else { Err(doing(what)(rusqlite::Error::StatementChangedRows(moved))) }
}
