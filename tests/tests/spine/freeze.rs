//! The stop switch with real gates: running commands end, whatever they started ends with them, and it is confirmed.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::process;
use navi_tests::server::Server;
use navi_tests::wait;
use serde_json::Value;

/// Runs the gate of an approver with its keystore as the credential.
async fn at_terminal(approver: &Approver, args: &[&str]) -> Result<process::Said> {
    let mut command = approver.gate().command(args)?;
    command.env("NAVI_KEYSTORE", approver.keystore());
    process::run(command).await
}

async fn stops(approver: &Approver) -> Result<Vec<Value>> {
    let listed = at_terminal(approver, &["freeze", "list", "--json"]).await?.expect_code(0)?;
    let listed: Value = serde_json::from_str(&listed.stdout)?;
    Ok(listed["freezes"][0]["stops"].as_array().cloned().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_does_not_listen_is_killed_with_all_it_started() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    // The inner shell outlives its parent, and both ignore the polite signal.
    let script = "#!/bin/sh\ntrap '' TERM; (sh -c 'trap \"\" TERM; echo $$ > inner; while :; do sleep 0.1; done' &); \
                  echo $$ > outer; while :; do sleep 0.1; done";
    let file = gate.work().join("stubborn");
    std::fs::write(&file, script)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
    let mut command = gate.command(&["run", "--json", "--", "./stubborn"])?;
    command.env("NAVI_STOP_GRACE", "1");
    let mut running = process::Daemon::spawn("gate", command, &gate.home())?;
    let pid_of =
        |name: &str| std::fs::read_to_string(gate.work().join(name)).ok()?.trim().parse::<u32>().ok();
    let (inner, outer) =
        wait::until("both shells run", async || pid_of("inner").zip(pid_of("outer"))).await?;

    let stopped = ["freeze", "begin", "--agent", "coder", "--reason", "looks odd"];
    at_terminal(&bob, &stopped).await?.expect_code(0)?;
    let status = running.ended().await?;
    assert_eq!(status.code(), Some(137), "{}", running.log_text());
    assert!(running.log_text().contains("a person stopped this"), "{}", running.log_text());
    for pid in [inner, outer] {
        let alive = std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.contains(") Z"));
        assert!(!alive, "process {pid} still runs");
    }
    let stops = stops(&bob).await?;
    assert!(stops[0]["confirmed_at"].is_i64() && stops[0]["status"] == "failed", "{stops:?}");

    let refused = gate.run(&["run", "--", "true"]).await?.expect_code(10)?;
    assert!(refused.stderr.contains("bob stopped agent coder: looks odd"), "{refused:?}");
    let listed = at_terminal(&bob, &["freeze", "list"]).await?.expect_code(0)?;
    let id = listed.stdout.split_whitespace().next().context("no id")?.to_owned();
    assert!(listed.stdout.contains("confirmed after"), "{listed:?}");
    at_terminal(&bob, &["freeze", "end", &id]).await?.expect_code(0)?;
    gate.run(&["run", "--", "true"]).await?.expect_code(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_gates_are_stopped_and_each_confirms() -> Result<()> {
    let server = Server::start().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut running = Vec::new();
    for n in 0..50 {
        running.push(gate.start(&format!("gate-{n}"), &["run", "--", "sleep", "900"])?);
    }
    let olga = server.api("olga", "auditor", None).await?;
    wait::until("all of them run", async || {
        let ledger = olga.ledger().await.ok()?;
        let started = ledger.iter().filter(|e| e["kind"] == "execution_started").count();
        (started == 50).then_some(())
    })
    .await?;
    at_terminal(&bob, &["freeze", "begin", "--everything", "--reason", "drill"]).await?.expect_code(0)?;
    for gate in &mut running {
        let status = gate.ended().await?;
        assert_eq!(status.code(), Some(143), "{}", gate.log_text());
    }
    let stops = stops(&bob).await?;
    let took = |stop: &Value| Some(stop["confirmed_at"].as_i64()? - stop["requested_at"].as_i64()?);
    let mut took: Vec<i64> = stops.iter().filter_map(took).collect();
    assert_eq!(took.len(), 50, "each is confirmed: {stops:?}");
    took.sort_unstable();
    println!("stop requested → confirmed: median {} ms, p95 {} ms", took[25] / 1000, took[47] / 1000);
    Ok(())
}
