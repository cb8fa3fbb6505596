//! The index on SQLite: what is erased is not found, and its words leave the file.

use navi_domain::event::EventKind;
use navi_store::conformance::{ORG, ORG_KEY, ORIGIN, commit, first, sample};
use navi_store::sqlite::{Options, SqliteStore};
use navi_store::{AuditFilter, Change, Store};

#[tokio::test]
async fn words_of_an_erased_payload_are_squeezed_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("navi.db");
    let store = SqliteStore::create(Options::new(&path, ORG_KEY), ORG, ORIGIN, first()).unwrap();
    for subject in ["zanzibar", "timbuktu"] {
        commit(&*store, Change::default().event(sample::event(EventKind::CommentAdded, subject, &[]))).await;
        store.index_to(1000).await.unwrap();
    }
    let saying = |text: &str| AuditFilter { text: Some(text.into()), limit: 10, ..AuditFilter::default() };
    assert_eq!(store.audit(&saying("zanzibar")).await.unwrap().items.len(), 1);

    let below = rusqlite::Connection::open(&path).unwrap();
    below.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    below
        .execute_batch("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, audit_text, row)")
        .unwrap();
    let known = |word: &str| -> bool {
        below
            .query_row("SELECT count(*) > 0 FROM temp.vocabulary WHERE term = ?1", [word], |row| row.get(0))
            .unwrap()
    };
    assert!(known("zanzibar") && known("timbuktu"));
    below
        .execute_batch("DROP TRIGGER ledger_payload_delete; DELETE FROM ledger_payload WHERE idx = 1")
        .unwrap();
    assert!(store.audit(&saying("zanzibar")).await.unwrap().items.is_empty());
    store.index_to(1000).await.unwrap();
    assert!(!known("zanzibar"));
    assert!(known("timbuktu"));
    assert_eq!(store.audit(&saying("timbuktu")).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn an_index_that_was_made_otherwise_is_made_again_from_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("navi.db");
    let options = || Options::new(&path, ORG_KEY);
    let store = SqliteStore::create(options(), ORG, ORIGIN, first()).unwrap();
    commit(&*store, Change::default().event(sample::event(EventKind::CommentAdded, "zanzibar", &[]))).await;
    let covered = store.index_to(1000).await.unwrap();
    store.close().await;
    drop(store);

    let store = SqliteStore::open(options()).unwrap();
    let filter = AuditFilter { text: Some("zanzibar".into()), limit: 10, ..AuditFilter::default() };
    assert_eq!(store.audit(&filter).await.unwrap().items.len(), 1, "this version made it: it stays");
    store.close().await;
    drop(store);

    let below = rusqlite::Connection::open(&path).unwrap();
    below.pragma_update(None, "user_version", 0).unwrap();
    drop(below);
    let store = SqliteStore::open(options()).unwrap();
    assert!(store.audit(&filter).await.unwrap().items.is_empty(), "it is made again by the job");
    assert_eq!(store.index_to(1000).await.unwrap(), covered);
    assert_eq!(store.audit(&filter).await.unwrap().items.len(), 1);
}
