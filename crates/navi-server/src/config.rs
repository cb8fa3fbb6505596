//! Limits and lives, from `config.json` in the data directory; absent fields keep their defaults.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What an operator may set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How long an approval waits at most, in seconds.
    pub approval_ttl_secs: u32,
    /// Largest request body in bytes.
    pub max_body_bytes: usize,
    /// Pause between heartbeats on a stream, in seconds; at most 15, since a console takes a silent stream for not live.
    pub heartbeat_secs: u32,
    /// How long a run may go on without a sign of its gate, where the gate named no time of its own, in seconds; then
    /// nobody knows how it ended.
    pub execution_lease_secs: u32,
    /// Pipelines elsewhere that ask here. Absent: their webhooks are closed.
    pub webhooks: WebhookConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            approval_ttl_secs: 7200,
            max_body_bytes: 1024 * 1024,
            heartbeat_secs: 10,
            execution_lease_secs: 3600,
            webhooks: WebhookConfig::default(),
        }
    }
}

/// Pipelines elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookConfig {
    /// GitHub's deployment protection rule.
    pub github: Option<GithubConfig>,
    /// Terraform's run task.
    pub terraform: Option<TerraformConfig>,
    /// Address of this server's page as people reach it; told to whoever waits.
    pub page_url: Option<String>,
}

/// GitHub's deployment protection rule. Secrets are in files; relative paths lie in the data directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GithubConfig {
    /// Holds the secret of the app's webhook.
    pub secret_file: PathBuf,
    /// Client id or number of the app.
    pub app_id: String,
    /// Holds the app's private key (PEM).
    pub private_key_file: PathBuf,
    /// The API. For GitHub Enterprise Server `https://HOST/api/v3`.
    #[serde(default = "github_api")]
    pub api_url: String,
    /// Account there → person here. Others are `github:ACCOUNT`.
    #[serde(default)]
    pub people: BTreeMap<String, String>,
    /// How long a deployment may go on without a sign, in seconds; absent: `execution_lease_secs`.
    #[serde(default)]
    pub lease_secs: Option<u32>,
}

fn github_api() -> String {
    "https://api.github.com".to_owned()
}

/// Terraform's run task. Secrets are in files; relative paths lie in the data directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerraformConfig {
    /// Holds the HMAC key of the run task.
    pub secret_file: PathBuf,
    /// HCP Terraform, or a Terraform Enterprise.
    #[serde(default = "terraform_api")]
    pub api_url: String,
    /// Where plans lie that the API redirects to. It gets no credential.
    #[serde(default = "terraform_archive")]
    pub archive_url: String,
    /// Account there → person here. Others are `terraform:ACCOUNT`.
    #[serde(default)]
    pub people: BTreeMap<String, String>,
    /// Largest plan that is read, in bytes.
    #[serde(default = "plan_bytes")]
    pub max_plan_bytes: usize,
}

fn terraform_api() -> String {
    "https://app.terraform.io".to_owned()
}

fn terraform_archive() -> String {
    "https://archivist.terraform.io".to_owned()
}

fn plan_bytes() -> usize {
    32 * 1024 * 1024
}
