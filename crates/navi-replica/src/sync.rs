//! Keeping the copy true: snapshot, resumable stream, outbox, checkpoint memory. One task, restarted from its own state.

mod apply;
mod follow;
mod patrol;
mod send;
mod window;
mod witness;

use std::time::{Duration, Instant};

use navi_client::api::Client;
use navi_client::stream::Stream;
use navi_ledger::checkpoint::Verifier;
use navi_protocol::stream::Frame;
use tokio::sync::watch;

use crate::checkpoint::Verdict;
use crate::state::Integrity;
use crate::{Replica, ReplicaError};

/// No event or heartbeat for this long: connected, but not live.
const STALE_AFTER: Duration = Duration::from_secs(30);
/// Checkpoints are looked at this long after the last change that was not covered yet.
const CHECKPOINT_AFTER: Duration = Duration::from_secs(2);
/// Who this console is and who witnesses is asked for this often, also when nothing happens.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// A cosignature that could not be delivered is tried again after this long, and witnesses that lack are looked for.
const WITNESS_AGAIN: Duration = Duration::from_secs(5);
/// Longest pause between two tries.
const BACKOFF_MAX: Duration = Duration::from_secs(60);

/// Why one connection ended; all but `Stop` are followed by another try.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    /// The server said no, is away, or talks nonsense.
    #[error("the server: {0}")]
    Client(#[from] navi_client::ClientError),
    /// The copy said no.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The copy must be read anew.
    #[error("the server asks for a new snapshot: {0}")]
    Reset(String),
    /// The server's answer contradicts the protocol.
    #[error("the server's answer does not fit: {0}")]
    Protocol(&'static str),
}

/// The task that keeps a replica true.
pub struct Sync {
    replica: Replica,
    client: Client,
}

impl Sync {
    /// A sync of `replica` over `client` (which carries the device's token).
    #[must_use]
    pub fn new(replica: Replica, client: Client) -> Self {
        Self { replica, client }
    }

    /// Runs until `shutdown` becomes true. Never gives up: it tries again with growing, jittered pauses.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) {
        let mut pause = Duration::from_millis(250);
        loop {
            let started = Instant::now();
            let ended = tokio::select! {
                ended = self.connected() => ended,
                _ = shutdown.wait_for(|stop| *stop) => break,
            };
            self.replica.changed(|s| {
                s.online = false;
                s.stale = false;
            });
            if let Err(error) = &ended {
                tracing::info!(%error, "not connected");
                self.note_failure(error);
            }
            if started.elapsed() > Duration::from_secs(20) {
                pause = Duration::from_millis(250);
            }
            let wait = jittered(pause);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.replica.shared.outbox_changed.notified() => {}
                _ = shutdown.wait_for(|stop| *stop) => break,
            }
            pause = (pause * 2).min(BACKOFF_MAX);
        }
        self.replica.changed(|s| s.online = false);
    }

    fn note_failure(&self, error: &SyncError) {
        if let SyncError::Replica(error) = error {
            self.replica.note_trouble(error);
        }
        let SyncError::Client(error) = error else { return };
        if error.is_unauthenticated() {
            self.replica.changed(|s| s.signed_out = true);
        }
    }

    /// One connection: who am I, snapshot if needed, stream until it breaks.
    async fn connected(&self) -> Result<(), SyncError> {
        self.refresh_identity().await?;
        let cursor = match self.replica.cursor()? {
            Some(cursor) => cursor,
            None => self.snapshot().await?,
        };
        let mut stream = match Stream::connect(&self.client, Some(&cursor.to_string())).await {
            Ok(stream) => stream,
            Err(error) if error.is_epoch_gone() => {
                self.replica.forget_cursor()?;
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        };
        let check_at = self.check_ledger().await?;
        tokio::select! {
            ended = self.follow(&mut stream, check_at) => ended,
            failed = self.follow_window() => Err(failed),
            failed = self.patrol() => Err(failed),
        }
    }

    async fn follow(&self, stream: &mut Stream, mut check_at: Option<Instant>) -> Result<(), SyncError> {
        let mut last_frame = Instant::now();
        let mut asked = Instant::now();
        self.send_due().await?;
        loop {
            let tick = tokio::time::sleep(Duration::from_millis(500));
            tokio::select! {
                frame = stream.next() => {
                    let Some(frame) = frame? else { return Ok(()) };
                    last_frame = Instant::now();
                    if self.on_frame(frame)? {
                        check_at.get_or_insert_with(|| Instant::now() + CHECKPOINT_AFTER);
                    }
                }
                () = self.replica.shared.outbox_changed.notified() => self.send_due().await?,
                () = tick => {
                    let stale = last_frame.elapsed() > STALE_AFTER;
                    if self.replica.watch().borrow().stale != stale {
                        self.replica.changed(|s| s.stale = stale);
                    }
                    if check_at.is_some_and(|at| at <= Instant::now()) {
                        check_at = self.check_ledger().await?;
                    } else if asked.elapsed() > ASK_AGAIN {
                        asked = Instant::now();
                        self.refresh_identity().await?;
                        check_at = self.check_ledger().await?;
                    }
                }
            }
        }
    }

    /// Applies one frame; says whether the ledger grew.
    fn on_frame(&self, frame: Frame) -> Result<bool, SyncError> {
        match frame {
            Frame::Hello { server_time, .. } => {
                self.heard(server_time);
                self.replica.changed(|s| {
                    s.online = true;
                    s.trouble = None;
                    s.signed_out = false;
                });
                Ok(false)
            }
            Frame::Heartbeat { server_time, .. } => {
                self.heard(server_time);
                Ok(false)
            }
            Frame::Event(event) => {
                self.replica.apply_event(&event)?;
                Ok(true)
            }
            Frame::Reset { reason } => {
                self.replica.forget_cursor()?;
                Err(SyncError::Reset(reason))
            }
        }
    }

    fn heard(&self, server_time: i64) {
        // Frames carry no round trip; they only keep an old anchor from drifting.
        self.replica.learn_time(server_time, Duration::from_secs(1));
    }

    async fn refresh_identity(&self) -> Result<(), SyncError> {
        let asked = Instant::now();
        let session = self.client.session().await?;
        self.replica.learn_time(session.server_time, asked.elapsed());
        self.replica.require_witnesses(session.cosignatures_required)?;
        let Some(mut identity) = self.replica.identity()? else {
            return Err(SyncError::Protocol("this console is not enrolled"));
        };
        if let Some(device) = session.device.filter(|d| *d != identity.device) {
            identity.device = device;
            self.replica.set_identity(&identity)?;
        }
        Ok(())
    }

    /// Asks for the newest checkpoint and holds it against the remembered one. Answers when to do so again, if before
    /// the ledger grows.
    async fn check_ledger(&self) -> Result<Option<Instant>, SyncError> {
        let Some(identity) = self.replica.identity()? else { return Ok(None) };
        let pinned = Verifier::from_vkey(&identity.ledger_vkey)
            .map_err(|_| SyncError::Protocol("the pinned key is unreadable"))?;
        let note = self.client.checkpoint(&identity.org).await?;
        let (identity, pinned) = self.followed(identity, pinned, &note).await?;
        let broken = matches!(self.replica.watch().borrow().integrity, Integrity::Broken { .. });
        if broken && pinned.open(&note).is_err() {
            // Both notes are kept; what this ledger signs further says nothing new.
            return Ok(None);
        }
        match self.replica.judge(&note, &pinned, &identity.origin)? {
            Verdict::Accepted => {
                self.replica.accept(&note, &pinned, &[])?;
            }
            Verdict::NeedsProof { old_size, new_size } => {
                let proof = self.client.consistency(&identity.org, old_size, new_size).await?;
                self.replica.accept(&note, &pinned, &proof)?;
            }
            Verdict::Broken(message) => tracing::error!(message, "the ledger contradicts itself"),
        }
        let is_done = self.witness(&identity, &pinned).await;
        Ok((!is_done).then(|| Instant::now() + WITNESS_AGAIN))
    }
}

/// A pause between half and the whole of `pause`.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0_u8; 1];
    let share = if getrandom::fill(&mut byte).is_ok() { f64::from(byte[0]) / 255.0 } else { 1.0 };
    pause.mul_f64(0.5 + share / 2.0)
}
