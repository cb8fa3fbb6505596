//! Notices what other processes commit to the same file (the command line beside a running server).

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::Connection;

use super::{Shared, batch};

const EVERY: Duration = Duration::from_secs(1);

/// Looks once a second until the other end of `stop` is gone. The version pragma costs no disk access.
pub(super) fn run(conn: &Connection, shared: &Arc<Shared>, stop: &Receiver<()>) {
    let mut seen = 0i64;
    while matches!(stop.recv_timeout(EVERY), Err(RecvTimeoutError::Timeout)) {
        match conn.pragma_query_value(None, "data_version", |row| row.get(0)) {
            Ok(version) if version == seen => continue,
            Ok(version) => seen = version,
            Err(error) => {
                tracing::warn!(%error, "the database's version could not be read");
                continue;
            }
        }
        match batch::head_row(conn) {
            Ok(Some(head)) => {
                shared.saw_instant(head.at);
                shared.publish(head.size);
            }
            Ok(None) => tracing::error!("the ledger's head is gone"),
            Err(error) => tracing::warn!(%error, "the ledger's head could not be read"),
        }
    }
}
