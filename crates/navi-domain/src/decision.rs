//! `decide()`: total, explainable, and never open. A missing or broken input asks a person.

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::action::{Action, ActionType, Claims};
use crate::advice::{self, Advice};
use crate::fact::{Fact, FactKind, Severity};
use crate::freeze::Freeze;
use crate::grant::Grant;
use crate::guardrail::Guardrails;
use crate::policy::{AutonomyLevel, AutonomyPolicy};
use crate::risk::{Assessment, FactorName, Level, RiskSettings, assess, shown};

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
pub const AUTO_ALLOW_CEILING: u16 = 699;

/// Everything a decision looks at. Missing parts never loosen the answer.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The action's type.
    pub action_type: &'a ActionType,
    /// Facts the server derived.
    pub facts: &'a [Fact],
    /// Their risk.
    pub assessment: &'a Assessment,
    /// The autonomy policy in force.
    pub policy: &'a AutonomyPolicy,
    /// What the guardrails answered.
    pub guardrails: &'a Guardrails,
    /// The freeze that covers it, if any.
    pub frozen: Option<&'a Freeze>,
    /// The approval in which a person rejected the same effect in this session, if any.
    pub rejected_before: Option<&'a str>,
    /// Too many requests of this agent wait already.
    pub flooding: bool,
    /// The grant that a person gave for exactly this, if any. Never used for critical risk.
    pub grant: Option<&'a Grant>,
}

/// Decides. Order: freeze, blocked list, oversight, guardrail `run`, rejected before, unknown type, critical, guardrail
/// `run_unattended`, require-approval list, flood, grave facts, sensitive facts below level `elevated`, auto-allowed
/// list, threshold; a grant answers last, and only an APPROVAL below critical whose rule it was given for, and never while
/// its agent floods. Raising a fact never loosens the answer.
#[must_use]
pub fn decide(question: &Question<'_>) -> Decision {
    let asked = without_grants(question);
    match question.grant {
        Some(grant) if !question.flooding && grant.answers(&asked, question.assessment.level) => {
            let mut reasons =
                vec![format!("{} granted this until it runs out ({})", grant.given_by, grant.describe())];
            reasons.extend(asked.reasons);
            Decision { verdict: Verdict::Auto, rule: "grant".into(), reasons }
        }
        _ => asked,
    }
}

/// Facts that ask by themselves below level `elevated`, when serious.
const SENSITIVE: [FactKind; 8] = [
    FactKind::TouchesAuth,
    FactKind::Production,
    FactKind::DestroysData,
    FactKind::RegulatedData,
    FactKind::ExposesSecret,
    FactKind::RunsUntrustedCode,
    FactKind::WidensPermission,
    FactKind::UnreadableCommand,
];

fn without_grants(question: &Question<'_>) -> Decision {
    let Question { action_type: kind, facts, assessment, policy, guardrails, .. } = *question;
    let source = policy.scope.describe();
    let grave = facts.iter().find(|f| f.severity == Severity::Grave);
    let sensitive =
        SENSITIVE.into_iter().find(|k| facts.iter().any(|f| f.kind == *k && f.severity >= Severity::Serious));
    let (verdict, rule, why) = if let Some(freeze) = question.frozen {
        (Verdict::Blocked, "frozen", freeze.why())
    } else if policy.blocks(kind) {
        (Verdict::Blocked, "blocked_list", format!("{} is blocked by {source}", kind.as_str()))
    } else if facts.iter().any(|f| f.kind == FactKind::DisablesOversight) {
        (Verdict::Blocked, "oversight_protected", "Would switch off or bypass this oversight".to_owned())
    } else if !guardrails.run.allowed {
        (Verdict::Blocked, "guardrail", format!("Blocked by a guardrail: {}", guardrails.run.why()))
    } else if question.rejected_before.is_some() {
        (
            Verdict::Blocked,
            "rejected_before",
            "A person rejected this in the same session; asking in other words does not change it".to_owned(),
        )
    } else if !kind.is_known() {
        (Verdict::Approval, "unknown_action_type", format!("Unknown action type “{}”", kind.as_str()))
    } else if assessment.level == Level::Critical {
        (Verdict::Approval, "critical", "Critical risk always asks".to_owned())
    } else if !guardrails.run_unattended.allowed {
        (
            Verdict::Approval,
            "guardrail",
            format!("A guardrail asks for a person: {}", guardrails.run_unattended.why()),
        )
    } else if policy.requires_approval(kind) {
        (Verdict::Approval, "require_approval_list", format!("{} always asks by {source}", kind.as_str()))
    } else if question.flooding {
        (Verdict::Approval, "flood", "This agent asks too much at once; a person should look".to_owned())
    } else if let Some(fact) = grave {
        (Verdict::Approval, "grave_fact", format!("{} asks at every autonomy level", fact.kind.words()))
    } else if let (Some(fact), true) = (sensitive, policy.level < AutonomyLevel::Elevated) {
        (
            Verdict::Approval,
            "sensitive_fact",
            format!("{} asks at this autonomy level ({source})", fact.words()),
        )
    } else if policy.auto_allows(kind) && assessment.score <= AUTO_ALLOW_CEILING {
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
    let worth_saying = assessment.factors.iter().filter(|f| f.name != FactorName::Base);
    reasons.extend(worth_saying.map(|f| f.reason.clone()));
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
    /// Risk settings in force.
    pub risk: RiskSettings,
    /// Risk.
    pub assessment: Assessment,
    /// Policy in force.
    pub policy: AutonomyPolicy,
    /// What the guardrails answered.
    pub guardrails: Guardrails,
    /// Version (hash) of the pattern catalogue that derived the facts.
    pub catalogue: String,
    /// Same for every spelling of the same effect (hex); what the memory of rejections compares.
    pub effect_key: String,
    /// When what it was about was erased; it cannot be replayed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<UtcMicros>,
    /// The freeze that stopped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Freeze>,
    /// The rejected approval that this repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_before: Option<String>,
    /// Whether its agent asked too much at once.
    #[serde(default)]
    pub flooding: bool,
    /// The grant that let it run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// How likely a person rejects it, learned from votes; advice that never loosens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
    /// Hash of everything that decided: merged policy, risk settings, guardrails, catalogue.
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

impl DecisionRecord {
    /// Decides again from nothing but what is recorded: equal to [`assessment`](Self::assessment) and
    /// [`decision`](Self::decision), bit for bit, for a record that nobody changed. `grant` is the one that
    /// [`grant_id`](Self::grant_id) names.
    #[must_use]
    pub fn replay(&self, grant: Option<&Grant>) -> (Assessment, Decision) {
        let derived = assess(&self.action.action_type, &self.facts, &self.risk);
        let decision = decide(&Question {
            action_type: &self.action.action_type,
            facts: &self.facts,
            assessment: &derived,
            policy: &self.policy,
            guardrails: &self.guardrails,
            frozen: self.frozen.as_ref(),
            rejected_before: self.rejected_before.as_deref(),
            flooding: self.flooding,
            grant: grant.filter(|grant| self.grant_id.as_ref() == Some(&grant.id)),
        });
        (advice::apply(derived, self.advice.as_ref()), decision)
    }

    /// The level of what was derived, without what was learned: what a grant is given for.
    #[must_use]
    pub fn derived_level(&self) -> Level {
        match &self.advice {
            Some(advice) if advice.raised => assess(&self.action.action_type, &self.facts, &self.risk).level,
            _ => self.assessment.level,
        }
    }
}
