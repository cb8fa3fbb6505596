//! Grants: a person's bounded permission to repeat. Always with an end, never for critical risk, revocable at once.

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::decision::{Decision, Verdict};
use crate::risk::Level;

/// What a grant covers. Matching is on the parsed action, never on a prefix of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "covers")]
#[expect(clippy::enum_variant_names, reason = "each names what must be the same")]
pub enum Pattern {
    /// The very same material (fingerprint), while the session lasts.
    SameAction {
        /// Fingerprint (hex).
        fingerprint: String,
        /// Only in this session.
        session_id: String,
    },
    /// Commands that parse to exactly these invocations (normalised words), in this repository.
    SameCommand {
        /// Every simple command of the line, in order; a word `*` stands for exactly one argument that is no option.
        invocations: Vec<Vec<String>>,
        /// Repository, if the action had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repo: Option<String>,
    },
    /// The same action type that asked by the same rule in the same repository.
    SameRule {
        /// Action type.
        action_type: String,
        /// Repository, if the action had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repo: Option<String>,
        /// The facts that the approved action had; more facts are not covered.
        facts: Vec<String>,
    },
}

/// A bounded repeat right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Id (UUID v7).
    pub id: String,
    /// The approval whose vote gave it.
    pub approval_id: String,
    /// Who gave it.
    pub given_by: String,
    /// The person whose agent may use it.
    pub user: String,
    /// The agent that may use it; absent: a person's own gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What it covers.
    pub pattern: Pattern,
    /// The rule that asked when it was given; another rule still asks.
    pub rule: String,
    /// The level when it was given; a higher one still asks.
    pub level: Level,
    /// The policy hash when it was given; after a change it covers nothing.
    pub policy_hash: String,
    /// How often it may be used.
    pub max_uses: u32,
    /// How often it was.
    pub uses: u32,
    /// Given at.
    pub created_at: UtcMicros,
    /// Last instant at which it covers anything.
    pub expires_at: UtcMicros,
    /// Revoked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<UtcMicros>,
    /// Row version.
    pub version: u64,
}

impl Grant {
    /// Whether it can still be used.
    #[must_use]
    pub fn is_live(&self, now: UtcMicros) -> bool {
        self.revoked_at.is_none() && now <= self.expires_at && self.uses < self.max_uses
    }

    /// Whether it answers a decision that asks: same rule, no higher level, never critical.
    #[must_use]
    pub fn answers(&self, asked: &Decision, level: Level) -> bool {
        asked.verdict == Verdict::Approval
            && level < Level::Critical
            && level <= self.level
            && asked.rule == self.rule
    }

    /// One use more.
    #[must_use]
    pub fn used(&self) -> Self {
        Self { uses: self.uses.saturating_add(1), ..self.clone() }
    }

    /// What it covers, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        let limit = format!("use {} of {}", self.uses.saturating_add(1), self.max_uses);
        match &self.pattern {
            Pattern::SameAction { .. } => format!("the same action in this session, {limit}"),
            Pattern::SameCommand { invocations, .. } => {
                let lines: Vec<String> = invocations.iter().map(|words| words.join(" ")).collect();
                format!("command {}, {limit}", lines.join(" ; "))
            }
            Pattern::SameRule { action_type, repo, .. } => {
                format!("{action_type} in {}, {limit}", repo.as_deref().unwrap_or("no repository"))
            }
        }
    }
}
