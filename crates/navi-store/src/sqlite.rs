//! The SQLite backend: one writer thread with its own connection, a few readers, one file.
//!
//! WAL with a full flush at each commit. Several processes may open the same file: each batch reads the head inside
//! its transaction. Point reads run on the caller's thread (tens of microseconds), lists on a blocking thread.

mod batch;
mod connection;
mod integrity;
mod ledger;
mod prepared;
mod state;
mod table;
mod watch;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Sender, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use navi_domain::UtcMicros;
use navi_domain::approval::Approval;
use navi_domain::decision::DecisionRecord;
use navi_domain::execution::Execution;
use navi_domain::people::{Device, Invite, Token, User};
use navi_domain::permit::Permit;
use navi_domain::policy::{AutonomyPolicy, PolicyScope};
use navi_ledger::tree::Frontier;
use rusqlite::{Connection, params};
use tokio::sync::{oneshot, watch as channel};

pub use self::integrity::Fence;

use self::connection::{Opening, Pool};
use self::prepared::{Prepared, scope_id};
use self::writer::{Job, Writer};
use crate::{
    ApprovalFilter, ApprovalRow, AuditFilter, Change, Entry, Head, IdempotentAnswer, Outcome, Page,
    StatusCounts, Store, StoreError,
};

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
    fence: Option<Fence>,
    queue: Mutex<Option<SyncSender<Job>>>,
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

    fn start(options: Options, conn: Connection) -> Result<Arc<Self>, OpenError> {
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
        let writer = Writer { conn, shared: Arc::clone(&shared), uncopied: 0 };
        let writer =
            std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(&jobs))?;
        let (stop_watch, stopped) = std::sync::mpsc::channel();
        let (watched, watching) = (Arc::clone(&shared), opening.reader()?);
        let watcher = std::thread::Builder::new()
            .name("store-watch".into())
            .spawn(move || watch::run(&watching, &watched, &stopped))?;
        Ok(Arc::new(Self {
            shared,
            org_key: options.org_key,
            pool,
            fence,
            queue: Mutex::new(Some(queue)),
            stop_watch: Mutex::new(Some(stop_watch)),
            threads: Mutex::new(vec![writer, watcher]),
        }))
    }

    /// What the check at start found wrong; then every commit answers [`StoreError::Fenced`], and reads still work.
    #[must_use]
    pub fn fence(&self) -> Option<&Fence> {
        self.fence.as_ref()
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

/// A cursor of ours; none: from the newest.
fn cursor(text: Option<&str>) -> Result<i64, StoreError> {
    text.map_or(Ok(i64::MAX), |t| t.parse().map_err(|_| StoreError::Malformed(format!("cursor {t:?}"))))
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, change: Change) -> Result<Outcome, StoreError> {
        let prepared = Prepared::new(change, &self.shared.org, &self.org_key)?;
        let (reply, answer) = oneshot::channel();
        self.send(Job::Change(prepared, reply))?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    fn now(&self) -> UtcMicros {
        self.shared.now()
    }

    fn org(&self) -> &str {
        &self.shared.org
    }

    fn watch_head(&self) -> channel::Receiver<u64> {
        self.shared.head.subscribe()
    }

    async fn decision(&self, id: &str) -> Result<Option<DecisionRecord>, StoreError> {
        self.point("read a decision", |c| {
            state::one(c, "SELECT body FROM governance_decisions WHERE id = ?1", [id])
        })
    }

    async fn approval(&self, id: &str) -> Result<Option<Approval>, StoreError> {
        self.point("read an approval", |c| {
            state::one(c, "SELECT body FROM governance_approvals WHERE id = ?1", [id])
        })
    }

    async fn approvals(&self, filter: &ApprovalFilter) -> Result<Page<ApprovalRow>, StoreError> {
        let (before, filter) = (cursor(filter.cursor.as_deref())?, filter.clone());
        self.list("list approvals", move |c| state::approvals(c, &filter, before)).await
    }

    async fn approval_counts(&self, requester: Option<&str>) -> Result<StatusCounts, StoreError> {
        let requester = requester.map(str::to_owned);
        self.list("count approvals", move |c| state::approval_counts(c, requester.as_deref())).await
    }

    async fn pending_like(
        &self,
        requester: &str,
        resubmission_key: &str,
    ) -> Result<Vec<ApprovalRow>, StoreError> {
        self.point("find pending approvals", |c| state::pending_like(c, requester, resubmission_key))
    }

    async fn approvals_due(&self, now: UtcMicros) -> Result<Vec<Approval>, StoreError> {
        self.point("find approvals that ran out", |c| {
            let sql = "SELECT body FROM governance_approvals INDEXED BY governance_approvals_due
                       WHERE status = 'pending' AND expires_at < ?1 ORDER BY expires_at LIMIT 500";
            state::all(c, sql, [now])
        })
    }

    async fn permits_due(&self, now: UtcMicros) -> Result<Vec<Permit>, StoreError> {
        self.point("find permits that ran out", |c| {
            let sql = "SELECT body FROM permits INDEXED BY permits_due
                       WHERE status = 'issued' AND expires_at < ?1 ORDER BY expires_at LIMIT 500";
            state::all(c, sql, [now])
        })
    }

    async fn permit(&self, id: &str) -> Result<Option<Permit>, StoreError> {
        self.point("read a permit", |c| state::one(c, "SELECT body FROM permits WHERE id = ?1", [id]))
    }

    async fn permit_of_approval(&self, approval_id: &str) -> Result<Option<Permit>, StoreError> {
        self.point("read a permit", |c| {
            state::one(c, "SELECT body FROM permits WHERE approval_id = ?1", [approval_id])
        })
    }

    async fn execution(&self, id: &str) -> Result<Option<Execution>, StoreError> {
        self.point("read an execution", |c| {
            state::one(c, "SELECT body FROM governance_executions WHERE id = ?1", [id])
        })
    }

    async fn incidents_since(&self, repo: &str, since: UtcMicros) -> Result<u32, StoreError> {
        self.point("count incidents", |c| state::incidents_since(c, repo, since))
    }

    async fn policies_for(
        &self,
        user: &str,
        role: &str,
        repo: Option<&str>,
    ) -> Result<Vec<AutonomyPolicy>, StoreError> {
        let [a, b, c, d] = state::scopes(user, role, repo);
        let ids = [scope_id(&a)?, scope_id(&b)?, scope_id(&c)?, scope_id(&d)?];
        self.point("read policies", |c| state::policies(c, &ids))
    }

    async fn policy(&self, scope: &PolicyScope) -> Result<Option<AutonomyPolicy>, StoreError> {
        let id = scope_id(scope)?;
        self.point("read a policy", |c| {
            state::one(c, "SELECT body FROM autonomy_policies WHERE id = ?1", [id])
        })
    }

    async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        self.point("read a user", |c| state::one(c, "SELECT body FROM users WHERE id = ?1", [id]))
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.list("list users", |c| state::all(c, "SELECT body FROM users ORDER BY id", [])).await
    }

    async fn device(&self, id: &str) -> Result<Option<Device>, StoreError> {
        self.point("read a device", |c| state::one(c, "SELECT body FROM devices WHERE id = ?1", [id]))
    }

    async fn devices(&self, user: Option<&str>) -> Result<Vec<Device>, StoreError> {
        let user = user.map(str::to_owned);
        self.list("list devices", move |c| match user {
            Some(user) => state::all(c, "SELECT body FROM devices WHERE user_id = ?1 ORDER BY id", [user]),
            None => state::all(c, "SELECT body FROM devices ORDER BY id", []),
        })
        .await
    }

    async fn token(&self, hash: &str) -> Result<Option<Token>, StoreError> {
        self.point("read a token", |c| state::one(c, "SELECT body FROM tokens WHERE hash = ?1", [hash]))
    }

    async fn token_by_id(&self, id: &str) -> Result<Option<Token>, StoreError> {
        self.point("read a token", |c| state::one(c, "SELECT body FROM tokens WHERE id = ?1", [id]))
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.list("list tokens", |c| state::all(c, "SELECT body FROM tokens ORDER BY id", [])).await
    }

    async fn invite(&self, hash: &str) -> Result<Option<Invite>, StoreError> {
        self.point("read an invite", |c| state::one(c, "SELECT body FROM invites WHERE hash = ?1", [hash]))
    }

    async fn invites(&self) -> Result<Vec<Invite>, StoreError> {
        self.list("list invites", |c| state::all(c, "SELECT body FROM invites ORDER BY id", [])).await
    }

    async fn idempotent(&self, token_id: &str, key: &str) -> Result<Option<IdempotentAnswer>, StoreError> {
        let now = self.now();
        self.point("read an idempotent answer", |c| state::idempotent(c, token_id, key, now))
    }

    async fn head(&self) -> Result<Head, StoreError> {
        let head = self.point("read the ledger's head", batch::head_row)?.ok_or(StoreError::Closed)?;
        Ok(Head { size: head.size, root: head.root, epoch: head.epoch, origin: head.origin, at: head.at })
    }

    async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.list("read ledger entries", move |c| ledger::entries(c, from, limit)).await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Page<Entry>, StoreError> {
        let (before, filter) = (cursor(filter.cursor.as_deref())?, filter.clone());
        self.list("search the ledger", move |c| ledger::audit(c, &filter, before)).await
    }

    async fn chain(&self, id: &str) -> Result<Vec<Entry>, StoreError> {
        let id = id.to_owned();
        self.list("follow an action", move |c| ledger::chain(c, &id)).await
    }

    async fn leaf_hashes(&self, size: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        self.list("read leaf hashes", move |c| ledger::leaf_hashes(c, size)).await
    }

    async fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError> {
        self.point("read the last checkpoint", ledger::checkpoint)
    }

    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Note { size, note: note.to_owned(), reply })?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.point("answer", |c| c.query_row("SELECT 1 FROM ledger_head", [], |_| Ok(())))
    }

    async fn close(&self) {
        let threads = self.stop();
        if tokio::task::spawn_blocking(move || join(threads)).await.is_err() {
            tracing::error!("the store's threads could not be awaited");
        }
    }
}
