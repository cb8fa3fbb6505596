//! A plan that runs: what was used of its budget, and where each of its steps stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Phase, Plan, Step, StepRef};
use crate::action::Action;
use crate::execution::ExecutionStatus;
use crate::risk::Level;
use crate::words::{Said, Slot, phrases, recognised};
use crate::{MINUTE, UtcMicros};

/// Where a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanStatus {
    /// Steps within its bounds run.
    Running,
    /// A step left the bounds: every further one asks.
    Deviated,
    /// All steps succeeded.
    Succeeded,
    /// It ended otherwise.
    Failed,
    /// Nobody knows how it ended.
    Unknown,
    /// A person took its approval back: every further step asks.
    Revoked,
}

impl PlanStatus {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Deviated, Self::Succeeded, Self::Failed, Self::Unknown, Self::Revoked];

    /// Spelling in JSON, SQL and UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Deviated => "deviated",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
        }
    }

    /// Whether further steps may come.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Deviated | Self::Revoked)
    }
}

/// Where a part of a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartStatus {
    /// People were asked.
    Waiting,
    /// It may not run.
    Blocked,
    /// It may run, and does not yet.
    Permitted,
    /// It runs.
    Started,
    /// Exit code 0.
    Succeeded,
    /// Any other end.
    Failed,
    /// Nobody knows.
    Unknown,
}

impl From<ExecutionStatus> for PartStatus {
    fn from(status: ExecutionStatus) -> Self {
        match status {
            ExecutionStatus::Started => Self::Started,
            ExecutionStatus::Succeeded => Self::Succeeded,
            ExecutionStatus::Failed => Self::Failed,
            ExecutionStatus::Unknown => Self::Unknown,
        }
    }
}

/// The newest try of a part of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Where it stands.
    pub status: PartStatus,
    /// The decision about it.
    pub action_id: String,
    /// The request to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// Its run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
    /// How often it was started.
    pub tries: u32,
    /// Since when.
    pub at: UtcMicros,
}

/// A plan that runs. Its id is its own execution's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRun {
    /// Id of the plan's own execution.
    pub id: String,
    /// The decision about the plan.
    pub decision_id: String,
    /// The approval of the plan; absent: it needed none, and covers nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// The person acted for.
    pub user: String,
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Digest (hex) that was signed.
    pub digest: String,
    /// The policy hash then; under another one every step asks.
    pub policy_hash: String,
    /// Level then.
    pub level: Level,
    /// How many people approved it.
    pub quorum: u8,
    /// The plan.
    pub plan: Plan,
    /// State.
    pub status: PlanStatus,
    /// How it left its bounds, or why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<String>,
    /// Runs that were started.
    pub runs: u32,
    /// Begun at.
    pub begun_at: UtcMicros,
    /// Last instant at which it covers anything.
    pub expires_at: UtcMicros,
    /// Ended at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UtcMicros>,
    /// Steps that were asked for, by id: the action.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, Part>,
    /// Steps that were asked for, by id: the verification.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub verifications: BTreeMap<String, Part>,
    /// Row version.
    pub version: u64,
}

impl PlanRun {
    /// When a plan that begins now covers nothing any more.
    #[must_use]
    pub fn ends(plan: &Plan, now: UtcMicros) -> UtcMicros {
        now + UtcMicros::from(plan.budget.minutes) * MINUTE
    }

    /// How an action leaves the bounds of the plan; `None`: it stays within.
    #[must_use]
    pub fn deviation(&self, of: &StepRef, action: &Action, now: UtcMicros) -> Option<String> {
        match self.status {
            PlanStatus::Running => {}
            PlanStatus::Deviated | PlanStatus::Revoked => {
                let why = self.deviation.as_deref().unwrap_or("without a reason");
                return Some(format!("the plan is {}: {why}", self.status.as_str()));
            }
            ended => return Some(format!("the plan has ended ({})", ended.as_str())),
        }
        let budget = self.plan.budget;
        if now > self.expires_at {
            return Some(format!("the plan's {} minutes are over", budget.minutes));
        }
        if self.runs >= budget.runs {
            return Some(format!("the plan's {} runs are used up", budget.runs));
        }
        let Some(step) = self.plan.step(&of.step) else {
            return Some(format!("the plan has no step {}", of.step));
        };
        if of.phase == Phase::Verify && step.verify.is_none() {
            return Some("the plan has no such verification".into());
        }
        let tries = self.part(of).map_or(0, |part| part.tries);
        if tries > step.retries {
            return Some(format!("it was tried {tries} times, and the plan says {}", step.retries + 1));
        }
        self.too_early(step, of.phase).or_else(|| differs(step, of.phase, action, self))
    }

    fn too_early(&self, step: &Step, phase: Phase) -> Option<String> {
        if phase == Phase::Verify {
            let ran = self
                .steps
                .get(&step.id)
                .is_some_and(|part| matches!(part.status, PartStatus::Succeeded | PartStatus::Unknown));
            return (!ran).then(|| "it is verified before it ran".into());
        }
        let missing = step.after.iter().find(|id| !self.is_done(id));
        missing.map(|id| format!("step {id} must succeed first"))
    }

    /// Whether a step succeeded, also by its verification.
    #[must_use]
    pub fn is_done(&self, id: &str) -> bool {
        let Some(step) = self.plan.step(id) else { return false };
        let ok = |part: Option<&Part>| part.is_some_and(|part| part.status == PartStatus::Succeeded);
        match step.verify {
            // A verification proves what a run that nobody saw end has done.
            Some(_) => self.steps.contains_key(id) && ok(self.verifications.get(id)),
            None => ok(self.steps.get(id)),
        }
    }

    /// The newest try of a part.
    #[must_use]
    pub fn part(&self, of: &StepRef) -> Option<&Part> {
        match of.phase {
            Phase::Run => self.steps.get(&of.step),
            Phase::Verify => self.verifications.get(&of.step),
        }
    }

    /// The run with a part that was decided about; started at once when it has an execution.
    #[must_use]
    pub fn asked(&self, of: &StepRef, part: Part) -> Self {
        let mut next = self.clone();
        let started = part.execution_id.is_some();
        let tries = self.part(of).map_or(0, |before| before.tries) + u32::from(started);
        next.runs = next.runs.saturating_add(u32::from(started));
        // A new try is verified anew.
        if of.phase == Phase::Run {
            next.verifications.entry(of.step.clone()).and_modify(|v| v.status = PartStatus::Permitted);
        }
        let parts = match of.phase {
            Phase::Run => &mut next.steps,
            Phase::Verify => &mut next.verifications,
        };
        parts.insert(of.step.clone(), Part { tries, ..part });
        next
    }

    /// The run with a part whose permit was redeemed.
    #[must_use]
    pub fn started(&self, of: &StepRef, execution_id: &str, now: UtcMicros) -> Self {
        let Some(part) = self.part(of).cloned() else { return self.clone() };
        let execution_id = Some(execution_id.to_owned());
        self.asked(of, Part { status: PartStatus::Started, execution_id, at: now, ..part })
    }

    /// The run with a part that ended; what it changed outside its files is a deviation. `None`: that try is not known.
    #[must_use]
    pub fn ended(
        &self,
        of: &StepRef,
        execution_id: &str,
        status: ExecutionStatus,
        changed: &[String],
        now: UtcMicros,
    ) -> Option<Self> {
        let mut next = self.clone();
        let parts = match of.phase {
            Phase::Run => &mut next.steps,
            Phase::Verify => &mut next.verifications,
        };
        let part = parts.get_mut(&of.step).filter(|p| p.execution_id.as_deref() == Some(execution_id))?;
        (part.status, part.at) = (status.into(), now);
        let step = self.plan.step(&of.step)?;
        if let (Some(path), PlanStatus::Running) = (step.outside(changed), self.status) {
            next.status = PlanStatus::Deviated;
            next.deviation = Some(format!("step {} changed {path}, which it does not name", step.id));
        }
        Some(next)
    }

    /// The plan that ended; `None`: it had already.
    #[must_use]
    pub fn finish(&self, status: ExecutionStatus, now: UtcMicros) -> Option<Self> {
        let status = match status {
            ExecutionStatus::Started => return None,
            ExecutionStatus::Succeeded => PlanStatus::Succeeded,
            ExecutionStatus::Failed => PlanStatus::Failed,
            ExecutionStatus::Unknown => PlanStatus::Unknown,
        };
        let corrects = self.status == PlanStatus::Unknown && status != PlanStatus::Unknown;
        (self.status.is_open() || corrects).then(|| Self { status, ended_at: Some(now), ..self.clone() })
    }

    /// The plan whose approval covers nothing any more; `None`: it covers nothing already.
    #[must_use]
    pub fn revoke(&self, why: &str) -> Option<Self> {
        matches!(self.status, PlanStatus::Running | PlanStatus::Deviated).then(|| Self {
            status: PlanStatus::Revoked,
            deviation: Some(why.to_owned()),
            ..self.clone()
        })
    }
}

/// What of an action is not what the plan says of its step.
fn differs(step: &Step, phase: Phase, action: &Action, run: &PlanRun) -> Option<String> {
    let planned = Plan::action(step, phase, action);
    let what = [
        ("action type", planned.action_type != action.action_type),
        ("command", planned.command != action.command),
        ("tool", planned.tool != action.tool),
        ("arguments", planned.args != action.args),
        ("folder", planned.cwd != action.cwd),
        ("environment", planned.environment != action.environment),
        ("repository", run.repo != action.repo),
        ("branch", run.branch != action.branch),
        ("diff", action.diff.is_some()),
    ];
    if let Some((what, _)) = what.iter().find(|(_, differs)| *differs) {
        return Some(format!("its {what} is not what the plan says"));
    }
    let further = action.files.iter().find(|f| !planned.files.iter().any(|p| p.path == f.path));
    further.map(|f| format!("it names the file {}, which the plan does not", f.path))
}

/// How a plan was left or taken back, as a sentence that other languages have; `None`: in a person's own words.
#[must_use]
pub fn outside(text: &str) -> Option<Said> {
    let said = recognised(phrases::OUTSIDE, text)?;
    // Why it stands as it does may be such a sentence itself.
    let why = match said.with.get("why") {
        Some(Slot::Text(why)) => recognised(phrases::OUTSIDE, why),
        _ => None,
    };
    Some(match why {
        Some(why) => said.slot("why", why.into()),
        None => said,
    })
}
