//! The undoing of what ran: what was captured before a run, what a way back would do, and how far a rollback has come.
//!
//! The truth is told before anyone agrees: a way back is verified, unverified or impossible, and what it leaves undone
//! is named beside what it undoes. Nothing here runs anything.

pub mod capture;
pub mod foreseen;
pub mod offer;
pub mod plan;
pub mod window;

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
pub use capture::{Capture, Part, Strategy, Truth};
pub use offer::{NotOffered, Offer};
pub use plan::{Outcome, Plan};
pub use window::Windows;

/// How long a runner may take before a rollback that nobody works on is over.
pub const RUNNER_WITHIN: UtcMicros = 600 * crate::SECOND;

/// Where a rollback stands by itself. Whether people have agreed stands in its approval, whether it may still begin in
/// its permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollbackStatus {
    /// A runner is to rehearse it.
    Planning,
    /// It was a dry run, and it is over.
    Rehearsed,
    /// Nothing was undone, and nothing will be: the way back is impossible, or the policy blocks it.
    Refused,
    /// It was decided: people are asked, or it may begin.
    Decided,
    /// A runner undoes it now, or died over it.
    Started,
    /// Undone, and proven.
    Succeeded,
    /// Not undone, or only in part: the outcome says what.
    Failed,
    /// Nobody knows how it ended.
    Unknown,
}

impl RollbackStatus {
    /// Spelling in JSON and SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Rehearsed => "rehearsed",
            Self::Refused => "refused",
            Self::Decided => "decided",
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing follows by itself.
    #[must_use]
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Planning | Self::Decided | Self::Started)
    }
}

/// One rollback, from the wish to its proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// Id (UUID v7).
    pub id: String,
    /// The execution it undoes.
    pub execution_id: String,
    /// The decision of that execution.
    pub action_id: String,
    /// Action type of what it undoes.
    pub action_type: String,
    /// Repository of what it undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// What was captured, as the execution's report said.
    pub capture: Capture,
    /// Who wants it.
    pub user: String,
    /// The agent that asked, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Public id of the credential that asked: the rollback is decided for it.
    pub token_id: String,
    /// Why.
    pub reason: String,
    /// Only rehearse.
    #[serde(default)]
    pub dry_run: bool,
    /// Where it stands.
    pub status: RollbackStatus,
    /// What the runner found that it would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The decision about the rollback itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<String>,
    /// The request to people about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The rollback's own execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Wished at.
    pub requested_at: UtcMicros,
    /// Ended at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UtcMicros>,
    /// Row version.
    pub version: u64,
}

/// Why a step of a rollback cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// It was planned, decided, begun or ended before.
    #[error("the rollback is no longer at that step")]
    TooLate,
    /// It ended with another outcome.
    #[error("the rollback has already ended with another outcome")]
    Ended,
    /// The plan is not about what was captured.
    #[error("the plan is about something else than what was captured")]
    OtherCapture,
}

impl Rollback {
    /// The runner's rehearsal comes in. What is impossible ends here, and so does a dry run.
    ///
    /// # Errors
    /// [`StepError`] when it is not waiting for a plan, or the plan is for something else.
    pub fn planned(&self, plan: Plan, now: UtcMicros) -> Result<Self, StepError> {
        if self.status != RollbackStatus::Planning {
            return Err(StepError::TooLate);
        }
        if plan.capture_sha256 != self.capture.sha256 {
            return Err(StepError::OtherCapture);
        }
        let refused = match &plan.truth {
            Truth::Impossible { why } => Some(why.clone()),
            _ => None,
        };
        let (status, ended_at) = match (&refused, self.dry_run) {
            (_, true) => (RollbackStatus::Rehearsed, Some(now)),
            (Some(_), false) => (RollbackStatus::Refused, Some(now)),
            (None, false) => (RollbackStatus::Decided, None),
        };
        Ok(Self { status, ended_at, plan: Some(plan), refused, ..self.clone() })
    }

    /// It is refused with a reason: blocked, or its window closed meanwhile.
    ///
    /// # Errors
    /// [`StepError::TooLate`] once it has begun or is over.
    pub fn refuse(&self, why: &str, now: UtcMicros) -> Result<Self, StepError> {
        match self.status {
            RollbackStatus::Planning | RollbackStatus::Decided => Ok(Self {
                status: RollbackStatus::Refused,
                refused: Some(why.to_owned()),
                ended_at: Some(now),
                ..self.clone()
            }),
            _ => Err(StepError::TooLate),
        }
    }

    /// A runner begins, as this execution.
    ///
    /// # Errors
    /// [`StepError::TooLate`] when it was not decided, or began before.
    pub fn started(&self, run_id: &str) -> Result<Self, StepError> {
        if self.status != RollbackStatus::Decided {
            return Err(StepError::TooLate);
        }
        Ok(Self { status: RollbackStatus::Started, run_id: Some(run_id.to_owned()), ..self.clone() })
    }

    /// It ends. The same outcome again is `Ok(None)`; an unknown end may become known later.
    ///
    /// # Errors
    /// [`StepError`] when it never began, or ended otherwise.
    pub fn ended(&self, outcome: Outcome, now: UtcMicros) -> Result<Option<Self>, StepError> {
        let status = outcome.status();
        match self.status {
            RollbackStatus::Started => {}
            RollbackStatus::Unknown if status != RollbackStatus::Unknown => {}
            same if same == status && self.outcome.as_ref() == Some(&outcome) => return Ok(None),
            RollbackStatus::Succeeded | RollbackStatus::Failed | RollbackStatus::Unknown => {
                return Err(StepError::Ended);
            }
            _ => return Err(StepError::TooLate),
        }
        Ok(Some(Self { status, outcome: Some(outcome), ended_at: Some(now), ..self.clone() }))
    }

    /// Whether it stands in the way of another rollback of the same execution, as far as it knows itself: it was
    /// undone, is being undone, or may have been. What waits for people is told by its approval and permit.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        let undone_in_part = self.outcome.as_ref().is_some_and(|o| !o.undone.is_empty());
        match self.status {
            RollbackStatus::Started | RollbackStatus::Succeeded | RollbackStatus::Unknown => true,
            RollbackStatus::Failed => undone_in_part,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
