//! What this console is: not enrolled, locked, or ready with its copy of the queue. Owns the keystore and the copy;
//! knows no window, no tray and no notification.

mod decide;
mod enroll;
mod open;

use std::path::PathBuf;
use std::sync::Arc;

use navi_client::api::Client;
use navi_client::keystore::Keystore;
use navi_replica::{Replica, Sync};
use tokio::sync::watch;

pub(crate) use decide::{Decision, Outcome, Standing};
pub(crate) use enroll::{EnrollForm, EnrollRefusal};
pub(crate) use open::realm;

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
    Locked(String),
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
        tokio::spawn(sync.run(self.stop.subscribe()));
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
        let mode = match opened {
            Ok(Ok(Some(ready))) => Mode::Ready(ready),
            Ok(Ok(None)) => Mode::Enroll,
            Ok(Err(error)) => Mode::Locked(open::explain(&error)),
            Err(_) => Mode::Locked("the local copy could not be opened".to_owned()),
        };
        self.mode.send_replace(mode);
    }
}
