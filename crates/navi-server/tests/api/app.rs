//! A server under test, and the people who use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use http_body_util::BodyExt as _;
use navi_client::bypass::BypassDraft;
use navi_client::sign::{DeviceKey, VoteDraft};
use navi_domain::SECOND;
use navi_domain::bypass::Act;
use navi_domain::event::{Event, EventKind};
use navi_domain::people::{Invite, Role, Token, User};
use navi_domain::settings::OrgSettings;
use navi_domain::vote::{Surface, VoteScope, VoteVerdict};
use navi_ledger::checkpoint::Signer;
use navi_protocol::approvals::ApprovalView;
use navi_server::auth::secret_hash;
use navi_server::checkpoint::Notary;
use navi_server::entropy::{Entropy, EntropyFault};
use navi_server::pipelines::Pipelines;
use navi_server::{App, Config, http};
use navi_store::fault::{Fault, FaultyStore};
use navi_store::sqlite::{Options, SqliteStore};
use navi_store::{Change, Record};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt as _;

pub const START: i64 = 1_790_000_000 * SECOND;

/// Counts instead of drawing.
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFault> {
        let n = self.0.fetch_add(1, Ordering::SeqCst);
        for (i, chunk) in buffer.chunks_mut(32).enumerate() {
            let block = Sha256::digest(format!("{n}/{i}"));
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}

pub struct TestApp {
    pub app: App,
    pub router: Router,
    pub store: Arc<FaultyStore<SqliteStore>>,
    clock: Arc<AtomicI64>,
    _dir: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub headers: axum::http::HeaderMap,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }

    #[track_caller]
    pub fn refused(self, code: &str) -> Value {
        assert_eq!(self.body["code"], code, "{} {}", self.status, self.body);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.body["status"], self.status.as_u16());
        self.body
    }
}

fn system(kind: EventKind, subject: &str) -> Event {
    Event {
        kind,
        actor: "system".into(),
        on_behalf_of: None,
        subject: subject.into(),
        links: Default::default(),
        payload: json!({}),
    }
}

impl TestApp {
    pub fn new() -> Self {
        Self::with(Pipelines::default())
    }

    /// One that pipelines may ask.
    pub fn with(pipelines: Pipelines) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(START));
        let told = Arc::clone(&clock);
        let options = Options {
            clock: Arc::new(move || told.load(Ordering::SeqCst)),
            ..Options::new(dir.path().join("navi.db"), [5; 32])
        };
        let first = Change::default().event(system(EventKind::OrgCreated, "acme"));
        let origin = "navi-governance/acme/test";
        let sqlite = SqliteStore::create(options, "acme", origin, first).unwrap();
        let store = Arc::new(FaultyStore::new(sqlite));
        let app = App {
            store: Arc::clone(&store) as _,
            entropy: Arc::new(Counting(AtomicU64::new(0))),
            notary: Notary::new(Signer::from_seed(origin, [6; 32]).unwrap()),
            org_key: Arc::new([5; 32]),
            rules: Arc::default(),
            learned: Arc::default(),
            presence: Arc::new(navi_server::presence::Presence::new(START)),
            refusals: Arc::default(),
            pipelines: Arc::new(pipelines),
            config: Arc::new(Config::default()),
        };
        Self { router: http::router(app.clone()), app, store, clock, _dir: dir }
    }

    /// Lets time pass.
    pub fn pass(&self, secs: i64) {
        self.clock.fetch_add(secs * SECOND, Ordering::SeqCst);
    }

    /// Edits the database file as its owner could.
    pub fn edit_below(&self, sql: &str) {
        rusqlite::Connection::open(self._dir.path().join("navi.db")).unwrap().execute_batch(sql).unwrap();
    }

    /// Saves the organisation's settings.
    pub async fn settle(&self, change: impl FnOnce(&mut OrgSettings)) {
        let mut settings = self.app.store.org_settings().await.unwrap_or_default().unwrap_or_default();
        change(&mut settings);
        let saved = Change::default()
            .event(system(EventKind::SettingsChanged, "settings"))
            .put(Record::OrgSettings(settings));
        navi_store::Store::commit(self.store.as_ref(), saved).await.unwrap();
    }

    /// Payloads of the entries of a kind, in order.
    pub async fn payloads(&self, kind: &str) -> Vec<Value> {
        let entries = self.app.store.entries(0, 10_000).await.unwrap();
        let of_kind =
            |e: &&navi_store::Entry| serde_json::from_slice::<Value>(&e.leaf).unwrap()["kind"] == kind;
        entries
            .iter()
            .filter(of_kind)
            .map(|e| serde_json::from_slice(e.payload.as_ref().unwrap()).unwrap())
            .collect()
    }

    pub fn fail_next(&self, fault: Fault) {
        self.store.script([fault]);
    }

    /// A token of this role.
    pub async fn token(&self, user: &str, role: Role, agent: Option<&str>) -> Caller<'_> {
        let secret = format!("nvt_{user}_{}_{}", role.as_str(), agent.unwrap_or(""));
        let token = Token {
            hash: secret_hash(&secret),
            id: secret.clone(),
            user: user.into(),
            role,
            agent: agent.map(Into::into),
            device_id: None,
            created_at: START,
            expires_at: None,
            revoked_at: None,
            version: 0,
        };
        let mut change =
            Change::default().event(system(EventKind::TokenCreated, &secret)).put(Record::Token(token));
        if self.app.store.user(user).await.unwrap().is_none() {
            let role = if role == Role::Agent { Role::Developer } else { role };
            change = change.put(Record::User(User { id: user.into(), role, created_at: START, version: 0 }));
        }
        navi_store::Store::commit(self.store.as_ref(), change).await.unwrap();
        Caller { app: self, secret }
    }

    pub async fn agent(&self) -> Caller<'_> {
        self.token("dana", Role::Agent, Some("nova")).await
    }

    /// A person with an enrolled desktop: vote key and step-up key.
    pub async fn person(&self, user: &str, role: Role) -> Person<'_> {
        self.device(user, role, "desktop", true, false).await.unwrap()
    }

    /// Enrols a device through the API.
    pub async fn device(
        &self,
        user: &str,
        role: Role,
        class: &str,
        step_up: bool,
        shared: bool,
    ) -> Result<Person<'_>, Answer> {
        let secret = self.invite(user, role).await;
        let answer = self.enroll(&secret, user, class, step_up, shared).await;
        if !answer.status.is_success() {
            return Err(answer);
        }
        let seed = Self::seeds(&secret);
        let cookie = answer.headers.get(header::SET_COOKIE).map(|c| c.to_str().unwrap().to_owned());
        let body = answer.body;
        Ok(Person {
            caller: Caller { app: self, secret: body["token"].as_str().unwrap().into() },
            cookie,
            device_id: body["device"]["id"].as_str().unwrap().into(),
            vote_key: DeviceKey::from_seed(&seed.0, false),
            step_up: DeviceKey::from_seed(&seed.1, true),
            seq: AtomicU64::new(1),
        })
    }

    pub async fn invite(&self, user: &str, role: Role) -> String {
        let secret = self.app.entropy.secret("nvi_").unwrap();
        let now = self.app.store.now();
        let invite = Invite {
            hash: secret_hash(&secret),
            id: self.app.entropy.id(now).unwrap(),
            user: user.into(),
            role,
            class: None,
            created_at: now,
            expires_at: now + 3600 * SECOND,
            used_by: None,
            version: 0,
        };
        let change =
            Change::default().event(system(EventKind::InviteCreated, "invite")).put(Record::Invite(invite));
        navi_store::Store::commit(self.store.as_ref(), change).await.unwrap();
        secret
    }

    fn seeds(secret: &str) -> ([u8; 32], [u8; 32]) {
        (Sha256::digest(format!("vote {secret}")).into(), Sha256::digest(format!("step {secret}")).into())
    }

    pub async fn enroll(&self, secret: &str, name: &str, class: &str, step_up: bool, shared: bool) -> Answer {
        let (vote_seed, step_seed) = Self::seeds(secret);
        let (vote, step) = (SigningKey::from_bytes(&vote_seed), SigningKey::from_bytes(&step_seed));
        let key = |k: &SigningKey| hex::encode(k.verifying_key().to_bytes());
        let step_hex = if step_up { key(&step) } else { String::new() };
        let statement = format!("navi/enroll/v1\n{}\n{}\n{step_hex}", secret_hash(secret), key(&vote));
        let sign = |k: &SigningKey| STANDARD.encode(k.sign(statement.as_bytes()).to_bytes());
        let mut body = json!({"invite": secret, "name": name, "class": class, "shared": shared,
            "vote_key": key(&vote), "proof": sign(&vote)});
        if step_up {
            body["step_up_key"] = step_hex.clone().into();
            body["step_up_proof"] = sign(&step).into();
        }
        self.call("POST", "/api/governance/devices", None, &body.to_string(), &[]).await
    }

    pub async fn call(
        &self,
        method: &str,
        path: &str,
        secret: Option<&str>,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request =
            Request::builder().method(method).uri(path).header("content-type", "application/json");
        if let Some(secret) = secret {
            request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response =
            self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, body, headers }
    }

    /// Kinds of all ledger entries, in order.
    pub async fn kinds(&self) -> Vec<String> {
        let entries = self.app.store.entries(0, 10_000).await.unwrap();
        let leaf = |e: &navi_store::Entry| serde_json::from_slice::<Value>(&e.leaf).unwrap();
        entries.iter().map(|e| leaf(e)["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// A credential.
#[derive(Clone)]
pub struct Caller<'a> {
    pub app: &'a TestApp,
    pub secret: String,
}

impl Caller<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.app.call("GET", &format!("/api/governance{path}"), Some(&self.secret), "", &[]).await
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.app
            .call(method, &format!("/api/governance{path}"), Some(&self.secret), &body.to_string(), &[])
            .await
    }

    pub async fn send_once(&self, method: &str, path: &str, body: &Value, key: &str) -> Answer {
        let path = format!("/api/governance{path}");
        self.app.call(method, &path, Some(&self.secret), &body.to_string(), &[("Idempotency-Key", key)]).await
    }

    /// Asks, and expects an answer.
    pub async fn evaluate(&self, body: &Value) -> Value {
        self.send("POST", "/evaluate", body).await.ok()
    }

    pub async fn redeem(&self, permit: &str, asked: &Value, nonce: &str) -> Answer {
        let body = json!({"permit_id": permit, "action_type": asked["action_type"], "context": asked["context"],
            "run_nonce": nonce});
        self.send("POST", "/executions", &body).await
    }
}

/// A person with a device.
pub struct Person<'a> {
    pub caller: Caller<'a>,
    pub cookie: Option<String>,
    pub device_id: String,
    pub vote_key: DeviceKey,
    pub step_up: DeviceKey,
    pub seq: AtomicU64,
}

impl Person<'_> {
    /// The approval as this person sees it.
    pub async fn view(&self, id: &str) -> ApprovalView {
        serde_json::from_value(self.caller.get(&format!("/approvals/{id}")).await.ok()).unwrap()
    }

    /// A signed vote on what is shown, for this once.
    pub fn sign(&self, view: &ApprovalView, verdict: VoteVerdict, key: &DeviceKey) -> Value {
        self.sign_for(view, verdict, VoteScope::Once, "because", key)
    }

    /// A signed vote on what is shown.
    fn sign_for(
        &self,
        view: &ApprovalView,
        verdict: VoteVerdict,
        scope: VoteScope,
        reason: &str,
        key: &DeviceKey,
    ) -> Value {
        let draft = VoteDraft {
            approval: view,
            origin: "navi-governance/acme/test",
            org: "acme",
            verdict,
            scope,
            reason,
            surface: Surface::Window,
            device_seq: self.seq.fetch_add(1, Ordering::SeqCst),
            made_at: self.caller.app.app.store.now(),
        };
        serde_json::to_value(draft.sign(key).unwrap()).unwrap()
    }

    /// A signed vote given somewhere else than in the window, or at another time.
    pub fn sign_by(
        &self,
        view: &ApprovalView,
        verdict: VoteVerdict,
        surface: Surface,
        made_at: i64,
    ) -> Value {
        let draft = VoteDraft {
            approval: view,
            origin: "navi-governance/acme/test",
            org: "acme",
            verdict,
            scope: VoteScope::Once,
            reason: "because",
            surface,
            device_seq: self.seq.fetch_add(1, Ordering::SeqCst),
            made_at,
        };
        let key = if view.needs_step_up { &self.step_up } else { &self.vote_key };
        serde_json::to_value(draft.sign(key).unwrap()).unwrap()
    }

    /// Votes with the key that the level needs.
    pub async fn vote(&self, id: &str, verdict: VoteVerdict) -> Answer {
        let view = self.view(id).await;
        let key = if view.needs_step_up { &self.step_up } else { &self.vote_key };
        let vote = self.sign(&view, verdict, key);
        self.caller.send("POST", &format!("/approvals/{id}"), &vote).await
    }

    /// Votes with these words.
    pub async fn vote_saying(&self, id: &str, verdict: VoteVerdict, reason: &str) -> Answer {
        let view = self.view(id).await;
        let key = if view.needs_step_up { &self.step_up } else { &self.vote_key };
        let vote = self.sign_for(&view, verdict, VoteScope::Once, reason, key);
        self.caller.send("POST", &format!("/approvals/{id}"), &vote).await
    }

    /// Approves for an absent person.
    pub async fn approve_for(&self, id: &str, absent: &str) -> Answer {
        let view = self.view(id).await;
        let key = if view.needs_step_up { &self.step_up } else { &self.vote_key };
        let mut vote = self.sign(&view, VoteVerdict::Approve, key);
        vote["for_user"] = absent.into();
        self.caller.send("POST", &format!("/approvals/{id}"), &vote).await
    }

    /// Approves and lets it be repeated.
    pub async fn grant(&self, id: &str, scope: VoteScope) -> Answer {
        let view = self.view(id).await;
        let key = if view.needs_step_up { &self.step_up } else { &self.vote_key };
        let vote = self.sign_for(&view, VoteVerdict::Approve, scope, "because", key);
        self.caller.send("POST", &format!("/approvals/{id}"), &vote).await
    }

    /// Signs what this person does about a bypass.
    pub fn say(&self, act: Act, key: &DeviceKey) -> Value {
        let draft = BypassDraft {
            act,
            origin: "navi-governance/acme/test",
            org: "acme",
            device_seq: self.seq.fetch_add(1, Ordering::SeqCst),
            made_at: self.caller.app.app.store.now(),
        };
        serde_json::to_value(draft.sign(key).unwrap()).unwrap()
    }

    pub async fn approve(&self, id: &str) -> Answer {
        self.vote(id, VoteVerdict::Approve).await
    }

    pub async fn reject(&self, id: &str) -> Answer {
        self.vote(id, VoteVerdict::Reject).await
    }
}

/// Asks as nova for dana; the approval.
pub async fn ask(app: &TestApp, body: &Value) -> String {
    let agent = match app.app.store.token(&secret_hash("nvt_dana_agent_nova")).await.unwrap() {
        Some(_) => Caller { app, secret: "nvt_dana_agent_nova".into() },
        None => app.agent().await,
    };
    agent.evaluate(body).await["approval_id"].as_str().unwrap().to_owned()
}

/// A medium action that asks: regulated data.
pub fn medium() -> Value {
    json!({"action_type": "code_edit", "context": {"target_files": ["billing/charge.rs"], "session_id": "s1"}})
}

/// The specification's example: high.
pub fn high() -> Value {
    json!({"action_type": "code_edit",
        "context": {"target_files": ["/app/auth/login.py"], "repo": "auth-service", "branch": "main"}})
}

/// A critical action.
pub fn critical() -> Value {
    json!({"action_type": "deploy_prod",
        "context": {"target_files": ["auth/login.py", "billing/charge.rs"], "environment": "production"}})
}

/// An action that runs alone.
pub fn low() -> Value {
    json!({"action_type": "command_run", "context": {"command": "cargo test"}})
}
