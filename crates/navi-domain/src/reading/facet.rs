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
}

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
