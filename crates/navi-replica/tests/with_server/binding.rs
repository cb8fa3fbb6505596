//! A vote is bound to what was shown: to its content and to the policy that decided it, against a real server.

use navi_domain::people::Role;
use navi_domain::vote::VoteVerdict::{Approve, Reject};
use navi_replica::{DecideRefusal, OutboxState};

use crate::server::{Desk, TestServer};
use crate::{draft, knows, outbox_is, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_approve_of_what_was_shown_under_another_policy_is_not_signed() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let mut bob = Desk::enrolled(&server, "bob", Role::Approver).await;
    for desk in [&mut ana, &mut bob] {
        desk.connect();
        until(&desk.replica, "the request", knows(&id)).await;
    }
    let shown = draft(&ana, &id, Approve);
    // The server decides it again when the first vote under the old policy arrives; it stays pending.
    server.block("dana", "deployment").await;
    let late = bob.replica.decide(&draft(&bob, &id, Approve), &bob.vote_key).unwrap();
    until(&bob.replica, "its refusal", outbox_is(&late.id, OutboxState::NeedsYou)).await;
    assert_eq!(bob.replica.outbox_item(&late.id).unwrap().unwrap().code.as_deref(), Some("policy_changed"));
    until(&ana.replica, "the new policy", |r| {
        r.approval(&id).unwrap().unwrap().approval.policy_hash != shown.policy_hash
    })
    .await;

    let stale = ana.replica.decide(&shown, &ana.vote_key).unwrap_err();
    assert!(matches!(stale, DecideRefusal::PolicyChanged), "{stale:?}");
    assert_eq!(stale.code(), "policy_changed");
    assert!(ana.replica.outbox().unwrap().is_empty(), "nothing was signed");
    let vote = ana.replica.decide(&draft(&ana, &id, Approve), &ana.vote_key).unwrap();
    until(&ana.replica, "the vote on what is shown now", outbox_is(&vote.id, OutboxState::Recorded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reject_of_what_was_shown_under_another_policy_still_stops_it() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    ana.connect();
    until(&ana.replica, "the request", knows(&id)).await;
    let shown = draft(&ana, &id, Reject);
    server.block("dana", "deployment").await;
    let vote = ana.replica.decide(&shown, &ana.vote_key).unwrap();
    until(&ana.replica, "the reject", outbox_is(&vote.id, OutboxState::Recorded)).await;
}
