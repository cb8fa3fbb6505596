//! Whoever has the server's file can change it; a console that was enrolled before sees it, says where, and stops
//! approving.

use navi_domain::people::Role;
use navi_domain::vote::VoteVerdict;
use navi_replica::{DecideRefusal, Integrity, Replica};

use super::server::{Desk, TestServer};
use super::{draft, knows, until};

fn fault(replica: &Replica) -> Option<String> {
    match &replica.watch().borrow().integrity {
        Integrity::Broken { message } => Some(message.clone()),
        _ => None,
    }
}

/// What is done to the file, and what the console says then.
const EDITS: [(&str, &str); 7] = [
    (
        "UPDATE ledger_entry SET leaf = cast(replace(cast(leaf AS TEXT), '\"v\":1', '\"v\":2') AS BLOB) WHERE idx = 3",
        "entry 3 ",
    ),
    (
        "UPDATE ledger_payload SET payload = cast(replace(cast(payload AS TEXT), 'a', 'b') AS BLOB) WHERE idx = 4",
        "entry 4 ",
    ),
    (
        "DELETE FROM ledger_payload WHERE idx = 2; DELETE FROM ledger_link WHERE idx = 2; DELETE FROM ledger_entry WHERE idx = 2",
        "entry 2 ",
    ),
    (
        "UPDATE ledger_entry SET idx = -1 WHERE idx = 1; UPDATE ledger_entry SET idx = 1 WHERE idx = 2;
         UPDATE ledger_entry SET idx = 2 WHERE idx = -1",
        "entry 1 ",
    ),
    ("DELETE FROM ledger_entry WHERE idx >= 5", "entry 5 "),
    (
        "UPDATE ledger_entry SET leaf = cast(replace(cast(leaf AS TEXT), '\"v\":1', '\"v\":2') AS BLOB), leaf_hash = randomblob(32) WHERE idx = 0",
        "entry 0 ",
    ),
    // One character of the signature, which is the note's last line.
    (
        "UPDATE ledger_checkpoint SET note = substr(note, 1, length(note) - 10)
             || CASE substr(note, length(note) - 9, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(note, length(note) - 8)",
        "not signed by the pinned key",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_edit_below_the_product_is_seen_and_located() {
    for (sql, says) in EDITS {
        let server = TestServer::start().await;
        let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
        ana.connect();
        let id = server.ask_medium("s1").await;
        until(&ana.replica, "the request", knows(&id)).await;
        until(&ana.replica, "the hashes of what was signed", |r| {
            r.window_status().unwrap().hashes > 6 && fault(r).is_none()
        })
        .await;
        ana.disconnect().await;
        server.edit_below(sql);
        ana.connect();
        until(&ana.replica, sql, |r| fault(r).is_some()).await;
        let said = fault(&ana.replica).unwrap();
        assert!(said.contains(says), "{sql}: {said}");
        let approve = ana.replica.decide(&draft(&ana, &id, VoteVerdict::Approve), &ana.vote_key);
        assert!(matches!(approve, Err(DecideRefusal::IntegrityBroken)), "{sql}: {approve:?}");
        let evidence = std::fs::read_dir(ana.replica.evidence_folder()).unwrap();
        assert!(evidence.count() > 0, "{sql}: nothing was kept");
        ana.disconnect().await;
    }
}
