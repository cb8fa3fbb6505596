//! `/policy`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::Worded;

/// `PUT /policy/{user_id}`. Absent lists and threshold keep the level's defaults. Entries of the lists are action types
/// or globs (`deploy_*`, `*_migration`, `*`); where several match, blocked wins over asking, and asking over running.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyRequest {
    /// `minimal`, `standard`, `elevated`, `full`.
    pub level: String,
    /// 0.0–1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_risk_threshold: Option<f64>,
    /// Run alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_allowed_actions: Option<Vec<String>>,
    /// Always ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_approval_for: Option<Vec<String>>,
    /// Never run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_actions: Option<Vec<String>>,
    /// Only in this repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// The version that was read; absent or 0 for a new policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Why, in the person's words; recorded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A policy in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyView {
    /// `alice`, `role:developer`, `default`.
    pub user_id: String,
    /// Repository, if only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Level.
    pub level: String,
    /// 0.0–1.0.
    pub max_risk_threshold: f64,
    /// Run alone.
    pub auto_allowed_actions: Vec<String>,
    /// Always ask.
    pub require_approval_for: Vec<String>,
    /// Never run.
    pub blocked_actions: Vec<String>,
    /// Version of the row; 0: not saved, inherited.
    pub version: u64,
    /// Where it comes from, in words.
    pub source: String,
    /// Entries that match no action type the product knows, and entries that a stricter list overrules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Which scopes were looked at, the most specific first, and which one is in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<ScopeView>,
    /// Where each field comes from: `policy of alice`, `default of level standard`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Action types that a guardrail holds whatever the policy says, for an action of low risk without facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<LockView>,
}

/// An action type that a guardrail holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LockView {
    /// Action type.
    pub action_type: String,
    /// `ask`: it always asks; `block`: it never runs.
    pub held: String,
    /// The guardrail: its `@id`; empty where none permits it.
    pub guardrail: String,
    /// Why, for people.
    pub reason: String,
    /// What would help instead, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// One scope that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScopeView {
    /// In words: `policy of alice in payments`, `policy of role developer`, `organisation default`.
    pub scope: String,
    /// Version of what is saved there; 0: nothing.
    pub version: u64,
    /// Whether it is the one in force.
    pub wins: bool,
}

/// The policy that a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicySource {
    /// The scope in force, in words.
    pub source: String,
    /// Its version; 0: the built-in default.
    pub version: u64,
    /// Level.
    pub level: String,
    /// Which scopes were looked at, the most specific first.
    pub chain: Vec<ScopeView>,
    /// Where each field comes from.
    pub fields: BTreeMap<String, String>,
}

/// One saved version of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyVersion {
    /// Version.
    pub version: u64,
    /// Who saved it.
    pub saved_by: String,
    /// Who proposed it, where a second person agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
    /// When.
    pub saved_at: i64,
    /// The whole policy; absent when its payload was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyView>,
    /// What changed against the version before, in words.
    pub changed: Vec<String>,
    /// In which way it was looser than what was in force before, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looser: Vec<String>,
    /// Why, in the words of who saved or proposed it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Index of its ledger entry.
    pub ledger_index: u64,
}

/// `POST /policy/{user_id}/revert`: an older version becomes the newest.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevertRequest {
    /// The version to go back to.
    pub to_version: u64,
    /// The version that was read, as for saving.
    pub version: u64,
    /// Why, in the person's words; recorded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Only in this repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
}

/// `GET /policy/defaults`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyDefaults {
    /// The organisation's default.
    pub default: PolicyView,
    /// What each level means.
    pub levels: Vec<PolicyView>,
    /// Action types the product knows.
    pub action_types: Vec<String>,
    /// Above this score even what runs alone asks: 0.0–1.0.
    #[serde(default)]
    pub auto_allow_ceiling: f64,
}
