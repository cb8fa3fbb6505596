//! The databases' own clients, `psql` and `sqlite3`: statements go in by stdin, addresses by the environment.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::super::declared::DatabaseRule;
use super::ended::{LOOK, ended};

/// A database that can be asked.
pub enum Database {
    /// PostgreSQL, by its address.
    Postgres(Box<reqwest::Url>),
    /// A file of SQLite.
    Sqlite(PathBuf),
}

/// Everything that makes the schema, one line a thing, without the table `$skip`.
const POSTGRES_SCHEMA: &str = "SELECT x FROM (
  SELECT 'column ' || table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || ' '
         || coalesce(character_maximum_length::text, '') || ' ' || coalesce(column_default, '') || ' ' || is_nullable AS x
    FROM information_schema.columns
   WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_name <> '$skip'
  UNION ALL SELECT 'index ' || indexdef FROM pg_indexes
   WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> '$skip'
  UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(c.oid)
    FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace
   WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND conrelid::regclass::text <> '$skip'
  UNION ALL SELECT 'view ' || schemaname || '.' || viewname || ' ' || definition FROM pg_views
   WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
  UNION ALL SELECT 'trigger ' || tgrelid::regclass || ' ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'function ' || p.oid::regprocedure || ' ' || p.prosrc
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname NOT IN ('pg_catalog', 'information_schema')
) AS all_of_it ORDER BY x;";
const SQLITE_SCHEMA: &str = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master
  WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> '$skip' ORDER BY 1;";

impl Database {
    /// The database of a rule; its address is in the environment.
    pub fn of(rule: &DatabaseRule) -> Result<Self> {
        let name = &rule.url_env;
        let address =
            std::env::var(name).with_context(|| format!("{name} is not set where the gate runs"))?;
        // Prisma says `file:`; what follows a question mark are the tool's own settings.
        if let Some(path) = ["sqlite:", "file:"].iter().find_map(|scheme| address.strip_prefix(scheme)) {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split_once('?').map_or(path, |(path, _)| path);
            ensure!(!path.is_empty(), "{name} names no file");
            return Ok(Self::Sqlite(rule.project.join(path)));
        }
        let url = reqwest::Url::parse(&address).with_context(|| format!("{name} holds no address"))?;
        ensure!(url.scheme().starts_with("postgres"), "{name} is no address of PostgreSQL or SQLite");
        Ok(Self::Postgres(Box::new(url)))
    }

    fn client(&self) -> Result<Command> {
        match self {
            Self::Sqlite(path) => {
                let mut command = Command::new("sqlite3");
                // Safe: statements reach nothing but this file.
                command.args(["-safe", "-bail", "-batch", "-cmd", ".timeout 5000"]).arg(path);
                Ok(command)
            }
            Self::Postgres(url) => {
                let mut command = Command::new("psql");
                command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
                let text = |part: &str| super::super::flag::decoded(part);
                command.env("PGHOST", text(url.host_str().unwrap_or("localhost")));
                command.env("PGPORT", url.port().unwrap_or(5432).to_string());
                command.env("PGDATABASE", text(url.path().trim_start_matches('/')));
                command.env("PGUSER", text(url.username())).env("PGCONNECT_TIMEOUT", "10");
                command.env("PGOPTIONS", "-c client_min_messages=warning -c lock_timeout=5000");
                if let Some(password) = url.password() {
                    command.env("PGPASSWORD", text(password));
                }
                for (name, value) in url.query_pairs() {
                    match name.as_ref() {
                        "host" => command.env("PGHOST", value.as_ref()),
                        "sslmode" => command.env("PGSSLMODE", value.as_ref()),
                        _ => &mut command,
                    };
                }
                Ok(command)
            }
        }
    }

    /// What statements print; fails at the first one that fails.
    fn run(&self, statements: &str, mark: &str, longest: Duration) -> Result<String> {
        let command = self.client()?;
        let program = command.get_program().to_string_lossy().into_owned();
        let output = ended(command, mark, longest, statements).with_context(|| program.clone())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
            bail!("{program}: {said}");
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// What a query prints. A file that is not there yet holds nothing; asking does not make it.
    fn ask(&self, query: &str) -> Result<String> {
        match self {
            Self::Sqlite(path) if !path.try_exists()? => Ok(String::new()),
            _ => self.run(query, "", LOOK),
        }
    }

    /// The applied versions; none where the tool's table does not exist yet.
    pub fn versions(&self, query: &str) -> Result<Vec<String>> {
        let rows = match self.ask(query) {
            Ok(rows) => rows,
            Err(error) if is_missing_table(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        Ok(rows.lines().map(str::trim).filter(|row| !row.is_empty()).map(str::to_owned).collect())
    }

    fn schema_query(&self, skip: &str) -> String {
        match self {
            Self::Postgres(_) => POSTGRES_SCHEMA.replace("$skip", skip),
            Self::Sqlite(_) => SQLITE_SCHEMA.replace("$skip", skip),
        }
    }

    /// The schema as text, without one table.
    pub fn schema(&self, skip: &str) -> Result<String> {
        self.ask(&self.schema_query(skip))
    }

    /// The schema as it would be after these statements; nothing of them stays.
    pub fn rehearse(&self, statements: &str, skip: &str, longest: Duration) -> Result<String> {
        let marker = "navi: the schema follows";
        let script = format!(
            "BEGIN;\n{}\n;\nSELECT '{marker}';\n{}\nROLLBACK;\n",
            statements.trim_end().trim_end_matches(';'),
            self.schema_query(skip)
        );
        let printed = self.run(&script, "", longest)?;
        let (_, schema) =
            printed.split_once(&format!("{marker}\n")).context("the rehearsal printed no schema")?;
        Ok(schema.to_owned())
    }

    /// Runs statements in one transaction; the client carries the mark of the rollback's run.
    pub fn commit(&self, statements: &str, mark: &str, longest: Duration) -> Result<()> {
        let begin = match self {
            Self::Postgres(_) => "BEGIN;",
            Self::Sqlite(_) => "BEGIN IMMEDIATE;",
        };
        let statements = statements.trim_end().trim_end_matches(';');
        self.run(&format!("{begin}\n{statements}\n;\nCOMMIT;\n"), mark, longest).map(|_| ())
    }
}

fn is_missing_table(error: &anyhow::Error) -> bool {
    let text = error.to_string();
    text.contains("does not exist") || text.contains("no such table")
}
