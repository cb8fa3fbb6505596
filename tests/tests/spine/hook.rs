//! The real agent CLI with the gate as its hook: nothing runs that was not allowed, and the agent is told why.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use navi_tests::agent::Agent;
use navi_tests::gate::{Approver, Gate};
use navi_tests::nonsense::nobody;
use navi_tests::server::Server;
use navi_tests::{binaries, wait};
use serde_json::json;

const COMMAND: &str = "echo ran >> ran.txt";

fn ran(agent: &Agent) -> bool {
    agent.project().join("ran.txt").exists()
}

fn told(agent: &Agent, text: &str) -> Result<bool> {
    Ok(agent.model.tool_results()?.iter().any(|result| result.contains(text)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_risk_tool_runs_without_a_person() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let agent = Agent::gated(COMMAND, &gate).await?;
    agent.run().await?.expect_code(0)?;
    assert!(ran(&agent), "{:?}", agent.model.tool_results()?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_tool_runs_once() -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let agent = Agent::gated(COMMAND, &gate).await?;
    let (said, ()) = tokio::try_join!(agent.run(), async {
        let pending = watcher.the_pending_one().await?;
        assert!(pending["material"].to_string().contains(COMMAND), "{pending}");
        assert!(!ran(&agent), "nothing runs before the vote");
        bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await
    })?;
    assert_eq!(said.expect_code(0)?.json()?["result"], "done");
    assert_eq!(std::fs::read_to_string(agent.project().join("ran.txt"))?, "ran\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_tool_does_not_run_and_the_agent_gets_the_reason() -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let agent = Agent::gated(COMMAND, &gate).await?;
    tokio::try_join!(agent.run(), async {
        let pending = watcher.the_pending_one().await?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "reject", "wrong branch, ask Carol").await
    })?;
    assert!(!ran(&agent));
    assert!(told(&agent, "wrong branch, ask Carol")?, "{:?}", agent.model.tool_results()?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_tool_does_not_run() -> Result<()> {
    let server = Server::start().await?;
    let policy = json!({ "level": "standard", "blocked_actions": ["command_run"] });
    server.set_policy("alice", policy).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let agent = Agent::gated(COMMAND, &gate).await?;
    agent.run().await?;
    assert!(!ran(&agent));
    assert!(told(&agent, "blocked")?, "{:?}", agent.model.tool_results()?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_nobody_waits_for_any_more_is_not_redeemed() -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    // The hook is started as the agent starts it: by a shell, with its answer going into a pipe.
    let mut shell = std::process::Command::new("sh");
    let hook = format!("'{}' hook claude-code; true", binaries::product("navi-gate")?.display());
    shell.args(["-c", &hook]).env_clear().envs(gate.environment()).current_dir(gate.work());
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut shell = shell.spawn()?;
    let input = json!({
        "session_id": "s", "cwd": gate.work(), "hook_event_name": "PreToolUse", "tool_name": "Bash",
        "tool_input": { "command": COMMAND }, "tool_use_id": "t",
    });
    shell.stdin.take().context("no stdin")?.write_all(input.to_string().as_bytes())?;
    let pending = watcher.the_pending_one().await?;

    drop(shell.stdout.take());
    wait::until("the hook gives up", async || shell.try_wait().ok().flatten()).await?;
    let id = pending["id"].as_str().context("no id")?;
    bob.vote(id, "approve", "").await?;
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    assert!(ledger.iter().all(|e| e["kind"] != "execution_started"), "{ledger:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_agent_is_blocked() -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let agent = Agent::gated(COMMAND, &gate).await?;
    agent.run().await?;
    assert!(!ran(&agent));
    assert!(!agent.model.tool_results()?.is_empty(), "the agent was told something");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_ends_its_input_is_denied_in_time() -> Result<()> {
    let (server, _) = crate::server_that_asks().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut hook = gate.command(&["hook", "claude-code", "--deadline", "2"])?;
    hook.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut hook = hook.spawn()?;
    let mut stdin = hook.stdin.take().context("no stdin")?;
    stdin.write_all(b"{\"hook_event_name\": \"PreToolUse\"")?;
    wait::until("the hook answers although its input is open", async || hook.try_wait().ok().flatten())
        .await?;
    let said: serde_json::Value = serde_json::from_reader(hook.stdout.take().context("no stdout")?)?;
    assert_eq!(said["hookSpecificOutput"]["permissionDecision"], "deny", "{said}");
    drop(stdin);
    Ok(())
}
