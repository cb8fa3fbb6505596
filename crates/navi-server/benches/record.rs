//! What searching and counting cost over 1,000,000 entries. Prints one JSON object a line: `{"what", "entries",
//! "median_ms", "worst_ms"}`. Run by `cargo xtask bench`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, read by another program")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use navi_domain::decision::DecisionRecord;
use navi_domain::event::{Event, EventKind};
use navi_domain::people::{Role, Token};
use navi_domain::reading::facet::Facet;
use navi_domain::{SECOND, UtcMicros};
use navi_ledger::checkpoint::Signer;
use navi_server::auth::Caller;
use navi_server::checkpoint::Notary;
use navi_server::entropy::SystemEntropy;
use navi_server::usecase::memory::Remembered;
use navi_server::usecase::{decide, insights};
use navi_server::{App, Config};
use navi_store::sqlite::{Options, SqliteStore};
use navi_store::{AuditFilter, Change, CounterFilter};
use serde_json::{Value, json};

const ENTRIES: u64 = 1_000_000;
/// Entries of one action: decision, request, vote, approval, permit, start, end.
const CHAIN: u64 = 7;
const A_COMMIT: u64 = 500;
const DAYS: i64 = 90;
const RUNS: usize = 21;
const ORIGIN: &str = "navi-governance/bench/record";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // A test runner asks every program for its tests; this one has none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicI64::new(1_790_000_000 * SECOND));
    let told = Arc::clone(&now);
    let options = Options {
        clock: Arc::new(move || told.load(Ordering::Relaxed)),
        ..Options::new(dir.path().join("navi.db"), [5; 32])
    };
    let first = Change::default().event(event(EventKind::OrgCreated, "system", "bench", &[], json!({})));
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
    fill(&app, &now).await;
    let began = Instant::now();
    let entries = app.store.head().await.unwrap().size;
    while app.store.index_to(65_536).await.unwrap() < entries {}
    let rate = entries as f64 / began.elapsed().as_secs_f64();
    println!("{}", json!({"what": "index", "entries": entries, "per_second": rate.round()}));

    let day = 24 * 3600 * SECOND;
    let ends = app.store.now();
    for (what, days, repo) in [
        ("insights, 30 days", 30, None),
        ("insights, 90 days", 90, None),
        ("insights, 1 repo", 90, Some("repo-7")),
    ] {
        let period = (Some(ends - days * day), Some(ends));
        measure(what, async || {
            let only = CounterFilter { repo: repo.map(str::to_owned), agent: None };
            let found = insights::insights(&app, period, only).await.unwrap();
            assert!(found.decisions > 1000);
        })
        .await;
    }
    for (what, filter) in pages(ends) {
        for (depth, cursor) in
            [("newest", None), ("in the middle", Some(entries / 2)), ("oldest", Some(1_000))]
        {
            let filter = AuditFilter { cursor: cursor.map(|c| c.to_string()), ..filter.clone() };
            measure(&format!("audit page, {what}, {depth}"), async || {
                app.store.audit(&filter).await.unwrap();
            })
            .await;
        }
    }
}

fn pages(ends: UtcMicros) -> Vec<(&'static str, AuditFilter)> {
    let plain = AuditFilter { limit: 50, ..AuditFilter::default() };
    let facet = |facet, value: &str| (facet, vec![value.to_owned()]);
    let saying = |text: &str| AuditFilter { text: Some(text.to_owned()), ..plain.clone() };
    vec![
        ("everything", plain.clone()),
        ("one kind", AuditFilter { kind: vec![EventKind::VoteCast], ..plain.clone() }),
        ("one person", AuditFilter { person: Some("person-3".to_owned()), ..plain.clone() }),
        ("a period", AuditFilter { to: Some(ends - 24 * 3600 * SECOND), ..plain.clone() }),
        ("one repository", AuditFilter { facets: vec![facet(Facet::Repo, "repo-7")], ..plain.clone() }),
        (
            "level and agent and kind",
            AuditFilter {
                kind: vec![EventKind::Decision],
                facets: vec![facet(Facet::Level, "high"), facet(Facet::Agent, "agent-3")],
                ..plain.clone()
            },
        ),
        ("a common word", saying("code")),
        ("a rare word", saying("ticket4711")),
        ("words that never meet", saying("ticket4711 ticket4712 code")),
        ("the beginning of a word", saying("tick")),
    ]
}

async fn measure(what: &str, mut once: impl AsyncFnMut()) {
    let mut taken = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let began = Instant::now();
        once().await;
        taken.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    taken.sort_by(f64::total_cmp);
    let (median, worst) = (taken.get(RUNS / 2).unwrap(), taken.last().unwrap());
    println!("{}", json!({"what": what, "entries": ENTRIES, "median_ms": median, "worst_ms": worst}));
}

/// Actions of 200 people and 30 agents in 50 repositories over 90 days, each approved and run.
async fn fill(app: &App, now: &AtomicI64) {
    let mut shapes = Vec::new();
    for (action_type, path, branch) in [
        ("code_edit", "src/cart.rs", "feature"),
        ("code_edit", "src/auth/login.rs", "main"),
        ("deploy_staging", "k8s/app.yaml", "main"),
        ("db_migration", "billing/migrations/7.sql", "main"),
    ] {
        shapes.push(decided(app, action_type, path, branch).await);
    }
    let actions = ENTRIES / CHAIN;
    let step = DAYS * 24 * 3600 * SECOND / i64::try_from(actions / A_COMMIT + 1).unwrap();
    let mut n = 0;
    while n < actions {
        let mut change = Change::default();
        for _ in 0..A_COMMIT.min(actions - n) {
            let shape = shapes.get(usize::try_from(n).unwrap() % shapes.len()).unwrap();
            change = chain(change, shape.clone(), n);
            n += 1;
        }
        now.fetch_add(step, Ordering::Relaxed);
        app.store.commit(change).await.unwrap();
    }
}

async fn decided(app: &App, action_type: &str, path: &str, branch: &str) -> DecisionRecord {
    let context = json!({"target_files": [path], "repo": "shop", "branch": branch, "intent": "as agreed"});
    let context = serde_json::from_value(context).unwrap();
    let caller = Caller::of(token());
    let rules = app.rules.newest(app.store.as_ref()).await.unwrap();
    let (action, claims) = decide::material(app, &rules, &caller, action_type, &context);
    let asked = decide::Asked { action, claims, request_key: None };
    let grounds = decide::grounds(app, "dana", Some("shop")).await.unwrap();
    let ids = (String::new(), app.entropy.bytes().unwrap(), app.store.now());
    decide::decide(app, &caller, asked, &grounds, &Remembered::default(), ids).unwrap()
}

fn chain(change: Change, mut record: DecisionRecord, n: u64) -> Change {
    let (id, agent) = (format!("d-{n}"), format!("agent-{}", n / 3 % 30));
    let (person, approver) = (format!("person-{}", n / 7 % 200), format!("approver-{}", n / 5 % 20));
    record.id = id.clone();
    record.actor = agent.clone();
    record.action.agent = Some(agent.clone());
    record.action.on_behalf_of = person.clone();
    record.action.repo = Some(format!("repo-{}", n / 11 % 50));
    record.claims.intent = Some(format!("as agreed in ticket{n}"));
    let approval = format!("a-{n}");
    let links = [("action_id", id.as_str()), ("approval_id", approval.as_str())];
    let vote = json!({"verdict": "approve", "surface": "tray", "reason": "looks fine"});
    let ended = json!({"status": "succeeded", "exit_code": 0});
    let asked = event(EventKind::Decision, &agent, &id, &links[1..], serde_json::to_value(&record).unwrap());
    change
        .event(Event { on_behalf_of: Some(person), ..asked })
        .event(event(EventKind::ApprovalRequested, &agent, &approval, &links, json!({})))
        .event(event(EventKind::VoteCast, &approver, &approval, &links, vote))
        .event(event(EventKind::ApprovalApproved, &approver, &approval, &links, json!({})))
        .event(event(EventKind::PermitIssued, "system", &format!("p-{n}"), &links, json!({})))
        .event(event(EventKind::ExecutionStarted, &agent, &format!("e-{n}"), &links, json!({})))
        .event(event(EventKind::ExecutionFinished, &agent, &format!("e-{n}"), &links, ended))
}

fn event(kind: EventKind, actor: &str, subject: &str, links: &[(&str, &str)], payload: Value) -> Event {
    let links: BTreeMap<String, String> =
        links.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())).collect();
    Event { kind, actor: actor.to_owned(), on_behalf_of: None, subject: subject.to_owned(), links, payload }
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
