//! Who is on call: one row; and what still rings.

use std::sync::Arc;

use navi_domain::approval::Claim;
use navi_domain::event::EventKind;
use navi_domain::oncall::{OnCall, Schedule};
use navi_domain::risk::Level;

use super::{commit, sample};
use crate::{Change, Key, Outcome, Record, Store};

/// Two people who change it at once: one is second and is told so.
pub async fn who_is_on_call_is_one_row(store: Arc<dyn Store>) {
    let store = &*store;
    assert_eq!(store.on_call().await.unwrap(), None);
    let schedule = Schedule {
        id: "primary".into(),
        name: "Primary".into(),
        zone: "UTC".into(),
        rota: None,
        shifts: Vec::new(),
    };
    let first = OnCall::default().with(schedule).unwrap();
    let changed = || sample::event(EventKind::OncallChanged, "primary", &[]);
    commit(store, Change::default().event(changed()).put(Record::OnCall(first.clone()))).await;
    assert_eq!(store.on_call().await.unwrap(), Some(OnCall { version: 1, ..first.clone() }));
    let second = Change::default().event(changed()).put(Record::OnCall(first));
    assert_eq!(store.commit(second).await.unwrap(), Outcome::Conflict(Key::OnCall));
}

/// Neither what stands still, nor what was claimed and is marked as late.
pub async fn what_still_rings_is_found(store: Arc<dyn Store>) {
    let store = &*store;
    let decision = sample::decision("d1", "shop", store.now());
    let approval = sample::approval(&decision, Level::Medium);
    let asked = Change::default()
        .event(sample::event(EventKind::Decision, "d1", &[]))
        .put(Record::Decision(decision))
        .put(Record::Approval(approval));
    commit(store, asked).await;
    let ringing = async || store.approvals_ringing().await.unwrap();
    let mut found = ringing().await.remove(0);
    found.claimed_by = Some(Claim { user: "bo".into(), at: store.now() });
    let put = async |approval| {
        let event = sample::event(EventKind::ApprovalClaimed, "a", &[]);
        commit(store, Change::default().event(event).put(Record::Approval(approval))).await;
    };
    put(found).await;
    let mut claimed = ringing().await.remove(0);
    claimed.target_missed_at = Some(store.now());
    put(claimed).await;
    assert!(ringing().await.is_empty(), "somebody is on it, and that it is late was said");
}
