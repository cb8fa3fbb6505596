//! What an organisation sets for everybody: quorums, who may be alone, limits. Every field has a safe default.

pub mod change;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::allow::{AllowRule, MOST_RULES};
use crate::allowance::{Allowances, MOST_MINUTES as MOST_OFFLINE};
use crate::bypass::{BypassLimits, MINUTES};
use crate::erasure::Retention;
use crate::risk::Level;
use crate::rollback::window::MOST_MINUTES;

/// The organisation's settings, one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrgSettings {
    /// How many distinct people must approve, by level. Absent: 1, for critical 2. 1–9; critical never below 2 while
    /// anybody else could approve.
    pub quorum_by_level: BTreeMap<Level, u8>,
    /// How many distinct people must approve what this rule asked about (`sensitive_fact`, `guardrail` …); the greater
    /// of this and the level's counts.
    pub quorum_by_rule: BTreeMap<String, u8>,
    /// People of one-person teams who may approve what they asked for themselves. Each use is recorded as such.
    pub self_approvers: BTreeSet<String>,
    /// From this level on an approve needs a reason in the person's words. `None`: at no level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve_reason_from: Option<Level>,
    /// Whether a looser policy, guardrail or risk setting needs a second person.
    pub second_person_for_loosening: bool,
    /// More open requests of one agent than this are a flood: 1–1000.
    pub max_open_per_agent: u32,
    /// How long the one extension of a request may be, in seconds: 60–86400.
    pub extension_secs: u32,
    /// Longest grant in minutes: 1–1440.
    pub max_grant_minutes: u32,
    /// Most uses of one grant: 1–1000.
    pub max_grant_uses: u32,
    /// Groups of people, for guardrails (`payments-owners` → `alice`, `bob`).
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// How many witnesses must have cosigned the checkpoint that a console trusts: 0–9.
    pub cosignatures_required: u8,
    /// Days after which payloads of a class are erased: 30–3650. A class that is not named is kept for ever.
    pub retention: Retention,
    /// How long a bypass may be, and whether one person may go on alone.
    pub bypass: BypassLimits,
    /// For how many minutes what ran may be rolled back, by action type: 0–129600, 0: never. `*` is for the others.
    pub rollback_minutes: BTreeMap<String, u32>,
    /// What may be approved without a connection, and in a notification.
    pub allowances: Allowances,
    /// What runs though its autonomy policy asks: each agreed to by two people, each with an end. At most 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_rules: Vec<AllowRule>,
    /// Row version; 0: nothing was saved.
    pub version: u64,
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            quorum_by_level: BTreeMap::new(),
            quorum_by_rule: BTreeMap::new(),
            self_approvers: BTreeSet::new(),
            approve_reason_from: None,
            second_person_for_loosening: false,
            max_open_per_agent: 20,
            extension_secs: 3600,
            max_grant_minutes: 480,
            max_grant_uses: 100,
            groups: BTreeMap::new(),
            cosignatures_required: 0,
            retention: Retention::new(),
            bypass: BypassLimits::default(),
            rollback_minutes: BTreeMap::new(),
            allowances: Allowances::default(),
            allow_rules: Vec::new(),
            version: 0,
        }
    }
}

/// Why the organisation's settings cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrgSettingsError {
    /// A number outside its bounds.
    #[error("{field} must be between {low} and {high}, not {given}")]
    Range {
        /// Which.
        field: String,
        /// Lowest.
        low: u32,
        /// Highest.
        high: u32,
        /// What was given.
        given: u32,
    },
    /// A longest bypass that nobody can choose.
    #[error("bypass.most_minutes must be 0 (no bypass), 15, 30 or 60, not {0}")]
    BypassMinutes(u32),
    /// Too many allow rules.
    #[error("there are {MOST_RULES} allow rules already; end one first")]
    AllowRules,
    /// A name that is empty or too long.
    #[error("{0} names somebody or something without a name, or with one of over 200 characters")]
    Name(&'static str),
}

impl OrgSettings {
    /// How many distinct people must approve.
    #[must_use]
    pub fn quorum(&self, level: Level, rule: &str) -> u8 {
        let by_level = self.quorum_by_level.get(&level).copied().unwrap_or_else(|| level.quorum());
        by_level.max(self.quorum_by_rule.get(rule).copied().unwrap_or(1))
    }

    /// Whether an approve at this level needs a reason.
    #[must_use]
    pub fn needs_reason(&self, level: Level) -> bool {
        self.approve_reason_from.is_some_and(|from| level >= from)
    }

    /// The groups of a person.
    #[must_use]
    pub fn groups_of(&self, user: &str) -> Vec<String> {
        self.groups.iter().filter(|(_, people)| people.contains(user)).map(|(name, _)| name.clone()).collect()
    }

    /// The allow rules for agents of a person in a repository: what a decision there rests on.
    #[must_use]
    pub fn allow_rules_for(&self, user: &str, repo: Option<&str>) -> Vec<&AllowRule> {
        self.allow_rules.iter().filter(|rule| rule.user == user && rule.repo.as_deref() == repo).collect()
    }

    /// Checks every bound.
    ///
    /// # Errors
    /// [`OrgSettingsError`] names the first thing that is wrong.
    pub fn validate(&self) -> Result<(), OrgSettingsError> {
        let range = |field: &str, low: u32, high: u32, given: u32| {
            if (low..=high).contains(&given) {
                Ok(())
            } else {
                Err(OrgSettingsError::Range { field: field.to_owned(), low, high, given })
            }
        };
        for (level, people) in &self.quorum_by_level {
            let low = if *level == Level::Critical { 2 } else { 1 };
            range(&format!("quorum_by_level.{}", level.as_str()), low, 9, u32::from(*people))?;
        }
        for (rule, people) in &self.quorum_by_rule {
            range(&format!("quorum_by_rule.{rule}"), 1, 9, u32::from(*people))?;
        }
        range("max_open_per_agent", 1, 1000, self.max_open_per_agent)?;
        range("extension_secs", 60, 86_400, self.extension_secs)?;
        range("max_grant_minutes", 1, 1440, self.max_grant_minutes)?;
        range("max_grant_uses", 1, 1000, self.max_grant_uses)?;
        range("cosignatures_required", 0, 9, u32::from(self.cosignatures_required))?;
        for (class, days) in &self.retention {
            range(&format!("retention.{}", class.as_str()), 30, 3_650, *days)?;
        }
        let minutes = self.bypass.most_minutes;
        if minutes != 0 && !MINUTES.contains(&minutes) {
            return Err(OrgSettingsError::BypassMinutes(minutes));
        }
        for (action_type, minutes) in &self.rollback_minutes {
            range(&format!("rollback_minutes.{action_type}"), 0, MOST_MINUTES, *minutes)?;
        }
        range("allowances.offline_minutes", 1, MOST_OFFLINE, self.allowances.offline_minutes)?;
        if self.allow_rules.len() > MOST_RULES {
            return Err(OrgSettingsError::AllowRules);
        }
        let named = |name: &String| !name.trim().is_empty() && name.chars().count() <= 200;
        if !self.self_approvers.iter().all(named) {
            return Err(OrgSettingsError::Name("self_approvers"));
        }
        if !self.rollback_minutes.keys().all(named) {
            return Err(OrgSettingsError::Name("rollback_minutes"));
        }
        if !self.groups.iter().all(|(name, people)| named(name) && people.iter().all(named)) {
            return Err(OrgSettingsError::Name("groups"));
        }
        Ok(())
    }
}

/// A text that an organisation keeps, with its version: its guardrails (Cedar) or its patterns (TOML).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgText {
    /// Which.
    pub kind: OrgTextKind,
    /// The text, as saved.
    pub text: String,
    /// Who saved it.
    pub saved_by: String,
    /// Saved at.
    pub saved_at: UtcMicros,
    /// Row version.
    pub version: u64,
}

/// The texts that an organisation keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgTextKind {
    /// Cedar policies.
    Guardrails,
    /// Patterns of the catalogue.
    Catalogue,
}

impl OrgTextKind {
    /// Spelling in JSON and SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guardrails => "guardrails",
            Self::Catalogue => "catalogue",
        }
    }
}
