//! A decision as `POST /evaluate` answers it.

use navi_domain::approval::Approval;
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::permit::Permit;
use navi_protocol::evaluate::{EvaluateResponse, Factor, PermitView};
use navi_store::ApprovalRow;

use super::{name, score};

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
        digest: record.digest.clone(),
        policy_hash: record.policy_hash.clone(),
        permit: permit.map(self::permit),
        execution_id: None,
        expires_at: approval.map(|a| a.expires_at),
        server_time: now,
        ledger_index: 0,
    }
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
        })
        .collect()
}

/// A permit for the wire.
#[must_use]
pub fn permit(permit: &Permit) -> PermitView {
    PermitView { id: permit.id.clone(), status: name(&permit.status), expires_at: permit.expires_at }
}
