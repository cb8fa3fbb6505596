//! `/allow-rules` and `/approvals/{id}/allow-rules`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use navi_protocol::allow::{AllowDrafts, AllowRequest, AllowRuleView};
use navi_protocol::problem::Problem;
use navi_protocol::proposals::ProposalView;

use super::approvals::visible;
use super::extract::{Body, replay};
use crate::auth::Caller;
use crate::usecase::allow_rule::{draft, end, propose};
use crate::view::{allow as view, proposal};
use crate::{App, Refusal};

/// List the allow rules in force, oldest first.
#[utoipa::path(get, path = "/api/governance/allow-rules", operation_id = "list_allow_rules", tag = "policy",
    responses((status = 200, body = Vec<AllowRuleView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_allow_rules(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<AllowRuleView>>, Refusal> {
    caller.may("list_allow_rules")?;
    let (settings, now) = (app.store.org_settings().await?.unwrap_or_default(), app.store.now());
    Ok(Json(settings.allow_rules.iter().filter(|rule| rule.is_live(now)).map(view::build).collect()))
}

/// End an allow rule at once: permits it issued and that were not used yet end with it.
#[utoipa::path(delete, path = "/api/governance/allow-rules/{id}", operation_id = "end_allow_rule", tag = "policy",
    params(("id" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn end_allow_rule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    caller.may("end_allow_rule")?;
    end::end(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which allow rules could be made from a request, each tried on the requests of the last 30 days. Nothing is saved.
#[utoipa::path(get, path = "/api/governance/approvals/{id}/allow-rules", operation_id = "draft_allow_rules", tag = "policy",
    params(("id" = String, Path)),
    responses((status = 200, body = AllowDrafts), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn draft_allow_rules(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<AllowDrafts>, Refusal> {
    caller.may("draft_allow_rules")?;
    let row = visible(&app, &caller, &id).await?;
    Ok(Json(draft::drafts(&app, &row).await?))
}

/// Propose an allow rule made from a request. It always waits for a second person.
#[utoipa::path(post, path = "/api/governance/approvals/{id}/allow-rules", operation_id = "propose_allow_rule", tag = "policy",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = AllowRequest,
    responses((status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn propose_allow_rule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<AllowRequest>,
) -> Result<Response, Refusal> {
    caller.may("propose_allow_rule")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let row = visible(&app, &caller, &id).await?;
    let proposed = propose::propose(&app, &caller, &row, &body.value, key.as_ref()).await?;
    Ok((StatusCode::ACCEPTED, Json(proposal::build(&proposed))).into_response())
}
