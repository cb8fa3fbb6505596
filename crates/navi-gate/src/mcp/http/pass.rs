//! Passing on: a request to the server with its headers, and the server's answer to the client.

use std::pin::Pin;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use axum::response::{IntoResponse as _, Response};
use reqwest::Url;
use serde_json::Value;
use tokio::sync::mpsc;

use super::sse;

/// A client's request.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, verbatim.
    pub body: Bytes,
}

impl Sent {
    /// Another message of the same client in the same session.
    pub fn instead(&self, message: &Value) -> Self {
        Self { body: Bytes::from(message.to_string()), ..self.clone() }
    }

    /// Whether the client takes a stream for an answer.
    pub fn accepts_streams(&self) -> bool {
        let accepts = self.headers.get_all(header::ACCEPT).iter();
        accepts.filter_map(|v| v.to_str().ok()).any(|v| v.contains("text/event-stream") || v.contains("*/*"))
    }
}

/// The server that the gate stands before.
pub struct Upstream {
    url: Url,
    http: reqwest::Client,
}

/// Headers that belong to one connection (RFC 9110, 7.6.1), and those that the client library sets itself. Compressed
/// answers could not be watched.
const OWN: [HeaderName; 9] = [
    header::CONNECTION,
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::ACCEPT_ENCODING,
    header::ORIGIN,
];

impl Upstream {
    /// A server at this address.
    pub fn new(url: &Url) -> Result<Self, String> {
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(format!("{url} is no address of an HTTP server"));
        }
        // A redirect is the client's to follow, through the gate again.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        Ok(Self { url: url.clone(), http: http.map_err(|e| format!("HTTP cannot be spoken: {e}"))? })
    }

    /// Sends it on: to the server's own address, or to another path of the same server.
    pub async fn send(&self, sent: Sent) -> Result<reqwest::Response, String> {
        let mut url = self.url.clone();
        if !matches!(sent.uri.path(), "/" | "/mcp") && sent.uri.path() != url.path() {
            url.set_path(sent.uri.path());
        }
        if let Some(query) = sent.uri.query() {
            url.set_query(Some(query));
        }
        let mut headers = sent.headers;
        for name in &OWN {
            headers.remove(name);
        }
        let request = self.http.request(sent.method, url).headers(headers).body(sent.body);
        request.send().await.map_err(|e| format!("the tool server cannot be reached ({})", e.without_url()))
    }
}

/// The server's answer for the client, status and headers included; `each` sees every message in it, and `over` is called
/// when no more comes. What `stopped` says takes the place of the rest.
pub fn stream(
    mut answer: reqwest::Response,
    mut each: impl FnMut(&str) + Send + 'static,
    over: impl FnOnce() + Send + 'static,
    mut stopped: Pin<Box<dyn Future<Output = Value> + Send>>,
) -> Response {
    let status = answer.status();
    let mut headers = answer.headers().clone();
    for name in &OWN {
        headers.remove(name);
    }
    let events = is_stream(&answer);
    let (tell, told) = mpsc::channel::<Result<Bytes, std::io::Error>>(16);
    tokio::spawn(async move {
        let _over = Over(Some(over));
        let (mut reader, mut whole) = (sse::Reader::default(), Vec::new());
        loop {
            let part = tokio::select! {
                part = answer.chunk() => part,
                instead = &mut stopped => {
                    let _ = tell.send(last_word(&instead, events, reader.is_between() && whole.is_empty())).await;
                    return;
                }
            };
            match part {
                Ok(Some(part)) => {
                    if events {
                        reader.read(&part, &mut each);
                    } else if whole.len() + part.len() <= LOOKED_AT {
                        whole.extend_from_slice(&part);
                    }
                    if tell.send(Ok(part)).await.is_err() {
                        return;
                    }
                }
                Ok(None) => break,
                // The client must not take a part for the whole.
                Err(error) => {
                    let _ = tell.send(Err(std::io::Error::other(error))).await;
                    return;
                }
            }
        }
        if let (false, Ok(text)) = (events, std::str::from_utf8(&whole)) {
            each(text);
        }
    });
    let parts = futures_util::stream::unfold(told, async |mut told: mpsc::Receiver<_>| {
        told.recv().await.map(|part| (part, told))
    });
    (status, headers, Body::from_stream(Box::pin(parts))).into_response()
}

/// A message in the place of the rest of an answer. Half of another message cannot be made good: the connection breaks off.
fn last_word(message: &Value, events: bool, is_between: bool) -> Result<Bytes, std::io::Error> {
    match (events, is_between) {
        (true, true) => Ok(sse::event(&message.to_string())),
        (false, true) => Ok(Bytes::from(message.to_string())),
        (_, false) => Err(std::io::Error::other("a person stopped the call")),
    }
}

/// Calls it when it is dropped.
struct Over<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for Over<F> {
    fn drop(&mut self) {
        if let Some(over) = self.0.take() {
            over();
        }
    }
}

/// An answer that is longer passes all the same; the end of its call is then unknown.
const LOOKED_AT: usize = 16 * 1024 * 1024;

fn is_stream(answer: &reqwest::Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/event-stream")
}

/// The server's answer into a stream that the client holds already. What `stopped` says takes the place of the rest.
pub async fn into(
    mut answer: reqwest::Response,
    tell: &mpsc::Sender<Bytes>,
    mut each: impl FnMut(&str),
    mut stopped: Pin<Box<dyn Future<Output = Value> + Send>>,
) {
    let say = async |message: &Value| {
        let _ = tell.send(sse::event(&message.to_string())).await;
    };
    if !is_stream(&answer) {
        let text = tokio::select! {
            text = answer.text() => text,
            instead = &mut stopped => return say(&instead).await,
        };
        if let Ok(text) = text {
            each(&text);
            let line = text.replace(['\r', '\n'], " ");
            let _ = tell.send(sse::event(&line)).await;
        }
        return;
    }
    let mut reader = sse::Reader::default();
    loop {
        let part = tokio::select! {
            part = answer.chunk() => part,
            instead = &mut stopped => {
                // Behind half an event it would not be read: the stream ends without it.
                if reader.is_between() {
                    say(&instead).await;
                }
                return;
            }
        };
        let Ok(Some(part)) = part else { return };
        reader.read(&part, &mut each);
        if tell.send(part).await.is_err() {
            return;
        }
    }
}
