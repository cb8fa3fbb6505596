//! Erasing a payload: its bytes leave the file, every proof stays valid, and nothing else can be deleted.

#![expect(clippy::unwrap_used, reason = "assertions of test code")]

use navi_domain::erasure;
use navi_domain::event::{Event, EventKind};
use navi_ledger::tree;
use navi_store::conformance::{ORG, ORG_KEY, ORIGIN, commit, first, sample};
use navi_store::sqlite::{Options, SqliteStore};
use navi_store::{Change, Store, StoreError};
use serde_json::json;

const SECRET: &str = "a name that must go: Wilhelmina Vandermeer";

fn erasing(indices: &[u64]) -> Event {
    let mut event = sample::event(EventKind::PayloadsErased, "erasure", &[]);
    event.links.insert(erasure::LINK.into(), erasure::to_ranges(indices));
    event
}

fn holds(dir: &std::path::Path) -> bool {
    let read = |file: std::fs::DirEntry| std::fs::read(file.path()).unwrap();
    let has = |bytes: Vec<u8>| bytes.windows(SECRET.len()).any(|w| w == SECRET.as_bytes());
    std::fs::read_dir(dir).unwrap().any(|file| has(read(file.unwrap())))
}

#[tokio::test]
async fn what_is_erased_leaves_the_file_and_every_hash_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("navi.db");
    let open = || SqliteStore::open(Options::new(&path, ORG_KEY)).unwrap();
    let store = SqliteStore::create(Options::new(&path, ORG_KEY), ORG, ORIGIN, first()).unwrap();
    let said =
        Event { payload: json!({"text": SECRET}), ..sample::event(EventKind::CommentAdded, "a1", &[]) };
    commit(&*store, Change::default().event(said)).await;
    commit(&*store, Change::default().event(sample::event(EventKind::CommentAdded, "a2", &[]))).await;
    assert!(holds(dir.path()));
    let before = store.leaf_hashes(3).await.unwrap();
    let prunable =
        async |store: &SqliteStore| store.prunable(&[EventKind::CommentAdded], i64::MAX, 10).await.unwrap();
    assert_eq!(prunable(&store).await, [1, 2]);

    // An erasure that its entry does not name, or that no erasing entry names, is refused.
    let unnamed = Change::default().event(erasing(&[2])).erase(vec![1]);
    assert!(matches!(store.commit(unnamed).await, Err(StoreError::Malformed(_))));
    let other = Change::default().event(sample::event(EventKind::Exported, "x", &[])).erase(vec![1]);
    assert!(matches!(store.commit(other).await, Err(StoreError::Malformed(_))));

    commit(&*store, Change::default().event(erasing(&[1])).erase(vec![1])).await;
    assert!(!holds(dir.path()), "the bytes are still in the file or its log");
    let entry = store.entries(1, 1).await.unwrap().remove(0);
    assert_eq!((&entry.payload, &entry.nonce, entry.actor.as_str()), (&None, &None, ""));
    assert_eq!(entry.leaf_hash, tree::leaf_hash(&entry.leaf));
    assert_eq!(store.leaf_hashes(3).await.unwrap(), before);
    assert_eq!(prunable(&store).await, [2]);
    // Erasing it again harms nothing.
    commit(&*store, Change::default().event(erasing(&[1])).erase(vec![1])).await;
    store.close().await;
    assert!(open().fence().is_none());
    assert!(!holds(dir.path()));

    let below = rusqlite::Connection::open(&path).unwrap();
    for sql in [
        "DELETE FROM ledger_payload WHERE idx = 2",
        "INSERT INTO ledger_erasure (idx, erased) VALUES (2, 2)",
        "INSERT INTO ledger_erasure (idx, erased) VALUES (0, 2)",
        "DELETE FROM ledger_erasure",
        "UPDATE ledger_erasure SET idx = 2",
        "REPLACE INTO ledger_erasure (idx, erased) VALUES (1, 4)",
        "INSERT INTO ledger_payload (idx, payload, nonce, actor) VALUES (2, x'00', zeroblob(32), 'evil')",
    ] {
        assert!(below.execute(sql, []).is_err(), "{sql}");
    }
}
