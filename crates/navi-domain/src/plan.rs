//! Plans: several steps that people approve once. A plan is bounded: which steps, commands and files, how many runs,
//! how many minutes. What leaves those bounds asks again.
//!
//! The plan itself is the material of an ordinary action (its arguments), so that the approval's digest covers it whole.

pub mod run;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::{Action, ActionType, FileChange, FileOp};
use crate::decision::{Decision, Verdict};
use crate::risk::Level;
use crate::words::{Said, Slot, phrases};

/// Action type of a plan.
pub const PLAN_TYPE: &str = "plan";
/// Most steps of a plan.
pub const MOST_STEPS: usize = 100;
/// Most runs of a plan.
pub const MOST_RUNS: u32 = 1_000;
/// Most minutes of a plan: a day.
pub const MOST_MINUTES: u32 = 1_440;
/// Most tries beyond the first of one step.
pub const MOST_RETRIES: u32 = 10;
/// Action type under which a step's verification is asked for.
pub const VERIFY_TYPE: &str = "test_run";

/// A plan as it is approved: what is shown, signed and held against each step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// For people.
    pub name: String,
    /// How much may run, and for how long.
    pub budget: Budget,
    /// The steps, in the order of the text; `after` says which wait for which.
    pub steps: Vec<Step>,
}

/// How much an approval of a plan covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// So many runs: steps, their verifications, and every further try.
    pub runs: u32,
    /// For so many minutes after it began.
    pub minutes: u32,
}

/// How a done step is undone when a later one fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// Not at all.
    #[default]
    None,
    /// By whatever was captured before it ran.
    Captured,
}

/// One step: a command, or a call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique in the plan.
    pub id: String,
    /// Steps that must have succeeded first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Action type, in any spelling.
    pub action_type: String,
    /// The command line, as a shell reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The tool, instead of a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Arguments of the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Value>,
    /// Where it runs.
    pub cwd: String,
    /// Environment (prod, staging …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The only files that it may change, below `cwd`: paths, or patterns with `*`, `**` and `?`. Empty: not bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// A command line that must succeed after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// How it is undone.
    #[serde(default, skip_serializing_if = "is_none")]
    pub rollback: Undo,
    /// Tries beyond the first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// It is ended after so many seconds.
    pub timeout_secs: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_none(undo: &Undo) -> bool {
    *undo == Undo::None
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Which part of a step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The action.
    Run,
    /// Its verification.
    Verify,
}

/// Names a part of a step of a plan that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRef {
    /// Id of the plan's run.
    pub plan_id: String,
    /// The step.
    pub step: String,
    /// Which part of it.
    pub phase: Phase,
}

/// Why a text is no plan. The step is named where one is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It is not a plan's JSON.
    #[error("the plan is not understood: {0}")]
    Shape(String),
    /// No steps, or too many.
    #[error("a plan has 1 to {MOST_STEPS} steps, not {0}")]
    Steps(usize),
    /// The name is missing or too long.
    #[error("a plan's name has 1 to 200 characters")]
    Name,
    /// The budget is out of range.
    #[error("a budget has 1 to {MOST_RUNS} runs and 1 to {MOST_MINUTES} minutes")]
    Budget,
    /// A step is at fault.
    #[error("step {step:?}: {why}")]
    Step {
        /// Which.
        step: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Plan {
    /// The plan that an action is about.
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn of(args: Option<&Value>) -> Result<Self, PlanError> {
        let args = args.ok_or_else(|| PlanError::Shape("the arguments are missing".into()))?;
        let plan: Self = serde_json::from_value(args.clone()).map_err(|e| PlanError::Shape(e.to_string()))?;
        plan.check()?;
        Ok(plan)
    }

    /// Checks its bounds, its ids, and that the steps can be brought into an order.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.name.trim().is_empty() || self.name.chars().count() > 200 {
            return Err(PlanError::Name);
        }
        if self.steps.is_empty() || self.steps.len() > MOST_STEPS {
            return Err(PlanError::Steps(self.steps.len()));
        }
        let Budget { runs, minutes } = self.budget;
        if !(1..=MOST_RUNS).contains(&runs) || !(1..=MOST_MINUTES).contains(&minutes) {
            return Err(PlanError::Budget);
        }
        let mut seen = BTreeSet::new();
        for step in &self.steps {
            let fault = step.fault().or_else(|| {
                (!seen.insert(step.id.as_str())).then(|| "another step has the same id".to_owned())
            });
            if let Some(why) = fault {
                return Err(PlanError::Step { step: step.id.clone(), why });
            }
        }
        self.check_order()
    }

    fn check_order(&self) -> Result<(), PlanError> {
        for step in &self.steps {
            for before in &step.after {
                if self.step(before).is_none() {
                    let why = format!("it waits for {before:?}, which is no step");
                    return Err(PlanError::Step { step: step.id.clone(), why });
                }
            }
        }
        let mut done = BTreeSet::new();
        while done.len() < self.steps.len() {
            let ready: Vec<&str> = self.ready(&done).into_iter().map(|s| s.id.as_str()).collect();
            if ready.is_empty() {
                let stuck = self.steps.iter().find(|s| !done.contains(s.id.as_str()));
                let step = stuck.map(|s| s.id.clone()).unwrap_or_default();
                return Err(PlanError::Step { step, why: "it waits for itself, through others".into() });
            }
            done.extend(ready);
        }
        Ok(())
    }

    /// A step by its id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Steps that are not done and wait for nothing that is not.
    #[must_use]
    pub fn ready(&self, done: &BTreeSet<&str>) -> Vec<&Step> {
        let is_ready = |step: &&Step| {
            !done.contains(step.id.as_str()) && step.after.iter().all(|id| done.contains(id.as_str()))
        };
        self.steps.iter().filter(is_ready).collect()
    }

    /// The runs that it needs at most: each step with its verification and all its tries.
    #[must_use]
    pub fn most_runs(steps: &[Step]) -> u32 {
        let of = |step: &Step| (1 + step.retries) * (1 + u32::from(step.verify.is_some()));
        steps.iter().map(of).sum::<u32>().clamp(1, MOST_RUNS)
    }

    /// What would be asked for one part of one step, around the plan's own action.
    #[must_use]
    pub fn action(step: &Step, phase: Phase, plan: &Action) -> Action {
        let verifies = phase == Phase::Verify;
        Action {
            action_type: ActionType::parse(if verifies { VERIFY_TYPE } else { &step.action_type }),
            command: if verifies { step.verify.clone() } else { step.command.clone() },
            tool: step.tool.clone().filter(|_| !verifies),
            args: step.args.clone().filter(|_| !verifies),
            cwd: Some(step.cwd.clone()),
            environment: step.environment.clone(),
            files: if verifies { Vec::new() } else { step.named_files() },
            diff: None,
            ..plan.clone()
        }
    }
}

impl Step {
    fn fault(&self) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(plain) {
            return Some("an id has 1 to 64 letters, digits, - _ or .".into());
        }
        let blank = |text: &Option<String>| text.as_ref().is_some_and(|t| t.trim().is_empty());
        if self.command.is_some() == self.tool.is_some() || blank(&self.command) || blank(&self.tool) {
            return Some("it needs a command or a tool, and not both".into());
        }
        if blank(&self.verify) {
            return Some("its verification is empty".into());
        }
        if self.action_type.trim().is_empty() || ActionType::parse(&self.action_type).as_str() == PLAN_TYPE {
            return Some("it needs an action type other than a plan's".into());
        }
        if self.retries > MOST_RETRIES {
            return Some(format!("it has at most {MOST_RETRIES} retries"));
        }
        if !(1..=86_400).contains(&self.timeout_secs) {
            return Some("its time-out is 1 to 86400 seconds".into());
        }
        if !self.cwd.starts_with('/') {
            return Some("its folder is not absolute".into());
        }
        let leaves = |f: &String| f.is_empty() || f.starts_with('/') || f.split('/').any(|part| part == "..");
        self.files.iter().find(|f| leaves(f)).map(|f| format!("the file {f:?} is not below its folder"))
    }

    /// Files that are named one by one, as changes for the facts.
    #[must_use]
    pub fn named_files(&self) -> Vec<FileChange> {
        let named = self.files.iter().filter(|f| !f.contains(['*', '?']));
        let mut changes: BTreeMap<&String, FileChange> = BTreeMap::new();
        for path in named {
            let change = FileChange { path: path.clone(), op: FileOp::Edit, before: None, after: None };
            changes.insert(path, change);
        }
        changes.into_values().collect()
    }

    /// The first of these paths (below its folder) that it may not change.
    #[must_use]
    pub fn outside<'a>(&self, changed: &'a [String]) -> Option<&'a str> {
        if self.files.is_empty() {
            return None;
        }
        let allowed = |path: &str| self.files.iter().any(|pattern| fits(pattern, path));
        changed.iter().map(String::as_str).find(|path| !allowed(path))
    }
}

/// Whether a path fits a pattern: `**` stands for any folders, `*` and `?` for characters of one name.
#[must_use]
pub fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    folders(&pattern, &path)
}

fn folders(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**"], path) => !path.is_empty(),
        (["**", rest @ ..], _) => (0..=path.len()).any(|n| path.get(n..).is_some_and(|p| folders(rest, p))),
        ([first, rest @ ..], [name, more @ ..]) => {
            letters(first.as_bytes(), name.as_bytes()) && folders(rest, more)
        }
        _ => false,
    }
}

fn letters(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|n| name.get(n..).is_some_and(|p| letters(rest, p))),
        ([b'?', rest @ ..], [_, more @ ..]) => letters(rest, more),
        ([a, rest @ ..], [b, more @ ..]) => a == b && letters(rest, more),
        _ => false,
    }
}

/// What a decision about a step rests on: the plan it belongs to, and whether it stays within its bounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanUse {
    /// Which part of which plan.
    pub of: StepRef,
    /// Name of the plan.
    pub name: String,
    /// The approval in which people signed it; absent: nobody did, it needed none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// Level of the plan as people saw it.
    pub level: Level,
    /// How it leaves the bounds; absent: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<String>,
}

/// What an approved plan answers. Guardrails, critical risk, unknown types and floods ask for the step itself.
const ANSWERED: [&str; 4] = ["require_approval_list", "grave_fact", "sensitive_fact", "above_threshold"];

impl PlanUse {
    /// Why the plan's approval does not answer a decision that asks; `None`: it does.
    #[must_use]
    pub fn why_not(&self, asked: &Decision, level: Level, flooding: bool) -> Option<String> {
        if let Some(outside) = &self.outside {
            return Some(outside.clone());
        }
        if self.approval_id.is_none() {
            return Some(phrases::PLAN_UNSIGNED.english.into());
        }
        if level >= Level::Critical || flooding || !ANSWERED.contains(&asked.rule.as_str()) {
            return Some(phrases::PLAN_ITSELF.english.into());
        }
        (level > self.level).then(|| phrases::PLAN_RISK.english.into())
    }

    /// The decision about the step.
    #[must_use]
    pub fn decide(&self, asked: Decision, level: Level, flooding: bool) -> Decision {
        if asked.verdict != Verdict::Approval {
            return asked;
        }
        let Decision { verdict, rule, mut reasons } = asked;
        match self.why_not(&Decision { verdict, rule: rule.clone(), reasons: Vec::new() }, level, flooding) {
            Some(why) => {
                reasons.push(self.asks_again(why.into()).english().to_owned());
                Decision { verdict, rule, reasons }
            }
            None => {
                reasons.insert(0, self.answered().english().to_owned());
                Decision { verdict: Verdict::Auto, rule: PLAN_TYPE.into(), reasons }
            }
        }
    }

    fn answered(&self) -> Said {
        phrases::PLANNED.with([("step", (&self.of.step).into()), ("name", (&self.name).into())])
    }

    fn asks_again(&self, why: Slot) -> Said {
        phrases::PLAN_AGAIN.with([
            ("step", (&self.of.step).into()),
            ("name", (&self.name).into()),
            ("why", why),
        ])
    }

    /// What it may add to the reasons of a decision. How it left the bounds was kept as a text, which is read here again.
    #[must_use]
    pub fn sentences(&self) -> Vec<Said> {
        let outside =
            self.outside.as_ref().map(|why| run::outside(why).map_or_else(|| why.into(), Slot::from));
        let general = [phrases::PLAN_UNSIGNED, phrases::PLAN_ITSELF, phrases::PLAN_RISK];
        let whys = general.into_iter().map(|phrase| phrase.plain().into()).chain(outside);
        whys.map(|why| self.asks_again(why)).chain([self.answered()]).collect()
    }
}
