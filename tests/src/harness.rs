//! The real agent CLIs, each with its own home and configuration, headless, against the fake model; the gate is put before
//! their tools by the product's own `install`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::gate::Gate;
use crate::model::Model;
use crate::process::{self, Said};
use crate::{binaries, desktop};

/// An agent CLI that is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harness {
    /// Claude Code.
    ClaudeCode,
    /// Codex CLI.
    Codex,
    /// Gemini CLI.
    Gemini,
    /// GitHub Copilot CLI.
    Copilot,
    /// opencode.
    Opencode,
}

impl Harness {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::ClaudeCode, Self::Codex, Self::Gemini, Self::Copilot, Self::Opencode];

    /// Whether the gate's entries lie among others' in a JSON file.
    #[must_use]
    pub fn merges(self) -> bool {
        matches!(self, Self::ClaudeCode | Self::Codex | Self::Gemini)
    }

    /// How `navi-gate install` calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Gemini => "gemini",
            Self::Copilot => "copilot",
            Self::Opencode => "opencode",
        }
    }

    /// How its program is called.
    fn program_name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude",
            other => other.name(),
        }
    }

    /// Its tool that runs a shell command, and that tool's arguments.
    fn shell(self, command: &str) -> Value {
        let described = json!({ "command": command, "description": "a step of the test" });
        match self {
            Self::ClaudeCode => json!({ "tool": "Bash", "input": described }),
            Self::Codex => json!({ "tool": "exec_command", "input": { "cmd": command } }),
            Self::Gemini => json!({ "tool": "run_shell_command", "input": described }),
            Self::Copilot | Self::Opencode => json!({ "tool": "bash", "input": described }),
        }
    }

    /// The version that the tests were written against, as the harness itself says it.
    ///
    /// # Errors
    /// When it is not installed or does not say.
    pub async fn version(self) -> Result<String> {
        let home = tempfile::tempdir()?;
        let mut command = self.program()?;
        command.arg("--version").env("HOME", home.path()).env("COPILOT_OFFLINE", "true");
        Ok(process::run(command).await?.expect_code(0)?.stdout)
    }

    fn program(self) -> Result<Command> {
        let arm = cfg!(target_arch = "aarch64");
        let (cpu, triple) = if arm { ("arm64", "aarch64") } else { ("x64", "x86_64") };
        let modules = binaries::workspace().join("tests/agent-cli/node_modules");
        let native = match self {
            Self::ClaudeCode => return Ok(Command::new(binaries::agent_cli()?)),
            Self::Codex => {
                format!("@openai/codex-linux-{cpu}/vendor/{triple}-unknown-linux-musl/bin/codex")
            }
            Self::Copilot => format!("@github/copilot-linux-{cpu}/copilot"),
            Self::Opencode => format!("opencode-linux-{cpu}/bin/opencode"),
            Self::Gemini => "@google/gemini-cli/bundle/gemini.js".to_owned(),
        };
        let path = modules.join(native);
        anyhow::ensure!(path.is_file(), "{} is missing: cargo xtask setup installs it", path.display());
        if self == Self::Gemini {
            let mut node = Command::new("node");
            node.arg(path);
            return Ok(node);
        }
        Ok(Command::new(path))
    }
}

/// What `navi-gate doctor` found.
#[derive(Debug)]
pub struct Findings(Vec<Value>);

impl Findings {
    /// The worst state of a check, and its sentence.
    #[must_use]
    pub fn of(&self, check: &str) -> (&str, &str) {
        let worst =
            |finding: &&Value| ["good", "note", "wrong", "open"].iter().position(|s| finding["state"] == *s);
        let found = self.0.iter().filter(|finding| finding["check"] == check).max_by_key(worst);
        found.map_or(("absent", ""), |f| {
            (f["state"].as_str().unwrap_or(""), f["found"].as_str().unwrap_or(""))
        })
    }
}

/// A person's machine with one of them on it, and the gate installed before its tools.
#[derive(Debug)]
pub struct Session {
    /// Which.
    pub harness: Harness,
    /// The model it obeys.
    pub model: Model,
    environment: Vec<(String, String)>,
    dir: TempDir,
}

impl Session {
    /// One whose model tells it to run `command` in its project, `times` times, and then says "done".
    ///
    /// # Errors
    /// When the gate refuses to be installed, or the fake model does not start.
    pub async fn new(harness: Harness, command: &str, times: usize, gate: &Gate) -> Result<Self> {
        Self::installed(harness, command, times, gate, &[]).await
    }

    /// The same, with further arguments of `install`.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub async fn installed(
        harness: Harness,
        command: &str,
        times: usize,
        gate: &Gate,
        further: &[&str],
    ) -> Result<Self> {
        Self::scripted(harness, vec![harness.shell(command); times], gate, further).await
    }

    /// One whose model calls these tools, each with its arguments, and then says "done".
    ///
    /// # Errors
    /// As [`Session::new`].
    pub async fn scripted(
        harness: Harness,
        mut script: Vec<Value>,
        gate: &Gate,
        further: &[&str],
    ) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("navi-harness-").tempdir()?;
        for folder in ["home", "project"] {
            desktop::private_folder(&dir.path().join(folder))?;
        }
        script.push(json!({ "text": "done" }));
        // Where it works is known only now.
        let project = dir.path().join("project").display().to_string();
        let script: Vec<Value> =
            serde_json::from_str(&serde_json::to_string(&script)?.replace("PROJECT", &project))?;
        let model = Model::start(dir.path(), &script).await?;
        let kept = |(name, _): &(String, String)| name.starts_with("NAVI_");
        let environment = gate.environment().into_iter().filter(kept).collect();
        let session = Self { harness, model, environment, dir };
        session.configure()?;
        session.gate(&[&["install", harness.name()], further].concat()).await?.expect_code(0)?;
        Ok(session)
    }

    /// The folder it works in.
    #[must_use]
    pub fn project(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    /// Its home folder.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// Runs the gate as this person.
    ///
    /// # Errors
    /// When it was not built or does not end.
    pub async fn gate(&self, args: &[&str]) -> Result<Said> {
        let mut command = Command::new(binaries::product("navi-gate")?);
        command.args(args);
        process::run(self.at_home(command)).await
    }

    /// `navi-gate doctor --json` as this person, who has the harness on `PATH` under its usual name; its exit code, and
    /// what it found.
    ///
    /// # Errors
    /// When the gate or the harness is not there, or does not end.
    pub async fn doctor(&self, args: &[&str]) -> Result<(i32, Findings)> {
        let program = self.harness.program()?;
        let words = std::iter::once(program.get_program()).chain(program.get_args());
        let words: Vec<String> = words.map(|word| format!("'{}'", word.display())).collect();
        let folder = self.dir.path().join("programs");
        std::fs::create_dir_all(&folder)?;
        let shim = folder.join(self.harness.program_name());
        std::fs::write(&shim, format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" ")))?;
        std::fs::set_permissions(&shim, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path)))?;
        let mut command = Command::new(binaries::product("navi-gate")?);
        command.args(["doctor", "--json"]).args(args).env("PATH", path);
        let said = process::run(self.at_home(command)).await?;
        let found = said.json()?["findings"].clone();
        Ok((said.code, Findings(serde_json::from_value(found).with_context(|| format!("{said:?}"))?)))
    }

    /// The gate as this person, with another credential; not started yet.
    ///
    /// # Errors
    /// When it was not built.
    pub fn gate_as(&self, token: &str, args: &[&str]) -> Result<Command> {
        let mut command = Command::new(binaries::product("navi-gate")?);
        command.args(args).env("NAVI_TOKEN", token);
        Ok(self.at_home(command))
    }

    /// Runs one headless session to its end.
    ///
    /// # Errors
    /// When the CLI is not installed or does not end.
    pub async fn run(&self) -> Result<Said> {
        let mut command = self.harness.program()?;
        let url = self.model.url();
        match self.harness {
            Harness::ClaudeCode => {
                command.args(["-p", "do the task", "--output-format", "json", "--allowedTools", "Bash"]);
                command.env("ANTHROPIC_BASE_URL", &url).env("ANTHROPIC_API_KEY", "no-key-is-needed");
                command.env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1").env("DISABLE_AUTOUPDATER", "1");
            }
            Harness::Codex => {
                // The gate's installation tells the person to trust the hook in the terminal; nobody is at one here.
                command.args([
                    "exec",
                    "--skip-git-repo-check",
                    "--dangerously-bypass-hook-trust",
                    "do the task",
                ]);
                command.env("NO_KEY", "is-needed");
            }
            Harness::Gemini => {
                command.args(["--skip-trust", "--yolo", "-m", "gemini-2.5-flash", "-p", "do the task"]);
                command.env("GEMINI_API_KEY", "no-key-is-needed").env("GOOGLE_GEMINI_BASE_URL", &url);
            }
            Harness::Copilot => {
                command.args(["-p", "do the task", "--allow-all-tools"]);
                command.env("COPILOT_PROVIDER_BASE_URL", format!("{url}/v1")).env("COPILOT_MODEL", "fake");
                command.env("COPILOT_PROVIDER_API_KEY", "no-key-is-needed").env("COPILOT_OFFLINE", "true");
            }
            Harness::Opencode => {
                command.args(["run", "do the task"]);
            }
        }
        process::run(self.at_home(command)).await
    }

    /// What the agent was told of its calls, as text.
    ///
    /// # Errors
    /// When the model's log cannot be read.
    pub fn told(&self, text: &str) -> Result<bool> {
        Ok(self.model.requests()?.iter().any(|request| request["last"].to_string().contains(text)))
    }

    fn at_home(&self, mut command: Command) -> Command {
        // A command line's own variables stay; nothing of the machine that runs the tests does.
        let own: Vec<_> = command.get_envs().map(|(k, v)| (k.to_owned(), v.map(ToOwned::to_owned))).collect();
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("LANG", "C.UTF-8")
            .envs(self.environment.iter().cloned())
            .envs(own.into_iter().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(self.project());
        command
    }

    /// The harness's own configuration, before the gate is installed into it: where the model is, and no questions.
    fn configure(&self) -> Result<()> {
        let url = self.model.url();
        match self.harness {
            Harness::ClaudeCode | Harness::Copilot => Ok(()),
            Harness::Codex => self.write(
                ".codex/config.toml",
                &format!(
                    "model = \"fake\"\nmodel_provider = \"fake\"\napproval_policy = \"never\"\nsandbox_mode = \"danger-full-access\"\n\n[features]\nhooks = true\n\n[model_providers.fake]\nname = \"fake\"\nbase_url = \"{url}/v1\"\nwire_api = \"responses\"\nenv_key = \"NO_KEY\"\n"
                ),
            ),
            Harness::Gemini => {
                let settings = json!({
                    "security": { "auth": { "selectedType": "gemini-api-key" } },
                    "general": { "disableAutoUpdate": true },
                    "privacy": { "usageStatisticsEnabled": false },
                });
                // Gemini CLI reads settings with remarks, and people write some.
                let text = settings.to_string().replacen('{', "{ // mine\n", 1) + " /* the end */\n";
                self.write(".gemini/settings.json", &text)
            }
            Harness::Opencode => {
                let provider = json!({
                    "npm": "@ai-sdk/openai-compatible",
                    "name": "fake",
                    "options": { "baseURL": format!("{url}/v1"), "apiKey": "no-key-is-needed" },
                    "models": { "fake": { "name": "fake", "tool_call": true } },
                });
                let config = json!({
                    "model": "fake/fake", "provider": { "fake": provider }, "autoupdate": false, "share": "disabled",
                });
                self.write(".config/opencode/opencode.json", &config.to_string())
            }
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path: PathBuf = self.home().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        std::fs::write(&path, text).with_context(|| path.display().to_string())
    }
}
