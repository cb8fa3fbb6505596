//! Consoles witness each other, and refuse a server that tells two histories.

use navi_domain::people::Role;
use navi_domain::vote::VoteVerdict;
use navi_ledger::checkpoint::Verifier;
use navi_replica::{DecideRefusal, EvidenceError, Integrity, Replica};

use super::server::{Desk, TestServer};
use super::{draft, knows, until};

fn broken(replica: &Replica) -> bool {
    matches!(replica.watch().borrow().integrity, Integrity::Broken { .. })
}

fn seen(replica: &Replica) -> u64 {
    replica.checkpoint().unwrap().map_or(0, |note| note.lines().nth(1).unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_consoles_witness_each_other() {
    let server = TestServer::start().await;
    server.want_witnesses(1).await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let mut bob = Desk::enrolled(&server, "bob", Role::Approver).await;
    ana.connect();
    until(&ana.replica, "ana's demand", |r| r.watch().borrow().witnessed.required == 1).await;
    bob.connect();
    for desk in [&ana, &bob] {
        until(&desk.replica, "another's cosignature", |r| {
            let witnessed = r.watch().borrow().witnessed.clone();
            witnessed.cosignatures == 1 && witnessed.size == seen(r)
        })
        .await;
        assert!(!desk.replica.watch().borrow().witnessed.late);
    }
    assert_eq!(server.kinds("witness_joined").await, 2);

    // A restart keeps the key; a lost memory is a new witness.
    ana.disconnect().await;
    ana.reopen();
    ana.connect();
    let id = server.ask_medium("s1").await;
    until(&ana.replica, "the request", knows(&id)).await;
    until(&ana.replica, "bob stands behind it", |r| {
        r.watch().borrow().witnessed.size >= seen(r) && seen(r) > 8
    })
    .await;
    assert_eq!(server.kinds("witness_joined").await, 2);
    ana.disconnect().await;
    ana.forget();
    ana.connect();
    until(&ana.replica, "the request again", knows(&id)).await;
    until(&bob.replica, "the new witness", |r| r.witnesses().unwrap() == 3).await;
    assert_eq!(server.kinds("witness_joined").await, 3);
    assert!(!broken(&ana.replica) && !broken(&bob.replica));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forked_server_is_refused_with_evidence_and_approving_stops() {
    let mut server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    let before = server.ask_medium("s1").await;
    let old = server.backup();
    let path = old.path().join("evidence.json");
    ana.connect();
    server.ask_medium("s2").await;
    until(
        &ana.replica,
        "a checkpoint of what came after the backup",
        |r| matches!(r.watch().borrow().integrity, Integrity::Consistent { size, .. } if size > 8),
    )
    .await;
    assert!(matches!(ana.replica.export_evidence(&path), Err(EvidenceError::Nothing)));
    ana.disconnect().await;
    let size = seen(&ana.replica);

    server.answer_from(old);
    for n in 0..5 {
        server.ask_medium(&format!("other-{n}")).await;
    }
    ana.connect();
    until(&ana.replica, "the fork", broken).await;
    let approve = ana.replica.decide(&draft(&ana, &before, VoteVerdict::Approve), &ana.vote_key);
    assert!(matches!(approve, Err(DecideRefusal::IntegrityBroken)), "{approve:?}");
    ana.replica.decide(&draft(&ana, &before, VoteVerdict::Reject), &ana.vote_key).unwrap();
    assert_eq!(seen(&ana.replica), size, "the fork is not remembered");
    assert_eq!(server.kinds("witness_joined").await, 0, "and not cosigned");

    let mut beside = std::fs::read_dir(ana.replica.evidence_folder()).unwrap();
    let is_evidence = |name: &str| name.starts_with("evidence-") && name.ends_with(".json");
    assert!(beside.any(|f| is_evidence(f.unwrap().file_name().to_str().unwrap())), "written by itself");
    assert!(ana.replica.export_evidence(&path).unwrap() >= 1);
    assert!(matches!(ana.replica.export_evidence(&path), Err(EvidenceError::File(_))), "never replaced");
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let key = Verifier::from_vkey(file["ledger_vkey"].as_str().unwrap()).unwrap();
    let contradiction = &file["contradictions"][0];
    let note = |name: &str| key.open(contradiction[name].as_str().unwrap()).unwrap();
    assert_eq!(note("remembered").size, size);
    assert!(note("presented").size > size);
}
