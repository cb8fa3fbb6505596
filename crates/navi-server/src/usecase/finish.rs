//! The gate reports how a run ended.

use navi_domain::event::EventKind;
use navi_domain::execution::{Execution, ExecutionStatus};
use navi_protocol::executions::FinishRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::{TRIES, commit, event, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Ends an execution. The same report twice is harmless.
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
    for _ in 0..TRIES {
        let unknown = || Refusal::not_found("execution", id);
        let execution = app.store.execution(id).await?.ok_or_else(unknown)?;
        if execution.user != caller.user() {
            return Err(unknown());
        }
        let now = app.store.now();
        let ended =
            execution.finish(status, report.exit_code, report.artifacts.clone(), now).map_err(|_| {
                Refusal::new(Code::AlreadyEnded, "The execution has already ended with another result.")
            })?;
        let Some(ended) = ended else { return Ok(execution) };
        let permit = app.store.permit(&ended.permit_id).await?;
        let links = [
            ("permit_id", ended.permit_id.as_str()),
            ("action_id", ended.decision_id.as_str()),
            ("approval_id", ended.approval_id.as_deref().unwrap_or_default()),
            ("digest", permit.as_ref().map_or("", |p| p.digest.as_str())),
            ("policy_hash", permit.as_ref().map_or("", |p| p.policy_hash.as_str())),
        ];
        let artifacts = report.artifacts.to_string();
        let payload = json!({"status": status, "exit_code": report.exit_code, "artifacts": artifacts});
        let change = Change::default()
            .event(event(EventKind::ExecutionFinished, caller, id, &links, payload))
            .put(Record::Execution(ended));
        if commit(app, change).await?.is_some() {
            return app.store.execution(id).await?.ok_or_else(unknown);
        }
    }
    Err(lost_races())
}
