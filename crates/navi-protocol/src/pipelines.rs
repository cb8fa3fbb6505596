//! `/webhooks/github` and `/webhooks/terraform`: what pipelines elsewhere send, and what they get back at once. Fields that
//! are not used here are ignored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `deployment_protection_rule` of GitHub.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GithubDeployment {
    /// `requested`.
    pub action: String,
    /// Name of the environment.
    pub environment: String,
    /// What began the workflow: `push`, `workflow_dispatch` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The commit (hex). Absent: the deployment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha: Option<String>,
    /// Branch or tag. Absent: the deployment's.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
    /// Where the answer is expected. Only its path is used.
    pub deployment_callback_url: String,
    /// The deployment that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<GithubDeploymentRef>,
    /// Pull requests that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_requests: Option<Vec<GithubPullRequest>>,
    /// Where.
    pub repository: GithubRepository,
    /// The app's installation there.
    pub installation: GithubInstallation,
    /// Who caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<GithubUser>,
}

/// `deployment_status` of GitHub.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GithubDeploymentStatus {
    /// How it stands.
    pub deployment_status: GithubStatus,
    /// The deployment.
    pub deployment: GithubDeploymentRef,
    /// Where.
    pub repository: GithubRepository,
}

/// How a deployment stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GithubStatus {
    /// `success`, `failure`, `error`, `in_progress`, `queued`, `pending`, `waiting`, `inactive`.
    pub state: String,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A deployment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GithubDeploymentRef {
    /// Its number.
    pub id: u64,
    /// The commit (hex).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha: Option<String>,
    /// Branch or tag.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<GithubUser>,
}

/// A pull request.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GithubPullRequest {
    /// Its number.
    pub number: u64,
}

/// A repository.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GithubRepository {
    /// `OWNER/NAME`.
    pub full_name: String,
}

/// An installation of a GitHub App.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GithubInstallation {
    /// Its number.
    pub id: u64,
}

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GithubUser {
    /// Its name.
    pub login: String,
}

/// A run task of HCP Terraform or Terraform Enterprise.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct TerraformTask {
    /// 1.
    pub payload_version: u32,
    /// `pre_plan`, `post_plan`, `pre_apply`, `post_apply`; `test` when a run task is set up.
    pub stage: String,
    /// What the answer is authorised with.
    pub access_token: String,
    /// Nothing will be applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_speculative: Option<bool>,
    /// Organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// Workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_name: Option<String>,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Who began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_created_by: Option<String>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_message: Option<String>,
    /// What is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_result_id: Option<String>,
    /// Where the answer is expected. Only its path is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_result_callback_url: Option<String>,
    /// Where the plan is read. Only its path is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_json_api_url: Option<String>,
    /// Branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcs_branch: Option<String>,
    /// Repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcs_repo_url: Option<String>,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcs_commit_url: Option<String>,
}

/// What came of a webhook. The word itself goes to the pipeline's own address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PipelineReceipt {
    /// `asked`, `waiting`, `answering` or `answered` for an ask; `noted` for the end of a run; `ignored`.
    pub state: String,
    /// The ask; it is the subject of its entries in the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}
