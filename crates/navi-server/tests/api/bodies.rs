//! Bad input gets a clear error and loses nothing.

use serde_json::json;

use crate::app::{TestApp, low};

#[tokio::test]
async fn bodies_that_are_not_the_contracts_are_refused_with_a_reason() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let before = app.kinds().await;
    let path = "/api/governance/evaluate";
    for (body, code) in [
        ("", "bad_request"),
        ("<html>", "bad_request"),
        ("[]", "bad_request"),
        ("{\"action_type\":\"a\",\"action_type\":\"b\"}", "bad_request"),
        ("{\"action_type\":\"a\",\"context\":{\"command\":\"a\",\"command\":\"b\"}}", "bad_request"),
        ("{\"action_type\":7}", "bad_request"),
        ("{\"action_type\":\"a\",\"surprise\":1}", "bad_request"),
        ("{\"action_type\":\"\"}", "invalid"),
        ("{\"action_type\":\"a\",\"expires_in_secs\":0}", "invalid"),
        ("{\"action_type\":\"a\",\"start\":{\"run_nonce\":\"x\"}}", "invalid"),
    ] {
        app.call("POST", path, Some(&agent.secret), body, &[]).await.refused(code);
    }
    let large = format!("{{\"action_type\":\"a\",\"context\":{{\"diff\":\"{}\"}}}}", "x".repeat(1024 * 1024));
    app.call("POST", path, Some(&agent.secret), &large, &[]).await.refused("too_large");
    assert_eq!(app.kinds().await, before);
}

#[tokio::test]
async fn floats_and_huge_numbers_in_arguments_become_their_own_text() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let ask = json!({"action_type": "mcp_tool", "context": {"tool": "t", "args": {"a": 1.5, "b": 9_007_199_254_740_993_u64},
        "confidence": 0.25}});
    let answer = agent.evaluate(&ask).await;
    let permit = answer["permit"]["id"].as_str().unwrap();
    agent.redeem(permit, &ask, "nonce-0001").await.ok();
    let mut other = ask.clone();
    other["context"]["args"]["b"] = 9_007_199_254_740_992_u64.into();
    agent.redeem(permit, &other, "nonce-0001").await.refused("digest_mismatch");
}

#[tokio::test]
async fn unknown_paths_methods_and_credentials_answer_with_problems() {
    let app = TestApp::new();
    let agent = app.agent().await;
    agent.get("/nothing").await.refused("not_found");
    agent.send("PUT", "/evaluate", &low()).await.refused("not_found");
    agent.get("/approvals/nobody").await.refused("not_found");
    app.call("GET", "/api/governance/approvals", None, "", &[]).await.refused("unauthenticated");
    app.call("GET", "/api/governance/approvals", Some("nvt_wrong"), "", &[]).await.refused("unauthenticated");
    agent.get("/approvals?status=maybe").await.refused("bad_request");
    agent.get("/approvals?limit=many").await.refused("bad_request");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let mut asked = Vec::new();
    for i in 0..7 {
        let ask = json!({"action_type": "database_migration", "context": {"command": format!("step {i}")}});
        asked.push(agent.evaluate(&ask).await["approval_id"].as_str().unwrap().to_owned());
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = agent.get(&format!("/approvals?limit=3{cursor}")).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seen.sort();
    asked.sort();
    assert_eq!(seen, asked);
    let status = agent.get("/approvals/status").await.ok();
    assert_eq!(status["pending"], 7);
}
