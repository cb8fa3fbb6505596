//! `/settings` and `/risk-settings`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use navi_protocol::problem::Problem;
use navi_protocol::proposals::ProposalView;
use navi_protocol::settings::{
    RevertSettingsRequest, RiskRequest, RiskView, SettingsRequest, SettingsVersion, SettingsView,
};
use navi_store::SavedRisk;

use super::extract::{Body, replay};
use super::policy::answered;
use crate::auth::Caller;
use crate::usecase::risk_settings::{self, parent, scope_of};
use crate::usecase::save_settings;
use crate::view::settings as view;
use crate::{App, Refusal};

/// Read the organisation's settings in force.
#[utoipa::path(get, path = "/api/governance/settings", operation_id = "read_settings", tag = "policy",
    responses((status = 200, body = SettingsView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_settings(State(app): State<App>, caller: Caller) -> Result<Json<SettingsView>, Refusal> {
    caller.may("read_settings")?;
    Ok(Json(view::build(&app.store.org_settings().await?.unwrap_or_default())))
}

/// Save the organisation's settings. What is looser may need a second person; then it becomes a proposal (202).
#[utoipa::path(put, path = "/api/governance/settings", operation_id = "save_settings", tag = "policy",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = SettingsRequest,
    responses((status = 200, body = SettingsView), (status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn save_settings(
    State(app): State<App>,
    caller: Caller,
    body: Body<SettingsRequest>,
) -> Result<Response, Refusal> {
    caller.may("save_settings")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let answer = save_settings::save_settings(&app, &caller, &body.value, key.as_ref()).await?;
    Ok(answered(&answer, view::build))
}

/// Every saved version of the organisation's settings, newest first.
#[utoipa::path(get, path = "/api/governance/settings/history", operation_id = "read_settings_history", tag = "policy",
    responses((status = 200, body = Vec<SettingsVersion>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_settings_history(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<SettingsVersion>>, Refusal> {
    caller.may("read_settings_history")?;
    Ok(Json(save_settings::history(&app).await?))
}

/// Read the risk settings of a scope: `default`, `repo:NAME` or `user:NAME`.
#[utoipa::path(get, path = "/api/governance/risk-settings/{scope}", operation_id = "read_risk_settings", tag = "policy",
    params(("scope" = String, Path)),
    responses((status = 200, body = RiskView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_risk_settings(
    State(app): State<App>,
    caller: Caller,
    Path(scope): Path<String>,
) -> Result<Json<RiskView>, Refusal> {
    caller.may("read_risk_settings")?;
    let scope = scope_of(&scope)?;
    let saved = app.store.risk_of(&scope).await?;
    let general = parent(&app, &scope).await?;
    let saved = saved.unwrap_or(SavedRisk { scope, changed: Default::default(), version: 0 });
    Ok(Json(view::risk(&saved, general.as_ref().map(|g| &g.changed))))
}

/// Save what a scope changes about weights, base risks, levels and labels. What is looser may become a proposal (202).
#[utoipa::path(put, path = "/api/governance/risk-settings/{scope}", operation_id = "save_risk_settings", tag = "policy",
    params(("scope" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = RiskRequest,
    responses((status = 200, body = RiskView), (status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn save_risk_settings(
    State(app): State<App>,
    caller: Caller,
    Path(scope): Path<String>,
    body: Body<RiskRequest>,
) -> Result<Response, Refusal> {
    caller.may("save_risk_settings")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let scope = scope_of(&scope)?;
    let answer = risk_settings::save_risk(&app, &caller, &scope, &body.value, key.as_ref()).await?;
    let general = parent(&app, &scope).await?;
    Ok(answered(&answer, |saved| view::risk(saved, general.as_ref().map(|g| &g.changed))))
}

/// Every saved version of a scope's risk settings, newest first.
#[utoipa::path(get, path = "/api/governance/risk-settings/{scope}/history", operation_id = "read_risk_history", tag = "policy",
    params(("scope" = String, Path)),
    responses((status = 200, body = Vec<SettingsVersion>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_risk_history(
    State(app): State<App>,
    caller: Caller,
    Path(scope): Path<String>,
) -> Result<Json<Vec<SettingsVersion>>, Refusal> {
    caller.may("read_risk_history")?;
    Ok(Json(risk_settings::history(&app, &scope_of(&scope)?).await?))
}

/// Save an older version of the organisation's settings as the newest. What is looser may become a proposal (202).
#[utoipa::path(post, path = "/api/governance/settings/revert", operation_id = "revert_settings", tag = "policy",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = RevertSettingsRequest,
    responses((status = 200, body = SettingsView), (status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn revert_settings(
    State(app): State<App>,
    caller: Caller,
    body: Body<RevertSettingsRequest>,
) -> Result<Response, Refusal> {
    caller.may("revert_settings")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let answer = save_settings::revert(&app, &caller, &body.value, key.as_ref()).await?;
    Ok(answered(&answer, view::build))
}

/// Save an older version of a scope's risk settings as the newest. What is looser may become a proposal (202).
#[utoipa::path(post, path = "/api/governance/risk-settings/{scope}/revert", operation_id = "revert_risk_settings", tag = "policy",
    params(("scope" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = RevertSettingsRequest,
    responses((status = 200, body = RiskView), (status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn revert_risk_settings(
    State(app): State<App>,
    caller: Caller,
    Path(scope): Path<String>,
    body: Body<RevertSettingsRequest>,
) -> Result<Response, Refusal> {
    caller.may("revert_risk_settings")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let scope = scope_of(&scope)?;
    let answer = risk_settings::revert(&app, &caller, &scope, &body.value, key.as_ref()).await?;
    let general = parent(&app, &scope).await?;
    Ok(answered(&answer, |saved| view::risk(saved, general.as_ref().map(|g| &g.changed))))
}
