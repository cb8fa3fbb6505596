//! Grants: a person's bounded permission to repeat. Always with an end, never for critical risk, revocable at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::decision::{Decision, Verdict};
use crate::fact::{Fact, FactKind, Severity};
use crate::risk::Level;
use crate::words::{Said, phrases};

/// What a grant covers. Matching is on the parsed action, never on a prefix of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "covers")]
#[expect(clippy::enum_variant_names, reason = "each names what must be the same")]
pub enum Pattern {
    /// The very same material but for the target's state, while the session lasts.
    SameAction {
        /// Fingerprint (hex) without target state.
        fingerprint: String,
        /// Only in this session.
        session_id: String,
    },
    /// The same parsed command, and everything around it the same.
    SameCommand {
        /// Words of every simple command of the line, in order: wrappers, assignments and redirections among them.
        invocations: Vec<Vec<String>>,
        /// The line itself, letter for letter, unless it is one simple command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Fingerprint (hex) of the action without command, session and target state.
        around: String,
    },
    /// The same action type that asked by the same rule in the same repository.
    SameRule {
        /// Action type.
        action_type: String,
        /// Repository, if the action had one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repo: Option<String>,
        /// The kinds of facts that the approved action had; a further one, or a graver one, is not covered.
        facts: BTreeMap<FactKind, Severity>,
    },
}

/// What only the very same action may repeat: the next one that looks like it may destroy or give away something else.
const NEVER_ALIKE: [FactKind; 5] = [
    FactKind::DestroysData,
    FactKind::ExposesSecret,
    FactKind::RunsUntrustedCode,
    FactKind::DisablesOversight,
    FactKind::UnreadableCommand,
];

/// Whether actions that are only alike (same command, same rule) may be granted: no grave fact, and none that destroys,
/// gives away, runs foreign code, switches off oversight or cannot be read, unless it is minor.
#[must_use]
pub fn may_repeat_alike(facts: &[Fact]) -> bool {
    facts.iter().all(|fact| match fact.severity {
        Severity::Minor => true,
        Severity::Serious => !NEVER_ALIKE.contains(&fact.kind),
        Severity::Grave => false,
    })
}

impl Pattern {
    /// Whether it covers what `other` was made from: a pattern of the same kind, made from the action that asks now.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::SameRule { action_type, repo, facts },
                Self::SameRule { action_type: of, repo: there, facts: found },
            ) => {
                let known = |(kind, severity): (&FactKind, &Severity)| {
                    facts.get(kind).is_some_and(|granted| severity <= granted)
                };
                action_type == of && repo == there && found.iter().all(known)
            }
            _ => self == other,
        }
    }

    /// For people.
    #[must_use]
    pub fn describe(&self) -> String {
        self.said().english().to_owned()
    }

    /// The same as a sentence that other languages have.
    #[must_use]
    pub fn said(&self) -> Said {
        let command = |text: String| phrases::COVERS_COMMAND.with([("command", text.into())]);
        match self {
            Self::SameAction { .. } => phrases::COVERS_ACTION.plain(),
            Self::SameCommand { text: Some(text), .. } => command(text.clone()),
            Self::SameCommand { invocations, .. } => {
                let lines: Vec<String> = invocations.iter().map(|words| words.join(" ")).collect();
                command(lines.join(" ; "))
            }
            Self::SameRule { action_type, repo: Some(repo), .. } => {
                phrases::COVERS_RULE.with([("type", action_type.into()), ("repo", repo.into())])
            }
            Self::SameRule { action_type, repo: None, .. } => {
                phrases::COVERS_RULE_ANYWHERE.with([("type", action_type.into())])
            }
        }
    }
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

    /// What it covers and how much of it is left, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{}, use {} of {}", self.pattern.describe(), self.uses.saturating_add(1), self.max_uses)
    }

    /// The reason of a decision that it answers: what it covers and how much of it is left.
    #[must_use]
    pub fn why(&self) -> Said {
        phrases::GRANTED.with([
            ("by", (&self.given_by).into()),
            ("covers", self.pattern.said().into()),
            ("use", self.uses.saturating_add(1).into()),
            ("most", self.max_uses.into()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(repo: &str, facts: &[(FactKind, Severity)]) -> Pattern {
        Pattern::SameRule {
            action_type: "git_push".into(),
            repo: Some(repo.into()),
            facts: facts.iter().copied().collect(),
        }
    }

    #[test]
    fn the_same_rule_covers_no_other_place_no_further_fact_and_no_graver_one() {
        let granted = rule(
            "shop",
            &[(FactKind::Production, Severity::Serious), (FactKind::HardToUndo, Severity::Minor)],
        );
        assert!(granted.covers(&granted));
        assert!(granted.covers(&rule("shop", &[(FactKind::Production, Severity::Minor)])));
        assert!(granted.covers(&rule("shop", &[])));
        assert!(!granted.covers(&rule("pay", &[])));
        assert!(!granted.covers(&rule("shop", &[(FactKind::Production, Severity::Grave)])));
        assert!(!granted.covers(&rule("shop", &[(FactKind::TouchesAuth, Severity::Minor)])));
        let other = Pattern::SameRule {
            action_type: "deploy".into(),
            repo: Some("shop".into()),
            facts: BTreeMap::new(),
        };
        assert!(!granted.covers(&other));
    }

    #[test]
    fn what_destroys_or_gives_away_repeats_only_as_the_very_same_action() {
        let of = |kind, severity| may_repeat_alike(&[Fact { severity, ..Fact::new(kind, "e") }]);
        for kind in FactKind::ALL {
            assert!(of(kind, Severity::Minor), "{kind:?}");
            assert_eq!(of(kind, Severity::Serious), !NEVER_ALIKE.contains(&kind), "{kind:?}");
            assert!(!of(kind, Severity::Grave), "{kind:?}");
        }
        let mixed = [Fact::new(FactKind::TouchesAuth, "e"), Fact::new(FactKind::DestroysData, "e")];
        assert!(!may_repeat_alike(&mixed), "one is enough");
        assert!(may_repeat_alike(&[]));
    }

    #[test]
    fn patterns_of_another_kind_cover_nothing() {
        let command = |text: Option<&str>| Pattern::SameCommand {
            invocations: vec![vec!["git".into(), "status".into()]],
            text: text.map(str::to_owned),
            around: "a".into(),
        };
        assert!(command(None).covers(&command(None)));
        assert!(!command(None).covers(&command(Some("while true; do git status; done"))));
        let same = Pattern::SameAction { fingerprint: "a".into(), session_id: "s".into() };
        assert!(!same.covers(&command(None)) && !command(None).covers(&same));
    }
}
