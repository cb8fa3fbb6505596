//! When a request that waits is told, and told again.

use super::preferences::LevelRule;
use crate::risk::Level;
use crate::{MINUTE, UtcMicros};

/// A critical request rings this often.
const CRITICAL_EVERY: UtcMicros = 2 * MINUTE;
/// A high request rings once more this long before its end.
const HIGH_LAST: UtcMicros = 5 * MINUTE;

/// A request as far as ringing is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its level.
    pub level: Level,
    /// Asked at.
    pub created_at: UtcMicros,
    /// Ends at.
    pub expires_at: UtcMicros,
    /// Somebody has claimed it: that stops the ringing.
    pub claimed: bool,
    /// Its time stands still under a freeze: nothing rings.
    pub paused: bool,
}

/// Whether it rings at `now`: it never did, or an instant at which it should has passed since the last time. However
/// many were missed, it rings once.
#[must_use]
pub fn rings(request: Waiting, rule: LevelRule, last: Option<UtcMicros>, now: UtcMicros) -> bool {
    if request.paused || now >= request.expires_at {
        return false;
    }
    let Some(last) = last else { return true };
    if !rule.repeat || request.claimed {
        return false;
    }
    match request.level {
        Level::Low | Level::Medium => false,
        Level::High => {
            let half = request.created_at + (request.expires_at - request.created_at) / 2;
            let end = request.expires_at - HIGH_LAST;
            [half, end].iter().any(|due| request.created_at < *due && last < *due && *due <= now)
        }
        Level::Critical => now - last >= CRITICAL_EVERY,
    }
}

#[cfg(test)]
mod tests {
    use super::super::preferences::LevelRules;
    use super::*;

    fn request(level: Level) -> Waiting {
        Waiting { level, created_at: 0, expires_at: 20 * MINUTE, claimed: false, paused: false }
    }

    /// Minutes at which it rings, looked at once a minute.
    fn minutes(request: Waiting) -> Vec<i64> {
        let rule = LevelRules::default().of(request.level);
        let mut last = None;
        (0..30)
            .filter(|minute| {
                let now = minute * MINUTE;
                let is_due = rings(request, rule, last, now);
                if is_due {
                    last = Some(now);
                }
                is_due
            })
            .collect()
    }

    #[test]
    fn each_level_rings_as_often_as_it_should() {
        assert_eq!(minutes(request(Level::Medium)), [0]);
        assert_eq!(minutes(request(Level::High)), [0, 10, 15]);
        assert_eq!(minutes(request(Level::Critical)), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    }

    #[test]
    fn a_short_high_request_does_not_ring_before_it_was_asked() {
        let short = Waiting { expires_at: 4 * MINUTE, ..request(Level::High) };
        assert_eq!(minutes(short), [0, 2]);
    }

    #[test]
    fn a_claim_stops_the_ringing_and_a_pause_too() {
        for level in [Level::High, Level::Critical] {
            assert_eq!(minutes(Waiting { claimed: true, ..request(level) }), [0]);
            assert_eq!(minutes(Waiting { paused: true, ..request(level) }), Vec::<i64>::new());
        }
    }

    #[test]
    fn what_was_missed_rings_once() {
        let rule = LevelRules::default().critical;
        assert!(rings(request(Level::Critical), rule, Some(0), 19 * MINUTE));
        assert!(!rings(request(Level::Critical), rule, Some(19 * MINUTE), 19 * MINUTE + 1));
        let once = LevelRule { repeat: false, ..rule };
        assert!(!rings(request(Level::Critical), once, Some(0), 19 * MINUTE));
    }
}
