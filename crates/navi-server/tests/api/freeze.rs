//! The stop switch: nothing new runs, deadlines stand still and come back exactly, running commands are told.

use navi_domain::SECOND;
use navi_domain::people::Role;
use navi_server::usecase::freeze;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp, ask, low, medium};

async fn stop(caller: &Caller<'_>, scope: &Value) -> String {
    let mut body = scope.clone();
    body["reason"] = "odd requests".into();
    caller.send("PUT", "/freeze", &body).await.ok()["id"].as_str().unwrap().to_owned()
}

fn in_shop(mut body: Value) -> Value {
    body["context"]["repo"] = "shop".into();
    body
}

#[tokio::test]
async fn nothing_new_runs_while_a_freeze_covers_it() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let id = stop(&ana.caller, &json!({"scope": "repo", "name": " shop "})).await;
    let blocked = agent.evaluate(&in_shop(low())).await;
    assert_eq!((&blocked["decision"], &blocked["rule"]), (&json!("BLOCKED"), &json!("frozen")));
    assert_eq!(blocked["reasons"][0], "ana stopped repository shop: odd requests");
    assert_eq!(agent.evaluate(&low()).await["decision"], "AUTO", "another place");
    let recorded = app.payloads("decision").await.remove(0);
    assert_eq!(recorded["frozen"]["id"], id.as_str());

    let everything = stop(&ana.caller, &json!({"scope": "everything"})).await;
    assert_eq!(agent.evaluate(&low()).await["rule"], "frozen");
    assert_eq!(ana.caller.get("/freeze").await.ok().as_array().unwrap().len(), 2);
    ana.caller.send("DELETE", &format!("/freeze/{everything}"), &json!({})).await.ok();
    assert_eq!(agent.evaluate(&low()).await["decision"], "AUTO");
    ana.caller.send("DELETE", &format!("/freeze/{everything}"), &json!({})).await.refused("not_found");
    agent.send("PUT", "/freeze", &json!({"scope": "everything", "reason": "x"})).await.refused("forbidden");
    for wrong in [
        json!({"scope": "everything", "reason": "  "}),
        json!({"scope": "repo", "reason": "x"}),
        json!({"scope": "everything", "name": "x", "reason": "x"}),
        json!({"scope": "world", "reason": "x"}),
        json!({"scope": "agent", "name": "", "reason": "x"}),
        json!({"scope": "repo", "name": "  ", "reason": "x"}),
    ] {
        ana.caller.send("PUT", "/freeze", &wrong).await.refused("invalid");
    }
}

#[tokio::test]
async fn deadlines_stand_still_and_come_back_exactly_also_when_freezes_overlap() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let id = ask(&app, &in_shop(medium())).await;
    let before = ana.view(&id).await;
    let auto = agent.evaluate(&in_shop(low())).await;
    app.pass(100);
    let repo = stop(&ana.caller, &json!({"scope": "repo", "name": "shop"})).await;
    app.pass(1_000);
    let all = stop(&ana.caller, &json!({"scope": "everything"})).await;
    let shown = ana.view(&id).await;
    assert_eq!(shown.expires_at, before.expires_at);
    assert_eq!(shown.paused_since, Some(before.created_at + 100 * SECOND));
    ana.caller.send("DELETE", &format!("/freeze/{repo}"), &json!({})).await.ok();
    app.pass(1_000_000);
    navi_server::usecase::expire::all_due(&app.app).await.unwrap();
    assert_eq!(ana.view(&id).await.status, "pending", "time stands still");

    let permit = auto["permit"]["id"].as_str().unwrap();
    agent.redeem(permit, &in_shop(low()), "nonce-0001").await.refused("frozen");
    let recorded = app.kinds().await.len();
    agent.redeem(permit, &in_shop(low()), "nonce-0001").await.refused("frozen");
    assert_eq!(app.kinds().await.len(), recorded, "who asks every second does not fill the ledger");

    ana.caller.send("DELETE", &format!("/freeze/{all}"), &json!({})).await.ok();
    let after = ana.view(&id).await;
    assert_eq!(after.paused_since, None);
    assert_eq!(after.expires_at, before.expires_at + 1_001_000 * SECOND);
    agent.redeem(permit, &in_shop(low()), "nonce-0001").await.ok();
    ana.approve(&id).await.ok();
    assert_eq!(app.app.store.freezes().await.unwrap().unwrap().freezes, []);
}

#[tokio::test]
async fn a_vote_during_a_freeze_counts_and_its_permit_waits() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let id = ask(&app, &medium()).await;
    let all = stop(&ana.caller, &json!({"scope": "agent", "name": "nova"})).await;
    app.pass(50_000);
    ana.approve(&id).await.ok();
    freeze::settle(&app.app).await.unwrap();
    let permit = app.app.store.permit_of_approval(&id).await.unwrap().unwrap();
    agent.redeem(&permit.id, &medium(), "nonce-0001").await.refused("frozen");
    app.pass(50_000);
    navi_server::usecase::expire::all_due(&app.app).await.unwrap();
    ana.caller.send("DELETE", &format!("/freeze/{all}"), &json!({})).await.ok();
    agent.redeem(&permit.id, &medium(), "nonce-0001").await.ok();
}

#[tokio::test]
async fn running_commands_are_asked_to_stop_and_confirm_it() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let mut ran = Vec::new();
    for n in 0..2 {
        let auto = agent.evaluate(&in_shop(low())).await;
        let permit = auto["permit"]["id"].as_str().unwrap().to_owned();
        let run = agent.redeem(&permit, &in_shop(low()), &format!("nonce-000{n}")).await.ok();
        assert_eq!(run.get("stop_requested_at"), None);
        ran.push(run["id"].as_str().unwrap().to_owned());
    }
    let finished = json!({"status": "succeeded", "exit_code": 0});
    agent.send("PATCH", &format!("/executions/{}", ran[0]), &finished).await.ok();
    stop(&ana.caller, &json!({"scope": "agent", "name": "nova"})).await;
    let asked = agent.get(&format!("/executions/{}?wait=30", ran[1])).await.ok();
    assert!(asked["stop_requested_at"].is_i64());
    let shown = ana.caller.get("/freeze").await.ok();
    assert_eq!(shown[0]["stops"].as_array().unwrap().len(), 1, "what had ended is not asked");
    assert_eq!(shown[0]["stops"][0].get("confirmed_at"), None);
    app.pass(1);
    assert_eq!(shown[0]["stops"][0]["agent"], "nova");
    assert!(shown[0]["stops"][0]["title"].as_str().is_some_and(|title| !title.is_empty()), "{shown}");
    let stopped = json!({"status": "failed", "exit_code": 143, "artifacts": {"stopped": "KILL"}});
    agent.send("PATCH", &format!("/executions/{}", ran[1]), &stopped).await.ok();
    let shown = ana.caller.get("/freeze").await.ok();
    assert_eq!(shown[0]["stops"][0]["signal"], "KILL");
    assert!(shown[0]["stops"][0]["confirmed_at"].as_i64() > shown[0]["stops"][0]["requested_at"].as_i64());
}

#[tokio::test]
async fn a_server_that_died_after_the_order_catches_up() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let before = ana.view(&id).await;
    // Order and following are two commits; the second fails here.
    app.store.script([navi_store::fault::Fault::None, navi_store::fault::Fault::Fail]);
    stop(&ana.caller, &json!({"scope": "everything"})).await;
    app.pass(100);
    freeze::settle(&app.app).await.unwrap();
    assert_eq!(
        ana.view(&id).await.paused_since,
        Some(before.server_time),
        "since the order, not since the catch-up"
    );
}

#[tokio::test]
async fn a_stop_that_is_sent_again_after_a_lost_answer_is_one_stop() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let wish = json!({"scope": "everything", "reason": "odd"});
    let first = ana.caller.send_once("PUT", "/freeze", &wish, "order-1").await.ok();
    let again = ana.caller.send_once("PUT", "/freeze", &wish, "order-1").await.ok();
    assert_eq!(first["id"], again["id"]);
    assert_eq!(ana.caller.get("/freeze").await.ok().as_array().unwrap().len(), 1);
    let other = json!({"scope": "everything", "reason": "another"});
    ana.caller.send_once("PUT", "/freeze", &other, "order-1").await.refused("idempotency_mismatch");
    let second = ana.caller.send_once("PUT", "/freeze", &wish, "order-2").await.ok();
    assert_ne!(first["id"], second["id"], "two people who stop the same thing must both lift it");
}
