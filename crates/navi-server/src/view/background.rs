//! What came before a request, for the wire. Pure.

use navi_domain::decision::DecisionRecord;
use navi_domain::plan::{Plan, PlanUse};
use navi_protocol::background::{AgentRecordView, PlanPlaceView, PolicyOriginView, RunStepView};
use navi_protocol::policy::PolicyVersion;
use navi_store::{AgentRecord, Became, SessionStep};

use super::{name, score, title};

/// One earlier step.
#[must_use]
pub fn step(step: &SessionStep, became: Option<&Became>) -> RunStepView {
    let SessionStep { decision, approval } = step;
    let action = decision.erased_at.is_none().then_some(&decision.action);
    RunStepView {
        action_id: decision.id.clone(),
        approval_id: decision.approval_id.clone(),
        at: decision.created_at,
        title: action.map(title::title),
        verdict: decision.decision.verdict.as_str().to_owned(),
        rule: decision.decision.rule.clone(),
        level: decision.assessment.level.as_str().to_owned(),
        status: approval.as_ref().map(|approval| approval.status.as_str().to_owned()),
        ran: became.map(|one| name(&one.status)),
        rolled_back: became.is_some_and(|one| one.rolled_back),
        words: action.and_then(title::worded).into_iter().collect(),
    }
}

/// Its place in a plan.
#[must_use]
pub fn place(plan_use: &PlanUse, plan: Option<&Plan>) -> PlanPlaceView {
    let at = plan.and_then(|plan| plan.steps.iter().position(|step| step.id == plan_use.of.step));
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    PlanPlaceView {
        plan_id: plan_use.of.plan_id.clone(),
        name: plan_use.name.clone(),
        step: plan_use.of.step.clone(),
        phase: name(&plan_use.of.phase),
        position: at.map(|at| count(at + 1)),
        count: plan.map_or(0, |plan| count(plan.steps.len())),
    }
}

/// An agent's record.
#[must_use]
pub fn record(agent: &str, days: u32, own_only: bool, found: &AgentRecord) -> AgentRecordView {
    let of = |status: &str| found.by_status.get(status).copied().unwrap_or(0);
    AgentRecordView {
        agent: agent.to_owned(),
        days,
        own_only,
        approved: of("approved"),
        rejected: of("rejected"),
        expired: of("expired"),
        failed: found.failed,
        rolled_back: found.rolled_back,
    }
}

/// Where the policy comes from; `saved` is its version in the record, if that is still known.
#[must_use]
pub fn policy(record: &DecisionRecord, newest: u64, saved: Option<&PolicyVersion>) -> PolicyOriginView {
    let policy = &record.policy;
    let matched = policy.require_approval_for.iter().find(|entry| entry.matches(&record.action.action_type));
    PolicyOriginView {
        scope: policy.scope.describe(),
        version: policy.version,
        newest,
        saved_by: saved.map(|version| version.saved_by.clone()),
        proposed_by: saved.and_then(|version| version.proposed_by.clone()),
        saved_at: saved.map(|version| version.saved_at),
        reason: saved.map(|version| version.reason.clone()).unwrap_or_default(),
        level: name(&policy.level),
        max_risk_threshold: score(policy.max_risk_threshold),
        require_approval_for: policy.require_approval_for.iter().map(|e| e.as_str().to_owned()).collect(),
        matched: matched.map(|entry| entry.as_str().to_owned()),
    }
}
