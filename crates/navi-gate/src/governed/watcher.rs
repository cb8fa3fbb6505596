//! A small process that outlives the gate. When the gate is gone without a word (SIGKILL, no memory left), it ends the
//! gate's command with everything that it started. It reports nothing: the run was written down, and the next gate of the
//! machine, or the server's time, says that nobody knows how it ended.
//!
//! A signal at the death of the parent (`PR_SET_PDEATHSIG`) would reach the command alone, and would come when the thread
//! that started it ends.

use std::io::{self, BufRead as _, PipeWriter, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::stop::{self, Started};

/// Said when the command has ended: there is nothing to end.
const DONE: &str = "done";
/// What was about to begin when the gate died shows itself within this time.
const LATE: Duration = Duration::from_secs(1);

/// The watcher of one command. It acts when this is dropped without [`Watcher::dismiss`], however that happens.
#[derive(Debug)]
pub struct Watcher {
    process: Child,
    ear: PipeWriter,
}

impl Watcher {
    /// Starts it, before the command.
    ///
    /// # Errors
    /// When this program cannot find itself or start a process.
    pub fn start(execution_id: &str) -> io::Result<Self> {
        let (read, ear) = io::pipe()?;
        let grace = stop::grace().as_secs().to_string();
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("watch-over").arg(execution_id).env_clear().env("NAVI_STOP_GRACE", grace);
        // A group of its own: what a terminal sends to the command and the gate is not for it.
        command.process_group(0).current_dir("/").stdin(read).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { process: command.spawn()?, ear })
    }

    /// Its process id: it is no part of the run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The command runs.
    pub fn command_is(&mut self, pid: u32) {
        // A watcher that is gone hears nothing; the command is known by its mark as well.
        let _ = writeln!(self.ear, "{pid}");
    }

    /// The command has ended. A runner goes on for days, so that the watcher's end is taken note of too.
    pub fn dismiss(mut self) {
        let _ = writeln!(self.ear, "{DONE}");
        let Self { mut process, ear } = self;
        drop(ear);
        let _ = process.wait();
    }
}

/// `watch-over`: waits for the gate's end, and ends what it left.
pub fn watch_over(execution_id: &str) {
    let mut started = None;
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        match line.parse() {
            Ok(pid) => started = Some(Started::of(pid, execution_id)),
            Err(_) if line == DONE => return,
            Err(_) => {}
        }
    }
    end(started.unwrap_or_else(|| Started::of(0, execution_id)));
}

fn end(mut started: Started) {
    let begun = Instant::now();
    let grace = stop::grace();
    started.signal(Signal::TERM);
    let mut again = false;
    loop {
        // What is stopped goes on, to hear that it shall end.
        let left = started.signal(Signal::CONT);
        let age = begun.elapsed();
        if !left && age > LATE || age > grace.max(LATE) {
            break;
        }
        if age > LATE / 2 && !std::mem::replace(&mut again, true) {
            started.signal(Signal::TERM);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    while started.signal(Signal::KILL) && begun.elapsed() < grace + Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
}
