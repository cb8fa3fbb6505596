//! The replica against a real server over loopback: snapshot, stream, outbox, offline, conflicts, checkpoint memory.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod attend;
mod below;
mod binding;
mod follow;
mod orders;
mod rights;
mod server;
mod snooze;
mod truth;
mod window;
mod witness;

use std::time::Duration;

use navi_domain::people::Role;
use navi_domain::risk::Level;
use navi_domain::settings::OrgSettings;
use navi_domain::vote::{Surface, VoteScope, VoteVerdict};
use navi_ledger::checkpoint::{Checkpoint, Signer, Verifier};
use navi_replica::{DecideRefusal, Draft, Integrity, OutboxState, Replica, ReplicaEvent};
use server::{Desk, TestServer};

/// Waits for a condition on the replica.
async fn until(replica: &Replica, what: &str, condition: impl Fn(&Replica) -> bool) {
    let mut watch = replica.watch();
    let waiting = async {
        while !condition(replica) {
            let _ = tokio::time::timeout(Duration::from_millis(500), watch.changed()).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), waiting).await.is_ok(), "never: {what}");
}

fn draft(desk: &Desk, id: &str, verdict: VoteVerdict) -> Draft {
    let shown = desk.replica.approval(id).unwrap().unwrap().approval;
    Draft {
        approval_id: id.into(),
        digest: shown.digest,
        policy_hash: shown.policy_hash,
        verdict,
        scope: VoteScope::Once,
        reason: String::new(),
        surface: Surface::Window,
        for_user: None,
    }
}

fn knows(id: &str) -> impl Fn(&Replica) -> bool {
    let id = id.to_owned();
    move |r| r.approval(&id).unwrap().is_some_and(|i| i.approval.status == "pending")
}

fn outbox_is(id: &str, state: OutboxState) -> impl Fn(&Replica) -> bool {
    let id = id.to_owned();
    move |r| r.outbox_item(&id).unwrap().is_some_and(|i| i.state == state)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_arrives_is_approved_and_the_vote_is_recorded() {
    let server = TestServer::start().await;
    let mut desk = Desk::enrolled(&server, "ana", Role::Approver).await;
    let before = server.ask_medium("s1").await;
    let mut events = desk.replica.subscribe();
    desk.connect();
    until(&desk.replica, "the snapshot", knows(&before)).await;
    assert!(matches!(events.recv().await, Ok(ReplicaEvent::Bootstrapped { unannounced: 1 })));
    let id = server.ask_medium("s2").await;
    until(&desk.replica, "the new request", knows(&id)).await;
    // Others may come first: what was stopped, who is on call.
    let view = loop {
        if let ReplicaEvent::NewApproval(view) = events.recv().await.unwrap() {
            break view;
        }
    };
    assert_eq!(view.id, id);

    let item = desk.replica.decide(&draft(&desk, &id, VoteVerdict::Approve), &desk.vote_key).unwrap();
    assert_eq!(item.state, OutboxState::Unsent);
    until(&desk.replica, "the vote recorded", outbox_is(&item.id, OutboxState::Recorded)).await;
    until(&desk.replica, "the approval approved", |r| {
        r.approval(&id).unwrap().is_some_and(|i| i.approval.status == "approved")
    })
    .await;
    assert!(desk.replica.outbox_item(&item.id).unwrap().unwrap().ledger_index.is_some());
    assert!(!desk.replica.announce_once(&id, &view.digest).unwrap(), "a restart would announce it again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_signed_offline_is_sent_later_and_a_lost_race_needs_the_person() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let mut bob = Desk::enrolled(&server, "bob", Role::Approver).await;
    let (won, lost) = (server.ask_medium("s1").await, server.ask_medium("s2").await);
    for desk in [&mut ana, &mut bob] {
        desk.connect();
        until(&desk.replica, "the snapshot", knows(&lost)).await;
    }
    ana.disconnect().await;
    assert!(!ana.replica.watch().borrow().online);
    let mine = ana.replica.decide(&draft(&ana, &won, VoteVerdict::Approve), &ana.vote_key).unwrap();
    let late = ana.replica.decide(&draft(&ana, &lost, VoteVerdict::Approve), &ana.vote_key).unwrap();
    assert!(matches!(
        ana.replica.decide(&draft(&ana, &won, VoteVerdict::Reject), &ana.vote_key),
        Err(DecideRefusal::AlreadySigned)
    ));
    assert_eq!(ana.replica.watch().borrow().unsent, 2);
    let bobs = bob.replica.decide(&draft(&bob, &lost, VoteVerdict::Reject), &bob.vote_key).unwrap();
    until(&bob.replica, "bob's reject", outbox_is(&bobs.id, OutboxState::Recorded)).await;

    ana.reopen();
    assert_eq!(ana.replica.watch().borrow().unsent, 2, "signed votes survive a restart");
    ana.connect();
    until(&ana.replica, "the first vote", outbox_is(&mine.id, OutboxState::Recorded)).await;
    until(&ana.replica, "the second vote", outbox_is(&late.id, OutboxState::NeedsYou)).await;
    let refused = ana.replica.outbox_item(&late.id).unwrap().unwrap();
    assert_eq!(refused.code.as_deref(), Some("already_decided"));
    until(&ana.replica, "the count", |r| r.watch().borrow().needs_you == 1).await;
    assert!(ana.replica.dismiss(&late.id).unwrap());
    assert_eq!(ana.replica.watch().borrow().needs_you, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsent_vote_can_be_withdrawn() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let id = server.ask_medium("s1").await;
    ana.connect();
    until(&ana.replica, "the snapshot", knows(&id)).await;
    ana.disconnect().await;
    let item = ana.replica.decide(&draft(&ana, &id, VoteVerdict::Approve), &ana.vote_key).unwrap();
    assert!(ana.replica.withdraw(&item.id).unwrap());
    assert!(!ana.replica.withdraw(&item.id).unwrap());
    ana.connect();
    until(&ana.replica, "online", |r| r.watch().borrow().online).await;
    let second = ana.replica.decide(&draft(&ana, &id, VoteVerdict::Reject), &ana.vote_key).unwrap();
    until(&ana.replica, "the second vote", outbox_is(&second.id, OutboxState::Recorded)).await;
    assert_eq!(ana.replica.outbox_item(&item.id).unwrap().unwrap().state, OutboxState::Withdrawn);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_offline_truth_table_holds() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Admin).await;
    let (high, medium, own) =
        (server.ask_high().await, server.ask_medium("s1").await, server.ask_as("ana", "s2").await);
    ana.connect();
    until(&ana.replica, "the snapshot", knows(&own)).await;
    let approve = |id: &str| ana.replica.decide(&draft(&ana, id, VoteVerdict::Approve), &ana.vote_key);
    assert!(matches!(approve(&high), Err(DecideRefusal::StepUpRequired)));
    assert!(matches!(approve(&own), Err(DecideRefusal::OwnRequest)));
    let stale = Draft { digest: "00".into(), ..draft(&ana, &medium, VoteVerdict::Approve) };
    assert!(matches!(ana.replica.decide(&stale, &ana.vote_key), Err(DecideRefusal::Changed)));
    let other = Draft { policy_hash: "00".into(), ..draft(&ana, &medium, VoteVerdict::Approve) };
    assert!(matches!(ana.replica.decide(&other, &ana.vote_key), Err(DecideRefusal::PolicyChanged)));
    let unknown = Draft { approval_id: "nobody".into(), ..stale };
    assert!(matches!(ana.replica.decide(&unknown, &ana.vote_key), Err(DecideRefusal::Unknown)));
    ana.disconnect().await;
    let offline = ana.replica.decide(&draft(&ana, &high, VoteVerdict::Approve), &ana.step_up);
    assert!(matches!(offline, Err(DecideRefusal::NeedsConnection)));
    ana.replica.decide(&draft(&ana, &high, VoteVerdict::Reject), &ana.vote_key).unwrap();
    ana.replica.decide(&draft(&ana, &medium, VoteVerdict::Approve), &ana.vote_key).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approve_without_the_reason_that_is_wanted_is_not_signed_and_one_with_it_counts_later() {
    let server = TestServer::start().await;
    let wants = OrgSettings { approve_reason_from: Some(Level::Medium), ..OrgSettings::default() };
    server.settings(wants).await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let id = server.ask_medium("s1").await;
    ana.connect();
    until(&ana.replica, "the snapshot", knows(&id)).await;
    ana.disconnect().await;
    let silent = Draft { reason: " ".into(), ..draft(&ana, &id, VoteVerdict::Approve) };
    let refused = ana.replica.decide(&silent, &ana.vote_key).unwrap_err();
    assert_eq!(refused.code(), "reason_required");
    let said = Draft { reason: "reviewed".into(), ..silent };
    let item = ana.replica.decide(&said, &ana.vote_key).unwrap();
    ana.connect();
    until(&ana.replica, "the vote recorded", outbox_is(&item.id, OutboxState::Recorded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_is_followed_again() {
    let mut server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    ana.connect();
    until(&ana.replica, "online", |r| r.watch().borrow().online).await;
    server.stop();
    until(&ana.replica, "offline", |r| !r.watch().borrow().online).await;
    server.restart();
    let id = server.ask_medium("s1").await;
    until(&ana.replica, "the request after the restart", knows(&id)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forked_or_shrunk_ledger_stops_approving_and_keeps_both_notes() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let id = server.ask_medium("s1").await;
    ana.connect();
    until(&ana.replica, "a checkpoint that covers the request", |r| {
        knows(&id)(r) && matches!(r.watch().borrow().integrity, Integrity::Consistent { .. })
    })
    .await;
    ana.disconnect().await;
    let identity = ana.replica.identity().unwrap().unwrap();
    let pinned = Verifier::from_vkey(&identity.ledger_vkey).unwrap();
    let forger = Signer::from_seed(&identity.origin, server.ledger_key).unwrap();
    let remembered = pinned.open(&ana.replica.checkpoint().unwrap().unwrap()).unwrap();

    let foreign = Signer::from_seed(&identity.origin, [77; 32]).unwrap();
    for (signer, checkpoint) in [
        (&forger, Checkpoint { size: remembered.size - 1, ..remembered.clone() }),
        (&forger, Checkpoint { root: [1; 32], ..remembered.clone() }),
        (&foreign, Checkpoint { size: remembered.size + 1, ..remembered.clone() }),
    ] {
        let note = signer.sign(&checkpoint);
        let verdict = ana.replica.judge(&note, &pinned, &identity.origin).unwrap();
        assert!(matches!(verdict, navi_replica::checkpoint::Verdict::Broken(_)), "{verdict:?}");
    }
    assert_eq!(ana.replica.evidence().unwrap().len(), 3);
    let refused = ana.replica.decide(&draft(&ana, &id, VoteVerdict::Approve), &ana.vote_key);
    assert!(matches!(refused, Err(DecideRefusal::IntegrityBroken)));
    ana.reopen();
    assert!(
        matches!(ana.replica.watch().borrow().integrity, Integrity::Broken { .. }),
        "remembered over a restart"
    );
    ana.replica.decide(&draft(&ana, &id, VoteVerdict::Reject), &ana.vote_key).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_signed_out() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    ana.connect();
    until(&ana.replica, "online", |r| r.watch().borrow().online).await;
    server.revoke(&ana.replica.identity().unwrap().unwrap().device.id).await;
    until(&ana.replica, "signed out", |r| r.watch().borrow().signed_out).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_at_the_server_is_forgotten_here() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    ana.connect();
    let id = server.ask_medium("s1").await;
    until(&ana.replica, "the request", knows(&id)).await;
    let item = ana.replica.decide(&draft(&ana, &id, VoteVerdict::Reject), &ana.vote_key).unwrap();
    until(&ana.replica, "the vote recorded", outbox_is(&item.id, OutboxState::Recorded)).await;
    until(&ana.replica, "the request rejected", |r| {
        r.approval(&id).unwrap().is_some_and(|i| i.approval.status == "rejected")
    })
    .await;
    let (erased, end) = server.erase("decision").await;
    // The erased entry itself may come later than the one that erases it: with the window and not on the stream.
    until(&ana.replica, "the erasure", |r| [erased, end].iter().all(|&i| r.entry(i).unwrap().is_some()))
        .await;
    let kept = ana.replica.entry(erased).unwrap().unwrap();
    assert_eq!((kept.payload, kept.nonce, kept.actor.as_str()), (None, None, ""));
    assert!(!kept.leaf.is_empty(), "the leaf stays");
    assert!(ana.replica.approval(&id).unwrap().is_none());
}
