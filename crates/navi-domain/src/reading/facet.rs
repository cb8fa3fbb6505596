//! What a timeline filters by: a closed set of facets, each with a value.

use super::{ActionContext, Said};
use crate::event::EventKind;

/// A property that entries are filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// Kind of the entry.
    Kind,
    /// Who did it, for whom, or in whose place.
    Person,
    /// Repository of the action.
    Repo,
    /// Type of the action.
    ActionType,
    /// Level of its risk.
    Level,
    /// Verdict about it.
    Verdict,
    /// Rule that caused the verdict.
    Rule,
    /// The agent that asked.
    Agent,
    /// The agent's session.
    Session,
    /// Where a vote was cast.
    Surface,
    /// How what the entry is about came out: one of [`OUTCOMES`].
    Outcome,
    /// What an emergency bypass or an envelope has to do with it: [`RAN_UNDER`], [`ABOUT`], or the id of one.
    Bypass,
}

/// How things come out, as entries say it.
pub const OUTCOMES: [&str; 11] = [
    "succeeded",
    "failed",
    "unknown",
    "approved",
    "rejected",
    "expired",
    "superseded",
    "cancelled",
    "refused",
    "revoked",
    "deviated",
];

/// It belongs to an action that ran under a bypass or an envelope.
pub const RAN_UNDER: &str = "ran";
/// It says something about a bypass or an envelope, or belongs to what ran under one.
pub const ABOUT: &str = "about";

impl Facet {
    /// Spelling in queries.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Person => "user",
            Self::Repo => "repo",
            Self::ActionType => "action_type",
            Self::Level => "level",
            Self::Verdict => "verdict",
            Self::Rule => "rule",
            Self::Agent => "agent",
            Self::Session => "session",
            Self::Surface => "surface",
            Self::Outcome => "outcome",
            Self::Bypass => "bypass",
        }
    }
}

/// The facets of an entry. What belongs to an action has the action's: a filter for a repository finds its votes too.
#[must_use]
pub fn facets(said: &Said, context: Option<&ActionContext>) -> Vec<(Facet, String)> {
    let mut found = vec![(Facet::Kind, said.kind.as_str().to_owned()), (Facet::Person, said.actor.clone())];
    let mut add = |facet, value: Option<&str>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            let pair = (facet, value.to_owned());
            if !found.contains(&pair) {
                found.push(pair);
            }
        }
    };
    add(Facet::Person, said.on_behalf_of.as_deref());
    add(Facet::Person, said.text("for_user"));
    if matches!(said.kind, EventKind::VoteCast | EventKind::VoteRefused) {
        add(Facet::Surface, said.text("surface"));
    }
    add(Facet::Outcome, outcome(said));
    for value in bypass(said, context) {
        add(Facet::Bypass, Some(value));
    }
    if let Some(context) = context {
        add(Facet::Repo, context.repo.as_deref());
        add(Facet::ActionType, Some(&context.action_type));
        add(Facet::Level, Some(context.level.as_str()));
        add(Facet::Verdict, Some(context.verdict.as_str()));
        add(Facet::Rule, Some(&context.rule));
        add(Facet::Agent, context.agent.as_deref());
        add(Facet::Session, context.session.as_deref());
    }
    found
}

/// How what an entry is about came out; `None` where it says nothing about an end.
#[must_use]
pub fn outcome(said: &Said) -> Option<&'static str> {
    match said.kind {
        EventKind::ApprovalApproved => Some("approved"),
        EventKind::ApprovalRejected => Some("rejected"),
        EventKind::ApprovalExpired | EventKind::PermitExpired => Some("expired"),
        EventKind::ApprovalSuperseded => Some("superseded"),
        EventKind::ApprovalCancelled => Some("cancelled"),
        EventKind::PermitRevoked | EventKind::PlanRevoked => Some("revoked"),
        EventKind::PlanDeviated => Some("deviated"),
        EventKind::ExecutionLapsed => Some("unknown"),
        EventKind::VoteRefused
        | EventKind::RedeemRefused
        | EventKind::RollbackRefused
        | EventKind::BypassRefused
        | EventKind::EnvelopeRefused
        | EventKind::RequestRefused
        | EventKind::LoginFailed => Some("refused"),
        EventKind::ExecutionFinished
        | EventKind::ExecutionCorrected
        | EventKind::RollbackFinished
        | EventKind::PlanEnded => named(said.text("status")?),
        // The gate's own record of it, as it was spooled.
        EventKind::EnvelopeRunEnded => named(said.text_at("/spooled/record/happened/status")?),
        _ => None,
    }
}

fn named(status: &str) -> Option<&'static str> {
    OUTCOMES.into_iter().find(|known| *known == status)
}

fn bypass<'a>(said: &'a Said, context: Option<&ActionContext>) -> Vec<&'a str> {
    let links = ["bypass_id", "envelope_id"].into_iter().filter_map(|name| said.links.get(name));
    let mut found: Vec<&str> = links.map(String::as_str).filter(|id| !id.is_empty()).collect();
    let name = said.kind.as_str();
    let of_one = name.starts_with("bypass_") || name.starts_with("envelope_");
    if of_one && !found.contains(&said.subject.as_str()) {
        found.push(&said.subject);
    }
    let ran =
        matches!(said.kind, EventKind::BypassUsed | EventKind::EnvelopeUsed | EventKind::EnvelopeRunEnded)
            || (!found.is_empty() && (name == "decision" || name.starts_with("execution_")))
            || context.is_some_and(|context| context.rule == crate::bypass::RULE);
    if ran {
        found.push(RAN_UNDER);
    }
    if !found.is_empty() {
        found.push(ABOUT);
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::reading::format::tests::{context, said};

    fn of(facet: Facet, kind: EventKind, payload: Value) -> Vec<String> {
        let said = said(kind, payload);
        facets(&said, None).into_iter().filter(|(f, _)| *f == facet).map(|(_, value)| value).collect()
    }

    #[test]
    fn an_end_says_how_it_came_out_and_nothing_else_does() {
        let outcome = |kind, payload| of(Facet::Outcome, kind, payload);
        for status in ["succeeded", "failed", "unknown"] {
            assert_eq!(outcome(EventKind::ExecutionFinished, json!({"status": status})), [status]);
            assert_eq!(outcome(EventKind::RollbackFinished, json!({"status": status})), [status]);
        }
        assert!(outcome(EventKind::ExecutionFinished, json!({"status": "splendid"})).is_empty());
        assert!(outcome(EventKind::ExecutionFinished, json!({})).is_empty());
        let spooled = json!({"spooled": {"record": {"happened": {"kind": "finished", "status": "failed"}}}});
        assert_eq!(outcome(EventKind::EnvelopeRunEnded, spooled), ["failed"]);
        assert_eq!(outcome(EventKind::ApprovalRejected, json!({})), ["rejected"]);
        assert_eq!(outcome(EventKind::ExecutionLapsed, json!({})), ["unknown"]);
        assert_eq!(outcome(EventKind::VoteRefused, json!({})), ["refused"]);
        assert!(outcome(EventKind::VoteCast, json!({"status": "failed"})).is_empty());
    }

    #[test]
    fn what_ran_under_a_bypass_is_told_from_what_only_speaks_of_one() {
        assert_eq!(of(Facet::Bypass, EventKind::BypassUsed, json!({})), ["a-1", RAN_UNDER, ABOUT]);
        assert_eq!(of(Facet::Bypass, EventKind::BypassAsked, json!({})), ["a-1", ABOUT]);
        assert_eq!(of(Facet::Bypass, EventKind::EnvelopeRunEnded, json!({})), ["a-1", RAN_UNDER, ABOUT]);
        assert!(of(Facet::Bypass, EventKind::VoteCast, json!({})).is_empty());
    }

    #[test]
    fn a_run_under_a_bypass_names_it_and_its_vote_knows_by_its_action() {
        let mut run = said(EventKind::ExecutionStarted, json!({}));
        run.links.insert("bypass_id".into(), "b-7".into());
        let values = |said: &Said, context: Option<&ActionContext>| -> Vec<String> {
            facets(said, context).into_iter().filter(|(f, _)| *f == Facet::Bypass).map(|(_, v)| v).collect()
        };
        assert_eq!(values(&run, None), ["b-7", RAN_UNDER, ABOUT]);
        run.links.insert("bypass_id".into(), String::new());
        assert!(values(&run, None).is_empty(), "an empty link is none");
        let under = ActionContext { rule: "bypass".into(), ..context() };
        assert_eq!(values(&run, Some(&under)), [RAN_UNDER, ABOUT]);
        assert!(values(&run, Some(&context())).is_empty());
    }
}
