//! What a ledger entry says, for whoever searches or counts: read from its leaf and payload alone, so that a bundle on
//! a machine that never saw the server counts the same.

pub mod facet;
pub mod format;
pub mod histogram;
pub mod tallied;
pub mod tally;
pub mod words;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::UtcMicros;
use crate::decision::Verdict;
use crate::event::{EventKind, Leaf};
use crate::fact::FactKind;
use crate::risk::{Level, Score};

/// One entry, read.
#[derive(Clone, Debug)]
pub struct Said {
    /// Index in the log.
    pub index: u64,
    /// The entry's own id (UUID v7), from its leaf.
    pub id: String,
    /// Instant.
    pub at: UtcMicros,
    /// What happened.
    pub kind: EventKind,
    /// Who, as the reader knows them: in clear beside the ledger, a pseudonym in a bundle.
    pub actor: String,
    /// For whom, likewise.
    pub on_behalf_of: Option<String>,
    /// To what.
    pub subject: String,
    /// What it rests on.
    pub links: BTreeMap<String, String>,
    /// Everything else.
    pub payload: Payload,
}

/// The payload, as far as it is looked at.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Of a decision about an action.
    Decision(Box<Decided>),
    /// Of anything else.
    Other(Value),
    /// It was erased, or is not JSON.
    Absent,
    /// It is there, and not to be told.
    Withheld,
}

/// The parts of a decision's payload that are looked at. Whatever else it holds is skipped while reading.
#[derive(Clone, Debug, Deserialize)]
pub struct Decided {
    /// Who asked, in clear.
    pub actor: String,
    /// The material.
    pub action: ActionPart,
    /// What the agent said.
    #[serde(default)]
    pub claims: ClaimsPart,
    /// Risk.
    pub assessment: AssessmentPart,
    /// The decision.
    pub decision: DecisionPart,
    /// Facts.
    #[serde(default)]
    pub facts: Vec<FactPart>,
}

/// The material, as far as it is looked at.
#[derive(Clone, Debug, Deserialize)]
pub struct ActionPart {
    /// Agent.
    #[serde(default)]
    pub agent: Option<String>,
    /// Person.
    pub on_behalf_of: String,
    /// Session.
    #[serde(default)]
    pub session_id: Option<String>,
    /// Normalised type.
    pub action_type: String,
    /// Tool.
    #[serde(default)]
    pub tool: Option<String>,
    /// Command.
    #[serde(default)]
    pub command: Option<String>,
    /// Files.
    #[serde(default)]
    pub files: Vec<FilePart>,
    /// Repository.
    #[serde(default)]
    pub repo: Option<String>,
    /// Branch.
    #[serde(default)]
    pub branch: Option<String>,
    /// Environment.
    #[serde(default)]
    pub environment: Option<String>,
}

/// One file.
#[derive(Clone, Debug, Deserialize)]
pub struct FilePart {
    /// Its path.
    pub path: String,
}

/// What the agent said.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ClaimsPart {
    /// Its own words.
    #[serde(default)]
    pub intent: Option<String>,
}

/// Risk.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct AssessmentPart {
    /// Thousandths.
    pub score: Score,
    /// Level.
    pub level: Level,
}

/// The decision.
#[derive(Clone, Debug, Deserialize)]
pub struct DecisionPart {
    /// Verdict.
    pub verdict: Verdict,
    /// The rule that caused it.
    pub rule: String,
    /// Sentences.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// One fact.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct FactPart {
    /// Its kind.
    pub kind: FactKind,
}

/// What later entries of the same action need to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionContext {
    /// Decided at.
    pub at: UtcMicros,
    /// Agent, if one asked.
    pub agent: Option<String>,
    /// The person acted for.
    pub user: String,
    /// Session.
    pub session: Option<String>,
    /// Normalised type.
    pub action_type: String,
    /// Repository.
    pub repo: Option<String>,
    /// Level.
    pub level: Level,
    /// Verdict.
    pub verdict: Verdict,
    /// Rule.
    pub rule: String,
}

impl ActionContext {
    /// Without what names a person.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self { user: String::new(), session: None, ..self.clone() }
    }
}

impl Said {
    /// Reads an entry; `None` when the leaf is no leaf of ours. `actor` and `on_behalf_of` replace the pseudonyms
    /// where the reader knows better.
    #[must_use]
    pub fn read(
        index: u64,
        leaf: &[u8],
        payload: Option<&[u8]>,
        actor: Option<&str>,
        on_behalf_of: Option<&str>,
    ) -> Option<Self> {
        let leaf: Leaf = serde_json::from_slice(leaf).ok()?;
        Some(Self {
            index,
            id: leaf.id,
            at: leaf.at,
            kind: leaf.kind,
            actor: actor.map_or(leaf.actor, str::to_owned),
            on_behalf_of: on_behalf_of.map(str::to_owned).or(leaf.on_behalf_of),
            subject: leaf.subject,
            links: leaf.links,
            payload: payload.map_or(Payload::Absent, |bytes| read_payload(leaf.kind, bytes)),
        })
    }

    /// The entry as its leaf alone tells it: pseudonyms, and a payload that is withheld unless it was erased.
    #[must_use]
    pub fn bare(&self, leaf: &[u8]) -> Option<Self> {
        let payload = if self.is_erased() { Payload::Absent } else { Payload::Withheld };
        Self::read(self.index, leaf, None, None, None).map(|said| Self { payload, ..said })
    }

    /// The action it belongs to.
    #[must_use]
    pub fn action_id(&self) -> Option<&str> {
        match self.kind {
            EventKind::Decision => Some(&self.subject),
            _ => self.links.get("action_id").or_else(|| self.links.get("decision_id")).map(String::as_str),
        }
    }

    /// What later entries of the action need to know, if this is the decision about it.
    #[must_use]
    pub fn context(&self) -> Option<ActionContext> {
        let decided = self.decided()?;
        Some(ActionContext {
            at: self.at,
            agent: decided.action.agent.clone(),
            user: decided.action.on_behalf_of.clone(),
            session: decided.action.session_id.clone(),
            action_type: decided.action.action_type.clone(),
            repo: decided.action.repo.clone(),
            level: decided.assessment.level,
            verdict: decided.decision.verdict,
            rule: decided.decision.rule.clone(),
        })
    }

    /// The payload of a decision.
    #[must_use]
    pub fn decided(&self) -> Option<&Decided> {
        match &self.payload {
            Payload::Decision(decided) => Some(decided),
            _ => None,
        }
    }

    /// A text in the payload of anything but a decision.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        match &self.payload {
            Payload::Other(value) => value.get(field)?.as_str(),
            _ => None,
        }
    }

    /// As [`text`](Self::text), of a place deeper in (RFC 6901).
    #[must_use]
    pub fn text_at(&self, pointer: &str) -> Option<&str> {
        match &self.payload {
            Payload::Other(value) => value.pointer(pointer)?.as_str(),
            _ => None,
        }
    }

    /// Whether its payload is not there any more.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        matches!(self.payload, Payload::Absent)
    }

    /// Whether a field of the payload is true.
    #[must_use]
    pub fn flag(&self, field: &str) -> bool {
        matches!(&self.payload, Payload::Other(value) if value.get(field) == Some(&Value::Bool(true)))
    }
}

fn read_payload(kind: EventKind, bytes: &[u8]) -> Payload {
    if kind == EventKind::Decision
        && let Ok(decided) = serde_json::from_slice(bytes)
    {
        return Payload::Decision(Box::new(decided));
    }
    serde_json::from_slice(bytes).map_or(Payload::Absent, Payload::Other)
}
