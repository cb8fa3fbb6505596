//! `run -- CMD`: evaluate → wait → redeem → run → report.

use std::process::{ExitCode, Stdio};
use std::time::Duration;

use navi_client::api::Client;
use navi_client::enroll::random_text;
use navi_protocol::evaluate::Context;
use navi_protocol::executions::FinishRequest;
use rustix::process::Signal;
use serde_json::json;
use tokio::process::Command;
use tokio::signal::unix::{self, SignalKind, signal};

use crate::cli::RunArgs;
use crate::config::Config;
use crate::permission::{Ask, Denied, Permitted, instead, obtain};
use crate::progress::Progress;
use crate::stop::{self, Started};
use crate::text::{quoted, visible};
use crate::{caller, exit, observe};

/// Runs a command under the server's decision.
pub async fn run(args: RunArgs) -> ExitCode {
    match attempt(&args).await {
        Ok(code) => code,
        Err(Stop { code, line, more }) => {
            if args.json {
                let mut object = json!({"ran": false, "exit_code": code.0, "message": line});
                if let (Some(fields), Some(more)) = (object.as_object_mut(), more.as_object()) {
                    fields.extend(more.clone());
                }
                println!("{object}");
            } else {
                eprintln!("navi-gate: {line}");
            }
            code.into()
        }
    }
}

/// Why nothing ran.
struct Stop {
    code: exit::Code,
    line: String,
    more: serde_json::Value,
}

impl Stop {
    fn refused(line: impl Into<String>) -> Self {
        Self { code: exit::REFUSED, line: format!("{}; nothing ran", line.into()), more: json!({}) }
    }
}

impl From<Denied> for Stop {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Blocked(answer) => Self {
                code: exit::BLOCKED,
                line: format!("blocked: {}; nothing ran", visible(&answer.reasons.join("; "))),
                more: json!({"decision": "BLOCKED", "risk_score": answer.risk_score, "reasons": answer.reasons, "action_id": answer.action_id}),
            },
            Denied::Rejected(approval) => {
                let by = approval.votes.iter().rev().find(|v| v.verdict == "reject");
                let who = by.map_or("a person", |v| v.user.as_str());
                let why =
                    by.map(|v| v.reason.as_str()).filter(|r| !r.is_empty()).unwrap_or("no reason given");
                Self {
                    code: exit::REJECTED,
                    line: format!("rejected by {}: {}; nothing ran", visible(who), visible(why)),
                    more: json!({"decision": "APPROVAL", "status": "rejected", "by": who, "reason": why, "approval_id": approval.id}),
                }
            }
            Denied::Edited(approval) => Self {
                code: exit::REJECTED,
                line: format!("{}; nothing ran", instead(&approval)),
                more: json!({"decision": "APPROVAL", "status": "edited", "approval_id": approval.id, "instead": approval.material}),
            },
            Denied::Expired => Self {
                code: exit::EXPIRED,
                line: "nobody decided in time; nothing ran".into(),
                more: json!({"decision": "APPROVAL", "status": "expired"}),
            },
            Denied::Ended(status) => Self {
                code: exit::EXPIRED,
                line: format!("the request was {}; nothing ran", visible(&status)),
                more: json!({"decision": "APPROVAL", "status": status}),
            },
            Denied::Failed(line) => Self::refused(line),
        }
    }
}

async fn attempt(args: &RunArgs) -> Result<ExitCode, Stop> {
    let parent = caller::parent();
    let setup = |e: navi_client::ClientError| Stop::refused(crate::text::one_line(&e));
    let client = Config::load().and_then(|c| c.client()).map_err(setup)?;
    let cwd = std::env::current_dir()
        .map_err(|e| Stop::refused(format!("the working directory is not readable ({e})")))?;
    let place = observe::place(&cwd);
    let command: Vec<String> = args.command.iter().map(|a| quoted(a)).collect();
    let ask = Ask {
        action_type: args.what.action_type.clone().unwrap_or_else(|| "command_run".into()),
        context: Context {
            command: Some(command.join(" ")),
            cwd: Some(cwd.display().to_string()),
            repo: args.what.repo.clone().or_else(|| place.repo.clone()),
            branch: args.what.branch.clone().or_else(|| place.branch.clone()),
            environment: args.what.env.clone(),
            session_id: args.what.session.clone(),
            intent: args.what.intent.clone(),
            target_files: args.what.file.clone(),
            ..Context::default()
        },
        request_key: None,
        patience: args.expires.map(|s| Duration::from_secs(u64::from(s))),
        firm: false,
        run_nonce: random_text(16).map_err(setup)?,
    };
    let mut signals =
        Signals::new().map_err(|e| Stop::refused(format!("signals cannot be watched ({e})")))?;
    let mut progress = Progress::new(args.json);
    let observe = || observe::work_tree(&place);
    let permitted = {
        let obtaining = obtain(&client, &ask, &observe, &mut progress);
        tokio::select! {
            permitted = obtaining => Some(permitted),
            _ = signals.any() => None,
            () = caller::gone(parent) => None,
        }
    };
    let Some(permitted) = permitted else {
        // Nobody waits any more, so nothing may run later.
        if let Some(id) = &progress.approval_id {
            let _ = client.cancel(id).await;
        }
        return Err(Stop::refused("interrupted, or nobody waits any more; the request was withdrawn"));
    };
    let permitted = permitted?;
    start(args, &client, &permitted, &mut signals).await
}

async fn start(
    args: &RunArgs,
    client: &Client,
    permitted: &Permitted,
    signals: &mut Signals,
) -> Result<ExitCode, Stop> {
    let Some((program, rest)) = args.command.split_first() else {
        return Err(Stop::refused("no command was given"));
    };
    stop::adopt_orphans();
    let child = Command::new(program).args(rest).stdin(Stdio::inherit()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            let artifacts = json!({"error": error.to_string()});
            report(client, permitted, None, artifacts).await;
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            eprintln!("navi-gate: {} could not be started: {error}", visible(program));
            return Ok(ExitCode::from(if missing { 127 } else { 126 }));
        }
    };
    let (mut started, mut stopping, mut stopped) = (Started::default(), None, None);
    let asked = stop::requested(client, &permitted.execution_id);
    tokio::pin!(asked);
    let status = loop {
        let killing = async {
            match stopping {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            status = child.wait() => break status,
            number = signals.any() => forward(child.id(), number),
            () = &mut asked, if stopping.is_none() => {
                eprintln!("navi-gate: a person stopped this; the command is told to end");
                started.signal(Signal::TERM);
                (stopping, stopped) = (Some(tokio::time::Instant::now() + stop::grace()), Some("TERM"));
            }
            () = killing => {
                started.signal(Signal::KILL);
                (stopping, stopped) = (Some(tokio::time::Instant::now() + Duration::from_secs(1)), Some("KILL"));
            }
        }
    };
    if let Some(until) = stopping {
        // What it left behind is part of it.
        while started.signal(Signal::TERM) && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        started.signal(Signal::KILL);
    }
    let code = match &status {
        Ok(status) => {
            use std::os::unix::process::ExitStatusExt as _;
            status.code().or_else(|| status.signal().map(|s| 128 + s))
        }
        Err(_) => None,
    };
    let artifacts = stopped.map_or(json!({}), |signal| json!({"stopped": signal}));
    report(client, permitted, code, artifacts).await;
    if args.json {
        let id = &permitted.execution_id;
        println!(
            "{}",
            json!({"ran": true, "exit_code": code, "execution_id": id, "stopped": stopped.is_some()})
        );
    }
    Ok(ExitCode::from(code.and_then(|c| u8::try_from(c).ok()).unwrap_or(1)))
}

/// Reports the end. The command ran whatever the server says now, so a failing report only warns.
async fn report(client: &Client, permitted: &Permitted, code: Option<i32>, artifacts: serde_json::Value) {
    let status = match code {
        Some(0) => "succeeded",
        Some(_) => "failed",
        None if artifacts.get("error").is_some() => "failed",
        None => "unknown",
    };
    let request = FinishRequest { status: status.into(), exit_code: code, artifacts };
    if let Err(error) = client.finish(&permitted.execution_id, &request).await {
        eprintln!("navi-gate: the end of the run could not be reported: {}", crate::text::one_line(&error));
    }
}

/// The signals that end a program.
struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hangup: unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    async fn any(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "INT",
            _ = self.terminate.recv() => "TERM",
            _ = self.hangup.recv() => "HUP",
        }
    }
}

/// Hands a signal on to the command. (A terminal's Ctrl-C reaches it by itself as well.)
fn forward(pid: Option<u32>, name: &'static str) {
    if let Some(pid) = pid.filter(|_| name != "INT" || !std::io::IsTerminal::is_terminal(&std::io::stdin())) {
        let _ = std::process::Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
    }
}
