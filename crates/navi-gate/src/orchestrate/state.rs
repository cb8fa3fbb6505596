//! What an orchestrator remembers of a plan over its own death: one folder a plan, one lock, one file that is replaced whole.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use navi_domain::plan::Plan;
use serde::{Deserialize, Serialize};

/// Where plans are remembered.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    crate::config::base("XDG_STATE_HOME", ".local/state").map(|b| b.join("navi").join("plans"))
}

/// Where a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// People are asked, or it runs.
    Running,
    /// Every step succeeded.
    Succeeded,
    /// A step failed; what was done stays done.
    Failed,
    /// A step failed, and what was done before it was undone.
    RolledBack,
    /// A person stopped it, or its orchestrator was ended: it can go on.
    Stopped,
}

impl Status {
    /// Whether it can go on.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Stopped)
    }
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not begun.
    #[default]
    Pending,
    /// Asked for, or running.
    Begun,
    /// It succeeded, also by its verification.
    Done,
    /// It failed, or may not run.
    Failed,
    /// It was done, and was undone.
    Undone,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// Where it stands.
    pub status: StepStatus,
    /// Tries so far.
    pub tries: u32,
    /// The run of the newest try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
    /// The run of its verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_id: Option<String>,
    /// The how-manieth it was that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// What there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Runs of earlier tries, oldest first: each may have left something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<String>,
    /// The rollbacks that were begun, by the run that they undo.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undos: BTreeMap<String, String>,
    /// Nothing of it is left to undo.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
    /// Its rollback, and how that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Its name on this machine.
    pub id: String,
    /// The file.
    pub source: PathBuf,
    /// The server.
    pub url: String,
    /// The plan as it was last read.
    pub plan: Plan,
    /// Its run at the server, once it may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    /// How often people were asked for the plan as a whole.
    #[serde(default)]
    pub asked: u32,
    /// Where it stands.
    pub status: Status,
    /// It goes back, because this step failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoing: Option<String>,
    /// Its steps.
    pub steps: BTreeMap<String, StepState>,
}

impl State {
    /// A plan that begins.
    #[must_use]
    pub fn new(id: String, source: PathBuf, url: String, plan: Plan) -> Self {
        let steps = plan.steps.iter().map(|s| (s.id.clone(), StepState::default())).collect();
        Self { id, source, url, plan, plan_id: None, asked: 0, status: Status::Running, undoing: None, steps }
    }

    /// Ids of steps that are done.
    #[must_use]
    pub fn done(&self) -> std::collections::BTreeSet<&str> {
        let done = self.steps.iter().filter(|(_, s)| s.status == StepStatus::Done);
        done.map(|(id, _)| id.as_str()).collect()
    }

    /// Takes over a plan that was read anew: a step that says the same stays as it is, every other one begins again.
    pub fn renew(&mut self, plan: Plan) {
        let same = |id: &str| self.plan.step(id).is_some() && self.plan.step(id) == plan.step(id);
        self.steps = plan
            .steps
            .iter()
            .map(|s| {
                let kept = self.steps.get(&s.id).filter(|_| same(&s.id)).cloned().unwrap_or_default();
                let status = match kept.status {
                    StepStatus::Done | StepStatus::Begun => kept.status,
                    _ => StepStatus::Pending,
                };
                (s.id.clone(), StepState { status, ..kept })
            })
            .collect();
        self.plan = plan;
        self.status = Status::Running;
    }

    /// The steps that are not done, as a plan of their own.
    #[must_use]
    pub fn rest(&self) -> Plan {
        let done = self.done();
        let mut rest = self.plan.clone();
        rest.steps.retain(|s| !done.contains(s.id.as_str()));
        for step in &mut rest.steps {
            step.after.retain(|id| !done.contains(id.as_str()));
        }
        rest
    }
}

/// A plan's folder, locked.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder of a plan, or takes over one that nobody holds. `None`: another orchestrator has it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn take(id: &str) -> std::io::Result<Option<Self>> {
        let path = folder().ok_or_else(|| std::io::Error::other("there is no home folder"))?.join(id);
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path, _lock: lock })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Where the result of a part goes.
    #[must_use]
    pub fn result(&self, step: &str, phase: &str, tries: u32) -> PathBuf {
        self.path.join(format!("{step}.{phase}.{tries}.result"))
    }

    /// Remembers, durably.
    ///
    /// # Errors
    /// When it cannot be written; then nothing further may be begun.
    pub fn save(&self, state: &State) -> std::io::Result<()> {
        let text = serde_json::to_vec_pretty(state).map_err(std::io::Error::other)?;
        let beside = self.path.join("state.part");
        let mut file =
            OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&text)?;
        file.sync_data()?;
        std::fs::rename(beside, self.path.join("state.json"))?;
        File::open(&self.path)?.sync_all()
    }
}

/// What is remembered of a plan.
#[must_use]
pub fn load(folder: &Path) -> Option<State> {
    serde_json::from_slice(&std::fs::read(folder.join("state.json")).ok()?).ok()
}

/// All plans that are remembered, newest first (their names begin with the instant).
#[must_use]
pub fn all() -> Vec<State> {
    let Some(Ok(folders)) = folder().map(std::fs::read_dir) else { return Vec::new() };
    let mut states: Vec<State> = folders.flatten().filter_map(|entry| load(&entry.path())).collect();
    states.sort_by(|a, b| b.id.cmp(&a.id));
    states
}

#[cfg(test)]
mod tests {
    use super::*;
    use navi_domain::plan::{Budget, Step, Undo};

    fn step(id: &str, after: &[&str]) -> Step {
        Step {
            id: id.into(),
            after: after.iter().map(|a| (*a).to_owned()).collect(),
            action_type: "command_run".into(),
            command: Some("make".into()),
            tool: None,
            args: None,
            cwd: "/".into(),
            environment: None,
            files: Vec::new(),
            verify: None,
            rollback: Undo::None,
            retries: 0,
            timeout_secs: 1,
        }
    }

    fn state(steps: Vec<Step>) -> State {
        let plan = Plan { name: "x".into(), budget: Budget { runs: 9, minutes: 9 }, steps };
        State::new("1".into(), "/p".into(), "http://a".into(), plan)
    }

    #[test]
    fn what_is_done_stays_done_unless_it_says_something_else_now() {
        let mut state = state(vec![step("a", &[]), step("b", &["a"]), step("c", &["b"])]);
        state.steps.get_mut("a").unwrap().status = StepStatus::Done;
        state.steps.get_mut("b").unwrap().status = StepStatus::Failed;
        let rest = state.rest();
        assert_eq!(
            rest.steps.iter().map(|s| (s.id.as_str(), s.after.len())).collect::<Vec<_>>(),
            [("b", 0), ("c", 1)]
        );
        state.renew(state.plan.clone());
        assert_eq!(state.steps["a"].status, StepStatus::Done);
        assert_eq!(state.steps["b"].status, StepStatus::Pending, "what failed is tried again");
        let mut other = state.plan.clone();
        other.steps[0].command = Some("make clean".into());
        state.renew(other);
        assert_eq!(state.steps["a"].status, StepStatus::Pending);
    }
}
