//! What people do beside voting reaches who waits: a question, an edit, more time.

use std::io::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use navi_tests::device::Device;
use navi_tests::gate::Gate;
use navi_tests::wait;
use serde_json::{Value, json};

use crate::server_that_asks;

const ALL: [&str; 5] = ["run", "--", "sh", "-c", "echo all >> ran.txt"];
const LESS: [&str; 5] = ["run", "--", "sh", "-c", "echo less >> ran.txt"];

fn id_of(approval: &Value) -> Result<String> {
    Ok(approval["id"].as_str().context("no id")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_command_does_not_run_until_the_agent_asks_for_it() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut waiting = gate.start("gate", &ALL)?;
    let id = id_of(&agent.the_pending_one().await?)?;
    let edit = json!({ "command": "sh -c 'echo less >> ran.txt'", "reason": "less is enough" });
    let edited = bob.api.post(&format!("/approvals/{id}/edit"), &edit).await?.expect(201)?;
    assert!(waiting.is_running(), "it waits for the edited one: {}", waiting.log_text());
    bob.approve(&id_of(&edited)?).await?;
    let status = waiting.ended().await?;
    assert_eq!(status.code(), Some(11), "{}", waiting.log_text());
    assert!(waiting.log_text().contains("instead: sh -c 'echo less >> ran.txt'"), "{}", waiting.log_text());
    assert!(!gate.work().join("ran.txt").exists());

    gate.run(&LESS).await?.expect_code(0)?;
    assert_eq!(std::fs::read_to_string(gate.work().join("ran.txt"))?, "less\n");
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    assert_eq!(ledger.iter().filter(|e| e["kind"] == "execution_started").count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_shown_where_the_command_waits_and_its_answer_to_people() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut waiting = gate.start("gate", &ALL)?;
    let id = id_of(&agent.the_pending_one().await?)?;
    let asked =
        bob.api.post(&format!("/approvals/{id}/questions"), &json!({ "text": "Why all of them?" })).await?;
    let question = id_of(&asked.expect(201)?["discussion"][0])?;
    wait::until("the question is shown", async || {
        waiting.log_text().contains("Why all of them?").then_some(())
    })
    .await?;
    let shown = gate.run(&["approvals", &id]).await?.expect_code(0)?;
    assert!(shown.stdout.contains(&format!("navi-gate answer {id} {question}")), "{shown:?}");
    gate.run(&["answer", &id, &question, "They belong together."]).await?.expect_code(0)?;
    let seen = bob.api.approval(&id).await?;
    assert_eq!(seen["discussion"][1]["text"], "They belong together.", "{seen}");
    assert!(waiting.is_running());
    bob.approve(&id).await?;
    assert_eq!(waiting.ended().await?.code(), Some(0), "{}", waiting.log_text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_tells_the_agent_the_question_and_the_same_call_waits_for_the_same_request() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let start = |tool_use_id: &str| -> Result<std::process::Child> {
        let mut hook = gate.command(&["hook", "claude-code"])?;
        hook.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut hook = hook.spawn()?;
        let input = json!({
            "session_id": "s", "cwd": gate.work(), "hook_event_name": "PreToolUse", "tool_name": "Bash",
            "tool_input": { "command": "make all" }, "tool_use_id": tool_use_id,
        });
        hook.stdin.take().context("no stdin")?.write_all(input.to_string().as_bytes())?;
        Ok(hook)
    };
    let answer = |hook: std::process::Child| async move {
        let output = tokio::task::spawn_blocking(move || hook.wait_with_output()).await??;
        let said: Value = serde_json::from_slice(&output.stdout)?;
        anyhow::Ok(said["hookSpecificOutput"].clone())
    };

    let first = start("one")?;
    let id = id_of(&agent.the_pending_one().await?)?;
    let asked = bob.api.post(&format!("/approvals/{id}/questions"), &json!({ "text": "Why all?" })).await?;
    let question = id_of(&asked.expect(201)?["discussion"][0])?;
    let denied = answer(first).await?;
    assert_eq!(denied["permissionDecision"], "deny");
    let told = denied["permissionDecisionReason"].as_str().unwrap_or_default();
    assert!(told.contains("bob asks: Why all?"), "{told}");
    assert!(told.contains(&format!("navi-gate answer {id} {question}")), "{told}");

    gate.run(&["answer", &id, &question, "A header changed."]).await?.expect_code(0)?;
    let second = start("two")?;
    bob.approve(&id).await?;
    assert_eq!(answer(second).await?["permissionDecision"], "allow");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_command_learns_that_it_was_given_more_time() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut waiting = gate.start("gate", &["run", "--expires", "5", "--", "touch", "ran.txt"])?;
    let pending = agent.the_pending_one().await?;
    let (id, expires_at) = (id_of(&pending)?, pending["expires_at"].as_i64().context("no expiry")?);
    bob.api.post(&format!("/approvals/{id}/extend"), &json!({ "secs": 600 })).await?.expect(200)?;
    wait::until("the first time is over", async || {
        let now = agent.approval(&id).await.ok()?["server_time"].as_i64()?;
        (now > expires_at + 3_000_000).then_some(())
    })
    .await?;
    assert!(waiting.is_running(), "{}", waiting.log_text());
    bob.approve(&id).await?;
    assert_eq!(waiting.ended().await?.code(), Some(0), "{}", waiting.log_text());
    assert!(gate.work().join("ran.txt").exists());
    Ok(())
}
