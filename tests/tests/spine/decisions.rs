//! What `POST /evaluate` answers, and what becomes of requests that wait.

use anyhow::Result;
use navi_tests::server::Server;
use reqwest::Method;
use serde_json::json;

use crate::{ask, command, server_that_asks};

#[tokio::test(flavor = "multi_thread")]
async fn the_specifications_example_asks_for_approval_and_says_why() -> Result<()> {
    let server = Server::start().await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let context = json!({
        "target_files": ["/app/auth/login.py"], "repo": "auth-service", "branch": "main",
    });
    let answer = agent.evaluate("code_edit", context).await?;
    assert_eq!(answer["decision"], "APPROVAL", "{answer}");
    assert!(answer["approval_id"].is_string(), "{answer}");
    let reasons = answer["reasons"].to_string().to_lowercase();
    assert!(reasons.contains("authentication"), "{reasons}");
    assert!(reasons.contains("production branch"), "{reasons}");
    let score = answer["risk_score"].as_f64().expect("a number");
    assert!((0.4..=1.0).contains(&score), "{score}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_risk_action_starts_in_one_call_and_is_in_the_ledger() -> Result<()> {
    let server = Server::start().await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let body = json!({
        "action_type": " File-Read ", "context": { "target_files": ["README.md"] },
        "start": { "run_nonce": "nonce-of-this-run" },
    });
    let answer = agent.post("/evaluate", &body).await?.expect(200)?;
    assert_eq!(answer["decision"], "AUTO", "{answer}");
    assert!(answer["approval_id"].is_null(), "{answer}");
    assert!(answer["execution_id"].is_string(), "{answer}");

    let auditor = server.api("olga", "auditor", None).await?;
    let action = answer["action_id"].as_str().expect("an id");
    let trail = auditor.get(&format!("/audit/{action}")).await?.expect(200)?;
    let entries = trail["entries"].as_array().expect("a list").clone();
    let kinds: Vec<&str> = entries.iter().filter_map(|e| e["kind"].as_str()).collect();
    assert_eq!(kinds, ["decision", "permit_issued", "execution_started"]);
    assert_eq!(entries.first().map(|e| &e["index"]), Some(&answer["ledger_index"]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_action_type_asks_a_person() -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "full" })).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let answer = agent.evaluate("frobnicate_everything", json!({})).await?;
    assert_eq!(answer["decision"], "APPROVAL", "{answer}");
    assert_eq!(answer["rule"], "unknown_action_type", "{answer}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resubmitted_action_with_other_content_supersedes_the_first() -> Result<()> {
    let (_server, agent) = server_that_asks().await?;
    let evaluate = async |text: &str| {
        let body =
            json!({ "action_type": "command_run", "context": command(text), "request_key": "tool-use-1" });
        agent.post("/evaluate", &body).await?.expect(200)
    };
    let first = evaluate("make test").await?;
    let same = evaluate("make test").await?;
    assert_eq!(same["approval_id"], first["approval_id"], "the same request is not asked twice");
    let other = evaluate("make deploy").await?;
    assert_ne!(other["approval_id"], first["approval_id"]);

    let old = agent.approval(first["approval_id"].as_str().expect("an id")).await?;
    assert_eq!(old["status"], "superseded", "{old}");
    assert_eq!(old["superseded_by"], other["approval_id"], "{old}");
    assert_eq!(agent.the_pending_one().await?["id"], other["approval_id"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_replays_the_answer_and_refuses_another_body() -> Result<()> {
    let server = Server::start().await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let body = json!({ "action_type": "file_read", "context": { "target_files": ["a.txt"] } });
    let send = async |body: &serde_json::Value| {
        agent.send(Method::POST, "/evaluate", Some(body), &[("Idempotency-Key", "key-1")]).await
    };
    let first = send(&body).await?.expect(200)?;
    let again = send(&body).await?.expect(200)?;
    assert_eq!(again["action_id"], first["action_id"]);
    let other = json!({ "action_type": "file_read", "context": { "target_files": ["b.txt"] } });
    send(&other).await?.expect_problem(409, "idempotency_mismatch")?;

    let auditor = server.api("olga", "auditor", None).await?;
    let decisions = auditor.ledger().await?.iter().filter(|e| e["kind"] == "decision").count();
    assert_eq!(decisions, 1, "one decision was recorded");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_answers_expires() -> Result<()> {
    let server = Server::start_with(&json!({ "approval_ttl_secs": 1 })).await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let bob = navi_tests::device::Device::enroll(&server, "bob", "approver").await?;
    let id = ask(&agent, "make test").await?;
    let shown = bob.api.approval(&id).await?;
    let vote = bob.vote(&shown, "approve", "")?;
    agent.wait_for_status(&id, "expired").await?;
    bob.send(&id, &vote).await?.expect_problem(409, "expired")?;
    assert!(agent.approval(&id).await?["permit"].is_null());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_with_a_key_twice_is_refused() -> Result<()> {
    let server = Server::start().await?;
    let token = server.token("alice", "agent", Some("coder")).await?;
    let answer = reqwest::Client::new()
        .post(format!("{}/api/governance/evaluate", server.url))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(r#"{"action_type":"file_read","action_type":"deploy_prod","context":{}}"#)
        .send()
        .await?;
    assert_eq!(answer.status().as_u16(), 400, "{}", answer.text().await?);
    Ok(())
}
