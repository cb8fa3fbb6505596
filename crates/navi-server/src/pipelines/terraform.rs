//! Terraform: signatures of its run tasks, the plan they are about, and the answers to them. The credential that comes with
//! a run task goes to the operator's own address alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use navi_domain::pipeline::PipelineCheck;
use reqwest::{Response, StatusCode, Url, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::address::Address;
use super::secret::Secret;
use super::{Unheard, Word, sealed, shortened};
use crate::App;
use crate::config::TerraformConfig;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for a plan.
const PLAN_TIMEOUT: Duration = Duration::from_secs(120);
/// Redirects to a plan that are followed.
const HOPS: usize = 3;
/// Longest message that fits on its page.
const MESSAGE: usize = 2000;

/// What the operator set about Terraform.
pub struct Terraform {
    /// The API.
    pub api: Address,
    /// Account there → person here.
    pub people: BTreeMap<String, String>,
    archive: Address,
    max_plan_bytes: usize,
    secret: Secret,
    client: reqwest::Client,
}

/// What a run task asked, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Organisation.
    pub organization: String,
    /// Workspace.
    pub workspace: String,
    /// The run.
    pub run_id: String,
    /// `post_plan` or `pre_apply`, or a stage that nothing is decided about.
    pub stage: String,
    /// What is answered.
    pub task_result_id: String,
    /// Nothing will be applied.
    pub is_speculative: bool,
    /// Path of the plan, below the API.
    pub plan_path: Option<String>,
    /// Account that began the run.
    pub created_by: String,
    /// Its words.
    pub message: Option<String>,
    /// Branch.
    pub branch: Option<String>,
    /// Repository, `OWNER/NAME`.
    pub repository: Option<String>,
    /// The commit.
    pub commit_url: Option<String>,
}

impl Terraform {
    /// Reads what the configuration names.
    ///
    /// # Errors
    /// In words.
    pub fn of(config: &TerraformConfig, folder: &Path) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("navi-server/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("TLS cannot be set up")?;
        Ok(Self {
            api: Address::parse(&config.api_url, "webhooks.terraform.api_url")?,
            people: config.people.clone(),
            archive: Address::parse(&config.archive_url, "webhooks.terraform.archive_url")?,
            max_plan_bytes: config.max_plan_bytes,
            secret: Secret::read(folder, &config.secret_file, "webhooks.terraform.secret_file")?,
            client,
        })
    }

    /// Whether Terraform signed these bytes, by `X-TFC-Task-Signature`.
    #[must_use]
    pub fn signed(&self, bytes: &[u8], signature: &str) -> bool {
        self.secret.signed_sha512(bytes, signature)
    }

    /// The person here that an account there is.
    #[must_use]
    pub fn person(&self, account: &str) -> String {
        self.people.get(account).cloned().unwrap_or_else(|| format!("terraform:{account}"))
    }

    /// Says a word.
    ///
    /// # Errors
    /// [`Unheard`]
    pub async fn say(&self, app: &App, check: &PipelineCheck, word: Word<'_>) -> Result<(), Unheard> {
        let (status, message) = match word {
            Word::Waits(message) => ("running", message),
            Word::Ends { passed: true, message } => ("passed", message),
            Word::Ends { passed: false, message } => ("failed", message),
        };
        let mut attributes = json!({"status": status, "message": shortened(message, MESSAGE)});
        if let (Some(page), Some(fields)) = (&app.pipelines.page_url, attributes.as_object_mut()) {
            fields.insert("url".to_owned(), Value::String(page.clone()));
        }
        let body = json!({"data": {"type": "task-results", "attributes": attributes}});
        let request = self
            .client
            .patch(self.api.at(&check.reply_path))
            .timeout(TIMEOUT)
            .bearer_auth(credential(app, check)?)
            .header(header::CONTENT_TYPE, "application/vnd.api+json")
            .body(body.to_string());
        let answer = request.send().await.map_err(|_| unreachable())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status @ (StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::GONE
            | StatusCode::UNPROCESSABLE_ENTITY) => {
                Err(Unheard::Never(format!("Terraform no longer takes a word for it ({status})")))
            }
            status => Err(Unheard::Later(format!("Terraform answered {status}"))),
        }
    }

    /// Fetches the plan. Where the API redirects, the credential stays behind.
    ///
    /// # Errors
    /// [`Unheard`]
    pub async fn plan(&self, app: &App, check: &PipelineCheck, path: &str) -> Result<Vec<u8>, Unheard> {
        let mut url =
            Url::parse(&self.api.at(path)).map_err(|_| Unheard::Never("its path is none".to_owned()))?;
        let mut bearer = Some(credential(app, check)?);
        for _ in 0..=HOPS {
            let mut request = self.client.get(url.clone()).timeout(PLAN_TIMEOUT);
            if let Some(bearer) = bearer.take() {
                request = request.bearer_auth(bearer);
            }
            let answer = request.send().await.map_err(|_| unreachable())?;
            match answer.status() {
                StatusCode::OK => return self.read(answer).await,
                StatusCode::NO_CONTENT => return Err(Unheard::Later("the plan is not there yet".to_owned())),
                status if status.is_redirection() => url = self.next(&url, &answer)?,
                status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                    return Err(Unheard::Never(format!("Terraform does not give the plan ({status})")));
                }
                status => return Err(Unheard::Later(format!("Terraform answered {status}"))),
            }
        }
        Err(Unheard::Never("the plan is redirected too often".to_owned()))
    }

    fn next(&self, from: &Url, answer: &Response) -> Result<Url, Unheard> {
        let to = answer.headers().get(header::LOCATION).and_then(|l| l.to_str().ok());
        let to = to.and_then(|l| from.join(l).ok());
        to.filter(|url| self.api.is_home_of(url) || self.archive.is_home_of(url)).ok_or_else(|| {
            Unheard::Never("the plan is redirected to an address that is not configured".to_owned())
        })
    }

    async fn read(&self, mut answer: Response) -> Result<Vec<u8>, Unheard> {
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| unreachable())? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > self.max_plan_bytes {
                let most = self.max_plan_bytes;
                return Err(Unheard::Never(format!("the plan has more than {most} bytes")));
            }
        }
        Ok(bytes)
    }
}

fn unreachable() -> Unheard {
    Unheard::Later("Terraform cannot be reached".to_owned())
}

fn credential(app: &App, check: &PipelineCheck) -> Result<String, Unheard> {
    let opened = check.credential.as_ref().and_then(|sealed| sealed::open(app, &check.id, sealed));
    opened.ok_or_else(|| Unheard::Never("its credential cannot be opened".to_owned()))
}
