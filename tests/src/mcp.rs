//! The public client of the Model Context Protocol before the public file-system server, with the gate in between or not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::gate::Gate;
use crate::process::Daemon;
use crate::{binaries, process};

/// What the client is told to do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Calls this tool with these arguments.
    pub call: Option<(&'static str, Value)>,
    /// Gives the call up when this file is there.
    pub gives_up: Option<PathBuf>,
    /// Stays connected afterwards until this file is there.
    pub lingers: Option<PathBuf>,
    /// Makes this file when it hears of progress.
    pub hears: Option<PathBuf>,
}

fn modules() -> PathBuf {
    binaries::workspace().join("tests/agent-cli")
}

/// The server's own command line, for one folder.
///
/// # Errors
/// When it is not installed.
pub fn server(folder: &Path) -> Result<Vec<String>> {
    let program = modules().join("node_modules/@modelcontextprotocol/server-filesystem/dist/index.js");
    anyhow::ensure!(program.is_file(), "{} is missing: cargo xtask setup installs it", program.display());
    Ok(vec!["node".to_owned(), program.display().to_string(), folder.display().to_string()])
}

/// The same behind the gate.
///
/// # Errors
/// When the gate was not built.
pub fn gated(folder: &Path) -> Result<Vec<String>> {
    let gate = binaries::product("navi-gate")?.display().to_string();
    let mut words = vec![gate, "mcp".to_owned(), "--name".to_owned(), "files".to_owned(), "--".to_owned()];
    words.extend(server(folder)?);
    Ok(words)
}

/// Runs the client to its end; what it saw.
///
/// # Errors
/// When it does not start, does not end, or ends badly.
pub async fn client(words: &[String], plan: Plan, gate: &Gate) -> Result<Value> {
    let (program, args) = words.split_first().context("no server")?;
    drive(json!({ "command": program, "args": args }), plan, gate).await
}

/// The same with a server over HTTP.
///
/// # Errors
/// As [`client`].
pub async fn client_of(url: &str, plan: Plan, gate: &Gate) -> Result<Value> {
    drive(json!({ "url": url }), plan, gate).await
}

async fn drive(mut told: Value, plan: Plan, gate: &Gate) -> Result<Value> {
    if let Some((name, arguments)) = plan.call {
        told["call"] = json!({ "name": name, "arguments": arguments });
    }
    for (what, file) in [("gives_up", plan.gives_up), ("lingers", plan.lingers), ("hears", plan.hears)] {
        if let Some(file) = file {
            told[what] = file.display().to_string().into();
        }
    }
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), told.to_string())?;
    let mut command = Command::new("node");
    command.arg(modules().join("mcp-client.mjs")).arg(file.path());
    command.env_clear().envs(gate.environment()).current_dir(gate.work());
    process::run(command).await?.expect_code(0)?.json()
}

/// The public server with tools, prompts and resources of every kind, over HTTP.
///
/// # Errors
/// When it is not installed or does not start.
pub async fn everything(gate: &Gate) -> Result<(Daemon, String)> {
    let program = modules().join("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
    anyhow::ensure!(program.is_file(), "{} is missing: cargo xtask setup installs it", program.display());
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = Command::new("node");
    command
        .arg(program)
        .arg("streamableHttp")
        .env_clear()
        .envs(gate.environment())
        .env("PORT", port.to_string());
    let folder = gate.home();
    let (daemon, _) = Daemon::spawn_with_first_line("everything", command, &folder).await?;
    crate::wait::until("the server listens", async || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok().map(|_| ())
    })
    .await?;
    Ok((daemon, format!("http://127.0.0.1:{port}/mcp")))
}

/// The gate before a server over HTTP.
///
/// # Errors
/// When it does not start.
pub async fn gate_before(url: &str, gate: &Gate) -> Result<(Daemon, String)> {
    let command =
        gate.command(&["mcp-proxy", "--name", "everything", "--http", url, "--listen", "127.0.0.1:0"])?;
    let (daemon, line) = Daemon::spawn_with_first_line("mcp-proxy", command, &gate.home()).await?;
    let line: Value = serde_json::from_str(&line).with_context(|| line.clone())?;
    Ok((daemon, line["url"].as_str().context("no url")?.to_owned()))
}

/// What the public inspector says of a server over HTTP.
///
/// # Errors
/// When it is not installed or ends badly.
pub async fn inspector(url: &str, method: &str) -> Result<Value> {
    let program = modules().join("node_modules/@modelcontextprotocol/inspector/cli/build/cli.js");
    anyhow::ensure!(program.is_file(), "{} is missing: cargo xtask setup installs it", program.display());
    let mut command = Command::new("node");
    command.arg(program).args(["--cli", url, "--transport", "http", "--method", method]);
    let said = process::run(command).await?.expect_code(0)?;
    let json = said.stdout.find('{').and_then(|at| said.stdout.get(at..)).unwrap_or_default();
    serde_json::from_str(json).with_context(|| said.stdout.clone())
}
