//! `decide()`: total, explainable, and never open. A missing or broken input asks a person.

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::action::{Action, Claims};
use crate::fact::{Fact, FactKind};
use crate::policy::{AutonomyLevel, AutonomyPolicy};
use crate::risk::{Assessment, Level, Weights};

/// The three verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Runs alone.
    Auto,
    /// Waits for people.
    Approval,
    /// Never runs.
    Blocked,
}

impl Verdict {
    /// Spelling in JSON, SQL and UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "AUTO",
            Self::Approval => "APPROVAL",
            Self::Blocked => "BLOCKED",
        }
    }
}

/// A decision with its reasons; the rule that caused it comes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// Stable name of the rule that caused it.
    pub rule: String,
    /// Sentences for people: the rule, then the heaviest factors.
    pub reasons: Vec<String>,
}

/// Above this score an auto-allowed type still asks.
const AUTO_ALLOW_CEILING: u16 = 699;

/// Decides. Order: blocked list, unknown type, critical, require-approval list, sensitive facts below level
/// `elevated`, auto-allowed list, threshold. Raising a fact never loosens the answer.
#[must_use]
pub fn decide(action: &Action, facts: &[Fact], assessment: &Assessment, policy: &AutonomyPolicy) -> Decision {
    let kind = &action.action_type;
    let source = policy.scope.describe();
    let has = |k: FactKind| facts.iter().any(|f| f.kind == k);
    let sensitive =
        [FactKind::TouchesAuth, FactKind::Production, FactKind::DestroysData, FactKind::RegulatedData]
            .into_iter()
            .find(|k| has(*k));
    let shown = |score: u16| format!("{}.{:03}", score / 1000, score % 1000);
    let (verdict, rule, why) = if policy.blocked_actions.contains(kind) {
        (Verdict::Blocked, "blocked_list", format!("{} is blocked by {source}", kind.as_str()))
    } else if has(FactKind::DisablesOversight) {
        (Verdict::Blocked, "oversight_protected", "Would switch off or bypass this oversight".to_owned())
    } else if !kind.is_known() {
        (Verdict::Approval, "unknown_action_type", format!("Unknown action type “{}”", kind.as_str()))
    } else if assessment.level == Level::Critical {
        (Verdict::Approval, "critical", "Critical risk always asks".to_owned())
    } else if policy.require_approval_for.contains(kind) {
        (Verdict::Approval, "require_approval_list", format!("{} always asks by {source}", kind.as_str()))
    } else if let (Some(fact), true) = (sensitive, policy.level < AutonomyLevel::Elevated) {
        (
            Verdict::Approval,
            "sensitive_fact",
            format!("{} asks at this autonomy level ({source})", fact.words()),
        )
    } else if policy.auto_allowed_actions.contains(kind) && assessment.score <= AUTO_ALLOW_CEILING {
        (Verdict::Auto, "auto_allowed_list", format!("{} runs alone by {source}", kind.as_str()))
    } else if assessment.score <= policy.max_risk_threshold {
        let (score, limit) = (shown(assessment.score), shown(policy.max_risk_threshold));
        (Verdict::Auto, "below_threshold", format!("Risk {score} is within the threshold {limit} ({source})"))
    } else {
        let (score, limit) = (shown(assessment.score), shown(policy.max_risk_threshold));
        (
            Verdict::Approval,
            "above_threshold",
            format!("Risk {score} is above the threshold {limit} ({source})"),
        )
    };
    let mut reasons = vec![why];
    reasons.extend(assessment.factors.iter().map(|f| f.reason.clone()));
    Decision { verdict, rule: rule.to_owned(), reasons }
}

/// A decision as it is kept: everything it rested on, so that it can be replayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// Id (UUID v7); also the action's id in the audit.
    pub id: String,
    /// Who asked: agent name, or the person.
    pub actor: String,
    /// The material.
    pub action: Action,
    /// What the agent said.
    pub claims: Claims,
    /// Salt of the digest (hex of 16 bytes).
    pub salt: String,
    /// Digest (hex).
    pub digest: String,
    /// Equality across requests (hex).
    pub fingerprint: String,
    /// What a resubmission of this action has in common with it; a pending approval with the same key is superseded.
    pub resubmission_key: String,
    /// Derived facts.
    pub facts: Vec<Fact>,
    /// Incidents that were counted.
    pub recent_incidents: u32,
    /// Weights in force.
    pub weights: Weights,
    /// Risk.
    pub assessment: Assessment,
    /// Policy in force.
    pub policy: AutonomyPolicy,
    /// Hash of policy, weights and catalogue version.
    pub policy_hash: String,
    /// The decision.
    pub decision: Decision,
    /// The approval it asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// The permit it issued itself (AUTO).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit_id: Option<String>,
    /// Decided at.
    pub created_at: UtcMicros,
    /// Row version.
    pub version: u64,
}
