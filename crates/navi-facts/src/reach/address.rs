//! A web address taken apart, only where there is one way to read it. What two programs could read differently (a
//! backslash, a wildcard, a variable, letters that are not ASCII in the name of the host) has no host here.

/// An address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// As it is written.
    pub written: String,
    /// Scheme in lower case; `None`: none is written.
    pub scheme: Option<String>,
    /// Host and port, in lower case; `None`: it cannot be told before it runs.
    pub host: Option<String>,
    /// Path without the query; empty: none.
    pub path: String,
    /// Names of the query's parameters, as written.
    pub query: Vec<String>,
    /// A login stands in it.
    pub login: bool,
}

impl Address {
    /// Reads one. An expansion stays as it is written, and is no part of a host.
    pub(super) fn read(text: &str) -> Self {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme.to_ascii_lowercase()), rest),
            _ => (None, text),
        };
        let (place, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (login, place) = match place.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, place),
        };
        // Some take a backslash for the end of the host.
        let odd = login.is_some_and(|login| login.contains('\\'));
        let known = !odd && !place.is_empty() && place.bytes().all(is_plain);
        let tail = tail.split('#').next().unwrap_or("");
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let names = query.split('&').filter(|pair| !pair.is_empty());
        Self {
            written: text.to_owned(),
            scheme,
            host: known.then(|| place.to_ascii_lowercase().trim_end_matches('.').to_owned()),
            path: path.to_owned(),
            query: names.map(|pair| pair.split('=').next().unwrap_or(pair).to_owned()).collect(),
            login: login.is_some(),
        }
    }

    /// The host without its port.
    pub(super) fn name(&self) -> Option<&str> {
        let host = self.host.as_deref()?;
        match host.strip_prefix('[') {
            Some(inner) => inner.split(']').next(),
            None => host.split(':').next(),
        }
    }

    /// Whether it is this machine.
    pub(super) fn is_local(&self) -> bool {
        self.name().is_some_and(|n| n == "localhost" || n == "::1" || n == "0.0.0.0" || n.starts_with("127."))
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let read = Address::read("HTTPS://me:pw@API.Example.com:8443/v1/users?id=1&page#x");
        assert_eq!(read.scheme.as_deref(), Some("https"));
        assert_eq!(
            (read.host.as_deref(), read.name()),
            (Some("api.example.com:8443"), Some("api.example.com"))
        );
        assert_eq!((read.path.as_str(), read.query), ("/v1/users", vec!["id".to_owned(), "page".to_owned()]));
        assert!(read.login);
        let bare = Address::read("localhost:3000");
        assert_eq!((bare.scheme.clone(), bare.host.as_deref()), (None, Some("localhost:3000")));
        assert!(bare.is_local() && Address::read("http://[::1]:80/").is_local());
    }

    #[test]
    fn what_can_be_read_two_ways_has_no_host() {
        for text in [
            r"http://good.example\@evil.example/",
            "http://{a,b}.example/",
            "http://[1-3].example*/",
            "http://$HOST/x",
            "http://ex\u{430}mple.com/",
            "https:///x",
            "http://a%2eb.example/",
        ] {
            assert_eq!(Address::read(text).host, None, "{text}");
        }
        let fragment = Address::read("http://evil.example#@good.example/");
        assert_eq!(fragment.host.as_deref(), Some("evil.example"));
    }
}
