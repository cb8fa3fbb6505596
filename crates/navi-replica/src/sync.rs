//! Keeping the copy true: snapshot, resumable stream, outbox, checkpoint memory. One task, restarted from its own state.

mod apply;
mod attend;
mod follow;
mod patrol;
mod pulse;
mod report;
mod send;
mod window;
mod witness;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use navi_client::api::Client;
use navi_client::stream::Stream;
use navi_domain::event::EventKind;
use navi_ledger::checkpoint::Verifier;
use navi_protocol::stream::Frame;
use tokio::sync::watch;

use self::pulse::Pulse;
use crate::checkpoint::Verdict;
use crate::state::Integrity;
use crate::{Replica, ReplicaError, Trouble};

/// Checkpoints are looked at this long after the last change that was not covered yet.
const CHECKPOINT_AFTER: Duration = Duration::from_secs(2);
/// Pauses and bypasses are read again this long after the first event that touches them, so that fifty runs that confirm their stop
/// are one call.
const EMERGENCY_AFTER: Duration = Duration::from_millis(150);
/// Grants and delegations are read again this long after the first event that touches them: an agent may use a grant many
/// times a second.
const RIGHTS_AFTER: Duration = Duration::from_secs(1);
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
    /// Nothing was heard for so long that the connection may be cut.
    #[error("nothing was heard from the server for a minute")]
    Silent,
    /// The server's answer contradicts the protocol.
    #[error("the server's answer does not fit: {0}")]
    Protocol(&'static str),
}

/// The task that keeps a replica true.
pub struct Sync {
    pub(crate) replica: Replica,
    pub(crate) client: Client,
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
                s.behind = false;
                s.reading.clear();
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
        self.send_orders().await?;
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
        self.refresh_emergency().await?;
        let check_at = self.check_ledger().await?;
        self.refresh_envelopes().await?;
        self.refresh_rights().await?;
        let pulse = Pulse::new();
        tokio::select! {
            ended = self.follow(&mut stream, check_at, &pulse) => ended,
            silent = self.listen(&pulse) => Err(silent),
            failed = self.follow_window() => Err(failed),
            failed = self.patrol() => Err(failed),
            failed = self.attend() => Err(failed),
        }
    }

    async fn follow(
        &self,
        stream: &mut Stream,
        mut check_at: Option<Instant>,
        pulse: &Pulse,
    ) -> Result<(), SyncError> {
        let mut asked = Instant::now();
        let mut emergency: Option<Instant> = None;
        let mut rights: Option<Instant> = None;
        self.send_orders().await?;
        self.send_due().await?;
        self.refresh_standing().await?;
        let mut reported = None;
        loop {
            if self.report_due(&mut reported) {
                self.report().await?;
            }
            if emergency.is_some_and(|at| at <= Instant::now()) {
                emergency = None;
                self.refresh_emergency().await?;
            }
            if rights.is_some_and(|at| at <= Instant::now()) {
                rights = None;
                self.refresh_rights().await?;
            }
            let soon = emergency.map(|at| at.saturating_duration_since(Instant::now()));
            let tick = tokio::time::sleep(soon.unwrap_or(Duration::MAX).min(Duration::from_millis(500)));
            tokio::select! {
                frame = stream.next() => {
                    let Some(frame) = frame? else { return Ok(()) };
                    pulse.beat();
                    if self.touches_emergency(&frame) {
                        emergency.get_or_insert_with(|| Instant::now() + EMERGENCY_AFTER);
                    }
                    if touches_rights(&frame) {
                        rights.get_or_insert_with(|| Instant::now() + RIGHTS_AFTER);
                    }
                    let about = matches!(&frame, Frame::Event(e) if e.kind.starts_with("envelope_"));
                    // What may be approved how counts at once, not with the next question a minute later.
                    let set = matches!(&frame, Frame::Event(e) if e.kind == EventKind::SettingsChanged.as_str());
                    if self.on_frame(frame)? {
                        if about {
                            self.refresh_envelopes().await?;
                        }
                        if set {
                            self.refresh_identity().await?;
                        }
                        check_at.get_or_insert_with(|| Instant::now() + CHECKPOINT_AFTER);
                    }
                }
                () = self.replica.shared.outbox_changed.notified() => {
                    self.send_orders().await?;
                    self.send_due().await?;
                }
                () = tick => {
                    // What is left is not for this person to see.
                    self.caught_up();
                    if check_at.is_some_and(|at| at <= Instant::now()) {
                        check_at = self.check_ledger().await?;
                    } else if asked.elapsed() > ASK_AGAIN && pulse.is_steady() {
                        asked = Instant::now();
                        self.refresh_identity().await?;
                        self.refresh_standing().await?;
                        self.refresh_envelopes().await?;
                        self.refresh_rights().await?;
                        check_at = self.check_ledger().await?;
                    }
                }
            }
        }
    }

    /// Whether a frame tells of a pause or a bypass, or of a run that may have confirmed its stop.
    fn touches_emergency(&self, frame: &Frame) -> bool {
        let Frame::Event(event) = frame else { return false };
        let is_frozen = self.replica.watch().borrow().frozen > 0;
        event.kind.starts_with("freeze_")
            || event.kind.starts_with("bypass_")
            || (is_frozen && event.kind == EventKind::ExecutionFinished.as_str())
    }

    /// Applies one frame; says whether the ledger grew.
    fn on_frame(&self, frame: Frame) -> Result<bool, SyncError> {
        match frame {
            Frame::Hello { server_time, head, .. } => {
                self.heard(server_time);
                // A server that answers makes no room on the disk.
                if self.replica.watch().borrow().trouble == Some(Trouble::DiskFull) {
                    self.replica.probe()?;
                }
                let seen = self.replica.cursor()?.and_then(|cursor| cursor.seq).map_or(0, |seq| seq + 1);
                self.replica.shared.behind_until.store(head, Ordering::Release);
                self.replica.changed(|s| {
                    s.online = true;
                    s.behind = seen < head;
                    s.trouble = None;
                    s.signed_out = false;
                });
                Ok(false)
            }
            Frame::Heartbeat { server_time, .. } => {
                self.heard(server_time);
                self.caught_up();
                Ok(false)
            }
            Frame::Presence { reading, server_time } => {
                self.heard(server_time);
                self.replica.changed(|s| s.reading = reading);
                Ok(false)
            }
            Frame::Event(event) => {
                self.replica.apply_event(&event)?;
                if event.seq + 1 >= self.replica.shared.behind_until.load(Ordering::Acquire) {
                    self.caught_up();
                }
                Ok(true)
            }
            Frame::Reset { reason } => {
                self.replica.forget_cursor()?;
                Err(SyncError::Reset(reason))
            }
        }
    }

    /// What happened while this console was away has come in.
    fn caught_up(&self) {
        if self.replica.watch().borrow().behind {
            self.replica.changed(|s| s.behind = false);
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
        self.replica.allow(&session.allowances)?;
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

/// Whether a frame tells of a grant or a delegation.
fn touches_rights(frame: &Frame) -> bool {
    let Frame::Event(event) = frame else { return false };
    event.kind.starts_with("grant_") || event.kind.starts_with("delegation_")
}

/// A pause between half and the whole of `pause`.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0_u8; 1];
    let share = if getrandom::fill(&mut byte).is_ok() { f64::from(byte[0]) / 255.0 } else { 1.0 };
    pause.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn a_full_disk_stays_full_when_the_server_answers_again() {
        let dir = tempfile::tempdir().unwrap();
        let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([1; 32])).unwrap();
        let sync = Sync::new(replica.clone(), Client::new("http://127.0.0.1:9", None).unwrap());
        let pages = |most: u32| {
            let sql = format!("PRAGMA max_page_count = {most}");
            replica.db().unwrap().query_row(&sql, [], |r| r.get::<_, i64>(0)).unwrap()
        };
        let hello = || Frame::Hello { epoch: "e".to_owned(), head: 0, server_time: 1 };
        replica.db().unwrap().execute_batch("VACUUM").unwrap();
        pages(1);
        replica.probe().unwrap_err();
        sync.on_frame(hello()).unwrap_err();
        assert_eq!(replica.watch().borrow().trouble, Some(Trouble::DiskFull));
        assert!(!replica.watch().borrow().online, "nothing can be kept");
        pages(1_000_000);
        sync.on_frame(hello()).unwrap();
        assert_eq!(replica.watch().borrow().trouble, None);
    }
}
