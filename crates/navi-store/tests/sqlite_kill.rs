//! kill -9: everything acknowledged is there, nothing half.
//!
//! The parent starts this same test binary as a child that commits and prints each acknowledged change, kills it in
//! full flight, and looks at what is in the file. In every other round it writes to the file at the same time.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "assertions of test code")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use navi_domain::risk::Level;
use navi_store::conformance::history::assert_whole;
use navi_store::conformance::{ORG, ORG_KEY, ORIGIN, commit, first, sample};
use navi_store::sqlite::{Options, SqliteStore};
use navi_store::{ApprovalFilter, Outcome, Store};
use tokio::task::JoinSet;

const FILE: &str = "NAVI_TEST_KILL_FILE";
const ROUND: &str = "NAVI_TEST_KILL_ROUND";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "not a test by itself: the child that the other test starts and kills"]
async fn child_that_writes_until_it_is_killed() {
    let file = std::env::var(FILE).expect("started by what_was_acknowledged_survives_kill_nine");
    let round = std::env::var(ROUND).unwrap();
    let store = SqliteStore::open(Options::new(file, ORG_KEY)).unwrap();
    let mut callers = JoinSet::new();
    for caller in 0..16 {
        let (store, round) = (Arc::clone(&store), round.clone());
        callers.spawn(async move {
            for n in 0.. {
                let id = format!("{round}-{caller}-{n}");
                let outcome = store.commit(sample::request(&id, "shop", Level::Low, store.now())).await;
                let Ok(Outcome::Committed { first_index, .. }) = outcome else { panic!("{outcome:?}") };
                let line = format!("\nack {id} {first_index}\n");
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
            }
        });
    }
    callers.join_all().await;
}

/// Runs a child until it has acknowledged `enough` changes, kills it, and returns what it acknowledged.
fn killed_after(file: &Path, round: usize, enough: usize) -> Vec<(String, u64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_writes_until_it_is_killed", "--ignored", "--nocapture", "--quiet"])
        .env(FILE, file)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut alive = true;
    // After the kill the pipe still holds what was acknowledged before it.
    while let Some(Ok(line)) = lines.next() {
        let mut words = line.split(' ');
        if let (Some("ack"), Some(id), Some(Ok(index)), None) =
            (words.next(), words.next(), words.next().map(str::parse), words.next())
        {
            acknowledged.push((id.to_owned(), index));
        }
        if alive && acknowledged.len() >= enough {
            child.kill().unwrap();
            alive = false;
        }
    }
    assert!(!alive, "the child ended by itself");
    child.wait().unwrap();
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_survives_kill_nine() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("navi.db");
    drop(SqliteStore::create(Options::new(&file, ORG_KEY), ORG, ORIGIN, first()).unwrap());
    let mut acknowledged: Vec<(String, u64)> = Vec::new();
    for (round, enough) in [1, 37, 150, 400, 90, 230].into_iter().enumerate() {
        let beside = (round % 2 == 1).then(|| SqliteStore::open(Options::new(&file, ORG_KEY)).unwrap());
        let child = {
            let file = file.clone();
            tokio::task::spawn_blocking(move || killed_after(&file, round, enough))
        };
        if let Some(store) = &beside {
            let mut n = 0;
            while !child.is_finished() {
                let id = format!("beside-{round}-{n}");
                let index = commit(&**store, sample::request(&id, "shop", Level::Low, store.now())).await;
                acknowledged.push((id, index));
                n += 1;
            }
        }
        acknowledged.extend(child.await.unwrap());
        if let Some(store) = &beside {
            let size = store.head().await.unwrap().size;
            let mut head = store.watch_head();
            let noticed =
                tokio::time::timeout(Duration::from_secs(60), head.wait_for(|known| *known >= size));
            noticed.await.expect("the other process's entries were never noticed").unwrap();
        }
        drop(beside);
        check(&file, &acknowledged).await;
    }
    assert!(acknowledged.len() > 900);
}

async fn check(file: &Path, acknowledged: &[(String, u64)]) {
    let store = SqliteStore::open(Options::new(file, ORG_KEY)).unwrap();
    assert_eq!(store.fence(), None);
    assert_whole(&*store).await;
    let entries = store.entries(0, usize::MAX).await.unwrap();
    let names = |index: u64, subject: &str| {
        let leaf = &entries[usize::try_from(index).unwrap()].leaf;
        String::from_utf8_lossy(leaf).contains(&format!("\"subject\":\"{subject}\""))
    };
    for (id, index) in acknowledged {
        assert!(names(*index, id) && names(index + 1, &format!("a-{id}")), "{id} at {index}");
        assert!(store.decision(id).await.unwrap().is_some(), "{id}");
    }
    // Nothing half: each request is a decision, an approval and two entries.
    let mut filter = ApprovalFilter { limit: 500, ..ApprovalFilter::default() };
    let mut requests = 0;
    loop {
        let page = store.approvals(&filter).await.unwrap();
        for row in &page.items {
            assert_eq!(row.approval.decision_id, row.decision.id);
            assert_eq!(store.chain(&row.decision.id).await.unwrap().len(), 2, "{}", row.decision.id);
        }
        requests += page.items.len();
        filter.cursor = page.next;
        if filter.cursor.is_none() {
            break;
        }
    }
    assert_eq!(1 + 2 * requests, entries.len());
    assert!(requests >= acknowledged.len());
}
