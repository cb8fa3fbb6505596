//! Calls of HTTPie and of `xh`, which has the same words: `[METHOD] ADDRESS [ITEM…]`.

use super::{Address, Body, BodyKind, Call};
use crate::shell::{Invocation, Word};

/// Options that take a value.
const VALUED: &[&str] = &[
    "-a",
    "--auth",
    "-A",
    "--auth-type",
    "-o",
    "--output",
    "-p",
    "--print",
    "-s",
    "--style",
    "--pretty",
    "--timeout",
    "--verify",
    "--cert",
    "--cert-key",
    "--max-redirects",
    "--session-read-only",
    "--format-options",
    "--ssl",
];
/// Options without one that say nothing here.
const SWITCHES: &[&str] = &[
    "-v",
    "--verbose",
    "-h",
    "--headers",
    "-b",
    "--body",
    "-m",
    "--meta",
    "-d",
    "--download",
    "-c",
    "--continue",
    "-F",
    "--follow",
    "--check-status",
    "-j",
    "--json",
    "-f",
    "--form",
    "--multipart",
    "--ignore-stdin",
    "-I",
    "-S",
    "--stream",
    "-q",
    "--quiet",
    "--all",
    "--offline",
    "--ignore-netrc",
    "--compress",
    "-x",
    "--chunked",
    "--https",
];

/// Calls of one command.
pub(super) fn calls(invocation: &Invocation) -> Vec<Call> {
    let mut call = Call::default();
    let mut kind = BodyKind::Json;
    let mut plain: Vec<&Word> = Vec::new();
    let mut words = invocation.words.iter();
    while let Some(word) = words.next() {
        let (name, joined) = match word.text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word.text.as_str(), None),
        };
        match name {
            "--help" | "--version" => return Vec::new(),
            "-f" | "--form" => kind = BodyKind::Form,
            "--multipart" => kind = BodyKind::Multipart,
            "--raw" => {
                kind = BodyKind::Raw;
                call.body = Some(Body { kind, files: Vec::new() });
                if joined.is_none() {
                    words.next();
                }
            }
            _ if VALUED.contains(&name) => {
                if matches!(name, "-a" | "--auth") {
                    call.headers.push("Authorization".to_owned());
                }
                if joined.is_none() {
                    words.next();
                }
            }
            _ if SWITCHES.contains(&name) => {}
            _ if name.starts_with('-') && name.len() > 1 => call.unread.push(word.text.clone()),
            _ => plain.push(word),
        }
    }
    let mut plain = plain.into_iter().peekable();
    let is_method = |w: &&Word| !w.text.is_empty() && w.text.bytes().all(|b| b.is_ascii_alphabetic());
    let named = plain.peek().copied().filter(is_method);
    let rest: Vec<&Word> = plain.collect();
    // `http localhost` has an address and no method.
    let method = named.filter(|_| rest.len() > 1 && !rest.get(1).is_some_and(|w| is_item(&w.text)));
    let mut rest = rest.into_iter().skip(usize::from(method.is_some()));
    call.address = rest.next().map(address);
    for item in rest {
        read_item(&item.text, kind, &mut call);
    }
    let assumed = if call.body.is_some() { "POST" } else { "GET" };
    call.method = Some(method.map_or_else(|| assumed.to_owned(), |m| m.text.to_uppercase()));
    vec![call]
}

/// `:3000/x` and `:/x` are of this machine.
fn address(word: &Word) -> Address {
    let text = word.text.as_str();
    match text.strip_prefix(':') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
            Address { written: text.to_owned(), ..Address::read(&format!("localhost:{rest}")) }
        }
        Some(rest) => Address { written: text.to_owned(), ..Address::read(&format!("localhost{rest}")) },
        None => Address::read(text),
    }
}

fn is_item(text: &str) -> bool {
    !text.contains("://") && separator(text).is_some_and(|(at, _)| at > 0) && !text.contains('/')
}

/// The first separator of an item, and where it stands. Longer ones first.
fn separator(text: &str) -> Option<(usize, &'static str)> {
    let found = [":=@", ":=", "==", "=@", "@", "=", ":"].into_iter().filter_map(|s| Some((text.find(s)?, s)));
    found.min_by_key(|(at, s)| (*at, usize::MAX - s.len()))
}

fn read_item(text: &str, kind: BodyKind, call: &mut Call) {
    let Some((at, separator)) = separator(text) else {
        call.unread.push(text.to_owned());
        return;
    };
    let name = text.get(..at).unwrap_or("").to_owned();
    let value = text.get(at + separator.len()..).unwrap_or("");
    match separator {
        ":" => call.headers.push(name),
        "==" => {
            if let Some(address) = &mut call.address {
                address.query.push(name);
            }
        }
        _ => {
            let kind = if separator == "@" { BodyKind::Multipart } else { kind };
            let body = call.body.get_or_insert(Body { kind, files: Vec::new() });
            if separator.ends_with('@') {
                body.files.push(value.to_owned());
                body.kind = kind;
            }
        }
    }
}
