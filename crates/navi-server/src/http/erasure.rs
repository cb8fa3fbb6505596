//! `/ledger/{org}/erasures`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use navi_protocol::erasure::ErasureRequest;
use navi_protocol::problem::Problem;
use navi_protocol::proposals::ProposalView;

use super::extract::Body;
use super::ledger::own_org;
use crate::auth::Caller;
use crate::usecase::erasure;
use crate::view::proposal as view;
use crate::{App, Refusal};

/// Propose to erase what entries said. Leaves and proofs stay; a second person must accept.
#[utoipa::path(post, path = "/api/governance/ledger/{org}/erasures", operation_id = "propose_erasure", tag = "ledger",
    params(("org" = String, Path)), request_body = ErasureRequest,
    responses((status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn propose_erasure(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    body: Body<ErasureRequest>,
) -> Result<(StatusCode, Json<ProposalView>), Refusal> {
    caller.may("propose_erasure")?;
    own_org(&app, &org)?;
    let proposal = erasure::propose(&app, &caller, &body.value.entries, &body.value.reason).await?;
    Ok((StatusCode::ACCEPTED, Json(view::build(&proposal))))
}
