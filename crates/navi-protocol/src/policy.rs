//! `/policy`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `PUT /policy/{user_id}`. Absent lists and threshold keep the level's defaults.
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
    /// Action types in the lists that the product does not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
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
}
