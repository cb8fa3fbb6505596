//! Plans that run: begun by the redemption of their own permit, held against each of their steps, ended by their gate.

use navi_domain::action::Action;
use navi_domain::approval::Approval;
use navi_domain::canonical;
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::event::EventKind;
use navi_domain::execution::Execution;
use navi_domain::people::Right;
use navi_domain::plan::run::{Part, PartStatus, PlanRun, PlanStatus};
use navi_domain::plan::{PLAN_TYPE, Phase, Plan, PlanUse, StepRef};
use navi_domain::{MINUTE, UtcMicros};
use navi_protocol::evaluate::EvaluateRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::{Value, json};

use super::carried::carried;
use super::decide::Grounds;
use super::{TRIES, commit, event, lost_races, system_event};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Whether an action is a plan.
#[must_use]
pub fn is_plan(action: &Action) -> bool {
    action.action_type.as_str() == PLAN_TYPE
}

/// A plan that is asked for must be one: its bounds are what people agree to.
///
/// # Errors
/// `invalid` says what is wrong with it.
pub fn check(request: &EvaluateRequest) -> Result<(), Refusal> {
    let kind = navi_domain::action::ActionType::parse(&request.action_type);
    if kind.as_str() != PLAN_TYPE {
        return Ok(());
    }
    match Plan::of(request.context.args.as_ref()) {
        Ok(_) if request.context.command.is_some() || request.context.tool.is_some() => {
            Err(Refusal::new(Code::Invalid, "A plan has no command or tool of its own."))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::new(Code::Invalid, format!("{error}."))),
    }
}

/// The key of a part's request, where its gate names none.
#[must_use]
pub fn request_key(of: &StepRef) -> String {
    let phase = match of.phase {
        Phase::Run => "run",
        Phase::Verify => "verify",
    };
    format!("plan {} {} {phase}", of.plan_id, of.step)
}

/// The plan that an execution is the run of.
///
/// # Errors
/// When the material that was decided is no plan.
pub fn begun(
    record: &DecisionRecord,
    execution: &Execution,
    approval: Option<&Approval>,
    now: UtcMicros,
) -> Result<PlanRun, Refusal> {
    let plan = Plan::of(record.action.args.as_ref())
        .map_err(|error| Refusal::new(Code::Invalid, format!("{error}.")))?;
    Ok(PlanRun {
        id: execution.id.clone(),
        decision_id: record.id.clone(),
        approval_id: approval.map(|a| a.id.clone()),
        user: record.action.on_behalf_of.clone(),
        agent: record.action.agent.clone(),
        repo: record.action.repo.clone(),
        branch: record.action.branch.clone(),
        digest: record.digest.clone(),
        policy_hash: record.policy_hash.clone(),
        level: approval.map_or(record.assessment.level, |a| a.level),
        quorum: approval.map_or(0, |a| a.quorum),
        expires_at: PlanRun::ends(&plan, now),
        plan,
        status: PlanStatus::Running,
        deviation: None,
        runs: 0,
        begun_at: now,
        ended_at: None,
        steps: Default::default(),
        verifications: Default::default(),
        version: 0,
    })
}

/// Adds a plan that begins to the change that starts its run.
#[must_use]
pub fn with_begin(change: Change, caller: &Caller, run: PlanRun) -> Change {
    let budget = run.plan.budget;
    let payload = json!({"name": run.plan.name, "steps": run.plan.steps.len(), "runs": budget.runs,
        "minutes": budget.minutes, "expires_at": run.expires_at});
    change.event(event(EventKind::PlanBegun, caller, &run.id, &links(&run), payload)).put(Record::Plan(run))
}

fn links(run: &PlanRun) -> [(&'static str, &str); 5] {
    [
        ("plan_id", run.id.as_str()),
        ("action_id", run.decision_id.as_str()),
        ("approval_id", run.approval_id.as_deref().unwrap_or_default()),
        ("digest", run.digest.as_str()),
        ("policy_hash", run.policy_hash.as_str()),
    ]
}

/// A part of a plan that is asked for.
pub struct Under {
    /// The plan.
    pub run: PlanRun,
    /// What the decision rests on.
    pub used: PlanUse,
}

/// Holds what is asked against the plan that it claims to be a part of.
///
/// # Errors
/// `not_found` for a plan that is not this credential's.
pub async fn under(
    app: &App,
    caller: &Caller,
    of: &StepRef,
    record: &DecisionRecord,
    grounds: &Grounds,
) -> Result<Under, Refusal> {
    let run = app.store.plan(&of.plan_id).await?.filter(|run| is_own(caller, run));
    let run = run.ok_or_else(|| Refusal::not_found("plan", &of.plan_id))?;
    let mut outside = run.deviation(of, &record.action, app.store.now());
    if outside.is_none() && run.policy_hash != record.policy_hash {
        outside = Some("the policy changed since the plan was approved".into());
    }
    let alone = grounds.settings.quorum(record.derived_level(), &record.decision.rule);
    if outside.is_none() && run.approval_id.is_some() && alone > run.quorum {
        outside = Some(format!("it needs {alone} people by itself, and the plan had {}", run.quorum));
    }
    if outside.is_none()
        && record.decision.verdict == Verdict::Approval
        && run.approval_id.is_some()
        && !is_signed(app, &run).await?
    {
        tracing::error!(plan = run.id, "a plan says more than the votes for it; it covers nothing");
        outside = Some("the signatures do not carry the plan; verify the ledger".into());
    }
    let used = PlanUse {
        of: of.clone(),
        name: run.plan.name.clone(),
        approval_id: run.approval_id.clone(),
        level: run.level,
        outside,
    };
    Ok(Under { run, used })
}

fn is_own(caller: &Caller, run: &PlanRun) -> bool {
    run.user == caller.user() && run.agent == caller.token.agent
}

/// Whether the votes for it say all that the row says.
async fn is_signed(app: &App, run: &PlanRun) -> Result<bool, Refusal> {
    let Some(approval_id) = &run.approval_id else { return Ok(false) };
    let carried = match carried(app, approval_id).await {
        Ok(carried) => carried,
        Err(refusal) if refusal.code == Code::Unavailable => return Ok(false),
        Err(refusal) => return Err(refusal),
    };
    let Some(record) = app.store.decision(&run.decision_id).await? else { return Ok(false) };
    let Some(execution) = app.store.execution(&run.id).await? else { return Ok(false) };
    let salt = hex::decode(&record.salt).ok().and_then(|s| s.try_into().ok()).unwrap_or_default();
    let approval = &carried.approval;
    Ok(canonical::digest(&record.action, &salt).is_ok_and(|digest| digest == approval.digest)
        && run.digest == approval.digest
        && approval.decision_id == record.id
        && execution.approval_id.as_deref() == Some(approval_id)
        && Plan::of(record.action.args.as_ref()).is_ok_and(|plan| plan == run.plan)
        && (run.level, run.quorum) == (approval.level, approval.quorum)
        && run.policy_hash == approval.policy_hash
        && run.begun_at == execution.started_at
        && run.expires_at <= run.begun_at + UtcMicros::from(run.plan.budget.minutes) * MINUTE)
}

impl Under {
    /// Adds what became of the part to the change that decides about it.
    #[must_use]
    pub fn with_asked(
        self,
        change: Change,
        caller: &Caller,
        record: &DecisionRecord,
        execution: Option<&Execution>,
        now: UtcMicros,
    ) -> Change {
        let Self { run, used } = self;
        if !run.status.is_open() {
            return change;
        }
        let status = match (record.decision.verdict, execution) {
            (Verdict::Auto, Some(_)) => PartStatus::Started,
            (Verdict::Auto, None) => PartStatus::Permitted,
            (Verdict::Approval, _) => PartStatus::Waiting,
            (Verdict::Blocked, _) => PartStatus::Blocked,
        };
        let part = Part {
            status,
            action_id: record.id.clone(),
            approval_id: record.approval_id.clone(),
            execution_id: execution.map(|e| e.id.clone()),
            tries: 0,
            at: now,
        };
        let next = run.asked(&used.of, part);
        let mut change = change;
        if record.decision.rule == PLAN_TYPE {
            let links = [
                ("plan_id", run.id.as_str()),
                ("approval_id", run.approval_id.as_deref().unwrap_or_default()),
                ("action_id", record.id.as_str()),
                ("digest", record.digest.as_str()),
                ("policy_hash", record.policy_hash.as_str()),
            ];
            let payload = json!({"step": used.of.step, "phase": used.of.phase, "runs": next.runs});
            change = change.event(event(EventKind::PlanUsed, caller, &run.id, &links, payload));
        }
        change.put(Record::Plan(next))
    }
}

/// Adds the start of a part that people approved by itself.
///
/// # Errors
/// The store's refusal.
pub async fn with_start(app: &App, change: Change, execution: &Execution) -> Result<Change, Refusal> {
    let Some(of) = &execution.plan else { return Ok(change) };
    let run = app.store.plan(&of.plan_id).await?.filter(|run| run.status.is_open());
    Ok(match run {
        Some(run) => change.put(Record::Plan(run.started(of, &execution.id, execution.started_at))),
        None => change,
    })
}

/// Adds what the end of a run means for its plan: the part ends, perhaps outside the bounds, or the plan itself does.
///
/// # Errors
/// The store's refusal.
pub async fn with_end(app: &App, change: Change, ended: &Execution) -> Result<Change, Refusal> {
    let now = ended.finished_at.unwrap_or_default();
    if ended.action_type == PLAN_TYPE {
        let run = app.store.plan(&ended.id).await?;
        let Some(next) = run.and_then(|run| run.finish(ended.status, now)) else { return Ok(change) };
        let payload = json!({"status": next.status, "runs": next.runs, "deviation": next.deviation});
        let end = system_event(EventKind::PlanEnded, &next.id, &links(&next), payload);
        return Ok(change.event(end).put(Record::Plan(next)));
    }
    let Some(of) = &ended.plan else { return Ok(change) };
    let Some(run) = app.store.plan(&of.plan_id).await? else { return Ok(change) };
    let Some(next) = run.ended(of, &ended.id, ended.status, &changed(&ended.artifacts), now) else {
        return Ok(change);
    };
    let change = if next.status == PlanStatus::Deviated && run.status != PlanStatus::Deviated {
        let payload = json!({"step": of.step, "why": next.deviation});
        change.event(system_event(EventKind::PlanDeviated, &next.id, &links(&next), payload))
    } else {
        change
    };
    Ok(change.put(Record::Plan(next)))
}

/// The files that a report says were changed. What it does not name any more is one that no step names.
fn changed(artifacts: &Value) -> Vec<String> {
    let listed = artifacts.get("changed").and_then(Value::as_array);
    let named = listed.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let more = artifacts.get("changed_more").and_then(Value::as_u64).filter(|more| *more > 0);
    named.chain(more.map(|more| format!("{more} more files"))).collect()
}

/// Why a permit that rests on a plan is no longer good.
///
/// # Errors
/// The store's refusal.
pub async fn no_longer(app: &App, record: &DecisionRecord) -> Result<Option<&'static str>, Refusal> {
    let Some(used) = record.plan.as_ref().filter(|_| record.decision.rule == PLAN_TYPE) else {
        return Ok(None);
    };
    let run = app.store.plan(&used.of.plan_id).await?;
    let live = run.is_some_and(|r| r.status == PlanStatus::Running && app.store.now() <= r.expires_at);
    Ok((!live).then_some("the plan that it rests on covers nothing any more"))
}

/// Takes the approval of a plan back: whoever it is for, or anybody who votes. What follows asks.
///
/// # Errors
/// `not_found`, also for plans that one may not see; `already_ended` when it covers nothing already.
pub async fn revoke(app: &App, caller: &Caller, id: &str) -> Result<PlanRun, Refusal> {
    for _ in 0..TRIES {
        let run = app.store.plan(id).await?.filter(|run| may_see(caller, run));
        let run = run.ok_or_else(|| Refusal::not_found("plan", id))?;
        let why = format!("{} took it back", caller.user());
        let revoked = run.revoke(&why).ok_or_else(|| {
            Refusal::new(Code::AlreadyEnded, "This plan has ended, or was taken back before.")
        })?;
        let payload = json!({"runs": revoked.runs, "name": revoked.plan.name});
        let change = Change::default()
            .event(event(EventKind::PlanRevoked, caller, id, &links(&revoked), payload))
            .put(Record::Plan(revoked.clone()));
        if commit(app, change).await?.is_some() {
            return Ok(PlanRun { version: revoked.version + 1, ..revoked });
        }
    }
    Err(lost_races())
}

/// Whether a credential sees a plan: its own person's, or with the right to see or decide.
#[must_use]
pub fn may_see(caller: &Caller, run: &PlanRun) -> bool {
    run.user == caller.user() || caller.has(Right::SeeAll) || caller.has(Right::Vote)
}
