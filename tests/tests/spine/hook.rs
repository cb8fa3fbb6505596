//! The hook by itself: a client that stops listening or never ends its input. What each real agent CLI makes of it is in
//! `harnesses.rs`.

use std::io::Write as _;
use std::process::{Command, Stdio};

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

/// A hook has a deadline of an hour and its agent sits there: a stop is answered at once. The request stays, so that what
/// people decide meanwhile counts when the same call is tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_hook_answers_at_once_when_a_person_stops_the_agent() -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let at_terminal = async |args: &[&str]| {
        let mut command = bob.gate().command(args)?;
        command.env("NAVI_KEYSTORE", bob.keystore());
        navi_tests::process::run(command).await?.expect_code(0)
    };
    let call = |id: &str| {
        json!({"session_id": "s", "cwd": gate.work(), "hook_event_name": "PreToolUse", "tool_name": "Bash",
            "tool_input": { "command": COMMAND }, "tool_use_id": id})
    };
    let (one, early, two) = (call("one"), call("early"), call("two"));
    let (first, id) = tokio::try_join!(answered(&gate, &["hook", "claude-code"], &one), async {
        let pending = watcher.the_pending_one().await?;
        at_terminal(&["freeze", "begin", "--agent", "coder", "--reason", "looks odd", "--json"]).await?;
        Ok(pending["id"].as_str().context("no id")?.to_owned())
    })?;
    assert!(first.contains("deny") && first.contains("bob stopped agent coder: looks odd"), "{first}");
    let early = answered(&gate, &["hook", "claude-code"], &early).await?;
    assert!(early.contains("deny") && early.contains("bob stopped agent coder"), "{early}");
    let listed = at_terminal(&["freeze", "list", "--json"]).await?.json()?;
    at_terminal(&["freeze", "end", listed["freezes"][0]["id"].as_str().context("no freeze")?]).await?;
    bob.must_vote(&id, "approve", "").await?;
    let again = answered(&gate, &["hook", "claude-code"], &two).await?;
    assert!(again.contains("allow"), "the same request, approved by now: {again}");
    Ok(())
}

/// What was approved was decided on a state of the repository. Where that moved on while people thought, the call is refused
/// for that reason, and the next try is a new question.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_what_changed_meanwhile_says_so_and_the_next_try_asks_anew() -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    git(&gate, &["init", "-q"])?;
    let call = json!({"session_id": "s", "cwd": gate.work(), "hook_event_name": "PreToolUse", "tool_name": "Bash",
        "tool_input": { "command": COMMAND }, "tool_use_id": "t"});
    let asked = async || {
        let pending = watcher.the_pending_one().await?;
        anyhow::Ok(pending["id"].as_str().context("no id")?.to_owned())
    };
    let (refused, first) = tokio::try_join!(answered(&gate, &["hook", "claude-code"], &call), async {
        let id = asked().await?;
        std::fs::write(gate.work().join("moved.txt"), "somebody else was quicker\n")?;
        bob.must_vote(&id, "approve", "").await?;
        Ok(id)
    })?;
    assert!(refused.contains("deny") && refused.contains("does not hold any more"), "{refused}");
    assert!(!refused.contains("could not decide"), "{refused}");
    let (allowed, second) = tokio::try_join!(answered(&gate, &["hook", "claude-code"], &call), async {
        let id = asked().await?;
        bob.must_vote(&id, "approve", "").await?;
        Ok(id)
    })?;
    assert_ne!(first, second);
    assert!(allowed.contains("allow"), "{allowed}");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_in_place_of_a_file_does_not_hold_the_hook_past_its_deadline() -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    for (name, input) in [
        ("codex", json!({ "tool_name": "Bash", "tool_input": { "command": COMMAND } })),
        ("claude-code", json!({ "tool_name": "Write", "tool_input": { "file_path": "a", "content": "x" } })),
    ] {
        let pipe = gate.work().join("a");
        let _ = std::fs::remove_file(&pipe);
        git(&gate, &["init", "-q"])?;
        std::fs::write(&pipe, "one")?;
        git(&gate, &["add", "a"])?;
        std::fs::remove_file(&pipe)?;
        anyhow::ensure!(Command::new("mkfifo").arg(&pipe).status()?.success());
        let mut input = input;
        input["hook_event_name"] = "PreToolUse".into();
        input["cwd"] = gate.work().display().to_string().into();
        input["tool_input"]["file_path"] = pipe.display().to_string().into();
        let said = answered(&gate, &["hook", name, "--deadline", "4"], &input).await?;
        assert!(said.contains("deny"), "{name}: {said}");
        assert!(said.contains("nobody decided in time"), "it was asked for, not held up: {said}");
    }
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    assert!(ledger.iter().all(|e| e["kind"] != "execution_started"), "{ledger:#?}");
    drop(watcher);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_is_held_up_says_no_all_the_same() -> Result<()> {
    let (server, _) = crate::server_that_asks().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    // Reading its configuration never ends: nothing of the gate but its watch gets a turn.
    let config = gate.home().join(".config/navi");
    std::fs::create_dir_all(&config)?;
    anyhow::ensure!(Command::new("mkfifo").arg(config.join("gate.json")).status()?.success());
    let input = json!({
        "session_id": "s", "cwd": gate.work(), "hook_event_name": "PreToolUse", "tool_name": "Bash",
        "tool_input": { "command": COMMAND }, "tool_use_id": "t",
    });
    let said = answered(&gate, &["hook", "claude-code", "--deadline", "1"], &input).await?;
    let said: serde_json::Value = serde_json::from_str(&said)?;
    assert_eq!(said["hookSpecificOutput"]["permissionDecision"], "deny", "{said}");
    Ok(())
}

/// What the hook prints for this input.
async fn answered(gate: &Gate, args: &[&str], input: &serde_json::Value) -> Result<String> {
    let mut hook = gate.command(args)?;
    hook.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut hook = hook.spawn()?;
    hook.stdin.take().context("no stdin")?.write_all(input.to_string().as_bytes())?;
    wait::until("the hook answers", async || hook.try_wait().ok().flatten()).await?;
    Ok(std::io::read_to_string(hook.stdout.take().context("no stdout")?)?)
}

fn git(gate: &Gate, args: &[&str]) -> Result<()> {
    let status = Command::new("git").arg("-C").arg(gate.work()).args(args).status()?;
    anyhow::ensure!(status.success(), "git {args:?}");
    Ok(())
}
