//! What a verification found, in words and numbers; the same for the window and for a file.

use navi_domain::UtcMicros;
use navi_domain::review;
use navi_ledger::bundle::Broken;
use serde::{Deserialize, Serialize};

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
