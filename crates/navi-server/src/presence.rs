//! Who has a console or a page open now. In memory alone: it is true only while the connections are there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use navi_domain::UtcMicros;

/// People with an open stream.
#[derive(Debug)]
pub struct Presence {
    open: Mutex<BTreeMap<String, usize>>,
    since: UtcMicros,
}

impl Presence {
    /// Nobody yet, from this instant on.
    #[must_use]
    pub fn new(now: UtcMicros) -> Self {
        Self { open: Mutex::new(BTreeMap::new()), since: now }
    }

    /// Since when connections are counted.
    #[must_use]
    pub fn since(&self) -> UtcMicros {
        self.since
    }

    /// Somebody opened a stream; gone when the guard is dropped.
    #[must_use]
    pub fn enter(self: &Arc<Self>, user: &str) -> Present {
        *self.lock().entry(user.to_owned()).or_default() += 1;
        Present { presence: Arc::clone(self), user: user.to_owned() }
    }

    /// Who is there.
    #[must_use]
    pub fn people(&self) -> BTreeSet<String> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open stream.
#[derive(Debug)]
pub struct Present {
    presence: Arc<Presence>,
    user: String,
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut open = self.presence.lock();
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_there_until_the_last_stream_ends() {
        let presence = Arc::new(Presence::new(5));
        let (page, console) = (presence.enter("ana"), presence.enter("ana"));
        drop(page);
        assert_eq!(presence.people().into_iter().collect::<Vec<_>>(), ["ana"]);
        drop(console);
        assert!(presence.people().is_empty());
    }
}
