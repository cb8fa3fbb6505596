//! What is wrong with a text of guardrails, and where.

use cedar_policy::{ParseErrors, ValidationError};
use miette::Diagnostic;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardrailProblem {
    /// Line, from 1; 0 when the engine tells no place.
    pub line: usize,
    /// Column in characters, from 1; 0 when the engine tells no place.
    pub column: usize,
    /// What is wrong, and what would help.
    pub reason: String,
    /// The policy it stands in: its `@id`, else its place in the text.
    pub policy: Option<String>,
}

/// Why a text of guardrails is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.problems))]
pub struct GuardrailError {
    /// Everything that is wrong, in the order of the text.
    pub problems: Vec<GuardrailProblem>,
}

fn summary(problems: &[GuardrailProblem]) -> String {
    let lines: Vec<String> =
        problems.iter().map(|p| format!("line {}, column {}: {}", p.line, p.column, p.reason)).collect();
    lines.join("; ")
}

impl GuardrailError {
    pub(crate) fn new(mut problems: Vec<GuardrailProblem>) -> Self {
        problems.sort_by_key(|p| (p.line, p.column));
        Self { problems }
    }

    pub(crate) fn one(reason: impl Into<String>) -> Self {
        Self { problems: vec![GuardrailProblem { line: 0, column: 0, reason: reason.into(), policy: None }] }
    }

    pub(crate) fn parse(text: &str, errors: &ParseErrors) -> Self {
        Self::new(errors.iter().map(|e| problem(text, e, &e.to_string(), None)).collect())
    }
}

pub(crate) fn invalid(text: &str, error: &ValidationError, policy: String) -> GuardrailProblem {
    problem(text, error, &error.to_string(), Some(policy))
}

fn problem(text: &str, error: &dyn Diagnostic, reason: &str, policy: Option<String>) -> GuardrailProblem {
    let offset = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
    let (line, column) = offset.map_or((0, 0), |offset| place(text, offset));
    let help = error.help().map(|help| format!(" ({help})")).unwrap_or_default();
    GuardrailProblem { line, column, reason: format!("{reason}{help}"), policy }
}

fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
