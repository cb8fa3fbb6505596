//! What it costs to open a copy with 100,000 entries and 1,000 requests that wait, and to read its queue: the time from the
//! keyring's key to a list that can be drawn. Prints one JSON line. Run by `cargo xtask bench`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement, read by another program"
)]

use std::path::Path;
use std::time::Instant;

use navi_replica::Replica;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use zeroize::Zeroizing;

const ENTRIES: u64 = 100_000;
const PENDING: u64 = 1_000;
const RUNS: usize = 11;
const KEY: [u8; 32] = [8; 32];
const NOW: i64 = 1_790_000_000_000_000;

fn main() {
    // A test runner asks every program for its tests; this one has none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let folder = std::env::var_os("NAVI_BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    let dir = tempfile::tempdir_in(folder).unwrap();
    let path = dir.path().join("replica.db");
    drop(Replica::open(&path, &Zeroizing::new(KEY)).unwrap());
    fill(&path);
    let mut opened: Vec<(f64, f64)> = (0..RUNS).map(|_| open(&path)).collect();
    opened.sort_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
    let (open_ms, queue_ms) = opened[RUNS / 2];
    let worst_ms = opened.last().map_or(0.0, |(open, queue)| open + queue);
    let line = json!({
        "entries": ENTRIES, "pending": PENDING,
        "open_ms": open_ms, "queue_ms": queue_ms, "median_ms": open_ms + queue_ms, "worst_ms": worst_ms,
    });
    println!("{line}");
}

/// Milliseconds to open the file, and to read its queue and its counts.
fn open(path: &Path) -> (f64, f64) {
    let began = Instant::now();
    let replica = Replica::open(path, &Zeroizing::new(KEY)).unwrap();
    let opened = began.elapsed();
    let queue = replica.queue().unwrap();
    let counts = replica.counts().unwrap();
    let read = began.elapsed() - opened;
    assert_eq!((queue.len() as u64, counts.pending()), (PENDING, PENDING));
    (opened.as_secs_f64() * 1000.0, read.as_secs_f64() * 1000.0)
}

/// Writes below the product: filling it through a server would take longer than everything that is measured.
fn fill(path: &Path) {
    let mut below = Connection::open(path).unwrap();
    below.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex::encode(KEY))).unwrap();
    let tx = below.transaction().unwrap();
    for seq in 0..ENTRIES {
        let body = json!({
            "index": seq, "at": NOW, "kind": "decision", "actor": "coder", "subject": format!("act-{seq}"),
            "leaf": "{}", "leaf_hash": format!("{seq:064x}"), "links": {}, "payload": "x".repeat(400),
        });
        tx.prepare_cached("INSERT INTO entry (seq, leaf_hash, body) VALUES (?1, ?2, ?3)")
            .unwrap()
            .execute(params![i64::try_from(seq).unwrap(), seq.to_be_bytes(), body.to_string()])
            .unwrap();
    }
    for nth in 0..PENDING + 4_000 {
        let status = if nth < PENDING { "pending" } else { "approved" };
        let view = view(nth, status);
        tx.prepare_cached(
            "INSERT INTO approval (id, version, status, created_at, expires_at, view) VALUES (?1, 1, ?2, ?3, ?4, ?5)",
        )
        .unwrap()
        .execute(params![view["id"].as_str(), status, NOW, NOW + 1, view.to_string()])
        .unwrap();
    }
    tx.commit().unwrap();
}

/// As large as a request with a diff of some fifty lines is.
fn view(nth: u64, status: &str) -> Value {
    json!({
        "id": format!("0193-{nth:06}"), "version": 1, "status": status, "action_id": format!("act-{nth}"),
        "requester": "dana", "agent": "coder", "title": format!("Run: make part-{nth}"),
        "material": {"v": 1, "org": "acme", "action_type": "command", "command": format!("make part-{nth}"),
            "on_behalf_of": "dana", "diff": "+ one more line of a change\n".repeat(50),
            "target_state": {"none": "not observed"}, "salt": format!("{nth:032x}")},
        "claims": {}, "level": "medium", "risk_score": 0.4, "reasons": ["Risk 0.400 is above the threshold 0.300"],
        "rule": "above_threshold", "factors": [], "policy": "standard autonomy", "digest": format!("{nth:064x}"),
        "policy_hash": "cd".repeat(32), "quorum": 1, "votes": [], "needs_step_up": false, "deciders": ["ana", "bob"],
        "created_at": NOW, "expires_at": NOW + 1, "server_time": NOW,
    })
}
