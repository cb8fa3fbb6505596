//! A pipeline elsewhere that waits for a word: what it asked, and how far answering it came. Which decision, approval or
//! run stands behind the word is the business of those; how the word is delivered, of the server.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::UtcMicros;

/// Where a pipeline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PipelineSource {
    /// A deployment of GitHub Actions.
    Github,
    /// A run of HCP Terraform or Terraform Enterprise.
    Terraform,
}

impl PipelineSource {
    /// Spelling in JSON and SQL, and the agent's name in the record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Terraform => "terraform",
        }
    }
}

/// How far answering came. It only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PipelineStage {
    /// Kept; not decided yet.
    Asked,
    /// People are asked.
    Waiting,
    /// Decided; the pipeline does not know yet.
    Answering,
    /// The pipeline knows, or can no longer be told.
    Answered,
}

impl PipelineStage {
    /// Spelling in JSON and SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Waiting => "waiting",
            Self::Answering => "answering",
            Self::Answered => "answered",
        }
    }
}

/// A credential as the server sealed it. Never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

impl fmt::Debug for Sealed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Sealed(…)")
    }
}

/// The word that the pipeline gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineAnswer {
    /// Whether it goes on.
    pub passed: bool,
    /// For people who look at the pipeline.
    pub message: String,
    /// The run that began with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
}

/// One ask of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PipelineCheck {
    /// The same for the same ask, however often it is told.
    pub id: String,
    /// Where it comes from.
    pub source: PipelineSource,
    /// What waits there. While one ask of a slot is open there is no other.
    pub slot: String,
    /// The name under which the end of what was let run is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// The person it is done for. Does not count as approver.
    pub user: String,
    /// Path that the answer goes to, below the operator's own address of the source.
    pub reply_path: String,
    /// What was asked, as the source words it.
    pub asked: Value,
    /// What the answer is authorised with, where the source sends it along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Sealed>,
    /// How far answering came.
    pub stage: PipelineStage,
    /// The decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<String>,
    /// Where people are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// The word, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<PipelineAnswer>,
    /// Whether it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<bool>,
    /// Asked at.
    pub asked_at: UtcMicros,
    /// Answered at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<UtcMicros>,
    /// Row version.
    pub version: u64,
}

impl PipelineCheck {
    /// People are asked; `None` when it is past that.
    #[must_use]
    pub fn wait(&self, decision_id: &str, approval_id: &str) -> Option<Self> {
        (self.stage == PipelineStage::Asked).then(|| Self {
            stage: PipelineStage::Waiting,
            decision_id: Some(decision_id.to_owned()),
            approval_id: Some(approval_id.to_owned()),
            ..self.clone()
        })
    }

    /// There is a word; `None` when there was one already. A word that lets it go on names the run that began with it.
    #[must_use]
    pub fn decide(&self, decision_id: Option<&str>, answer: PipelineAnswer) -> Option<Self> {
        (self.stage < PipelineStage::Answering).then(|| Self {
            stage: PipelineStage::Answering,
            decision_id: decision_id.map(str::to_owned).or_else(|| self.decision_id.clone()),
            answer: Some(answer),
            ..self.clone()
        })
    }

    /// The word arrived, or never will; `None` when there is none, or that is known. The credential goes with it.
    #[must_use]
    pub fn close(&self, delivered: bool, now: UtcMicros) -> Option<Self> {
        (self.stage == PipelineStage::Answering).then(|| Self {
            stage: PipelineStage::Answered,
            credential: None,
            delivered: Some(delivered),
            answered_at: Some(now),
            ..self.clone()
        })
    }

    /// The run that its word let begin.
    #[must_use]
    pub fn execution_id(&self) -> Option<&str> {
        self.answer.as_ref().and_then(|answer| answer.execution_id.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check() -> PipelineCheck {
        PipelineCheck {
            id: "c".into(),
            source: PipelineSource::Terraform,
            slot: "taskrs-1".into(),
            follows: None,
            user: "jane".into(),
            reply_path: "/api/v2/task-results/1/callback".into(),
            asked: json!({"run_id": "run-1"}),
            credential: Some(Sealed("c2VhbGVk".into())),
            stage: PipelineStage::Asked,
            decision_id: None,
            approval_id: None,
            answer: None,
            delivered: None,
            asked_at: 1,
            answered_at: None,
            version: 1,
        }
    }

    fn no() -> PipelineAnswer {
        PipelineAnswer { passed: false, message: "no".into(), execution_id: None }
    }

    #[test]
    fn it_only_goes_forward_and_one_word_is_final() {
        let waiting = check().wait("d", "a").unwrap();
        assert_eq!(waiting.wait("d", "b"), None, "people are asked once");
        assert_eq!(waiting.close(true, 2), None, "there is no word yet");
        let decided = waiting.decide(None, no()).unwrap();
        assert_eq!((decided.decision_id.as_deref(), decided.approval_id.as_deref()), (Some("d"), Some("a")));
        let yes = PipelineAnswer { passed: true, ..no() };
        assert_eq!(decided.decide(None, yes), None, "the first word stays");
        let closed = decided.close(true, 2).unwrap();
        assert_eq!(closed.close(false, 3), None);
        assert_eq!(closed.answer, Some(no()));
    }

    #[test]
    fn the_credential_ends_with_the_answer_and_is_never_shown() {
        assert!(!format!("{:?}", check()).contains("c2VhbGVk"));
        let decided = check().decide(Some("d"), no()).unwrap();
        assert!(decided.credential.is_some());
        assert_eq!(decided.close(true, 2).unwrap().credential, None);
    }
}
