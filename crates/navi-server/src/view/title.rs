//! One line in our words, built from the material only. The agent's prose never comes in.

use navi_domain::action::{Action, FileOp};

/// Longest line that a notification may carry whole.
const ONE_LINE: usize = 120;

/// Verb and target, for lists and headings. May be shortened; says so by an ellipsis.
#[must_use]
pub fn title(action: &Action) -> String {
    let place = match (&action.repo, &action.environment) {
        (_, Some(environment)) => format!(" on {}", visible(environment)),
        (Some(repo), None) => format!(" in {}", visible(repo)),
        (None, None) => String::new(),
    };
    let subject = match (&action.command, action.files.as_slice(), &action.tool) {
        (Some(command), _, _) => format!("Run {}", visible(command)),
        (None, [file], _) => format!("{} {}", verb(file.op), visible(&file.path)),
        (None, [first, rest @ ..], _) => {
            format!("{} {} and {} more files", verb(first.op), visible(&first.path), rest.len())
        }
        (None, [], Some(tool)) => format!("Call {}", visible(tool)),
        (None, [], None) => words(action.action_type.as_str()),
    };
    let kind = unsaid_type(action).map(|kind| format!("{kind}: ")).unwrap_or_default();
    shortened(&format!("{kind}{subject}{place}"), 160)
}

/// The whole action in one line, if it fits there: nothing shortened, nothing invisible, nothing left out.
#[must_use]
pub fn one_line(action: &Action) -> Option<String> {
    let whole = action.diff.is_none()
        && (action.args.is_none() || action.command.is_some() && args_say_no_more(action));
    let subject = match (&action.command, action.files.as_slice()) {
        (Some(command), []) => format!("Run: {command}"),
        (None, [file]) => format!("{}: {}", verb(file.op), file.path),
        (None, []) if action.tool.is_none() => words(action.action_type.as_str()),
        _ => return None,
    };
    let mut line = subject;
    if let Some(kind) = unsaid_type(action) {
        line = format!("{line} · as {kind}");
    }
    for (label, value) in [
        ("in", &action.cwd),
        ("repo", &action.repo),
        ("branch", &action.branch),
        ("env", &action.environment),
    ] {
        if let Some(value) = value {
            line = format!("{line} · {label} {value}");
        }
    }
    let plain = line.chars().all(|c| !is_invisible(c));
    (whole && plain && line.chars().count() <= ONE_LINE).then_some(line)
}

/// The action type in words, unless the line's own verb already says it: a deployment that names a file is no edit.
fn unsaid_type(action: &Action) -> Option<String> {
    let said: &[&str] = match (&action.command, action.files.as_slice(), &action.tool) {
        (Some(_), _, _) => &["command_run", "test_run"],
        (None, [_, ..], _) => &["code_edit", "file_create", "file_delete", "file_read", "refactor"],
        (None, [], Some(_)) => &["mcp_tool", "web_fetch", "file_read"],
        (None, [], None) => return None,
    };
    let kind = action.action_type.as_str();
    (!said.contains(&kind)).then(|| visible(&words(kind)))
}

/// Arguments that only repeat the command and its description add nothing to the line.
fn args_say_no_more(action: &Action) -> bool {
    let (Some(serde_json::Value::Object(args)), Some(command)) = (&action.args, &action.command) else {
        return false;
    };
    args.iter().all(|(name, value)| name == "description" || value.as_str() == Some(command))
}

fn verb(op: FileOp) -> &'static str {
    match op {
        FileOp::Edit => "Edit",
        FileOp::Create => "Create",
        FileOp::Delete => "Delete",
        FileOp::Read => "Read",
    }
}

fn words(action_type: &str) -> String {
    let text = action_type.replace('_', " ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// Control, zero-width and bidirectional characters, and whatever else hides.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if is_invisible(c) { format!("<U+{:04X}>", u32::from(c)) } else { c.to_string() })
        .collect()
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use navi_domain::action::{ActionType, FileChange, TargetState};

    fn action(command: Option<&str>, files: &[&str]) -> Action {
        Action {
            org: "acme".into(),
            agent: None,
            on_behalf_of: "dana".into(),
            session_id: None,
            action_type: ActionType::parse(if command.is_some() { "command_run" } else { "code_edit" }),
            tool: None,
            args: None,
            command: command.map(Into::into),
            cwd: None,
            files: files
                .iter()
                .map(|p| FileChange { path: (*p).into(), op: FileOp::Edit, before: None, after: None })
                .collect(),
            diff: None,
            repo: Some("web".into()),
            branch: None,
            environment: None,
            target_state: TargetState::None("test".into()),
        }
    }

    #[test]
    fn a_short_command_fits_whole() {
        assert_eq!(one_line(&action(Some("make deploy"), &[])).unwrap(), "Run: make deploy · repo web");
    }

    #[test]
    fn what_does_not_fit_or_hides_something_is_not_offered() {
        assert_eq!(one_line(&action(Some(&"x".repeat(200)), &[])), None);
        assert_eq!(one_line(&action(Some("echo a\nrm -rf /"), &[])), None);
        assert_eq!(one_line(&action(Some("echo \u{202e}abc"), &[])), None);
        assert_eq!(one_line(&action(None, &["a", "b"])), None);
        let with_diff = Action { diff: Some("+x".into()), ..action(None, &["a"]) };
        assert_eq!(one_line(&with_diff), None);
    }

    #[test]
    fn a_deployment_that_names_a_file_is_not_shown_as_an_edit() {
        let deploy = Action { action_type: ActionType::parse("deploy_staging"), ..action(None, &["a"]) };
        assert_eq!(title(&deploy), "Deploy staging: Edit a in web");
        assert_eq!(one_line(&deploy).unwrap(), "Edit: a · as Deploy staging · repo web");
    }

    #[test]
    fn a_title_shows_what_hides() {
        assert_eq!(title(&action(Some("echo \u{202e}abc"), &[])), "Run echo <U+202E>abc in web");
        assert_eq!(title(&action(None, &["a", "b", "c"])), "Edit a and 2 more files in web");
    }
}
