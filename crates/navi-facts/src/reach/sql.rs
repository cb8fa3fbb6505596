//! SQL taken apart, statement by statement: what each does, to which tables, whether a WHERE bounds it.
//!
//! The parser is a library (`sqlparser`); what it does not read says so, with the words in it that destroy. Each statement
//! carries its own text exactly as it stands.

mod parts;
mod split;

use sqlparser::dialect as of;

pub use parts::Table;

use super::{How, Rows, Touched, What};

/// Longer texts (bytes) are not taken apart.
const LONGEST: usize = 64 * 1024;
/// Statements with more words than this are not taken apart: what the parser builds of them could be as deep.
const MOST_TOKENS: usize = 4_000;
/// More statements than this are one that is too long.
const MOST_STATEMENTS: usize = 256;
/// Bytes of stack for one text. A chain of operators makes a tree as deep as it is long.
const STACK: usize = 64 * 1024 * 1024;

/// The dialect of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Not known.
    Generic,
    /// PostgreSQL, and what speaks like it.
    Postgres,
    /// `MySQL` and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
    /// `DuckDB`.
    DuckDb,
    /// SQL Server.
    MsSql,
    /// `ClickHouse`.
    ClickHouse,
    /// Snowflake.
    Snowflake,
}

impl Dialect {
    fn parser(self) -> &'static dyn of::Dialect {
        match self {
            Self::Generic => &of::GenericDialect {},
            Self::Postgres => &of::PostgreSqlDialect {},
            Self::MySql => &of::MySqlDialect {},
            Self::Sqlite => &of::SQLiteDialect {},
            Self::DuckDb => &of::DuckDbDialect {},
            Self::MsSql => &of::MsSqlDialect {},
            Self::ClickHouse => &of::ClickHouseDialect {},
            Self::Snowflake => &of::SnowflakeDialect,
        }
    }

    /// How a line begins that the client reads itself.
    fn client_mark(self) -> Option<char> {
        match self {
            Self::Postgres => Some('\\'),
            Self::Sqlite | Self::DuckDb => Some('.'),
            _ => None,
        }
    }
}

/// Whether an update or a deletion is bounded. The worst comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Where {
    /// It has a WHERE.
    Present,
    /// It has one that is always true.
    Always,
    /// It has none.
    Absent,
}

impl Where {
    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Always => "always",
            Self::Absent => "absent",
        }
    }
}

/// Why a statement is not taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The parser does not read it.
    NotRead,
    /// It is too long, or there are too many.
    TooLong,
    /// It stands in a file, which is not in the request; the text names it (`-`: the standard input).
    InFile,
    /// It is a command of the client (`\! rm`, `.shell rm`), which may be more than SQL.
    ClientCommand,
}

impl Problem {
    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRead => "not_read",
            Self::TooLong => "too_long",
            Self::InFile => "in_file",
            Self::ClientCommand => "client_command",
        }
    }
}

/// One statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Exactly as it stands.
    pub raw: String,
    /// What it does, and what stands inside it does: `DELETE`, `DROP TABLE`.
    pub kinds: Vec<String>,
    /// What it touches.
    pub tables: Vec<Table>,
    /// Of an update or deletion: whether it is bounded.
    pub condition: Option<Where>,
    /// Words in it that remove, overwrite or hand out rights.
    pub loud: Vec<String>,
    /// Why it is not taken apart.
    pub problem: Option<Problem>,
    /// Where it stands.
    pub from: String,
}

impl Statement {
    /// What a file holds is not known.
    pub(super) fn in_file(name: &str, from: &str) -> Self {
        Self::unread(name, Problem::InFile, from)
    }

    fn unread(raw: &str, problem: Problem, from: &str) -> Self {
        let loud = if problem == Problem::InFile { Vec::new() } else { loud(raw) };
        let kinds = Vec::new();
        Self {
            raw: raw.to_owned(),
            kinds,
            loud,
            problem: Some(problem),
            from: from.to_owned(),
            ..Self::default()
        }
    }

    /// The tables, as things that the action touches.
    pub(super) fn touched(&self) -> Vec<Touched> {
        let one = |table: &Table| Touched {
            what: if table.is_store { What::DataStore } else { What::Table },
            name: table.name.clone(),
            how: table.how,
            rows: table.rows,
            from: self.from.clone(),
        };
        self.tables.iter().map(one).collect()
    }
}

/// Reads a text. Total: what is not read is there all the same, with its text.
pub(super) fn read(text: &str, dialect: Dialect, from: &str) -> Vec<Statement> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    if text.len() > LONGEST {
        return vec![Statement::unread(text, Problem::TooLong, from)];
    }
    stacker::grow(STACK, || {
        let mut found = Vec::new();
        for (piece, of_client) in split::lines(text, dialect.client_mark()) {
            if of_client {
                found.push(Statement::unread(piece.trim(), Problem::ClientCommand, from));
            } else {
                found.extend(split::statements(piece, dialect.parser(), from));
            }
        }
        found
    })
}

/// Words that SQL begins with.
const VERBS: &[&str] = &[
    "select", "insert", "update", "delete", "with", "create", "alter", "drop", "truncate", "merge",
    "replace", "grant", "revoke", "begin", "explain", "copy", "call", "vacuum", "pragma", "set", "do",
    "rename", "analyze", "values",
];

/// Whether a text that is called a query may be SQL.
pub(super) fn begins_like_sql(text: &str) -> bool {
    let text = split::without_comments(text);
    let first = text.split(|c: char| !c.is_ascii_alphabetic()).find(|w| !w.is_empty()).unwrap_or("");
    let blank = text.trim().contains(char::is_whitespace);
    blank && VERBS.iter().any(|verb| first.eq_ignore_ascii_case(verb)) && text.trim_start().starts_with(first)
}

/// Words that remove, overwrite or hand out rights.
const LOUD: &[&str] = &[
    "DROP",
    "TRUNCATE",
    "DELETE",
    "CASCADE",
    "PURGE",
    "OVERWRITE",
    "GRANT",
    "REVOKE",
    "SHUTDOWN",
    "KILL",
    "PROGRAM",
    "DETACH",
];

fn is_loud(word: &str) -> Option<String> {
    LOUD.iter().find(|loud| word.eq_ignore_ascii_case(loud)).map(|loud| (*loud).to_owned())
}

/// The loud words of a text, wherever they stand in it.
fn loud(text: &str) -> Vec<String> {
    once(text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter_map(is_loud))
}

fn once(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

#[cfg(test)]
#[path = "sql/tests.rs"]
mod tests;
