//! What goes wrong around one SQLite file: pressure, faults, other handles.

#![expect(clippy::unwrap_used, reason = "assertions of test code")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use navi_domain::event::EventKind;
use navi_domain::risk::Level;
use navi_store::conformance::history::assert_whole;
use navi_store::conformance::{ORG, ORG_KEY, ORIGIN, commit, first, sample};
use navi_store::fault::{Fault, FaultyStore};
use navi_store::sqlite::{OpenError, Options, SqliteStore};
use navi_store::{Change, Outcome, Record, Store, StoreError};
use rusqlite::Connection;
use tokio::task::JoinSet;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

struct Lab {
    dir: tempfile::TempDir,
}

impl Lab {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn options(&self) -> Options {
        Options::new(self.dir.path().join("navi.db"), ORG_KEY)
    }

    fn create(&self) -> Arc<SqliteStore> {
        SqliteStore::create(self.options(), ORG, ORIGIN, first()).unwrap()
    }

    fn raw(&self) -> Connection {
        Connection::open(self.dir.path().join("navi.db")).unwrap()
    }
}

fn token(id: &str) -> Change {
    Change::default().put(Record::Token(sample::token(id))).event(sample::event(
        EventKind::TokenCreated,
        id,
        &[],
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_queue_refuses_at_once_and_loses_nothing_it_took() {
    let lab = Lab::new();
    let store = lab.create();
    let other = lab.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    // One batch of at most 4096 waits for the lock, 4096 wait behind it.
    for n in 0..9_000 {
        let (store, busy) = (Arc::clone(&store), Arc::clone(&busy));
        callers.spawn(async move {
            match store.commit(token(&format!("t{n}"))).await {
                Ok(Outcome::Committed { .. }) => true,
                Err(StoreError::Busy) => {
                    busy.fetch_add(1, Ordering::SeqCst);
                    false
                }
                other => panic!("{other:?}"),
            }
        });
    }
    let refused = async {
        while busy.load(Ordering::SeqCst) < 9_000 - 2 * 4096 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, refused).await.expect("nobody was refused while the queue was full");
    other.execute_batch("ROLLBACK").unwrap();
    let taken =
        timeout(PATIENCE, callers.join_all()).await.unwrap().into_iter().filter(|taken| *taken).count();
    assert_eq!(taken + busy.load(Ordering::SeqCst), 9_000);
    assert_eq!(store.head().await.unwrap().size, 1 + u64::try_from(taken).unwrap());
    assert_whole(&*store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_queues_while_one_batch_flushes_is_the_next_batch() {
    let lab = Lab::new();
    // Each batch reads the clock once, and this clock never says the same twice: instants count batches.
    let ticks = Arc::new(AtomicI64::new(1_000_000));
    let clock = Arc::clone(&ticks);
    let options = Options { clock: Arc::new(move || clock.fetch_add(1, Ordering::SeqCst)), ..lab.options() };
    let store = SqliteStore::create(options, ORG, ORIGIN, first()).unwrap();
    let other = lab.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for n in 0..500 {
        let (store, asked) = (Arc::clone(&store), Arc::clone(&asked));
        callers.spawn(async move {
            asked.fetch_add(1, Ordering::SeqCst);
            store.commit(token(&format!("t{n}"))).await.unwrap()
        });
    }
    let all_asked = async {
        while asked.load(Ordering::SeqCst) < 500 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, all_asked).await.unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    let outcomes = timeout(PATIENCE, callers.join_all()).await.unwrap();
    let batches: std::collections::BTreeSet<i64> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Committed { at, .. } => *at,
            lost @ Outcome::Conflict(_) => panic!("{lost:?}"),
        })
        .collect();
    // One that was waiting for the lock, one with all that queued behind it, and some for late threads.
    assert!(batches.len() <= 10, "{} batches for 500 changes", batches.len());
    assert_whole(&*store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_takes_only_what_cannot_commit() {
    let lab = Lab::new();
    let store = lab.create();
    // A debt that falls due at COMMIT: the statement succeeds, the transaction does not.
    lab.raw()
        .execute_batch(
            "CREATE TABLE debt (person TEXT REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER borrow AFTER INSERT ON tokens WHEN NEW.id LIKE 'bad%'
             BEGIN INSERT INTO debt VALUES ('nobody'); END;",
        )
        .unwrap();
    let mut callers = JoinSet::new();
    for n in 0..60 {
        let store = Arc::clone(&store);
        let id = if n % 20 == 7 { format!("bad{n}") } else { format!("good{n}") };
        callers.spawn(async move { (id.clone(), store.commit(token(&id)).await) });
    }
    for (id, outcome) in callers.join_all().await {
        let there = store.token(&format!("{id}{id}")).await.unwrap().is_some();
        match outcome {
            Ok(Outcome::Committed { .. }) => assert!(there && id.starts_with("good"), "{id}"),
            Err(StoreError::Database { maybe_persisted: false, .. }) => {
                assert!(!there && id.starts_with("bad"), "{id}");
            }
            other => panic!("{id}: {other:?}"),
        }
    }
    assert_eq!(store.head().await.unwrap().size, 58);
    assert_whole(&*store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scripted_faults_fail_as_they_say() {
    let lab = Lab::new();
    let store = FaultyStore::new(lab.create());
    store.script([Fault::Fail, Fault::FailButPersisted, Fault::Busy, Fault::None]);
    let there = async |id: &str| store.inner().token(&format!("{id}{id}")).await.unwrap().is_some();

    let failed = store.commit(token("a")).await;
    assert!(matches!(failed, Err(StoreError::Database { maybe_persisted: false, .. })) && !there("a").await);
    let persisted = store.commit(token("b")).await;
    assert!(matches!(persisted, Err(StoreError::Database { maybe_persisted: true, .. })) && there("b").await);
    assert!(matches!(store.commit(token("c")).await, Err(StoreError::Busy)) && !there("c").await);
    commit(&store, token("d")).await;
    commit(&store, token("e")).await;
    assert_eq!(store.head().await.unwrap().size, 4);

    store.fail_reads(true);
    assert!(store.ping().await.is_err() && store.token("bb").await.is_err());
    store.fail_reads(false);
    assert_whole(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_on_one_file_take_turns_and_see_each_other() {
    let lab = Lab::new();
    let one = lab.create();
    let two = SqliteStore::open(lab.options()).unwrap();
    let mut callers = JoinSet::new();
    for n in 0..400 {
        let store = if n % 2 == 0 { Arc::clone(&one) } else { Arc::clone(&two) };
        callers.spawn(async move { commit(&*store, token(&format!("t{n}"))).await });
    }
    let mut indices = callers.join_all().await;
    indices.sort_unstable();
    assert_eq!(indices, (1..=400).collect::<Vec<_>>());
    for store in [&one, &two] {
        let mut head = store.watch_head();
        timeout(PATIENCE, head.wait_for(|size| *size == 401)).await.expect("a handle never noticed").unwrap();
        assert_whole(&**store).await;
    }

    // Both read version 1; whoever comes second loses.
    commit(
        &*one,
        Change::default().put(Record::User(sample::user("carol"))).event(first().events[0].clone()),
    )
    .await;
    let seen = two.user("carol").await.unwrap().unwrap();
    let again = || Change::default().put(Record::User(seen.clone())).event(first().events[0].clone());
    commit(&*one, again()).await;
    assert!(matches!(two.commit(again()).await.unwrap(), Outcome::Conflict(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let lab = Lab::new();
    let store = lab.create();
    commit(&*store, sample::request("d1", "shop", Level::Low, store.now())).await;
    let (head, now) = (store.head().await.unwrap(), store.now());
    drop(store);
    let past = Options { clock: Arc::new(|| 5), ..lab.options() };
    let store = SqliteStore::open(past).unwrap();
    assert_eq!(store.head().await.unwrap(), head);
    assert!(store.fence().is_none());
    assert_eq!(store.decision("d1").await.unwrap().unwrap().version, 1);
    assert_eq!(store.now(), head.at, "a clock that was set back does not go below the last entry");
    assert!(now >= head.at);
    commit(&*store, token("t")).await;
    assert_eq!(store.head().await.unwrap().at, head.at);
    assert_whole(&*store).await;
}

#[tokio::test]
async fn a_ledger_starts_once() {
    let lab = Lab::new();
    assert!(matches!(SqliteStore::open(lab.options()), Err(OpenError::NotInitialised)));
    assert!(!lab.dir.path().join("navi.db").exists(), "opening must not make a file");
    let bad = Change { put: vec![Record::User(sample::user("carol"))], ..first() };
    let refused = SqliteStore::create(lab.options(), ORG, ORIGIN, bad);
    assert!(matches!(refused, Err(OpenError::First(StoreError::Malformed(_)))));
    assert!(matches!(SqliteStore::open(lab.options()), Err(OpenError::NotInitialised)));
    let store = lab.create();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| std::fs::metadata(lab.dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(
            (mode("navi.db") & 0o077, mode("navi.db-wal") & 0o077),
            (0, 0),
            "readable by its owner only"
        );
    }
    assert_eq!(store.org(), ORG);
    assert_eq!(store.head().await.unwrap().origin, ORIGIN);
    assert!(matches!(
        SqliteStore::create(lab.options(), ORG, ORIGIN, first()),
        Err(OpenError::AlreadyInitialised)
    ));
    assert_eq!(store.head().await.unwrap().size, 1);
}

#[tokio::test]
async fn an_encrypted_file_opens_with_its_key_only() {
    let lab = Lab::new();
    let with = |key| Options { key, ..lab.options() };
    let store = SqliteStore::create(with(Some([5; 32])), ORG, ORIGIN, first()).unwrap();
    store.close().await;
    drop(store);
    assert!(SqliteStore::open(with(None)).is_err());
    assert!(SqliteStore::open(with(Some([6; 32]))).is_err());
    let bytes = std::fs::read(lab.dir.path().join("navi.db")).unwrap();
    let has = |bytes: &[u8], needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
    assert!(!has(&bytes, b"SQLite format 3") && !has(&bytes, b"alice"));
    assert_eq!(SqliteStore::open(with(Some([5; 32]))).unwrap().head().await.unwrap().size, 1);
}
