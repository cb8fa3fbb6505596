//! Where SQL stands in an action: in the words and the input of a database's client, in a tool's arguments, in the added
//! lines of SQL files in a diff.

use serde_json::Value;

use super::sql::{self, Dialect, Statement};
use crate::commands::brief;
use crate::shell::{Invocation, Redirect};
use crate::tokens::tokens;

/// A client: its dialect, options whose value is SQL, options whose value is a file of it, and whether its second operand is
/// SQL (`sqlite3 FILE SQL`).
struct Client {
    programs: &'static [&'static str],
    dialect: Dialect,
    sql: &'static [&'static str],
    files: &'static [&'static str],
    operand: bool,
}

const CLIENTS: &[Client] = &[
    Client {
        programs: &["psql", "pgcli", "cockroach"],
        dialect: Dialect::Postgres,
        sql: &["-c", "--command", "-e", "--execute"],
        files: &["-f", "--file"],
        operand: false,
    },
    Client {
        programs: &["mysql", "mariadb", "mycli", "mysqlsh"],
        dialect: Dialect::MySql,
        sql: &["-e", "--execute", "--sql"],
        files: &["--init-command-file"],
        operand: false,
    },
    Client {
        programs: &["sqlite3", "sqlite", "turso", "libsql"],
        dialect: Dialect::Sqlite,
        sql: &["-cmd", "--cmd"],
        files: &["-init", "--init"],
        operand: true,
    },
    Client {
        programs: &["duckdb"],
        dialect: Dialect::DuckDb,
        sql: &["-c", "-s", "-cmd"],
        files: &["-f", "-init"],
        operand: true,
    },
    Client {
        programs: &["sqlcmd", "invoke-sqlcmd"],
        dialect: Dialect::MsSql,
        sql: &["-q", "-Q", "-query"],
        files: &["-i", "-inputfile"],
        operand: false,
    },
    Client {
        programs: &["clickhouse-client", "clickhouse"],
        dialect: Dialect::ClickHouse,
        sql: &["-q", "--query"],
        files: &["--queries-file"],
        operand: false,
    },
    Client {
        programs: &["snowsql"],
        dialect: Dialect::Snowflake,
        sql: &["-q", "--query"],
        files: &["-f", "--filename"],
        operand: false,
    },
    Client {
        programs: &["usql", "spark-sql", "trino", "presto", "hive", "beeline", "impala-shell"],
        dialect: Dialect::Generic,
        sql: &["-c", "-e", "--execute", "-q", "--command", "--query"],
        files: &["-f", "--file"],
        operand: false,
    },
];

/// Whether a program is a client of a database that speaks SQL.
pub(super) fn is_client(program: &str) -> bool {
    client(program).is_some()
}

fn client(program: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|c| c.programs.contains(&program))
}

/// SQL in a client's words and input.
pub(super) fn of_invocation(invocation: &Invocation, from: &str) -> Vec<Statement> {
    let Some(client) = client(&invocation.program) else { return Vec::new() };
    let mut found = Vec::new();
    let mut operands = 0;
    let mut words = invocation.words.iter().map(|w| w.text.as_str()).peekable();
    while let Some(word) = words.next() {
        if let Some((is_sql, joined)) = client.option(word) {
            let Some(value) = joined.or_else(|| words.next()) else { continue };
            found.extend(if is_sql {
                sql::read(value, client.dialect, from)
            } else {
                vec![Statement::in_file(value, from)]
            });
        } else if !word.starts_with('-') || word == "-" {
            operands += 1;
            if client.operand && operands > 1 {
                found.extend(sql::read(word, client.dialect, from));
            }
        } else if client.operand && word.starts_with('-') && TAKES.contains(&word) {
            words.next();
        }
    }
    if let Some(input) = &invocation.input {
        found.extend(sql::read(input, client.dialect, from));
    }
    let reads = |r: &&Redirect| r.operator == "<";
    found.extend(invocation.redirects.iter().filter(reads).map(|r| Statement::in_file(&r.target.text, from)));
    let piped = invocation.piped_from.is_some() && invocation.input.is_none();
    found.extend(piped.then(|| Statement::in_file("-", from)));
    found
}

/// Options of `sqlite3` and `duckdb` with a value, so that it is not counted as an operand.
const TAKES: &[&str] =
    &["-separator", "-newline", "-nullvalue", "-mmap", "-vfs", "-lookaside", "-pagecache", "-maxsize"];

/// Whether an option of `sqlite3` or `duckdb` takes the next word with it.
pub(super) fn takes(word: &str) -> bool {
    TAKES.contains(&word) || matches!(word, "-cmd" | "--cmd" | "-init" | "--init" | "-c" | "-s" | "-f")
}

impl Client {
    /// Whether an option's value is SQL (else a file of it), and the value if it stands in the same word.
    fn option<'a>(&self, word: &'a str) -> Option<(bool, Option<&'a str>)> {
        let of = |names: &[&str]| {
            names.iter().find_map(|name| {
                if word == *name {
                    return Some(None);
                }
                let rest = word.strip_prefix(name)?;
                match rest.strip_prefix('=') {
                    Some(value) if name.starts_with("--") => Some(Some(value)),
                    // `-cSTATEMENT`
                    _ => (name.len() == 2).then_some(Some(rest)),
                }
            })
        };
        of(self.sql).map(|value| (true, value)).or_else(|| of(self.files).map(|value| (false, value)))
    }
}

const DEEPEST: usize = 16;
const STATEMENTS: &[&str] = &["sql", "query", "queries", "statement", "statements"];

/// SQL in a tool's arguments. What is only called a query counts if it begins like SQL.
pub(super) fn of_arguments(args: &Value, before: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    walk("", args, before, 0, &mut found);
    found
}

fn walk(key: &str, value: &Value, before: &str, depth: usize, found: &mut Vec<Statement>) {
    if depth > DEEPEST || found.len() > super::LISTED {
        return;
    }
    match value {
        Value::String(text) => {
            let words = tokens(key);
            let sure = words.iter().any(|w| w == "sql");
            let named = words.iter().any(|w| STATEMENTS.contains(&w.as_str()));
            if sure || named && sql::begins_like_sql(text) {
                found.extend(sql::read(text, Dialect::Generic, &format!("{before}argument {}", brief(key))));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(key, item, before, depth + 1, found)),
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in sorted {
                walk(name, value, before, depth + 1, found);
            }
        }
        _ => {}
    }
}

/// The added lines of SQL files in a diff, run by run: what stands between them is not in the diff.
pub(super) fn of_diff(diff: &str, before: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut path = String::new();
    let mut added = String::new();
    for line in diff.lines().chain([""]) {
        if let Some(name) = line.strip_prefix("+++ ") {
            flush(&mut added, &path, before, &mut found);
            let name = name.split('\t').next().unwrap_or(name).trim();
            name.strip_prefix("b/").unwrap_or(name).clone_into(&mut path);
        } else if let Some(text) = line.strip_prefix('+') {
            added.push_str(text);
            added.push('\n');
        } else {
            flush(&mut added, &path, before, &mut found);
        }
        if found.len() > super::LISTED {
            break;
        }
    }
    found
}

fn flush(added: &mut String, path: &str, before: &str, found: &mut Vec<Statement>) {
    let text = std::mem::take(added);
    if path.to_ascii_lowercase().ends_with(".sql") && !text.trim().is_empty() {
        found.extend(sql::read(&text, Dialect::Generic, &format!("{before}file {path}")));
    }
}
