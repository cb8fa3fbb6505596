//! What votes and outcomes of the past say about an action: advice for people. It may raise a level, never lower one.

use serde::{Deserialize, Serialize};

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
}
