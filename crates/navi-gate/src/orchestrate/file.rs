//! A plan as people write it: YAML, read with the place of every mistake.

use std::path::{Path, PathBuf};

use navi_domain::plan::{Budget, Plan, PlanError, Step, Undo};
use serde::Deserialize;
use serde_json::{Value, json};
use serde_saphyr::{Location, Spanned};

/// Largest plan that is read.
const MOST_BYTES: u64 = 1024 * 1024;
/// A step is ended after this many seconds, unless it says otherwise.
const TIMEOUT_SECS: u32 = 600;
/// A plan covers this many minutes, unless it says otherwise.
const MINUTES: u32 = 60;
/// Steps at the same time, unless the plan says otherwise.
const PARALLEL: usize = 4;

/// A mistake, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {why}")]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// What is wrong.
    pub why: String,
}

/// A plan and how it is carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanFile {
    /// Where it was read.
    pub source: PathBuf,
    /// What is approved.
    pub plan: Plan,
    /// So many steps at the same time.
    pub parallel: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    name: Spanned<String>,
    #[serde(default)]
    budget: Option<Spanned<BudgetText>>,
    #[serde(default)]
    parallel: Option<Spanned<usize>>,
    #[serde(default)]
    environment: Option<String>,
    steps: Vec<StepText>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetText {
    #[serde(default)]
    runs: Option<u32>,
    #[serde(default)]
    minutes: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    id: Spanned<String>,
    #[serde(default)]
    run: Option<String>,
    #[serde(default)]
    call: Option<CallText>,
    #[serde(default, rename = "type")]
    action_type: Option<String>,
    #[serde(default)]
    after: Vec<Spanned<String>>,
    #[serde(default)]
    dir: Option<PathBuf>,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    verify: Option<String>,
    #[serde(default)]
    rollback: Option<Spanned<String>>,
    #[serde(default)]
    retries: u32,
    #[serde(default)]
    timeout: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallText {
    server: Vec<String>,
    tool: String,
    #[serde(default)]
    arguments: Option<Value>,
}

/// Reads a plan.
///
/// # Errors
/// [`Mistake`], at its place.
pub fn read(path: &Path) -> Result<PlanFile, Mistake> {
    let file = path.display().to_string();
    let unreadable = |why: String| Mistake { file: file.clone(), line: 1, column: 1, why };
    let source = path.canonicalize().map_err(|e| unreadable(format!("it cannot be read ({e})")))?;
    let size = std::fs::metadata(&source).map_err(|e| unreadable(e.to_string()))?.len();
    if size > MOST_BYTES {
        return Err(unreadable(format!("a plan has at most {MOST_BYTES} bytes")));
    }
    let text = std::fs::read_to_string(&source).map_err(|e| unreadable(e.to_string()))?;
    let folder = source.parent().unwrap_or(Path::new("/")).to_owned();
    parse(&text, &folder).map(|(plan, parallel)| PlanFile { source, plan, parallel }).map_err(
        |(place, why)| {
            let (line, column) = place.map_or((1, 1), |l| (l.line().max(1), l.column().max(1)));
            Mistake { file: file.clone(), line, column, why }
        },
    )
}

type Fault = (Option<Location>, String);

fn parse(text: &str, folder: &Path) -> Result<(Plan, usize), Fault> {
    let read: Text = serde_saphyr::from_str(text)
        .map_err(|error| (error.location(), first_line(&error.without_snippet().to_string())))?;
    let mut steps = Vec::new();
    for step in &read.steps {
        steps.push(self::step(step, read.environment.as_deref(), folder)?);
    }
    let given = read.budget.as_ref().map(|b| b.value).unwrap_or_default();
    let budget = Budget {
        runs: given.runs.unwrap_or_else(|| Plan::most_runs(&steps)),
        minutes: given.minutes.unwrap_or(MINUTES),
    };
    let plan = Plan { name: read.name.value.clone(), budget, steps };
    plan.check().map_err(|error| (place(&read, &error), error.to_string()))?;
    let parallel = match &read.parallel {
        Some(given) if !(1..=32).contains(&given.value) => {
            return Err((Some(given.referenced), "parallel is 1 to 32 steps".into()));
        }
        Some(given) => given.value,
        None => PARALLEL,
    };
    Ok((plan, parallel))
}

/// Where the fault of a plan stands in its text.
fn place(read: &Text, error: &PlanError) -> Option<Location> {
    match error {
        PlanError::Name => Some(read.name.referenced),
        PlanError::Budget => read.budget.as_ref().map(|b| b.referenced),
        PlanError::Step { step, .. } => {
            let mut same = read.steps.iter().filter(|s| s.id.value == *step);
            let first = same.next()?;
            let unknown = |a: &&Spanned<String>| !read.steps.iter().any(|s| s.id.value == a.value);
            // Of two with the same id the second one is at fault; of one that waits for nothing known, that name.
            let at = same.next().map(|s| &s.id).or_else(|| first.after.iter().find(unknown));
            Some(at.unwrap_or(&first.id).referenced)
        }
        PlanError::Shape(_) | PlanError::Steps(_) => None,
    }
}

fn step(text: &StepText, environment: Option<&str>, folder: &Path) -> Result<Step, Fault> {
    let at = Some(text.id.referenced);
    let cwd = text.dir.as_ref().map_or_else(|| folder.to_owned(), |dir| folder.join(dir));
    let cwd = cwd.canonicalize().map_err(|e| {
        (at, format!("step {:?}: its folder {} cannot be used ({e})", text.id.value, cwd.display()))
    })?;
    let rollback = match text.rollback.as_ref().map(|r| (r.value.as_str(), r.referenced)) {
        None | Some(("none", _)) => Undo::None,
        Some(("captured", _)) => Undo::Captured,
        Some((other, at)) => {
            let why = format!(
                "rollback is `captured` (what was captured before the step is restored) or `none`, not {other:?}"
            );
            return Err((Some(at), why));
        }
    };
    let timeout_secs = match &text.timeout {
        None => TIMEOUT_SECS,
        Some(given) => seconds(&given.value).ok_or_else(|| {
            let why = format!("{:?} is no time: say 90s, 5m or 1h", given.value);
            (Some(given.referenced), why)
        })?,
    };
    let (tool, args) = match &text.call {
        None => (None, None),
        Some(call) if call.server.is_empty() => {
            return Err((at, format!("step {:?}: the server of its call is empty", text.id.value)));
        }
        Some(call) => {
            let arguments = call.arguments.clone().unwrap_or_else(|| json!({}));
            (Some(call.tool.clone()), Some(json!({"server": call.server, "arguments": arguments})))
        }
    };
    let kind = if tool.is_some() { "mcp_tool" } else { "command_run" };
    Ok(Step {
        id: text.id.value.clone(),
        after: text.after.iter().map(|a| a.value.clone()).collect(),
        action_type: text.action_type.clone().unwrap_or_else(|| kind.to_owned()),
        command: text.run.as_ref().map(|line| line.trim_end().to_owned()),
        tool,
        args,
        cwd: cwd.display().to_string(),
        environment: text.environment.clone().or_else(|| environment.map(str::to_owned)),
        files: text.files.clone(),
        verify: text.verify.as_ref().map(|line| line.trim_end().to_owned()),
        rollback,
        retries: text.retries,
        timeout_secs,
    })
}

/// `90`, `90s`, `5m`, `1h`.
fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, text.get(number.len()..)?),
        None => (text, "s"),
    };
    let factor = match unit {
        "m" => 60,
        "h" => 3600,
        _ => 1,
    };
    number.trim().parse::<u32>().ok()?.checked_mul(factor).filter(|secs| *secs > 0)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (u64, u64, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.yaml");
        std::fs::write(&path, text).unwrap();
        let mistake = read(&path).unwrap_err();
        (mistake.line, mistake.column, mistake.why)
    }

    #[test]
    fn a_plan_is_read_with_what_it_does_not_say() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.yaml");
        let text = "name: release\nsteps:\n  - id: build\n    run: make\n    verify: test -f app\n    retries: 1\n    \
                    timeout: 5m\n  - id: ship\n    after: [build]\n    call:\n      server: [srv, --x]\n      tool: ship\n      \
                    arguments: {to: [a, 2]}\n    rollback: captured\n";
        std::fs::write(&path, text).unwrap();
        let read = read(&path).unwrap();
        assert_eq!(read.plan.budget, Budget { runs: 5, minutes: 60 });
        let [build, ship] = read.plan.steps.as_slice() else { panic!() };
        assert_eq!((build.timeout_secs, ship.timeout_secs), (300, 600));
        assert_eq!(build.cwd, dir.path().canonicalize().unwrap().display().to_string());
        let args = json!({"server": ["srv", "--x"], "arguments": {"to": ["a", 2]}});
        assert_eq!((ship.tool.as_deref(), ship.args.as_ref()), (Some("ship"), Some(&args)));
        assert_eq!(ship.rollback, Undo::Captured);
    }

    #[test]
    fn every_mistake_has_its_line_and_column() {
        let (line, column, why) = refused("name: x\nsteps:\n  - id: a\n    run: make\n    colour: red\n");
        assert_eq!((line, column), (5, 5), "{why}");
        assert!(why.contains("colour"), "{why}");
        let (line, column, why) = refused(
            "name: x\nsteps:\n  - id: a\n    run: make\n  - id: b\n    run: make\n    after: [a, c]\n",
        );
        assert_eq!((line, column), (7, 16), "{why}");
        let (line, column, why) = refused("name: x\nsteps:\n  - {id: a, run: m}\n  - {id: a, run: m}\n");
        assert_eq!((line, column), (4, 10), "{why}");
        let (line, _, why) = refused("name: x\nsteps:\n  - id: a\n    run: m\n    timeout: soon\n");
        assert_eq!(line, 5, "{why}");
        let (line, _, why) = refused("name: x\nsteps:\n  - id: a\n    run: m\n    rollback: pray\n");
        assert_eq!(line, 5, "{why}");
        let (line, _, why) = refused("name: x\nbudget: {runs: 0}\nsteps:\n  - {id: a, run: m}\n");
        assert_eq!(line, 2, "{why}");
        let (line, _, why) = refused("name: x\nsteps:\n  - {id: a, run: m}\n  - [\n");
        assert!(line >= 4, "{line} {why}");
        let (line, _, why) = refused("name: x\nparallel: 99\nsteps:\n  - {id: a, run: m}\n");
        assert_eq!(line, 2, "{why}");
    }

    #[test]
    fn times_are_read_with_their_unit() {
        assert_eq!(seconds("90"), Some(90));
        assert_eq!(seconds("5m"), Some(300));
        assert_eq!(seconds("1h"), Some(3600));
        for none in ["", "m", "0s", "-1", "1d", "99999999h"] {
            assert_eq!(seconds(none), None, "{none}");
        }
    }
}
