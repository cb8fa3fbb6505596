//! A tool call in each harness's own words. Unknown fields are ignored, because newer versions say more; a missing name
//! of the tool is an error.

use std::path::PathBuf;

use serde_json::Value;

use super::{Call, Moment};
use crate::text::visible;

fn text(said: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| said.get(name)?.as_str()).map(str::to_owned)
}

fn folder(said: &Value, names: &[&str]) -> Option<PathBuf> {
    text(said, names).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Arguments; some harnesses write them as JSON in a text.
fn arguments(said: &Value, names: &[&str]) -> Value {
    let found = names.iter().find_map(|name| said.get(name)).cloned().unwrap_or(Value::Null);
    match &found {
        Value::String(text) => serde_json::from_str(text).unwrap_or(found),
        _ => found,
    }
}

fn named(tool: Option<String>) -> Result<String, String> {
    tool.filter(|name| !name.is_empty()).ok_or_else(|| "the hook's input names no tool".to_owned())
}

fn unknown_event(event: &str) -> String {
    format!("the gate does not know the event {:?}", visible(event))
}

/// Claude Code and Codex.
pub fn claude(said: &Value) -> Result<Call, String> {
    let event = text(said, &["hook_event_name"]).unwrap_or_default();
    let moment = match event.as_str() {
        "PreToolUse" => Moment::Before,
        "PostToolUse" => Moment::After { failed: false },
        "PostToolUseFailure" => Moment::After { failed: true },
        other => return Err(unknown_event(other)),
    };
    Ok(Call {
        moment,
        session: text(said, &["session_id"]),
        cwd: folder(said, &["cwd"]),
        tool: named(text(said, &["tool_name"]))?,
        input: arguments(said, &["tool_input"]),
        id: text(said, &["tool_use_id"]),
    })
}

/// Gemini CLI: it gives a call no id.
pub fn gemini(said: &Value) -> Result<Call, String> {
    let event = text(said, &["hook_event_name"]).unwrap_or_default();
    let moment = match event.as_str() {
        "BeforeTool" => Moment::Before,
        "AfterTool" => {
            let error = said.pointer("/tool_response/error");
            Moment::After { failed: error.is_some_and(|error| !error.is_null()) }
        }
        other => return Err(unknown_event(other)),
    };
    Ok(Call {
        moment,
        session: text(said, &["session_id"]),
        cwd: folder(said, &["cwd"]),
        tool: named(text(said, &["tool_name"]))?,
        input: arguments(said, &["tool_input"]),
        id: None,
    })
}

/// GitHub Copilot CLI, in either spelling of its hooks. The camel-case one names no event: a result means that it is over.
pub fn copilot(said: &Value) -> Result<Call, String> {
    let result = said.get("toolResult").or_else(|| said.get("tool_result"));
    let event = text(said, &["hook_event_name"]);
    let moment = match (event.as_deref(), result) {
        (Some("PreToolUse" | "preToolUse"), _) | (None, None) => Moment::Before,
        (Some("PostToolUse" | "postToolUse") | None, result) => {
            let kind = result.and_then(|r| text(r, &["resultType", "result_type"]));
            Moment::After { failed: kind.is_some_and(|kind| kind != "success") }
        }
        (Some(other), _) => return Err(unknown_event(other)),
    };
    Ok(Call {
        moment,
        session: text(said, &["sessionId", "session_id"]),
        cwd: folder(said, &["cwd"]),
        tool: named(text(said, &["toolName", "tool_name"]))?,
        input: arguments(said, &["toolArgs", "tool_input", "tool_args"]),
        id: None,
    })
}

/// Cursor: a shell command and a call of an MCP server have events of their own.
pub fn cursor(said: &Value) -> Result<Call, String> {
    let event = text(said, &["hook_event_name"]).unwrap_or_default();
    let (moment, tool) = match event.as_str() {
        "beforeShellExecution" => (Moment::Before, Some("Shell".to_owned())),
        "afterShellExecution" => (Moment::After { failed: false }, Some("Shell".to_owned())),
        "beforeMCPExecution" => {
            (Moment::Before, text(said, &["tool_name"]).map(|tool| format!("mcp__{tool}")))
        }
        "afterMCPExecution" => {
            (Moment::After { failed: false }, text(said, &["tool_name"]).map(|tool| format!("mcp__{tool}")))
        }
        "preToolUse" => (Moment::Before, text(said, &["tool_name"])),
        "postToolUse" => (Moment::After { failed: false }, text(said, &["tool_name"])),
        "postToolUseFailure" => (Moment::After { failed: true }, text(said, &["tool_name"])),
        other => return Err(unknown_event(other)),
    };
    let input = if tool.as_deref() == Some("Shell") && said.get("command").is_some() {
        serde_json::json!({"command": said.get("command")})
    } else {
        arguments(said, &["tool_input"])
    };
    let root = said.pointer("/workspace_roots/0").and_then(Value::as_str).map(PathBuf::from);
    Ok(Call {
        moment,
        session: text(said, &["conversation_id"]),
        cwd: folder(said, &["cwd"]).or(root),
        tool: named(tool)?,
        input,
        id: text(said, &["tool_use_id"]),
    })
}

/// Cline.
pub fn cline(said: &Value) -> Result<Call, String> {
    let event = text(said, &["hookName"]).unwrap_or_default();
    let (moment, call) = match event.as_str() {
        "tool_call" | "PreToolUse" => {
            (Moment::Before, said.get("tool_call").or_else(|| said.get("preToolUse")))
        }
        "tool_result" | "PostToolUse" => {
            let call =
                said.get("tool_result").or_else(|| said.get("tool_call")).or_else(|| said.get("postToolUse"));
            let over = call.and_then(|c| c.get("success")).and_then(Value::as_bool);
            (Moment::After { failed: over == Some(false) }, call)
        }
        other => return Err(unknown_event(other)),
    };
    let call = call.ok_or("the hook's input names no tool")?;
    let root = said.pointer("/workspaceRoots/0").and_then(Value::as_str).map(PathBuf::from);
    Ok(Call {
        moment,
        session: text(said, &["taskId"]),
        cwd: root,
        tool: named(text(call, &["name", "toolName"]))?,
        input: arguments(call, &["input", "parameters"]),
        id: text(call, &["id"]),
    })
}

/// opencode, in the words of our own plugin.
pub fn opencode(said: &Value) -> Result<Call, String> {
    let event = text(said, &["event"]).unwrap_or_default();
    let moment = match event.as_str() {
        "before" => Moment::Before,
        "after" => Moment::After { failed: false },
        other => return Err(unknown_event(other)),
    };
    Ok(Call {
        moment,
        session: text(said, &["sessionID"]),
        cwd: folder(said, &["cwd"]),
        tool: named(text(said, &["tool"]))?,
        input: arguments(said, &["args"]),
        id: text(said, &["callID"]),
    })
}
