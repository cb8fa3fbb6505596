//! What pipelines ask: kept until they have their answer, one open ask a slot, and one word.

use std::sync::Arc;

use navi_domain::event::EventKind;
use navi_domain::pipeline::{PipelineAnswer, PipelineCheck, PipelineSource, PipelineStage, Sealed};
use serde_json::json;

use super::{commit, sample};
use crate::{Change, Outcome, Record, Store, StoreError};

fn check(id: &str, slot: &str) -> PipelineCheck {
    PipelineCheck {
        id: id.to_owned(),
        source: PipelineSource::Github,
        slot: slot.to_owned(),
        follows: Some(format!("acme/shop/deployments/{id}")),
        user: "github:octo".to_owned(),
        reply_path: "/repos/acme/shop/actions/runs/1/deployment_protection_rule".to_owned(),
        asked: json!({"environment": "production"}),
        credential: Some(Sealed("sealed".to_owned())),
        stage: PipelineStage::Asked,
        decision_id: None,
        approval_id: None,
        answer: None,
        delivered: None,
        asked_at: 5,
        answered_at: None,
        version: 0,
    }
}

fn write(kind: EventKind, check: PipelineCheck) -> Change {
    Change::default().event(sample::event(kind, &check.id, &[])).put(Record::Pipeline(check))
}

fn word(passed: bool) -> PipelineAnswer {
    let execution_id = passed.then(|| "x".to_owned());
    PipelineAnswer { passed, message: "a word".to_owned(), execution_id }
}

/// It is listed until it is answered, and found by what tells of its end.
pub async fn a_pipeline_is_listed_until_it_is_answered(store: Arc<dyn Store>) {
    commit(&*store, write(EventKind::PipelineAsked, check("c1", "run 1"))).await;
    let asked = PipelineCheck { version: 1, ..check("c1", "run 1") };
    assert_eq!(store.pipeline("c1").await.unwrap(), Some(asked.clone()));
    assert_eq!(store.pipeline("c2").await.unwrap(), None);
    assert_eq!(store.pipelines_open().await.unwrap(), vec![asked.clone()]);
    assert_eq!(store.pipelines_followed_by("acme/shop/deployments/c1").await.unwrap(), vec![asked.clone()]);
    assert_eq!(store.pipelines_followed_by("acme/shop/deployments/c2").await.unwrap(), vec![]);

    let decided = asked.decide(Some("d"), word(true)).unwrap();
    commit(&*store, write(EventKind::PipelineDecided, decided)).await;
    let decided = store.pipelines_open().await.unwrap().remove(0);
    commit(&*store, write(EventKind::PipelineAnswered, decided.close(true, 9).unwrap())).await;
    assert_eq!(store.pipelines_open().await.unwrap(), vec![]);
    let closed = store.pipeline("c1").await.unwrap().unwrap();
    assert_eq!((closed.delivered, closed.credential), (Some(true), None));
}

/// A second open ask of a slot is refused, and comes when the first has its answer.
pub async fn a_slot_has_one_open_ask(store: Arc<dyn Store>) {
    commit(&*store, write(EventKind::PipelineAsked, check("c1", "run 1"))).await;
    let again = store.commit(write(EventKind::PipelineAsked, check("c2", "run 1"))).await;
    assert!(matches!(again, Err(StoreError::Database { maybe_persisted: false, .. })), "{again:?}");
    let same = store.commit(write(EventKind::PipelineAsked, check("c1", "run 1"))).await;
    assert!(matches!(same, Ok(Outcome::Conflict(_))), "{same:?}");
    let first = store.pipeline("c1").await.unwrap().unwrap();
    commit(&*store, write(EventKind::PipelineDecided, first.decide(None, word(false)).unwrap())).await;
    let first = store.pipeline("c1").await.unwrap().unwrap();
    commit(&*store, write(EventKind::PipelineAnswered, first.close(true, 9).unwrap())).await;
    commit(&*store, write(EventKind::PipelineAsked, check("c2", "run 1"))).await;
}

/// Below the use cases: no other word, no way back, no credential that stays.
pub async fn a_pipeline_gets_one_word(store: Arc<dyn Store>) {
    commit(&*store, write(EventKind::PipelineAsked, check("c1", "run 1"))).await;
    let asked = store.pipeline("c1").await.unwrap().unwrap();
    commit(&*store, write(EventKind::PipelineDecided, asked.decide(None, word(false)).unwrap())).await;
    let decided = store.pipeline("c1").await.unwrap().unwrap();
    let other = PipelineCheck { answer: Some(word(true)), ..decided.clone() };
    let back = PipelineCheck { answer: None, stage: PipelineStage::Asked, ..decided.clone() };
    let keeps = PipelineCheck { credential: decided.credential.clone(), ..decided.close(true, 9).unwrap() };
    for wrong in [other, back, keeps] {
        let refused = store.commit(write(EventKind::PipelineDecided, wrong)).await;
        assert!(matches!(refused, Err(StoreError::Database { maybe_persisted: false, .. })), "{refused:?}");
    }
    assert_eq!(store.pipeline("c1").await.unwrap(), Some(decided));
}
