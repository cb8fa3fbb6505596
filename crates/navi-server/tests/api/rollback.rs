//! Rolling back over the API: windows, rights, refusals that are recorded, plans that are decided.

use navi_domain::people::Role;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::app::{Caller, TestApp};

const KEY: &str = "the key of a place";

fn capture(truth: Value) -> Value {
    let place = hex::encode(Sha256::new().chain_update(b"navi/place/v1\n").chain_update(KEY).finalize());
    let part = json!({
        "strategy": "git", "target": "/srv/shop refs/heads/work", "before": "a", "after": "b", "truth": truth,
        "undoes": ["commit b"], "leaves": ["what was pushed"], "branch": "work",
    });
    json!({"id": format!("c-{}", truth["truth"]), "sha256": "1".repeat(64), "place": place, "parts": [part]})
}

fn plan(truth: &str) -> Value {
    let truth = if truth == "verified" {
        json!({"truth": truth})
    } else {
        json!({"truth": truth, "why": "a conflict"})
    };
    let capture = capture(json!({"truth": "verified"}));
    json!({"capture_sha256": "1".repeat(64), "truth": truth, "steps": capture["parts"],
           "target_state": {"git": {"head": "b", "dirty_sha256": "c"}}})
}

/// A run of dana's agent that ended with a capture; its execution.
async fn ran(agent: &Caller<'_>, nonce: &str, captured: Value) -> String {
    let asked = json!({"action_type": "file_read", "context": {"target_files": [format!("src/{nonce}.rs")]},
                       "start": {"run_nonce": nonce}});
    let answer = agent.evaluate(&asked).await;
    let id = answer["execution_id"].as_str().unwrap().to_owned();
    let report = json!({"status": "succeeded", "exit_code": 0, "artifacts": {"capture": captured}});
    agent.send("PATCH", &format!("/executions/{id}"), &report).await.ok();
    id
}

fn wish(execution: &str) -> Value {
    json!({"execution_id": execution, "reason": "it was slow"})
}

#[tokio::test]
async fn a_window_closes_and_what_is_too_late_is_recorded() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let admin = app.token("root", Role::Admin, None).await;
    let execution = ran(&agent, "run-nonce-1", capture(json!({"truth": "verified"}))).await;
    let minutes = json!({"rollback_minutes": {"file_read": 60}, "version": 0});
    admin.send("PUT", "/settings", &minutes).await.ok();
    app.pass(59 * 60);
    let offers = admin.get("/rollback/available").await.ok();
    let left = offers[0]["closes_at"].as_i64().unwrap() - offers[0]["server_time"].as_i64().unwrap();
    assert_eq!((offers[0]["truth"].as_str(), left / 60_000_000), (Some("verified"), 1));
    app.pass(60);
    assert_eq!(admin.get("/rollback/available").await.ok(), json!([]));
    let one = admin.get(&format!("/rollback/available?execution_id={execution}")).await.ok();
    assert_eq!(one[0]["not_offered"], "window_closed");
    admin.send("POST", "/rollback", &wish(&execution)).await.refused("not_offered");
    let refused = app.payloads("rollback_refused").await;
    assert_eq!(refused[0]["why"], "its window of 60 minutes is over");
    let too_long = json!({"rollback_minutes": {"file_read": 129_601}, "version": 1});
    admin.send("PUT", "/settings", &too_long).await.refused("invalid");
}

#[tokio::test]
async fn of_two_that_ask_at_once_one_is_told_so_and_after_a_rejection_one_may_ask_again() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let execution = ran(&agent, "run-nonce-1", capture(json!({"truth": "verified"}))).await;
    let ana = app.person("ana", Role::Approver).await;
    let eva = app.person("eva", Role::Approver).await;
    let runner = app.token("ops", Role::Agent, Some("runner")).await;
    let body = wish(&execution);
    let (one, two) = tokio::join!(
        ana.caller.send("POST", "/rollback", &body),
        eva.caller.send("POST", "/rollback", &body)
    );
    let (won, lost) = if one.status.is_success() { (one, two) } else { (two, one) };
    lost.refused("not_offered");
    let id = won.ok()["id"].as_str().unwrap().to_owned();
    // Blocked by nobody: it is asked about, because rolling back is no more trusted than anything else.
    app.settle(|_| ()).await;
    let reported = json!({"place_key": KEY, "plan": plan("verified")});
    let planned = runner.send("POST", &format!("/rollback/{id}/plan"), &reported).await.ok();
    assert!(["waiting", "approved"].contains(&planned["status"].as_str().unwrap()), "{planned}");
    runner.send("POST", &format!("/rollback/{id}/plan"), &reported).await.refused("not_offered");
    if planned["status"] == "waiting" {
        let requester = planned["user"].as_str().unwrap();
        let other = if requester == "ana" { &eva } else { &ana };
        other.reject(planned["approval_id"].as_str().unwrap()).await.ok();
        let view = ana.caller.get(&format!("/rollback/{id}")).await.ok();
        assert_eq!((view["status"].as_str(), view["over"].as_bool()), (Some("rejected"), Some(true)));
        ana.caller.send("POST", "/rollback", &body).await.ok();
    }
}

#[tokio::test]
async fn what_is_impossible_is_refused_whoever_finds_it() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let ana = app.token("ana", Role::Approver, None).await;
    let runner = app.token("ops", Role::Agent, Some("runner")).await;
    let lost = json!({"truth": "impossible", "why": "history was rewritten"});
    let execution = ran(&agent, "run-nonce-1", capture(lost)).await;
    let told = ana.send("POST", "/rollback", &wish(&execution)).await.refused("not_offered");
    assert!(told["detail"].as_str().unwrap().contains("history was rewritten"));
    // The runner finds a conflict: nobody is asked.
    let execution = ran(&agent, "run-nonce-2", capture(json!({"truth": "verified"}))).await;
    let id = ana.send("POST", "/rollback", &wish(&execution)).await.ok()["id"].as_str().unwrap().to_owned();
    let reported = json!({"place_key": KEY, "plan": plan("impossible")});
    let planned = runner.send("POST", &format!("/rollback/{id}/plan"), &reported).await.ok();
    assert_eq!((planned["status"].as_str(), planned["why"].as_str()), (Some("refused"), Some("a conflict")));
    assert!(planned.get("approval_id").is_none());
    let kinds = app.kinds().await;
    assert!(kinds.contains(&"rollback_refused".to_owned()), "{kinds:?}");
    // No runner: it is over by itself, and one may ask again.
    let id = ana.send("POST", "/rollback", &wish(&execution)).await.ok()["id"].as_str().unwrap().to_owned();
    app.pass(601);
    assert_eq!(ana.get(&format!("/rollback/{id}")).await.ok()["status"], "expired");
    ana.send("POST", "/rollback", &wish(&execution)).await.ok();
}

#[tokio::test]
async fn everybody_undoes_their_own_and_only_some_what_ran_for_others() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let execution = ran(&agent, "run-nonce-1", capture(json!({"truth": "verified"}))).await;
    let body = json!({"execution_id": execution, "reason": "", "dry_run": true});
    app.token("eve", Role::Developer, None).await.send("POST", "/rollback", &body).await.refused("not_found");
    app.token("olga", Role::Auditor, None).await.send("POST", "/rollback", &body).await.refused("forbidden");
    let own = app.token("dana", Role::Developer, None).await;
    let dry = own.send("POST", "/rollback", &body).await.ok();
    assert_eq!((dry["status"].as_str(), dry["dry_run"].as_bool()), (Some("planning"), Some(true)));
    // By the action and by the way back, the same execution is meant.
    let ana = app.token("ana", Role::Approver, None).await;
    let offer = ana.get(&format!("/rollback/available?execution_id={execution}")).await.ok();
    for (name, value) in [("action_id", &offer[0]["action_id"]), ("rollback_id", &offer[0]["rollback_id"])] {
        let body = json!({name: value, "dry_run": true});
        let view = ana.send("POST", "/rollback", &body).await.ok();
        assert_eq!(view["execution_id"], execution.as_str(), "{name}");
    }
    ana.send("POST", "/rollback", &json!({"reason": "x"})).await.refused("invalid");
    ana.send("POST", "/rollback", &json!({"execution_id": execution})).await.refused("invalid");
    agent.send("POST", "/rollback", &wish(&execution)).await.ok();
    ana.send("POST", "/rollback", &body).await.refused("not_offered");
}

#[tokio::test]
async fn a_credential_that_was_revoked_meanwhile_undoes_nothing() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let admin = app.token("root", Role::Admin, None).await;
    let ana = app.token("ana", Role::Approver, None).await;
    let runner = app.token("ops", Role::Agent, Some("runner")).await;
    let execution = ran(&agent, "run-nonce-1", capture(json!({"truth": "verified"}))).await;
    let id = ana.send("POST", "/rollback", &wish(&execution)).await.ok()["id"].as_str().unwrap().to_owned();
    admin.send("DELETE", &format!("/tokens/{}", ana.secret), &json!({})).await.ok();
    let reported = json!({"place_key": KEY, "plan": plan("verified")});
    let planned = runner.send("POST", &format!("/rollback/{id}/plan"), &reported).await.ok();
    assert_eq!(planned["status"], "refused");
    assert!(planned["why"].as_str().unwrap().contains("no longer good"), "{planned}");
}
