//! Cosigned notes in a bundle: counted when they hold, and a contradiction when the entries are others.

use super::*;
use crate::checkpoint::with_lines;
use crate::cosignature::Cosigner;

fn witness(seed: u8) -> Cosigner {
    Cosigner::from_seed(&format!("witness-{seed}"), [seed; 32]).unwrap()
}

fn cosigned_note(log: &Log, size: u64, root: Hash, by: &[&Cosigner]) -> String {
    let note = log.signer.sign(&Checkpoint { origin: "navi.example/acme".into(), size, root });
    let lines: Vec<String> = by.iter().map(|key| key.cosign(&note, 1_700_000_000).unwrap()).collect();
    with_lines(&note, lines.iter().map(String::as_str))
}

fn bundle(log: &Log, note: &str, cosigned: &str, compress: bool) -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer::with_cosigned(Vec::new(), log.manifest(), note, Some(cosigned), compress)?;
    log.entries.iter().for_each(|entry| writer.entry(entry).unwrap());
    writer.finish()
}

#[test]
fn a_bundle_says_how_much_of_it_each_witness_stands_behind() {
    let log = Log::of(700);
    let (a, b, c) = (witness(1), witness(2), witness(3));
    for (size, compress) in [(1, false), (256, true), (300, false), (699, true), (700, true)] {
        let root = root_of(&log.hashes()[..size]);
        let earlier = cosigned_note(&log, size as u64, root, &[&a]);
        let note = cosigned_note(&log, 700, log.checkpoint().root, &[&b]);
        let report = check(&bundle(&log, &note, &earlier, compress).unwrap()).unwrap();
        let covered = |key: &Cosigner| report.notes.covered_by(key.witness(), report.size).unwrap();
        assert_eq!(covered(&a), Some((size as u64, 1_700_000_000)));
        assert_eq!(covered(&b), Some((700, 1_700_000_000)));
        assert_eq!(covered(&c), None);
    }
    let plain = check(&log.bundle(false)).unwrap();
    assert_eq!(plain.notes.covered_by(a.witness(), 700), Ok(None));
}

#[test]
fn entries_that_were_not_cosigned_are_found() {
    let log = Log::of(700);
    let note = log.signer.sign(&log.checkpoint());
    for size in [1, 300, 700] {
        let earlier = cosigned_note(&log, size, [7; 32], &[&witness(1)]);
        let found = check(&bundle(&log, &note, &earlier, false).unwrap());
        assert!(matches!(found, Err(Broken::Cosigned { size: at }) if at == size), "{found:?}");
    }
    let later = cosigned_note(&log, 701, [7; 32], &[&witness(1)]);
    assert!(bundle(&log, &note, &later, false).is_err());

    let earlier = cosigned_note(&log, 300, root_of(&log.hashes()[..300]), &[&witness(1)]);
    let text = String::from_utf8(bundle(&log, &note, &earlier, false).unwrap()).unwrap();
    let forged = text.replacen("\\n300\\n", "\\n301\\n", 1);
    assert_ne!(forged, text);
    assert!(matches!(check(forged.as_bytes()), Err(Broken::Signature { .. })));
}
