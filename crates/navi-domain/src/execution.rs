//! One run under a permit: started → succeeded, failed or unknown.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::freeze::StopRequest;
use crate::plan::StepRef;
use crate::rollback::Capture;
use crate::{SECOND, UtcMicros};

/// Where an execution stands. Only `started` changes, and `unknown` when somebody knows after all.
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
    /// The bypass it ran by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass_id: Option<String>,
    /// The token that redeemed its permit, by its id: who has another does not report its end. Absent: nobody's token did,
    /// or it was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeemed_by: Option<String>,
    /// State.
    pub status: ExecutionStatus,
    /// Exit code, once reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// What the gate reported besides.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub artifacts: Value,
    /// The way back that was captured around it: id of the capture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_id: Option<String>,
    /// Somebody asked that it stops. It did, or nobody knows, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopRequest>,
    /// For how long the server waits after the last sign of its gate, in seconds; then nobody knows how it ended.
    /// Absent: the server's own setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_secs: Option<u32>,
    /// The part of a plan that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<StepRef>,
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
    /// Whether the token with this id redeemed its permit, as far as that was kept.
    #[must_use]
    pub fn is_of(&self, token_id: &str) -> bool {
        self.redeemed_by.as_deref().is_none_or(|by| by == token_id)
    }

    /// The run with the wish that it stops; `None` when it has ended or is already asked to.
    #[must_use]
    pub fn request_stop(&self, stop: StopRequest) -> Option<Self> {
        (self.status == ExecutionStatus::Started && self.stop.is_none())
            .then(|| Self { stop: Some(stop), ..self.clone() })
    }

    /// Ends the run. Reporting the same result again returns `Ok(None)`. An end that nobody knew is corrected by whoever
    /// knows it.
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
                let rollback_id = Capture::of(&artifacts).map(|capture| capture.id);
                let finished_at = Some(now);
                Ok(Some(Self { status, exit_code, artifacts, rollback_id, finished_at, ..self.clone() }))
            }
            ExecutionStatus::Unknown
                if matches!(status, ExecutionStatus::Succeeded | ExecutionStatus::Failed) =>
            {
                let rollback_id = Capture::of(&artifacts).map(|capture| capture.id);
                let finished_at = Some(now);
                Ok(Some(Self { status, exit_code, artifacts, rollback_id, finished_at, ..self.clone() }))
            }
            // Its time ended it before its machine could tell; what that machine kept is a way back all the same.
            ExecutionStatus::Unknown if status == self.status && self.rollback_id.is_none() => {
                let Some(capture) = Capture::of(&artifacts) else { return Ok(None) };
                Ok(Some(Self { artifacts, rollback_id: Some(capture.id), ..self.clone() }))
            }
            same if same == status && self.exit_code == exit_code => Ok(None),
            _ => Err(AlreadyEnded),
        }
    }
    /// The run of which nobody knows how it ended, because its gate gave no sign for too long: `seen` is the last one,
    /// `otherwise_secs` holds where the run has no lease of its own. `None`: it ended, or its time is not over.
    #[must_use]
    pub fn lapse(&self, seen: UtcMicros, otherwise_secs: u32, now: UtcMicros) -> Option<Self> {
        let lease = UtcMicros::from(self.lease_secs.unwrap_or(otherwise_secs)) * SECOND;
        let over = self.status == ExecutionStatus::Started && now > seen.max(self.started_at) + lease;
        over.then(|| Self { status: ExecutionStatus::Unknown, finished_at: Some(now), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run() -> Execution {
        Execution {
            id: "x".into(),
            permit_id: "p".into(),
            decision_id: "d".into(),
            approval_id: None,
            user: "dana".into(),
            action_type: "command_run".into(),
            repo: None,
            redeemed_by: None,
            status: ExecutionStatus::Started,
            exit_code: None,
            artifacts: Value::Null,
            rollback_id: None,
            bypass_id: None,
            stop: None,
            lease_secs: Some(30),
            plan: None,
            started_at: 5 * SECOND,
            finished_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_silent_gate_leaves_an_end_that_nobody_knows_and_a_late_report_corrects_it() {
        let run = run();
        assert_eq!(run.lapse(0, 900, 35 * SECOND), None, "not before its lease is over");
        assert_eq!(run.lapse(20 * SECOND, 900, 50 * SECOND), None, "it was seen meanwhile");
        let lapsed = run.lapse(0, 900, 35 * SECOND + 1).unwrap();
        assert_eq!(lapsed.status, ExecutionStatus::Unknown);
        assert_eq!(lapsed.lapse(0, 900, i64::MAX), None);
        let finish = |status, code| lapsed.finish(status, code, json!({}), 60 * SECOND);
        let corrected = finish(ExecutionStatus::Failed, Some(3)).unwrap().unwrap();
        assert_eq!((corrected.status, corrected.exit_code), (ExecutionStatus::Failed, Some(3)));
        assert_eq!(finish(ExecutionStatus::Unknown, None), Ok(None), "the same word again");
        let twice = corrected.finish(ExecutionStatus::Succeeded, Some(0), json!({}), 61 * SECOND);
        assert_eq!(twice, Err(AlreadyEnded), "what is known stays");
    }

    #[test]
    fn without_a_lease_of_its_own_the_servers_counts() {
        let run = Execution { lease_secs: None, ..run() };
        assert_eq!(run.lapse(0, 60, 65 * SECOND), None);
        assert!(run.lapse(0, 60, 65 * SECOND + 1).is_some());
    }
}
