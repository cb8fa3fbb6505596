//! One person votes for another: recorded as such, in force only between its dates, never a second place.

use navi_domain::SECOND;
use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, ask, critical, medium};

const DAY: i64 = 24 * 3600 * SECOND;

async fn delegate(app: &TestApp, from: &Person<'_>, to: &str, starts: i64, ends: i64) -> Answer {
    let now = app.app.store.now();
    let body = json!({"to": to, "starts_at": now + starts, "ends_at": now + ends, "reason": "away"});
    from.caller.send("POST", "/delegations", &body).await
}

#[tokio::test]
async fn a_delegate_votes_for_the_absent_and_the_record_says_for_whom() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let id = ask(&app, &medium()).await;
    ana.approve_for(&id, "bob").await.refused("not_delegated");
    let made = delegate(&app, &bob, "ana", 0, DAY).await.ok();
    assert_eq!(made["in_force"], true);
    let answer = ana.approve_for(&id, "bob").await.ok();
    assert_eq!(answer["approval"]["status"], "approved");
    let vote = &answer["approval"]["votes"][0];
    assert_eq!((vote["user"].as_str(), vote["for_user"].as_str()), (Some("ana"), Some("bob")));
    assert_eq!(app.payloads("vote_cast").await[0]["for_user"], "bob");
    let agent = app.token("dana", Role::Agent, Some("other")).await;
    agent.get(&format!("/approvals/{id}")).await.ok();
    let nova = crate::app::Caller { app: &app, secret: "nvt_dana_agent_nova".into() };
    let permit =
        nova.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    nova.redeem(&permit, &medium(), "nonce-0001").await.ok();
}

#[tokio::test]
async fn one_person_cannot_fill_two_places_through_a_delegation() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let cleo = app.person("cleo", Role::Approver).await;
    delegate(&app, &bob, "ana", 0, DAY).await.ok();
    let id = ask(&app, &critical()).await;
    ana.approve(&id).await.ok();
    ana.approve_for(&id, "bob").await.refused("already_voted");
    assert_eq!(ana.view(&id).await.status, "pending");

    let mut other = critical();
    other["context"]["session_id"] = "s2".into();
    let id = ask(&app, &other).await;
    ana.approve_for(&id, "bob").await.ok();
    ana.approve(&id).await.refused("already_voted");
    bob.approve(&id).await.refused("already_voted");
    assert_eq!(ana.view(&id).await.status, "pending");
    assert_eq!(cleo.approve(&id).await.ok()["approval"]["status"], "approved");
}

#[tokio::test]
async fn a_delegation_counts_only_between_its_dates_and_until_it_is_ended() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let mut asked = critical();
    asked["context"]["session_id"] = "dates".into();
    let id = ask(&app, &asked).await;
    let made = delegate(&app, &bob, "ana", 100 * SECOND, 200 * SECOND).await.ok();
    ana.approve_for(&id, "bob").await.refused("not_delegated");
    app.pass(150);
    let path = format!("/delegations/{}", made["id"].as_str().unwrap());
    ana.caller.send("DELETE", &path, &json!({})).await.refused("forbidden");
    bob.caller.send("DELETE", &path, &json!({})).await.ok();
    ana.approve_for(&id, "bob").await.refused("not_delegated");
    delegate(&app, &bob, "ana", 0, 100 * SECOND).await.ok();
    ana.approve_for(&id, "bob").await.ok();
    app.pass(101);
    assert_eq!(ana.caller.get("/delegations").await.ok(), json!([]));
}

#[tokio::test]
async fn nobody_votes_for_the_requester_and_a_requester_for_nobody() {
    let app = TestApp::new();
    let (ana, boss) = (app.person("ana", Role::Approver).await, app.person("boss", Role::Admin).await);
    let bob = app.person("bob", Role::Approver).await;
    delegate(&app, &boss, "ana", 0, DAY).await.ok();
    delegate(&app, &bob, "boss", 0, DAY).await.ok();
    app.settle(|s| _ = s.self_approvers.insert("boss".into())).await;
    let agent = app.token("boss", Role::Agent, Some("pet")).await;
    let id = agent.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    ana.approve_for(&id, "boss").await.refused("own_request");
    boss.approve_for(&id, "bob").await.refused("own_request");
}

#[tokio::test]
async fn a_delegation_that_makes_no_sense_is_refused() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let cleo = app.person("cleo", Role::Approver).await;
    let admin = app.person("root", Role::Admin).await;
    app.token("dev", Role::Developer, None).await;
    delegate(&app, &ana, "bob", 0, DAY).await.ok();
    delegate(&app, &bob, "cleo", 0, DAY).await.ok();
    let circle = delegate(&app, &cleo, "ana", 0, DAY).await.refused("invalid");
    assert!(circle["detail"].as_str().unwrap().contains("circle"), "{circle}");
    delegate(&app, &ana, "ana", 0, DAY).await.refused("invalid");
    delegate(&app, &cleo, "nobody", 0, DAY).await.refused("invalid");
    delegate(&app, &cleo, "dev", 0, DAY).await.refused("invalid");
    delegate(&app, &cleo, "root", 0, 91 * DAY).await.refused("invalid");
    delegate(&app, &cleo, "root", -2 * DAY, -DAY).await.refused("invalid");

    let now = app.app.store.now();
    let others = json!({"from": "cleo", "to": "root", "starts_at": now, "ends_at": now + DAY});
    ana.caller.send("POST", "/delegations", &others).await.refused("forbidden");
    admin.caller.send("POST", "/delegations", &others).await.ok();
    let listed = ana.caller.get("/delegations").await.ok();
    let pairs: Vec<(&str, &str)> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|d: &Value| (d["from"].as_str().unwrap(), d["to"].as_str().unwrap()))
        .collect();
    assert_eq!(pairs.len(), 3);
    assert!(pairs.contains(&("cleo", "root")));
}

#[tokio::test]
async fn two_delegations_made_at_once_cannot_close_a_circle() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let (there, back) =
        tokio::join!(delegate(&app, &ana, "bob", 0, DAY), delegate(&app, &bob, "ana", 0, DAY));
    let made = [there, back].iter().filter(|a| a.status.is_success()).count();
    assert_eq!(made, 1);
}
