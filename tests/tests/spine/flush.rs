//! Between the write of a decision and the answer to whoever asked lies a flush to the disk: seen by strace.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use navi_tests::process::Daemon;
use navi_tests::server::Server;
use navi_tests::wait;
use serde_json::json;

const CALLS: &str = "trace=openat,write,pwrite64,fsync,fdatasync,sendto,sendmsg,writev";

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_flushed_before_it_is_answered() -> Result<()> {
    let server = Server::start().await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("calls");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "40", "-e", CALLS, "-o"]).arg(&log);
    command.args(["-p", &server.pid()?.to_string()]);
    let traced = Daemon::spawn("strace", command, dir.path())?;
    let said = wait::until("strace is attached", async || {
        Some(traced.log_text()).filter(|said| said.contains("attached") || said.contains("not permitted"))
    })
    .await?;
    if said.contains("not permitted") {
        // Some containers forbid tracing altogether; the kill -9 loop still holds there.
        eprintln!("NOT CHECKED: this machine does not let strace look at a process: {said}");
        return Ok(());
    }
    let before = std::fs::read_to_string(&log)?.lines().count();
    let answer = agent.evaluate("command_run", json!({"command": "ls"})).await?;
    ensure!(answer["decision"] == "AUTO", "{answer}");
    let calls = wait::until("the answer is in the log", async || {
        let text = std::fs::read_to_string(&log).ok()?;
        let rest: Vec<String> = text.lines().skip(before).map(str::to_owned).collect();
        rest.iter().any(|call| is_answer(call)).then_some(rest)
    })
    .await?;
    drop(traced);

    let answered = calls.iter().position(|call| is_answer(call)).context("no answer")?;
    let up_to = calls.get(..answered).unwrap_or_default();
    let written = up_to.iter().rposition(|call| call.contains("pwrite64(") && call.contains("navi.db-wal"));
    let written = written.with_context(|| format!("nothing was written before the answer: {calls:#?}"))?;
    let flushed =
        up_to.get(written..).unwrap_or_default().iter().any(|call| {
            (call.contains("fdatasync(") || call.contains("fsync(")) && call.contains("navi.db-wal")
        });
    ensure!(flushed, "no flush between the last write and the answer: {calls:#?}");
    Ok(())
}

fn is_answer(call: &str) -> bool {
    call.contains("\"HTTP/1.1 200")
}
