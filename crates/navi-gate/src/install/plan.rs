//! Where each harness's hooks are configured, and what is written there. Sources: each harness's own documentation of
//! its hooks, and trials with the versions that the tests pin.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::merge::Merge;
use crate::cli::Scope;
use crate::hook::harness::Harness;
use crate::text::quoted;

/// In every command that the gate writes, so that it knows its own.
pub const MARK: &str = " hook ";
/// In every file that is the gate's own, where it can hold a remark.
pub const WRITTEN: &str = "Written by navi-gate install";
const TOOLS: &str = "each tool";
/// How the script begins that `install` writes for Cline; its last line is the hook.
pub const CLINE: &str = "#!/bin/sh\n# Written by navi-gate install cline.\n";

/// What is written where.
pub struct Plan {
    /// The file.
    pub path: PathBuf,
    /// What changes in it.
    pub change: Change,
    /// Whether it is a program.
    pub executable: bool,
    /// Who asks the gate.
    pub asks: &'static str,
    /// Before what.
    pub what: &'static str,
    /// What the person must know or do besides.
    pub notes: Vec<String>,
}

/// What changes.
pub enum Change {
    /// A file of the gate's own.
    Whole(String),
    /// Entries among others' in a JSON file.
    Json(Merge),
}

/// Where configurations lie.
pub struct Folders {
    /// The person's.
    pub home: PathBuf,
    /// The folder's.
    pub project: PathBuf,
}

impl Folders {
    /// Of this person and this folder.
    pub fn of(scope: Scope) -> Result<Self, String> {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let project = std::env::current_dir().map_err(|e| format!("the folder is not known ({e})"))?;
        match (home, scope) {
            (Some(home), _) => Ok(Self { home, project }),
            (None, Scope::User) => Err("no home folder is known".into()),
            (None, _) => Ok(Self { home: PathBuf::new(), project }),
        }
    }

    fn choose(&self, scope: Scope, user: &str, project: &str, managed: &str) -> Result<PathBuf, String> {
        let refuse = || Err("this harness has no such place; choose another scope".to_owned());
        match scope {
            Scope::User => Ok(self.home.join(user)),
            Scope::Project if project.is_empty() => refuse(),
            Scope::Project => Ok(self.project.join(project)),
            Scope::Managed if managed.is_empty() => refuse(),
            Scope::Managed => Ok(PathBuf::from(managed)),
        }
    }
}

/// Where a harness reads its hooks.
pub fn place(harness: Harness, scope: Scope, folders: &Folders) -> Result<PathBuf, String> {
    let (user, project, managed) = match harness {
        Harness::ClaudeCode => {
            (".claude/settings.json", ".claude/settings.json", "/etc/claude-code/managed-settings.json")
        }
        Harness::Codex => (".codex/hooks.json", ".codex/hooks.json", "/etc/codex/requirements.toml"),
        Harness::Gemini => {
            (".gemini/settings.json", ".gemini/settings.json", "/etc/gemini-cli/settings.json")
        }
        Harness::Copilot => {
            (".copilot/hooks/navi.json", ".github/hooks/navi.json", "/etc/github-copilot/policy.d/navi.json")
        }
        Harness::Cursor => (".cursor/hooks.json", ".cursor/hooks.json", "/etc/cursor/hooks.json"),
        Harness::Cline => (".cline/hooks/PreToolUse", ".clinerules/hooks/PreToolUse", ""),
        Harness::Opencode => (".config/opencode/plugin/navi.js", ".opencode/plugin/navi.js", ""),
    };
    folders.choose(scope, user, project, managed)
}

/// The plan for a harness; `timeout` in seconds is the hook's own.
pub fn of(
    harness: Harness,
    scope: Scope,
    folders: &Folders,
    gate: &Path,
    timeout: u64,
) -> Result<Plan, String> {
    let path = place(harness, scope, folders)?;
    let deadline = timeout.saturating_sub(if timeout > 120 { 60 } else { 10 }).max(1);
    let name = harness.name();
    let call = format!("{}{MARK}{name} --deadline {deadline}", quoted(&gate.to_string_lossy()));
    // A program that is gone, or dies, would let the tool run: then the shell says exit code 2, with a text.
    let firm = format!("{call} || {{ echo '[navi] the gate failed' >&2; exit 2; }}");
    let merged = |path, root, events, notes| Plan {
        path,
        change: Change::Json(Merge { root, events, harness }),
        executable: false,
        asks: harness.title(),
        what: TOOLS,
        notes,
    };
    Ok(match harness {
        Harness::ClaudeCode => {
            let hook = json!({"type": "command", "command": call, "timeout": timeout, "onFailure": "block"});
            let report = json!({"type": "command", "command": call, "timeout": 30});
            let mut notes = vec![
                "needs Claude Code 2.1.295 or newer: an older one runs the tool when a hook fails".to_owned(),
            ];
            if scope != Scope::Managed {
                notes.push(
                    "whoever starts the agent can switch these hooks off; --scope managed cannot be"
                        .to_owned(),
                );
            }
            let root = if scope == Scope::Managed {
                vec![("allowManagedHooksOnly", Value::Bool(true))]
            } else {
                Vec::new()
            };
            let events = vec![
                ("PreToolUse", json!({"hooks": [hook]})),
                ("PostToolUse", json!({"hooks": [report]})),
                ("PostToolUseFailure", json!({"hooks": [report]})),
            ];
            merged(path, root, events, notes)
        }
        Harness::Codex if scope == Scope::Managed => Plan {
            path,
            change: Change::Whole(format!(
                "# Written by navi-gate install codex.\nallow_managed_hooks_only = true\n\n[features]\n# Otherwise what is typed into a running shell passes no hook.\nunified_exec = false\nhooks = true\n\n[hooks]\nmanaged_dir = {}\n\n[[hooks.PreToolUse]]\nmatcher = \".*\"\n[[hooks.PreToolUse.hooks]]\ntype = \"command\"\ncommand = {}\ntimeout = {timeout}\n\n[[hooks.PostToolUse]]\nmatcher = \".*\"\n[[hooks.PostToolUse.hooks]]\ntype = \"command\"\ncommand = {}\ntimeout = 30\n",
                toml(&gate.parent().unwrap_or(gate).to_string_lossy()),
                toml(&firm),
                toml(&call)
            )),
            executable: false,
            asks: harness.title(),
            what: TOOLS,
            notes: Vec::new(),
        },
        Harness::Codex => {
            let hook = |command: &str, timeout: u64| json!({"matcher": ".*", "hooks": [{"type": "command", "command": command, "timeout": timeout}]});
            let notes = vec![
                "Codex runs no hook that was not trusted: start it and trust this one under /hooks".to_owned(),
                "set unified_exec = false under [features] in config.toml: what is typed into a running shell passes no hook".to_owned(),
                "--scope managed needs neither and cannot be switched off".to_owned(),
            ];
            let events = vec![("PreToolUse", hook(&firm, timeout)), ("PostToolUse", hook(&call, 30))];
            merged(path, Vec::new(), events, notes)
        }
        Harness::Gemini => {
            let hook = |command: &str, timeout: u64| json!({"matcher": "*", "hooks": [{"type": "command", "name": "navi", "command": command, "timeout": timeout * 1000}]});
            let notes =
                vec!["whoever starts the agent can disable hooks by name in their own settings".to_owned()];
            let events = vec![("BeforeTool", hook(&firm, timeout)), ("AfterTool", hook(&call, 30))];
            merged(path, Vec::new(), events, notes)
        }
        Harness::Copilot => {
            let hook = |command: &str, timeout: u64| json!([{"type": "command", "bash": command, "timeoutSec": timeout}]);
            let whole = json!({"version": 1, "hooks": {"preToolUse": hook(&firm, timeout), "postToolUse": hook(&call, 30)}});
            let notes = vec![format!(
                "this harness runs the tool when a hook exceeds its time-out ({timeout} s); the gate answers within {deadline} s"
            )];
            Plan {
                path,
                change: Change::Whole(pretty(&whole)),
                executable: false,
                asks: harness.title(),
                what: TOOLS,
                notes,
            }
        }
        Harness::Cursor => {
            let hook = || json!({"command": firm, "timeout": timeout, "failClosed": true});
            let events = ["beforeShellExecution", "beforeMCPExecution", "preToolUse"];
            let notes = vec!["written from its documentation; not tried with the real editor".to_owned()];
            merged(path, vec![("version", json!(1))], events.map(|event| (event, hook())).into(), notes)
        }
        Harness::Cline => {
            let denied = r#"{"cancel":true,"errorMessage":"[navi] the gate failed"}"#;
            let notes =
                vec!["a refused tool ends the run: this harness gives the agent no reason".to_owned()];
            let script = format!("{CLINE}{call} || echo '{denied}'\n");
            Plan {
                path,
                change: Change::Whole(script),
                executable: true,
                asks: harness.title(),
                what: TOOLS,
                notes,
            }
        }
        Harness::Opencode => Plan {
            path,
            change: Change::Whole(plugin(gate, deadline)),
            executable: false,
            asks: harness.title(),
            what: TOOLS,
            notes: Vec::new(),
        },
    })
}

/// A basic string of TOML 1.0: the escapes of JSON are among its own.
fn toml(text: &str) -> String {
    Value::from(text).to_string()
}

pub(super) fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// opencode has no hooks of its own but plugins: one that throws stops the tool.
pub fn plugin(gate: &Path, deadline: u64) -> String {
    let template = r#"// Written by navi-gate install opencode.
import { spawn } from "node:child_process";

const GATE = __GATE__;
const ARGS = ["hook", "opencode", "--deadline", "__DEADLINE__"]; // asks: GATE hook opencode

function ask(said) {
  return new Promise((done, failed) => {
    const gate = spawn(GATE, ARGS, { stdio: ["pipe", "pipe", "inherit"] });
    let answer = "";
    gate.on("error", failed);
    gate.stdout.on("data", (part) => (answer += part));
    gate.on("close", () => done(answer));
    gate.stdin.on("error", () => {});
    gate.stdin.end(JSON.stringify(said));
  });
}

export const Navi = async ({ directory }) => ({
  "tool.execute.before": async (input, output) => {
    const call = { tool: input.tool, sessionID: input.sessionID, callID: input.callID, cwd: directory };
    let told;
    try {
      told = JSON.parse(await ask({ event: "before", ...call, args: output.args }));
    } catch (error) {
      throw new Error(`[navi] the gate failed: ${error}`);
    }
    if (told.allow !== true) throw new Error(told.reason ?? "[navi] not allowed");
  },
  "tool.execute.after": async (input) => {
    const call = { tool: input.tool, sessionID: input.sessionID, callID: input.callID, cwd: directory };
    await ask({ event: "after", ...call }).catch(() => "");
  },
});
"#;
    let gate = Value::from(gate.to_string_lossy()).to_string();
    template.replace("__GATE__", &gate).replace("__DEADLINE__", &deadline.to_string())
}
