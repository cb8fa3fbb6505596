//! Domain values as the wire shows them.

pub mod allow;
pub mod approval;
pub mod audit;
pub mod background;
pub mod bypass;
pub mod delegation;
pub mod discussion;
pub mod envelope;
pub mod evaluation;
pub mod execution;
pub mod freeze;
pub mod grant;
pub mod insights;
pub mod marks;
pub mod oncall;
pub mod people;
pub mod plan;
pub mod policy;
pub mod precedent;
pub mod proposal;
pub mod reach;
pub mod rollback;
pub mod settings;
pub mod title;
pub mod told;
pub mod words;

/// Thousandths as 0.000–1.000.
#[must_use]
pub fn score(thousandths: u16) -> f64 {
    f64::from(thousandths) / 1000.0
}

/// The spelling of a plain enum value.
pub(crate) fn name<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
