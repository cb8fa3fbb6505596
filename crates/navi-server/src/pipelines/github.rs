//! GitHub: signatures of its webhooks, the app's tokens, and the answers to its deployment protection rule.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use navi_domain::pipeline::PipelineCheck;
use navi_domain::{MINUTE, SECOND, UtcMicros};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::address::Address;
use super::secret::{self, Secret};
use super::{Unheard, Word, shortened};
use crate::App;
use crate::config::GithubConfig;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// GitHub takes no longer comment.
const COMMENT: usize = 1024;
/// A token is not used so shortly before its end.
const MARGIN: UtcMicros = 5 * MINUTE;
/// GitHub refuses a longer life.
const JWT_LIFE_SECS: i64 = 540;
/// For a clock of GitHub's that is behind.
const JWT_SKEW_SECS: i64 = 60;

/// What the operator set about GitHub.
pub struct Github {
    /// The API.
    pub api: Address,
    /// Account there → person here.
    pub people: BTreeMap<String, String>,
    /// How long a deployment may go on without a sign.
    pub lease_secs: Option<u32>,
    secret: Secret,
    app_id: String,
    key: EncodingKey,
    client: reqwest::Client,
    tokens: tokio::sync::Mutex<BTreeMap<u64, Token>>,
}

/// An installation's token, until shortly before its end.
#[derive(Clone)]
struct Token {
    text: String,
    good_until: UtcMicros,
}

/// What a deployment asked, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The app's installation.
    pub installation_id: u64,
    /// `OWNER/NAME`.
    pub repository: String,
    /// Environment.
    pub environment: String,
    /// Run of the workflow.
    pub run_id: u64,
    /// The deployment.
    pub deployment_id: Option<u64>,
    /// Commit.
    pub sha: Option<String>,
    /// Branch or tag.
    pub git_ref: Option<String>,
    /// What began the workflow.
    pub event: Option<String>,
    /// Account that caused it.
    pub requested_by: String,
    /// Pull requests it comes from.
    pub pull_requests: Vec<u64>,
    /// `X-GitHub-Delivery`.
    pub delivery: Option<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    exp: i64,
    iss: &'a str,
}

#[derive(Deserialize)]
struct Granted {
    token: String,
    expires_at: chrono::DateTime<chrono::Utc>,
}

impl Github {
    /// Reads what the configuration names.
    ///
    /// # Errors
    /// In words.
    pub fn of(config: &GithubConfig, folder: &Path) -> anyhow::Result<Self> {
        let pem = secret::read(folder, &config.private_key_file, "webhooks.github.private_key_file")?;
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).with_context(|| {
            format!(
                "webhooks.github.private_key_file: {} is no RSA key (PEM)",
                config.private_key_file.display()
            )
        })?;
        anyhow::ensure!(!config.app_id.trim().is_empty(), "webhooks.github.app_id is empty");
        let lease = config.lease_secs.is_none_or(|secs| crate::usecase::evaluate::LEASES.contains(&secs));
        anyhow::ensure!(lease, "webhooks.github.lease_secs must be between 30 and 86400");
        Ok(Self {
            secret: Secret::read(folder, &config.secret_file, "webhooks.github.secret_file")?,
            app_id: config.app_id.trim().to_owned(),
            key,
            api: Address::parse(&config.api_url, "webhooks.github.api_url")?,
            people: config.people.clone(),
            lease_secs: config.lease_secs,
            client: client()?,
            tokens: tokio::sync::Mutex::default(),
        })
    }

    /// Whether GitHub signed these bytes, by `X-Hub-Signature-256`.
    #[must_use]
    pub fn signed(&self, bytes: &[u8], signature: &str) -> bool {
        signature.strip_prefix("sha256=").is_some_and(|hex| self.secret.signed_sha256(bytes, hex))
    }

    /// The person here that an account there is.
    #[must_use]
    pub fn person(&self, account: &str) -> String {
        self.people.get(account).cloned().unwrap_or_else(|| format!("github:{account}"))
    }

    /// Says a word.
    ///
    /// # Errors
    /// [`Unheard`]
    pub async fn say(&self, app: &App, check: &PipelineCheck, word: Word<'_>) -> Result<(), Unheard> {
        let asked: Deployment = serde_json::from_value(check.asked.clone())
            .map_err(|_| Unheard::Never("what was asked cannot be read again".to_owned()))?;
        let token = self.token(asked.installation_id, app.store.now()).await?;
        let post = self.client.post(self.api.at(&check.reply_path)).json(&body(&asked.environment, word));
        let answer = send(post.bearer_auth(&token)).await?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            StatusCode::UNAUTHORIZED => {
                self.tokens.lock().await.remove(&asked.installation_id);
                Err(Unheard::Later("GitHub does not take the installation's token".to_owned()))
            }
            status @ (StatusCode::GONE | StatusCode::UNPROCESSABLE_ENTITY) => {
                Err(Unheard::Never(format!("GitHub no longer takes a word for it ({status})")))
            }
            // Also 404: GitHub says so to an app that lacks the permission.
            status => Err(Unheard::Later(format!("GitHub answered {status}"))),
        }
    }

    /// The installation's token, kept until shortly before its end.
    async fn token(&self, installation: u64, now: UtcMicros) -> Result<String, Unheard> {
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(&installation).filter(|token| now < token.good_until) {
            return Ok(token.text.clone());
        }
        let jwt = self.jwt(now)?;
        let url = self.api.at(&format!("/app/installations/{installation}/access_tokens"));
        let answer = send(self.client.post(url).bearer_auth(jwt)).await?;
        let status = answer.status();
        if !status.is_success() {
            return Err(Unheard::Later(format!(
                "GitHub gives no token for installation {installation} ({status})"
            )));
        }
        let granted: Granted =
            answer.json().await.map_err(|_| Unheard::Later("GitHub's token cannot be read".to_owned()))?;
        let good_until = granted.expires_at.timestamp_micros() - MARGIN;
        tokens.insert(installation, Token { text: granted.token.clone(), good_until });
        Ok(granted.token)
    }

    fn jwt(&self, now: UtcMicros) -> Result<String, Unheard> {
        let secs = now / SECOND;
        let claims = Claims { iat: secs - JWT_SKEW_SECS, exp: secs + JWT_LIFE_SECS, iss: &self.app_id };
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key)
            .map_err(|_| Unheard::Later("the app's key does not sign".to_owned()))
    }
}

fn client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("navi-server/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("TLS cannot be set up")
}

async fn send(request: RequestBuilder) -> Result<Response, Unheard> {
    request
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28")
        .send()
        .await
        .map_err(|_| Unheard::Later("GitHub cannot be reached".to_owned()))
}

fn body(environment: &str, word: Word<'_>) -> Value {
    match word {
        Word::Waits(message) => {
            json!({"environment_name": environment, "comment": shortened(message, COMMENT)})
        }
        Word::Ends { passed, message } => json!({
            "environment_name": environment,
            "state": if passed { "approved" } else { "rejected" },
            "comment": shortened(message, COMMENT),
        }),
    }
}
