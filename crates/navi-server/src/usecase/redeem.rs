//! The gate is about to run: the permit is consumed atomically, for its digest and target state, inside its life.

use navi_domain::canonical;
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::event::EventKind;
use navi_domain::execution::Execution;
use navi_domain::permit::{Permit, Redeem, RedeemRefusal};
use navi_protocol::executions::RedeemRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::bypass::lift;
use super::carried::carried;
use super::{
    Remember, TRIES, allow_rule, commit, decide, evaluate, event, freeze, lost_races, plan, remember,
    system_event,
};
use crate::auth::Caller;
use crate::view::execution as view;
use crate::{App, Refusal};

/// Redeems a permit for a run. The same `run_nonce` returns the same execution.
///
/// # Errors
/// A refusal; nothing may run then. Refusals of an own permit are recorded.
pub async fn redeem(
    app: &App,
    caller: &Caller,
    request: &RedeemRequest,
    key: Option<&Remember>,
) -> Result<Execution, Refusal> {
    if request.run_nonce.len() < 8 || request.run_nonce.len() > 200 {
        return Err(Refusal::new(Code::Invalid, "run_nonce must have 8 to 200 characters."));
    }
    if request.lease_secs.is_some_and(|s| !evaluate::LEASES.contains(&s)) {
        return Err(Refusal::new(Code::Invalid, "lease_secs must be between 30 and 86400."));
    }
    for _ in 0..TRIES {
        if let Some(execution) = attempt(app, caller, request, key).await? {
            return Ok(execution);
        }
    }
    Err(lost_races())
}

async fn attempt(
    app: &App,
    caller: &Caller,
    request: &RedeemRequest,
    key: Option<&Remember>,
) -> Result<Option<Execution>, Refusal> {
    let unknown = || Refusal::not_found("permit", &request.permit_id);
    let permit = app.store.permit(&request.permit_id).await?.ok_or_else(unknown)?;
    let record = app.store.decision(&permit.decision_id).await?.ok_or_else(unknown)?;
    if record.action.on_behalf_of != caller.user() || record.action.agent != caller.token.agent {
        return Err(unknown());
    }
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let (presented, _) = decide::material(app, &rules, caller, &request.action_type, &request.context);
    let mut at_target = presented.clone();
    at_target.target_state = permit.target_state.clone();
    let digest = canonical::digest(&at_target, &salt(&record))?;
    let now = app.store.now();
    let id = app.entropy.id(now)?;
    let redeemed = permit.redeem(&digest, &presented.target_state, &request.run_nonce, &id, now);
    match redeemed {
        Ok(Redeem::Replay(id)) => app.store.execution(&id).await.map_err(Refusal::from),
        // The freeze is on record; who asks every second until it is lifted is not.
        Err(RedeemRefusal::Frozen) => Err(RedeemRefusal::Frozen.into()),
        Err(refusal) => refuse(app, caller, &permit, refusal).await.map(|()| None),
        Ok(Redeem::Start(used)) => {
            if let Some(why) = no_longer(app, &record).await? {
                return revoke(app, &permit, why).await.map(|()| None);
            }
            let under = lift::in_force(app, &rules, record.bypass_id()).await?;
            if record.bypass.is_some() && under.is_none() {
                return revoke(app, &permit, "the bypass it rests on is over").await.map(|()| None);
            }
            let (agent, repo) = (record.action.agent.as_deref(), record.action.repo.as_deref());
            freeze::refuse_frozen(&rules.freezes, agent, repo)?;
            signed(app, &permit).await?;
            let execution = evaluate::execution(id, &used, &record, caller, request.lease_secs, now);
            let links = [
                ("permit_id", used.id.as_str()),
                ("action_id", record.id.as_str()),
                ("approval_id", used.approval_id.as_deref().unwrap_or_default()),
                ("digest", used.digest.as_str()),
                ("policy_hash", used.policy_hash.as_str()),
                ("bypass_id", record.bypass_id()),
            ];
            let payload = json!({"run_nonce": request.run_nonce});
            let (frozen, seen) = rules.freezes_read();
            let change = Change::default()
                .expect(frozen, seen)
                .put(Record::Permit(*used.clone()))
                .put(Record::Execution(execution.clone()))
                .event(event(EventKind::ExecutionStarted, caller, &execution.id, &links, payload));
            let change = under.iter().fold(change, |change, under| under.guard(change));
            let change = plan::with_start(app, change, &execution).await?;
            let change = match &used.approval_id {
                Some(id) if plan::is_plan(&record.action) => {
                    let approval = app.store.approval(id).await?;
                    plan::with_begin(
                        change,
                        caller,
                        plan::begun(&record, &execution, approval.as_ref(), now)?,
                    )
                }
                _ if plan::is_plan(&record.action) => {
                    plan::with_begin(change, caller, plan::begun(&record, &execution, None, now)?)
                }
                _ => change,
            };
            let body = view::build(&execution);
            let done = commit(app, remember(change, key, 200, &body, now)).await?;
            Ok(done.map(|_| execution))
        }
    }
}

pub(super) fn salt(record: &DecisionRecord) -> [u8; 16] {
    hex::decode(&record.salt).ok().and_then(|s| s.try_into().ok()).unwrap_or_default()
}

/// The signatures that the permit rests on are verified again.
pub(super) async fn signed(app: &App, permit: &Permit) -> Result<(), Refusal> {
    let Some(approval_id) = &permit.approval_id else { return Ok(()) };
    if carried(app, approval_id).await?.approval.digest == permit.digest {
        return Ok(());
    }
    let detail = "The permit is not for what was approved. Nothing may run; verify the ledger.";
    Err(Refusal::new(Code::Unavailable, detail))
}

/// Why a permit is taken back before it is used: a policy that became stricter, or, where a grant issued it, another
/// policy than the grant's or the grant's revocation.
pub(super) async fn no_longer(app: &App, record: &DecisionRecord) -> Result<Option<&'static str>, Refusal> {
    let grounds = decide::grounds(app, &record.action.on_behalf_of, record.action.repo.as_deref()).await?;
    if decide::again(record, &grounds).verdict == Verdict::Blocked {
        return Ok(Some("the policy became stricter"));
    }
    if !allow_rule::still(app, &grounds, record) {
        return Ok(Some("the allow rule it rests on has ended"));
    }
    if let Some(why) = plan::no_longer(app, record).await? {
        return Ok(Some(why));
    }
    let Some(id) = &record.grant_id else { return Ok(None) };
    let grant = app.store.grant(id).await?;
    Ok(match grant {
        Some(grant) if grant.revoked_at.is_none() => (grant.policy_hash != grounds.policy_hash)
            .then_some("the grant it rests on was given under another policy"),
        _ => Some("the grant it rests on was revoked"),
    })
}

pub(super) async fn revoke(app: &App, permit: &Permit, reason: &str) -> Result<(), Refusal> {
    let Some(revoked) = permit.revoke() else { return Ok(()) };
    let links = [
        ("action_id", permit.decision_id.as_str()),
        ("approval_id", permit.approval_id.as_deref().unwrap_or_default()),
        ("digest", permit.digest.as_str()),
        ("policy_hash", permit.policy_hash.as_str()),
    ];
    let why = json!({"reason": reason});
    let event = system_event(EventKind::PermitRevoked, &permit.id, &links, why);
    match commit(app, Change::default().put(Record::Permit(revoked)).event(event)).await? {
        Some(_) => Err(Refusal::from(RedeemRefusal::Revoked)),
        None => Ok(()),
    }
}

async fn refuse(app: &App, caller: &Caller, permit: &Permit, refusal: RedeemRefusal) -> Result<(), Refusal> {
    let answer = Refusal::from(refusal);
    let links = [
        ("permit_id", permit.id.as_str()),
        ("action_id", permit.decision_id.as_str()),
        ("approval_id", permit.approval_id.as_deref().unwrap_or_default()),
        ("digest", permit.digest.as_str()),
        ("policy_hash", permit.policy_hash.as_str()),
    ];
    let payload = json!({"code": answer.code});
    let change =
        Change::default().event(event(EventKind::RedeemRefused, caller, &permit.id, &links, payload));
    commit(app, change).await?;
    Err(answer)
}
