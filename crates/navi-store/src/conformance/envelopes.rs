//! Gates that are known by a key, and the envelopes that were handed out for them.

use std::sync::Arc;

use navi_domain::bypass::BypassScope;
use navi_domain::envelope::Envelope;
use navi_domain::envelope::gate::Gate;
use navi_domain::envelope::issued::{Fate, Issued};
use navi_domain::envelope::spool::Head;
use navi_domain::event::EventKind;

use super::{commit, sample};
use crate::{Change, Key, Outcome, Record, Store};

fn gate(id: &str) -> Gate {
    Gate {
        id: id.into(),
        key: "ab".into(),
        name: "laptop".into(),
        user: "alice".into(),
        agent: Some("bot".into()),
        enrolled_at: 1,
        head: Head::default(),
        suspicions: Vec::new(),
        version: 0,
    }
}

fn envelope(id: &str, gate: &str, not_after: i64) -> Issued {
    let envelope = Envelope {
        id: id.into(),
        origin: "o".into(),
        org: "acme".into(),
        gate_id: gate.into(),
        holder_key: "cd".into(),
        scope: BypassScope::Repo("shop".into()),
        minutes: 15,
        not_after,
        policy_hash: "p".into(),
    };
    Issued {
        envelope,
        signature: "ef".into(),
        server_key: "01".into(),
        holder: "olga".into(),
        device_id: "d".into(),
        issued_by: "otto".into(),
        issued_at: 1,
        fate: Fate::Sealed,
        version: 0,
    }
}

/// By id, by gate, and only those whose life is not over.
pub async fn a_gate_and_its_envelopes_are_read_as_written(store: Arc<dyn Store>) {
    let store = &*store;
    let change = Change::default()
        .event(sample::event(EventKind::GateEnrolled, "g1", &[]))
        .put(Record::Gate(gate("g1")))
        .put(Record::Gate(gate("g2")))
        .put(Record::Envelope(envelope("e1", "g1", 100)))
        .put(Record::Envelope(envelope("e2", "g2", 200)));
    commit(store, change).await;
    assert_eq!(store.gate("g1").await.unwrap(), Some(Gate { version: 1, ..gate("g1") }));
    assert_eq!(store.gate("g3").await.unwrap(), None);
    assert_eq!(store.gates().await.unwrap().len(), 2);
    assert_eq!(store.envelope("e2").await.unwrap(), Some(Issued { version: 1, ..envelope("e2", "g2", 200) }));
    let ids = async |gate, after| -> Vec<String> {
        store.envelopes(gate, after).await.unwrap().into_iter().map(|e| e.envelope.id).collect()
    };
    assert_eq!(ids(None, 0).await, ["e1", "e2"]);
    assert_eq!(ids(None, 100).await, ["e2"]);
    assert_eq!(ids(Some("g1"), 0).await, ["e1"]);
    assert!(ids(Some("g1"), 100).await.is_empty());
    let stale = Change::default()
        .event(sample::event(EventKind::EnvelopeIssued, "e1", &[]))
        .put(Record::Envelope(envelope("e1", "g1", 100)));
    assert_eq!(store.commit(stale).await.unwrap(), Outcome::Conflict(Key::Envelope("e1".into())));
}

/// A defect above cannot close it again, shorten a gate's chain, or give it another key.
pub async fn what_was_opened_stays_opened_below_the_use_cases(store: Arc<dyn Store>) {
    let store = &*store;
    let known = Gate { head: Head { size: 3, ..Head::default() }, ..gate("g1") };
    let opened = Issued { fate: Fate::Opened { at: 5, told_at: 6 }, ..envelope("e1", "g1", 100) };
    let change = Change::default()
        .event(sample::event(EventKind::EnvelopeOpened, "e1", &[]))
        .put(Record::Gate(known.clone()))
        .put(Record::Envelope(opened));
    commit(store, change).await;
    let refused = async |record| {
        let event = sample::event(EventKind::EnvelopeEnded, "e1", &[]);
        store.commit(Change::default().event(event).put(record)).await.is_err()
    };
    assert!(refused(Record::Envelope(Issued { version: 1, ..envelope("e1", "g1", 100) })).await);
    assert!(refused(Record::Gate(Gate { version: 1, ..gate("g1") })).await, "fewer records than before");
    assert!(refused(Record::Gate(Gate { key: "other".into(), version: 1, ..known.clone() })).await);
    let more = Gate { head: Head { size: 4, ..Head::default() }, version: 1, ..known };
    let event = sample::event(EventKind::EnvelopeUsed, "e1", &[]);
    commit(store, Change::default().event(event).put(Record::Gate(more))).await;
}
