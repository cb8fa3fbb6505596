//! A command that may run: started, its output passed on and kept, stopped when a person or its time says so, and its
//! end written down before it is reported. What it takes to be allowed is [`crate::permission`]'s.

pub mod checks;
pub mod journal;
pub mod output;
pub mod report;
pub mod run;
pub mod secrets;
pub mod streams;
pub mod terminal;
pub mod watcher;

use std::path::Path;
use std::pin::Pin;
use std::process::Stdio;
use std::time::Duration;

use navi_client::api::Client;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::signal::unix::{self, SignalKind, signal};
use tokio::time::Instant;

use crate::governed::output::Kept;
use crate::governed::streams::{Reader, Streams};
use crate::governed::watcher::Watcher;
use crate::stop::{self, Started};

/// How a command runs.
pub struct Job<'a> {
    /// Program and arguments.
    pub command: &'a [String],
    /// It is ended after this long.
    pub timeout: Option<Duration>,
    /// So many bytes of its output are kept; 0: it is passed on unseen.
    pub keep: usize,
    /// Where it runs; absent: where this process does.
    pub cwd: Option<&'a Path>,
    /// Who gets its output.
    pub reader: Reader,
    /// It has this process's input; otherwise none.
    pub input: bool,
    /// This process is the gate of this run and of no other: what it started is the run.
    pub alone: bool,
}

/// What may end a run from outside.
pub struct Ending<'a> {
    /// Who ends it when this gate is killed.
    pub watcher: Option<Watcher>,
    /// Signals of this process, which are handed on.
    pub signals: Option<&'a mut Signals>,
    /// Whoever called gives it up.
    pub cancelled: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code, 128 and the signal's number when one ended it; `None`: not known.
    pub code: Option<i32>,
    /// The signal with which a person's stop or the time-out ended it.
    pub stopped: Option<&'static str>,
    /// Whether that was the time-out.
    pub timed_out: bool,
    /// What it printed.
    pub output: Kept,
}

/// Runs a command to its end. Everything it started ends with it when it is stopped.
///
/// # Errors
/// When it could not be started; then nothing ran.
pub async fn execute(
    client: &Client,
    execution_id: &str,
    job: &Job<'_>,
    mut ending: Ending<'_>,
) -> std::io::Result<Ended> {
    let (program, rest) =
        job.command.split_first().ok_or_else(|| std::io::Error::other("no command was given"))?;
    let mut command = Command::new(program);
    command.args(rest).stdin(if job.input { Stdio::inherit() } else { Stdio::null() });
    if let Some(cwd) = job.cwd {
        command.current_dir(cwd);
    }
    secrets::withhold(command.as_std_mut());
    command.env(stop::MARK, execution_id);
    let mut watcher = ending.watcher.take();
    if let Some(watcher) = &mut watcher {
        watcher.run_is(execution_id);
    }
    if job.alone {
        stop::adopt_orphans();
    } else {
        // Whoever drops the run wants its command gone, and no other.
        command.kill_on_drop(true);
    }
    let mut streams = Streams::attach(&mut command, job.keep, job.reader);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            watcher.into_iter().for_each(Watcher::dismiss);
            return Err(error);
        }
    };
    // Our copies of the other ends go, so that the end of the output is seen.
    drop(command);
    if let (Some(watcher), Some(id)) = (&mut watcher, child.id()) {
        watcher.command_is(id);
    }
    streams.start();
    let started = match child.id() {
        Some(id) if !job.alone => Started::of(id, execution_id),
        _ => Started::except(watcher.as_ref().and_then(Watcher::pid)),
    };
    let attended = attend(&mut child, started, client, execution_id, job.timeout, ending, &streams);
    let (status, stopped, timed_out) = attended.await;
    watcher.into_iter().for_each(Watcher::dismiss);
    let code = status.ok().and_then(|status| {
        use std::os::unix::process::ExitStatusExt as _;
        status.code().or_else(|| status.signal().map(|s| 128 + s))
    });
    let hands_over = job.alone && stopped.is_none();
    let output = tokio::task::spawn_blocking(move || streams.finish(hands_over));
    let output = output.await.unwrap_or_default();
    Ok(Ended { code, stopped, timed_out, output })
}

/// Waits for the end, and passes on what comes meanwhile: signals, the window's size, a person's stop, the time-out.
async fn attend(
    child: &mut Child,
    mut started: Started,
    client: &Client,
    execution_id: &str,
    timeout: Option<Duration>,
    mut ending: Ending<'_>,
    streams: &Streams,
) -> (std::io::Result<std::process::ExitStatus>, Option<&'static str>, bool) {
    let (mut stopping, mut stopped) = (None, None);
    let mut timed_out = false;
    let deadline = timeout.map(|after| Instant::now() + after);
    let asked = stop::requested(client, execution_id);
    tokio::pin!(asked);
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            heard = heard(&mut ending.signals) => match heard {
                Heard::End(signal) | Heard::Other(signal) => forward(child.id(), signal),
                Heard::Resized if streams.resize() => send(child.id(), Signal::WINCH),
                Heard::Resized => {}
            },
            () = &mut asked, if stopping.is_none() => {
                eprintln!("navi-gate: a person stopped this; the command is told to end");
                started.signal(Signal::TERM);
                (stopping, stopped) = (Some(Instant::now() + stop::grace()), Some("TERM"));
            }
            () = ending.cancelled.as_mut(), if stopping.is_none() => {
                started.signal(Signal::TERM);
                (stopping, stopped) = (Some(Instant::now() + stop::grace()), Some("TERM"));
            }
            () = until(deadline), if stopping.is_none() => {
                eprintln!("navi-gate: its time is over; the command is told to end");
                started.signal(Signal::TERM);
                timed_out = true;
                (stopping, stopped) = (Some(Instant::now() + stop::grace()), Some("TERM"));
            }
            () = until(stopping) => {
                started.signal(Signal::KILL);
                (stopping, stopped) = (Some(Instant::now() + Duration::from_secs(1)), Some("KILL"));
            }
        }
    };
    if let Some(until) = stopping {
        // What it left behind is part of it.
        while started.signal(Signal::TERM) && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        started.signal(Signal::KILL);
    }
    (status, stopped, timed_out)
}

async fn heard(signals: &mut Option<&mut Signals>) -> Heard {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// The signals that end a program, those that mean what it wants them to, and the one that tells of a window's new size.
pub struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hangup: unix::Signal,
    quit: unix::Signal,
    user1: unix::Signal,
    user2: unix::Signal,
    window: unix::Signal,
}

impl Signals {
    /// Watches them from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
            window: signal(SignalKind::window_change())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Heard {
        tokio::select! {
            _ = self.interrupt.recv() => Heard::End(Signal::INT),
            _ = self.terminate.recv() => Heard::End(Signal::TERM),
            _ = self.hangup.recv() => Heard::End(Signal::HUP),
            _ = self.quit.recv() => Heard::End(Signal::QUIT),
            _ = self.user1.recv() => Heard::Other(Signal::USR1),
            _ = self.user2.recv() => Heard::Other(Signal::USR2),
            _ = self.window.recv() => Heard::Resized,
        }
    }

    /// The next one that ends a program.
    pub async fn ending(&mut self) -> Signal {
        loop {
            if let Heard::End(signal) = self.next().await {
                return signal;
            }
        }
    }
}

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// One that ends a program.
    End(Signal),
    /// One that means what the command wants it to; while nothing runs, nothing.
    Other(Signal),
    /// The terminal's window has another size.
    Resized,
}

/// Hands a signal on to the command. (A terminal's Ctrl-C and Ctrl-\ reach it by themselves as well.)
fn forward(pid: Option<u32>, signal: Signal) {
    if !matches!(signal, Signal::INT | Signal::QUIT) || !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        send(pid, signal);
    }
}

fn send(pid: Option<u32>, signal: Signal) {
    if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}
