//! `/envelopes`

use axum::Json;
use axum::extract::{Path, State};
use navi_protocol::envelopes::{EnvelopeRequest, EnvelopeView};
use navi_protocol::problem::Problem;

use super::extract::Body;
use crate::auth::Caller;
use crate::usecase::envelope;
use crate::view::envelope as view;
use crate::{App, Refusal};

/// List envelopes whose life ended at most seven days ago, oldest first.
#[utoipa::path(get, path = "/api/governance/envelopes", operation_id = "list_envelopes", tag = "break-glass",
    responses((status = 200, body = Vec<EnvelopeView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_envelopes(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<EnvelopeView>>, Refusal> {
    caller.may("list_envelopes")?;
    Ok(Json(envelope::list(&app).await?))
}

/// Hand a sealed envelope out: one holder's key, one gate, one repository or agent, opened once without the server.
#[utoipa::path(post, path = "/api/governance/envelopes", operation_id = "issue_envelope", tag = "break-glass",
    request_body = EnvelopeRequest,
    responses((status = 200, body = EnvelopeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn issue_envelope(
    State(app): State<App>,
    caller: Caller,
    body: Body<EnvelopeRequest>,
) -> Result<Json<EnvelopeView>, Refusal> {
    caller.may("issue_envelope")?;
    let (issued, gate) = envelope::issue(&app, &caller, &body.value).await?;
    Ok(Json(view::build(&issued, &gate.name, app.store.now())))
}

/// Take an envelope back. A gate hears of it at its next contact; one that is offline does not.
#[utoipa::path(delete, path = "/api/governance/envelopes/{id}", operation_id = "revoke_envelope", tag = "break-glass",
    params(("id" = String, Path)),
    responses((status = 200, body = EnvelopeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn revoke_envelope(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<EnvelopeView>, Refusal> {
    caller.may("revoke_envelope")?;
    let issued = envelope::revoke(&app, &caller, &id).await?;
    let gate = app.store.gate(&issued.envelope.gate_id).await?;
    let name = gate.map(|g| g.name).unwrap_or_default();
    Ok(Json(view::build(&issued, &name, app.store.now())))
}
