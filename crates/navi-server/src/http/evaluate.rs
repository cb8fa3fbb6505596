//! `POST /evaluate`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use navi_protocol::evaluate::{EvaluateRequest, EvaluateResponse};
use navi_protocol::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Params, replay};
use crate::auth::Caller;
use crate::usecase::{evaluate, explain};
use crate::{App, Refusal};

/// How.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EvaluateQuery {
    /// Only explain: nothing is recorded, nobody is asked, and the answer lets nothing run.
    #[serde(default)]
    dry_run: bool,
}

/// Ask for a decision.
///
/// AUTO carries a permit (or, with `start`, the execution); APPROVAL an id to wait for; BLOCKED never runs.
#[utoipa::path(post, path = "/api/governance/evaluate", operation_id = "evaluate_action", tag = "decisions",
    params(EvaluateQuery, ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")),
    request_body = EvaluateRequest,
    responses((status = 200, body = EvaluateResponse), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn evaluate_action(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<EvaluateQuery>,
    body: Body<EvaluateRequest>,
) -> Result<Response, Refusal> {
    caller.may("evaluate_action")?;
    if query.dry_run {
        return Ok(Json(explain::explain(&app, &caller, &body.value).await?).into_response());
    }
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    Ok(Json(evaluate::evaluate(&app, &caller, &body.value, key.as_ref()).await?).into_response())
}
