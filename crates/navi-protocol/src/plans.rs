//! `/plans`: plans that run, step by step.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A plan that runs or ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanRunView {
    /// Id: its own execution's.
    pub id: String,
    /// For people.
    pub name: String,
    /// `running`, `deviated`, `succeeded`, `failed`, `unknown`, `revoked`.
    pub status: String,
    /// How it left its bounds, or why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<String>,
    /// The decision about it.
    pub action_id: String,
    /// The approval in which people signed it; absent: it needed none, and each step is asked for by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// Digest (hex) that was signed.
    pub digest: String,
    /// The person acted for.
    pub user: String,
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Runs that were started.
    pub runs: u32,
    /// Runs that are covered.
    pub max_runs: u32,
    /// Begun at (UTC microseconds).
    pub begun_at: i64,
    /// Covers nothing after this instant.
    pub expires_at: i64,
    /// Ended at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// The plan as it was approved.
    #[schema(value_type = Object)]
    pub plan: Value,
    /// Its steps, in the order of the plan.
    pub steps: Vec<PlanStepView>,
    /// Server time.
    pub server_time: i64,
}

/// A step of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanStepView {
    /// Id in the plan.
    pub id: String,
    /// Whether it succeeded, also by its verification.
    pub done: bool,
    /// The action; absent: it was not asked for yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<PlanPartView>,
    /// The verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<PlanPartView>,
}

/// The newest try of a part of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanPartView {
    /// `waiting`, `blocked`, `permitted`, `started`, `succeeded`, `failed`, `unknown`.
    pub status: String,
    /// How often it was started.
    pub tries: u32,
    /// The decision.
    pub action_id: String,
    /// The request to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
    /// Since when.
    pub at: i64,
}
