//! Connections: settings, migrations, and the readers' pool.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};

use super::batch::BUSY_TIMEOUT;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// Readers that may look at the same time.
const READERS: usize = 4;

/// How a database is opened.
pub(super) struct Opening<'a> {
    pub path: &'a Path,
    pub key: Option<&'a [u8; 32]>,
}

impl Opening<'_> {
    /// A connection that may write. Creates the file if there is none.
    pub fn writer(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let conn = self.connect(flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        // FULL: a commit returns after its pages were flushed. The rest makes rules hold for whoever uses this
        // connection; the log is copied back by the writer itself, so the threshold here is for other processes.
        conn.execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA fullfsync = ON;
             PRAGMA foreign_keys = ON;
             PRAGMA recursive_triggers = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA wal_autocheckpoint = 8000;",
        )?;
        Ok(conn)
    }

    /// A connection that cannot write.
    pub fn reader(&self) -> rusqlite::Result<Connection> {
        let conn = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(conn)
    }

    fn connect(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let conn = Connection::open_with_flags(self.path, flags)?;
        if let Some(key) = self.key {
            conn.pragma_update(None, "key", format!("x'{}'", hex::encode(key)))?;
        }
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.set_prepared_statement_cache_capacity(128);
        Ok(conn)
    }
}

/// Brings the schema up to date.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), refinery::Error> {
    migrations::migrations::runner().run(conn).map(|_| ())
}

/// Readers, each used by one caller at a time.
pub(super) struct Pool {
    readers: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Pool {
    pub fn open(opening: &Opening<'_>) -> rusqlite::Result<Self> {
        let readers =
            (0..READERS).map(|_| opening.reader().map(Mutex::new)).collect::<rusqlite::Result<_>>()?;
        Ok(Self { readers, next: AtomicUsize::new(0) })
    }

    /// Lends a reader: a free one, else the next in turn once it is free.
    pub fn read<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        f(&*self.lend().ok_or(rusqlite::Error::InvalidQuery)?)
    }

    fn lend(&self) -> Option<MutexGuard<'_, Connection>> {
        if let Some(free) = self.readers.iter().find_map(|reader| reader.try_lock().ok()) {
            return Some(free);
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.readers.len().max(1);
        self.readers.get(turn).map(|reader| reader.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
