//! A small process that outlives the gate. When the gate is gone without a word (SIGKILL, no memory left), it ends the
//! gate's command with everything that it started. It reports nothing: the run was written down, and the next gate of the
//! machine, or the server's time, says that nobody knows how it ended.
//!
//! A signal at the death of the parent (`PR_SET_PDEATHSIG`) would reach the command alone, and would come when the thread
//! that started it ends.

use std::io::{self, BufRead as _, PipeWriter, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use crate::stop::{self, Started};

/// Said when the command has ended: there is nothing to end.
const DONE: &str = "done";
/// Said before the command starts, with its execution.
const RUN: &str = "run ";

/// The watcher of one command. It acts when this is dropped without [`Watcher::dismiss`], however that happens.
#[derive(Debug)]
pub struct Watcher {
    process: Child,
    ear: PipeWriter,
}

impl Watcher {
    /// Starts it, before the command; it watches over nothing until [`Watcher::run_is`].
    ///
    /// # Errors
    /// When this program cannot find itself or start a process.
    pub fn start() -> io::Result<Self> {
        let (read, ear) = io::pipe()?;
        let grace = stop::grace().as_secs().to_string();
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("watch-over").env_clear().env("NAVI_STOP_GRACE", grace);
        // A group of its own: what a terminal sends to the command and the gate is not for it.
        command.process_group(0).current_dir("/").stdin(read).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { process: command.spawn()?, ear })
    }

    /// Its process id: it is no part of the run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// A command of this execution is about to run.
    pub fn run_is(&mut self, execution_id: &str) {
        let _ = writeln!(self.ear, "{RUN}{execution_id}");
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
pub fn watch_over() {
    let (mut execution_id, mut started) = (None, None);
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        if let Some(id) = line.strip_prefix(RUN) {
            started = Some(Started::left(id));
            execution_id = Some(id.to_owned());
        } else if let (Ok(pid), Some(id)) = (line.parse(), &execution_id) {
            started = Some(Started::of(pid, id));
        } else if line == DONE {
            return;
        }
    }
    if let Some(started) = started {
        started.end();
    }
}
