//! Server time on a client: last known server time plus the monotonic clock, never the local wall clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use navi_domain::UtcMicros;

/// The best known relation between this machine's monotonic clock and the server's time.
#[derive(Debug, Default)]
pub(crate) struct ServerClock {
    anchor: Option<Anchor>,
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    at: Instant,
    server_time: UtcMicros,
    round_trip: Duration,
}

/// After this long a fresh sample replaces a better but older one.
const ANCHOR_LIFE: Duration = Duration::from_secs(300);

impl ServerClock {
    /// Learns from an answer that took `round_trip`; the sample with the shortest round trip is kept.
    pub(crate) fn learn(&mut self, server_time: UtcMicros, round_trip: Duration) {
        let better = self.anchor.is_none_or(|a| {
            round_trip <= a.round_trip || a.at.elapsed() > ANCHOR_LIFE || a.now() < server_time
        });
        if better {
            let half = UtcMicros::try_from(round_trip.as_micros() / 2).unwrap_or(0);
            self.anchor = Some(Anchor { at: Instant::now(), server_time: server_time + half, round_trip });
        }
    }

    /// Server time now.
    pub(crate) fn now(&self) -> UtcMicros {
        self.anchor.map_or_else(local_now, |a| a.now())
    }

    /// How far the local clock is ahead of the server's, in milliseconds; 0 before first contact.
    pub(crate) fn offset_ms(&self) -> i64 {
        self.anchor.map_or(0, |a| (local_now() - a.now()) / 1000)
    }
}

impl Anchor {
    fn now(&self) -> UtcMicros {
        self.server_time + UtcMicros::try_from(self.at.elapsed().as_micros()).unwrap_or(UtcMicros::MAX / 2)
    }
}

/// The local wall clock. Evidence only; nothing is decided by it once the server was reached.
pub(crate) fn local_now() -> UtcMicros {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| UtcMicros::try_from(d.as_micros()).unwrap_or(UtcMicros::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_local_clock_does_not_move_server_time() {
        let mut clock = ServerClock::default();
        clock.learn(1_000_000, Duration::from_millis(2));
        let now = clock.now();
        assert!((1_001_000..60_000_000).contains(&now), "{now}");
        assert!(clock.offset_ms() > 1_000_000);
    }

    #[test]
    fn the_shortest_round_trip_wins() {
        let mut clock = ServerClock::default();
        clock.learn(10_000_000_000, Duration::from_millis(2));
        clock.learn(5_000_000_000, Duration::from_secs(2));
        assert!(clock.now() >= 10_000_000_000);
    }
}
