//! A new origin: a second database file with the state of the first and an empty ledger. The first is only read.

use std::path::Path;

use navi_domain::event::{Event, EventKind};
use navi_ledger::tree::Frontier;
use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

use super::connection::{self, Opening};
use super::fsck::schema;
use super::prepared::Prepared;
use super::{OpenError, Options, SqliteStore, batch, database, fresh_epoch, table, unsigned, written};
use crate::change::Change;

/// Rows that one entry names at most.
const ROWS_AN_ENTRY: usize = 200;
/// Bytes of a full row of a closed ledger's hashes.
const CLOSED_ROW: usize = 256 * 32;

/// The origin of the ledger in a database; `None` without a ledger.
///
/// # Errors
/// [`OpenError`]
pub fn origin_of(options: &Options) -> Result<Option<String>, OpenError> {
    if !options.path.exists() {
        return Err(OpenError::NotInitialised);
    }
    let mut conn = Opening { path: &options.path, key: options.key.as_ref() }.writer()?;
    connection::migrate(&mut conn).map_err(|e| OpenError::Migration(Box::new(e)))?;
    Ok(batch::head_row(&conn)?.map(|head| head.origin))
}

/// Copies the database to `to` and starts a new ledger there: `first` is entry 0, then come entries that name every row
/// carried over (votes too), so that each is still held against an entry. Checkpoints, cosignatures, idempotent
/// answers and the search index stay behind. How many rows were carried over.
///
/// # Errors
/// [`OpenError`]; `to` must not exist.
pub fn restart(options: &Options, to: &Path, origin: &str, first: Event) -> Result<u64, OpenError> {
    let from = Opening { path: &options.path, key: options.key.as_ref() };
    let mut conn = from.writer()?;
    connection::migrate(&mut conn).map_err(|e| OpenError::Migration(Box::new(e)))?;
    let org = batch::head_row(&conn)?.ok_or(OpenError::NotInitialised)?.org;
    let target = Opening { path: to, key: options.key.as_ref() };
    target.make_file()?;
    conn.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    drop(conn);

    let mut conn = target.writer()?;
    conn.pragma_update(None, "foreign_keys", false)?;
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    schema::drop_triggers(&tx)?;
    close(&tx, (options.clock)())?;
    empty(&tx)?;
    schema::make_triggers(&tx, &schema::expected()?)?;
    let frontier = Frontier::new();
    tx.execute(
        "INSERT INTO ledger_head (one, org, origin, epoch, size, root, frontier, at)
         VALUES (1, ?1, ?2, ?3, 0, ?4, ?5, 0)",
        params![org, origin, fresh_epoch().map_err(OpenError::First)?, frontier.root(), frontier.to_bytes()],
    )?;
    let mut change = Change::default().event(first);
    let rows = carried(&tx, &options.org_key, origin)?;
    let count = rows.iter().map(|(count, _)| count).sum();
    change.events.extend(rows.into_iter().map(|(_, event)| event));
    let prepared = Prepared::new(change, &org, &options.org_key).map_err(OpenError::First)?;
    let head = batch::head_row(&tx)?.ok_or(OpenError::NotInitialised)?;
    batch::apply(&tx, &[&prepared], &head, (options.clock)()).map_err(|failure| {
        OpenError::First(match failure {
            batch::Failure::Statement(doing, e) => database(doing, e),
            batch::Failure::Commit { error, .. } => database("make the first entries durable", error),
            batch::Failure::Fenced => crate::StoreError::Fenced,
        })
    })?;
    tx.commit()?;
    Ok(count)
}

/// Keeps the leaf hashes of the ledger that ends here.
fn close(conn: &Connection, at: i64) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT INTO closed_ledger (origin, size, closed_at)
         SELECT origin, (SELECT count(*) FROM ledger_entry), ?1 FROM ledger_head",
        [at],
    )?;
    let origin: String = conn.query_row("SELECT origin FROM ledger_head", [], |row| row.get(0))?;
    let mut insert = conn.prepare("INSERT INTO closed_leaf (origin, idx, hashes) VALUES (?1, ?2, ?3)")?;
    let mut entries = conn.prepare("SELECT leaf_hash FROM ledger_entry ORDER BY idx")?;
    let mut rows = entries.query([])?;
    let (mut row, mut hashes) = (0i64, Vec::with_capacity(CLOSED_ROW));
    while let Some(entry) = rows.next()? {
        hashes.extend_from_slice(&entry.get::<_, [u8; 32]>(0)?);
        if hashes.len() == CLOSED_ROW {
            insert.execute(params![origin, row, hashes])?;
            row += 1;
            hashes.clear();
        }
    }
    if !hashes.is_empty() {
        insert.execute(params![origin, row, hashes])?;
    }
    Ok(())
}

/// Leaf hashes of a ledger that was closed; none of one that never was.
pub(super) fn closed(conn: &Connection, origin: &str) -> rusqlite::Result<Vec<[u8; 32]>> {
    let mut hashes = Vec::new();
    let mut statement =
        conn.prepare_cached("SELECT hashes FROM closed_leaf WHERE origin = ?1 ORDER BY idx")?;
    let mut rows = statement.query([origin])?;
    while let Some(row) = rows.next()? {
        hashes.extend_from_slice(row.get_ref(0)?.as_blob()?.as_chunks::<32>().0);
    }
    Ok(hashes)
}

fn empty(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(
        "DELETE FROM ledger_cosignature; DELETE FROM ledger_checkpoint; DELETE FROM witness;
         DELETE FROM ledger_erasure; DELETE FROM ledger_payload; DELETE FROM ledger_link; DELETE FROM ledger_tile;
         DELETE FROM ledger_entry; DELETE FROM ledger_head; DELETE FROM idempotency;
         INSERT INTO audit_text (audit_text) VALUES ('delete-all');
         DELETE FROM insight_daily; UPDATE audit_index SET next = 0, purge = 0;",
    )
}

/// Entries that name every state row, with how many each names.
fn carried(conn: &Connection, org_key: &[u8; 32], origin: &str) -> rusqlite::Result<Vec<(u64, Event)>> {
    let mut made = Vec::new();
    let mut open = Naming::default();
    for table in table::ALL {
        let mut statement =
            conn.prepare(&format!("SELECT {}, version, body FROM {}", table.id, table.name))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, version, body): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let name = format!("{}/{id}", table.name);
            let tag = written::tag(org_key, &name, body.as_bytes());
            if table.carried {
                open.bodies.insert(name.clone(), Value::String(body));
            }
            open.tags.insert(name, Value::String(format!("{version}:{tag}")));
            open.close_if(ROWS_AN_ENTRY, origin, &mut made);
        }
    }
    let mut statement = conn.prepare(
        "SELECT approval_id, device_id, device_seq, user_id, vote, signature FROM governance_votes",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (approval, device, seq): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (user, vote, signature): (String, Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let name = written::vote_name(&approval, &device, unsigned(seq));
        let tag = written::tag(org_key, &name, &written::vote_text(&user, &vote, &signature));
        open.tags.insert(name, Value::String(format!("1:{tag}")));
        open.close_if(ROWS_AN_ENTRY, origin, &mut made);
    }
    open.close_if(1, origin, &mut made);
    Ok(made)
}

/// Rows that the next entry names.
#[derive(Default)]
struct Naming {
    tags: Map<String, Value>,
    bodies: Map<String, Value>,
}

impl Naming {
    fn close_if(&mut self, full: usize, origin: &str, made: &mut Vec<(u64, Event)>) {
        if self.tags.len() < full {
            return;
        }
        let count = self.tags.len() as u64;
        let Self { tags, bodies } = std::mem::take(self);
        let payload = json!({"count": count, written::ROWS: tags, written::BODIES: bodies});
        let event = Event {
            kind: EventKind::StateCarried,
            actor: "system".to_owned(),
            on_behalf_of: None,
            subject: origin.to_owned(),
            links: std::collections::BTreeMap::new(),
            payload,
        };
        made.push((count, event));
    }
}

impl SqliteStore {
    /// Copies what the write-ahead log holds into the file itself, so that the file alone is the whole database.
    ///
    /// # Errors
    /// [`OpenError::Database`], also while somebody reads.
    pub fn settle(options: &Options) -> Result<(), OpenError> {
        let conn = Opening { path: &options.path, key: options.key.as_ref() }.writer()?;
        let busy: i64 = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        match busy {
            0 => Ok(()),
            _ => Err(rusqlite::Error::QueryReturnedMoreThanOneRow.into()),
        }
    }
}
