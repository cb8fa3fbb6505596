//! `decide()`: total, explainable, and never open. A missing or broken input asks a person.

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::action::{Action, ActionType, Claims};
use crate::advice::{self, Advice};
use crate::allow::{self, AllowRule};
use crate::bypass::{self, Bypassed};
use crate::fact::{Fact, FactKind, Severity};
use crate::freeze::Freeze;
use crate::grant::Grant;
use crate::guardrail::Guardrails;
use crate::plan::PlanUse;
use crate::policy::{AutonomyLevel, AutonomyPolicy};
use crate::risk::{Assessment, FactorName, Level, RiskSettings, assess};
use crate::words::{self, Phrase, Said, phrases};

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
    /// The plan that this is a step of, if any. Answers only what is within the plan that people signed.
    pub plan: Option<&'a PlanUse>,
    /// The organisation's allow rule that covers this, if any. Never used for high or critical risk.
    pub allowed: Option<&'a AllowRule>,
}

/// Decides. Order: freeze, blocked list, oversight, guardrail `run`, rejected before, unknown type, critical, guardrail
/// `run_unattended`, require-approval list, flood, grave facts, sensitive facts below level `elevated`, auto-allowed
/// list, threshold; then the plan that people signed answers for its steps, as far as they stay within it; then a grant,
/// and only an APPROVAL below critical whose rule it was given for; an allow rule last, and only an APPROVAL of low or
/// medium risk that the autonomy policy itself asked for. Neither answers while its agent floods. Raising a fact never
/// loosens the answer.
#[must_use]
pub fn decide(question: &Question<'_>) -> Decision {
    let mut asked = without_grants(question);
    if let Some(plan) = question.plan {
        asked = plan.decide(asked, question.assessment.level, question.flooding);
    }
    match question.grant {
        Some(grant) if !question.flooding && grant.answers(&asked, question.assessment.level) => {
            let mut reasons = vec![grant.why().english().to_owned()];
            reasons.extend(asked.reasons);
            Decision { verdict: Verdict::Auto, rule: "grant".into(), reasons }
        }
        _ => under_allow_rule(asked, question),
    }
}

fn under_allow_rule(asked: Decision, question: &Question<'_>) -> Decision {
    let answers = |rule: &&AllowRule| !question.flooding && rule.answers(&asked, question.assessment.level);
    let Some(rule) = question.allowed.filter(answers) else { return asked };
    let mut reasons =
        vec![format!("An allow rule that two people agreed to covers it ({})", rule.describe())];
    reasons.extend(asked.reasons);
    Decision { verdict: Verdict::Auto, rule: allow::RULE.to_owned(), reasons }
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
    let (verdict, rule, why) = ruled(question);
    let mut reasons = vec![why.english().to_owned()];
    let worth_saying = question.assessment.factors.iter().filter(|f| f.name != FactorName::Base);
    reasons.extend(worth_saying.map(|f| f.reason.clone()));
    Decision { verdict, rule: rule.to_owned(), reasons }
}

/// The rule that decides, without plans, grants and bypasses, and its sentence.
#[must_use]
pub fn ruled(question: &Question<'_>) -> (Verdict, &'static str, Said) {
    let Question { action_type: kind, facts, assessment, policy, guardrails, .. } = *question;
    let source = || policy.scope.said().into();
    let of_type = |phrase: Phrase| phrase.with([("type", kind.as_str().into()), ("source", source())]);
    let scored = |phrase: Phrase| {
        let (score, limit) = (words::score(assessment.score), words::score(policy.max_risk_threshold));
        phrase.with([("score", score), ("limit", limit), ("source", source())])
    };
    let grave = facts.iter().find(|f| f.severity == Severity::Grave);
    let sensitive =
        SENSITIVE.into_iter().find(|k| facts.iter().any(|f| f.kind == *k && f.severity >= Severity::Serious));
    if let Some(freeze) = question.frozen {
        (Verdict::Blocked, "frozen", freeze.why())
    } else if policy.blocks(kind) {
        (Verdict::Blocked, "blocked_list", of_type(phrases::BLOCKED_LIST))
    } else if facts.iter().any(|f| f.kind == FactKind::DisablesOversight) {
        (Verdict::Blocked, "oversight_protected", phrases::OVERSIGHT.plain())
    } else if !guardrails.run.allowed {
        (Verdict::Blocked, "guardrail", phrases::GUARDRAIL_BLOCKS.with([("reason", guardrails.run.why())]))
    } else if question.rejected_before.is_some() {
        (Verdict::Blocked, "rejected_before", phrases::REJECTED_BEFORE.plain())
    } else if !kind.is_known() {
        (
            Verdict::Approval,
            "unknown_action_type",
            phrases::UNKNOWN_TYPE.with([("type", kind.as_str().into())]),
        )
    } else if assessment.level == Level::Critical {
        (Verdict::Approval, "critical", phrases::CRITICAL.plain())
    } else if !guardrails.run_unattended.allowed {
        (
            Verdict::Approval,
            "guardrail",
            phrases::GUARDRAIL_ASKS.with([("reason", guardrails.run_unattended.why())]),
        )
    } else if policy.requires_approval(kind) {
        (Verdict::Approval, "require_approval_list", of_type(phrases::ALWAYS_ASKS))
    } else if question.flooding {
        (Verdict::Approval, "flood", phrases::FLOOD.plain())
    } else if let Some(fact) = grave {
        (Verdict::Approval, "grave_fact", phrases::GRAVE_FACT.with([("fact", fact.kind.said().into())]))
    } else if let (Some(fact), true) = (sensitive, policy.level < AutonomyLevel::Elevated) {
        (
            Verdict::Approval,
            "sensitive_fact",
            phrases::SENSITIVE_FACT.with([("fact", fact.said().into()), ("source", source())]),
        )
    } else if policy.auto_allows(kind) && assessment.score <= AUTO_ALLOW_CEILING {
        (Verdict::Auto, "auto_allowed_list", of_type(phrases::RUNS_ALONE))
    } else if assessment.score <= policy.max_risk_threshold {
        (Verdict::Auto, "below_threshold", scored(phrases::WITHIN))
    } else {
        (Verdict::Approval, "above_threshold", scored(phrases::ABOVE))
    }
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
    /// The allow rule that let it run, whole, so that a replay needs nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_by: Option<AllowRule>,
    /// The bypass that let it run, with what it would have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass: Option<Bypassed>,
    /// The plan that it is a step of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanUse>,
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
        let grant = grant.filter(|grant| self.grant_id.as_ref() == Some(&grant.id));
        let decision = decide(&Question { grant, ..self.question(&derived) });
        let lifted = self.bypass.as_ref().and_then(|under| bypass::lifted(&decision, &under.mark));
        (advice::apply(derived, self.advice.as_ref()), lifted.unwrap_or(decision))
    }

    /// What was decided on, without grants.
    fn question<'a>(&'a self, assessment: &'a Assessment) -> Question<'a> {
        Question {
            action_type: &self.action.action_type,
            facts: &self.facts,
            assessment,
            policy: &self.policy,
            guardrails: &self.guardrails,
            frozen: self.frozen.as_ref(),
            rejected_before: self.rejected_before.as_deref(),
            flooding: self.flooding,
            grant: None,
            plan: self.plan.as_ref(),
            allowed: self.allowed_by.as_ref(),
        }
    }

    /// What may stand first in its reasons, as sentences: of the rule, of the plan, of the bypass.
    #[must_use]
    pub fn sentences(&self) -> Vec<Said> {
        let (_, _, why) = ruled(&self.question(&self.assessment));
        let plan = self.plan.as_ref().map(PlanUse::sentences).unwrap_or_default();
        let bypass = self.bypass.as_ref().map(|under| bypass::said(&under.would, &under.mark));
        std::iter::once(why).chain(plan).chain(bypass).collect()
    }

    /// The id of the bypass it rested on; empty without one.
    #[must_use]
    pub fn bypass_id(&self) -> &str {
        self.bypass.as_ref().map_or("", |under| under.mark.id.as_str())
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
