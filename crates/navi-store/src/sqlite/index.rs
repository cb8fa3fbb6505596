//! The index behind search and insights: words and counters, read from the ledger after the commit.
//!
//! Reading and parsing happens on a reader's connection; the writer only inserts what was made, if nobody else was faster.

use std::collections::{BTreeMap, HashMap};

use navi_domain::reading::{ActionContext, Said, facet, tally, words};
use navi_domain::{SECOND, UtcMicros};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::read::{AuditFilter, Counter, CounterFilter, Entry};

type Sql<T> = rusqlite::Result<T>;

/// Microseconds of a day.
const DAY: UtcMicros = 24 * 3600 * SECOND;
/// Pages that one step of squeezing works on.
const SQUEEZE: i64 = 500;

/// Raised whenever the index is made otherwise than before: another facet, another word, another counter.
const MADE_AS: i64 = 1;

/// Empties an index that was made otherwise than this version makes it; the job then makes it again from the log. The
/// version stands in the file's own `user_version`, which nothing else uses.
pub(super) fn renew(conn: &mut Connection) -> Sql<()> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let made_as: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if made_as != MADE_AS {
        tx.execute_batch(
            "INSERT INTO audit_text (audit_text) VALUES ('delete-all');
             DELETE FROM insight_daily; UPDATE audit_index SET next = 0, purge = 0;",
        )?;
        tx.pragma_update(None, "user_version", MADE_AS)?;
    }
    tx.commit()
}

/// What a stretch of the log adds to the index.
pub(super) struct Made {
    from: i64,
    next: i64,
    texts: Vec<(i64, String)>,
    counters: BTreeMap<(String, i64, &'static str, String), i64>,
}

impl Made {
    /// Bytes that it writes, roughly.
    pub fn weight(&self) -> usize {
        self.texts.iter().map(|(_, text)| text.len()).sum::<usize>() + 64 * self.counters.len()
    }
}

/// The next index that is not in the index yet.
pub(super) fn next(conn: &Connection) -> Sql<u64> {
    conn.prepare_cached("SELECT next FROM audit_index")?.query_row([], |row| Ok(super::unsigned(row.get(0)?)))
}

/// Whether removed words are still to be squeezed out.
pub(super) fn must_purge(conn: &Connection) -> Sql<bool> {
    conn.prepare_cached("SELECT purge FROM audit_index")?.query_row([], |row| row.get(0))
}

/// Reads the next stretch of at most `most` entries; `None` at the end of the log.
pub(super) fn make(conn: &Connection, most: usize) -> Sql<Option<Made>> {
    let from = next(conn)?;
    let entries = super::ledger::entries(conn, from, most)?;
    let Some(last) = entries.last() else { return Ok(None) };
    let mut made = Made {
        from: super::signed(from),
        next: super::signed(last.index + 1),
        texts: Vec::with_capacity(entries.len()),
        counters: BTreeMap::new(),
    };
    let mut actions = Actions { conn, known: HashMap::new() };
    for entry in &entries {
        // A leaf that cannot be read is the verification's business; here it is only not found.
        let Some(said) = read(entry) else { continue };
        let context = actions.of(&said)?;
        made.texts.push((super::signed(entry.index), text(&said, context.as_ref())));
        let day = said.at.div_euclid(DAY);
        let places = places(context.as_ref());
        for (measure, key) in tally::counts(&said, context.as_ref()) {
            for place in &places {
                *made.counters.entry((place.clone(), day, measure.as_str(), key.clone())).or_default() += 1;
            }
        }
    }
    Ok(Some(made))
}

/// Under which places an entry of an action is counted: all together, its repository, its agent, and both.
fn places(context: Option<&ActionContext>) -> Vec<String> {
    let repo = context.and_then(|c| c.repo.as_deref()).unwrap_or_default();
    let mut found = vec![String::new(), place(Some(repo), None)];
    if let Some(agent) = context.and_then(|c| c.agent.as_deref()) {
        found.push(place(None, Some(agent)));
        found.push(place(Some(repo), Some(agent)));
    }
    found
}

/// The name of a place. The agent's length keeps names that hold a colon apart.
fn place(repo: Option<&str>, agent: Option<&str>) -> String {
    match (repo, agent) {
        (None, None) => String::new(),
        (Some(repo), None) => format!("r:{repo}"),
        (None, Some(agent)) => format!("a:{agent}"),
        (Some(repo), Some(agent)) => format!("b:{}:{agent}:{repo}", agent.len()),
    }
}

fn read(entry: &Entry) -> Option<Said> {
    let actor = Some(entry.actor.as_str()).filter(|actor| !actor.is_empty());
    Said::read(entry.index, &entry.leaf, entry.payload.as_deref(), actor, entry.on_behalf_of.as_deref())
}

/// Decisions that entries of a stretch belong to.
struct Actions<'a> {
    conn: &'a Connection,
    known: HashMap<String, Option<ActionContext>>,
}

impl Actions<'_> {
    fn of(&mut self, said: &Said) -> Sql<Option<ActionContext>> {
        let Some(id) = said.action_id() else { return Ok(None) };
        if let Some(context) = said.context() {
            self.known.insert(id.to_owned(), Some(context.clone()));
            return Ok(Some(context));
        }
        if let Some(known) = self.known.get(id) {
            return Ok(known.clone());
        }
        let index: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT l.idx FROM ledger_link l JOIN ledger_entry e ON e.idx = l.idx
                 WHERE l.id = ?1 AND l.is_subject = 1 AND e.kind = 'decision' ORDER BY l.idx LIMIT 1",
            )?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let decision = match index {
            Some(index) => super::ledger::entries(self.conn, super::unsigned(index), 1)?.pop(),
            None => None,
        };
        let context = decision.as_ref().and_then(read).and_then(|said| said.context());
        self.known.insert(id.to_owned(), context.clone());
        Ok(context)
    }
}

/// A facet as one opaque word.
fn token(facet: &str, value: &str) -> String {
    let digest = Sha256::digest(format!("{facet}={value}"));
    let short = digest.first_chunk::<8>().copied().unwrap_or_default();
    format!("x{}", hex::encode(short))
}

fn text(said: &Said, context: Option<&ActionContext>) -> String {
    let mut text = token("subject", &said.subject);
    for (facet, value) in facet::facets(said, context) {
        text.push(' ');
        text.push_str(&token(facet.as_str(), &value));
    }
    for word in words::words(said) {
        text.push(' ');
        text.push_str(&word);
    }
    text
}

/// The question to the index, when only the index can answer this filter well; `None` when the ledger's own tables do.
pub(super) fn question(filter: &AuditFilter) -> Option<String> {
    if !filter.needs_index() {
        return None;
    }
    let kinds = filter.kind.iter().map(|kind| token("kind", kind.as_str())).collect();
    let mut all: Vec<Vec<String>> = vec![kinds];
    all.extend(filter.person.iter().map(|person| vec![token("user", person)]));
    all.extend(filter.subject.iter().map(|subject| vec![token("subject", subject)]));
    for (facet, values) in &filter.facets {
        all.push(values.iter().map(|value| token(facet.as_str(), value)).collect());
    }
    let mut parts: Vec<String> =
        all.into_iter().filter(|any| !any.is_empty()).map(|any| format!("({})", any.join(" OR "))).collect();
    let words: Vec<String> = filter.text.iter().flat_map(|text| words::split(text)).collect();
    // The last word may be the beginning of one: people look while they type.
    let last = words.len().saturating_sub(1);
    parts.extend(
        words.iter().enumerate().map(
            |(n, word)| {
                if n == last { format!("\"{word}\"*") } else { format!("\"{word}\"") }
            },
        ),
    );
    Some(parts.join(" AND "))
}

/// The newest `limit` indices below `high` and from `low` that answer a question.
pub(super) fn ask(conn: &Connection, question: &str, low: i64, high: i64, limit: usize) -> Sql<Vec<i64>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.prepare_cached(
        "SELECT rowid FROM audit_text WHERE audit_text MATCH ?1 AND rowid < ?2 AND rowid >= ?3
         ORDER BY rowid DESC LIMIT ?4",
    )?
    .query_map(params![question, high, low, limit], |row| row.get(0))?
    .collect()
}

/// Puts a stretch into the index; `false` when somebody else was faster, and nothing was done.
pub(super) fn put(conn: &mut Connection, made: &Made) -> Sql<bool> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let moved = write(&tx, made)?;
    if moved {
        tx.commit()?;
    }
    Ok(moved)
}

/// As [`put`], inside a transaction.
pub(super) fn write(conn: &Connection, made: &Made) -> Sql<bool> {
    let moved =
        conn.execute("UPDATE audit_index SET next = ?1 WHERE next = ?2", [made.next, made.from])? == 1;
    if moved {
        let mut insert = conn.prepare_cached("INSERT INTO audit_text (rowid, words) VALUES (?1, ?2)")?;
        for (index, text) in &made.texts {
            insert.execute(params![index, text])?;
        }
        let mut raise = conn.prepare_cached(
            "INSERT INTO insight_daily (repo, day, measure, key, n) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?;
        for ((repo, day, measure, key), n) in &made.counters {
            raise.execute(params![repo, day, measure, key, n])?;
        }
    }
    Ok(moved)
}

/// Squeezes words of erased entries out, a bounded step at a time; `true` when nothing is left to do.
pub(super) fn squeeze(conn: &mut Connection) -> Sql<bool> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let purge: i64 = tx.query_row("SELECT purge FROM audit_index", [], |row| row.get(0))?;
    if purge == 0 {
        return Ok(true);
    }
    // A negative number of pages begins to merge everything into one; then positive ones go on with it.
    let pages = if purge == 1 { -SQUEEZE } else { SQUEEZE };
    let before = tx.total_changes();
    tx.execute("INSERT INTO audit_text (audit_text, rank) VALUES ('merge', ?1)", [pages])?;
    let done = purge != 1 && tx.total_changes() - before < 2;
    tx.execute("UPDATE audit_index SET purge = ?1", [if done { 0 } else { 2 }])?;
    tx.commit()?;
    Ok(done)
}

/// Counters of whole UTC days. What is shown over time keeps its day; the rest is summed up.
pub(super) fn counters(conn: &Connection, days: (i64, i64), of: &CounterFilter) -> Sql<Vec<Counter>> {
    let place = place(of.repo.as_deref(), of.agent.as_deref());
    let mut found = Vec::new();
    let mut statement = conn.prepare_cached(
        "SELECT CASE WHEN measure IN ('decision', 'score') THEN day END AS on_day, measure, key, sum(n)
         FROM insight_daily WHERE repo = ?1 AND day BETWEEN ?2 AND ?3 GROUP BY on_day, measure, key",
    )?;
    let mut rows = statement.query(params![place, days.0, days.1])?;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(1)?.as_str()?;
        let Some(measure) = tally::Measure::ALL.into_iter().find(|m| m.as_str() == name) else { continue };
        found.push(Counter {
            day: row.get(0)?,
            measure,
            key: row.get(2)?,
            count: super::unsigned(row.get(3)?),
        });
    }
    Ok(found)
}
