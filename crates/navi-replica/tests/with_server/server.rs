//! A server on loopback and a desk that is enrolled at it.

use std::path::PathBuf;
use std::sync::Arc;

use navi_client::api::Client;
use navi_client::enroll::{self, DeviceSpec, Invitation, names};
use navi_client::keystore::{FileKeystore, Keystore as _};
use navi_client::sign::DeviceKey;
use navi_domain::erasure;
use navi_domain::event::{Event, EventKind};
use navi_domain::people::{Role, Token};
use navi_domain::settings::{OrgSettings, OrgTextKind};
use navi_ledger::checkpoint::Signer;
use navi_protocol::evaluate::EvaluateRequest;
use navi_protocol::people::{InviteRequest, TokenRequest};
use navi_replica::{Identity, Replica, Sync};
use navi_server::auth::Caller;
use navi_server::checkpoint::{Notary, OldKey};
use navi_server::entropy::SystemEntropy;
use navi_server::usecase::{create_invite, create_token, manage_device};
use navi_server::{App, Config, http};
use navi_store::sqlite::{Options, SqliteStore, restart};
use navi_store::{Change, Record, Store as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

const ORIGIN: &str = "navi-governance/acme/test";

pub struct TestServer {
    app: App,
    pub url: String,
    pub ledger_key: [u8; 32],
    running: Option<Runtime>,
    _dir: tempfile::TempDir,
}

fn admin() -> Caller {
    Caller::of(operator())
}

fn operator() -> Token {
    let (hash, id, user) = (String::new(), String::new(), "operator".to_owned());
    let none = None::<i64>;
    Token {
        hash,
        id,
        user,
        role: Role::Admin,
        agent: None,
        device_id: None,
        created_at: 0,
        expires_at: none,
        revoked_at: none,
        version: 0,
    }
}

fn system(kind: EventKind, subject: &str) -> Event {
    let (actor, subject) = ("system".to_owned(), subject.to_owned());
    Event { kind, actor, on_behalf_of: None, subject, links: Default::default(), payload: json!({}) }
}

fn app(store: Arc<SqliteStore>, ledger_key: [u8; 32]) -> App {
    App {
        store,
        entropy: Arc::new(SystemEntropy),
        notary: Notary::new(Signer::from_seed(ORIGIN, ledger_key).unwrap()),
        org_key: Arc::new([5; 32]),
        rules: Arc::default(),
        learned: Arc::default(),
        presence: Arc::new(navi_server::presence::Presence::new(0)),
        refusals: Arc::default(),
        pipelines: Arc::default(),
        config: Arc::new(Config { heartbeat_secs: 1, ..Config::default() }),
    }
}

/// Listens at an address; one that was just given up is free a moment later.
fn bound(address: &str) -> std::net::TcpListener {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        match std::net::TcpListener::bind(address) {
            Err(e) if e.kind() == std::io::ErrorKind::AddrInUse && std::time::Instant::now() < until => {
                std::thread::yield_now();
            }
            bound => return bound.unwrap(),
        }
    }
}

/// An action of medium risk.
fn medium(session: &str) -> Value {
    json!({"action_type": "code_edit", "context": {"target_files": ["billing/charge.rs"], "session_id": session}})
}

impl TestServer {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::new(dir.path().join("navi.db"), [5; 32]);
        let created = Change::default().event(system(EventKind::OrgCreated, "acme"));
        let store = SqliteStore::create(options, "acme", ORIGIN, created).unwrap();
        let ledger_key = [6; 32];
        let app = app(store, ledger_key);
        let mut server = Self { app, url: String::new(), ledger_key, running: None, _dir: dir };
        server.listen("127.0.0.1:0");
        server
    }

    fn listen(&mut self, address: &str) {
        let listener = bound(address);
        listener.set_nonblocking(true).unwrap();
        self.url = format!("http://{}", listener.local_addr().unwrap());
        let runtime = Runtime::new().unwrap();
        let router = http::router(self.app.clone());
        runtime.spawn(async move { axum::serve(TcpListener::from_std(listener).unwrap(), router).await });
        self.running = Some(runtime);
    }

    /// Stops listening and breaks every open connection, as a killed process does.
    pub fn stop(&mut self) {
        self.running.take().unwrap().shutdown_background();
    }

    pub fn restart(&mut self) {
        let address = self.url.trim_start_matches("http://").to_owned();
        self.listen(&address);
    }

    /// A copy of the database as it is now.
    pub fn backup(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        let from = rusqlite::Connection::open(self._dir.path().join("navi.db")).unwrap();
        let to = copy.path().join("navi.db");
        from.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
        copy
    }

    /// Edits the database's file as its owner could, with the triggers out of the way.
    pub fn edit_below(&self, sql: &str) {
        let conn = rusqlite::Connection::open(self._dir.path().join("navi.db")).unwrap();
        let triggers: Vec<String> = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for trigger in triggers {
            conn.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        conn.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        conn.execute_batch(sql).unwrap();
    }

    /// Answers at the same address from another database, with the same keys, as a restored backup would.
    pub fn answer_from(&mut self, copy: tempfile::TempDir) {
        if self.running.is_some() {
            self.stop();
        }
        let store = SqliteStore::open(Options::new(copy.path().join("navi.db"), [5; 32])).unwrap();
        assert!(store.fence().is_none());
        self.app = app(store, self.ledger_key);
        self._dir = copy;
        self.restart();
    }

    /// Closes the ledger that lies in a copy of the database and answers from a new origin with the same keys.
    pub async fn begin_origin(&mut self, copy: tempfile::TempDir, origin: &str) {
        if self.running.is_some() {
            self.stop();
        }
        let options = Options::new(copy.path().join("navi.db"), [5; 32]);
        let head = SqliteStore::open(options.clone()).unwrap().head().await.unwrap();
        let kept = json!({"size": head.size, "root": hex::encode(head.root)});
        let mut first = system(EventKind::OriginStarted, origin);
        first.payload =
            json!({"closed_origin": head.origin, "kept": kept, "words": "Closed.", "reason": "a test"});
        let to = copy.path().join("new.db");
        restart(&options, &to, origin, first).unwrap();
        let store = SqliteStore::open(Options { path: to, ..options }).unwrap();
        self.app = app(store, self.ledger_key);
        self.app.notary = Notary::new(Signer::from_seed(origin, self.ledger_key).unwrap());
        self._dir = copy;
        TestServer::restart(self);
    }

    /// Lets another key sign. Both sign the checkpoint that covers the entry about it, and from then on only the new.
    pub async fn rotate_key(&mut self, seed: [u8; 32], hand_over: bool) {
        self.stop();
        let signer = |seed| Signer::from_seed(ORIGIN, seed).unwrap();
        let mut rotated = system(EventKind::KeyRotated, ORIGIN);
        rotated.payload =
            json!({"old_vkey": signer(self.ledger_key).vkey(), "new_vkey": signer(seed).vkey()});
        self.app.store.commit(Change::default().event(rotated)).await.unwrap();
        let old = hand_over.then(|| OldKey { signer: signer(self.ledger_key), until: i64::MAX });
        let notary = Notary::with(signer(seed), old, None, false);
        notary.newest(self.app.store.as_ref(), true).await.unwrap();
        self.app.notary = Notary::new(signer(seed));
        self.ledger_key = seed;
        self.restart();
    }

    /// Wants this many witnesses of each checkpoint.
    pub async fn want_witnesses(&self, cosignatures_required: u8) {
        self.settings(OrgSettings { cosignatures_required, ..OrgSettings::default() }).await;
    }

    /// The organisation's first settings.
    pub async fn settings(&self, settings: OrgSettings) {
        let saved = Change::default()
            .event(system(EventKind::SettingsChanged, "settings"))
            .put(Record::OrgSettings(settings));
        self.app.store.commit(saved).await.unwrap();
    }

    /// Appends entries that are nobody's business here.
    pub async fn grow(&self, entries: usize) {
        for _ in 0..entries {
            let said = Change::default().event(system(EventKind::FloodDetected, "nova"));
            self.app.store.commit(said).await.unwrap();
        }
    }

    /// Entries in the ledger.
    pub async fn size(&self) -> u64 {
        self.app.store.entries(0, 10_000).await.unwrap().len() as u64
    }

    pub async fn kinds(&self, kind: &str) -> usize {
        let wanted = format!("\"kind\":\"{kind}\"");
        let entries = self.app.store.entries(0, 10_000).await.unwrap();
        entries.iter().filter(|e| String::from_utf8_lossy(&e.leaf).contains(&wanted)).count()
    }

    pub async fn invite(&self, user: &str, role: Role) -> String {
        let request =
            InviteRequest { user: user.into(), role: role.as_str().into(), class: None, ttl_secs: None };
        create_invite::create_invite(&self.app, &admin(), &request).await.unwrap().1
    }

    /// A credential of dana's agent.
    async fn agent(&self) -> Client {
        let request = TokenRequest { user: "dana".into(), role: "agent".into(), agent: Some("nova".into()) };
        let (_, secret) = create_token::create_token(&self.app, &admin(), &request).await.unwrap();
        Client::new(&self.url, Some(secret)).unwrap()
    }

    /// As [`Self::ask_medium`], with whom it was asked.
    pub async fn ask_and_keep(&self, session: &str) -> (Client, String) {
        let agent = self.agent().await;
        let request: EvaluateRequest = serde_json::from_value(medium(session)).unwrap();
        let id = agent.evaluate(&request).await.unwrap().approval_id.unwrap();
        (agent, id)
    }

    /// Runs what [`Self::ask_and_keep`] asked for and was approved, to its end.
    pub async fn run(&self, agent: &Client, session: &str, id: &str) {
        let permit = agent.approval(id).await.unwrap().unwrap().permit.unwrap();
        let mut redeem = medium(session);
        let fields = redeem.as_object_mut().unwrap();
        fields.insert("permit_id".into(), permit.id.into());
        fields.insert("run_nonce".into(), "nonce-0001".into());
        let run = agent.redeem(&serde_json::from_value(redeem).unwrap()).await.unwrap();
        let report = serde_json::from_value(json!({"status": "succeeded", "exit_code": 0})).unwrap();
        agent.finish(&run.id, &report).await.unwrap();
    }

    /// The organisation's guardrails take a right from a person.
    pub async fn forbid(&self, user: &str, right: &str) {
        let text = format!(
            "@id(\"gone\") @reason(\"changed teams\") forbid (principal == Person::\"{user}\", action == Action::\"{right}\", resource);"
        );
        let request = serde_json::from_value(json!({"text": text, "reason": "a test"})).unwrap();
        navi_server::usecase::save_text::save_text(
            &self.app,
            &admin(),
            OrgTextKind::Guardrails,
            &request,
            None,
        )
        .await
        .unwrap();
    }

    async fn ask(&self, user: &str, body: Value) -> String {
        let request = TokenRequest { user: user.into(), role: "agent".into(), agent: Some("nova".into()) };
        let (_, secret) = create_token::create_token(&self.app, &admin(), &request).await.unwrap();
        let client = Client::new(&self.url, Some(secret)).unwrap();
        let request: EvaluateRequest = serde_json::from_value(body).unwrap();
        client.evaluate(&request).await.unwrap().approval_id.unwrap()
    }

    pub async fn ask_as(&self, user: &str, session: &str) -> String {
        self.ask(user, medium(session)).await
    }

    pub async fn ask_medium(&self, session: &str) -> String {
        self.ask_as("dana", session).await
    }

    pub async fn ask_high(&self) -> String {
        let context =
            json!({"target_files": ["/app/auth/login.py"], "repo": "auth-service", "branch": "main"});
        self.ask("dana", json!({"action_type": "code_edit", "context": context})).await
    }

    /// Erases the payload of the first entry of a kind: its index, and that of the entry that says so.
    pub async fn erase(&self, kind: &str) -> (u64, u64) {
        let wanted = format!("\"kind\":\"{kind}\"");
        let entries = self.app.store.entries(0, 10_000).await.unwrap();
        let found =
            entries.iter().find(|e| String::from_utf8_lossy(&e.leaf).contains(&wanted)).unwrap().index;
        let mut said = system(EventKind::PayloadsErased, "ledger");
        said.links.insert(erasure::LINK.into(), erasure::to_ranges(&[found]));
        self.app.store.commit(Change::default().event(said).erase(vec![found])).await.unwrap();
        let entries = self.app.store.entries(0, 10_000).await.unwrap();
        let said =
            entries.iter().find(|e| String::from_utf8_lossy(&e.leaf).contains("payloads_erased")).unwrap();
        (found, said.index)
    }

    /// The requester takes a request back.
    pub async fn cancel(&self, user: &str, id: &str) {
        let caller = Caller::of(Token { user: user.into(), role: Role::Agent, ..operator() });
        navi_server::usecase::cancel::cancel(&self.app, &caller, id).await.unwrap();
    }

    /// The time of a request is over, as the server's job sees it.
    pub async fn run_out(&self, id: &str) {
        let approval = self.app.store.approval(id).await.unwrap().unwrap();
        let expired = approval.expire(approval.expires_at + 1).unwrap();
        let said = system(EventKind::ApprovalExpired, id);
        self.app.store.commit(Change::default().event(said).put(Record::Approval(expired))).await.unwrap();
    }

    /// A person's agents may no longer do this at all.
    pub async fn block(&self, user: &str, action_type: &str) {
        let request = serde_json::from_value(json!({
            "level": "minimal", "blocked_actions": [action_type], "version": 0, "reason": "a test",
        }))
        .unwrap();
        navi_server::usecase::save_policy::save_policy(&self.app, &admin(), user, &request, None)
            .await
            .unwrap();
    }

    /// The index of the first entry of a kind.
    pub async fn index(&self, kind: &str) -> u64 {
        let wanted = format!("\"kind\":\"{kind}\"");
        let entries = self.app.store.entries(0, 10_000).await.unwrap();
        entries.iter().find(|e| String::from_utf8_lossy(&e.leaf).contains(&wanted)).unwrap().index
    }

    /// The index of the last entry of a kind.
    pub async fn last(&self, kind: &str) -> u64 {
        let wanted = format!("\"kind\":\"{kind}\"");
        let entries = self.app.store.entries(0, 10_000).await.unwrap();
        entries.iter().rfind(|e| String::from_utf8_lossy(&e.leaf).contains(&wanted)).unwrap().index
    }

    /// Somebody lets another vote for them for a day; the delegation's id.
    pub async fn delegate(&self, giver: &Client, to: &str) -> String {
        let now = self.app.store.now();
        let wish = json!({"to": to, "starts_at": now, "ends_at": now + 24 * 3600 * navi_domain::SECOND});
        let made = giver.pass("POST", navi_protocol::paths::DELEGATIONS, Some(&wish)).await.unwrap();
        made.1.get("id").and_then(serde_json::Value::as_str).unwrap().to_owned()
    }

    pub async fn end_delegation(&self, giver: &Client, id: &str) {
        let path = format!("{}/{id}", navi_protocol::paths::DELEGATIONS);
        assert_eq!(giver.pass("DELETE", &path, None).await.unwrap().0, 200);
    }

    /// An administrator lifts a pause.
    pub async fn lift(&self, freeze_id: &str) {
        navi_server::usecase::freeze::end(&self.app, &admin(), freeze_id).await.unwrap();
    }

    pub async fn revoke(&self, device_id: &str) {
        manage_device::revoke_device(&self.app, &admin(), device_id).await.unwrap();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}

/// A person's console without its desktop.
pub struct Desk {
    pub replica: Replica,
    pub vote_key: DeviceKey,
    pub step_up: DeviceKey,
    pub client: Client,
    pub path: PathBuf,
    running: Option<(watch::Sender<bool>, JoinHandle<()>)>,
    _dir: tempfile::TempDir,
}

const REPLICA_KEY: [u8; 32] = [8; 32];

impl Desk {
    pub async fn enrolled(server: &TestServer, user: &str, role: Role) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keystore = FileKeystore::new(&dir.path().join("keys.json"));
        let invitation =
            Invitation { url: server.url.clone(), invite: server.invite(user, role).await, vkey: None };
        let passphrase = Some("a long passphrase");
        let spec = DeviceSpec { name: "desk", class: "desktop", shared: false, passphrase };
        let answer = enroll::enroll(&invitation, &spec, &keystore).await.unwrap();
        let path = dir.path().join("replica.db");
        let replica = Replica::open(&path, &Zeroizing::new(REPLICA_KEY)).unwrap();
        replica
            .set_identity(&Identity {
                server_url: server.url.clone(),
                org: answer.org,
                user: user.into(),
                role: answer.role,
                device: answer.device,
                origin: answer.origin,
                ledger_vkey: answer.ledger_vkey,
            })
            .unwrap();
        let token = String::from_utf8(keystore.get(names::TOKEN).unwrap().unwrap().to_vec()).unwrap();
        Self {
            replica,
            vote_key: enroll::vote_key(&keystore).unwrap().unwrap(),
            step_up: enroll::step_up_key(&keystore, "a long passphrase").unwrap().unwrap(),
            client: Client::new(&server.url, Some(token)).unwrap(),
            path,
            running: None,
            _dir: dir,
        }
    }

    pub fn connect(&mut self) {
        let (stop, stopped) = watch::channel(false);
        let sync = Sync::new(self.replica.clone(), self.client.clone());
        self.running = Some((stop, tokio::spawn(sync.run(stopped))));
    }

    pub async fn disconnect(&mut self) {
        let (stop, task) = self.running.take().unwrap();
        stop.send_replace(true);
        task.await.unwrap();
    }

    /// Ends the sync wherever it is, as a killed process does.
    pub fn abort(&mut self) {
        self.running.take().unwrap().1.abort();
    }

    /// Pins another key.
    pub fn set_vkey(&self, vkey: &str) {
        let identity = self.replica.identity().unwrap().unwrap();
        self.replica.set_identity(&Identity { ledger_vkey: vkey.to_owned(), ..identity }).unwrap();
    }

    /// Shows a copy of the file in which this was done below the product.
    pub fn damaged(&self, sql: &str, look: impl Fn(&Replica)) {
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("replica.db");
        let key = format!("PRAGMA key = \"x'{}'\"", hex::encode(REPLICA_KEY));
        let from = rusqlite::Connection::open(&self.path).unwrap();
        from.execute_batch(&key).unwrap();
        from.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        std::fs::copy(&self.path, &copy).unwrap();
        let below = rusqlite::Connection::open(&copy).unwrap();
        below.execute_batch(&key).unwrap();
        assert!(below.execute(sql, []).unwrap() > 0, "{sql}");
        drop(below);
        look(&Replica::open(&copy, &Zeroizing::new(REPLICA_KEY)).unwrap());
    }

    /// Opens the copy's file below the product.
    fn below(&self) -> rusqlite::Connection {
        let below = rusqlite::Connection::open(&self.path).unwrap();
        below.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex::encode(REPLICA_KEY))).unwrap();
        below
    }

    /// Forgets what became of a vote that was sent.
    pub fn unlearn(&self, vote: &str) {
        let sql = "UPDATE outbox SET state = 'sending', ledger_index = NULL WHERE id = ?1";
        assert_eq!(self.below().execute(sql, [vote]).unwrap(), 1);
    }

    /// Opens the file anew, as after a restart, with the last contact this far from the machine's clock.
    pub fn last_contact(&mut self, from_now: i64) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let at = i64::try_from(now.as_micros()).unwrap() + from_now;
        let sql = "UPDATE meta SET value = ?1 WHERE name = 'last_sync_at'";
        assert_eq!(self.below().execute(sql, [at.to_string()]).unwrap(), 1);
        self.reopen();
    }

    /// Forgets what became of a stop that was sent.
    pub fn unlearn_order(&self, order: &str) {
        let sql = "UPDATE freeze_order SET state = 'sending', freeze_id = NULL WHERE id = ?1";
        assert_eq!(self.below().execute(sql, [order]).unwrap(), 1);
    }

    /// Stands at a place of another server's stream.
    pub fn set_epoch(&self, epoch: &str) {
        let cursor = json!({"epoch": epoch, "seq": 1}).to_string();
        let sql = "UPDATE meta SET value = ?1 WHERE name = 'cursor'";
        assert_eq!(self.below().execute(sql, [cursor]).unwrap(), 1);
    }

    /// Begins the copy anew, as after damage.
    pub fn rebuild(&mut self) -> navi_replica::Rescue {
        let (replica, rescue) = Replica::rebuild(&self.path, &Zeroizing::new(REPLICA_KEY), None).unwrap();
        self.replica = replica;
        rescue
    }

    /// Loses everything but the enrolment.
    pub fn forget(&mut self) {
        let identity = self.replica.identity().unwrap().unwrap();
        self.path = self._dir.path().join("another.db");
        self.reopen();
        self.replica.set_identity(&identity).unwrap();
    }

    /// Opens the file anew, as a restarted process does.
    pub fn reopen(&mut self) {
        self.replica = Replica::open(&self.path, &Zeroizing::new(REPLICA_KEY)).unwrap();
    }
}
