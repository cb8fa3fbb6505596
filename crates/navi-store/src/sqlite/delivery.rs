//! What devices report about notifications: bookkeeping beside the ledger.

use navi_domain::delivery::Delivery;
use navi_domain::delivery::desk::Desk;
use navi_domain::{SECOND, UtcMicros};
use rusqlite::{Connection, params};

use crate::read::{DeliveryReport, DeskRow, Told};

type Sql<T> = rusqlite::Result<T>;

/// Reports older than this are forgotten: 30 days.
const KEPT: UtcMicros = 30 * 24 * 3600 * SECOND;

/// Keeps what is newer than what is there; how many rows that were.
pub(super) fn keep(conn: &mut Connection, report: &DeliveryReport, now: UtcMicros) -> Sql<u64> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut kept = 0;
    for delivery in &report.deliveries {
        let body = text(delivery)?;
        let rows = tx
            .prepare_cached(
                "INSERT INTO delivery (approval_id, device_id, user_id, changed_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (approval_id, device_id) DO UPDATE
                 SET user_id = excluded.user_id, changed_at = excluded.changed_at, body = excluded.body
                 WHERE excluded.changed_at > changed_at",
            )?
            .execute(params![
                delivery.approval_id,
                report.device_id,
                report.user,
                delivery.changed_at,
                body
            ])?;
        kept += rows as u64;
    }
    if let Some(desk) = &report.desk {
        tx.execute(
            "INSERT INTO device_desk (device_id, user_id, at, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (device_id) DO UPDATE
             SET user_id = excluded.user_id, at = excluded.at, body = excluded.body WHERE excluded.at >= at",
            params![report.device_id, report.user, desk.at, text(desk)?],
        )?;
    }
    tx.execute("DELETE FROM delivery WHERE changed_at < ?1", [now - KEPT])?;
    tx.commit()?;
    Ok(kept)
}

/// What every device said about a request, the newest first.
pub(super) fn of(conn: &Connection, approval_id: &str) -> Sql<Vec<Told>> {
    let told = |row: &rusqlite::Row<'_>| {
        Ok(Told { device_id: row.get(0)?, user: row.get(1)?, delivery: value::<Delivery>(row, 2)? })
    };
    conn.prepare_cached(
        "SELECT device_id, user_id, body FROM delivery WHERE approval_id = ?1 ORDER BY changed_at DESC, device_id",
    )?
    .query_map([approval_id], told)?
    .collect()
}

/// Every desktop that was ever told of, by device.
pub(super) fn desks(conn: &Connection) -> Sql<Vec<DeskRow>> {
    let desk = |row: &rusqlite::Row<'_>| {
        Ok(DeskRow { device_id: row.get(0)?, user: row.get(1)?, desk: value::<Desk>(row, 2)? })
    };
    conn.prepare_cached("SELECT device_id, user_id, body FROM device_desk ORDER BY device_id")?
        .query_map([], desk)?
        .collect()
}

fn text<T: serde::Serialize>(value: &T) -> Sql<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))
}

fn value<T: serde::de::DeserializeOwned>(row: &rusqlite::Row<'_>, column: usize) -> Sql<T> {
    let text: String = row.get(column)?;
    let unreadable =
        |e| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(e));
    serde_json::from_str(&text).map_err(unreadable)
}
