//! The harnesses whose hooks the gate speaks: how each tells of a tool call, and how each is told.
//!
//! Nearly all of them run the tool when a hook fails, times out or prints something else. So an answer is always printed
//! in the harness's own words, and where printing fails, exit code 2 with a text on stderr blocks in each of them.

mod calls;
mod canary;

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::{Value, json};

/// A program in which an agent runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Harness {
    /// Claude Code: PreToolUse, PostToolUse, PostToolUseFailure.
    ClaudeCode,
    /// Codex CLI: PreToolUse, PostToolUse.
    Codex,
    /// Gemini CLI: BeforeTool, AfterTool.
    Gemini,
    /// GitHub Copilot CLI: preToolUse, postToolUse.
    Copilot,
    /// Cursor: beforeShellExecution, beforeMCPExecution, preToolUse, afterShellExecution, afterFileEdit.
    Cursor,
    /// Cline: PreToolUse, PostToolUse.
    Cline,
    /// opencode, by the plugin that `install` writes.
    Opencode,
}

/// When the harness speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the tool runs; it waits for the answer.
    Before,
    /// After it ran.
    After {
        /// Whether it failed.
        failed: bool,
    },
}

/// A tool call, as a harness tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// When.
    pub moment: Moment,
    /// The harness's name of the session.
    pub session: Option<String>,
    /// The folder the agent works in.
    pub cwd: Option<PathBuf>,
    /// The harness's name of the tool.
    pub tool: String,
    /// Its arguments.
    pub input: Value,
    /// The harness's id of the call, where it gives one.
    pub id: Option<String>,
}

/// What the harness is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Printed as one line.
    Say(Value),
    /// Nothing is printed: the harness goes on.
    Silence,
}

impl Harness {
    /// Reads what the harness wrote.
    ///
    /// # Errors
    /// A sentence, when it is not what this harness says.
    pub fn read(self, text: &str) -> Result<Call, String> {
        let said: Value =
            serde_json::from_str(text).map_err(|e| format!("the hook's input is not understood ({e})"))?;
        match self {
            Self::ClaudeCode | Self::Codex => calls::claude(&said),
            Self::Gemini => calls::gemini(&said),
            Self::Copilot => calls::copilot(&said),
            Self::Cursor => calls::cursor(&said),
            Self::Cline => calls::cline(&said),
            Self::Opencode => calls::opencode(&said),
        }
    }

    /// The tool may run.
    #[must_use]
    pub fn allow(self) -> Answer {
        let why = "[navi] Allowed and recorded.";
        match self {
            Self::ClaudeCode => Answer::Say(decision("allow", why)),
            // It knows no `allow`: whoever says nothing lets it go on.
            Self::Codex => Answer::Silence,
            Self::Gemini => Answer::Say(json!({"decision": "allow", "reason": why})),
            Self::Copilot => {
                Answer::Say(json!({"permissionDecision": "allow", "permissionDecisionReason": why}))
            }
            Self::Cursor => Answer::Say(json!({"permission": "allow"})),
            Self::Cline => Answer::Say(json!({"cancel": false})),
            Self::Opencode => Answer::Say(json!({"allow": true})),
        }
    }

    /// The tool may not run.
    #[must_use]
    pub fn deny(self, why: &str) -> Answer {
        Answer::Say(match self {
            Self::ClaudeCode | Self::Codex => decision("deny", why),
            Self::Gemini => json!({"decision": "deny", "reason": why}),
            Self::Copilot => json!({"permissionDecision": "deny", "permissionDecisionReason": why}),
            Self::Cursor => json!({"permission": "deny", "user_message": why, "agent_message": why}),
            Self::Cline => json!({"cancel": true, "errorMessage": why}),
            Self::Opencode => json!({"allow": false, "reason": why}),
        })
    }

    /// Its spelling on the command line.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
            Self::Gemini => "Gemini CLI",
            Self::Copilot => "GitHub Copilot CLI",
            Self::Cursor => "Cursor",
            Self::Cline => "Cline",
            Self::Opencode => "opencode",
        }
    }

    /// Whether its hook is told when a tool has ended, as `install` sets it up.
    #[must_use]
    pub fn tells_ends(self) -> bool {
        !matches!(self, Self::Cursor | Self::Cline)
    }

    /// How long the hook waits for people unless it is told: below the harness's own time-out, as `install` sets it.
    #[must_use]
    pub fn patience(self) -> u64 {
        match self {
            Self::ClaudeCode => 540,
            _ => 3_540,
        }
    }
}

fn decision(decision: &str, why: &str) -> Value {
    json!({"hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": decision,
        "permissionDecisionReason": why,
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each harness was seen to write before a shell command, and the command in it.
    fn seen() -> Vec<(Harness, Value)> {
        let claude = json!({"session_id": "s", "cwd": "/p", "hook_event_name": "PreToolUse", "tool_name": "Bash",
            "tool_input": {"command": "ls"}, "tool_use_id": "t", "permission_mode": "default"});
        vec![
            (Harness::ClaudeCode, claude.clone()),
            (Harness::Codex, claude),
            (
                Harness::Gemini,
                json!({"session_id": "s", "cwd": "/p", "hook_event_name": "BeforeTool", "timestamp": "now",
                    "tool_name": "run_shell_command", "tool_input": {"command": "ls"}}),
            ),
            (
                Harness::Copilot,
                json!({"sessionId": "s", "timestamp": 1, "cwd": "/p", "toolName": "bash", "toolArgs": {"command": "ls"}}),
            ),
            (
                Harness::Cursor,
                json!({"conversation_id": "s", "hook_event_name": "beforeShellExecution", "command": "ls", "cwd": "/p"}),
            ),
            (
                Harness::Cline,
                json!({"taskId": "s", "workspaceRoots": ["/p"], "hookName": "tool_call",
                    "tool_call": {"id": "t", "name": "run_commands", "input": {"commands": ["ls"]}},
                    "preToolUse": {"toolName": "run_commands", "parameters": {}}}),
            ),
            (
                Harness::Opencode,
                json!({"event": "before", "tool": "bash", "sessionID": "s", "callID": "t", "cwd": "/p",
                    "args": {"command": "ls"}}),
            ),
        ]
    }

    #[test]
    fn each_harness_is_understood_before_a_tool() {
        for (harness, said) in seen() {
            let call = harness.read(&said.to_string()).unwrap();
            assert_eq!(call.moment, Moment::Before, "{harness:?}");
            assert_eq!(call.session.as_deref(), Some("s"), "{harness:?}");
            assert_eq!(call.cwd.as_deref(), Some(std::path::Path::new("/p")), "{harness:?}");
            let action =
                crate::hook::tools::describe(harness, &call.tool, &call.input, std::path::Path::new("/p"));
            assert_eq!(
                (action.action_type.as_str(), action.context.command.as_deref()),
                ("command_run", Some("ls")),
                "{harness:?}"
            );
        }
    }

    #[test]
    fn what_is_not_a_tool_call_is_an_error_and_never_an_allowed_one() {
        for (harness, _) in seen() {
            for wrong in ["", "null", "[]", "{}", "7", "{\"hook_event_name\":\"SessionStart\"}"] {
                assert!(harness.read(wrong).is_err(), "{harness:?} {wrong}");
            }
        }
    }

    #[test]
    fn a_deny_carries_its_reason_and_is_no_allow() {
        for (harness, _) in seen() {
            let Answer::Say(denied) = harness.deny("because") else { panic!("{harness:?} is silent") };
            let text = denied.to_string();
            assert!(text.contains("because"), "{text}");
            assert_ne!(harness.allow(), harness.deny("because"));
        }
    }
}
