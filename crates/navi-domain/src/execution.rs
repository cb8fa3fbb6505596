//! One run under a permit: started → succeeded, failed or unknown.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::UtcMicros;
use crate::freeze::StopRequest;

/// Where an execution stands. Only `started` can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// Running, or its gate died: nobody reported an end yet.
    Started,
    /// Exit code 0.
    Succeeded,
    /// Any other end.
    Failed,
    /// Nobody knows how it ended.
    Unknown,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Id (UUID v7).
    pub id: String,
    /// The permit it used.
    pub permit_id: String,
    /// The decision behind it.
    pub decision_id: String,
    /// The approval behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// The person acted for.
    pub user: String,
    /// Normalised action type.
    pub action_type: String,
    /// Repository, for recent incidents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// State.
    pub status: ExecutionStatus,
    /// Exit code, once reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// What the gate reported besides.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub artifacts: Value,
    /// Somebody asked that it stops. It did, or nobody knows, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopRequest>,
    /// Started at.
    pub started_at: UtcMicros,
    /// Finished at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<UtcMicros>,
    /// Row version.
    pub version: u64,
}

/// The execution is already finished with another result; final states are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the execution has already ended")]
pub struct AlreadyEnded;

impl Execution {
    /// The run with the wish that it stops; `None` when it has ended or is already asked to.
    #[must_use]
    pub fn request_stop(&self, stop: StopRequest) -> Option<Self> {
        (self.status == ExecutionStatus::Started && self.stop.is_none())
            .then(|| Self { stop: Some(stop), ..self.clone() })
    }

    /// Ends the run. Reporting the same result again returns `Ok(None)`.
    ///
    /// # Errors
    /// [`AlreadyEnded`] with another result.
    pub fn finish(
        &self,
        status: ExecutionStatus,
        exit_code: Option<i32>,
        artifacts: Value,
        now: UtcMicros,
    ) -> Result<Option<Self>, AlreadyEnded> {
        match self.status {
            ExecutionStatus::Started => {
                Ok(Some(Self { status, exit_code, artifacts, finished_at: Some(now), ..self.clone() }))
            }
            same if same == status && self.exit_code == exit_code => Ok(None),
            _ => Err(AlreadyEnded),
        }
    }
}
