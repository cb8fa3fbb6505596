//! Secrets are replaced before anything looks at a text, so that facts, digest, display and storage speak of the same
//! bytes. What is left says that there was one, of which kind and length, and a tag under the organisation's key: the
//! same secret has the same tag, another one has another, and nobody without the key can try values.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use hmac::{Hmac, KeyInit, Mac};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use crate::catalogue::CatalogueError;
use crate::place::{in_rule, toml_error};

/// Other sections of the same text are read by others.
#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    secret: Vec<RuleText>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    keywords: Vec<String>,
    pattern: String,
    #[serde(default)]
    entropy: f64,
    /// The value of a name, where a word of prose or code may stand as well.
    #[serde(default)]
    assignment: bool,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    hits: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    misses: Vec<String>,
}

#[derive(Clone, Debug)]
struct Rule {
    text: RuleText,
    pattern: Regex,
}

/// Compiled patterns of secrets.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    rules: Vec<Rule>,
    /// Finds any keyword, ignoring ASCII case; its patterns lead to rules.
    keywords: Option<AhoCorasick>,
    rule_of: Vec<usize>,
}

/// One secret that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Found {
    /// Id of the pattern.
    pub kind: String,
    /// Length in bytes.
    pub len: usize,
    /// Twelve hex digits of HMAC-SHA256(key, `secret/v1\n` ‖ secret).
    pub tag: String,
}

/// A text without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The text, each secret replaced by `{secret: KIND, len: N, tag: T}`.
    pub text: String,
    /// What was replaced, in order.
    pub secrets: Vec<Found>,
}

impl Secrets {
    /// Reads a text.
    ///
    /// # Errors
    /// [`CatalogueError`]
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let read: Text = toml::from_str(text).map_err(|e| toml_error(text, &e))?;
        let mut rules = Vec::new();
        for rule in read.secret {
            let bad = |why: &str| in_rule(text, &rule.id, why);
            let pattern = Regex::new(&rule.pattern).map_err(|e| bad(&e.to_string()))?;
            if rule.keywords.is_empty() || rule.keywords.iter().any(|k| k.len() < 3) {
                return Err(bad("it needs keywords of at least three letters"));
            }
            if !pattern.capture_names().flatten().any(|name| name == "secret") || pattern.is_match("") {
                return Err(bad(
                    "its pattern needs a group named `secret`, and must not match an empty text",
                ));
            }
            if !rule.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
                return Err(bad("its id may hold a-z, 0-9 and _"));
            }
            rules.push(Rule { pattern, text: rule });
        }
        Ok(Self { rules, ..Self::default() }.indexed())
    }

    /// Adds further patterns.
    #[must_use]
    pub fn extended(mut self, more: Self) -> Self {
        self.rules.extend(more.rules);
        self.indexed()
    }

    fn indexed(mut self) -> Self {
        let words = || self.rules.iter().flat_map(|r| r.text.keywords.iter().map(|k| k.to_lowercase()));
        self.keywords = AhoCorasick::builder().ascii_case_insensitive(true).build(words()).ok();
        self.rule_of =
            self.rules.iter().enumerate().flat_map(|(i, r)| r.text.keywords.iter().map(move |_| i)).collect();
        self
    }

    /// Rules whose keywords stand in a text; all of them if there is no index.
    fn candidates(&self, text: &str) -> Vec<usize> {
        let Some(keywords) = &self.keywords else { return (0..self.rules.len()).collect() };
        let mut found: Vec<usize> = keywords
            .find_overlapping_iter(text)
            .filter_map(|hit| self.rule_of.get(hit.pattern().as_usize()).copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Replaces the secrets in a text.
#[must_use]
pub fn redact(text: &str, key: &[u8], patterns: &Secrets) -> Redacted {
    let mut spans: Vec<(Range<usize>, &str)> = Vec::new();
    let marks: Vec<Range<usize>> = if text.contains("{secret: ") {
        mark().find_iter(text).map(|m| m.range()).collect()
    } else {
        Vec::new()
    };
    let touches = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
    for rule in patterns.candidates(text).into_iter().filter_map(|i| patterns.rules.get(i)) {
        for captures in rule.pattern.captures_iter(text) {
            let Some(secret) = captures.name("secret") else { continue };
            let range = secret.range();
            let known =
                spans.iter().any(|(r, _)| touches(r, &range)) || marks.iter().any(|r| touches(r, &range));
            if !known && is_secret(secret.as_str(), text.get(range.end..).unwrap_or_default(), &rule.text) {
                spans.push((range, &rule.text.id));
            }
        }
    }
    spans.sort_by_key(|(range, _)| range.start);
    let mut clean = String::with_capacity(text.len());
    let mut secrets = Vec::new();
    let mut at = 0;
    for (range, kind) in spans {
        let (Some(before), Some(secret)) = (text.get(at..range.start), text.get(range.clone())) else {
            continue;
        };
        let found = Found { kind: kind.to_owned(), len: secret.len(), tag: tag(secret, key) };
        clean.push_str(before);
        clean.push_str(&format!("{{secret: {}, len: {}, tag: {}}}", found.kind, found.len, found.tag));
        secrets.push(found);
        at = range.end;
    }
    clean.push_str(text.get(at..).unwrap_or_default());
    Redacted { text: clean, secrets }
}

/// Replaces the secrets in every string of a JSON value, also those that stand whole under a name like `password`.
#[must_use]
pub fn redact_value(value: Value, key: &[u8], patterns: &Secrets) -> (Value, Vec<Found>) {
    let mut secrets = Vec::new();
    let value = walk(value, "", key, patterns, &mut secrets);
    (value, secrets)
}

fn walk(value: Value, name: &str, key: &[u8], patterns: &Secrets, secrets: &mut Vec<Found>) -> Value {
    match value {
        Value::String(text) => {
            let found = redact(&text, key, patterns);
            if found.secrets.is_empty()
                && names_a_secret(name)
                && !is_placeholder(&text)
                && text.len() >= 4
                && !mark().is_match(&text)
            {
                let whole = Found { kind: "named_value".into(), len: text.len(), tag: tag(&text, key) };
                let mark = format!("{{secret: {}, len: {}, tag: {}}}", whole.kind, whole.len, whole.tag);
                secrets.push(whole);
                return Value::String(mark);
            }
            secrets.extend(found.secrets);
            Value::String(found.text)
        }
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|v| walk(v, name, key, patterns, secrets)).collect())
        }
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(k, v)| (k.clone(), walk(v, &k, key, patterns, secrets))).collect(),
        ),
        other => other,
    }
}

fn names_a_secret(name: &str) -> bool {
    let words = crate::tokens::tokens(name);
    let joined = words.join("_");
    [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "api_key",
        "apikey",
        "access_token",
        "private_key",
        "client_secret",
        "auth_token",
        "access_key",
    ]
    .iter()
    .any(|n| joined == *n || joined.ends_with(&format!("_{n}")))
}

fn mark() -> &'static Regex {
    static MARK: OnceLock<Regex> = OnceLock::new();
    #[expect(clippy::unwrap_used, reason = "a constant pattern, compiled by every test of this module")]
    MARK.get_or_init(|| Regex::new(r"\{secret: [a-z0-9_]+, len: \d+, tag: [0-9a-f]{12}\}").unwrap())
}

fn is_secret(secret: &str, after: &str, rule: &RuleText) -> bool {
    if is_placeholder(secret) || entropy(secret) < rule.entropy {
        return false;
    }
    // The value of a name may also be code (`get_password()`), a type, a word of prose or a path.
    !rule.assignment
        || !after.starts_with('(')
            && !secret.starts_with(['/', '.', '~', '-', '@', '%'])
            && (secret.chars().any(|c| c.is_ascii_digit())
                || secret.chars().any(|c| !c.is_alphanumeric() && !matches!(c, '_' | '.' | ':' | '-')))
            && !secret.contains("::")
}

fn is_placeholder(text: &str) -> bool {
    let lower = text.to_lowercase();
    let all_of = |set: &str| !text.is_empty() && text.chars().all(|c| set.contains(c));
    all_of("xX*.-_0")
        || text.starts_with(['$', '<', '%', '{'])
        || [
            "changeme",
            "change_me",
            "example",
            "placeholder",
            "redacted",
            "your-",
            "your_",
            "dummy",
            "todo",
            "none",
            "null",
            "true",
            "false",
            "undefined",
        ]
        .iter()
        .any(|p| lower == *p || lower.starts_with(p) && p.len() > 4)
}

/// Shannon entropy in bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    text.bytes().for_each(|b| {
        if let Some(count) = counts.get_mut(usize::from(b)) {
            *count += 1;
        }
    });
    let all = f64::from(u32::try_from(text.len().max(1)).unwrap_or(u32::MAX));
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / all).map(|share| -share * share.log2()).sum()
}

fn tag(secret: &str, key: &[u8]) -> String {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => {
            let bytes = mac.chain_update(b"secret/v1\n").chain_update(secret).finalize().into_bytes();
            hex::encode(bytes.get(..6).unwrap_or_default())
        }
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const KEY: &[u8] = &[7; 32];

    fn shipped() -> &'static Secrets {
        static SHIPPED: OnceLock<Secrets> = OnceLock::new();
        SHIPPED.get_or_init(|| Secrets::parse(include_str!("../catalogue/secrets.toml")).unwrap())
    }

    #[test]
    fn every_rule_holds_for_its_examples() {
        for rule in &shipped().rules {
            let id = &rule.text.id;
            assert!(!rule.text.hits.is_empty() && !rule.text.misses.is_empty(), "{id}");
            for text in &rule.text.hits {
                let found = redact(text, KEY, shipped());
                assert!(!found.secrets.is_empty(), "{id} should see {text}");
                let alone = Secrets { rules: vec![rule.clone()], ..Secrets::default() }.indexed();
                assert_eq!(redact(text, KEY, &alone).secrets.len(), 1, "{id} alone should see {text}");
            }
            for text in &rule.text.misses {
                let found = redact(text, KEY, shipped());
                assert!(found.secrets.is_empty(), "{id} should not see {text}: {found:?}");
            }
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "git checkout 9fceb02d0ae598e95dc970b74767f19372d61af8",
            "curl https://x.test/a?id=550e8400-e29b-41d4-a716-446655440000",
            "sha256sum -c e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "cargo test --workspace -- token_bucket",
            "let password = read_password()?;",
            "const token = await getToken(user);",
            "npm run test:passwords",
            "password: &str,",
        ] {
            assert_eq!(redact(text, KEY, shipped()).text, text);
        }
    }

    #[test]
    fn the_same_secret_has_the_same_tag_under_one_key_only() {
        let one = redact("PGPASSWORD=hunter2xY psql", KEY, shipped());
        let again = redact("mysql --password=hunter2xY", KEY, shipped());
        assert_eq!(one.secrets[0].tag, again.secrets[0].tag);
        assert_ne!(
            one.secrets[0].tag,
            redact("PGPASSWORD=hunter2xY psql", &[8; 32], shipped()).secrets[0].tag
        );
        assert_eq!(
            one.text,
            format!("PGPASSWORD={{secret: password, len: 9, tag: {}}} psql", one.secrets[0].tag)
        );
    }

    #[test]
    fn values_under_names_of_secrets_are_replaced_whole() {
        let value = json!({"config": {"dbPassword": "plainword", "user": "bob"}, "list": ["sk_live_abcdefghijklmnop12345678"], "n": 3});
        let (clean, found) = redact_value(value, KEY, shipped());
        assert_eq!(found.len(), 2);
        assert!(!clean.to_string().contains("plainword") && !clean.to_string().contains("sk_live"));
        assert_eq!((clean["config"]["user"].as_str(), clean["n"].as_i64()), (Some("bob"), Some(3)));
        assert_eq!(redact_value(clean.clone(), KEY, shipped()), (clean, vec![]));
    }

    proptest! {
        #[test]
        fn nothing_found_is_left_and_twice_is_once(
            before in "[ -~]{0,30}", which in 0..17usize, after in "[ -~]{0,30}",
        ) {
            let hits: Vec<&String> = shipped().rules.iter().flat_map(|r| &r.text.hits).collect();
            let text = format!("{before} {} {after}", hits[which % hits.len()]);
            let once = redact(&text, KEY, shipped());
            prop_assert_eq!(&redact(&once.text, KEY, shipped()).text, &once.text);
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,200}") {
            let once = redact(&text, KEY, shipped());
            prop_assert_eq!(once.secrets.is_empty(), once.text == text);
        }
    }
}
