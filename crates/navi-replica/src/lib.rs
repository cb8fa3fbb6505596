//! The approver's offline half: an encrypted copy of the queue and the ledger entries that passed by, the outbox of
//! signed votes, and the memory of the last checkpoint. No Tauri in it, so that its tests need no display.
//!
//! A vote signed here is *not in effect* until the server accepts it; every state says so.

mod beside;
pub mod checkpoint;
mod clock;
mod db;
pub mod decide;
pub mod deliveries;
pub mod envelopes;
pub mod evidence;
mod follow;
pub mod identity;
pub mod orders;
pub mod outbox;
mod preferences;
pub mod queue;
mod rescue;
pub mod revokes;
mod rights;
mod screen;
mod snooze;
pub mod state;
pub mod sync;
mod trouble;
pub mod window;
mod witness;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, broadcast, watch};
use zeroize::Zeroizing;

pub use decide::{DecideRefusal, Draft, Sign};
pub use deliveries::{About, HeldReject, Tracked};
pub use envelopes::{Answered, ChallengeRefusal};
pub use evidence::EvidenceError;
pub use identity::Identity;
pub use orders::{FreezeOrder, KeptFreezes, OrderRefusal};
pub use outbox::{OutboxItem, OutboxState};
pub use preferences::{Claims, PreferencesRefusal};
pub use queue::{Counts, QueueItem, SeenLately};
pub use rescue::Rescue;
pub use revokes::GrantRevoke;
pub use screen::OnScreen;
pub use snooze::SnoozeRefusal;
pub use state::{Integrity, ReplicaEvent, ReplicaState, Witnessed};
pub use sync::Sync;
pub use trouble::Trouble;
pub use window::{Compared, EntryFilter, Verification, Watched, Window, WindowStatus};

/// Why the local copy could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaError {
    /// The key does not open this file (or the file is no database).
    #[error("the local copy cannot be opened with this key")]
    WrongKey,
    /// The database said no.
    #[error("the local copy could not {doing}")]
    Database {
        /// What was attempted.
        doing: &'static str,
        /// Cause.
        #[source]
        source: rusqlite::Error,
    },
    /// The tables could not be brought up to date.
    #[error("the local copy could not be migrated")]
    Migration(#[source] Box<refinery::Error>),
    /// A stored value could not be read back.
    #[error("the local copy holds an unreadable {0}")]
    Unreadable(&'static str),
    /// No checkpoint was seen yet whose leaf hashes are all here.
    #[error("no checkpoint of the record is complete here yet; connect once, and try again")]
    NothingYet,
    /// A damaged copy could not be moved out of the way.
    #[error("the damaged local copy could not be set aside")]
    SetAside(#[source] std::io::Error),
    /// A panic elsewhere left the copy's lock unusable.
    #[error("the local copy is locked by a failed task")]
    Poisoned,
}

/// A handle to the local copy; clones share it.
#[derive(Clone)]
pub struct Replica {
    shared: Arc<Shared>,
}

struct Shared {
    /// Folder of the copy, and of evidence files.
    folder: PathBuf,
    db: Mutex<rusqlite::Connection>,
    clock: Mutex<clock::ServerClock>,
    state: watch::Sender<ReplicaState>,
    events: broadcast::Sender<ReplicaEvent>,
    outbox_changed: Notify,
    window_changed: Notify,
    attention: Mutex<beside::Attention>,
    attention_changed: Notify,
    /// Something is to be told to the server about what was shown here.
    reports_due: AtomicBool,
    /// Ledger size when the stream opened: until then the copy is behind.
    behind_until: AtomicU64,
    /// To read the copy a second time, while the first connection serves the queue.
    path: PathBuf,
    key: Zeroizing<[u8; 32]>,
}

impl Replica {
    /// Opens (or creates) the copy at `path`, encrypted with `key` (raw 32 bytes, from the keystore).
    ///
    /// # Errors
    /// [`ReplicaError::WrongKey`] when the file belongs to another key.
    pub fn open(path: &Path, key: &Zeroizing<[u8; 32]>) -> Result<Self, ReplicaError> {
        let connection = db::open(path, key)?;
        let replica = Self {
            shared: Arc::new(Shared {
                folder: path.parent().map(Path::to_owned).unwrap_or_default(),
                db: Mutex::new(connection),
                clock: Mutex::new(clock::ServerClock::default()),
                state: watch::Sender::new(ReplicaState::default()),
                events: broadcast::Sender::new(1024),
                outbox_changed: Notify::new(),
                window_changed: Notify::new(),
                attention: Mutex::default(),
                attention_changed: Notify::new(),
                // What was left of the last run.
                reports_due: AtomicBool::new(true),
                behind_until: AtomicU64::new(0),
                path: path.to_owned(),
                key: key.clone(),
            }),
        };
        let integrity = replica.remembered_integrity()?;
        let counts = replica.counts()?;
        let unsent_stops = orders::unsent(&*replica.db()?)?;
        let unsent_revokes = revokes::unsent(&*replica.db()?)?;
        let frozen = replica.freezes()?.freezes.len();
        let bypass_until = replica.bypasses()?.as_ref().and_then(orders::last_end);
        let bootstrapped = replica.cursor()?.is_some();
        let allowances = db::meta(&*replica.db()?, decide::KEPT_ALLOWANCES)?.unwrap_or_default();
        let last_sync_at = db::meta(&*replica.db()?, "last_sync_at")?;
        replica.shared.state.send_modify(|s| {
            s.unsent = counts.unsent;
            s.needs_you = counts.needs_you;
            s.unsent_stops = unsent_stops;
            s.unsent_revokes = unsent_revokes;
            s.frozen = frozen;
            s.bypass_until = bypass_until;
            s.integrity = integrity;
            s.allowances = allowances;
            s.last_sync_at = last_sync_at;
            s.bootstrapped = bootstrapped;
        });
        Ok(replica)
    }

    /// The state, and a signal whenever it changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<ReplicaState> {
        self.shared.state.subscribe()
    }

    /// What happens, for notifications. A slow reader gets `Lagged` and must read the queue again.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<ReplicaEvent> {
        self.shared.events.subscribe()
    }

    /// Server time now: the last known server time plus the monotonic clock; the local clock before first contact.
    #[must_use]
    pub fn server_now(&self) -> navi_domain::UtcMicros {
        self.shared.clock.lock().map_or_else(|_| clock::local_now(), |c| c.now())
    }

    fn changed(&self, update: impl FnOnce(&mut ReplicaState)) {
        self.shared.state.send_modify(|s| {
            update(s);
            s.revision += 1;
        });
    }

    fn emit(&self, event: ReplicaEvent) {
        // Nobody listening is fine: the state is in the database.
        let _ = self.shared.events.send(event);
    }
}
