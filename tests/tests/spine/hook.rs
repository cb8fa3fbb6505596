//! The hook by itself: a client that stops listening or never ends its input. What each real agent CLI makes of it is in
//! `harnesses.rs`.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::{binaries, wait};
use serde_json::json;

const COMMAND: &str = "echo ran >> ran.txt";

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
