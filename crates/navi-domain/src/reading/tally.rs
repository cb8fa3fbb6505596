//! What one entry adds to the counters behind insights and reports. A counter is a measure and a key; keys that name
//! something that people chose (an agent, a rule) end with it, so that a dot in it does no harm.

use crate::decision::Verdict;
use crate::event::EventKind;
use crate::{SECOND, UtcMicros};

use super::histogram::bucket;
use super::{ActionContext, Decided, Said};

/// An approve this soon after the request counts as one that nobody can have read.
pub const FAST: UtcMicros = 5 * SECOND;
/// Approvals of a person below which the share of fast ones says nothing.
pub const FAST_SHARE_NEEDS: u64 = 10;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Every entry: `KIND`.
    Event,
    /// Decisions: `LEVEL.VERDICT`.
    Decision,
    /// Their scores in thousandths: `SCORE`.
    Score,
    /// Which rule caused them: `VERDICT.RULE`.
    Rule,
    /// Facts of what did not run alone: `VERDICT.FACT`.
    Fact,
    /// What agents did and met: `WHAT.AGENT`; `asked`, `prompted`, `blocked`, `approved`, `rejected`, `expired`.
    Agent,
    /// What became of requests: `LEVEL.STATE`, with `asked` for their beginning.
    Outcome,
    /// From request to approval or rejection: `LEVEL.BUCKET`.
    Wait,
    /// Votes: `WHAT.PERSON`; `approve`, `reject`, `fast`, `delegated`, `own`.
    Voter,
    /// From request to an approving vote: `BUCKET.PERSON`.
    VoterWait,
    /// Where votes were cast: `SURFACE.VERDICT`.
    Surface,
    /// Votes without effect: `REFUSAL`.
    Refused,
    /// Runs: `VERDICT.STATE`; `started`, `succeeded`, `failed`, `unknown`, `rolled_back`.
    Execution,
}

impl Measure {
    /// All measures.
    pub const ALL: [Self; 13] = [
        Self::Event,
        Self::Decision,
        Self::Score,
        Self::Rule,
        Self::Fact,
        Self::Agent,
        Self::Outcome,
        Self::Wait,
        Self::Voter,
        Self::VoterWait,
        Self::Surface,
        Self::Refused,
        Self::Execution,
    ];

    /// Spelling in SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Decision => "decision",
            Self::Score => "score",
            Self::Rule => "rule",
            Self::Fact => "fact",
            Self::Agent => "agent",
            Self::Outcome => "outcome",
            Self::Wait => "wait",
            Self::Voter => "voter",
            Self::VoterWait => "voter_wait",
            Self::Surface => "surface",
            Self::Refused => "refused",
            Self::Execution => "execution",
        }
    }
}

/// Names every counter that this entry raises by one. `context`: of the action it belongs to, if it is known.
#[must_use]
pub fn counts(said: &Said, context: Option<&ActionContext>) -> Vec<(Measure, String)> {
    let mut raised = vec![(Measure::Event, said.kind.as_str().to_owned())];
    let mut raise = |measure, key: String| raised.push((measure, key));
    match said.kind {
        EventKind::Decision => {
            if let Some(decided) = said.decided() {
                decision(decided, &mut raise);
            }
        }
        EventKind::VoteRefused => {
            raise(Measure::Refused, said.text("refusal").unwrap_or("unknown").to_owned());
        }
        EventKind::VoteCast => vote(said, context, &mut raise),
        _ => {}
    }
    let Some(context) = context else { return raised };
    let mut raise = |measure, key: String| raised.push((measure, key));
    let outcome = match said.kind {
        EventKind::ApprovalRequested => Some("asked"),
        EventKind::ApprovalApproved => Some("approved"),
        EventKind::ApprovalRejected => Some("rejected"),
        EventKind::ApprovalExpired => Some("expired"),
        EventKind::ApprovalSuperseded => Some("superseded"),
        EventKind::ApprovalCancelled => Some("cancelled"),
        _ => None,
    };
    if let Some(outcome) = outcome {
        let level = context.level.as_str();
        raise(Measure::Outcome, format!("{level}.{outcome}"));
        if matches!(outcome, "approved" | "rejected") {
            raise(Measure::Wait, format!("{level}.{:04}", bucket(millis_since(context, said))));
        }
        if let (Some(agent), "approved" | "rejected" | "expired") = (&context.agent, outcome) {
            raise(Measure::Agent, format!("{outcome}.{agent}"));
        }
    }
    let ran = match said.kind {
        EventKind::ExecutionStarted => Some("started"),
        EventKind::ExecutionLapsed => Some("unknown"),
        EventKind::ExecutionCorrected => Some("corrected"),
        EventKind::ExecutionFinished => Some(said.text("status").unwrap_or("unknown")),
        EventKind::RollbackFinished => (said.text("status") == Some("succeeded")).then_some("rolled_back"),
        _ => None,
    };
    if let Some(state) = ran {
        raise(Measure::Execution, format!("{}.{state}", context.verdict.as_str()));
    }
    raised
}

fn decision(decided: &Decided, raise: &mut impl FnMut(Measure, String)) {
    let (verdict, level) = (decided.decision.verdict, decided.assessment.level.as_str());
    let name = verdict.as_str();
    raise(Measure::Decision, format!("{level}.{name}"));
    raise(Measure::Score, format!("{:04}", decided.assessment.score));
    raise(Measure::Rule, format!("{name}.{}", decided.decision.rule));
    if verdict != Verdict::Auto {
        let mut kinds: Vec<_> = decided.facts.iter().map(|f| f.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let kind = serde_json::to_value(kind).unwrap_or_default();
            raise(Measure::Fact, format!("{name}.{}", kind.as_str().unwrap_or_default()));
        }
    }
    if let Some(agent) = &decided.action.agent {
        raise(Measure::Agent, format!("asked.{agent}"));
        match verdict {
            Verdict::Auto => {}
            Verdict::Approval => raise(Measure::Agent, format!("prompted.{agent}")),
            Verdict::Blocked => raise(Measure::Agent, format!("blocked.{agent}")),
        }
    }
}

fn vote(said: &Said, context: Option<&ActionContext>, raise: &mut impl FnMut(Measure, String)) {
    let person = &said.actor;
    let verdict = said.text("verdict").unwrap_or("unknown");
    raise(Measure::Voter, format!("{verdict}.{person}"));
    raise(Measure::Surface, format!("{}.{verdict}", said.text("surface").unwrap_or("unknown")));
    if said.text("for_user").is_some() {
        raise(Measure::Voter, format!("delegated.{person}"));
    }
    if said.flag("own_request") {
        raise(Measure::Voter, format!("own.{person}"));
    }
    if let (Some(context), "approve") = (context, verdict) {
        raise(Measure::VoterWait, format!("{:04}.{person}", bucket(millis_since(context, said))));
        if said.at - context.at < FAST {
            raise(Measure::Voter, format!("fast.{person}"));
        }
    }
}

fn millis_since(context: &ActionContext, said: &Said) -> u64 {
    u64::try_from((said.at - context.at) / 1000).unwrap_or_default()
}
