//! What was changed below the product is found, named, and put right where the entries say enough.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "assertions of test code")]

use navi_domain::bypass::{Bypass, BypassLimits, BypassScope, Standing, Wish};
use navi_domain::event::EventKind;
use navi_domain::policy::AutonomyPolicy;
use navi_domain::risk::Level;
use navi_ledger::checkpoint::{Checkpoint, Signer};
use navi_store::conformance::{ORG, ORG_KEY, ORIGIN, commit, first, sample};
use navi_store::sqlite::fsck::{Checked, Finding, fsck};
use navi_store::sqlite::{Options, SqliteStore};
use navi_store::{Change, Record, Store};
use rusqlite::Connection;
use tempfile::TempDir;

fn options(dir: &TempDir) -> Options {
    Options::new(dir.path().join("navi.db"), ORG_KEY)
}

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, [3; 32]).unwrap()
}

/// Three requests, of which `d1` has a permit and a run, a policy, a device; a checkpoint over all; 300 entries.
async fn filled() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(options(&dir), ORG, ORIGIN, first()).unwrap();
    for id in ["d1", "d2", "d3"] {
        commit(&*store, sample::request(id, "shop", Level::Low, store.now())).await;
    }
    let (decision, approval) =
        (store.decision("d1").await.unwrap().unwrap(), store.approval("a-d1").await.unwrap().unwrap());
    let permit = sample::permit(&decision, Some(&approval));
    let change = Change::default()
        .put(Record::Execution(sample::execution(&permit, "shop")))
        .put(Record::Permit(permit))
        .event(sample::event(EventKind::PermitIssued, "p-d1", &[("approval_id", "a-d1")]))
        .event(sample::event(EventKind::ExecutionStarted, "x-d1", &[("permit_id", "p-d1")]));
    commit(&*store, change).await;
    let policy = Change::default()
        .put(Record::Policy(AutonomyPolicy::system_default()))
        .event(sample::event(EventKind::PolicyChanged, "default", &[]));
    commit(&*store, policy).await;
    for n in 0..300 {
        let change = Change::default().event(sample::event(EventKind::CommentAdded, &format!("c{n}"), &[]));
        commit(&*store, change).await;
    }
    while store.index_to(100).await.unwrap() < store.head().await.unwrap().size {}
    let head = store.head().await.unwrap();
    let note = signer().sign(&Checkpoint { origin: ORIGIN.to_owned(), size: head.size, root: head.root });
    store.put_checkpoint(head.size, &note).await.unwrap();
    store.close().await;
    dir
}

fn check(dir: &TempDir, repair: bool) -> Checked {
    fsck(&options(dir), &[signer().verifier().clone()], repair).unwrap()
}

/// Runs SQL with every trigger dropped and put back, as somebody would who wants to leave no trace.
fn edit(dir: &TempDir, sql: &str) {
    let conn = Connection::open(dir.path().join("navi.db")).unwrap();
    let triggers: Vec<(String, String)> = conn
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (name, _) in &triggers {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    conn.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    conn.execute_batch(sql).unwrap();
    assert!(conn.changes() > 0, "{sql} changed nothing");
    for (_, sql) in &triggers {
        conn.execute_batch(sql).unwrap();
    }
}

fn only(checked: &Checked) -> &Finding {
    assert_eq!(checked.findings.len(), 1, "{:#?}", checked.findings);
    &checked.findings[0]
}

#[tokio::test]
async fn what_was_written_through_the_product_is_whole() {
    let dir = filled().await;
    let checked = check(&dir, false);
    assert_eq!(checked.findings, [], "nothing was changed");
    assert_eq!(checked.notices, Vec::<String>::new());
    assert_eq!((checked.entries, checked.rows), (310, 9));
}

#[tokio::test]
async fn an_edited_row_is_named_with_the_entry_that_wrote_it_and_put_back() {
    for (sql, row, words) in [
        (
            "UPDATE governance_approvals SET status = 'approved', body = json_set(body, '$.status', 'approved')
             WHERE id = 'a-d2'",
            "governance_approvals/a-d2",
            r#"status was "pending", is "approved""#,
        ),
        (
            "UPDATE permits SET body = json_set(body, '$.status', 'issued', '$.expires_at', 9e15) WHERE id = 'p-d1'",
            "permits/p-d1",
            "expires_at was",
        ),
        (
            "UPDATE autonomy_policies SET body = json_set(body, '$.max_risk_threshold', 1000)",
            r#"autonomy_policies/{"scope":"default"}"#,
            "max_risk_threshold was",
        ),
        ("DELETE FROM autonomy_policies", r#"autonomy_policies/{"scope":"default"}"#, "is gone"),
        (
            "INSERT INTO permits (id, version, body)
             SELECT 'p-evil', 1, json_set(body, '$.id', 'p-evil', '$.approval_id', NULL) FROM permits",
            "permits/p-evil",
            "was written by no entry",
        ),
    ] {
        let dir = filled().await;
        edit(&dir, sql);
        let checked = check(&dir, false);
        let finding = only(&checked);
        assert_eq!(finding.row.as_deref(), Some(row), "{sql}");
        assert!(finding.message.contains(words), "{}", finding.message);
        assert_eq!(finding.entry.is_none(), words.contains("no entry"));
        let repaired = check(&dir, true);
        assert!(only(&repaired).repaired, "{sql}: {repaired:?}");
        assert_eq!(check(&dir, false).findings, [], "{sql}");
    }
}

#[tokio::test]
async fn a_row_that_the_entries_do_not_repeat_is_named_and_left() {
    for (sql, row) in [
        (
            "UPDATE governance_decisions SET body = json_set(body, '$.policy_hash', 'evil') WHERE id = 'd3'",
            "governance_decisions/d3",
        ),
        (
            "UPDATE governance_executions SET body = json_set(body, '$.status', 'succeeded')",
            "governance_executions/x-d1",
        ),
    ] {
        let dir = filled().await;
        edit(&dir, sql);
        let checked = check(&dir, true);
        let finding = only(&checked);
        assert_eq!(finding.row.as_deref(), Some(row));
        assert!(finding.entry.is_some() && !finding.repaired && !finding.can_be_repaired(), "{finding:?}");
    }
}

#[tokio::test]
async fn derived_tables_are_made_again() {
    for (sql, what) in [
        ("UPDATE ledger_head SET root = zeroblob(32)", "head"),
        ("UPDATE ledger_tile SET hashes = zeroblob(8192)", "tile"),
        ("DELETE FROM ledger_tile", "tile"),
        ("DELETE FROM ledger_link WHERE idx = 1 AND id = 'd1'", "link"),
        ("INSERT INTO ledger_link VALUES ('evil', 3, 1)", "link"),
        ("UPDATE ledger_entry SET kind = 'vote_cast' WHERE idx = 4", "entry"),
        ("UPDATE ledger_payload SET actor = 'nobody' WHERE idx = 4", "payload"),
        ("UPDATE insight_daily SET n = n + 1", "index"),
        ("INSERT INTO audit_text (rowid, words) VALUES (5000, 'evil')", "index"),
    ] {
        let dir = filled().await;
        edit(&dir, sql);
        let checked = check(&dir, true);
        assert_eq!(checked.findings.first().map(|f| f.what), Some(what), "{sql}: {checked:#?}");
        // Who is listed beside an entry stands in the index too.
        let also = |f: &Finding| f.what == what || (what == "payload" && f.what == "index");
        assert!(checked.findings.iter().all(|f| also(f) && f.repaired), "{sql}: {checked:#?}");
        assert_eq!(check(&dir, false).findings, [], "{sql}");
    }
}

#[tokio::test]
async fn a_changed_history_is_located_and_never_mended() {
    for (sql, what, entry) in [
        (
            "UPDATE ledger_entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'd2', 'd9') AS BLOB) WHERE idx = 3",
            "entry",
            Some(3),
        ),
        (
            "UPDATE ledger_payload SET payload = CAST(replace(CAST(payload AS TEXT), 'about', 'ab0ut') AS BLOB) WHERE idx = 20",
            "payload",
            Some(20),
        ),
        ("DELETE FROM ledger_payload WHERE idx = 20", "payload", Some(20)),
        ("DELETE FROM ledger_entry WHERE idx = 309", "checkpoint", None),
        ("UPDATE ledger_checkpoint SET note = replace(note, 'acme', 'evil')", "checkpoint", None),
    ] {
        let dir = filled().await;
        edit(&dir, sql);
        let checked = check(&dir, true);
        let found = checked.findings.iter().find(|f| f.what == what && f.entry == entry);
        assert!(found.is_some_and(|f| !f.repaired), "{sql}: {checked:#?}");
        assert!(check(&dir, false).findings.iter().any(|f| f.what == what), "{sql} is still there");
    }
}

#[tokio::test]
async fn a_dropped_trigger_is_found_and_made_again() {
    let dir = filled().await;
    Connection::open(dir.path().join("navi.db"))
        .unwrap()
        .execute_batch(
            "DROP TRIGGER permits_update;
             CREATE TRIGGER evil AFTER INSERT ON permits BEGIN UPDATE permits SET version = 9; END",
        )
        .unwrap();
    let checked = check(&dir, true);
    let words: Vec<&str> = checked.findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(words, ["the trigger permits_update is missing", "the trigger evil was added"]);
    assert!(checked.findings.iter().all(|f| f.repaired));
    assert_eq!(check(&dir, false).findings, []);
}

#[tokio::test]
async fn a_vote_that_no_device_signed_is_found() {
    let dir = filled().await;
    let store = SqliteStore::open(options(&dir)).unwrap();
    let approval = store.approval("a-d2").await.unwrap().unwrap();
    let change = Change::default()
        .put(Record::Vote(sample::vote(&approval, "dev", 3)))
        .put(Record::Device(sample::device("dev", "bob")))
        .event(sample::event(EventKind::VoteCast, "a-d2", &[]));
    commit(&*store, change).await;
    store.close().await;
    let checked = check(&dir, false);
    let finding = only(&checked);
    assert_eq!(finding.what, "vote");
    assert!(finding.message.ends_with("is not signed by a key of device dev"), "{}", finding.message);
}

#[tokio::test]
async fn a_bypass_that_nobody_signed_or_that_was_edited_is_found() {
    let dir = filled().await;
    let store = SqliteStore::open(options(&dir)).unwrap();
    let wish = Wish {
        scope: BypassScope::Repo("shop".into()),
        incident: "INC-7".into(),
        reason: "the shop takes no orders since noon".into(),
        minutes: 15,
    };
    let now = store.now();
    let asked = Bypass::ask("b1".into(), "ana", wish, BypassLimits::default(), now).unwrap();
    let change = Change::default()
        .put(Record::Bypasses(Standing::default().with(asked, now).unwrap()))
        .event(sample::event(EventKind::BypassAsked, "b1", &[]));
    commit(&*store, change).await;
    store.close().await;
    let checked = check(&dir, false);
    assert_eq!(only(&checked).message, "bypass b1: nobody signed for it");
    edit(&dir, "UPDATE bypasses SET body = json_set(body, '$.bypasses[0].minutes', 60)");
    let checked = check(&dir, true);
    let found = checked.findings.iter().map(|f| f.message.as_str()).collect::<Vec<_>>();
    assert!(found[0].starts_with("bypasses/org is not the row that entry"), "{found:?}");
    let again = check(&dir, false);
    assert_eq!(only(&again).message, "bypass b1: nobody signed for it", "the row was put back");
}
