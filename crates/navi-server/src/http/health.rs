//! `/healthz`, `/readyz`: no credential, no detail.

use axum::extract::State;

use crate::{App, Refusal};

/// The process answers. Touches nothing: the no-op handler that benchmarks compare with.
#[utoipa::path(get, path = "/healthz", operation_id = "read_health", tag = "health", responses((status = 200, body = String)))]
pub async fn read_health() -> &'static str {
    "ok"
}

/// The database can be read.
#[utoipa::path(get, path = "/readyz", operation_id = "read_readiness", tag = "health",
    responses((status = 200, body = String), (status = 503, body = navi_protocol::problem::Problem, content_type = "application/problem+json")))]
pub async fn read_readiness(State(app): State<App>) -> Result<&'static str, Refusal> {
    app.store.ping().await?;
    Ok("ready")
}
