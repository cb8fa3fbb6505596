//! `/bypass`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use navi_domain::bypass::Bypass;
use navi_protocol::bypass::{BypassDetail, BypassList, BypassRequest, BypassView};
use navi_protocol::problem::Problem;

use super::extract::{Body, replay};
use crate::auth::Caller;
use crate::usecase::bypass::{self, list};
use crate::view::bypass as view;
use crate::{App, Refusal};

/// Every bypass that still matters, those that are over, and what one would need.
#[utoipa::path(get, path = "/api/governance/bypass", operation_id = "list_bypasses", tag = "bypass",
    responses((status = 200, body = BypassList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_bypasses(State(app): State<App>, caller: Caller) -> Result<Json<BypassList>, Refusal> {
    caller.may("list_bypasses")?;
    Ok(Json(list::list(&app, &caller).await?))
}

/// One bypass, with what ran by it.
#[utoipa::path(get, path = "/api/governance/bypass/{id}", operation_id = "read_bypass", tag = "bypass",
    params(("id" = String, Path)),
    responses((status = 200, body = BypassDetail), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_bypass(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<BypassDetail>, Refusal> {
    caller.may("read_bypass")?;
    Ok(Json(list::detail(&app, &caller, &id).await?))
}

/// Ask for a bypass with a signed wish. Nothing runs by it until a second person on call confirms it with the number that
/// the answer holds, or whoever asked goes on alone where the policy allows that.
#[utoipa::path(post, path = "/api/governance/bypass", operation_id = "ask_bypass", tag = "bypass",
    request_body = BypassRequest, params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BypassView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn ask_bypass(
    State(app): State<App>,
    caller: Caller,
    body: Body<BypassRequest>,
) -> Result<Response, Refusal> {
    caller.may("ask_bypass")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let asked = bypass::ask(&app, &caller, &body.value, key.as_ref()).await?;
    answer(&app, &caller, &asked).await
}

/// Confirm as the second person on call, with the number that whoever asked reads aloud: it is in force.
#[utoipa::path(post, path = "/api/governance/bypass/{id}/confirm", operation_id = "confirm_bypass", tag = "bypass",
    request_body = BypassRequest, params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BypassView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn confirm_bypass(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<BypassRequest>,
) -> Result<Response, Refusal> {
    caller.may("confirm_bypass")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let begun = bypass::confirm(&app, &caller, &id, &body.value, key.as_ref()).await?;
    answer(&app, &caller, &begun).await
}

/// Go on alone, after a minute without an answer, where the policy allows it. The whole line is paged.
#[utoipa::path(post, path = "/api/governance/bypass/{id}/alone", operation_id = "go_on_alone", tag = "bypass",
    request_body = BypassRequest, params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BypassView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn go_on_alone(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<BypassRequest>,
) -> Result<Response, Refusal> {
    caller.may("go_on_alone")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let begun = bypass::alone(&app, &caller, &id, &body.value, key.as_ref()).await?;
    answer(&app, &caller, &begun).await
}

/// End it now, or take back one that nobody confirmed yet.
#[utoipa::path(delete, path = "/api/governance/bypass/{id}", operation_id = "end_bypass", tag = "bypass",
    params(("id" = String, Path)),
    responses((status = 200, body = BypassView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn end_bypass(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    caller.may("end_bypass")?;
    let ended = bypass::end(&app, &caller, &id).await?;
    answer(&app, &caller, &ended).await
}

/// Clear its review, with what was found: by another person than the two of its beginning.
#[utoipa::path(post, path = "/api/governance/bypass/{id}/review", operation_id = "review_bypass", tag = "bypass",
    request_body = BypassRequest, params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BypassView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn review_bypass(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<BypassRequest>,
) -> Result<Response, Refusal> {
    caller.may("review_bypass")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let reviewed = bypass::review(&app, &caller, &id, &body.value, key.as_ref()).await?;
    answer(&app, &caller, &reviewed).await
}

async fn answer(app: &App, caller: &Caller, bypass: &Bypass) -> Result<Response, Refusal> {
    let runs = list::runs_of(app, &bypass.id).await?;
    Ok(Json(view::build(app, caller, bypass, runs, app.store.now())).into_response())
}
