//! Somebody wants something undone, or wants to know what that would do. A refusal is recorded too.

use navi_domain::event::EventKind;
use navi_domain::execution::Execution;
use navi_domain::people::Right;
use navi_domain::rollback::{NotOffered, Rollback, RollbackStatus};
use navi_protocol::problem::Code;
use navi_protocol::rollback::{RollbackRequest, RollbackView};
use navi_store::{Change, Record};
use serde_json::json;

use super::{may_see, offered, phase};
use crate::auth::Caller;
use crate::usecase::{Remember, TRIES, commit, event, lost_races, remember};
use crate::view::rollback as view;
use crate::{App, Refusal};

/// Begins a rollback: a runner is to rehearse it.
///
/// # Errors
/// `not_offered` says why not; `forbidden` for what ran for somebody else without the right to roll back.
pub async fn request(
    app: &App,
    caller: &Caller,
    request: &RollbackRequest,
    key: Option<&Remember>,
) -> Result<RollbackView, Refusal> {
    let reason = request.reason.trim();
    if reason.chars().count() > 500 || (reason.is_empty() && !request.dry_run) {
        return Err(Refusal::new(Code::Invalid, "reason must have 1 to 500 characters."));
    }
    for _ in 0..TRIES {
        let execution = wanted(app, request).await?;
        if !may_see(caller, &execution.user) {
            return Err(Refusal::not_found("execution", &execution.id));
        }
        if execution.user != caller.user() && !caller.has(Right::RollBack) {
            let detail = "You may roll back only what ran for you.";
            return Err(Refusal::new(Code::Forbidden, detail));
        }
        if let Some(rollback) = attempt(app, caller, request, (reason, key), execution).await? {
            return Ok(rollback);
        }
    }
    Err(lost_races())
}

async fn attempt(
    app: &App,
    caller: &Caller,
    request: &RollbackRequest,
    (reason, key): (&str, Option<&Remember>),
    execution: Execution,
) -> Result<Option<RollbackView>, Refusal> {
    let unknown = || Refusal::not_found("decision", &execution.decision_id);
    let decision = app.store.decision(&execution.decision_id).await?.ok_or_else(unknown)?;
    let offer = match offered(app, &execution, &decision).await? {
        Ok(offer) => offer,
        Err(why) => return refuse(app, caller, request, &execution, &why).await,
    };
    let now = app.store.now();
    let rollback = Rollback {
        id: app.entropy.id(now)?,
        execution_id: execution.id.clone(),
        action_id: execution.decision_id.clone(),
        action_type: execution.action_type.clone(),
        repo: execution.repo.clone(),
        capture: offer.capture,
        user: caller.user().to_owned(),
        agent: caller.token.agent.clone(),
        token_id: caller.token.id.clone(),
        reason: reason.to_owned(),
        dry_run: request.dry_run,
        status: RollbackStatus::Planning,
        plan: None,
        decision_id: None,
        approval_id: None,
        refused: None,
        run_id: None,
        outcome: None,
        requested_at: now,
        ended_at: None,
        version: 0,
    };
    let links = [
        ("execution_id", execution.id.as_str()),
        ("action_id", execution.decision_id.as_str()),
        ("way_back", rollback.capture.id.as_str()),
    ];
    let payload = json!({
        "reason": reason, "dry_run": request.dry_run, "capture_sha256": rollback.capture.sha256,
        "truth": offer.truth,
    });
    let mut change = Change::default()
        .event(event(EventKind::RollbackRequested, caller, &rollback.id, &links, payload))
        .put(Record::Rollback(rollback.clone()));
    if !request.dry_run {
        // Of two that ask at once, the second meets another version and then the first one's rollback.
        change = change.put(Record::Execution(execution));
    }
    let begun = view::build(&rollback, phase(app, &rollback).await?, now);
    Ok(commit(app, remember(change, key, 200, &begun, now)).await?.map(|_| begun))
}

/// The execution that is meant.
async fn wanted(app: &App, request: &RollbackRequest) -> Result<Execution, Refusal> {
    let found = match (&request.execution_id, &request.action_id, &request.rollback_id) {
        (Some(id), None, None) => (app.store.execution(id).await?, id),
        (None, Some(id), None) => (execution_of(app, id).await?, id),
        (None, None, Some(id)) => (app.store.execution_of_way_back(id).await?, id),
        _ => {
            let detail = "Name one of execution_id, action_id and rollback_id.";
            return Err(Refusal::new(Code::Invalid, detail));
        }
    };
    found.0.ok_or_else(|| Refusal::not_found("execution of", found.1))
}

/// The execution of a decision.
///
/// # Errors
/// The store's refusal.
pub async fn execution_of(app: &App, action_id: &str) -> Result<Option<Execution>, Refusal> {
    let Some(decision) = app.store.decision(action_id).await? else { return Ok(None) };
    let permit = match (&decision.permit_id, &decision.approval_id) {
        (Some(id), _) => app.store.permit(id).await?,
        (None, Some(id)) => app.store.permit_of_approval(id).await?,
        (None, None) => None,
    };
    match permit.and_then(|p| p.execution_id) {
        Some(id) => Ok(app.store.execution(&id).await?),
        None => Ok(None),
    }
}

async fn refuse(
    app: &App,
    caller: &Caller,
    request: &RollbackRequest,
    execution: &Execution,
    why: &NotOffered,
) -> Result<Option<RollbackView>, Refusal> {
    let code = if *why == NotOffered::NothingChanged { Code::NothingToUndo } else { Code::NotOffered };
    let why = why.to_string();
    let links = [("execution_id", execution.id.as_str()), ("action_id", execution.decision_id.as_str())];
    let payload = json!({"why": why, "reason": request.reason, "dry_run": request.dry_run});
    let refused = event(EventKind::RollbackRefused, caller, &execution.id, &links, payload);
    commit(app, Change::default().event(refused)).await?;
    Err(Refusal::new(code, format!("It cannot be rolled back: {why}.")))
}
