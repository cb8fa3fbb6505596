//! Several people on one request, and what ran before a vote arrived.

use navi_domain::settings::OrgSettings;
use navi_domain::vote::VoteVerdict::{Approve, Reject};

use super::{becomes, offline, recorded, refused, sign, status};
use crate::outbox_is;
use crate::server::{Desk, TestServer};
use crate::until;
use navi_domain::risk::Level;
use navi_replica::OutboxState;

/// A server where medium risk takes two people, and a request of it.
async fn of_two() -> (TestServer, String) {
    let server = TestServer::start().await;
    let quorum_by_level = [(Level::Medium, 2)].into();
    server.settings(OrgSettings { quorum_by_level, ..OrgSettings::default() }).await;
    let id = server.ask_medium("s").await;
    (server, id)
}

/// Votes while connected, and waits until it is recorded.
async fn votes(desk: &mut Desk, id: &str, verdict: navi_domain::vote::VoteVerdict) {
    desk.connect();
    let vote = sign(desk, id, verdict);
    until(&desk.replica, "the vote", outbox_is(&vote.id, OutboxState::Recorded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_vote_is_one_of_two_and_the_last_one_that_arrives_lets_it_run() {
    let (server, id) = of_two().await;
    let (mut ana, mut bob) = (offline(&server, "ana", &id).await, offline(&server, "bob", &id).await);
    let mine = sign(&ana, &id, Approve);
    votes(&mut bob, &id, Approve).await;
    assert_eq!(status(&bob, &id), "pending", "one of two");
    assert_eq!(server.kinds("permit_issued").await, 0, "what is signed and not sent counts nowhere");
    recorded(&mut ana, &mine).await;
    becomes(&bob, &id, "approved").await;
    assert_eq!(server.kinds("permit_issued").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reject_ends_a_quorum_and_the_offline_approve_has_no_effect() {
    let (server, id) = of_two().await;
    let (mut ana, mut bob) = (offline(&server, "ana", &id).await, offline(&server, "bob", &id).await);
    let mine = sign(&ana, &id, Approve);
    votes(&mut bob, &id, Reject).await;
    becomes(&bob, &id, "rejected").await;
    assert_eq!(refused(&mut ana, &mine).await, "already_decided");
    assert_eq!(server.kinds("permit_issued").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_reject_ends_a_quorum_that_had_begun() {
    let (server, id) = of_two().await;
    let (mut ana, mut bob) = (offline(&server, "ana", &id).await, offline(&server, "bob", &id).await);
    let no = sign(&ana, &id, Reject);
    votes(&mut bob, &id, Approve).await;
    recorded(&mut ana, &no).await;
    becomes(&bob, &id, "rejected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reject_that_arrives_after_the_run_is_told_so_and_takes_nothing_back() {
    let server = TestServer::start().await;
    let (agent, id) = server.ask_and_keep("s").await;
    let (mut ana, mut bob) = (offline(&server, "ana", &id).await, offline(&server, "bob", &id).await);
    let no = sign(&ana, &id, Reject);
    votes(&mut bob, &id, Approve).await;
    server.run(&agent, "s", &id).await;
    assert_eq!(refused(&mut ana, &no).await, "already_decided");
    assert_eq!(server.kinds("permit_revoked").await, 0, "what ran cannot be stopped any more");
    assert_eq!(server.kinds("vote_refused").await, 1, "the late reject is on record");
    becomes(&ana, &id, "approved").await;
}
