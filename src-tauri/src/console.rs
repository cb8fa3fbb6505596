//! What this console is: not enrolled, locked, or ready with its copy of the queue. Owns the keystore and the copy;
//! knows no window, no tray and no notification.

mod bypass;
mod decide;
mod enroll;
mod locked;
pub(crate) mod onit;
mod open;
mod revoke;
mod stop;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use navi_client::api::Client;
use navi_client::keystore::Keystore;
use navi_replica::{Replica, Sync, Trouble};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) use bypass::BypassStep;
pub(crate) use decide::{Decision, Outcome, Standing};
pub(crate) use enroll::{EnrollForm, EnrollRefusal};
pub(crate) use locked::Locked;
pub(crate) use open::realm;
pub(crate) use revoke::Revoked;
pub(crate) use stop::Ordered;

/// An enrolled console with its open copy.
#[derive(Clone)]
pub(crate) struct Ready {
    /// The encrypted copy.
    pub(crate) replica: Replica,
    /// The server, with the device's token.
    pub(crate) client: Client,
}

/// What can be done here.
#[derive(Clone)]
pub(crate) enum Mode {
    /// The keystore was not asked yet.
    Starting,
    /// No device yet.
    Enroll,
    /// The keys or the copy cannot be read, and why.
    Locked(Locked),
    /// Enrolled.
    Ready(Ready),
}

/// The console. One per process.
pub(crate) struct Console {
    folder: PathBuf,
    keystore: Arc<dyn Keystore>,
    mode: watch::Sender<Mode>,
    /// Opening and enrolling happen one at a time.
    changing: tokio::sync::Mutex<()>,
    stop: watch::Sender<bool>,
    syncing: Mutex<Option<JoinHandle<()>>>,
}

/// Why the copy was not wiped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WipeRefusal {
    /// Votes or stops are not sent yet, and the person did not say that they may be lost.
    #[error("{0} decisions are signed here and not sent yet; they would be lost")]
    Unsent(u64),
    /// The keystore.
    #[error(transparent)]
    Keystore(#[from] navi_client::keystore::KeystoreError),
    /// The files.
    #[error("the local copy could not be removed")]
    Files(#[from] std::io::Error),
    /// A thread failed.
    #[error("the local copy could not be removed")]
    Failed,
}

impl Console {
    /// A console in `folder`, with its secrets in `keystore`. Nothing is read yet.
    pub(crate) fn new(folder: PathBuf, keystore: Arc<dyn Keystore>) -> Self {
        Self {
            folder,
            keystore,
            mode: watch::Sender::new(Mode::Starting),
            changing: tokio::sync::Mutex::new(()),
            stop: watch::Sender::new(false),
            syncing: Mutex::new(None),
        }
    }

    /// The mode, and a signal when it changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Mode> {
        self.mode.subscribe()
    }

    /// The copy and the server, once enrolled and unlocked.
    pub(crate) fn ready(&self) -> Option<Ready> {
        match &*self.mode.borrow() {
            Mode::Ready(ready) => Some(ready.clone()),
            _ => None,
        }
    }

    /// Secrets of this device.
    pub(crate) fn keystore(&self) -> Arc<dyn Keystore> {
        Arc::clone(&self.keystore)
    }

    /// Starts the sync. After everybody who must hear of its first event has subscribed.
    pub(crate) fn start_sync(&self, ready: &Ready) {
        let sync = Sync::new(ready.replica.clone(), ready.client.clone());
        let task = tokio::spawn(sync.run(self.stop.subscribe()));
        if let Some(old) = self.syncing.lock().unwrap_or_else(PoisonError::into_inner).replace(task) {
            old.abort();
        }
    }

    /// Ends the sync of a copy that makes way. Each of its writes is a transaction, so that it may end anywhere.
    fn end_sync(&self) {
        if let Some(task) = self.syncing.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    /// Ends the sync. Votes not sent yet stay in the copy.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Reads the keystore and opens the copy unless that is done. Called again when a person says the keyring is unlocked.
    pub(crate) async fn open(&self) {
        let _one_at_a_time = self.changing.lock().await;
        if matches!(*self.mode.borrow(), Mode::Ready(_) | Mode::Enroll) {
            return;
        }
        self.reopen().await;
    }

    async fn reopen(&self) {
        let (folder, keystore) = (self.folder.clone(), self.keystore());
        let opened = tokio::task::spawn_blocking(move || open::open(&folder, keystore.as_ref())).await;
        self.mode.send_replace(match opened {
            Ok(Ok(Some(ready))) => Mode::Ready(ready),
            Ok(Ok(None)) => Mode::Enroll,
            Ok(Err(locked)) => Mode::Locked(locked),
            Err(_) => Mode::Locked(Locked::new("copy_unreadable", "the local copy could not be opened")),
        });
    }

    /// Sets a damaged copy aside and begins it anew; does nothing to one that is not damaged.
    pub(crate) async fn rebuild(&self) {
        let _one_at_a_time = self.changing.lock().await;
        let is_damaged = match &*self.mode.borrow() {
            Mode::Locked(locked) => locked.code == Trouble::Damaged.code(),
            Mode::Ready(ready) => ready.replica.watch().borrow().trouble == Some(Trouble::Damaged),
            Mode::Starting | Mode::Enroll => false,
        };
        if !is_damaged {
            return;
        }
        self.end_sync();
        let (folder, keystore) = (self.folder.clone(), self.keystore());
        let begun = tokio::task::spawn_blocking(move || open::rebuild(&folder, keystore.as_ref())).await;
        self.mode.send_replace(match begun {
            Ok(Ok(ready)) => Mode::Ready(ready),
            Ok(Err(locked)) => Mode::Locked(locked),
            Err(_) => Mode::Locked(Locked::of_trouble(Trouble::Damaged)),
        });
    }

    /// Removes everything of this console from this machine; afterwards it can be enrolled anew.
    ///
    /// # Errors
    /// [`WipeRefusal`]
    pub(crate) async fn wipe(&self, with_unsent: bool) -> Result<(), WipeRefusal> {
        let _one_at_a_time = self.changing.lock().await;
        let unsent = self.ready().map_or(0, |ready| {
            let state = ready.replica.watch();
            let state = state.borrow();
            state.unsent + state.unsent_stops + state.unsent_revokes
        });
        if unsent > 0 && !with_unsent {
            return Err(WipeRefusal::Unsent(unsent));
        }
        self.end_sync();
        let (folder, keystore) = (self.folder.clone(), self.keystore());
        let wiped = tokio::task::spawn_blocking(move || open::wipe(&folder, keystore.as_ref())).await;
        let wiped = wiped.map_err(|_| WipeRefusal::Failed).flatten();
        self.reopen().await;
        wiped
    }

    /// Where this console keeps its files.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }
}
