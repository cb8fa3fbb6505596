//! `/devices`, `/invites`, `/tokens`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use navi_domain::people::{DeviceClass, Role};
use navi_protocol::people::{
    DeviceView, EnrollRequest, EnrollResponse, InviteRequest, InviteResponse, InviteView, TokenRequest,
    TokenResponse, TokenView,
};
use navi_protocol::problem::Problem;

use super::extract::Body;
use crate::auth::{COOKIE, Caller};
use crate::usecase::{create_invite, create_token, enroll, manage_device, revoke_token};
use crate::view::people as view;
use crate::{App, Refusal};

/// List devices.
#[utoipa::path(get, path = "/api/governance/devices", operation_id = "list_devices", tag = "people",
    responses((status = 200, body = Vec<DeviceView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_devices(State(app): State<App>, caller: Caller) -> Result<Json<Vec<DeviceView>>, Refusal> {
    caller.may("list_devices")?;
    let only = (caller.role() != Role::Admin && caller.role() != Role::Auditor).then(|| caller.user());
    Ok(Json(app.store.devices(only).await?.iter().map(view::device).collect()))
}

/// Enrol a device with an invite. A web device gets its token as an HttpOnly cookie.
#[utoipa::path(post, path = "/api/governance/devices", operation_id = "enroll_device", tag = "people", security(()),
    request_body = EnrollRequest,
    responses((status = 201, body = EnrollResponse), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn enroll_device(State(app): State<App>, body: Body<EnrollRequest>) -> Result<Response, Refusal> {
    let enrolled = enroll::enroll(&app, &body.value).await?;
    let web = enrolled.device.class == DeviceClass::Web;
    let answer = EnrollResponse {
        device: view::device(&enrolled.device),
        token: if web { String::new() } else { enrolled.secret.clone() },
        org: app.store.org().to_owned(),
        role: enrolled.token.role.as_str().to_owned(),
        origin: app.store.head().await?.origin,
        ledger_vkey: app.notary.vkey(),
    };
    let mut response = (StatusCode::CREATED, Json(answer)).into_response();
    if web {
        let cookie =
            format!("{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=604800", enrolled.secret);
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// Confirm a person's further device, from an earlier one.
#[utoipa::path(post, path = "/api/governance/devices/{id}/confirm", operation_id = "confirm_device", tag = "people",
    params(("id" = String, Path)),
    responses((status = 200, body = DeviceView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn confirm_device(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DeviceView>, Refusal> {
    caller.may("confirm_device")?;
    Ok(Json(view::device(&manage_device::confirm_device(&app, &caller, &id).await?)))
}

/// Revoke a device for good.
#[utoipa::path(delete, path = "/api/governance/devices/{id}", operation_id = "revoke_device", tag = "people",
    params(("id" = String, Path)),
    responses((status = 200, body = DeviceView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn revoke_device(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DeviceView>, Refusal> {
    caller.may("revoke_device")?;
    Ok(Json(view::device(&manage_device::revoke_device(&app, &caller, &id).await?)))
}

/// List invites.
#[utoipa::path(get, path = "/api/governance/invites", operation_id = "list_invites", tag = "people",
    responses((status = 200, body = Vec<InviteView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_invites(State(app): State<App>, caller: Caller) -> Result<Json<Vec<InviteView>>, Refusal> {
    caller.may("list_invites")?;
    Ok(Json(app.store.invites().await?.iter().map(view::invite).collect()))
}

/// Make an invite. Its text is told once.
#[utoipa::path(post, path = "/api/governance/invites", operation_id = "create_invite", tag = "people",
    request_body = InviteRequest,
    responses((status = 201, body = InviteResponse), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn create_invite(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body<InviteRequest>,
) -> Result<(StatusCode, Json<InviteResponse>), Refusal> {
    caller.may("create_invite")?;
    let (invite, secret) = create_invite::create_invite(&app, &caller, &body.value).await?;
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("127.0.0.1:7420");
    let answer = invite_response(&invite, &secret, &format!("http://{host}"), &app.notary.vkey());
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The links of a new invite.
#[must_use]
pub fn invite_response(
    invite: &navi_domain::people::Invite,
    secret: &str,
    url: &str,
    vkey: &str,
) -> InviteResponse {
    let coded = |text: &str| {
        text.bytes()
            .map(|b| match b {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(b).to_string()
                }
                _ => format!("%{b:02X}"),
            })
            .collect::<String>()
    };
    InviteResponse {
        id: invite.id.clone(),
        invite: secret.to_owned(),
        link: format!("navi://enroll?url={}&invite={}&vkey={}", coded(url), coded(secret), coded(vkey)),
        web_link: (invite.class == Some(DeviceClass::Web))
            .then(|| format!("{url}/#/enroll?code={}", coded(secret))),
        expires_at: invite.expires_at,
    }
}

/// List tokens.
#[utoipa::path(get, path = "/api/governance/tokens", operation_id = "list_tokens", tag = "people",
    responses((status = 200, body = Vec<TokenView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_tokens(State(app): State<App>, caller: Caller) -> Result<Json<Vec<TokenView>>, Refusal> {
    caller.may("list_tokens")?;
    Ok(Json(app.store.tokens().await?.iter().map(view::token).collect()))
}

/// Make a token. Its text is told once.
#[utoipa::path(post, path = "/api/governance/tokens", operation_id = "create_token", tag = "people",
    request_body = TokenRequest,
    responses((status = 201, body = TokenResponse), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn create_token(
    State(app): State<App>,
    caller: Caller,
    body: Body<TokenRequest>,
) -> Result<(StatusCode, Json<TokenResponse>), Refusal> {
    caller.may("create_token")?;
    let (token, secret) = create_token::create_token(&app, &caller, &body.value).await?;
    Ok((StatusCode::CREATED, Json(TokenResponse { id: token.id, token: secret })))
}

/// Revoke a token.
#[utoipa::path(delete, path = "/api/governance/tokens/{id}", operation_id = "revoke_token", tag = "people",
    params(("id" = String, Path)),
    responses((status = 200, body = TokenView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn revoke_token(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<TokenView>, Refusal> {
    caller.may("revoke_token")?;
    Ok(Json(view::token(&revoke_token::revoke_token(&app, &caller, &id).await?)))
}
