//! `/approvals/{id}/background`

use axum::Json;
use axum::extract::{Path, State};
use navi_protocol::background::BackgroundView;
use navi_protocol::problem::Problem;

use super::approvals::visible;
use crate::auth::Caller;
use crate::usecase::background;
use crate::{App, Refusal};

/// The earlier steps of the same session, the agent's record over thirty days, and whose policy and guardrails asked.
#[utoipa::path(get, path = "/api/governance/approvals/{id}/background", operation_id = "read_background", tag = "approvals",
    params(("id" = String, Path)),
    responses((status = 200, body = BackgroundView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_background(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<BackgroundView>, Refusal> {
    caller.may("read_background")?;
    let row = visible(&app, &caller, &id).await?;
    Ok(Json(background::background(&app, &caller, &row).await?))
}
