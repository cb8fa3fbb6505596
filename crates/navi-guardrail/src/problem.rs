//! What is wrong with a text of guardrails, and where.

use cedar_policy::ParseErrors;
use miette::Diagnostic;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardrailProblem {
    /// Line, from 1; 1 for what concerns the whole text.
    pub line: usize,
    /// Column in characters, from 1; 1 for what concerns the whole text.
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

    /// What concerns the whole text.
    pub(crate) fn whole(reason: impl Into<String>) -> Self {
        Self::at("", 0, reason.into())
    }

    pub(crate) fn at(text: &str, offset: usize, reason: String) -> Self {
        Self { problems: vec![GuardrailProblem::at(text, offset, reason, None)] }
    }

    pub(crate) fn parse(text: &str, errors: &ParseErrors) -> Self {
        Self::new(errors.iter().map(|e| GuardrailProblem::told(text, e, &e.to_string(), None)).collect())
    }
}

impl GuardrailProblem {
    pub(crate) fn at(text: &str, offset: usize, reason: String, policy: Option<String>) -> Self {
        let (line, column) = place(text, offset);
        Self { line, column, reason, policy }
    }

    /// What the validator says of a policy.
    pub(crate) fn of(text: &str, said: &(impl Diagnostic + std::fmt::Display), policy: String) -> Self {
        Self::told(text, said, &said.to_string(), Some(policy))
    }

    fn told(text: &str, said: &dyn Diagnostic, reason: &str, policy: Option<String>) -> Self {
        let offset = said.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
        let help = said.help().map(|help| format!(" ({help})")).unwrap_or_default();
        Self::at(text, offset.unwrap_or_default(), format!("{reason}{help}"), policy)
    }
}

fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
