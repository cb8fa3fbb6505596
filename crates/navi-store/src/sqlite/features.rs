//! The few features of a decision that a policy looks at: a short JSON array beside the whole record, so that a hundred
//! thousand of them are read and tried in well under a second.

use navi_domain::action::ActionType;
use navi_domain::approval::ApprovalStatus;
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::fact::{FactKind, Severity};
use navi_domain::risk::{Level, Score};
use rusqlite::Connection;
use rusqlite::types::Type;
use serde::{Deserialize, Serialize};

use crate::read::DecisionFeatures;

/// As stored; a tuple, because names would double it.
#[derive(Serialize, Deserialize)]
struct Stored(
    ActionType,
    String,
    Option<String>,
    Score,
    Level,
    Verdict,
    String,
    (bool, bool),
    Vec<(FactKind, Severity)>,
    bool,
    bool,
);

/// The text to store.
pub(super) fn to_text(record: &DecisionRecord) -> serde_json::Result<String> {
    let mut facts: Vec<(FactKind, Severity)> = record.facts.iter().map(|f| (f.kind, f.severity)).collect();
    facts.sort_unstable();
    facts.dedup();
    serde_json::to_string(&Stored(
        record.action.action_type.clone(),
        record.action.on_behalf_of.clone(),
        record.action.repo.clone(),
        record.assessment.score,
        record.assessment.level,
        record.decision.verdict,
        record.decision.rule.clone(),
        (record.guardrails.run.allowed, record.guardrails.run_unattended.allowed),
        facts,
        record.rejected_before.is_some(),
        record.flooding,
    ))
}

/// The newest decisions' features. Decisions of before this was kept are left out.
pub(super) fn newest(conn: &Connection, limit: usize) -> rusqlite::Result<Vec<DecisionFeatures>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut ended: std::collections::HashMap<String, ApprovalStatus> = std::collections::HashMap::new();
    let mut approvals = conn
        .prepare_cached("SELECT decision_id, status FROM governance_approvals ORDER BY seq DESC LIMIT ?1")?;
    let mut rows = approvals.query([limit])?;
    while let Some(row) = rows.next()? {
        let status = serde_json::from_value(row.get::<_, String>(1)?.into()).map_err(|e| unreadable(1, e))?;
        ended.insert(row.get(0)?, status);
    }
    let mut failed: std::collections::HashSet<String> = std::collections::HashSet::new();
    let mut runs = conn.prepare_cached(
        "SELECT body ->> '$.decision_id' FROM governance_executions
         WHERE execution_result = 'failed' ORDER BY seq DESC LIMIT ?1",
    )?;
    let mut rows = runs.query([limit])?;
    while let Some(row) = rows.next()? {
        failed.insert(row.get(0)?);
    }
    let mut decisions = conn.prepare_cached(
        "SELECT id, created_at, features FROM governance_decisions
         WHERE features IS NOT NULL ORDER BY seq DESC LIMIT ?1",
    )?;
    let mut rows = decisions.query([limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let Stored(
            action_type,
            user,
            repo,
            score,
            level,
            verdict,
            rule,
            guardrails,
            facts,
            rejected,
            flooding,
        ) = serde_json::from_str(row.get_ref(2)?.as_str()?).map_err(|e| unreadable(2, e))?;
        let id: String = row.get(0)?;
        let approval = ended.get(&id).copied();
        let failed = failed.contains(&id);
        let created_at = row.get(1)?;
        let rejected_before = rejected;
        found.push(DecisionFeatures {
            id,
            created_at,
            action_type,
            user,
            repo,
            score,
            level,
            verdict,
            rule,
            guardrails,
            facts,
            rejected_before,
            flooding,
            approval,
            failed,
        });
    }
    Ok(found)
}

fn unreadable(column: usize, error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
