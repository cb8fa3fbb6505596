//! `/approvals/{id}/claim`, `…/snooze`, `…/presence`, `…/extend`, `…/edit`, and `/approvals/bulk`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use navi_protocol::approvals::ApprovalView;
use navi_protocol::problem::Problem;
use navi_protocol::waiting::{
    BulkRequest, BulkResponse, ClaimRequest, EditRequest, ExtendRequest, SnoozeRequest,
};

use super::approvals::{shown, visible};
use super::extract::Body;
use crate::auth::Caller;
use crate::usecase::{cast_votes, claim, edit, extend, snooze};
use crate::{App, Refusal};

/// Say that one looks at it. Binds nobody.
#[utoipa::path(post, path = "/api/governance/approvals/{id}/claim", operation_id = "claim_approval", tag = "approvals",
    params(("id" = String, Path)), request_body = ClaimRequest,
    responses((status = 200, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn claim_approval(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ClaimRequest>,
) -> Result<Json<ApprovalView>, Refusal> {
    caller.may("claim_approval")?;
    claim::claim(&app, &caller, &id, body.value.take_over).await?;
    shown(&app, &caller, &id).await
}

/// Give one's own claim back.
#[utoipa::path(delete, path = "/api/governance/approvals/{id}/claim", operation_id = "release_approval", tag = "approvals",
    params(("id" = String, Path)),
    responses((status = 200, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn release_approval(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ApprovalView>, Refusal> {
    caller.may("release_approval")?;
    claim::release(&app, &caller, &id).await?;
    shown(&app, &caller, &id).await
}

/// Put it off for oneself. Nobody else's queue and no deadline changes; when too few are left, the next in line is alerted.
#[utoipa::path(post, path = "/api/governance/approvals/{id}/snooze", operation_id = "snooze_approval", tag = "approvals",
    params(("id" = String, Path)), request_body = SnoozeRequest,
    responses((status = 200, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn snooze_approval(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<SnoozeRequest>,
) -> Result<Json<ApprovalView>, Refusal> {
    caller.may("snooze_approval")?;
    visible(&app, &caller, &id).await?;
    snooze::snooze(&app, &caller, &id, body.value.until).await?;
    shown(&app, &caller, &id).await
}

/// Hear of it again at once.
#[utoipa::path(delete, path = "/api/governance/approvals/{id}/snooze", operation_id = "wake_approval", tag = "approvals",
    params(("id" = String, Path)),
    responses((status = 200, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn wake_approval(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ApprovalView>, Refusal> {
    caller.may("wake_approval")?;
    visible(&app, &caller, &id).await?;
    snooze::wake(&app, &caller, &id).await?;
    shown(&app, &caller, &id).await
}

/// Tell the others that one reads it now. Lasts while a console is open, until another one is read. Binds nobody.
#[utoipa::path(put, path = "/api/governance/approvals/{id}/presence", operation_id = "show_presence", tag = "approvals",
    params(("id" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn show_presence(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    caller.may("show_presence")?;
    claim::person(&caller)?;
    visible(&app, &caller, &id).await?;
    app.presence.reads(caller.user(), &id);
    Ok(StatusCode::NO_CONTENT)
}

/// One no longer reads it.
#[utoipa::path(delete, path = "/api/governance/approvals/{id}/presence", operation_id = "end_presence", tag = "approvals",
    params(("id" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn end_presence(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    caller.may("end_presence")?;
    app.presence.leaves(caller.user(), &id);
    Ok(StatusCode::NO_CONTENT)
}

/// Give it more time, once.
#[utoipa::path(post, path = "/api/governance/approvals/{id}/extend", operation_id = "extend_approval", tag = "approvals",
    params(("id" = String, Path)), request_body = ExtendRequest,
    responses((status = 200, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn extend_approval(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ExtendRequest>,
) -> Result<Json<ApprovalView>, Refusal> {
    caller.may("extend_approval")?;
    extend::extend(&app, &caller, &id, body.value.secs).await?;
    shown(&app, &caller, &id).await
}

/// Change the action. The edited one is decided anew and is another approval, which needs its own votes.
#[utoipa::path(post, path = "/api/governance/approvals/{id}/edit", operation_id = "edit_approval", tag = "approvals",
    params(("id" = String, Path)), request_body = EditRequest,
    responses((status = 201, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn edit_approval(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<EditRequest>,
) -> Result<(StatusCode, Json<ApprovalView>), Refusal> {
    caller.may("edit_approval")?;
    visible(&app, &caller, &id).await?;
    let edited = edit::edit(&app, &caller, &id, &body.value).await?;
    Ok((StatusCode::CREATED, shown(&app, &caller, &edited).await?))
}

/// Cast one signed vote each on several approvals. High and critical ones are left out.
#[utoipa::path(post, path = "/api/governance/approvals/bulk", operation_id = "cast_votes", tag = "approvals",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets each vote's first answer for 24 hours.")), request_body = BulkRequest,
    responses((status = 207, body = BulkResponse), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn cast_votes(
    State(app): State<App>,
    caller: Caller,
    body: Body<BulkRequest>,
) -> Result<(StatusCode, Json<BulkResponse>), Refusal> {
    caller.may("cast_votes")?;
    let key = body.remember(&caller);
    let results = cast_votes::cast_votes(&app, &caller, body.value, key.as_ref()).await?;
    Ok((StatusCode::MULTI_STATUS, Json(BulkResponse { results })))
}
