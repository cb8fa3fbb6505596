//! When each ask is tried again, and when its pipeline was last told that it waits. In memory alone: after a start
//! everything is tried at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use navi_domain::{SECOND, UtcMicros};

/// Longest pause between two tries.
const LONGEST: UtcMicros = 300 * SECOND;

#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    failures: u32,
    not_before: UtcMicros,
    told_at: Option<UtcMicros>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Pace(Mutex<BTreeMap<String, Kept>>);

impl Pace {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<String, Kept>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it may be tried now.
    #[must_use]
    pub fn is_due(&self, id: &str, now: UtcMicros) -> bool {
        self.with(|kept| kept.get(id).is_none_or(|k| now >= k.not_before))
    }

    /// It failed: the next try is later, each time twice as much.
    pub fn failed(&self, id: &str, now: UtcMicros) {
        self.with(|kept| {
            let one = kept.entry(id.to_owned()).or_default();
            one.not_before = now + (SECOND << one.failures.min(20)).min(LONGEST);
            one.failures = one.failures.saturating_add(1);
        });
    }

    /// It went on.
    pub fn went_on(&self, id: &str) {
        self.with(|kept| {
            if let Some(one) = kept.get_mut(id) {
                (one.failures, one.not_before) = (0, 0);
            }
        });
    }

    /// Whether its pipeline was told that it waits, after this instant.
    #[must_use]
    pub fn was_told_after(&self, id: &str, since: UtcMicros) -> bool {
        self.with(|kept| kept.get(id).and_then(|k| k.told_at).is_some_and(|at| at > since))
    }

    /// Its pipeline was told that it waits.
    pub fn told(&self, id: &str, now: UtcMicros) {
        self.with(|kept| kept.entry(id.to_owned()).or_default().told_at = Some(now));
    }

    /// Forgets all but these.
    pub fn keep_only(&self, ids: &BTreeSet<&str>) {
        self.with(|kept| kept.retain(|id, _| ids.contains(id.as_str())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_pause_up_to_five_minutes() {
        let pace = Pace::default();
        assert!(pace.is_due("a", 0));
        for pause in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            pace.failed("a", 0);
            assert!(!pace.is_due("a", pause * SECOND - 1), "{pause}");
            assert!(pace.is_due("a", pause * SECOND), "{pause}");
        }
        pace.went_on("a");
        assert!(pace.is_due("a", 0));
        pace.told("a", 7);
        assert!(pace.was_told_after("a", 6) && !pace.was_told_after("a", 7));
        pace.keep_only(&BTreeSet::new());
        assert!(!pace.was_told_after("a", 0));
    }
}
