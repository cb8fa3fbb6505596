//! A runner begins: the permit is consumed for exactly the plan that was decided, and for the state it rests on.

use navi_domain::canonical;
use navi_domain::decision::DecisionRecord;
use navi_domain::event::EventKind;
use navi_domain::execution::Execution;
use navi_domain::permit::{Permit, Redeem, RedeemRefusal};
use navi_domain::rollback::{Rollback, Windows};
use navi_protocol::problem::Code;
use navi_protocol::rollback::StartRequest;
use navi_store::{Change, Record};
use serde_json::json;

use super::{at_place, permit_of, phase};
use crate::auth::Caller;
use crate::usecase::{TRIES, commit, evaluate, event, freeze, lost_races, redeem};
use crate::{App, Refusal};

/// Begins. The same `run_nonce` returns the same execution.
///
/// # Errors
/// A refusal; then nothing may be undone. What changed since it was decided ends the rollback.
pub async fn start(
    app: &App,
    caller: &Caller,
    id: &str,
    request: &StartRequest,
) -> Result<Rollback, Refusal> {
    if request.run_nonce.len() < 8 || request.run_nonce.len() > 200 {
        return Err(Refusal::new(Code::Invalid, "run_nonce must have 8 to 200 characters."));
    }
    for _ in 0..TRIES {
        let rollback = at_place(app, caller, id, &request.place_key).await?;
        let unready = |why: String| Refusal::new(Code::NotOffered, why);
        let (Some(decision_id), Some(permit)) = (&rollback.decision_id, permit_of(app, &rollback).await?)
        else {
            return Err(unready("The rollback has not been decided, or not in its favour.".to_owned()));
        };
        let unknown = || Refusal::not_found("decision", decision_id);
        let record = app.store.decision(&permit.decision_id).await?.ok_or_else(unknown)?;
        if let Some(begun) = attempt(app, caller, request, &rollback, &permit, &record).await? {
            return Ok(begun);
        }
    }
    Err(lost_races())
}

async fn attempt(
    app: &App,
    caller: &Caller,
    request: &StartRequest,
    rollback: &Rollback,
    permit: &Permit,
    record: &DecisionRecord,
) -> Result<Option<Rollback>, Refusal> {
    let now = app.store.now();
    let digest = canonical::digest(&record.action, &redeem::salt(record))?;
    let id = app.entropy.id(now)?;
    let used = match permit.redeem(&digest, &request.plan.target_state, &request.run_nonce, &id, now) {
        Ok(Redeem::Replay(run)) if rollback.run_id.as_ref() == Some(&run) => {
            return Ok(Some(rollback.clone()));
        }
        Ok(Redeem::Replay(_)) => return Err(RedeemRefusal::AlreadyRedeemed.into()),
        Err(RedeemRefusal::TargetStateChanged) => {
            let why = "the target changed since it was decided; ask again";
            return refuse(app, caller, rollback, why, Code::TargetStateChanged).await;
        }
        Err(refusal) => return Err(refusal.into()),
        Ok(Redeem::Start(used)) => *used,
    };
    let decided = rollback.plan.as_ref().map(navi_domain::rollback::Plan::sha256).transpose()?;
    if decided != Some(request.plan.sha256()?) {
        let why = "what a runner would do now is not what was decided; ask again";
        return refuse(app, caller, rollback, why, Code::DigestMismatch).await;
    }
    let rules = app.rules.newest(app.store.as_ref()).await?;
    if let Some(undone) = app.store.execution(&rollback.execution_id).await? {
        let windows = Windows(&rules.settings.rollback_minutes);
        if now >= windows.closes_at(&undone.action_type, undone.finished_at.unwrap_or(undone.started_at)) {
            return refuse(app, caller, rollback, "its window closed while it waited", Code::NotOffered)
                .await;
        }
    }
    if let Some(why) = redeem::no_longer(app, record).await? {
        redeem::revoke(app, permit, why).await?;
        return Ok(None);
    }
    freeze::refuse_frozen(&rules.freezes, record.action.agent.as_deref(), record.action.repo.as_deref())?;
    redeem::signed(app, permit).await?;
    let execution = evaluate::execution(id, &used, record, caller, None, now);
    let begun =
        rollback.started(&execution.id).map_err(|e| Refusal::new(Code::NotOffered, format!("{e}.")))?;
    let (frozen, seen) = rules.freezes_read();
    let change = Change::default()
        .expect(frozen, seen)
        .put(Record::Permit(used.clone()))
        .put(Record::Execution(execution.clone()))
        .put(Record::Rollback(begun.clone()));
    let change = told(caller, change, &begun, &used, &execution, request);
    Ok(commit(app, change).await?.map(|_| begun))
}

fn told(
    caller: &Caller,
    change: Change,
    begun: &Rollback,
    used: &Permit,
    execution: &Execution,
    request: &StartRequest,
) -> Change {
    let links = [
        ("permit_id", used.id.as_str()),
        ("action_id", used.decision_id.as_str()),
        ("approval_id", used.approval_id.as_deref().unwrap_or_default()),
        ("digest", used.digest.as_str()),
        ("policy_hash", used.policy_hash.as_str()),
        ("rollback", begun.id.as_str()),
    ];
    let nonce = json!({"run_nonce": request.run_nonce});
    let started = event(EventKind::ExecutionStarted, caller, &execution.id, &links, nonce);
    let links = [
        ("execution_id", begun.execution_id.as_str()),
        ("action_id", begun.action_id.as_str()),
        ("decision_id", used.decision_id.as_str()),
        ("run_id", execution.id.as_str()),
    ];
    let payload = json!({"undoes": begun.execution_id, "run_id": execution.id});
    change.event(started).event(event(EventKind::RollbackStarted, caller, &begun.id, &links, payload))
}

async fn refuse(
    app: &App,
    caller: &Caller,
    rollback: &Rollback,
    why: &str,
    code: Code,
) -> Result<Option<Rollback>, Refusal> {
    if phase(app, rollback).await?.over {
        return Err(Refusal::new(code, format!("It is not rolled back: {why}.")));
    }
    let refused = rollback.refuse(why, app.store.now());
    let refused = refused.map_err(|e| Refusal::new(Code::NotOffered, format!("{e}.")))?;
    let links = [
        ("execution_id", rollback.execution_id.as_str()),
        ("action_id", rollback.action_id.as_str()),
        ("decision_id", rollback.decision_id.as_deref().unwrap_or_default()),
    ];
    let payload = json!({"why": why, "code": code});
    let change = Change::default()
        .event(event(EventKind::RollbackRefused, caller, &rollback.id, &links, payload))
        .put(Record::Rollback(refused));
    match commit(app, change).await? {
        Some(_) => Err(Refusal::new(code, format!("It is not rolled back: {why}."))),
        None => Ok(None),
    }
}
