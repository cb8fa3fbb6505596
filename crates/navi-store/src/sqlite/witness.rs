//! Witnesses and their cosignatures: bookkeeping beside the ledger.

use navi_domain::UtcMicros;
use rusqlite::{Connection, OptionalExtension, params};

use crate::read::{Cosignature, WitnessState};

type Sql<T> = rusqlite::Result<T>;

pub(super) fn note_at(conn: &Connection, size: u64) -> Sql<Option<String>> {
    conn.prepare_cached("SELECT note FROM ledger_checkpoint WHERE size = ?1")?
        .query_row([super::signed(size)], |row| row.get(0))
        .optional()
}

pub(super) fn all(conn: &Connection) -> Sql<Vec<WitnessState>> {
    let witness = |row: &rusqlite::Row<'_>| {
        Ok(WitnessState {
            vkey: row.get(0)?,
            device_id: row.get(1)?,
            joined_at: row.get(2)?,
            last_size: super::unsigned(row.get(3)?),
            last_at: row.get(4)?,
        })
    };
    conn.prepare_cached(
        "SELECT vkey, device_id, joined_at, last_size, last_at FROM witness ORDER BY joined_at, vkey",
    )?
    .query_map([], witness)?
    .collect()
}

pub(super) fn lines(conn: &Connection, size: u64) -> Sql<Vec<String>> {
    conn.prepare_cached("SELECT line FROM ledger_cosignature WHERE size = ?1 ORDER BY at, vkey")?
        .query_map([super::signed(size)], |row| row.get(0))?
        .collect()
}

/// The newest note that this many cosigned; the keys of one device count once.
pub(super) fn newest_cosigned(conn: &Connection, at_least: u8) -> Sql<Option<(u64, String)>> {
    conn.prepare_cached(
        "SELECT c.size, p.note FROM ledger_cosignature c
         JOIN witness w ON w.vkey = c.vkey JOIN ledger_checkpoint p ON p.size = c.size
         GROUP BY c.size HAVING count(DISTINCT coalesce(w.device_id, w.vkey)) >= ?1
         ORDER BY c.size DESC LIMIT 1",
    )?
    .query_row([at_least], |row| Ok((super::unsigned(row.get(0)?), row.get(1)?)))
    .optional()
}

/// Keeps a cosignature; `false` and nothing kept when its witness went further before.
pub(super) fn keep(conn: &mut Connection, given: &Cosignature, now: UtcMicros) -> Sql<bool> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let size = super::signed(given.size);
    let forward = tx.execute(
        "INSERT INTO witness (vkey, device_id, joined_at, last_size, last_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (vkey) DO UPDATE SET last_size = excluded.last_size, last_at = excluded.last_at
         WHERE excluded.last_size >= last_size AND device_id IS excluded.device_id",
        params![given.vkey, given.device_id, now, size, given.at],
    )?;
    if forward == 0 {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO ledger_cosignature (size, vkey, line, at) SELECT ?1, ?2, ?3, ?4
         WHERE NOT EXISTS (SELECT 1 FROM ledger_cosignature WHERE size = ?1 AND vkey = ?2)",
        params![size, given.vkey, given.line, given.at],
    )?;
    tx.commit()?;
    Ok(true)
}
