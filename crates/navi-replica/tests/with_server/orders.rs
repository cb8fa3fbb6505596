//! Stops ordered from a console: durable before anybody is told, sent before any vote, once, and taken back while unsent.

use navi_domain::people::Role;
use navi_domain::vote::VoteVerdict;
use navi_protocol::freeze::FreezeRequest;
use navi_replica::{OutboxState, Replica, ReplicaEvent};

use crate::server::{Desk, TestServer};
use crate::{draft, knows, outbox_is, until};

fn everything() -> FreezeRequest {
    FreezeRequest { scope: "everything".into(), name: None, reason: "odd requests".into() }
}

fn order_is(id: &str, state: OutboxState) -> impl Fn(&Replica) -> bool {
    let id = id.to_owned();
    move |r| r.freeze_order(&id).unwrap().is_some_and(|order| order.state == state)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ordered_offline_survives_a_restart_and_goes_before_the_vote_that_was_signed_earlier() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s1").await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    ana.connect();
    until(&ana.replica, "the snapshot", knows(&id)).await;
    ana.disconnect().await;
    let vote = ana.replica.decide(&draft(&ana, &id, VoteVerdict::Reject), &ana.vote_key).unwrap();
    let order = ana.replica.order_freeze(&everything()).unwrap();
    assert_eq!(order.state, OutboxState::Unsent);
    assert!(ana.replica.freezes().unwrap().freezes.is_empty(), "nothing is stopped yet, and nothing says so");

    ana.reopen();
    assert_eq!(ana.replica.watch().borrow().unsent_stops, 1, "it survives a restart");
    ana.connect();
    until(&ana.replica, "the vote", outbox_is(&vote.id, OutboxState::Recorded)).await;
    let done = ana.replica.freeze_order(&order.id).unwrap().unwrap();
    assert_eq!(done.state, OutboxState::Recorded);
    until(&ana.replica, "the pause", |r| r.watch().borrow().frozen == 1).await;
    assert_eq!(ana.replica.freezes().unwrap().freezes[0].id, done.freeze_id.unwrap());
    assert_eq!(ana.replica.watch().borrow().unsent_stops, 0);
    let order_of = async |kind: &str| server.index(kind).await;
    assert!(order_of("freeze_begun").await < order_of("vote_cast").await, "the stop was first");
    until(&ana.replica, "its time stands still", |r| {
        r.approval(&id).unwrap().is_some_and(|item| item.approval.paused_since.is_some())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shows_a_stop_hears_that_it_could_not_be_sent() {
    let mut server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    server.stop();
    ana.connect();
    let mut events = ana.replica.subscribe();
    let order = ana.replica.order_freeze(&everything()).unwrap();
    // Kept, on its way, and back: what is shown after the third word is what it is.
    let mut shown = Vec::new();
    while shown.len() < 3 || shown.last() != Some(&OutboxState::Unsent) {
        let heard = tokio::time::timeout(std::time::Duration::from_secs(30), events.recv()).await;
        let heard = heard.unwrap_or_else(|_| panic!("still shown: {shown:?}")).unwrap();
        if matches!(heard, ReplicaEvent::EmergencyChanged) {
            shown.push(ana.replica.freeze_order(&order.id).unwrap().unwrap().state);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsent_stop_can_be_taken_back_and_then_never_happens() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let order = ana.replica.order_freeze(&everything()).unwrap();
    assert!(ana.replica.withdraw_order(&order.id).unwrap());
    assert!(!ana.replica.withdraw_order(&order.id).unwrap());
    let second = ana.replica.order_freeze(&everything()).unwrap();
    ana.connect();
    until(&ana.replica, "the second", order_is(&second.id, OutboxState::Recorded)).await;
    assert!(!ana.replica.withdraw_order(&second.id).unwrap(), "what is in force is lifted, not taken back");
    assert_eq!(server.kinds("freeze_begun").await, 1);
    assert_eq!(ana.replica.freeze_orders().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_whose_answer_was_lost_is_sent_again_and_is_one_stop() {
    let mut server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    ana.connect();
    let order = ana.replica.order_freeze(&everything()).unwrap();
    until(&ana.replica, "the answer", order_is(&order.id, OutboxState::Recorded)).await;
    ana.disconnect().await;
    server.stop();
    // As after a crash between the server's commit and our note of its answer.
    ana.unlearn_order(&order.id);
    ana.reopen();
    assert_eq!(ana.replica.watch().borrow().unsent_stops, 1);
    server.restart();
    ana.connect();
    until(&ana.replica, "the same answer", order_is(&order.id, OutboxState::Recorded)).await;
    assert_eq!(server.kinds("freeze_begun").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_stop_tells_why_until_the_person_has_seen_it() {
    let server = TestServer::start().await;
    let mut dana = Desk::enrolled(&server, "dana", Role::Developer).await;
    let mut events = dana.replica.subscribe();
    let order = dana.replica.order_freeze(&everything()).unwrap();
    dana.connect();
    until(&dana.replica, "a refusal", order_is(&order.id, OutboxState::NeedsYou)).await;
    let refused = dana.replica.freeze_order(&order.id).unwrap().unwrap();
    assert_eq!(refused.code.as_deref(), Some("forbidden"));
    assert!(refused.message.is_some_and(|why| !why.is_empty()));
    assert!(matches!(events.recv().await, Ok(ReplicaEvent::EmergencyChanged)));
    assert!(dana.replica.dismiss_order(&order.id).unwrap());
    assert!(dana.replica.freeze_orders().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_stop_and_lift_is_known_here_also_offline() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let mut bob = Desk::enrolled(&server, "bob", Role::Approver).await;
    ana.connect();
    until(&ana.replica, "online", |r| r.watch().borrow().online).await;
    let order = bob.replica.order_freeze(&everything()).unwrap();
    bob.connect();
    until(&bob.replica, "in force", order_is(&order.id, OutboxState::Recorded)).await;
    until(&ana.replica, "ana hears of it", |r| r.watch().borrow().frozen == 1).await;
    ana.disconnect().await;
    ana.reopen();
    assert_eq!(ana.replica.watch().borrow().frozen, 1, "and remembers it");
    let kept = ana.replica.freezes().unwrap();
    assert_eq!((kept.freezes[0].by.as_str(), kept.at > 0), ("bob", true));
    server.lift(&kept.freezes[0].id).await;
    ana.connect();
    until(&ana.replica, "lifted", |r| r.watch().borrow().frozen == 0).await;
}
