//! GitHub and Terraform as far as a server talks with them, on loopback, written from their own documentation: they sign
//! what they send, and check tokens, signatures and bodies like the real ones.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use crate::server::{API, Server};

const SECRET: &str = "shared between both sides of the tests";
const APP: &str = "1234567";
/// What Terraform sends along with a run task.
pub const TASK_TOKEN: &str = "dGhlIHRva2Vu.atlasv1.of-a-run-task";
const INSTALLATION_TOKEN: &str = "ghs_installation_of_the_tests";

/// The other side.
#[derive(Debug)]
pub struct Pipelines {
    url: String,
    dir: tempfile::TempDir,
    told: Arc<Told>,
}

#[derive(Debug)]
struct Told {
    is_away: AtomicBool,
    words: Mutex<Vec<Value>>,
    wrong: Mutex<Vec<String>>,
    plan: Mutex<Value>,
    public_key: Vec<u8>,
}

impl Pipelines {
    /// Begins to listen.
    ///
    /// # Errors
    /// Without a port, a key or a folder.
    pub async fn start() -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let key = KeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no RSA key"))?;
        let told = Arc::new(Told {
            is_away: AtomicBool::new(false),
            words: Mutex::default(),
            wrong: Mutex::default(),
            plan: Mutex::default(),
            public_key: key.public_key().as_ref().to_vec(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&told));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let dir = tempfile::tempdir()?;
        std::fs::write(dir.path().join("app.pem"), as_github_gives_it(&key)?)?;
        std::fs::write(dir.path().join("secret"), SECRET)?;
        Ok(Self { url, dir, told })
    }

    /// The configuration of a server that both may ask.
    #[must_use]
    pub fn config(&self, approval_ttl_secs: u32) -> Value {
        let file = |name: &str| -> PathBuf { self.dir.path().join(name) };
        json!({"approval_ttl_secs": approval_ttl_secs, "webhooks": {
            "github": {"secret_file": file("secret"), "app_id": APP, "private_key_file": file("app.pem"),
                "api_url": self.url},
            "terraform": {"secret_file": file("secret"), "api_url": self.url, "archive_url": self.url},
        }})
    }

    /// From now on it answers 503, or again properly.
    pub fn be_away(&self, is_away: bool) {
        self.told.is_away.store(is_away, Ordering::SeqCst);
    }

    /// The plan that lies there.
    pub fn put_plan(&self, plan: Value) {
        *self.told.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
    }

    /// Words that were taken, oldest first.
    #[must_use]
    pub fn words(&self) -> Vec<Value> {
        self.told.words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Words that end something.
    #[must_use]
    pub fn last_words(&self) -> Vec<Value> {
        let ends = |w: &Value| w["state"].is_string() || matches!(status(w), "passed" | "failed");
        self.words().into_iter().filter(ends).collect()
    }

    /// What came that the real ones would not have taken.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        self.told.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A deployment that waits for the protection rule, signed and sent.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn deploy(&self, server: &Server, run: u64, environment: &str) -> Result<u16> {
        let event = json!({
            "action": "requested", "environment": environment, "event": "push",
            "sha": "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", "ref": "refs/heads/feature", "pull_requests": [],
            "deployment_callback_url": format!("{}/repos/acme/shop/actions/runs/{run}/deployment_protection_rule", self.url),
            "deployment": {"id": run + 1000, "environment": environment}, "repository": {"full_name": "acme/shop"},
            "installation": {"id": 9}, "sender": {"login": "octo"},
        });
        self.github(server, "deployment_protection_rule", &event).await
    }

    /// How a deployment ended, signed and sent.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn deployed(&self, server: &Server, run: u64, state: &str) -> Result<u16> {
        let event = json!({"action": "created", "deployment_status": {"state": state},
            "deployment": {"id": run + 1000}, "repository": {"full_name": "acme/shop"}});
        self.github(server, "deployment_status", &event).await
    }

    async fn github(&self, server: &Server, event: &str, body: &Value) -> Result<u16> {
        let body = body.to_string();
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?.chain_update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let headers = [("x-github-event", event), ("x-hub-signature-256", signature.as_str())];
        post(server, "/webhooks/github", body, &headers).await
    }

    /// A run task after a plan, signed and sent.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn run_task(&self, server: &Server, run: u64) -> Result<u16> {
        let body = json!({
            "payload_version": 1, "stage": "post_plan", "access_token": TASK_TOKEN, "is_speculative": false,
            "organization_name": "acme", "workspace_name": "shop", "run_id": format!("run-{run}"),
            "run_created_by": "jane", "task_result_id": format!("taskrs-{run}"),
            "task_result_enforcement_level": "mandatory",
            "task_result_callback_url": format!("{}/api/v2/task-results/{run}/callback", self.url),
            "plan_json_api_url": format!("{}/api/v2/plans/plan-{run}/json-output", self.url),
        })
        .to_string();
        let mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes())?.chain_update(&body);
        let signature = hex::encode(mac.finalize().into_bytes());
        post(server, "/webhooks/terraform", body, &[("x-tfc-task-signature", &signature)]).await
    }
}

/// `status` of a word of Terraform's.
#[must_use]
pub fn status(word: &Value) -> &str {
    word["data"]["attributes"]["status"].as_str().unwrap_or_default()
}

/// PKCS#1, which is what PKCS#8 holds after its header of 26 bytes for keys of this size.
fn as_github_gives_it(key: &KeyPair) -> Result<String> {
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(key).map_err(|_| anyhow!("the key has no DER"))?;
    let inner = der.as_ref().get(26..).context("the key is too short")?;
    Ok(format!(
        "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n",
        STANDARD.encode(inner)
    ))
}

async fn post(server: &Server, path: &str, body: String, headers: &[(&str, &str)]) -> Result<u16> {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let mut request =
        http.post(format!("{}{API}{path}", server.url)).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Ok(request.body(body).send().await?.status().as_u16())
}

type Said = (StatusCode, String);

async fn answer(
    State(told): State<Arc<Told>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Said {
    if told.is_away.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, String::new());
    }
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let bearer = text("authorization").strip_prefix("Bearer ").unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let taken = match (method.as_str(), uri.path()) {
        ("POST", "/app/installations/9/access_tokens") => token(&told, bearer, text("accept")),
        ("POST", path) if path.ends_with("/deployment_protection_rule") => review(&told, bearer, &body),
        ("PATCH", path) if path.ends_with("/callback") => result(&told, bearer, text("content-type"), &body),
        ("GET", path) if path.ends_with("/json-output") => match bearer {
            TASK_TOKEN => {
                let plan = told.plan.lock().unwrap_or_else(PoisonError::into_inner);
                Ok((StatusCode::OK, plan.to_string()))
            }
            _ => Err("the plan is fetched without its token".to_owned()),
        },
        (method, path) => Err(format!("{method} {path} is not part of either")),
    };
    taken.unwrap_or_else(|wrong| {
        told.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(wrong);
        (StatusCode::UNPROCESSABLE_ENTITY, String::new())
    })
}

/// The app's own token: signed with its key, by its number, good now, for ten minutes at most.
fn token(told: &Told, jwt: &str, accept: &str) -> Result<Said, String> {
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[APP]);
    let key = DecodingKey::from_rsa_der(&told.public_key);
    let claims =
        jsonwebtoken::decode::<Value>(jwt, &key, &rules).map_err(|e| format!("the app's token: {e}"))?;
    let secs = |name: &str| claims.claims[name].as_i64().ok_or_else(|| format!("no {name}"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().cast_signed();
    if secs("exp")? - secs("iat")? > 600 || secs("iat")? > now {
        return Err(format!("the app's token lives too long or begins too late: {:?}", claims.claims));
    }
    if accept != "application/vnd.github+json" {
        return Err(format!("accept: {accept}"));
    }
    let granted = json!({"token": INSTALLATION_TOKEN, "expires_at": "2099-01-01T00:00:00Z"});
    Ok((StatusCode::CREATED, granted.to_string()))
}

fn review(told: &Told, bearer: &str, body: &Value) -> Result<Said, String> {
    let comment = body["comment"].as_str().is_some_and(|text| text.chars().count() <= 1024);
    let state = body.get("state").is_none_or(|state| state == "approved" || state == "rejected");
    if bearer != INSTALLATION_TOKEN || !comment || !state || !body["environment_name"].is_string() {
        return Err(format!("a review that GitHub refuses: {body}"));
    }
    told.words.lock().unwrap_or_else(PoisonError::into_inner).push(body.clone());
    Ok((StatusCode::NO_CONTENT, String::new()))
}

fn result(told: &Told, bearer: &str, content_type: &str, body: &Value) -> Result<Said, String> {
    let known =
        matches!(status(body), "running" | "passed" | "failed") && body["data"]["type"] == "task-results";
    if bearer != TASK_TOKEN || content_type != "application/vnd.api+json" || !known {
        return Err(format!("a result that Terraform refuses: {content_type} {body}"));
    }
    told.words.lock().unwrap_or_else(PoisonError::into_inner).push(body.clone());
    Ok((StatusCode::OK, String::new()))
}
