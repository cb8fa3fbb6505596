//! Deliberate hands: whoever changes the bundle makes everything unsigned in it agree again.

use super::*;
use crate::tree::Frontier;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Rewrites everything in a plain bundle that no signature covers, so that it agrees with the leaves in it: indexes, leaf
/// hashes, if `locators` also the subtree hashes, and the digest of the whole.
fn patch_up(mut lines: Vec<Vec<u8>>, locators: bool) -> Vec<u8> {
    let mut next = 0;
    let mut block = Frontier::new();
    let mut digest = Sha256::new();
    for line in &mut lines {
        let text = std::str::from_utf8(line).unwrap();
        if let Some(rest) = text.strip_prefix(r#"{"index":"#) {
            let leaf = serde_json::from_str::<Value>(text).unwrap()["leaf"].as_str().unwrap().to_owned();
            let hash = leaf_hash(leaf.as_bytes());
            let (_, tail) = rest.split_once(r#","leaf":"#).unwrap();
            let hash_hex = hex::encode(hash);
            *line = format!(r#"{{"index":{next},"leaf_hash":"{hash_hex}","leaf":{tail}"#).into_bytes();
            block.push(hash);
            next += 1;
        } else if text.starts_with(r#"{"subtree""#) {
            let (first, count, hash) = (next - block.size(), block.size(), hex::encode(block.root()));
            if locators {
                *line =
                    format!("{{\"subtree\":{{\"first\":{first},\"count\":{count},\"hash\":\"{hash}\"}}}}\n")
                        .into();
            }
            block = Frontier::new();
        } else if text.starts_with(r#"{"end""#) {
            let sha256 = hex::encode(digest.clone().finalize());
            *line = format!("{{\"end\":{{\"entries\":{next},\"sha256\":\"{sha256}\"}}}}\n").into();
        }
        digest.update(&line);
    }
    lines.concat()
}

/// The line with `from` replaced by `to`, which must occur.
fn edit(line: &mut Vec<u8>, from: &str, to: &str) {
    let text = std::str::from_utf8(line).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    *line = text.replacen(from, to, 1).into();
}

#[test]
fn patching_up_an_untouched_bundle_changes_nothing() {
    let bundle = Log::of(600).bundle(false);
    assert_eq!(patch_up(lines_of(&bundle), true), bundle);
}

#[test]
fn a_leaf_changed_alone_is_named() {
    let mut lines = lines_of(&Log::of(600).bundle(false));
    edit(&mut lines[line_of(300)], r#"\"id\":\"300\""#, r#"\"id\":\"301\""#);
    let broken = check(&lines.concat()).unwrap_err();
    assert!(matches!(broken, Broken::Leaf { index: 300 }), "{broken}");
}

#[test]
fn a_leaf_changed_below_the_store_is_named_by_the_hash_the_store_kept() {
    let mut log = Log::of(600);
    let (note, kept) = (log.signer.sign(&log.checkpoint()), log.hashes());
    edit(&mut log.entries[300].leaf, r#""id":"300""#, r#""id":"301""#);
    let mut writer = Writer::new(Vec::new(), log.manifest(), &note, true).unwrap();
    log.entries.iter().zip(kept).for_each(|(entry, hash)| writer.entry_as_stored(entry, hash).unwrap());
    let broken = check(&writer.finish().unwrap()).unwrap_err();
    assert!(matches!(broken, Broken::Leaf { index: 300 }), "{broken}");
    assert!(matches!(check(&log.bundle_under(&note, true)), Err(Broken::Root { size: 600 })));
}

#[test]
fn a_leaf_changed_with_its_hash_is_in_the_named_block() {
    let mut lines = lines_of(&Log::of(600).bundle(false));
    edit(&mut lines[line_of(300)], r#"\"id\":\"300\""#, r#"\"id\":\"301\""#);
    let broken = check(&patch_up(lines, false)).unwrap_err();
    assert!(matches!(broken, Broken::Subtree { first: 256, end: 512 }), "{broken}");
}

#[test]
fn a_leaf_changed_with_everything_unsigned_fails_at_the_signed_root_and_says_what_is_not_known() {
    let mut lines = lines_of(&Log::of(600).bundle(false));
    edit(&mut lines[line_of(300)], r#"\"id\":\"300\""#, r#"\"id\":\"301\""#);
    let broken = check(&patch_up(lines, true)).unwrap_err();
    assert_eq!((broken.index(), broken.range()), (None, Some((0, 600))));
    assert!(broken.to_string().contains("any of the 600"), "{broken}");
}

#[test]
fn an_entry_deleted_and_renumbered_leaves_the_last_one_missing() {
    let mut lines = lines_of(&Log::of(200).bundle(false));
    lines.remove(line_of(50));
    let broken = check(&patch_up(lines, true)).unwrap_err();
    assert!(matches!(broken, Broken::Missing { index: 199, size: 200 }), "{broken}");
}

#[test]
fn an_entry_added_after_the_last_is_too_many() {
    let mut lines = lines_of(&Log::of(200).bundle(false));
    let longer = lines_of(&Log::of(201).bundle(false));
    lines.insert(line_of(200) + 1, longer[line_of(200)].clone());
    let broken = check(&patch_up(lines, true)).unwrap_err();
    assert!(matches!(broken, Broken::Extra { index: 200 }), "{broken}");
}

#[test]
fn a_frame_of_entries_added_after_the_last_is_too_many() {
    let (short, long) = (Log::of(256).bundle(true), Log::of(300).bundle(true));
    let (short_frames, long_frames) = (frames_of(&short), frames_of(&long));
    let mut bundle = short[..short_frames[1].end].to_vec();
    bundle.extend_from_slice(&long[long_frames[2].clone()]);
    bundle.extend_from_slice(&short[short_frames[2].clone()]);
    let broken = check(&bundle).unwrap_err();
    assert!(matches!(broken, Broken::Extra { index: 256 }), "{broken}");
}

#[test]
fn a_payload_or_nonce_changed_or_half_erased_is_named() {
    let nonce = hex::encode([9u8; 32]);
    let other_nonce = hex::encode([8u8; 32]);
    let payload = r#""payload":"{\"command\":\"echo 9\",\"note\":\"é\\n\u0007\"}","#;
    let edits = [
        ("echo 9", "echo 8"),
        (nonce.as_str(), other_nonce.as_str()),
        (payload, ""),
        (&format!(r#","nonce":"{nonce}""#), ""),
        (payload, r#""payload":{"b64":"AAAA"},"#),
    ];
    for (from, to) in edits {
        let mut lines = lines_of(&Log::of(20).bundle(false));
        edit(&mut lines[line_of(9)], from, to);
        let broken = check(&patch_up(lines, true)).unwrap_err();
        assert_eq!(broken.index(), Some(9), "{from} to {to}: {broken}");
    }
}

#[test]
fn a_payload_to_which_the_leaf_does_not_commit_is_refused() {
    let mut lines = lines_of(&Log::of(20).bundle(false));
    let nonce = hex::encode([0u8; 32]);
    edit(&mut lines[line_of(5)], "}\"}\n", &format!("}}\",\"payload\":\"x\",\"nonce\":\"{nonce}\"}}\n"));
    let broken = check(&patch_up(lines, true)).unwrap_err();
    assert!(matches!(broken, Broken::Payload { index: 5, reason: "its leaf commits to none" }), "{broken}");
}

#[test]
fn an_erased_payload_keeps_the_bundle_whole_and_is_shown_as_absent() {
    let mut log = Log::of(20);
    let before = check(&log.bundle(false)).unwrap();
    log.entries[9].payload = None;
    log.entries[9].nonce = None;
    let mut absent = Vec::new();
    let after = verify(&log.bundle(false)[..], None, &mut |entry| {
        if entry.payload_commitment.is_some() && entry.payload.is_none() {
            absent.push(entry.index);
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(absent, [4, 9, 11, 18]);
    assert_eq!(
        (after.absent, after.payloads, after.root),
        (before.absent + 1, before.payloads - 1, before.root)
    );
}

#[test]
fn other_spellings_of_the_same_line_are_refused() {
    let edits = [
        (r#"{"index":9,"#, r#"{"index": 9,"#),
        (r#"{"index":9,"#, r#"{"index":9,"index":9,"#),
        (r#"echo 9"#, r#"\u0065cho 9"#),
        (r#""nonce":"09"#, r#""nonce":"09 "#),
        ("\"}\n", "\"} \n"),
        ("\"}\n", "\"}\r\n"),
        ("\"}\n", "\",\"more\":1}\n"),
    ];
    for (from, to) in edits {
        let mut lines = lines_of(&Log::of(20).bundle(false));
        edit(&mut lines[line_of(9)], from, to);
        let broken = check(&lines.concat()).unwrap_err();
        assert!(matches!(broken, Broken::Line { index: 9, .. }), "{from} to {to}: {broken}");
    }
}

#[test]
fn a_log_signed_by_another_key_is_refused_by_whoever_pinned_the_right_one() {
    let right = Log::of(20);
    let wrong = Log { signer: Signer::from_seed("navi.example/acme", [66; 32]).unwrap(), ..Log::of(20) };
    for compress in [false, true] {
        let bundle = wrong.bundle(compress);
        assert!(!check(&bundle).unwrap().pinned, "by itself it is consistent");
        let broken = verify(&bundle[..], Some(right.signer.verifier()), &mut |_| Ok(())).unwrap_err();
        assert!(matches!(&broken, Broken::OtherKey { .. }), "{broken}");
        assert!(broken.to_string().contains(&wrong.signer.vkey()), "{broken}");
    }
}

#[test]
fn naming_the_right_key_over_another_ones_signature_is_refused() {
    let wrong = Log { signer: Signer::from_seed("navi.example/acme", [66; 32]).unwrap(), ..Log::of(20) };
    let right = Log::of(20).signer;
    let mut lines = lines_of(&wrong.bundle(false));
    edit(&mut lines[0], &wrong.signer.vkey(), &right.vkey());
    let bundle = patch_up(lines, true);
    for pinned in [None, Some(right.verifier())] {
        let broken = verify(&bundle[..], pinned, &mut |_| Ok(())).unwrap_err();
        assert!(matches!(broken, Broken::Signature { .. }), "{broken}");
    }
}

#[test]
fn size_origin_and_version_cannot_be_restated() {
    for (from, to) in [(r#""size":20"#, r#""size":19"#), (r#""origin":"navi"#, r#""origin":"mavi"#)] {
        let mut lines = lines_of(&Log::of(20).bundle(false));
        edit(&mut lines[0], from, to);
        assert!(matches!(check(&patch_up(lines, true)), Err(Broken::Header { .. })), "{from}");
    }
    let mut lines = lines_of(&Log::of(20).bundle(false));
    edit(&mut lines[0], r#""navi_bundle":1"#, r#""navi_bundle":2"#);
    let broken = check(&patch_up(lines, true)).unwrap_err();
    assert!(broken.to_string().contains("version 2"), "{broken}");
    let mut lines = lines_of(&Log::of(20).bundle(false));
    edit(&mut lines[1], r"\n20\n", r"\n19\n");
    assert!(matches!(check(&patch_up(lines, true)), Err(Broken::Signature { .. })));
}

#[test]
fn a_pinned_checkpoint_finds_forks_rollbacks_and_other_logs_even_under_the_right_key() {
    let log = Log::of(300);
    let judge = |checkpoint: Checkpoint| {
        let pin = Pin { key: Some(log.signer.verifier()), checkpoint: Some(&checkpoint) };
        verify_against(&log.bundle(false)[..], pin, &mut |_| Ok(())).unwrap_err()
    };
    let newer = judge(Log::of(301).checkpoint());
    assert!(matches!(newer, Broken::RolledBack { size: 300, pinned: 301 }), "{newer}");
    for size in [0, 1, 256, 270, 300] {
        let forked = judge(Checkpoint { root: [7; 32], ..Log::of(size).checkpoint() });
        assert!(matches!(forked, Broken::Forked { pinned } if pinned == size), "{forked}");
    }
    let other = judge(Checkpoint { origin: "other".into(), ..log.checkpoint() });
    assert!(matches!(other, Broken::OtherOrigin { .. }), "{other}");
}

#[test]
fn a_log_rewritten_and_signed_again_by_its_own_key_is_found_by_an_old_checkpoint_only() {
    let log = Log::of(300);
    let seen = log.checkpoint();
    let mut rewritten = Log::of(310);
    rewritten.entries[40].leaf = br#"{"id":"40","kind":"other"}"#.to_vec();
    rewritten.entries[40].payload = None;
    rewritten.entries[40].nonce = None;
    let bundle = rewritten.bundle(true);
    assert!(verify(&bundle[..], Some(log.signer.verifier()), &mut |_| Ok(())).is_ok());
    let pin = Pin { key: Some(log.signer.verifier()), checkpoint: Some(&seen) };
    let broken = verify_against(&bundle[..], pin, &mut |_| Ok(())).unwrap_err();
    assert_eq!(broken.range(), Some((0, 300)), "{broken}");
}

#[test]
fn a_leaf_that_is_no_object_is_refused() {
    let mut log = Log::of(3);
    log.entries[1] = Entry { index: 1, leaf: b"[1".to_vec(), payload: None, nonce: None };
    let broken = check(&log.bundle(false)).unwrap_err();
    assert_eq!(broken.index(), Some(1), "{broken}");
}
