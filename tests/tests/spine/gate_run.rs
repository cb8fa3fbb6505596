//! `navi-gate run`: what runs, what does not, and the exit code that says which.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::nonsense::{Nonsense, nobody};
use navi_tests::server::Server;
use navi_tests::wait;
use serde_json::json;

use crate::server_that_asks;

const WRITE: [&str; 5] = ["run", "--", "sh", "-c", "echo ran >> ran.txt"];

fn ran(gate: &Gate) -> bool {
    gate.work().join("ran.txt").exists()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_risk_command_runs_and_its_exit_code_is_its_own() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let said = gate.run(&["run", "--", "sh", "-c", "echo out; echo err >&2; touch ran.txt; exit 7"]).await?;
    assert_eq!(said.code, 7, "{said:?}");
    assert!(said.stdout.contains("out") && said.stderr.contains("err"), "{said:?}");
    assert!(ran(&gate));
    gate.run(&["run", "--", "true"]).await?.expect_code(0)?;

    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    let ended: Vec<_> = ledger.iter().filter(|e| e["kind"] == "execution_finished").collect();
    assert_eq!(ended.len(), 2, "each run is reported: {ledger:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_command_exits_10() -> Result<()> {
    let server = Server::start().await?;
    let policy = json!({ "level": "standard", "blocked_actions": ["command_run"] });
    server.set_policy("alice", policy).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let said = gate.run(&WRITE).await?.expect_code(10)?;
    assert!(said.stderr.contains("blocked"), "{said:?}");
    assert!(!ran(&gate));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_command_runs_after_the_vote() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut waiting = gate.start("gate", &WRITE)?;
    let id = agent.the_pending_one().await?["id"].as_str().context("no id")?.to_owned();
    assert!(!ran(&gate), "nothing runs before the vote");
    bob.must_vote(&id, "approve", "").await?;
    let status = waiting.ended().await?;
    assert_eq!(status.code(), Some(0), "{}", waiting.log_text());
    assert_eq!(std::fs::read_to_string(gate.work().join("ran.txt"))?, "ran\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_command_exits_11_and_tells_the_reason() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut waiting = gate.start("gate", &WRITE)?;
    let id = agent.the_pending_one().await?["id"].as_str().context("no id")?.to_owned();
    bob.must_vote(&id, "reject", "wrong repository").await?;
    let status = waiting.ended().await?;
    assert_eq!(status.code(), Some(11), "{}", waiting.log_text());
    assert!(waiting.log_text().contains("wrong repository"), "{}", waiting.log_text());
    assert!(!ran(&gate));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_request_exits_12() -> Result<()> {
    let server = Server::start_with(&json!({ "approval_ttl_secs": 1 })).await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    gate.run(&WRITE).await?.expect_code(12)?;
    assert!(!ran(&gate));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requester_cannot_approve_by_terminal() -> Result<()> {
    let server = Server::start().await?;
    let alice = Approver::enroll(&server, "alice", "approver").await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let waiting = gate.start("gate", &WRITE)?;
    let id = agent.the_pending_one().await?["id"].as_str().context("no id")?.to_owned();
    let said = alice.vote(&id, "approve", "").await?;
    assert_ne!(said.code, 0, "{said:?}");
    assert_eq!(agent.approval(&id).await?["status"], "pending");
    drop(waiting);
    assert!(!ran(&gate));
    Ok(())
}

/// Runs a command against a broken server: nothing runs, exit code 13, a short message.
async fn refuses(url: &str) -> Result<()> {
    let gate = Gate::new(url, Some("nvt_any".into()))?;
    let began = Instant::now();
    let said = gate.run(&WRITE).await?;
    assert_eq!(said.code, 13, "{url}: {said:?}");
    assert!(!ran(&gate), "{url}: it ran");
    let lines: Vec<&str> = said.stderr.lines().filter(|l| !l.trim().is_empty()).collect();
    assert!((1..=2).contains(&lines.len()), "one clear line: {said:?}");
    assert!(began.elapsed() < Duration::from_secs(60), "it gives up in time");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_nothing_runs() -> Result<()> {
    refuses(&nobody().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_silent_server_nothing_runs() -> Result<()> {
    refuses(&Nonsense::silent().await?.url).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_server_that_answers_nonsense_nothing_runs() -> Result<()> {
    let auto_without_permit = json!({
        "decision": "AUTO", "risk_score": 0.0, "reasons": [], "approval_id": null, "action_id": "a", "level": "low",
        "rule": "r", "factors": [], "digest": "d", "policy_hash": "p", "server_time": 1, "ledger_index": 0,
    })
    .to_string();
    let unheard_of = auto_without_permit.replace("AUTO", "SURE");
    for (status, body) in [
        ("200 OK", "<html>welcome to the airport</html>"),
        ("200 OK", ""),
        ("200 OK", "{}"),
        ("200 OK", r#"{"decision":"AUTO"}"#),
        ("200 OK", auto_without_permit.as_str()),
        ("200 OK", unheard_of.as_str()),
        ("500 Internal Server Error", r#"{"decision":"AUTO"}"#),
        ("302 Found", ""),
    ] {
        let server = Nonsense::json(status, body).await?;
        refuses(&server.url).await.with_context(|| format!("{status} {body}"))?;
    }
    let cut = Nonsense::answering("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"decision\":").await?;
    refuses(&cut.url).await?;
    let garbage = Nonsense::answering(vec![0xFF_u8; 4096]).await?;
    refuses(&garbage.url).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_unknown_token_nothing_runs() -> Result<()> {
    let server = Server::start().await?;
    refuses(&server.url).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_caller_died_does_not_run() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    // A caller that the gate outlives: the shell starts it, says its number and waits to be ended.
    let program = navi_tests::binaries::product("navi-gate")?;
    let script = format!("'{}' {} & echo $! > gate.pid; wait", program.display(), "run -- touch ran.txt");
    let mut caller = std::process::Command::new("sh");
    caller.args(["-c", &script]).env_clear().envs(gate.environment()).current_dir(gate.work());
    caller.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let mut caller = caller.stderr(std::process::Stdio::null()).spawn()?;
    let pending = agent.the_pending_one().await?;
    let id = pending["id"].as_str().context("no id")?.to_owned();
    caller.kill()?;
    caller.wait()?;
    let auditor = server.api("olga", "auditor", None).await?;
    wait::until("the request is withdrawn", async || {
        let ledger = auditor.ledger().await.ok()?;
        ledger.iter().any(|e| e["kind"] == "approval_cancelled").then_some(())
    })
    .await?;
    bob.vote(&id, "approve", "").await?;
    assert!(!ran(&gate));
    Ok(())
}
