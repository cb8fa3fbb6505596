//! `/freeze`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use navi_domain::freeze::FreezeScope;
use navi_protocol::freeze::{FreezeRequest, FreezeView};
use navi_protocol::problem::{Code, Problem};

use super::extract::{Body, replay};
use crate::auth::Caller;
use crate::usecase::freeze;
use crate::{App, Refusal};

/// List the pauses in force, oldest first, with the runs they asked to stop.
#[utoipa::path(get, path = "/api/governance/freeze", operation_id = "list_freezes", tag = "freeze",
    responses((status = 200, body = Vec<FreezeView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_freezes(State(app): State<App>, caller: Caller) -> Result<Json<Vec<FreezeView>>, Refusal> {
    caller.may("list_freezes")?;
    let mut views = Vec::new();
    for pause in app.store.freezes().await?.unwrap_or_default().live() {
        views.push(freeze::shown(&app, pause).await?);
    }
    Ok(Json(views))
}

/// Pause an agent, a repository or everything: nothing new runs, deadlines stand still, running commands are told to stop.
#[utoipa::path(put, path = "/api/governance/freeze", operation_id = "begin_freeze", tag = "freeze",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = FreezeRequest,
    responses((status = 200, body = FreezeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn begin_freeze(
    State(app): State<App>,
    caller: Caller,
    body: Body<FreezeRequest>,
) -> Result<Response, Refusal> {
    caller.may("begin_freeze")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let FreezeRequest { scope, name, reason } = body.value;
    let scope = match (scope.as_str(), name) {
        ("everything", None) => FreezeScope::Everything,
        ("repo", Some(name)) => FreezeScope::Repo(name),
        ("agent", Some(name)) => FreezeScope::Agent(name),
        _ => {
            let detail = "scope is everything (without a name), or repo or agent with a name.";
            return Err(Refusal::new(Code::Invalid, detail));
        }
    };
    let begun = freeze::begin(&app, &caller, scope, &reason, key.as_ref()).await?;
    Ok(Json(freeze::shown(&app, &begun).await?).into_response())
}

/// Lift a pause: what was left of each deadline is left again.
#[utoipa::path(delete, path = "/api/governance/freeze/{id}", operation_id = "end_freeze", tag = "freeze",
    params(("id" = String, Path)),
    responses((status = 200, body = FreezeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn end_freeze(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<FreezeView>, Refusal> {
    caller.may("end_freeze")?;
    let ended = freeze::end(&app, &caller, &id).await?;
    Ok(Json(freeze::shown(&app, &ended).await?))
}
