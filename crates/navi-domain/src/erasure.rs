//! Erasing what entries say while every proof stays valid: which payloads may go, and how an entry names those that went.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::action::{Action, Claims, TargetState};
use crate::bypass::Bypassed;
use crate::decision::{Decision, DecisionRecord};
use crate::event::EventKind;
use crate::fact::Fact;
use crate::risk::{Assessment, Factor};

/// Name of the link by which an erasing entry names the entries whose payloads went, in its leaf.
pub const LINK: &str = "erases";
/// Most payloads that one entry erases.
pub const MOST: usize = 500;

/// What is kept for how long is said by class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionClass {
    /// What was asked, and how it was decided.
    Decisions,
    /// What people and agents wrote to each other.
    Discussions,
    /// What runs reported.
    Executions,
}

impl RetentionClass {
    /// All classes.
    pub const ALL: [Self; 3] = [Self::Decisions, Self::Discussions, Self::Executions];

    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Discussions => "discussions",
            Self::Executions => "executions",
        }
    }

    /// The kinds of entries whose payloads belong to it. Votes, keys, policies and erasures belong to none: permissions
    /// and proofs rest on them.
    #[must_use]
    pub fn kinds(self) -> &'static [EventKind] {
        match self {
            Self::Decisions => &[
                EventKind::Decision,
                EventKind::ApprovalRequested,
                EventKind::ApprovalEdited,
                EventKind::FloodDetected,
                EventKind::BypassUsed,
            ],
            Self::Discussions => {
                &[EventKind::CommentAdded, EventKind::QuestionAsked, EventKind::QuestionAnswered]
            }
            Self::Executions => &[
                EventKind::ExecutionStarted,
                EventKind::ExecutionFinished,
                EventKind::ExecutionCorrected,
                EventKind::RedeemRefused,
            ],
        }
    }

    /// The class of a kind of entry; `None`: its payload is never erased.
    #[must_use]
    pub fn of(kind: EventKind) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.kinds().contains(&kind))
    }
}

/// Days after which payloads of a class are erased; a class that is not named is kept for ever.
pub type Retention = BTreeMap<RetentionClass, u32>;

/// Indices as text, ascending: `17,40-52`.
#[must_use]
pub fn to_ranges(indices: &[u64]) -> String {
    let mut sorted = indices.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for index in sorted {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => ranges.push((index, index)),
        }
    }
    let text = |(first, last): &(u64, u64)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

/// Reads what [`to_ranges`] wrote: (first, last), ascending; `None` for anything else.
#[must_use]
pub fn parse_ranges(text: &str) -> Option<Vec<(u64, u64)>> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()?);
        let after = ranges.last().is_none_or(|(_, before)| *before < first);
        if first > last || !after {
            return None;
        }
        ranges.push((first, last));
    }
    Some(ranges)
}

impl DecisionRecord {
    /// The decision without what it was about: verdict, risk, digest and people stay, because approvals and counts rest
    /// on them; command, files, diff, arguments, evidence and the agent's words go, and with them salt and fingerprints.
    #[must_use]
    pub fn erased(&self, at: UtcMicros) -> Self {
        let gone = |decision: &Decision| Decision {
            reasons: vec!["What this was about was erased".to_owned()],
            ..decision.clone()
        };
        let none =
            |fact: &Fact| Fact { evidence: String::new(), headline: None, without: None, ..fact.clone() };
        let bare = |factor: &Factor| Factor {
            reason: factor.name.as_str().to_owned(),
            evidence: Vec::new(),
            counterfactual: None,
            ..factor.clone()
        };
        Self {
            action: Action {
                session_id: None,
                tool: None,
                args: None,
                command: None,
                cwd: None,
                files: Vec::new(),
                diff: None,
                branch: None,
                environment: None,
                target_state: TargetState::None("erased".to_owned()),
                ..self.action.clone()
            },
            claims: Claims::default(),
            facts: self.facts.iter().map(none).collect(),
            decision: gone(&self.decision),
            bypass: self.bypass.as_ref().map(|under| Bypassed { would: gone(&under.would), ..under.clone() }),
            assessment: Assessment {
                factors: self.assessment.factors.iter().map(bare).collect(),
                ..self.assessment.clone()
            },
            salt: String::new(),
            fingerprint: String::new(),
            resubmission_key: String::new(),
            effect_key: String::new(),
            erased_at: Some(at),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_read_back_as_ranges() {
        assert_eq!(to_ranges(&[52, 17, 40, 41, 41, 42]), "17,40-42,52");
        assert_eq!(parse_ranges("17,40-42,52"), Some(vec![(17, 17), (40, 42), (52, 52)]));
        for wrong in ["", "a", "5-4", "7,7", "9,3", "1-", "-1", "1,,2", "3-5,5"] {
            assert_eq!(parse_ranges(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn votes_keys_and_policies_are_never_erased() {
        for kind in [
            EventKind::VoteCast,
            EventKind::DeviceEnrolled,
            EventKind::PolicyChanged,
            EventKind::PayloadsErased,
            EventKind::PayloadsPruned,
            EventKind::GrantGiven,
            EventKind::OrgCreated,
            EventKind::BypassAsked,
            EventKind::BypassBegun,
            EventKind::BypassReviewed,
        ] {
            assert_eq!(RetentionClass::of(kind), None);
        }
        assert_eq!(RetentionClass::of(EventKind::CommentAdded), Some(RetentionClass::Discussions));
    }
}
