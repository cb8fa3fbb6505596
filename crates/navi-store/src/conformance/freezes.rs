//! The stop switch: one row that every decision expects, and what is under way.

use std::sync::Arc;

use navi_domain::event::EventKind;
use navi_domain::freeze::{Freeze, FreezeScope, StopRequest};
use navi_domain::risk::Level;

use super::{commit, sample};
use crate::{Change, Expected, Key, Outcome, Record, Store};

/// A decision that was made before a freeze cannot be committed after it.
pub async fn a_freeze_is_first_or_a_decision_is(store: Arc<dyn Store>) {
    let store = &*store;
    assert_eq!(store.org_versions().await.unwrap().freezes, 0);
    let freeze = Freeze {
        id: "f1".into(),
        scope: FreezeScope::Everything,
        reason: "odd".into(),
        by: "ana".into(),
        at: store.now(),
        ended_at: None,
    };
    let freezes = store.freezes().await.unwrap().unwrap_or_default().with(freeze).unwrap();
    let begun = sample::event(EventKind::FreezeBegun, "f1", &[]);
    commit(store, Change::default().event(begun.clone()).put(Record::Freezes(freezes.clone()))).await;
    assert_eq!(store.org_versions().await.unwrap().freezes, 1);
    assert_eq!(store.freezes().await.unwrap().unwrap().freezes, freezes.freezes);
    let decided = Change::default()
        .event(sample::event(EventKind::Decision, "d1", &[]))
        .expect(Key::Freezes, Expected::Absent);
    assert_eq!(store.commit(decided).await.unwrap(), Outcome::Conflict(Key::Freezes));
    let again = Change::default().event(begun).put(Record::Freezes(freezes));
    assert_eq!(store.commit(again).await.unwrap(), Outcome::Conflict(Key::Freezes));
}

/// Requests that wait, permits that were not used, runs that did not end: with the place of their action.
pub async fn what_is_under_way_is_found_with_its_place(store: Arc<dyn Store>) {
    let store = &*store;
    let decision = sample::decision("d1", "shop", store.now());
    let approval = sample::approval(&decision, Level::Medium);
    let permit = sample::permit(&decision, None);
    let run = sample::execution(&permit, "shop");
    let asked = sample::event(EventKind::Decision, "d1", &[]);
    let change = Change::default()
        .event(asked)
        .put(Record::Decision(decision))
        .put(Record::Approval(approval.clone()))
        .put(Record::Permit(permit.clone()))
        .put(Record::Execution(run.clone()));
    commit(store, change).await;
    let found = store.under_way().await.unwrap();
    let place = &found.approvals[0].1;
    assert_eq!((place.agent.as_deref(), place.repo.as_deref()), (Some("bot"), Some("shop")));
    assert_eq!(found.approvals[0].0.id, approval.id);
    assert_eq!((&found.permits[0].0.id, &found.permits[0].1), (&permit.id, place));
    assert_eq!((&found.executions[0].0.id, &found.executions[0].1), (&run.id, place));

    let frozen = store.approval(&approval.id).await.unwrap().unwrap().freeze(store.now()).unwrap();
    let stop = StopRequest { freeze_id: "f1".into(), requested_at: store.now() };
    let stopped = store.execution(&run.id).await.unwrap().unwrap().request_stop(stop).unwrap();
    let applied = Change::default()
        .event(sample::event(EventKind::FreezeApplied, "freeze", &[]))
        .put(Record::Approval(frozen))
        .put(Record::Execution(stopped));
    commit(store, applied).await;
    assert_eq!(store.stopped_by("f1").await.unwrap().len(), 1);
    assert!(store.stopped_by("f2").await.unwrap().is_empty());
    assert!(store.approvals_due(i64::MAX).await.unwrap().is_empty(), "its time stands still");
    assert_eq!(store.permits_due(i64::MAX).await.unwrap().len(), 1);
}
