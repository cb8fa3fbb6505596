//! A runner has rehearsed a rollback. What it found is decided like every other action, for whoever wants it.

use navi_domain::action::FileChange;
use navi_domain::event::EventKind;
use navi_domain::people::Right;
use navi_domain::rollback::{Plan, Rollback, RollbackStatus};
use navi_protocol::evaluate::{Context, EvaluateRequest};
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::{Value, json};

use super::at_place;
use crate::auth::Caller;
use crate::usecase::{TRIES, commit, evaluate, event, lost_races};
use crate::{App, Refusal};

/// Name of the tool in the material: what runs is a runner, not a command of an agent.
const TOOL: &str = "rollback";

/// Takes the plan in, and decides about it unless it was a dry run or is impossible.
///
/// # Errors
/// `not_offered` when it no longer waits for a plan, or the plan is about something else.
pub async fn plan(
    app: &App,
    caller: &Caller,
    id: &str,
    place_key: &str,
    found: &Plan,
) -> Result<Rollback, Refusal> {
    for _ in 0..TRIES {
        let rollback = at_place(app, caller, id, place_key).await?;
        let now = app.store.now();
        let step = |e: navi_domain::rollback::StepError| Refusal::new(Code::NotOffered, format!("{e}."));
        let mut next = rollback.planned(found.clone(), now).map_err(step)?;
        if next.status == RollbackStatus::Decided {
            next = match decide(app, &rollback, found).await? {
                Decided::Runs { decision_id, approval_id } => {
                    Rollback { decision_id: Some(decision_id), approval_id, ..next }
                }
                Decided::Not { decision_id, why } => {
                    Rollback { decision_id, ..next.refuse(&why, now).map_err(step)? }
                }
            };
        }
        if commit(app, recorded(caller, &next, found)?).await?.is_some() {
            return Ok(Rollback { version: next.version + 1, ..next });
        }
    }
    Err(lost_races())
}

fn recorded(caller: &Caller, next: &Rollback, found: &Plan) -> Result<Change, Refusal> {
    let links = [
        ("execution_id", next.execution_id.as_str()),
        ("action_id", next.action_id.as_str()),
        ("decision_id", next.decision_id.as_deref().unwrap_or_default()),
        ("approval_id", next.approval_id.as_deref().unwrap_or_default()),
    ];
    let payload = json!({"plan": found, "plan_sha256": found.sha256()?, "status": next.status});
    let mut change = Change::default()
        .event(event(EventKind::RollbackPlanned, caller, &next.id, &links, payload))
        .put(Record::Rollback(next.clone()));
    if next.status == RollbackStatus::Refused {
        let why = json!({"why": next.refused});
        change = change.event(event(EventKind::RollbackRefused, caller, &next.id, &links, why));
    }
    Ok(change)
}

enum Decided {
    Runs { decision_id: String, approval_id: Option<String> },
    Not { decision_id: Option<String>, why: String },
}

/// Decides for whoever wants it, by the credential with which it was asked.
async fn decide(app: &App, rollback: &Rollback, plan: &Plan) -> Result<Decided, Refusal> {
    let not = |why: &str| Ok(Decided::Not { decision_id: None, why: why.to_owned() });
    let token = app.store.token_by_id(&rollback.token_id).await?;
    let good = |t: &navi_domain::people::Token| {
        t.revoked_at.is_none() && t.expires_at.is_none_or(|at| app.store.now() <= at)
    };
    let Some(token) = token.filter(good) else {
        return not("the credential that asked for it is no longer good");
    };
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let own = app.store.execution(&rollback.execution_id).await?.is_some_and(|e| e.user == token.user);
    if !own && !rules.may(&token.user, token.role, Right::RollBack) {
        return not("whoever asked for it may no longer roll back");
    }
    let answer = evaluate::evaluate(app, &Caller::of(token), &asked(rollback, plan), None).await?;
    Ok(match answer.decision.as_str() {
        "BLOCKED" => Decided::Not {
            decision_id: Some(answer.action_id),
            why: format!("blocked: {}", answer.reasons.join("; ")),
        },
        _ => Decided::Runs { decision_id: answer.action_id, approval_id: answer.approval_id },
    })
}

/// The rollback as an action. All of the plan is material, so that what is approved is what is carried out; a runner that
/// reports the same plan again meets the same request.
fn asked(rollback: &Rollback, plan: &Plan) -> EvaluateRequest {
    let first = |of: fn(&navi_domain::rollback::Part) -> &Option<String>| {
        plan.steps.iter().find_map(|step| of(step).clone())
    };
    let commands: Vec<&String> = plan.steps.iter().filter_map(|step| step.command.as_ref()).collect();
    let files: Vec<FileChange> = plan.steps.iter().flat_map(|step| step.files.iter().cloned()).collect();
    EvaluateRequest {
        action_type: "rollback".to_owned(),
        context: Context {
            tool: Some(TOOL.to_owned()),
            args: Some(args(rollback, plan)),
            command: (!commands.is_empty())
                .then(|| commands.into_iter().cloned().collect::<Vec<_>>().join(" && ")),
            files,
            repo: rollback.repo.clone(),
            branch: first(|step| &step.branch),
            environment: first(|step| &step.environment),
            intent: Some(rollback.reason.clone()),
            target_state: Some(plan.target_state.clone()),
            ..Context::default()
        },
        start: None,
        plan: None,
        request_key: Some(format!("rollback {}", rollback.id)),
        expires_in_secs: None,
    }
}

fn args(rollback: &Rollback, plan: &Plan) -> Value {
    let steps: Vec<Value> = plan
        .steps
        .iter()
        .map(|step| {
            let mut shown = json!({
                "strategy": step.strategy, "target": step.target, "from": step.after, "to": step.before,
                "undoes": step.undoes, "leaves": step.leaves,
            });
            if let (Some(sql), Some(fields)) = (&step.sql, shown.as_object_mut()) {
                fields.insert("sql".to_owned(), json!(sql));
            }
            shown
        })
        .collect();
    json!({
        "rollback_id": rollback.id, "execution_id": rollback.execution_id,
        "capture_sha256": rollback.capture.sha256, "truth": plan.truth, "steps": steps,
        "dependents": plan.dependents, "afterwards": plan.afterwards,
    })
}
