//! What somebody looks at: who was told of it and what was written about it come here and stay, and the others are told
//! who reads, also on a new connection.

use navi_domain::people::Role;

use crate::server::{Desk, TestServer};
use crate::{knows, until};

#[tokio::test(flavor = "multi_thread")]
async fn who_was_told_comes_while_somebody_looks_and_stays_without_the_server() {
    let mut server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let id = server.ask_medium("s1").await;
    ana.connect();
    until(&ana.replica, "the snapshot", knows(&id)).await;
    let told = |r: &navi_replica::Replica| r.whole(&id).unwrap().unwrap().told;
    assert!(told(&ana.replica).is_empty(), "nobody looked");
    ana.replica.looked_at(&id);
    until(&ana.replica, "that ana's console is open", |r| {
        told(r).iter().any(|one| one.user == "ana" && one.connected)
    })
    .await;
    let known = ana.replica.whole(&id).unwrap().unwrap();
    assert!(known.server_time > known.created_at);

    server.stop();
    until(&ana.replica, "the server is gone", |r| !r.watch().borrow().online).await;
    ana.reopen();
    assert_eq!(ana.replica.whole(&id).unwrap().unwrap().told, known.told, "it survives a restart");
    assert!(ana.replica.whole("nobody's").unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_is_told_to_the_others_again_on_a_new_connection() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let mut bob = Desk::enrolled(&server, "bob", Role::Approver).await;
    let id = server.ask_medium("s1").await;
    // She looks before there is any stream: only the copy knows.
    ana.replica.reads(&id, true);
    let reads = |r: &navi_replica::Replica| {
        r.watch().borrow().reading.get(&id).is_some_and(|who| who.iter().any(|user| user == "ana"))
    };
    ana.connect();
    bob.connect();
    until(&bob.replica, "ana reads it", reads).await;
    // The server forgets her with her connection, and is told again on the next.
    ana.disconnect().await;
    until(&bob.replica, "she is gone", |r| !reads(r)).await;
    ana.connect();
    until(&bob.replica, "ana still reads it", reads).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_lately_is_known_by_name() {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let (old, new) = (server.ask_high().await, server.ask_medium("s1").await);
    ana.connect();
    until(&ana.replica, "the snapshot", |r| knows(&old)(r) && knows(&new)(r)).await;
    let agent = ana.replica.approval(&new).unwrap().unwrap().approval.agent.unwrap();
    let seen = ana.replica.seen_lately(4).unwrap();
    assert_eq!(seen.agents.first(), Some(&agent), "the newest first, each once: {seen:?}");
    assert!(seen.repos.contains(&"auth-service".to_owned()), "{seen:?}");
    assert!(ana.replica.seen_lately(0).unwrap().agents.is_empty());
}
