//! Whether the connection is still heard. Beside the stream's own loop, because that loop also waits for answers: while one of them
//! does not come, nobody may take the copy for live.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Sync, SyncError};

/// No event or heartbeat for this long: connected, but not live.
const STALE_AFTER: Duration = Duration::from_secs(30);
/// Silent for this long: another connection is tried, since a cut one may never say so.
const DEAD_AFTER: Duration = Duration::from_secs(60);
/// Silent for this long, one heartbeat was missed: nothing is asked for until the next frame.
const QUIET_AFTER: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);

/// When the stream was last heard.
pub(super) struct Pulse(Mutex<Instant>);

impl Pulse {
    /// A connection that is heard now.
    pub(super) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// A frame came.
    pub(super) fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether no heartbeat was missed.
    pub(super) fn is_steady(&self) -> bool {
        self.silence() < QUIET_AFTER
    }

    fn silence(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

impl Sync {
    /// Notes whether the copy is live for as long as it is polled; answers once the connection is given up.
    pub(super) async fn listen(&self, pulse: &Pulse) -> SyncError {
        loop {
            let silence = pulse.silence();
            if silence > DEAD_AFTER {
                return SyncError::Silent;
            }
            let stale = silence > STALE_AFTER;
            if self.replica.watch().borrow().stale != stale {
                self.replica.changed(|s| s.stale = stale);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use navi_client::api::Client;
    use zeroize::Zeroizing;

    use super::*;
    use crate::Replica;

    fn heard(ago: u64) -> Pulse {
        Pulse(Mutex::new(Instant::now().checked_sub(Duration::from_secs(ago)).unwrap()))
    }

    #[tokio::test]
    async fn silence_is_noted_whatever_else_is_waited_for_and_ends_with_a_frame() {
        let dir = tempfile::tempdir().unwrap();
        let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([1; 32])).unwrap();
        let sync = Sync::new(replica.clone(), Client::new("http://127.0.0.1:9", None).unwrap());
        let mut state = replica.watch();
        let pulse = heard(31);
        assert!(!pulse.is_steady());
        tokio::select! {
            _ = sync.listen(&pulse) => panic!("it was given up after 31 s"),
            seen = state.wait_for(|s| s.stale) => drop(seen.unwrap()),
        }
        pulse.beat();
        assert!(pulse.is_steady());
        tokio::select! {
            _ = sync.listen(&pulse) => panic!("it was given up though it was heard"),
            seen = state.wait_for(|s| !s.stale) => drop(seen.unwrap()),
        }
        assert!(matches!(sync.listen(&heard(61)).await, SyncError::Silent));
    }
}
