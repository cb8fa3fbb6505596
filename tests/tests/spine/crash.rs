//! What is acknowledged survives `kill -9`, what waits goes on after it, and `SIGTERM` ends in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use navi_tests::device::Device;
use navi_tests::gate::Gate;
use navi_tests::server::{Api, Server};
use navi_tests::wait;
use serde_json::{Value, json};

use crate::{ask, server_that_asks};

/// Asks again and again until told to stop or the server is gone; gives what was acknowledged.
async fn load(agent: Api, stop: Arc<AtomicBool>, worker: usize) -> Vec<Value> {
    let mut acknowledged = Vec::new();
    let mut n = 0;
    while !stop.load(Ordering::SeqCst) {
        n += 1;
        let body = json!({
            "action_type": "file_read",
            "context": { "target_files": [format!("file-{worker}-{n}.txt")] },
            "start": { "run_nonce": format!("nonce-{worker}-{n}") },
        });
        match agent.post("/evaluate", &body).await {
            Ok(answer) if answer.status == 200 => acknowledged.push(answer.body),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_acknowledged_survives_kill_9_under_load() -> Result<()> {
    let mut server = Server::start().await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let auditor = server.api("olga", "auditor", None).await?;
    let mut acknowledged: Vec<Value> = Vec::new();
    for round in 0..8_u64 {
        let stop = Arc::new(AtomicBool::new(false));
        let workers: Vec<_> =
            (0..8).map(|w| tokio::spawn(load(agent.clone(), Arc::clone(&stop), w))).collect();
        // Another instant of the batches in each round.
        tokio::time::sleep(Duration::from_millis(120 + 37 * round)).await;
        server.kill().await?;
        stop.store(true, Ordering::SeqCst);
        for worker in workers {
            acknowledged.extend(worker.await?);
        }
        server.restart().await?;

        let ledger = auditor.ledger().await?;
        for (n, entry) in ledger.iter().enumerate() {
            assert_eq!(entry["index"], n, "the ledger has no hole");
        }
        for answer in &acknowledged {
            let index = usize::try_from(answer["ledger_index"].as_u64().context("no index")?)?;
            let entry = ledger.get(index).with_context(|| format!("{answer} is lost"))?;
            assert_eq!(entry["subject"], answer["action_id"], "entry {index} is another one");
            let started = ledger
                .iter()
                .any(|e| e["kind"] == "execution_started" && e["subject"] == answer["execution_id"]);
            assert!(started, "half of {answer} is lost");
        }
        assert!(!acknowledged.is_empty(), "there was load");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_survives_a_kill_between_approve_and_redeem() -> Result<()> {
    let (mut server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let id = ask(&agent, "make test").await?;
    bob.approve(&id).await?;
    server.kill().await?;
    server.restart().await?;
    let permit = agent.approval(&id).await?["permit"]["id"].clone();
    let body = crate::redemption(&permit, "make test", "nonce-after-the-kill");
    assert_eq!(agent.post("/executions", &body).await?.expect(200)?["status"], "started");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_gate_goes_on_after_the_server_was_killed_and_runs_once() -> Result<()> {
    let (mut server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut waiting = gate.start("gate", &["run", "--", "sh", "-c", "echo ran >> ran.txt"])?;
    let id = agent.the_pending_one().await?["id"].as_str().context("no id")?.to_owned();

    // The gate sleeps through the approve and the kill, so that the kill lies between approve and redeem.
    waiting.pause()?;
    bob.approve(&id).await?;
    server.kill().await?;
    waiting.go_on()?;
    server.restart().await?;

    let status = waiting.ended().await?;
    assert_eq!(status.code(), Some(0), "{}", waiting.log_text());
    assert_eq!(std::fs::read_to_string(gate.work().join("ran.txt"))?, "ran\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_and_exits_zero() -> Result<()> {
    let (mut server, agent) = server_that_asks().await?;
    let id = ask(&agent, "make test").await?;
    let poller = agent.clone();
    let path = format!("/approvals/{id}?wait=30");
    let polling = tokio::spawn(async move { poller.get(&path).await });
    let stop = Arc::new(AtomicBool::new(false));
    let worker = tokio::spawn(load(agent.clone(), Arc::clone(&stop), 0));
    wait::until("some load", async || {
        let done = agent.evaluate("file_read", json!({ "target_files": ["one.txt"] })).await.ok()?;
        (done["decision"] == "AUTO").then_some(())
    })
    .await?;

    let status = server.terminate().await?;
    stop.store(true, Ordering::SeqCst);
    assert_eq!(status.code(), Some(0));
    let acknowledged = worker.await?;
    drop(polling.await?);

    server.restart().await?;
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    for answer in &acknowledged {
        assert!(ledger.iter().any(|e| e["subject"] == answer["action_id"]), "{answer} is lost");
    }
    assert_eq!(agent.approval(&id).await?["status"], "pending");
    Ok(())
}
