//! The real agent CLI, headless, against the fake model, with a hook before each tool.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use serde_json::json;
use tempfile::TempDir;

use crate::model::Model;
use crate::process::{self, Said};
use crate::{binaries, desktop};

/// An agent with its own home and project that will run one shell command when told to.
#[derive(Debug)]
pub struct Agent {
    /// The model it obeys.
    pub model: Model,
    settings: String,
    environment: Vec<(String, String)>,
    dir: TempDir,
}

impl Agent {
    /// An agent whose model tells it to run `command` in its project, with `hook` (a shell command) before each tool.
    ///
    /// # Errors
    /// When the fake model does not start.
    pub async fn new(command: &str, hook: &str, environment: Vec<(String, String)>) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("navi-agent-").tempdir()?;
        for folder in ["home", "project"] {
            desktop::private_folder(&dir.path().join(folder))?;
        }
        let model = Model::that_runs(dir.path(), command).await?;
        let hook = json!({ "type": "command", "command": hook, "timeout": 600, "onFailure": "block" });
        let settings = json!({ "hooks": { "PreToolUse": [{ "hooks": [hook] }] } }).to_string();
        Ok(Self { model, settings, environment, dir })
    }

    /// The same with the product's gate as hook.
    ///
    /// # Errors
    /// When the gate was not built or the fake model does not start.
    pub async fn gated(command: &str, gate: &crate::gate::Gate) -> Result<Self> {
        let hook = format!("'{}' hook claude-code", binaries::product("navi-gate")?.display());
        Self::new(command, &hook, gate.environment()).await
    }

    /// The folder it works in.
    #[must_use]
    pub fn project(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    /// Runs one headless session to its end.
    ///
    /// # Errors
    /// When the CLI is not installed or does not end.
    pub async fn run(&self) -> Result<Said> {
        let mut command = Command::new(binaries::agent_cli()?);
        command
            .args(["-p", "do the task", "--output-format", "json", "--allowedTools", "Bash", "--settings"])
            .arg(&self.settings)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path().join("home"))
            .env("LANG", "C.UTF-8")
            .env("ANTHROPIC_BASE_URL", self.model.url())
            .env("ANTHROPIC_API_KEY", "no-key-is-needed")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .env("DISABLE_TELEMETRY", "1")
            .env("DISABLE_AUTOUPDATER", "1")
            .env("DISABLE_ERROR_REPORTING", "1")
            .current_dir(self.project());
        process::run(command).await
    }
}
