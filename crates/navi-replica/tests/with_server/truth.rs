//! What becomes of a vote signed offline, case by case (the truth table), against a real server.

mod several;
mod trust;

use navi_domain::people::Role;
use navi_domain::vote::VoteVerdict::{self, Approve, Reject};
use navi_replica::{DecideRefusal, OutboxItem, OutboxState};

use crate::server::{Desk, TestServer};
use crate::{draft, knows, outbox_is, until};

/// A desk that knows a request of medium risk and is offline.
async fn offline(server: &TestServer, user: &str, id: &str) -> Desk {
    let mut desk = Desk::enrolled(server, user, Role::Approver).await;
    desk.connect();
    until(&desk.replica, "the snapshot", knows(id)).await;
    desk.disconnect().await;
    desk
}

fn sign(desk: &Desk, id: &str, verdict: VoteVerdict) -> OutboxItem {
    desk.replica.decide(&draft(desk, id, verdict), &desk.vote_key).unwrap()
}

/// Connects, and waits until the vote is recorded.
async fn recorded(desk: &mut Desk, vote: &OutboxItem) -> OutboxItem {
    arrived(desk, vote, OutboxState::Recorded).await
}

/// Connects, and waits until the vote needs its person; why.
async fn refused(desk: &mut Desk, vote: &OutboxItem) -> String {
    let item = arrived(desk, vote, OutboxState::NeedsYou).await;
    assert!(item.message.is_some_and(|words| !words.is_empty()), "the person is told why");
    assert_eq!(desk.replica.watch().borrow().needs_you, 1);
    item.code.unwrap()
}

async fn arrived(desk: &mut Desk, vote: &OutboxItem, state: OutboxState) -> OutboxItem {
    desk.connect();
    until(&desk.replica, "the outcome", outbox_is(&vote.id, state)).await;
    desk.replica.outbox_item(&vote.id).unwrap().unwrap()
}

/// Waits until the copy shows a request in a state.
async fn becomes(desk: &Desk, id: &str, state: &str) {
    until(&desk.replica, state, |r| r.approval(id).unwrap().is_some_and(|i| i.approval.status == state))
        .await;
}

fn status(desk: &Desk, id: &str) -> String {
    desk.replica.approval(id).unwrap().unwrap().approval.status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_valid_decision_wins_and_the_same_verdict_later_has_no_effect() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let (mut ana, mut bob) = (offline(&server, "ana", &id).await, offline(&server, "bob", &id).await);
    let (first, second) = (sign(&ana, &id, Approve), sign(&bob, &id, Approve));
    assert_eq!(status(&ana, &id), "pending", "signed here is not in effect");
    assert!(recorded(&mut ana, &first).await.ledger_index.is_some());
    assert_eq!(refused(&mut bob, &second).await, "already_decided");
    becomes(&bob, &id, "approved").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reject_that_arrives_after_the_approve_and_before_the_run_stops_it() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let (mut ana, mut bob) = (offline(&server, "ana", &id).await, offline(&server, "bob", &id).await);
    let (yes, no) = (sign(&ana, &id, Approve), sign(&bob, &id, Reject));
    recorded(&mut ana, &yes).await;
    bob.connect();
    until(&bob.replica, "an outcome", |r| {
        let item = r.outbox_item(&no.id).unwrap().unwrap();
        matches!(item.state, OutboxState::Recorded | OutboxState::NeedsYou)
    })
    .await;
    assert_eq!(server.kinds("permit_revoked").await, 1, "the permit is taken back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_withdrawn_meanwhile_takes_no_vote() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    let vote = sign(&ana, &id, Approve);
    server.cancel("dana", &id).await;
    assert_eq!(refused(&mut ana, &vote).await, "cancelled");
    becomes(&ana, &id, "cancelled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_expired_before_the_vote_arrived_stays_expired() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    let vote = sign(&ana, &id, Approve);
    server.run_out(&id).await;
    assert_eq!(refused(&mut ana, &vote).await, "expired");
    becomes(&ana, &id, "expired").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stricter_policy_meanwhile_does_not_let_the_old_vote_count() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    let vote = sign(&ana, &id, Approve);
    server.block("dana", "code_edit").await;
    let code = refused(&mut ana, &vote).await;
    assert!(["superseded", "policy_changed"].contains(&code.as_str()), "{code}");
    assert_ne!(status(&ana, &id), "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_revoked_meanwhile_delivers_nothing_and_keeps_its_vote() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    let vote = sign(&ana, &id, Approve);
    server.revoke(&ana.replica.identity().unwrap().unwrap().device.id).await;
    ana.connect();
    until(&ana.replica, "signed out", |r| r.watch().borrow().signed_out).await;
    assert_ne!(ana.replica.outbox_item(&vote.id).unwrap().unwrap().state, OutboxState::Recorded);
    assert_eq!(server.kinds("vote_cast").await, 0);
    let again = ana.replica.decide(&draft(&ana, &id, Reject), &ana.vote_key);
    assert!(matches!(again, Err(DecideRefusal::SignedOut)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_sent_twice_counts_once_and_answers_the_same() {
    let mut server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    let vote = sign(&ana, &id, Approve);
    let first = recorded(&mut ana, &vote).await;
    let before = server.size().await;
    ana.disconnect().await;
    server.stop();
    // As after a crash between the server's commit and our note of its answer.
    ana.unlearn(&vote.id);
    ana.reopen();
    assert_eq!(ana.replica.watch().borrow().unsent, 1);
    server.restart();
    let again = recorded(&mut ana, &vote).await;
    assert_eq!((again.ledger_index, server.size().await), (first.ledger_index, before));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_holds_back_nobody_and_a_resync_loses_no_vote() {
    let mut server = TestServer::start().await;
    let (gone, open) = (server.ask_medium("s1").await, server.ask_medium("s2").await);
    let mut ana = offline(&server, "ana", &open).await;
    let (first, second) = (sign(&ana, &gone, Approve), sign(&ana, &open, Approve));
    server.cancel("dana", &gone).await;
    // Another epoch: the cursor of the copy means nothing here, and the server says so with 410.
    server.stop();
    ana.set_epoch("another");
    ana.reopen();
    server.restart();
    assert_eq!(refused(&mut ana, &first).await, "cancelled");
    until(&ana.replica, "the second", outbox_is(&second.id, OutboxState::Recorded)).await;
    until(&ana.replica, "the queue", |r| {
        r.approval(&open).unwrap().is_some_and(|i| i.approval.status == "approved")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_copy_is_rebuilt_from_the_server_and_its_votes_still_count() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    let vote = sign(&ana, &id, Approve);
    let rescue = ana.rebuild();
    assert_eq!(rescue.votes, Some(1));
    assert!(rescue.set_aside.exists());
    assert!(ana.replica.approval(&id).unwrap().is_none(), "the queue is the server's to tell");
    recorded(&mut ana, &vote).await;
    until(&ana.replica, "the queue again", |r| {
        r.approval(&id).unwrap().is_some_and(|i| i.approval.status == "approved")
    })
    .await;
}
