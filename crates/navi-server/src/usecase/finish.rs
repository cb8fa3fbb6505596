//! The gate reports how a run ended.

use navi_domain::event::EventKind;
use navi_domain::execution::{Execution, ExecutionStatus};
use navi_facts::redact::redact_value;
use navi_protocol::executions::FinishRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::{Value, json};

use super::decide::integers_only;
use super::{TRIES, commit, event, lost_races, plan};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Largest report, in bytes of JSON.
const MOST_REPORTED: usize = 512 * 1024;

/// Whether a caller is who began a run: the token that redeemed its permit, or another one of the same agent of the same
/// person. Another agent of that person is not.
///
/// # Errors
/// The store's refusal.
pub async fn began(app: &App, caller: &Caller, execution: &Execution) -> Result<bool, Refusal> {
    if execution.user != caller.user() {
        return Ok(false);
    }
    if execution.is_of(&caller.token.id) {
        return Ok(true);
    }
    let Some(agent) = &caller.token.agent else { return Ok(false) };
    let decision = app.store.decision(&execution.decision_id).await?;
    Ok(decision.is_some_and(|decision| decision.action.agent.as_ref() == Some(agent)))
}

/// A gate reports an end: as who began the run, or with its nonce. Another agent of the same person knows neither.
///
/// # Errors
/// `not_your_run`; `already_ended` when it ended otherwise.
pub async fn report(
    app: &App,
    caller: &Caller,
    id: &str,
    report: &FinishRequest,
) -> Result<Execution, Refusal> {
    let unknown = || Refusal::not_found("execution", id);
    let execution = app.store.execution(id).await?.ok_or_else(unknown)?;
    if execution.user != caller.user() {
        return Err(unknown());
    }
    if !began(app, caller, &execution).await? {
        let permit = app.store.permit(&execution.permit_id).await?;
        let nonce = permit.and_then(|permit| permit.run_nonce);
        if nonce.is_none() || nonce != report.run_nonce {
            let detail =
                "Another agent began this run: only that one reports its end, or who has the run's nonce.";
            return Err(Refusal::new(Code::NotYourRun, detail));
        }
    }
    finish(app, caller, id, report).await
}

/// Ends an execution, or corrects an end that nobody knew. The same report twice is harmless.
///
/// # Errors
/// `already_ended` when it ended otherwise.
pub async fn finish(
    app: &App,
    caller: &Caller,
    id: &str,
    report: &FinishRequest,
) -> Result<Execution, Refusal> {
    let status = match report.status.as_str() {
        "succeeded" => ExecutionStatus::Succeeded,
        "failed" => ExecutionStatus::Failed,
        "unknown" => ExecutionStatus::Unknown,
        other => {
            let detail = format!("status {other:?} is not succeeded, failed or unknown.");
            return Err(Refusal::new(Code::Invalid, detail));
        }
    };
    let kept = clean(app, &report.artifacts).await?;
    for _ in 0..TRIES {
        let unknown = || Refusal::not_found("execution", id);
        let execution = app.store.execution(id).await?.ok_or_else(unknown)?;
        if execution.user != caller.user() {
            return Err(unknown());
        }
        let now = app.store.now();
        let ended = execution.finish(status, report.exit_code, kept.clone(), now).map_err(|_| {
            Refusal::new(Code::AlreadyEnded, "The execution has already ended with another result.")
        })?;
        let Some(ended) = ended else { return Ok(execution) };
        let links = links(app, &ended).await?;
        let links: Vec<(&str, &str)> = links.iter().map(|(name, id)| (*name, id.as_str())).collect();
        let payload = json!({"status": status, "exit_code": report.exit_code, "artifacts": kept.to_string()});
        let kind = match execution.status {
            ExecutionStatus::Unknown => EventKind::ExecutionCorrected,
            _ => EventKind::ExecutionFinished,
        };
        let change = Change::default()
            .event(event(kind, caller, id, &links, payload))
            .put(Record::Execution(ended.clone()));
        let change = plan::with_end(app, change, &ended).await?;
        if commit(app, change).await?.is_some() {
            app.presence.forget(id);
            return app.store.execution(id).await?.ok_or_else(unknown);
        }
    }
    Err(lost_races())
}

/// What an execution rests on.
///
/// # Errors
/// The store's refusal.
pub(super) async fn links(app: &App, run: &Execution) -> Result<[(&'static str, String); 6], Refusal> {
    let permit = app.store.permit(&run.permit_id).await?;
    let (digest, policy_hash) = permit.map(|p| (p.digest, p.policy_hash)).unwrap_or_default();
    Ok([
        ("permit_id", run.permit_id.clone()),
        ("action_id", run.decision_id.clone()),
        ("approval_id", run.approval_id.clone().unwrap_or_default()),
        ("digest", digest),
        ("policy_hash", policy_hash),
        ("bypass_id", run.bypass_id.clone().unwrap_or_default()),
    ])
}

/// The report without secrets: those that the gate knows it has replaced already, those that the organisation added are
/// replaced here.
async fn clean(app: &App, artifacts: &Value) -> Result<Value, Refusal> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let (clean, _) = redact_value(artifacts.clone(), app.org_key.as_slice(), &rules.catalogue.secrets);
    let clean = integers_only(clean);
    if clean.to_string().len() > MOST_REPORTED {
        let detail = format!("The report has more than {MOST_REPORTED} bytes. Keep less of the output.");
        return Err(Refusal::new(Code::TooLarge, detail));
    }
    Ok(clean)
}
