//! Where the ledger legitimately changes its name or key, a console follows; where something is lost, it stops.

use navi_domain::people::Role;
use navi_domain::vote::VoteVerdict;
use navi_replica::{DecideRefusal, Integrity, OutboxState, Replica, ReplicaEvent};
use tokio::sync::broadcast::Receiver;

use super::server::{Desk, TestServer};
use super::{draft, knows, outbox_is, until};

const NEXT: &str = "navi-governance/acme/next";

fn broken(replica: &Replica) -> bool {
    matches!(replica.watch().borrow().integrity, Integrity::Broken { .. })
}

fn seen(replica: &Replica) -> u64 {
    replica.checkpoint().unwrap().map_or(0, |note| note.lines().nth(1).unwrap().parse().unwrap())
}

fn told(events: &mut Receiver<ReplicaEvent>) -> Vec<String> {
    let mut words = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let ReplicaEvent::LedgerFollowed(said) = event {
            words.push(said);
        }
    }
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_origin_that_kept_what_a_console_saw_is_followed() {
    let mut server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let before = server.ask_medium("s1").await;
    ana.connect();
    until(&ana.replica, "a checkpoint", |r| seen(r) > 4 && knows(&before)(r)).await;
    ana.disconnect().await;
    // More happened after what the console saw: a proof must lead from there to the end.
    server.grow(20).await;
    let size = server.size().await;
    assert!(seen(&ana.replica) < size);
    let mut events = ana.replica.subscribe();
    server.begin_origin(server.backup(), NEXT).await;
    ana.connect();
    until(&ana.replica, "the new origin", |r| r.identity().unwrap().unwrap().origin == NEXT).await;
    until(
        &ana.replica,
        "its checkpoint",
        |r| matches!(r.watch().borrow().integrity, Integrity::Consistent { size, .. } if size > 0),
    )
    .await;
    assert_eq!(told(&mut events), ["Closed. Reason: a test"]);
    assert!(ana.replica.evidence().unwrap().is_empty());
    let id = server.ask_medium("s2").await;
    until(&ana.replica, "a request", knows(&id)).await;
    let vote = ana.replica.decide(&draft(&ana, &id, VoteVerdict::Approve), &ana.vote_key).unwrap();
    until(&ana.replica, "the vote under the new origin", outbox_is(&vote.id, OutboxState::Recorded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_origin_that_lost_what_a_console_saw_stops_it() {
    let mut server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let before = server.ask_medium("s1").await;
    let old = server.backup();
    let kept = server.size().await;
    server.grow(5).await;
    ana.connect();
    until(&ana.replica, "what came after the backup", |r| seen(r) > kept && knows(&before)(r)).await;
    ana.disconnect().await;
    let note = ana.replica.checkpoint().unwrap();
    server.begin_origin(old, NEXT).await;
    ana.connect();
    until(&ana.replica, "the loss", broken).await;
    let Integrity::Broken { message } = ana.replica.watch().borrow().integrity.clone() else {
        panic!("not broken")
    };
    assert!(message.contains("entries are lost"), "{message}");
    let approve = ana.replica.decide(&draft(&ana, &before, VoteVerdict::Approve), &ana.vote_key);
    assert!(matches!(approve, Err(DecideRefusal::IntegrityBroken)), "{approve:?}");
    assert_eq!(ana.replica.checkpoint().unwrap(), note, "what was seen is not forgotten");
    assert_eq!(ana.replica.evidence().unwrap().len(), 1);
    assert_ne!(ana.replica.identity().unwrap().unwrap().origin, NEXT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_followed_only_if_the_pinned_one_handed_over() {
    let mut server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let id = server.ask_medium("s1").await;
    ana.connect();
    until(&ana.replica, "a checkpoint", |r| seen(r) > 4 && knows(&id)(r)).await;
    ana.disconnect().await;
    // Away while the key changed twice.
    let mut events = ana.replica.subscribe();
    server.rotate_key([11; 32], true).await;
    server.grow(3).await;
    server.rotate_key([12; 32], true).await;
    server.grow(3).await;
    let size = server.size().await;
    ana.connect();
    until(&ana.replica, "what the newest key signed", |r| seen(r) >= size).await;
    assert!(!broken(&ana.replica));
    assert_eq!(told(&mut events).len(), 2);
    ana.disconnect().await;

    server.rotate_key([13; 32], false).await;
    server.grow(3).await;
    ana.connect();
    until(&ana.replica, "a key that nobody handed over to", broken).await;
}
