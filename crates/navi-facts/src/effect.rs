//! The canonical text of what an action does, equal for spellings with the same effect.
//!
//! The memory of rejected actions compares it, so it leaves out everything that only changes the spelling: wrappers,
//! interpreters around a command, the order and length of options, `./`, printing before and after.

use navi_domain::action::{Action, FileOp};
use serde_json::Value;

use crate::commands::accesses;
use crate::shell::{self, Invocation};

/// Programs that have no effect beyond the output.
const SILENT: &[&str] = &[
    "echo", "printf", "true", ":", "false", "cd", "pwd", "sleep", "set", "export", "test", "[", "[[", "wait",
    "exit",
];
/// Long options and the short ones that mean the same.
const SHORT: &[(&str, &str, &str)] = &[
    ("rm", "--recursive", "r"),
    ("rm", "--force", "f"),
    ("rm", "-R", "r"),
    ("rm", "--verbose", ""),
    ("rm", "--no-preserve-root", ""),
    ("git", "--force", "f"),
    ("git", "--force-with-lease", "f"),
    ("git", "--delete", "d"),
    ("git", "--no-verify", "n"),
    ("git", "--all", "a"),
    ("git", "--message", "m"),
    ("git", "--quiet", ""),
    ("git", "--verbose", ""),
    ("git", "--set-upstream", ""),
    ("chmod", "--recursive", "R"),
    ("chown", "--recursive", "R"),
    ("kubectl", "--filename", "f"),
    ("kubectl", "--namespace", "n"),
    ("docker", "--force", "f"),
    ("docker", "--all", "a"),
    ("npm", "--global", "g"),
    ("curl", "--request", "X"),
    ("curl", "--data", "d"),
    ("psql", "--command", "c"),
    ("mysql", "--execute", "e"),
];
/// Options that change only what is printed or whether it asks.
const QUIET: &[&str] =
    &["-q", "--quiet", "-v", "--verbose", "-y", "--yes", "--no-color", "--color", "-s", "--silent"];

/// What an action does, in one canonical text.
#[must_use]
pub fn effect(action: &Action) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut sorted: Vec<String> = action
        .files
        .iter()
        .map(|f| match f.op {
            FileOp::Delete => format!("delete {}", place(action.cwd.as_deref(), &f.path)),
            op => format!(
                "{} {} {}",
                format!("{op:?}").to_lowercase(),
                place(action.cwd.as_deref(), &f.path),
                f.after.as_deref().unwrap_or("")
            ),
        })
        .collect();
    sorted.sort();
    sorted.dedup();
    lines.extend(sorted);
    if let Some(command) = &action.command {
        lines.extend(of_command(command, action.cwd.as_deref()));
    }
    if let Some(tool) = &action.tool {
        lines.push(format!("tool {}", tool.trim().to_lowercase()));
    }
    lines.extend(further_arguments(action).map(|mut args| {
        args.sort_all_objects();
        format!("args {args}")
    }));
    lines.extend(action.diff.as_ref().map(|d| format!("diff {}", d.trim_end())));
    if action.command.is_none() {
        lines.insert(0, format!("type {}", action.action_type.as_str()));
        if lines.len() > 1 && action.files.iter().all(|f| f.op == FileOp::Delete) && action.diff.is_none() {
            // Deleting is the same by whatever name.
            lines.remove(0);
        }
    }
    for (name, value) in [("repo", &action.repo), ("environment", &action.environment)] {
        lines.extend(value.as_ref().map(|v| format!("{name} {}", v.trim().to_lowercase())));
    }
    lines.join("\n")
}

/// A tool's arguments without those that only repeat the command, describe it, or say how long it may take: agents word
/// them anew for every call.
#[must_use]
pub fn further_arguments(action: &Action) -> Option<Value> {
    let mut args = action.args.clone()?;
    if let (Some(command), Some(fields)) = (&action.command, args.as_object_mut()) {
        if fields.get("command").and_then(Value::as_str) == Some(command) {
            for name in ["command", "description", "timeout"] {
                fields.remove(name);
            }
        }
        if fields.is_empty() {
            return None;
        }
    }
    Some(args)
}

/// Effects of a command, one a line, in the order in which they happen.
fn of_command(command: &str, cwd: Option<&str>) -> Vec<String> {
    let script = shell::parse(command);
    let mut out: Vec<String> = Vec::new();
    let mut here = cwd.map(str::to_owned);
    for invocation in &script.invocations {
        if invocation.program == "cd" {
            if let Some(to) = invocation.words.first() {
                here = Some(place(here.as_deref(), &to.text));
            }
            continue;
        }
        for line in of_invocation(invocation, here.as_deref()) {
            if !out.contains(&line) {
                out.push(line);
            }
        }
    }
    out.extend(script.unreadable.iter().map(|u| format!("unreadable {u}")));
    if out.is_empty() {
        out.push(command.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    out
}

fn of_invocation(invocation: &Invocation, cwd: Option<&str>) -> Vec<String> {
    let mut out = Vec::new();
    for redirect in invocation.redirects.iter().filter(|r| r.writes()) {
        out.push(format!("write {}", place(cwd, &redirect.target.text)));
    }
    let program = invocation.program.as_str();
    if invocation.transparent || SILENT.contains(&program) || program.is_empty() {
        return out;
    }
    let deleted: Vec<String> = accesses(invocation)
        .into_iter()
        .filter(|a| a.op == FileOp::Delete && program != "mv" && program != "git")
        .map(|a| format!("delete {}", place(cwd, &a.path)))
        .collect();
    if !deleted.is_empty() {
        let mut deleted = deleted;
        deleted.sort();
        out.extend(deleted);
        return out;
    }
    let mut options: Vec<String> = Vec::new();
    let mut operands: Vec<String> = Vec::new();
    for word in &invocation.words {
        let text = word.text.as_str();
        if QUIET.contains(&text) || text == "--" {
            continue;
        }
        if let Some((.., short)) = SHORT.iter().find(|(p, long, _)| *p == program && *long == text) {
            if !short.is_empty() {
                options.push(format!("-{short}"));
            }
        } else if text.starts_with("--") || text == "-" {
            options.push(text.to_owned());
        } else if let Some(letters) = text.strip_prefix('-') {
            let cluster = letters.len() <= 5 && letters.chars().all(|c| c.is_ascii_alphabetic());
            if cluster {
                options.extend(letters.chars().map(|c| format!("-{c}")));
            } else {
                options.push(text.to_owned());
            }
        } else if let (Some(branch), "git") = (text.strip_prefix('+'), program) {
            options.push("-f".to_owned());
            operands.push(branch.to_owned());
        } else {
            operands.push(if text.starts_with("./") || text.contains("/./") || text.ends_with('/') {
                place(None, text)
            } else {
                text.to_owned()
            });
        }
    }
    options.sort();
    options.dedup();
    let mut line = program.to_owned();
    for word in operands.iter().chain(&options) {
        line.push(' ');
        line.push_str(word);
    }
    if let Some(code) = &invocation.code {
        line =
            format!("{} code {}", code.language, code.text.split_whitespace().collect::<Vec<_>>().join(" "));
    } else if let Some(input) = &invocation.input {
        line.push_str(" < ");
        line.push_str(&input.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    out.push(line);
    out
}

/// A path from the working directory, `.` and `..` resolved.
fn place(cwd: Option<&str>, path: &str) -> String {
    let rooted = path.starts_with(['/', '~', '$']);
    let whole = match cwd {
        Some(cwd) if !rooted => format!("{cwd}/{path}"),
        _ => path.to_owned(),
    };
    let mut segments: Vec<&str> = Vec::new();
    for segment in whole.split('/').filter(|s| !s.is_empty() && *s != ".") {
        if segment == ".." && segments.last().is_some_and(|l| *l != "..") {
            segments.pop();
        } else {
            segments.push(segment);
        }
    }
    let body = segments.join("/");
    if whole.starts_with('/') { format!("/{body}") } else { body }
}

#[cfg(test)]
#[path = "effect/tests.rs"]
mod tests;
