//! Pipelines that wait for a word, with the real server and the other side on loopback, which checks like the real one:
//! each hears one word, over outages and kills, and goes on only with what was let run here.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use navi_tests::device::Device;
use navi_tests::pipelines::{Pipelines, TASK_TOKEN, status};
use navi_tests::server::{Api, Server};
use navi_tests::{binaries, process, wait};
use serde_json::{Value, json};

/// Payloads of the entries of a kind.
async fn told(auditor: &Api, kind: &str) -> Result<Vec<Value>> {
    let entries = auditor.ledger().await?;
    Ok(entries.into_iter().filter(|e| e["kind"] == kind).collect())
}

async fn wait_for_entries(auditor: &Api, kind: &str, count: usize) -> Result<Vec<Value>> {
    wait::until(&format!("{count} entries {kind}"), async || {
        told(auditor, kind).await.ok().filter(|found| found.len() == count)
    })
    .await
}

async fn wait_for_last_words(pipelines: &Pipelines, count: usize) -> Result<Vec<Value>> {
    wait::until(&format!("{count} words that end something"), async || {
        Some(pipelines.last_words()).filter(|words| words.len() == count)
    })
    .await
}

/// Approves with as many people as it takes.
async fn approve(server: &Server, people: &[&Device], auditor: &Api) -> Result<()> {
    let pending = auditor.the_pending_one().await?;
    let id = pending["id"].as_str().context("no id")?.to_owned();
    for person in people {
        person.approve(&id).await?;
        if auditor.approval(&id).await?["status"] == "approved" {
            return Ok(());
        }
    }
    anyhow::bail!("not enough people for {pending} at {}", server.url)
}

/// Whether any file of the server's folder holds these bytes.
fn is_kept(server: &Server, bytes: &[u8]) -> Result<bool> {
    for entry in std::fs::read_dir(server.data_dir())? {
        let path = entry?.path();
        if path.is_file() && std::fs::read(&path)?.windows(bytes.len()).any(|w| w == bytes) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_hears_one_word_over_an_outage_and_a_kill_and_tells_how_it_ended() -> Result<()> {
    let pipelines = Pipelines::start().await?;
    let mut server = Server::start_with(&pipelines.config(3600)).await?;
    let auditor = server.api("olga", "auditor", None).await?;
    let ana = Device::enroll(&server, "ana", "approver").await?;
    let bert = Device::enroll(&server, "bert", "approver").await?;

    ensure!(pipelines.deploy(&server, 1, "production").await? == 200);
    wait::until("GitHub is told that it waits", async || pipelines.words().pop()).await?;
    pipelines.be_away(true);
    approve(&server, &[&ana, &bert], &auditor).await?;
    wait_for_entries(&auditor, "pipeline_decided", 1).await?;
    ensure!(
        told(&auditor, "execution_started").await?.len() == 1,
        "the permit is redeemed before the word is said"
    );
    server.kill().await?;
    pipelines.be_away(false);
    ensure!(pipelines.last_words().is_empty(), "nothing was said before the kill");
    server.restart().await?;

    let words = wait_for_last_words(&pipelines, 1).await?;
    ensure!(words[0]["state"] == "approved" && words[0]["environment_name"] == "production", "{words:?}");
    wait_for_entries(&auditor, "pipeline_answered", 1).await?;
    ensure!(pipelines.deploy(&server, 1, "production").await? == 200, "told once more");
    ensure!(pipelines.deployed(&server, 1, "success").await? == 200);
    let ended = wait_for_entries(&auditor, "execution_finished", 1).await?;
    ensure!(ended[0].to_string().contains("succeeded"), "{ended:?}");

    // Another one is answered meanwhile, so that a second word for the first would have had its chance.
    ensure!(pipelines.deploy(&server, 2, "staging").await? == 200);
    let words = wait_for_last_words(&pipelines, 2).await?;
    ensure!(words[1]["environment_name"] == "staging" && words[1]["state"] == "approved", "{words:?}");
    ensure!(told(&auditor, "execution_started").await?.len() == 2, "no second run of the first");
    ensure!(pipelines.wrong().is_empty(), "{:?}", pipelines.wrong());
    wait_for_entries(&auditor, "pipeline_answered", 2).await?;
    server.terminate().await?;
    let mut fsck = Command::new(binaries::product("navi-server")?);
    fsck.args(["fsck", "--data-dir"]).arg(server.data_dir());
    process::run(fsck).await?.expect_code(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_is_rejected_blocked_or_undecided_does_not_go_on() -> Result<()> {
    let pipelines = Pipelines::start().await?;
    let mut server = Server::start_with(&pipelines.config(3600)).await?;
    let auditor = server.api("olga", "auditor", None).await?;
    let ana = Device::enroll(&server, "ana", "approver").await?;

    pipelines.deploy(&server, 1, "production").await?;
    let pending = auditor.the_pending_one().await?;
    ana.cast(pending["id"].as_str().context("no id")?, "reject", "not on a Friday").await?.expect(200)?;
    let words = wait_for_last_words(&pipelines, 1).await?;
    let comment = words[0]["comment"].as_str().context("no comment")?;
    ensure!(words[0]["state"] == "rejected" && comment.contains("ana: not on a Friday"), "{words:?}");

    server
        .set_policy("github:octo", json!({"level": "standard", "blocked_actions": ["deploy_prod"]}))
        .await?;
    pipelines.deploy(&server, 2, "production").await?;
    let words = wait_for_last_words(&pipelines, 2).await?;
    let comment = words[1]["comment"].as_str().context("no comment")?;
    ensure!(words[1]["state"] == "rejected" && comment.contains("blocked by"), "{words:?}");

    server.set_policy("github:octo", json!({"level": "standard", "blocked_actions": []})).await?;
    server.terminate().await?;
    let config = pipelines.config(1).to_string();
    std::fs::write(server.data_dir().join("config.json"), config)?;
    server.restart().await?;
    pipelines.deploy(&server, 3, "production").await?;
    let words = wait_for_last_words(&pipelines, 3).await?;
    let comment = words[2]["comment"].as_str().context("no comment")?;
    ensure!(words[2]["state"] == "rejected" && comment.contains("nobody decided in time"), "{words:?}");
    ensure!(told(&auditor, "execution_started").await?.is_empty());
    ensure!(pipelines.wrong().is_empty(), "{:?}", pipelines.wrong());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_task_passes_by_what_its_plan_does_over_a_kill_and_its_token_is_kept_nowhere() -> Result<()> {
    let pipelines = Pipelines::start().await?;
    let mut server = Server::start_with(&pipelines.config(3600)).await?;
    let auditor = server.api("olga", "auditor", None).await?;
    let ana = Device::enroll(&server, "ana", "approver").await?;
    let bert = Device::enroll(&server, "bert", "approver").await?;
    let change = |actions: &Value| {
        json!({"format_version": "1.2", "resource_changes": [
            {"address": "aws_db_instance.main", "type": "aws_db_instance", "change": {"actions": actions}}]})
    };

    pipelines.put_plan(change(&json!(["delete"])));
    ensure!(pipelines.run_task(&server, 1).await? == 200);
    let pending = auditor.the_pending_one().await?;
    ensure!(pending.to_string().contains("the plan destroys aws_db_instance.main"), "{pending}");
    wait::until("Terraform is told that it waits", async || pipelines.words().pop()).await?;
    ensure!(!is_kept(&server, TASK_TOKEN.as_bytes())?, "not even while it waits");
    pipelines.be_away(true);
    approve(&server, &[&ana, &bert], &auditor).await?;
    wait_for_entries(&auditor, "pipeline_decided", 1).await?;
    server.kill().await?;
    pipelines.be_away(false);
    server.restart().await?;
    let words = wait_for_last_words(&pipelines, 1).await?;
    ensure!(status(&words[0]) == "passed", "{words:?}");
    wait_for_entries(&auditor, "pipeline_answered", 1).await?;

    // Told again, it is the same; another one is rejected.
    ensure!(pipelines.run_task(&server, 1).await? == 200);
    ensure!(pipelines.run_task(&server, 2).await? == 200);
    let pending = auditor.the_pending_one().await?;
    ana.cast(pending["id"].as_str().context("no id")?, "reject", "keep it").await?.expect(200)?;
    let words = wait_for_last_words(&pipelines, 2).await?;
    let message = words[1]["data"]["attributes"]["message"].as_str().context("no message")?;
    ensure!(status(&words[1]) == "failed" && message.contains("ana: keep it"), "{words:?}");
    ensure!(told(&auditor, "execution_started").await?.len() == 1);
    ensure!(!server.log().contains(TASK_TOKEN) && !is_kept(&server, TASK_TOKEN.as_bytes())?);
    ensure!(pipelines.wrong().is_empty(), "{:?}", pipelines.wrong());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_secret_is_missing_does_not_start() -> Result<()> {
    let pipelines = Pipelines::start().await?;
    let mut config = pipelines.config(3600);
    config["webhooks"]["github"]["secret_file"] = json!("/nowhere/at/all");
    let refused = Server::start_with(&config).await.err().context("it started")?;
    ensure!(format!("{refused:#}").contains("navi-server"), "{refused:#}");
    Ok(())
}
