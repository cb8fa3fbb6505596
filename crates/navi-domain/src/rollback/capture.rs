//! What was captured around a run: enough to undo it, by which strategy, and how sure that is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::FileChange;

/// Most parts of one capture that are read from a report.
pub const MOST_PARTS: usize = 64;
/// Name of the report's field with the capture.
pub const FIELD: &str = "capture";
/// Name of the report's field that is true when the run was watched and changed nothing that is captured.
pub const UNCHANGED: &str = "nothing_changed";

/// How something is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// A new commit that takes back what the run committed.
    Git,
    /// Files as they were, byte for byte.
    Config,
    /// The state of a feature flag at its provider.
    FeatureFlag,
    /// Down migrations, or stored SQL.
    Database,
}

impl Strategy {
    /// Every strategy, in the order in which parts are undone.
    pub const ALL: [Self; 4] = [Self::FeatureFlag, Self::Database, Self::Git, Self::Config];

    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Config => "config",
            Self::FeatureFlag => "feature_flag",
            Self::Database => "database",
        }
    }
}

/// How sure a way back is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "truth")]
pub enum Truth {
    /// It was rehearsed, or what it restores lies ready and its result is compared by hash.
    Verified,
    /// It may work; nobody tried.
    Unverified {
        /// What stands against calling it verified.
        why: String,
    },
    /// It cannot be undone by this product.
    Impossible {
        /// Why.
        why: String,
    },
}

impl Truth {
    /// An unverified way back.
    #[must_use]
    pub fn unverified(why: impl Into<String>) -> Self {
        Self::Unverified { why: why.into() }
    }

    /// No way back.
    #[must_use]
    pub fn impossible(why: impl Into<String>) -> Self {
        Self::Impossible { why: why.into() }
    }

    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unverified { .. } => "unverified",
            Self::Impossible { .. } => "impossible",
        }
    }

    /// Why it is not verified.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Verified => None,
            Self::Unverified { why } | Self::Impossible { why } => Some(why),
        }
    }

    /// The worse of two; of two alike the first.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let rank = |t: &Self| match t {
            Self::Verified => 0,
            Self::Unverified { .. } => 1,
            Self::Impossible { .. } => 2,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// One thing that the run changed and that has its own way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// How it is undone.
    pub strategy: Strategy,
    /// What it is about, unique where the run was: a repository with its ref, a folder, a flag, a database.
    pub target: String,
    /// Its state before the run: a commit, a hash, a version.
    pub before: String,
    /// Its state after the run.
    pub after: String,
    /// How sure the way back is.
    pub truth: Truth,
    /// What is undone, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<String>,
    /// What is not, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaves: Vec<String>,
    /// Files that change back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileChange>,
    /// Branch that gets a commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Environment it reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The command that the runner starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The statements that are run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}

impl Part {
    /// A part without anything optional.
    #[must_use]
    pub fn new(strategy: Strategy, target: &str, before: &str, after: &str, truth: Truth) -> Self {
        Self {
            strategy,
            target: target.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
            truth,
            undoes: Vec::new(),
            leaves: Vec::new(),
            files: Vec::new(),
            branch: None,
            environment: None,
            command: None,
            sql: None,
        }
    }
}

/// What a gate captured around a run, as its report names it. What is needed to undo it lies where the run was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Id: the `rollback_id` of the execution.
    pub id: String,
    /// SHA-256 (hex) of what lies where the run was: another content there is refused.
    pub sha256: String,
    /// Where the run was: SHA-256 (hex) of the place's key. Only a runner that has the key gets the work.
    pub place: String,
    /// What the run changed. Empty: nothing that could be undone.
    pub parts: Vec<Part>,
}

impl Capture {
    /// The capture in an execution's report; `None` when there is none, or one that makes no sense.
    #[must_use]
    pub fn of(artifacts: &Value) -> Option<Self> {
        let capture: Self = serde_json::from_value(artifacts.get(FIELD)?.clone()).ok()?;
        let hex = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let named = !capture.id.is_empty() && capture.id.len() <= 100;
        let sound = named && hex(&capture.sha256) && hex(&capture.place);
        (sound && capture.parts.len() <= MOST_PARTS).then_some(capture)
    }

    /// How sure the way back is, all in all.
    #[must_use]
    pub fn truth(&self) -> Truth {
        if self.parts.is_empty() {
            return Truth::impossible("nothing was captured that could be undone");
        }
        self.parts.iter().fold(Truth::Verified, |worst, part| worst.worse(part.truth.clone()))
    }

    /// Whether both are about the same thing at the same place.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let shares_file =
            |a: &Part, b: &Part| a.files.iter().any(|f| b.files.iter().any(|g| g.path == f.path));
        let same = |a: &Part, b: &Part| {
            a.strategy == b.strategy
                && match a.strategy {
                    Strategy::Config => shares_file(a, b),
                    _ => a.target == b.target,
                }
        };
        self.place == other.place && self.parts.iter().any(|a| other.parts.iter().any(|b| same(a, b)))
    }
}
