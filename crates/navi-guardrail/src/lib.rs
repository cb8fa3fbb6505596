//! Guardrails and who may do what, asked of Cedar: shipped policies, their schema, an organisation's own, and answers
//! that name the policies that determined them.
//!
//! Pure: texts and values in, answers out. `forbid` wins, so an organisation's text can add to the shipped policies and
//! take nothing away that one of them forbids. An error while evaluating is a denial.

mod ask;
mod change;
mod check;
mod parts;
mod problem;
mod set;
mod types;

pub use ask::{ApproveQuestion, Person, RunQuestion};
pub use change::loosens;
pub use problem::{GuardrailError, GuardrailProblem};
pub use set::{GuardrailSet, Question};

/// The shipped policies, as text for people.
pub const SHIPPED_POLICIES: &str = include_str!("../policies/default.cedar");
/// The schema, as text for people.
pub const SCHEMA: &str = include_str!("../policies/navi.cedarschema");
/// What an organisation's own guardrails can look like, as text for people; in force nowhere.
pub const EXAMPLES: &str = include_str!("../policies/examples.cedar");

mod words;

pub use words::all as words;

#[cfg(test)]
mod tests;
