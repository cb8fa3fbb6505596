//! The line of people whom a waiting request alerts, one after the other, while nobody has taken it.

use serde::{Deserialize, Serialize};

use super::{OnCall, OnCallError};
use crate::UtcMicros;
use crate::approval::{Approval, ApprovalStatus};
use crate::people::Role;

/// Most steps of a line.
pub const MOST_STEPS: usize = 10;

/// Whom a waiting request alerts, and how soon it should be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Line {
    /// In order; each later than the one before.
    pub steps: Vec<Step>,
    /// How soon a request should be answered, in minutes: 1–10080.
    pub target_minutes: u32,
}

/// One step of the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// After this part of the time allowed, in thousandths: 1–999.
    pub at: u16,
    /// Who is alerted.
    #[serde(flatten)]
    pub reach: Reach,
}

/// Who is alerted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "to", content = "name")]
pub enum Reach {
    /// Who is on call by this schedule.
    Schedule(String),
    /// This person.
    User(String),
    /// Everybody with this role.
    Role(Role),
}

impl Default for Line {
    /// Half of the time: who may break the glass; three quarters: who administers.
    fn default() -> Self {
        Self {
            steps: vec![
                Step { at: 500, reach: Reach::Role(Role::Oncall) },
                Step { at: 750, reach: Reach::Role(Role::Admin) },
            ],
            target_minutes: 120,
        }
    }
}

impl Line {
    /// Checks bounds, order, and that each schedule exists.
    ///
    /// # Errors
    /// [`OnCallError::Line`]
    pub fn validate(&self, known: &OnCall) -> Result<(), OnCallError> {
        let refuse = |why| Err(OnCallError::Line(why));
        if self.steps.len() > MOST_STEPS {
            return refuse("a line has at most 10 steps");
        }
        if !(1..=10_080).contains(&self.target_minutes) {
            return refuse("target_minutes must be between 1 and 10080");
        }
        if !self.steps.iter().all(|step| (1..=999).contains(&step.at)) {
            return refuse("at is in thousandths of the time allowed, between 1 and 999");
        }
        if !self.steps.iter().zip(self.steps.iter().skip(1)).all(|(a, b)| a.at < b.at) {
            return refuse("each step comes later than the one before");
        }
        for step in &self.steps {
            match &step.reach {
                Reach::Schedule(id) if known.schedule(id).is_none() => {
                    return refuse("the line alerts a schedule that does not exist");
                }
                Reach::User(name) if !super::is_name(name) => return refuse("the line alerts nobody"),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Why the next in line is alerted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// That part of the time allowed is over.
    Time,
    /// Nobody who was told so far can be reached.
    Undeliverable,
    /// Too few who may decide are left, because somebody put it off.
    Snoozed,
}

/// Somebody was alerted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Which step of the line, from 0.
    pub step: u8,
    /// Who; empty when the step reached nobody, so that the next one follows at once.
    pub users: Vec<String>,
    /// Why then.
    pub cause: Cause,
    /// When.
    pub at: UtcMicros,
}

impl Approval {
    /// How long it has waited, in microseconds, without the time in which it stood still.
    #[must_use]
    pub fn waited(&self, now: UtcMicros) -> i64 {
        (self.clock(now) - self.created_at - self.stood).max(0)
    }

    /// Which step of the line is due, and why. None while it is claimed (that stops the ringing), stands still or has
    /// ended. A step that reached nobody, or people who cannot be reached, makes the next one due at once.
    #[must_use]
    pub fn next_alert(&self, line: &Line, unreachable: bool, now: UtcMicros) -> Option<(u8, Cause)> {
        if !self.rings() {
            return None;
        }
        let nth = u8::try_from(self.alerts.len()).ok()?;
        let step = line.steps.get(usize::from(nth))?;
        let allowed = (self.expires_at - self.created_at - self.stood).max(0);
        if i128::from(self.waited(now)) * 1000 >= i128::from(allowed) * i128::from(step.at) {
            return Some((nth, Cause::Time));
        }
        let nobody = self.alerts.last().is_some_and(|alert| alert.users.is_empty());
        (nobody || unreachable).then_some((nth, Cause::Undeliverable))
    }

    /// The next step of the line, without waiting for its time: for when too few people are left. None under the same
    /// conditions as [`Self::next_alert`], and at the end of the line.
    #[must_use]
    pub fn step_at_once(&self, line: &Line) -> Option<u8> {
        let nth = u8::try_from(self.alerts.len()).ok()?;
        (self.rings() && line.steps.len() > usize::from(nth)).then_some(nth)
    }

    /// With one more alert.
    #[must_use]
    pub fn alerted(&self, alert: Alert) -> Self {
        let mut next = self.clone();
        next.alerts.push(alert);
        next
    }

    /// Marked as answered too late by the target; `None` when it is not, or is marked already.
    #[must_use]
    pub fn missed_target(&self, line: &Line, now: UtcMicros) -> Option<Self> {
        let target = i64::from(line.target_minutes) * 60_000_000;
        (self.status == ApprovalStatus::Pending
            && self.frozen_at.is_none()
            && self.target_missed_at.is_none()
            && self.waited(now) >= target)
            .then(|| Self { target_missed_at: Some(now), ..self.clone() })
    }

    /// Whether it still asks for somebody: pending, running, and not claimed.
    #[must_use]
    pub fn rings(&self) -> bool {
        self.status == ApprovalStatus::Pending && self.frozen_at.is_none() && self.claimed_by.is_none()
    }
}
