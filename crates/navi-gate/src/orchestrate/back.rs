//! Back through the steps: what was done is undone in reverse, by the same way as any rollback: wished for with a reason,
//! decided by the server, carried out where it ran, and recorded.

use std::time::Duration;

use navi_client::ClientError;
use navi_client::api::Client;
use navi_domain::plan::Undo;
use navi_protocol::problem::Code;
use navi_protocol::rollback::{RollbackRequest, RollbackView};

use super::state::{Folder, State, StepState, StepStatus};
use crate::governed::journal;
use crate::text::{one_line, visible};

/// One look lasts at most this long. A rollback that people are asked about waits as long as they may.
const LOOK: Duration = Duration::from_secs(25);
/// A server that is away is asked again after this.
const AWAY: Duration = Duration::from_secs(1);

/// Undoes the step that failed, as far as it ran, and every step that was done, the last one first. `false`: something of
/// what ran stays. Goes on where an orchestrator that died had come to.
pub async fn undo(client: &Client, folder: &Folder, state: &mut State, failed: &str, quiet: bool) -> bool {
    let reason = format!("step {failed} of the plan “{}” failed", state.plan.name);
    let mut undone = false;
    for id in order(state, failed) {
        let settled = state.steps.get(&id).is_some_and(|step| step.settled);
        let runs = state.steps.get(&id).filter(|_| !settled).map(runs).unwrap_or_default();
        for execution in runs {
            match one(client, folder, state, (&id, &execution), &reason, quiet).await {
                Ok(Some(rollback)) => {
                    undone = true;
                    note(folder, state, &id, |step| step.rollback = Some(rollback));
                }
                Ok(None) => say(quiet, &id, "changed nothing that would have to be undone"),
                Err(why) => {
                    say(quiet, &id, &format!("not undone: {why}"));
                    note(folder, state, &id, |step| step.rollback = Some(why));
                    // What came before it may rest on what is still there.
                    return false;
                }
            }
        }
        undone |= state.steps.get(&id).is_some_and(|step| !step.undos.is_empty());
        if settled {
            continue;
        }
        say(quiet, &id, "undone");
        note(folder, state, &id, |step| {
            step.settled = true;
            if step.status == StepStatus::Done {
                step.status = StepStatus::Undone;
            }
        });
    }
    undone && stays(state) == 0
}

/// How many steps left something that was not undone: those that ran and have no way back.
pub fn stays(state: &State) -> usize {
    let stays = |(id, step): &(&String, &StepState)| {
        let kept = state.plan.step(id).is_none_or(|s| s.rollback != Undo::Captured);
        step.status == StepStatus::Done
            || (step.status == StepStatus::Failed && step.execution_id.is_some() && kept)
    };
    state.steps.iter().filter(stays).count()
}

/// The runs of a step, the newest one first.
fn runs(step: &StepState) -> Vec<String> {
    step.execution_id.iter().chain(step.earlier.iter().rev()).cloned().collect()
}

fn note(folder: &Folder, state: &mut State, id: &str, change: impl FnOnce(&mut StepState)) {
    state.steps.get_mut(id).map(change);
    if let Err(error) = folder.save(state) {
        eprintln!("navi-gate: the rollback could not be remembered ({error})");
    }
}

/// How far the way back was gone, by the steps' names.
pub fn so_far(state: &State, failed: &str) -> String {
    let named = |ids: &[&str]| if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") };
    let gone = |(_, step): &(&String, &StepState)| step.settled && !step.undos.is_empty();
    let undone: Vec<&str> = state.steps.iter().filter(gone).map(|(id, _)| id.as_str()).collect();
    let order = order(state, failed);
    let left = order.iter().filter_map(|id| Some((id.as_str(), state.steps.get(id)?)));
    let left: Vec<(&str, &StepState)> = left.filter(|(_, step)| !step.settled).collect();
    let names: Vec<&str> = left.iter().map(|(id, _)| *id).collect();
    let begun: Vec<&str> =
        left.iter().flat_map(|(_, step)| step.undos.values()).map(String::as_str).collect();
    let goes_on = match begun.as_slice() {
        [] => String::new(),
        begun => format!("; begun and no longer waited for: rollback {}", begun.join(", ")),
    };
    format!("undone: {}; not undone: {}{goes_on}", named(&undone), named(&names))
}

/// Which steps, in which order.
fn order(state: &State, failed: &str) -> Vec<String> {
    let undoes = |id: &str| state.plan.step(id).is_some_and(|s| s.rollback == Undo::Captured);
    let mut done: Vec<(u32, String)> = state
        .steps
        .iter()
        .filter(|(id, s)| s.status == StepStatus::Done && undoes(id))
        .map(|(id, s)| (s.order.unwrap_or(0), id.clone()))
        .collect();
    done.sort_by(|a, b| b.cmp(a));
    let first = undoes(failed).then(|| failed.to_owned());
    first.into_iter().chain(done.into_iter().map(|(_, id)| id)).collect()
}

/// One rollback to its end; its id, or why not. `None`: there is nothing to undo.
async fn one(
    client: &Client,
    folder: &Folder,
    state: &mut State,
    (step, execution): (&str, &str),
    reason: &str,
    quiet: bool,
) -> Result<Option<String>, String> {
    let begun = state.steps.get(step).and_then(|s| s.undos.get(execution)).cloned();
    let execution_id = Some(execution.to_owned());
    let wish = RollbackRequest { execution_id, reason: reason.to_owned(), ..RollbackRequest::default() };
    // The same key for as long as this plan lives: where the answer was lost, the rollback that was begun is found.
    let key = format!("{} undoes {execution}", state.id);
    let mut told = false;
    let rollback = loop {
        let rollback = match &begun {
            Some(id) => client.rollback(id, Duration::ZERO, "").await,
            None => {
                // An end that a gate of this machine could not report comes first: a run without one is not undone.
                if let Some(runs) = journal::folder().filter(|runs| journal::has_left(runs)) {
                    journal::reconcile(&runs, client).await;
                }
                client.roll_back_once(&wish, &key).await
            }
        };
        match rollback {
            Ok(rollback) => break rollback,
            Err(ClientError::Refused(problem)) if problem.code == Code::NothingToUndo => return Ok(None),
            Err(ClientError::Unreachable { .. } | ClientError::TimedOut { .. }) => {
                if !std::mem::replace(&mut told, true) {
                    say(quiet, step, "the server is away; it is asked again until it answers");
                }
                tokio::time::sleep(AWAY).await;
            }
            Err(error) => return Err(one_line(&error)),
        }
    };
    note(folder, state, step, |step| {
        step.undos.insert(execution.to_owned(), rollback.id.clone());
    });
    followed(client, rollback, step, quiet).await.map(Some)
}

/// How a rollback that was begun ended.
async fn followed(
    client: &Client,
    mut rollback: RollbackView,
    step: &str,
    quiet: bool,
) -> Result<String, String> {
    let mut told = String::new();
    loop {
        let RollbackView { id, status, why, .. } = &rollback;
        if status == "succeeded" {
            return Ok(id.clone());
        }
        if rollback.over {
            let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            return Err(format!("rollback {id} is {status}{why}"));
        }
        if told != *status {
            say(quiet, step, &format!("its rollback {id} is {status}"));
            told.clone_from(status);
        }
        match client.rollback(id, LOOK, status).await {
            Ok(newer) => rollback = newer,
            Err(ClientError::Unreachable { .. } | ClientError::TimedOut { .. }) => {
                tokio::time::sleep(AWAY).await;
            }
            Err(error) => return Err(one_line(&error)),
        }
    }
}

fn say(quiet: bool, step: &str, what: &str) {
    if !quiet {
        eprintln!("[{step}] {}", visible(what));
    }
}
