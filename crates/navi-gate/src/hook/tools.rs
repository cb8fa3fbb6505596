//! The client's tools as actions. Arguments go along as data; what a tool is not known to do asks a person.

use std::path::{Path, PathBuf};

use navi_domain::action::{FileChange, FileOp};
use navi_protocol::evaluate::Context;
use serde_json::Value;

/// A tool call as an action.
#[derive(Debug)]
pub struct Call {
    /// Action type.
    pub action_type: String,
    /// What it touches, and its arguments.
    pub context: Context,
    /// Files it writes: their content is the target's state.
    pub writes: Vec<PathBuf>,
}

/// Describes a tool call.
pub fn describe(tool: &str, input: &Value, cwd: &Path) -> Call {
    let text = |name: &str| input.get(name).and_then(Value::as_str).map(str::to_owned);
    let path = text("file_path").or_else(|| text("notebook_path")).or_else(|| text("path"));
    let (action_type, op) = match tool {
        "Bash" => ("command_run", None),
        "Edit" | "MultiEdit" | "NotebookEdit" => ("code_edit", Some(FileOp::Edit)),
        "Write" => ("file_create", Some(FileOp::Create)),
        "Read" | "NotebookRead" | "Glob" | "Grep" | "LS" => ("file_read", Some(FileOp::Read)),
        "WebFetch" | "WebSearch" => ("web_fetch", None),
        name if name.starts_with("mcp__") => ("mcp_tool", None),
        // Its own lists and plans: they touch nothing outside the client.
        "TodoWrite" | "TodoRead" | "TaskCreate" | "TaskUpdate" | "TaskList" | "TaskGet" | "ToolSearch" => {
            ("file_read", None)
        }
        other => (other, None),
    };
    let files: Vec<FileChange> = match (&path, op) {
        (Some(path), Some(op)) => vec![FileChange { path: path.clone(), op, before: None, after: None }],
        _ => Vec::new(),
    };
    let writes = files.iter().filter(|f| f.op != FileOp::Read).map(|f| cwd.join(&f.path)).collect();
    let context = Context {
        tool: Some(tool.to_owned()),
        command: (tool == "Bash").then(|| text("command")).flatten(),
        args: (!input.is_null()).then(|| input.clone()),
        files,
        ..Context::default()
    };
    Call { action_type: action_type.to_owned(), context, writes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_tool_is_the_action_it_does() {
        let cases = [
            ("Bash", json!({"command": "ls", "description": "list"}), "command_run", Some("ls"), None),
            (
                "Edit",
                json!({"file_path": "/p/a.rs", "old_string": "a", "new_string": "b"}),
                "code_edit",
                None,
                Some(FileOp::Edit),
            ),
            (
                "Write",
                json!({"file_path": "/p/b.rs", "content": "x"}),
                "file_create",
                None,
                Some(FileOp::Create),
            ),
            ("Read", json!({"file_path": "/p/b.rs"}), "file_read", None, Some(FileOp::Read)),
            ("NotebookEdit", json!({"notebook_path": "/p/n.ipynb"}), "code_edit", None, Some(FileOp::Edit)),
            ("WebFetch", json!({"url": "https://example.test"}), "web_fetch", None, None),
            ("mcp__fs__write", json!({"path": "/p/x"}), "mcp_tool", None, None),
            ("SomethingNew", json!({}), "SomethingNew", None, None),
        ];
        for (tool, input, action_type, command, op) in cases {
            let call = describe(tool, &input, Path::new("/p"));
            assert_eq!(call.action_type, action_type, "{tool}");
            assert_eq!(call.context.command.as_deref(), command, "{tool}");
            assert_eq!(call.context.files.first().map(|f| f.op), op, "{tool}");
            assert_eq!(call.context.args, Some(input), "{tool}: the arguments are part of what is decided");
            assert_eq!(call.writes.is_empty(), !matches!(op, Some(FileOp::Edit | FileOp::Create)), "{tool}");
        }
    }
}
