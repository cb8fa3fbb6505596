//! Who has a console or a page open now, on which device, which request they read, and which gates gave a sign of their
//! runs. In memory alone: it is true only while the connections are there; a gate of which nothing was heard since the
//! start has the whole of its time from then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use navi_domain::UtcMicros;
use tokio::sync::watch;

/// Which approval is read by whom.
pub type Reading = BTreeMap<String, Vec<String>>;

/// Open streams of one person by device; `None` is a credential without one, such as a page's session of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices(BTreeMap<Option<String>, usize>);

impl Devices {
    /// The devices with an open stream.
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.keys().flatten()
    }

    /// Whether something without a device of its own is open.
    #[must_use]
    pub fn has_page(&self) -> bool {
        self.0.contains_key(&None)
    }
}

/// People with an open stream.
#[derive(Debug)]
pub struct Presence {
    open: Mutex<BTreeMap<String, Seat>>,
    reading: watch::Sender<Reading>,
    since: UtcMicros,
    signs: Mutex<BTreeMap<String, UtcMicros>>,
}

#[derive(Debug, Default)]
struct Seat {
    streams: Devices,
    reads: Option<String>,
}

impl Presence {
    /// Nobody yet, from this instant on.
    #[must_use]
    pub fn new(now: UtcMicros) -> Self {
        Self {
            open: Mutex::new(BTreeMap::new()),
            reading: watch::Sender::new(Reading::new()),
            since: now,
            signs: Mutex::new(BTreeMap::new()),
        }
    }

    /// Since when connections are counted.
    #[must_use]
    pub fn since(&self) -> UtcMicros {
        self.since
    }

    /// Somebody opened a stream without a device; gone when the guard is dropped.
    #[must_use]
    pub fn enter(self: &Arc<Self>, user: &str) -> Present {
        self.enter_at(user, None)
    }

    /// Somebody opened a stream on a device; gone when the guard is dropped.
    #[must_use]
    pub fn enter_at(self: &Arc<Self>, user: &str, device: Option<&str>) -> Present {
        let device = device.map(str::to_owned);
        let mut open = self.lock();
        let streams = &mut open.entry(user.to_owned()).or_default().streams;
        *streams.0.entry(device.clone()).or_default() += 1;
        Present { presence: Arc::clone(self), user: user.to_owned(), device }
    }

    /// Who is there.
    #[must_use]
    pub fn people(&self) -> BTreeSet<String> {
        self.lock().keys().cloned().collect()
    }

    /// Who is there, and where.
    #[must_use]
    pub fn places(&self) -> BTreeMap<String, Devices> {
        self.lock().iter().map(|(user, seat)| (user.clone(), seat.streams.clone())).collect()
    }

    /// Somebody who is there reads this approval, and no longer the one before. Who is not there reads nothing.
    pub fn reads(&self, user: &str, approval_id: &str) {
        let mut open = self.lock();
        if let Some(seat) = open.get_mut(user) {
            seat.reads = Some(approval_id.to_owned());
        }
        self.tell(&open);
    }

    /// Somebody no longer reads this approval.
    pub fn leaves(&self, user: &str, approval_id: &str) {
        let mut open = self.lock();
        if let Some(seat) = open.get_mut(user).filter(|seat| seat.reads.as_deref() == Some(approval_id)) {
            seat.reads = None;
        }
        self.tell(&open);
    }

    /// Who reads what, and a signal whenever it changes.
    #[must_use]
    pub fn watch_reading(&self) -> watch::Receiver<Reading> {
        self.reading.subscribe()
    }

    fn tell(&self, open: &BTreeMap<String, Seat>) {
        let mut now = Reading::new();
        for (user, seat) in open {
            if let Some(id) = &seat.reads {
                now.entry(id.clone()).or_default().push(user.clone());
            }
        }
        self.reading.send_if_modified(|known| {
            let changed = *known != now;
            *known = now;
            changed
        });
    }

    /// The gate of a run gave a sign.
    pub fn sign(&self, run_id: &str, now: UtcMicros) {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner).insert(run_id.to_owned(), now);
    }

    /// When it last did; never before this server began.
    #[must_use]
    pub fn last_sign(&self, run_id: &str) -> UtcMicros {
        let signs = self.signs.lock().unwrap_or_else(PoisonError::into_inner);
        signs.get(run_id).copied().unwrap_or_default().max(self.since)
    }

    /// The run ended.
    pub fn forget(&self, run_id: &str) {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner).remove(run_id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Seat>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open stream.
#[derive(Debug)]
pub struct Present {
    presence: Arc<Presence>,
    user: String,
    device: Option<String>,
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut open = self.presence.lock();
        if let Some(seat) = open.get_mut(&self.user) {
            let streams = &mut seat.streams.0;
            if let Some(count) = streams.get_mut(&self.device) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    streams.remove(&self.device);
                }
            }
            if streams.is_empty() {
                open.remove(&self.user);
            }
        }
        self.presence.tell(&open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_there_until_the_last_stream_ends() {
        let presence = Arc::new(Presence::new(5));
        let (page, console) = (presence.enter("ana"), presence.enter_at("ana", Some("d1")));
        let again = presence.enter_at("ana", Some("d1"));
        drop(page);
        assert!(!presence.places()["ana"].has_page());
        drop(again);
        assert_eq!(presence.people().into_iter().collect::<Vec<_>>(), ["ana"]);
        assert_eq!(presence.places()["ana"].ids().collect::<Vec<_>>(), ["d1"]);
        drop(console);
        assert!(presence.people().is_empty());
    }

    #[test]
    fn a_person_reads_one_request_at_a_time_and_none_once_gone() {
        let presence = Arc::new(Presence::new(5));
        let reading = presence.watch_reading();
        presence.reads("bob", "a");
        assert!(reading.borrow().is_empty(), "bob is not there");
        let console = presence.enter("ana");
        presence.reads("ana", "a");
        presence.reads("ana", "b");
        assert_eq!(*reading.borrow(), Reading::from([("b".to_owned(), vec!["ana".to_owned()])]));
        presence.leaves("ana", "a");
        assert_eq!(reading.borrow().len(), 1, "that was left before");
        drop(console);
        assert!(reading.borrow().is_empty());
    }
}
