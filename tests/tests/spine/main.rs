//! The spine without a desktop: server, gate, ledger and the real agent, each as its own process.
#![expect(
    clippy::indexing_slicing,
    reason = "a missing JSON field reads as null, and the test says what it misses"
)]

mod audit;
mod authority;
mod breakglass;
mod bypass;
mod crash;
mod decisions;
mod dialogue;
mod doctor;
mod flush;
mod frameworks;
mod freeze;
mod gate_run;
mod git;
mod grants;
mod harnesses;
mod hook;
mod install;
mod library;
mod mcp;
mod origin;
mod permits;
mod pipelines;
mod plans;
mod report;
mod rollback;
mod rollback_database;
mod rollback_flags;
mod rollback_hooks;
mod rollback_migrations;
mod rollback_unleash;
mod runbooks;
mod runs;
mod stream;
mod votes;

use anyhow::{Context as _, Result};
use navi_tests::server::{Api, Server};
use serde_json::{Value, json};

/// A server where `alice`'s agents must ask before they run a command, and the API of her agent.
async fn server_that_asks() -> Result<(Server, Api)> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    Ok((server, agent))
}

/// A command of the agent, as context.
fn command(text: &str) -> Value {
    json!({ "command": text, "repo": "web", "tool": "Bash" })
}

/// Asks for a command that needs a person; gives the approval's id.
async fn ask(agent: &Api, text: &str) -> Result<String> {
    let answer = agent.evaluate("command_run", command(text)).await?;
    anyhow::ensure!(answer["decision"] == "APPROVAL", "{answer}");
    Ok(answer["approval_id"].as_str().context("no approval_id")?.to_owned())
}

/// Redeems the permit of an approved command.
fn redemption(permit_id: &Value, text: &str, run_nonce: &str) -> Value {
    json!({
        "permit_id": permit_id, "action_type": "command_run", "context": command(text), "run_nonce": run_nonce,
    })
}
