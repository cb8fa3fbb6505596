//! The web page: the same UI as in the console, embedded when it was built.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use navi_protocol::problem::Code;
use rust_embed::Embed;

use crate::Refusal;

#[derive(Embed)]
#[folder = "../../ui/dist"]
struct Dist;

/// A file of the page; the page itself for any other path without an extension.
pub async fn page(method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Refusal::new(Code::NotFound, "There is nothing here for that method.").into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Dist::get(path).filter(|_| !path.is_empty()) {
        return served(path, file.data.into_owned());
    }
    if path.contains('.') {
        return Refusal::new(Code::NotFound, "There is no such file.").into_response();
    }
    match Dist::get("index.html") {
        Some(file) => served("index.html", file.data.into_owned()),
        None => (StatusCode::NOT_FOUND, Html("<p>This server was built without its web page.</p>"))
            .into_response(),
    }
}

fn served(path: &str, bytes: Vec<u8>) -> Response {
    let kind = match path.rsplit_once('.').map_or("", |(_, e)| e) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        _ => "application/octet-stream",
    };
    // Names under assets/ carry a hash of their content.
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}
