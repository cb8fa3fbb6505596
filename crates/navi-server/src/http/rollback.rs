//! `/rollback`, for people and agents.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use navi_protocol::problem::Problem;
use navi_protocol::rollback::{OfferView, RollbackRequest, RollbackView};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Params, page_size, replay};
use crate::auth::Caller;
use crate::usecase::rollback::{available, may_see, phase, request};
use crate::view::rollback as view;
use crate::{App, Refusal};

/// Undo what ran, or rehearse that. A runner where it ran plans it; then it is decided like every other action.
#[utoipa::path(post, path = "/api/governance/rollback", operation_id = "request_rollback", tag = "rollback",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")),
    request_body = RollbackRequest,
    responses((status = 200, body = RollbackView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn request_rollback(
    State(app): State<App>,
    caller: Caller,
    body: Body<RollbackRequest>,
) -> Result<Response, Refusal> {
    caller.may("request_rollback")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    match request::request(&app, &caller, &body.value, key.as_ref()).await {
        Ok(begun) => Ok(Json(begun).into_response()),
        // The first one of two that came together may have begun it meanwhile.
        Err(refusal) => replay(&app, key.as_ref()).await?.ok_or(refusal),
    }
}

/// How long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RollbackQuery {
    /// Answer when its status is another one than `seen`, or after this many seconds (at most 60).
    wait: Option<u64>,
    /// The status that the caller knows.
    seen: Option<String>,
}

/// Read a rollback, optionally waiting until its status changes.
#[utoipa::path(get, path = "/api/governance/rollback/{id}", operation_id = "read_rollback", tag = "rollback",
    params(("id" = String, Path), RollbackQuery),
    responses((status = 200, body = RollbackView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_rollback(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<RollbackQuery>,
) -> Result<Json<RollbackView>, Refusal> {
    caller.may("read_rollback")?;
    let unknown = || Refusal::not_found("rollback", &id);
    let mut head = app.store.watch_head();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(query.wait.unwrap_or(0).min(60));
    loop {
        head.borrow_and_update();
        let rollback = app.store.rollback(&id).await?.ok_or_else(unknown)?;
        if !may_see(&caller, &rollback.user) {
            return Err(unknown());
        }
        let phase = phase(&app, &rollback).await?;
        let news = query.seen.as_deref() != Some(phase.status);
        if news || phase.over || tokio::time::Instant::now() >= deadline {
            return Ok(Json(view::build(&rollback, phase, app.store.now())));
        }
        let _ = tokio::time::timeout_at(deadline, head.changed()).await;
    }
}

/// Which ones.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfferQuery {
    /// Only this execution, also when it cannot be rolled back: then with the reason.
    execution_id: Option<String>,
    /// Only this repository.
    repo: Option<String>,
    /// At most this many (1–500).
    limit: Option<usize>,
}

/// List what can be rolled back now, newest first, with how sure that is and how long it is offered.
#[utoipa::path(get, path = "/api/governance/rollback/available", operation_id = "list_rollbackable", tag = "rollback",
    params(OfferQuery),
    responses((status = 200, body = Vec<OfferView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_rollbackable(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<OfferQuery>,
) -> Result<Json<Vec<OfferView>>, Refusal> {
    caller.may("list_rollbackable")?;
    let Some(id) = &query.execution_id else {
        let limit = page_size(query.limit);
        return Ok(Json(available::available(&app, &caller, query.repo.as_deref(), limit).await?));
    };
    let unknown = || Refusal::not_found("execution", id);
    let execution = app.store.execution(id).await?.ok_or_else(unknown)?;
    if !may_see(&caller, &execution.user) {
        return Err(unknown());
    }
    Ok(Json(vec![available::one(&app, &execution).await?]))
}
