//! What people do with a pending approval beside voting on it: claim, extend, edit, vote on many.

use navi_domain::action::FileChange;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::approvals::ApprovalView;
use crate::problem::Problem;

/// Somebody looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimView {
    /// Who.
    pub user: String,
    /// Since when.
    pub at: i64,
}

/// `POST /approvals/{id}/claim`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimRequest {
    /// Replace somebody else's claim.
    #[serde(default)]
    pub take_over: bool,
}

/// `POST /approvals/{id}/snooze`: for the caller alone. An instant, not a length, so that one pressed without a connection
/// does not begin when it arrives.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SnoozeRequest {
    /// Until when (microseconds, UTC). It ends at the latest a minute before the deadline.
    pub until: i64,
}

/// `POST /approvals/{id}/extend`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendRequest {
    /// How much more time, in seconds; at most what the organisation set.
    pub secs: u32,
}

/// `POST /approvals/{id}/edit`: what changes of the action. Only what the action has can change; absent: stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditRequest {
    /// The exact command. An argument `command` with the same text changes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// All files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub files: Option<Vec<FileChange>>,
    /// Unified diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Tool arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Value>,
    /// Why, in the person's words: 1 to 4000 characters.
    pub reason: String,
}

/// `POST /approvals/bulk`: one signed vote each.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRequest {
    /// 1 to 100, in the order of their `device_seq`.
    pub votes: Vec<BulkVote>,
}

/// A vote on one approval of several.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkVote {
    /// The approval.
    pub id: String,
    /// As in `VoteRequest`.
    pub vote: String,
    /// As in `VoteRequest`.
    pub signature: String,
    /// As in `VoteRequest`.
    #[serde(default)]
    pub reason: String,
    /// As in `VoteRequest`.
    pub reason_nonce: String,
    /// As in `VoteRequest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_user: Option<String>,
}

/// What became of each, in the order of the request. The answer's status is 207.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BulkResponse {
    /// One a vote.
    pub results: Vec<BulkResult>,
}

/// What became of one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BulkResult {
    /// The approval.
    pub id: String,
    /// `counted`; `left_out`: high or critical, to be decided one by one; `refused`: see `problem`.
    pub outcome: String,
    /// The approval now, when counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Box<ApprovalView>>,
    /// Ledger index of the vote's entry, when counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger_index: Option<u64>,
    /// Why not, when refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}
