//! Connections: settings, migrations, and the readers' pool.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::batch::BUSY_TIMEOUT;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// Readers of each kind that may look at the same time.
const READERS: usize = 3;

/// How a database is opened.
pub(super) struct Opening<'a> {
    pub path: &'a Path,
    pub key: Option<&'a [u8; 32]>,
}

impl Opening<'_> {
    /// Makes an empty file that only its owner may read, unless there is one.
    pub fn make_file(&self) -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.path).map(drop)
    }

    /// A connection that may write; the file must be there.
    pub fn writer(&self) -> rusqlite::Result<Connection> {
        let conn = self.connect()?;
        if self.key.is_none() {
            // A commit touches a few bytes in each of a dozen trees, and flushes whole pages: small ones halve the flush.
            // Only a new file takes it; SQLCipher has its own page size.
            conn.pragma_update(None, "page_size", 2048)?;
        }
        conn.pragma_update(None, "journal_mode", "WAL")?;
        // A split of a tree page makes SQLite walk all of its cache at the next commit, so that a large one costs a lone
        // caller more than it saves.
        // FULL: a commit returns after its pages were flushed. The rest makes rules hold for whoever uses this
        // connection; the log is copied back by the writer itself, so the threshold here is for other processes.
        conn.execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA fullfsync = ON;
             PRAGMA foreign_keys = ON;
             PRAGMA recursive_triggers = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA cache_size = -8000;
             PRAGMA wal_autocheckpoint = 8000;",
        )?;
        Ok(conn)
    }

    /// A connection that cannot write.
    pub fn reader(&self) -> rusqlite::Result<Connection> {
        let conn = self.connect()?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(conn)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(self.path, flags)?;
        if let Some(key) = self.key {
            conn.pragma_update(None, "key", format!("x'{}'", hex::encode(key)))?;
        }
        conn.busy_timeout(BUSY_TIMEOUT)?;
        // A plan depends on the statement alone, so that it is made once and not again for other values.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        conn.set_prepared_statement_cache_capacity(128);
        Ok(conn)
    }
}

/// Brings the schema up to date.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), refinery::Error> {
    migrations::migrations::runner().run(conn).map(|_| ())
}

/// Readers, each used by one caller at a time. Lists have their own, so that a point read never waits for one.
pub(super) struct Pool {
    points: Readers,
    lists: Readers,
}

impl Pool {
    pub fn open(opening: &Opening<'_>) -> rusqlite::Result<Self> {
        Ok(Self { points: Readers::open(opening)?, lists: Readers::open(opening)? })
    }

    /// A read of tens of microseconds.
    pub fn point<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        self.points.read(f)
    }

    /// A read that may take long.
    pub fn list<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        self.lists.read(f)
    }
}

struct Readers {
    readers: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    fn open(opening: &Opening<'_>) -> rusqlite::Result<Self> {
        let readers =
            (0..READERS).map(|_| opening.reader().map(Mutex::new)).collect::<rusqlite::Result<_>>()?;
        Ok(Self { readers, next: AtomicUsize::new(0) })
    }

    /// Lends a free reader, else the next in turn once it is free.
    fn read<T>(&self, f: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
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
