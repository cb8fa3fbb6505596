//! Tests of envelopes and of what a gate writes down about them.

use ed25519_dalek::{Signer, SigningKey};

use super::contact::{handover_bytes, key_to_pin};
use super::issued::{IssueFault, MOST, MOST_HELD, Want, may_issue};
use super::spool::{Happened, Head, RunEnd, SpoolFault, SpoolRecord};
use super::*;
use crate::bypass::BypassLimits;
use crate::people::{Device, DeviceClass};

const NOW: UtcMicros = 1_000 * LONGEST_LIFE;
const NONCE: &str = "0badcafe";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(seed: u8) -> String {
    hex::encode(key(seed).verifying_key().to_bytes())
}

fn sign(seed: u8, bytes: &[u8]) -> Vec<u8> {
    key(seed).sign(bytes).to_bytes().to_vec()
}

fn envelope() -> Envelope {
    Envelope {
        id: "e1".into(),
        origin: "navi.example/acme".into(),
        org: "acme".into(),
        gate_id: "g1".into(),
        holder_key: public(2),
        scope: BypassScope::Repo("shop".into()),
        minutes: 30,
        not_after: NOW + LONGEST_LIFE,
        policy_hash: "p1".into(),
    }
}

fn pins() -> Pins {
    Pins {
        server_key: public(1),
        origin: "navi.example/acme".into(),
        org: "acme".into(),
        gate_id: "g1".into(),
        policy_hash: "p1".into(),
        repo_policies: BTreeMap::new(),
        revoked_keys: BTreeSet::new(),
        revoked_envelopes: BTreeSet::new(),
    }
}

fn opening(envelope: &Envelope) -> Opening {
    Opening {
        envelope_sha256: sha256(&envelope.bytes().unwrap()),
        gate_id: "g1".into(),
        nonce: NONCE.into(),
        incident: "INC-7".into(),
        reason: "the shop takes no orders since noon".into(),
    }
}

fn try_open(
    envelope: &Envelope,
    said: &Opening,
    signers: (u8, u8),
    (pins, book): (&Pins, &Book),
    now: UtcMicros,
) -> Result<(Opened, Book), EnvelopeFault> {
    let bytes = envelope.bytes().unwrap();
    let signature = sign(signers.0, &bytes);
    let sealed = Signed { bytes: &bytes, signature: &signature };
    let signed = sign(signers.1, &said.bytes().unwrap());
    open(sealed, (said, &signed), NONCE, (pins, book), now)
}

fn plainly(envelope: &Envelope, book: &Book, now: UtcMicros) -> Result<(Opened, Book), EnvelopeFault> {
    try_open(envelope, &opening(envelope), (1, 2), (&pins(), book), now)
}

#[test]
fn the_bytes_are_the_documented_ones() {
    let bytes = envelope().bytes().unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(text.starts_with("navi/envelope/v1\n{\"gate_id\":\"g1\",\"holder_key\":\""), "{text}");
    assert_eq!(Envelope::parse(&bytes), Some(envelope()));
    let spaced = text.replace("\"org\":", "\"org\": ");
    assert_eq!(Envelope::parse(spaced.as_bytes()), None, "one encoding only");
    let more = text.replace("{\"gate_id\"", "{\"everything\":true,\"gate_id\"");
    assert_eq!(Envelope::parse(more.as_bytes()), None, "no unknown field");
}

#[test]
fn it_opens_once() {
    let (opened, book) = plainly(&envelope(), &Book::default(), NOW).unwrap();
    assert_eq!(opened.ends_at, NOW + 30 * MINUTE);
    assert_eq!(plainly(&envelope(), &book, NOW + 1), Err(EnvelopeFault::Used));
    let at = |repo| Place { digest: "d", agent: None, repo: Some(repo) };
    assert!(opened.covers(at("shop"), &book, NOW));
    assert!(!opened.covers(at("other"), &book, NOW));
    assert!(!opened.covers(at("shop"), &book, opened.ends_at));
    assert!(!opened.covers(at("shop"), &book.seen(NOW + 9), NOW + 8), "a clock turned back ends it");
}

#[test]
fn it_is_for_one_holder_one_gate_one_server_and_one_policy() {
    let (good, book) = (envelope(), Book::default());
    let with = |pins: Pins| try_open(&good, &opening(&good), (1, 2), (&pins, &book), NOW).map(|_| ());
    assert_eq!(with(pins()), Ok(()));
    assert_eq!(with(Pins { server_key: public(9), ..pins() }), Err(EnvelopeFault::Forged));
    assert_eq!(with(Pins { gate_id: "g2".into(), ..pins() }), Err(EnvelopeFault::ForeignGate));
    assert_eq!(with(Pins { org: "other".into(), ..pins() }), Err(EnvelopeFault::ForeignGate));
    assert_eq!(with(Pins { origin: "other".into(), ..pins() }), Err(EnvelopeFault::ForeignGate));
    assert_eq!(with(Pins { policy_hash: "p2".into(), ..pins() }), Err(EnvelopeFault::OtherPolicy));
    let revoked = BTreeSet::from([public(2)]);
    assert_eq!(with(Pins { revoked_keys: revoked, ..pins() }), Err(EnvelopeFault::Revoked));
    let revoked = BTreeSet::from(["e1".to_owned()]);
    assert_eq!(with(Pins { revoked_envelopes: revoked, ..pins() }), Err(EnvelopeFault::Revoked));
    let stolen = try_open(&good, &opening(&good), (1, 3), (&pins(), &book), NOW);
    assert_eq!(stolen, Err(EnvelopeFault::NotHolder));
}

#[test]
fn an_opening_is_for_this_attempt_and_says_why() {
    let (good, book) = (envelope(), Book::default());
    let with = |said: Opening| try_open(&good, &said, (1, 2), (&pins(), &book), NOW).map(|_| ());
    let said = || opening(&good);
    assert_eq!(with(Opening { nonce: "old".into(), ..said() }), Err(EnvelopeFault::NotHolder));
    assert_eq!(with(Opening { gate_id: "g2".into(), ..said() }), Err(EnvelopeFault::NotHolder));
    assert_eq!(with(Opening { envelope_sha256: sha256(b""), ..said() }), Err(EnvelopeFault::NotHolder));
    assert_eq!(with(Opening { reason: "because".into(), ..said() }), Err(EnvelopeFault::NoReason));
    assert_eq!(with(Opening { incident: " ".into(), ..said() }), Err(EnvelopeFault::NoReason));
}

#[test]
fn the_clock_can_be_turned_neither_way() {
    let good = envelope();
    let seen = Book::default().seen(NOW);
    assert_eq!(plainly(&good, &seen, NOW - 1), Err(EnvelopeFault::ClockBack));
    assert_eq!(plainly(&good, &Book::default(), NOW - 1), Err(EnvelopeFault::TooLong));
    assert_eq!(plainly(&good, &seen, good.not_after), Err(EnvelopeFault::Expired));
    let forward = seen.seen(good.not_after);
    assert_eq!(plainly(&good, &forward, NOW), Err(EnvelopeFault::ClockBack), "forward, then back");
    assert_eq!(forward.seen(NOW).high_water, good.not_after);
    let late = good.not_after - MINUTE;
    assert_eq!(plainly(&good, &seen, late).unwrap().0.ends_at, good.not_after, "never beyond its life");
}

#[test]
fn minutes_are_those_of_a_bypass() {
    let forever = Envelope { minutes: 600, ..envelope() };
    assert_eq!(plainly(&forever, &Book::default(), NOW), Err(EnvelopeFault::Malformed));
}

fn record(head: &Head, at: UtcMicros, happened: Happened) -> SpoolRecord {
    let prev = head.hash.clone();
    SpoolRecord { gate_id: "g1".into(), seq: head.size, prev, envelope_id: "e1".into(), at, happened }
}

fn follow(head: &Head, record: &SpoolRecord) -> Result<Head, SpoolFault> {
    head.follow(record, &sign(4, &record.bytes().unwrap()), ("g1", &public(4)))
}

fn opened(ends_at: UtcMicros) -> Happened {
    let said = opening(&envelope());
    let signature = hex::encode(sign(2, &said.bytes().unwrap()));
    Happened::Opened { ends_at, opening: said, signature }
}

fn ran() -> Happened {
    Happened::Ran { digest: "d".into() }
}

#[test]
fn a_chain_is_followed_in_order_within_the_time_of_its_envelope() {
    let empty = Head::default();
    let ends_at = NOW + MINUTE;
    let begun = follow(&empty, &record(&empty, NOW, opened(ends_at))).unwrap();
    let used = follow(&begun, &record(&begun, NOW + 1, ran())).unwrap();
    assert_eq!((used.size, used.at), (2, NOW + 1));
    assert_eq!(follow(&used, &record(&used, ends_at, ran())), Err(SpoolFault::NotCovered(2)));
    assert_eq!(follow(&used, &record(&used, NOW, ran())), Err(SpoolFault::ClockBack(2)));
    let again = record(&used, NOW + 2, opened(ends_at));
    assert_eq!(follow(&used, &again), Err(SpoolFault::Replayed(2)));
    let finished = |ran| Happened::Finished { ran, status: RunEnd::Succeeded, exit_code: Some(0) };
    assert_eq!(follow(&used, &record(&used, NOW + 2, finished(0))), Err(SpoolFault::NotRunning(2)));
    let over = follow(&used, &record(&used, NOW + 2, finished(1))).unwrap();
    assert_eq!(follow(&over, &record(&over, NOW + 2, finished(1))), Err(SpoolFault::NotRunning(3)));
    let ended = follow(&used, &record(&used, NOW + 2, Happened::Ended)).unwrap();
    assert_eq!(follow(&ended, &record(&ended, NOW + 3, ran())), Err(SpoolFault::NotCovered(3)));
    let refused = Happened::Refused { why: "opened before".into() };
    assert!(follow(&ended, &record(&ended, NOW + 3, refused)).is_ok());
    assert_eq!(follow(&empty, &record(&empty, NOW, ran())), Err(SpoolFault::NotCovered(0)));
}

#[test]
fn a_restored_gate_and_a_forged_record_are_found() {
    let empty = Head::default();
    let ends_at = NOW + MINUTE;
    let first = record(&empty, NOW, opened(ends_at));
    let known = follow(&empty, &first).unwrap();
    // Restored from a backup that is older than the opening, the gate opens the same envelope anew.
    let repeated = record(&empty, NOW + 5, opened(ends_at));
    assert_eq!(follow(&known, &repeated), Err(SpoolFault::Fork { seq: 0, known: 1 }));
    let gap = SpoolRecord { seq: 2, ..record(&known, NOW, ran()) };
    assert_eq!(follow(&known, &gap), Err(SpoolFault::Fork { seq: 2, known: 1 }));
    let other_past = SpoolRecord { prev: sha256(b"other"), ..record(&known, NOW, ran()) };
    assert_eq!(follow(&known, &other_past), Err(SpoolFault::Fork { seq: 1, known: 1 }));
    let next = record(&known, NOW, ran());
    let changed = SpoolRecord { at: NOW + 1, ..next.clone() };
    let signature = sign(4, &next.bytes().unwrap());
    assert_eq!(known.follow(&changed, &signature, ("g1", &public(4))), Err(SpoolFault::Forged(1)));
    assert_eq!(known.follow(&next, &signature, ("g2", &public(4))), Err(SpoolFault::Forged(1)));
    assert_eq!(known.follow(&next, &signature, ("g1", &public(5))), Err(SpoolFault::Forged(1)));
}

fn holder() -> Device {
    Device {
        id: "d1".into(),
        user: "ana".into(),
        name: "desk".into(),
        class: DeviceClass::Desktop,
        shared: false,
        vote_key: public(7),
        step_up_key: Some(public(2)),
        last_seq: 0,
        enrolled_at: NOW,
        confirmed_at: Some(NOW),
        revoked_at: None,
        version: 1,
    }
}

#[test]
fn one_is_handed_out_by_another_within_limits() {
    let want = |scope, minutes, hours| Want { scope, minutes, hours };
    let shop = || BypassScope::Repo("shop".into());
    let limits = BypassLimits::default();
    let may =
        |want: Want, by, device: &Device, limits, sealed| may_issue(&want, (by, device), limits, sealed, NOW);
    let good = holder();
    assert_eq!(may(want(shop(), 30, 168), "bo", &good, limits, (0, 0)), Ok(NOW + LONGEST_LIFE));
    assert_eq!(may(want(shop(), 30, 169), "bo", &good, limits, (0, 0)), Err(IssueFault::Hours));
    assert_eq!(may(want(shop(), 30, 0), "bo", &good, limits, (0, 0)), Err(IssueFault::Hours));
    let short = BypassLimits { most_minutes: 15, ..limits };
    assert_eq!(may(want(shop(), 30, 1), "bo", &good, short, (0, 0)), Err(IssueFault::Minutes { most: 15 }));
    for scope in [BypassScope::Everything, BypassScope::Action("d".into()), BypassScope::Repo(" ".into())] {
        assert_eq!(may(want(scope, 30, 1), "bo", &good, limits, (0, 0)), Err(IssueFault::Scope));
    }
    assert_eq!(may(want(shop(), 30, 1), "ana", &good, limits, (0, 0)), Err(IssueFault::Alone));
    let solo = BypassLimits { solo: true, ..limits };
    assert!(may(want(shop(), 30, 1), "ana", &good, solo, (0, 0)).is_ok());
    for bad in [
        Device { shared: true, ..holder() },
        Device { step_up_key: None, ..holder() },
        Device { revoked_at: Some(NOW), ..holder() },
        Device { confirmed_at: None, ..holder() },
    ] {
        assert_eq!(may(want(shop(), 30, 1), "bo", &bad, limits, (0, 0)), Err(IssueFault::Device));
    }
    assert_eq!(may(want(shop(), 30, 1), "bo", &good, limits, (MOST_HELD, 9)), Err(IssueFault::HeldTooMany));
    assert_eq!(may(want(shop(), 30, 1), "bo", &good, limits, (0, MOST)), Err(IssueFault::TooMany));
}

#[test]
fn a_gate_follows_a_key_only_when_the_pinned_one_hands_over() {
    let (old, new) = (public(1), public(3));
    assert_eq!(key_to_pin(None, &new, "o", None), Some(new.clone()), "the first one that is heard");
    assert_eq!(key_to_pin(Some(&new), &new, "o", None), Some(new.clone()));
    assert_eq!(key_to_pin(Some(&old), &new, "o", None), None);
    let signature = sign(1, &handover_bytes("o", &new));
    assert_eq!(key_to_pin(Some(&old), &new, "o", Some((&old, &signature))), Some(new.clone()));
    assert_eq!(key_to_pin(Some(&old), &new, "other", Some((&old, &signature))), None);
    let by_another = sign(9, &handover_bytes("o", &new));
    assert_eq!(key_to_pin(Some(&old), &new, "o", Some((&old, &by_another))), None);
    assert_eq!(key_to_pin(Some(&public(5)), &new, "o", Some((&old, &signature))), None);
}

#[test]
fn a_repository_has_a_policy_of_its_own() {
    let repo = Pins { repo_policies: BTreeMap::from([("shop".to_owned(), "p2".to_owned())]), ..pins() };
    let good = envelope();
    let with =
        |good: &Envelope| try_open(good, &opening(good), (1, 2), (&repo, &Book::default()), NOW).map(|_| ());
    assert_eq!(with(&good), Err(EnvelopeFault::OtherPolicy));
    assert_eq!(with(&Envelope { policy_hash: "p2".into(), ..good.clone() }), Ok(()));
    assert_eq!(with(&Envelope { scope: BypassScope::Agent("nova".into()), ..good }), Ok(()));
}
