//! `/approvals/{id}/comments`, `…/questions`, `…/answers`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use navi_protocol::approvals::ApprovalView;
use navi_protocol::discussion::{AnswerRequest, RemarkRequest};
use navi_protocol::problem::Problem;

use super::approvals::{shown, visible};
use super::extract::Body;
use crate::auth::Caller;
use crate::usecase::remark::{Remark, remark};
use crate::{App, Refusal};

/// Comment on a request that one may see.
#[utoipa::path(post, path = "/api/governance/approvals/{id}/comments", operation_id = "add_comment", tag = "approvals",
    params(("id" = String, Path)), request_body = RemarkRequest,
    responses((status = 201, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn add_comment(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<RemarkRequest>,
) -> Result<(StatusCode, Json<ApprovalView>), Refusal> {
    caller.may("add_comment")?;
    write(&app, &caller, &id, Remark::Comment(&body.value.text)).await
}

/// Ask the agent. It sees the question while it waits.
#[utoipa::path(post, path = "/api/governance/approvals/{id}/questions", operation_id = "ask_agent", tag = "approvals",
    params(("id" = String, Path)), request_body = RemarkRequest,
    responses((status = 201, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn ask_agent(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<RemarkRequest>,
) -> Result<(StatusCode, Json<ApprovalView>), Refusal> {
    caller.may("ask_agent")?;
    write(&app, &caller, &id, Remark::Question(&body.value.text)).await
}

/// Answer a question: the agent that asked for the approval, or the person it acts for.
#[utoipa::path(post, path = "/api/governance/approvals/{id}/answers", operation_id = "answer_question", tag = "approvals",
    params(("id" = String, Path)), request_body = AnswerRequest,
    responses((status = 201, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn answer_question(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<AnswerRequest>,
) -> Result<(StatusCode, Json<ApprovalView>), Refusal> {
    caller.may("answer_question")?;
    let AnswerRequest { question_id, text } = &body.value;
    write(&app, &caller, &id, Remark::Answer { question_id, text }).await
}

async fn write(
    app: &App,
    caller: &Caller,
    id: &str,
    text: Remark<'_>,
) -> Result<(StatusCode, Json<ApprovalView>), Refusal> {
    visible(app, caller, id).await?;
    remark(app, caller, id, text).await?;
    Ok((StatusCode::CREATED, shown(app, caller, id).await?))
}
