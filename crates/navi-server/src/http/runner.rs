//! What runners call: their work, what they found, what they did.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use navi_domain::rollback::Rollback;
use navi_protocol::problem::Problem;
use navi_protocol::rollback::{EndRequest, PlanRequest, RollbackView, StartRequest, WorkAnswer, WorkRequest};

use super::extract::Body;
use crate::auth::Caller;
use crate::usecase::rollback::{end, phase, plan, start, work};
use crate::view::rollback as view;
use crate::{App, Refusal};

/// Ask for work at a place, waiting for it.
#[utoipa::path(post, path = "/api/governance/runner/work", operation_id = "take_rollback_work", tag = "rollback",
    request_body = WorkRequest,
    responses((status = 200, body = WorkAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn take_rollback_work(
    State(app): State<App>,
    caller: Caller,
    body: Body<WorkRequest>,
) -> Result<Json<WorkAnswer>, Refusal> {
    caller.may("take_rollback_work")?;
    let mut head = app.store.watch_head();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(body.value.wait_secs.min(60));
    loop {
        head.borrow_and_update();
        let found = work::work(&app, &caller, &body.value.place_key).await?;
        let busy = !found.plan.is_empty() || !found.run.is_empty();
        if busy || tokio::time::Instant::now() >= deadline {
            return Ok(Json(found));
        }
        let _ = tokio::time::timeout_at(deadline, head.changed()).await;
    }
}

/// Report what a rehearsal found.
#[utoipa::path(post, path = "/api/governance/rollback/{id}/plan", operation_id = "plan_rollback", tag = "rollback",
    params(("id" = String, Path)), request_body = PlanRequest,
    responses((status = 200, body = RollbackView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn plan_rollback(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<PlanRequest>,
) -> Result<Json<RollbackView>, Refusal> {
    caller.may("plan_rollback")?;
    let rollback = plan::plan(&app, &caller, &id, &body.value.place_key, &body.value.plan).await?;
    seen(&app, &rollback).await
}

/// Begin: from here on it is undone.
#[utoipa::path(post, path = "/api/governance/rollback/{id}/start", operation_id = "start_rollback", tag = "rollback",
    params(("id" = String, Path)), request_body = StartRequest,
    responses((status = 200, body = RollbackView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn start_rollback(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<StartRequest>,
) -> Result<Json<RollbackView>, Refusal> {
    caller.may("start_rollback")?;
    let rollback = start::start(&app, &caller, &id, &body.value).await?;
    seen(&app, &rollback).await
}

/// Report how it ended.
#[utoipa::path(post, path = "/api/governance/rollback/{id}/end", operation_id = "end_rollback", tag = "rollback",
    params(("id" = String, Path)), request_body = EndRequest,
    responses((status = 200, body = RollbackView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn end_rollback(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<EndRequest>,
) -> Result<Json<RollbackView>, Refusal> {
    caller.may("end_rollback")?;
    let rollback = end::end(&app, &caller, &id, &body.value.place_key, &body.value.outcome).await?;
    seen(&app, &rollback).await
}

async fn seen(app: &App, rollback: &Rollback) -> Result<Json<RollbackView>, Refusal> {
    let phase = phase(app, rollback).await?;
    Ok(Json(view::build(rollback, phase, app.store.now())))
}
