//! GitHub and Terraform as far as a server talks with them: on loopback, with the checks that the real ones make.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use navi_domain::SECOND;
use navi_server::config::WebhookConfig;
use navi_server::pipelines::Pipelines;
use navi_server::usecase::pipeline;
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use crate::app::{Answer, START, TestApp};

pub const SECRET: &str = "a secret that only the tests know";
const APP: &str = "Iv1.navi";
const PLAN_TOKEN: &str = "a-token.atlasv1.of-the-tests";

/// What arrived.
#[derive(Clone, Debug)]
pub struct Heard {
    pub method: String,
    pub path: String,
    pub authorization: String,
    pub body: Value,
}

struct Told {
    heard: Mutex<Vec<Heard>>,
    status: AtomicU16,
    plan: Mutex<String>,
    redirect: Mutex<Option<String>>,
    public_key: Vec<u8>,
}

/// The other side.
#[derive(Clone)]
pub struct Fake {
    pub url: String,
    told: Arc<Told>,
}

impl Fake {
    /// A server with both webhooks open, and the other side they talk with.
    pub async fn start() -> (TestApp, Self) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let told = Arc::new(Told {
            heard: Mutex::default(),
            status: AtomicU16::new(200),
            plan: Mutex::default(),
            redirect: Mutex::default(),
            public_key: key.public_key().as_ref().to_vec(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&told));
        tokio::spawn(async move { axum::serve(listener, router).await });

        let dir = tempfile::tempdir().unwrap();
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        );
        std::fs::write(dir.path().join("app.pem"), pem).unwrap();
        std::fs::write(dir.path().join("secret"), SECRET).unwrap();
        let config: WebhookConfig = serde_json::from_value(json!({
            "github": {"secret_file": "secret", "app_id": APP, "private_key_file": "app.pem", "api_url": url,
                "people": {"bert-at-github": "bert"}, "lease_secs": 600},
            "terraform": {"secret_file": "secret", "api_url": url, "archive_url": "http://127.0.0.1:9",
                "max_plan_bytes": 10_000},
            "page_url": "https://navi.example/",
        }))
        .unwrap();
        let app = TestApp::with(Pipelines::of(&config, dir.path()).unwrap());
        (app, Self { url, told })
    }

    /// What every callback is answered from now on.
    pub fn answers(&self, status: u16) {
        self.told.status.store(status, Ordering::SeqCst);
    }

    /// The plan that lies there.
    pub fn plan(&self, plan: &Value) {
        *self.told.plan.lock().unwrap() = plan.to_string();
    }

    /// Plans are somewhere else.
    pub fn redirects_plans_to(&self, url: &str) {
        *self.told.redirect.lock().unwrap() = Some(url.to_owned());
    }

    /// Everything that arrived.
    pub fn heard(&self) -> Vec<Heard> {
        self.told.heard.lock().unwrap().clone()
    }

    /// Bodies that arrived at callbacks.
    pub fn words(&self) -> Vec<Value> {
        let callback =
            |h: &Heard| h.path.ends_with("/deployment_protection_rule") || h.path.ends_with("/callback");
        self.heard().into_iter().filter(callback).map(|h| h.body).collect()
    }
}

async fn answer(
    State(told): State<Arc<Told>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let authorization = text(header::AUTHORIZATION);
    let path = uri.path().to_owned();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let heard =
        Heard { method: method.to_string(), path: path.clone(), authorization: authorization.clone(), body };
    told.heard.lock().unwrap().push(heard);
    let bearer = authorization.strip_prefix("Bearer ").unwrap_or_default();
    let say = |status: u16, body: String| {
        Response::builder().status(StatusCode::from_u16(status).unwrap()).body(Body::from(body)).unwrap()
    };
    let status = told.status.load(Ordering::SeqCst);
    match path.as_str() {
        "/app/installations/9/access_tokens" if is_of_the_app(&told, bearer) => {
            let end = chrono::DateTime::from_timestamp(START / SECOND + 3600, 0).unwrap();
            say(201, json!({"token": "ghs_1", "expires_at": end.to_rfc3339()}).to_string())
        }
        p if p.ends_with("/deployment_protection_rule") && bearer == "ghs_1" => say(status, String::new()),
        p if p.ends_with("/callback") && bearer == PLAN_TOKEN => {
            let right = text(header::CONTENT_TYPE) == "application/vnd.api+json";
            say(if right { status } else { 415 }, String::new())
        }
        p if p.ends_with("/json-output") && bearer == PLAN_TOKEN => {
            match told.redirect.lock().unwrap().clone() {
                Some(to) => {
                    Response::builder().status(307).header(header::LOCATION, to).body(Body::empty()).unwrap()
                }
                None => say(200, told.plan.lock().unwrap().clone()),
            }
        }
        "/archive/plan" => say(200, told.plan.lock().unwrap().clone()),
        _ => say(401, String::new()),
    }
}

/// As GitHub checks it: the app's key, its id, no longer life than ten minutes.
fn is_of_the_app(told: &Told, jwt: &str) -> bool {
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_exp = false;
    rules.set_issuer(&[APP]);
    rules.set_required_spec_claims(&["exp", "iss"]);
    let claims = jsonwebtoken::decode::<Value>(jwt, &DecodingKey::from_rsa_der(&told.public_key), &rules);
    claims.is_ok_and(|token| {
        let secs = |name: &str| token.claims[name].as_i64().unwrap();
        secs("exp") - secs("iat") <= 600 && secs("iat") <= START / SECOND + 100_000
    })
}

/// Sends an event of GitHub, signed.
pub async fn github(app: &TestApp, event: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let headers =
        [("x-github-event", event), ("x-hub-signature-256", signature.as_str()), ("x-github-delivery", "d1")];
    app.call("POST", "/api/governance/webhooks/github", None, &body, &headers).await
}

/// Sends a run task of Terraform, signed.
pub async fn terraform(app: &TestApp, body: &Value) -> Answer {
    let body = body.to_string();
    let mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&body);
    let signature = hex::encode(mac.finalize().into_bytes());
    app.call(
        "POST",
        "/api/governance/webhooks/terraform",
        None,
        &body,
        &[("x-tfc-task-signature", &signature)],
    )
    .await
}

/// A deployment that waits.
pub fn deployment(fake: &Fake, environment: &str) -> Value {
    json!({
        "action": "requested", "environment": environment, "event": "push", "sha": "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
        "ref": "refs/heads/feature", "pull_requests": [{"number": 3, "url": "x"}],
        "deployment_callback_url": format!("{}/repos/acme/shop/actions/runs/77/deployment_protection_rule", fake.url),
        "deployment": {"id": 5, "environment": environment, "creator": {"login": "octo"}},
        "repository": {"id": 1, "full_name": "acme/shop"}, "installation": {"id": 9}, "sender": {"login": "octo"},
    })
}

/// A run task that waits.
pub fn task(fake: &Fake) -> Value {
    json!({
        "payload_version": 1, "stage": "post_plan", "access_token": PLAN_TOKEN, "is_speculative": false,
        "organization_name": "acme", "workspace_name": "shop", "workspace_id": "ws-1", "run_id": "run-1",
        "run_created_by": "jane", "run_message": "a bigger database", "task_result_id": "taskrs-1",
        "task_result_callback_url": format!("{}/api/v2/task-results/5ea8/callback", fake.url),
        "plan_json_api_url": format!("{}/api/v2/plans/plan-1/json-output", fake.url),
        "vcs_branch": "feature", "vcs_repo_url": "https://github.com/acme/infra", "vcs_commit_url": null,
    })
}

/// A plan that does this to one resource.
pub fn plan(kind: &str, actions: &[&str]) -> Value {
    json!({"format_version": "1.2", "resource_changes": [
        {"address": format!("{kind}.main"), "type": kind, "change": {"actions": actions, "before": {"password": "hunter2"}}}]})
}

/// Carries everything on as the job does.
pub async fn carry(app: &TestApp) {
    pipeline::carry_all(&app.app).await.unwrap();
}

/// The one approval that waits.
pub async fn the_pending_one(app: &TestApp) -> String {
    let filter = navi_store::ApprovalFilter {
        status: vec![navi_domain::approval::ApprovalStatus::Pending],
        limit: 10,
        ..Default::default()
    };
    let found = app.app.store.approvals(&filter).await.unwrap().items;
    assert_eq!(found.len(), 1);
    found[0].approval.id.clone()
}
