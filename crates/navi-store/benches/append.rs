//! Durable appends, beside the machine's own flushes and a plain batched insert of the same bytes. Prints one JSON object
//! a line. Run by `cargo xtask bench`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, read by another program")]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use navi_domain::event::{Event, EventKind};
use navi_store::conformance::{ORG, ORG_KEY, ORIGIN, first, sample};
use navi_store::sqlite::{Options, SqliteStore};
use navi_store::{Change, Store, StoreError};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const SPAN: Duration = Duration::from_secs(4);
/// Bytes of a leaf and its payload, as they are on the average.
const BYTES: usize = 620;

#[tokio::main]
async fn main() {
    // A test runner asks every program for its tests; this one has none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    // Below the target folder and not in the system's temporary one, which may be in memory and flush for nothing.
    let folder = std::env::var_os("NAVI_BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    let dir = tempfile::tempdir_in(folder).unwrap();
    say(json!({"what": "fsync of 4 KiB", "per_second": flushes(dir.path())}));
    say(json!({"what": "plain SQLite inserts, 1000 a transaction", "per_second": plain(dir.path())}));
    let open = |name: &str| {
        let options = Options::new(dir.path().join(name), ORG_KEY);
        SqliteStore::create(options, ORG, ORIGIN, first()).unwrap()
    };
    for (name, callers, events) in [("one", 2_048, 1), ("batch", 256, 32)] {
        let rate = saturated(open(name), callers, events).await;
        let what = format!("appended entries, {callers} callers with {events} each");
        say(json!({"what": what, "per_second": rate}));
    }
    let mut late = offered(open("offered"), 10_000, Duration::from_secs(10)).await;
    late.sort_unstable();
    let at = |thousandths: usize| {
        late.get((late.len() - 1) * thousandths / 1000).map_or(0.0, |d| d.as_secs_f64() * 1e3)
    };
    say(
        json!({"what": "10000 entries/s offered", "entries": late.len(), "p50_ms": at(500), "p99_ms": at(990),
        "p999_ms": at(999)}),
    );
}

fn say(line: Value) {
    println!("{line}");
}

fn event(n: usize) -> Event {
    let payload = json!({"text": "x".repeat(120), "n": n});
    Event { payload, ..sample::event(EventKind::CommentAdded, &format!("a-{n}"), &[("action_id", "d-1")]) }
}

fn flushes(dir: &Path) -> f64 {
    let mut file = std::fs::File::create(dir.join("flush")).unwrap();
    let (began, mut n) = (Instant::now(), 0_u32);
    while began.elapsed() < Duration::from_secs(2) {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        n += 1;
    }
    f64::from(n) / began.elapsed().as_secs_f64()
}

fn plain(dir: &Path) -> f64 {
    let mut conn = rusqlite::Connection::open(dir.join("plain.db")).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (idx INTEGER PRIMARY KEY, leaf BLOB) STRICT",
    )
    .unwrap();
    let leaf = vec![7_u8; BYTES];
    let (began, mut n) = (Instant::now(), 0_u32);
    while began.elapsed() < SPAN {
        let tx = conn.transaction().unwrap();
        let mut insert = tx.prepare_cached("INSERT INTO t (leaf) VALUES (?1)").unwrap();
        for _ in 0..1000 {
            insert.execute([&leaf]).unwrap();
        }
        drop(insert);
        tx.commit().unwrap();
        n += 1000;
    }
    f64::from(n) / began.elapsed().as_secs_f64()
}

/// Callers that each begin their next commit when the last one is durable.
async fn saturated(store: Arc<SqliteStore>, callers: usize, events: usize) -> f64 {
    let before = store.head().await.unwrap().size;
    let (began, mut running) = (Instant::now(), JoinSet::new());
    for caller in 0..callers {
        let store = Arc::clone(&store);
        running.spawn(async move {
            let mut n = caller;
            while began.elapsed() < SPAN {
                let change = (0..events).fold(Change::default(), |change, _| change.event(event(n)));
                match store.commit(change).await {
                    Err(StoreError::Busy) => tokio::task::yield_now().await,
                    other => {
                        other.unwrap();
                        n += callers;
                    }
                }
            }
        });
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
    let took = began.elapsed().as_secs_f64();
    (store.head().await.unwrap().size - before) as f64 / took
}

/// Commits that begin at set instants, whatever became of the earlier ones; how long each took from then on.
async fn offered(store: Arc<SqliteStore>, per_second: u32, span: Duration) -> Vec<Duration> {
    let mut running = JoinSet::new();
    let began = tokio::time::Instant::now();
    let all = u32::try_from(span.as_secs()).unwrap() * per_second;
    for n in 0..all {
        let due = began + span * n / all;
        // The timer is coarse: what is due is begun together.
        if due > tokio::time::Instant::now() {
            tokio::time::sleep_until(due).await;
        }
        let store = Arc::clone(&store);
        running.spawn(async move {
            let change = Change::default().event(event(usize::try_from(n).unwrap()));
            store.commit(change).await.unwrap();
            due.elapsed()
        });
    }
    running.join_all().await
}
