//! `GET /audit/insights`: what the ledger says about a period, from counters that follow it. Shares are thousandths,
//! durations milliseconds, scores thousandths. Absent numbers: nothing to say, not zero.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A period, read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Insights {
    /// First instant of its first day (UTC microseconds).
    pub from: i64,
    /// Last instant of its last day.
    pub to: i64,
    /// Only this repository's actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Only of actions that this agent asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// `EPOCH:SEQ` of the last entry that was counted.
    pub as_of: String,
    /// The server's clock.
    pub server_time: i64,
    /// Ledger entries of the period.
    pub entries: u64,
    /// Decisions.
    pub decisions: u64,
    /// Decisions by level and verdict.
    pub by_level: BTreeMap<String, BTreeMap<String, u64>>,
    /// Share of decisions that were AUTO.
    pub auto_share: Option<u64>,
    /// Risk over time: steps with decisions, oldest first. At most about 200.
    pub over_time: Vec<Step>,
    /// Days in a step.
    pub days_per_step: i64,
    /// What became of requests to people, by level: `asked`, `approved`, `rejected`, `expired`, `superseded`, `cancelled`.
    pub outcomes: BTreeMap<String, BTreeMap<String, u64>>,
    /// Requests that wait now (not only of this period or repository).
    pub waiting_now: u64,
    /// Bypasses in force now (likewise).
    #[serde(default)]
    pub bypasses_in_force: u64,
    /// Bypasses that are over and wait for their review now.
    #[serde(default)]
    pub bypasses_to_review: u64,
    /// Of these, those whose review is late.
    #[serde(default)]
    pub bypass_reviews_overdue: u64,
    /// What became of break-glass envelopes in this period (they belong to no repository).
    #[serde(default)]
    pub envelopes: EnvelopeCounts,
    /// Requests that nobody answered in time.
    pub expired_unanswered: u64,
    /// From request to approval or rejection.
    pub time_to_decide: Waits,
    /// The same by level.
    pub time_to_decide_by_level: BTreeMap<String, Waits>,
    /// The same as a distribution, ascending: (about milliseconds, how often).
    pub time_to_decide_spread: Vec<(u64, u64)>,
    /// Runs by verdict and state: `started`, `succeeded`, `failed`, `unknown`, `rolled_back`.
    pub executions: BTreeMap<String, BTreeMap<String, u64>>,
    /// Runs that people had approved and that were rolled back.
    pub rolled_back_after_approval: u64,
    /// Rules by how often they asked or blocked, most prompts first.
    pub top_rules: Vec<RuleCount>,
    /// Facts by how often what they were found in was blocked or asked about, most blocked first.
    pub blockers: Vec<FactCount>,
    /// People who vote, most votes first.
    pub approvers: Vec<ApproverLoad>,
    /// Agents, most requests first.
    pub agents: Vec<AgentCount>,
    /// Votes by where they were cast.
    pub surfaces: BTreeMap<String, BTreeMap<String, u64>>,
    /// Votes without effect, by reason.
    pub refused_votes: BTreeMap<String, u64>,
    /// How much of what ran has its record.
    pub coverage: Coverage,
}

/// Some days.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// First instant (UTC microseconds).
    pub at: i64,
    /// Decisions.
    pub decisions: u64,
    /// By level.
    pub by_level: BTreeMap<String, u64>,
    /// By verdict.
    pub by_verdict: BTreeMap<String, u64>,
    /// Mean score.
    pub mean_score: Option<u64>,
    /// Nineteen in twenty scores are no higher.
    pub p95_score: Option<u64>,
}

/// How long people took.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Waits {
    /// How many.
    pub count: u64,
    /// Half took no longer; at most a thirty-second off.
    pub median_ms: Option<u64>,
    /// Nineteen in twenty took no longer.
    pub p95_ms: Option<u64>,
}

/// One rule.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleCount {
    /// Its name.
    pub rule: String,
    /// How often it asked a person.
    pub prompts: u64,
    /// How often it blocked.
    pub blocked: u64,
}

/// One fact.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FactCount {
    /// Its kind.
    pub fact: String,
    /// Blocked actions it was found in.
    pub blocked: u64,
    /// Actions it was found in that people were asked about.
    pub prompts: u64,
}

/// One person who votes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApproverLoad {
    /// The person.
    pub user: String,
    /// Approving votes.
    pub approves: u64,
    /// Rejecting votes.
    pub rejects: u64,
    /// Votes for another who had delegated.
    pub delegated: u64,
    /// Votes about what they had asked for themselves.
    pub own_requests: u64,
    /// From request to the approving vote.
    pub time_to_approve: Waits,
    /// Share of approvals within 5 s of the request, when nobody can have read it; absent below 10 approvals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rubber_stamp: Option<u64>,
}

/// One agent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgentCount {
    /// Its name.
    pub agent: String,
    /// What it asked.
    pub asked: u64,
    /// Of these, what people were asked about.
    pub prompted: u64,
    /// Of these, what was blocked at once.
    pub blocked: u64,
    /// Approved.
    pub approved: u64,
    /// Rejected.
    pub rejected: u64,
    /// Unanswered.
    pub expired: u64,
    /// Share of the answered ones that people rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection_rate: Option<u64>,
}

/// How much of what ran has its record.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Coverage {
    /// Runs that began, each under a permit.
    pub started: u64,
    /// Runs whose end was reported.
    pub finished: u64,
    /// Runs whose end is not known.
    pub unknown: u64,
    /// Share of runs with a known end; absent when nothing ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_share: Option<u64>,
}

/// Break-glass envelopes, counted by the entries about them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvelopeCounts {
    /// Handed out.
    pub issued: u64,
    /// Taken back.
    pub revoked: u64,
    /// Opened without the server, as their gates told later.
    pub opened: u64,
    /// Actions that ran under them.
    pub runs: u64,
    /// Attempts that the gate refused.
    pub refused: u64,
    /// Over, and told by their gates.
    pub returned: u64,
}
