//! Who may decide, and over exactly which bytes.

use anyhow::Result;
use navi_tests::device::{Device, random};
use navi_tests::server::Server;
use serde_json::json;

use crate::{ask, server_that_asks};

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_approve_counts_once_and_is_kept_verbatim() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let id = ask(&agent, "make test").await?;
    let shown = bob.api.approval(&id).await?;
    let vote = bob.vote(&shown, "approve", "looks fine")?;
    let answer = bob.send(&id, &vote).await?.expect(200)?;
    assert_eq!(answer["approval"]["status"], "approved", "{answer}");
    assert_eq!(agent.approval(&id).await?["permit"]["status"], "issued");

    bob.send(&id, &vote).await?;
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    let cast: Vec<_> = ledger.iter().filter(|e| e["kind"] == "vote_cast").collect();
    assert_eq!(cast.len(), 1, "a vote sent twice counts once");
    let payload = cast.first().and_then(|e| e["payload"].as_str()).expect("a payload");
    let kept: serde_json::Value = serde_json::from_str(payload)?;
    assert_eq!(kept["vote"], vote["vote"]);
    assert_eq!(kept["signature"], vote["signature"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_with_one_changed_byte_is_refused() -> Result<()> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let id = ask(&agent, "make test").await?;
    let shown = bob.api.approval(&id).await?;
    let good = bob.vote(&shown, "reject", "no")?;

    // A reject that is turned into an approve on the way.
    let text = String::from_utf8(STANDARD.decode(good["vote"].as_str().expect("text"))?)?;
    let mut turned = good.clone();
    turned["vote"] = json!(STANDARD.encode(text.replace("\"reject\"", "\"approve\"")));
    bob.send(&id, &turned).await?.expect_problem(400, "invalid_vote")?;

    let mut other_reason = good.clone();
    other_reason["reason"] = json!("yes");
    bob.send(&id, &other_reason).await?.expect_problem(400, "invalid_vote")?;
    assert_eq!(agent.approval(&id).await?["status"], "pending");
    bob.send(&id, &good).await?.expect(200)?;
    assert_eq!(agent.approval(&id).await?["status"], "rejected");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_over_another_digest_policy_or_approval_is_refused() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let id = ask(&agent, "make test").await?;
    let shown = bob.api.approval(&id).await?;
    let wrong = "0".repeat(64);
    for (field, value, status, code) in [
        ("digest", wrong.as_str(), 409, "digest_mismatch"),
        ("policy_hash", wrong.as_str(), 409, "policy_changed"),
        ("approval_id", "another", 400, "wrong_target"),
        ("org", "globex", 400, "wrong_target"),
    ] {
        let nonce = random::<16>()?;
        let mut statement = bob.statement(&shown, "approve", "", &nonce);
        statement[field] = json!(value);
        let vote = bob.signed(&shown, &statement, "", &nonce)?;
        bob.send(&id, &vote).await?.expect_problem(status, code)?;
    }
    assert_eq!(agent.approval(&id).await?["status"], "pending");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requester_does_not_count_for_own_agents() -> Result<()> {
    let server = Server::start().await?;
    let alice = Device::enroll(&server, "alice", "approver").await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let id = ask(&agent, "make test").await?;
    alice.cast(&id, "approve", "").await?.expect_problem(403, "own_request")?;
    assert_eq!(agent.approval(&id).await?["status"], "pending");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_decision_is_final() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let carol = Device::enroll(&server, "carol", "approver").await?;
    let id = ask(&agent, "make test").await?;
    bob.cast(&id, "reject", "not today").await?.expect(200)?;
    carol.cast(&id, "approve", "").await?.expect_problem(409, "already_decided")?;
    assert_eq!(agent.approval(&id).await?["status"], "rejected");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_reject_takes_an_unused_permit_back() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let carol = Device::enroll(&server, "carol", "approver").await?;
    let id = ask(&agent, "make test").await?;
    bob.approve(&id).await?;
    let permit = agent.approval(&id).await?["permit"]["id"].clone();
    carol.cast(&id, "reject", "wait").await?.expect_problem(409, "already_decided")?;
    let redeem = crate::redemption(&permit, "make test", "nonce-after-the-reject");
    agent.post("/executions", &redeem).await?.expect_problem(409, "permit_revoked")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn high_risk_needs_the_step_up_key() -> Result<()> {
    let server = Server::start().await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let context = json!({
        "target_files": ["/app/auth/login.py"], "repo": "auth-service", "branch": "main",
    });
    let answer = agent.evaluate("code_edit", context).await?;
    assert_eq!(answer["level"], "high", "{answer}");
    let id = answer["approval_id"].as_str().expect("an id");
    let shown = bob.api.approval(id).await?;
    assert_eq!(shown["needs_step_up"], true);

    let mut as_if_low = shown.clone();
    as_if_low["needs_step_up"] = json!(false);
    let with_vote_key = bob.vote(&as_if_low, "approve", "")?;
    bob.send(id, &with_vote_key).await?.expect_problem(403, "step_up_required")?;
    let approved = bob.approve(id).await?;
    assert_eq!(approved["approval"]["status"], "approved");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_makes_one_device() -> Result<()> {
    let server = Server::start().await?;
    let invite = server.invite("bob", "approver").await?;
    Device::enroll_with(&server, &invite, "desktop").await?;
    let again = Device::enroll_with(&server, &invite, "desktop").await;
    assert!(format!("{again:?}").contains("invite_unusable"), "{again:?}");
    Ok(())
}
