//! Votes: who counts, what is final, what is refused.

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::people::Role;
use navi_domain::vote::VoteVerdict;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, critical, high, medium};

async fn ask(app: &TestApp, body: &Value) -> String {
    app.agent().await.evaluate(body).await["approval_id"].as_str().unwrap().to_owned()
}

async fn post(person: &Person<'_>, id: &str, vote: &Value) -> Answer {
    person.caller.send("POST", &format!("/approvals/{id}"), vote).await
}

#[tokio::test]
async fn a_person_approves_and_the_whole_chain_is_recorded() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let asked = agent.evaluate(&medium()).await;
    let id = asked["approval_id"].as_str().unwrap();
    let answer = ana.approve(id).await.ok();
    assert_eq!(answer["approval"]["status"], "approved");
    let seen = agent.get(&format!("/approvals/{id}")).await.ok();
    let permit = seen["permit"]["id"].as_str().unwrap();
    assert!(ana.view(id).await.permit.is_none(), "the permit is the requester's");
    let execution = agent.redeem(permit, &medium(), "nonce-0001").await.ok();
    let report = json!({"status": "succeeded", "exit_code": 0});
    agent.send("PATCH", &format!("/executions/{}", execution["id"].as_str().unwrap()), &report).await.ok();
    let trail = ana.caller.get(&format!("/audit/{}", asked["action_id"].as_str().unwrap())).await.ok();
    let kinds: Vec<&str> =
        trail["entries"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "decision",
            "approval_requested",
            "vote_cast",
            "approval_approved",
            "permit_issued",
            "execution_started",
            "execution_finished"
        ]
    );
}

#[tokio::test]
async fn the_second_approver_loses_the_race() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let id = ask(&app, &medium()).await;
    ana.approve(&id).await.ok();
    bob.reject(&id).await.refused("already_decided");
    assert_eq!(ana.view(&id).await.status, "approved");
}

#[tokio::test]
async fn a_late_reject_takes_the_unused_permit_back() {
    let app = TestApp::new();
    let (agent, ana, bob) =
        (app.agent().await, app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let id = agent.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    ana.approve(&id).await.ok();
    bob.reject(&id).await.refused("already_decided");
    let permit =
        agent.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    agent.redeem(&permit, &medium(), "nonce-0001").await.refused("permit_revoked");
}

#[tokio::test]
async fn a_quorum_of_two_is_two_people() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let id = ask(&app, &critical()).await;
    assert_eq!(ana.approve(&id).await.ok()["approval"]["status"], "pending");
    ana.approve(&id).await.refused("already_voted");
    assert_eq!(bob.approve(&id).await.ok()["approval"]["status"], "approved");
}

#[tokio::test]
async fn the_person_an_agent_acts_for_cannot_approve() {
    let app = TestApp::new();
    let id = ask(&app, &medium()).await;
    let dana = app.person("dana", Role::Approver).await;
    // dana was known as a developer before; an admin's agent is no better off.
    app.agent().await;
    let answer = dana.approve(&id).await;
    assert!(["own_request", "forbidden"].contains(&answer.body["code"].as_str().unwrap()), "{answer:?}");
    let boss = app.token("boss", Role::Agent, Some("nova")).await;
    let id = boss.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    let ana = app.person("ana", Role::Admin).await;
    let own = app.token("ana", Role::Agent, Some("pet")).await;
    let mine = own.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    ana.approve(&mine).await.refused("own_request");
    ana.approve(&id).await.ok();
}

#[tokio::test]
async fn high_needs_the_step_up_key() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &high()).await;
    let view = ana.view(&id).await;
    assert!(view.needs_step_up);
    post(&ana, &id, &ana.sign(&view, VoteVerdict::Approve, &ana.vote_key)).await.refused("step_up_required");
    post(&ana, &id, &ana.sign(&view, VoteVerdict::Approve, &ana.step_up)).await.ok();
}

#[tokio::test]
async fn a_shared_or_web_device_is_capped_at_medium() {
    let app = TestApp::new();
    let shared = app.device("ana", Role::Approver, "desktop", true, true).await.unwrap();
    let id = ask(&app, &high()).await;
    let view = shared.view(&id).await;
    post(&shared, &id, &shared.sign(&view, VoteVerdict::Approve, &shared.step_up))
        .await
        .refused("device_ceiling");
    post(&shared, &id, &shared.sign(&view, VoteVerdict::Reject, &shared.vote_key)).await.ok();
}

#[tokio::test]
async fn a_vote_for_other_content_or_with_one_changed_byte_is_refused() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let id = ask(&app, &medium()).await;
    let view = ana.view(&id).await;
    let good = ana.sign(&view, VoteVerdict::Reject, &ana.vote_key);

    let mut flipped = good.clone();
    let mut bytes = STANDARD.decode(flipped["vote"].as_str().unwrap()).unwrap();
    let at = bytes.len() - 10;
    bytes[at] ^= 1;
    flipped["vote"] = STANDARD.encode(bytes).into();
    post(&ana, &id, &flipped).await.refused("invalid_vote");

    let mut other_reason = good.clone();
    other_reason["reason"] = "something else".into();
    post(&ana, &id, &other_reason).await.refused("invalid_vote");

    post(&bob, &id, &good).await.refused("invalid_vote");

    let mut changed = view.clone();
    changed.digest = "00".repeat(32);
    post(&ana, &id, &ana.sign(&changed, VoteVerdict::Reject, &ana.vote_key)).await.refused("digest_mismatch");

    let mut elsewhere = view.clone();
    elsewhere.id = "another".into();
    post(&ana, &id, &ana.sign(&elsewhere, VoteVerdict::Reject, &ana.vote_key)).await.refused("wrong_target");
    assert_eq!(ana.view(&id).await.status, "pending");
}

#[tokio::test]
async fn a_sequence_number_counts_once() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let (one, two) = (ask(&app, &critical()).await, ask(&app, &medium()).await);
    ana.approve(&one).await.ok();
    ana.seq.store(1, Ordering::SeqCst);
    ana.reject(&two).await.refused("replayed");
    ana.seq.store(50, Ordering::SeqCst);
    ana.reject(&two).await.ok();
}

#[tokio::test]
async fn a_repeated_vote_with_its_key_gets_its_first_answer() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let vote = ana.sign(&ana.view(&id).await, VoteVerdict::Approve, &ana.vote_key);
    let path = format!("/approvals/{id}");
    let first = ana.caller.send_once("POST", &path, &vote, "v1").await.ok();
    let again = ana.caller.send_once("POST", &path, &vote, "v1").await.ok();
    assert_eq!(first["ledger_index"], again["ledger_index"]);
    assert!(first["ledger_index"].as_u64().unwrap() > 0);
    ana.caller.send("POST", &path, &vote).await.refused("replayed");
}

#[tokio::test]
async fn a_policy_saved_meanwhile_needs_a_new_look() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Admin).await;
    let id = ask(&app, &medium()).await;
    let view = ana.view(&id).await;
    let old = ana.sign(&view, VoteVerdict::Approve, &ana.vote_key);
    ana.caller.send("PUT", "/policy/dana", &json!({"level": "minimal"})).await.ok();
    post(&ana, &id, &old).await.refused("policy_changed");
    let now = ana.view(&id).await;
    assert_ne!(now.policy_hash, view.policy_hash);
    ana.approve(&id).await.ok();

    let mut other = medium();
    other["context"]["session_id"] = "s2".into();
    let id = ask(&app, &other).await;
    let block = json!({"level": "minimal", "blocked_actions": ["code_edit"], "version": 1});
    ana.caller.send("PUT", "/policy/dana", &block).await.ok();
    ana.approve(&id).await.refused("superseded");
}
