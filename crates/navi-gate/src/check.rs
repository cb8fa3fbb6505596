//! `check`: a step of a pipeline that must not go on unasked. Waits for people, redeems the permit, and leaves the doing to
//! the steps after it; `finish` reports how that ended.
//!
//! Where the step is one command, `run` is better: it binds the permit to that command and reports by itself.

use std::process::ExitCode;
use std::time::Duration;

use navi_client::ClientError;
use navi_client::enroll::random_text;
use navi_protocol::evaluate::Context;
use navi_protocol::executions::FinishRequest;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{CheckArgs, Ending, FinishArgs};
use crate::config::Config;
use crate::permission::{Ask, Denied, obtain};
use crate::progress::Progress;
use crate::text::{one_line, visible};
use crate::{exit, observe, told};

/// Exit 0: it may go on; otherwise the codes of `run`.
pub async fn check(args: CheckArgs) -> ExitCode {
    match attempt(&args).await {
        Ok(execution) => {
            if args.json {
                println!("{}", json!({"allowed": true, "execution_id": execution}));
            } else {
                println!("allowed; report its end with: navi-gate finish {execution} succeeded|failed");
            }
            exit::DONE.into()
        }
        Err((code, why)) => {
            if args.json {
                println!("{}", json!({"allowed": false, "exit_code": code.0, "message": why}));
            } else {
                eprintln!("navi-gate: {}", visible(&why));
            }
            code.into()
        }
    }
}

async fn attempt(args: &CheckArgs) -> Result<String, (exit::Code, String)> {
    let refused = |e: ClientError| (exit::REFUSED, format!("not allowed: {}", one_line(&e)));
    let client = Config::load().and_then(|config| config.client()).map_err(refused)?;
    let cwd = std::env::current_dir().unwrap_or_default();
    let place = observe::place(&cwd);
    let what = &args.what;
    place
        .agrees(what.repo.as_deref(), what.branch.as_deref())
        .map_err(|why| (exit::REFUSED, format!("not allowed: {why}")))?;
    let ask = Ask {
        action_type: what.action_type.clone().unwrap_or_else(|| "deploy".into()),
        context: Context {
            command: args.command.clone(),
            cwd: Some(cwd.display().to_string()),
            repo: what.repo.clone().or_else(|| place.repo.clone()),
            branch: what.branch.clone().or_else(|| place.branch.clone()),
            environment: what.env.clone(),
            session_id: what.session.clone(),
            intent: what.intent.clone(),
            target_files: what.file.clone(),
            args: args.revision.as_ref().map(|revision| json!({ "revision": revision })),
            ..Context::default()
        },
        request_key: None,
        patience: Some(Duration::from_secs(args.wait)),
        firm: true,
        run_nonce: random_text(16).map_err(refused)?,
        plan: None,
        lease_secs: None,
    };
    let observe = || place.observed();
    let mut progress = Progress::new(args.json);
    let ended = match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => tokio::select! {
            permitted = obtain(&client, &ask, &observe, &mut progress) => Some(permitted),
            _ = terminate.recv() => None,
            _ = interrupt.recv() => None,
        },
        _ => return Err((exit::REFUSED, "not allowed: signals cannot be watched".into())),
    };
    match ended {
        Some(Ok(permitted)) => Ok(permitted.execution_id),
        Some(Err(denied)) => Err((code(&denied), format!("not allowed: {}", told::explain(&denied)))),
        None => {
            if let Some(id) = &progress.approval_id {
                let _ = client.cancel(id).await;
            }
            Err((exit::REFUSED, "not allowed: the step was ended; the request was withdrawn".into()))
        }
    }
}

fn code(denied: &Denied) -> exit::Code {
    match denied {
        // As when it is asked for during a stop.
        Denied::Blocked(_) | Denied::Stopped(_) => exit::BLOCKED,
        Denied::Rejected(_) | Denied::Edited(_) => exit::REJECTED,
        Denied::Expired | Denied::Ended(_) => exit::EXPIRED,
        Denied::Void(_) | Denied::Failed(_) | Denied::Away(_) => exit::REFUSED,
    }
}

/// Reports how it ended.
pub async fn finish(args: FinishArgs) -> ExitCode {
    let status = match args.ending {
        Ending::Succeeded => "succeeded",
        Ending::Failed => "failed",
    };
    let report =
        FinishRequest { status: status.into(), exit_code: None, artifacts: Value::Null, run_nonce: None };
    let reported = match Config::load().and_then(|config| config.client()) {
        Ok(client) => crate::glass::offline::finish(&client, &args.execution, &report).await,
        Err(error) => Err(error),
    };
    match reported {
        Ok(()) => exit::DONE.into(),
        Err(error) => {
            eprintln!("navi-gate: the end could not be reported: {}", one_line(&error));
            exit::REFUSED.into()
        }
    }
}
