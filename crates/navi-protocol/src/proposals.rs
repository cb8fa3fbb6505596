//! `/proposals`: looser settings that wait for a second person.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::words::Worded;

/// A looser setting that waits, or waited, for a second person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// Id.
    pub id: String,
    /// `policy`, `risk_settings`, `guardrails`, `catalogue`, `org_settings`, `erasure`, `allow_rule`.
    pub kind: String,
    /// What it is about: `policy of alice in payments`.
    pub about: String,
    /// In which way it is looser, in words.
    pub looser: Vec<String>,
    /// What these sentences mean, as far as they are the server's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
    /// The request as it was made.
    #[schema(value_type = Object)]
    pub request: Value,
    /// Version of what it would change.
    pub base_version: u64,
    /// Who made it; somebody else must accept it.
    pub proposed_by: String,
    /// When.
    pub created_at: i64,
    /// `open`, `accepted`, `refused`, `outdated`.
    pub status: String,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<i64>,
}

/// `POST /proposals/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalDecision {
    /// `accept` or `refuse`. Who made it may only refuse, which withdraws it.
    pub decision: String,
}
