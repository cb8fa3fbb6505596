//! `/grants`: what people let agents repeat.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::Worded;

/// A bounded right to repeat, given with a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantView {
    /// Id.
    pub id: String,
    /// The approval whose vote gave it.
    pub approval_id: String,
    /// Who gave it.
    pub given_by: String,
    /// The person whose agent may use it.
    pub user: String,
    /// The agent; absent: the person's own gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// `same_action`, `same_command`, `same_rule`.
    pub reach: String,
    /// What it covers, for people.
    pub covers: String,
    /// The rule that asked when it was given; another one still asks.
    pub rule: String,
    /// The level when it was given; a higher one still asks.
    pub level: String,
    /// How often it was used.
    pub uses: u32,
    /// How often it may be.
    pub max_uses: u32,
    /// Given at.
    pub created_at: i64,
    /// Last instant at which it covers anything.
    pub expires_at: i64,
    /// Taken back at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<i64>,
    /// Whether it can be used now.
    pub live: bool,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}
