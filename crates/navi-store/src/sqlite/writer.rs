//! The writer: what is queued while one batch flushes forms the next. A caller that is alone writes on its own thread.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, atomic::Ordering};
use std::time::{Duration, Instant};

use navi_ledger::checkpoint::Checkpoint;
use rusqlite::{Connection, ErrorCode, params};
use tokio::sync::oneshot;

use super::Shared;
use super::batch::{self, BUSY_TIMEOUT, Failure};
use super::delivery;
use super::index;
use super::prepared::Prepared;
use super::witness;
use crate::StoreError;
use crate::change::Outcome;
use crate::read::{Cosignature, DeliveryReport};

/// Changes that may wait, and the most that one batch takes.
pub(super) const QUEUE: usize = 4096;
/// From this many changes a batch counts as load, under which waiting for company pays.
const LOADED: usize = 16;
/// How long a small batch under load waits for company.
const LINGER: Duration = Duration::from_millis(2);
/// Bytes written after which the write-ahead log is copied back, after the callers were answered.
const COPY_BACK: usize = 8 << 20;
/// Failing changes in a row after which the rest of a batch is not tried one by one.
const GIVE_UP: usize = 3;
/// A disk whose last flush took longer must not hold up the thread of a caller.
const QUICK: Duration = Duration::from_millis(3);

pub(super) enum Job {
    Change(Prepared, oneshot::Sender<Result<Outcome, StoreError>>),
    Note { size: u64, note: String, reply: oneshot::Sender<Result<(), StoreError>> },
    Cosignature { given: Cosignature, reply: oneshot::Sender<Result<bool, StoreError>> },
    Deliveries { report: DeliveryReport, reply: oneshot::Sender<Result<u64, StoreError>> },
    Index { made: Option<index::Made>, reply: oneshot::Sender<Result<(), StoreError>> },
}

pub(super) struct Writer {
    pub conn: Connection,
    pub shared: Arc<Shared>,
    /// Bytes written since the log was copied back.
    pub uncopied: usize,
    /// How long the last batch took.
    pub last_took: Duration,
    /// Whether deleted bytes are overwritten now.
    pub overwrites: bool,
}

/// Serves until every sender is gone and the queue is empty.
pub(super) fn run(writer: &Mutex<Writer>, queue: &Receiver<Job>) {
    let mut last = 0;
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(QUEUE - 1));
        if last >= LOADED && jobs.len() < last / 2 {
            linger(queue, &mut jobs, last);
        }
        last = jobs.len();
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.serve(jobs);
        writer.copy_back();
    }
}

type Waiting = (Prepared, oneshot::Sender<Result<Outcome, StoreError>>);

impl Writer {
    /// Whether a caller that is alone may write on its own thread: the disk is quick, and no copying back is due.
    pub fn may_write_inline(&self) -> bool {
        self.last_took < QUICK && self.uncopied < COPY_BACK
    }

    /// Writes one change, for a caller that is alone; `None` when another process writes just now, because a caller's
    /// thread does not wait for it.
    pub fn commit_alone(&mut self, change: &Prepared) -> Option<Result<Outcome, StoreError>> {
        if let Err(error) = self.conn.busy_timeout(Duration::ZERO) {
            return Some(Err(super::database("write without waiting", error)));
        }
        let attempted = self.attempt(&[change]);
        if let Err(error) = self.conn.busy_timeout(BUSY_TIMEOUT) {
            tracing::warn!(%error, "the database's patience could not be restored");
        }
        match attempted {
            Err(failed) if failed.locked => None,
            Err(failed) => Some(Err(failed.error())),
            Ok(mut outcomes) => Some(outcomes.pop().unwrap_or(Err(StoreError::Closed))),
        }
    }

    fn serve(&mut self, jobs: Vec<Job>) {
        let mut changes = Vec::with_capacity(jobs.len());
        for job in jobs {
            match job {
                Job::Change(change, reply) => changes.push((change, reply)),
                Job::Note { size, note, reply } => {
                    // What was queued before the note commits before it.
                    self.commit(std::mem::take(&mut changes));
                    let kept = self.keep_note(size, &note);
                    let _ = reply.send(kept);
                }
                Job::Cosignature { given, reply } => {
                    self.commit(std::mem::take(&mut changes));
                    let _ = reply.send(self.keep_cosignature(&given));
                }
                Job::Deliveries { report, reply } => {
                    self.commit(std::mem::take(&mut changes));
                    let _ = reply.send(self.keep_deliveries(&report));
                }
                Job::Index { made, reply } => {
                    self.commit(std::mem::take(&mut changes));
                    let _ = reply.send(self.index(made.as_ref()));
                }
            }
        }
        self.commit(changes);
    }

    fn commit(&mut self, waiting: Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        let changes: Vec<&Prepared> = waiting.iter().map(|(change, _)| change).collect();
        match self.attempt(&changes) {
            Ok(outcomes) => answer(waiting, outcomes),
            Err(failed) if waiting.len() > 1 && failed.retry => self.one_by_one(waiting),
            Err(failed) => answer_all(waiting, &failed),
        }
    }

    /// A failing change must not take its companions with it.
    fn one_by_one(&mut self, waiting: Vec<Waiting>) {
        let mut failures = 0;
        let mut rest = waiting.into_iter();
        while let Some(one) = rest.next() {
            match self.attempt(&[&one.0]) {
                Ok(outcomes) => {
                    failures = 0;
                    answer(vec![one], outcomes);
                }
                Err(failed) => {
                    failures += usize::from(!failed.constraint);
                    answer_all(vec![one], &failed);
                    if failures >= GIVE_UP {
                        return answer_all(rest.collect(), &failed);
                    }
                }
            }
        }
    }

    fn attempt(&mut self, changes: &[&Prepared]) -> Result<Vec<Result<Outcome, StoreError>>, Failed> {
        let shared = Arc::clone(&self.shared);
        if shared.fenced.load(Ordering::Acquire) {
            return Err(Failed::fenced());
        }
        let known = shared.known_size();
        let began = Instant::now();
        let erases = changes.iter().any(|change| !change.erase.is_empty());
        self.overwrite_deleted(erases)?;
        let ran = batch::run(&mut self.conn, changes, shared.now(), known, &shared.epoch);
        self.last_took = began.elapsed();
        match ran {
            Ok(written) => {
                shared.saw_instant(written.head.at);
                shared.publish(written.head.size);
                self.uncopied += changes.iter().map(|c| c.weight).sum::<usize>();
                if erases {
                    self.scrub();
                }
                Ok(written.outcomes)
            }
            Err(Failure::Fenced) => {
                tracing::error!("the ledger's head is not a continuation of what was seen before; fenced");
                shared.fenced.store(true, Ordering::Release);
                Err(Failed::fenced())
            }
            Err(Failure::Statement(doing, error)) => Err(Failed::statement(doing, &error)),
            Err(Failure::Commit { error, size_before }) => Err(self.after_failed_commit(&error, size_before)),
        }
    }

    /// COMMIT failed. Its pages may stand in the log without being in effect, and a crash could still revive them; a
    /// durable write over them settles that. Only then is it certain that nothing persisted.
    fn after_failed_commit(&mut self, error: &rusqlite::Error, size_before: u64) -> Failed {
        tracing::error!(%error, "COMMIT failed");
        if !self.conn.is_autocommit() {
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        let in_effect = batch::head_row(&self.conn).map(|head| head.is_some_and(|h| h.size != size_before));
        let settled = matches!(in_effect, Ok(false))
            && self
                .conn
                .execute("UPDATE ledger_head SET size = size WHERE size = ?1", [super::signed(size_before)])
                == Ok(1);
        Failed {
            doing: "make the batch durable",
            text: error.to_string(),
            maybe_persisted: !settled,
            retry: settled,
            constraint: is_constraint(error),
            locked: false,
            fenced: false,
        }
    }

    fn keep_note(&mut self, size: u64, note: &str) -> Result<(), StoreError> {
        let failed = |e: rusqlite::Error| super::database("keep the checkpoint", e);
        if self.shared.fenced.load(Ordering::Acquire) {
            return Err(StoreError::Fenced);
        }
        let head = batch::head_row(&self.conn).map_err(failed)?.ok_or(StoreError::Closed)?;
        let noted = Checkpoint::from_trusted_note(note).map_err(|e| StoreError::Malformed(e.to_string()))?;
        let possible = noted.size == size && noted.origin == head.origin && size <= head.size;
        if !possible || (size == head.size && noted.root != head.root) {
            return Err(StoreError::Malformed(format!(
                "the note of size {size} does not speak of this ledger"
            )));
        }
        self.conn
            .execute(
                "INSERT INTO ledger_checkpoint (size, note, created_at)
                 SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM ledger_checkpoint WHERE size >= ?1)",
                params![super::signed(size), note, self.shared.now()],
            )
            .map_err(failed)?;
        Ok(())
    }

    fn keep_cosignature(&mut self, given: &Cosignature) -> Result<bool, StoreError> {
        let failed = |e: rusqlite::Error| super::database("keep a cosignature", e);
        if self.shared.fenced.load(Ordering::Acquire) {
            return Err(StoreError::Fenced);
        }
        if witness::note_at(&self.conn, given.size).map_err(failed)?.is_none() {
            return Err(StoreError::Malformed(format!("no note of size {} was kept", given.size)));
        }
        witness::keep(&mut self.conn, given, self.shared.now()).map_err(failed)
    }

    fn keep_deliveries(&mut self, report: &DeliveryReport) -> Result<u64, StoreError> {
        let failed = |e: rusqlite::Error| super::database("keep deliveries", e);
        if self.shared.fenced.load(Ordering::Acquire) {
            return Err(StoreError::Fenced);
        }
        delivery::keep(&mut self.conn, report, self.shared.now()).map_err(failed)
    }

    /// What another process put there in the meantime is as good.
    fn index(&mut self, made: Option<&index::Made>) -> Result<(), StoreError> {
        let failed = |e: rusqlite::Error| super::database("keep the index", e);
        if self.shared.fenced.load(Ordering::Acquire) {
            return Ok(());
        }
        match made {
            Some(made) => {
                index::put(&mut self.conn, made).map_err(failed)?;
                self.uncopied += made.weight();
            }
            None => {
                self.overwrite_deleted(true).map_err(|refused| refused.error())?;
                index::squeeze(&mut self.conn).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Whether what the next transaction deletes is overwritten. It costs something with every page, so that it is on for
    /// erasures alone; a transaction that must overwrite and cannot is refused.
    fn overwrite_deleted(&mut self, wanted: bool) -> Result<(), Failed> {
        if self.overwrites != wanted {
            let set = self.conn.pragma_update(None, "secure_delete", wanted);
            set.map_err(|error| Failed::statement("overwrite what is deleted", &error))?;
            self.overwrites = wanted;
        }
        Ok(())
    }

    /// What was erased must not stay readable in the log's old frames. Readers may hold them for a moment; the next
    /// copying back does it then.
    fn scrub(&mut self) {
        let emptied = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        if !matches!(emptied, Ok(0)) {
            tracing::warn!("the database's log could not be emptied after an erasure; it will be, later");
        }
    }

    fn copy_back(&mut self) {
        if self.uncopied < COPY_BACK {
            return;
        }
        self.uncopied = 0;
        if let Err(error) = self.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log could not be copied back");
        }
    }
}

fn linger(queue: &Receiver<Job>, jobs: &mut Vec<Job>, enough: usize) {
    let until = Instant::now() + LINGER;
    while jobs.len() < enough.min(QUEUE) {
        match queue.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(job) => jobs.push(job),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Why a batch failed, so that each of its callers can be told.
struct Failed {
    doing: &'static str,
    text: String,
    maybe_persisted: bool,
    retry: bool,
    constraint: bool,
    /// Another process holds the lock; nothing was begun.
    locked: bool,
    fenced: bool,
}

impl Failed {
    fn fenced() -> Self {
        Self {
            doing: "commit",
            text: String::new(),
            maybe_persisted: false,
            retry: false,
            constraint: false,
            locked: false,
            fenced: true,
        }
    }

    fn statement(doing: &'static str, error: &rusqlite::Error) -> Self {
        Self {
            doing,
            text: error.to_string(),
            maybe_persisted: false,
            // Who waited for the lock in vain would only wait again.
            retry: error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy),
            constraint: is_constraint(error),
            locked: error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy),
            fenced: false,
        }
    }

    fn error(&self) -> StoreError {
        if self.fenced {
            return StoreError::Fenced;
        }
        StoreError::Database {
            doing: self.doing,
            maybe_persisted: self.maybe_persisted,
            source: self.text.clone().into(),
        }
    }
}

/// The change is at fault, not the database.
fn is_constraint(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::StatementChangedRows(_))
        || error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

// A caller that went away no longer wants its answer.
fn answer(waiting: Vec<Waiting>, outcomes: Vec<Result<Outcome, StoreError>>) {
    for ((_, reply), outcome) in waiting.into_iter().zip(outcomes) {
        let _ = reply.send(outcome);
    }
}

fn answer_all(waiting: Vec<Waiting>, failed: &Failed) {
    for (_, reply) in waiting {
        let _ = reply.send(Err(failed.error()));
    }
}

#[cfg(test)]
mod tests {
    use navi_domain::event::EventKind;

    use super::*;
    use crate::Change;
    use crate::conformance::{ORG, ORG_KEY, ORIGIN, first, sample};
    use crate::sqlite::connection::Opening;
    use crate::sqlite::{Options, SqliteStore};

    fn writer(dir: &tempfile::TempDir) -> Writer {
        let path = dir.path().join("navi.db");
        let store = SqliteStore::create(Options::new(&path, ORG_KEY), ORG, ORIGIN, first()).unwrap();
        let conn = Opening { path: &path, key: None }.writer().unwrap();
        Writer {
            conn,
            shared: Arc::clone(&store.shared),
            uncopied: 0,
            last_took: Duration::ZERO,
            overwrites: false,
        }
    }

    fn change(bytes: usize) -> Prepared {
        let mut event = sample::event(EventKind::Exported, "all", &[]);
        event.payload = "x".repeat(bytes).into();
        Prepared::new(Change::default().event(event), ORG, &ORG_KEY).unwrap()
    }

    #[test]
    fn each_commit_is_flushed_and_the_rules_are_on() {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(&dir);
        let value =
            |pragma| writer.conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).unwrap();
        let (full, on) = (2, 1);
        assert_eq!(value("synchronous"), full);
        assert_eq!((value("foreign_keys"), value("recursive_triggers")), (on, on));
        let mode: String = writer.conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn a_full_disk_fails_the_change_and_not_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = writer(&dir);
        let pages: u32 = writer.conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        writer.conn.pragma_update_and_check(None, "max_page_count", pages + 4, |_| Ok(())).unwrap();
        let failed = writer.attempt(&[&change(100), &change(1 << 20)]).unwrap_err();
        assert!(!failed.maybe_persisted && failed.retry && !failed.constraint);
        assert_eq!(batch::head_row(&writer.conn).unwrap().unwrap().size, 1);

        let (replies, mut answers): (Vec<_>, Vec<_>) = (0..5).map(|_| oneshot::channel()).unzip();
        let sizes = [100, 1 << 20, 1 << 20, 1 << 20, 100];
        writer.commit(sizes.into_iter().map(change).zip(replies).collect());
        let taken: Vec<bool> = answers.iter_mut().map(|a| a.try_recv().unwrap().is_ok()).collect();
        assert_eq!(
            taken,
            [true, false, false, false, false],
            "after three in a row the rest is refused unseen"
        );

        writer.conn.pragma_update_and_check(None, "max_page_count", 1 << 30, |_| Ok(())).unwrap();
        writer.attempt(&[&change(1 << 20)]).map_err(|f| f.text).unwrap();
        assert_eq!(batch::head_row(&writer.conn).unwrap().unwrap().size, 3);
    }

    #[test]
    fn a_commit_whose_error_hides_a_success_is_called_unknown() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = writer(&dir);
        let error = rusqlite::Error::InvalidQuery;
        let nothing = writer.after_failed_commit(&error, 1);
        assert!(!nothing.maybe_persisted && nothing.retry);
        writer.attempt(&[&change(1)]).map_err(|f| f.text).unwrap();
        let persisted = writer.after_failed_commit(&error, 1);
        assert!(persisted.maybe_persisted && !persisted.retry);
    }
}
