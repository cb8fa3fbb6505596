//! The public client of the Model Context Protocol before the public file-system server, with the gate in between or not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::gate::Gate;
use crate::{binaries, process};

/// What the client is told to do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Calls this tool with these arguments.
    pub call: Option<(&'static str, Value)>,
    /// Waits no longer than this for the answer, in milliseconds.
    pub timeout: Option<u32>,
    /// Stays connected for so long afterwards, in milliseconds.
    pub lingers: Option<u32>,
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
    let mut told = json!({ "command": program, "args": args });
    if let Some((name, arguments)) = plan.call {
        told["call"] = json!({ "name": name, "arguments": arguments });
        if let Some(timeout) = plan.timeout {
            told["call"]["timeout"] = timeout.into();
        }
    }
    if let Some(lingers) = plan.lingers {
        told["lingers"] = lingers.into();
    }
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), told.to_string())?;
    let mut command = Command::new("node");
    command.arg(modules().join("mcp-client.mjs")).arg(file.path());
    command.env_clear().envs(gate.environment()).current_dir(gate.work());
    process::run(command).await?.expect_code(0)?.json()
}
