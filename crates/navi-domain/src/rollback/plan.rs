//! What a rollback would do, found by rehearsing it where it would run, and what became of it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::RollbackStatus;
use super::capture::{Part, Truth};
use crate::action::TargetState;
use crate::canonical;

/// A rehearsed rollback: nothing was changed to find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The capture it undoes.
    pub capture_sha256: String,
    /// How sure it is, all in all, after the rehearsal.
    pub truth: Truth,
    /// What is done, in this order.
    pub steps: Vec<Part>,
    /// What came after the run and rests on it, or is in the way, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependents: Vec<String>,
    /// What a person has to do afterwards: a command that merges, a push.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub afterwards: Vec<String>,
    /// The state that all this rests on; another one needs another plan.
    pub target_state: TargetState,
}

impl Plan {
    /// What is undone, for people.
    #[must_use]
    pub fn undoes(&self) -> Vec<String> {
        self.steps.iter().flat_map(|step| step.undoes.iter().cloned()).collect()
    }

    /// What is not, for people; each once.
    #[must_use]
    pub fn leaves(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for left in self.steps.iter().flat_map(|step| &step.leaves) {
            if !all.contains(left) {
                all.push(left.clone());
            }
        }
        all
    }

    /// SHA-256 (hex) of its canonical form: what a runner carries out is what was decided.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub fn sha256(&self) -> Result<String, canonical::CanonicalError> {
        let body = canonical::jcs(self)?;
        Ok(hex::encode(Sha256::new().chain_update(b"navi/rollback/v1\n").chain_update(body).finalize()))
    }
}

/// How a rollback ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// `true`: everything was undone and proven; `false`: it was not; absent: nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// What was undone, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone: Vec<String>,
    /// What proves it: tree hashes, content hashes, versions read back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<String>,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What a person has to do now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub afterwards: Vec<String>,
}

impl Outcome {
    /// The status that a rollback ends in.
    #[must_use]
    pub fn status(&self) -> RollbackStatus {
        match self.success {
            Some(true) => RollbackStatus::Succeeded,
            Some(false) => RollbackStatus::Failed,
            None => RollbackStatus::Unknown,
        }
    }
}
