//! Ways back, and the rollbacks that went them.

use std::sync::Arc;

use navi_domain::event::EventKind;
use navi_domain::rollback::{Capture, Part, Plan, Rollback, RollbackStatus, Strategy, Truth};
use serde_json::json;

use super::{commit, sample};
use crate::{Change, Outcome, Record, Store};

fn capture() -> Capture {
    let part = Part::new(Strategy::Git, "/srv/shop refs/heads/main", "a", "b", Truth::Verified);
    Capture { id: "c1".into(), sha256: "1".repeat(64), place: "2".repeat(64), parts: vec![part] }
}

/// A rollback that waits for its runner.
#[must_use]
pub fn rollback(id: &str, execution_id: &str) -> Rollback {
    Rollback {
        id: id.into(),
        execution_id: execution_id.into(),
        action_id: "d1".into(),
        action_type: "command_run".into(),
        repo: Some("shop".into()),
        capture: capture(),
        user: "ana".into(),
        agent: None,
        token_id: "t1".into(),
        reason: "slow".into(),
        dry_run: false,
        status: RollbackStatus::Planning,
        plan: None,
        decision_id: None,
        approval_id: None,
        refused: None,
        run_id: None,
        outcome: None,
        requested_at: 1,
        ended_at: None,
        version: 0,
    }
}

/// An execution is found by its way back, a rollback by its execution and by its place while it is open; it ends once.
pub async fn rollbacks_are_found_by_execution_and_place_and_end_once(store: Arc<dyn Store>) {
    let store = &*store;
    let decision = sample::decision("d1", "shop", store.now());
    let permit = sample::permit(&decision, None);
    let run = sample::execution(&permit, "shop");
    let ran = Change::default()
        .event(sample::event(EventKind::Decision, "d1", &[]))
        .put(Record::Decision(decision))
        .put(Record::Permit(permit))
        .put(Record::Execution(run.clone()));
    commit(store, ran).await;
    assert!(store.execution_of_way_back("c1").await.unwrap().is_none());
    let started = store.execution(&run.id).await.unwrap().unwrap();
    let artifacts = json!({ "capture": capture() });
    let status = navi_domain::execution::ExecutionStatus::Succeeded;
    let ended = started.finish(status, Some(0), artifacts, store.now()).unwrap().unwrap();
    let finished = sample::event(EventKind::ExecutionFinished, &run.id, &[]);
    commit(store, Change::default().event(finished).put(Record::Execution(ended))).await;
    assert_eq!(store.execution_of_way_back("c1").await.unwrap().unwrap().id, run.id);
    assert_eq!(store.executions_with_way_back(0, 10).await.unwrap().len(), 1);
    assert!(store.executions_with_way_back(store.now() + 1, 10).await.unwrap().is_empty());

    let asked = |id: &str| sample::event(EventKind::RollbackRequested, id, &[("execution_id", &run.id)]);
    for id in ["r1", "r2"] {
        commit(store, Change::default().event(asked(id)).put(Record::Rollback(rollback(id, &run.id)))).await;
    }
    let of = store.rollbacks_of(&run.id).await.unwrap();
    assert_eq!(of.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["r2", "r1"]);
    let place = "2".repeat(64);
    let here = store.rollbacks_at(&place).await.unwrap();
    assert_eq!(here.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["r1", "r2"]);
    assert!(store.rollbacks_at(&"3".repeat(64)).await.unwrap().is_empty());

    let first = store.rollback("r1").await.unwrap().unwrap();
    let plan = Plan {
        capture_sha256: "1".repeat(64),
        truth: Truth::impossible("a conflict"),
        steps: Vec::new(),
        dependents: Vec::new(),
        afterwards: Vec::new(),
        target_state: navi_domain::action::TargetState::None("none".into()),
    };
    let refused = first.planned(plan, 2).unwrap();
    let told = sample::event(EventKind::RollbackRefused, "r1", &[]);
    commit(store, Change::default().event(told.clone()).put(Record::Rollback(refused.clone()))).await;
    assert_eq!(store.rollbacks_at(&place).await.unwrap().len(), 1);
    let stale = Change::default().event(told.clone()).put(Record::Rollback(refused));
    assert!(matches!(store.commit(stale).await.unwrap(), Outcome::Conflict(_)));
    let over = store.rollback("r1").await.unwrap().unwrap();
    let again = Rollback { status: RollbackStatus::Planning, ..over };
    assert!(store.commit(Change::default().event(told).put(Record::Rollback(again))).await.is_err());
}
