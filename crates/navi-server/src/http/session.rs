//! `/session`

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use navi_protocol::people::SessionView;
use navi_protocol::problem::Problem;

use crate::auth::{COOKIE, Caller};
use crate::usecase::revoke_token;
use crate::view::people as view;
use crate::{App, Refusal};

/// Who this credential is.
#[utoipa::path(get, path = "/api/governance/session", operation_id = "read_session", tag = "people",
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_session(State(app): State<App>, caller: Caller) -> Result<Json<SessionView>, Refusal> {
    caller.may("read_session")?;
    let device = match &caller.token.device_id {
        Some(id) => app.store.device(id).await?,
        None => None,
    };
    let settings = app.store.org_settings().await?.unwrap_or_default();
    Ok(Json(SessionView {
        org: app.store.org().to_owned(),
        user: caller.user().to_owned(),
        role: caller.role().as_str().to_owned(),
        agent: caller.token.agent.clone(),
        device: device.as_ref().map(view::device),
        origin: app.store.head().await?.origin,
        ledger_vkey: app.notary.vkey(),
        cosignatures_required: settings.cosignatures_required,
        allowances: crate::view::settings::allowances(&settings),
        server_time: app.store.now(),
    }))
}

/// Sign out: the credential stops being good.
#[utoipa::path(delete, path = "/api/governance/session", operation_id = "end_session", tag = "people",
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn end_session(State(app): State<App>, caller: Caller) -> Result<Response, Refusal> {
    caller.may("end_session")?;
    revoke_token::revoke_token(&app, &caller, &caller.token.id).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let gone = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    if let Ok(value) = HeaderValue::from_str(&gone) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}
