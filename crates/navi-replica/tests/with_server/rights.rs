//! Standing rights: a vote given for whoever delegated, and a grant taken back without a connection.

use navi_domain::people::Role;
use navi_domain::vote::VoteScope;
use navi_domain::vote::{GrantLimits, VoteVerdict::Approve};
use navi_replica::{DecideRefusal, Draft, OutboxState, Replica};

use crate::server::{Desk, TestServer};
use crate::{draft, knows, outbox_is, until};

fn revoke_is(id: &str, state: OutboxState) -> impl Fn(&Replica) -> bool {
    let id = id.to_owned();
    move |r| r.grant_revoke(&id).unwrap().is_some_and(|order| order.state == state)
}

fn stands_for(replica: &Replica, from: &str) -> bool {
    replica.delegations().unwrap().unwrap_or_default().iter().any(|d| d.from == from && d.in_force)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delegates_vote_is_cast_for_who_delegated_also_offline() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let bob = Desk::enrolled(&server, "bob", Role::Approver).await;
    ana.connect();
    until(&ana.replica, "the request", knows(&id)).await;
    let wish = Draft { for_user: Some("bob".into()), ..draft(&ana, &id, Approve) };
    let early = ana.replica.decide(&wish, &ana.vote_key);
    assert!(matches!(early, Err(DecideRefusal::NotDelegated(_))), "{early:?}");
    server.delegate(&bob.client, "ana").await;
    until(&ana.replica, "the delegation", |r| stands_for(r, "bob")).await;
    let theirs = Draft { for_user: Some("dana".into()), ..wish.clone() };
    let own = ana.replica.decide(&theirs, &ana.vote_key);
    assert!(
        matches!(own, Err(DecideRefusal::OwnRequest)),
        "a requester's place is nobody's to fill: {own:?}"
    );

    ana.disconnect().await;
    let vote = ana.replica.decide(&wish, &ana.vote_key).unwrap();
    assert_eq!(vote.for_user.as_deref(), Some("bob"));
    ana.reopen();
    assert_eq!(ana.replica.outbox_item(&vote.id).unwrap().unwrap().for_user.as_deref(), Some("bob"));
    ana.connect();
    until(&ana.replica, "the vote", outbox_is(&vote.id, OutboxState::Recorded)).await;
    let counted = ana.replica.approval(&id).unwrap().unwrap().approval.votes;
    assert_eq!((counted[0].user.as_str(), counted[0].for_user.as_deref()), ("ana", Some("bob")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delegation_that_ended_meanwhile_lets_no_offline_vote_count() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let bob = Desk::enrolled(&server, "bob", Role::Approver).await;
    let delegation = server.delegate(&bob.client, "ana").await;
    ana.connect();
    until(&ana.replica, "both", |r| knows(&id)(r) && stands_for(r, "bob")).await;
    ana.disconnect().await;
    let wish = Draft { for_user: Some("bob".into()), ..draft(&ana, &id, Approve) };
    let vote = ana.replica.decide(&wish, &ana.vote_key).unwrap();
    server.end_delegation(&bob.client, &delegation).await;
    ana.connect();
    until(&ana.replica, "the refusal", outbox_is(&vote.id, OutboxState::NeedsYou)).await;
    let refused = ana.replica.outbox_item(&vote.id).unwrap().unwrap();
    assert_eq!(refused.code.as_deref(), Some("not_delegated"));
    assert_eq!(ana.replica.approval(&id).unwrap().unwrap().approval.status, "pending");
}

/// A desk that gave a grant and knows it; the grant's id.
async fn with_grant(server: &TestServer) -> (Desk, String) {
    let id = server.ask_medium("s1").await;
    let mut ana = Desk::enrolled(server, "ana", Role::Approver).await;
    ana.connect();
    until(&ana.replica, "the request", knows(&id)).await;
    let scope = VoteScope::SameAction(GrantLimits { minutes: 30, uses: 5 });
    let vote = ana.replica.decide(&Draft { scope, ..draft(&ana, &id, Approve) }, &ana.vote_key).unwrap();
    until(&ana.replica, "the vote", outbox_is(&vote.id, OutboxState::Recorded)).await;
    until(&ana.replica, "the grant", |r| r.grants().unwrap().is_some_and(|g| g.len() == 1)).await;
    let grant = ana.replica.grants().unwrap().unwrap().remove(0);
    assert!(grant.live);
    (ana, grant.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_taken_back_offline_survives_a_restart_and_goes_before_the_vote_that_was_signed_earlier() {
    let server = TestServer::start().await;
    let (mut ana, grant) = with_grant(&server).await;
    let id = server.ask_as("dana", "s2").await;
    until(&ana.replica, "another request", knows(&id)).await;
    ana.disconnect().await;
    let vote = ana.replica.decide(&draft(&ana, &id, Approve), &ana.vote_key).unwrap();
    let order = ana.replica.revoke_grant(&grant).unwrap();
    assert_eq!(order.state, OutboxState::Unsent);
    assert!(!order.covers.is_empty());
    assert!(ana.replica.grants().unwrap().unwrap()[0].live, "it is in force until the server has it");
    assert_eq!(ana.replica.revoke_grant(&grant).unwrap(), order, "twice is once");
    ana.reopen();
    assert_eq!(ana.replica.watch().borrow().unsent_revokes, 1);
    ana.connect();
    until(&ana.replica, "the vote", outbox_is(&vote.id, OutboxState::Recorded)).await;
    until(&ana.replica, "the taking back", revoke_is(&grant, OutboxState::Recorded)).await;
    until(&ana.replica, "the list", |r| r.grants().unwrap().is_some_and(|g| g.is_empty())).await;
    assert_eq!(server.kinds("grant_revoked").await, 1);
    assert!(server.index("grant_revoked").await < server.last("vote_cast").await, "it was first");
    assert_eq!(ana.replica.watch().borrow().unsent_revokes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_somebody_else_took_back_meanwhile_is_taken_back() {
    let server = TestServer::start().await;
    let (mut ana, grant) = with_grant(&server).await;
    let bob = Desk::enrolled(&server, "bob", Role::Approver).await;
    ana.disconnect().await;
    ana.replica.revoke_grant(&grant).unwrap();
    bob.client.revoke_grant(&grant).await.unwrap();
    ana.connect();
    until(&ana.replica, "the taking back", revoke_is(&grant, OutboxState::Recorded)).await;
    assert_eq!(server.kinds("grant_revoked").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_can_be_withdrawn_while_it_is_unsent_and_what_is_refused_needs_the_person() {
    let server = TestServer::start().await;
    let (mut ana, grant) = with_grant(&server).await;
    ana.disconnect().await;
    ana.replica.revoke_grant(&grant).unwrap();
    assert!(ana.replica.withdraw_revoke(&grant).unwrap());
    assert!(ana.replica.grant_revokes().unwrap().is_empty());
    ana.replica.revoke_grant("no-such-grant").unwrap();
    ana.connect();
    until(&ana.replica, "the refusal", revoke_is("no-such-grant", OutboxState::NeedsYou)).await;
    let refused = ana.replica.grant_revoke("no-such-grant").unwrap().unwrap();
    assert_eq!(refused.code.as_deref(), Some("not_found"));
    assert_eq!(server.kinds("grant_revoked").await, 0, "the first was withdrawn");
    assert!(ana.replica.dismiss_revoke("no-such-grant").unwrap());
    assert!(ana.replica.grant_revokes().unwrap().is_empty());
}
