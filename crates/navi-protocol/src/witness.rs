//! `/ledger/{org}/cosignature` and `/ledger/{org}/witnesses`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /ledger/{org}/cosignature`: a console says that it saw this checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CosignatureRequest {
    /// The console's verifier key (C2SP tlog-cosignature), named `DEVICE_ID` or `DEVICE_ID/…`.
    pub vkey: String,
    /// Size of the checkpoint.
    pub size: u64,
    /// The signature line, without its line feed.
    pub line: String,
}

/// How many stand behind a checkpoint now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CosignatureResponse {
    /// Size of the checkpoint.
    pub size: u64,
    /// Cosignatures it has.
    pub cosignatures: u64,
}

/// A witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WitnessView {
    /// Its verifier key.
    pub vkey: String,
    /// Name in that key.
    pub name: String,
    /// The console's device; absent: a foreign witness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// First cosigned at.
    pub joined_at: i64,
    /// Largest size it cosigned.
    pub last_size: u64,
    /// When that was, as the witness says.
    pub last_at: i64,
}
