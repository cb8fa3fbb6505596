//! Migrations are taken back with the tools that made them, on real PostgreSQL and real SQLite; or they stay, with the reason.

use anyhow::{Context as _, Result, ensure};
use navi_tests::gate::Approver;
use navi_tests::migrations::{ALEMBIC, DBMATE, Database, PRISMA, SQLX, Tool};
use navi_tests::postgres::Cluster;
use serde_json::json;

use super::rollback::Desk;
use super::rollback_database::declare;

/// Keeps what is noted from being committed, which no rehearsal comes to.
const REFUSING: &str = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'the auditors say no'; END $$;
   CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION refuse()";

/// A project whose second migration an agent has applied.
struct Project {
    tool: Tool,
    database: Database,
    desk: Desk,
    environment: Vec<(String, String)>,
    versions: String,
    schema: String,
    execution: String,
}

impl Project {
    async fn migrated(tool: Tool, on_postgres: bool) -> Result<Self> {
        let desk = Desk::new().await?;
        let work = desk.gate.work();
        std::fs::write(work.join(".git/info/exclude"), "*\n")?;
        let text = "[[database]]\nfolder = \"$WORK\"\nname = \"shop\"\ntool = \"TOOL\"\nproject = \"$WORK\"\n\
                    url_env = \"SHOP_URL\"\nenvironment = \"staging\"\n";
        declare(&desk, &text.replace("TOOL", tool.name))?;
        let database = match on_postgres {
            true => Database::Postgres(Cluster::start().await?),
            false => Database::Sqlite(work.join("shop.db")),
        };
        let environment = tool.environment(&database.address(&tool)?, &work)?;
        tool.begin(&work, &environment).await?;
        database.sql("INSERT INTO users VALUES (1, 'a@example.test')")?;
        if on_postgres {
            database.sql(REFUSING)?;
        }
        let (versions, schema) = (database.sql(tool.versions)?, database.schema()?);
        tool.add(&work)?;
        let mut project =
            Self { tool, database, desk, environment, versions, schema, execution: String::new() };
        project.execution = project.desk.run("database_migration", tool.up, &project.env()).await?;
        project.is_applied()?;
        Ok(project)
    }

    fn env(&self) -> Vec<(&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn is_applied(&self) -> Result<()> {
        let (versions, schema) = (self.database.sql(self.tool.versions)?, self.database.schema()?);
        ensure!(versions != self.versions && schema.contains("users_email"), "{versions}: {schema}");
        Ok(())
    }

    /// Everything is as it was, the rows too; and the tool agrees, for it applies its migration again.
    async fn is_back(&self) -> Result<()> {
        assert_eq!(self.database.sql(self.tool.versions)?, self.versions, "{}", self.tool.name);
        assert_eq!(self.database.schema()?, self.schema, "{}", self.tool.name);
        assert_eq!(self.database.sql("SELECT email FROM users")?, "a@example.test");
        assert_eq!(self.database.sql("SELECT text FROM notes")?, "taken back");
        self.tool.migrate(&self.desk.gate.work(), &self.environment).await?.expect_code(0)?;
        self.is_applied()
    }

    /// A rehearsal says that there is no way back; why.
    async fn refusal(&self) -> Result<String> {
        let dry = self.desk.ask(&self.execution, true).await?;
        let rehearsed = self.desk.until(&dry, "rehearsed").await?;
        ensure!(rehearsed["plan"]["truth"] == "impossible", "{rehearsed}");
        self.is_applied()?;
        Ok(rehearsed["plan"]["why"].as_str().unwrap_or_default().to_owned())
    }

    /// Rolls it back for good: rehearsed, agreed to, done.
    async fn take_back(&self) -> Result<()> {
        let olga = Approver::enroll_on_call(&self.desk.server, "olga").await?;
        let dry = self.desk.ask(&self.execution, true).await?;
        let rehearsed = self.desk.until(&dry, "rehearsed").await?;
        assert_eq!(rehearsed["plan"]["truth"], "verified", "{rehearsed}");
        self.is_applied()?;
        // One that failed before is of high risk the next time.
        let asked = self.desk.ask(&self.execution, false).await?;
        let waiting = self.desk.until(&asked, "waiting").await?;
        let approval = waiting["approval_id"].as_str().context("no approval")?;
        olga.must_step_up(approval, "approve").await?;
        let done = self.desk.until(&asked, "succeeded").await?;
        assert!(done["proof"].to_string().contains("is the one from before the run"), "{done}");
        if matches!(self.database, Database::Postgres(_)) {
            self.database.sql("ALTER TABLE notes ENABLE TRIGGER refuse")?;
        }
        self.is_back().await
    }
}

/// On PostgreSQL: a way back that fails when it is committed leaves the version and says so; once it can, it succeeds.
async fn on_postgres(tool: Tool) -> Result<()> {
    let project = Project::migrated(tool, true).await?;
    let _runner = project.desk.start_runner(&project.env())?;
    let failed = project.desk.roll_back(&project.execution, "failed").await?;
    let why = failed["why"].as_str().context("no reason")?;
    assert!(why.contains("the auditors say no"), "{failed}");
    project.is_applied()?;
    assert_eq!(project.database.sql("SELECT count(*) FROM notes")?, "0");
    project.database.sql("ALTER TABLE notes DISABLE TRIGGER refuse")?;
    project.take_back().await
}

/// On SQLite: a way back that was changed since, or that there is no tool for, is refused.
async fn on_sqlite(tool: Tool) -> Result<()> {
    let project = Project::migrated(tool, false).await?;
    let way_back = project.tool.add(&project.desk.gate.work())?;
    let text = std::fs::read_to_string(&way_back)?;
    let _runner = project.desk.start_runner(&project.env())?;
    std::fs::write(&way_back, text.replace("taken back", "taken over"))?;
    let changed = project.refusal().await?;
    assert!(changed.contains("its down migration was changed after the run"), "{changed}");
    std::fs::remove_file(&way_back)?;
    let missing = project.refusal().await?;
    assert!(!missing.is_empty(), "{missing}");
    std::fs::write(&way_back, text)?;
    project.take_back().await
}

#[tokio::test(flavor = "multi_thread")]
async fn alembic_takes_its_migration_back() -> Result<()> {
    on_postgres(ALEMBIC).await?;
    on_sqlite(ALEMBIC).await
}

#[tokio::test(flavor = "multi_thread")]
async fn dbmate_takes_its_migration_back() -> Result<()> {
    on_postgres(DBMATE).await?;
    on_sqlite(DBMATE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlx_takes_its_migration_back() -> Result<()> {
    on_postgres(SQLX).await?;
    on_sqlite(SQLX).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_prisma_applied_is_taken_back_and_prisma_applies_it_again() -> Result<()> {
    on_sqlite(PRISMA).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_is_not_there_fails_before_anything_changes() -> Result<()> {
    let project = Project::migrated(DBMATE, false).await?;
    let mut env = project.env();
    env.retain(|(name, _)| *name != "PATH");
    let _runner = project.desk.start_runner(&env)?;
    let failed = project.desk.roll_back(&project.execution, "failed").await?;
    assert!(
        failed["why"].as_str().is_some_and(|why| why.contains("dbmate") && why.contains("not found")),
        "{failed}"
    );
    project.is_applied()
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_a_database_that_is_not_there_yet_does_not_make_it() -> Result<()> {
    let desk = Desk::new().await?;
    let file = desk.gate.work().join("shop.db");
    let text = "[[database]]\nfolder = \"$WORK\"\nname = \"shop\"\ntool = \"dbmate\"\nproject = \"$WORK\"\n\
                url_env = \"SHOP_URL\"\n";
    declare(&desk, text)?;
    let address = format!("sqlite:{}?mode=rwc", file.display());
    let script = "ls -A > seen";
    let execution = desk.run("database_migration", script, &[("SHOP_URL", &address)]).await?;
    let seen = std::fs::read_to_string(desk.gate.work().join("seen"))?;
    assert!(!seen.contains("shop.db") && !file.exists(), "{seen}");
    let offers = desk.bob.get(&format!("/rollback/available?execution_id={execution}")).await?.expect(200)?;
    assert_eq!(offers[0]["strategies"], json!(["config"]), "{offers}");
    Ok(())
}
