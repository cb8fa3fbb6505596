//! `POST /deliveries`

use axum::Json;
use axum::extract::State;
use navi_protocol::deliveries::{DeliveriesRequest, DeliveriesResponse};
use navi_protocol::problem::Problem;

use super::extract::Body;
use crate::auth::Caller;
use crate::usecase::report_deliveries;
use crate::{App, Refusal};

/// Say how far the news of waiting requests came on this device. The same again changes nothing.
#[utoipa::path(post, path = "/api/governance/deliveries", operation_id = "report_deliveries", tag = "approvals",
    request_body = DeliveriesRequest,
    responses((status = 200, body = DeliveriesResponse), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn report_deliveries(
    State(app): State<App>,
    caller: Caller,
    body: Body<DeliveriesRequest>,
) -> Result<Json<DeliveriesResponse>, Refusal> {
    caller.may("report_deliveries")?;
    let kept = report_deliveries::report(&app, &caller, body.value).await?;
    Ok(Json(DeliveriesResponse { kept, server_time: app.store.now() }))
}
