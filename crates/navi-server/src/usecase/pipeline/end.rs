//! How what a pipeline ran ended: as the pipeline tells, or unknown where it tells nobody.

use navi_domain::execution::ExecutionStatus;
use navi_domain::pipeline::{PipelineCheck, PipelineSource};
use navi_protocol::executions::FinishRequest;
use serde_json::{Value, json};

use super::caller;
use crate::usecase::finish;
use crate::{App, Refusal};

/// A sign of a run that goes under a name at its pipeline: `ended` where it says how. The ask it belongs to, if there is one
/// with a run.
///
/// # Errors
/// `already_ended` when it ended otherwise; the store's refusal.
pub async fn told(
    app: &App,
    name: &str,
    ended: Option<&str>,
    said: Value,
) -> Result<Option<PipelineCheck>, Refusal> {
    let asks = app.store.pipelines_followed_by(name).await?;
    let Some((check, run)) = asks.iter().find_map(|c| c.execution_id().map(|run| (c, run))) else {
        return Ok(None);
    };
    match ended {
        Some(status) => {
            let report = FinishRequest {
                status: status.to_owned(),
                exit_code: None,
                artifacts: said,
                run_nonce: None,
            };
            finish::finish(app, &caller(check), run, &report).await?;
        }
        None => app.presence.sign(run, app.store.now()),
    }
    Ok(Some(check.clone()))
}

/// After the answer: of a run that nobody will tell about, it is known now that its end is unknown.
///
/// # Errors
/// The store's refusal; then its lease says so later.
pub async fn unfollowed(app: &App, check: &PipelineCheck) -> Result<(), Refusal> {
    let Some(run) = check.execution_id() else { return Ok(()) };
    let why = match (check.source, check.delivered) {
        (_, Some(false)) => "the pipeline could not be told that it may go on",
        (PipelineSource::Terraform, _) => "Terraform tells no run task what became of an apply",
        (PipelineSource::Github, _) if check.follows.is_none() => "the deployment has no number to follow",
        (PipelineSource::Github, _) => return Ok(()),
    };
    let started = app.store.execution(run).await?.is_some_and(|e| e.status == ExecutionStatus::Started);
    if started {
        let artifacts = json!({"why_unknown": why});
        let report =
            FinishRequest { status: "unknown".to_owned(), exit_code: None, artifacts, run_nonce: None };
        finish::finish(app, &caller(check), run, &report).await?;
    }
    Ok(())
}
