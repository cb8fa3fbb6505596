//! Plans and runs that did not end: read as written, and below the use cases no more than was approved.

use std::sync::Arc;

use navi_domain::event::EventKind;
use navi_domain::execution::ExecutionStatus;
use navi_domain::plan::run::PlanStatus;

use super::{commit, sample};
use crate::{Change, Record, Store, StoreError};

/// A plan is read as it was written, and listed while it runs.
pub async fn a_plan_is_listed_until_it_ends(store: Arc<dyn Store>) {
    let mut run = sample::plan("x-d1", store.now());
    let begun = || sample::event(EventKind::PlanBegun, "x-d1", &[]);
    commit(&*store, Change::default().event(begun()).put(Record::Plan(run.clone()))).await;
    run.version = 1;
    assert_eq!(store.plan("x-d1").await.unwrap(), Some(run.clone()));
    assert_eq!(store.plan("nobody").await.unwrap(), None);
    assert_eq!(store.plans(Some("alice"), true).await.unwrap(), vec![run.clone()]);
    assert_eq!(store.plans(Some("carol"), false).await.unwrap(), vec![]);
    let ended = run.finish(ExecutionStatus::Succeeded, store.now()).unwrap();
    let end = sample::event(EventKind::PlanEnded, "x-d1", &[]);
    commit(&*store, Change::default().event(end).put(Record::Plan(ended))).await;
    assert_eq!(store.plans(None, true).await.unwrap(), vec![]);
    assert_eq!(store.plans(None, false).await.unwrap().len(), 1);
}

/// Neither a longer time nor runs given back, and no end that is taken back.
pub async fn a_plan_gets_no_more_than_was_approved(store: Arc<dyn Store>) {
    let mut run = sample::plan("x-d1", store.now());
    run.runs = 2;
    let event = || sample::event(EventKind::PlanUsed, "x-d1", &[]);
    commit(&*store, Change::default().event(event()).put(Record::Plan(run.clone()))).await;
    run.version = 1;
    let mut longer = run.clone();
    longer.expires_at += 1;
    let mut fewer = run.clone();
    fewer.runs = 1;
    for more in [longer, fewer] {
        let refused = store.commit(Change::default().event(event()).put(Record::Plan(more))).await;
        assert!(matches!(refused, Err(StoreError::Database { maybe_persisted: false, .. })));
    }
    let failed = run.finish(ExecutionStatus::Failed, store.now()).unwrap();
    commit(&*store, Change::default().event(event()).put(Record::Plan(failed))).await;
    let mut again = store.plan("x-d1").await.unwrap().unwrap();
    again.status = PlanStatus::Running;
    let refused = store.commit(Change::default().event(event()).put(Record::Plan(again))).await;
    assert!(matches!(refused, Err(StoreError::Database { maybe_persisted: false, .. })));
}

/// An end that nobody knew may be corrected; one that is known may not, and no run begins again.
pub async fn only_an_unknown_end_is_corrected(store: Arc<dyn Store>) {
    let decision = sample::decision("d1", "shop", store.now());
    let permit = sample::permit(&decision, None);
    let run = sample::execution(&permit, "shop");
    let event = |kind| sample::event(kind, "x-d1", &[]);
    let change = Change::default()
        .event(event(EventKind::ExecutionStarted))
        .put(Record::Decision(decision))
        .put(Record::Permit(permit))
        .put(Record::Execution(run));
    commit(&*store, change).await;
    let write = async |status| {
        let mut run = store.execution("x-d1").await.unwrap().unwrap();
        run.status = status;
        store
            .commit(Change::default().event(event(EventKind::ExecutionFinished)).put(Record::Execution(run)))
            .await
    };
    assert_eq!(store.runs_started().await.unwrap().len(), 1);
    assert!(write(ExecutionStatus::Unknown).await.is_ok());
    assert!(store.runs_started().await.unwrap().is_empty());
    assert!(write(ExecutionStatus::Started).await.is_err(), "it does not begin again");
    assert!(write(ExecutionStatus::Failed).await.is_ok());
    for status in [ExecutionStatus::Succeeded, ExecutionStatus::Unknown, ExecutionStatus::Started] {
        assert!(write(status).await.is_err(), "{status:?}");
    }
}
