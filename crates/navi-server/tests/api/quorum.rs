//! How many people it takes, who they may be, and how long they have.

use navi_domain::people::Role;
use navi_domain::risk::Level;
use serde_json::json;

use crate::app::{TestApp, ask, critical, high, medium};

#[tokio::test]
async fn a_two_of_three_quorum_does_not_resolve_on_the_first_vote() {
    let app = TestApp::new();
    app.settle(|s| _ = s.quorum_by_level.insert(Level::Medium, 2)).await;
    let ana = app.person("ana", Role::Approver).await;
    let bob = app.person("bob", Role::Approver).await;
    let _third = app.person("cleo", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    assert_eq!(ana.view(&id).await.quorum, 2);
    let first = ana.approve(&id).await.ok();
    assert_eq!(first["approval"]["status"], "pending");
    let agent = app.token("dana", Role::Agent, Some("nova2")).await;
    assert!(agent.get(&format!("/approvals/{id}")).await.ok()["permit"].is_null());
    assert!(!app.kinds().await.contains(&"permit_issued".to_owned()));
    assert_eq!(bob.approve(&id).await.ok()["approval"]["status"], "approved");
}

#[tokio::test]
async fn the_greater_of_level_and_rule_counts() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let rule = ana.view(&ask(&app, &medium()).await).await.rule;
    app.settle(|s| _ = s.quorum_by_rule.insert(rule, 3)).await;
    let mut other = medium();
    other["context"]["session_id"] = "s2".into();
    assert_eq!(ana.view(&ask(&app, &other).await).await.quorum, 3);
}

#[tokio::test]
async fn one_person_cannot_fill_two_places_with_two_devices() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &critical()).await;
    ana.approve(&id).await.ok();
    ana.approve(&id).await.refused("already_voted");
    let second = app.person("ana", Role::Approver).await;
    let confirm = format!("/devices/{}/confirm", second.device_id);
    ana.caller.send("POST", &confirm, &json!({})).await.ok();
    second.approve(&id).await.refused("already_voted");
    assert_eq!(ana.view(&id).await.status, "pending");
}

#[tokio::test]
async fn the_first_reject_is_final() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let id = ask(&app, &critical()).await;
    ana.approve(&id).await.ok();
    assert_eq!(bob.reject(&id).await.ok()["approval"]["status"], "rejected");
    let cleo = app.person("cleo", Role::Approver).await;
    cleo.approve(&id).await.refused("already_decided");
    ana.caller
        .send("POST", &format!("/approvals/{id}/extend"), &json!({"secs": 60}))
        .await
        .refused("already_decided");
}

#[tokio::test]
async fn a_one_person_team_approves_its_own_request_and_the_record_says_so() {
    let app = TestApp::new();
    let boss = app.person("boss", Role::Admin).await;
    let agent = app.token("boss", Role::Agent, Some("pet")).await;
    let id = agent.evaluate(&high()).await["approval_id"].as_str().unwrap().to_owned();
    boss.approve(&id).await.refused("own_request");
    assert_eq!(boss.view(&id).await.deciders, Vec::<String>::new());

    app.settle(|s| _ = s.self_approvers.insert("boss".into())).await;
    assert_eq!(boss.view(&id).await.deciders, ["boss"]);
    let answer = boss.approve(&id).await.ok();
    assert_eq!(answer["approval"]["votes"][0]["own_request"], true);
    let payloads = app.payloads("vote_cast").await;
    assert_eq!(payloads.last().unwrap()["own_request"], true);
    let permit =
        agent.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    agent.redeem(&permit, &high(), "nonce-0001").await.ok();
}

#[tokio::test]
async fn the_permission_ends_with_the_setting_also_for_a_permit_that_waits() {
    let app = TestApp::new();
    let boss = app.person("boss", Role::Admin).await;
    let agent = app.token("boss", Role::Agent, Some("pet")).await;
    app.settle(|s| _ = s.self_approvers.insert("boss".into())).await;
    let id = agent.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    boss.approve(&id).await.ok();
    app.settle(|s| s.self_approvers.clear()).await;
    let permit =
        agent.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    agent.redeem(&permit, &medium(), "nonce-0001").await.refused("unavailable");
}

#[tokio::test]
async fn the_permission_reaches_neither_shared_devices_nor_a_critical_quorum() {
    let app = TestApp::new();
    app.settle(|s| _ = s.self_approvers.insert("boss".into())).await;
    let shared = app.device("boss", Role::Admin, "desktop", true, true).await.unwrap();
    let agent = app.token("boss", Role::Agent, Some("pet")).await;
    let id = agent.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    shared.approve(&id).await.refused("own_request");

    let app = TestApp::new();
    app.settle(|s| _ = s.self_approvers.insert("boss".into())).await;
    let (boss, ana) = (app.person("boss", Role::Admin).await, app.person("ana", Role::Approver).await);
    let agent = app.token("boss", Role::Agent, Some("pet")).await;
    let id = agent.evaluate(&critical()).await["approval_id"].as_str().unwrap().to_owned();
    assert_eq!(boss.approve(&id).await.ok()["approval"]["status"], "pending");
    boss.approve(&id).await.refused("already_voted");
    assert_eq!(ana.approve(&id).await.ok()["approval"]["status"], "approved");
}

#[tokio::test]
async fn an_approval_is_extended_once_and_its_expiry_never_approves() {
    let app = TestApp::new();
    app.settle(|s| s.extension_secs = 120).await;
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let mut asked = critical();
    asked["expires_in_secs"] = 60.into();
    let id = ask(&app, &asked).await;
    let path = format!("/approvals/{id}/extend");
    ana.caller.send("POST", &path, &json!({"secs": 121})).await.refused("invalid");
    let before = ana.view(&id).await;
    let longer = ana.caller.send("POST", &path, &json!({"secs": 120})).await.ok();
    assert_eq!(longer["expires_at"], before.expires_at + 120_000_000);
    assert_eq!(longer["extended"], true);
    bob.caller.send("POST", &path, &json!({"secs": 1})).await.refused("already_extended");
    app.pass(100);
    ana.approve(&id).await.ok();
    app.pass(100);
    bob.approve(&id).await.refused("expired");
    bob.caller.send("POST", &path, &json!({"secs": 1})).await.refused("expired");
    assert_eq!(ana.view(&id).await.status, "expired");
    assert!(!app.kinds().await.contains(&"permit_issued".to_owned()));
}

#[tokio::test]
async fn a_claim_says_who_looks_and_binds_nobody() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let id = ask(&app, &critical()).await;
    let path = format!("/approvals/{id}/claim");
    let claimed = ana.caller.send("POST", &path, &json!({})).await.ok();
    assert_eq!(claimed["claimed_by"]["user"], "ana");
    ana.caller.send("POST", &path, &json!({})).await.ok();
    let refused = bob.caller.send("POST", &path, &json!({})).await.refused("claimed");
    assert!(refused["detail"].as_str().unwrap().contains("ana"), "{refused}");
    bob.caller.send("DELETE", &path, &json!({})).await.refused("claimed");
    bob.approve(&id).await.ok();
    bob.caller.send("POST", &path, &json!({"take_over": true})).await.ok();
    let free = bob.caller.send("DELETE", &path, &json!({})).await.ok();
    assert!(free["claimed_by"].is_null());
    let kinds: Vec<String> = app.kinds().await.into_iter().filter(|k| k.starts_with("approval_")).collect();
    let asked = "approval_requested";
    assert_eq!(kinds, [asked, "approval_claimed", "approval_claimed", "approval_released"]);
    assert_eq!(app.payloads("approval_claimed").await[1]["taken_from"], "ana");
}
