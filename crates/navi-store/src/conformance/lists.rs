//! Lists: pages, filters, counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use navi_domain::approval::ApprovalStatus;
use navi_domain::event::EventKind;
use navi_domain::risk::Level;

use super::{commit, sample};
use crate::change::{Change, Record};
use crate::read::{ApprovalFilter, ApprovalRow};
use crate::{Store, StoreError};

fn ids(rows: &[ApprovalRow]) -> Vec<String> {
    rows.iter().map(|r| r.decision.id.clone()).collect()
}

/// A cursor stays where it was: rows that arrive meanwhile neither repeat nor hide any.
pub async fn pages_hold_every_approval_once_while_new_ones_arrive(store: Arc<dyn Store>) {
    let at = store.now();
    for n in 0..7 {
        commit(&*store, sample::request(&format!("d{n}"), "shop", Level::Low, at)).await;
    }
    let mut filter = ApprovalFilter { limit: 3, ..ApprovalFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = store.approvals(&filter).await.unwrap();
        seen.extend(ids(&page.items));
        commit(&*store, sample::request(&format!("late{}", seen.len()), "shop", Level::Low, at)).await;
        let Some(next) = page.next else { break };
        filter.cursor = Some(next);
    }
    assert_eq!(seen, ["d6", "d5", "d4", "d3", "d2", "d1", "d0"]);
}

/// A list with a filter holds exactly what is counted.
pub async fn filters_and_counts_agree(store: Arc<dyn Store>) {
    let at = store.now();
    for (id, repo, level) in [
        ("d1", "shop", Level::Low),
        ("d2", "blog", Level::High),
        ("d3", "shop", Level::High),
        ("d4", "shop", Level::Low),
    ] {
        commit(&*store, sample::request(id, repo, level, at)).await;
    }
    let ended = store.approval("a-d4").await.unwrap().unwrap().cancel(at).unwrap();
    let cancelled = sample::event(EventKind::ApprovalCancelled, "a-d4", &[]);
    commit(&*store, Change::default().put(Record::Approval(ended)).event(cancelled)).await;

    let any = ApprovalFilter { limit: 100, ..ApprovalFilter::default() };
    let cases = [
        (any.clone(), vec!["d4", "d3", "d2", "d1"]),
        (ApprovalFilter { status: vec![ApprovalStatus::Pending], ..any.clone() }, vec!["d3", "d2", "d1"]),
        (
            ApprovalFilter {
                status: vec![ApprovalStatus::Cancelled, ApprovalStatus::Expired],
                ..any.clone()
            },
            vec!["d4"],
        ),
        (ApprovalFilter { level: vec![Level::High], ..any.clone() }, vec!["d3", "d2"]),
        (ApprovalFilter { repo: Some("blog".into()), ..any.clone() }, vec!["d2"]),
        (
            ApprovalFilter { requester: Some("alice".into()), level: vec![Level::Low], ..any.clone() },
            vec!["d4", "d1"],
        ),
        (ApprovalFilter { requester: Some("bob".into()), ..any.clone() }, vec![]),
        (
            ApprovalFilter {
                action_type: Some("command_run".into()),
                repo: Some("shop".into()),
                ..any.clone()
            },
            vec!["d4", "d3", "d1"],
        ),
        (ApprovalFilter { action_type: Some("deploy".into()), ..any.clone() }, vec![]),
    ];
    for (filter, expected) in cases {
        let page = store.approvals(&filter).await.unwrap();
        assert_eq!(
            (ids(&page.items), page.next),
            (expected.iter().map(|s| (*s).to_owned()).collect(), None),
            "{filter:?}"
        );
    }
    for requester in [None, Some("alice")] {
        let counts = store.approval_counts(requester).await.unwrap();
        assert_eq!(counts.by_status, BTreeMap::from([("pending", 3), ("cancelled", 1)]));
        assert_eq!(counts.pending_by_level, BTreeMap::from([("low", 1), ("high", 2)]));
        assert_eq!(counts.oldest_pending_at, Some(at));
    }
    assert_eq!(store.approval_counts(Some("bob")).await.unwrap(), crate::StatusCounts::default());
}

/// What a resubmission supersedes: the same person, the same key, still pending.
pub async fn pending_ones_with_the_same_key_are_found(store: Arc<dyn Store>) {
    let at = store.now();
    for (id, repo) in [("d1", "shop"), ("d2", "shop"), ("d3", "blog")] {
        commit(&*store, sample::request(id, repo, Level::Low, at)).await;
    }
    let like = store.pending_like("alice", "key:shop").await.unwrap();
    assert_eq!(ids(&like), ["d1", "d2"]);
    let gone = like[0].approval.supersede("a-d2", at).unwrap();
    let superseded = sample::event(EventKind::ApprovalSuperseded, "a-d1", &[]);
    commit(&*store, Change::default().put(Record::Approval(gone)).event(superseded)).await;
    assert_eq!(ids(&store.pending_like("alice", "key:shop").await.unwrap()), ["d2"]);
    assert_eq!(store.pending_like("bob", "key:shop").await.unwrap(), vec![]);
}

/// A cursor that no page gave.
pub async fn a_senseless_cursor_is_refused(store: Arc<dyn Store>) {
    let filter = ApprovalFilter { cursor: Some("x'".into()), limit: 1, ..ApprovalFilter::default() };
    assert!(matches!(store.approvals(&filter).await, Err(StoreError::Cursor(_))));
    let filter =
        crate::AuditFilter { cursor: Some(String::new()), limit: 1, ..crate::AuditFilter::default() };
    assert!(matches!(store.audit(&filter).await, Err(StoreError::Cursor(_))));
}
