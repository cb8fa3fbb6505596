//! What can be said of a way back before anything ran: never more than is known then. What a run really changes is
//! captured while it runs, so that before it nothing is verified but what a runner rehearsed.

use serde::Deserialize;

use super::capture::{Strategy, Truth};
use crate::fact::{Fact, FactKind, Severity};

/// What a gate says of its way back, and what a rehearsed plan says of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Said {
    /// How sure it is.
    #[serde(flatten)]
    pub truth: Truth,
    /// How it would be undone.
    #[serde(default)]
    pub strategies: Vec<Strategy>,
    /// What would be undone.
    #[serde(default)]
    pub undoes: Vec<String>,
    /// What would not.
    #[serde(default)]
    pub leaves: Vec<String>,
}

/// Who stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The server derived it.
    Server,
    /// A runner rehearsed it where it would run.
    Runner,
    /// The gate on the agent's machine says so.
    Gate,
}

impl By {
    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Runner => "runner",
            Self::Gate => "gate",
        }
    }
}

/// What it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// It destroys data: the same fact for which a rollback is refused later.
    DestroysData,
    /// It exposes a secret: what was seen stays seen.
    ExposesSecret,
    /// It reaches somebody outside: mail, payments, publications.
    CannotBeCalledBack,
    /// The organisation offers no rollback of this action type.
    NoWindow,
    /// It is hard to undo, and nothing would be captured.
    HardToUndo,
    /// The gate captures nothing here.
    NothingCaptured,
    /// A gate captures something: what, is known once it ran.
    KnownAfterRun,
    /// A runner rehearsed it.
    Rehearsed,
    /// Each step of a plan says what happens to it.
    PerStep,
    /// Nobody said anything.
    NothingSaid,
}

impl Because {
    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DestroysData => "destroys_data",
            Self::ExposesSecret => "exposes_secret",
            Self::CannotBeCalledBack => "cannot_be_called_back",
            Self::NoWindow => "no_window",
            Self::HardToUndo => "hard_to_undo",
            Self::NothingCaptured => "nothing_captured",
            Self::KnownAfterRun => "known_after_run",
            Self::Rehearsed => "rehearsed",
            Self::PerStep => "per_step",
            Self::NothingSaid => "nothing_said",
        }
    }
}

/// The way back of an action that has not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// How sure it is.
    pub truth: Truth,
    /// Who stands behind it.
    pub by: By,
    /// What it rests on.
    pub because: Because,
    /// What shows that: evidence of facts, who is reached.
    pub evidence: Vec<String>,
    /// How it would be undone; empty: by nothing that is known.
    pub strategies: Vec<Strategy>,
    /// What would be undone.
    pub undoes: Vec<String>,
    /// What would not.
    pub leaves: Vec<String>,
}

/// What the server knows besides what a gate says.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Facts of the decision.
    pub facts: &'a [Fact],
    /// Evidence of what reaches somebody outside and cannot be called back.
    pub outside: &'a [String],
    /// For how many minutes after its end a rollback is offered ([`super::Windows`]); 0: never.
    pub window_minutes: u32,
    /// It is a plan of several steps.
    pub is_plan: bool,
}

/// What can be said before the run. What the server derived stands above what a gate says.
#[must_use]
pub fn foresee(known: Known<'_>, said: Option<Said>) -> Foreseen {
    if let Some((because, why, evidence)) = final_of(known) {
        return none(because, why, evidence);
    }
    let hard: Vec<&Fact> = serious(known.facts, FactKind::HardToUndo).collect();
    match said {
        Some(Said { truth: Truth::Impossible { why }, leaves, .. }) => Foreseen {
            truth: Truth::impossible(why),
            by: By::Gate,
            because: Because::NothingCaptured,
            evidence: evidence_of(&hard),
            strategies: Vec::new(),
            undoes: Vec::new(),
            leaves,
        },
        Some(said) => {
            // A gate runs where the agent runs, and the run has not been: its word verifies nothing.
            let why = said.truth.why().unwrap_or("nobody but the gate looked").to_owned();
            Foreseen {
                truth: Truth::unverified(why),
                by: By::Gate,
                because: Because::KnownAfterRun,
                evidence: evidence_of(&hard),
                strategies: said.strategies,
                undoes: said.undoes,
                leaves: said.leaves,
            }
        }
        None if !hard.is_empty() => {
            let why = "it is hard to undo, and no gate said that it captures anything";
            none(Because::HardToUndo, why, evidence_of(&hard))
        }
        None => Foreseen {
            truth: Truth::unverified("no gate said that it captures anything"),
            by: By::Server,
            because: if known.is_plan { Because::PerStep } else { Because::NothingSaid },
            evidence: Vec::new(),
            strategies: Vec::new(),
            undoes: Vec::new(),
            leaves: Vec::new(),
        },
    }
}

/// What a runner found, which rehearsed it where it would run.
#[must_use]
pub fn rehearsed(said: Said) -> Foreseen {
    Foreseen {
        truth: said.truth,
        by: By::Runner,
        because: Because::Rehearsed,
        evidence: Vec::new(),
        strategies: said.strategies,
        undoes: said.undoes,
        leaves: said.leaves,
    }
}

/// What makes it impossible whatever is captured.
fn final_of(known: Known<'_>) -> Option<(Because, &'static str, Vec<String>)> {
    let (facts, outside) = (known.facts, known.outside);
    if let Some((because, evidence)) = irreversible(facts, outside) {
        let why = match because {
            Because::DestroysData => "it destroys data",
            Because::ExposesSecret => "what was seen stays seen",
            _ => "what reaches others cannot be called back",
        };
        return Some((because, why, evidence));
    }
    let why = "the organisation offers no rollback of this action type";
    (known.window_minutes == 0).then(|| (Because::NoWindow, why, Vec::new()))
}

/// What no strategy makes undone, and what shows that. It is said before the run, and the same refuses a rollback after it.
#[must_use]
pub fn irreversible(facts: &[Fact], outside: &[String]) -> Option<(Because, Vec<String>)> {
    for (kind, because) in
        [(FactKind::DestroysData, Because::DestroysData), (FactKind::ExposesSecret, Because::ExposesSecret)]
    {
        let found: Vec<&Fact> = serious(facts, kind).collect();
        if !found.is_empty() {
            return Some((because, evidence_of(&found)));
        }
    }
    (!outside.is_empty()).then(|| (Because::CannotBeCalledBack, outside.to_vec()))
}

fn serious(facts: &[Fact], kind: FactKind) -> impl Iterator<Item = &Fact> {
    facts.iter().filter(move |f| f.kind == kind && f.severity >= Severity::Serious)
}

fn evidence_of(facts: &[&Fact]) -> Vec<String> {
    facts.iter().map(|f| f.evidence.clone()).collect()
}

fn none(because: Because, why: &str, evidence: Vec<String>) -> Foreseen {
    Foreseen {
        truth: Truth::impossible(why),
        by: By::Server,
        because,
        evidence,
        strategies: Vec::new(),
        undoes: Vec::new(),
        leaves: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known<'a>(facts: &'a [Fact], outside: &'a [String]) -> Known<'a> {
        Known { facts, outside, window_minutes: 60, is_plan: false }
    }

    fn said(truth: Truth) -> Said {
        let undoes = vec!["the commits".to_owned()];
        Said { truth, strategies: vec![Strategy::Git], undoes, leaves: vec!["the rest".to_owned()] }
    }

    fn fact(kind: FactKind, severity: Severity) -> Fact {
        Fact { severity, ..Fact::new(kind, "command: x") }
    }

    #[test]
    fn what_the_server_found_stands_above_a_gates_word() {
        let mail = ["command: sendmail".to_owned()];
        for (kind, because) in [
            (FactKind::DestroysData, Because::DestroysData),
            (FactKind::ExposesSecret, Because::ExposesSecret),
        ] {
            let facts = [fact(kind, Severity::Serious)];
            let found = foresee(known(&facts, &mail), Some(said(Truth::Verified)));
            assert_eq!((found.because, found.by, found.truth.as_str()), (because, By::Server, "impossible"));
            assert_eq!((found.evidence, found.undoes), (vec!["command: x".to_owned()], vec![]));
            let minor = [fact(kind, Severity::Minor)];
            let found = foresee(known(&minor, &[]), Some(said(Truth::unverified("x"))));
            assert_eq!(found.because, Because::KnownAfterRun, "{kind:?}");
        }
        let found = foresee(known(&[], &mail), Some(said(Truth::Verified)));
        assert_eq!((found.because, found.evidence), (Because::CannotBeCalledBack, mail.to_vec()));
    }

    #[test]
    fn a_gates_word_verifies_nothing() {
        let found = foresee(known(&[], &[]), Some(said(Truth::Verified)));
        assert_eq!((found.truth.as_str(), found.by), ("unverified", By::Gate));
        assert_eq!(found.strategies, [Strategy::Git]);
        let found = foresee(known(&[], &[]), Some(said(Truth::impossible("no work tree"))));
        assert_eq!(found.because, Because::NothingCaptured);
        assert_eq!((found.truth.why(), found.strategies), (Some("no work tree"), vec![]));
    }

    #[test]
    fn without_a_window_there_is_no_way_back() {
        let never = Known { window_minutes: 0, ..known(&[], &[]) };
        let found = foresee(never, Some(said(Truth::unverified("x"))));
        assert_eq!((found.because, found.truth.as_str()), (Because::NoWindow, "impossible"));
    }

    #[test]
    fn what_is_hard_to_undo_needs_a_capture() {
        let hard = [fact(FactKind::HardToUndo, Severity::Serious)];
        assert_eq!(foresee(known(&hard, &[]), None).because, Because::HardToUndo);
        let found = foresee(known(&hard, &[]), Some(said(Truth::unverified("x"))));
        assert_eq!((found.truth.as_str(), found.evidence), ("unverified", vec!["command: x".to_owned()]));
        let minor = [fact(FactKind::HardToUndo, Severity::Minor)];
        assert_eq!(foresee(known(&minor, &[]), None).because, Because::NothingSaid);
        assert_eq!(foresee(Known { is_plan: true, ..known(&[], &[]) }, None).because, Because::PerStep);
    }

    #[test]
    fn a_rehearsal_is_taken_as_it_is() {
        let found = rehearsed(said(Truth::Verified));
        assert_eq!((found.truth, found.by, found.because), (Truth::Verified, By::Runner, Because::Rehearsed));
    }

    #[test]
    fn a_gate_of_before_names_no_strategies() {
        let text = r#"{"truth":"unverified","why":"later","undoes":["a"]}"#;
        let read: Said = serde_json::from_str(text).unwrap();
        assert_eq!(
            (read.truth.why(), read.strategies, read.undoes),
            (Some("later"), vec![], vec!["a".to_owned()])
        );
    }
}
