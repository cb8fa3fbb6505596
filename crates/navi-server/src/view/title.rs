//! One line in our words, built from the material only. The agent's prose never comes in.

use navi_domain::action::{Action, FileOp};
use navi_domain::plan::{Budget, PLAN_TYPE, Plan};
use navi_domain::words::{self, Phrase, Said, Slot, phrases};
use navi_protocol::words::Worded;

/// Longest line that a notification may carry whole.
const ONE_LINE: usize = 120;

/// Longest title.
const TITLE: usize = 160;

/// Verb and target, for lists and headings. May be shortened; says so by an ellipsis.
#[must_use]
pub fn title(action: &Action) -> String {
    shortened(&said(action).english(), TITLE)
}

/// The title beside what it says; `None`: it holds no words of ours.
#[must_use]
pub fn worded(action: &Action) -> Option<Worded> {
    match said(action) {
        Slot::Said(said) => {
            let worded = Worded::from(&said);
            Some(Worded { text: shortened(&worded.text, TITLE), ..worded })
        }
        _ => None,
    }
}

/// The title as a sentence. No value in it is longer than a title.
fn said(action: &Action) -> Slot {
    let shown = |text: &String| -> Slot { shortened(&visible(text), TITLE).into() };
    let inside = |subject: Slot| match &action.repo {
        Some(repo) => phrases::TITLE_IN.with([("subject", subject), ("repo", shown(repo))]).into(),
        None => subject,
    };
    if let Some(plan) = plan(action) {
        return inside(plan.into());
    }
    let subject = subject(action, &shown);
    let placed = match &action.environment {
        Some(environment) => {
            phrases::TITLE_ON.with([("subject", subject), ("environment", shown(environment))]).into()
        }
        None => inside(subject),
    };
    match unsaid_type(action) {
        Some(kind) => phrases::TITLE_KIND.with([("kind", kind), ("title", placed)]).into(),
        None => placed,
    }
}

fn subject(action: &Action, shown: &dyn Fn(&String) -> Slot) -> Slot {
    match (&action.command, action.files.as_slice(), &action.tool) {
        (Some(command), _, _) => phrases::DO_RUN.with([("command", shown(command))]).into(),
        (None, [file], _) => verb(file.op).one.with([("path", shown(&file.path))]).into(),
        (None, [first, rest @ ..], _) => {
            verb(first.op).many.with([("path", shown(&first.path)), ("count", rest.len().into())]).into()
        }
        (None, [], Some(tool)) => phrases::DO_CALL.with([("tool", shown(tool))]).into(),
        (None, [], None) => words::action_type(action.action_type.as_str()),
    }
}

/// A plan says how much it is; what its steps are stands below.
fn plan(action: &Action) -> Option<Said> {
    let of = (action.action_type.as_str() == PLAN_TYPE).then(|| Plan::of(action.args.as_ref()));
    let plan = of?.ok()?;
    let Budget { runs, minutes } = plan.budget;
    Some(phrases::TITLE_PLAN.with([
        ("name", visible(&plan.name).into()),
        ("count", plan.steps.len().into()),
        ("runs", runs.into()),
        ("minutes", minutes.into()),
    ]))
}

/// The whole action in one line, if it fits there: nothing shortened, nothing invisible, nothing left out.
#[must_use]
pub fn one_line(action: &Action) -> Option<String> {
    said_line(action).map(|line| line.english())
}

/// That line beside what it says.
#[must_use]
pub fn worded_line(action: &Action) -> Option<Worded> {
    match said_line(action)? {
        Slot::Said(said) => Some(Worded::from(&said)),
        _ => None,
    }
}

fn said_line(action: &Action) -> Option<Slot> {
    let whole = action.diff.is_none()
        && (action.args.is_none() || action.command.is_some() && args_say_no_more(action));
    let mut line: Slot = match (&action.command, action.files.as_slice()) {
        (Some(command), []) => phrases::LINE_RUN.with([("command", command.into())]).into(),
        (None, [file]) => verb(file.op).line.with([("path", (&file.path).into())]).into(),
        (None, []) if action.tool.is_none() => words::action_type(action.action_type.as_str()),
        _ => return None,
    };
    if let Some(kind) = unsaid_type(action) {
        line = phrases::LINE_AS.with([("line", line), ("kind", kind)]).into();
    }
    for (phrase, name, value) in [
        (phrases::LINE_CWD, "cwd", &action.cwd),
        (phrases::LINE_REPO, "repo", &action.repo),
        (phrases::LINE_BRANCH, "branch", &action.branch),
        (phrases::LINE_ENV, "environment", &action.environment),
    ] {
        if let Some(value) = value {
            line = phrase.with([("line", line), (name, value.into())]).into();
        }
    }
    let english = line.english();
    let plain = english.chars().all(|c| !is_invisible(c));
    (whole && plain && english.chars().count() <= ONE_LINE).then_some(line)
}

/// The action type in words, unless the line's own verb already says it: a deployment that names a file is no edit.
fn unsaid_type(action: &Action) -> Option<Slot> {
    let said: &[&str] = match (&action.command, action.files.as_slice(), &action.tool) {
        (Some(_), _, _) => &["command_run", "test_run"],
        (None, [_, ..], _) => &["code_edit", "file_create", "file_delete", "file_read", "refactor"],
        (None, [], Some(_)) => &["mcp_tool", "web_fetch", "file_read"],
        (None, [], None) => return None,
    };
    let kind = action.action_type.as_str();
    (!said.contains(&kind)).then(|| match words::action_type(kind) {
        Slot::Text(text) => visible(&text).into(),
        known => known,
    })
}

/// Arguments that only repeat the command and its description add nothing to the line.
fn args_say_no_more(action: &Action) -> bool {
    let (Some(serde_json::Value::Object(args)), Some(command)) = (&action.args, &action.command) else {
        return false;
    };
    args.iter().all(|(name, value)| name == "description" || value.as_str() == Some(command))
}

/// What is done to files, in each of the lines.
struct Verb {
    one: Phrase,
    many: Phrase,
    line: Phrase,
}

fn verb(op: FileOp) -> Verb {
    let (one, many, line) = match op {
        FileOp::Edit => (phrases::DO_EDIT, phrases::DO_EDIT_MORE, phrases::LINE_EDIT),
        FileOp::Create => (phrases::DO_CREATE, phrases::DO_CREATE_MORE, phrases::LINE_CREATE),
        FileOp::Delete => (phrases::DO_DELETE, phrases::DO_DELETE_MORE, phrases::LINE_DELETE),
        FileOp::Read => (phrases::DO_READ, phrases::DO_READ_MORE, phrases::LINE_READ),
    };
    Verb { one, many, line }
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
