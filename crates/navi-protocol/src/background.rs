//! `GET /approvals/{id}/background`: what came before a request, and where the rules that asked come from.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::Worded;

/// What came before a request. What is absent is not known, or does not apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BackgroundView {
    /// The earlier steps of the same session; absent: the agent named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunSoFarView>,
    /// Its place in a plan; absent: it is a step of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanPlaceView>,
    /// What became of what its agent asked for lately; absent: no agent asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<AgentRecordView>,
    /// Where the policy that asked comes from; absent: the reader may not read policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyOriginView>,
    /// The guardrails that asked, with their texts; none for a reader who may not read them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<GuardrailTextView>,
    /// Server time.
    pub server_time: i64,
}

/// The steps of one session of one agent for one person, before a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunSoFarView {
    /// The session, as the agent names it.
    pub session_id: String,
    /// The steps, the newest first; at most fifty.
    pub steps: Vec<RunStepView>,
    /// Older ones exist that are not shown.
    pub more: bool,
}

/// One earlier step, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunStepView {
    /// Id of the decision.
    pub action_id: String,
    /// Id of the approval, if people were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// Decided at (microseconds, UTC).
    pub at: i64,
    /// One line in our words; absent: its content was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `AUTO`, `APPROVAL` or `BLOCKED`.
    pub verdict: String,
    /// Stable name of the rule.
    pub rule: String,
    /// Level.
    pub level: String,
    /// State of the approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How its run stands: `started`, `succeeded`, `failed`, `unknown`; absent: it did not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<String>,
    /// It was undone, and that was proven.
    #[serde(default)]
    pub rolled_back: bool,
    /// What its title says, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// Which step of which plan a request is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanPlaceView {
    /// Id of the plan's run.
    pub plan_id: String,
    /// Its name.
    pub name: String,
    /// Id of the step.
    pub step: String,
    /// `run` or `verify`.
    pub phase: String,
    /// Its position in the plan, from 1; absent: the plan has no such step any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// How many steps the plan has.
    pub count: u32,
}

/// What became of what an agent asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgentRecordView {
    /// The agent.
    pub agent: String,
    /// Over so many days.
    pub days: u32,
    /// Only requests for the reader: they may not see others'.
    #[serde(default)]
    pub own_only: bool,
    /// Approved.
    pub approved: u64,
    /// Rejected.
    pub rejected: u64,
    /// Expired: nobody decided in time.
    pub expired: u64,
    /// Of those that were approved: runs that failed.
    pub failed: u64,
    /// Runs that were rolled back, also of what nobody was asked about.
    pub rolled_back: u64,
}

/// Where the policy that asked comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyOriginView {
    /// Whose policy, in words.
    pub scope: String,
    /// Its version then; 0: the built-in default that nobody saved.
    pub version: u64,
    /// Its newest version.
    pub newest: u64,
    /// Who saved that version; absent: nobody, or it is no longer known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_by: Option<String>,
    /// Who proposed it, where a second person agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_at: Option<i64>,
    /// Why, in the words of who saved or proposed it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What it said when it decided: its level.
    pub level: String,
    /// Highest score that ran alone, 0.000–1.000.
    pub max_risk_threshold: f64,
    /// What always asked: action types and globs.
    pub require_approval_for: Vec<String>,
    /// The entry of that list which names this action's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
}

/// A guardrail that asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GuardrailTextView {
    /// Its id.
    pub id: String,
    /// Its text (Cedar) as it is now; absent: there is none of that id any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// It is shipped with the product: nobody here wrote it.
    pub shipped: bool,
    /// Some guardrail was changed since it asked; its own text may be another than then.
    pub changed_since: bool,
    /// Version of the organisation's text; absent: shipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Who saved that version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_at: Option<i64>,
}
