//! `/ledger/{org}`: cosignatures, witnesses, and proofs as files.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use navi_ledger::cosignature::Witness;
use navi_ledger::tlog_proof::TlogProof;
use navi_protocol::problem::Problem;
use navi_protocol::witness::{CosignatureRequest, CosignatureResponse, WitnessView};
use navi_store::WitnessState;

use super::extract::Body;
use super::ledger::own_org;
use crate::auth::Caller;
use crate::usecase::{cosign, export};
use crate::{App, Refusal, proofs};

/// Cosign a checkpoint, as the witness that every console is. The first time is recorded in the ledger.
#[utoipa::path(post, path = "/api/governance/ledger/{org}/cosignature", operation_id = "add_cosignature", tag = "ledger",
    params(("org" = String, Path)), request_body = CosignatureRequest,
    responses((status = 200, body = CosignatureResponse), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn add_cosignature(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    body: Body<CosignatureRequest>,
) -> Result<Json<CosignatureResponse>, Refusal> {
    caller.may("add_cosignature")?;
    own_org(&app, &org)?;
    let cosignatures = cosign::cosign(&app, &caller, &body.value).await?;
    Ok(Json(CosignatureResponse { size: body.value.size, cosignatures }))
}

/// Everybody who ever cosigned, in the order of joining. A witness never leaves this list.
#[utoipa::path(get, path = "/api/governance/ledger/{org}/witnesses", operation_id = "list_witnesses", tag = "ledger",
    params(("org" = String, Path)),
    responses((status = 200, body = Vec<WitnessView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_witnesses(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<WitnessView>>, Refusal> {
    caller.may("list_witnesses")?;
    own_org(&app, &org)?;
    Ok(Json(app.store.witnesses().await?.into_iter().map(view).collect()))
}

fn view(state: WitnessState) -> WitnessView {
    let name = Witness::from_vkey(&state.vkey).map(|w| w.name().to_owned()).unwrap_or_default();
    WitnessView {
        vkey: state.vkey,
        name,
        device_id: state.device_id,
        joined_at: state.joined_at,
        last_size: state.last_size,
        last_at: state.last_at,
    }
}

/// One entry's proof as a file (C2SP tlog-proof): it needs nothing else but the entry and the ledger's key.
#[utoipa::path(get, path = "/api/governance/ledger/{org}/entries/{index}/proof", operation_id = "read_entry_proof", tag = "ledger",
    params(("org" = String, Path), ("index" = u64, Path, description = "Index of the entry, from 0.")),
    responses((status = 200, body = String, content_type = "text/plain"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_entry_proof(
    State(app): State<App>,
    caller: Caller,
    Path((org, index)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    caller.may("read_entry_proof")?;
    own_org(&app, &org)?;
    let wanted: u64 = index.parse().map_err(|_| Refusal::not_found("entry", &index))?;
    let covered = |size: u64| wanted < size;
    let (mut size, mut note) = app.notary.newest(app.store.as_ref(), false).await?;
    if !covered(size) {
        (size, note) = app.notary.newest(app.store.as_ref(), true).await?;
    }
    if !covered(size) {
        return Err(Refusal::not_found("entry", &index));
    }
    let hashes = proofs::inclusion(app.store.as_ref(), wanted, size).await?;
    let checkpoint = export::cosigned(&app, size, &note).await?;
    let proof = TlogProof { extra: Vec::new(), index: wanted, hashes, checkpoint };
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], proof.to_text()).into_response())
}
