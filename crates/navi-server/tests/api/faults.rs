//! The record cannot be written, or was written although it said no.

use navi_store::fault::Fault;
use serde_json::json;

use crate::app::{TestApp, low, medium};

#[tokio::test]
async fn what_could_not_be_recorded_is_refused_and_leaves_nothing() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let before = app.kinds().await;
    for ask in [low(), medium()] {
        for (fault, code) in [(Fault::Fail, "unavailable"), (Fault::Busy, "busy")] {
            app.fail_next(fault);
            agent.send("POST", "/evaluate", &ask).await.refused(code);
        }
    }
    assert_eq!(app.kinds().await, before);
    assert_eq!(agent.get("/approvals").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_redeem_that_was_persisted_all_the_same_is_one_execution() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let permit = agent.evaluate(&low()).await["permit"]["id"].as_str().unwrap().to_owned();
    app.fail_next(Fault::FailButPersisted);
    agent.redeem(&permit, &low(), "nonce-0001").await.refused("unavailable");
    let again = agent.redeem(&permit, &low(), "nonce-0001").await.ok();
    assert_eq!(again["status"], "started");
    assert_eq!(app.kinds().await.into_iter().filter(|k| k == "execution_started").count(), 1);
}

#[tokio::test]
async fn an_evaluate_that_was_persisted_all_the_same_is_found_by_its_key() {
    let app = TestApp::new();
    let agent = app.agent().await;
    app.fail_next(Fault::FailButPersisted);
    agent.send_once("POST", "/evaluate", &low(), "k").await.refused("unavailable");
    let size = app.kinds().await.len();
    assert_eq!(agent.send_once("POST", "/evaluate", &low(), "k").await.ok()["decision"], "AUTO");
    assert_eq!(app.kinds().await.len(), size);
}

#[tokio::test]
async fn a_database_that_cannot_be_read_decides_nothing() {
    let app = TestApp::new();
    let agent = app.agent().await;
    app.store.fail_reads(true);
    let answer = agent.send("POST", "/evaluate", &low()).await;
    app.store.fail_reads(false);
    answer.refused("unavailable");
}
