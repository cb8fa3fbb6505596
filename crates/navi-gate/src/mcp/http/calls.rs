//! Calls that wait for people, and calls that were passed on, by session and id.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::mcp::desk::{Desk, Seen};

/// What the desk says about a call.
pub enum Told {
    /// It still waits.
    Still(u64),
    /// The execution to report on, or what the client is told.
    Decided(Result<String, String>),
    /// Its client gave it up, and it was withdrawn.
    GivenUp,
}

/// One call to decide about.
pub struct Job {
    /// The tool and its arguments.
    pub call: (String, Value),
    /// The client's session.
    pub session: String,
    /// Who hears of it.
    pub told: mpsc::UnboundedSender<Told>,
    /// Ends when nobody waits for it any more.
    pub gave_up: oneshot::Receiver<()>,
}

impl Job {
    /// Decides, or withdraws it.
    pub async fn decide(self, desk: Rc<Desk>) {
        let Self { call: (tool, arguments), session, told, gave_up } = self;
        let seen = Seen::default();
        let still = async |done| {
            let _ = told.send(Told::Still(done));
        };
        let decided = tokio::select! {
            // A message, or a guard that was dropped: either way nobody waits.
            _ = gave_up => None,
            decided = desk.decide((&tool, arguments), &session, &seen, still) => Some(decided),
        };
        let message = match decided {
            Some(decided) => Told::Decided(decided),
            None => {
                desk.withdraw(&seen).await;
                Told::GivenUp
            }
        };
        let _ = told.send(message);
    }
}

type Key = (String, String);

#[derive(Default)]
struct Known {
    waits: HashMap<Key, oneshot::Sender<()>>,
    runs: HashMap<Key, String>,
}

/// Every call that was not answered yet.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<Known>>);

impl Calls {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call that waits. A second one with the same id ends the first.
    pub fn waits(&self, session: &str, id: &Value) -> oneshot::Receiver<()> {
        let (give_up, gave_up) = oneshot::channel();
        self.known().waits.insert(key(session, id), give_up);
        gave_up
    }

    /// Gives a call up; whether it waited.
    pub fn give_up(&self, session: &str, id: &Value) -> bool {
        let waits = self.known().waits.remove(&key(session, id));
        waits.is_some_and(|give_up| give_up.send(()).is_ok())
    }

    /// Notes a call that is passed on.
    pub fn runs(&self, session: &str, id: &Value, execution: String) {
        self.known().runs.insert(key(session, id), execution);
    }

    /// The execution of a call that was passed on, once.
    pub fn over(&self, session: &str, id: &Value) -> Option<String> {
        self.known().runs.remove(&key(session, id))
    }

    /// Gives the call up when it is dropped undecided: the client is gone.
    pub fn guard(&self, session: &str, id: &Value) -> Guard {
        Guard { calls: self.clone(), key: key(session, id) }
    }
}

/// See [`Calls::guard`].
pub struct Guard {
    calls: Calls,
    key: Key,
}

impl Guard {
    /// It no longer waits.
    pub fn decided(&self) {
        self.calls.known().waits.remove(&self.key);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(give_up) = self.calls.known().waits.remove(&self.key) {
            let _ = give_up.send(());
        }
    }
}

fn key(session: &str, id: &Value) -> Key {
    (session.to_owned(), id.to_string())
}
