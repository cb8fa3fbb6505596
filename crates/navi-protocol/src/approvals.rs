//! `/approvals`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::deliveries::ToldView;
use crate::discussion::Remark;
use crate::evaluate::{AdviceView, Factor, FileMarkView, GuardrailView, PermitView, SegmentView};
use crate::oncall::AlertView;
use crate::reach::ReachView;
use crate::rollback::WayBackView;
use crate::waiting::ClaimView;
use crate::words::Worded;

/// A request to people, with everything to decide on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// Id.
    pub id: String,
    /// Row version; grows with every change.
    pub version: u64,
    /// `pending`, `approved`, `rejected`, `expired`, `superseded`, `cancelled`.
    pub status: String,
    /// Id of the decision.
    pub action_id: String,
    /// Person who asked or for whom the agent asked; cannot approve, unless `deciders` names them.
    pub requester: String,
    /// Agent, if one asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// One line in our words: verb and target, built by the server from the material.
    pub title: String,
    /// The whole action in one line, only if it fits (at most 120 characters, no invisible characters); a notification
    /// may carry Approve only when this is present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_line: Option<String>,
    /// The digest's material, exactly what will run: `navi_domain::canonical::material`, with `v` and `salt`, so that the
    /// reader can recompute the digest.
    pub material: Value,
    /// The agent's words and flags, unverified.
    pub claims: Value,
    /// `low` … `critical`.
    pub level: String,
    /// 0.000–1.000.
    pub risk_score: f64,
    /// Sentences; the rule first.
    pub reasons: Vec<String>,
    /// Stable name of the rule that asked.
    pub rule: String,
    /// Weighted factors.
    pub factors: Vec<Factor>,
    /// Guardrails that asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<GuardrailView>,
    /// What was learned from people's votes about requests like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<AdviceView>,
    /// The command, part by part, as the server's parser reads it: every program it starts, at any depth.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentView>,
    /// What the server found about each file, in one word each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub file_marks: Vec<FileMarkView>,
    /// Policy in force, in words.
    pub policy: String,
    /// Its version; 0: the built-in default that nobody saved.
    #[serde(default)]
    pub policy_version: u64,
    /// Digest (hex) to sign.
    pub digest: String,
    /// Policy hash (hex) to sign.
    pub policy_hash: String,
    /// Distinct people needed.
    pub quorum: u8,
    /// Votes that counted.
    pub votes: Vec<VoteView>,
    /// Needs the step-up key.
    pub needs_step_up: bool,
    /// An approve needs a reason in the person's words: the organisation wants it at this level.
    #[serde(default)]
    pub reason_required: bool,
    /// Who can decide: ids of people with the right, without the requester unless they may approve their own requests.
    pub deciders: Vec<String>,
    /// Asked at.
    pub created_at: i64,
    /// Expires at.
    pub expires_at: i64,
    /// Since when its time stands still under a freeze: what is left is `expires_at` less this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_since: Option<i64>,
    /// Ended at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// The approval that took its place; `policy`; or `bypass:ID`, when a bypass let it go: whoever waits asks again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// The approval that a person edited into this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_from: Option<String>,
    /// Who looks at it; binds nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<ClaimView>,
    /// Until when the reader put it off for themself; absent: not, or no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<i64>,
    /// Whether its one extension was used.
    #[serde(default)]
    pub extended: bool,
    /// Who was alerted while it waited, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertView>,
    /// When it had waited longer than the organisation's target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_missed_at: Option<i64>,
    /// How far the news of it came with each person who can decide; only where one pending approval is read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<ToldView>,
    /// What was written about it, oldest first; only where one approval is read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discussion: Vec<Remark>,
    /// Whether there is a way back, how, for how long, and who says so; absent: an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way_back: Option<WayBackView>,
    /// What it reaches, and its SQL and HTTP taken apart; absent: an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<ReachView>,
    /// The permit, for the requester's gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit: Option<PermitView>,
    /// Server time when this was built.
    pub server_time: i64,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

impl ApprovalView {
    /// Microseconds left at `now` of the server's clock; not above zero: it is over. Under a freeze nothing passes.
    #[must_use]
    pub fn left(&self, now: i64) -> i64 {
        self.expires_at.saturating_sub(self.paused_since.map_or(now, |since| since.min(now)))
    }
}

/// A counted vote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VoteView {
    /// Who.
    pub user: String,
    /// `approve` or `reject`.
    pub verdict: String,
    /// `notification`, `tray`, `window`, `web`, `terminal`.
    pub surface: String,
    /// In the person's words.
    pub reason: String,
    /// The absent person it was cast for, under a delegation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_user: Option<String>,
    /// Cast by the requester, under the permission of a one-person team.
    #[serde(default)]
    pub own_request: bool,
    /// When.
    pub at: i64,
}

/// A signed vote.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteRequest {
    /// Base64 (standard, padded) of the vote bytes.
    pub vote: String,
    /// Base64 of the 64-byte Ed25519 signature.
    pub signature: String,
    /// In the person's words; empty when none.
    #[serde(default)]
    pub reason: String,
    /// Hex of the nonce the reason is committed with.
    pub reason_nonce: String,
    /// The absent person it is cast for; needs a delegation in force when the server receives it. Not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_user: Option<String>,
}

/// What a vote did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VoteResponse {
    /// The approval now.
    pub approval: ApprovalView,
    /// Ledger index of the vote's entry.
    pub ledger_index: u64,
}

/// `GET /approvals/status`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QueueStatus {
    /// How many are pending.
    pub pending: u64,
    /// Pending by level.
    pub pending_by_level: BTreeMap<String, u64>,
    /// All, by state.
    pub by_status: BTreeMap<String, u64>,
    /// Age of the oldest pending one in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_pending_secs: Option<u64>,
    /// Agents with so many requests open that no further one is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floods: Vec<FloodView>,
    /// Server time.
    pub server_time: i64,
}

/// An agent that asks too much at once: one card, however many requests it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FloodView {
    /// The agent.
    pub agent: String,
    /// How many of its requests are open.
    pub open: u64,
    /// Since when it is so: when the newest of them was asked (microseconds, UTC).
    pub since: i64,
}
