//! `/audit/exports`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use navi_protocol::audit::ExportNote;
use navi_protocol::problem::Problem;

use super::extract::{Body, replay};
use crate::auth::Caller;
use crate::usecase::export;
use crate::{App, Refusal};

/// Record that a console wrote a file from its own copy of the log. A console that had no connection tells it later.
#[utoipa::path(post, path = "/api/governance/audit/exports", operation_id = "note_export", tag = "audit",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = ExportNote,
    responses((status = 200, body = ExportNote), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn note_export(
    State(app): State<App>,
    caller: Caller,
    body: Body<ExportNote>,
) -> Result<Response, Refusal> {
    caller.may("note_export")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    export::note(&app, &caller, &body.value, key.as_ref()).await?;
    Ok(Json(body.value).into_response())
}
