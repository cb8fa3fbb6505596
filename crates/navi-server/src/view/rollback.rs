//! A rollback for the wire, and whether an action that waits has a way back.

use navi_domain::decision::DecisionRecord;
use navi_domain::plan::PLAN_TYPE;
use navi_domain::rollback::foreseen::{Foreseen, Known, Said, foresee, rehearsed};
use navi_domain::rollback::{Rollback, Strategy, Truth, Windows};
use navi_facts::reach::Reach;
use navi_protocol::rollback::{PlanView, RollbackView, WayBackView};
use navi_protocol::words::Worded;
use serde_json::Value;

use super::words;
use crate::usecase::rollback::Phase;

/// Builds the view.
#[must_use]
pub fn build(rollback: &Rollback, phase: Phase, now: i64) -> RollbackView {
    let outcome = rollback.outcome.clone();
    let list =
        |of: fn(navi_domain::rollback::Outcome) -> Vec<String>| outcome.clone().map_or_else(Vec::new, of);
    let words = spoken(rollback, phase.why.as_deref());
    RollbackView {
        id: rollback.id.clone(),
        status: phase.status.to_owned(),
        over: phase.over,
        why: phase.why,
        execution_id: rollback.execution_id.clone(),
        action_id: rollback.action_id.clone(),
        action_type: rollback.action_type.clone(),
        rollback_id: rollback.capture.id.clone(),
        user: rollback.user.clone(),
        agent: rollback.agent.clone(),
        reason: rollback.reason.clone(),
        dry_run: rollback.dry_run,
        plan: rollback.plan.as_ref().map(PlanView::from),
        decision_id: rollback.decision_id.clone(),
        approval_id: rollback.approval_id.clone(),
        run_id: rollback.run_id.clone(),
        undone: list(|o| o.undone),
        proof: list(|o| o.proof),
        afterwards: list(|o| o.afterwards),
        requested_at: rollback.requested_at,
        ended_at: rollback.ended_at,
        server_time: now,
        words,
    }
}

/// What a rollback says, as far as it is said in words of ours.
fn spoken(rollback: &Rollback, why: Option<&str>) -> Vec<Worded> {
    let plan = rollback.plan.as_ref();
    let truths = plan.map(|plan| plan.steps.iter().map(|step| &step.truth).chain([&plan.truth]));
    let lists = plan.map(|plan| {
        let parts = plan.steps.iter().flat_map(|step| step.undoes.iter().chain(&step.leaves));
        parts.chain(&plan.dependents).chain(&plan.afterwards)
    });
    let ended = rollback.outcome.as_ref().map(|o| o.undone.iter().chain(&o.proof).chain(&o.afterwards));
    let texts = lists.into_iter().flatten().chain(ended.into_iter().flatten()).map(String::as_str);
    words::undoing(why.into_iter().chain(truths.into_iter().flatten().filter_map(Truth::why)).chain(texts))
}

/// What a way back says, as far as it is said in words of ours; what it rests on has a code of its own.
#[must_use]
pub fn worded(way: &WayBackView) -> Vec<Worded> {
    let texts = way.undoes.iter().chain(&way.leaves).map(String::as_str);
    words::undoing(way.why.as_deref().into_iter().chain(texts))
}

/// Name of the context's field in which a gate says what it can undo.
pub const CLAIM: &str = "way_back";

/// The way back of an action that waits, as far as it is known before the run; `None`: a rollback's own plan that is not
/// understood. How long it will be offered is the same window by which it is offered later.
#[must_use]
pub fn way_back(record: &DecisionRecord, reach: &Reach, windows: Windows<'_>) -> Option<WayBackView> {
    let action_type = record.action.action_type.as_str();
    let window_minutes = windows.minutes(action_type);
    if action_type == "rollback"
        && let Some(args) = &record.action.args
    {
        return Some(view(rehearsed(of_plan(args)?), window_minutes));
    }
    let outside: Vec<String> = reach.outside.iter().map(|one| one.from.clone()).collect();
    let known =
        Known { facts: &record.facts, outside: &outside, window_minutes, is_plan: action_type == PLAN_TYPE };
    let claim = record.claims.other.get(CLAIM);
    let said = claim.and_then(|claim| serde_json::from_value(claim.clone()).ok());
    Some(view(foresee(known, said), window_minutes))
}

/// What the rehearsed plan in a rollback's arguments says.
fn of_plan(args: &Value) -> Option<Said> {
    let truth: Truth = serde_json::from_value(args.get("truth")?.clone()).ok()?;
    let steps = args.get("steps").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let list = |name: &str| -> Vec<String> {
        let texts = steps.iter().filter_map(|step| step.get(name)?.as_array()).flatten();
        texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let strategy = |step: &Value| serde_json::from_value(step.get("strategy")?.clone()).ok();
    let mut strategies: Vec<Strategy> = steps.iter().filter_map(strategy).collect();
    strategies.dedup();
    Some(Said { truth, strategies, undoes: list("undoes"), leaves: list("leaves") })
}

fn view(found: Foreseen, window_minutes: u32) -> WayBackView {
    WayBackView {
        truth: found.truth.as_str().to_owned(),
        why: found.truth.why().map(str::to_owned),
        by: found.by.as_str().to_owned(),
        undoes: found.undoes,
        leaves: found.leaves,
        because: found.because.as_str().to_owned(),
        evidence: found.evidence,
        strategies: found.strategies.iter().map(|s| s.as_str().to_owned()).collect(),
        window_minutes: Some(window_minutes),
    }
}
