//! `/delegations`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use navi_protocol::delegations::{DelegationRequest, DelegationView};
use navi_protocol::problem::Problem;

use super::extract::Body;
use crate::auth::Caller;
use crate::usecase::delegate;
use crate::view::delegation as view;
use crate::{App, Refusal};

/// List the delegations that have not ended.
#[utoipa::path(get, path = "/api/governance/delegations", operation_id = "list_delegations", tag = "people",
    responses((status = 200, body = Vec<DelegationView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_delegations(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<DelegationView>>, Refusal> {
    caller.may("list_delegations")?;
    let now = app.store.now();
    let all = app.store.delegations(now).await?;
    Ok(Json(all.iter().filter(|d| d.revoked_at.is_none()).map(|d| view::build(d, now)).collect()))
}

/// Let another person vote for one while one is away.
#[utoipa::path(post, path = "/api/governance/delegations", operation_id = "make_delegation", tag = "people",
    request_body = DelegationRequest,
    responses((status = 201, body = DelegationView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn make_delegation(
    State(app): State<App>,
    caller: Caller,
    body: Body<DelegationRequest>,
) -> Result<(StatusCode, Json<DelegationView>), Refusal> {
    caller.may("make_delegation")?;
    let made = delegate::make(&app, &caller, &body.value).await?;
    Ok((StatusCode::CREATED, Json(view::build(&made, app.store.now()))))
}

/// End a delegation early.
#[utoipa::path(delete, path = "/api/governance/delegations/{id}", operation_id = "end_delegation", tag = "people",
    params(("id" = String, Path)),
    responses((status = 200, body = DelegationView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn end_delegation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DelegationView>, Refusal> {
    caller.may("end_delegation")?;
    let ended = delegate::end(&app, &caller, &id).await?;
    Ok(Json(view::build(&ended, app.store.now())))
}
