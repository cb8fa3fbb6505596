//! Not a storm: more than four notifications in ten seconds become one that counts.

use std::collections::VecDeque;

const WINDOW_MS: u64 = 10_000;
const MOST: usize = 4;

/// What to do with one more notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Show it.
    Show,
    /// Show (or replace) the digest, which now stands for this many.
    Digest(u64),
}

/// Remembers when notifications came. Time is a parameter, in milliseconds of any monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Burst {
    recent: VecDeque<u64>,
    swallowed: u64,
}

impl Burst {
    /// One more at `now_ms`. A digest goes on until ten seconds were quiet enough.
    pub(crate) fn offer(&mut self, now_ms: u64) -> Plan {
        while self.recent.front().is_some_and(|at| now_ms.saturating_sub(*at) >= WINDOW_MS) {
            self.recent.pop_front();
        }
        self.recent.push_back(now_ms);
        if self.recent.len() <= MOST {
            self.swallowed = 0;
            return Plan::Show;
        }
        self.swallowed += 1;
        Plan::Digest(self.swallowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_within_ten_seconds_becomes_a_digest_that_counts() {
        let mut burst = Burst::default();
        let plans: Vec<Plan> = (0..7).map(|n| burst.offer(n * 1000)).collect();
        assert_eq!(plans[..4], [Plan::Show; 4]);
        assert_eq!(plans[4..], [Plan::Digest(1), Plan::Digest(2), Plan::Digest(3)]);
    }

    #[test]
    fn after_a_quiet_while_each_is_shown_again() {
        let mut burst = Burst::default();
        for n in 0..6 {
            burst.offer(n);
        }
        assert_eq!(burst.offer(10_005), Plan::Show);
        assert_eq!(burst.offer(11_000), Plan::Show);
    }

    #[test]
    fn a_slow_stream_is_never_swallowed() {
        let mut burst = Burst::default();
        assert!((0..50).all(|n| burst.offer(n * 2_500) == Plan::Show));
    }
}
