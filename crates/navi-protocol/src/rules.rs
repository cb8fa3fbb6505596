//! `/guardrails` and `/catalogue`: the organisation's own texts beside the shipped ones.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Save a text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextRequest {
    /// The whole text; empty: only what is shipped.
    pub text: String,
    /// The version that was read; absent or 0: nothing was saved yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Why, in the person's words; recorded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Only compile it: nothing is saved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check_only: bool,
}

/// A text in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextView {
    /// The organisation's own text.
    pub text: String,
    /// The shipped text beside it, for reading.
    pub shipped: String,
    /// What the text may speak about (the schema of guardrails); empty for patterns.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schema: String,
    /// Version of the row; 0: nothing was saved.
    pub version: u64,
    /// SHA-256 (hex) of all of it, as it stands in decisions.
    pub hash: String,
    /// Who saved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_at: Option<i64>,
    /// Why the saved text is not in force, if it is not: the last good one is, and nothing runs without a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// Which role may do what (guardrails only).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub matrix: String,
}
