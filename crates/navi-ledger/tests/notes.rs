//! Notes that we sign verify with `signed_note`, a port of Go's `sumdb/note`, and those that it signs verify with ours.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use base64::{Engine as _, prelude::BASE64_STANDARD};
use navi_ledger::checkpoint::{Checkpoint, NoteError, Signer, Verifier};
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};

const ORIGIN: &str = "log.example/org-1";
const SEED: [u8; 32] = [42; 32];

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint { origin: ORIGIN.to_owned(), size, root: [9; 32] }
}

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, SEED).unwrap()
}

/// The same key as the other implementation writes it down.
fn their_signer() -> StandardSigner {
    let vkey = signer().vkey();
    let hash = vkey.split('+').nth(1).unwrap();
    let seed = BASE64_STANDARD.encode([[1].as_slice(), &SEED].concat());
    StandardSigner::new(&format!("PRIVATE+KEY+{ORIGIN}+{hash}+{seed}")).unwrap()
}

fn they_accept(note: &str) -> bool {
    let known = VerifierList::new(vec![Box::new(StandardVerifier::new(&signer().vkey()).unwrap())]);
    Note::from_bytes(note.as_bytes()).is_ok_and(|note| note.verify(&known).is_ok())
}

#[test]
fn notes_of_ours_are_those_of_the_other_implementation_byte_for_byte() {
    for size in [0, 1, 255, 256, 600, u64::MAX] {
        let made = signer().sign(&checkpoint(size));
        assert!(they_accept(&made), "{made}");
        let mut theirs = Note::new(checkpoint(size).body().as_bytes(), &[]).unwrap();
        theirs.add_sigs(&[&their_signer()]).unwrap();
        assert_eq!(theirs.to_bytes(), made.as_bytes());
        let theirs = String::from_utf8(theirs.to_bytes()).unwrap();
        assert_eq!(signer().verifier().open(&theirs).unwrap(), checkpoint(size));
    }
}

#[test]
fn both_refuse_a_note_with_any_byte_of_its_text_or_signature_changed() {
    let good = signer().sign(&checkpoint(600));
    assert!(they_accept(&good));
    let mut refused = 0;
    for at in 0..good.len() {
        // A letter for a letter, so that Base64 stays Base64 and digits may become letters.
        let other = if good.as_bytes()[at] == b'A' { b'B' } else { b'A' };
        let mut bytes = good.clone().into_bytes();
        bytes[at] = other;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(!they_accept(&changed), "theirs accepts byte {at}: {changed}");
        assert!(signer().verifier().open(&changed).is_err(), "ours accepts byte {at}: {changed}");
        refused += 1;
    }
    // All but the three bytes of the dash, which alone are no text.
    assert_eq!(refused, good.len() - 3);
}

#[test]
fn both_take_a_note_with_a_strangers_line_and_neither_takes_the_strangers_alone() {
    let stranger = Signer::from_seed("stranger.example", [7; 32]).unwrap();
    let (good, foreign) = (signer().sign(&checkpoint(5)), stranger.sign(&checkpoint(5)));
    let line = foreign.lines().last().unwrap();
    let both = navi_ledger::checkpoint::with_lines(&good, [line]);
    assert_eq!(both.lines().count(), 6);
    assert!(they_accept(&both));
    assert_eq!(signer().verifier().open(&both).unwrap(), checkpoint(5));
    assert!(!they_accept(&foreign));
    assert!(matches!(signer().verifier().open(&foreign), Err(NoteError::NotSigned { .. })));
}

#[test]
fn both_write_a_verifier_key_alike_and_refuse_one_with_a_wrong_hash() {
    let vkey = signer().vkey();
    assert!(Verifier::from_vkey(&vkey).is_ok() && StandardVerifier::new(&vkey).is_ok());
    let wrong = vkey.replacen("org-1", "org-2", 1);
    assert!(Verifier::from_vkey(&wrong).is_err() && StandardVerifier::new(&wrong).is_err());
}
