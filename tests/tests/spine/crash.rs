//! What is acknowledged survives `kill -9`, what waits goes on after it, and `SIGTERM` ends in order.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_tests::device::Device;
use navi_tests::gate::Gate;
use navi_tests::merkle;
use navi_tests::server::{Api, ORG, Server};
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

/// How often the server is killed: `NAVI_KILL_ROUNDS`, else 24.
fn rounds() -> u64 {
    std::env::var("NAVI_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(24)
}

/// What is known of the ledger, from one life of the server to the next.
#[derive(Default)]
struct Known {
    subjects: Vec<String>,
    leaves: Vec<merkle::Hash>,
    started: HashSet<String>,
    note: Option<String>,
}

impl Known {
    /// Reads on, and holds the ledger against the notes before and after the kill.
    async fn read_on(&mut self, auditor: &Api) -> Result<()> {
        for entry in auditor.ledger_from(self.leaves.len()).await? {
            assert_eq!(entry["index"], self.leaves.len(), "the ledger has no hole");
            let subject = entry["subject"].as_str().context("no subject")?.to_owned();
            if entry["kind"] == "execution_started" {
                self.started.insert(subject.clone());
            }
            self.subjects.push(subject);
            self.leaves.push(merkle::leaf(entry["leaf"].as_str().context("no leaf")?.as_bytes()));
        }
        let fresh = auditor.download(&format!("/ledger/{ORG}/checkpoint?fresh=true")).await?;
        let fresh = String::from_utf8(fresh)?;
        for note in self.note.iter().chain([&fresh]) {
            let lines: Vec<&str> = note.lines().collect();
            let size: usize = lines[1].parse()?;
            let leaves =
                self.leaves.get(..size).with_context(|| format!("fewer entries than signed: {note}"))?;
            assert_eq!(
                STANDARD.encode(merkle::root(leaves)),
                lines[2],
                "the root is that of the note {note}"
            );
        }
        self.note = Some(fresh);
        Ok(())
    }

    fn holds(&self, answer: &Value) -> Result<()> {
        let index = usize::try_from(answer["ledger_index"].as_u64().context("no index")?)?;
        let subject = self.subjects.get(index).with_context(|| format!("{answer} is lost"))?;
        assert_eq!(answer["action_id"], subject.as_str(), "entry {index} is another one");
        let execution = answer["execution_id"].as_str().context("no execution")?;
        assert!(self.started.contains(execution), "half of {answer} is lost");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_acknowledged_survives_kill_9_under_load() -> Result<()> {
    let mut server = Server::start().await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let auditor = server.api("olga", "auditor", None).await?;
    let (mut known, mut acknowledged) = (Known::default(), 0);
    for round in 0..rounds() {
        let stop = Arc::new(AtomicBool::new(false));
        let workers: Vec<_> =
            (0..8).map(|w| tokio::spawn(load(agent.clone(), Arc::clone(&stop), w))).collect();
        // Another instant of the batches in each round.
        tokio::time::sleep(Duration::from_millis(60 + 37 * round % 331)).await;
        server.kill().await?;
        stop.store(true, Ordering::SeqCst);
        let mut answers = Vec::new();
        for worker in workers {
            answers.extend(worker.await?);
        }
        server.restart().await?;
        known.read_on(&auditor).await.with_context(|| format!("round {round}"))?;
        for answer in &answers {
            known.holds(answer).with_context(|| format!("round {round}"))?;
        }
        acknowledged += answers.len();
    }
    println!("{} rounds, {acknowledged} acknowledged, {} entries", rounds(), known.leaves.len());
    assert!(acknowledged > 0, "there was load");
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
