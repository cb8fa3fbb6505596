//! Facts that the server derives itself from the action's material, each with its evidence.
//!
//! Claims of the agent add facts; nothing an agent says removes one. Patterns are matched on path segments and word
//! tokens, never on substrings (`docs/authors.md` and `src/monkey.py` touch no authentication).

use serde::{Deserialize, Serialize};

/// What a fact says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Authentication or authorisation code.
    TouchesAuth,
    /// Reaches production: an environment, a deployment, a push to a production branch.
    Production,
    /// Works on a production branch without leaving the machine.
    ProductionBranch,
    /// More than one repository.
    MultiRepo,
    /// Failures or rollbacks in the same repository during the last day.
    RecentIncidents,
    /// Secrets, CI, infrastructure, migrations, lock files.
    SensitiveFile,
    /// Many files or a large diff.
    WideScope,
    /// Destroys data.
    DestroysData,
    /// Cannot simply be undone.
    HardToUndo,
    /// Payments, personal or health data.
    RegulatedData,
    /// Switches off or bypasses hooks or this product.
    DisablesOversight,
    /// The command could not be read, or hides what it does.
    UnreadableCommand,
    /// Reads, prints, adds or sends away credentials.
    ExposesSecret,
    /// Runs code nobody here reviewed: a download piped into a shell, a package from an unusual place.
    RunsUntrustedCode,
    /// Gives somebody or something more rights.
    WidensPermission,
    /// Removes, skips or weakens tests, continuous integration or other checks.
    WeakensChecks,
    /// Changes what is depended on, or where it comes from.
    ChangesDependencies,
}

/// How much of a factor's weight a fact brings. More severe never weighs less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A quarter of the weight: worth telling, not worth asking about (`rm -rf target`).
    Minor,
    /// The whole weight.
    #[default]
    Serious,
    /// Nine quarters of the weight: what a security engineer would not sleep over (`rm -rf /`, `DROP DATABASE`).
    Grave,
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::TouchesAuth,
        Self::Production,
        Self::ProductionBranch,
        Self::MultiRepo,
        Self::RecentIncidents,
        Self::SensitiveFile,
        Self::WideScope,
        Self::DestroysData,
        Self::HardToUndo,
        Self::RegulatedData,
        Self::DisablesOversight,
        Self::UnreadableCommand,
        Self::ExposesSecret,
        Self::RunsUntrustedCode,
        Self::WidensPermission,
        Self::WeakensChecks,
        Self::ChangesDependencies,
    ];

    /// Spelling in JSON, in guardrails and in the catalogue.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TouchesAuth => "touches_auth",
            Self::Production => "production",
            Self::ProductionBranch => "production_branch",
            Self::MultiRepo => "multi_repo",
            Self::RecentIncidents => "recent_incidents",
            Self::SensitiveFile => "sensitive_file",
            Self::WideScope => "wide_scope",
            Self::DestroysData => "destroys_data",
            Self::HardToUndo => "hard_to_undo",
            Self::RegulatedData => "regulated_data",
            Self::DisablesOversight => "disables_oversight",
            Self::UnreadableCommand => "unreadable_command",
            Self::ExposesSecret => "exposes_secret",
            Self::RunsUntrustedCode => "runs_untrusted_code",
            Self::WidensPermission => "widens_permission",
            Self::WeakensChecks => "weakens_checks",
            Self::ChangesDependencies => "changes_dependencies",
        }
    }

    /// Words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::TouchesAuth => "Touching authentication",
            Self::Production => "Reaching production",
            Self::ProductionBranch => "Working on a production branch",
            Self::MultiRepo => "Spanning repositories",
            Self::RecentIncidents => "A recent incident here",
            Self::SensitiveFile => "Touching a sensitive file",
            Self::WideScope => "A wide change",
            Self::DestroysData => "Destroying data",
            Self::HardToUndo => "Something hard to undo",
            Self::RegulatedData => "Touching regulated data",
            Self::DisablesOversight => "Switching off oversight",
            Self::UnreadableCommand => "An unreadable command",
            Self::ExposesSecret => "Exposing credentials",
            Self::RunsUntrustedCode => "Running unreviewed code",
            Self::WidensPermission => "Widening permissions",
            Self::WeakensChecks => "Weakening checks",
            Self::ChangesDependencies => "Changing dependencies",
        }
    }
}

/// One derived fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it says.
    pub kind: FactKind,
    /// How much of its factor's weight it brings.
    #[serde(default)]
    pub severity: Severity,
    /// What it rests on: `file /app/auth/login.py`, `branch main`, `command: rm -rf build`.
    pub evidence: String,
    /// A sentence that replaces the factor's general one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// The catalogue's rule that found it, for review; absent for facts that come from no pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What would avoid it, in words: `on a feature branch`, `without .env`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<String>,
}

impl Fact {
    /// A serious fact with its evidence.
    #[must_use]
    pub fn new(kind: FactKind, evidence: impl Into<String>) -> Self {
        let severity = Severity::Serious;
        Self { kind, severity, evidence: evidence.into(), headline: None, rule: None, without: None }
    }

    /// A serious fact with its evidence and a sentence of its own.
    #[must_use]
    pub fn said(kind: FactKind, evidence: impl Into<String>, headline: &str) -> Self {
        Self { headline: Some(headline.to_owned()), ..Self::new(kind, evidence) }
    }
}
