//! The writer thread: what is queued while one batch flushes forms the next.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, atomic::Ordering};
use std::time::{Duration, Instant};

use navi_ledger::checkpoint::Checkpoint;
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::Shared;
use super::batch::{self, Failure};
use super::prepared::Prepared;
use crate::StoreError;
use crate::change::Outcome;

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

pub(super) enum Job {
    Change(Prepared, oneshot::Sender<Result<Outcome, StoreError>>),
    Note { size: u64, note: String, reply: oneshot::Sender<Result<(), StoreError>> },
}

pub(super) struct Writer {
    pub conn: Connection,
    pub shared: Arc<Shared>,
    /// Bytes written since the log was copied back.
    pub uncopied: usize,
}

type Waiting = (Prepared, oneshot::Sender<Result<Outcome, StoreError>>);

impl Writer {
    /// Serves until every sender is gone and the queue is empty.
    pub fn run(mut self, queue: &Receiver<Job>) {
        let mut last = 0;
        while let Ok(first) = queue.recv() {
            let mut jobs = vec![first];
            jobs.extend(queue.try_iter().take(QUEUE - 1));
            if last >= LOADED && jobs.len() < last / 2 {
                linger(queue, &mut jobs, last);
            }
            last = jobs.len();
            self.serve(jobs);
            self.copy_back();
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
        match batch::run(&mut self.conn, changes, shared.now(), known, &shared.epoch) {
            Ok(written) => {
                shared.saw_instant(written.at);
                shared.publish(written.size);
                self.uncopied += changes.iter().map(|c| c.weight).sum::<usize>();
                Ok(written.outcomes)
            }
            Err(Failure::Fenced) => {
                tracing::error!("the ledger's head is not a continuation of what was seen before; fenced");
                shared.fenced.store(true, Ordering::Release);
                Err(Failed::fenced())
            }
            Err(Failure::Statement(doing, error)) => Err(Failed::statement(doing, &error)),
            Err(Failure::Commit { error, before }) => Err(self.after_failed_commit(&error, &before)),
        }
    }

    /// COMMIT failed. Its pages may stand in the log without being in effect, and a crash could still revive them; a
    /// durable write over them settles that. Only then is it certain that nothing persisted.
    fn after_failed_commit(&mut self, error: &rusqlite::Error, before: &batch::HeadRow) -> Failed {
        tracing::error!(%error, "COMMIT failed");
        if !self.conn.is_autocommit() {
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        let in_effect = batch::head_row(&self.conn).map(|head| head.is_some_and(|h| h.size != before.size));
        let settled = matches!(in_effect, Ok(false))
            && self
                .conn
                .execute("UPDATE ledger_head SET size = size WHERE size = ?1", [super::signed(before.size)])
                == Ok(1);
        Failed {
            doing: "make the batch durable",
            text: error.to_string(),
            maybe_persisted: !settled,
            retry: settled,
            constraint: false,
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
            fenced: true,
        }
    }

    fn statement(doing: &'static str, error: &rusqlite::Error) -> Self {
        let constraint = matches!(error, rusqlite::Error::StatementChangedRows(_))
            || error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
        Self {
            doing,
            text: error.to_string(),
            maybe_persisted: false,
            retry: true,
            constraint,
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
