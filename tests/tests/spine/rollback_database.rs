//! Databases are rolled back by the project's own tool or in one transaction, on real PostgreSQL and real SQLite.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use navi_tests::postgres::Cluster;
use navi_tests::wait;
use serde_json::json;

use super::rollback::Desk;

/// Declares a database for runs in the gate's folder.
pub fn declare(desk: &Desk, text: &str) -> Result<()> {
    let folder = desk.gate.home().join(".config/navi");
    std::fs::create_dir_all(&folder)?;
    let work = desk.gate.work();
    let (folder_text, work) = (folder.join("undo.toml"), work.display().to_string());
    std::fs::write(folder_text, text.replace("$WORK", &work))?;
    Ok(())
}

pub fn sqlite(file: &PathBuf, sql: &str) -> Result<String> {
    let said = Command::new("sqlite3").arg(file).arg(sql).output()?;
    anyhow::ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

const REFINERY: &str = "[[database]]\nfolder = \"$WORK\"\nname = \"shop\"\ntool = \"refinery\"\nproject = \"$WORK\"\n\
                        url_env = \"SHOP_URL\"\nenvironment = \"staging\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn stored_statements_take_a_migration_back_on_postgresql_and_drops_are_never_offered() -> Result<()> {
    let cluster = Cluster::start().await?;
    let url = cluster.database("shop")?;
    let desk = Desk::new().await?;
    declare(&desk, REFINERY)?;
    let env = [("SHOP_URL", url.as_str())];
    cluster.sql(
        "shop",
        "CREATE TABLE refinery_schema_history (version int PRIMARY KEY, name text);
         CREATE TABLE users (id int PRIMARY KEY, email text); INSERT INTO users VALUES (1, 'a@example.test');
         INSERT INTO refinery_schema_history VALUES (1, 'users')",
    )?;
    let migrations = desk.gate.work().join("migrations");
    std::fs::create_dir(&migrations)?;
    std::fs::write(
        migrations.join("V2__index.down.sql"),
        "DROP INDEX users_email;\nALTER TABLE users RENAME COLUMN mail TO email;\n",
    )?;
    let psql = format!("psql -X -q -v ON_ERROR_STOP=1 '{url}' -c");
    let up = format!(
        "{psql} 'ALTER TABLE users RENAME COLUMN email TO mail; CREATE INDEX users_email ON users (mail); \
         INSERT INTO refinery_schema_history VALUES (2, $$index$$)'"
    );
    let execution = desk.run("database_migration", &up, &env).await?;
    let offers = desk.bob.get(&format!("/rollback/available?execution_id={execution}")).await?.expect(200)?;
    assert_eq!(offers[0]["strategies"], json!(["database"]), "{offers}");
    let mut runner = desk.start_runner(&env)?;
    let dry = desk.ask(&execution, true).await?;
    let rehearsed = desk.until(&dry, "rehearsed").await?;
    assert_eq!(rehearsed["plan"]["truth"], "verified", "{rehearsed}");
    let done = desk.roll_back(&execution, "succeeded").await?;
    assert!(done["proof"].to_string().contains("is the one from before the run"), "{done}");
    assert_eq!(cluster.sql("shop", "SELECT email FROM users")?, "a@example.test");
    assert_eq!(cluster.sql("shop", "SELECT count(*) FROM refinery_schema_history")?, "1");

    // A down that drops a column would not bring the data back: it is told, and never offered.
    std::fs::write(migrations.join("V3__age.down.sql"), "ALTER TABLE users DROP COLUMN age;\n")?;
    let up = format!(
        "{psql} 'ALTER TABLE users ADD COLUMN age int; INSERT INTO refinery_schema_history VALUES (3, $$age$$)'"
    );
    let execution = desk.run("database_migration", &up, &env).await?;
    let offers = desk.bob.get(&format!("/rollback/available?execution_id={execution}")).await?.expect(200)?;
    assert_eq!(
        (&offers[0]["offered"], &offers[0]["not_offered"]),
        (&json!(false), &json!("impossible")),
        "{offers}"
    );
    assert!(offers[0]["why_not"].as_str().is_some_and(|w| w.contains("DROP COLUMN age")), "{offers}");
    let asked = json!({"execution_id": execution, "reason": "x"});
    desk.bob.post("/rollback", &asked).await?.expect_problem(409, "not_offered")?;
    runner.kill().await
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_is_rolled_back_in_one_transaction_and_refused_if_it_moved_on() -> Result<()> {
    let desk = Desk::new().await?;
    declare(&desk, REFINERY)?;
    let file = desk.gate.work().join("shop.db");
    let address = format!("sqlite:{}", file.display());
    let env = [("SHOP_URL", address.as_str())];
    sqlite(
        &file,
        "CREATE TABLE refinery_schema_history (version INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO refinery_schema_history VALUES (1, 'a')",
    )?;
    // The file itself is no part of the work tree's history.
    std::fs::write(desk.gate.work().join(".git/info/exclude"), "shop.db*\nmigrations/\n")?;
    let schema = sqlite(&file, ".schema")?;
    let migrations = desk.gate.work().join("migrations");
    std::fs::create_dir(&migrations)?;
    std::fs::write(migrations.join("V2__i.down.sql"), "DROP INDEX users_email;\n")?;
    let up = "sqlite3 shop.db 'CREATE INDEX users_email ON users (email); \
              INSERT INTO refinery_schema_history VALUES (2, \"i\")'";
    let execution = desk.run("database_migration", up, &env).await?;
    let _runner = desk.start_runner(&env)?;
    sqlite(&file, "INSERT INTO refinery_schema_history VALUES (9, 'later')")?;
    let dry = desk.ask(&execution, true).await?;
    let rehearsed = desk.until(&dry, "rehearsed").await?;
    assert_eq!(rehearsed["plan"]["truth"], "impossible", "{rehearsed}");
    assert!(rehearsed["plan"]["why"].as_str().is_some_and(|w| w.contains("version 9")), "{rehearsed}");
    sqlite(&file, "DELETE FROM refinery_schema_history WHERE version = 9")?;
    desk.roll_back(&execution, "succeeded").await?;
    assert_eq!(sqlite(&file, ".schema")?, schema);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_killed_in_the_middle_finishes_when_it_starts_again() -> Result<()> {
    let desk = Desk::new().await?;
    let declared = r#"
        [[database]]
        folder = "$WORK"
        name = "shop"
        tool = "sql"
        project = "$WORK"
        url_env = "SHOP_URL"
        version_query = "SELECT v FROM versions ORDER BY v"
        preview = "echo 'DROP INDEX users_email;'"
        down = "sh ./down.sh"
    "#;
    declare(&desk, declared)?;
    let down = "echo begun >> log; while [ -e slow ]; do sleep 0.05; done\n\
                sqlite3 shop.db 'BEGIN; DROP INDEX users_email; DELETE FROM versions WHERE v = 2; COMMIT'\n";
    std::fs::write(desk.gate.work().join("down.sh"), down)?;
    let work = desk.gate.work();
    std::fs::write(work.join(".git/info/exclude"), "*\n")?;
    let file = work.join("shop.db");
    let address = format!("sqlite:{}", file.display());
    let env = [("SHOP_URL", address.as_str())];
    sqlite(
        &file,
        "CREATE TABLE versions (v INTEGER); INSERT INTO versions VALUES (1); CREATE TABLE users (email TEXT)",
    )?;
    let up = "sqlite3 shop.db 'CREATE INDEX users_email ON users (email); INSERT INTO versions VALUES (2)'";
    let execution = desk.run("database_migration", up, &env).await?;
    std::fs::write(work.join("slow"), "")?;
    let mut runner = desk.start_runner(&env)?;
    let begun = async || std::fs::read_to_string(work.join("log")).ok().filter(|log| !log.is_empty());
    let asked = desk.ask(&execution, false).await?;
    let waiting = desk.until(&asked, "waiting").await?;
    desk.eva.must_vote(waiting["approval_id"].as_str().context("no approval")?, "approve", "").await?;
    wait::until("the down migration has begun", begun).await?;
    runner.kill().await?;
    desk.until(&asked, "started").await?;
    // The half-done command may still come to its end by itself: the runner looks at the database, not at its own memory.
    let _again = desk.start_runner(&env)?;
    std::fs::remove_file(work.join("slow"))?;
    let done = desk.until(&asked, "succeeded").await?;
    assert!(done["proof"].to_string().contains("is the one from before the run"), "{done}");
    assert_eq!(sqlite(&file, "SELECT v FROM versions")?, "1");
    assert_eq!(sqlite(&file, "SELECT count(*) FROM sqlite_master WHERE name = 'users_email'")?, "0");
    Ok(())
}
