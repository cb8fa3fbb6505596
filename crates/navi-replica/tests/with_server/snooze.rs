//! Requests put off on a console: at once here, also without a connection, and then on every device of the person.

use navi_domain::SECOND;
use navi_domain::people::Role;
use navi_replica::{Replica, SnoozeRefusal};

use crate::server::{Desk, TestServer};
use crate::{knows, until};

fn put_off(id: &str, wanted: Option<i64>) -> impl Fn(&Replica) -> bool {
    let id = id.to_owned();
    move |r| r.approval(&id).unwrap().is_some_and(|i| i.approval.snoozed_until == wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snooze_pressed_offline_survives_a_restart_and_reaches_the_persons_other_device() {
    let server = TestServer::start().await;
    let mut laptop = Desk::enrolled(&server, "ana", Role::Approver).await;
    let mut phone = Desk::enrolled(&server, "ana", Role::Approver).await;
    let id = server.ask_medium("s1").await;
    for desk in [&mut laptop, &mut phone] {
        desk.connect();
        until(&desk.replica, "the snapshot", knows(&id)).await;
    }
    laptop.disconnect().await;
    let at = laptop.replica.server_now() + 900 * SECOND;
    assert_eq!(laptop.replica.snooze(&id, Some(at)).unwrap().snoozed_until, Some(at));
    assert!(laptop.replica.waiting().unwrap().is_empty());
    laptop.reopen();
    assert!(put_off(&id, Some(at))(&laptop.replica), "kept over a restart");
    assert!(put_off(&id, None)(&phone.replica), "nobody knows yet");

    laptop.connect();
    until(&phone.replica, "the other device", put_off(&id, Some(at))).await;
    phone.replica.snooze(&id, None).unwrap();
    until(&laptop.replica, "awake everywhere", put_off(&id, None)).await;
    assert_eq!(laptop.replica.waiting().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snooze_the_server_refuses_is_not_shown_for_ever() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let id = server.ask_medium("s1").await;
    ana.connect();
    until(&ana.replica, "the snapshot", knows(&id)).await;
    assert!(matches!(ana.replica.snooze("nothing", None), Err(SnoozeRefusal::Unknown)));
    assert!(matches!(ana.replica.snooze(&id, Some(5)), Err(SnoozeRefusal::TooLate)));
    ana.disconnect().await;
    let at = ana.replica.server_now() + 900 * SECOND;
    ana.replica.snooze(&id, Some(at)).unwrap();
    server.cancel("dana", &id).await;
    ana.connect();
    until(&ana.replica, "what the server shows", |r| {
        let view = r.approval(&id).unwrap().unwrap().approval;
        view.status == "cancelled" && view.snoozed_until.is_none()
    })
    .await;
    assert!(
        matches!(ana.replica.snooze(&id, Some(at)), Err(SnoozeRefusal::Ended(status)) if status == "cancelled")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_a_request_is_shown_on_the_others_consoles_while_they_do() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let mut bob = Desk::enrolled(&server, "bob", Role::Approver).await;
    let id = server.ask_medium("s1").await;
    for desk in [&mut ana, &mut bob] {
        desk.connect();
        until(&desk.replica, "the snapshot", knows(&id)).await;
        // Who is not connected reads nothing.
        until(&desk.replica, "the stream", |r| r.watch().borrow().online).await;
    }
    let path = format!("/api/governance/approvals/{id}/presence");
    bob.client.pass("PUT", &path, None).await.unwrap();
    let reads = |r: &Replica| r.watch().borrow().reading.get(&id).cloned();
    until(&ana.replica, "that bob reads it", |r| reads(r) == Some(vec!["bob".to_owned()])).await;
    bob.disconnect().await;
    until(&ana.replica, "that bob is gone", |r| reads(r).is_none()).await;
}
