//! The example key and note of Go's `golang.org/x/mod/sumdb/note` documentation, and what must be refused.

use super::*;

const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// Type and seed, the last part of the documented signer key.
const SKEY: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\
                    \n\
                    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn peter() -> Verifier {
    Verifier::from_vkey(VKEY).unwrap()
}

fn signer(name: &str, seed: u8) -> Signer {
    Signer::from_seed(name, [seed; 32]).unwrap()
}

/// The signature lines of a note.
fn lines(note: &str) -> &str {
    split(note).unwrap().1
}

#[test]
fn documented_example_verifies() {
    assert_eq!(peter().open_text(NOTE), Ok(TEXT));
    assert_eq!(peter().vkey(), VKEY);
    assert_eq!(peter().name(), "PeterNeumann");
}

#[test]
fn documented_example_is_what_its_seed_signs() {
    let seed: [u8; 32] = BASE64_STANDARD.decode(SKEY).unwrap()[1..].try_into().unwrap();
    let signer = Signer::from_seed("PeterNeumann", seed).unwrap();
    assert_eq!(signer.vkey(), VKEY);
    assert_eq!(signer.sign_text(TEXT), NOTE);
}

#[test]
fn every_changed_bit_of_the_example_is_refused() {
    for at in 0..NOTE.len() {
        for bit in 0..8 {
            let mut bytes = NOTE.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            if let Ok(note) = std::str::from_utf8(&bytes) {
                assert!(peter().open_text(note).is_err(), "bit {bit} of byte {at}");
            }
        }
    }
}

#[test]
fn sixteen_lines_of_other_keys_are_ignored_in_any_order() {
    let others: String = (0..16).map(|i| lines(&signer("other", i).sign_text(TEXT)).to_owned()).collect();
    let ours = lines(NOTE);
    for note in [format!("{TEXT}\n{others}{ours}"), format!("{TEXT}\n{ours}{others}")] {
        assert_eq!(peter().open_text(&note), Ok(TEXT));
        assert_eq!(signer("other", 3).verifier().open_text(&note), Ok(TEXT));
    }
    let unsigned = format!("{TEXT}\n{others}");
    let title = "PeterNeumann+c74f20a3".to_owned();
    assert_eq!(peter().open_text(&unsigned), Err(NoteError::NotSigned { name: title }));
}

#[test]
fn a_false_signature_under_our_key_hash_is_refused_even_beside_a_true_one() {
    let mut bytes = peter().key_hash().to_vec();
    bytes.extend([0; 64]);
    let forged = format!("{NOTE}— PeterNeumann {}\n", BASE64_STANDARD.encode(bytes));
    let title = "PeterNeumann+c74f20a3".to_owned();
    assert_eq!(peter().open_text(&forged), Err(NoteError::BadSignature { name: title }));
}

#[test]
fn the_same_name_with_another_key_is_another_key() {
    let note = signer("PeterNeumann", 9).sign_text(TEXT);
    assert!(matches!(peter().open_text(&note), Err(NoteError::NotSigned { .. })));
}

#[test]
fn what_is_no_note_is_malformed() {
    let long = format!("{}\n\n{}", "a".repeat(1_000_000), lines(NOTE));
    let crowded = format!("{TEXT}\n{}", lines(NOTE).repeat(101));
    let cases =
        ["", "text\n", "text\n\n", "text\n\n— name", "text\n\n- a AAAAAAA=\n", "a\tb\n\n— n AAAAAAA=\n"];
    for note in cases.into_iter().chain([long.as_str(), crowded.as_str()]) {
        let found = peter().open_text(note);
        assert!(matches!(found, Err(NoteError::Malformed { .. })), "{found:?} for {:.40}", note);
    }
}

#[test]
fn keys_that_are_no_keys_are_refused() {
    let wrong_hash = VKEY.replace("c74f20a3", "c74f20a4");
    let upper = VKEY.replace("c74f20a3", "C74F20A3");
    let other_type = format!("a+00000000+{}", BASE64_STANDARD.encode([4; 33]));
    let weak = format!("a+00000000+{}", BASE64_STANDARD.encode([[1].as_slice(), &[0; 32]].concat()));
    for vkey in ["", "a", "a+b", "a+00000000+!", "a+00000000+", &wrong_hash, &upper, &other_type, &weak] {
        assert!(matches!(Verifier::from_vkey(vkey), Err(NoteError::Vkey { .. })), "{vkey}");
    }
    for name in ["", "a b", "a+b", "a\u{2003}b", "a\n"] {
        assert!(matches!(Signer::from_seed(name, [1; 32]), Err(NoteError::KeyName { .. })), "{name:?}");
    }
}

#[test]
fn debug_of_a_signer_hides_its_seed() {
    let shown = format!("{:?}", signer("log", 7));
    assert!(shown.contains("log+") && !shown.contains("7, 7") && !shown.contains("0707"), "{shown}");
}
