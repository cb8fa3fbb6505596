//! Offline verification of 1,000,000 entries: the tree alone, and a whole bundle with its lines, payloads and locators.
//! Prints one JSON object a line. Run by `cargo xtask bench`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement, read by another program"
)]

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::time::Instant;

use navi_ledger::bundle::{self, Entry, Manifest, Writer};
use navi_ledger::checkpoint::{Checkpoint, Signer};
use navi_ledger::commitment;
use navi_ledger::tree::{Frontier, leaf_hash};

const SIZE: u64 = 1_000_000;
const ORIGIN: &str = "navi-governance/bench/verify";

fn main() {
    // A test runner asks every program for its tests; this one has none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let leaves: Vec<Vec<u8>> = (0..SIZE).map(leaf).collect();
    let began = Instant::now();
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push(leaf_hash(leaf)));
    let root = frontier.root();
    say("leaves hashed to the root", began);

    let signer = Signer::from_seed(ORIGIN, [6; 32]).unwrap();
    let note = signer.sign(&Checkpoint { origin: ORIGIN.to_owned(), size: SIZE, root });
    let folder = std::env::var_os("NAVI_BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    for compress in [false, true] {
        let path = folder.join(format!("bench-{}-{compress}.bundle", std::process::id()));
        let manifest = Manifest::new(ORIGIN.to_owned(), SIZE, 0, signer.vkey());
        let file = BufWriter::new(File::create(&path).unwrap());
        let mut writer = Writer::new(file, manifest, &note, compress).unwrap();
        for (index, leaf) in leaves.iter().enumerate() {
            let (payload, nonce) = (payload(index as u64), [3; 32]);
            let entry =
                Entry { index: index as u64, leaf: leaf.clone(), payload: Some(payload), nonce: Some(nonce) };
            writer.entry(&entry).unwrap();
        }
        drop(writer.finish().unwrap());
        let began = Instant::now();
        let report =
            bundle::verify(BufReader::new(File::open(&path).unwrap()), Some(signer.verifier()), &mut |_| {
                Ok(())
            })
            .unwrap();
        assert!(report.size == SIZE && report.payloads == SIZE);
        say(if compress { "bundle verified, zstd" } else { "bundle verified, plain" }, began);
        std::fs::remove_file(&path).unwrap();
    }
}

fn payload(index: u64) -> Vec<u8> {
    format!("{{\"actor\":\"nova\",\"n\":{index},\"text\":\"{}\"}}", "x".repeat(120)).into_bytes()
}

/// About as long as the product's leaves.
fn leaf(index: u64) -> Vec<u8> {
    let committed = hex::encode(commitment::commit(&[3; 32], &payload(index)));
    format!(
        "{{\"actor\":\"8f2c1d4e5b6a79880f1e2d3c4b5a6978\",\"at\":1790000000000000,\"id\":\"01990000-0000-7000-8000-{index:012x}\",\
         \"kind\":\"comment_added\",\"links\":{{\"action_id\":\"01990000-0000-7000-8000-000000000001\",\
         \"approval_id\":\"01990000-0000-7000-8000-000000000002\"}},\"org\":\"bench\",\"payload_commitment\":\"{committed}\",\
         \"subject\":\"a-{index}\",\"v\":1}}"
    )
    .into_bytes()
}

fn say(what: &str, began: Instant) {
    let rate = SIZE as f64 / began.elapsed().as_secs_f64();
    println!("{{\"what\":\"{what}\",\"entries\":{SIZE},\"per_second\":{rate:.0}}}");
}
