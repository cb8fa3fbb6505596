//! A looser setting that waits for a second person, where the organisation asks for one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::UtcMicros;

/// What would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalKind {
    /// An autonomy policy.
    Policy,
    /// Risk settings.
    RiskSettings,
    /// The organisation's guardrails.
    Guardrails,
    /// The organisation's patterns.
    Catalogue,
    /// The organisation's settings.
    OrgSettings,
    /// Payloads of entries: always two people.
    Erasure,
    /// A rule that lets something run which would ask: always two people.
    AllowRule,
}

/// Where a proposal stands. Only `open` can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalStatus {
    /// Waits for a second person.
    Open,
    /// A second person agreed; it is in force.
    Accepted,
    /// A second person refused.
    Refused,
    /// What it was made against changed meanwhile.
    Outdated,
}

/// A change that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Id (UUID v7).
    pub id: String,
    /// What would change.
    pub kind: ProposalKind,
    /// The request as made, of the kind's own shape.
    pub request: Value,
    /// What it is about, for people: `policy of alice in payments`.
    pub about: String,
    /// In which way it is looser, for people.
    pub looser: Vec<String>,
    /// Version of what it would change.
    pub base_version: u64,
    /// Who made it.
    pub proposed_by: String,
    /// Made at.
    pub created_at: UtcMicros,
    /// State.
    pub status: ProposalStatus,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Decided at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<UtcMicros>,
    /// Row version.
    pub version: u64,
}
