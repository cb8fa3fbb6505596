//! `POST /ledger/{org}/erasures`

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Ask that what entries said be erased. A second person must accept the proposal that it becomes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureRequest {
    /// Indices of the entries, 1 to 500.
    pub entries: Vec<u64>,
    /// Why: 1 to 500 characters. Stays in the record.
    pub reason: String,
}
