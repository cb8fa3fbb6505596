//! `POST /evaluate`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use navi_protocol::evaluate::{EvaluateRequest, EvaluateResponse};
use navi_protocol::problem::Problem;

use super::extract::{Body, replay};
use crate::auth::Caller;
use crate::usecase::evaluate;
use crate::{App, Refusal};

/// Ask for a decision.
///
/// AUTO carries a permit (or, with `start`, the execution); APPROVAL an id to wait for; BLOCKED never runs.
#[utoipa::path(post, path = "/api/governance/evaluate", operation_id = "evaluate_action", tag = "decisions",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")),
    request_body = EvaluateRequest,
    responses((status = 200, body = EvaluateResponse), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn evaluate_action(
    State(app): State<App>,
    caller: Caller,
    body: Body<EvaluateRequest>,
) -> Result<Response, Refusal> {
    caller.may("evaluate_action")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    Ok(Json(evaluate::evaluate(&app, &caller, &body.value, key.as_ref()).await?).into_response())
}
