//! `/freeze`: the stop switch.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::Worded;

/// `PUT /freeze`: pause.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreezeRequest {
    /// `everything`, `repo` or `agent`.
    pub scope: String,
    /// Which repository or agent; none for `everything`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why: 1 to 500 characters.
    pub reason: String,
}

/// A pause.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FreezeView {
    /// Id.
    pub id: String,
    /// `everything`, `repo` or `agent`.
    pub scope: String,
    /// Which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why.
    pub reason: String,
    /// Who ordered it.
    pub by: String,
    /// Since when.
    pub at: i64,
    /// When it was lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// Runs that were asked to stop.
    pub stops: Vec<StopView>,
    /// The server's clock.
    pub server_time: i64,
}

/// One run that was asked to stop.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StopView {
    /// The run.
    pub execution_id: String,
    /// The person it runs for.
    pub user: String,
    /// The agent that asked for it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Its repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// What it does.
    pub action_type: String,
    /// The same in one line of our words.
    pub title: String,
    /// When it was asked.
    pub requested_at: i64,
    /// When its gate reported that it had ended; absent: nobody confirmed it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<i64>,
    /// `started`, `succeeded`, `failed`, `unknown`.
    pub status: String,
    /// The last signal its gate had to send: `TERM`, or `KILL` after the grace; absent while nobody confirmed it, and
    /// when it ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}
