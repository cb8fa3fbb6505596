//! The index of words, facets and counters follows the log, and says what the log says.

use std::sync::Arc;

use navi_domain::event::{Event, EventKind};
use navi_domain::reading::facet::Facet;
use navi_domain::risk::Level;
use serde_json::json;

use super::{commit, sample};
use crate::{AuditFilter, Change, Counter, CounterFilter, Store};

/// A decision in a repository with its request, then carol's vote and the approval: four entries.
async fn approved(store: &dyn Store, id: &str, repo: &str) {
    let record = sample::decision(id, repo, store.now());
    let approval = format!("a-{id}");
    let links = [("action_id", id), ("approval_id", approval.as_str())];
    let decision = Event {
        payload: serde_json::to_value(&record).unwrap(),
        ..sample::event(EventKind::Decision, id, &[("approval_id", approval.as_str())])
    };
    let vote = Event {
        actor: "carol".into(),
        on_behalf_of: None,
        payload: json!({"verdict": "approve", "surface": "tray", "reason": "Looks fine to me"}),
        ..sample::event(EventKind::VoteCast, &approval, &links)
    };
    let asked = sample::event(EventKind::ApprovalRequested, &approval, &links);
    commit(store, Change::default().event(decision).event(asked)).await;
    let ended = sample::event(EventKind::ApprovalApproved, &approval, &links);
    commit(store, Change::default().event(vote).event(ended)).await;
}

async fn found(store: &dyn Store, filter: AuditFilter) -> Vec<u64> {
    let page = store.audit(&AuditFilter { limit: 100, ..filter }).await.unwrap();
    page.items.iter().map(|entry| entry.index).collect()
}

fn of(facet: Facet, value: &str) -> AuditFilter {
    AuditFilter { facets: vec![(facet, vec![value.to_owned()])], ..AuditFilter::default() }
}

fn saying(text: &str) -> AuditFilter {
    AuditFilter { text: Some(text.to_owned()), ..AuditFilter::default() }
}

/// Facets of an action lead to all of its entries; words are found whole, in any order, the last by its beginning.
pub async fn entries_are_found_by_what_they_and_their_action_say(store: Arc<dyn Store>) {
    let store = &*store;
    approved(store, "d1", "shop").await;
    approved(store, "d2", "web/site").await;
    assert!(found(store, of(Facet::Repo, "shop")).await.is_empty(), "nothing was indexed yet");
    assert_eq!(store.index_to(3).await.unwrap(), 3);
    assert_eq!(found(store, of(Facet::Repo, "shop")).await, [2, 1]);
    assert_eq!(store.index_to(1000).await.unwrap(), 9);
    assert_eq!(store.index_to(1000).await.unwrap(), 9);

    assert_eq!(found(store, of(Facet::Repo, "shop")).await, [4, 3, 2, 1]);
    assert_eq!(found(store, of(Facet::Repo, "web/site")).await, [8, 7, 6, 5]);
    assert!(found(store, of(Facet::Repo, "web")).await.is_empty(), "a facet is the whole value");
    assert_eq!(found(store, of(Facet::Person, "carol")).await, [7, 3]);
    assert_eq!(found(store, of(Facet::Agent, "bot")).await.len(), 8);
    assert_eq!(found(store, of(Facet::Surface, "tray")).await, [7, 3]);
    let level = sample::decision("d", "shop", 0).assessment.level;
    assert_eq!(found(store, of(Facet::Level, level.as_str())).await.len(), 8);
    let other = Level::ALL.into_iter().find(|l| *l != level).unwrap();
    let either = vec![(Facet::Level, vec![level.as_str().into(), other.as_str().into()])];
    assert_eq!(found(store, AuditFilter { facets: either, ..AuditFilter::default() }).await.len(), 8);
    assert!(found(store, of(Facet::Level, other.as_str())).await.is_empty());

    assert_eq!(found(store, of(Facet::Outcome, "approved")).await, [8, 4]);
    assert!(found(store, of(Facet::Outcome, "rejected")).await.is_empty());
    assert!(found(store, of(Facet::Bypass, "about")).await.is_empty());

    assert_eq!(found(store, saying("fine looks")).await, [7, 3]);
    assert_eq!(found(store, saying("LOOKS fi")).await, [7, 3]);
    assert!(found(store, saying("loo fine")).await.is_empty(), "only the last word may be a beginning");
    assert_eq!(found(store, saying("make all")).await, [5, 1]);
    assert!(found(store, saying("\"make\" NOT AND *")).await.is_empty(), "no word is an operator");
    assert_eq!(found(store, saying("--")).await.len(), 9, "no word: no condition");
    let both =
        AuditFilter { kind: vec![EventKind::VoteCast], subject: Some("a-d2".into()), ..saying("fine") };
    assert_eq!(found(store, both).await, [7]);

    let mut filter = AuditFilter { limit: 3, ..of(Facet::Agent, "bot") };
    let mut seen = Vec::new();
    loop {
        let page = store.audit(&filter).await.unwrap();
        seen.extend(page.items.iter().map(|entry| entry.index));
        let Some(next) = page.next else { break };
        filter.cursor = Some(next);
    }
    assert_eq!(seen, [8, 7, 6, 5, 4, 3, 2, 1]);
}

/// One by one or all at once, over all repositories or one.
pub async fn counters_say_the_same_however_the_index_was_made(store: Arc<dyn Store>) {
    let store = &*store;
    assert_eq!(
        store.counters((0, i64::MAX), &CounterFilter::default()).await.unwrap(),
        Vec::<Counter>::new()
    );
    approved(store, "d1", "shop").await;
    for covered in 1..=5 {
        assert_eq!(store.index_to(1).await.unwrap(), covered);
    }
    approved(store, "d2", "web").await;
    store.index_to(1000).await.unwrap();

    let of = async |filter: CounterFilter, measure: &str, key: &str| -> u64 {
        let all = store.counters((0, i64::MAX), &filter).await.unwrap();
        all.iter().filter(|c| c.measure.as_str() == measure && c.key == key).map(|c| c.count).sum()
    };
    let count = async |repo: Option<&str>, measure: &str, key: &str| {
        of(CounterFilter { repo: repo.map(str::to_owned), agent: None }, measure, key).await
    };
    let by = async |agent: &str, repo: Option<&str>, measure: &str, key: &str| {
        let filter = CounterFilter { repo: repo.map(str::to_owned), agent: Some(agent.to_owned()) };
        of(filter, measure, key).await
    };
    assert_eq!(count(None, "event", "vote_cast").await, 2);
    assert_eq!(count(Some("shop"), "event", "vote_cast").await, 1);
    assert_eq!(count(Some("shop"), "voter", "approve.carol").await, 1);
    assert_eq!(count(None, "voter", "fast.carol").await, 2);
    assert_eq!(count(None, "agent", "approved.bot").await, 2);
    assert_eq!(count(None, "surface", "tray.approve").await, 2);
    assert_eq!(count(Some("nowhere"), "event", "vote_cast").await, 0);
    assert_eq!(by("bot", None, "event", "vote_cast").await, 2);
    assert_eq!(by("bot", Some("shop"), "event", "vote_cast").await, 1);
    assert_eq!(by("other", None, "event", "vote_cast").await, 0);
    assert_eq!(by("bot", Some("nowhere"), "event", "vote_cast").await, 0);
    let decided: u64 = {
        let all = store.counters((0, i64::MAX), &CounterFilter::default()).await.unwrap();
        all.iter().filter(|c| c.measure.as_str() == "decision" && c.day.is_some()).map(|c| c.count).sum()
    };
    assert_eq!(decided, 2);
    assert!(store.counters((0, 1), &CounterFilter::default()).await.unwrap().is_empty(), "another day");
}
