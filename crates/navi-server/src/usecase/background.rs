//! What came before a request: the earlier steps of its session, its agent's record, and whose rules asked. Reads only.

use std::collections::HashMap;

use navi_domain::decision::DecisionRecord;
use navi_domain::people::Right;
use navi_domain::settings::OrgTextKind;
use navi_domain::{SECOND, UtcMicros};
use navi_guardrail::GuardrailSet;
use navi_protocol::background::{
    AgentRecordView, BackgroundView, GuardrailTextView, PlanPlaceView, PolicyOriginView, RunSoFarView,
};
use navi_store::{ApprovalRow, Became, SessionFilter};

use super::policy_history;
use crate::auth::Caller;
use crate::view::background as view;
use crate::{App, Refusal};

/// Steps that are shown.
const STEPS: usize = 50;
/// Days an agent's record looks back.
const DAYS: u32 = 30;
const DAY: UtcMicros = 24 * 3600 * SECOND;

/// Reads it, for somebody who may see the request.
///
/// # Errors
/// The store's refusal.
pub async fn background(app: &App, caller: &Caller, row: &ApprovalRow) -> Result<BackgroundView, Refusal> {
    let record = &row.decision;
    let reads = caller.has(Right::ReadPolicy);
    Ok(BackgroundView {
        run: run_so_far(app, record).await?,
        plan: place(app, record).await?,
        record: agent_record(app, caller, record).await?,
        policy: if reads { Some(policy(app, record).await?) } else { None },
        guardrails: if reads { guardrails(app, record).await? } else { Vec::new() },
        server_time: app.store.now(),
    })
}

/// What became of decisions, by their ids.
///
/// # Errors
/// The store's refusal.
pub async fn became(app: &App, decisions: Vec<String>) -> Result<HashMap<String, Became>, Refusal> {
    let became = app.store.became(&decisions).await?;
    Ok(became.into_iter().map(|one| (one.decision_id.clone(), one)).collect())
}

async fn run_so_far(app: &App, record: &DecisionRecord) -> Result<Option<RunSoFarView>, Refusal> {
    let Some(session) = &record.action.session_id else { return Ok(None) };
    let filter = SessionFilter {
        session: session.clone(),
        agent: record.action.agent.clone(),
        user: record.action.on_behalf_of.clone(),
        before: record.id.clone(),
        limit: STEPS + 1,
    };
    let mut steps = app.store.session_steps(&filter).await?;
    let more = steps.len() > STEPS;
    steps.truncate(STEPS);
    let became = became(app, steps.iter().map(|step| step.decision.id.clone()).collect()).await?;
    Ok(Some(RunSoFarView {
        session_id: session.clone(),
        steps: steps.iter().map(|step| view::step(step, became.get(&step.decision.id))).collect(),
        more,
    }))
}

async fn place(app: &App, record: &DecisionRecord) -> Result<Option<PlanPlaceView>, Refusal> {
    let Some(plan_use) = &record.plan else { return Ok(None) };
    let run = app.store.plan(&plan_use.of.plan_id).await?;
    Ok(Some(view::place(plan_use, run.as_ref().map(|run| &run.plan))))
}

async fn agent_record(
    app: &App,
    caller: &Caller,
    record: &DecisionRecord,
) -> Result<Option<AgentRecordView>, Refusal> {
    let Some(agent) = &record.action.agent else { return Ok(None) };
    let own = (!caller.has(Right::SeeAll)).then(|| caller.user());
    let since = app.store.now() - i64::from(DAYS) * DAY;
    let found = app.store.agent_record(agent, own, since).await?;
    Ok(Some(view::record(agent, DAYS, own.is_some(), &found)))
}

async fn policy(app: &App, record: &DecisionRecord) -> Result<PolicyOriginView, Refusal> {
    let policy = &record.policy;
    let versions = match policy.version {
        0 => Vec::new(),
        _ => policy_history::history(app, &policy.scope).await?,
    };
    let newest = app.store.policy(&policy.scope).await?.map_or(0, |policy| policy.version);
    let saved = versions.iter().find(|version| version.version == policy.version);
    Ok(view::policy(record, newest, saved))
}

async fn guardrails(app: &App, record: &DecisionRecord) -> Result<Vec<GuardrailTextView>, Refusal> {
    let asked = crate::view::evaluation::guardrails(record);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let shipped = GuardrailSet::shipped().ok();
    let saved = app.store.org_text(OrgTextKind::Guardrails).await?;
    let changed_since = rules.guardrails.hash() != record.guardrails.hash;
    let view = |id: String| {
        let is_shipped = shipped.as_ref().is_some_and(|shipped| shipped.text_of(&id).is_some());
        let by = saved.as_ref().filter(|_| !is_shipped);
        GuardrailTextView {
            text: rules.guardrails.text_of(&id).map(str::to_owned),
            shipped: is_shipped,
            changed_since,
            version: by.map(|text| text.version),
            saved_by: by.map(|text| text.saved_by.clone()),
            saved_at: by.map(|text| text.saved_at),
            id,
        }
    };
    Ok(asked.into_iter().map(|guardrail| view(guardrail.id)).collect())
}
