//! `/gates`, and what a gate that is known by its key says with each of its requests.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use navi_protocol::envelopes::{
    ContactRequest, ContactView, GATE_HEADER, GateRequest, GateView, NEWS_HEADER,
};
use navi_protocol::problem::{Code, Problem};

use super::extract::Body;
use crate::auth::Caller;
use crate::usecase::{contact, enroll_gate};
use crate::view::envelope as view;
use crate::{App, Refusal};

/// List gates that are known by a key of their own.
#[utoipa::path(get, path = "/api/governance/gates", operation_id = "list_gates", tag = "break-glass",
    responses((status = 200, body = Vec<GateView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_gates(State(app): State<App>, caller: Caller) -> Result<Json<Vec<GateView>>, Refusal> {
    caller.may("list_gates")?;
    Ok(Json(app.store.gates().await?.iter().map(view::gate).collect()))
}

/// Make a gate known by the key that it signs its records with. The same key again changes nothing.
#[utoipa::path(post, path = "/api/governance/gates", operation_id = "enroll_gate", tag = "break-glass",
    request_body = GateRequest,
    responses((status = 200, body = GateView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn enroll_gate(
    State(app): State<App>,
    caller: Caller,
    body: Body<GateRequest>,
) -> Result<Json<GateView>, Refusal> {
    caller.may("enroll_gate")?;
    Ok(Json(view::gate(&enroll_gate::enroll(&app, &caller, &body.value).await?)))
}

/// Bring what a gate recorded without the server, and hear what holds now.
#[utoipa::path(post, path = "/api/governance/gates/{id}/contact", operation_id = "contact_gate", tag = "break-glass",
    params(("id" = String, Path)), request_body = ContactRequest,
    responses((status = 200, body = ContactView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn contact_gate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ContactRequest>,
) -> Result<Json<ContactView>, Refusal> {
    caller.may("contact_gate")?;
    Ok(Json(contact::contact(&app, &caller, &id, &body.value).await?))
}

/// A gate's records come before anything else of it is answered; and each answer tells it whether there is news.
pub async fn records_first(State(app): State<App>, request: Request, next: Next) -> Response {
    let said = request.headers().get(GATE_HEADER).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let (Some(said), false) = (said, request.uri().path().contains("/gates")) else {
        return next.run(request).await;
    };
    let news = match contact::at_hand(&app, &said).await {
        Ok(news) => news,
        Err(refusal) => return refusal.into_response(),
    };
    let mut response = next.run(request).await;
    if let Some(value) = news.and_then(|news| HeaderValue::from_str(&news).ok()) {
        response.headers_mut().insert(NEWS_HEADER, value);
    }
    response
}

/// The refusal of everything else while records are missing.
#[must_use]
pub fn records_pending() -> Refusal {
    Refusal::new(
        Code::RecordsPending,
        "This gate recorded something while the server was away. Nothing else of it is answered before that has come.",
    )
}
