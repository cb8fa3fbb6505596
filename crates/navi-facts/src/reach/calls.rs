//! One call over HTTP, taken apart: method, address, names of headers, kind of body.

use serde_json::Value;

use super::{Address, How, Touched, What};
use crate::tokens::tokens;

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// JSON.
    Json,
    /// Fields of a form.
    Form,
    /// A form in parts, as files are sent.
    Multipart,
    /// Bytes of any kind.
    Raw,
}

impl BodyKind {
    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
            Self::Multipart => "multipart",
            Self::Raw => "raw",
        }
    }
}

/// A body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// What it is.
    pub kind: BodyKind,
    /// Files it is read from; `-` is the standard input. What is in them is not in the request.
    pub files: Vec<String>,
}

/// One call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Method in capitals; `None`: not said, or not HTTP.
    pub method: Option<String>,
    /// Where to; `None`: no address stands there.
    pub address: Option<Address>,
    /// Names of the headers that are set, as written.
    pub headers: Vec<String>,
    /// The body, if there is one.
    pub body: Option<Body>,
    /// Words that this reading does not know, or that lead elsewhere than the address says.
    pub unread: Vec<String>,
    /// Where it stands.
    pub from: String,
}

/// Methods that change nothing at a server that keeps to the standard (RFC 9110, 9.2.1).
const SAFE: &[&str] = &["GET", "HEAD", "OPTIONS", "TRACE"];

impl Call {
    /// Whether its method only asks.
    pub(super) fn is_safe(&self) -> bool {
        self.method.as_deref().map_or(self.body.is_none(), |m| SAFE.contains(&m))
    }

    /// The service that it reaches.
    pub(super) fn touched(&self) -> Option<Touched> {
        let name = self.address.as_ref()?.host.clone()?;
        let how = match self.method.as_deref() {
            Some("DELETE") => How::Deletes,
            Some(_) if self.is_safe() => How::Reads,
            Some(_) => How::Changes,
            None => How::Uses,
        };
        Some(Touched { what: What::Service, name, how, rows: None, from: self.from.clone() })
    }
}

/// Objects deeper than this are not looked at.
const DEEPEST: usize = 16;
const ADDRESSES: &[&str] = &["url", "uri", "endpoint"];
const BODIES: &[&str] = &["body", "data", "json", "payload", "form"];

/// Calls that a tool's arguments describe: an object with an address in it.
pub(super) fn of_arguments(args: &Value, before: &str, found: &mut Vec<Call>) {
    walk(args, before, 0, found);
}

fn walk(value: &Value, before: &str, depth: usize, found: &mut Vec<Call>) {
    if depth > DEEPEST || found.len() > super::LISTED {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, before, depth + 1, found)),
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in &sorted {
                match value.as_str() {
                    Some(text) if is_one_of(name, ADDRESSES) && is_web(text) => {
                        found.push(described(&sorted, text, format!("{before}argument {name}")));
                    }
                    _ => walk(value, before, depth + 1, found),
                }
            }
        }
        _ => {}
    }
}

fn is_web(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.trim());
    scheme.is_some_and(|s| s.eq_ignore_ascii_case("http") || s.eq_ignore_ascii_case("https"))
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    tokens(name).iter().any(|t| names.contains(&t.as_str()))
}

fn described(fields: &[(&String, &Value)], address: &str, from: String) -> Call {
    let field = |names: &[&str]| {
        fields
            .iter()
            .find(|(name, value)| is_one_of(name, names) && !value.is_null())
            .map(|(_, value)| *value)
    };
    let method = field(&["method", "verb"]).and_then(Value::as_str).map(str::to_ascii_uppercase);
    let headers = match field(&["headers", "header"]) {
        Some(Value::Object(set)) => set.keys().cloned().collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|line| line.as_str().or_else(|| line.get("name")?.as_str()))
            .map(|line| line.split(':').next().unwrap_or(line).trim().to_owned())
            .collect(),
        _ => Vec::new(),
    };
    let kind = |body: &Value| match body {
        Value::String(text) if !looks_like_json(text) => BodyKind::Raw,
        _ => BodyKind::Json,
    };
    Call {
        method,
        address: Some(Address::read(address.trim())),
        headers,
        body: field(BODIES).map(|body| Body { kind: kind(body), files: Vec::new() }),
        unread: Vec::new(),
        from,
    }
}

pub(super) fn looks_like_json(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}') || text.starts_with('[') && text.ends_with(']'))
        && !text.starts_with("{secret: ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tools_call_is_read_from_its_arguments() {
        let args = json!({"request": {
            "url": "https://api.example.com/v1/x?dry=1", "method": "post",
            "headers": {"Authorization": "x", "X-Trace": "y"}, "body": {"a": 1},
        }, "callbackUrl": "https://me.example/", "note": "https://not.example/"});
        let mut found = Vec::new();
        of_arguments(&args, "step a: ", &mut found);
        let [back, call] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((back.method.clone(), back.from.as_str()), (None, "step a: argument callbackUrl"));
        assert_eq!(call.method.as_deref(), Some("POST"));
        assert_eq!(call.headers, ["Authorization", "X-Trace"]);
        assert_eq!(call.body, Some(Body { kind: BodyKind::Json, files: vec![] }));
        assert_eq!(call.touched().unwrap().how, How::Changes);
        assert_eq!(back.touched().unwrap().how, How::Uses);
    }

    #[test]
    fn endless_arguments_end() {
        let mut deep = json!({"url": "http://a.example"});
        for _ in 0..200 {
            deep = json!({ "x": deep });
        }
        let mut found = Vec::new();
        of_arguments(&deep, "", &mut found);
        assert!(found.is_empty());
    }
}
