//! Whether the agent that called the hook still listens. An approval that nobody waits for must not be redeemed.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

const EVERY: Duration = Duration::from_millis(250);

/// Ends when nobody reads the hook's answer any more: the other end of stdout was closed. The parent process says
/// nothing about it, because clients put a shell in between, which outlives them.
pub async fn gone() {
    while !hung_up() {
        tokio::time::sleep(EVERY).await;
    }
}

fn hung_up() -> bool {
    let stdout = std::io::stdout();
    let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    // A poll that fails tells nothing; the deadline still holds.
    let _ = poll(&mut watched, Some(&now));
    watched.iter().any(|fd| fd.revents().intersects(PollFlags::ERR | PollFlags::HUP))
}
