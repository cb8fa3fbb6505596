//! The hooks of coding agents' harnesses. Every way out that is not a redeemed permit says `deny`, in the harness's words.
//!
//! The harness runs the tool when a hook times out, dies, or prints plain text. So the gate keeps its own, shorter
//! deadline, prints nothing else on stdout, and turns every failure into a deny.

pub mod harness;
mod state;
mod tools;

use std::io::{Read as _, Write as _};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::FutureExt as _;
use navi_client::enroll::random_text;
use navi_domain::action::TargetState;
use navi_protocol::executions::FinishRequest;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::hook::harness::{Answer, Call, Harness, Moment};
use crate::permission::{Ask, obtain};
use crate::told::{self, Silent};
use crate::{caller, observe};

/// Largest hook input that is read.
const MAX_INPUT: u64 = 16 * 1024 * 1024;

/// Answers one hook call.
pub async fn hook(harness: Harness, deadline: Option<u64>) -> ExitCode {
    // A panic must not look like a failed hook, after which the client would run the tool: it is caught below.
    std::panic::set_hook(Box::new(|panic| eprintln!("[navi] the gate failed: {panic}")));
    let deadline = Duration::from_secs(deadline.unwrap_or_else(|| harness.patience()).max(1));
    let ended = match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => tokio::select! {
            ended = AssertUnwindSafe(answer(harness, deadline)).catch_unwind() => ended.unwrap_or_else(|_| Err("the gate failed".into())),
            () = tokio::time::sleep(deadline) => Err("nobody decided in time; ask again later or do something else".into()),
            () = caller::stopped_reading() => Err("the agent no longer waits".into()),
            _ = terminate.recv() => Err("the gate was ended while it waited".into()),
            _ = interrupt.recv() => Err("the gate was ended while it waited".into()),
        },
        _ => Err("the gate could not watch its signals".to_owned()),
    };
    match ended {
        Ok(answer) => say(&answer),
        Err(reason) => say(&harness.deny(&format!("[navi] Not allowed, and nothing ran: {reason}"))),
    }
}

/// One JSON object on stdout. Where that fails, exit code 2 with a text on stderr blocks as well.
fn say(answer: &Answer) -> ExitCode {
    let Answer::Say(output) = answer else { return ExitCode::SUCCESS };
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{output}").and_then(|()| stdout.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("[navi] Not allowed: the gate could not answer ({error})");
            ExitCode::from(2)
        }
    }
}

async fn answer(harness: Harness, deadline: Duration) -> Result<Answer, String> {
    let call = harness.read(&input().await?)?;
    match call.moment {
        Moment::Before => before(harness, &call, deadline).await,
        Moment::After { failed } => {
            after(&call, failed).await;
            Ok(Answer::Silence)
        }
    }
}

/// The client's input, read on a thread of its own: a client that never closes it must run into the gate's deadline,
/// not past it into the client's, after which the tool would run.
async fn input() -> Result<String, String> {
    let (done, read) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let outcome = std::io::stdin().take(MAX_INPUT).read_to_string(&mut text).map(|_| text);
        let _ = done.send(outcome);
    });
    match read.await {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(format!("the hook's input broke off ({error})")),
        Err(_) => Err("the hook's input could not be read".to_owned()),
    }
}

async fn before(harness: Harness, call: &Call, deadline: Duration) -> Result<Answer, String> {
    let client = Config::load().and_then(|c| c.client()).map_err(|e| crate::text::one_line(&e))?;
    let cwd = call.cwd.clone().map_or_else(std::env::current_dir, Ok).unwrap_or_default();
    let place = observe::place(&cwd);
    let action = tools::describe(harness, &call.tool, &call.input, &cwd);
    let mut context = action.context;
    context.cwd = Some(cwd.display().to_string());
    context.repo.clone_from(&place.repo);
    context.branch.clone_from(&place.branch);
    context.session_id.clone_from(&call.session);
    // After a question the same call is tried again, and still means the request that waits.
    let asked = format!("asked {}", name(call));
    let session = call.session.as_deref().unwrap_or_default();
    let key = state::take(&asked).or_else(|| call.id.as_ref().map(|id| format!("{session}:{id}")));
    let ask = Ask {
        action_type: action.action_type,
        context,
        request_key: key.clone(),
        patience: Some(deadline.saturating_sub(Duration::from_secs(2)).max(Duration::from_secs(1))),
        firm: true,
        run_nonce: random_text(16).map_err(|e| crate::text::one_line(&e))?,
    };
    let observe = || -> TargetState {
        if action.writes.is_empty() { observe::work_tree(&place) } else { observe::files(&action.writes) }
    };
    let mut silent = Silent::default();
    let permitted = obtain(&client, &ask, &observe, &mut silent).await;
    if let (true, Some(key)) = (silent.asked, &key) {
        state::remember(&asked, key);
    }
    let permitted = permitted.map_err(|denied| told::why(&denied, &silent))?;
    state::remember(&running(call), &permitted.execution_id);
    Ok(harness.allow())
}

/// The same call, whether it is made for the first time or again.
fn name(call: &Call) -> String {
    format!("{}\n{}\n{}", call.session.as_deref().unwrap_or_default(), call.tool, call.input)
}

/// Under which name the execution of a call is kept until it ends. Where the harness gives no id, two calls alike at the
/// same time would be taken for each other; only the report of their end depends on it.
fn running(call: &Call) -> String {
    call.id.clone().unwrap_or_else(|| format!("running {}", name(call)))
}

/// Reports the end of a tool call whose permit was redeemed here.
async fn after(call: &Call, failed: bool) {
    let Some(execution) = state::take(&running(call)) else { return };
    let report = FinishRequest {
        status: if failed { "failed" } else { "succeeded" }.into(),
        exit_code: None,
        artifacts: Value::Null,
    };
    let reported = match Config::load().and_then(|c| c.client()) {
        Ok(client) => client.finish(&execution, &report).await.map(|_| ()),
        Err(error) => Err(error),
    };
    if let Err(error) = reported {
        eprintln!("[navi] the end of the tool call could not be reported: {}", crate::text::one_line(&error));
    }
}
