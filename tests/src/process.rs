//! Children that end with the test, found by process id and never by name.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::wait;

/// A running child with its log. Dropping it kills it and everything it started.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Daemon {
    /// Starts `command` with stdout and stderr in `DIR/NAME.log`.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(name: &str, mut command: Command, dir: &Path) -> Result<Self> {
        let (log, file) = log_file(name, dir)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child, name: name.to_owned(), log })
    }

    /// As [`Daemon::spawn`], with `input` on its standard input, which is then closed.
    ///
    /// # Errors
    /// When the program cannot be started or does not take its input.
    pub fn spawn_with_input(name: &str, mut command: Command, dir: &Path, input: &[u8]) -> Result<Self> {
        let (log, file) = log_file(name, dir)?;
        command.stdin(Stdio::piped()).stdout(file.try_clone()?).stderr(file);
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let stdin = child.stdin.take();
        let daemon = Self { child, name: name.to_owned(), log };
        stdin.context("no stdin")?.write_all(input)?;
        Ok(daemon)
    }

    /// Starts `command`, whose first line on stdout says where it is; the rest of stdout goes to the log with stderr.
    ///
    /// # Errors
    /// When it cannot be started, or ends or stays silent instead of writing a line.
    pub async fn spawn_with_first_line(
        name: &str,
        mut command: Command,
        dir: &Path,
    ) -> Result<(Self, String)> {
        let (log, file) = log_file(name, dir)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file.try_clone()?);
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let stdout = child.stdout.take().context("no stdout")?;
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout);
            let mut first = String::new();
            let _ = lines.read_line(&mut first);
            let _ = tell.send(first);
            let mut file = file;
            let _ = std::io::copy(&mut lines, &mut file);
        });
        let mut daemon = Self { child, name: name.to_owned(), log };
        let line = wait::until(&format!("{name} says where it is"), async || match told.try_recv() {
            Ok(line) => Some(line),
            Err(mpsc::TryRecvError::Empty) => None,
            Err(mpsc::TryRecvError::Disconnected) => Some(String::new()),
        })
        .await?;
        if line.trim().is_empty() {
            let status = daemon.child.try_wait();
            bail!("{name} wrote no first line ({status:?}); its log:\n{}", daemon.log_text());
        }
        Ok((daemon, line.trim().to_owned()))
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote so far.
    #[must_use]
    pub fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end with SIGTERM and waits.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn terminate(mut self) -> Result<ExitStatus> {
        signal(self.child.id(), Signal::TERM);
        self.ended().await
    }

    /// Ends it at once, as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn kill(&mut self) -> Result<()> {
        signal(self.child.id(), Signal::KILL);
        self.ended().await.map(|_| ())
    }

    /// Stops it where it is, until [`Daemon::go_on`].
    ///
    /// # Errors
    /// When it has ended.
    pub fn pause(&mut self) -> Result<()> {
        anyhow::ensure!(self.is_running(), "{} has ended", self.name);
        signal(self.child.id(), Signal::STOP);
        Ok(())
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it has ended.
    pub fn go_on(&mut self) -> Result<()> {
        anyhow::ensure!(self.is_running(), "{} has ended", self.name);
        signal(self.child.id(), Signal::CONT);
        Ok(())
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let name = self.name.clone();
        wait::until(&format!("{name} ends"), async || self.child.try_wait().ok().flatten())
            .await
            .with_context(|| format!("log of {name}:\n{}", self.log_text()))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.is_running() {
            for pid in descendants(self.child.id()) {
                signal(pid, Signal::KILL);
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a finished command said.
#[derive(Clone, Debug)]
pub struct Said {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Said {
    /// The standard output as JSON.
    ///
    /// # Errors
    /// When it is none; with all that was said.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(self.stdout.trim()).with_context(|| format!("no JSON: {self:?}"))
    }

    /// Fails unless the exit code is `code`.
    ///
    /// # Errors
    /// With all that was said.
    pub fn expect_code(self, code: i32) -> Result<Self> {
        anyhow::ensure!(self.code == code, "expected exit code {code}: {self:?}");
        Ok(self)
    }
}

/// Runs a command to its end, without a standard input.
///
/// # Errors
/// When it cannot be started or takes longer than three times the usual patience.
pub async fn run(command: Command) -> Result<Said> {
    let text = format!("{command:?}");
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().with_context(|| format!("cannot start: {text}"))?;
    let family = Family(child.id());
    let output = tokio::time::timeout(wait::PATIENCE * 3, child.wait_with_output())
        .await
        .with_context(|| format!("did not end: {text}"))??;
    family.has_ended();
    Ok(Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// What a command started. Dropped while it runs, because the test failed beside it, all of it is killed: an agent's
/// hook would otherwise wait for minutes.
struct Family(Option<u32>);

impl Family {
    fn has_ended(mut self) {
        self.0 = None;
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        // The descendants first: once their parent has gone they are nobody's.
        if let Some(root) = self.0 {
            descendants(root).into_iter().chain([root]).for_each(|pid| signal(pid, Signal::KILL));
        }
    }
}

fn log_file(name: &str, dir: &Path) -> Result<(PathBuf, File)> {
    let log = dir.join(format!("{name}.log"));
    let file = File::options()
        .create(true)
        .append(true)
        .open(&log)
        .with_context(|| format!("cannot write {}", log.display()))?;
    Ok((log, file))
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Every living process that `root` started, directly or not, deepest last.
#[must_use]
pub fn descendants(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    let parents = parents();
    while let Some(parent) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, p)| *p == parent).map(|(child, _)| *child));
        next += 1;
    }
    found.remove(0);
    found
}

/// Whether a process is gone, or is only waited for by its parent.
#[must_use]
pub fn has_ended(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
}

fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let mut stat = String::new();
            File::open(entry.path().join("stat")).ok()?.read_to_string(&mut stat).ok()?;
            // The name in parentheses may hold anything; the state and the parent come after the last one.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect()
}

/// A time that leaves a slow machine room, for options that take seconds.
#[must_use]
pub fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
