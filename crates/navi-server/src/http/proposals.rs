//! `/proposals`

use axum::Json;
use axum::extract::{Path, State};
use navi_protocol::problem::{Code, Problem};
use navi_protocol::proposals::{ProposalDecision, ProposalView};

use super::extract::Body;
use crate::auth::Caller;
use crate::usecase::propose;
use crate::view::proposal as view;
use crate::{App, Refusal};

/// List the looser settings that wait for a second person.
#[utoipa::path(get, path = "/api/governance/proposals", operation_id = "list_proposals", tag = "policy",
    responses((status = 200, body = Vec<ProposalView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_proposals(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<ProposalView>>, Refusal> {
    caller.may("list_proposals")?;
    Ok(Json(app.store.open_proposals().await?.iter().map(view::build).collect()))
}

/// Accept another person's proposal, which puts it in force, or refuse one.
#[utoipa::path(post, path = "/api/governance/proposals/{id}", operation_id = "decide_proposal", tag = "policy",
    params(("id" = String, Path)), request_body = ProposalDecision,
    responses((status = 200, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn decide_proposal(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ProposalDecision>,
) -> Result<Json<ProposalView>, Refusal> {
    caller.may("decide_proposal")?;
    let accept = match body.value.decision.as_str() {
        "accept" => true,
        "refuse" => false,
        other => {
            let detail = format!("{other:?} is neither accept nor refuse.");
            return Err(Refusal::new(Code::Invalid, detail));
        }
    };
    Ok(Json(view::build(&propose::decide(&app, &caller, &id, accept).await?)))
}
