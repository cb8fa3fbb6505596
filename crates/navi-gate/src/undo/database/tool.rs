//! What each migration tool calls its versions, and how it goes back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::super::declared::{DatabaseRule, MigrationTool};
use super::client::Database;
use super::ended::{LOOK, ended};
use super::statements::without_transactions;
use super::{State, migrations};
use crate::text::quoted;

/// How to go from the version after a run to the one before it.
#[derive(Clone, Debug)]
pub struct Way {
    /// What is run, as far as the tool tells it.
    pub statements: String,
    how: Going,
}

#[derive(Clone, Debug)]
enum Going {
    /// Shell commands in the project's folder, one after another.
    Commands(Vec<String>),
    /// The statements themselves, in one transaction.
    Transaction,
}

impl Way {
    /// The commands, for people.
    pub fn shown(&self) -> Option<String> {
        match &self.how {
            Going::Commands(commands) => Some(commands.join(" && ")),
            Going::Transaction => None,
        }
    }

    /// Goes it; what is started carries the mark of the rollback's run.
    pub fn go(&self, rule: &DatabaseRule, mark: &str) -> Result<()> {
        match &self.how {
            Going::Transaction => {
                Database::of(rule)?.commit(&without_transactions(&self.statements), mark, rule.longest())
            }
            Going::Commands(commands) => {
                let longest = rule.longest();
                commands.iter().try_for_each(|command| shell(rule, command, mark, longest).map(|_| ()))
            }
        }
    }
}

/// The tool's own table.
pub fn version_table(rule: &DatabaseRule) -> &'static str {
    match rule.tool {
        MigrationTool::Alembic => "alembic_version",
        MigrationTool::Dbmate => "schema_migrations",
        MigrationTool::Sqlx => "_sqlx_migrations",
        MigrationTool::Flyway => "flyway_schema_history",
        MigrationTool::Prisma => "_prisma_migrations",
        MigrationTool::Refinery => "refinery_schema_history",
        MigrationTool::Sql => "",
    }
}

/// Query of the applied versions, oldest first.
pub fn version_query(rule: &DatabaseRule) -> Result<String> {
    Ok(match rule.tool {
        MigrationTool::Alembic => "SELECT version_num FROM alembic_version ORDER BY 1;".to_owned(),
        MigrationTool::Dbmate => "SELECT version FROM schema_migrations ORDER BY 1;".to_owned(),
        MigrationTool::Sqlx => {
            "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version;".to_owned()
        }
        MigrationTool::Flyway => {
            // An undone version keeps its row, and gets a second one of another type.
            "SELECT h.version FROM flyway_schema_history h WHERE h.success AND h.version IS NOT NULL
               AND h.type NOT LIKE 'UNDO%' AND NOT EXISTS (SELECT 1 FROM flyway_schema_history u
                 WHERE u.version = h.version AND u.installed_rank > h.installed_rank AND u.success
                   AND u.type LIKE 'UNDO%')
             ORDER BY h.installed_rank;"
                .to_owned()
        }
        MigrationTool::Prisma => "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL
             AND rolled_back_at IS NULL ORDER BY started_at;"
            .to_owned(),
        MigrationTool::Refinery => "SELECT version FROM refinery_schema_history ORDER BY version;".to_owned(),
        MigrationTool::Sql => {
            let query = rule.version_query.as_deref().context("version_query is not declared")?;
            format!("{};", query.trim_end_matches(';'))
        }
    })
}

/// The way back, or why there is none.
pub fn way(rule: &DatabaseRule, before: &State, after: &State) -> Result<Way> {
    ensure!(before.versions != after.versions, "the schema changed without a migration");
    let to = before.versions.last().cloned().unwrap_or_default();
    if let Some(down) = &rule.down {
        let preview = rule.preview.as_ref().context(
            "what its declared down command does cannot be read, and it could drop data: declare its preview",
        )?;
        let statements = shell(rule, &preview.replace("{to}", &quoted(&to)), "", LOOK)?;
        return Ok(Way { statements, how: Going::Commands(vec![down.replace("{to}", &quoted(&to))]) });
    }
    if rule.tool == MigrationTool::Alembic {
        return alembic(rule, before, after);
    }
    if rule.tool == MigrationTool::Sql {
        let file = rule.down_sql.as_ref().context("down_sql is not declared")?;
        return Ok(Way { statements: read(&rule.project.join(file))?, how: Going::Transaction });
    }
    let applied = applied(before, after)?;
    let mut statements = String::new();
    for version in applied.iter().rev() {
        let down = down_of(rule, version)?;
        let end = if down.trim_end().ends_with(';') { "\n" } else { "\n;\n" };
        statements.push_str(&down);
        statements.push_str(end);
    }
    let how = match bookkeeping(rule) {
        Some(column) => {
            let list: Vec<String> = applied.iter().map(|v| format!("'{}'", v.replace('\'', "''"))).collect();
            let (table, list) = (version_table(rule), list.join(", "));
            statements.push_str(&format!("DELETE FROM {table} WHERE CAST({column} AS TEXT) IN ({list});\n"));
            Going::Transaction
        }
        None => Going::Commands(commands(rule, &applied)),
    };
    Ok(Way { statements, how })
}

/// The column by which a version's row is taken out of the tool's table, where the tool itself does not go back: refinery
/// never does, and Prisma marks as rolled back only what had failed.
fn bookkeeping(rule: &DatabaseRule) -> Option<&'static str> {
    match rule.tool {
        MigrationTool::Refinery => Some("version"),
        MigrationTool::Prisma => Some("migration_name"),
        _ => None,
    }
}

/// Versions that the run applied. Everything from before must still be applied.
fn applied(before: &State, after: &State) -> Result<Vec<String>> {
    let missing = before.versions.iter().any(|version| !after.versions.contains(version));
    ensure!(!missing, "the run took migrations back; that is not undone");
    Ok(after.versions.iter().filter(|version| !before.versions.contains(version)).cloned().collect())
}

/// Alembic lists only where it stands; it knows itself what lies between.
fn alembic(rule: &DatabaseRule, before: &State, after: &State) -> Result<Way> {
    ensure!(
        before.versions.len() <= 1 && after.versions.len() == 1,
        "several heads of alembic are not undone"
    );
    let to = before.versions.first().map_or("base", String::as_str);
    let from = after.versions.first().map_or("head", String::as_str);
    let preview = format!("alembic downgrade {}:{} --sql", quoted(from), quoted(to));
    let statements = shell(rule, &preview, "", LOOK)?;
    Ok(Way { statements, how: Going::Commands(vec![format!("alembic downgrade {}", quoted(to))]) })
}

fn commands(rule: &DatabaseRule, applied: &[String]) -> Vec<String> {
    let folder = quoted(&rule.migrations.display().to_string());
    let variable = &rule.url_env;
    let one = match rule.tool {
        MigrationTool::Dbmate => {
            format!("dbmate --env {variable} --migrations-dir {folder} --no-dump-schema rollback")
        }
        MigrationTool::Sqlx => {
            format!("sqlx migrate revert --source {folder} --database-url \"${variable}\"")
        }
        _ => "flyway undo".to_owned(),
    };
    vec![one; applied.len()]
}

/// The down statements of one migration.
fn down_of(rule: &DatabaseRule, version: &str) -> Result<String> {
    let folder = migrations(rule);
    match rule.tool {
        MigrationTool::Dbmate => {
            let text = read(&find(&folder, |name| {
                name.starts_with(&format!("{version}_")) && name.ends_with(".sql")
            })?)?;
            let down = text.lines().position(|line| line.trim_start().starts_with("-- migrate:down"));
            let down = down.with_context(|| format!("migration {version} has no section migrate:down"))?;
            Ok(text.lines().skip(down + 1).collect::<Vec<_>>().join("\n"))
        }
        MigrationTool::Sqlx => {
            read(&find(&folder, |name| number(name) == number(version) && name.ends_with(".down.sql"))?)
        }
        MigrationTool::Flyway => read(&find(&folder, |name| name.starts_with(&format!("U{version}__")))?),
        MigrationTool::Refinery => read(&find(&folder, |name| {
            name.starts_with(&format!("V{version}__")) && name.ends_with(".down.sql")
        })?),
        MigrationTool::Prisma => read(&folder.join(version).join("down.sql")),
        MigrationTool::Alembic | MigrationTool::Sql => bail!("there is no file for each migration"),
    }
}

fn number(name: &str) -> &str {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name.get(..digits).unwrap_or_default().trim_start_matches('0')
}

fn find(folder: &Path, fits: impl Fn(&str) -> bool) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    let found = paths.find(|path| path.file_name().is_some_and(|name| fits(&name.to_string_lossy())));
    found.with_context(|| format!("there is no down migration in {}", folder.display()))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .with_context(|| format!("there is no down migration: read {}", path.display()))
}

/// What a command prints in the project's folder.
fn shell(rule: &DatabaseRule, command: &str, mark: &str, longest: Duration) -> Result<String> {
    let mut tool = Command::new("sh");
    crate::governed::secrets::withhold(&mut tool);
    tool
        // What runs is what stands in the files, not what Python kept of them; and nothing is left in the project.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONPYCACHEPREFIX", "/nonexistent")
        .args(["-c", command])
        .current_dir(&rule.project);
    let output = ended(tool, mark, longest, "").with_context(|| command.to_owned())?;
    if !output.status.success() {
        // Not every tool complains on its standard error: sqlx does not.
        let told = [output.stderr, output.stdout].concat();
        let told = String::from_utf8_lossy(&told);
        let last: Vec<&str> = told.lines().rev().filter(|line| !line.trim().is_empty()).take(3).collect();
        bail!("{command} ended with {}: {}", output.status, last.join("; "));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
