//! What a preview over 100,000 recorded decisions costs. Prints one JSON object: `{"what", "decisions", "best_ms", "worst_ms"}`.
//! Run by `cargo xtask bench`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, read by another program")]

use std::collections::BTreeMap;
use std::sync::Arc;

use navi_domain::event::{Event, EventKind};
use navi_domain::people::{Role, Token};
use navi_ledger::checkpoint::Signer;
use navi_protocol::preview::PreviewRequest;
use navi_server::auth::Caller;
use navi_server::checkpoint::Notary;
use navi_server::entropy::SystemEntropy;
use navi_server::usecase::memory::Remembered;
use navi_server::usecase::{decide, preview};
use navi_server::{App, Config};
use navi_store::sqlite::{Options, SqliteStore};
use navi_store::{Change, Record};
use serde_json::json;

const DECISIONS: usize = 100_000;
const A_COMMIT: usize = 1_000;
const ORIGIN: &str = "navi-governance/bench/preview";

fn event(kind: EventKind) -> Event {
    let (actor, subject) = ("bench".to_owned(), "bench".to_owned());
    Event { kind, actor, on_behalf_of: None, subject, links: BTreeMap::new(), payload: json!({}) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // A test runner asks every program for its tests; this one has none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let options = Options::new(dir.path().join("navi.db"), [5; 32]);
    let first = Change::default().event(event(EventKind::OrgCreated));
    let app = App {
        store: SqliteStore::create(options, "bench", ORIGIN, first).unwrap(),
        entropy: Arc::new(SystemEntropy),
        notary: Notary::new(Signer::from_seed(ORIGIN, [6; 32]).unwrap()),
        org_key: Arc::new([5; 32]),
        rules: Arc::default(),
        learned: Arc::default(),
        presence: Arc::new(navi_server::presence::Presence::new(0)),
        refusals: Arc::default(),
        pipelines: Arc::default(),
        config: Arc::new(Config::default()),
    };
    fill(&app).await;
    let request: PreviewRequest = serde_json::from_value(
        json!({"user_id": "default", "limit": DECISIONS, "draft": {"level": "elevated", "blocked_actions": ["deploy_*"]}}),
    )
    .unwrap();
    let mut taken = Vec::new();
    for _ in 0..5 {
        let shown = preview::preview(&app, &request).await.unwrap();
        assert_eq!(shown.counts.considered, DECISIONS as u64);
        taken.push(shown.took_ms);
    }
    taken.sort_by(f64::total_cmp);
    let (best, worst) = (taken.first().unwrap(), taken.last().unwrap());
    println!("{}", json!({"what": "preview", "decisions": DECISIONS, "best_ms": best, "worst_ms": worst}));
}

/// Records the decisions: of 200 people in 50 repositories, of four kinds.
async fn fill(app: &App) {
    let mut shapes = Vec::new();
    for (action_type, path) in [
        ("code_edit", "src/cart.rs"),
        ("code_edit", "src/auth/login.rs"),
        ("deploy_staging", "k8s/app.yaml"),
        ("git_push", "a.rs"),
    ] {
        let context = json!({"target_files": [path], "repo": "shop", "branch": "main"});
        let context = serde_json::from_value(context).unwrap();
        let caller = Caller::of(token());
        let rules = app.rules.newest(app.store.as_ref()).await.unwrap();
        let (action, claims) = decide::material(app, &rules, &caller, action_type, &context);
        let asked = decide::Asked { action, claims, request_key: None };
        let grounds = decide::grounds(app, "dana", Some("shop")).await.unwrap();
        let ids = (String::new(), app.entropy.bytes().unwrap(), app.store.now());
        shapes.push(decide::decide(app, &caller, asked, &grounds, &Remembered::default(), ids).unwrap());
    }
    for commit in 0..DECISIONS / A_COMMIT {
        let mut change = Change::default().event(event(EventKind::Decision));
        for i in 0..A_COMMIT {
            let n = commit * A_COMMIT + i;
            let mut record = shapes.get(n % shapes.len()).unwrap().clone();
            record.id = app.entropy.id(app.store.now()).unwrap();
            record.action.on_behalf_of = format!("user-{}", n / 7 % 200);
            record.action.repo = Some(format!("repo-{}", n / 11 % 50));
            change = change.put(Record::Decision(record));
        }
        app.store.commit(change).await.unwrap();
    }
}

fn token() -> Token {
    Token {
        hash: String::new(),
        id: "bench".to_owned(),
        user: "dana".to_owned(),
        role: Role::Agent,
        agent: Some("nova".to_owned()),
        device_id: None,
        created_at: 0,
        expires_at: None,
        revoked_at: None,
        version: 0,
    }
}
