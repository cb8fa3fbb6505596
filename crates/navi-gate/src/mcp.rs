//! `mcp`: the gate before any server of the Model Context Protocol, on stdio or over HTTP. `tools/call` asks first and
//! waits; every other message passes as it came, so that what the gate does not know stays unchanged.

mod desk;
mod http;
mod message;

use std::cell::RefCell;
use std::collections::HashMap;
use std::process::{ExitCode, Stdio};
use std::rc::Rc;
use std::time::Duration;

use navi_client::enroll::random_text;
use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Mutex;
use tokio::task::{AbortHandle, JoinHandle, LocalSet};

use crate::cli::McpArgs;
use crate::config::Config;
use crate::exit;
use crate::governed::Signals;
use crate::observe;
use crate::stop;
use crate::text::one_line;
use desk::{Desk, Seen};
use message::Line;

/// Longest line that is read.
const LONGEST: u64 = 16 * 1024 * 1024;
/// How long what an ended server wrote is still read.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long the last reports may take.
const LAST_REPORTS: Duration = Duration::from_secs(10);

/// Stands before the server until either side ends.
pub async fn mcp(args: McpArgs) -> ExitCode {
    let ended = match (desk(&args), args.http) {
        (Ok(desk), Some(url)) => http::serve(desk, &url, args.listen).await,
        (Ok(desk), None) => Ok(stdio(desk, &args.command).await),
        (Err(why), _) => Err(why),
    };
    ended.unwrap_or_else(|why| {
        eprintln!("navi-gate: {why}");
        exit::REFUSED.into()
    })
}

fn desk(args: &McpArgs) -> Result<Desk, String> {
    let client = Config::load().and_then(|config| config.client()).map_err(|e| one_line(&e))?;
    let place = observe::place(&std::env::current_dir().unwrap_or_default());
    let server = args.name.clone().unwrap_or_else(|| match &args.http {
        Some(url) => url.host_str().unwrap_or("server").to_owned(),
        None => named(&args.command),
    });
    Ok(Desk { client, server, patience: Duration::from_secs(args.deadline.max(1)), place })
}

/// Starts the server and stands between its lines and the client's.
async fn stdio(desk: Desk, command: &[std::ffi::OsString]) -> ExitCode {
    let mut child = match start(command) {
        Ok(child) => child,
        Err(why) => {
            eprintln!("navi-gate: {why}");
            return exit::REFUSED.into();
        }
    };
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        eprintln!("navi-gate: the server has no standard input or output");
        return exit::REFUSED.into();
    };
    let gate = Rc::new(Gate {
        desk,
        session: random_text(12).unwrap_or_default(),
        to_server: Mutex::new(Some(input)),
        to_client: Mutex::new(tokio::io::stdout()),
        calls: RefCell::default(),
        reports: RefCell::default(),
    });
    let Ok(mut signals) = Signals::new() else {
        eprintln!("navi-gate: signals cannot be watched");
        return exit::REFUSED.into();
    };
    let local = LocalSet::new();
    let ended = local.run_until(async {
        let back = tokio::task::spawn_local(Rc::clone(&gate).answers(output));
        let forth = Rc::clone(&gate).requests(tokio::io::stdin());
        let (client_ended, ended) = tokio::select! {
            () = forth => (true, None),
            _ = signals.ending() => (false, None),
            ended = child.wait() => (false, Some(ended)),
        };
        if client_ended {
            // It said all that it has to say and may still read. What was just asked is decided at once, unless a person is.
            tokio::select! {
                () = gate.asked() => {}
                () = crate::caller::stopped_reading() => {}
                _ = signals.ending() => {}
                () = tokio::time::sleep(LAST_WORDS) => {}
            }
        }
        // Whatever waits for a person is over, and then the server is.
        gate.give_up().await;
        gate.to_server.lock().await.take();
        let ended = match ended {
            Some(ended) => ended,
            None => tokio::select! {
                ended = child.wait() => ended,
                _ = signals.ending() => child.kill().await.and(child.wait().await),
            },
        };
        // What it said before it ended is passed on; a program of its own may hold the pipe open for ever.
        let _ = tokio::time::timeout(LAST_WORDS, back).await;
        gate.settle().await;
        ended
    });
    match ended.await {
        Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
        Err(error) => {
            eprintln!("navi-gate: the server is lost: {error}");
            exit::REFUSED.into()
        }
    }
}

fn start(command: &[std::ffi::OsString]) -> Result<Child, String> {
    let (program, rest) = command.split_first().ok_or("no server is named")?;
    let mut command = Command::new(program);
    // The gate's credential is not the server's business.
    command.args(rest);
    crate::governed::secrets::withhold(command.as_std_mut());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    command.spawn().map_err(|error| format!("cannot start {}: {error}", program.to_string_lossy()))
}

fn named(command: &[std::ffi::OsString]) -> String {
    let program = command.first().map(std::path::Path::new).and_then(std::path::Path::file_name);
    program.map_or_else(|| "server".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// A call that was not answered yet.
enum Call {
    /// It waits for people.
    Waits { task: AbortHandle, seen: Seen },
    /// It was passed on; `stop` watches whether a person stops it.
    Runs { execution: String, stop: AbortHandle },
}

struct Gate {
    desk: Desk,
    session: String,
    to_server: Mutex<Option<ChildStdin>>,
    to_client: Mutex<tokio::io::Stdout>,
    calls: RefCell<HashMap<String, Call>>,
    /// Ends that are being reported.
    reports: RefCell<Vec<JoinHandle<()>>>,
}

impl Gate {
    /// The client's lines, until it ends.
    async fn requests(self: Rc<Self>, from: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(from);
        while let Some(line) = next_line(&mut lines).await {
            // A reader that is less strict than JSON could find a call in it.
            let Ok(line) = String::from_utf8(line) else {
                self.tell(&message::unreadable()).await;
                continue;
            };
            match message::read(&line) {
                Line::Pass => self.pass(&line).await,
                Line::Refused(Some(answer)) => self.tell(&answer).await,
                Line::Refused(None) => eprintln!("[navi] a call without an id was not passed on"),
                Line::Cancelled { id } => {
                    if !self.cancel(&id).await {
                        self.pass(&line).await;
                    }
                }
                // Which of the two an answer or a cancellation means, nobody could tell.
                Line::Call { id, .. } if self.calls.borrow().contains_key(&id.to_string()) => {
                    self.tell(&message::in_use(&id)).await;
                }
                Line::Call { id, tool, arguments, progress } => {
                    let seen = Rc::default();
                    let asks =
                        Rc::clone(&self).ask(line, id.clone(), tool, arguments, progress, Rc::clone(&seen));
                    let task = tokio::task::spawn_local(asks).abort_handle();
                    self.calls.borrow_mut().insert(id.to_string(), Call::Waits { task, seen });
                }
            }
        }
    }

    /// The server's lines, until it ends.
    async fn answers(self: Rc<Self>, from: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(from);
        while let Some(line) = next_line(&mut lines).await {
            let told = std::str::from_utf8(&line).ok().and_then(message::answered);
            let over = told.and_then(|(id, failed)| {
                let mut calls = self.calls.borrow_mut();
                match calls.get(&id.to_string()) {
                    Some(Call::Runs { .. }) => Some((calls.remove(&id.to_string())?, failed)),
                    _ => None,
                }
            });
            write(&self.to_client, &line).await;
            if let Some((Call::Runs { execution, stop }, failed)) = over {
                stop.abort();
                self.report(execution, Some(failed));
            }
        }
    }

    async fn ask(
        self: Rc<Self>,
        line: String,
        id: Value,
        tool: String,
        arguments: Value,
        progress: Option<Value>,
        seen: Seen,
    ) {
        let still = async |done| {
            if let Some(token) = &progress {
                self.tell(&message::progress(token, done)).await;
            }
        };
        let decided = self.desk.decide((&tool, arguments), &self.session, &seen, still).await;
        match decided {
            Ok(execution) => {
                let stopped = Rc::clone(&self).stopped(id.clone(), execution.clone());
                let stop = tokio::task::spawn_local(stopped).abort_handle();
                self.calls.borrow_mut().insert(id.to_string(), Call::Runs { execution, stop });
                self.pass(&line).await;
            }
            Err(why) => {
                self.calls.borrow_mut().remove(&id.to_string());
                self.tell(&message::denied(&id, &why)).await;
            }
        }
    }

    /// Waits for a person to stop a call that runs, and then ends it as far as the protocol goes: the server is told that it is
    /// cancelled and answers no more, so the client is answered here. How far the tool came, nobody can tell.
    async fn stopped(self: Rc<Self>, id: Value, execution: String) {
        stop::requested(&self.desk.client, &execution).await;
        if self.calls.borrow_mut().remove(&id.to_string()).is_none() {
            return;
        }
        self.pass(&message::cancelled(&id).to_string()).await;
        self.tell(&message::stopped(&id)).await;
        self.report(execution, None);
    }

    /// Ends a wait that the client gave up; whether there was one.
    async fn cancel(&self, id: &Value) -> bool {
        let waits = {
            let mut calls = self.calls.borrow_mut();
            match calls.get(&id.to_string()) {
                Some(Call::Waits { .. }) => calls.remove(&id.to_string()),
                _ => None,
            }
        };
        let Some(Call::Waits { task, seen }) = waits else { return false };
        task.abort();
        self.desk.withdraw(&seen).await;
        true
    }

    /// Ends when every call is decided, or waits for people.
    async fn asked(&self) {
        let undecided = |call: &Call| matches!(call, Call::Waits { seen, .. } if seen.borrow().is_none());
        while self.calls.borrow().values().any(undecided) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Nobody waits any more: people are not asked in vain, and what they approve later is not run.
    async fn give_up(&self) {
        let waits: Vec<_> =
            self.calls.borrow_mut().extract_if(|_, call| matches!(call, Call::Waits { .. })).collect();
        for (_, call) in waits {
            if let Call::Waits { task, seen } = call {
                task.abort();
                self.desk.withdraw(&seen).await;
            }
        }
    }

    /// Reports how a call ended, beside what passes.
    fn report(self: &Rc<Self>, execution: String, failed: Option<bool>) {
        let gate = Rc::clone(self);
        let report = async move { desk::report(&gate.desk.client, &execution, failed).await };
        let mut reports = self.reports.borrow_mut();
        reports.retain(|report| !report.is_finished());
        reports.push(tokio::task::spawn_local(report));
    }

    /// The server ended: nobody can tell of what it had not answered. Waits until everything is reported, or that fails.
    async fn settle(self: &Rc<Self>) {
        let open: Vec<_> = self.calls.borrow_mut().drain().collect();
        for (_, call) in open {
            if let Call::Runs { execution, stop } = call {
                stop.abort();
                self.report(execution, None);
            }
        }
        let reports = std::mem::take(&mut *self.reports.borrow_mut());
        let all = futures_util::future::join_all(reports);
        if tokio::time::timeout(LAST_REPORTS, all).await.is_err() {
            eprintln!("[navi] not every call's end could be reported; the server will call it unknown");
        }
    }

    async fn pass(&self, line: &str) {
        if let Some(server) = self.to_server.lock().await.as_mut() {
            let _ = write_line(server, line.as_bytes()).await;
        }
    }

    async fn tell(&self, message: &Value) {
        write(&self.to_client, message.to_string().as_bytes()).await;
    }
}

async fn write(to: &Mutex<tokio::io::Stdout>, line: &[u8]) {
    let _ = write_line(&mut *to.lock().await, line).await;
}

async fn write_line(to: &mut (impl AsyncWrite + Unpin), line: &[u8]) -> std::io::Result<()> {
    to.write_all(line).await?;
    to.write_all(b"\n").await?;
    to.flush().await
}

/// The next line without its end; `None` at the end, or when it is too long.
async fn next_line(from: &mut BufReader<impl AsyncRead + Unpin>) -> Option<Vec<u8>> {
    loop {
        let mut line = Vec::new();
        let read = (&mut *from).take(LONGEST).read_until(b'\n', &mut line).await.ok()?;
        if read == 0 {
            return None;
        }
        if line.last() != Some(&b'\n') && line.len() as u64 >= LONGEST {
            eprintln!("[navi] a line of more than {LONGEST} bytes ends the connection");
            return None;
        }
        while line.pop_if(|last| matches!(last, b'\n' | b'\r')).is_some() {}
        if !line.is_empty() {
            return Some(line);
        }
    }
}
