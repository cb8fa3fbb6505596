//! Copies made without a server, small and large.

use navi_domain::people::DeviceClass;
use navi_ledger::checkpoint::Signer;
use navi_ledger::commitment::commit;
use zeroize::Zeroizing;

use super::*;
use crate::window::keep::for_tests;
use crate::window::{Export, Window};

/// A copy of a ledger of `size` entries, every `step`-th of which is kept whole.
pub(in crate::window) fn copy(dir: &tempfile::TempDir, size: u64, step: usize) -> Replica {
    let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([8; 32])).unwrap();
    let log = Signer::from_seed("navi/acme", [6; 32]).unwrap();
    let payload = serde_json::json!({"actor": "nova", "note": "x".repeat(300)}).to_string();
    let entries: Vec<AuditEntry> = (0..size).map(|index| entry(index, &payload)).collect();
    let hashes: Vec<Hash> = entries.iter().map(|e| leaf_hash(e.leaf.as_bytes())).collect();
    let note = log.sign(&Checkpoint { origin: "navi/acme".into(), size, root: root_of(&hashes) });
    for_tests::set_identity(&replica, "navi/acme", &log.vkey(), DeviceClass::Desktop);
    let tiles: Vec<(u64, Vec<Hash>)> = (0..).zip(hashes.chunks(256).map(<[Hash]>::to_vec)).collect();
    replica.keep_tiles(&tiles, Some(&note)).unwrap();
    let kept: Vec<AuditEntry> = entries.into_iter().step_by(step).collect();
    replica.keep_range(&Window::default(), (0, size), &kept, &replica.progress().unwrap()).unwrap();
    replica
}

pub(in crate::window) fn entry(index: u64, payload: &str) -> AuditEntry {
    let nonce = [u8::try_from(index % 251).unwrap(); 32];
    let at = 1_790_000_000_000_000 + i64::try_from(index).unwrap();
    let commitment = hex::encode(commit(&nonce, payload.as_bytes()));
    let leaf = serde_json::json!({"v": 1, "id": format!("0190-{index}"), "at": at, "org": "acme", "kind": "comment_added",
        "actor": "p", "subject": "s", "links": {}, "payload_commitment": commitment});
    let leaf = leaf.to_string();
    AuditEntry {
        index,
        leaf_hash: hex::encode(leaf_hash(leaf.as_bytes())),
        leaf,
        at,
        kind: "comment_added".into(),
        actor: "nova".into(),
        on_behalf_of: None,
        subject: "s".into(),
        links: std::collections::BTreeMap::new(),
        payload: Some(payload.to_owned()),
        nonce: Some(hex::encode(nonce)),
    }
}

fn timed(replica: &Replica) -> Verification {
    let cancelled = AtomicBool::new(false);
    replica.verify_window(Watched { progress: &|_, _| {}, cancelled: &cancelled }).unwrap().unwrap()
}

#[test]
fn a_part_of_a_larger_ledger_holds_and_its_bundle_too() {
    let dir = tempfile::tempdir().unwrap();
    let replica = copy(&dir, 5_000, 7);
    let found = timed(&replica);
    assert_eq!((found.verdict, found.kept), (Verdict::Partial, 715), "{found:?}");
    let file = dir.path().join("part.navi");
    assert_eq!(replica.export(&file, &Export::bundle()).unwrap(), (715, 5_000));
    let cancelled = AtomicBool::new(false);
    let watched = Watched { progress: &|_, _| {}, cancelled: &cancelled };
    let told = replica.verify_file(&file, None, watched).unwrap().unwrap();
    assert_eq!((told.verdict, told.kept, told.root), (Verdict::Partial, 715, found.root));
}

#[test]
#[ignore = "a measurement: cargo test --release -p navi-replica million -- --ignored --nocapture"]
fn a_million_entries_are_hashed_in_a_second() {
    let dir = tempfile::tempdir().unwrap();
    let size = 1_000_000;
    let replica = copy(&dir, size, 10);
    let c = replica.reader().unwrap();
    let cancelled = AtomicBool::new(false);
    let watched = Watched { progress: &|_, _| {}, cancelled: &cancelled };
    let started = Instant::now();
    assert!(roots(&c, size, None, watched, size).is_ok());
    let tree = started.elapsed();
    let whole = timed(&replica);
    let file = dir.path().join("million.navi");
    let started = Instant::now();
    replica.export(&file, &Export::bundle()).unwrap();
    let export = started.elapsed();
    let told = replica.verify_file(&file, None, watched).unwrap().unwrap();
    println!(
        "tree of {size}: {tree:?}; with {} whole entries: {} ms; export: {export:?}; bundle verified: {} ms",
        whole.kept, whole.millis, told.millis
    );
    assert_eq!(told.verdict, Verdict::Partial);
    assert!(tree.as_secs_f64() < 1.0, "{tree:?}");
}
