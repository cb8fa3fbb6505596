//! Weights, per-action base risk, level bounds and labels: the shipped table, and what an organisation, a repository or
//! a person changed of it, within bounds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Level, Score};
use crate::action::ActionType;
use crate::fact::{FactKind, Severity};

/// Version of the shipped table, part of the policy hash.
pub const SHIPPED_VERSION: u32 = 2;

/// A factor's stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorName {
    /// The action type by itself.
    Base,
    /// Touches authentication or authorisation.
    Auth,
    /// Reaches production.
    Production,
    /// Destroys data.
    Destruction,
    /// Exposes credentials.
    Exposure,
    /// Regulated data or payments.
    Compliance,
    /// Runs unreviewed code.
    UntrustedCode,
    /// Widens permissions.
    Privilege,
    /// Switches off oversight.
    Oversight,
    /// Cannot be read.
    Opacity,
    /// Secrets, CI, infrastructure, migrations and the like.
    FileSensitivity,
    /// Weakens tests, CI or other checks.
    Checks,
    /// More than one repository.
    MultiRepo,
    /// Recent failures or rollbacks in the same repository.
    RecentIncidents,
    /// Changes dependencies.
    Dependencies,
    /// Many files or a large diff.
    Scope,
    /// Hard or impossible to undo.
    RollbackDifficulty,
}

impl FactorName {
    /// All factors.
    pub const ALL: [Self; 17] = [
        Self::Base,
        Self::Auth,
        Self::Production,
        Self::Destruction,
        Self::Exposure,
        Self::Compliance,
        Self::UntrustedCode,
        Self::Privilege,
        Self::Oversight,
        Self::Opacity,
        Self::FileSensitivity,
        Self::Checks,
        Self::MultiRepo,
        Self::RecentIncidents,
        Self::Dependencies,
        Self::Scope,
        Self::RollbackDifficulty,
    ];

    /// The factor that a fact supports.
    #[must_use]
    pub fn of(kind: FactKind) -> Self {
        match kind {
            FactKind::TouchesAuth => Self::Auth,
            FactKind::Production | FactKind::ProductionBranch => Self::Production,
            FactKind::MultiRepo => Self::MultiRepo,
            FactKind::RecentIncidents => Self::RecentIncidents,
            FactKind::SensitiveFile => Self::FileSensitivity,
            FactKind::WideScope => Self::Scope,
            FactKind::DestroysData => Self::Destruction,
            FactKind::HardToUndo => Self::RollbackDifficulty,
            FactKind::RegulatedData => Self::Compliance,
            FactKind::DisablesOversight => Self::Oversight,
            FactKind::UnreadableCommand => Self::Opacity,
            FactKind::ExposesSecret => Self::Exposure,
            FactKind::RunsUntrustedCode => Self::UntrustedCode,
            FactKind::WidensPermission => Self::Privilege,
            FactKind::WeakensChecks => Self::Checks,
            FactKind::ChangesDependencies => Self::Dependencies,
        }
    }

    /// Weight of a serious fact in the shipped table, in thousandths. The first eight are the specification's.
    #[must_use]
    pub fn shipped(self) -> Score {
        match self {
            Self::Auth => 400,
            Self::Production | Self::Compliance => 300,
            Self::FileSensitivity => 200,
            Self::MultiRepo | Self::RecentIncidents => 150,
            Self::Scope | Self::RollbackDifficulty => 100,
            Self::Destruction | Self::Exposure | Self::Oversight => 400,
            Self::UntrustedCode | Self::Privilege | Self::Opacity => 300,
            Self::Checks => 200,
            Self::Dependencies => 150,
            Self::Base => 0,
        }
    }

    /// Spelling in JSON and UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Auth => "auth",
            Self::Production => "production",
            Self::Destruction => "destruction",
            Self::Exposure => "exposure",
            Self::Compliance => "compliance",
            Self::UntrustedCode => "untrusted_code",
            Self::Privilege => "privilege",
            Self::Oversight => "oversight",
            Self::Opacity => "opacity",
            Self::FileSensitivity => "file_sensitivity",
            Self::Checks => "checks",
            Self::MultiRepo => "multi_repo",
            Self::RecentIncidents => "recent_incidents",
            Self::Dependencies => "dependencies",
            Self::Scope => "scope",
            Self::RollbackDifficulty => "rollback_difficulty",
        }
    }

    /// The factor's general sentence, where its facts bring none of their own.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Base => "The action by itself",
            Self::Auth => "Affects authentication or authorisation",
            Self::Production => "Reaches production",
            Self::Destruction => "Destroys data",
            Self::Exposure => "Exposes credentials",
            Self::Compliance => "Touches regulated data or payments",
            Self::UntrustedCode => "Runs unreviewed code",
            Self::Privilege => "Widens permissions",
            Self::Oversight => "Switches off oversight",
            Self::Opacity => "Cannot be read",
            Self::FileSensitivity => "Touches sensitive files",
            Self::Checks => "Weakens tests or checks",
            Self::MultiRepo => "Spans more than one repository",
            Self::RecentIncidents => "Recent failures here",
            Self::Dependencies => "Changes dependencies",
            Self::Scope => "Changes a lot at once",
            Self::RollbackDifficulty => "Hard or impossible to undo",
        }
    }

    /// The factor's general counterfactual: `0.300 lower …`.
    #[must_use]
    pub fn without(self) -> &'static str {
        match self {
            Self::Base => "with another action",
            Self::Auth => "without the authentication code",
            Self::Production => "outside production",
            Self::Destruction => "without destroying anything",
            Self::Exposure => "without touching credentials",
            Self::Compliance => "without regulated data",
            Self::UntrustedCode => "with reviewed code only",
            Self::Privilege => "without wider permissions",
            Self::Oversight => "with oversight left on",
            Self::Opacity => "as a command that can be read",
            Self::FileSensitivity => "without the sensitive files",
            Self::Checks => "with the checks left as they are",
            Self::MultiRepo => "in one repository at a time",
            Self::RecentIncidents => "without the recent failures",
            Self::Dependencies => "without the dependency change",
            Self::Scope => "in smaller parts",
            Self::RollbackDifficulty => "in a form that can be undone",
        }
    }
}

/// The shipped base risk of an action type, in thousandths. An unknown type has a base of its own.
#[must_use]
pub fn shipped_base(action_type: &ActionType) -> Score {
    match action_type.as_str() {
        "file_read" => 0,
        "test_run" | "web_fetch" => 20,
        "git_commit" | "file_create" => 30,
        "code_edit" | "refactor" | "command_run" | "pull_request" | "mcp_tool" => 50,
        "config_change" | "file_delete" | "git_push" | "rollback" => 100,
        "dependency_install" | "feature_flag_change" | "deploy_staging" => 150,
        "deploy" | "infrastructure_change" | "schema_change" => 250,
        // A plan counts as much as the gravest of its steps could by itself.
        "database_migration" | "deploy_prod" | "plan" | "secret_rotation" => 300,
        _ => 200,
    }
}

/// Lowest scores of medium, high and critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelBounds {
    /// Medium begins here: 100–500.
    pub medium: Score,
    /// High begins here: 400–800, above medium.
    pub high: Score,
    /// Critical begins here: 600–950, above high.
    pub critical: Score,
}

impl Default for LevelBounds {
    fn default() -> Self {
        Self { medium: 300, high: 700, critical: 900 }
    }
}

impl LevelBounds {
    /// The level of a score.
    #[must_use]
    pub fn level(self, score: Score) -> Level {
        if score >= self.critical {
            Level::Critical
        } else if score >= self.high {
            Level::High
        } else if score >= self.medium {
            Level::Medium
        } else {
            Level::Low
        }
    }

    fn within_bounds(self) -> bool {
        (100..=500).contains(&self.medium)
            && (400..=800).contains(&self.high)
            && (600..=950).contains(&self.critical)
            && self.medium < self.high
            && self.high < self.critical
    }
}

/// What somebody changed of the shipped table. Empty: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskOverrides {
    /// Weight of a factor's serious fact: from half of the shipped one to 1000.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<FactorName, Score>,
    /// Base risk of an action type: from half of the shipped one to 1000.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub base: BTreeMap<ActionType, Score>,
    /// Where the levels begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<LevelBounds>,
    /// What the levels are called, 1–40 characters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<Level, String>,
}

/// Why settings cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A weight outside its bounds.
    #[error("the weight of {name} must be between {low} and 1000 thousandths, not {given}")]
    Weight {
        /// Factor.
        name: &'static str,
        /// Lowest that is allowed.
        low: Score,
        /// What was given.
        given: Score,
    },
    /// A base risk outside its bounds.
    #[error("the base risk of {name} must be between {low} and 1000 thousandths, not {given}")]
    Base {
        /// Action type.
        name: String,
        /// Lowest that is allowed.
        low: Score,
        /// What was given.
        given: Score,
    },
    /// Level bounds outside theirs, or not in order.
    #[error("levels begin in order: medium 100 to 500, high 400 to 800, critical 600 to 950 thousandths")]
    Levels,
    /// A label too long or empty.
    #[error("the label of {0} must have 1 to 40 characters")]
    Label(&'static str),
}

impl RiskOverrides {
    /// Checks every bound.
    ///
    /// # Errors
    /// [`SettingsError`] names the first thing that is wrong.
    pub fn validate(&self) -> Result<(), SettingsError> {
        for (name, given) in &self.weights {
            let low = name.shipped() / 2;
            if *name == FactorName::Base || !(low..=1000).contains(given) {
                return Err(SettingsError::Weight { name: name.as_str(), low, given: *given });
            }
        }
        for (name, given) in &self.base {
            let low = shipped_base(name) / 2;
            if !(low..=1000).contains(given) {
                return Err(SettingsError::Base { name: name.as_str().to_owned(), low, given: *given });
            }
        }
        if self.levels.is_some_and(|l| !l.within_bounds()) {
            return Err(SettingsError::Levels);
        }
        match self.labels.iter().find(|(_, l)| l.trim().is_empty() || l.chars().count() > 40) {
            Some((level, _)) => Err(SettingsError::Label(level.as_str())),
            None => Ok(()),
        }
    }
}

/// The settings in force for one decision: the shipped table and what was changed of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskSettings {
    /// Version of the shipped table.
    pub shipped: u32,
    /// Everything that was changed, merged.
    #[serde(default)]
    pub changed: RiskOverrides,
}

impl Default for RiskSettings {
    fn default() -> Self {
        Self { shipped: SHIPPED_VERSION, changed: RiskOverrides::default() }
    }
}

impl RiskSettings {
    /// Merges saved settings, the most general first: a later one wins key by key.
    #[must_use]
    pub fn merged<'a>(general_first: impl IntoIterator<Item = &'a RiskOverrides>) -> Self {
        let mut merged = Self::default();
        for overrides in general_first {
            merged.changed.weights.extend(overrides.weights.clone());
            merged.changed.base.extend(overrides.base.clone());
            merged.changed.labels.extend(overrides.labels.clone());
            merged.changed.levels = overrides.levels.or(merged.changed.levels);
        }
        merged
    }

    /// Thousandths that a factor adds with a most severe fact of this severity.
    #[must_use]
    pub fn contribution(&self, name: FactorName, severity: Severity) -> Score {
        let weight = self.changed.weights.get(&name).copied().unwrap_or_else(|| name.shipped());
        match severity {
            Severity::Minor => weight / 4,
            Severity::Serious => weight,
            Severity::Grave => Score::try_from(u32::from(weight) * 9 / 4).unwrap_or(Score::MAX).min(1000),
        }
    }

    /// Base risk of an action type.
    #[must_use]
    pub fn base(&self, action_type: &ActionType) -> Score {
        self.changed.base.get(action_type).copied().unwrap_or_else(|| shipped_base(action_type))
    }

    /// Where the levels begin.
    #[must_use]
    pub fn bounds(&self) -> LevelBounds {
        self.changed.levels.unwrap_or_default()
    }

    /// What a level is called.
    #[must_use]
    pub fn label(&self, level: Level) -> &str {
        self.changed.labels.get(&level).map_or(level.as_str(), String::as_str)
    }
}
