//! One part of a step: a gate of its own that asks, runs and reports, so that parts at the same time cannot mix and an
//! orchestrator's death ends none of them.

use std::path::Path;
use std::process::Stdio;

use navi_domain::plan::{Phase, Step, VERIFY_TYPE};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use super::tool::Call;
use crate::text::visible;

/// What a part came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartEnd {
    /// Whether it ran.
    pub ran: bool,
    /// Its exit code; `None` where nobody knows.
    pub code: Option<i32>,
    /// Its run.
    pub execution_id: Option<String>,
    /// Why it did not run, or what else there is to say.
    pub message: Option<String>,
    /// A person stopped it, or the stop switch does not let it run.
    pub stopped: bool,
    /// Nothing was asked, because the server did not answer.
    pub away: bool,
}

impl PartEnd {
    /// Whether it ran and succeeded.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.ran && self.code == Some(0)
    }

    /// From the result that its gate left.
    #[must_use]
    pub fn read(file: &Path) -> Option<Self> {
        let said: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
        let is = |name: &str| said.get(name) == Some(&Value::Bool(true));
        let ran = is("ran");
        let code = said.get("exit_code").and_then(Value::as_i64).and_then(|c| i32::try_from(c).ok());
        let timed_out = is("timed_out").then(|| "its time was over".to_owned());
        Some(Self {
            ran,
            code: code.filter(|_| ran),
            execution_id: text("execution_id"),
            message: text("message").or(timed_out),
            away: !ran && is("server_away"),
            stopped: (is("stopped") && !is("timed_out")) || text("rule").as_deref() == Some("frozen"),
        })
    }
}

/// What a part is of.
pub struct Of<'a> {
    /// The plan's name on this machine: the session of all its parts.
    pub session: &'a str,
    /// The plan's run at the server.
    pub plan_id: &'a str,
    /// The step.
    pub step: &'a Step,
    /// Which part of it.
    pub phase: Phase,
    /// Which try, from 0.
    pub tries: u32,
    /// Where its result goes.
    pub result: &'a Path,
}

impl Of<'_> {
    /// The key of its request: the same one finds the same request again.
    fn request_key(&self) -> String {
        format!("{}:{}:{}:{}", self.session, self.step.id, self.phase_word(), self.tries)
    }

    /// The part in a word.
    #[must_use]
    pub fn phase_word(&self) -> &'static str {
        match self.phase {
            Phase::Run => "run",
            Phase::Verify => "verify",
        }
    }

    /// The gate that asks for it and runs it.
    ///
    /// # Errors
    /// When this program cannot find itself, or the step's folder is gone.
    pub fn start(&self) -> std::io::Result<Child> {
        let gate = std::env::current_exe()?;
        let step = self.step;
        let mut command = Command::new(&gate);
        command.args(["run", "--keep-request", "--session", self.session, "--plan", self.plan_id]);
        command.args([
            "--step",
            &step.id,
            "--phase",
            self.phase_word(),
            "--request-key",
            &self.request_key(),
        ]);
        command.args(["--timeout", &step.timeout_secs.to_string(), "--result"]).arg(self.result);
        if let Some(environment) = &step.environment {
            command.args(["--env", environment]);
        }
        match (self.phase, &step.verify, &step.command, &step.tool) {
            (Phase::Verify, Some(line), _, _) => {
                command.args(["--type", VERIFY_TYPE, "--shell", line]);
            }
            (Phase::Run, _, Some(line), _) => {
                command.args(["--type", &step.action_type, "--shell", line]);
            }
            (Phase::Run, _, None, Some(tool)) => {
                let args = step.args.clone().unwrap_or_default();
                command.args(["--type", &step.action_type, "--tool", tool, "--tool-args", &args.to_string()]);
            }
            _ => return Err(std::io::Error::other("there is nothing to run")),
        }
        if self.phase == Phase::Run {
            for file in step.named_files() {
                command.args(["--file", &file.path]);
            }
        }
        command.current_dir(&step.cwd).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }
}

/// The command line that calls a tool, made of nothing but the tool and its arguments.
pub fn call_line(tool: &str, args: &Value) -> std::io::Result<String> {
    let gate = std::env::current_exe()?.display().to_string();
    Ok(format!("exec {} call-tool {}", crate::text::quoted(&gate), crate::text::quoted(&call(tool, args)?)))
}

fn call(tool: &str, args: &Value) -> std::io::Result<String> {
    let server = args.get("server").cloned().unwrap_or_default();
    let server = serde_json::from_value(server).map_err(std::io::Error::other)?;
    let arguments = args.get("arguments").cloned().unwrap_or_default();
    serde_json::to_string(&Call { server, tool: tool.to_owned(), arguments }).map_err(std::io::Error::other)
}

/// Passes on what a part prints, each line with the step's name before it.
pub async fn pass_on(from: impl AsyncRead + Unpin, name: &str, quiet: bool) {
    let mut lines = BufReader::new(from).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        if !quiet {
            let line = String::from_utf8_lossy(&line).into_owned();
            eprintln!("[{name}] {}", visible(line.trim_end_matches('\r')));
        }
    }
}
