//! A person at a terminal lets a command be repeated, sees it listed, and takes it back.

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::process;
use serde_json::Value;

use crate::server_that_asks;

const ADD: [&str; 4] = ["run", "--", "mkdir", "-p"];

/// Runs the gate of an approver with its keystore as the credential.
async fn at_terminal(approver: &Approver, args: &[&str]) -> Result<process::Said> {
    let mut command = approver.gate().command(args)?;
    command.env("NAVI_KEYSTORE", approver.keystore());
    process::run(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_repeats_as_often_as_it_was_granted_and_until_it_is_taken_back() -> Result<()> {
    let (server, agent) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let made = [ADD.as_slice(), &["out/report"]].concat();
    let other = [ADD.as_slice(), &["out/other"]].concat();

    let mut waiting = gate.start("first", &made)?;
    let id = agent.the_pending_one().await?["id"].as_str().context("no id")?.to_owned();
    let vote = ["vote", &id, "approve", "--repeat", "command", "--minutes", "10", "--uses", "3"];
    at_terminal(&bob, &vote[..5]).await?.expect_code(2).context("a repeat right without an end")?;
    at_terminal(&bob, &vote).await?.expect_code(0)?;
    assert_eq!(waiting.ended().await?.code(), Some(0), "{}", waiting.log_text());

    std::fs::remove_dir_all(gate.work().join("out"))?;
    gate.run(&made).await?.expect_code(0)?;
    assert!(gate.work().join("out/report").is_dir(), "it ran again and nobody was asked");
    let listed = at_terminal(&bob, &["grants", "--json"]).await?.expect_code(0)?;
    let listed: Value = serde_json::from_str(&listed.stdout)?;
    let grant = &listed["grants"][0];
    assert_eq!((&grant["uses"], &grant["max_uses"]), (&1.into(), &3.into()), "{listed}");
    let shown = at_terminal(&bob, &["grants"]).await?.expect_code(0)?;
    assert!(shown.stdout.contains("mkdir -p out/report") && shown.stdout.contains("1/3"), "{shown:?}");

    let mut asks = gate.start("other", &other)?;
    let another = agent.the_pending_one().await?["id"].as_str().context("no id")?.to_owned();
    bob.must_vote(&another, "reject", "not this one").await?;
    assert_ne!(asks.ended().await?.code(), Some(0), "another command is not covered");

    let grant = grant["id"].as_str().context("no id")?;
    let revoked = at_terminal(&bob, &["grants", "revoke", grant]).await?.expect_code(0)?;
    assert!(revoked.stdout.contains("taken back"), "{revoked:?}");
    let none = at_terminal(&bob, &["grants"]).await?.expect_code(0)?;
    assert!(!none.stdout.contains(grant), "{none:?}");
    let mut asks = gate.start("again", &made)?;
    let again = agent.the_pending_one().await?["id"].as_str().context("no id")?.to_owned();
    assert_ne!(again, id);
    bob.must_vote(&again, "reject", "no more").await?;
    assert_ne!(asks.ended().await?.code(), Some(0), "after the revocation it asks");
    Ok(())
}
