//! The harnesses' tools as actions. Arguments go along as data; what a tool is not known to do asks a person.

use std::path::{Path, PathBuf};

use navi_domain::action::{FileChange, FileOp};
use navi_protocol::evaluate::Context;
use serde_json::Value;

use super::harness::Harness;
use crate::undo::About;

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

impl Call {
    /// What to keep of the files that it changes, so that this can be undone; `None`: it names none. A command in a shell
    /// may change anything, beside others that do: that is for `navi-gate run`.
    #[must_use]
    pub fn about(&self, cwd: &Path) -> Option<About> {
        (!self.writes.is_empty()).then(|| About {
            action_type: self.action_type.clone(),
            cwd: cwd.to_owned(),
            files: self.writes.clone(),
            command: None,
            files_only: true,
        })
    }
}

/// What a tool does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Shell,
    Edit,
    Patch,
    Create,
    Read,
    Web,
    Mcp,
    /// Its own lists and plans: they touch nothing outside the harness.
    Notes,
    Unknown,
}

/// A name means something only in its own harness: a tool of a server may be called `Read`.
fn does(harness: Harness, tool: &str) -> Does {
    use Does::{Create, Edit, Mcp, Notes, Patch, Read, Shell, Web};
    let known: &[(&[&str], Does)] = match harness {
        Harness::ClaudeCode => &[
            (&["Bash"], Shell),
            (&["Edit", "MultiEdit", "NotebookEdit"], Edit),
            (&["Write"], Create),
            (&["Read", "NotebookRead", "Glob", "Grep", "LS"], Read),
            (&["WebFetch", "WebSearch"], Web),
            (
                &["TodoWrite", "TodoRead", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet", "ToolSearch"],
                Notes,
            ),
        ],
        Harness::Codex => &[
            (&["Bash", "shell", "exec_command", "local_shell", "write_stdin"], Shell),
            (&["apply_patch", "ApplyPatch"], Patch),
            (&["Read", "Grep", "Glob", "view_image"], Read),
            (&["WebSearch", "web_search"], Web),
            (&["update_plan"], Notes),
        ],
        Harness::Gemini => &[
            (&["run_shell_command"], Shell),
            (&["replace"], Edit),
            (&["write_file"], Create),
            (
                &[
                    "read_file",
                    "read_many_files",
                    "list_directory",
                    "glob",
                    "grep_search",
                    "search_file_content",
                ],
                Read,
            ),
            (&["web_fetch", "google_web_search"], Web),
            (&["write_todos"], Notes),
        ],
        Harness::Copilot => &[
            (&["bash", "Bash", "powershell", "write_bash"], Shell),
            (&["edit", "Edit", "str_replace_editor"], Edit),
            (&["apply_patch"], Patch),
            (&["create", "Write"], Create),
            (&["view", "Read", "grep", "Grep", "rg", "glob", "Glob", "read_bash", "list_bash"], Read),
            (&["web_fetch", "WebFetch", "web_search", "WebSearch"], Web),
            (&["report_intent", "update_todo", "TodoWrite"], Notes),
        ],
        Harness::Cursor => &[
            (&["Shell"], Shell),
            (&["Write", "Edit", "StrReplace"], Edit),
            (&["Read", "Grep", "Glob", "LS", "SemanticSearch"], Read),
            (&["WebFetch", "WebSearch"], Web),
            (&["TodoWrite"], Notes),
        ],
        Harness::Cline => &[
            (&["run_commands", "execute_command"], Shell),
            (&["replace_in_file", "editor", "edit_file"], Edit),
            (&["apply_patch"], Patch),
            (&["write_to_file", "write_file"], Create),
            (&["read_file", "read_files", "list_files", "search_files", "search_codebase"], Read),
            (&["web_fetch", "fetch_web_content", "web_search"], Web),
            (&["attempt_completion", "submit_and_exit", "focus_chain"], Notes),
        ],
        Harness::Opencode => &[
            (&["bash"], Shell),
            (&["edit", "multiedit"], Edit),
            (&["patch", "apply_patch"], Patch),
            (&["write"], Create),
            (&["read", "list", "glob", "grep"], Read),
            (&["webfetch", "websearch"], Web),
            (&["todowrite", "todoread"], Notes),
        ],
    };
    let found = known.iter().find(|(names, _)| names.contains(&tool)).map(|(_, does)| *does);
    found.unwrap_or(if tool.starts_with("mcp_") { Mcp } else { Does::Unknown })
}

/// Describes a tool call.
pub fn describe(harness: Harness, tool: &str, input: &Value, cwd: &Path) -> Call {
    let does = does(harness, tool);
    let action_type = match does {
        Does::Shell => "command_run",
        Does::Edit | Does::Patch => "code_edit",
        Does::Create => "file_create",
        Does::Read | Does::Notes => "file_read",
        Does::Web => "web_fetch",
        Does::Mcp => "mcp_tool",
        Does::Unknown => tool,
    };
    let file = |path: String, op| FileChange { path, op, before: None, after: None };
    let files: Vec<FileChange> = match does {
        Does::Edit => path(input).map(|path| file(path, FileOp::Edit)).into_iter().collect(),
        Does::Create => path(input).map(|path| file(path, FileOp::Create)).into_iter().collect(),
        Does::Read => path(input).map(|path| file(path, FileOp::Read)).into_iter().collect(),
        Does::Patch => patched(input).into_iter().map(|(path, op)| file(path, op)).collect(),
        _ => Vec::new(),
    };
    let writes = files.iter().filter(|f| f.op != FileOp::Read).map(|f| cwd.join(&f.path)).collect();
    let context = Context {
        tool: Some(tool.to_owned()),
        command: (does == Does::Shell).then(|| command(input)).flatten(),
        args: (!input.is_null()).then(|| input.clone()),
        files,
        ..Context::default()
    };
    Call { action_type: action_type.to_owned(), context, writes }
}

fn path(input: &Value) -> Option<String> {
    let names = ["file_path", "filePath", "notebook_path", "absolute_path", "path", "dir_path"];
    names.iter().find_map(|name| input.get(name)?.as_str()).map(str::to_owned)
}

/// A shell command: a text, the words of one, or several that run one after the other.
fn command(input: &Value) -> Option<String> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(fields) => fields.get("command")?.as_str().map(str::to_owned),
        _ => None,
    };
    if let Some(commands) = input.get("commands").and_then(Value::as_array) {
        return commands.iter().map(one).collect::<Option<Vec<_>>>().map(|all| all.join("\n"));
    }
    match ["command", "cmd", "input", "chars"].iter().find_map(|name| input.get(name))? {
        Value::String(text) => Some(text.clone()),
        Value::Array(words) => {
            let quoted = words.iter().map(|word| word.as_str().map(crate::text::quoted));
            quoted.collect::<Option<Vec<_>>>().map(|words| words.join(" "))
        }
        _ => None,
    }
}

/// The files that a patch in the `*** Begin Patch` form names.
fn patched(input: &Value) -> Vec<(String, FileOp)> {
    let names = ["input", "patch", "patchText", "command", "diff"];
    let text = input.as_str().or_else(|| names.iter().find_map(|name| input.get(name)?.as_str()));
    let forms = [
        ("*** Update File: ", FileOp::Edit),
        ("*** Add File: ", FileOp::Create),
        ("*** Delete File: ", FileOp::Delete),
        ("*** Move to: ", FileOp::Create),
    ];
    let named = |line: &str| {
        let (path, op) = forms.iter().find_map(|(form, op)| Some((line.strip_prefix(form)?, *op)))?;
        Some((path.trim().to_owned(), op))
    };
    text.into_iter().flat_map(str::lines).filter_map(named).collect()
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
            let call = describe(Harness::ClaudeCode, tool, &input, Path::new("/p"));
            assert_eq!(call.action_type, action_type, "{tool}");
            assert_eq!(call.context.command.as_deref(), command, "{tool}");
            assert_eq!(call.context.files.first().map(|f| f.op), op, "{tool}");
            assert_eq!(call.context.args, Some(input), "{tool}: the arguments are part of what is decided");
            assert_eq!(call.writes.is_empty(), !matches!(op, Some(FileOp::Edit | FileOp::Create)), "{tool}");
        }
    }

    #[test]
    fn a_name_means_something_only_in_its_own_harness() {
        for (harness, tool) in
            [(Harness::Gemini, "Read"), (Harness::Codex, "write_todos"), (Harness::Opencode, "report_intent")]
        {
            assert_eq!(describe(harness, tool, &json!({}), Path::new("/p")).action_type, tool, "{harness:?}");
        }
    }

    #[test]
    fn commands_are_read_in_every_form_and_never_in_part() {
        let read = |input| command(&input);
        assert_eq!(read(json!({"command": ["bash", "-lc", "a b"]})).as_deref(), Some("bash -lc 'a b'"));
        assert_eq!(read(json!({"commands": ["a", {"command": "b"}]})).as_deref(), Some("a\nb"));
        assert_eq!(read(json!({"cmd": "ls"})).as_deref(), Some("ls"));
        assert_eq!(read(json!({"commands": ["a", 7]})), None);
        assert_eq!(read(json!({"command": ["a", 7]})), None);
    }

    #[test]
    fn a_patch_names_every_file_it_touches() {
        let patch = "*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n@@\n*** Add File: c/d.rs\n+x\n*** Delete File: e.rs\n*** End Patch";
        let call = describe(Harness::Codex, "apply_patch", &json!({"command": patch}), Path::new("/p"));
        let files: Vec<_> = call.context.files.iter().map(|f| (f.path.as_str(), f.op)).collect();
        let wanted = [
            ("a.rs", FileOp::Edit),
            ("b.rs", FileOp::Create),
            ("c/d.rs", FileOp::Create),
            ("e.rs", FileOp::Delete),
        ];
        assert_eq!(files, wanted);
        assert_eq!(call.writes.len(), 4);
    }
}
