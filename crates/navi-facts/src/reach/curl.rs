//! Calls that `curl`, `wget` and HTTPie make, read from their words. An option that is not in these tables is told as
//! unread: it may take the word behind it with it.

use super::calls::looks_like_json;
use super::{Address, Body, BodyKind, Call};
use crate::shell::{Invocation, Word};

/// What an option means here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    /// Its value is the method.
    Method,
    /// A body; `@FILE` reads it from a file.
    Data,
    /// A body that is taken as it is.
    Text,
    /// A body of JSON.
    Json,
    /// A part of a form.
    Part,
    /// Its value names the file that is the body.
    File,
    /// The same, and the method is PUT.
    Upload,
    /// `Name: value`.
    Header,
    /// Sets this header.
    Sets(&'static str),
    /// Its value is an address.
    Address,
    /// Takes a value that says nothing here.
    Value,
    /// Leads elsewhere than the address says, or reads more options: told as unread.
    Elsewhere,
    /// Data goes into the query.
    Get,
    /// Asks for the head alone.
    Head,
    /// A switch that says nothing here.
    Switch,
    /// Another call begins.
    Next,
    /// No call is made.
    Help,
}

use Means::{Data, Elsewhere, Get, Head, Header, Help, Json, Next, Part, Sets, Switch, Text, Upload, Value};

const CURL: &[(&str, Means)] = &[
    ("-X", Means::Method),
    ("--request", Means::Method),
    ("-d", Data),
    ("--data", Data),
    ("--data-ascii", Data),
    ("--data-binary", Data),
    ("--data-urlencode", Data),
    ("--data-raw", Text),
    ("--json", Json),
    ("-F", Part),
    ("--form", Part),
    ("--form-string", Part),
    ("-T", Upload),
    ("--upload-file", Upload),
    ("-H", Header),
    ("--header", Header),
    ("-A", Sets("User-Agent")),
    ("--user-agent", Sets("User-Agent")),
    ("-e", Sets("Referer")),
    ("--referer", Sets("Referer")),
    ("-b", Sets("Cookie")),
    ("--cookie", Sets("Cookie")),
    ("-u", Sets("Authorization")),
    ("--user", Sets("Authorization")),
    ("--oauth2-bearer", Sets("Authorization")),
    ("-r", Sets("Range")),
    ("--range", Sets("Range")),
    ("--url", Means::Address),
    ("-G", Get),
    ("--get", Get),
    ("-I", Head),
    ("--head", Head),
    ("-K", Elsewhere),
    ("--config", Elsewhere),
    ("-x", Elsewhere),
    ("--proxy", Elsewhere),
    ("--socks5", Elsewhere),
    ("--socks5-hostname", Elsewhere),
    ("--connect-to", Elsewhere),
    ("--resolve", Elsewhere),
    ("--unix-socket", Elsewhere),
    ("--abstract-unix-socket", Elsewhere),
    ("--request-target", Elsewhere),
    ("--url-query", Elsewhere),
    ("--variable", Elsewhere),
    ("--next", Next),
    ("-:", Next),
    ("-h", Help),
    ("--help", Help),
    ("-V", Help),
    ("--version", Help),
    ("-o", Value),
    ("--output", Value),
    ("--output-dir", Value),
    ("-w", Value),
    ("--write-out", Value),
    ("-c", Value),
    ("--cookie-jar", Value),
    ("-D", Value),
    ("--dump-header", Value),
    ("-m", Value),
    ("--max-time", Value),
    ("--connect-timeout", Value),
    ("--retry", Value),
    ("--retry-delay", Value),
    ("--retry-max-time", Value),
    ("--max-redirs", Value),
    ("--limit-rate", Value),
    ("--max-filesize", Value),
    ("-C", Value),
    ("--continue-at", Value),
    ("-E", Value),
    ("--cert", Value),
    ("--cert-type", Value),
    ("--key", Value),
    ("--key-type", Value),
    ("--pass", Value),
    ("--cacert", Value),
    ("--capath", Value),
    ("--ciphers", Value),
    ("--tls-max", Value),
    ("--interface", Value),
    ("-t", Value),
    ("-z", Value),
    ("--time-cond", Value),
    ("-Y", Value),
    ("-y", Value),
    ("-Q", Value),
    ("--quote", Value),
    ("--mail-from", Value),
    ("--mail-rcpt", Value),
    ("--stderr", Value),
    ("--trace", Value),
    ("--trace-ascii", Value),
    ("--aws-sigv4", Value),
    ("--noproxy", Value),
    ("--dns-servers", Value),
    ("--keepalive-time", Value),
    ("--create-file-mode", Value),
    ("--silent", Switch),
    ("--show-error", Switch),
    ("--fail", Switch),
    ("--fail-with-body", Switch),
    ("--location", Switch),
    ("--location-trusted", Switch),
    ("--insecure", Switch),
    ("--include", Switch),
    ("--show-headers", Switch),
    ("--verbose", Switch),
    ("--compressed", Switch),
    ("--remote-name", Switch),
    ("--remote-name-all", Switch),
    ("--remote-header-name", Switch),
    ("--create-dirs", Switch),
    ("--globoff", Switch),
    ("--path-as-is", Switch),
    ("--no-progress-meter", Switch),
    ("--progress-bar", Switch),
    ("--http1.0", Switch),
    ("--http1.1", Switch),
    ("--http2", Switch),
    ("--http2-prior-knowledge", Switch),
    ("--http3", Switch),
    ("--tlsv1.2", Switch),
    ("--tlsv1.3", Switch),
    ("--proto-default", Value),
    ("--proto", Value),
    ("--proto-redir", Value),
    ("--ipv4", Switch),
    ("--ipv6", Switch),
    ("--no-buffer", Switch),
    ("--retry-all-errors", Switch),
    ("--retry-connrefused", Switch),
    ("--netrc", Switch),
    ("--basic", Switch),
    ("--digest", Switch),
    ("--negotiate", Switch),
    ("--anyauth", Switch),
    ("--tcp-nodelay", Switch),
    ("--post301", Switch),
    ("--post302", Switch),
    ("--disable", Switch),
    ("--parallel", Switch),
];
/// Letters of curl that are switches.
const CURL_SWITCHES: &str = "sSfLkivgOJRNn#0123456qajlMpZB";

const WGET: &[(&str, Means)] = &[
    ("--method", Means::Method),
    ("--post-data", Text),
    ("--body-data", Text),
    ("--post-file", Means::File),
    ("--body-file", Means::File),
    ("--header", Header),
    ("-U", Sets("User-Agent")),
    ("--user-agent", Sets("User-Agent")),
    ("--referer", Sets("Referer")),
    ("--user", Sets("Authorization")),
    ("--password", Value),
    ("--http-user", Sets("Authorization")),
    ("--http-password", Value),
    ("--load-cookies", Sets("Cookie")),
    ("-i", Elsewhere),
    ("--input-file", Elsewhere),
    ("-e", Elsewhere),
    ("--execute", Elsewhere),
    ("--config", Elsewhere),
    ("--base", Elsewhere),
    ("-B", Elsewhere),
    ("--spider", Head),
    ("--help", Help),
    ("--version", Help),
    ("-h", Help),
    ("-V", Help),
    ("-O", Value),
    ("--output-document", Value),
    ("-o", Value),
    ("--output-file", Value),
    ("-a", Value),
    ("-P", Value),
    ("--directory-prefix", Value),
    ("-t", Value),
    ("--tries", Value),
    ("-T", Value),
    ("--timeout", Value),
    ("-w", Value),
    ("--wait", Value),
    ("-l", Value),
    ("--level", Value),
    ("-Q", Value),
    ("-A", Value),
    ("-R", Value),
    ("-D", Value),
    ("--ca-certificate", Value),
    ("--certificate", Value),
    ("--private-key", Value),
    ("--save-cookies", Value),
    ("--limit-rate", Value),
    ("--max-redirect", Value),
    ("--quiet", Switch),
    ("--verbose", Switch),
    ("--no-verbose", Switch),
    ("--continue", Switch),
    ("--no-check-certificate", Switch),
    ("--recursive", Switch),
    ("--no-parent", Switch),
    ("--mirror", Switch),
    ("--timestamping", Switch),
    ("--content-disposition", Switch),
    ("--no-clobber", Switch),
    ("--show-progress", Switch),
    ("--https-only", Switch),
    ("--page-requisites", Switch),
    ("--convert-links", Switch),
    ("--server-response", Switch),
    ("--inet4-only", Switch),
    ("--inet6-only", Switch),
    ("--keep-session-cookies", Switch),
];
const WGET_SWITCHES: &str = "qvdcNrSxpkKmEHLFb46";

/// Calls of one command.
pub(super) fn calls(invocation: &Invocation, from: &str) -> Vec<Call> {
    let mut found = match invocation.program.as_str() {
        "curl" => Reader { table: CURL, switches: CURL_SWITCHES, joins: false }.read(invocation),
        "wget" | "wget2" => Reader { table: WGET, switches: WGET_SWITCHES, joins: true }.read(invocation),
        "http" | "https" | "httpie" | "xh" | "xhs" => super::httpie::calls(invocation),
        _ => Vec::new(),
    };
    found.iter_mut().for_each(|call| from.clone_into(&mut call.from));
    found
}

/// What was read of one call so far.
#[derive(Default)]
struct Draft {
    method: Option<String>,
    addresses: Vec<Address>,
    headers: Vec<String>,
    json: bool,
    body: Option<Body>,
    upload: bool,
    get: bool,
    head: bool,
    unread: Vec<String>,
}

struct Reader {
    table: &'static [(&'static str, Means)],
    switches: &'static str,
    /// `--name=value` is one option.
    joins: bool,
}

impl Reader {
    fn read(&self, invocation: &Invocation) -> Vec<Call> {
        let mut done = Vec::new();
        let mut draft = Draft::default();
        let mut words = invocation.words.iter();
        let mut options = true;
        while let Some(word) = words.next() {
            let text = word.text.as_str();
            if options && text == "--" {
                options = false;
            } else if options && text.len() > 1 && text.starts_with('-') {
                for (name, value) in self.options(text) {
                    let means = self.table.iter().find(|(known, _)| *known == name).map(|(_, means)| *means);
                    match means {
                        Some(Help) => return Vec::new(),
                        Some(Next) => done.extend(std::mem::take(&mut draft).calls()),
                        Some(Get | Head | Switch) => draft.switch(means),
                        Some(means) => {
                            let value = match value {
                                Some(value) => Word { text: value.to_owned(), dynamic: word.dynamic },
                                None => words.next().cloned().unwrap_or_default(),
                            };
                            draft.take(means, name, &value);
                        }
                        None if self.is_switch(name) => {}
                        None => draft.unread.push(name.to_owned()),
                    }
                }
            } else {
                draft.place(word);
            }
        }
        done.extend(draft.calls());
        done
    }

    /// The options in one word, each with the value that stands in the same word.
    fn options<'a>(&self, text: &'a str) -> Vec<(&'a str, Option<&'a str>)> {
        if text.starts_with("--") {
            return match text.split_once('=').filter(|_| self.joins) {
                Some((name, value)) => vec![(name, Some(value))],
                None => vec![(text, None)],
            };
        }
        // A cluster: letters up to the first that takes a value, which is the rest. Every name is one of the table.
        let mut found = Vec::new();
        for (at, letter) in text.char_indices().skip(1) {
            let rest = text.get(at + letter.len_utf8()..).unwrap_or("");
            let entry =
                self.table.iter().find(|(n, _)| n.len() == 2 && n.ends_with(letter) && !n.starts_with("--"));
            match entry {
                Some((name, Get | Head | Switch | Next | Help)) => found.push((*name, None)),
                Some((name, _)) => {
                    found.push((*name, Some(rest).filter(|r| !r.is_empty())));
                    break;
                }
                None if self.switches.contains(letter) => {}
                None => {
                    found.push((text, None));
                    break;
                }
            }
        }
        found
    }

    fn is_switch(&self, name: &str) -> bool {
        // `--no-NAME` turns a switch off.
        let on = name.strip_prefix("--no-").map(|rest| format!("--{rest}"));
        on.is_some_and(|on| self.table.iter().any(|(known, means)| *known == on && *means == Switch))
    }
}

impl Draft {
    fn switch(&mut self, means: Option<Means>) {
        match means {
            Some(Get) => self.get = true,
            Some(Head) => self.head = true,
            _ => {}
        }
    }

    fn take(&mut self, means: Means, name: &str, value: &Word) {
        let text = value.text.as_str();
        match means {
            Means::Method => self.method = Some(text.to_uppercase()),
            Data => match text.strip_prefix('@') {
                Some(file) => self.add(BodyKind::Form, Some(file)),
                // `--data-urlencode NAME@FILE`
                None if name == "--data-urlencode" && !text.contains('=') && text.contains('@') => {
                    self.add(BodyKind::Form, text.split_once('@').map(|(_, file)| file));
                }
                None => self.add(if looks_like_json(text) { BodyKind::Json } else { BodyKind::Form }, None),
            },
            Text => self.add(if looks_like_json(text) { BodyKind::Json } else { BodyKind::Form }, None),
            Json => {
                self.json = true;
                self.add(BodyKind::Json, text.strip_prefix('@'));
            }
            Part => {
                let value = text.split_once('=').map_or("", |(_, value)| value);
                let file = value.strip_prefix(['@', '<']).map(|f| f.split(';').next().unwrap_or(f));
                self.add(BodyKind::Multipart, file.filter(|_| name != "--form-string"));
            }
            Means::File => self.add(BodyKind::Raw, Some(text)),
            Upload => {
                self.upload = true;
                self.add(BodyKind::Raw, Some(text));
            }
            Header if text.starts_with('@') => self.unread.push(format!("{name} {text}")),
            Header => {
                let name = text.split([':', ';']).next().unwrap_or(text).trim().to_owned();
                if name.eq_ignore_ascii_case("content-type") && text.to_ascii_lowercase().contains("json") {
                    self.json = true;
                }
                self.headers.push(name);
            }
            Sets(header) => self.headers.push(header.to_owned()),
            Means::Address => self.addresses.push(Address::read(text)),
            Elsewhere => self.unread.push(format!("{name} {text}")),
            Value | Get | Head | Switch | Next | Help => {}
        }
    }

    /// A word that is no option: an address, unless an unread option may have taken it.
    fn place(&mut self, word: &Word) {
        let text = word.text.as_str();
        let like_one =
            text.contains("://") || text.contains('.') || text.starts_with("localhost") || word.dynamic;
        if like_one || self.unread.is_empty() {
            self.addresses.push(Address::read(text));
        } else {
            self.unread.push(text.to_owned());
        }
    }

    fn add(&mut self, kind: BodyKind, file: Option<&str>) {
        let body = self.body.get_or_insert(Body { kind, files: Vec::new() });
        body.files.extend(file.map(str::to_owned));
        if kind != BodyKind::Json {
            body.kind = kind;
        }
    }

    /// One call for each address; without one, a call to nowhere that is known.
    fn calls(self) -> Vec<Call> {
        let Self { method, addresses, headers, json, mut body, upload, get, head, unread } = self;
        if addresses.is_empty()
            && method.is_none()
            && body.is_none()
            && unread.is_empty()
            && headers.is_empty()
        {
            return Vec::new();
        }
        if get {
            body = None;
        }
        if let Some(body) = body.as_mut().filter(|b| json && b.kind == BodyKind::Form) {
            body.kind = BodyKind::Json;
        }
        let assumed = match (&body, head, upload) {
            (_, true, _) => "HEAD",
            (Some(_), _, true) => "PUT",
            (Some(_), ..) => "POST",
            (None, ..) => "GET",
        };
        let call = |address: Option<Address>| {
            let scheme = address.as_ref().and_then(|a| a.scheme.as_deref());
            let web = scheme.is_none_or(|s| matches!(s, "http" | "https" | "ws" | "wss"));
            Call {
                method: web.then(|| method.clone().unwrap_or_else(|| assumed.to_owned())),
                address,
                headers: headers.clone(),
                body: body.clone(),
                unread: unread.clone(),
                from: String::new(),
            }
        };
        if addresses.is_empty() {
            vec![call(None)]
        } else {
            addresses.into_iter().map(|a| call(Some(a))).collect()
        }
    }
}

#[cfg(test)]
#[path = "curl_tests.rs"]
mod tests;
