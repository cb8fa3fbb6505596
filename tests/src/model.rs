//! The fake model on loopback that makes the real agent CLI call the tools a test wants.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::binaries;
use crate::process::Daemon;

/// A running fake model.
#[derive(Debug)]
pub struct Model {
    _daemon: Daemon,
    port: u64,
    log: PathBuf,
}

impl Model {
    /// Starts a model that follows `script` (see `fakes/model-server.mjs`).
    ///
    /// # Errors
    /// When Node is not there.
    pub async fn start(dir: &Path, script: &[Value]) -> Result<Self> {
        let script_file = dir.join("script.json");
        let log = dir.join("model.jsonl");
        std::fs::write(&script_file, serde_json::to_vec(script)?)?;
        std::fs::write(&log, "")?;
        let mut command = Command::new("node");
        command.arg(binaries::fake("model-server.mjs")).arg("0").arg(script_file).arg(&log);
        let (daemon, line) = Daemon::spawn_with_first_line("model-server", command, dir).await?;
        let line: Value = serde_json::from_str(&line).with_context(|| format!("first line: {line:?}"))?;
        let port = line["port"].as_u64().context("the model names no port")?;
        Ok(Self { _daemon: daemon, port, log })
    }

    /// A model that has the agent run one shell command and then says "done".
    ///
    /// # Errors
    /// As [`Model::start`].
    pub async fn that_runs(dir: &Path, command: &str) -> Result<Self> {
        let input = json!({ "command": command, "description": "a step of the test" });
        Self::start(dir, &[json!({ "tool": "Bash", "input": input }), json!({ "text": "done" })]).await
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What the agent sent, oldest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn requests(&self) -> Result<Vec<Value>> {
        let text = std::fs::read_to_string(&self.log)?;
        text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// The results of tools that the agent sent back to the model, as text.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn tool_results(&self) -> Result<Vec<String>> {
        let requests = self.requests()?;
        let blocks = requests.iter().filter_map(|request| request["last"]["content"].as_array()).flatten();
        Ok(blocks.filter(|block| block["type"] == "tool_result").map(|b| b["content"].to_string()).collect())
    }
}
