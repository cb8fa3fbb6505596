//! The search index and the counters, made again beside the stored ones and compared.

use rusqlite::Connection;

use super::super::index;
use super::{Checked, Finding, Sql};

/// Entries of one step.
const STRETCH: usize = 2_000;

/// Temporary tables hide those of the same name, so that the same code makes them.
const BESIDE: &str = "
    CREATE TEMP TABLE audit_index (one INTEGER PRIMARY KEY, next INTEGER NOT NULL, purge INTEGER NOT NULL);
    INSERT INTO temp.audit_index VALUES (1, 0, 0);
    CREATE VIRTUAL TABLE temp.audit_text USING fts5(
        words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
    CREATE TEMP TABLE insight_daily (
        repo TEXT NOT NULL, day INTEGER NOT NULL, measure TEXT NOT NULL, key TEXT NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (repo, day, measure, key)) WITHOUT ROWID;
    CREATE VIRTUAL TABLE temp.stored_words USING fts5vocab('main', 'audit_text', 'instance');
    CREATE VIRTUAL TABLE temp.rebuilt_words USING fts5vocab('temp', 'audit_text', 'instance');";

const DROP: &str = "DROP TABLE temp.stored_words; DROP TABLE temp.rebuilt_words; DROP TABLE temp.audit_text;
    DROP TABLE temp.audit_index; DROP TABLE temp.insight_daily;";

pub(super) fn check(conn: &Connection, checked: &mut Checked) -> Sql<()> {
    conn.execute_batch(BESIDE)?;
    let stored: i64 = conn.query_row("SELECT next FROM main.audit_index", [], |row| row.get(0))?;
    loop {
        let done: i64 = conn.query_row("SELECT next FROM temp.audit_index", [], |row| row.get(0))?;
        let left = usize::try_from(stored - done).unwrap_or(0).min(STRETCH);
        let Some(made) = (left > 0).then(|| index::make(conn, left)).transpose()?.flatten() else { break };
        index::write(conn, &made)?;
    }
    // What was erased is not counted a second time, nor found; its counters stay, so they are only compared upwards.
    let erased: bool =
        conn.query_row("SELECT EXISTS (SELECT 1 FROM ledger_erasure)", [], |row| row.get(0))?;
    let differ = |a: &str, b: &str, columns: &str, beside: &str| -> Sql<i64> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT {columns} FROM {a} {beside} EXCEPT SELECT {columns} FROM {b} {beside})"
        );
        conn.query_row(&sql, [], |row| row.get(0))
    };
    let beside = "WHERE doc NOT IN (SELECT idx FROM main.ledger_erasure)";
    let words = "term, doc";
    let wrong = differ("temp.stored_words", "temp.rebuilt_words", words, beside)?
        + differ("temp.rebuilt_words", "temp.stored_words", words, beside)?;
    let columns = "repo, day, measure, key, n";
    let miscounted = match erased {
        true => 0,
        false => {
            differ("main.insight_daily", "temp.insight_daily", columns, "")?
                + differ("temp.insight_daily", "main.insight_daily", columns, "")?
        }
    };
    let again = |finding: Finding| {
        finding
            .mend("INSERT INTO main.audit_text (audit_text) VALUES ('delete-all')", Vec::new())
            .mend("DELETE FROM main.insight_daily", Vec::new())
            .mend("UPDATE main.audit_index SET next = 0, purge = 0", Vec::new())
    };
    if wrong > 0 {
        let message = format!("{wrong} words of the search index are not those of the entries");
        checked.found(again(Finding::new("index", message)));
    }
    if miscounted > 0 {
        let message = format!("{miscounted} counters are not those of the entries");
        checked.found(again(Finding::new("index", message)));
    }
    conn.execute_batch(DROP)
}
