//! `POST /evaluate`.

use std::collections::BTreeMap;

use navi_domain::action::{FileChange, TargetState};
use navi_domain::plan::StepRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::bypass::BypassMark;
use crate::policy::PolicySource;
use crate::words::Worded;

/// Ask for a decision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluateRequest {
    /// Any spelling; normalised by the server.
    pub action_type: String,
    /// Everything about the action.
    #[serde(default)]
    pub context: Context,
    /// Redeem an AUTO decision in the same commit, for this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// The client's key for this request (for example the tool-use id): the same key with the same material returns the
    /// same approval, with other material it supersedes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_key: Option<String>,
    /// How long the caller will wait; the approval expires then, but never later than the server's limit. 1–86400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_secs: Option<u32>,
    /// `{plan_id, step, phase}`: the part (`run` or `verify`) of a plan that runs. It decides nothing by itself: the
    /// server holds the action against the plan that was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub plan: Option<StepRef>,
}

/// Redeem at once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Start {
    /// Chosen by the gate, unique per run.
    pub run_nonce: String,
    /// The gate stays with the run and gives a sign (it reads the execution) at least this often, in seconds: 30–86400.
    /// When none comes for that long, nobody knows how the run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_secs: Option<u32>,
}

/// Context of an action. Unknown fields are kept as claims of the agent.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Context {
    /// Files, as the specification has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_files: Vec<String>,
    /// Files with operation and hashes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub files: Vec<FileChange>,
    /// Repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Further repositories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repos: Vec<String>,
    /// Branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Exact command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Unified diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Tool name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Tool arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Value>,
    /// The agent's words. Not material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// The agent's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Observed by the gate; absent: `{"none":"not observed"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub target_state: Option<TargetState>,
    /// Everything else.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// The decision, exactly as the specification has it, plus more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvaluateResponse {
    /// `AUTO`, `APPROVAL` or `BLOCKED`.
    pub decision: String,
    /// 0.000–1.000.
    pub risk_score: f64,
    /// Sentences for people.
    pub reasons: Vec<String>,
    /// The approval to wait for; null unless `APPROVAL`.
    pub approval_id: Option<String>,
    /// Id of the decision; the action's id in the audit.
    pub action_id: String,
    /// `low`, `medium`, `high`, `critical`.
    pub level: String,
    /// Stable name of the rule that decided.
    pub rule: String,
    /// Weighted factors; contributions are thousandths that sum to the score.
    pub factors: Vec<Factor>,
    /// Guardrails that stand against it, or against its running without a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<GuardrailView>,
    /// What was learned from people's votes about requests like this; only where people are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<AdviceView>,
    /// Digest (hex) of the material.
    pub digest: String,
    /// Policy hash (hex).
    pub policy_hash: String,
    /// The bypass it runs by, with what the decision would have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass: Option<BypassMark>,
    /// Permit, when `AUTO`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit: Option<PermitView>,
    /// Execution, when `AUTO` and `start` was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
    /// When the approval expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// Server time.
    pub server_time: i64,
    /// Ledger index of the decision's entry.
    pub ledger_index: u64,
    /// The autonomy policy it rests on, and how it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicySource>,
    /// With `?dry_run=true`: nothing was recorded, `action_id` is empty, and nothing may run on this answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// One weighted factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Factor {
    /// Stable name.
    pub name: String,
    /// Thousandths.
    pub contribution: u16,
    /// For people.
    pub reason: String,
    /// What it rests on.
    pub evidence: Vec<String>,
    /// What would make the risk lower, and by how much: `0.300 lower on a feature branch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterfactual: Option<String>,
}

/// What the server found about a file, in one word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileMarkView {
    /// The file, as the material or its diff names it.
    pub path: String,
    /// `auth`, `secrets`, `regulated`, `ci`, `infrastructure`, `migration`, `dependencies`, `oversight`, `system`,
    /// `permissions`, `checks`, `deletes`, or `sensitive` for whatever else.
    pub mark: String,
}

/// A guardrail that determined the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GuardrailView {
    /// Its id.
    pub id: String,
    /// Why, for people.
    pub reason: String,
    /// What would be acceptable instead, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

/// How likely a person rejects, learned from votes and outcomes. It never lets anything run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AdviceView {
    /// 0.000–1.000.
    pub reject_probability: f64,
    /// How many requests that people decided it rests on.
    pub rests_on: u32,
    /// For people: `7 of 9 like this were rejected: git_push with reaching production`.
    pub reasons: Vec<String>,
    /// Whether people are asked at a higher level because of it.
    #[serde(default)]
    pub raised: bool,
}

/// One part of a command, as the server's parser reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SegmentView {
    /// Its own text.
    pub text: String,
    /// Program and arguments, as the program gets them.
    pub words: Vec<String>,
    /// Kinds of facts that rest on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
}

/// A permit on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PermitView {
    /// Id, for redeeming.
    pub id: String,
    /// `issued`, `redeemed`, `expired`, `revoked`.
    pub status: String,
    /// Last instant for redeeming.
    pub expires_at: i64,
}
