//! A bundle may leave entries out only if it says so, and then it is reported as partial.

use super::*;

fn partial(log: &Log, manifest: Manifest, compress: bool) -> Vec<u8> {
    let note = log.signer.sign(&log.checkpoint());
    let mut writer = Writer::new(Vec::new(), manifest, &note, compress).unwrap();
    for entry in &log.entries {
        if entry.index % 3 == 0 {
            writer.entry(entry).unwrap();
        } else {
            writer.left_out(entry.index, leaf_hash(&entry.leaf)).unwrap();
        }
    }
    writer.finish().unwrap()
}

#[test]
fn what_is_left_out_counts_in_the_tree_and_is_reported() {
    let log = Log::of(700);
    for compress in [false, true] {
        let bundle = partial(&log, log.manifest().partial(), compress);
        let mut seen = Vec::new();
        let report = verify(bundle.as_slice(), Some(log.signer.verifier()), &mut |entry| {
            seen.push(entry.index);
            Ok(())
        });
        let report = report.unwrap();
        assert!(report.partial && report.pinned);
        assert_eq!(report.left_out, 466);
        assert_eq!(seen, (0..700).filter(|index| index % 3 == 0).collect::<Vec<_>>());
    }
    let whole = verify(log.bundle(false).as_slice(), None, &mut |_| Ok(())).unwrap();
    assert_eq!((whole.partial, whole.left_out), (false, 0));
}

#[test]
fn a_bundle_that_does_not_say_so_may_leave_nothing_out() {
    let log = Log::of(5);
    let note = log.signer.sign(&log.checkpoint());
    let mut writer = Writer::new(Vec::new(), log.manifest(), &note, false).unwrap();
    assert!(matches!(writer.left_out(0, [1; 32]), Err(WriteError::Entry { index: 0, .. })));
    writer.entry(&log.entries[0]).unwrap();

    let bundle = String::from_utf8(partial(&log, log.manifest().partial(), false)).unwrap();
    let silent = bundle.replace(",\"partial\":true", "");
    let broken = verify(silent.as_bytes(), None, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(broken, Broken::Line { index: 1, .. }), "{broken}");
    let hash = hex::encode(leaf_hash(&log.entries[1].leaf));
    let other = bundle.replace(&hash, &hex::encode([7; 32]));
    let broken = verify(other.as_bytes(), None, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(broken, Broken::Subtree { first: 0, end: 5 }), "{broken}");
}
