//! A runner reports how a rollback ended: the rollback and its own execution end in one commit.

use navi_domain::event::EventKind;
use navi_domain::execution::ExecutionStatus;
use navi_domain::rollback::{Outcome, Rollback};
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::at_place;
use crate::auth::Caller;
use crate::usecase::{TRIES, commit, event, lost_races};
use crate::{App, Refusal};

/// Ends it. The same report twice is harmless; an unknown end may become known.
///
/// # Errors
/// `already_ended` when it ended otherwise.
pub async fn end(
    app: &App,
    caller: &Caller,
    id: &str,
    place_key: &str,
    outcome: &Outcome,
) -> Result<Rollback, Refusal> {
    for _ in 0..TRIES {
        let rollback = at_place(app, caller, id, place_key).await?;
        let now = app.store.now();
        let step = |e: navi_domain::rollback::StepError| Refusal::new(Code::AlreadyEnded, format!("{e}."));
        let Some(ended) = rollback.ended(outcome.clone(), now).map_err(step)? else { return Ok(rollback) };
        let links = [
            ("execution_id", ended.execution_id.as_str()),
            ("action_id", ended.action_id.as_str()),
            ("decision_id", ended.decision_id.as_deref().unwrap_or_default()),
            ("run_id", ended.run_id.as_deref().unwrap_or_default()),
        ];
        let payload = json!({"outcome": outcome, "status": ended.status});
        let mut change = Change::default()
            .event(event(EventKind::RollbackFinished, caller, id, &links, payload))
            .put(Record::Rollback(ended.clone()));
        change = with_run(app, caller, change, &ended, outcome).await?;
        if commit(app, change).await?.is_some() {
            return Ok(ended);
        }
    }
    Err(lost_races())
}

/// Its own execution ends too, unless somebody gave it up before.
async fn with_run(
    app: &App,
    caller: &Caller,
    change: Change,
    ended: &Rollback,
    outcome: &Outcome,
) -> Result<Change, Refusal> {
    let Some(run_id) = &ended.run_id else { return Ok(change) };
    let Some(run) = app.store.execution(run_id).await? else { return Ok(change) };
    let (status, code) = match outcome.success {
        Some(true) => (ExecutionStatus::Succeeded, Some(0)),
        Some(false) => (ExecutionStatus::Failed, Some(1)),
        None => (ExecutionStatus::Unknown, None),
    };
    let artifacts = json!({"rollback": outcome});
    let Ok(Some(run)) = run.finish(status, code, artifacts.clone(), app.store.now()) else {
        return Ok(change);
    };
    let permit = app.store.permit(&run.permit_id).await?;
    let links = [
        ("permit_id", run.permit_id.as_str()),
        ("action_id", run.decision_id.as_str()),
        ("approval_id", run.approval_id.as_deref().unwrap_or_default()),
        ("digest", permit.as_ref().map_or("", |p| p.digest.as_str())),
        ("policy_hash", permit.as_ref().map_or("", |p| p.policy_hash.as_str())),
        ("rollback", ended.id.as_str()),
    ];
    let payload = json!({"status": status, "exit_code": code, "artifacts": artifacts.to_string()});
    let finished = event(EventKind::ExecutionFinished, caller, run_id, &links, payload);
    Ok(change.event(finished).put(Record::Execution(run)))
}
