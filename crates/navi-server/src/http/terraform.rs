//! `/webhooks/terraform`: runs that wait for a run task. The signature is the credential.

use axum::Json;
use axum::extract::State;
use navi_domain::pipeline::PipelineSource;
use navi_protocol::pipelines::{PipelineReceipt, TerraformTask};
use navi_protocol::problem::{Code, Problem};
use serde_json::json;

use super::extract::Raw;
use crate::auth::secret_hash;
use crate::pipelines::terraform::{Task, Terraform};
use crate::usecase::pipeline::{self, Ask};
use crate::{App, Refusal};

/// Receive a run task of HCP Terraform or Terraform Enterprise.
///
/// The word goes to Terraform itself, when there is one; what comes back here only says that the run task is kept.
#[utoipa::path(post, path = "/api/governance/webhooks/terraform", operation_id = "receive_terraform_task", tag = "webhooks", security(()),
    params(("X-TFC-Task-Signature" = String, Header, description = "HMAC-SHA512 of the body in hex.")),
    request_body = TerraformTask,
    responses((status = 200, body = PipelineReceipt), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn receive_terraform_task(
    State(app): State<App>,
    raw: Raw,
) -> Result<Json<PipelineReceipt>, Refusal> {
    let Some(terraform) = &app.pipelines.terraform else {
        let detail = "Terraform is not configured here (webhooks.terraform in config.json).";
        return Err(Refusal::new(Code::NotFound, detail));
    };
    if !terraform.signed(&raw.bytes, raw.header("x-tfc-task-signature")) {
        app.refusals.login(None, "webhook terraform", "its signature does not fit");
        let detail = "X-TFC-Task-Signature is missing or does not fit the body. Nothing was kept.";
        return Err(Refusal::new(Code::Unauthenticated, detail));
    }
    let task: TerraformTask = raw.json()?;
    // What Terraform sends when somebody sets the run task up.
    if task.stage == "test" || task.access_token == "test-token" {
        return Ok(Json(PipelineReceipt { state: "ignored".to_owned(), id: None }));
    }
    let check = pipeline::keep(&app, ask(&app, terraform, task)?).await?;
    Ok(Json(PipelineReceipt { state: check.stage.as_str().to_owned(), id: Some(check.id) }))
}

fn ask(app: &App, terraform: &Terraform, task: TerraformTask) -> Result<Ask, Refusal> {
    let invalid = |what: &str| Refusal::new(Code::Invalid, what);
    if task.payload_version != 1 {
        return Err(invalid("payload_version is not 1."));
    }
    let named = |value: Option<String>, what: &str| {
        value.filter(|text| !text.trim().is_empty()).ok_or_else(|| invalid(&format!("{what} is missing.")))
    };
    let elsewhere = |what: &str| {
        app.refusals.login(None, "webhook terraform", "its answer is wanted elsewhere");
        invalid(&format!("{what} does not lie below webhooks.terraform.api_url. Nothing was kept."))
    };
    let callback = named(task.task_result_callback_url, "task_result_callback_url")?;
    let reply_path = terraform.api.path_of(&callback).filter(|path| is_of(path, "task-results", "callback"));
    let reply_path = reply_path.ok_or_else(|| elsewhere("task_result_callback_url"))?;
    let plan_path = match &task.plan_json_api_url {
        Some(url) => {
            let path = terraform.api.path_of(url).filter(|path| is_of(path, "plans", "json-output"));
            Some(path.ok_or_else(|| elsewhere("plan_json_api_url"))?)
        }
        None => None,
    };
    let asked = Task {
        organization: named(task.organization_name, "organization_name")?,
        workspace: named(task.workspace_name, "workspace_name")?,
        run_id: named(task.run_id, "run_id")?,
        task_result_id: named(task.task_result_id, "task_result_id")?,
        created_by: named(task.run_created_by, "run_created_by")?,
        stage: task.stage,
        is_speculative: task.is_speculative.unwrap_or(false),
        plan_path,
        message: task.run_message,
        branch: task.vcs_branch,
        repository: task.vcs_repo_url.as_deref().and_then(repository),
        commit_url: task.vcs_commit_url,
    };
    Ok(Ask {
        id: secret_hash(&format!("terraform\n{}", asked.task_result_id)),
        source: PipelineSource::Terraform,
        slot: asked.task_result_id.clone(),
        follows: None,
        user: terraform.person(&asked.created_by),
        reply_path,
        credential: Some(task.access_token),
        asked: json!(asked),
    })
}

/// `/api/v2/KIND/ID/LAST`.
fn is_of(path: &str, kind: &str, last: &str) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    matches!(segments.as_slice(), ["", "api", "v2", k, id, l] if *k == kind && *l == last && !id.is_empty())
}

/// `OWNER/NAME` at the end of an address.
fn repository(url: &str) -> Option<String> {
    let mut parts = url.trim_end_matches('/').trim_end_matches(".git").rsplit('/');
    let (name, owner) = (parts.next()?, parts.next()?);
    (!name.is_empty() && !owner.is_empty()).then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_paths_of_the_api_count() {
        assert!(is_of("/api/v2/task-results/5ea8/callback", "task-results", "callback"));
        for other in [
            "/api/v2/task-results//callback",
            "/api/v2/plans/5ea8/callback",
            "/api/v2/task-results/a/b/callback",
            "/callback",
        ] {
            assert!(!is_of(other, "task-results", "callback"), "{other}");
        }
        assert_eq!(repository("https://github.com/acme/shop.git").as_deref(), Some("acme/shop"));
        assert_eq!(repository("shop"), None);
    }
}
