//! Not a storm: at most four new notifications in ten minutes; what comes beyond that stands in a digest that counts. Who
//! asks here has left out what is critical: that is never held back, and not counted.

use std::collections::VecDeque;

use navi_domain::{MINUTE, UtcMicros};

const WINDOW: UtcMicros = 10 * MINUTE;
const MOST: usize = 4;

/// Remembers when new notifications came. Time is a parameter.
#[derive(Debug, Default)]
pub(crate) struct Burst {
    recent: VecDeque<UtcMicros>,
}

impl Burst {
    /// With what an earlier run showed lately, oldest first.
    pub(crate) fn with(recent: Vec<UtcMicros>) -> Self {
        Self { recent: recent.into() }
    }

    /// Whether one more may come at `now`; it counts if it may.
    pub(crate) fn admits(&mut self, now: UtcMicros) -> bool {
        // Either side: a clock that was set back holds nothing up for longer than twice the window.
        self.recent.retain(|at| (now - at).abs() < WINDOW);
        let admits = self.recent.len() < MOST;
        if admits {
            self.recent.push_back(now);
        }
        admits
    }

    /// When those came that still count, oldest first: for another run.
    pub(crate) fn recent(&self) -> Vec<UtcMicros> {
        self.recent.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_within_ten_minutes_is_held_back() {
        let mut burst = Burst::default();
        let admitted: Vec<bool> = (0..7).map(|n| burst.admits(n * MINUTE)).collect();
        assert_eq!(admitted, [true, true, true, true, false, false, false]);
        assert!(burst.admits(WINDOW), "the first one is ten minutes old");
        assert!(!burst.admits(WINDOW), "the second one is not");
        assert!(burst.admits(11 * MINUTE));
    }

    #[test]
    fn what_was_held_back_does_not_count() {
        let mut burst = Burst::default();
        assert_eq!((0..100).filter(|_| burst.admits(0)).count(), MOST);
        assert_eq!((0..100).filter(|_| burst.admits(WINDOW)).count(), MOST);
    }

    #[test]
    fn a_slow_stream_is_never_swallowed() {
        let mut burst = Burst::default();
        assert!((0..50).all(|n| burst.admits(n * 150 * MINUTE / 60)));
    }

    #[test]
    fn another_run_goes_on_counting_and_a_clock_set_back_ends_it() {
        let mut before = Burst::default();
        assert!((0..4).all(|n| before.admits(100 * MINUTE + n)));
        assert!(!Burst::with(before.recent()).admits(101 * MINUTE));
        assert!(Burst::with(before.recent()).admits(50 * MINUTE));
    }
}
