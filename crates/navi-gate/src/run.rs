//! `run -- CMD`: the command line's way to a governed run, and how its outcome is told: exit code, a line, JSON.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use navi_domain::plan::StepRef;
use serde_json::{Value, json};

use crate::cli::RunArgs;
use crate::config::Config;
use crate::governed::Signals;
use crate::governed::run::{self as governed, Caller, Done, Wish};
use crate::governed::streams::Reader;
use crate::library::{Gate, RunError};
use crate::orchestrate::part::call_line;
use crate::progress::Progress;
use crate::text::{quoted, visible};
use crate::{caller, exit};

/// Runs a command under the server's decision.
pub async fn run(args: RunArgs) -> ExitCode {
    let (code, object) = match attempt(&args).await {
        Ok(done) => (ended(&done, args.json), governed::as_json(&done)),
        Err(error) => {
            let code = code(&error);
            let mut object = json!({"ran": false, "exit_code": code.0, "message": error.to_string()});
            if let (Some(fields), Value::Object(more)) = (object.as_object_mut(), more(&error)) {
                fields.extend(more);
            }
            if !args.json {
                eprintln!("navi-gate: {error}");
            }
            (code.into(), object)
        }
    };
    if let Some(file) = &args.part.result
        && let Err(error) = write_whole(file, &object)
    {
        eprintln!("navi-gate: the result could not be written: {error}");
    }
    if args.json {
        println!("{object}");
    }
    code
}

/// All of it or nothing: who reads it never sees a half.
fn write_whole(file: &Path, object: &Value) -> std::io::Result<()> {
    let beside = file.with_extension("part");
    std::fs::write(&beside, object.to_string())?;
    std::fs::rename(&beside, file)
}

async fn attempt(args: &RunArgs) -> Result<Done, RunError> {
    let parent = caller::parent();
    let config = Config::load().map_err(|e| RunError::Refused(crate::text::one_line(&e)))?;
    let gate = Gate::new(&config)?;
    let wish = wish(args)?;
    let mut signals =
        Signals::new().map_err(|e| RunError::Refused(format!("signals cannot be watched ({e})")))?;
    let mut progress = Progress::new(args.json);
    let mut gone = std::pin::pin!(caller::gone(parent));
    let caller = Caller {
        watch: &mut progress,
        signals: Some(&mut signals),
        gone: gone.as_mut(),
        // A command that runs learns by itself that nobody reads its output any more.
        gone_ends_it: false,
    };
    governed::run(gate.through(), &wish, caller).await
}

fn wish(args: &RunArgs) -> Result<Wish, RunError> {
    let cwd = std::env::current_dir()
        .map_err(|e| RunError::Refused(format!("the working directory is not readable ({e})")))?;
    let (what, part) = (&args.what, &args.part);
    let shell = |line: &str| vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()];
    let (command, shown) = match &args.shell {
        // A tool is shown as what it is, so the line that carries it out is made of nothing else.
        _ if part.tool.is_some() => (shell(&call_of(args)?), None),
        Some(line) => (shell(line), Some(line.clone())),
        None => {
            let words: Vec<String> = args.command.iter().map(|a| quoted(a)).collect();
            (args.command.clone(), Some(words.join(" ")))
        }
    };
    let plan = match (&part.plan, &part.step) {
        (Some(plan_id), Some(step)) => {
            Some(StepRef { plan_id: plan_id.clone(), step: step.clone(), phase: part.phase.into() })
        }
        _ => None,
    };
    let tool_args = part.tool_args.as_deref().map(serde_json::from_str).transpose();
    let tool_args =
        tool_args.map_err(|e| RunError::Refused(format!("the tool's arguments are no JSON ({e})")))?;
    Ok(Wish {
        command,
        shown,
        cwd,
        action_type: what.action_type.clone().unwrap_or_else(|| "command_run".into()),
        files: what.file.clone(),
        repo: what.repo.clone(),
        branch: what.branch.clone(),
        environment: what.env.clone(),
        session: what.session.clone(),
        intent: what.intent.clone(),
        tool: part.tool.clone().zip(tool_args),
        plan,
        request_key: part.request_key.clone(),
        patience: args.expires.map(|s| Duration::from_secs(u64::from(s))),
        timeout: args.timeout.map(|s| Duration::from_secs(u64::from(s))),
        keep: args.keep_output,
        verify: args.verify.clone(),
        keep_request: part.keep_request,
        reader: if part.keep_request { Reader::Leaving } else { Reader::User },
        input: true,
        alone: true,
    })
}

/// The line that carries a tool call out.
fn call_of(args: &RunArgs) -> Result<String, RunError> {
    let refused = |why: String| RunError::Refused(why);
    let (Some(tool), Some(with), None, true) =
        (&args.part.tool, &args.part.tool_args, &args.shell, args.command.is_empty())
    else {
        return Err(refused("a tool call is its tool and arguments, and no command beside them".to_owned()));
    };
    let with =
        serde_json::from_str(with).map_err(|e| refused(format!("the tool's arguments are no JSON ({e})")))?;
    call_line(tool, &with).map_err(|e| refused(format!("the tool cannot be called: {e}")))
}

/// Of a command that ran: its own, unless it succeeded and its verification did not.
fn ended(done: &Done, quiet: bool) -> ExitCode {
    if let Some(verified) = done.verified.as_ref().filter(|_| !done.is_good()) {
        match &verified.why {
            Some(why) => eprintln!("navi-gate: it ran, and could not be verified: {}", visible(why)),
            None => eprintln!("navi-gate: it ran, and its verification failed"),
        }
    }
    let code = match (done.ended.code, done.is_good()) {
        (Some(0), false) => 1,
        (code, _) => code.and_then(|c| u8::try_from(c).ok()).unwrap_or(1),
    };
    if !quiet && done.is_good() && exit::is_ambiguous(code) {
        eprintln!("navi-gate: it ran; {code} is the command's own exit code");
    }
    ExitCode::from(code)
}

fn code(error: &RunError) -> exit::Code {
    match error {
        RunError::NotStartable { exit_code, .. } | RunError::NotStarted { exit_code, .. } => {
            exit::Code(*exit_code)
        }
        RunError::Blocked { .. } => exit::BLOCKED,
        RunError::Rejected { .. } | RunError::Edited { .. } => exit::REJECTED,
        RunError::Expired | RunError::Ended { .. } => exit::EXPIRED,
        RunError::Cancelled { .. } | RunError::Refused(_) | RunError::Away(_) => exit::REFUSED,
    }
}

/// What else scripts are told of it.
fn more(error: &RunError) -> Value {
    match error {
        RunError::Blocked { reasons, risk_score, action_id, rule, instead } => {
            json!({"decision": "BLOCKED", "risk_score": risk_score, "reasons": reasons, "action_id": action_id, "rule": rule, "instead": instead})
        }
        RunError::Rejected { by, reason, approval_id } => {
            json!({"decision": "APPROVAL", "status": "rejected", "by": by, "reason": reason, "approval_id": approval_id})
        }
        RunError::Edited { material, approval_id, .. } => {
            json!({"decision": "APPROVAL", "status": "edited", "approval_id": approval_id, "instead": material})
        }
        RunError::Expired => json!({"decision": "APPROVAL", "status": "expired"}),
        RunError::Away(_) => json!({"server_away": true}),
        RunError::Ended { status } => json!({"decision": "APPROVAL", "status": status}),
        _ => json!({}),
    }
}
