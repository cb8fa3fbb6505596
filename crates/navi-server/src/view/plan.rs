//! A plan that runs, for the wire.

use navi_domain::UtcMicros;
use navi_domain::plan::run::{Part, PlanRun};
use navi_protocol::plans::{PlanPartView, PlanRunView, PlanStepView};

use super::name;

/// Builds the view.
#[must_use]
pub fn build(run: &PlanRun, now: UtcMicros) -> PlanRunView {
    let step = |id: &String| PlanStepView {
        id: id.clone(),
        done: run.is_done(id),
        run: run.steps.get(id).map(part),
        verify: run.verifications.get(id).map(part),
    };
    PlanRunView {
        id: run.id.clone(),
        name: run.plan.name.clone(),
        status: run.status.as_str().to_owned(),
        deviation: run.deviation.clone(),
        action_id: run.decision_id.clone(),
        approval_id: run.approval_id.clone(),
        digest: run.digest.clone(),
        user: run.user.clone(),
        agent: run.agent.clone(),
        repo: run.repo.clone(),
        runs: run.runs,
        max_runs: run.plan.budget.runs,
        begun_at: run.begun_at,
        expires_at: run.expires_at,
        ended_at: run.ended_at,
        plan: serde_json::to_value(&run.plan).unwrap_or_default(),
        steps: run.plan.steps.iter().map(|s| step(&s.id)).collect(),
        server_time: now,
    }
}

fn part(part: &Part) -> PlanPartView {
    PlanPartView {
        status: name(&part.status),
        tries: part.tries,
        action_id: part.action_id.clone(),
        approval_id: part.approval_id.clone(),
        execution_id: part.execution_id.clone(),
        at: part.at,
    }
}
