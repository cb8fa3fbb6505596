//! What cannot be changed through the product's own connections, and what is noticed when it is changed below them.

#![expect(clippy::unwrap_used, reason = "assertions of test code")]

use std::sync::Arc;

use navi_domain::event::EventKind;
use navi_domain::risk::Level;
use navi_ledger::checkpoint::{Checkpoint, Signer};
use navi_store::conformance::{ORG, ORG_KEY, ORIGIN, commit, first, sample};
use navi_store::sqlite::{Fence, Options, SqliteStore};
use navi_store::{Change, Cosignature, Record, Store, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

fn options(dir: &TempDir) -> Options {
    Options::new(dir.path().join("navi.db"), ORG_KEY)
}

fn raw(dir: &TempDir) -> Connection {
    Connection::open(dir.path().join("navi.db")).unwrap()
}

/// A ledger of seven entries with a vote, a permit, an execution and a checkpoint at size 5.
async fn filled() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(options(&dir), ORG, ORIGIN, first()).unwrap();
    for id in ["d1", "d2"] {
        commit(&*store, sample::request(id, "shop", Level::Low, store.now())).await;
    }
    let head = store.head().await.unwrap();
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: 5, root: head.root };
    let note = Signer::from_seed(ORIGIN, [3; 32]).unwrap().sign(&checkpoint);
    store.put_checkpoint(5, &note).await.unwrap();
    let (vkey, line) = ("w+1+x".to_owned(), "line".to_owned());
    let cosignature = Cosignature { size: 5, vkey, device_id: None, line, at: 0 };
    assert!(store.put_cosignature(&cosignature).await.unwrap());
    let (decision, approval) =
        (store.decision("d1").await.unwrap().unwrap(), store.approval("a-d1").await.unwrap().unwrap());
    let permit = sample::permit(&decision, Some(&approval));
    let change = Change::default()
        .put(Record::Vote(sample::vote(&approval, "dev", 3)))
        .put(Record::Execution(sample::execution(&permit, "shop")))
        .put(Record::Permit(permit))
        .event(sample::event(EventKind::PermitIssued, "p-d1", &[]))
        .event(sample::event(EventKind::ExecutionStarted, "x-d1", &[]));
    commit(&*store, change).await;
    store.close().await;
    dir
}

#[tokio::test]
async fn sql_cannot_change_what_was_recorded() {
    let dir = filled().await;
    let attempts = [
        "UPDATE ledger_entry SET kind = 'x' WHERE idx = 1",
        "DELETE FROM ledger_entry WHERE idx = 6",
        "INSERT OR REPLACE INTO ledger_entry SELECT 1, leaf_hash, leaf, 'evil', at FROM ledger_entry WHERE idx = 1",
        "INSERT OR REPLACE INTO ledger_entry SELECT 6, leaf_hash, leaf, 'evil', at FROM ledger_entry WHERE idx = 1",
        "INSERT INTO ledger_entry SELECT 99, leaf_hash, leaf, kind, at FROM ledger_entry WHERE idx = 1",
        "REPLACE INTO ledger_payload VALUES (1, x'00', zeroblob(32), 'evil', NULL)",
        "UPDATE ledger_payload SET actor = 'evil'",
        "DELETE FROM ledger_payload",
        "REPLACE INTO ledger_checkpoint VALUES (5, 'evil', 0)",
        "INSERT INTO ledger_checkpoint VALUES (4, 'evil', 0)",
        "UPDATE ledger_checkpoint SET note = 'evil'",
        "DELETE FROM ledger_checkpoint",
        "REPLACE INTO ledger_cosignature SELECT size, vkey, 'evil', at FROM ledger_cosignature",
        "UPDATE ledger_cosignature SET line = 'evil'",
        "DELETE FROM ledger_cosignature",
        "UPDATE witness SET last_size = 4",
        "UPDATE witness SET device_id = 'evil'",
        "DELETE FROM witness",
        "REPLACE INTO ledger_head SELECT one, org, 'evil', epoch, size, root, frontier, at FROM ledger_head",
        "UPDATE ledger_head SET size = 3",
        "DELETE FROM ledger_head",
        "REPLACE INTO governance_votes SELECT approval_id, device_id, device_seq, 'evil', vote, signature, 0
         FROM governance_votes",
        "UPDATE governance_votes SET user_id = 'evil'",
        "DELETE FROM governance_votes",
        "REPLACE INTO governance_decisions (seq, id, version, org_id, body)
         SELECT seq, id, 1, 'evil', body FROM governance_decisions WHERE id = 'd1'",
        "UPDATE governance_decisions SET version = 2, body = json_set(body, '$.decision.verdict', 'AUTO')",
        "UPDATE governance_decisions SET version = 2, body = json_set(body, '$.digest', 'evil')",
        "DELETE FROM governance_decisions",
        "REPLACE INTO governance_approvals
         (id, version, org_id, user_id, status, level, body, action_type, resubmission_key)
         SELECT id, 1, org_id, user_id, status, level, body, 'evil', 'k' FROM governance_approvals WHERE id = 'a-d1'",
        "UPDATE governance_approvals SET body = json_set(body, '$.status', 'approved')",
        "UPDATE governance_approvals SET version = 2, status = 'approved'",
        "UPDATE governance_approvals SET version = 2, user_id = 'evil'",
        "DELETE FROM governance_approvals",
        "REPLACE INTO permits (id, version, body) SELECT id, 1, body FROM permits",
        "REPLACE INTO permits (id, version, body) SELECT 'p-2', 1, body FROM permits",
        "UPDATE permits SET version = 2, body = json_set(body, '$.digest', 'evil')",
        "DELETE FROM permits",
        "REPLACE INTO governance_executions (id, version, org_id, body)
         SELECT 'x-2', 1, org_id, body FROM governance_executions",
        "DELETE FROM governance_executions",
    ];
    // A stranger's connection has neither foreign keys nor recursive triggers on.
    let conn = raw(&dir);
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF").unwrap();
    for sql in attempts {
        let refused = conn.execute(sql, []);
        let code = refused.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
        assert_eq!(code, Some(rusqlite::ErrorCode::ConstraintViolation), "{sql}: {refused:?}");
        if sql.starts_with("REPLACE") || sql.contains("OR REPLACE") || sql.starts_with("DELETE") {
            let by = refused.as_ref().err().and_then(rusqlite::Error::sqlite_error).map(|e| e.extended_code);
            assert_eq!(by, Some(rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER), "{sql}: {refused:?}");
        }
    }
    // The statements are not refused for another reason: their like on a free row goes through.
    conn.execute("UPDATE permits SET version = 2, body = json_set(body, '$.status', 'revoked')", []).unwrap();
    let reopened = "UPDATE permits SET version = 3, body = json_set(body, '$.status', 'issued')";
    assert!(conn.execute(reopened, []).is_err());
    drop(conn);
    assert!(SqliteStore::open(options(&dir)).unwrap().fence().is_none());
}

/// Drops the triggers, as only somebody with the file can, runs the statements, and opens the store again.
async fn after(dir: &TempDir, sql: &str) -> Arc<SqliteStore> {
    let conn = raw(dir);
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
    drop(conn);
    SqliteStore::open(options(dir)).unwrap()
}

async fn assert_fenced(store: &SqliteStore) {
    let change = Change::default().event(sample::event(EventKind::Exported, "all", &[]));
    assert!(store.is_fenced());
    assert!(matches!(store.commit(change).await, Err(StoreError::Fenced)));
    assert!(matches!(store.put_checkpoint(7, "").await, Err(StoreError::Fenced)));
    assert!(store.decision("d1").await.unwrap().is_some(), "a fenced ledger can be read");
}

#[tokio::test]
async fn a_changed_file_is_fenced_and_the_place_is_named() {
    let cases = [
        ("UPDATE ledger_entry SET leaf_hash = zeroblob(32) WHERE idx = 2", Fence::Entry(2)),
        (
            "UPDATE ledger_entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'd1', 'd9') AS BLOB) WHERE idx = 1",
            Fence::Entry(1),
        ),
        ("DELETE FROM ledger_entry WHERE idx = 3", Fence::Missing(3)),
        ("DELETE FROM ledger_entry WHERE idx = 6", Fence::Missing(6)),
        ("UPDATE ledger_head SET root = zeroblob(32)", Fence::Root(7)),
        (
            "INSERT INTO ledger_entry SELECT 7, leaf_hash, leaf, kind, at FROM ledger_entry WHERE idx = 1",
            Fence::Root(8),
        ),
        (
            "UPDATE ledger_entry SET idx = -1 WHERE idx = 1; UPDATE ledger_entry SET idx = 1 WHERE idx = 2;
             UPDATE ledger_entry SET idx = 2 WHERE idx = -1",
            Fence::Root(7),
        ),
        ("UPDATE ledger_checkpoint SET note = 'x'", Fence::Note),
        ("UPDATE ledger_checkpoint SET size = 4", Fence::Signed(4)),
    ];
    // The procedure itself does no harm.
    assert_eq!(after(&filled().await, "SELECT 1").await.fence(), None);
    for (sql, expected) in cases {
        let dir = filled().await;
        let store = after(&dir, sql).await;
        assert_eq!(store.fence(), Some(&expected), "{sql}");
        assert_fenced(&store).await;
    }
}

#[tokio::test]
async fn an_old_copy_put_back_is_fenced() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(options(&dir), ORG, ORIGIN, first()).unwrap();
    let head = store.head().await.unwrap();
    store.close().await;
    drop(store);
    let notes = filled().await;
    let (size, note) = SqliteStore::open(options(&notes)).unwrap().checkpoint().await.unwrap().unwrap();
    // The note of size 5 survived (it is kept elsewhere too), the ledger is the old one of size 1.
    let conn = raw(&dir);
    conn.execute("INSERT INTO ledger_checkpoint VALUES (?1, ?2, 0)", rusqlite::params![5, note]).unwrap();
    drop(conn);
    let store = SqliteStore::open(options(&dir)).unwrap();
    assert_eq!(store.fence(), Some(&Fence::Behind { size: head.size, signed: size }));
    assert!(matches!(store.commit(first()).await, Err(StoreError::Fenced)));
}

#[tokio::test]
async fn a_head_that_moves_back_under_a_running_store_fences_it() {
    let dir = filled().await;
    let store = SqliteStore::open(options(&dir)).unwrap();
    let conn = raw(&dir);
    conn.execute_batch(
        "DROP TRIGGER ledger_head_update; UPDATE ledger_head SET size = 5, frontier = frontier WHERE one = 1",
    )
    .unwrap();
    assert!(matches!(store.commit(first()).await, Err(StoreError::Fenced)));
    assert_fenced(&store).await;
}
