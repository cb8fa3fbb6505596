//! What is learned from votes is told to people, raises levels, and never lets anything run.

use navi_domain::advice;
use navi_domain::people::Role;
use navi_domain::risk::{Level, assess};
use navi_domain::vote::VoteVerdict;
use navi_store::Store as _;
use serde_json::{Value, json};

use crate::app::{Person, TestApp, ask, low, medium};

/// The medium action in a session of its own, so that nothing is remembered from the one before.
fn in_session(number: usize) -> Value {
    let mut asked = medium();
    asked["context"]["session_id"] = format!("session-{number}").into();
    asked
}

async fn reject_often(app: &TestApp, person: &Person<'_>, times: std::ops::Range<usize>) {
    for number in times {
        let id = ask(app, &in_session(number)).await;
        assert_eq!(person.reject(&id).await.ok()["approval"]["status"], "rejected");
    }
}

async fn learn(app: &TestApp) {
    app.app.learned.refresh(app.store.as_ref()).await.unwrap();
}

#[tokio::test]
async fn with_nothing_learned_there_is_no_advice() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    learn(&app).await;
    reject_often(&app, &ana, 0..3).await;
    learn(&app).await;
    let answer = app.agent().await.evaluate(&in_session(50)).await;
    assert_eq!(answer["level"], "medium");
    assert!(answer["advice"].is_null(), "three votes say nothing: {answer}");
    let view = ana.view(answer["approval_id"].as_str().unwrap()).await;
    assert!(view.advice.is_none());
}

#[tokio::test]
async fn what_people_rejected_twelve_times_is_asked_one_level_higher() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let agent = app.agent().await;
    reject_often(&app, &ana, 0..12).await;
    let before = agent.evaluate(&in_session(40)).await;
    assert!(before["advice"].is_null(), "nothing was learned yet");

    learn(&app).await;
    let answer = agent.evaluate(&in_session(41)).await;
    assert_eq!(answer["decision"], "APPROVAL");
    assert_eq!(
        (answer["rule"].clone(), answer["risk_score"].clone()),
        (before["rule"].clone(), before["risk_score"].clone())
    );
    assert_eq!((before["level"].as_str(), answer["level"].as_str()), (Some("medium"), Some("high")));
    let told = &answer["advice"];
    assert_eq!((told["raised"].as_bool(), told["rests_on"].as_u64()), (Some(true), Some(12)));
    assert!(told["reject_probability"].as_f64().is_some_and(|p| (0.6..=1.0).contains(&p)), "{told}");
    assert!(
        told["reasons"][0].as_str().unwrap().starts_with("12 of 12 like this were rejected: code_edit"),
        "{told}"
    );

    let view = ana.view(answer["approval_id"].as_str().unwrap()).await;
    assert!(view.needs_step_up && view.level == "high");
    assert_eq!(serde_json::to_value(view.advice).unwrap(), *told);
    let voted = ana.sign(&ana.view(&view.id).await, VoteVerdict::Approve, &ana.vote_key);
    let path = format!("/approvals/{}", view.id);
    ana.caller.send("POST", &path, &voted).await.refused("step_up_required");

    let record = app.store.decision(answer["action_id"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(
        record.advice.as_ref().map(|a| a.model.clone()),
        Some(app.app.learned.model().version().to_owned())
    );
    assert_eq!((record.derived_level(), record.assessment.level), (Level::Medium, Level::High));
    let derived = assess(&record.action.action_type, &record.facts, &record.risk);
    assert_eq!(advice::apply(derived, record.advice.as_ref()), record.assessment, "a replay needs no model");
}

#[tokio::test]
async fn approvals_lower_the_probability_but_never_a_level_and_let_nothing_run() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let agent = app.agent().await;
    for number in 0..12 {
        let id = ask(&app, &in_session(number)).await;
        ana.approve(&id).await.ok();
    }
    learn(&app).await;
    let answer = agent.evaluate(&in_session(41)).await;
    assert_eq!((answer["decision"].as_str(), answer["level"].as_str()), (Some("APPROVAL"), Some("medium")));
    assert_eq!(answer["advice"]["raised"], false);
    assert!(answer["advice"]["reject_probability"].as_f64().is_some_and(|p| p < 0.1), "{answer}");
    let alone = agent.evaluate(&low()).await;
    assert_eq!(alone["decision"], "AUTO");
    assert!(alone["advice"].is_null(), "nobody votes on what runs alone");
}

#[tokio::test]
async fn a_failed_run_of_what_was_approved_is_told() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let agent = app.agent().await;
    for number in 0..6 {
        let asked = in_session(number);
        let id = ask(&app, &asked).await;
        ana.approve(&id).await.ok();
        if number == 0 {
            let permit = agent.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].clone();
            let run = agent.redeem(permit.as_str().unwrap(), &asked, "12345678").await.ok();
            let path = format!("/executions/{}", run["id"].as_str().unwrap());
            agent.send("PATCH", &path, &json!({"status": "failed", "exit_code": 1})).await.ok();
        }
    }
    learn(&app).await;
    let answer = agent.evaluate(&in_session(41)).await;
    let told = answer["advice"]["reasons"].to_string();
    assert!(told.contains("1 of the 6 that were approved failed when they ran"), "{told}");
}

fn staging(number: usize) -> Value {
    let context = json!({"repo": "shop", "session_id": format!("session-{number}")});
    json!({"action_type": "deploy_staging", "context": context})
}

async fn approve_often(app: &TestApp, person: &Person<'_>, times: std::ops::Range<usize>) {
    for number in times {
        let id = ask(app, &staging(number)).await;
        person.approve(&id).await.ok();
    }
}

#[tokio::test]
async fn what_was_always_approved_is_suggested_with_its_replay_and_applies_only_when_saved() {
    let app = TestApp::new();
    let (ana, root) = (app.person("ana", Role::Approver).await, app.token("root", Role::Admin, None).await);
    root.send("PUT", "/policy/dana", &json!({"level": "minimal"})).await.ok();
    approve_often(&app, &ana, 0..19).await;
    assert_eq!(root.get("/policy/suggestions").await.ok(), json!([]), "nineteen are too few");
    approve_often(&app, &ana, 19..21).await;
    let before = app.kinds().await;

    let found = root.get("/policy/suggestions").await.ok();
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    let suggestion = &found[0];
    let says = suggestion["sentence"].as_str().unwrap();
    assert!(says.starts_with("approved 21 of 21 like this, none of which failed: deploy_staging"), "{says}");
    assert_eq!((suggestion["user_id"].as_str(), suggestion["approved"].as_u64()), (Some("dana"), Some(21)));
    assert_eq!(suggestion["rule"], "require_approval_list");
    assert_eq!(
        (suggestion["replay"]["newly_auto"].clone(), suggestion["replay"]["considered"].clone()),
        (json!(21), json!(21))
    );
    assert_eq!(suggestion["replay"]["newly_auto_that_people_rejected"], 0);
    assert!(!suggestion["looser"].as_array().unwrap().is_empty(), "{suggestion}");
    assert_eq!(app.kinds().await, before, "nothing was applied or written");
    let agent = app.agent().await;
    assert_eq!(agent.evaluate(&staging(50)).await["decision"], "APPROVAL");

    root.send("PUT", "/policy/dana", &suggestion["draft"]).await.ok();
    assert_eq!(agent.evaluate(&staging(51)).await["decision"], "AUTO");
    let mut elsewhere = staging(52);
    elsewhere["context"]["repo"] = "pay".into();
    assert_eq!(agent.evaluate(&elsewhere).await["decision"], "APPROVAL", "only where it was approved");
    assert_eq!(
        root.get("/policy/suggestions").await.ok(),
        json!([]),
        "what is allowed is not suggested again"
    );
}

#[tokio::test]
async fn one_rejection_or_too_much_time_ends_a_suggestion() {
    let app = TestApp::new();
    let (ana, root) = (app.person("ana", Role::Approver).await, app.token("root", Role::Admin, None).await);
    root.send("PUT", "/policy/dana", &json!({"level": "minimal"})).await.ok();
    approve_often(&app, &ana, 0..20).await;
    assert_eq!(root.get("/policy/suggestions").await.ok().as_array().unwrap().len(), 1);
    app.pass(31 * 86_400);
    assert_eq!(root.get("/policy/suggestions").await.ok(), json!([]), "old approvals say little about today");
    approve_often(&app, &ana, 20..21).await;
    assert_eq!(root.get("/policy/suggestions").await.ok().as_array().unwrap().len(), 1);
    let id = ask(&app, &staging(22)).await;
    ana.reject(&id).await.ok();
    assert_eq!(root.get("/policy/suggestions").await.ok(), json!([]));
}

#[tokio::test]
async fn regulated_data_is_never_suggested() {
    let app = TestApp::new();
    let (ana, root) = (app.person("ana", Role::Approver).await, app.token("root", Role::Admin, None).await);
    for number in 0..21 {
        let id = ask(&app, &in_session(number)).await;
        ana.approve(&id).await.ok();
    }
    assert_eq!(root.get("/policy/suggestions").await.ok(), json!([]));
}

#[tokio::test]
async fn suggestions_are_for_those_who_see_everybodys_requests() {
    let app = TestApp::new();
    for (name, role) in [("ada", Role::Approver), ("root", Role::Admin)] {
        app.token(name, role, None).await.get("/policy/suggestions").await.ok();
    }
    app.token("eve", Role::Developer, None).await.get("/policy/suggestions").await.refused("forbidden");
    app.agent().await.get("/policy/suggestions").await.refused("forbidden");
}
