//! Durable appends beside what the disk can do: `cargo run --release -p navi-store --example append [DIR]`.
//!
//! Prints, in one run: the disk's flushes a second, a lone caller's commit (one flush), commits a second of many
//! callers (group commit), and the reads of one evaluate. Numbers swing with the machine's load; compare the lines.

#![expect(clippy::unwrap_used, reason = "a measurement stops at its first surprise")]

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use navi_domain::event::EventKind;
use navi_domain::risk::Level;
use navi_store::conformance::{ORG, ORG_KEY, ORIGIN, first, sample};
use navi_store::sqlite::{Options, SqliteStore};
use navi_store::{Change, Outcome, Record, Store};
use tokio::task::JoinSet;

const SPAN: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    let base = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(base).unwrap();
    let mut flushes = flush_times(dir.path());
    print("flush of 4 KiB (fdatasync)", &mut flushes);

    let store =
        SqliteStore::create(Options::new(dir.path().join("navi.db"), ORG_KEY), ORG, ORIGIN, first()).unwrap();
    let token = Change::default().put(Record::Token(sample::token("t"))).event(sample::event(
        EventKind::TokenCreated,
        "t",
        &[],
    ));
    store.commit(token).await.unwrap();

    let mut lone = Vec::new();
    let until = Instant::now() + SPAN;
    while Instant::now() < until {
        lone.push(commit(&store, &format!("lone-{}", lone.len())).await);
    }
    print("lone commit (decision, approval, 2 entries)", &mut lone);

    let mut reads = Vec::new();
    for _ in 0..2_000 {
        let begin = Instant::now();
        store.token("tt").await.unwrap().unwrap();
        store.policies_for("alice", "developer", Some("shop")).await.unwrap();
        store.pending_like("alice", "key:nothing").await.unwrap();
        store.incidents_since("shop", 0).await.unwrap();
        reads.push(begin.elapsed());
    }
    print("reads of one evaluate", &mut reads);

    for callers in [16, 256, 2048] {
        let begin = Instant::now();
        let mut running = JoinSet::new();
        for caller in 0..callers {
            let store = Arc::clone(&store);
            running.spawn(async move {
                let mut taken = Vec::new();
                while begin.elapsed() < SPAN {
                    taken.push(commit(&store, &format!("c{callers}-{caller}-{}", taken.len())).await);
                }
                taken
            });
        }
        let mut taken: Vec<Duration> = running.join_all().await.into_iter().flatten().collect();
        println!(
            "{callers:>5} callers: {:>7.0} commits/s",
            taken.len() as f64 / begin.elapsed().as_secs_f64()
        );
        print("      latency", &mut taken);
    }
    let size = store.head().await.unwrap().size;
    drop(store);
    let begin = Instant::now();
    let store = SqliteStore::open(Options::new(dir.path().join("navi.db"), ORG_KEY)).unwrap();
    println!("reopened and checked {size} entries in {:.0?}; fence: {:?}", begin.elapsed(), store.fence());
}

async fn commit(store: &Arc<SqliteStore>, id: &str) -> Duration {
    let begin = Instant::now();
    let outcome = store.commit(sample::request(id, "bench", Level::Low, store.now())).await.unwrap();
    assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
    begin.elapsed()
}

fn flush_times(dir: &std::path::Path) -> Vec<Duration> {
    let mut file = std::fs::File::create(dir.join("flush")).unwrap();
    let until = Instant::now() + SPAN;
    let mut times = Vec::new();
    while Instant::now() < until {
        let begin = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        times.push(begin.elapsed());
    }
    times
}

fn print(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    let rate = times.len() as f64 / times.iter().sum::<Duration>().as_secs_f64();
    println!("{what}: p50 {:.2?}, p99 {:.2?}, {rate:.0}/s one after another", at(0.5), at(0.99));
}
