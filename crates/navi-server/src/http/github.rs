//! `/webhooks/github`: deployments that wait for a protection rule, and how they ended. The signature is the credential.

use axum::Json;
use axum::extract::State;
use navi_domain::pipeline::PipelineSource;
use navi_protocol::pipelines::{GithubDeployment, GithubDeploymentStatus, PipelineReceipt};
use navi_protocol::problem::{Code, Problem};
use serde_json::json;

use super::extract::Raw;
use crate::auth::secret_hash;
use crate::pipelines::github::{Deployment, Github};
use crate::usecase::pipeline::{self, Ask, end};
use crate::{App, Refusal};

/// Receive an event of a GitHub App: `deployment_protection_rule` or `deployment_status`.
///
/// The word goes to GitHub itself, when there is one; what comes back here only says that the event is kept.
#[utoipa::path(post, path = "/api/governance/webhooks/github", operation_id = "receive_github_event", tag = "webhooks", security(()),
    params(("X-Hub-Signature-256" = String, Header, description = "`sha256=` and the HMAC-SHA256 of the body in hex."),
        ("X-GitHub-Event" = String, Header, description = "Name of the event.")),
    request_body = GithubDeployment,
    responses((status = 200, body = PipelineReceipt), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn receive_github_event(
    State(app): State<App>,
    raw: Raw,
) -> Result<Json<PipelineReceipt>, Refusal> {
    let Some(github) = &app.pipelines.github else {
        return Err(Refusal::new(
            Code::NotFound,
            "GitHub is not configured here (webhooks.github in config.json).",
        ));
    };
    if !github.signed(&raw.bytes, raw.header("x-hub-signature-256")) {
        app.refusals.login(None, "webhook github", "its signature does not fit");
        let detail = "X-Hub-Signature-256 is missing or does not fit the body. Nothing was kept.";
        return Err(Refusal::new(Code::Unauthenticated, detail));
    }
    match raw.header("x-github-event") {
        "deployment_protection_rule" => {
            let event: GithubDeployment = raw.json()?;
            if event.action != "requested" {
                return Ok(receipt("ignored", None));
            }
            let ask = ask(&app, github, event, raw.header("x-github-delivery"))?;
            let check = pipeline::keep(&app, ask).await?;
            Ok(receipt(check.stage.as_str(), Some(check.id)))
        }
        "deployment_status" => ended(&app, raw.json()?).await,
        _ => Ok(receipt("ignored", None)),
    }
}

fn receipt(state: &str, id: Option<String>) -> Json<PipelineReceipt> {
    Json(PipelineReceipt { state: state.to_owned(), id })
}

fn ask(app: &App, github: &Github, event: GithubDeployment, delivery: &str) -> Result<Ask, Refusal> {
    let invalid = |what: &str| Refusal::new(Code::Invalid, what);
    let repository = event.repository.full_name;
    let path = github.api.path_of(&event.deployment_callback_url);
    let run_id = path.as_deref().and_then(|path| run_of(path, &repository));
    let (Some(reply_path), Some(run_id)) = (path, run_id) else {
        app.refusals.login(None, "webhook github", "its answer is wanted elsewhere");
        return Err(invalid(
            "deployment_callback_url is not the deployment_protection_rule of a run of this repository, below \
             webhooks.github.api_url. Nothing was kept.",
        ));
    };
    if event.environment.trim().is_empty() || event.environment.len() > 255 {
        return Err(invalid("environment must have 1 to 255 characters."));
    }
    let creator = event.deployment.as_ref().and_then(|deployment| deployment.creator.as_ref());
    let requested_by = event.sender.as_ref().or(creator).map(|account| account.login.clone());
    let requested_by = requested_by.ok_or_else(|| invalid("The event names neither sender nor creator."))?;
    let of = |field: fn(&navi_protocol::pipelines::GithubDeploymentRef) -> &Option<String>| {
        event.deployment.as_ref().and_then(|deployment| field(deployment).clone())
    };
    let deployment_id = event.deployment.as_ref().map(|deployment| deployment.id);
    let sha = event.sha.clone().or_else(|| of(|d| &d.sha));
    let git_ref = event.git_ref.clone().or_else(|| of(|d| &d.git_ref));
    let asked = Deployment {
        installation_id: event.installation.id,
        run_id,
        deployment_id,
        sha,
        git_ref,
        event: event.event,
        requested_by,
        pull_requests: event.pull_requests.iter().flatten().map(|pull| pull.number).collect(),
        delivery: (!delivery.is_empty()).then(|| delivery.chars().take(100).collect()),
        repository,
        environment: event.environment,
    };
    let Deployment { repository, environment, .. } = &asked;
    let deployment = deployment_id.map_or_else(|| "none".to_owned(), |id| id.to_string());
    Ok(Ask {
        id: secret_hash(&format!("github\n{repository}\n{run_id}\n{environment}\n{deployment}")),
        source: PipelineSource::Github,
        slot: format!("{repository} run {run_id} environment {environment}"),
        follows: deployment_id.map(|id| name(repository, id)),
        user: github.person(&asked.requested_by),
        reply_path,
        asked: json!(asked),
        credential: None,
    })
}

/// The number of the run in `/repos/OWNER/NAME/actions/runs/RUN/deployment_protection_rule`.
fn run_of(path: &str, repository: &str) -> Option<u64> {
    let rest = path.strip_prefix(&format!("/repos/{repository}/actions/runs/"))?;
    rest.strip_suffix("/deployment_protection_rule")?.parse().ok()
}

fn name(repository: &str, deployment: u64) -> String {
    format!("github {repository} deployment {deployment}")
}

async fn ended(app: &App, event: GithubDeploymentStatus) -> Result<Json<PipelineReceipt>, Refusal> {
    let ended = match event.deployment_status.state.as_str() {
        "success" => Some("succeeded"),
        "failure" | "error" => Some("failed"),
        "in_progress" | "queued" | "pending" | "waiting" => None,
        _ => return Ok(receipt("ignored", None)),
    };
    let said = json!({"deployment_status": event.deployment_status, "deployment_id": event.deployment.id});
    let check = end::told(app, &name(&event.repository.full_name, event.deployment.id), ended, said).await?;
    Ok(check.map_or_else(|| receipt("ignored", None), |check| receipt("noted", Some(check.id))))
}
