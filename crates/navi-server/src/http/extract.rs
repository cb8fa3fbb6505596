//! Bodies, queries and idempotency keys, with refusals instead of framework texts.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use navi_domain::canonical;
use navi_protocol::problem::Code;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::auth::{Caller, secret_hash};
use crate::usecase::Remember;
use crate::{App, Refusal};

/// A JSON body without duplicate keys, and the `Idempotency-Key` with the request's hash.
pub struct Body<T> {
    /// The body.
    pub value: T,
    /// SHA-256 (hex) of method, path and body.
    pub request_sha256: String,
    /// The `Idempotency-Key`, if one was sent.
    pub key: Option<String>,
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (method, uri, headers) =
            (request.method().clone(), request.uri().clone(), request.headers().clone());
        let bytes = whole(request, app).await?;
        let value = parse(&bytes)?;
        let key = match headers
            .get("idempotency-key")
            .map(|v| v.to_str().unwrap_or_default().trim().to_owned())
        {
            Some(k) if k.is_empty() || k.len() > 200 => {
                return Err(Refusal::new(Code::BadRequest, "Idempotency-Key must have 1 to 200 characters."));
            }
            other => other,
        };
        Ok(Self { value, request_sha256: request_hash(&method, &uri, &bytes), key })
    }
}

async fn whole(request: Request, app: &App) -> Result<Bytes, Refusal> {
    Bytes::from_request(request, app).await.map_err(|e| {
        let most = app.config.max_body_bytes;
        if e.into_response().status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            Refusal::new(Code::TooLarge, format!("The body is larger than {most} bytes."))
        } else {
            Refusal::new(Code::BadRequest, "The body could not be read to its end.")
        }
    })
}

/// A body as its sender signed it, with the headers.
pub struct Raw {
    headers: HeaderMap,
    /// The very bytes.
    pub bytes: Bytes,
}

impl FromRequest<App> for Raw {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let headers = request.headers().clone();
        Ok(Self { headers, bytes: whole(request, app).await? })
    }
}

impl Raw {
    /// A header; empty when it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON without duplicate keys.
    ///
    /// # Errors
    /// `bad_request`
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        parse(&self.bytes)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let bad =
        |why: String| Refusal::new(Code::BadRequest, format!("The body is not what this path takes: {why}."));
    let text = std::str::from_utf8(bytes).map_err(|_| bad("it is not UTF-8".into()))?;
    let value: Value = canonical::parse_strict(text).map_err(|e| bad(e.to_string()))?;
    serde_json::from_value(value).map_err(|e| bad(e.to_string()))
}

fn request_hash(method: &Method, uri: &Uri, body: &[u8]) -> String {
    secret_hash(&format!("{method}\n{}\n{}", uri.path(), String::from_utf8_lossy(body)))
}

impl<T> Body<T> {
    /// What to remember with the commit.
    #[must_use]
    pub fn remember(&self, caller: &Caller) -> Option<Remember> {
        self.key.as_ref().map(|key| Remember {
            token_id: caller.token.id.clone(),
            key: key.clone(),
            request_sha256: self.request_sha256.clone(),
        })
    }
}

/// The first answer to a repeated request, if there is one.
///
/// # Errors
/// `idempotency_mismatch` when the key was used for another request.
pub async fn replay(app: &App, remember: Option<&Remember>) -> Result<Option<Response>, Refusal> {
    let Some(remember) = remember else { return Ok(None) };
    let Some(first) = app.store.idempotent(&remember.token_id, &remember.key).await? else { return Ok(None) };
    if first.request_sha256 != remember.request_sha256 {
        let detail = "This Idempotency-Key was used for another request within the last 24 hours.";
        return Err(Refusal::new(Code::IdempotencyMismatch, detail));
    }
    let mut body: Value = serde_json::from_str(&first.body).unwrap_or_default();
    let action_id =
        body.get("action_id").or_else(|| body.pointer("/approval/action_id")).and_then(Value::as_str);
    if let Some(action_id) = action_id.map(str::to_owned).filter(|_| body.get("ledger_index").is_some()) {
        let link = remember.link();
        let entries = app.store.chain(&action_id).await?;
        let named = |e: &&navi_store::Entry| std::str::from_utf8(&e.leaf).is_ok_and(|l| l.contains(&link));
        if let (Some(entry), Some(fields)) = (entries.iter().find(named), body.as_object_mut()) {
            fields.insert("ledger_index".into(), entry.index.into());
        }
    }
    let status = axum::http::StatusCode::from_u16(first.status).unwrap_or(axum::http::StatusCode::OK);
    Ok(Some((status, axum::Json(body)).into_response()))
}

/// A query string.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Refusal> {
        Query::<T>::try_from_uri(&parts.uri)
            .map(|Query(value)| Self(value))
            .map_err(|e| Refusal::new(Code::BadRequest, format!("The query is not understood: {e}.")))
    }
}

/// Names joined by commas, each of a closed set.
///
/// # Errors
/// `bad_request`, naming the one that is none.
pub fn listed<T: DeserializeOwned>(names: Option<&str>, what: &str) -> Result<Vec<T>, Refusal> {
    names
        .into_iter()
        .flat_map(|n| n.split(','))
        .filter(|n| !n.trim().is_empty())
        .map(|n| {
            serde_json::from_value(n.trim().into())
                .map_err(|_| Refusal::new(Code::BadRequest, format!("{n:?} is no {what}.")))
        })
        .collect()
}

/// A page's size: 1 to 500, 50 when none is asked.
#[must_use]
pub fn page_size(limit: Option<usize>) -> usize {
    limit.unwrap_or(50).clamp(1, 500)
}
