//! A shell command before it runs, in each harness's words, and what its answers mean: how `doctor` plays the harness.

use std::path::Path;

use serde_json::{Value, json};

use super::Harness;

impl Harness {
    /// The events before a tool that the gate stands before. `install` writes each of them.
    #[must_use]
    pub fn events(self) -> &'static [&'static str] {
        match self {
            Self::ClaudeCode | Self::Codex | Self::Cline => &["PreToolUse"],
            Self::Gemini => &["BeforeTool"],
            Self::Copilot => &["preToolUse"],
            Self::Cursor => &["beforeShellExecution", "beforeMCPExecution", "preToolUse"],
            Self::Opencode => &["tool.execute.before"],
        }
    }

    /// What it would write to its hook before it runs `command` in `cwd`; where the event is for tools of MCP servers,
    /// before one that writes the file `path`.
    #[must_use]
    pub fn says(self, event: &str, session: &str, cwd: &Path, (command, path): (&str, &str)) -> Value {
        let id = format!("{session}-1");
        let described = json!({"command": command, "description": "a check of the set-up"});
        match self {
            Self::ClaudeCode | Self::Codex => {
                json!({"session_id": session, "cwd": cwd, "hook_event_name": event,
                "permission_mode": "default", "tool_name": "Bash", "tool_input": described, "tool_use_id": id})
            }
            Self::Gemini => json!({"session_id": session, "cwd": cwd, "hook_event_name": event,
                "tool_name": "run_shell_command", "tool_input": described}),
            Self::Copilot => {
                json!({"sessionId": session, "cwd": cwd, "toolName": "bash", "toolArgs": described})
            }
            Self::Cursor => {
                let root =
                    json!({"conversation_id": session, "hook_event_name": event, "workspace_roots": [cwd]});
                let more = match event {
                    "beforeMCPExecution" => json!({"tool_name": "filesystem__write_file",
                        "tool_input": json!({"path": path, "content": "a check of the set-up"}).to_string()}),
                    "preToolUse" => json!({"tool_name": "Shell", "tool_input": described, "cwd": cwd}),
                    _ => json!({"command": command, "cwd": cwd}),
                };
                with(root, more)
            }
            Self::Cline => json!({"taskId": session, "workspaceRoots": [cwd], "hookName": "tool_call",
                "tool_call": {"id": id, "name": "run_commands", "input": {"commands": [command]}},
                "preToolUse": {"toolName": "run_commands", "parameters": {"commands": [command]}}}),
            Self::Opencode => json!({"event": "before", "tool": "bash", "sessionID": session, "callID": id,
                "cwd": cwd, "args": described}),
        }
    }

    /// Why an answer on stdout refuses the tool; `None`: it does not, as this harness reads it.
    #[must_use]
    pub fn refusal(self, said: &Value) -> Option<String> {
        let (verdict, refuses, why) = match self {
            Self::ClaudeCode | Self::Codex => (
                "/hookSpecificOutput/permissionDecision",
                Value::from("deny"),
                "/hookSpecificOutput/permissionDecisionReason",
            ),
            Self::Gemini => ("/decision", Value::from("deny"), "/reason"),
            Self::Copilot => ("/permissionDecision", Value::from("deny"), "/permissionDecisionReason"),
            Self::Cursor => ("/permission", Value::from("deny"), "/agent_message"),
            Self::Cline => ("/cancel", Value::Bool(true), "/errorMessage"),
            Self::Opencode => ("/allow", Value::Bool(false), "/reason"),
        };
        let why = said.pointer(why).and_then(Value::as_str).unwrap_or("no reason given");
        (said.pointer(verdict) == Some(&refuses)).then(|| why.to_owned())
    }
}

fn with(mut one: Value, other: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (one.as_object_mut(), other) {
        fields.extend(more);
    }
    one
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;
    use crate::hook::harness::{Answer, Moment};

    #[test]
    fn what_is_said_for_each_harness_is_what_its_hook_reads() {
        for harness in Harness::value_variants() {
            for event in harness.events() {
                let said = harness.says(event, "s", Path::new("/p"), ("touch .navi/x", ".navi/x"));
                let call = harness.read(&said.to_string()).unwrap();
                assert_eq!(call.moment, Moment::Before, "{harness:?} {event}");
                assert_eq!(call.session.as_deref(), Some("s"), "{harness:?} {event}");
                assert_eq!(call.cwd.as_deref(), Some(Path::new("/p")), "{harness:?} {event}");
                assert!(call.input.to_string().contains(".navi/x"), "{harness:?} {event}: {call:?}");
            }
        }
    }

    #[test]
    fn a_deny_is_read_as_a_refusal_and_nothing_else_is() {
        for harness in Harness::value_variants() {
            let Answer::Say(denied) = harness.deny("because") else { panic!("{harness:?} is silent") };
            assert_eq!(harness.refusal(&denied).as_deref(), Some("because"), "{harness:?}");
            if let Answer::Say(allowed) = harness.allow() {
                assert_eq!(harness.refusal(&allowed), None, "{harness:?}");
            }
            for other in [Value::Null, json!({}), json!("deny"), json!({"decision": "ask"})] {
                assert_eq!(harness.refusal(&other), None, "{harness:?} {other}");
            }
        }
    }
}
