//! `orchestrate PLAN.yaml`: a plan is asked for as a whole; its steps run as soon as what they wait for is done, each under
//! the server's decision; each is verified; what fails undoes what was done, in reverse.
//!
//! The orchestrator decides nothing. What leaves the plan asks again, because the server says so. It knows no emergency
//! of its own either: a bypass in force is the server's answer to a step like any other.

mod back;
mod file;
pub mod part;
mod state;
mod status;
pub mod tool;
mod walk;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use navi_client::api::Client;
use navi_client::enroll::random_text;
use navi_domain::plan::{PLAN_TYPE, Plan};
use navi_protocol::evaluate::Context;
use navi_protocol::executions::FinishRequest;
use serde_json::{Value, json};

use crate::cli::{OrchestrateArgs, OrchestrateCommand};
use crate::config::Config;
use crate::governed::Signals;
use crate::governed::journal;
use crate::permission::{Ask, Denied, obtain};
use crate::progress::Progress;
use crate::text::{one_line, visible};
use crate::{exit, observe, told};
use file::PlanFile;
use state::{Folder, State, Status, StepStatus};
use walk::{End, Walk};

/// What keeps a plan from running.
struct Stop {
    code: exit::Code,
    line: String,
}

impl Stop {
    fn refused(line: impl Into<String>) -> Self {
        Self { code: exit::REFUSED, line: line.into() }
    }
}

/// Runs a plan, goes on with one, or tells of those that this machine knows.
pub async fn orchestrate(args: OrchestrateArgs) -> ExitCode {
    if let Some(OrchestrateCommand::Status { json }) = args.command {
        return status::show(json).await;
    }
    match attempt(&args).await {
        Ok((code, state)) => {
            if args.json {
                println!("{}", status::of(&state, None));
            }
            code
        }
        Err(Stop { code, line }) => {
            if args.json {
                println!("{}", json!({"ran": false, "exit_code": code.0, "message": line}));
            } else {
                eprintln!("navi-gate: {line}");
            }
            code.into()
        }
    }
}

async fn attempt(args: &OrchestrateArgs) -> Result<(ExitCode, State), Stop> {
    let path = args.plan.as_deref().ok_or_else(|| Stop::refused("no plan was given"))?;
    let read = file::read(path).map_err(|mistake| Stop { code: exit::Code(2), line: mistake.to_string() })?;
    if args.check {
        let state = State::new(String::new(), read.source, String::new(), read.plan);
        if !args.json {
            show(&state.plan);
        }
        return Ok((exit::DONE.into(), state));
    }
    let setup = |e: navi_client::ClientError| Stop::refused(one_line(&e));
    let client = Config::load().and_then(|c| c.client()).map_err(setup)?;
    if let Some(folder) = journal::folder().filter(|f| journal::has_left(f)) {
        journal::reconcile(&folder, &client).await;
    }
    let (folder, mut state) = take(args, &read, &client)?;
    let unwritable =
        |e: std::io::Error| Stop::refused(format!("the plan cannot be remembered ({e}); nothing ran"));
    folder.save(&state).map_err(unwritable)?;
    let mut signals =
        Signals::new().map_err(|e| Stop::refused(format!("signals cannot be watched ({e})")))?;
    if let Some(step) = state.undoing.clone() {
        // It died on its way back, so it goes on back.
        let code = finish(&client, &folder, &mut state, End::Failed(step), &mut signals, args.json).await;
        return Ok((code, state));
    }
    begin(args, &client, &folder, &mut state, &mut signals).await?;
    let walk = Walk::new(&client, &folder, read.parallel, args.json);
    let end = walk.to_the_end(&mut state, &mut signals).await.map_err(unwritable)?;
    let code = finish(&client, &folder, &mut state, end, &mut signals, args.json).await;
    Ok((code, state))
}

/// The plan's folder and what is remembered: a new one, or that of the newest plan of the same file that can go on.
fn take(args: &OrchestrateArgs, read: &PlanFile, client: &Client) -> Result<(Folder, State), Stop> {
    let cannot =
        |e: std::io::Error| Stop::refused(format!("the plan cannot be remembered ({e}); nothing ran"));
    if args.resume {
        let same = |s: &State| s.source == read.source && s.url == client.base_url() && s.status.is_open();
        let found = state::all().into_iter().find(same);
        let mut state = found.ok_or_else(|| Stop::refused("there is nothing of this plan to go on with"))?;
        let folder = Folder::take(&state.id).map_err(cannot)?;
        let folder = folder.ok_or_else(|| Stop::refused("another orchestrator runs this plan now"))?;
        match state.undoing {
            None => state.renew(read.plan.clone()),
            Some(_) => state.status = Status::Running,
        }
        return Ok((folder, state));
    }
    let at = chrono::Utc::now().format("%Y%m%dT%H%M%S%3f");
    let id = format!("plan-{at}-{}", random_text(6).map_err(|e| Stop::refused(one_line(&e)))?);
    let folder = Folder::take(&id).map_err(cannot)?;
    let folder = folder.ok_or_else(|| Stop::refused("another orchestrator has the same name"))?;
    let (source, url) = (read.source.clone(), client.base_url().to_owned());
    Ok((folder, State::new(id, source, url, read.plan.clone())))
}

/// Gets the plan's own right to run, unless an earlier one still holds.
async fn begin(
    args: &OrchestrateArgs,
    client: &Client,
    folder: &Folder,
    state: &mut State,
    signals: &mut Signals,
) -> Result<(), Stop> {
    if let Some(plan_id) = &state.plan_id {
        match client.plan(plan_id).await {
            Ok(Some(run)) if run.ended_at.is_none() => return Ok(()),
            Ok(_) => state.plan_id = None,
            Err(error) => return Err(Stop::refused(format!("{}; nothing ran", one_line(&error)))),
        }
    }
    let plan = state.rest();
    if plan.steps.is_empty() {
        return Ok(());
    }
    if !args.json {
        show(&plan);
    }
    let ask = ask(args, state, &plan)?;
    let place = observe::place(&here(&state.source));
    let observe = || place.observed();
    let mut progress = Progress::new(args.json);
    let obtained = {
        let obtaining = obtain(client, &ask, &observe, &mut progress);
        tokio::select! {
            obtained = obtaining => Some(obtained),
            _ = signals.ending() => None,
        }
    };
    let saved =
        |e: std::io::Error| Stop::refused(format!("the plan cannot be remembered ({e}); nothing ran"));
    match obtained {
        Some(Ok(permitted)) => {
            state.plan_id = Some(permitted.execution_id);
            folder.save(state).map_err(saved)
        }
        None => Err(Stop::refused("interrupted; the request stays, go on with --resume")),
        Some(Err(denied)) => {
            // An answer ends this question; the next time is another one.
            state.asked += u32::from(!matches!(denied, Denied::Failed(_) | Denied::Away(_)));
            let refused = matches!(denied, Denied::Rejected(_) | Denied::Edited(_));
            state.status = if refused { Status::Failed } else { Status::Stopped };
            folder.save(state).map_err(saved)?;
            Err(Stop { code: code(&denied), line: format!("{} Nothing ran.", told::explain(&denied)) })
        }
    }
}

fn ask(args: &OrchestrateArgs, state: &State, plan: &Plan) -> Result<Ask, Stop> {
    let place = observe::place(&here(&state.source));
    let cannot = |e: serde_json::Error| Stop::refused(e.to_string());
    Ok(Ask {
        action_type: PLAN_TYPE.to_owned(),
        context: Context {
            args: Some(serde_json::to_value(plan).map_err(cannot)?),
            cwd: Some(here(&state.source).display().to_string()),
            repo: place.repo,
            branch: place.branch,
            session_id: Some(state.id.clone()),
            intent: args.intent.clone(),
            ..Context::default()
        },
        request_key: Some(format!("{}:plan:{}", state.id, state.asked)),
        patience: args.expires.map(|s| Duration::from_secs(u64::from(s))),
        firm: false,
        run_nonce: random_text(16).map_err(|e| Stop::refused(one_line(&e)))?,
        plan: None,
        // An orchestrator that died may be followed by another one as long as the plan covers anything.
        lease_secs: Some((plan.budget.minutes * 60).clamp(60, 86_400)),
    })
}

fn here(source: &Path) -> std::path::PathBuf {
    source.parent().unwrap_or(Path::new("/")).to_owned()
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

/// What will be asked, for the person at this terminal.
fn show(plan: &Plan) {
    let budget = plan.budget;
    eprintln!(
        "navi-gate: plan “{}”: {} steps, at most {} runs within {} minutes",
        visible(&plan.name),
        plan.steps.len(),
        budget.runs,
        budget.minutes
    );
    for step in &plan.steps {
        let what = step.command.as_deref().or(step.tool.as_deref()).unwrap_or_default();
        let after =
            if step.after.is_empty() { String::new() } else { format!(" after {}", step.after.join(", ")) };
        eprintln!("  {}{after}: {}", step.id, visible(what));
        if let Some(verify) = &step.verify {
            eprintln!("    verified by: {}", visible(verify));
        }
    }
}

/// Undoes what is to be undone, reports the plan's end, and remembers it. Whoever ends this program on its way back has it
/// ended at once: what was begun goes on at its runner, and `--resume` goes on from there.
async fn finish(
    client: &Client,
    folder: &Folder,
    state: &mut State,
    mut end: End,
    signals: &mut Signals,
    quiet: bool,
) -> ExitCode {
    if let End::Failed(step) = &end {
        state.undoing = Some(step.clone());
        if let Err(error) = folder.save(state) {
            eprintln!("navi-gate: that it goes back could not be remembered ({error})");
        }
        let step = step.clone();
        let undone = tokio::select! {
            undone = back::undo(client, folder, state, &step, quiet) => Ok(undone),
            signal = signals.ending() => Err(u8::try_from(signal.as_raw()).unwrap_or(15)),
        };
        match undone {
            Ok(undone) => {
                state.undoing = None;
                state.status = if undone { Status::RolledBack } else { Status::Failed };
            }
            Err(signal) => end = End::Interrupted(signal),
        }
    }
    let (status, reported, code) = match &end {
        End::Succeeded => (Status::Succeeded, Some("succeeded"), 0),
        End::Failed(_) => (state.status, Some("failed"), 1),
        End::Stopped => (Status::Stopped, Some("failed"), 1),
        // It goes on with --resume, under the same approval.
        End::Interrupted(signal) => (Status::Stopped, None, 128 + signal),
    };
    state.status = status;
    if let Err(error) = folder.save(state) {
        eprintln!("navi-gate: the plan's end could not be remembered ({error})");
    }
    if let (Some(reported), Some(plan_id)) = (reported, &state.plan_id) {
        let report = FinishRequest {
            status: reported.into(),
            exit_code: Some(i32::from(code)),
            artifacts: artifacts(state, &end),
            run_nonce: None,
        };
        if let Err(error) = client.finish(plan_id, &report).await {
            eprintln!("navi-gate: the plan's end could not be reported: {}", one_line(&error));
        }
    }
    if !quiet {
        eprintln!("navi-gate: plan “{}”: {}", visible(&state.plan.name), words(state, &end));
    }
    ExitCode::from(code)
}

fn artifacts(state: &State, end: &End) -> Value {
    let mut said = json!({"steps": state.steps});
    if let (End::Stopped, Some(fields)) = (end, said.as_object_mut()) {
        fields.insert("stopped".into(), "TERM".into());
    }
    said
}

fn words(state: &State, end: &End) -> String {
    let of = |status: StepStatus| state.steps.values().filter(|s| s.status == status).count();
    let done = format!("{} of {} steps done", of(StepStatus::Done), state.steps.len());
    match end {
        End::Succeeded => "all steps succeeded".to_owned(),
        End::Failed(step) => match (state.status, of(StepStatus::Undone), back::stays(state)) {
            (Status::RolledBack, undone, _) => format!("step {step} failed; {undone} steps were undone"),
            (_, 0, _) => format!("step {step} failed; {done}"),
            (_, undone, stay) => format!("step {step} failed; {undone} steps were undone, {stay} stay"),
        },
        End::Stopped => format!("a person stopped it; {done}. Go on with --resume when it may"),
        End::Interrupted(_) => match &state.undoing {
            Some(step) => {
                format!("interrupted on its way back; {}. Go on with --resume", back::so_far(state, step))
            }
            None => format!("interrupted; {done}. Go on with --resume"),
        },
    }
}
