//! The whole database checked against its own ledger: entries, tree, head, tiles, checkpoints, payloads, links, the
//! search index, the rules in the schema, and every state row against the entry that wrote it.
//!
//! Everything is read in one transaction. Mending writes only what follows from the entries, with the triggers off for
//! the length of one transaction.

mod bypasses;
mod index;
mod log;
pub(super) mod schema;
mod state;

use navi_ledger::checkpoint::Verifier;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::connection::{self, Opening};
use super::{OpenError, Options, batch};

type Sql<T> = rusqlite::Result<T>;

/// One thing that is not as the ledger says.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What kind of thing: `entry`, `head`, `tile`, `checkpoint`, `payload`, `link`, `index`, `schema`, `row`, `vote`,
    /// `database`, `mark`.
    pub what: &'static str,
    /// The entry that says otherwise, or that is wrong itself.
    pub entry: Option<u64>,
    /// The row, as `TABLE/ID`.
    pub row: Option<String>,
    /// In words.
    pub message: String,
    /// Whether it was put right.
    pub repaired: bool,
    mend: Vec<Mend>,
}

/// A statement that puts something right.
type Mend = (String, Vec<Value>);

impl Finding {
    /// A finding about nothing in particular yet.
    #[must_use]
    pub fn new(what: &'static str, message: impl Into<String>) -> Self {
        Self { what, entry: None, row: None, message: message.into(), repaired: false, mend: Vec::new() }
    }

    fn entry(mut self, index: u64) -> Self {
        self.entry = Some(index);
        self
    }

    fn row(mut self, name: impl Into<String>) -> Self {
        self.row = Some(name.into());
        self
    }

    fn mend(mut self, sql: impl Into<String>, values: Vec<Value>) -> Self {
        self.mend.push((sql.into(), values));
        self
    }

    /// Whether the entries say enough to put it right.
    #[must_use]
    pub fn can_be_repaired(&self) -> bool {
        !self.mend.is_empty()
    }
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What could not be checked, in words: neither right nor wrong.
    pub notices: Vec<String>,
    /// Entries that were read.
    pub entries: u64,
    /// State rows that were compared with the entry that wrote them.
    pub rows: u64,
    /// Votes whose signatures were verified again.
    pub votes: u64,
}

impl Checked {
    fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// Checks a database that no server uses. `keys` are keys that may sign its checkpoints, beside those that the ledger
/// itself names. With `repair`, what follows from the entries is put right, and what was is marked.
///
/// # Errors
/// [`OpenError`]: there is no ledger, or the database cannot be read.
pub fn fsck(options: &Options, keys: &[Verifier], repair: bool) -> Result<Checked, OpenError> {
    if !options.path.exists() {
        return Err(OpenError::NotInitialised);
    }
    let opening = Opening { path: &options.path, key: options.key.as_ref() };
    let mut conn = opening.writer()?;
    connection::migrate(&mut conn).map_err(|e| OpenError::Migration(Box::new(e)))?;
    super::index::renew(&mut conn)?;
    let expected = schema::expected()?;
    let mut checked = check(&conn, &options.org_key, keys, &expected)?;
    if repair && checked.findings.iter().any(Finding::can_be_repaired) {
        mend(&mut conn, &checked.findings, &expected)?;
        let after = check(&conn, &options.org_key, keys, &expected)?;
        for finding in &mut checked.findings {
            let stays = |f: &Finding| {
                (f.what, f.entry, &f.row, &f.message)
                    == (finding.what, finding.entry, &finding.row, &finding.message)
            };
            finding.repaired = !after.findings.iter().any(stays);
        }
        for new in after.findings {
            if !checked.findings.iter().any(|f| f.what == new.what && f.message == new.message) {
                checked.found(new);
            }
        }
    }
    Ok(checked)
}

fn check(
    conn: &Connection,
    org_key: &[u8; 32],
    keys: &[Verifier],
    expected: &[schema::Object],
) -> Result<Checked, OpenError> {
    let mut checked = Checked::default();
    let tx = conn.unchecked_transaction()?;
    let head = batch::head_row(&tx)?.ok_or(OpenError::NotInitialised)?;
    database(&tx, &mut checked)?;
    schema::check(&tx, expected, &mut checked)?;
    log::temporary(&tx)?;
    let read = log::entries(&tx, &mut checked)?;
    log::tree(&tx, &head, &read, keys, &mut checked)?;
    log::payloads(&tx, &read, &mut checked)?;
    log::links(&tx, &mut checked)?;
    state::rows(&tx, org_key, &read, &mut checked)?;
    state::votes(&tx, org_key, &read, &mut checked)?;
    bypasses::check(&tx, &read, &mut checked)?;
    index::check(&tx, &mut checked)?;
    // Temporary tables go with the transaction; nothing else was written.
    tx.rollback()?;
    Ok(checked)
}

/// Damage below SQL, broken rules of columns, rows that rest on nothing.
fn database(conn: &Connection, checked: &mut Checked) -> Sql<()> {
    let mut statement = conn.prepare("PRAGMA main.integrity_check(50)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let told: String = row.get(0)?;
        if told != "ok" {
            checked.found(Finding::new("database", format!("the file itself: {told}")));
        }
    }
    let mut statement = conn.prepare("PRAGMA main.foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        let message = format!("a row of {table} rests on a row of {parent} that does not exist");
        checked.found(Finding::new("database", message));
    }
    Ok(())
}

fn mend(conn: &mut Connection, findings: &[Finding], expected: &[schema::Object]) -> Result<(), OpenError> {
    conn.pragma_update(None, "foreign_keys", false)?;
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    schema::drop_triggers(&tx)?;
    for (sql, values) in findings.iter().flat_map(|f| &f.mend) {
        tx.execute(sql, params_from_iter(values))?;
    }
    schema::make_triggers(&tx, expected)?;
    tx.commit()?;
    conn.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}
