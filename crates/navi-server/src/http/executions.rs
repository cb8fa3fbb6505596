//! `/executions`

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use navi_domain::execution::ExecutionStatus;
use navi_domain::people::Right;
use navi_protocol::executions::{ExecutionView, FinishRequest, RedeemRequest};
use navi_protocol::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Params, replay};
use crate::auth::Caller;
use crate::usecase::{finish, redeem};
use crate::view::execution as view;
use crate::{App, Refusal};

/// Redeem a permit: from here on the action runs.
#[utoipa::path(post, path = "/api/governance/executions", operation_id = "redeem_permit", tag = "executions",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")),
    request_body = RedeemRequest,
    responses((status = 200, body = ExecutionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn redeem_permit(
    State(app): State<App>,
    caller: Caller,
    body: Body<RedeemRequest>,
) -> Result<Response, Refusal> {
    caller.may("redeem_permit")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let execution = redeem::redeem(&app, &caller, &body.value, key.as_ref()).await?;
    Ok(Json(view::build(&execution)).into_response())
}

/// Report the end of an execution. Only the credential that redeemed its permit, or who knows the `run_nonce`, may.
#[utoipa::path(patch, path = "/api/governance/executions/{id}", operation_id = "finish_execution", tag = "executions",
    params(("id" = String, Path)), request_body = FinishRequest,
    responses((status = 200, body = ExecutionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn finish_execution(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<FinishRequest>,
) -> Result<Json<ExecutionView>, Refusal> {
    caller.may("finish_execution")?;
    Ok(Json(view::build(&finish::report(&app, &caller, &id, &body.value).await?)))
}

/// How long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunQuery {
    /// Answer when it has ended or was asked to stop, or after this many seconds (at most 60).
    wait: Option<u64>,
}

/// Read an execution, optionally waiting for its end or the wish that it ends.
#[utoipa::path(get, path = "/api/governance/executions/{id}", operation_id = "read_execution", tag = "executions",
    params(("id" = String, Path), RunQuery),
    responses((status = 200, body = ExecutionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_execution(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<RunQuery>,
) -> Result<Json<ExecutionView>, Refusal> {
    caller.may("read_execution")?;
    let unknown = || Refusal::not_found("execution", &id);
    let mut head = app.store.watch_head();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(query.wait.unwrap_or(0).min(60));
    loop {
        head.borrow_and_update();
        let execution = app.store.execution(&id).await?.ok_or_else(unknown)?;
        if !caller.has(Right::SeeAll) && execution.user != caller.user() {
            return Err(unknown());
        }
        let ended = execution.status != ExecutionStatus::Started;
        if !ended && caller.has(Right::Act) && finish::began(&app, &caller, &execution).await? {
            app.presence.sign(&id, app.store.now());
        }
        if ended || execution.stop.is_some() || tokio::time::Instant::now() >= deadline {
            return Ok(Json(view::build(&execution)));
        }
        let _ = tokio::time::timeout_at(deadline, head.changed()).await;
    }
}
