//! Whether whoever called the gate still waits. An approval that nobody waits for must not be redeemed.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, getppid};

const EVERY: Duration = Duration::from_millis(250);

/// Ends when nobody reads the answer any more: the other end of stdout was closed. For hooks the parent process says
/// nothing about it, because clients put a shell in between, which outlives them.
pub async fn stopped_reading() {
    while !hung_up() {
        tokio::time::sleep(EVERY).await;
    }
}

/// The process that started this one. To be asked first thing: later it may be gone already.
pub fn parent() -> Option<Pid> {
    getppid()
}

/// Ends when the process that started this one has gone, or nobody reads the output any more.
pub async fn gone(parent: Option<Pid>) {
    while getppid() == parent && !hung_up() {
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
