//! Looking through the kept entries without network, as the server's `GET /audit` does.

use std::collections::BTreeMap;

use navi_domain::UtcMicros;
use navi_domain::reading::facet::{Facet, facets};
use navi_domain::reading::words::{split, words};
use navi_domain::reading::{ActionContext, Said};
use navi_protocol::audit::AuditEntry;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::db::failed;
use crate::queue::as_sql;
use crate::{Replica, ReplicaError};

/// Which entries. An empty filter is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Values of facets, by the facet's spelling in queries: one of each named facet must be met.
    pub facets: BTreeMap<String, Vec<String>>,
    /// About this subject.
    pub subject: Option<String>,
    /// With all of these words; the last may be the beginning of one.
    pub text: Option<String>,
    /// Not before.
    pub from: Option<UtcMicros>,
    /// Not after.
    pub to: Option<UtcMicros>,
    /// Older than this index.
    pub before: Option<u64>,
    /// Most entries in the answer.
    pub limit: usize,
}

impl Replica {
    /// Kept entries, newest first, and the index to go on before when there may be more. Reads over a connection of its own.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn search(&self, filter: &EntryFilter) -> Result<(Vec<AuditEntry>, Option<u64>), ReplicaError> {
        let c = self.reader()?;
        let wanted = words_of(filter);
        let mut actions = Actions::new(&c);
        let mut statement = c
            .prepare("SELECT body FROM entry WHERE seq < ?1 AND at BETWEEN ?2 AND ?3 ORDER BY seq DESC")
            .map_err(failed("be searched"))?;
        let mut rows = statement
            .query(params![
                filter.before.map_or(i64::MAX, as_sql),
                filter.from.unwrap_or(UtcMicros::MIN),
                filter.to.unwrap_or(UtcMicros::MAX)
            ])
            .map_err(failed("be searched"))?;
        let mut found: Vec<AuditEntry> = Vec::new();
        while let Some(row) = rows.next().map_err(failed("be searched"))? {
            let body: String = row.get(0).map_err(failed("be searched"))?;
            let entry: AuditEntry =
                serde_json::from_str(&body).map_err(|_| ReplicaError::Unreadable("ledger entry"))?;
            if (filter.subject.is_some() || !filter.facets.is_empty() || !wanted.is_empty())
                && !matches(&entry, filter, &wanted, &mut actions)?
            {
                continue;
            }
            if found.len() == filter.limit {
                return Ok((found.clone(), found.last().map(|e| e.index)));
            }
            found.push(entry);
        }
        Ok((found, None))
    }

    /// The kept entries of one action, oldest first.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn trail(&self, action_id: &str) -> Result<Vec<AuditEntry>, ReplicaError> {
        let texts: Vec<String> = self
            .db()?
            .prepare_cached("SELECT body FROM entry WHERE action = ?1 ORDER BY seq")
            .and_then(|mut s| s.query_map([action_id], |r| r.get(0))?.collect())
            .map_err(failed("be read"))?;
        texts
            .iter()
            .map(|t| serde_json::from_str(t).map_err(|_| ReplicaError::Unreadable("ledger entry")))
            .collect()
    }
}

/// What an entry says, with the people as this copy knows them.
pub(super) fn said(entry: &AuditEntry) -> Option<Said> {
    let actor = Some(entry.actor.as_str()).filter(|name| !name.is_empty());
    let payload = entry.payload.as_deref().map(str::as_bytes);
    Said::read(entry.index, entry.leaf.as_bytes(), payload, actor, entry.on_behalf_of.as_deref())
}

/// Whether an entry is what a filter asks for, apart from its instant. `wanted`: the filter's words.
pub(super) fn matches(
    entry: &AuditEntry,
    filter: &EntryFilter,
    wanted: &[String],
    actions: &mut Actions<'_>,
) -> Result<bool, ReplicaError> {
    if filter.subject.as_ref().is_some_and(|subject| *subject != entry.subject) {
        return Ok(false);
    }
    let Some(said) = said(entry) else { return Ok(false) };
    if let Some((last, whole)) = wanted.split_last() {
        let has = words(&said);
        let begins = has.iter().any(|word| word.starts_with(last.as_str()));
        if !begins || !whole.iter().all(|word| has.contains(word)) {
            return Ok(false);
        }
    }
    if filter.facets.is_empty() {
        return Ok(true);
    }
    let context = actions.of(&said)?;
    let has: Vec<(Facet, String)> = facets(&said, context.as_ref());
    Ok(filter.facets.iter().all(|(name, values)| {
        has.iter().any(|(facet, value)| facet.as_str() == name && values.contains(value))
    }))
}

/// The words that a filter asks for.
pub(super) fn words_of(filter: &EntryFilter) -> Vec<String> {
    filter.text.as_deref().map(|text| split(text).collect()).unwrap_or_default()
}

/// The decisions that entries belong to, read once each.
pub(super) struct Actions<'a> {
    c: &'a Connection,
    known: BTreeMap<String, Option<ActionContext>>,
}

impl<'a> Actions<'a> {
    pub(super) fn new(c: &'a Connection) -> Self {
        Self { c, known: BTreeMap::new() }
    }

    /// What the decision of an entry's action says, if it is kept here.
    pub(super) fn of(&mut self, said: &Said) -> Result<Option<ActionContext>, ReplicaError> {
        let Some(action) = said.action_id() else { return Ok(None) };
        if let Some(known) = self.known.get(action) {
            return Ok(known.clone());
        }
        let context = context_of(self.c, action)?;
        self.known.insert(action.to_owned(), context.clone());
        Ok(context)
    }
}

fn context_of(c: &Connection, action: &str) -> Result<Option<ActionContext>, ReplicaError> {
    let body: Option<String> = c
        .prepare_cached("SELECT body FROM entry WHERE action = ?1 AND kind = 'decision'")
        .and_then(|mut s| s.query_row([action], |r| r.get(0)).optional())
        .map_err(failed("be read"))?;
    let entry: Option<AuditEntry> = body.and_then(|text| serde_json::from_str(&text).ok());
    Ok(entry.and_then(|entry| said(&entry)).and_then(|said| said.context()))
}
