//! The SQLite backend: one writer thread with its own connection, a few readers, one file.
//!
//! WAL with a full flush at each commit. Several processes may open the same file: each batch reads the head inside
//! its transaction. Point reads run on the caller's thread (tens of microseconds), lists on a blocking thread.

mod background;
mod batch;
mod connection;
mod delivery;
mod features;
pub mod fsck;
mod index;
mod integrity;
mod ledger;
mod origin;
mod prepared;
mod state;
mod store;
mod table;
mod tiles;
mod watch;
mod witness;
mod writer;
mod written;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use navi_domain::UtcMicros;
use navi_ledger::tree::Frontier;
use rusqlite::{Connection, params};
use tokio::sync::watch as channel;

pub use self::integrity::Fence;
pub use self::origin::{origin_of, restart};

use self::connection::{Opening, Pool};
use self::prepared::Prepared;
use self::writer::{Job, Writer};
use crate::{Change, Outcome, StoreError};

/// Tells the time in UTC microseconds. Tests give their own.
pub type Clock = Arc<dyn Fn() -> UtcMicros + Send + Sync>;

/// The system's clock.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        UtcMicros::try_from(since.as_micros()).unwrap_or(UtcMicros::MAX)
    })
}

/// Where and how to open.
#[derive(Clone)]
pub struct Options {
    /// The database file.
    pub path: PathBuf,
    /// The organisation's HMAC key: makes the pseudonyms in leaves.
    pub org_key: [u8; 32],
    /// SQLCipher key (raw 32 bytes); `None`: the file is not encrypted.
    pub key: Option<[u8; 32]>,
    /// The clock; instants of entries never fall whatever it says.
    pub clock: Clock,
}

impl Options {
    /// An unencrypted file on the system's clock.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, org_key: [u8; 32]) -> Self {
        Self { path: path.into(), org_key, key: None, clock: system_clock() }
    }
}

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no ledger in this file yet.
    #[error("the database has no ledger yet; initialise it first")]
    NotInitialised,
    /// There already is a ledger in this file.
    #[error("the database already has a ledger")]
    AlreadyInitialised,
    /// The database said no: wrong key, no permission, not a database.
    #[error("the database could not be opened")]
    Database(#[from] rusqlite::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migration(#[source] Box<refinery::Error>),
    /// The operating system refused a thread or the file.
    #[error("the operating system refused")]
    System(#[from] std::io::Error),
    /// The first entries could not be written.
    #[error("the first entries could not be written")]
    First(#[source] StoreError),
}

/// The SQLite backend. Dropping it finishes what is queued.
pub struct SqliteStore {
    shared: Arc<Shared>,
    org_key: [u8; 32],
    pool: Arc<Pool>,
    fence: OnceLock<Fence>,
    queue: Mutex<Option<SyncSender<Job>>>,
    writer: Arc<Mutex<Writer>>,
    /// Callers inside `commit`.
    committing: AtomicUsize,
    stop_watch: Mutex<Option<Sender<()>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the writer, the watcher and the store's handle share.
struct Shared {
    org: String,
    epoch: String,
    clock: Clock,
    last_instant: AtomicI64,
    head: channel::Sender<u64>,
    fenced: AtomicBool,
}

impl Shared {
    fn now(&self) -> UtcMicros {
        let told = (self.clock)();
        told.max(self.last_instant.fetch_max(told, Ordering::AcqRel))
    }

    fn saw_instant(&self, at: UtcMicros) {
        self.last_instant.fetch_max(at, Ordering::AcqRel);
    }

    fn known_size(&self) -> u64 {
        *self.head.borrow()
    }

    fn publish(&self, size: u64) {
        self.head.send_if_modified(|known| {
            let grew = size > *known;
            *known = size.max(*known);
            grew
        });
    }
}

impl SqliteStore {
    /// Starts a ledger in a new (or empty) file with its first change, and opens it.
    ///
    /// `origin` is the first line of the ledger's checkpoints. Head and first change are one transaction.
    ///
    /// # Errors
    /// [`OpenError::AlreadyInitialised`] when there is a ledger; otherwise see [`OpenError`].
    pub fn create(options: Options, org: &str, origin: &str, first: Change) -> Result<Arc<Self>, OpenError> {
        let opening = Opening { path: &options.path, key: options.key.as_ref() };
        opening.make_file()?;
        let mut conn = opening.writer()?;
        connection::migrate(&mut conn).map_err(|e| OpenError::Migration(Box::new(e)))?;
        let first = Prepared::new(first, org, &options.org_key).map_err(OpenError::First)?;
        let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if batch::head_row(&tx)?.is_some() {
            return Err(OpenError::AlreadyInitialised);
        }
        let empty = Frontier::new();
        tx.execute(
            "INSERT INTO ledger_head (one, org, origin, epoch, size, root, frontier, at)
             VALUES (1, ?1, ?2, ?3, 0, ?4, ?5, 0)",
            params![org, origin, fresh_epoch().map_err(OpenError::First)?, empty.root(), empty.to_bytes()],
        )?;
        let head = batch::head_row(&tx)?.ok_or(OpenError::NotInitialised)?;
        let written = batch::apply(&tx, &[&first], &head, (options.clock)()).map_err(|failure| {
            OpenError::First(match failure {
                batch::Failure::Statement(doing, e) => database(doing, e),
                batch::Failure::Commit { error, .. } => database("make the first entries durable", error),
                batch::Failure::Fenced => StoreError::Fenced,
            })
        })?;
        for outcome in written.outcomes {
            if let Outcome::Conflict(key) = outcome.map_err(OpenError::First)? {
                return Err(OpenError::First(StoreError::Malformed(format!("{key:?} cannot exist yet"))));
            }
        }
        tx.commit()?;
        Self::start(options, conn)
    }

    /// Opens an existing ledger: brings the schema up to date, rebuilds the tree and compares it with the head and the
    /// last checkpoint. A ledger that fails this opens fenced: see [`Self::fence`].
    ///
    /// # Errors
    /// [`OpenError::NotInitialised`] without a ledger; otherwise see [`OpenError`].
    pub fn open(options: Options) -> Result<Arc<Self>, OpenError> {
        if !options.path.exists() {
            return Err(OpenError::NotInitialised);
        }
        let opening = Opening { path: &options.path, key: options.key.as_ref() };
        let mut conn = opening.writer()?;
        connection::migrate(&mut conn).map_err(|e| OpenError::Migration(Box::new(e)))?;
        Self::start(options, conn)
    }

    fn start(options: Options, mut conn: Connection) -> Result<Arc<Self>, OpenError> {
        let opening = Opening { path: &options.path, key: options.key.as_ref() };
        let pool = Arc::new(Pool::open(&opening)?);
        // One snapshot: another process may be appending.
        let (head, fence) = pool
            .list(|conn| {
                let tx = conn.unchecked_transaction()?;
                let Some(head) = batch::head_row(&tx)? else { return Ok(None) };
                let fence = integrity::check(&tx, &head)?;
                Ok(Some((head, fence)))
            })?
            .ok_or(OpenError::NotInitialised)?;
        if fence.is_none() {
            index::renew(&mut conn)?;
            tiles::catch_up(&mut conn, head.size)?;
        }
        if let Some(fence) = &fence {
            tracing::error!(%fence, "the ledger is not the one that was written; nothing will be appended to it");
        }
        let shared = Arc::new(Shared {
            org: head.org,
            epoch: head.epoch,
            clock: options.clock,
            last_instant: AtomicI64::new(head.at),
            head: channel::Sender::new(head.size),
            fenced: AtomicBool::new(fence.is_some()),
        });
        let (queue, jobs) = sync_channel(writer::QUEUE);
        let writer = Writer {
            conn,
            shared: Arc::clone(&shared),
            uncopied: 0,
            last_took: std::time::Duration::ZERO,
            overwrites: false,
        };
        let writer = Arc::new(Mutex::new(writer));
        let served = Arc::clone(&writer);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer::run(&served, &jobs))?;
        let (stop_watch, stopped) = std::sync::mpsc::channel();
        let (watched, watching) = (Arc::clone(&shared), opening.reader()?);
        let watcher = std::thread::Builder::new()
            .name("store-watch".into())
            .spawn(move || watch::run(&watching, &watched, &stopped))?;
        Ok(Arc::new(Self {
            shared,
            org_key: options.org_key,
            pool,
            fence: fence.map_or_else(OnceLock::new, OnceLock::from),
            queue: Mutex::new(Some(queue)),
            writer,
            committing: AtomicUsize::new(0),
            stop_watch: Mutex::new(Some(stop_watch)),
            threads: Mutex::new(vec![thread, watcher]),
        }))
    }

    /// What the check at start found wrong; then every commit answers [`StoreError::Fenced`], and reads still work.
    #[must_use]
    pub fn fence(&self) -> Option<&Fence> {
        self.fence.get()
    }

    /// Fences the ledger for a reason that lies outside the database: it is behind, or not the one, that was signed.
    pub fn raise_fence(&self, fence: Fence) {
        tracing::error!(%fence, "the ledger is not the one that was signed; nothing will be appended to it");
        self.shared.fenced.store(true, Ordering::Release);
        let _ = self.fence.set(fence);
    }

    /// Whether commits are refused because the ledger is not a continuation of what was signed or seen.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.shared.fenced.load(Ordering::Acquire)
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match queue.as_ref().ok_or(StoreError::Closed)?.try_send(job) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(StoreError::Closed),
        }
    }

    /// Writes on the caller's thread if nobody else writes or waits, and no slow disk would hold the thread up: two
    /// changes of thread less. Gives the change back otherwise.
    #[expect(clippy::result_large_err, reason = "the change is given back, it is no error")]
    fn commit_alone(&self, change: Prepared) -> Result<Result<Outcome, StoreError>, Prepared> {
        // Held while writing, so that closing waits.
        let open = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() || self.committing.load(Ordering::Acquire) != 1 {
            return Err(change);
        }
        match self.writer.try_lock() {
            Ok(mut writer) if writer.may_write_inline() => writer.commit_alone(&change).ok_or(change),
            _ => Err(change),
        }
    }

    /// A point read on the caller's thread.
    fn point<T>(
        &self,
        doing: &'static str,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.pool.point(f).map_err(|e| database(doing, e))
    }

    /// A longer read on a blocking thread.
    async fn list<T: Send + 'static>(
        &self,
        doing: &'static str,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let pool = Arc::clone(&self.pool);
        tokio::task::spawn_blocking(move || pool.list(f))
            .await
            .map_err(|_| StoreError::Closed)?
            .map_err(|e| database(doing, e))
    }

    /// Stops taking changes; the threads end once what was taken is written.
    fn stop(&self) -> Vec<JoinHandle<()>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.stop_watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Counts a caller inside `commit`, also when its future is dropped.
struct Committing<'a>(&'a AtomicUsize);

impl<'a> Committing<'a> {
    fn enter(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Committing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        if thread.join().is_err() {
            tracing::error!("a thread of the store panicked");
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        join(self.stop());
    }
}

fn fresh_epoch() -> Result<String, StoreError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Database {
        doing: "draw random bytes",
        maybe_persisted: false,
        source: Box::new(e),
    })?;
    Ok(hex::encode(bytes))
}

fn database(doing: &'static str, source: rusqlite::Error) -> StoreError {
    StoreError::Database { doing, maybe_persisted: false, source: Box::new(source) }
}

/// SQLite has signed integers only; indices and versions stay far below 2^63.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
