//! The wire contract: requests, answers, problem codes, stream frames, paths. No logic.
//!
//! Instants are integers, UTC microseconds, named `*_at`. Scores are numbers 0.000–1.000 on the wire.
//! Unknown fields in answers must be ignored by readers; unknown context fields in `evaluate` are kept as claims.

pub mod admission;
pub mod allow;
pub mod approvals;
pub mod audit;
pub mod background;
pub mod bypass;
pub mod delegations;
pub mod deliveries;
pub mod discussion;
pub mod envelopes;
pub mod erasure;
pub mod evaluate;
pub mod executions;
pub mod freeze;
pub mod grants;
pub mod insights;
pub mod oncall;
pub mod paths;
pub mod people;
pub mod pipelines;
pub mod plans;
pub mod policy;
pub mod precedents;
pub mod preview;
pub mod problem;
pub mod proposals;
pub mod reach;
pub mod rollback;
pub mod rules;
pub mod settings;
pub mod stream;
pub mod suggestions;
pub mod waiting;
pub mod witness;
pub mod words;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// Items of this page.
    pub items: Vec<T>,
    /// Pass as `?cursor=` for the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Where the ledger stood when this was read: a stream `?since=` cursor, `EPOCH:SEQ`.
    pub as_of: String,
    /// Server time, UTC microseconds.
    pub server_time: i64,
}
