//! The snippets of `docs/integrations`, as they lie there, each run with the real framework against the fake model.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binaries::{self, workspace};
use crate::desktop;
use crate::gate::Gate;
use crate::model::Model;
use crate::process::{self, Daemon, Said};

/// A framework that a snippet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// LangChain, in Python.
    LangChain,
    /// The OpenAI Agents SDK, in Python.
    OpenAiAgents,
    /// pydantic-ai, in Python.
    PydanticAi,
    /// The Vercel AI SDK, in TypeScript.
    VercelAi,
}

impl Framework {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::LangChain, Self::OpenAiAgents, Self::PydanticAi, Self::VercelAi];

    /// Its package.
    #[must_use]
    pub fn package(self) -> &'static str {
        match self {
            Self::LangChain => "langchain",
            Self::OpenAiAgents => "openai-agents",
            Self::PydanticAi => "pydantic-ai-slim",
            Self::VercelAi => "ai",
        }
    }

    /// Its snippet, below `docs/integrations`.
    #[must_use]
    pub fn snippet(self) -> &'static str {
        match self {
            Self::LangChain => "python/langchain_agent.py",
            Self::OpenAiAgents => "python/openai_agents.py",
            Self::PydanticAi => "python/pydantic_ai_agent.py",
            Self::VercelAi => "typescript/vercel-ai.ts",
        }
    }

    /// The version of the package that is installed, as the package itself says it.
    ///
    /// # Errors
    /// When it is not installed.
    pub async fn version(self) -> Result<String> {
        if self == Self::VercelAi {
            let package: Value = serde_json::from_slice(&std::fs::read(modules().join("ai/package.json"))?)?;
            return Ok(package["version"].as_str().context("no version")?.to_owned());
        }
        let mut python = Command::new(binaries::framework_python()?);
        python.args([
            "-c",
            "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))",
            self.package(),
        ]);
        Ok(process::run(python).await?.expect_code(0)?.stdout.trim().to_owned())
    }
}

/// The folder of the snippets.
#[must_use]
pub fn snippets() -> PathBuf {
    workspace().join("docs/integrations")
}

/// The type checker's view of the TypeScript snippets, with the framework's own types.
///
/// # Errors
/// When it is not installed.
pub async fn typescript_check() -> Result<Said> {
    let dir = tempfile::tempdir()?;
    lay_out_typescript(dir.path())?;
    std::fs::copy(frameworks().join("tsconfig.json"), dir.path().join("tsconfig.json"))?;
    let compiler = workspace().join("ui/node_modules/typescript/bin/tsc");
    anyhow::ensure!(compiler.is_file(), "{} is missing: cargo xtask setup installs it", compiler.display());
    let mut command = Command::new("node");
    command.arg(compiler).args(["--project", "."]).current_dir(dir.path());
    process::run(command).await
}

/// A machine with an agent on it that was made with a framework, whose only tool runs shell commands.
#[derive(Debug)]
pub struct Program {
    /// Which.
    pub framework: Framework,
    /// The model it obeys.
    pub model: Model,
    environment: Vec<(String, String)>,
    file: PathBuf,
    dir: TempDir,
}

impl Program {
    /// One whose model tells it to run these commands in its project, one after the other, and then says "done".
    ///
    /// # Errors
    /// When the fake model does not start.
    pub async fn new(framework: Framework, commands: &[&str], gate: &Gate) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("navi-framework-").tempdir()?;
        for folder in ["home", "project"] {
            desktop::private_folder(&dir.path().join(folder))?;
        }
        if framework == Framework::VercelAi {
            lay_out_typescript(dir.path())?;
        }
        let call = |command: &&str| json!({ "tool": "run_shell", "input": { "command": command } });
        let mut script: Vec<Value> = commands.iter().map(call).collect();
        script.push(json!({ "text": "done" }));
        let model = Model::start(dir.path(), &script).await?;
        let kept = |(name, _): &(String, String)| name.starts_with("NAVI_");
        let environment = gate.environment().into_iter().filter(kept).collect();
        let file = match framework {
            Framework::VercelAi => dir.path().join("vercel-ai.ts"),
            _ => snippets().join(framework.snippet()),
        };
        Ok(Self { framework, model, environment, file, dir })
    }

    /// The same, which waits for people no longer than this.
    #[must_use]
    pub fn patient_for(mut self, secs: u32) -> Self {
        self.environment.push(("NAVI_WAIT_SECS".to_owned(), secs.to_string()));
        self
    }

    /// The same agent, started by another file of `tests/frameworks`.
    #[must_use]
    pub fn started_by(mut self, name: &str) -> Self {
        self.file = frameworks().join(name);
        self
    }

    /// The folder it works in.
    #[must_use]
    pub fn project(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When the framework is not installed or the program does not end.
    pub async fn run(&self) -> Result<Said> {
        process::run(self.command()?).await
    }

    /// Starts it.
    ///
    /// # Errors
    /// When the framework is not installed.
    pub fn start(&self) -> Result<Daemon> {
        Daemon::spawn("agent", self.command()?, self.dir.path())
    }

    /// What the agent was told of its calls, oldest first.
    ///
    /// # Errors
    /// When the model's log cannot be read.
    pub fn told(&self) -> Result<Vec<String>> {
        let result = |last: &Value| {
            let is_result = last["role"] == "tool" || last["type"] == "function_call_output";
            is_result
                .then(|| last["content"].as_str().or(last["output"].as_str()).unwrap_or_default().to_owned())
        };
        Ok(self.model.requests()?.iter().filter_map(|request| result(&request["last"])).collect())
    }

    fn command(&self) -> Result<Command> {
        let program = match self.framework {
            Framework::VercelAi => framework_node()?,
            _ => binaries::framework_python()?,
        };
        let mut command = Command::new(program);
        command
            .arg(&self.file)
            .arg("do the task")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path().join("home"))
            .env("LANG", "C.UTF-8")
            .env("PYTHONPATH", snippets().join("python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("OPENAI_BASE_URL", format!("{}/v1", self.model.url()))
            .env("OPENAI_API_KEY", "no-key-is-needed")
            .env("OPENAI_AGENTS_DISABLE_TRACING", "1")
            .envs(self.environment.iter().cloned())
            .current_dir(self.project());
        Ok(command)
    }
}

/// As in a project of somebody who copied them: beside the packages.
fn lay_out_typescript(dir: &Path) -> Result<()> {
    for name in ["navi-gate.ts", "vercel-ai.ts"] {
        std::fs::copy(snippets().join("typescript").join(name), dir.join(name))?;
    }
    std::fs::copy(frameworks().join("package.json"), dir.join("package.json"))?;
    Ok(std::os::unix::fs::symlink(modules(), dir.join("node_modules"))?)
}

fn frameworks() -> PathBuf {
    workspace().join("tests/frameworks")
}

fn modules() -> PathBuf {
    frameworks().join("node_modules")
}

/// A Node.js that the framework accepts, which the machine's own need not be.
fn framework_node() -> Result<PathBuf> {
    let cpu = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let path = modules().join(format!("node-linux-{cpu}/bin/node"));
    anyhow::ensure!(path.is_file(), "{} is missing: cargo xtask setup installs it", path.display());
    Ok(path)
}
