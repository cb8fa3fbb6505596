//! The canary: a call of a tool that the shipped guardrails block whatever the policy, because it would write where this
//! oversight keeps its own. The hook is asked about it as the harness would ask; the call itself is never carried out here.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::hook::harness::Harness;
use crate::install::found::{Hook, Way};
use crate::text::visible;

/// What a call of the canary would leave, below the folder it runs in.
pub const FILE: &str = ".navi/doctor-canary";
/// The call, which names itself, so that whoever reads the record knows what it was.
pub const COMMAND: &str = "mkdir -p .navi && echo 'canary of navi-gate doctor' > .navi/doctor-canary";
/// A hook that has not answered by then waits for something, and the canary is not blocked.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most bytes of an answer that are read.
const MOST: u64 = 1024 * 1024;

/// What a hook made of it, as the harness reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The tool does not run, and the agent is told this.
    Refused(String),
    /// The tool would run; how the hook ended, in words.
    Passed(String),
}

impl Outcome {
    /// What the hook did.
    pub fn words(&self) -> String {
        match self {
            Self::Refused(why) => format!("refused it ({})", shown(why)),
            Self::Passed(how) => shown(how),
        }
    }
}

/// The canary of one examination.
pub struct Canary {
    harness: Harness,
    session: String,
    cwd: PathBuf,
}

impl Canary {
    /// One for a harness, in the folder where `doctor` runs.
    pub fn new(harness: Harness) -> Self {
        let random = navi_client::enroll::random_text(6).unwrap_or_default();
        let cwd = std::env::current_dir().unwrap_or_default();
        Self { harness, session: format!("navi-gate-doctor-{random}"), cwd }
    }

    /// Asks a hook about it; `url`: where it finds the server then, instead of where it does.
    pub async fn run(&self, hook: &Hook, url: Option<&str>) -> Outcome {
        let said = self.harness.says(&hook.event, &self.session, &self.cwd, (COMMAND, FILE));
        let mut command = match &hook.way {
            Way::Shell(shell) => {
                let mut command = Command::new(shell);
                command.args(["-c", &hook.line]);
                command
            }
            Way::Words(words) => {
                let mut command = Command::new(words.first().map_or("", String::as_str));
                command.args(words.iter().skip(1));
                command
            }
        };
        if let Some(url) = url {
            command.env("NAVI_URL", url);
        }
        // Harnesses tell their hooks where the project is.
        command.env("CLAUDE_PROJECT_DIR", &self.cwd).env("GEMINI_PROJECT_DIR", &self.cwd);
        command.current_dir(&self.cwd).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            // The plugin throws then, which stops the tool.
            Err(error) if self.harness == Harness::Opencode => {
                return Outcome::Refused(format!("the gate could not be started ({error})"));
            }
            Err(error) => return Outcome::Passed(format!("could not be started ({error})")),
        };
        match tokio::time::timeout(PATIENCE, answer(&mut child, &said)).await {
            Ok(Ok((code, stdout, stderr))) => judge(self.harness, code, &stdout, &stderr),
            Ok(Err(error)) => Outcome::Passed(format!("could not be heard ({error})")),
            Err(_) => {
                end(&child);
                Outcome::Passed(format!("gave no answer within {} s", PATIENCE.as_secs()))
            }
        }
    }
}

async fn answer(child: &mut Child, said: &Value) -> std::io::Result<(Option<i32>, String, String)> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let say = async {
        if let Some(mut stdin) = stdin {
            // A hook that does not read, as `true`, has answered already.
            let _ = stdin.write_all(said.to_string().as_bytes()).await;
        }
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let hear_out = async {
        match stdout {
            Some(stdout) => stdout.take(MOST).read_to_end(&mut out).await,
            None => Ok(0),
        }
    };
    let hear_err = async {
        match stderr {
            Some(stderr) => stderr.take(MOST).read_to_end(&mut err).await,
            None => Ok(0),
        }
    };
    let ((), heard, complained) = tokio::join!(say, hear_out, hear_err);
    heard.and(complained)?;
    let status = child.wait().await?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    Ok((status.code(), text(out), text(err)))
}

/// Ends a hook with all it started.
fn end(child: &Child) {
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::TERM);
    }
}

/// As the harnesses were seen to read it: a refusal in their words with exit code 0, or exit code 2 with a text on stderr.
/// Everything else lets the tool run in most of them.
fn judge(harness: Harness, code: Option<i32>, stdout: &str, stderr: &str) -> Outcome {
    // A plugin that hears anything but `allow: true` throws, which stops the tool.
    if harness == Harness::Opencode {
        let said: Value = serde_json::from_str(stdout).unwrap_or_default();
        return match said.get("allow") {
            Some(Value::Bool(true)) => Outcome::Passed("allowed it".into()),
            _ => Outcome::Refused(harness.refusal(&said).unwrap_or_else(|| "the gate gave no answer".into())),
        };
    }
    match code {
        Some(0) => match serde_json::from_str(stdout).ok().and_then(|said| harness.refusal(&said)) {
            Some(why) => Outcome::Refused(why),
            None if stdout.is_empty() => Outcome::Passed("said nothing, with exit code 0".into()),
            None => Outcome::Passed(format!("said {stdout}")),
        },
        Some(2) if !stderr.is_empty() && harness != Harness::Cline => Outcome::Refused(stderr.to_owned()),
        Some(code) => Outcome::Passed(format!("ended with exit code {code}: {stderr}")),
        None => Outcome::Passed("was ended by a signal".into()),
    }
}

/// Short, and with nothing in it that hides.
pub fn shown(text: &str) -> String {
    let text = visible(text);
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// An address on loopback where nobody listens.
pub async fn nobody() -> String {
    match tokio::net::TcpListener::bind("127.0.0.1:0").await.and_then(|listener| listener.local_addr()) {
        Ok(address) => format!("http://{address}"),
        Err(_) => "http://127.0.0.1:1".to_owned(),
    }
}

/// Whether the canary was carried out below a folder.
pub fn ran_in(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_seen_to_block_counts_as_a_refusal() {
        let deny = r#"{"hookSpecificOutput":{"permissionDecision":"deny","permissionDecisionReason":"no"}}"#;
        let refused = |code, out: &str, err: &str| {
            matches!(judge(Harness::ClaudeCode, code, out, err), Outcome::Refused(_))
        };
        assert!(refused(Some(0), deny, ""));
        assert!(refused(Some(2), "", "no"));
        assert!(!refused(Some(0), "", ""), "`true`");
        assert!(!refused(Some(0), "no!", ""), "text is no answer");
        assert!(!refused(Some(2), "", ""), "Codex and Gemini CLI run the tool then");
        assert!(!refused(Some(1), deny, "no"));
        assert!(!refused(Some(127), "", "not found"));
        assert!(!refused(None, "", ""));
    }
}
