//! The gate before a real MCP server, spoken to by the public client: calls of tools ask, everything else passes unchanged,
//! and what is approved after the client gave up is not run.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::mcp::{Plan, client, gated, server};
use navi_tests::nonsense::nobody;
use navi_tests::server::{Api, Server};
use serde_json::{Value, json};

/// A server whose policy asks a person about every tool of an MCP server, and the API of alice's agent.
async fn server_that_asks() -> Result<(Server, Api)> {
    let server = Server::start().await?;
    let policy = json!({ "level": "standard", "require_approval_for": ["mcp_tool"] });
    server.set_policy("alice", policy).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    Ok((server, agent))
}

/// A call that writes a file into the gate's folder, and that file.
fn write(gate: &Gate) -> (Plan, PathBuf) {
    let file = gate.work().join("ran.txt");
    let call = ("write_file", json!({ "path": file, "content": "ran" }));
    (Plan { call: Some(call), ..Plan::default() }, file)
}

fn text(said: &Value) -> String {
    said["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_call_passes_unchanged() -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let direct = client(&server(&gate.work())?, Plan::default(), &gate).await?;
    let through = client(&gated(&gate.work())?, Plan::default(), &gate).await?;
    anyhow::ensure!(direct["tools"].as_array().is_some_and(|tools| tools.len() > 5), "{direct}");
    assert_eq!(through, direct);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_call_waits_runs_and_is_recorded() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let (plan, file) = write(&gate);
    let words = gated(&gate.work())?;
    let (said, ()) = tokio::try_join!(client(&words, plan, &gate), async {
        let pending = watcher.the_pending_one().await?;
        anyhow::ensure!(pending["material"].to_string().contains("mcp__files__write_file"), "{pending}");
        anyhow::ensure!(!file.exists(), "nothing runs before the vote");
        bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await
    })?;
    anyhow::ensure!(said["result"]["isError"] != true, "{said}");
    assert_eq!(std::fs::read_to_string(file)?, "ran");
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    let ends = ledger.iter().filter(|entry| entry["kind"] == "execution_finished").count();
    anyhow::ensure!(ends == 1, "{ledger:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_call_is_an_error_with_the_reason() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let (plan, file) = write(&gate);
    let words = gated(&gate.work())?;
    let (said, ()) = tokio::try_join!(client(&words, plan, &gate), async {
        let pending = watcher.the_pending_one().await?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "reject", "not that folder").await
    })?;
    assert!(!file.exists());
    anyhow::ensure!(said["result"]["isError"] == true && text(&said).contains("not that folder"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_call_and_one_without_a_server_do_not_run() -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["mcp_tool"] })).await?;
    let blocked = Gate::of_agent(&server, "alice", "coder").await?;
    let lost = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    for (gate, why) in [(blocked, "the policy blocks this"), (lost, "could not decide")] {
        let (plan, file) = write(&gate);
        let said = client(&gated(&gate.work())?, plan, &gate).await?;
        assert!(!file.exists());
        anyhow::ensure!(said["result"]["isError"] == true && text(&said).contains(why), "{said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_client_gave_up_is_withdrawn_and_never_runs() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let (plan, file) = write(&gate);
    let plan = Plan { timeout: Some(1_500), lingers: Some(4_000), ..plan };
    let words = gated(&gate.work())?;
    let (said, id) = tokio::try_join!(client(&words, plan, &gate), async {
        let pending = watcher.the_pending_one().await?;
        let id = pending["id"].as_str().context("no id")?.to_owned();
        watcher.wait_for_status(&id, "cancelled").await?;
        Ok(id)
    })?;
    anyhow::ensure!(said["error"].as_str().is_some_and(|error| error.contains("timed out")), "{said}");
    assert!(!file.exists());
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    bob.vote(&id, "approve", "").await?;
    anyhow::ensure!(watcher.approval(&id).await?["status"] == "cancelled", "final states are final");
    Ok(())
}
