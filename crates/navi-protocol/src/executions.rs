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
    /// As in `start` of evaluate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_secs: Option<u32>,
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
    /// The bypass it ran by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass_id: Option<String>,
    /// Exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// What the gate reported besides.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub artifacts: Value,
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
    /// Whatever else is known. Secrets in it are replaced before it is kept. `output` is what the run printed: `head`,
    /// `tail`, `bytes` in all and how many were `omitted` between the two; `changed` are the files it changed.
    #[serde(default)]
    pub artifacts: Value,
    /// The nonce that redeemed the run: whoever knows it may report with another credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_nonce: Option<String>,
}
