//! Projects that a real migration tool migrates: two migrations, of which the second can be taken back without a loss.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::binaries;
use crate::postgres::Cluster;
use crate::process::{self, Said};

/// A migration tool, and the project that it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// As `undo.toml` names it.
    pub name: &'static str,
    /// How an agent migrates.
    pub up: &'static str,
    /// Query of the applied versions.
    pub versions: &'static str,
    /// What the first migration needs.
    first: &'static [(&'static str, &'static str)],
    /// The second migration: the file with its way back comes last.
    second: &'static [(&'static str, &'static str)],
}

const TABLES: &str =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);\nCREATE TABLE notes (text TEXT);\n";
const INDEX: &str = "CREATE INDEX users_email ON users (email);\n";
/// The note is what can make it fail where a rehearsal cannot know, when it is committed.
const DOWN: &str =
    "-- It made writing slow.\nDROP INDEX users_email;\nINSERT INTO notes VALUES ('taken back')";

/// Alembic.
pub const ALEMBIC: Tool = Tool {
    name: "alembic",
    up: "alembic upgrade head",
    versions: "SELECT version_num FROM alembic_version",
    first: &[
        ("alembic.ini", "[alembic]\nscript_location = migrations\n"),
        (
            "migrations/env.py",
            r#"import os
from alembic import context
from sqlalchemy import create_engine

url = os.environ["SHOP_URL"].replace("postgres://", "postgresql+psycopg://").replace("sqlite:", "sqlite:///", 1)
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"#,
        ),
        (
            "migrations/versions/a1_tables.py",
            r#"from alembic import op
import sqlalchemy as sa
revision = "a1"
down_revision = None
def upgrade():
    op.create_table("users", sa.Column("id", sa.Integer, primary_key=True), sa.Column("email", sa.Text))
    op.create_table("notes", sa.Column("text", sa.Text))
def downgrade():
    op.drop_table("users")
"#,
        ),
    ],
    second: &[(
        "migrations/versions/b2_index.py",
        r#"from alembic import op
revision = "b2"
down_revision = "a1"
def upgrade():
    op.create_index("users_email", "users", ["email"])
def downgrade():
    op.drop_index("users_email", table_name="users")
    op.execute("INSERT INTO notes VALUES ('taken back')")
"#,
    )],
};

/// Dbmate.
pub const DBMATE: Tool = Tool {
    name: "dbmate",
    up: "dbmate --env SHOP_URL --migrations-dir migrations --no-dump-schema up",
    versions: "SELECT version FROM schema_migrations ORDER BY 1",
    first: &[(
        "migrations/20260101_tables.sql",
        "-- migrate:up\n$TABLES-- migrate:down\nDROP TABLE users;\n",
    )],
    second: &[("migrations/20260102_index.sql", "-- migrate:up\n$INDEX-- migrate:down\n$DOWN")],
};

/// The command line of sqlx.
pub const SQLX: Tool = Tool {
    name: "sqlx",
    up: "sqlx migrate run --source migrations --database-url \"$SHOP_URL\"",
    versions: "SELECT version FROM _sqlx_migrations WHERE success ORDER BY 1",
    first: &[
        ("migrations/1_tables.up.sql", "$TABLES"),
        ("migrations/1_tables.down.sql", "DROP TABLE users;\n"),
    ],
    second: &[("migrations/2_index.up.sql", "$INDEX"), ("migrations/2_index.down.sql", "$DOWN")],
};

/// Prisma, whose engine for SQLite comes with its packages.
pub const PRISMA: Tool = Tool {
    name: "prisma",
    up: "prisma migrate deploy",
    versions: "SELECT migration_name FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY 1",
    first: &[
        ("schema.prisma", "datasource db {\n  provider = \"sqlite\"\n  url      = env(\"SHOP_URL\")\n}\n"),
        (
            "prisma.config.ts",
            r#"import { PrismaLibSQL } from "@prisma/adapter-libsql";
import { defineConfig } from "prisma/config";

const adapter = async () => new PrismaLibSQL({ url: process.env.SHOP_URL });
const migrations = { path: "migrations" };
export default defineConfig({ schema: "schema.prisma", migrations, experimental: { adapter: true }, engine: "js", adapter });
"#,
        ),
        ("migrations/migration_lock.toml", "provider = \"sqlite\"\n"),
        ("migrations/20260101000000_tables/migration.sql", "$TABLES"),
        ("no-native-engine", ""),
    ],
    second: &[
        ("migrations/20260102000000_index/migration.sql", "$INDEX"),
        ("migrations/20260102000000_index/down.sql", "$DOWN"),
    ],
};

/// A database under migration.
#[derive(Debug)]
pub enum Database {
    /// `shop` in a cluster of its own.
    Postgres(Cluster),
    /// A file.
    Sqlite(PathBuf),
}

impl Database {
    /// Its address for the tool.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn address(&self, tool: &Tool) -> Result<String> {
        Ok(match self {
            // Sockets speak no TLS, and dbmate asks for it unless it is told.
            Self::Postgres(cluster) => format!("{}&sslmode=disable", cluster.database("shop")?),
            Self::Sqlite(file) if tool.name == "prisma" => format!("file:{}", file.display()),
            // Otherwise sqlx opens only what is there.
            Self::Sqlite(file) if tool.name == "sqlx" => format!("sqlite:{}?mode=rwc", file.display()),
            Self::Sqlite(file) => format!("sqlite:{}", file.display()),
        })
    }

    /// What a statement prints.
    ///
    /// # Errors
    /// With what the client says.
    pub fn sql(&self, statement: &str) -> Result<String> {
        match self {
            Self::Postgres(cluster) => cluster.sql("shop", statement),
            Self::Sqlite(file) => {
                let said = Command::new("sqlite3").arg(file).arg(statement).output()?;
                ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
                Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
            }
        }
    }

    /// Its whole schema.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn schema(&self) -> Result<String> {
        match self {
            Self::Postgres(cluster) => cluster.schema("shop"),
            Self::Sqlite(_) => self.sql(".schema"),
        }
    }
}

impl Tool {
    /// The environment in which the tool finds itself and the database.
    ///
    /// # Errors
    /// When the tools are not installed.
    pub fn environment(&self, address: &str, work: &Path) -> Result<Vec<(String, String)>> {
        let mut path: Vec<PathBuf> = binaries::migrators()?;
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let path = std::env::join_paths(path)?.into_string().ok().context("a path is not UTF-8")?;
        let engine = work.join("no-native-engine").display().to_string();
        Ok(vec![
            ("PATH".to_owned(), path),
            ("SHOP_URL".to_owned(), address.to_owned()),
            // What is named here is not downloaded; nothing loads it.
            ("PRISMA_QUERY_ENGINE_LIBRARY".to_owned(), engine),
            ("CHECKPOINT_DISABLE".to_owned(), "1".to_owned()),
        ])
    }

    /// Writes a project with the first migration, and applies it.
    ///
    /// # Errors
    /// When the tool fails.
    pub async fn begin(&self, work: &Path, environment: &[(String, String)]) -> Result<()> {
        write(work, self.first)?;
        let modules = binaries::workspace().join("tests/migrators/node_modules");
        std::os::unix::fs::symlink(modules, work.join("node_modules"))?;
        self.migrate(work, environment).await?.expect_code(0).map(|_| ())
    }

    /// Adds the second migration; the file that says how it is taken back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&self, work: &Path) -> Result<PathBuf> {
        write(work, self.second)?;
        Ok(work.join(self.second.last().context("no file")?.0))
    }

    /// Migrates to the newest version.
    ///
    /// # Errors
    /// When the tool does not start or does not end.
    pub async fn migrate(&self, work: &Path, environment: &[(String, String)]) -> Result<Said> {
        let mut command = Command::new("sh");
        command.args(["-c", self.up]).current_dir(work).envs(environment.iter().cloned());
        process::run(command).await
    }
}

fn write(work: &Path, files: &[(&str, &str)]) -> Result<()> {
    for (name, text) in files {
        let path = work.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(work))?;
        let text = text.replace("$TABLES", TABLES).replace("$INDEX", INDEX).replace("$DOWN", DOWN);
        std::fs::write(path, text)?;
    }
    Ok(())
}
