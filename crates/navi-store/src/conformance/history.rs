//! The ledger: what entries hold, how they are found, how they chain.

use std::sync::Arc;

use navi_domain::delivery::desk::Desk;
use navi_domain::delivery::{Delivery, Stage, Step};
use navi_domain::event::{EventKind, Leaf};
use navi_domain::{SECOND, canonical, risk::Level};
use navi_ledger::checkpoint::{Checkpoint, Signer};
use navi_ledger::tile::Tile;
use navi_ledger::{commitment, tree};
use serde_json::Value;

use super::{ORG, ORIGIN, commit, sample};
use crate::change::{Change, Record};
use crate::read::{AuditFilter, Cosignature, DeliveryReport, Entry};
use crate::{Store, StoreError};

fn leaf(entry: &Entry) -> Leaf {
    serde_json::from_slice(&entry.leaf).unwrap()
}

fn indices(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|e| e.index).collect()
}

/// Compares the head with the tree built anew from the stored leaves.
pub async fn assert_whole(store: &dyn Store) {
    let head = store.head().await.unwrap();
    let entries = store.entries(0, usize::MAX).await.unwrap();
    assert_eq!(indices(&entries), (0..head.size).collect::<Vec<_>>());
    let hashes: Vec<_> = entries.iter().map(|e| tree::leaf_hash(&e.leaf)).collect();
    assert_eq!(hashes, entries.iter().map(|e| e.leaf_hash).collect::<Vec<_>>());
    assert_eq!(hashes, store.leaf_hashes(head.size).await.unwrap());
    assert_eq!(tree::root_of(&hashes), head.root);
    for entry in &entries {
        let committed = hex::decode(leaf(entry).payload_commitment).unwrap().try_into().unwrap();
        let (nonce, payload) = (entry.nonce.as_ref().unwrap(), entry.payload.as_ref().unwrap());
        assert!(commitment::verify(&committed, nonce, payload), "payload of entry {}", entry.index);
    }
}

/// Kind, subject, links, instant in the leaf; everything else committed to and kept beside it.
pub async fn entries_carry_what_the_event_said(store: Arc<dyn Store>) {
    let at = store.now();
    commit(&*store, sample::request("d1", "shop", Level::Low, at)).await;
    let entries = store.entries(1, 10).await.unwrap();
    assert_eq!(indices(&entries), [1, 2]);
    assert_eq!(indices(&store.entries(2, 10).await.unwrap()), [2]);
    assert_eq!(indices(&store.entries(0, 2).await.unwrap()), [0, 1]);
    let entry = &entries[0];
    let decided = leaf(entry);
    assert_eq!(canonical::leaf_bytes(&decided).unwrap(), entry.leaf);
    assert_eq!(
        (decided.kind, decided.subject.as_str(), decided.org.as_str()),
        (EventKind::Decision, "d1", ORG)
    );
    assert_eq!(decided.links["approval_id"], "a-d1");
    assert_eq!(decided.links["digest"], "digest-d1");
    assert!(decided.at >= at);
    assert_eq!(decided.at, leaf(&entries[1]).at);
    assert_eq!(decided.id.len(), 36);
    assert_eq!(&decided.id[14..15], "7", "a UUID of version 7");
    let payload: Value = serde_json::from_slice(entry.payload.as_ref().unwrap()).unwrap();
    assert_eq!(payload["note"], "about d1");
    assert_eq!((&payload["actor"], &payload["on_behalf_of"]), (&"bot".into(), &"alice".into()));
    assert_eq!((entry.actor.as_str(), entry.on_behalf_of.as_deref()), ("bot", Some("alice")));
    assert_ne!(entries[0].nonce, entries[1].nonce);
    assert_whole(&*store).await;
}

/// Pseudonyms only: equal for the same person, other than the name, `system` as it is.
pub async fn leaves_hold_no_person(store: Arc<dyn Store>) {
    let mut by_system = sample::event(EventKind::ApprovalExpired, "a", &[]);
    (by_system.actor, by_system.on_behalf_of) = ("system".into(), None);
    let change = Change::default()
        .event(sample::event(EventKind::Decision, "d1", &[]))
        .event(sample::event(EventKind::Decision, "d2", &[]))
        .event(by_system);
    commit(&*store, change).await;
    let entries = store.entries(1, 3).await.unwrap();
    let leaves: Vec<Leaf> = entries.iter().map(leaf).collect();
    assert_eq!((&leaves[0].actor, &leaves[0].on_behalf_of), (&leaves[1].actor, &leaves[1].on_behalf_of));
    assert_eq!(leaves[0].actor.len(), 32);
    assert_eq!((leaves[2].actor.as_str(), &leaves[2].on_behalf_of), ("system", &None));
    for entry in &entries {
        let text = String::from_utf8(entry.leaf.clone()).unwrap();
        assert!(!text.contains("alice") && !text.contains("bot"), "{text}");
    }
}

/// Kind, person, subject, time and pages, alone and together.
pub async fn the_audit_filters(store: Arc<dyn Store>) {
    for n in 0..3 {
        commit(&*store, sample::request(&format!("d{n}"), "shop", Level::Low, store.now())).await;
    }
    let mut carol = sample::event(EventKind::VoteCast, "a-d0", &[("decision_id", "d0")]);
    (carol.actor, carol.on_behalf_of) = ("carol".into(), None);
    commit(&*store, Change::default().event(carol)).await;
    let ats: Vec<_> = store.entries(0, 100).await.unwrap().iter().map(|e| leaf(e).at).collect();

    let any = AuditFilter { limit: 100, ..AuditFilter::default() };
    let after_first = ats.iter().filter(|at| **at >= ats[1]).count();
    let cases = [
        (any.clone(), vec![7, 6, 5, 4, 3, 2, 1, 0]),
        (AuditFilter { kind: vec![EventKind::Decision], ..any.clone() }, vec![5, 3, 1]),
        (
            AuditFilter { kind: vec![EventKind::Decision, EventKind::VoteCast], ..any.clone() },
            vec![7, 5, 3, 1],
        ),
        (AuditFilter { person: Some("carol".into()), ..any.clone() }, vec![7]),
        (
            AuditFilter { person: Some("alice".into()), kind: vec![EventKind::OrgCreated], ..any.clone() },
            vec![0],
        ),
        (AuditFilter { subject: Some("a-d0".into()), ..any.clone() }, vec![7, 2]),
        (AuditFilter { from: Some(ats[7] + 1), ..any.clone() }, vec![]),
        (AuditFilter { to: Some(ats[0] - 1), ..any.clone() }, vec![]),
        (
            AuditFilter { from: Some(ats[1]), to: Some(ats[7]), ..any.clone() },
            (0..8).rev().take(after_first).collect(),
        ),
    ];
    for (filter, expected) in cases {
        let page = store.audit(&filter).await.unwrap();
        assert_eq!((indices(&page.items), page.next), (expected, None), "{filter:?}");
    }
    let mut filter = AuditFilter { limit: 3, ..any };
    let mut seen = Vec::new();
    loop {
        let page = store.audit(&filter).await.unwrap();
        seen.extend(indices(&page.items));
        let Some(next) = page.next else { break };
        filter.cursor = Some(next);
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1, 0]);
}

/// From any id of an action to the whole of it, and not to its neighbour's.
pub async fn a_chain_follows_one_action_only(store: Arc<dyn Store>) {
    let at = store.now();
    commit(&*store, sample::request("d1", "shop", Level::Low, at)).await;
    commit(&*store, sample::request("d2", "shop", Level::Low, at)).await;
    let vote = sample::event(EventKind::VoteCast, "dev", &[("approval_id", "a-d1"), ("device_id", "dev")]);
    let other = sample::event(EventKind::VoteCast, "dev", &[("approval_id", "a-d2"), ("device_id", "dev")]);
    let issued = sample::event(EventKind::PermitIssued, "p-d1", &[("approval_id", "a-d1")]);
    let started = sample::event(EventKind::ExecutionStarted, "x-d1", &[("permit_id", "p-d1")]);
    let ended = sample::event(EventKind::ExecutionFinished, "x-d1", &[]);
    for event in [vote, other, issued, started, ended] {
        commit(&*store, Change::default().event(event)).await;
    }
    for id in ["d1", "a-d1", "p-d1", "x-d1"] {
        assert_eq!(indices(&store.chain(id).await.unwrap()), [1, 2, 5, 7, 8, 9], "from {id}");
    }
    assert_eq!(indices(&store.chain("d2").await.unwrap()), [3, 4, 6]);
    assert_eq!(store.chain("nothing").await.unwrap(), vec![]);
}

/// Bookkeeping: no entry of its own, never a smaller one, none of another log.
pub async fn checkpoints_only_grow_and_speak_of_this_ledger(store: Arc<dyn Store>) {
    let signer = Signer::from_seed(ORIGIN, [3; 32]).unwrap();
    let note_at = |size: u64, root, origin: &str| {
        let checkpoint = Checkpoint { origin: origin.to_owned(), size, root };
        (size, signer.sign(&checkpoint))
    };
    assert_eq!(store.checkpoint().await.unwrap(), None);
    let first = store.head().await.unwrap();
    let (size, one) = note_at(1, first.root, ORIGIN);
    store.put_checkpoint(size, &one).await.unwrap();
    commit(&*store, sample::request("d1", "shop", Level::Low, store.now())).await;
    let head = store.head().await.unwrap();
    assert_eq!(head.size, 3);
    let (size, three) = note_at(3, head.root, ORIGIN);
    store.put_checkpoint(size, &three).await.unwrap();
    store.put_checkpoint(1, &one).await.unwrap();
    assert_eq!(store.checkpoint().await.unwrap(), Some((3, three)));
    assert_eq!(store.head().await.unwrap(), head);

    for (size, note) in
        [note_at(4, head.root, ORIGIN), note_at(3, first.root, ORIGIN), note_at(3, head.root, "x")]
    {
        assert!(matches!(store.put_checkpoint(size, &note).await, Err(StoreError::Malformed(_))));
    }
    assert!(matches!(store.put_checkpoint(3, "no note").await, Err(StoreError::Malformed(_))));
}

/// Bookkeeping too: cosignatures are of a kept note, one a witness and size; a device's keys count once.
pub async fn witnesses_only_go_forward_and_are_counted_by_device(store: Arc<dyn Store>) {
    let signer = Signer::from_seed(ORIGIN, [3; 32]).unwrap();
    for n in 0..2 {
        let head = store.head().await.unwrap();
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: head.size, root: head.root };
        store.put_checkpoint(head.size, &signer.sign(&checkpoint)).await.unwrap();
        commit(&*store, sample::request(&format!("d{n}"), "shop", Level::Low, store.now())).await;
    }
    let head = store.head().await.unwrap();
    let of = |size, vkey: &str, device: Option<&str>| Cosignature {
        size,
        vkey: vkey.to_owned(),
        device_id: device.map(str::to_owned),
        line: format!("line of {vkey} at {size}"),
        at: 7,
    };
    let keep = async |c: Cosignature| store.put_cosignature(&c).await;
    assert!(matches!(keep(of(2, "a", Some("dev"))).await, Err(StoreError::Malformed(_))), "no such note");
    assert!(store.witnesses().await.unwrap().is_empty());
    assert!(keep(of(1, "a", Some("dev"))).await.unwrap());
    assert!(keep(of(1, "b", Some("dev"))).await.unwrap());
    assert!(keep(of(1, "b", Some("dev"))).await.unwrap(), "the same again is harmless");
    assert_eq!(store.newest_cosigned(2).await.unwrap(), None, "one device is one witness");
    assert!(keep(of(1, "c", None)).await.unwrap());
    assert_eq!(store.newest_cosigned(2).await.unwrap().unwrap().0, 1);
    assert!(keep(of(3, "a", Some("dev"))).await.unwrap());
    assert_eq!(store.newest_cosigned(1).await.unwrap(), Some((3, store.note_at(3).await.unwrap().unwrap())));
    assert_eq!(store.newest_cosigned(2).await.unwrap().unwrap().0, 1);
    assert!(!keep(of(1, "a", Some("dev"))).await.unwrap(), "never back");
    assert!(!keep(of(3, "c", Some("dev"))).await.unwrap(), "never another's");
    assert_eq!(store.cosignatures(3).await.unwrap(), ["line of a at 3"]);
    assert_eq!(store.cosignatures(1).await.unwrap().len(), 3);
    let known = store.witnesses().await.unwrap();
    assert_eq!(
        known.iter().map(|w| (w.vkey.as_str(), w.last_size)).collect::<Vec<_>>(),
        [("a", 3), ("b", 1), ("c", 1)]
    );
    assert_eq!(store.head().await.unwrap(), head, "no entry of its own");
    assert_eq!(store.note_at(2).await.unwrap(), None);
}

/// Bookkeeping too: of two reports on one request the newer stays, and each device has its own.
pub async fn deliveries_only_go_forward_and_are_kept_by_device(store: Arc<dyn Store>) {
    let head = store.head().await.unwrap();
    let now = store.now();
    let news = |step: Option<Step>, at| {
        let created = Delivery::created("a1", "d1", Level::High, at);
        step.map_or(created.clone(), |step| created.after(step, at + 1).unwrap())
    };
    let report = |device: &str, delivery: Delivery, desk: Option<Desk>| DeliveryReport {
        device_id: device.to_owned(),
        user: format!("{device}'s"),
        deliveries: vec![delivery],
        desk,
    };
    let keep = async |r: DeliveryReport| store.put_deliveries(&r).await.unwrap();
    assert_eq!(keep(report("x", news(Some(Step::Dispatched), now), None)).await, 1);
    assert_eq!(keep(report("x", news(Some(Step::Dispatched), now), None)).await, 0, "the same again");
    assert_eq!(keep(report("x", news(None, now), None)).await, 0, "never back");
    assert_eq!(keep(report("y", news(None, now), None)).await, 1);
    let told = store.deliveries("a1").await.unwrap();
    let stages: Vec<_> = told.iter().map(|t| (t.device_id.as_str(), t.delivery.stage())).collect();
    assert_eq!(stages, [("x", Stage::Dispatched), ("y", Stage::Created)]);
    assert_eq!(told[0].user, "x's");
    assert!(store.deliveries("another").await.unwrap().is_empty());

    let desk = |at| Desk { service: Some("dunst".into()), at, ..Desk::default() };
    keep(report("x", news(None, now), Some(desk(5)))).await;
    keep(report("x", news(None, now), Some(Desk { do_not_disturb: Some(true), ..desk(4) }))).await;
    let desks = store.desks().await.unwrap();
    assert_eq!(desks.iter().map(|d| &d.desk).collect::<Vec<_>>(), [&desk(5)]);

    let old = now - 31 * 24 * 3600 * SECOND;
    keep(report("z", news(None, old), None)).await;
    assert_eq!(store.deliveries("a1").await.unwrap().len(), 2, "what is old is forgotten");
    assert_eq!(store.head().await.unwrap(), head, "no entry of its own");
}

/// Not within a batch, not between batches, and never above what `now` says afterwards.
pub async fn instants_never_fall(store: Arc<dyn Store>) {
    let mut last = store.head().await.unwrap().at;
    for n in 0..20 {
        let before = store.now();
        let token = Record::Token(sample::token(&format!("t{n}")));
        let change = Change::default().put(token).event(sample::event(EventKind::TokenCreated, "t", &[]));
        let Ok(crate::Outcome::Committed { at, .. }) = store.commit(change).await else {
            panic!("not committed")
        };
        assert!(at >= before && at >= last);
        assert_eq!(store.head().await.unwrap().at, at);
        assert!(store.now() >= at);
        last = at;
    }
}

/// Full tiles are sealed as the log grows, partial ones are put together, and none reaches beyond the log.
pub async fn tiles_hold_the_hashes_of_the_log(store: Arc<dyn Store>) {
    for _ in 0..6 {
        let events = (0..100).map(|i| sample::event(EventKind::Exported, &format!("all-{i}"), &[]));
        commit(&*store, events.fold(Change::default(), Change::event)).await;
    }
    let size = store.head().await.unwrap().size;
    assert_eq!(size, 601);
    let leaves = store.leaf_hashes(size).await.unwrap();
    for (level, index, width) in [(0, 0, 256), (0, 1, 256), (0, 2, 89), (0, 2, 17), (0, 0, 12)] {
        let from = index as usize * 256;
        let tile = store.tile(Tile { level, index, width }).await.unwrap();
        assert_eq!(tile, leaves[from..from + usize::from(width)], "{level}/{index}.p/{width}");
    }
    let roots: Vec<_> = leaves.chunks_exact(256).map(tree::root_of).collect();
    assert_eq!(store.tile(Tile { level: 1, index: 0, width: 2 }).await.unwrap(), roots);
    assert_eq!(store.tile(Tile { level: 0, index: 2, width: 256 }).await.unwrap().len(), 89);
    assert!(store.tile(Tile { level: 2, index: 0, width: 1 }).await.unwrap().is_empty());
}
