//! Autonomy policies: how far an agent may go alone for one person, and in which repository.

pub mod chain;
pub mod change;
mod pattern;

use serde::{Deserialize, Serialize};

use crate::action::ActionType;
use crate::risk::Score;
pub use chain::{InForce, Link, in_force};
pub use change::loosens;
pub use pattern::ActionPattern;

/// How far agents may go alone. Each level has a default threshold and default lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutonomyLevel {
    /// Almost everything asks.
    Minimal,
    /// The system default.
    Standard,
    /// For practised users: sensitive facts no longer ask by themselves.
    Elevated,
    /// Everything below critical runs alone, unless listed.
    Full,
}

impl AutonomyLevel {
    /// Every level, the strictest first.
    pub const ALL: [Self; 4] = [Self::Minimal, Self::Standard, Self::Elevated, Self::Full];

    /// Spelling in JSON and UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Standard => "standard",
            Self::Elevated => "elevated",
            Self::Full => "full",
        }
    }

    /// Highest score that runs alone.
    #[must_use]
    pub fn default_threshold(self) -> Score {
        match self {
            Self::Minimal => 200,
            Self::Standard => 600,
            Self::Elevated => 750,
            Self::Full => 899,
        }
    }

    /// Default lists `(auto allowed, require approval, blocked)` of the level.
    #[must_use]
    pub fn default_lists(self) -> (Vec<ActionPattern>, Vec<ActionPattern>, Vec<ActionPattern>) {
        let types = |names: &[&str]| names.iter().map(|n| ActionPattern::parse(n)).collect();
        match self {
            Self::Minimal => (
                types(&["file_read"]),
                types(&[
                    "command_run",
                    "config_change",
                    "database_migration",
                    "dependency_install",
                    "deploy",
                    "deploy_prod",
                    "deploy_staging",
                    "feature_flag_change",
                    "file_delete",
                    "git_push",
                    "infrastructure_change",
                    "schema_change",
                    "secret_rotation",
                ]),
                vec![],
            ),
            Self::Standard => (
                types(&["file_read", "test_run"]),
                types(&[
                    "database_migration",
                    "deploy",
                    "deploy_prod",
                    "infrastructure_change",
                    "schema_change",
                    "secret_rotation",
                ]),
                vec![],
            ),
            Self::Elevated => (
                types(&["file_read", "test_run", "code_edit", "git_commit"]),
                types(&["database_migration", "deploy_prod", "schema_change", "secret_rotation"]),
                vec![],
            ),
            Self::Full => (
                types(&["file_read", "test_run", "code_edit", "git_commit", "dependency_install"]),
                types(&["secret_rotation"]),
                vec![],
            ),
        }
    }
}

/// Whom a policy is for. Most specific first: user+repo → user → role → system default.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "scope")]
pub enum PolicyScope {
    /// One person in one repository.
    UserRepo {
        /// Person.
        user: String,
        /// Repository.
        repo: String,
    },
    /// One person anywhere.
    User {
        /// Person.
        user: String,
    },
    /// Everybody of a role.
    Role {
        /// Role name.
        role: String,
    },
    /// The organisation's default.
    Default,
}

impl PolicyScope {
    /// The scope that a path segment and an optional repository mean: `alice`, `role:developer`, `default`.
    #[must_use]
    pub fn parse(user_id: &str, repo: Option<&str>) -> Self {
        match (user_id.strip_prefix("role:"), user_id, repo) {
            (Some(role), _, _) => Self::Role { role: role.to_owned() },
            (None, "default", _) => Self::Default,
            (None, user, Some(repo)) => Self::UserRepo { user: user.to_owned(), repo: repo.to_owned() },
            (None, user, None) => Self::User { user: user.to_owned() },
        }
    }

    /// One line for people and for the reasons of a decision.
    #[must_use]
    pub fn describe(&self) -> String {
        self.said().english().to_owned()
    }
}

/// An autonomy policy as saved. Lists and threshold are already completed from the level's defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutonomyPolicy {
    /// Whom it is for.
    pub scope: PolicyScope,
    /// Level.
    pub level: AutonomyLevel,
    /// Highest score that runs alone.
    pub max_risk_threshold: Score,
    /// Runs alone up to the ceiling of [`crate::decision`].
    pub auto_allowed_actions: Vec<ActionPattern>,
    /// Always asks.
    pub require_approval_for: Vec<ActionPattern>,
    /// Never runs.
    pub blocked_actions: Vec<ActionPattern>,
    /// Row version, from 1; 0 is the built-in system default that nobody saved.
    pub version: u64,
}

/// Entries of a list at most.
const MAX_ENTRIES: usize = 100;
/// Characters of an entry at most.
const MAX_ENTRY: usize = 80;

/// Why a policy cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Threshold outside 0.0–1.0.
    #[error("max_risk_threshold {0} is not between 0.0 and 1.0")]
    Threshold(String),
    /// An entry stands in two lists, or twice in one.
    #[error("{0} stands in more than one list, or twice in one")]
    InTwoLists(String),
    /// An entry that names nothing, or is too long.
    #[error("an entry of a list must have 1 to 80 characters")]
    Entry,
    /// Too many entries.
    #[error("a list has more than 100 entries")]
    TooMany,
    /// A policy with an empty user, role or repository.
    #[error("the policy names no {0}")]
    EmptyScope(&'static str),
}

impl AutonomyPolicy {
    /// The built-in default, used where nothing was saved.
    #[must_use]
    pub fn system_default() -> Self {
        Self::of_level(PolicyScope::Default, AutonomyLevel::Standard)
    }

    /// A policy with all defaults of a level.
    #[must_use]
    pub fn of_level(scope: PolicyScope, level: AutonomyLevel) -> Self {
        let (auto, ask, block) = level.default_lists();
        Self {
            scope,
            level,
            max_risk_threshold: level.default_threshold(),
            auto_allowed_actions: auto,
            require_approval_for: ask,
            blocked_actions: block,
            version: 0,
        }
    }

    /// Whether an action type never runs.
    #[must_use]
    pub fn blocks(&self, action_type: &ActionType) -> bool {
        self.blocked_actions.iter().any(|p| p.matches(action_type))
    }

    /// Whether an action type always asks. A block is stricter.
    #[must_use]
    pub fn requires_approval(&self, action_type: &ActionType) -> bool {
        self.require_approval_for.iter().any(|p| p.matches(action_type))
    }

    /// Whether an action type runs alone up to the ceiling. The other lists are stricter.
    #[must_use]
    pub fn auto_allows(&self, action_type: &ActionType) -> bool {
        self.auto_allowed_actions.iter().any(|p| p.matches(action_type))
    }

    /// Checks range and lists.
    ///
    /// # Errors
    /// [`PolicyError`] names the first thing that is wrong.
    pub fn validate(&self) -> Result<(), PolicyError> {
        if self.max_risk_threshold > 1000 {
            return Err(PolicyError::Threshold(format!("{}", f64::from(self.max_risk_threshold) / 1000.0)));
        }
        match &self.scope {
            PolicyScope::UserRepo { user, .. } | PolicyScope::User { user } if user.is_empty() => {
                return Err(PolicyError::EmptyScope("user"));
            }
            PolicyScope::UserRepo { repo, .. } if repo.is_empty() => {
                return Err(PolicyError::EmptyScope("repo"));
            }
            PolicyScope::Role { role } if role.is_empty() => return Err(PolicyError::EmptyScope("role")),
            _ => {}
        }
        let lists = [&self.auto_allowed_actions, &self.require_approval_for, &self.blocked_actions];
        if lists.iter().any(|list| list.len() > MAX_ENTRIES) {
            return Err(PolicyError::TooMany);
        }
        let mut all: Vec<&ActionPattern> = lists.into_iter().flatten().collect();
        if all.iter().any(|entry| !(1..=MAX_ENTRY).contains(&entry.as_str().chars().count())) {
            return Err(PolicyError::Entry);
        }
        all.sort();
        all.windows(2)
            .find_map(|w| (w.first() == w.get(1)).then(|| w.first()))
            .flatten()
            .map_or(Ok(()), |twice| Err(PolicyError::InTwoLists(twice.as_str().to_owned())))
    }
}

/// Picks the policy in force: the most specific of those given, else the system default.
#[must_use]
pub fn effective<'a>(candidates: impl IntoIterator<Item = &'a AutonomyPolicy>) -> AutonomyPolicy {
    candidates
        .into_iter()
        .min_by_key(|p| p.scope.clone())
        .cloned()
        .unwrap_or_else(AutonomyPolicy::system_default)
}
