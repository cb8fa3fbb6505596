//! The gate as a library, in a program that is not the gate: the example of its documentation, against the real server.

use std::process::Command;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::nonsense::nobody;
use navi_tests::process::{self, Daemon};
use navi_tests::server::Server;
use navi_tests::{binaries, wait};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::server_that_asks;

const WRITE: &str = "echo ran >> ran.txt";

fn program(gate: &Gate, args: &[&str]) -> Result<Command> {
    let mut command = Command::new(binaries::example("governed")?);
    command.args(args).env_clear().envs(gate.environment()).current_dir(gate.work());
    Ok(command)
}

/// Runs the example to its end; what it says of each line.
async fn outcomes(gate: &Gate, args: &[&str]) -> Result<Vec<Value>> {
    let said = process::run(program(gate, args)?).await?.expect_code(0)?;
    said.stdout.lines().map(|line| serde_json::from_str(line).with_context(|| format!("{said:?}"))).collect()
}

fn ran(gate: &Gate) -> bool {
    gate.work().join("ran.txt").exists()
}

/// The example while it waits, and what it printed at its end.
async fn ended(mut waiting: Daemon) -> Result<Value> {
    waiting.ended().await?;
    let log = waiting.log_text();
    let line = log.lines().find(|line| line.starts_with('{')).with_context(|| log.clone())?;
    Ok(serde_json::from_str(line)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_nobody_runs_and_is_reported_with_what_it_printed() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let said = outcomes(&gate, &["echo out; echo err >&2; echo ran >> ran.txt; exit 7"]).await?;
    let said = said.first().context("no outcome")?;
    anyhow::ensure!(said["exit_code"] == 7 && said["reported"] == true, "{said}");
    anyhow::ensure!(said["output"] == "out\nerr\n", "kept, and printed nowhere else: {said}");
    anyhow::ensure!(ran(&gate));
    let id = said["execution_id"].as_str().context("no id")?;
    let api = server.api("alice", "agent", Some("coder")).await?;
    let execution = api.get(&format!("/executions/{id}")).await?.expect(200)?;
    anyhow::ensure!(execution["status"] == "failed" && execution["exit_code"] == 7, "{execution}");
    anyhow::ensure!(execution["artifacts"]["output"]["head"] == "out\nerr\n", "{execution}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_policy_blocks_does_not_run() -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["command_run"] })).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let said = outcomes(&gate, &[WRITE]).await?;
    anyhow::ensure!(said.len() == 1 && said[0]["why"] == "blocked" && !ran(&gate), "{said:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_approved_runs_after_the_vote_and_not_before() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let waiting = Daemon::spawn("governed", program(&gate, &[WRITE])?, &gate.home())?;
    let pending = agent.the_pending_one().await?;
    anyhow::ensure!(!ran(&gate), "nothing runs before the vote");
    wait::until("it says who can decide", async || waiting.log_text().contains("bob").then_some(())).await?;
    bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await?;
    let said = ended(waiting).await?;
    anyhow::ensure!(said["exit_code"] == 0 && ran(&gate), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_does_not_run_and_says_why() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let waiting = Daemon::spawn("governed", program(&gate, &[WRITE])?, &gate.home())?;
    let pending = agent.the_pending_one().await?;
    bob.must_vote(pending["id"].as_str().context("no id")?, "reject", "wrong branch").await?;
    let said = ended(waiting).await?;
    anyhow::ensure!(said["why"] == "rejected" && !ran(&gate), "{said}");
    anyhow::ensure!(said["message"].as_str().is_some_and(|m| m.contains("wrong branch")), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_nothing_runs() -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let said = outcomes(&gate, &[WRITE]).await?;
    anyhow::ensure!(said[0]["why"] == "away" && !ran(&gate), "{said:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_withdrawn_and_not_run_by_a_later_vote() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let waiting = Daemon::spawn("governed", program(&gate, &[WRITE])?, &gate.home())?;
    let pending = agent.the_pending_one().await?;
    let id = pending["id"].as_str().context("no id")?;
    interrupt(&waiting)?;
    let said = ended(waiting).await?;
    anyhow::ensure!(said["why"] == "cancelled", "{said}");
    anyhow::ensure!(agent.approval(id).await?["status"] == "cancelled");
    bob.vote(id, "approve", "").await?;
    anyhow::ensure!(!ran(&gate));
    Ok(())
}

fn interrupt(daemon: &Daemon) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(daemon.pid())?).context("no pid")?;
    Ok(kill_process(pid, Signal::INT)?)
}

/// Two at once: the time of one ends all that it started, also what left it, and nothing of the other.
#[tokio::test(flavor = "multi_thread")]
async fn runs_beside_each_other_do_not_mix() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let one = "echo one; (setsid sleep 600 & echo $! > left.pid); sleep 600";
    // Ends only after the first one was stopped.
    let two = "echo two; while ! [ -e left.pid ] || kill -0 $(cat left.pid) 2>/dev/null; do sleep 0.05; done; echo over";
    let said = outcomes(&gate, &["--timeout", "2", one, two]).await?;
    anyhow::ensure!(said.len() == 2, "{said:?}");
    anyhow::ensure!(said[0]["timed_out"] == true && said[0]["output"] == "one\n", "{said:?}");
    anyhow::ensure!(said[1]["exit_code"] == 0 && said[1]["output"] == "two\nover\n", "{said:?}");
    anyhow::ensure!(said[0]["execution_id"] != said[1]["execution_id"], "{said:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verification_is_an_action_of_its_own() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let good = outcomes(&gate, &["--verify", "test -e ran.txt", WRITE]).await?;
    anyhow::ensure!(good[0]["verified"] == true, "{good:?}");
    let bad = outcomes(&gate, &["--verify", "test -e nothing", WRITE]).await?;
    anyhow::ensure!(bad[0]["verified"] == false && bad[0]["exit_code"] == 0, "{bad:?}");
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    let started = ledger.iter().filter(|entry| entry["kind"] == "execution_started").count();
    anyhow::ensure!(started == 4, "{ledger:#?}");
    Ok(())
}

/// The gate that is installed beside a program watches over what it runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_takes_its_command_along() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    server.set_policy("alice", json!({ "level": "full" })).await?;
    let line = "(setsid sh -c 'echo $$ > left; exec sleep 900' &); echo $$ > own; sleep 900";
    let mut command = program(&gate, &[line])?;
    let installed = binaries::product("navi-gate")?;
    let folder = installed.parent().context("no folder")?.display();
    command.env("PATH", format!("{folder}:{}", std::env::var("PATH")?)).env("NAVI_STOP_GRACE", "1");
    let mut dying = Daemon::spawn("governed", command, &gate.home())?;
    let files = ["own", "left"].map(|name| gate.work().join(name));
    let pids = wait::until("all of it runs", async || {
        let pid = |file| std::fs::read_to_string(file).ok()?.trim().parse::<u32>().ok();
        files.iter().map(pid).collect::<Option<Vec<u32>>>()
    })
    .await?;
    dying.kill().await?;
    for pid in pids {
        wait::until("it ends with the program", async || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
            stat.map_or(true, |stat| stat.contains(") Z")).then_some(())
        })
        .await?;
    }
    Ok(())
}

/// A program that is ended in the middle leaves no run without an end: the next gate tells it.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_program_died_is_reconciled_by_the_next_gate() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let line = "touch began; while [ -e began ]; do sleep 0.1; done";
    let mut dying = Daemon::spawn("governed", program(&gate, &[line])?, &gate.home())?;
    let began = gate.work().join("began");
    wait::until("it runs", async || began.exists().then_some(())).await?;
    dying.kill().await?;
    std::fs::remove_file(began)?;
    outcomes(&gate, &["true"]).await?;
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    let ended: Vec<_> = ledger.iter().filter(|entry| entry["kind"] == "execution_finished").collect();
    anyhow::ensure!(ended.iter().any(|e| e["payload"].to_string().contains("unknown")), "{ended:#?}");
    Ok(())
}
