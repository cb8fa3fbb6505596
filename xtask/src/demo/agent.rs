//! The demo's agent: the real Claude Code CLI, governed through its hook, with a scripted model on loopback in place of
//! the vendor's. Nothing leaves the machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::scene::{DEVELOPER, Scene};
use crate::child::Running;
use crate::{places, setup};

const COMMAND: &str = "echo 'Hello from a governed agent' > greeting.txt";

/// Where the agent works. Not beside the server: what lies below `.navi` is the oversight's own, and no agent may touch it.
pub fn project() -> PathBuf {
    places::target().join("demo/project")
}

/// The agent and its model.
pub struct Agent {
    folder: PathBuf,
    token: String,
    // Ended in this order: the agent before its model.
    turn: Option<Running>,
    model: Option<Running>,
}

impl Agent {
    /// Starts the model, and the agent with one task.
    pub fn start(scene: &Scene) -> Result<Self> {
        let folder = scene.folder.clone();
        let project = project();
        if project.exists() {
            fs::remove_dir_all(&project).with_context(|| format!("cannot empty {}", project.display()))?;
        }
        fs::create_dir_all(&project)?;
        fs::create_dir_all(folder.join("home"))?;
        fs::write(folder.join("model.json"), script().to_string())?;
        let token = scene.token(DEVELOPER, "agent", Some("demo-agent"))?;
        fs::write(folder.join("settings.json"), hook_settings().to_string())?;
        let mut agent = Self { folder, token, turn: None, model: None };
        agent.ask_again(scene)?;
        Ok(agent)
    }

    /// What the agent wants to run.
    pub fn command(&self) -> &'static str {
        COMMAND
    }

    /// Starts another turn of the agent, its model at the beginning of the script again.
    pub fn ask_again(&mut self, scene: &Scene) -> Result<()> {
        let mut model = Command::new("node");
        model.arg(places::root().join("tests/fakes/model-server.mjs")).arg("0");
        model.arg(self.folder.join("model.json")).arg(self.folder.join("model.jsonl"));
        self.model = None;
        let (model, line) =
            Running::start_and_hear("the scripted model", &mut model, &self.folder.join("model.log"))?;
        self.model = Some(model);
        let listening: serde_json::Value =
            serde_json::from_str(&line).context("the scripted model said no JSON")?;
        let port = listening
            .get("port")
            .and_then(serde_json::Value::as_u64)
            .context("the scripted model named no port")?;
        let mut agent = Command::new(setup::agent_cli_binary());
        agent
            .args(["--print", "Write a greeting into greeting.txt", "--settings"])
            .arg(self.folder.join("settings.json"));
        agent.current_dir(project());
        agent
            .env("HOME", self.folder.join("home"))
            .env("CLAUDE_CONFIG_DIR", self.folder.join("home/.claude"));
        agent
            .env("ANTHROPIC_BASE_URL", format!("http://127.0.0.1:{port}"))
            .env("ANTHROPIC_API_KEY", "scripted-model");
        agent.env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1").env("DISABLE_AUTOUPDATER", "1");
        agent.env("NAVI_URL", &scene.url).env("NAVI_TOKEN", &self.token);
        self.turn = Some(Running::start("the agent", &mut agent, &self.log())?);
        Ok(())
    }

    /// Whether the agent's turn is over.
    pub fn is_done(&self) -> bool {
        self.turn.is_none()
    }

    /// Prints what the agent said, once, when its turn is over.
    pub fn tell_when_done(&mut self) {
        let Some(status) = self.turn.as_mut().and_then(Running::ended) else { return };
        self.turn = None;
        let said = fs::read_to_string(self.log()).unwrap_or_default();
        println!("\nThe agent is done ({status}). It said:\n  {}", said.trim().replace('\n', "\n  "));
        let ran = project().join("greeting.txt").exists();
        println!(
            "greeting.txt {}. Enter lets it ask again.",
            if ran { "was written" } else { "does not exist" }
        );
    }

    fn log(&self) -> PathBuf {
        self.folder.join("agent.log")
    }
}

/// The agent's settings: each tool call goes through the gate first, and a hook that fails blocks the call.
fn hook_settings() -> serde_json::Value {
    let hook = format!("{} hook claude-code", quoted(&places::debug_binary("navi-gate")));
    serde_json::json!({
        "hooks": {
            "PreToolUse": [{ "matcher": "*", "hooks": [
                { "type": "command", "command": hook, "timeout": 3600, "onFailure": "block" },
            ] }],
        },
    })
}

/// What the model answers: one tool call, then a closing sentence.
fn script() -> serde_json::Value {
    serde_json::json!([
        { "tool": "Bash", "input": { "command": COMMAND, "description": "Write a greeting" } },
        { "text": "That was all I wanted to do." },
    ])
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', "'\\''"))
}
