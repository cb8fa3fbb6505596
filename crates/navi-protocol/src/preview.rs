//! `POST /policy/preview`: a draft, tried on what was decided.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::policy::PolicyRequest;
use crate::words::Worded;

/// Try a draft.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// Whom the draft is for: `alice`, `role:developer`, `default`. Its repository is the draft's.
    pub user_id: String,
    /// The draft, as it would be saved; its version does not matter.
    pub draft: PolicyRequest,
    /// Decisions of how many last days: 1–365; absent: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// How many of the newest of those to look at: 1–100000; absent: 100000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What the draft would have done, against the policies in force now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreviewView {
    /// Decisions that were looked at.
    pub looked_at: u64,
    /// Those since then.
    #[serde(default)]
    pub since: i64,
    /// There were more of them than were looked at; the oldest are left out.
    #[serde(default)]
    pub more: bool,
    /// Requests to people a day, by what is in force: over the days from the oldest that was looked at, at least one.
    #[serde(default)]
    pub prompts_per_day_before: f64,
    /// The same by the draft.
    #[serde(default)]
    pub prompts_per_day_after: f64,
    /// Numbers.
    pub counts: PreviewCounts,
    /// In one sentence.
    pub sentence: String,
    /// In which way the draft is looser than what is in force for its scope, in words.
    pub looser: Vec<String>,
    /// What is worth telling about its lists.
    pub warnings: Vec<String>,
    /// Up to 50 of those that would run alone and do not now, newest first.
    pub newly_auto: Vec<PreviewExample>,
    /// Up to 50 of those that would ask and do not now, newest first.
    pub newly_asking: Vec<PreviewExample>,
    /// Up to 50 of those that would be blocked and are not now, newest first.
    pub newly_blocked: Vec<PreviewExample>,
    /// Milliseconds it took the server.
    pub took_ms: f64,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// How many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewCounts {
    /// Decisions the draft is for.
    pub considered: u64,
    /// Run alone by what is in force.
    pub auto_before: u64,
    /// Would run alone.
    pub auto_after: u64,
    /// Would ask people by what is in force.
    pub asking_before: u64,
    /// Would ask people.
    pub asking_after: u64,
    /// Blocked by what is in force.
    pub blocked_before: u64,
    /// Would be blocked.
    pub blocked_after: u64,
    /// Would run alone, and do not now.
    pub newly_auto: u64,
    /// Would ask, and do not now.
    pub newly_asking: u64,
    /// Would be blocked, and are not now.
    pub newly_blocked: u64,
    /// Of those that would newly run alone: how many people rejected.
    pub newly_auto_that_people_rejected: u64,
}

/// One decision that would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreviewExample {
    /// Id of the decision.
    pub action_id: String,
    /// When it was made.
    pub created_at: i64,
    /// Person acted for.
    pub user: String,
    /// Action type.
    pub action_type: String,
    /// Repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// 0.000–1.000.
    pub risk_score: f64,
    /// Level.
    pub level: String,
    /// By what is in force.
    pub before: String,
    /// By the draft.
    pub after: String,
    /// The draft's rule.
    pub rule: String,
    /// What became of its approval: `approved`, `rejected` …; absent: nobody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<String>,
}
