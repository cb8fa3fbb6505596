//! What an agent wants to do: the action type and its material, as the digest covers it.
//!
//! Prose and flags (`intent`, `claims`) are kept beside the material: they can raise risk, never lower it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Action types the product knows. Anything else is *known to be unknown* and asks a person.
pub const KNOWN_TYPES: &[&str] = &[
    "code_edit",
    "command_run",
    "config_change",
    "database_migration",
    "dependency_install",
    "deploy",
    "deploy_prod",
    "deploy_staging",
    "feature_flag_change",
    "file_create",
    "file_delete",
    "file_read",
    "git_commit",
    "git_push",
    "infrastructure_change",
    "mcp_tool",
    "plan",
    "pull_request",
    "refactor",
    "rollback",
    "schema_change",
    "secret_rotation",
    "test_run",
    "web_fetch",
];

/// Spellings that mean a known type.
const SYNONYMS: &[(&str, &str)] = &[
    ("bash", "command_run"),
    ("command", "command_run"),
    ("run_command", "command_run"),
    ("shell", "command_run"),
    ("db_migration", "database_migration"),
    ("migration", "database_migration"),
    ("edit", "code_edit"),
    ("file_edit", "code_edit"),
    ("write", "file_create"),
    ("read", "file_read"),
    ("delete_file", "file_delete"),
    ("deploy_production", "deploy_prod"),
    ("production_deploy", "deploy_prod"),
    ("prod_deploy", "deploy_prod"),
    ("push", "git_push"),
    ("commit", "git_commit"),
    ("test", "test_run"),
    ("run_tests", "test_run"),
];

/// A normalised action type: lower case, words joined by `_`, synonyms folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionType(String);

impl ActionType {
    /// Normalises any spelling: `"Deploy-Prod "`, `"deploy prod"` and `"deployProd"` are `deploy_prod`.
    /// Total: an empty or senseless spelling becomes a type that is not [known](Self::is_known).
    #[must_use]
    pub fn parse(spelling: &str) -> Self {
        let name = normalised(spelling, false);
        let folded = SYNONYMS.iter().find(|(from, _)| *from == name).map_or(name.as_str(), |(_, to)| to);
        Self(folded.to_owned())
    }

    /// The normalised name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the product knows what this type does.
    #[must_use]
    pub fn is_known(&self) -> bool {
        KNOWN_TYPES.contains(&self.0.as_str())
    }
}

/// Lower case, words joined by `_`; with `keep_stars`, `*` is kept and several in a row are one.
pub(crate) fn normalised(spelling: &str, keep_stars: bool) -> String {
    let mut out = String::with_capacity(spelling.len() + 4);
    let mut previous_lower = false;
    for c in spelling.trim().chars() {
        if c.is_alphanumeric() {
            // Letters that stay upper case begin no word, or the result would be read as two words the next time.
            let begins = c.is_uppercase() && !c.to_lowercase().eq([c]);
            if begins && previous_lower && !out.ends_with('_') {
                out.push('_');
            }
            previous_lower = c.is_lowercase() || c.is_numeric();
            out.extend(c.to_lowercase().filter(|lower| lower.is_alphanumeric()));
        } else if keep_stars && c == '*' {
            previous_lower = false;
            if !out.ends_with('*') {
                out.push('*');
            }
        } else {
            previous_lower = false;
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// What happens to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileOp {
    /// Content changes (also the meaning of a path named without an operation).
    Edit,
    /// The file comes into being.
    Create,
    /// The file is removed.
    Delete,
    /// The file is only read.
    Read,
}

/// One file of the action; `before` and `after` are SHA-256 (hex) of the content, absent where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Path as the agent named it.
    pub path: String,
    /// What happens to it.
    pub op: FileOp,
    /// Content hash before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Content hash after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The state of what the action touches, observed by the gate at evaluate and again just before redeem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// A git work tree.
    Git {
        /// Commit id of HEAD (hex), or `unborn`.
        head: String,
        /// SHA-256 (hex) over the dirty state.
        dirty_sha256: String,
    },
    /// Single files.
    Files(Vec<FileState>),
    /// A deployed environment.
    Env {
        /// Its name.
        name: String,
        /// The revision that runs there.
        revision: String,
    },
    /// Nothing could be observed, and why.
    None(String),
}

/// One observed file: its content hash, or `None` when absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// Path of the file.
    pub path: String,
    /// SHA-256 (hex) of its bytes; absent when the file does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The action's material: exactly what the digest covers, except `salt`, which the server adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Organisation.
    pub org: String,
    /// Name of the agent (from its credential), absent when a person runs the gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The person the action is done for (from the credential).
    pub on_behalf_of: String,
    /// The agent's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Normalised type.
    pub action_type: ActionType,
    /// Name of the tool, for tool calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Arguments of the tool, as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Value>,
    /// The exact command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Files touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileChange>,
    /// Unified diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Environment (prod, staging …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Observed state of the target.
    pub target_state: TargetState,
}

/// What the agent says about its action. Not material; can raise risk, never lower it; shown quoted and unverified.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// The agent's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// Further repositories it says it touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repos: Vec<String>,
    /// Every other context field, as it came (booleans such as `touches_auth: true` raise risk).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, Value>,
}
