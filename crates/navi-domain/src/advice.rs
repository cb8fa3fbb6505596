//! What votes and outcomes of the past say about an action: advice for people. It may raise a level, never lower one.

use serde::{Deserialize, Serialize};

use crate::risk::{Assessment, Level};

/// A calibrated probability that a person would reject, with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Probability in thousandths.
    pub reject_probability: u16,
    /// How many past decisions of people it rests on.
    pub rests_on: u32,
    /// For people: `7 of 9 like this were rejected: git push to a production branch`.
    pub reasons: Vec<String>,
    /// Whether it raised the level that people are asked at.
    #[serde(default)]
    pub raised: bool,
    /// Version of the [model](crate::learning::Model) that gave it; equal models have equal versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
}

/// The level one above, at most `high`; `critical` is for what was derived, not for what was learned.
#[must_use]
pub fn one_higher(level: Level) -> Level {
    match level {
        Level::Low => Level::Medium,
        Level::Medium | Level::High => Level::High,
        Level::Critical => Level::Critical,
    }
}

/// The assessment under advice: one level higher if it raised, else as it was. Score and factors are what was derived.
///
/// Advice is recorded with its decision, so a replay takes the recorded one and gets the same level.
#[must_use]
pub fn apply(assessment: Assessment, advice: Option<&Advice>) -> Assessment {
    match advice {
        Some(advice) if advice.raised => Assessment { level: one_higher(assessment.level), ..assessment },
        _ => assessment,
    }
}
