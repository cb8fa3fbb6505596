//! Comments, and questions that the agent answers: kept in the ledger, read with the approval.

use std::time::Duration;

use navi_domain::people::Role;
use serde_json::json;

use crate::app::{Caller, TestApp, ask, medium};

#[tokio::test]
async fn a_question_reaches_the_agent_and_its_answer_the_people() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let nova = Caller { app: &app, secret: "nvt_dana_agent_nova".into() };
    let path = format!("/approvals/{id}");
    ana.caller.send("POST", &format!("{path}/comments"), &json!({"text": "looks wide"})).await.ok();
    ana.caller.send("POST", &format!("{path}/questions"), &json!({"text": "Why billing?"})).await.ok();
    let seen = nova.get(&path).await.ok();
    let question = seen["discussion"][1]["id"].as_str().unwrap().to_owned();
    assert_eq!(seen["discussion"][1]["text"], "Why billing?");

    let wrong = json!({"question_id": "nothing", "text": "?"});
    nova.send("POST", &format!("{path}/answers"), &wrong).await.refused("not_found");
    let answer = json!({"question_id": question, "text": "The rate changed."});
    ana.caller.send("POST", &format!("{path}/answers"), &answer).await.refused("forbidden");
    let other = app.token("dana", Role::Agent, Some("other")).await;
    other.send("POST", &format!("{path}/answers"), &answer).await.refused("forbidden");
    nova.send("POST", &format!("{path}/answers"), &answer).await.ok();

    let told: Vec<String> =
        ana.view(&id).await.discussion.iter().map(|r| format!("{} {} {}", r.kind, r.user, r.text)).collect();
    assert_eq!(
        told,
        ["comment ana looks wide", "question ana Why billing?", "answer nova The rate changed."]
    );
    assert_eq!(ana.view(&id).await.discussion[2].answers_to, Some(question));
    assert_eq!(ana.view(&id).await.status, "pending");
}

#[tokio::test]
async fn who_waits_hears_of_a_question_at_once() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let nova = Caller { app: &app, secret: "nvt_dana_agent_nova".into() };
    let version = nova.get(&format!("/approvals/{id}")).await.ok()["version"].as_u64().unwrap();
    let path = format!("/approvals/{id}?wait=60&seen={version}");
    let question = json!({"text": "Why?"});
    let questions = format!("/approvals/{id}/questions");
    let both = async {
        tokio::join!(nova.get(&path), async {
            tokio::task::yield_now().await;
            ana.caller.send("POST", &questions, &question).await.ok()
        })
    };
    let (seen, _) = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
    assert_eq!(seen.ok()["discussion"][0]["text"], "Why?");
    // What came before the wait is not missed either.
    let late = nova.get(&path);
    let late = tokio::time::timeout(Duration::from_secs(30), late).await.unwrap().ok();
    assert!(late["version"].as_u64().unwrap() > version);
}

#[tokio::test]
async fn remarks_have_their_bounds() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let nova = Caller { app: &app, secret: "nvt_dana_agent_nova".into() };
    let comments = format!("/approvals/{id}/comments");
    ana.caller.send("POST", &comments, &json!({"text": " "})).await.refused("invalid");
    ana.caller.send("POST", &comments, &json!({"text": "x".repeat(4001)})).await.refused("invalid");
    ana.caller.send("POST", &comments, &json!({"text": "ä".repeat(4000)})).await.ok();
    nova.send("POST", &comments, &json!({"text": "please!"})).await.refused("forbidden");
    let eve = app.token("eve", Role::Developer, None).await;
    eve.send("POST", &comments, &json!({"text": "let me see"})).await.refused("not_found");
    let dana = app.token("dana", Role::Developer, None).await;
    dana.send("POST", &comments, &json!({"text": "it is urgent"})).await.ok();
    ana.approve(&id).await.ok();
    ana.caller
        .send("POST", &format!("/approvals/{id}/questions"), &json!({"text": "?"}))
        .await
        .refused("already_decided");
    ana.caller.send("POST", &comments, &json!({"text": "for the record"})).await.ok();
    assert_eq!(ana.view(&id).await.status, "approved");
}
