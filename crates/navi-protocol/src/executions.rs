//! `/executions`: redeem and finish.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::evaluate::Context;

/// Redeem a permit. The server rebuilds the material from `action_type` and `context` and recomputes the digest.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemRequest {
    /// The permit.
    pub permit_id: String,
    /// As at evaluate.
    pub action_type: String,
    /// As at evaluate, with a fresh `target_state`.
    pub context: Context,
    /// Unique per run: the same nonce returns the same execution.
    pub run_nonce: String,
}

/// An execution.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExecutionView {
    /// Id.
    pub id: String,
    /// `started`, `succeeded`, `failed`, `unknown`.
    pub status: String,
    /// The permit it used.
    pub permit_id: String,
    /// The decision.
    pub action_id: String,
    /// The approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// Exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Set once somebody asked that it stops: when (UTC microseconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_requested_at: Option<i64>,
    /// Started at.
    pub started_at: i64,
    /// Finished at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<i64>,
}

/// `PATCH /executions/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRequest {
    /// `succeeded`, `failed` or `unknown`.
    pub status: String,
    /// Exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Whatever else is known.
    #[serde(default)]
    pub artifacts: Value,
}
