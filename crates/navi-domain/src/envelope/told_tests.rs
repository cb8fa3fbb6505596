//! Tests of what a record tells of envelopes: true ones are told, changed ones are found.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use super::gate::gate_id;
use super::spool::{Happened, Head, RunEnd, SpoolRecord, Spooled};
use super::told::{Stories, Story};
use super::{Envelope, LONGEST_LIFE, Opening, sha256};
use crate::bypass::BypassScope;
use crate::{MINUTE, UtcMicros};

const NOW: UtcMicros = 1_000 * LONGEST_LIFE;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(seed: u8) -> String {
    hex::encode(key(seed).verifying_key().to_bytes())
}

fn signed(seed: u8, bytes: &[u8]) -> String {
    hex::encode(key(seed).sign(bytes).to_bytes())
}

fn envelope() -> Envelope {
    Envelope {
        id: "e1".into(),
        origin: "o".into(),
        org: "acme".into(),
        gate_id: gate_id(&public(4)),
        holder_key: public(2),
        scope: BypassScope::Repo("shop".into()),
        minutes: 30,
        not_after: NOW + LONGEST_LIFE,
        policy_hash: "p".into(),
    }
}

/// Entries of one envelope from beginning to end: kind, subject, payload.
fn record() -> Vec<(&'static str, String, Value)> {
    let bytes = envelope().bytes().unwrap();
    let gate = gate_id(&public(4));
    let mut entries = vec![
        ("device_enrolled", "d1".to_owned(), json!({"device": {"id": "d1", "step_up_key": public(2)}})),
        ("gate_enrolled", gate.clone(), json!({"gate": {"id": gate, "key": public(4)}})),
        (
            "envelope_issued",
            "e1".to_owned(),
            json!({"envelope": STANDARD.encode(&bytes), "signature": signed(1, &bytes), "server_key": public(1),
                "holder": "ana", "device_id": "d1", "issued_by": "bo"}),
        ),
    ];
    let opening = Opening {
        envelope_sha256: sha256(&bytes),
        gate_id: gate.clone(),
        nonce: "0badcafe".into(),
        incident: "INC-7".into(),
        reason: "the shop takes no orders".into(),
    };
    let signature = signed(2, &opening.bytes().unwrap());
    let things = [
        ("envelope_opened", Happened::Opened { ends_at: NOW + 30 * MINUTE, opening, signature }),
        ("envelope_used", Happened::Ran { digest: "d".into() }),
        ("envelope_run_ended", Happened::Finished { ran: 1, status: RunEnd::Failed, exit_code: Some(7) }),
        ("envelope_ended", Happened::Ended),
    ];
    let mut head = Head::default();
    for (kind, happened) in things {
        let at = NOW + i64::try_from(head.size).unwrap();
        let (prev, seq) = (head.hash.clone(), head.size);
        let record = SpoolRecord { gate_id: gate.clone(), seq, prev, envelope_id: "e1".into(), at, happened };
        let bytes = record.bytes().unwrap();
        head = Head { size: head.size + 1, hash: sha256(&bytes), ..head };
        let spooled = Spooled { record, signature: signed(4, &bytes), material: None };
        let payload = json!({"spooled": spooled, "title": "Run make", "would": {"verdict": "APPROVAL", "rule": "r"},
            "concerns": []});
        entries.push((kind, "e1".to_owned(), payload));
    }
    let reviewed = json!({"bypass": {"id": "e1", "by": "ana", "reviewed_by": "cy", "finding": "was needed"}});
    entries.push(("bypass_reviewed", "e1".to_owned(), reviewed));
    entries
}

fn told(entries: &[(&str, String, Value)]) -> Result<Vec<Story>, String> {
    let mut stories = Stories::default();
    for (nth, (kind, subject, payload)) in entries.iter().enumerate() {
        let leaf =
            json!({"kind": kind, "subject": subject, "at": NOW + MINUTE + i64::try_from(nth).unwrap()});
        stories.visit(leaf.to_string().as_bytes(), Some(payload.to_string().as_bytes()))?;
    }
    Ok(stories.finish().0)
}

#[test]
fn an_envelope_is_told_from_its_making_to_its_review() {
    let stories = told(&record()).unwrap();
    let said = stories[0].sentences(&|at| format!("T{}", (at - NOW) / MINUTE));
    let whole = said.join("\n");
    for sentence in [
        "envelope e1 for repository shop on gate",
        "30 minutes once opened: bo handed it to ana",
        "opened at T0 by the gate's clock, with ana's step-up key over nonce 0badcafe, for INC-7: the shop takes no orders",
        "ran at T0 (record 1): Run make; ended with 7; would have been APPROVAL by r",
        "over at T0",
        "reviewed by cy at T1: was needed",
    ] {
        assert!(whole.contains(sentence), "{sentence:?} is not in\n{whole}");
    }
    let open = told(&record()[..7]).unwrap();
    assert!(open[0].sentences(&|at| at.to_string()).join("\n").ends_with("its review is open"));
    let unopened = told(&record()[..3]).unwrap();
    let said = unopened[0].sentences(&|at| at.to_string()).join("\n");
    assert!(said.ends_with("not opened, as far as the ledger knows"), "{said}");
}

/// Kind, subject and payload of each.
type Entries = Vec<(&'static str, String, Value)>;

#[test]
fn what_was_changed_or_left_out_is_found() {
    let found = |change: &dyn Fn(&mut Entries)| {
        let mut entries = record();
        change(&mut entries);
        told(&entries).unwrap_err()
    };
    let spooled = |entries: &mut Entries, at: usize, path: &str, value: Value| {
        *entries[at].2.pointer_mut(path).unwrap() = value;
    };
    let said = found(&|e| e[2].2["signature"] = json!("00"));
    assert!(said.contains("envelope's signature does not verify"), "{said}");
    let said = found(&|e| e[0].2["device"]["step_up_key"] = json!(public(9)));
    assert!(said.contains("not the step-up key of the device"), "{said}");
    let said = found(&|e| spooled(e, 3, "/spooled/record/happened/opening/reason", json!("another reason")));
    assert!(said.contains("was not signed by this gate"), "{said}");
    let said = found(&|e| spooled(e, 4, "/spooled/record/happened/digest", json!("x")));
    assert!(said.contains("was not signed by this gate"), "{said}");
    let said = found(&|e| drop(e.remove(4)));
    assert!(said.contains("does not follow"), "{said}");
    let said = found(&|e| e.swap(4, 5));
    assert!(said.contains("does not follow"), "{said}");
    let said = found(&|e| e[4].1 = "e2".into());
    assert!(said.contains("another envelope than the entry says"), "{said}");
}

/// A gate that signs whatever it likes cannot make up its holder.
#[test]
fn an_opening_that_the_holder_did_not_sign_is_found() {
    let mut entries = record();
    let mut spooled: Spooled = serde_json::from_value(entries[3].2["spooled"].clone()).unwrap();
    let Happened::Opened { signature, opening, .. } = &mut spooled.record.happened else { unreachable!() };
    *signature = signed(4, &opening.bytes().unwrap());
    spooled.signature = signed(4, &spooled.record.bytes().unwrap());
    entries[3].2["spooled"] = json!(spooled);
    let said = told(&entries).unwrap_err();
    assert!(said.contains("holder did not sign this opening"), "{said}");
}
