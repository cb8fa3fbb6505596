//! The encrypted file: opening, migrations, small typed values.

use std::path::Path;
use std::sync::MutexGuard;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::{Replica, ReplicaError};

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// Names what failed.
pub(crate) fn failed(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> ReplicaError {
    move |source| ReplicaError::Database { doing, source }
}

/// A second connection that only reads.
pub(crate) fn reader(path: &Path, key: &Zeroizing<[u8; 32]>) -> Result<Connection, ReplicaError> {
    let connection = unlocked(path, key)?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA busy_timeout = 5000;")
        .map_err(failed("be set up"))?;
    Ok(connection)
}

pub(crate) fn open(path: &Path, key: &Zeroizing<[u8; 32]>) -> Result<Connection, ReplicaError> {
    let mut connection = unlocked(path, key)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;",
        )
        .map_err(failed("be set up"))?;
    migrations::migrations::runner()
        .run(&mut connection)
        .map_err(|e| ReplicaError::Migration(Box::new(e)))?;
    Ok(connection)
}

/// A connection that has its key and could read the schema with it.
pub(crate) fn unlocked(path: &Path, key: &Zeroizing<[u8; 32]>) -> Result<Connection, ReplicaError> {
    let connection = Connection::open(path).map_err(failed("be opened"))?;
    let pragma = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", hex::encode(key.as_ref())));
    connection.execute_batch(&pragma).map_err(failed("take its key"))?;
    // With a wrong key the first read fails: SQLCipher checks a MAC over each page.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get::<_, i64>(0)).map_err(
        |source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => ReplicaError::WrongKey,
            _ => failed("be read")(source),
        },
    )?;
    Ok(connection)
}

/// A JSON value by name.
pub(crate) fn meta<T: DeserializeOwned>(
    c: &Connection,
    name: &'static str,
) -> Result<Option<T>, ReplicaError> {
    let text: Option<String> = c
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")
        .and_then(|mut s| s.query_row([name], |r| r.get(0)).optional())
        .map_err(failed("be read"))?;
    text.map(|t| serde_json::from_str(&t).map_err(|_| ReplicaError::Unreadable(name))).transpose()
}

/// Writes a JSON value by name.
pub(crate) fn set_meta<T: Serialize>(
    c: &Connection,
    name: &'static str,
    value: &T,
) -> Result<(), ReplicaError> {
    let text = serde_json::to_string(value).map_err(|_| ReplicaError::Unreadable(name))?;
    c.prepare_cached(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
    )
    .and_then(|mut s| s.execute([name, &text]))
    .map_err(failed("be written"))?;
    Ok(())
}

impl Replica {
    pub(crate) fn db(&self) -> Result<MutexGuard<'_, Connection>, ReplicaError> {
        self.shared.db.lock().map_err(|_| ReplicaError::Poisoned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_unreadable_without_its_key_and_holds_no_clear_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("replica.db");
        let key = Zeroizing::new([1; 32]);
        let c = open(&path, &key).unwrap();
        set_meta(&c, "identity", &"a-very-secret-name").unwrap();
        drop(c);
        assert!(matches!(open(&path, &Zeroizing::new([2; 32])), Err(ReplicaError::WrongKey)));
        let c = open(&path, &key).unwrap();
        assert_eq!(meta::<String>(&c, "identity").unwrap().as_deref(), Some("a-very-secret-name"));
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(11).any(|w| w == b"very-secret"));
            assert!(!bytes.starts_with(b"SQLite format 3"));
        }
    }
}
