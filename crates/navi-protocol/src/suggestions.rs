//! `GET /policy/suggestions`: what people always approved, with the policy that would stop asking.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::policy::PolicyRequest;
use crate::preview::PreviewCounts;
use crate::words::Worded;

/// Requests alike that were approved every time. Nothing is applied unless somebody saves the draft.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SuggestionView {
    /// For people: `approved 48 of 48 like this, none of which failed: deploy_staging without any fact. Allow?`.
    pub sentence: String,
    /// Whose policy the draft is for.
    pub user_id: String,
    /// Action type.
    pub action_type: String,
    /// The rule that asked each time.
    pub rule: String,
    /// Kinds of the facts that all of them have.
    pub facts: Vec<String>,
    /// How many were approved.
    pub approved: u32,
    /// The newest was asked at.
    pub newest_at: i64,
    /// The policy that would let them run, for `PUT /policy/{user_id}`. It is for the action type, not only for these.
    pub draft: PolicyRequest,
    /// In which way the draft is looser than what is in force, in words.
    pub looser: Vec<String>,
    /// The draft, tried on recorded decisions.
    pub replay: PreviewCounts,
    /// The replay in one sentence.
    pub replay_sentence: String,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}
