//! `GET /approvals/{id}/precedents`: what people decided earlier about requests like this, and what is new now.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::Worded;

/// The nearest earlier decisions of people about the same kind of action in the same place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PrecedentsView {
    /// The nearest first; at most five.
    pub items: Vec<PrecedentView>,
    /// How many earlier decisions were compared.
    pub compared: u32,
    /// Older ones may exist that were not compared.
    pub more: bool,
    /// Server time.
    pub server_time: i64,
}

/// One earlier request, and what the present one has that it had not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PrecedentView {
    /// Id of the earlier approval.
    pub approval_id: String,
    /// `approved` or `rejected`.
    pub status: String,
    /// When it ended (microseconds, UTC).
    pub ended_at: i64,
    /// One line in our words, of the earlier request.
    pub title: String,
    /// Agent of the earlier request, if one asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Who decided, in order.
    pub decided_by: Vec<String>,
    /// Level of the earlier request.
    pub level: String,
    /// Score of the earlier request, 0.000–1.000.
    pub risk_score: f64,
    /// Kinds of facts shared, of all that either has: thousandths.
    pub similarity: u16,
    /// Kinds of facts only the present request has.
    pub new_facts: Vec<String>,
    /// Kinds of facts only the earlier request had.
    pub gone_facts: Vec<String>,
    /// Files, commands, branches and environments only the present request has, each with its kind before it.
    pub new_targets: Vec<String>,
    /// How its run stands: `started`, `succeeded`, `failed`, `unknown`; absent: it did not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<String>,
    /// It was undone, and that was proven.
    #[serde(default)]
    pub rolled_back: bool,
    /// Another agent asked then.
    pub other_agent: bool,
    /// Another version of the policy decided then.
    pub other_policy: bool,
    /// Another rule asked then.
    pub other_rule: bool,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}
