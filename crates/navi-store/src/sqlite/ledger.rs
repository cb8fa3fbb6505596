//! Reads of the ledger: entries by index, by filter, and the chain of one action.

use std::collections::{BTreeMap, BTreeSet};

use navi_domain::UtcMicros;
use navi_domain::event::{EventKind, Leaf};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::state::Clauses;
use crate::read::{AuditFilter, Entry, Page};

type Sql<T> = rusqlite::Result<T>;

const COLUMNS: &str = "e.idx, e.leaf, e.leaf_hash, p.actor, p.on_behalf_of, p.payload, p.nonce
                       FROM ledger_entry e LEFT JOIN ledger_payload p ON p.idx = e.idx";

/// Links that lead from one part of an action's life to the next.
const CHAINED: [&str; 5] = ["action_id", "decision_id", "approval_id", "permit_id", "execution_id"];

/// Whether a link names a thing one can ask about, rather than a hash.
pub(super) fn names_a_thing(link: &str) -> bool {
    !matches!(link, "digest" | "policy_hash" | "fingerprint" | "erases" | "minutes" | "ends_at" | "would")
}

fn entry(row: &Row<'_>) -> Sql<Entry> {
    Ok(Entry {
        index: super::unsigned(row.get(0)?),
        leaf: row.get(1)?,
        leaf_hash: row.get(2)?,
        actor: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        on_behalf_of: row.get(4)?,
        payload: row.get(5)?,
        nonce: row.get(6)?,
    })
}

pub(super) fn entries(conn: &Connection, from: u64, limit: usize) -> Sql<Vec<Entry>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.prepare_cached(&format!("SELECT {COLUMNS} WHERE e.idx >= ?1 ORDER BY e.idx LIMIT ?2"))?
        .query_map([super::signed(from), limit], entry)?
        .collect()
}

/// `before` is the cursor: the index of the previous page's last entry.
pub(super) fn audit(conn: &Connection, filter: &AuditFilter, before: i64) -> Sql<Page<Entry>> {
    let limit = filter.limit.clamp(1, 500);
    let low = filter.from.map_or(Ok(0), |from| first_at(conn, from))?;
    let high = match filter.to {
        Some(to) => before.min(first_at(conn, to.saturating_add(1))?),
        None => before,
    };
    if let Some(question) = super::index::question(filter) {
        let found = super::index::ask(conn, &question, low, high, limit + 1)?;
        return page(named(conn, &found)?, limit);
    }
    let mut clauses = Clauses::new("e.idx < ?", high.into());
    clauses.and("e.idx >= ?", low.into());
    // One subject has few entries, a kind may have millions: `+` keeps the planner from the kind's index.
    let kind = if filter.subject.is_some() { "+e.kind" } else { "e.kind" };
    clauses.any_of(kind, filter.kind.iter().map(|k| k.as_str()));
    if let Some(subject) = &filter.subject {
        let about = "e.idx IN (SELECT idx FROM ledger_link WHERE id = ? AND is_subject = 1)";
        clauses.and(about, subject.clone().into());
    }
    if let Some(person) = &filter.person {
        // With nothing else to filter by, the newest of each index are enough.
        let enough =
            if filter.kind.is_empty() && filter.subject.is_none() { limit + 1 } else { usize::MAX >> 1 };
        let of = |column: &str| {
            format!(
                "SELECT idx FROM (SELECT idx FROM ledger_payload WHERE {column} = ? AND idx < ? AND idx >= ?
                                  ORDER BY idx DESC LIMIT {enough})"
            )
        };
        clauses.sql.push_str(&format!(" AND e.idx IN ({} UNION {})", of("actor"), of("on_behalf_of")));
        let bounds = [person.clone().into(), high.into(), low.into()];
        clauses.values.extend(bounds.iter().cloned().chain(bounds.clone()));
    }
    let sql = format!("SELECT {COLUMNS} WHERE {} ORDER BY e.idx DESC LIMIT {}", clauses.sql, limit + 1);
    page(
        conn.prepare_cached(&sql)?.query_map(params_from_iter(clauses.values), entry)?.collect::<Sql<_>>()?,
        limit,
    )
}

/// Entries by index, in that order.
fn named(conn: &Connection, indices: &[i64]) -> Sql<Vec<Entry>> {
    let mut one = conn.prepare_cached(&format!("SELECT {COLUMNS} WHERE e.idx = ?1"))?;
    indices.iter().map(|index| one.query_row([index], entry)).collect()
}

fn page(mut items: Vec<Entry>, limit: usize) -> Sql<Page<Entry>> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|e| e.index.to_string());
    Ok(Page { items, next })
}

/// Index of the first entry at or after an instant. Instants never fall along the log, so it is found by halving.
fn first_at(conn: &Connection, at: UtcMicros) -> Sql<i64> {
    let mut low: i64 = 0;
    let mut high: i64 =
        conn.query_row("SELECT coalesce(max(idx) + 1, 0) FROM ledger_entry", [], |row| row.get(0))?;
    let mut probe = conn.prepare_cached("SELECT at FROM ledger_entry WHERE idx = ?1")?;
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<UtcMicros> = probe.query_row([middle], |row| row.get(0)).optional()?;
        if found.is_some_and(|f| f >= at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// Follows an action's ids from entry to entry until no new one appears.
pub(super) fn chain(conn: &Connection, id: &str) -> Sql<Vec<Entry>> {
    let mut named = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} WHERE e.idx IN (SELECT idx FROM ledger_link WHERE id = ?1) ORDER BY e.idx"
    ))?;
    let mut found: BTreeMap<u64, Entry> = BTreeMap::new();
    let mut known: BTreeSet<String> = BTreeSet::from([id.to_owned()]);
    let mut open = vec![id.to_owned()];
    while let Some(id) = open.pop() {
        for entry in named.query_map([&id], entry)?.collect::<Sql<Vec<_>>>()? {
            if found.contains_key(&entry.index) {
                continue;
            }
            let fresh = chained(&entry.leaf).into_iter().filter(|id| known.insert(id.clone()));
            open.extend(fresh);
            found.insert(entry.index, entry);
        }
    }
    Ok(found.into_values().collect())
}

/// The ids of the same action that an entry names. People, devices and policies are not followed: they belong to
/// many actions.
fn chained(leaf: &[u8]) -> Vec<String> {
    let Ok(leaf) = serde_json::from_slice::<Leaf>(leaf) else { return Vec::new() };
    let of_action = matches!(
        leaf.kind,
        EventKind::Decision
            | EventKind::ApprovalRequested
            | EventKind::ApprovalApproved
            | EventKind::ApprovalRejected
            | EventKind::ApprovalExpired
            | EventKind::ApprovalSuperseded
            | EventKind::ApprovalCancelled
            | EventKind::PermitIssued
            | EventKind::PermitRevoked
            | EventKind::PermitExpired
            | EventKind::ExecutionStarted
            | EventKind::ExecutionFinished
            | EventKind::ExecutionLapsed
            | EventKind::ExecutionCorrected
            | EventKind::PlanBegun
            | EventKind::PlanEnded
            | EventKind::PipelineWaits
            | EventKind::PipelineDecided
            | EventKind::PipelineAnswered
    );
    let links = leaf.links.into_iter().filter(|(name, _)| CHAINED.contains(&name.as_str())).map(|(_, id)| id);
    links.chain(of_action.then_some(leaf.subject)).collect()
}

/// Entries of these kinds from before an instant that still have a payload, oldest first.
pub(super) fn prunable(
    conn: &Connection,
    kinds: &[EventKind],
    before: UtcMicros,
    limit: usize,
) -> Sql<Vec<u64>> {
    let end = first_at(conn, before)?;
    let marks = vec!["?"; kinds.len()].join(", ");
    let sql = format!(
        "SELECT p.idx FROM ledger_payload p JOIN ledger_entry e ON e.idx = p.idx
         WHERE p.idx < ? AND +e.kind IN ({marks}) ORDER BY p.idx LIMIT {limit}"
    );
    let mut values: Vec<rusqlite::types::Value> = vec![end.into()];
    values.extend(kinds.iter().map(|kind| kind.as_str().to_owned().into()));
    let found = conn
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), |row| row.get(0))?
        .collect::<Sql<Vec<i64>>>()?;
    Ok(found.into_iter().map(super::unsigned).collect())
}

pub(super) fn leaf_hashes(conn: &Connection, size: u64) -> Sql<Vec<[u8; 32]>> {
    conn.prepare_cached("SELECT leaf_hash FROM ledger_entry WHERE idx < ?1 ORDER BY idx")?
        .query_map([super::signed(size)], |row| row.get(0))?
        .collect()
}

pub(super) fn checkpoint(conn: &Connection) -> Sql<Option<(u64, String)>> {
    conn.prepare_cached("SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")?
        .query_row([], |row| Ok((super::unsigned(row.get(0)?), row.get(1)?)))
        .optional()
}
