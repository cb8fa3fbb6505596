//! Bundles that are whole verify; whatever is done to one is found, and located.

mod damage;
mod forgery;
mod partial;
mod whole;
mod witnessed;

use super::*;
use crate::Hash;
use crate::checkpoint::{Checkpoint, Signer};
use crate::commitment::commit;
use crate::tree::{leaf_hash, root_of};

/// A log in memory and what it takes to export it.
struct Log {
    signer: Signer,
    entries: Vec<Entry>,
}

impl Log {
    /// A log of `size` entries: most have a text payload, some a binary one, some an absent one, some commit to none.
    fn of(size: u64) -> Self {
        let signer = Signer::from_seed("navi.example/acme", [1; 32]).unwrap();
        Self { signer, entries: (0..size).map(entry).collect() }
    }

    fn hashes(&self) -> Vec<Hash> {
        self.entries.iter().map(|entry| leaf_hash(&entry.leaf)).collect()
    }

    fn checkpoint(&self) -> Checkpoint {
        let hashes = self.hashes();
        Checkpoint { origin: "navi.example/acme".into(), size: hashes.len() as u64, root: root_of(&hashes) }
    }

    fn manifest(&self) -> Manifest {
        Manifest::new(
            "navi.example/acme",
            self.entries.len() as u64,
            1_790_000_000_000_000,
            self.signer.vkey(),
        )
    }

    fn bundle(&self, compress: bool) -> Vec<u8> {
        self.bundle_under(&self.signer.sign(&self.checkpoint()), compress)
    }

    /// A bundle with the entries as they are now under a note signed before.
    fn bundle_under(&self, note: &str, compress: bool) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), self.manifest(), note, compress).unwrap();
        writer.device_key(serde_json::json!({"device": "d1", "key": "a\u{e9}"})).unwrap();
        self.entries.iter().for_each(|entry| writer.entry(entry).unwrap());
        writer.device_key(serde_json::json!(["d2"])).unwrap();
        writer.finish().unwrap()
    }
}

fn entry(index: u64) -> Entry {
    let payload = match index % 7 {
        3 => [0xff, 0xfe, index as u8].to_vec(),
        _ => format!("{{\"command\":\"echo {index}\",\"note\":\"\u{e9}\\n\u{7}\"}}").into_bytes(),
    };
    let nonce = [index as u8; 32];
    let commitment = hex::encode(commit(&nonce, &payload));
    let leaf = match index % 7 {
        5 => format!(r#"{{"id":"{index}","kind":"none"}}"#),
        _ => format!(r#"{{"id":"{index}","kind":"caf\u00e9 é","payload_commitment":"{commitment}"}}"#),
    };
    let there = index % 7 != 4 && index % 7 != 5;
    Entry { index, leaf: leaf.into_bytes(), payload: there.then_some(payload), nonce: there.then_some(nonce) }
}

fn check(bundle: &[u8]) -> Result<Report, Broken> {
    verify(bundle, None, &mut |_| Ok(()))
}

/// Lines of a plain bundle, line feeds included.
fn lines_of(bundle: &[u8]) -> Vec<Vec<u8>> {
    bundle.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Position of the line of entry `index` in a plain bundle: after manifest, checkpoint and earlier locators.
fn line_of(index: usize) -> usize {
    2 + index + index / BLOCK_ENTRIES as usize
}

/// Start and end of each labelled frame in a compressed bundle.
fn frames_of(bundle: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut frames = Vec::new();
    let mut start = 0;
    while start < bundle.len() {
        let length = u64::from_le_bytes(bundle[start + 24..start + 32].try_into().unwrap());
        let end = start + 64 + length as usize;
        frames.push(start..end);
        start = end;
    }
    frames
}
