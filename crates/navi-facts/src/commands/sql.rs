//! SQL inside commands: which words are statements, and what the statements do.

use navi_domain::fact::Fact;

use crate::catalogue::Catalogue;
use crate::shell::Invocation;

/// Clients of SQL databases.
const CLIENTS: &[&str] = &[
    "psql",
    "pgcli",
    "mysql",
    "mariadb",
    "mycli",
    "sqlite3",
    "sqlite",
    "duckdb",
    "sqlcmd",
    "cockroach",
    "clickhouse-client",
    "clickhouse",
    "bq",
    "snowsql",
    "sqlplus",
    "isql",
    "usql",
    "cqlsh",
    "presto",
    "trino",
    "hive",
    "beeline",
    "impala-shell",
    "spark-sql",
    "wrangler",
    "supabase",
    "prisma",
    "turso",
    "libsql",
    "pg_dump",
    "mysqlsh",
    "tsql",
    "bcp",
    "dbt",
    "invoke-sqlcmd",
    "heroku",
    "sf",
    "typeorm",
    "sequelize",
    "d1",
    "athena",
    "redshift-data",
    "aws",
];

/// Texts in a command that a database would run.
pub(super) fn statements_of(invocation: &Invocation) -> Vec<String> {
    if !CLIENTS.contains(&invocation.program.as_str()) {
        return Vec::new();
    }
    let mut out: Vec<String> = Vec::new();
    for word in &invocation.words {
        let text = word.text.as_str();
        let value = if text.starts_with('-') {
            match text.split_once('=') {
                Some((_, value)) => value,
                // `-cSTATEMENT`, `-eSTATEMENT`
                None => text.get(2..).unwrap_or(""),
            }
        } else {
            text
        };
        if value.contains(char::is_whitespace) || value.contains("/*") {
            out.push(value.to_owned());
        }
    }
    out.extend(invocation.input.clone());
    out
}

/// Facts of SQL text, each statement by itself.
#[must_use]
pub fn facts(text: &str, evidence: &str, catalogue: &Catalogue) -> Vec<Fact> {
    let mut out: Vec<Fact> = Vec::new();
    for statement in statements(text) {
        for pattern in catalogue.commands.sql.iter().filter(|p| p.holds(&statement, "sql")) {
            out.extend(pattern.says.facts(evidence).filter(|f| !out.contains(f)).collect::<Vec<_>>());
        }
    }
    out
}

/// String literals in code that begin like a statement.
pub(super) fn literals(code: &str) -> Vec<String> {
    const VERBS: &[&str] = &["drop", "delete", "truncate", "update", "alter", "grant"];
    code.split(['"', '\'', '`'])
        .filter(|l| {
            let first = l.split_whitespace().next().unwrap_or("");
            VERBS.iter().any(|v| first.eq_ignore_ascii_case(v))
        })
        .map(str::to_owned)
        .take(32)
        .collect()
}

/// Statements on one line each: comments removed, literals emptied, white space single.
fn statements(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(current) = out.last_mut() else { break };
        match c {
            '-' if chars.peek() == Some(&'-') => {
                for c in chars.by_ref() {
                    if c == '\n' {
                        break;
                    }
                }
                current.push(' ');
            }
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                // MySQL runs what stands in `/*! … */`.
                if chars.peek() == Some(&'!') {
                    chars.next();
                    while chars.peek().is_some_and(char::is_ascii_digit) {
                        chars.next();
                    }
                    current.push(' ');
                    continue;
                }
                let mut before = ' ';
                for c in chars.by_ref() {
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
                current.push(' ');
            }
            '*' if chars.peek() == Some(&'/') => {
                chars.next();
            }
            '\'' => {
                while let Some(c) = chars.next() {
                    if c == '\'' && chars.next_if_eq(&'\'').is_none() {
                        break;
                    }
                }
                current.push_str("''");
            }
            ';' => out.push(String::new()),
            '"' | '`' => {}
            c if c.is_whitespace() => {
                if !current.ends_with(' ') {
                    current.push(' ');
                }
            }
            c => current.push(c),
        }
    }
    out.into_iter().map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).take(256).collect()
}
