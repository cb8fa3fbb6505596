//! Redeeming: once, in time, for the digest and the target state.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp, ask, low, medium};

fn at(head: &str) -> Value {
    json!({"git": {"head": head, "dirty_sha256": "00"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_racing_redeemers_one_runs() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let permit = agent.evaluate(&low()).await["permit"]["id"].as_str().unwrap().to_owned();
    let races = (0..64).map(|i| {
        let (agent, permit) = (agent.clone(), permit.clone());
        async move { agent.redeem(&permit, &low(), &format!("nonce-{i:04}")).await }
    });
    let answers = futures_util::future::join_all(races).await;
    let won: Vec<_> = answers.iter().filter(|a| a.status.is_success()).collect();
    assert_eq!(won.len(), 1);
    let codes: Vec<_> = answers.iter().filter(|a| !a.status.is_success()).map(|a| &a.body["code"]).collect();
    assert!(codes.iter().all(|c| **c == "already_redeemed" || **c == "version_conflict"), "{codes:?}");
    let started = app.kinds().await.into_iter().filter(|k| k == "execution_started").count();
    assert_eq!(started, 1);
}

#[tokio::test]
async fn the_same_run_gets_the_same_execution() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let permit = agent.evaluate(&low()).await["permit"]["id"].as_str().unwrap().to_owned();
    let first = agent.redeem(&permit, &low(), "nonce-0001").await.ok();
    assert_eq!(agent.redeem(&permit, &low(), "nonce-0001").await.ok()["id"], first["id"]);
    agent.redeem(&permit, &low(), "nonce-0002").await.refused("already_redeemed");
}

#[tokio::test]
async fn a_changed_byte_a_changed_target_and_a_late_redeem_are_told_apart() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let mut asked = low();
    asked["context"]["target_state"] = at("aaaa");
    let permit = agent.evaluate(&asked).await["permit"]["id"].as_str().unwrap().to_owned();
    let mut other = asked.clone();
    other["context"]["command"] = "cargo test ".into();
    agent.redeem(&permit, &other, "nonce-0001").await.refused("digest_mismatch");
    let mut drifted = asked.clone();
    drifted["context"]["target_state"] = at("bbbb");
    agent.redeem(&permit, &drifted, "nonce-0001").await.refused("target_state_changed");
    app.pass(601);
    agent.redeem(&permit, &asked, "nonce-0001").await.refused("permit_expired");
    assert_eq!(app.kinds().await.into_iter().filter(|k| k == "redeem_refused").count(), 3);
}

#[tokio::test]
async fn prose_is_not_material() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let mut asked = low();
    asked["context"]["intent"] = "first words".into();
    let permit = agent.evaluate(&asked).await["permit"]["id"].as_str().unwrap().to_owned();
    asked["context"]["intent"] = "other words".into();
    agent.redeem(&permit, &asked, "nonce-0001").await.ok();
}

#[tokio::test]
async fn anothers_permit_is_unknown() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let permit = agent.evaluate(&low()).await["permit"]["id"].as_str().unwrap().to_owned();
    let other = app.token("dana", Role::Agent, Some("other")).await;
    other.redeem(&permit, &low(), "nonce-0001").await.refused("not_found");
    let eve = app.token("eve", Role::Agent, Some("nova")).await;
    eve.redeem(&permit, &low(), "nonce-0001").await.refused("not_found");
}

#[tokio::test]
async fn a_policy_that_blocks_takes_the_permit_back() {
    let app = TestApp::new();
    let (agent, admin) = (app.agent().await, app.token("root", Role::Admin, None).await);
    let permit = agent.evaluate(&low()).await["permit"]["id"].as_str().unwrap().to_owned();
    let block = json!({"level": "standard", "blocked_actions": ["command_run"]});
    admin.send("PUT", "/policy/dana", &block).await.ok();
    agent.redeem(&permit, &low(), "nonce-0001").await.refused("permit_revoked");
}

#[tokio::test]
async fn a_withdrawn_request_runs_for_nobody() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let id = agent.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    ana.approve(&id).await.ok();
    let permit =
        agent.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    agent.send("DELETE", &format!("/approvals/{id}"), &json!({})).await.ok();
    agent.redeem(&permit, &medium(), "nonce-0001").await.refused("permit_revoked");
}

#[tokio::test]
async fn a_state_table_edited_below_the_product_runs_nothing() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let id = agent.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    ana.approve(&id).await.ok();
    let permit =
        agent.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    app.edit_below(
        "DROP TRIGGER governance_votes_update; UPDATE governance_votes SET signature = zeroblob(64)",
    );
    agent.redeem(&permit, &medium(), "nonce-0001").await.refused("unavailable");
    assert!(!app.kinds().await.contains(&"execution_started".to_owned()));
}

#[tokio::test]
async fn a_request_tried_again_after_it_was_approved_is_that_approval_once() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    ana.approve(&id).await.ok();
    let nova = Caller { app: &app, secret: "nvt_dana_agent_nova".into() };
    let again = nova.evaluate(&medium()).await;
    assert_eq!((again["decision"].as_str(), again["approval_id"].as_str()), (Some("APPROVAL"), Some(&*id)));
    let permit =
        nova.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    nova.redeem(&permit, &medium(), "nonce-0001").await.ok();
    assert_ne!(nova.evaluate(&medium()).await["approval_id"], id.as_str(), "it runs once");

    let mut other = medium();
    other["context"]["session_id"] = "s2".into();
    let id = ask(&app, &other).await;
    ana.approve(&id).await.ok();
    let iris = app.token("dana", Role::Agent, Some("iris")).await;
    assert_ne!(iris.evaluate(&other).await["approval_id"], id.as_str(), "another agent asks for itself");
    app.pass(601);
    assert_ne!(nova.evaluate(&other).await["approval_id"], id.as_str(), "its permit is over");
}

/// The agents of one person have the same user and are not the same gate.
#[tokio::test]
async fn only_who_began_a_run_reports_its_end_or_keeps_it_alive() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let permit = agent.evaluate(&low()).await["permit"]["id"].as_str().unwrap().to_owned();
    let run = agent.redeem(&permit, &low(), "nonce-0001").await.ok();
    let path = format!("/executions/{}", run["id"].as_str().unwrap());
    let done = json!({"status": "succeeded", "exit_code": 0});
    let with = |nonce: &str| json!({"status": "unknown", "run_nonce": nonce});
    let others =
        [app.token("dana", Role::Agent, Some("other")).await, app.token("dana", Role::Developer, None).await];
    for other in &others {
        other.send("PATCH", &path, &done).await.refused("not_your_run");
        other.send("PATCH", &path, &with("nonce-0002")).await.refused("not_your_run");
    }
    app.token("mallory", Role::Agent, Some("nova"))
        .await
        .send("PATCH", &path, &done)
        .await
        .refused("not_found");
    assert_eq!(agent.get(&path).await.ok()["status"], "started");
    // A gate of the same machine that found the run written down has its nonce, whatever its credential.
    assert_eq!(others[0].send("PATCH", &path, &with("nonce-0001")).await.ok()["status"], "unknown");
    others[0].send("PATCH", &path, &done).await.refused("not_your_run");
    assert_eq!(agent.send("PATCH", &path, &done).await.ok()["status"], "succeeded");
    let renewed = app.token("dana", Role::Agent, Some("nova")).await;
    assert_eq!(renewed.send("PATCH", &path, &done).await.ok()["status"], "succeeded", "the same agent");
}

#[tokio::test]
async fn a_run_that_began_with_its_decision_is_its_credentials_as_well() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let mut asked = low();
    asked["start"] = json!({"run_nonce": "nonce-0001"});
    let run = agent.evaluate(&asked).await["execution_id"].as_str().unwrap().to_owned();
    let other = app.token("dana", Role::Agent, Some("other")).await;
    let done = json!({"status": "failed"});
    other.send("PATCH", &format!("/executions/{run}"), &done).await.refused("not_your_run");
    agent.send("PATCH", &format!("/executions/{run}"), &done).await.ok();
}
