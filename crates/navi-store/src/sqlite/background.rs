//! What came before a request: the earlier steps of its session, what became of each, and its agent's record.

use std::collections::BTreeMap;

use navi_domain::UtcMicros;
use navi_domain::approval::ApprovalStatus;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::state::{body, name};
use super::unsigned;
use crate::read::{AgentRecord, Became, SessionFilter, SessionStep};

type Sql<T> = rusqlite::Result<T>;

/// The newest first.
pub(super) fn steps(conn: &Connection, filter: &SessionFilter) -> Sql<Vec<SessionStep>> {
    let sql = "SELECT d.body, a.body FROM governance_decisions d INDEXED BY governance_decisions_session
               LEFT JOIN governance_approvals a ON a.id = d.body ->> '$.approval_id'
               WHERE d.session_id = ?1 AND d.session_id IS NOT NULL AND d.user_id = ?2
                 AND d.body ->> '$.action.agent' IS ?3
                 AND d.seq < (SELECT seq FROM governance_decisions WHERE id = ?4)
               ORDER BY d.seq DESC LIMIT ?5";
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let values = params![filter.session, filter.user, filter.agent, filter.before, limit];
    conn.prepare_cached(sql)?
        .query_map(values, |row| {
            let asked = row.get_ref(1)?.as_str_or_null()?.is_some();
            Ok(SessionStep {
                decision: body(row, 0)?,
                approval: if asked { Some(body(row, 1)?) } else { None },
            })
        })?
        .collect()
}

/// In no order; what never ran is left out.
pub(super) fn became(conn: &Connection, decisions: &[String]) -> Sql<Vec<Became>> {
    if decisions.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; decisions.len()].join(", ");
    let sql = format!(
        "SELECT e.decision_id, e.execution_result,
                EXISTS (SELECT 1 FROM governance_rollbacks r WHERE r.execution_id = e.id AND r.success)
         FROM governance_executions e WHERE e.decision_id IN ({marks})"
    );
    let ids = decisions.iter().map(|id| Value::Text(id.clone()));
    conn.prepare_cached(&sql)?
        .query_map(params_from_iter(ids), |row| {
            Ok(Became { decision_id: row.get(0)?, status: name(row, 1)?, rolled_back: row.get(2)? })
        })?
        .collect()
}

/// What became of what an agent asked for since an instant, for one person or for all.
pub(super) fn record(
    conn: &Connection,
    agent: &str,
    user: Option<&str>,
    since: UtcMicros,
) -> Sql<AgentRecord> {
    let mut by_status = BTreeMap::new();
    let mut groups = conn.prepare_cached(
        "SELECT status, count(*) FROM governance_approvals INDEXED BY governance_approvals_by_agent
         WHERE agent = ?1 AND agent IS NOT NULL AND created_at >= ?2 AND (?3 IS NULL OR user_id = ?3)
         GROUP BY status",
    )?;
    let mut rows = groups.query(params![agent, since, user])?;
    while let Some(row) = rows.next()? {
        let status: ApprovalStatus = name(row, 0)?;
        by_status.insert(status.as_str(), unsigned(row.get(1)?));
    }
    let failed = conn
        .prepare_cached(
            "SELECT count(*) FROM governance_approvals a INDEXED BY governance_approvals_by_agent
             JOIN governance_executions e ON e.decision_id = a.decision_id
             WHERE a.agent = ?1 AND a.agent IS NOT NULL AND a.created_at >= ?2
               AND (?3 IS NULL OR a.user_id = ?3) AND a.status = 'approved' AND e.execution_result = 'failed'",
        )?
        .query_row(params![agent, since, user], |row| row.get(0))?;
    let rolled_back = conn
        .prepare_cached(
            "SELECT count(DISTINCT r.execution_id) FROM governance_rollbacks r
             JOIN governance_executions e ON e.id = r.execution_id
             JOIN governance_decisions d ON d.id = e.decision_id
             WHERE r.success AND r.created_at >= ?2 AND d.body ->> '$.action.agent' = ?1
               AND (?3 IS NULL OR d.user_id = ?3)",
        )?
        .query_row(params![agent, since, user], |row| row.get(0))?;
    Ok(AgentRecord { by_status, failed: unsigned(failed), rolled_back: unsigned(rolled_back) })
}
