//! The hooks of coding agents' harnesses. Every way out that is not a redeemed permit says `deny`, in the harness's words.
//!
//! The harness runs the tool when a hook times out, dies, or prints plain text. So the gate keeps its own, shorter
//! deadline, prints nothing else on stdout, and turns every failure into a deny.

pub mod harness;
pub mod state;
mod tools;

use std::io::{Read as _, Write as _};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use navi_client::enroll::random_text;
use navi_domain::action::TargetState;
use navi_protocol::executions::FinishRequest;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::governed::report;
use crate::hook::harness::{Answer, Call, Harness, Moment};
use crate::permission::{Ask, Denied, obtain};
use crate::told::{self, Silent};
use crate::undo::{Capturing, Held};
use crate::{caller, observe, undo};

/// Set by the one answer that is given.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Largest hook input that is read.
const MAX_INPUT: u64 = 16 * 1024 * 1024;

/// Answers one hook call.
pub async fn hook(harness: Harness, deadline: Option<u64>) -> ExitCode {
    // A panic must not look like a failed hook, after which the client would run the tool: it is caught below.
    std::panic::set_hook(Box::new(|panic| eprintln!("[navi] the gate failed: {panic}")));
    let deadline = Duration::from_secs(deadline.unwrap_or_else(|| harness.patience()).max(1));
    watch_over(harness, deadline);
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

/// Whatever holds the gate up (a disk, a key store), the harness hears a deny before its own time-out: a thread that waits for
/// nothing else says so shortly after the deadline, and ends the gate.
#[expect(
    clippy::disallowed_methods,
    reason = "the thread that would return from main is the one that is held up"
)]
fn watch_over(harness: Harness, deadline: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(deadline + Duration::from_secs(1));
        let code =
            say(&harness.deny("[navi] Not allowed, and nothing ran: the gate was held up past its deadline"));
        // `say` has held the lock of stdout, so an answer is whole or was never begun.
        std::process::exit(if code == ExitCode::SUCCESS { 0 } else { 2 });
    });
}

/// One JSON object on stdout. Where that fails, exit code 2 with a text on stderr blocks as well.
fn say(answer: &Answer) -> ExitCode {
    let Answer::Say(output) = answer else { return ExitCode::SUCCESS };
    let mut stdout = std::io::stdout().lock();
    if ANSWERED.swap(true, Ordering::SeqCst) {
        return ExitCode::SUCCESS;
    }
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
    let about = action.about(&cwd).filter(|_| harness.tells_ends());
    let mut context = action.context;
    let way_back = about.as_ref().and_then(|about| undo::foreseen(&about.subject()));
    context.other.extend(way_back.map(|said| ("way_back".to_owned(), said)));
    context.other.extend([crate::process::told()]);
    context.cwd = Some(cwd.display().to_string());
    context.repo.clone_from(&place.repo);
    context.branch.clone_from(&place.branch);
    context.session_id.clone_from(&call.session);
    // After a question or a stop the same call is tried again, and still means the request that waits.
    let asked = format!("asked {}", name(call));
    let session = call.session.as_deref().unwrap_or_default();
    let came_back = state::take(&asked);
    let key = came_back.clone().or_else(|| call.id.as_ref().map(|id| format!("{session}:{id}")));
    let ask = Ask {
        action_type: action.action_type,
        context,
        request_key: key.clone(),
        patience: Some(deadline.saturating_sub(Duration::from_secs(2)).max(Duration::from_secs(1))),
        firm: true,
        run_nonce: random_text(16).map_err(|e| crate::text::one_line(&e))?,
        plan: None,
        lease_secs: None,
    };
    let observe = || -> BoxFuture<'static, TargetState> {
        let (place, writes) = (place.clone(), action.writes.clone());
        let look =
            move || if writes.is_empty() { observe::work_tree(&place) } else { observe::files(&writes) };
        observe::aside(look).boxed()
    };
    let mut silent = Silent::default();
    // Disk and git work while the server decides: the tool waits for both.
    let early = about.clone().map(|about| Capturing::begin(about, None));
    let permitted = obtain(&client, &ask, &observe, &mut silent).await;
    // The request stays: people may answer it meanwhile, and the same call, tried again, means it.
    let comes_back = match &permitted {
        Err(Denied::Stopped(_)) => true,
        // Tried again too early.
        Err(Denied::Blocked(answer)) => came_back.is_some() && answer.rule == "frozen",
        _ => silent.asked,
    };
    if let (true, Some(key)) = (comes_back, &key) {
        state::remember(&asked, key);
    }
    let permitted = match permitted {
        Ok(permitted) => permitted,
        Err(denied) => {
            forget(early).await;
            return Err(told::why(&denied, &silent));
        }
    };
    let held = match about.filter(|_| silent.approval.is_some()) {
        // People took their time: what was captured then may be old.
        Some(about) => {
            forget(early).await;
            Capturing::begin(about, None).held().await
        }
        None => match early {
            Some(early) => early.held().await,
            None => None,
        },
    };
    if let Some(held) = held {
        state::remember(&captured(call), held.id());
    }
    state::remember(&running(call), &permitted.execution_id);
    crate::glass::offline::leave(&permitted.execution_id);
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

/// Under which name what was captured before a call is kept until it ends.
fn captured(call: &Call) -> String {
    format!("captured {}", running(call))
}

async fn forget(early: Option<Capturing>) {
    if let Some(early) = early {
        early.discard().await;
    }
}

/// Reports the end of a tool call whose permit was redeemed here, with what undoes it.
async fn after(call: &Call, failed: bool) {
    let held = state::take(&captured(call)).and_then(|id| undo::reopen(&id));
    let Some(execution) = state::take(&running(call)) else {
        return held.into_iter().for_each(Held::discard);
    };
    let mut report = FinishRequest {
        status: if failed { "failed" } else { "succeeded" }.into(),
        exit_code: None,
        artifacts: Value::Null,
        run_nonce: None,
    };
    if let Some(held) = held {
        report::with_capture(&mut report, &held.seal(None).await);
    }
    let reported = match Config::load().and_then(|c| c.client()) {
        Ok(client) => crate::glass::offline::finish(&client, &execution, &report).await,
        Err(error) => Err(error),
    };
    if let Err(error) = reported {
        eprintln!("[navi] the end of the tool call could not be reported: {}", crate::text::one_line(&error));
    }
}
