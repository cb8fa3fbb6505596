//! What the organisation's guardrails answered: values only. The engine that asks Cedar stands beside this crate.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::{Said, Slot, phrases};

/// One policy that determined an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Determining {
    /// Its id: the `@id` annotation, else its place in the text (`policy7`).
    pub id: String,
    /// Its annotations, without `id` (`reason`, `instead`, `ticket` …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Determining {
    /// Its reason for people: the `@reason` annotation, else its id.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.annotations.get("reason").map_or(self.id.as_str(), String::as_str)
    }

    /// The same with a code of its own; whoever has no words for it says what the policy says.
    #[must_use]
    pub fn said(&self) -> Said {
        Said::constant(format!("guardrail.{}", self.id), self.reason())
    }

    /// What would be acceptable instead, if it says so, with a code of its own.
    #[must_use]
    pub fn said_instead(&self) -> Option<Said> {
        let text = self.annotations.get("instead")?;
        Some(Said::constant(format!("guardrail.{}.instead", self.id), text))
    }
}

/// Answer to one question. An evaluation error counts as a denial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The policies that determined it; empty when none matched (then it is denied).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub determining: Vec<Determining>,
    /// Errors met while evaluating; each makes the answer a denial.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

impl Answer {
    /// An answer that nothing stands against, for decisions that were made without guardrails.
    #[must_use]
    pub fn allowed() -> Self {
        Self { allowed: true, determining: Vec::new(), errors: Vec::new() }
    }

    /// Why it is denied, for people. What a policy says is its author's text; of a shipped one other languages have it.
    #[must_use]
    pub fn why(&self) -> Slot {
        match (self.determining.first(), self.errors.first()) {
            (Some(policy), _) => policy.said().into(),
            (None, Some(error)) => phrases::GUARDRAIL_FAILED.with([("error", error.into())]).into(),
            (None, None) => phrases::GUARDRAIL_NONE.plain().into(),
        }
    }
}

/// What guardrails say about one action: may it run at all, and may it run without a person?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guardrails {
    /// The question `run`.
    pub run: Answer,
    /// The question `run_unattended`.
    pub run_unattended: Answer,
    /// SHA-256 (hex) of schema and policies that answered; part of the policy hash.
    pub hash: String,
}

impl Guardrails {
    /// Nothing stands against it.
    #[must_use]
    pub fn open() -> Self {
        Self { run: Answer::allowed(), run_unattended: Answer::allowed(), hash: String::new() }
    }
}
