//! `/audit` and `/ledger`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// One ledger entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Index in the log, from 0.
    pub index: u64,
    /// RFC 6962 leaf hash (hex).
    pub leaf_hash: String,
    /// The exact canonical leaf, as text.
    pub leaf: String,
    /// Instant.
    pub at: i64,
    /// What happened.
    pub kind: String,
    /// Who, in clear.
    pub actor: String,
    /// For whom, in clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// To what.
    pub subject: String,
    /// What it rests on.
    pub links: BTreeMap<String, String>,
    /// The committed payload as text (exact bytes), unless erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Nonce of the commitment (hex), unless erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// `GET /audit/{action_id}`: the whole chain of one action, in order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditTrail {
    /// The decision's id.
    pub action_id: String,
    /// Its entries.
    pub entries: Vec<AuditEntry>,
}

/// `POST /audit/exports`: a console wrote a file from its own copy, perhaps while it had no connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportNote {
    /// `bundle`, `csv`, `jsonl`, `ocsf`, `cloudevents`, `report.html` or `report.pdf`.
    pub format: String,
    /// Without payloads and names.
    pub bare: bool,
    /// Not before (UTC microseconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Not after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// Entries that it holds.
    pub entries: u64,
    /// Entries of the signed tree that it was made from.
    pub size: u64,
    /// When it was written, by the console's count of the server's time.
    pub made_at: i64,
}

/// `GET /ledger/{org}/proof/inclusion` and `/proof/consistency`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProofView {
    /// Hashes (hex), bottom up (RFC 6962 §2.1).
    pub hashes: Vec<String>,
    /// The signed note the proof leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Whatever else.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}
