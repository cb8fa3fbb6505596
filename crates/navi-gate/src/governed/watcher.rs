//! A small process that outlives the gate. When the gate is gone without a word (SIGKILL, no memory left), it ends the
//! gate's command with everything that it started. It reports nothing: the run was written down, and the next gate of the
//! machine, or the server's time, says that nobody knows how it ended.
//!
//! A signal at the death of the parent (`PR_SET_PDEATHSIG`) would reach the command alone, and would come when the thread
//! that started it ends.

use std::io::{self, BufRead as _, PipeWriter, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::checks;
use crate::stop::{self, Started};

/// Said when the command has ended: there is nothing to end.
const DONE: &str = "done";
/// Said before the command starts, with its execution.
const RUN: &str = "run ";

/// The watcher of one command. It acts when this is dropped without [`Watcher::dismiss`], however that happens.
#[derive(Debug)]
pub struct Watcher {
    process: Option<Child>,
    ear: Option<PipeWriter>,
}

/// Who it is that starts a watcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The gate's own program.
    Gate,
    /// Another program, with the gate as a library in it: only the gate can watch.
    Another,
}

impl Watcher {
    /// Starts it, before the command; it watches over nothing until [`Watcher::run_is`]. `None`: there is no gate along this
    /// program's `PATH`.
    ///
    /// # Errors
    /// When this program cannot find itself or start a process.
    pub fn start(by: By) -> io::Result<Option<Self>> {
        let program = match by {
            By::Gate => Some(std::env::current_exe()?),
            By::Another => installed(),
        };
        let Some(program) = program else { return Ok(None) };
        let (read, ear) = io::pipe()?;
        let grace = stop::grace().as_secs().to_string();
        let mut command = Command::new(program);
        command.arg("watch-over").env_clear().env("NAVI_STOP_GRACE", grace);
        // A group of its own: what a terminal sends to the command and the gate is not for it.
        command.process_group(0).current_dir("/").stdin(read).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Some(Self { process: Some(command.spawn()?), ear: Some(ear) }))
    }

    /// Its process id: it is no part of the run.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// A watcher that is gone hears nothing; the command is known by its mark as well.
    fn say(&mut self, what: &str) {
        let _ = self.ear.as_mut().map(|ear| writeln!(ear, "{what}"));
    }

    /// A command of this execution is about to run.
    pub fn run_is(&mut self, execution_id: &str) {
        self.say(&format!("{RUN}{execution_id}"));
    }

    /// The command runs.
    pub fn command_is(&mut self, pid: u32) {
        self.say(&pid.to_string());
    }

    /// The command has ended. A runner goes on for days, so that the watcher's end is taken note of too.
    pub fn dismiss(mut self) {
        self.say(DONE);
        drop(self.ear.take());
        let _ = self.process.take().map(|mut process| process.wait());
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.ear.take());
        if let Some(mut process) = self.process.take() {
            // A program that goes on after it gave a run up keeps no trace of its watcher.
            std::thread::spawn(move || process.wait());
        }
    }
}

/// The gate along `PATH`. Where its place depends on the folder, anybody's program could stand there.
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    let mut gates = places.map(|folder| folder.join("navi-gate"));
    gates.find(|gate| checks::startable(&gate.to_string_lossy(), Path::new("/"), None).is_ok())
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
