//! A decision as `POST /evaluate` answers it.

use navi_domain::approval::Approval;
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::permit::Permit;
use navi_facts::Catalogue;
use navi_protocol::evaluate::{AdviceView, EvaluateResponse, Factor, GuardrailView, PermitView, SegmentView};
use navi_protocol::words::Worded;
use navi_store::ApprovalRow;

use super::{name, score, words};

/// The answer to a new decision.
#[must_use]
pub fn fresh(
    record: &DecisionRecord,
    approval: Option<&Approval>,
    permit: Option<&Permit>,
    now: i64,
) -> EvaluateResponse {
    EvaluateResponse {
        decision: record.decision.verdict.as_str().to_owned(),
        risk_score: score(record.assessment.score),
        reasons: record.decision.reasons.clone(),
        approval_id: record.approval_id.clone(),
        action_id: record.id.clone(),
        level: record.assessment.level.as_str().to_owned(),
        rule: record.decision.rule.clone(),
        factors: factors(record),
        guardrails: guardrails(record),
        advice: advice(record),
        digest: record.digest.clone(),
        policy_hash: record.policy_hash.clone(),
        bypass: record.bypass.as_ref().map(super::bypass::mark),
        permit: permit.map(self::permit),
        execution_id: None,
        expires_at: approval.map(|a| a.expires_at),
        server_time: now,
        ledger_index: 0,
        policy: None,
        dry_run: false,
        words: worded(record, []),
    }
}

/// What the sentences of a decision say, and of these beside them.
#[must_use]
pub fn worded<const N: usize>(record: &DecisionRecord, beside: [&str; N]) -> Vec<Worded> {
    let mut sentences: Vec<&str> = record.decision.reasons.iter().map(String::as_str).collect();
    sentences.extend(record.bypass.iter().flat_map(|under| &under.would.reasons).map(String::as_str));
    for factor in &record.assessment.factors {
        sentences.push(&factor.reason);
        sentences.extend(factor.evidence.iter().map(String::as_str));
        sentences.extend(factor.counterfactual.as_ref().map(|counterfactual| counterfactual.words.as_str()));
    }
    let answers = [&record.guardrails.run, &record.guardrails.run_unattended];
    for policy in answers.into_iter().filter(|answer| !answer.allowed).flat_map(|answer| &answer.determining)
    {
        sentences.push(policy.reason());
        sentences.extend(policy.annotations.get("instead").map(String::as_str));
    }
    sentences.extend(record.advice.iter().flat_map(|advice| &advice.reasons).map(String::as_str));
    sentences.extend(beside);
    words::of(sentences, &words::known(record))
}

/// The answer to a request that is already waiting. `ledger_index` is 0: nothing new was recorded.
#[must_use]
pub fn repeated(row: &ApprovalRow, now: i64) -> EvaluateResponse {
    let answer = fresh(&row.decision, Some(&row.approval), None, now);
    // An edited action asks even where it would run alone.
    EvaluateResponse { decision: Verdict::Approval.as_str().to_owned(), ..answer }
}

/// Factors for the wire.
#[must_use]
pub fn factors(record: &DecisionRecord) -> Vec<Factor> {
    record
        .assessment
        .factors
        .iter()
        .map(|f| Factor {
            name: f.name.as_str().to_owned(),
            contribution: f.contribution,
            reason: f.reason.clone(),
            evidence: f.evidence.clone(),
            counterfactual: f.counterfactual.as_ref().map(|c| c.words.clone()),
        })
        .collect()
}

/// The guardrails that stood against it.
#[must_use]
pub fn guardrails(record: &DecisionRecord) -> Vec<GuardrailView> {
    let answers = [&record.guardrails.run, &record.guardrails.run_unattended];
    let denials = answers.into_iter().filter(|answer| !answer.allowed);
    denials
        .flat_map(|answer| &answer.determining)
        .map(|policy| GuardrailView {
            id: policy.id.clone(),
            reason: policy.reason().to_owned(),
            instead: policy.annotations.get("instead").cloned(),
        })
        .collect()
}

/// What was learned, as it was when the decision was made.
#[must_use]
pub fn advice(record: &DecisionRecord) -> Option<AdviceView> {
    record.advice.as_ref().map(|advice| AdviceView {
        reject_probability: score(advice.reject_probability),
        rests_on: advice.rests_on,
        reasons: advice.reasons.clone(),
        raised: advice.raised,
    })
}

/// The command of an action, part by part.
#[must_use]
pub fn segments(record: &DecisionRecord, catalogue: &Catalogue) -> Vec<SegmentView> {
    let Some(command) = &record.action.command else { return Vec::new() };
    let view = |s: navi_facts::commands::Segment| SegmentView {
        text: s.text,
        words: s.words,
        facts: s.facts.iter().map(|f| f.as_str().to_owned()).collect(),
    };
    navi_facts::describe(command, catalogue).into_iter().map(view).collect()
}

/// A permit for the wire.
#[must_use]
pub fn permit(permit: &Permit) -> PermitView {
    PermitView { id: permit.id.clone(), status: name(&permit.status), expires_at: permit.expires_at }
}
