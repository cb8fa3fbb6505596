//! Bundles nobody touched, what the report says of them, and what a writer refuses.

use super::*;
use crate::bundle::writer::WriteError;
use crate::checkpoint::Verifier;

#[test]
fn whole_bundles_of_all_block_shapes_verify_and_show_every_entry() {
    for size in [0, 1, 2, 255, 256, 257, 512, 700] {
        let log = Log::of(size);
        for compress in [false, true] {
            let mut seen = Vec::new();
            let report = verify(&log.bundle(compress)[..], Some(log.signer.verifier()), &mut |entry| {
                seen.push(entry.clone());
                Ok(())
            })
            .unwrap();
            let back: Vec<Entry> = seen
                .iter()
                .map(|e| Entry {
                    index: e.index,
                    leaf: e.leaf.clone(),
                    payload: e.payload.clone(),
                    nonce: e.nonce,
                })
                .collect();
            assert_eq!(back, log.entries, "size {size}, compressed {compress}");
            assert!(seen.iter().all(|entry| entry.leaf_hash == leaf_hash(&entry.leaf)));
            let absent = (0..size).filter(|index| index % 7 == 4).count() as u64;
            let none = (0..size).filter(|index| index % 7 == 5).count() as u64;
            assert_eq!((report.absent, report.payloads), (absent, size - absent - none));
            assert_eq!((report.size, report.root), (size, log.checkpoint().root));
            assert_eq!((report.pinned, report.pinned_size, report.compressed), (true, size, compress));
            assert_eq!(
                (report.origin.as_str(), report.key_name.as_str()),
                ("navi.example/acme", "navi.example/acme")
            );
            assert_eq!(report.vkey, log.signer.vkey());
            assert_eq!(report.exported_at_us, 1_790_000_000_000_000);
            assert_eq!(report.bytes, log.bundle(false).len() as u64);
            let keys = serde_json::json!([{"device": "d1", "key": "a\u{e9}"}, ["d2"]]);
            assert_eq!(serde_json::Value::from(report.device_keys), keys);
        }
    }
}

#[test]
fn a_compressed_bundle_is_the_plain_one_to_any_zstd() {
    let log = Log::of(300);
    let plain = zstd::stream::decode_all(&log.bundle(true)[..]).unwrap();
    assert_eq!(plain, log.bundle(false));
}

#[test]
fn lines_have_the_documented_spelling() {
    let log = Log::of(4);
    let bundle = log.bundle(false);
    let lines = lines_of(&bundle);
    let text = |line: usize| std::str::from_utf8(&lines[line]).unwrap();
    let manifest =
        r#"{"navi_bundle":1,"origin":"navi.example/acme","size":4,"exported_at_us":1790000000000000,"#;
    assert!(text(0).starts_with(manifest), "{}", text(0));
    assert!(text(1).starts_with(r#"{"checkpoint":"navi.example/acme\n4\n"#), "{}", text(1));
    let entry =
        format!(r#"{{"index":0,"leaf_hash":"{}","leaf":"{{\"id\":\"0\","#, hex::encode(log.hashes()[0]));
    assert!(text(2).starts_with(&entry), "{}", text(2));
    assert!(text(5).contains(r#","payload":{"b64":"//4D"},"nonce":"0303"#), "{}", text(5));
    let root = hex::encode(log.checkpoint().root);
    assert_eq!(text(6), format!("{{\"subtree\":{{\"first\":0,\"count\":4,\"hash\":\"{root}\"}}}}\n"));
    assert!(text(7).starts_with(r#"{"device_key":{"device":"d1""#), "{}", text(7));
    assert!(text(9).starts_with(r#"{"end":{"entries":4,"sha256":""#), "{}", text(9));
    assert_eq!(lines.len(), 10);
}

#[test]
fn without_a_pin_the_report_says_so() {
    let log = Log::of(3);
    let report = check(&log.bundle(false)).unwrap();
    assert_eq!((report.pinned, report.pinned_size), (false, 0));
    assert_eq!(report.vkey, log.signer.vkey());
    assert!(!check(&Log::of(0).bundle(false)).unwrap().pinned);
}

#[test]
fn an_earlier_checkpoint_pins_the_entries_it_saw() {
    let log = Log::of(600);
    for seen in [0, 1, 255, 256, 257, 599, 600] {
        let checkpoint = Log::of(seen).checkpoint();
        let pin = Pin { key: None, checkpoint: Some(&checkpoint) };
        let report = verify_against(&log.bundle(true)[..], pin, &mut |_| Ok(())).unwrap();
        assert_eq!((report.pinned, report.pinned_size), (seen == 600, seen));
    }
}

#[test]
fn during_a_key_rotation_either_key_may_be_pinned() {
    let log = Log::of(3);
    let old = Signer::from_seed("navi.example/acme", [2; 32]).unwrap();
    let checkpoint = log.checkpoint();
    let by_old = old.sign(&checkpoint);
    let line = by_old.rsplit("\n\n").next().unwrap();
    let bundle = log.bundle_under(&format!("{}{line}", log.signer.sign(&checkpoint)), false);
    for key in [old.verifier(), log.signer.verifier()] {
        assert!(verify(&bundle[..], Some(key), &mut |_| Ok(())).unwrap().pinned);
    }
}

#[test]
fn the_callers_own_check_can_refuse_an_entry() {
    let bundle = Log::of(300).bundle(true);
    let broken = verify(&bundle[..], None, &mut |entry| match entry.index {
        277 => Err("the vote is forged".into()),
        _ => Ok(()),
    })
    .unwrap_err();
    assert_eq!((broken.index(), broken.range()), (Some(277), None));
    assert_eq!(broken.to_string(), "entry 277 is refused: the vote is forged");
}

#[test]
fn a_writer_refuses_what_no_verifier_would_take() {
    let log = Log::of(2);
    let note = log.signer.sign(&log.checkpoint());
    let new = |manifest, note: &str| Writer::new(Vec::new(), manifest, note, false);
    let other_size = Manifest { size: 3, ..log.manifest() };
    assert!(matches!(new(other_size, &note), Err(WriteError::Manifest { field: "size" })));
    let other_origin = Manifest { origin: "x".into(), ..log.manifest() };
    assert!(matches!(new(other_origin, &note), Err(WriteError::Manifest { field: "origin" })));
    let other_key = Signer::from_seed("k", [9; 32]).unwrap().vkey();
    assert!(matches!(new(Manifest { vkey: other_key, ..log.manifest() }, &note), Err(WriteError::Note(_))));

    let mut writer = new(log.manifest(), &note).unwrap();
    let order = writer.entry(&log.entries[1]);
    assert!(matches!(order, Err(WriteError::Order { expected: 0, found: 1, size: 2 })));
    let long = Entry { leaf: vec![b' '; MAX_LEAF_BYTES + 1], ..log.entries[0].clone() };
    assert!(matches!(writer.entry(&long), Err(WriteError::Entry { index: 0, .. })));
    let binary = Entry { leaf: vec![0xff], ..log.entries[0].clone() };
    assert!(matches!(writer.entry(&binary), Err(WriteError::Entry { index: 0, .. })));
    let half = Entry { nonce: None, ..log.entries[0].clone() };
    assert!(matches!(writer.entry(&half), Err(WriteError::Entry { index: 0, .. })));
    let huge = Entry { payload: Some(vec![b'x'; MAX_LINE_BYTES]), ..log.entries[0].clone() };
    assert!(matches!(writer.entry(&huge), Err(WriteError::Entry { index: 0, .. })));
    writer.entry(&log.entries[0]).unwrap();
    assert!(matches!(writer.finish(), Err(WriteError::Order { expected: 1, found: 2, size: 2 })));

    let mut writer = new(log.manifest(), &note).unwrap();
    log.entries.iter().for_each(|entry| writer.entry(entry).unwrap());
    let beyond = writer.entry(&entry(2));
    assert!(matches!(beyond, Err(WriteError::Order { expected: 2, found: 2, size: 2 })));
    assert!(matches!(writer.device_key("x".repeat(MAX_LINE_BYTES).into()), Err(WriteError::DeviceKey)));
    assert!(check(&writer.finish().unwrap()).is_ok(), "what was refused left no trace");
}

#[test]
fn a_verifier_key_from_its_text_is_the_same_pin() {
    let log = Log::of(1);
    let key = Verifier::from_vkey(&log.signer.vkey()).unwrap();
    assert!(verify(&log.bundle(true)[..], Some(&key), &mut |_| Ok(())).unwrap().pinned);
}
