//! Programs that are started here and end here: each in a process group of its own, so that Ctrl-C reaches this
//! program alone and everything is then ended in order, by process id.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

/// How long a program may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// A running program. Dropping it ends it.
pub struct Running {
    name: String,
    child: Child,
}

impl Running {
    /// Starts `command`, its output going to `log`.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let out = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdout(out.try_clone()?).stderr(out).stdin(Stdio::null());
        Self::spawn(name, command)
    }

    /// Starts `command` and returns the first line it prints; the rest of its output goes to `log`.
    pub fn start_and_hear(name: &str, command: &mut Command, log: &Path) -> Result<(Self, String)> {
        let errors = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdout(Stdio::piped()).stderr(errors.try_clone()?).stdin(Stdio::null());
        let mut running = Self::spawn(name, command)?;
        let stdout = running.child.stdout.take().context("no pipe")?;
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        reader.read_line(&mut line).with_context(|| format!("{name} printed nothing"))?;
        if line.is_empty() {
            bail!("{name} ended at once; see {}", log.display());
        }
        // The pipe must be emptied as long as the program runs, or it would block on a full one.
        std::thread::spawn(move || std::io::copy(&mut reader, &mut { errors }));
        Ok((running, line))
    }

    fn spawn(name: &str, command: &mut Command) -> Result<Self> {
        let child = command.process_group(0).spawn().with_context(|| format!("could not start {name}"))?;
        Ok(Self { name: name.to_owned(), child })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // The group may be gone already, which is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        self.signal(Signal::TERM);
        if wait_until(GRACE, || self.ended().is_some()).is_err() {
            eprintln!("{} did not end when asked; ending it", self.name);
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// Waits until `holds`, at most `patience`. An error means that it never held.
pub fn wait_until(patience: Duration, mut holds: impl FnMut() -> bool) -> Result<()> {
    let started = Instant::now();
    while !holds() {
        if started.elapsed() > patience {
            bail!("waited {} s in vain", patience.as_secs());
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_ends_the_program_and_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 600 & echo $!; wait"]);
        let (running, line) =
            Running::start_and_hear("shell", &mut shell, &folder.path().join("log")).unwrap();
        let grandchild = Pid::from_raw(line.trim().parse().unwrap()).unwrap();
        assert!(rustix::process::test_kill_process(grandchild).is_ok());
        drop(running);
        let is_gone = || match std::fs::read_to_string(format!("/proc/{}/stat", grandchild.as_raw_nonzero()))
        {
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        };
        wait_until(Duration::from_secs(30), is_gone).unwrap();
    }
}
