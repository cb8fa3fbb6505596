//! A deployment of GitHub Actions as an action.

use navi_domain::action::TargetState;
use navi_domain::pipeline::PipelineCheck;
use navi_facts::branches::is_production_environment;
use navi_protocol::evaluate::Context;
use navi_protocol::problem::Code;
use serde_json::json;

use super::step::Meaning;
use crate::pipelines::github::Deployment;
use crate::{App, Refusal};

/// Environments that are nobody's production.
const STAGING: &[&str] =
    &["staging", "stage", "dev", "development", "test", "testing", "qa", "preview", "sandbox"];

/// What the deployment does. An environment whose name says nothing is a deployment like any other, with its branch.
///
/// # Errors
/// When what was asked cannot be read again, or the organisation's patterns cannot.
pub async fn meaning(app: &App, check: &PipelineCheck) -> Result<Meaning, Refusal> {
    let asked: Deployment = serde_json::from_value(check.asked.clone())
        .map_err(|_| Refusal::new(Code::Internal, "What was asked cannot be read again."))?;
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let lower = asked.environment.to_lowercase();
    let action_type = match () {
        () if is_production_environment(&asked.environment, &rules.catalogue) => "deploy_prod",
        () if STAGING.contains(&lower.as_str()) => "deploy_staging",
        () => "deploy",
    };
    let context = Context {
        tool: Some("github deployment".to_owned()),
        args: Some(json!({
            "run_id": asked.run_id,
            "deployment_id": asked.deployment_id,
            "sha": asked.sha,
            "event": asked.event,
            "pull_requests": asked.pull_requests,
            "requested_by": asked.requested_by,
        })),
        repo: Some(asked.repository),
        branch: asked.git_ref.map(|name| name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned()),
        environment: Some(asked.environment),
        target_state: Some(TargetState::None("GitHub does not tell what runs there".to_owned())),
        ..Context::default()
    };
    Ok(Meaning::Action(action_type, Box::new(context)))
}
