//! Frames of `GET /stream` (WebSocket, one JSON text message each).
//!
//! `seq` is the ledger index, `prev_seq` the previous one *visible to you*: a reader whose last seen `seq` differs from
//! `prev_seq` has a gap and reconnects with its last good cursor. Another epoch is answered 410.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::approvals::ApprovalView;
use crate::audit::AuditEntry;

/// One frame.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum Frame {
    /// First frame.
    Hello {
        /// Epoch of the cursor.
        epoch: String,
        /// Ledger size now; the next entry will have this index.
        head: u64,
        /// UTC microseconds.
        server_time: i64,
    },
    /// One ledger entry became durable.
    Event(Box<StreamEvent>),
    /// Every 10 s, whatever else happens.
    Heartbeat {
        /// Ledger size now.
        head: u64,
        /// UTC microseconds.
        server_time: i64,
    },
    /// Who reads which approval now, whole; after `hello` and on every change. Only for those who see all requests.
    Presence {
        /// Approval → people.
        reading: BTreeMap<String, Vec<String>>,
        /// UTC microseconds.
        server_time: i64,
    },
    /// Bootstrap again.
    Reset {
        /// Why.
        reason: String,
    },
}

/// An entry that became durable.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamEvent {
    /// Ledger index.
    pub seq: u64,
    /// Index of the previous entry visible to you; absent for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_seq: Option<u64>,
    /// What happened (`EventKind`).
    pub kind: String,
    /// To what.
    pub subject: String,
    /// What it rests on.
    pub links: BTreeMap<String, String>,
    /// The entry.
    pub entry: AuditEntry,
    /// The approval it changed, as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalView>,
}
