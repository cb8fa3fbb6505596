//! `/guardrails` and `/catalogue`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use navi_domain::settings::OrgTextKind;
use navi_protocol::problem::Problem;
use navi_protocol::proposals::ProposalView;
use navi_protocol::rules::{TextRequest, TextView};

use super::extract::{Body, replay};
use crate::auth::Caller;
use crate::usecase::save_policy::Answer;
use crate::usecase::save_text;
use crate::{App, Refusal};

/// Read the guardrails in force: shipped and own, with their schema and the role matrix they come to.
#[utoipa::path(get, path = "/api/governance/guardrails", operation_id = "read_guardrails", tag = "policy",
    responses((status = 200, body = TextView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_guardrails(State(app): State<App>, caller: Caller) -> Result<Json<TextView>, Refusal> {
    caller.may("read_guardrails")?;
    view(&app, OrgTextKind::Guardrails).await.map(Json)
}

/// Save the organisation's own guardrails (Cedar). Problems are told with line and column, and nothing is saved then.
#[utoipa::path(put, path = "/api/governance/guardrails", operation_id = "save_guardrails", tag = "policy",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = TextRequest,
    responses((status = 200, body = TextView), (status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn save_guardrails(
    State(app): State<App>,
    caller: Caller,
    body: Body<TextRequest>,
) -> Result<Response, Refusal> {
    caller.may("save_guardrails")?;
    save(&app, &caller, OrgTextKind::Guardrails, body).await
}

/// Read the patterns in force: shipped and own.
#[utoipa::path(get, path = "/api/governance/catalogue", operation_id = "read_catalogue", tag = "policy",
    responses((status = 200, body = TextView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_catalogue(State(app): State<App>, caller: Caller) -> Result<Json<TextView>, Refusal> {
    caller.may("read_catalogue")?;
    view(&app, OrgTextKind::Catalogue).await.map(Json)
}

/// Save the organisation's own patterns (TOML). They add to the shipped ones and take none away.
#[utoipa::path(put, path = "/api/governance/catalogue", operation_id = "save_catalogue", tag = "policy",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = TextRequest,
    responses((status = 200, body = TextView), (status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn save_catalogue(
    State(app): State<App>,
    caller: Caller,
    body: Body<TextRequest>,
) -> Result<Response, Refusal> {
    caller.may("save_catalogue")?;
    save(&app, &caller, OrgTextKind::Catalogue, body).await
}

async fn save(
    app: &App,
    caller: &Caller,
    kind: OrgTextKind,
    body: Body<TextRequest>,
) -> Result<Response, Refusal> {
    let key = body.remember(caller);
    if body.value.check_only {
        save_text::check(kind, &body.value.text)?;
    } else if let Some(first) = replay(app, key.as_ref()).await? {
        if first.status() == StatusCode::ACCEPTED {
            return Ok(first);
        }
    } else if let Answer::Proposed(proposal) =
        save_text::save_text(app, caller, kind, &body.value, key.as_ref()).await?
    {
        return Ok((StatusCode::ACCEPTED, Json(crate::view::proposal::build(&proposal))).into_response());
    }
    Ok(Json(view(app, kind).await?).into_response())
}

async fn view(app: &App, kind: OrgTextKind) -> Result<TextView, Refusal> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let saved = app.store.org_text(kind).await?;
    let (shipped, schema, hash, matrix) = match kind {
        OrgTextKind::Guardrails => (
            navi_guardrail::SHIPPED_POLICIES.to_owned(),
            navi_guardrail::SCHEMA.to_owned(),
            rules.guardrails.hash().to_owned(),
            rules.guardrails.matrix(),
        ),
        OrgTextKind::Catalogue => (
            navi_facts::catalogue::SHIPPED.join("\n"),
            String::new(),
            rules.catalogue.hash().to_owned(),
            String::new(),
        ),
    };
    Ok(TextView {
        text: saved.as_ref().map(|t| t.text.clone()).unwrap_or_default(),
        shipped,
        schema,
        version: saved.as_ref().map_or(0, |t| t.version),
        hash,
        saved_by: saved.as_ref().map(|t| t.saved_by.clone()),
        saved_at: saved.as_ref().map(|t| t.saved_at),
        broken: rules.broken.clone(),
        matrix,
    })
}
