//! Full tiles: sealed when their last hash is appended, in the same transaction. Partial ones are put together when asked.

use navi_ledger::tile::{Tile, WIDTH};
use navi_ledger::{Hash, tree};
use rusqlite::{Connection, OptionalExtension, params};

type Sql<T> = rusqlite::Result<T>;

/// Seals every tile that the entry which made the log `size` long completed.
pub(super) fn seal(conn: &Connection, size: u64) -> Sql<()> {
    let (mut level, mut count) = (0, size);
    while count > 0 && count.is_multiple_of(WIDTH) && level < 8 {
        count /= WIDTH;
        insert(conn, level, count - 1)?;
        level += 1;
    }
    Ok(())
}

/// Seals what a log of before tiles were kept, or one that was restored without them, lacks.
pub(super) fn catch_up(conn: &mut Connection, size: u64) -> Sql<()> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for level in 0..8u8 {
        let wanted = size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
        let sql = "SELECT coalesce(max(idx) + 1, 0) FROM ledger_tile WHERE level = ?1";
        let kept = super::unsigned(tx.query_row(sql, [level], |row| row.get(0))?);
        for index in kept..wanted {
            insert(&tx, level, index)?;
        }
    }
    tx.commit()
}

fn insert(conn: &Connection, level: u8, index: u64) -> Sql<()> {
    let hashes = below(conn, level, index, WIDTH)?;
    if hashes.len() as u64 != WIDTH {
        return Err(rusqlite::Error::QueryReturnedNoRows);
    }
    conn.prepare_cached("INSERT INTO ledger_tile (level, idx, root, hashes) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![level, super::signed(index), tree::root_of(&hashes), hashes.concat()])
        .map(drop)
}

/// The hashes of a tile, as many as it is wide; fewer when the log is shorter than the tile says.
pub(super) fn read(conn: &Connection, tile: Tile) -> Sql<Vec<Hash>> {
    let width = usize::from(tile.width);
    let sealed: Option<Vec<u8>> = conn
        .prepare_cached("SELECT hashes FROM ledger_tile WHERE level = ?1 AND idx = ?2")?
        .query_row(params![tile.level, super::signed(tile.index)], |row| row.get(0))
        .optional()?;
    match sealed {
        Some(bytes) => Ok(bytes.as_chunks::<32>().0.iter().take(width).copied().collect()),
        None => below(conn, tile.level, tile.index, u64::from(tile.width)),
    }
}

/// Hashes `index * 256 ..` of a level, from the level below: hashes of leaves, or roots of full tiles.
fn below(conn: &Connection, level: u8, index: u64, width: u64) -> Sql<Vec<Hash>> {
    let (from, to) = (super::signed(index * WIDTH), super::signed(index * WIDTH + width));
    match level.checked_sub(1) {
        None => conn
            .prepare_cached("SELECT leaf_hash FROM ledger_entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx")?
            .query_map([from, to], |row| row.get(0))?
            .collect(),
        Some(lower) => conn
            .prepare_cached(
                "SELECT root FROM ledger_tile WHERE level = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx",
            )?
            .query_map(params![lower, from, to], |row| row.get(0))?
            .collect(),
    }
}
