//! `/approvals/{id}/comments`, `/questions`, `/answers`: what people and the agent write about a request.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Remark {
    /// Id.
    pub id: String,
    /// `comment`, `question`, `answer`.
    pub kind: String,
    /// The person, or the agent, who wrote it.
    pub user: String,
    /// What was written.
    pub text: String,
    /// When.
    pub at: i64,
    /// The question it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_to: Option<String>,
}

/// `POST …/comments` and `POST …/questions`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemarkRequest {
    /// 1 to 4000 characters.
    pub text: String,
}

/// `POST …/answers`, by the agent that asked or the person it acts for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    /// Id of the question.
    pub question_id: String,
    /// 1 to 4000 characters.
    pub text: String,
}
