//! Bypass: an on-call person lets run what would have waited for people, for minutes, for a named reason, and is
//! reviewed afterwards. It lifts an APPROVAL and nothing else: what is BLOCKED stays blocked. It always ends by itself.

use serde::{Deserialize, Serialize};

use crate::decision::{Decision, Verdict};
use crate::{MINUTE, SECOND, UtcMicros};

mod standing;

pub use standing::{MOST, Standing};

/// The durations that can be chosen, in minutes.
pub const MINUTES: [u32; 3] = [15, 30, 60];
/// Shortest reason, in characters.
pub const SHORTEST_REASON: usize = 20;
/// Whoever finds nobody must wait this long before going on alone.
pub const SOLO_WAIT: UtcMicros = 60 * SECOND;
/// A bypass that nobody confirms lapses after this time.
pub const ASKED_LIFE: UtcMicros = 10 * MINUTE;
/// The review must be cleared within this time after the end.
pub const REVIEW_WITHIN: UtcMicros = 3 * 24 * 60 * MINUTE;
/// So many wrong numbers, and it lapses.
pub const WRONG_NUMBERS: u8 = 3;

/// What runs without waiting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "scope", content = "name")]
pub enum BypassScope {
    /// One action, by its digest (hex).
    Action(String),
    /// One repository.
    Repo(String),
    /// One agent, by name.
    Agent(String),
    /// The whole organisation. Never alone.
    Everything,
}

impl BypassScope {
    /// Whether it reaches an action with this digest, agent and repository.
    #[must_use]
    pub fn covers(&self, digest: &str, agent: Option<&str>, repo: Option<&str>) -> bool {
        match self {
            Self::Action(name) => digest == name,
            Self::Repo(name) => repo == Some(name),
            Self::Agent(name) => agent == Some(name),
            Self::Everything => true,
        }
    }

    /// Whether an open review of `other` stands in the way of it: the same scope, or either is everything.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self == other || matches!(self, Self::Everything) || matches!(other, Self::Everything)
    }

    /// In words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Action(digest) => format!("action {digest}"),
            Self::Repo(name) => format!("repository {name}"),
            Self::Agent(name) => format!("agent {name}"),
            Self::Everything => "everything".to_owned(),
        }
    }
}

/// What the policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BypassLimits {
    /// Longest duration in minutes; 0: no bypass at all.
    pub most_minutes: u32,
    /// Whether one person may go on alone when nobody answers.
    pub solo: bool,
}

/// Absent settings allow an hour, and nobody alone.
impl Default for BypassLimits {
    fn default() -> Self {
        Self { most_minutes: 60, solo: false }
    }
}

/// Why a step is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BypassError {
    /// Not 15, 30 or 60 minutes, or more than the policy allows.
    #[error("a bypass lasts 15, 30 or 60 minutes, here at most {most}")]
    Minutes {
        /// What the policy allows.
        most: u32,
    },
    /// Too short a reason.
    #[error("the reason must have at least {SHORTEST_REASON} characters")]
    Reason,
    /// No incident.
    #[error("a bypass names its incident")]
    Incident,
    /// A scope without a name.
    #[error("the scope names no {0}")]
    Scope(&'static str),
    /// A bypass of this person or for this scope is asked for, in force or not reviewed.
    #[error("{id} must be reviewed by somebody else first")]
    Unreviewed {
        /// The earlier bypass.
        id: String,
    },
    /// Too many in one organisation.
    #[error("there are {MOST} bypasses without review")]
    TooMany,
    /// Not waiting for a confirmation.
    #[error("it waits for no confirmation")]
    NotAsked,
    /// The same person.
    #[error("this takes a second person")]
    SamePerson,
    /// Another number.
    #[error("that is not the number the other person sees")]
    WrongNumber,
    /// The policy forbids it alone, or for everything.
    #[error("this takes two people")]
    Alone,
    /// The wait is not over.
    #[error("alone only after 60 seconds without an answer")]
    TooSoon,
    /// Not in force.
    #[error("it is not in force")]
    NotActive,
    /// Still in force, or reviewed already.
    #[error("it has no open review")]
    NoReview,
    /// A review that says nothing.
    #[error("a review says what was found")]
    Finding,
}

/// What somebody asks for. Check with [`Bypass::ask`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// What runs without waiting.
    #[serde(flatten)]
    pub scope: BypassScope,
    /// The incident's id in whatever tracks incidents.
    pub incident: String,
    /// Why, in the person's words.
    pub reason: String,
    /// For how long: one of [`MINUTES`].
    pub minutes: u32,
}

/// Where a bypass stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum Stage {
    /// Waits for the second person; nothing runs by it.
    Asked {
        /// Two digits that the second person reads aloud.
        number: u8,
        /// Wrong numbers so far.
        wrong: u8,
    },
    /// In force until `ends_at`, whether or not anybody writes down that it ended.
    Active {
        /// The second person; absent: alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<String>,
        /// Since when.
        began_at: UtcMicros,
        /// First instant at which it is over.
        ends_at: UtcMicros,
    },
    /// Over; waits for its review.
    Ended {
        /// When it was over.
        ended_at: UtcMicros,
        /// Who ended it; absent: its time was up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// The second person of its beginning, who cannot review it either.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<String>,
        /// The review is due at.
        due_at: UtcMicros,
    },
    /// Reviewed by another person.
    Reviewed {
        /// Who.
        by: String,
        /// When.
        at: UtcMicros,
        /// What they found.
        finding: String,
    },
    /// Never came into force: nobody confirmed, or the number was wrong too often.
    Lapsed {
        /// When.
        at: UtcMicros,
    },
}

/// One bypass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bypass {
    /// Id (UUID v7).
    pub id: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub asked_at: UtcMicros,
    /// What for.
    #[serde(flatten)]
    pub wish: Wish,
    /// Where it stands.
    #[serde(flatten)]
    pub stage: Stage,
}

impl Bypass {
    /// A bypass that waits for its second person, who reads `number` (taken modulo 100) aloud.
    ///
    /// # Errors
    /// Minutes, reason, incident, scope; nothing about others, which [`Standing::with`] checks.
    pub fn ask(
        id: String,
        by: &str,
        wish: Wish,
        limits: BypassLimits,
        number: u8,
        now: UtcMicros,
    ) -> Result<Self, BypassError> {
        if !MINUTES.contains(&wish.minutes) || wish.minutes > limits.most_minutes {
            return Err(BypassError::Minutes { most: limits.most_minutes });
        }
        if wish.reason.trim().chars().count() < SHORTEST_REASON {
            return Err(BypassError::Reason);
        }
        if wish.incident.trim().is_empty() {
            return Err(BypassError::Incident);
        }
        match &wish.scope {
            BypassScope::Action(name) if name.trim().is_empty() => return Err(BypassError::Scope("action")),
            BypassScope::Repo(name) if name.trim().is_empty() => {
                return Err(BypassError::Scope("repository"));
            }
            BypassScope::Agent(name) if name.trim().is_empty() => return Err(BypassError::Scope("agent")),
            _ => {}
        }
        let stage = Stage::Asked { number: number % 100, wrong: 0 };
        Ok(Self { id, by: by.to_owned(), asked_at: now, wish, stage })
    }

    /// The second person confirms with the number. A wrong one is counted in the value that comes back: store it too.
    ///
    /// # Errors
    /// Leave it unchanged: not waiting (any more), the same person.
    pub fn confirmed(&self, who: &str, said: u8, now: UtcMicros) -> Result<Self, BypassError> {
        let Stage::Asked { number, wrong } = self.at(now).stage else { return Err(BypassError::NotAsked) };
        if who == self.by {
            return Err(BypassError::SamePerson);
        }
        if said == number {
            return Ok(self.begun(Some(who.to_owned()), now));
        }
        let wrong = wrong.saturating_add(1);
        let lapsed = wrong >= WRONG_NUMBERS;
        Ok(self.staged(if lapsed { Stage::Lapsed { at: now } } else { Stage::Asked { number, wrong } }))
    }

    /// Goes on alone after nobody answered.
    ///
    /// # Errors
    /// Not waiting, the policy, the scope, somebody else than who asked, or too soon.
    pub fn alone(&self, who: &str, limits: BypassLimits, now: UtcMicros) -> Result<Self, BypassError> {
        let Stage::Asked { wrong, .. } = self.at(now).stage else { return Err(BypassError::NotAsked) };
        // A wrong number means that somebody did answer.
        if !limits.solo || self.wish.scope == BypassScope::Everything || who != self.by || wrong > 0 {
            return Err(BypassError::Alone);
        }
        if now < self.asked_at.saturating_add(SOLO_WAIT) {
            return Err(BypassError::TooSoon);
        }
        Ok(self.begun(None, now))
    }

    /// Ends it now.
    ///
    /// # Errors
    /// When it is not in force.
    pub fn ended(&self, by: &str, now: UtcMicros) -> Result<Self, BypassError> {
        let Stage::Active { began_at, with, .. } = self.at(now).stage else {
            return Err(BypassError::NotActive);
        };
        Ok(self.over(now.max(began_at), Some(by.to_owned()), with))
    }

    /// Clears the review.
    ///
    /// # Errors
    /// Without an open review, by whoever opened or confirmed it, or without a finding.
    pub fn reviewed(&self, by: &str, finding: &str, now: UtcMicros) -> Result<Self, BypassError> {
        let Stage::Ended { with, .. } = self.at(now).stage else { return Err(BypassError::NoReview) };
        if by == self.by || with.as_deref() == Some(by) {
            return Err(BypassError::SamePerson);
        }
        let finding = finding.trim().to_owned();
        if finding.is_empty() {
            return Err(BypassError::Finding);
        }
        Ok(self.staged(Stage::Reviewed { by: by.to_owned(), at: now, finding }))
    }

    /// As it stands at an instant: over when its time is up, lapsed when nobody confirmed. Needs no timer.
    #[must_use]
    pub fn at(&self, now: UtcMicros) -> Self {
        match &self.stage {
            Stage::Active { ends_at, with, .. } if now >= *ends_at => self.over(*ends_at, None, with.clone()),
            Stage::Asked { .. } => {
                let lapses = self.asked_at.saturating_add(ASKED_LIFE);
                if now >= lapses { self.staged(Stage::Lapsed { at: lapses }) } else { self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// Whether it is in force at an instant.
    #[must_use]
    pub fn in_force(&self, now: UtcMicros) -> bool {
        matches!(self.stage, Stage::Active { began_at, ends_at, .. } if (began_at..ends_at).contains(&now))
    }

    /// Whether the next bypass must wait for it: asked, in force, or not reviewed.
    #[must_use]
    pub fn open(&self, now: UtcMicros) -> bool {
        matches!(self.at(now).stage, Stage::Asked { .. } | Stage::Active { .. } | Stage::Ended { .. })
    }

    /// Whether its review is late.
    #[must_use]
    pub fn overdue(&self, now: UtcMicros) -> bool {
        matches!(self.at(now).stage, Stage::Ended { due_at, .. } if now >= due_at)
    }

    fn begun(&self, with: Option<String>, now: UtcMicros) -> Self {
        let ends_at = now.saturating_add(i64::from(self.wish.minutes) * MINUTE);
        self.staged(Stage::Active { with, began_at: now, ends_at })
    }

    fn over(&self, ended_at: UtcMicros, by: Option<String>, with: Option<String>) -> Self {
        self.staged(Stage::Ended { ended_at, by, with, due_at: ended_at.saturating_add(REVIEW_WITHIN) })
    }

    fn staged(&self, stage: Stage) -> Self {
        Self { stage, ..self.clone() }
    }
}

/// What a decision becomes under a bypass: an APPROVAL runs, with the rule that would have asked kept in its reasons.
/// `None`: the bypass changes nothing, because it ran anyway or because it is BLOCKED, which no bypass lifts.
#[must_use]
pub fn lifted(would: &Decision, bypass: &Bypass) -> Option<Decision> {
    if would.verdict != Verdict::Approval {
        return None;
    }
    let first = format!(
        "bypass {} by {} for {}: without it, {} ({})",
        bypass.id,
        bypass.by,
        bypass.wish.incident,
        would.verdict.as_str(),
        would.rule
    );
    let reasons = std::iter::once(first).chain(would.reasons.iter().cloned()).collect();
    Some(Decision { verdict: Verdict::Auto, rule: "bypass".to_owned(), reasons })
}

#[cfg(test)]
mod tests;
