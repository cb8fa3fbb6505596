//! The rules in the schema, held against those that this build makes in an empty database.

use rusqlite::Connection;

use super::super::OpenError;
use super::super::connection;
use super::{Checked, Finding, Sql};

/// All triggers are made anew when anything is mended; this is only there to be something.
const NOTHING: &str = "UPDATE audit_index SET purge = purge";

/// A table, index or trigger.
pub(in super::super) struct Object {
    kind: String,
    name: String,
    sql: String,
}

/// What this build makes.
pub(in super::super) fn expected() -> Result<Vec<Object>, OpenError> {
    let mut conn = Connection::open_in_memory()?;
    connection::migrate(&mut conn).map_err(|e| OpenError::Migration(Box::new(e)))?;
    Ok(objects(&conn)?)
}

fn objects(conn: &Connection) -> Sql<Vec<Object>> {
    conn.prepare(
        "SELECT type, name, sql FROM main.sqlite_schema
         WHERE sql IS NOT NULL AND name NOT LIKE 'audit_text_%' AND name NOT LIKE 'refinery%' ORDER BY type, name",
    )?
    .query_map([], |row| Ok(Object { kind: row.get(0)?, name: row.get(1)?, sql: row.get(2)? }))?
    .collect()
}

pub(super) fn check(conn: &Connection, expected: &[Object], checked: &mut Checked) -> Sql<()> {
    let found = objects(conn)?;
    for object in expected {
        let same = found.iter().find(|f| f.kind == object.kind && f.name == object.name);
        let what = match same {
            Some(same) if same.sql == object.sql => continue,
            Some(_) => "is not the one that this build makes",
            None => "is missing",
        };
        let mut finding = Finding::new("schema", format!("the {} {} {what}", object.kind, object.name));
        if object.kind == "trigger" {
            finding = finding.mend(NOTHING, Vec::new());
        }
        checked.found(finding);
    }
    for object in found.iter().filter(|f| f.kind == "trigger") {
        if !expected.iter().any(|e| e.name == object.name) {
            let message = format!("the trigger {} was added", object.name);
            checked.found(Finding::new("schema", message).mend(NOTHING, Vec::new()));
        }
    }
    Ok(())
}

pub(in super::super) fn drop_triggers(conn: &Connection) -> Sql<()> {
    for object in objects(conn)?.iter().filter(|o| o.kind == "trigger") {
        conn.execute_batch(&format!("DROP TRIGGER \"{}\"", object.name.replace('"', "\"\"")))?;
    }
    Ok(())
}

pub(in super::super) fn make_triggers(conn: &Connection, expected: &[Object]) -> Sql<()> {
    expected.iter().filter(|o| o.kind == "trigger").try_for_each(|o| conn.execute_batch(&o.sql))
}
