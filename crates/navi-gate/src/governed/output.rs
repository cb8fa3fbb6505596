//! What a run printed: the beginning and the end are kept, the middle is counted. Secrets are replaced before anything of
//! it leaves this process.

use std::collections::VecDeque;

use navi_client::enroll::random_text;
use navi_facts::catalogue::SHIPPED;
use navi_facts::redact::{Secrets, redact};
use serde_json::{Value, json};

use super::secrets::Known;

/// Bytes that are kept unless somebody says otherwise: half from the beginning, half from the end.
pub const KEEP: usize = 32 * 1024;
/// Most bytes that may be kept.
pub const MOST: usize = 256 * 1024;

/// The kept part of an output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    half: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total: u64,
}

impl Kept {
    /// Keeps at most `most` bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { half: most / 2, ..Self::default() }
    }

    /// More of it.
    pub fn push(&mut self, mut bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = self.half.saturating_sub(self.head.len()).min(bytes.len());
        if let (Some(first), Some(rest)) = (bytes.get(..room), bytes.get(room..)) {
            self.head.extend_from_slice(first);
            bytes = rest;
        }
        let bytes = bytes.get(bytes.len().saturating_sub(self.half)..).unwrap_or_default();
        let over = (self.tail.len() + bytes.len()).saturating_sub(self.half);
        self.tail.drain(..over);
        self.tail.extend(bytes);
    }

    /// The beginning and the end as they were printed; the end is empty where nothing is missing in between.
    #[must_use]
    pub fn ends(&self) -> (Vec<u8>, Vec<u8>) {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        match self.total > (self.head.len() + tail.len()) as u64 {
            true => (self.head.clone(), tail),
            false => (self.head.iter().copied().chain(tail).collect(), Vec::new()),
        }
    }

    /// All that was printed, in bytes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// For the report: `head`, `tail`, `bytes` in all, how many were `omitted` between the two, and how many `secrets`
    /// were replaced: those that are known by their values, then those that the patterns find. Nothing printed: null.
    #[must_use]
    pub fn report(&self, known: &Known) -> Value {
        if self.total == 0 {
            return Value::Null;
        }
        let Ok(secrets) = SHIPPED.last().map_or_else(|| Ok(Secrets::default()), |text| Secrets::parse(text))
        else {
            return json!({"bytes": self.total, "omitted": self.total, "why": "its secrets could not be told"});
        };
        // Fresh for each run: who reads the record cannot compare secrets by their tags.
        let key = random_text(32).unwrap_or_default();
        let (head, tail) = self.parts();
        let mut found = 0;
        let mut clean = |text: String| {
            let (text, hidden) = known.hide(text);
            let clean = redact(&text, key.as_bytes(), &secrets);
            found += hidden + clean.secrets.len();
            clean.text
        };
        let kept = (head.len() + tail.len()) as u64;
        let (head, tail) = (clean(lossy(&head)), clean(lossy(&tail)));
        let omitted = self.total.saturating_sub(kept);
        let mut report = json!({"head": head, "bytes": self.total, "omitted": omitted, "secrets": found});
        if let (true, Some(fields)) = (omitted > 0, report.as_object_mut()) {
            fields.insert("tail".into(), tail.into());
        }
        report
    }

    /// The two ends. Where something is missing in between, a line that was cut could be half a secret: it goes.
    fn parts(&self) -> (Vec<u8>, Vec<u8>) {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        if self.total <= (self.head.len() + tail.len()) as u64 {
            let whole = self.head.iter().copied().chain(tail).collect();
            return (whole, Vec::new());
        }
        let end = self.head.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let begin = tail.iter().position(|b| *b == b'\n').map_or(tail.len(), |at| at + 1);
        let head = self.head.get(..end).unwrap_or_default();
        let tail = tail.get(begin..).unwrap_or_default();
        (without_open_end(head).to_vec(), without_open_begin(tail).to_vec())
    }
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// A key block that was cut off is recognised by nobody: it ends before it.
fn without_open_end(text: &[u8]) -> &[u8] {
    match (last(text, BEGIN), last(text, END)) {
        (Some(begin), end) if end.is_none_or(|end| end < begin) => text.get(..begin).unwrap_or_default(),
        _ => text,
    }
}

/// The rest of a key block whose beginning is missing goes with it.
fn without_open_begin(text: &[u8]) -> &[u8] {
    match (first(text, BEGIN), first(text, END)) {
        (begin, Some(end)) if begin.is_none_or(|begin| end < begin) => {
            let rest = text.get(end..).unwrap_or_default();
            let line = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
            rest.get(line..).unwrap_or_default()
        }
        _ => text,
    }
}

fn first(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|w| w == part)
}

fn last(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).rposition(|w| w == part)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(most: usize, parts: &[&str]) -> Value {
        let mut kept = Kept::new(most);
        parts.iter().for_each(|part| kept.push(part.as_bytes()));
        kept.report(&Known::here(Some("nvt_0123456789")))
    }

    #[test]
    fn a_short_output_is_kept_whole() {
        let report = kept(100, &["one\n", "two\n"]);
        assert_eq!(report, json!({"head": "one\ntwo\n", "bytes": 8, "omitted": 0, "secrets": 0}));
        assert_eq!(kept(100, &[]), Value::Null);
        let exactly = "x".repeat(100);
        assert_eq!(kept(100, &[&exactly])["omitted"], 0);
    }

    #[test]
    fn of_a_long_output_both_ends_are_kept_in_whole_lines_and_the_middle_is_named() {
        let lines: Vec<String> = (0..1000).map(|n| format!("line {n}\n")).collect();
        let whole = lines.concat();
        for chunk in [1, 7, 64, 100_000] {
            let mut kept = Kept::new(200);
            whole.as_bytes().chunks(chunk).for_each(|part| kept.push(part));
            let report = kept.report(&Known::default());
            let (head, tail) = (report["head"].as_str().unwrap(), report["tail"].as_str().unwrap());
            assert!(whole.starts_with(head) && head.ends_with('\n') && head.len() > 80, "{report}");
            assert!(whole.ends_with(tail) && tail.starts_with("line") && tail.len() > 80, "{report}");
            let omitted = whole.len() - head.len() - tail.len();
            assert_eq!(report["omitted"], omitted, "{report}");
        }
    }

    #[test]
    fn secrets_are_replaced_also_where_the_output_was_cut() {
        let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
        let report = kept(4000, &["token ", secret, "\nNAVI_TOKEN=nvt_0123456789\n"]);
        let text = report.to_string();
        assert!(!text.contains(secret) && !text.contains("nvt_0123456789"), "{text}");
        assert!(report["secrets"].as_u64().unwrap() >= 2, "{text}");
        for before in 0..60 {
            let filler = "a".repeat(before);
            let rest = "b\n".repeat(400);
            let text = kept(100, &[&filler, " ", secret, "\n", &rest, secret, " ", &filler]).to_string();
            for end in 12..secret.len() {
                assert!(
                    !text.contains(&secret[..end]) && !text.contains(&secret[secret.len() - end..]),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_key_block_that_was_cut_is_not_kept_in_part() {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n".repeat(40);
        let block = format!("-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n");
        for most in [200, 400, 1000, 2000] {
            let report = kept(most, &["start\n", &block, "end\n"]);
            assert!(!report.to_string().contains("MIIEvQ"), "{most}: {report}");
            assert!(report["tail"].as_str().unwrap().ends_with("end\n"), "{report}");
        }
    }
}
