//! Allow rules: what an organisation lets run that would ask. Agreed to by two people, for one agent of one person, with an
//! end.
//!
//! A rule stands below everything else: it answers only what an autonomy policy asks, at low or medium risk, by the same
//! rule that asked when it was made. Freezes, blocks, guardrails, grave facts, floods and higher levels are never answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::action::ActionType;
use crate::decision::{Decision, Verdict};
use crate::fact::{Fact, FactKind, Severity};
use crate::risk::Level;

/// The rule of a decision that rests on one.
pub const RULE: &str = "allow_rule";
/// Rules of an organisation at most.
pub const MOST_RULES: usize = 100;
/// Days that a rule lasts, unless somebody says otherwise.
pub const USUAL_DAYS: u32 = 30;
/// Days that a rule lasts at most.
pub const MOST_DAYS: u32 = 90;
/// Highest level that a rule answers.
pub const HIGHEST: Level = Level::Medium;
/// The rules of decisions that are an autonomy policy's own. Only these are answered: what else asks has other reasons.
const ANSWERABLE: [&str; 3] = ["require_approval_list", "sensitive_fact", "above_threshold"];

/// What an action must be like, from exact to broad.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "like")]
#[expect(clippy::enum_variant_names, reason = "each names what must be the same")]
pub enum Likeness {
    /// The very same material but for session and target's state.
    SameAction {
        /// Fingerprint (hex) of that.
        fingerprint: String,
        /// The action in one line, for people.
        shown: String,
    },
    /// One simple command whose words begin so: the program and what it is told to do.
    SameProgram {
        /// The first words, at least two.
        words: Vec<String>,
    },
    /// No command, and every file lies below a folder.
    SamePath {
        /// The folder's segments from the root, or from the working directory where none is known; at least one.
        folder: Vec<String>,
    },
}

impl Likeness {
    /// Short name, for JSON and UI.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::SameAction { .. } => "same_action",
            Self::SameProgram { .. } => "same_program",
            Self::SamePath { .. } => "same_path",
        }
    }

    /// For people.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::SameAction { shown, .. } => format!("exactly {shown}"),
            Self::SameProgram { words } => format!("{} …", words.join(" ")),
            Self::SamePath { folder } => format!("files below {}", folder.join("/")),
        }
    }

    /// Whether something seen is like it. What could not be read is like nothing.
    #[must_use]
    pub fn covers(&self, seen: &Seen) -> bool {
        match self {
            Self::SameAction { fingerprint, .. } => *fingerprint == seen.fingerprint,
            Self::SameProgram { words } => {
                words.len() > 1 && seen.words.as_ref().is_some_and(|asked| asked.starts_with(words))
            }
            Self::SamePath { folder } => {
                let below = |path: &Vec<String>| path.len() > folder.len() && path.starts_with(folder);
                !folder.is_empty()
                    && seen.paths.as_ref().is_some_and(|paths| !paths.is_empty() && paths.iter().all(below))
            }
        }
    }
}

/// What of an action a rule is held against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Fingerprint (hex) without session and target's state.
    pub fingerprint: String,
    /// The words of its command, if that is one simple command and nothing in or around it is unknown before it runs.
    pub words: Option<Vec<String>>,
    /// Segments of every file's path, if it has files and no command, and all paths could be read.
    pub paths: Option<Vec<Vec<String>>>,
}

/// Who asks, for what, where.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The person acted for.
    pub user: &'a str,
    /// The agent; absent: a person's own gate.
    pub agent: Option<&'a str>,
    /// Action type.
    pub action_type: &'a ActionType,
    /// Repository.
    pub repo: Option<&'a str>,
    /// Environment.
    pub environment: Option<&'a str>,
    /// What was derived.
    pub facts: &'a [Fact],
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowRule {
    /// Id: that of the proposal which a second person accepted.
    pub id: String,
    /// The person whose agent it is for.
    pub user: String,
    /// The agent it is for; absent: a person's own gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Action type.
    pub action_type: ActionType,
    /// Only in this repository; absent: only where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Only in this environment; absent: only where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What the action must be like.
    #[serde(flatten)]
    pub likeness: Likeness,
    /// The facts that the action had from which it was made; a further one, or a graver one, asks.
    pub facts: BTreeMap<FactKind, Severity>,
    /// The rule that asked then; another one still asks.
    pub rule: String,
    /// The level then; a higher one asks.
    pub level: Level,
    /// The request from which it was made.
    pub approval_id: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// In force since.
    pub created_at: UtcMicros,
    /// It covers nothing from here on.
    pub expires_at: UtcMicros,
}

impl AllowRule {
    /// Whether it covers anything at this instant.
    #[must_use]
    pub fn is_live(&self, now: UtcMicros) -> bool {
        now < self.expires_at
    }

    /// Whether it is for what is asked, and for that person, agent and place.
    #[must_use]
    pub fn covers(&self, asked: &Asked<'_>, seen: &Seen) -> bool {
        let known =
            |fact: &Fact| self.facts.get(&fact.kind).is_some_and(|severity| fact.severity <= *severity);
        self.user == asked.user
            && self.agent.as_deref() == asked.agent
            && self.action_type == *asked.action_type
            && self.repo.as_deref() == asked.repo
            && self.environment.as_deref() == asked.environment
            && asked.facts.iter().all(known)
            && self.likeness.covers(seen)
    }

    /// Whether it answers a decision: one that asks, by the rule it was made for, which is the autonomy policy's own, at
    /// no higher level than then.
    #[must_use]
    pub fn answers(&self, asked: &Decision, level: Level) -> bool {
        asked.verdict == Verdict::Approval
            && answerable(&asked.rule, level)
            && asked.rule == self.rule
            && level <= self.level
    }

    /// What it is for, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        let who = match &self.agent {
            Some(agent) => format!("{agent} for {}", self.user),
            None => self.user.clone(),
        };
        let place = self.repo.as_deref().map_or_else(String::new, |repo| format!(" in {repo}"));
        let environment = self.environment.as_deref().map_or_else(String::new, |name| format!(" on {name}"));
        format!("{} by {who}{place}{environment}: {}", self.action_type.as_str(), self.likeness.describe())
    }
}

/// Whether what asks by this rule at this level may ever be let run by an allow rule.
#[must_use]
pub fn answerable(rule: &str, level: Level) -> bool {
    ANSWERABLE.contains(&rule) && level <= HIGHEST
}

#[cfg(test)]
mod tests;
