//! Two people erase what entries said; what is kept too long goes by itself. Leaves, proofs and verdicts stay.

use navi_domain::people::Role;
use navi_ledger::checkpoint::Verifier;
use navi_ledger::{bundle, tree};
use navi_server::usecase::erasure;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp, ask, low, medium};

const ACCEPT: &str = "accept";

async fn entry(caller: &Caller<'_>, kind: &str) -> Value {
    caller.get(&format!("/audit?kind={kind}&limit=1")).await.ok()["items"][0].clone()
}

async fn propose(caller: &Caller<'_>, entries: &[&Value]) -> crate::app::Answer {
    let entries: Vec<&Value> = entries.iter().map(|e| &e["index"]).collect();
    caller.send("POST", "/ledger/acme/erasures", &json!({"entries": entries, "reason": "asked to"})).await
}

async fn decide(caller: &Caller<'_>, id: &Value, decision: &str) -> crate::app::Answer {
    let path = format!("/proposals/{}", id.as_str().unwrap());
    caller.send("POST", &path, &json!({"decision": decision})).await
}

#[tokio::test]
async fn two_people_erase_what_was_asked_and_every_proof_stays() {
    let app = TestApp::new();
    let (root, olga) =
        (app.token("root", Role::Admin, None).await, app.token("olga", Role::Admin, None).await);
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let asked = entry(&root, "decision").await;
    propose(&root, &[&asked]).await.refused("invalid")["detail"]
        .as_str()
        .filter(|why| why.contains("waits for people"))
        .unwrap();
    ana.reject(&id).await.ok();
    let vote = entry(&root, "vote_cast").await;
    propose(&root, &[&asked, &vote]).await.refused("invalid")["detail"]
        .as_str()
        .filter(|why| why.contains("vote_cast") && why.contains("never erased"))
        .unwrap();
    let before = root.get("/ledger/acme/checkpoint?fresh=true").await.ok();

    let proposal = propose(&root, &[&asked]).await;
    assert_eq!(proposal.status, 202);
    let proposal = proposal.ok();
    assert_eq!(proposal["kind"], "erasure");
    decide(&root, &proposal["id"], ACCEPT).await.refused("forbidden");
    decide(&olga, &proposal["id"], ACCEPT).await.ok();
    decide(&olga, &proposal["id"], ACCEPT).await.refused("already_decided");

    let erased = root.get(&format!("/audit/{}", asked["subject"].as_str().unwrap())).await.ok();
    let erased =
        erased["entries"].as_array().unwrap().iter().find(|e| e["kind"] == "decision").unwrap().clone();
    assert_eq!((&erased["leaf"], &erased["leaf_hash"]), (&asked["leaf"], &asked["leaf_hash"]));
    assert_eq!((erased.get("payload"), erased.get("nonce"), &erased["actor"]), (None, None, &json!("")));
    let shown = ana.caller.get(&format!("/approvals/{id}")).await.ok();
    assert!(!shown.to_string().contains("billing/charge.rs"), "{shown}");
    assert_eq!(shown["status"], "rejected");
    assert_eq!(root.get("/audit?q=billing").await.ok()["items"], json!([]), "nor is it found");
    let said = entry(&root, "payloads_erased").await;
    assert_eq!(said["links"]["erases"], asked["index"].to_string());
    assert!(said["payload"].as_str().unwrap().contains("\"requested_by\":\"root\""));

    // The old checkpoint still holds for the leaves, and a bundle says that one payload is absent.
    let verifier = Verifier::from_vkey(&app.app.notary.vkey()).unwrap();
    let old = verifier.open(before.as_str().unwrap()).unwrap();
    let leaves = app.app.store.leaf_hashes(old.size).await.unwrap();
    assert_eq!(tree::root_of(&leaves), old.root);
    let text = root.get("/ledger/acme/bundle").await.ok().as_str().unwrap().to_owned();
    let report = bundle::verify(text.as_bytes(), Some(&verifier), &mut |_| Ok(())).unwrap();
    assert_eq!(report.absent, 1);
    let refused = propose(&ana.caller, &[&asked]).await;
    refused.refused("forbidden");
}

#[tokio::test]
async fn what_still_lets_something_run_is_not_erased() {
    let app = TestApp::new();
    let (root, agent) = (app.token("root", Role::Admin, None).await, app.agent().await);
    let auto = agent.evaluate(&low()).await;
    let asked = entry(&root, "decision").await;
    let why = propose(&root, &[&asked]).await.refused("invalid");
    assert!(why["detail"].as_str().unwrap().contains("permit can still be used"), "{why}");
    let run = agent.redeem(auto["permit"]["id"].as_str().unwrap(), &low(), "nonce-0001").await.ok();
    let why = propose(&root, &[&asked]).await.refused("invalid");
    assert!(why["detail"].as_str().unwrap().contains("run has not ended"), "{why}");
    let ended = json!({"status": "succeeded", "exit_code": 0, "artifacts": {"output": "for Wilhelmina"}});
    agent.send("PATCH", &format!("/executions/{}", run["id"].as_str().unwrap()), &ended).await.ok();
    let finished = entry(&root, "execution_finished").await;
    propose(&root, &[&asked, &finished]).await.ok();
    for wrong in [
        json!({"entries": [], "reason": "x"}),
        json!({"entries": [0], "reason": " "}),
        json!({"entries": [99_999], "reason": "x"}),
    ] {
        root.send("POST", "/ledger/acme/erasures", &wrong).await.refused("invalid");
    }
}

#[tokio::test]
async fn what_is_kept_too_long_goes_class_by_class() {
    let app = TestApp::new();
    let (root, agent) = (app.token("root", Role::Admin, None).await, app.agent().await);
    let auto = agent.evaluate(&low()).await;
    let run = agent.redeem(auto["permit"]["id"].as_str().unwrap(), &low(), "nonce-0001").await.ok();
    let ended = json!({"status": "succeeded", "exit_code": 0});
    agent.send("PATCH", &format!("/executions/{}", run["id"].as_str().unwrap()), &ended).await.ok();
    root.send("PUT", "/settings", &json!({"retention": {"decisions": 29}})).await.refused("invalid");
    root.send("PUT", "/settings", &json!({"retention": {"dreams": 60}})).await.refused("invalid");
    let kept = root.send("PUT", "/settings", &json!({"retention": {"decisions": 30}})).await.ok();
    assert_eq!(kept["retention"], json!({"decisions": 30}));
    assert_eq!(erasure::prune(&app.app, false).await.unwrap(), []);
    app.pass(31 * 24 * 3600);
    agent.evaluate(&low()).await;
    assert_eq!(erasure::prune(&app.app, true).await.unwrap().len(), 1, "a look erases nothing");
    let gone = erasure::prune(&app.app, false).await.unwrap();
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].1, 1, "the old decision, not the new one");
    assert_eq!(erasure::prune(&app.app, false).await.unwrap(), []);
    let decisions = root.get("/audit?kind=decision").await.ok();
    let payloads: Vec<bool> =
        decisions["items"].as_array().unwrap().iter().map(|e| e.get("payload").is_some()).collect();
    assert_eq!(payloads, [true, false]);
    assert!(entry(&root, "execution_finished").await.get("payload").is_some(), "another class");
    let pruned = app.payloads("payloads_pruned").await;
    assert_eq!((&pruned[0]["class"], &pruned[0]["settings_version"]), (&json!("decisions"), &json!(1)));
}

#[tokio::test]
async fn keeping_less_long_is_looser() {
    let app = TestApp::new();
    app.settle(|s| s.second_person_for_loosening = true).await;
    let root = app.token("root", Role::Admin, None).await;
    let answer = root.send("PUT", "/settings", &json!({"retention": {"decisions": 90}, "version": 1})).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert!(answer.body["looser"].to_string().contains("decisions are kept for 90 days instead of ever"));
}
