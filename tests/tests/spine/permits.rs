//! A permit is redeemed once, for its digest, by the one that asked.

use anyhow::Result;
use navi_tests::device::Device;
use navi_tests::server::Api;
use serde_json::Value;

use crate::{ask, redemption, server_that_asks};

async fn permit_of(agent: &Api, approval_id: &str) -> Result<Value> {
    Ok(agent.wait_for_status(approval_id, "approved").await?["permit"]["id"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_racing_redeemers_exactly_one_runs() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let id = ask(&agent, "make test").await?;
    bob.approve(&id).await?;
    let permit = permit_of(&agent, &id).await?;

    let racers = (0..64).map(|n| {
        let (agent, body) = (agent.clone(), redemption(&permit, "make test", &format!("racer-nonce-{n}")));
        tokio::spawn(async move { agent.post("/executions", &body).await })
    });
    let mut winners = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        let answer = racer.await??;
        if answer.status == 200 {
            winners.push(answer.body["id"].clone());
        } else {
            assert!(
                ["already_redeemed", "busy", "version_conflict"]
                    .contains(&answer.body["code"].as_str().unwrap_or("")),
                "{answer:?}"
            );
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    assert_eq!(ledger.iter().filter(|e| e["kind"] == "execution_started").count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_is_refused_and_the_permit_stays_good_for_the_right_one() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let id = ask(&agent, "make test").await?;
    bob.approve(&id).await?;
    let permit = permit_of(&agent, &id).await?;

    let other = redemption(&permit, "make tesT", "nonce-of-the-run");
    agent.post("/executions", &other).await?.expect_problem(409, "digest_mismatch")?;
    let right = redemption(&permit, "make test", "nonce-of-the-run");
    let started = agent.post("/executions", &right).await?.expect(200)?;
    assert_eq!(started["status"], "started");
    let replayed = agent.post("/executions", &right).await?.expect(200)?;
    assert_eq!(replayed["id"], started["id"], "the same nonce returns the same execution");
    let late = redemption(&permit, "make test", "nonce-of-another-run");
    agent.post("/executions", &late).await?.expect_problem(409, "already_redeemed")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_agent_cannot_use_the_permit() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let id = ask(&agent, "make test").await?;
    bob.approve(&id).await?;
    let permit = permit_of(&agent, &id).await?;
    for thief in [
        server.api("alice", "agent", Some("other")).await?,
        server.api("mallory", "agent", Some("coder")).await?,
        bob.api.clone(),
    ] {
        let body = redemption(&permit, "make test", "nonce-of-a-thief");
        thief.post("/executions", &body).await?.expect_problem(404, "not_found")?;
    }
    Ok(())
}
