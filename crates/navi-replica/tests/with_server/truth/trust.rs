//! What a vote rests on that is not the request: the right of its person, the clock, the age of the copy.

use navi_domain::SECOND;
use navi_domain::allowance::{Allowances, UpTo};
use navi_domain::settings::OrgSettings;
use navi_domain::vote::Surface;
use navi_domain::vote::VoteVerdict::{Approve, Reject};
use navi_replica::{DecideRefusal, Draft};

use super::{becomes, offline, recorded, refused, sign, status};
use crate::draft;
use crate::server::{Desk, TestServer};

fn approve(desk: &Desk, id: &str) -> Result<navi_replica::OutboxItem, DecideRefusal> {
    desk.replica.decide(&draft(desk, id, Approve), &desk.vote_key)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_right_to_vote_meanwhile_decides_nothing() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    let vote = sign(&ana, &id, Approve);
    server.forbid("ana", "vote").await;
    assert_eq!(refused(&mut ana, &vote).await, "forbidden");
    assert_eq!(status(&ana, &id), "pending");
    assert_eq!(server.kinds("vote_cast").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_put_back_lengthens_no_lease_and_does_not_stop_a_reject() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    // After a restart there is only the machine's own clock, and it stands an hour before the last contact.
    ana.last_contact(3600 * SECOND);
    let refusal = approve(&ana, &id).unwrap_err();
    assert!(matches!(refusal, DecideRefusal::NeedsConnection), "{refusal:?}");
    let no = sign(&ana, &id, Reject);
    recorded(&mut ana, &no).await;
    becomes(&ana, &id, "rejected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_too_old_approves_nothing_until_it_was_in_contact_again() {
    let server = TestServer::start().await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    ana.last_contact(-(4 * 3600 * SECOND - 120 * SECOND));
    assert!(ana.replica.approve_offline_until().is_some_and(|until| until > ana.replica.server_now()));
    ana.last_contact(-(4 * 3600 * SECOND + 120 * SECOND));
    let refusal = approve(&ana, &id).unwrap_err();
    assert!(matches!(refusal, DecideRefusal::NeedsConnection), "{refusal:?}");
    assert!(ana.replica.outbox().unwrap().is_empty(), "nothing was signed");
    ana.connect();
    crate::until(&ana.replica, "contact", |r| r.watch().borrow().online).await;
    let vote = approve(&ana, &id).unwrap();
    crate::until(&ana.replica, "the vote", crate::outbox_is(&vote.id, navi_replica::OutboxState::Recorded))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_organisation_allows_offline_and_in_a_notification_is_obeyed_here() {
    let server = TestServer::start().await;
    let allowances = Allowances { offline: UpTo::Low, offline_minutes: 60, notification: UpTo::Low };
    server.settings(OrgSettings { allowances, ..OrgSettings::default() }).await;
    let id = server.ask_medium("s").await;
    let mut ana = offline(&server, "ana", &id).await;
    let refusal = approve(&ana, &id).unwrap_err();
    assert!(matches!(refusal, DecideRefusal::NotOffline), "{refusal:?}");
    ana.connect();
    crate::until(&ana.replica, "contact", |r| r.watch().borrow().online).await;
    let pressed = Draft { surface: Surface::Notification, ..draft(&ana, &id, Approve) };
    let refusal = ana.replica.decide(&pressed, &ana.vote_key).unwrap_err();
    assert!(matches!(refusal, DecideRefusal::NotFromNotification), "{refusal:?}");
    assert!(ana.replica.outbox().unwrap().is_empty(), "nothing was signed");
    let no = Draft { surface: Surface::Notification, ..draft(&ana, &id, Reject) };
    let vote = ana.replica.decide(&no, &ana.vote_key).unwrap();
    crate::until(&ana.replica, "the vote", crate::outbox_is(&vote.id, navi_replica::OutboxState::Recorded))
        .await;
}
