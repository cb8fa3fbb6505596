//! Reads of the state tables. Point reads use cached statements and one index each.

use navi_domain::UtcMicros;
use navi_domain::approval::ApprovalStatus;
use navi_domain::policy::PolicyScope;
use navi_domain::risk::Level;
use rusqlite::types::{Type, Value};
use rusqlite::{Connection, OptionalExtension, Params, Row, params, params_from_iter};
use serde::de::DeserializeOwned;

use super::batch::IDEMPOTENCY_LIFE;
use crate::change::IdempotentAnswer;
use crate::read::{ApprovalFilter, ApprovalRow, Page, Place, StatusCounts, UnderWay};

type Sql<T> = rusqlite::Result<T>;

/// The value of a JSON column.
pub(super) fn body<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Sql<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(e)))
}

/// The first row's body.
pub(super) fn one<T: DeserializeOwned>(conn: &Connection, sql: &str, params: impl Params) -> Sql<Option<T>> {
    conn.prepare_cached(sql)?.query_row(params, |row| body(row, 0)).optional()
}

/// All rows' bodies.
pub(super) fn all<T: DeserializeOwned>(conn: &Connection, sql: &str, params: impl Params) -> Sql<Vec<T>> {
    conn.prepare_cached(sql)?.query_map(params, |row| body(row, 0))?.collect()
}

/// Rows with the agent and the repository of their action.
fn placed<T: DeserializeOwned>(conn: &Connection, sql: &str, params: impl Params) -> Sql<Vec<(T, Place)>> {
    conn.prepare_cached(sql)?
        .query_map(params, |row| Ok((body(row, 0)?, Place { agent: row.get(1)?, repo: row.get(2)? })))?
        .collect()
}

/// What waits, may run, or runs since.
pub(super) fn under_way(conn: &Connection, since: navi_domain::UtcMicros) -> Sql<UnderWay> {
    Ok(UnderWay {
        approvals: placed(
            conn,
            "SELECT body, agent, repo FROM governance_approvals WHERE status = 'pending' ORDER BY seq",
            [],
        )?,
        permits: placed(
            conn,
            "SELECT p.body, d.body ->> '$.action.agent', d.repo FROM permits p
             JOIN governance_decisions d ON d.id = p.decision_id WHERE p.status = 'issued' ORDER BY p.expires_at",
            [],
        )?,
        executions: placed(
            conn,
            "SELECT e.body, d.body ->> '$.action.agent', e.repo FROM governance_executions e
             JOIN governance_decisions d ON d.id = e.body ->> '$.decision_id'
             WHERE e.execution_result = 'started' AND e.created_at >= ?1 ORDER BY e.seq",
            [since],
        )?,
    })
}

pub(super) fn policies(
    conn: &Connection,
    ids: &[String; 4],
) -> Sql<Vec<navi_domain::policy::AutonomyPolicy>> {
    all(conn, "SELECT body FROM autonomy_policies WHERE id IN (?1, ?2, ?3, ?4)", params_from_iter(ids))
}

/// The scopes that can apply, of which those without a repository stand twice.
pub(super) fn scopes(user: &str, role: &str, repo: Option<&str>) -> [PolicyScope; 4] {
    let own = PolicyScope::User { user: user.to_owned() };
    let in_repo = repo.map(|repo| PolicyScope::UserRepo { user: user.to_owned(), repo: repo.to_owned() });
    [
        in_repo.unwrap_or_else(|| own.clone()),
        own,
        PolicyScope::Role { role: role.to_owned() },
        PolicyScope::Default,
    ]
}

fn approval_row(row: &Row<'_>) -> Sql<ApprovalRow> {
    Ok(ApprovalRow { approval: body(row, 0)?, decision: body(row, 1)? })
}

pub(super) fn pending_like(conn: &Connection, requester: &str, key: &str) -> Sql<Vec<ApprovalRow>> {
    conn.prepare_cached(
        "SELECT a.body, d.body FROM governance_approvals a JOIN governance_decisions d ON d.id = a.decision_id
         WHERE a.status = 'pending' AND a.user_id = ?1 AND a.resubmission_key = ?2 ORDER BY a.seq",
    )?
    .query_map([requester, key], approval_row)?
    .collect()
}

/// `before` is the cursor: the sequence number of the previous page's last row.
pub(super) fn approvals(conn: &Connection, filter: &ApprovalFilter, before: i64) -> Sql<Page<ApprovalRow>> {
    let mut clauses = Clauses::new("a.seq < ?", before.into());
    clauses.any_of("a.status", filter.status.iter().map(|s| s.as_str()));
    clauses.any_of("a.level", filter.level.iter().map(|l| l.as_str()));
    clauses.any_of("a.user_id", filter.requester.as_deref());
    clauses.any_of("a.repo", filter.repo.as_deref());
    clauses.any_of("a.action_type", filter.action_type.as_deref());
    let limit = filter.limit.clamp(1, 500);
    let sql = format!(
        "SELECT a.body, d.body, a.seq FROM governance_approvals a JOIN governance_decisions d ON d.id = a.decision_id
         WHERE {} ORDER BY a.seq DESC LIMIT {}",
        clauses.sql,
        limit + 1
    );
    let mut rows: Vec<(ApprovalRow, i64)> = conn
        .prepare_cached(&sql)?
        .query_map(params_from_iter(clauses.values), |row| Ok((approval_row(row)?, row.get(2)?)))?
        .collect::<Sql<_>>()?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(_, seq)| seq.to_string());
    Ok(Page { items: rows.into_iter().map(|(row, _)| row).collect(), next })
}

/// Conditions joined by AND, with their values.
pub(super) struct Clauses {
    pub sql: String,
    pub values: Vec<Value>,
}

impl Clauses {
    pub fn new(first: &str, value: Value) -> Self {
        Self { sql: first.to_owned(), values: vec![value] }
    }

    /// One condition with one value.
    pub fn and(&mut self, condition: &str, value: Value) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.push(value);
    }

    /// `column IN (…)`; no values: no condition. One value may come from the column's index, already in order;
    /// several would have to be sorted, so then the newest rows are walked instead (`+` keeps an index out of it).
    pub fn any_of<'a>(&mut self, column: &str, values: impl IntoIterator<Item = &'a str>) {
        let values: Vec<Value> = values.into_iter().map(|v| Value::Text(v.to_owned())).collect();
        if !values.is_empty() {
            let marks = vec!["?"; values.len()].join(", ");
            let plus = if values.len() > 1 { "+" } else { "" };
            self.sql.push_str(&format!(" AND {plus}{column} IN ({marks})"));
            self.values.extend(values);
        }
    }
}

pub(super) fn approval_counts(conn: &Connection, requester: Option<&str>) -> Sql<StatusCounts> {
    let whose = if requester.is_some() { "user_id = ?1" } else { "?1 IS NULL" };
    let mut counts = StatusCounts::default();
    let count = |sql: String, add: &mut dyn FnMut(&Row<'_>) -> Sql<()>| -> Sql<()> {
        let mut groups = conn.prepare_cached(&sql)?;
        let mut rows = groups.query([requester])?;
        while let Some(row) = rows.next()? {
            add(row)?;
        }
        Ok(())
    };
    count(
        format!("SELECT status, count(*) FROM governance_approvals WHERE {whose} GROUP BY status"),
        &mut |row| {
            let status: ApprovalStatus = name(row, 0)?;
            counts.by_status.insert(status.as_str(), super::unsigned(row.get(1)?));
            Ok(())
        },
    )?;
    let pending = format!("FROM governance_approvals WHERE status = 'pending' AND {whose}");
    count(format!("SELECT level, count(*), min(created_at) {pending} GROUP BY level"), &mut |row| {
        let level: Level = name(row, 0)?;
        counts.pending_by_level.insert(level.as_str(), super::unsigned(row.get(1)?));
        let oldest: UtcMicros = row.get(2)?;
        counts.oldest_pending_at = Some(counts.oldest_pending_at.map_or(oldest, |o| o.min(oldest)));
        Ok(())
    })?;
    let by_agent =
        format!("SELECT agent, count(*), max(created_at) {pending} AND agent IS NOT NULL GROUP BY agent");
    count(by_agent, &mut |row| {
        counts.pending_by_agent.insert(row.get(0)?, (super::unsigned(row.get(1)?), row.get(2)?));
        Ok(())
    })?;
    Ok(counts)
}

/// A column that holds a unit variant's name.
pub(super) fn name<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Sql<T> {
    let text: String = row.get(column)?;
    serde_json::from_value(text.into())
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(e)))
}

pub(super) fn incidents_since(conn: &Connection, repo: &str, since: UtcMicros) -> Sql<u32> {
    conn.prepare_cached(
        "SELECT count(*) FROM governance_executions
         WHERE repo = ?1 AND execution_result = 'failed' AND ended_at >= ?2",
    )?
    .query_row(params![repo, since], |row| row.get(0))
}

pub(super) fn idempotent(
    conn: &Connection,
    token: &str,
    key: &str,
    now: UtcMicros,
) -> Sql<Option<IdempotentAnswer>> {
    conn.prepare_cached(
        "SELECT request_sha256, status, body, created_at FROM idempotency
         WHERE token_id = ?1 AND key = ?2 AND created_at > ?3",
    )?
    .query_row(params![token, key, now - IDEMPOTENCY_LIFE], |row| {
        Ok(IdempotentAnswer {
            token_id: token.to_owned(),
            key: key.to_owned(),
            request_sha256: row.get(0)?,
            status: row.get(1)?,
            body: row.get(2)?,
            at: row.get(3)?,
        })
    })
    .optional()
}
