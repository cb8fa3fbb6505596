//! Many at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use navi_domain::event::EventKind;
use navi_domain::permit::{PermitStatus, Redeem};
use tokio::task::JoinSet;

use super::history::assert_whole;
use super::{commit, sample};
use crate::change::{Change, Key, Outcome, Record};
use crate::{Store, StoreError};

/// Invariant 4: the permit is consumed atomically.
pub async fn of_sixty_four_redeemers_one_runs(store: Arc<dyn Store>) {
    let decision = sample::decision("d1", "shop", store.now());
    let permit = sample::permit(&decision, None);
    let issue = Change::default()
        .put(Record::Decision(decision))
        .put(Record::Permit(permit))
        .event(sample::event(EventKind::PermitIssued, "p-d1", &[]));
    commit(&*store, issue).await;
    let permit = store.permit("p-d1").await.unwrap().unwrap();

    let mut racers = JoinSet::new();
    for n in 0..64 {
        let (store, permit) = (Arc::clone(&store), permit.clone());
        racers.spawn(async move {
            let (nonce, id) = (format!("nonce{n}"), format!("x{n}"));
            let redeemed = permit.redeem(&permit.digest, &permit.target_state, &nonce, &id, permit.issued_at);
            let Ok(Redeem::Start(redeemed)) = redeemed else { panic!("the permit is good") };
            let mut execution = sample::execution(&permit, "shop");
            execution.id.clone_from(&id);
            let change = Change::default()
                .put(Record::Permit(*redeemed))
                .put(Record::Execution(execution))
                .event(sample::event(EventKind::ExecutionStarted, &id, &[("permit_id", "p-d1")]));
            (id, store.commit(change).await.unwrap())
        });
    }
    let outcomes = racers.join_all().await;
    let winners: Vec<_> = outcomes.iter().filter(|(_, o)| matches!(o, Outcome::Committed { .. })).collect();
    let lost = Outcome::Conflict(Key::Permit("p-d1".into()));
    assert_eq!(winners.len(), 1);
    assert_eq!(outcomes.iter().filter(|(_, o)| *o == lost).count(), 63);
    let permit = store.permit("p-d1").await.unwrap().unwrap();
    assert_eq!((permit.status, permit.execution_id.as_ref()), (PermitStatus::Redeemed, Some(&winners[0].0)));
    for (id, outcome) in &outcomes {
        let ran = store.execution(id).await.unwrap().is_some();
        assert_eq!(ran, matches!(outcome, Outcome::Committed { .. }), "{id}");
    }
    assert_eq!(store.head().await.unwrap().size, 3);
    assert_whole(&*store).await;
}

/// Group commit: a thousand callers, contiguous indices, one true root, and the watcher learns of the last.
pub async fn concurrent_changes_share_batches_and_stay_in_order(store: Arc<dyn Store>) {
    let mut head = store.watch_head();
    let mut callers = JoinSet::new();
    for n in 0..1000 {
        let store = Arc::clone(&store);
        callers.spawn(async move {
            let id = format!("t{n}");
            let change = Change::default()
                .put(Record::Token(sample::token(&id)))
                .event(sample::event(EventKind::TokenCreated, &id, &[]))
                .event(sample::event(EventKind::TokenRevoked, &id, &[]));
            (id, commit(&*store, change).await)
        });
    }
    let placed = callers.join_all().await;
    let firsts: BTreeSet<u64> = placed.iter().map(|(_, first)| *first).collect();
    assert_eq!(firsts, (0..1000).map(|n| 1 + 2 * n).collect());
    head.wait_for(|size| *size == 2001).await.unwrap();
    assert_whole(&*store).await;
    let entries = store.entries(0, 3000).await.unwrap();
    for (id, first) in placed {
        let about = String::from_utf8(entries[usize::try_from(first).unwrap()].leaf.clone()).unwrap();
        assert!(about.contains(&format!("\"subject\":\"{id}\"")), "{id} at {first}");
    }
}

/// A change that the database refuses takes none of its batch with it.
pub async fn a_poisoned_change_fails_alone(store: Arc<dyn Store>) {
    let mut callers = JoinSet::new();
    for n in 0..40 {
        let store = Arc::clone(&store);
        callers.spawn(async move {
            let id = format!("d{n}");
            let decision = sample::decision(&id, "shop", store.now());
            let approval = sample::approval(&decision, navi_domain::risk::Level::Low);
            // Every tenth asks for an approval of a decision that does not exist.
            let change = Change::default().put(Record::Approval(approval));
            let change = if n % 10 == 3 { change } else { change.put(Record::Decision(decision)) };
            let asked = sample::event(EventKind::ApprovalRequested, &id, &[]);
            (n, store.commit(change.event(asked)).await)
        });
    }
    for (n, outcome) in callers.join_all().await {
        match outcome {
            Ok(Outcome::Committed { .. }) => assert_ne!(n % 10, 3),
            Err(StoreError::Database { maybe_persisted: false, .. }) => assert_eq!(n % 10, 3),
            other => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(store.head().await.unwrap().size, 37);
    assert_whole(&*store).await;
}

/// After `close` nothing is taken, everything is readable.
pub async fn a_closed_store_refuses(store: Arc<dyn Store>) {
    let change = || Change::default().event(sample::event(EventKind::Exported, "all", &[]));
    let taken = store.commit(change());
    let size = if taken.await.is_ok() { 2 } else { 1 };
    store.close().await;
    assert!(matches!(store.commit(change()).await, Err(StoreError::Closed)));
    assert_eq!(store.head().await.unwrap().size, size);
    store.ping().await.unwrap();
}
