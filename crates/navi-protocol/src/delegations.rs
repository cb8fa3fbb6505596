//! `/delegations`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One person votes for another for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DelegationView {
    /// Id.
    pub id: String,
    /// Who is away.
    pub from: String,
    /// Who votes instead.
    pub to: String,
    /// First instant.
    pub starts_at: i64,
    /// Last instant.
    pub ends_at: i64,
    /// In the person's words.
    pub reason: String,
    /// Made at.
    pub created_at: i64,
    /// Ended early at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<i64>,
    /// Whether it is in force now.
    pub in_force: bool,
}

impl DelegationView {
    /// Whether it is in force at an instant of the server's clock, as far as this view tells.
    #[must_use]
    pub fn holds_at(&self, at: i64) -> bool {
        self.revoked_at.is_none_or(|ended| at < ended) && (self.starts_at..=self.ends_at).contains(&at)
    }
}

/// `POST /delegations`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegationRequest {
    /// Who is away; absent: oneself. Only an admin may name somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Who votes instead; must have the right to vote themself.
    pub to: String,
    /// First instant.
    pub starts_at: i64,
    /// Last instant, at most 90 days later.
    pub ends_at: i64,
    /// In the person's words; at most 4000 characters.
    #[serde(default)]
    pub reason: String,
}
