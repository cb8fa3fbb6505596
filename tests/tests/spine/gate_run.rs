//! `navi-gate run`: what runs, what does not, and the exit code that says which.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::nonsense::{Nonsense, nobody};
use navi_tests::process::Daemon;
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

/// A command may end with a code of the gate's; whoever reads the end can tell the two apart, by words and by JSON.
#[tokio::test(flavor = "multi_thread")]
async fn a_commands_own_exit_code_is_not_taken_for_the_gates() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    for code in [2, 10, 13, 126, 127] {
        let (script, own) =
            (format!("exit {code}"), format!("it ran; {code} is the command's own exit code"));
        let said = gate.run(&["run", "--", "sh", "-c", &script]).await?.expect_code(code)?;
        assert!(said.stderr.contains(&own), "{said:?}");
        let said = gate.run(&["run", "--json", "--", "sh", "-c", &script]).await?.expect_code(code)?;
        let json = said.json()?;
        assert!(json["ran"] == true && json["exit_code"] == code && said.stderr.is_empty(), "{said:?}");
    }
    let said = gate.run(&["run", "--json", "--", "./missing"]).await?.expect_code(127)?.json()?;
    assert!(said["ran"] == false && said["exit_code"] == 127, "{said}");
    let said = gate.run(&["run", "--", "sh", "-c", "exit 3"]).await?.expect_code(3)?;
    assert_eq!(said.stderr, "", "no other code needs a word");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_is_written_and_does_not_run_is_not_said_to_ask() -> Result<()> {
    let gate = Gate::new(&nobody().await?, None)?;
    let settings = gate.home().join(".claude/settings.json");
    std::fs::create_dir_all(gate.home().join(".claude"))?;
    std::fs::write(&settings, json!({ "disableAllHooks": true }).to_string())?;
    let said = gate.run(&["install", "claude-code"]).await?.expect_code(13)?;
    assert!(
        said.stderr.contains("written, and NOT IN EFFECT: Claude Code does not run its hooks"),
        "{said:?}"
    );
    assert!(!said.stderr.contains("not done") && !said.stdout.contains("asks the gate"), "{said:?}");
    assert!(
        std::fs::read_to_string(&settings)?.contains(" hook claude-code"),
        "who switches hooks on has it"
    );
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

#[tokio::test(flavor = "multi_thread")]
async fn a_work_tree_is_not_called_by_another_name() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    for args in
        [vec!["init", "-q", "-b", "main"], vec!["remote", "add", "origin", "git@example.test:acme/web.git"]]
    {
        let status = std::process::Command::new("git").arg("-C").arg(gate.work()).args(&args).status()?;
        anyhow::ensure!(status.success(), "git {args:?}");
    }
    for claim in [["--repo", "playground"], ["--branch", "scratch"]] {
        let said =
            gate.run(&[&["run"], &claim[..], &["--", "touch", "ran.txt"]].concat()).await?.expect_code(13)?;
        assert!(said.stderr.contains(claim[1]) && said.stderr.contains("nothing ran"), "{said:?}");
        gate.run(&[&["check"], &claim[..]].concat()).await?.expect_code(13)?;
    }
    assert!(!ran(&gate));
    gate.run(&["run", "--repo", "web", "--branch", "main", "--", "touch", "ran.txt"])
        .await?
        .expect_code(0)?;
    assert!(ran(&gate));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_call_carries_out_nothing_but_the_call() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let call = ["run", "--type", "mcp_tool", "--tool", "harmless", "--tool-args", r#"{"server":["true"]}"#];
    gate.run(&[&call[..], &["--shell", "touch ran.txt"]].concat()).await?.expect_code(13)?;
    gate.run(&[&call[..], &["--", "touch", "ran.txt"]].concat()).await?.expect_code(13)?;
    assert!(!ran(&gate));
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    assert!(ledger.iter().all(|e| e["kind"] != "execution_started"), "{ledger:#?}");
    Ok(())
}

/// A disk that does not answer, or a git that asks somebody: whoever waits can still end it, and nothing runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_never_ends_does_not_hold_up_a_signal() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    std::fs::create_dir_all(gate.work().join(".git"))?;
    let (began, hold) = (gate.home().join("began"), gate.home().join("hold"));
    std::fs::write(&hold, "")?;
    let programs = gate.home().join("programs");
    std::fs::create_dir(&programs)?;
    let git = programs.join("git");
    let script = format!(
        "#!/bin/sh\ntouch '{}'\nwhile [ -e '{}' ]; do sleep 0.1; done\n",
        began.display(),
        hold.display()
    );
    std::fs::write(&git, script)?;
    std::fs::set_permissions(&git, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path)))?;
    let mut command = gate.command(&WRITE)?;
    command.env("PATH", path);
    let waiting = Daemon::spawn("gate", command, &gate.home())?;
    wait::until("git is asked", async || began.exists().then_some(())).await?;
    let status = waiting.terminate().await;
    std::fs::remove_file(hold)?;
    assert_eq!(status?.code(), Some(13));
    assert!(!ran(&gate));
    Ok(())
}
