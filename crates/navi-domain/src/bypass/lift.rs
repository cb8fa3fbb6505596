//! What a decision becomes under a bypass.

use serde::{Deserialize, Serialize};

use crate::decision::{Decision, Verdict};
use crate::words::{Said, phrases};

/// The rule of a decision that rested on a bypass.
pub const RULE: &str = "bypass";

/// What a decision says about the bypass it rested on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The bypass.
    pub id: String,
    /// Who asked for it.
    pub by: String,
    /// The incident it was asked for.
    pub incident: String,
}

/// A decision under a bypass, with what it would have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bypassed {
    /// The bypass.
    #[serde(flatten)]
    pub mark: Mark,
    /// The decision without it.
    pub would: Decision,
}

/// What a decision becomes under a bypass: an APPROVAL runs, with the rule that would have asked kept in its reasons.
/// `None`: the bypass changes nothing, because it ran anyway or because it is BLOCKED, which no bypass lifts.
#[must_use]
pub fn lifted(would: &Decision, mark: &Mark) -> Option<Decision> {
    if would.verdict != Verdict::Approval {
        return None;
    }
    let first = said(would, mark).english().to_owned();
    let reasons = std::iter::once(first).chain(would.reasons.iter().cloned()).collect();
    Some(Decision { verdict: Verdict::Auto, rule: RULE.to_owned(), reasons })
}

/// The reason that a bypass adds.
#[must_use]
pub fn said(would: &Decision, mark: &Mark) -> Said {
    phrases::BYPASSED.with([
        ("id", (&mark.id).into()),
        ("by", (&mark.by).into()),
        ("incident", (&mark.incident).into()),
        ("verdict", would.verdict.as_str().into()),
        ("rule", (&would.rule).into()),
    ])
}
