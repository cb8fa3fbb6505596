//! `mcp`: the gate before any server of the Model Context Protocol on stdio. `tools/call` asks first and waits; every other
//! line passes as it came, so that what the gate does not know stays unchanged.

mod message;

use std::cell::RefCell;
use std::collections::HashMap;
use std::process::{ExitCode, Stdio};
use std::rc::Rc;
use std::time::Duration;

use navi_client::api::Client;
use navi_client::enroll::random_text;
use navi_domain::action::TargetState;
use navi_protocol::evaluate::Context;
use navi_protocol::executions::FinishRequest;
use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Mutex;
use tokio::task::{AbortHandle, LocalSet};

use crate::cli::McpArgs;
use crate::config::Config;
use crate::exit;
use crate::observe::{self, Place};
use crate::permission::{Ask, obtain};
use crate::text::one_line;
use crate::told::{self, Silent};
use message::Line;

/// Longest line that is read.
const LONGEST: u64 = 16 * 1024 * 1024;
/// How often a client that wants to know is told that the call still waits.
const STILL: Duration = Duration::from_secs(10);

/// Starts the server and stands before it until either side ends.
pub async fn mcp(args: McpArgs) -> ExitCode {
    let started =
        Config::load().and_then(|config| config.client()).map_err(|e| one_line(&e)).and_then(|client| {
            let child = start(&args)?;
            Ok((client, child))
        });
    let (client, mut child) = match started {
        Ok(started) => started,
        Err(why) => {
            eprintln!("navi-gate: {why}");
            return exit::REFUSED.into();
        }
    };
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        eprintln!("navi-gate: the server has no standard input or output");
        return exit::REFUSED.into();
    };
    let place = observe::place(&std::env::current_dir().unwrap_or_default());
    let gate = Rc::new(Gate {
        client,
        server: args.name.unwrap_or_else(|| named(&args.command)),
        patience: Duration::from_secs(args.deadline.max(1)),
        session: random_text(12).unwrap_or_default(),
        place,
        to_server: Mutex::new(Some(input)),
        to_client: Mutex::new(tokio::io::stdout()),
        calls: RefCell::default(),
    });
    let local = LocalSet::new();
    let ended = local.run_until(async {
        let back = tokio::task::spawn_local(Rc::clone(&gate).answers(output));
        let forth = Rc::clone(&gate).requests(tokio::io::stdin());
        tokio::select! {
            () = forth => {
                // The client ended: so does whatever waits for a person, and then the server.
                gate.give_up().await;
                gate.to_server.lock().await.take();
                let ended = child.wait().await;
                let _ = back.await;
                ended
            }
            ended = child.wait() => ended,
        }
    });
    match ended.await {
        Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
        Err(error) => {
            eprintln!("navi-gate: the server is lost: {error}");
            exit::REFUSED.into()
        }
    }
}

fn start(args: &McpArgs) -> Result<Child, String> {
    let (program, rest) = args.command.split_first().ok_or("no server is named")?;
    let mut command = Command::new(program);
    // The gate's credential is not the server's business.
    command.args(rest).env_remove("NAVI_TOKEN").env_remove("NAVI_KEYSTORE");
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
    Waits {
        task: AbortHandle,
        /// The request that people see, once there is one.
        watch: Rc<RefCell<Option<String>>>,
    },
    /// It was passed on.
    Runs { execution: String },
}

struct Gate {
    client: Client,
    server: String,
    patience: Duration,
    session: String,
    place: Place,
    to_server: Mutex<Option<ChildStdin>>,
    to_client: Mutex<tokio::io::Stdout>,
    calls: RefCell<HashMap<String, Call>>,
}

impl Gate {
    /// The client's lines, until it ends.
    async fn requests(self: Rc<Self>, from: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(from);
        while let Some(line) = next_line(&mut lines).await {
            match message::read(&line) {
                Line::Pass => self.pass(&line).await,
                Line::Refused(Some(answer)) => self.tell(&answer).await,
                Line::Refused(None) => eprintln!("[navi] a call without an id was not passed on"),
                Line::Cancelled { id } => {
                    if !self.cancel(&id).await {
                        self.pass(&line).await;
                    }
                }
                Line::Call { id, tool, arguments, progress } => {
                    let watch = Rc::default();
                    let asks =
                        Rc::clone(&self).ask(line, id.clone(), tool, arguments, progress, Rc::clone(&watch));
                    let task = tokio::task::spawn_local(asks).abort_handle();
                    self.calls.borrow_mut().insert(id.to_string(), Call::Waits { task, watch });
                }
            }
        }
    }

    /// The server's lines, until it ends.
    async fn answers(self: Rc<Self>, from: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(from);
        while let Some(line) = next_line(&mut lines).await {
            let over = message::answered(&line).and_then(|(id, failed)| {
                let mut calls = self.calls.borrow_mut();
                match calls.get(&id.to_string()) {
                    Some(Call::Runs { .. }) => Some((calls.remove(&id.to_string())?, failed)),
                    _ => None,
                }
            });
            write(&self.to_client, line.as_bytes()).await;
            if let Some((Call::Runs { execution }, failed)) = over {
                let gate = Rc::clone(&self);
                tokio::task::spawn_local(async move { gate.report(&execution, failed).await });
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
        seen: Rc<RefCell<Option<String>>>,
    ) {
        let decided = self.decide(&tool, arguments, progress.as_ref(), &seen).await;
        match decided {
            Ok(execution) => {
                self.calls.borrow_mut().insert(id.to_string(), Call::Runs { execution });
                self.pass(&line).await;
            }
            Err(why) => {
                self.calls.borrow_mut().remove(&id.to_string());
                self.tell(&message::denied(&id, &why)).await;
            }
        }
    }

    async fn decide(
        &self,
        tool: &str,
        arguments: Value,
        progress: Option<&Value>,
        seen: &Rc<RefCell<Option<String>>>,
    ) -> Result<String, String> {
        let context = Context {
            tool: Some(format!("mcp__{}__{tool}", self.server)),
            args: (!arguments.is_null()).then_some(arguments),
            cwd: std::env::current_dir().ok().map(|cwd| cwd.display().to_string()),
            repo: self.place.repo.clone(),
            branch: self.place.branch.clone(),
            session_id: Some(self.session.clone()),
            ..Context::default()
        };
        let ask = Ask {
            action_type: "mcp_tool".to_owned(),
            context,
            request_key: None,
            patience: Some(self.patience),
            firm: true,
            run_nonce: random_text(16).map_err(|e| one_line(&e))?,
        };
        let observe = || -> TargetState { observe::work_tree(&self.place) };
        let mut watch = Noted { silent: Silent::default(), seen: Rc::clone(seen) };
        let outcome = {
            let mut permitted = std::pin::pin!(obtain(&self.client, &ask, &observe, &mut watch));
            let mut done = 0;
            loop {
                tokio::select! {
                    outcome = &mut permitted => break outcome,
                    () = tokio::time::sleep(STILL) => {
                        done += 1;
                        if let Some(token) = progress {
                            self.tell(&message::progress(token, done)).await;
                        }
                    }
                }
            }
        };
        outcome.map(|permitted| permitted.execution_id).map_err(|denied| told::why(&denied, &watch.silent))
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
        let Some(Call::Waits { task, watch }) = waits else { return false };
        task.abort();
        self.withdraw(&watch).await;
        true
    }

    /// Nobody waits any more: people are not asked in vain, and what they approve later is not run.
    async fn give_up(&self) {
        let calls: Vec<Call> = self.calls.borrow_mut().drain().map(|(_, call)| call).collect();
        for call in calls {
            if let Call::Waits { task, watch } = call {
                task.abort();
                self.withdraw(&watch).await;
            }
        }
    }

    async fn withdraw(&self, watch: &Rc<RefCell<Option<String>>>) {
        let asked = watch.borrow().clone();
        if let Some(id) = asked
            && let Err(error) = self.client.cancel(&id).await
        {
            eprintln!("[navi] the request could not be withdrawn: {}", one_line(&error));
        }
    }

    async fn report(&self, execution: &str, failed: bool) {
        let report = FinishRequest {
            status: if failed { "failed" } else { "succeeded" }.into(),
            exit_code: None,
            artifacts: Value::Null,
        };
        if let Err(error) = self.client.finish(execution, &report).await {
            eprintln!("[navi] the end of the tool call could not be reported: {}", one_line(&error));
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

/// Notes which request waits, so that it can be withdrawn.
struct Noted {
    silent: Silent,
    seen: Rc<RefCell<Option<String>>>,
}

impl crate::permission::Watch for Noted {
    fn waiting(&mut self, approval: &navi_protocol::approvals::ApprovalView) {
        *self.seen.borrow_mut() = Some(approval.id.clone());
    }
    fn still(&mut self, approval: &navi_protocol::approvals::ApprovalView) {
        *self.seen.borrow_mut() = Some(approval.id.clone());
    }
    fn asked(
        &mut self,
        approval: &navi_protocol::approvals::ApprovalView,
        questions: &[&navi_protocol::discussion::Remark],
    ) -> Result<(), String> {
        self.silent.asked(approval, questions)
    }
    fn away(&mut self, _: &str) {}
    fn over(&mut self) {}
}

async fn write(to: &Mutex<tokio::io::Stdout>, line: &[u8]) {
    let _ = write_line(&mut *to.lock().await, line).await;
}

async fn write_line(to: &mut (impl AsyncWrite + Unpin), line: &[u8]) -> std::io::Result<()> {
    to.write_all(line).await?;
    to.write_all(b"\n").await?;
    to.flush().await
}

/// The next line without its end; `None` at the end, or when it is no text or too long.
async fn next_line(from: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
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
        let text = String::from_utf8(line).ok()?;
        let text = text.trim_end_matches(['\n', '\r']);
        if !text.is_empty() {
            return Some(text.to_owned());
        }
    }
}
