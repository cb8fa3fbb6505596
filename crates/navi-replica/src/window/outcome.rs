//! What a verification found, in words and numbers; the same for the window and for a file.

use std::path::Path;

use navi_domain::UtcMicros;
use navi_domain::reading::format::instant;
use navi_domain::review;
use navi_ledger::bundle::Broken;
use navi_report::{Block, Report};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a verification came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every entry is here and holds.
    Whole,
    /// Every entry that is here holds; of the others only the hash is here.
    Partial,
    /// It agrees with itself, and is signed by a key that this console does not know.
    Unknown,
    /// Something does not hold.
    Broken,
}

/// The entries a fault lies in: from the first to the last of them, 0-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// First bad entry, as far as it can be told.
    pub first: u64,
    /// Last entry that it may be.
    pub last: u64,
}

/// The result of one verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// In one word.
    pub verdict: Verdict,
    /// In one sentence.
    pub headline: String,
    /// What was checked, or what is wrong.
    pub sentences: Vec<String>,
    /// Where the fault lies, if it lies among the entries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    /// Name of the ledger.
    pub origin: String,
    /// Entries in the signed tree.
    pub size: u64,
    /// Root of the signed tree, in hex.
    pub root: String,
    /// Key that signed.
    pub vkey: String,
    /// Entries read whole.
    pub kept: u64,
    /// Server time when it ended.
    pub at: UtcMicros,
    /// Milliseconds it took.
    pub millis: u64,
}

impl Verification {
    /// As one JSON object, for programs; `of` is the file that was verified, if it was not the copy.
    #[must_use]
    pub fn as_json(&self, of: Option<&Path>) -> String {
        let told = json!({
            "what": if of.is_some() { "file" } else { "copy" },
            "file": of.map(|path| path.display().to_string()),
            "verdict": self.verdict,
            "headline": self.headline,
            "findings": self.sentences,
            "place": self.place,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "vkey": self.vkey,
            "kept": self.kept,
            "verified_at": instant(self.at),
            "millis": self.millis,
        });
        format!("{told:#}\n")
    }

    /// As a page, for people.
    #[must_use]
    pub fn as_page(&self, of: Option<&Path>) -> String {
        let what = match of {
            Some(path) => format!("The file {}", path.display()),
            None => "The copy of a console".to_owned(),
        };
        let row = |name: &str, value: String| vec![name.to_owned(), value];
        let rows = vec![
            row("verified", what),
            row("at", instant(self.at)),
            row("log", self.origin.clone()),
            row("entries in the signed tree", self.size.to_string()),
            row("entries read whole", self.kept.to_string()),
            row("root", self.root.clone()),
            row("key", self.vkey.clone()),
        ];
        let mut blocks = vec![
            Block::Text(self.headline.clone()),
            Block::Table { columns: vec![("what", 1), ("value", 3)], rows },
            Block::Heading("Findings".to_owned()),
        ];
        blocks.extend(self.sentences.iter().cloned().map(Block::Text));
        navi_report::html::html(&Report { title: "Verification of a record".to_owned(), blocks })
    }
}

/// Why a record does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) place: Option<Place>,
}

impl Fault {
    pub(super) fn general(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None }
    }

    pub(super) fn at(index: u64, message: impl Into<String>) -> Self {
        Self { message: message.into(), place: Some(Place { first: index, last: index }) }
    }

    pub(super) fn within(first: u64, end: u64, message: impl Into<String>) -> Self {
        Self { message: message.into(), place: Some(Place { first, last: end.saturating_sub(1).max(first) }) }
    }

    /// In one sentence, with the place.
    pub(super) fn headline(&self) -> String {
        match self.place {
            Some(Place { first, last }) if first == last => format!("Broken at entry {first}"),
            Some(Place { first, last }) => format!("Broken in entries {first} to {last}"),
            None => "Broken".to_owned(),
        }
    }
}

impl From<review::Fault> for Fault {
    fn from(fault: review::Fault) -> Self {
        Self::at(fault.index, fault.message)
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        let message = broken.to_string();
        match (broken.index(), broken.range()) {
            (Some(index), _) => Self::at(index, message),
            (None, Some((first, end))) => Self::within(first, end, message),
            (None, None) => Self::general(message),
        }
    }
}

/// A finding as a sentence: its first letter is a capital.
pub(super) fn sentence(mut text: String) -> String {
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(verdict: Verdict) -> Verification {
        Verification {
            verdict,
            headline: "Broken at entry 7".into(),
            sentences: vec!["It was <b>changed</b>".into()],
            place: Some(Place { first: 7, last: 7 }),
            origin: "navi/acme".into(),
            size: 600,
            root: "ab".repeat(32),
            vkey: "navi/acme+1+A".into(),
            kept: 86,
            at: 1_790_000_000_000_001,
            millis: 12,
        }
    }

    #[test]
    fn a_result_says_what_was_verified_with_which_key_when_and_what_was_found() {
        let text = found(Verdict::Broken).as_json(Some(Path::new("/tmp/theirs.navi")));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["what"], &value["file"]), (&"file".into(), &"/tmp/theirs.navi".into()));
        assert_eq!((&value["verdict"], &value["size"]), (&"broken".into(), &600.into()));
        assert_eq!(value["verified_at"], "2026-09-21T14:13:20.000001Z");
        assert_eq!((&value["root"], &value["place"]["first"]), (&"ab".repeat(32).into(), &7.into()));
        let copy: serde_json::Value = serde_json::from_str(&found(Verdict::Whole).as_json(None)).unwrap();
        assert_eq!((&copy["what"], &copy["file"]), (&"copy".into(), &serde_json::Value::Null));
    }

    #[test]
    fn the_page_names_the_same_and_nothing_found_becomes_markup() {
        let page = found(Verdict::Broken).as_page(None);
        for said in
            ["Broken at entry 7", "600", "navi/acme+1+A", "2026-09-21T14:13:20", "It was &lt;b&gt;changed"]
        {
            assert!(page.contains(said), "{said}\n{page}");
        }
        assert!(!page.contains("<b>"));
    }
}
