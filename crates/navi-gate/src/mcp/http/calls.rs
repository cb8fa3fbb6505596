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

/// One call: its client's session, its id, and a number that keeps apart what clients without a session call alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    session: String,
    id: String,
    number: u64,
}

impl Key {
    fn is(&self, session: &str, id: &Value) -> bool {
        let id = id.to_string();
        self.session == session && self.id == id
    }
}

#[derive(Default)]
struct Known {
    waits: HashMap<Key, oneshot::Sender<()>>,
    runs: HashMap<Key, String>,
    number: u64,
}

/// Every call that was not answered yet.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<Known>>);

impl Calls {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call that waits. `None`: its session has a call with this id that was not answered. Without a session each call
    /// is one of its own: different clients begin to count at the same number.
    pub fn waits(&self, session: &str, id: &Value) -> Option<(Key, oneshot::Receiver<()>)> {
        let mut known = self.known();
        let is_same = |key: &Key| key.is(session, id);
        if !session.is_empty() && (known.waits.keys().any(is_same) || known.runs.keys().any(is_same)) {
            return None;
        }
        known.number += 1;
        let key = Key { session: session.to_owned(), id: id.to_string(), number: known.number };
        let (give_up, gave_up) = oneshot::channel();
        known.waits.insert(key.clone(), give_up);
        Some((key, gave_up))
    }

    /// Gives the only call up that this can mean; whether there was one that waited.
    pub fn give_up(&self, session: &str, id: &Value) -> bool {
        let mut known = self.known();
        let Some(key) = only(known.waits.keys(), session, id) else { return false };
        known.waits.remove(&key).is_some_and(|give_up| give_up.send(()).is_ok())
    }

    /// Notes a call that is passed on.
    pub fn runs(&self, key: &Key, execution: String) {
        self.known().runs.insert(key.clone(), execution);
    }

    /// The execution of a call that was passed on, once.
    pub fn over(&self, key: &Key) -> Option<String> {
        self.known().runs.remove(key)
    }

    /// The execution of the only call that an answer can mean, once. `own`: the call in whose answer it came.
    pub fn answered(&self, session: &str, id: &Value, own: Option<&Key>) -> Option<String> {
        let mut known = self.known();
        let own = own.filter(|key| key.is(session, id)).cloned();
        let key = own.or_else(|| only(known.runs.keys(), session, id))?;
        known.runs.remove(&key)
    }

    /// Gives the call up when it is dropped undecided: the client is gone.
    pub fn guard(&self, key: &Key) -> Guard {
        Guard { calls: self.clone(), key: key.clone() }
    }
}

fn only<'a>(keys: impl Iterator<Item = &'a Key>, session: &str, id: &Value) -> Option<Key> {
    let mut same = keys.filter(|key| key.is(session, id));
    same.next().filter(|_| same.next().is_none()).cloned()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn without_a_session_calls_alike_are_kept_apart() {
        let (calls, id) = (Calls::default(), json!(1));
        let (one, mut first) = calls.waits("", &id).unwrap();
        let (two, mut second) = calls.waits("", &id).unwrap();
        assert!(!calls.give_up("", &id), "it could mean either");
        calls.guard(&two).decided();
        calls.runs(&two, "run".into());
        assert!(second.try_recv().is_err() && first.try_recv() == Err(oneshot::error::TryRecvError::Empty));
        assert!(calls.give_up("", &id), "now it can mean one");
        assert_eq!(first.try_recv(), Ok(()));
        assert_eq!(calls.answered("", &id, Some(&one)), None);
        assert_eq!(calls.answered("", &id, Some(&two)), Some("run".to_owned()));
    }

    #[test]
    fn in_a_session_an_id_is_in_use_until_it_is_answered() {
        let (calls, id) = (Calls::default(), json!("a"));
        let (key, _gave_up) = calls.waits("s", &id).unwrap();
        assert!(calls.waits("s", &id).is_none() && calls.waits("t", &id).is_some());
        calls.guard(&key).decided();
        calls.runs(&key, "run".into());
        assert!(calls.waits("s", &id).is_none());
        assert_eq!(calls.answered("s", &id, None), Some("run".to_owned()));
        assert!(calls.waits("s", &id).is_some());
    }
}
