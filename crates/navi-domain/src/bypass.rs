//! Bypass: an on-call person lets run what would have waited for people, for minutes, for a named reason, and is
//! reviewed afterwards. It lifts an APPROVAL and nothing else: what is BLOCKED stays blocked. It always ends by itself.

use serde::{Deserialize, Serialize};

use crate::words::{Said, phrases};
use crate::{MINUTE, SECOND, UtcMicros};

mod lift;
mod standing;
mod statement;

pub use lift::{Bypassed, Mark, RULE, lifted, said};
pub use standing::{Counts, MOST, Standing};
pub use statement::{Act, BypassFault, Signed, Statement, carries, open_statement};

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

    /// Kind, as it is spelled on the wire: `action`, `repo`, `agent`, `everything`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Action(_) => "action",
            Self::Repo(_) => "repo",
            Self::Agent(_) => "agent",
            Self::Everything => "everything",
        }
    }

    /// What it names; nothing for everything.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Action(name) | Self::Repo(name) | Self::Agent(name) => Some(name),
            Self::Everything => None,
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
        self.said().english().to_owned()
    }

    /// The same as a sentence that other languages have.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Action(digest) => phrases::REACHES_ACTION.with([("name", digest.into())]),
            Self::Repo(name) => phrases::REACHES_REPO.with([("name", name.into())]),
            Self::Agent(name) => phrases::REACHES_AGENT.with([("name", name.into())]),
            Self::Everything => phrases::REACHES_EVERYTHING.plain(),
        }
    }
}

/// What is about to be decided, as a scope looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    /// The action's digest (hex).
    pub digest: &'a str,
    /// Its equality across requests (hex): the same action asked again has another digest.
    pub fingerprint: &'a str,
    /// The agent.
    pub agent: Option<&'a str>,
    /// The repository.
    pub repo: Option<&'a str>,
}

/// What the policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
        /// Since when it was in force.
        began_at: UtcMicros,
        /// When it was over.
        ended_at: UtcMicros,
        /// Who ended it; absent: its time was up.
        #[serde(rename = "ended_by", default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// The second person of its beginning, who cannot review it either.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<String>,
        /// The review is due at.
        due_at: UtcMicros,
        /// When it was written down that the review is late.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overdue_at: Option<UtcMicros>,
    },
    /// Reviewed by another person.
    Reviewed {
        /// Since when it was in force.
        began_at: UtcMicros,
        /// When it was over.
        ended_at: UtcMicros,
        /// Who ended it; absent: its time was up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended_by: Option<String>,
        /// The second person of its beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<String>,
        /// Who. (`by` is who asked: a bypass and its stage are one object in JSON.)
        #[serde(rename = "reviewed_by")]
        by: String,
        /// When.
        #[serde(rename = "reviewed_at")]
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
    /// For one action: its fingerprint, by which it is known when it is asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// SHA-256 (hex) of the statement that was signed to ask for it, or to open its envelope: what a second person signs for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ask_sha256: String,
    /// What was signed for it, in order: the wish, then the confirmation or going on alone, then the review.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<Signed>,
    /// The sealed envelope it was opened from, while no server was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<String>,
    /// Where it stands.
    #[serde(flatten)]
    pub stage: Stage,
}

impl Bypass {
    /// A bypass that waits for its second person.
    ///
    /// # Errors
    /// Minutes, reason, incident, scope; nothing about others, which [`Standing::with`] checks.
    pub fn ask(
        id: String,
        by: &str,
        wish: Wish,
        limits: BypassLimits,
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
        Ok(Self {
            id,
            by: by.to_owned(),
            asked_at: now,
            wish,
            fingerprint: None,
            ask_sha256: String::new(),
            signed: Vec::new(),
            envelope: None,
            stage: Stage::Asked { wrong: 0 },
        })
    }

    /// A bypass that was opened from a sealed envelope while no server was there: in force from `began_at` until `ends_at`
    /// (never longer than its minutes), and open for review. Nothing is refused here: it has happened.
    #[must_use]
    pub fn opened(
        id: String,
        by: &str,
        wish: Wish,
        envelope: String,
        (began_at, ends_at): (UtcMicros, UtcMicros),
    ) -> Self {
        let longest = began_at.saturating_add(i64::from(wish.minutes) * MINUTE);
        Self {
            id,
            by: by.to_owned(),
            asked_at: began_at,
            wish,
            fingerprint: None,
            ask_sha256: String::new(),
            signed: Vec::new(),
            envelope: Some(envelope),
            stage: Stage::Active { with: None, began_at, ends_at: ends_at.min(longest) },
        }
    }

    /// The second person confirms: `said` is what they heard, `number` the two digits that whoever asked sees and reads
    /// aloud. A wrong one is counted in the value that comes back: store it too.
    ///
    /// # Errors
    /// Leave it unchanged: not waiting (any more), the same person.
    pub fn confirmed(
        &self,
        who: &str,
        (said, number): (u8, u8),
        now: UtcMicros,
    ) -> Result<Self, BypassError> {
        let Stage::Asked { wrong } = self.at(now).stage else { return Err(BypassError::NotAsked) };
        if who == self.by {
            return Err(BypassError::SamePerson);
        }
        if said == number {
            return Ok(self.begun(Some(who.to_owned()), now));
        }
        let wrong = wrong.saturating_add(1);
        let lapsed = wrong >= WRONG_NUMBERS;
        Ok(self.staged(if lapsed { Stage::Lapsed { at: now } } else { Stage::Asked { wrong } }))
    }

    /// Goes on alone after nobody answered.
    ///
    /// # Errors
    /// Not waiting, the policy, the scope, somebody else than who asked, or too soon.
    pub fn alone(&self, who: &str, limits: BypassLimits, now: UtcMicros) -> Result<Self, BypassError> {
        let Stage::Asked { wrong } = self.at(now).stage else { return Err(BypassError::NotAsked) };
        // A wrong number means that somebody did answer.
        if !limits.solo || self.wish.scope == BypassScope::Everything || who != self.by || wrong > 0 {
            return Err(BypassError::Alone);
        }
        if now < self.asked_at.saturating_add(SOLO_WAIT) {
            return Err(BypassError::TooSoon);
        }
        Ok(self.begun(None, now))
    }

    /// Takes back one that nobody confirmed yet.
    ///
    /// # Errors
    /// When it waits for nobody (any more).
    pub fn withdrawn(&self, now: UtcMicros) -> Result<Self, BypassError> {
        match self.at(now).stage {
            Stage::Asked { .. } => Ok(self.staged(Stage::Lapsed { at: now })),
            _ => Err(BypassError::NotAsked),
        }
    }

    /// Ends it now.
    ///
    /// # Errors
    /// When it is not in force.
    pub fn ended(&self, by: &str, now: UtcMicros) -> Result<Self, BypassError> {
        let Stage::Active { began_at, with, .. } = self.at(now).stage else {
            return Err(BypassError::NotActive);
        };
        Ok(self.over((began_at, now.max(began_at)), Some(by.to_owned()), with))
    }

    /// Clears the review.
    ///
    /// # Errors
    /// Without an open review, by whoever opened or confirmed it, or without a finding.
    pub fn reviewed(&self, by: &str, finding: &str, now: UtcMicros) -> Result<Self, BypassError> {
        let Stage::Ended { began_at, ended_at, by: ended_by, with, .. } = self.at(now).stage else {
            return Err(BypassError::NoReview);
        };
        if by == self.by || with.as_deref() == Some(by) {
            return Err(BypassError::SamePerson);
        }
        let finding = finding.trim().to_owned();
        if finding.is_empty() {
            return Err(BypassError::Finding);
        }
        let by = by.to_owned();
        Ok(self.staged(Stage::Reviewed { began_at, ended_at, ended_by, with, by, at: now, finding }))
    }

    /// As it stands at an instant: over when its time is up, lapsed when nobody confirmed. Needs no timer.
    #[must_use]
    pub fn at(&self, now: UtcMicros) -> Self {
        match &self.stage {
            Stage::Active { began_at, ends_at, with } if now >= *ends_at => {
                self.over((*began_at, *ends_at), None, with.clone())
            }
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

    /// Whether it reaches an action: by its scope, or as the one action it names, asked again.
    #[must_use]
    pub fn covers(&self, reach: &Reach<'_>) -> bool {
        let again = matches!(self.wish.scope, BypassScope::Action(_))
            && self.fingerprint.as_deref().is_some_and(|known| known == reach.fingerprint);
        again || self.wish.scope.covers(reach.digest, reach.agent, reach.repo)
    }

    /// First instant at which nothing runs by it any more, while it is in force.
    #[must_use]
    pub fn ends_at(&self) -> Option<UtcMicros> {
        match self.stage {
            Stage::Active { ends_at, .. } => Some(ends_at),
            _ => None,
        }
    }

    /// Marked as late, once.
    #[must_use]
    pub fn marked_late(&self, now: UtcMicros) -> Option<Self> {
        match self.at(now).stage {
            Stage::Ended { began_at, ended_at, by, with, due_at, overdue_at: None } if now >= due_at => {
                let overdue_at = Some(now);
                Some(self.staged(Stage::Ended { began_at, ended_at, by, with, due_at, overdue_at }))
            }
            _ => None,
        }
    }

    /// With one more statement that was signed for it.
    #[must_use]
    pub fn with_signed(&self, signed: Signed) -> Self {
        let mut next = self.clone();
        next.signed.push(signed);
        next
    }

    /// What a decision that rests on it says about it.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { id: self.id.clone(), by: self.by.clone(), incident: self.wish.incident.clone() }
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

    fn over(
        &self,
        (began_at, ended_at): (UtcMicros, UtcMicros),
        by: Option<String>,
        with: Option<String>,
    ) -> Self {
        let due_at = ended_at.saturating_add(REVIEW_WITHIN);
        self.staged(Stage::Ended { began_at, ended_at, by, with, due_at, overdue_at: None })
    }

    fn staged(&self, stage: Stage) -> Self {
        Self { stage, ..self.clone() }
    }
}

/// The two digits that whoever asked sees and reads aloud: derived from the organisation's key, so that they stand in no row
/// and no entry.
#[must_use]
pub fn number(org_key: &[u8], id: &str) -> u8 {
    let tag = crate::canonical::reason_commitment(org_key, &format!("navi/bypass-number/v1\n{id}"));
    let drawn = tag.get(..8).and_then(|t| u32::from_str_radix(t, 16).ok()).unwrap_or_default();
    u8::try_from(drawn % 100).unwrap_or_default()
}

#[cfg(test)]
mod tests;
