//! A bypass with real binaries: two terminals, a gate that waits, a server that dies, a disk that is full, a clock that jumps.

use std::process::Command;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::process;
use navi_tests::server::{Api, Server};
use navi_tests::wait;
use serde_json::Value;

use crate::{ask, command, server_that_asks};

const REASON: &str = "the shop takes no orders since noon";

async fn asked(who: &Approver, scope: &[&str]) -> Result<Value> {
    let args = [&["ask"], scope, &["--incident", "INC-7", "--reason", REASON]].concat();
    who.bypass(&args).await?.expect_code(0)?.json()
}

async fn confirmed(who: &Approver, asked: &Value) -> Result<Value> {
    let id = asked["id"].as_str().context("no id")?;
    let number = asked["number"].as_u64().context("no number")?.to_string();
    who.bypass(&["confirm", id, "--number", &number]).await?.expect_code(0)?.json()
}

/// Two people on call, and a bypass for the repository `web` that is in force: its id.
async fn begun(server: &Server) -> Result<(Approver, Approver, String)> {
    let eva = Approver::enroll_on_call(server, "eva").await?;
    let bo = Approver::enroll_on_call(server, "bo").await?;
    let asked = asked(&eva, &["--repo", "web"]).await?;
    let begun = confirmed(&bo, &asked).await?;
    anyhow::ensure!(begun["state"] == "active" && begun["with"] == "bo", "{begun}");
    Ok((eva, bo, begun["id"].as_str().context("no id")?.to_owned()))
}

async fn shown(who: &Approver, id: &str) -> Result<Value> {
    who.bypass(&["show", id]).await?.expect_code(0)?.json()
}

async fn decided(agent: &Api) -> Result<String> {
    let answer = agent.evaluate("command_run", command("make release")).await?;
    Ok(answer["rule"].as_str().context("no rule")?.to_owned())
}

/// Exports the record and tells it without server: verdict and bypasses.
async fn told(server: &Server, gate: &Gate) -> Result<Value> {
    let auditor = Gate::new(&server.url, Some(server.token("olga", "auditor", None).await?))?;
    let file = gate.home().join("record.navi");
    let file = file.to_string_lossy();
    auditor.run(&["audit", "export", "--out", &file]).await?.expect_code(0)?;
    // Nothing listens there: what is told rests on the file and the key.
    let offline = Gate::new("http://127.0.0.1:9", None)?;
    let args = ["audit", "verify", &file, "--vkey", &server.ledger_vkey, "--explain", "--json"];
    let told = offline.run(&args).await?.expect_code(0)?.json()?;
    anyhow::ensure!(told["verdict"] == "whole", "{told}");
    Ok(told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_gate_goes_on_when_a_bypass_begins_and_the_record_tells_it() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let run = ["run", "--repo", "web", "--", "sh", "-c", "echo ran >> ran.txt"];
    let mut waiting = gate.start("gate", &run)?;
    agent.the_pending_one().await?;
    let (eva, bo, id) = begun(&server).await?;
    let status = waiting.ended().await?;
    assert_eq!(status.code(), Some(0), "{}", waiting.log_text());
    assert_eq!(std::fs::read_to_string(gate.work().join("ran.txt"))?, "ran\n");
    gate.run(&["run", "--repo", "web", "--", "true"]).await?.expect_code(0)?;

    let seen = shown(&bo, &id).await?;
    assert_eq!(seen["runs"].as_array().map(Vec::len), Some(2), "{seen}");
    assert_eq!(seen["runs"][0]["would_be"], "APPROVAL");
    eva.bypass(&["end", &id]).await?.expect_code(0)?;
    assert_ne!(decided(&agent).await?, "bypass");
    let told = told(&server, &gate).await?;
    let story = &told["bypasses"][0];
    assert_eq!((&story["by"], &story["with"]), (&"eva".into(), &"bo".into()));
    assert_eq!(story["runs"][0]["outcome"], "succeeded", "{story}");
    assert!(story["review"].is_null() && story["ended_by"] == "eva", "{story}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_comes_back_with_the_bypass_in_force_and_its_end_unmoved() -> Result<()> {
    let (mut server, agent) = server_that_asks().await?;
    let (eva, bo, id) = begun(&server).await?;
    assert_eq!(decided(&agent).await?, "bypass");
    let before = shown(&eva, &id).await?;
    server.kill().await?;
    server.restart().await?;
    let after = shown(&eva, &id).await?;
    assert_eq!(after["bypass"]["state"], "active");
    assert_eq!(after["bypass"]["ends_at"], before["bypass"]["ends_at"]);
    assert_eq!(after["runs"], before["runs"], "nothing of it is lost");
    assert_eq!(decided(&agent).await?, "bypass");
    bo.bypass(&["end", &id]).await?.expect_code(0)?;
    server.kill().await?;
    server.restart().await?;
    assert_ne!(decided(&agent).await?, "bypass", "an end survives as well");
    let told = told(&server, eva.gate()).await?;
    assert_eq!(told["bypasses"][0]["runs"].as_array().map(Vec::len), Some(2), "{told}");
    Ok(())
}

/// Lets no file of the server grow: what a full disk does to a writer, for one process.
async fn let_nothing_grow(server: &Server) -> Result<()> {
    let wal = std::fs::metadata(server.data_dir().join("navi.db-wal"))?.len();
    limit(server, &wal.to_string()).await
}

async fn limit(server: &Server, bytes: &str) -> Result<()> {
    let mut command = Command::new("prlimit");
    command.args(["--pid", &server.pid()?.to_string(), &format!("--fsize={bytes}:")]);
    process::run(command).await?.expect_code(0).map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_runs_by_a_bypass_that_is_not_recorded() -> Result<()> {
    let server = Server::start_ignoring_file_limits().await?;
    server.set_policy("alice", serde_json::json!({ "level": "minimal" })).await?;
    let (eva, _, id) = begun(&server).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    gate.run(&["run", "--repo", "web", "--", "sh", "-c", "echo one >> ran.txt"]).await?.expect_code(0)?;
    let_nothing_grow(&server).await?;
    let refused = gate.run(&["run", "--repo", "web", "--", "sh", "-c", "echo two >> ran.txt"]).await?;
    assert_eq!(refused.code, 13, "{refused:?}");
    assert_eq!(std::fs::read_to_string(gate.work().join("ran.txt"))?, "one\n");
    assert_eq!(shown(&eva, &id).await?["runs"].as_array().map(Vec::len), Some(1));
    let no_end = eva.bypass(&["end", &id]).await?;
    assert_eq!(no_end.code, 13, "an end that cannot be written is not told as one: {no_end:?}");

    limit(&server, "unlimited").await?;
    gate.run(&["run", "--repo", "web", "--", "sh", "-c", "echo three >> ran.txt"]).await?.expect_code(0)?;
    assert_eq!(std::fs::read_to_string(gate.work().join("ran.txt"))?, "one\nthree\n");
    eva.bypass(&["end", &id]).await?.expect_code(0)?;
    let told = told(&server, &gate).await?;
    assert_eq!(told["bypasses"][0]["runs"].as_array().map(Vec::len), Some(2), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_askers_at_two_terminals_one_is_told_of_the_other() -> Result<()> {
    let (server, _) = server_that_asks().await?;
    let eva = Approver::enroll_on_call(&server, "eva").await?;
    let bo = Approver::enroll_on_call(&server, "bo").await?;
    let args = ["ask", "--everything", "--incident", "INC-7", "--reason", REASON];
    let (one, other) = tokio::join!(eva.bypass(&args), bo.bypass(&args));
    let (one, other) = (one?, other?);
    let mut codes = [one.code, other.code];
    codes.sort_unstable();
    assert_eq!(codes, [0, 13], "{one:?} {other:?}");
    let second = if one.code == 13 { one } else { other };
    assert!(second.stderr.contains("must be reviewed by somebody else first"), "{second:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_left_open_stands_in_the_way_and_its_lateness_is_an_entry() -> Result<()> {
    let server = Server::start_with_a_clock_of_its_own().await?;
    server.set_policy("alice", serde_json::json!({ "level": "minimal" })).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let (eva, _, id) = begun(&server).await?;
    assert_eq!(decided(&agent).await?, "bypass");
    // The clock jumps forward: over the end, to the last minute before the review is due, and over that.
    server.let_pass("+16m")?;
    wait::until("its time is up", async || (decided(&agent).await.ok()? != "bypass").then_some(())).await?;
    let olga = server.api("olga", "auditor", None).await?;
    let kinds = async || -> Option<Vec<String>> {
        let all = olga.ledger().await.ok()?;
        Some(all.iter().filter_map(|e| e["kind"].as_str().map(str::to_owned)).collect())
    };
    wait::until("the end is written down", async || {
        kinds().await?.contains(&"bypass_ended".to_owned()).then_some(())
    })
    .await?;
    let next = ["ask", "--repo", "web", "--incident", "INC-8", "--reason", REASON];
    let refused = eva.bypass(&next).await?;
    assert_eq!(refused.code, 13, "{refused:?}");
    assert!(!kinds().await.context("no ledger")?.contains(&"bypass_overdue".to_owned()));
    server.let_pass("+73h")?;
    wait::until("the late review is an entry", async || {
        kinds().await?.contains(&"bypass_overdue".to_owned()).then_some(())
    })
    .await?;
    let told = told(&server, eva.gate()).await?;
    let story = &told["bypasses"][0];
    assert!(story["overdue_at"].is_i64() && story["ended_by"].is_null(), "{story}");
    assert_eq!(shown(&eva, &id).await?["bypass"]["overdue"], true);

    let third = Approver::enroll(&server, "ana", "approver").await?;
    third.bypass(&["review", &id, "--finding", "it was needed"]).await?.expect_code(0)?;
    eva.bypass(&next).await?.expect_code(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_waiting_request_is_let_go_and_no_other() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let (one, other) = (ask(&agent, "make release").await?, ask(&agent, "make deploy").await?);
    let eva = Approver::enroll_on_call(&server, "eva").await?;
    let bo = Approver::enroll_on_call(&server, "bo").await?;
    let wish = asked(&eva, &["--request", &one]).await?;
    assert_eq!(wish["scope"], "action");
    confirmed(&bo, &wish).await?;
    agent.wait_for_status(&one, "superseded").await?;
    assert_eq!(agent.approval(&other).await?["status"], "pending");
    assert_eq!(decided(&agent).await?, "bypass", "the same, asked again");
    Ok(())
}
