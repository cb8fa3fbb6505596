//! What an operator's mistake, or somebody below the product, does to the database: noticed, named, and mended.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use navi_tests::device::Device;
use navi_tests::gate::Gate;
use navi_tests::process::{self, Said};
use navi_tests::server::{Api, ORG, Server};
use navi_tests::{binaries, wait};
use serde_json::{Value, json};

use crate::{ask, command, server_that_asks};

/// `navi-server ARGS --data-dir DIR`.
async fn operator(server: &Server, args: &[&str]) -> Result<Said> {
    let mut command = Command::new(binaries::product("navi-server")?);
    command.args(args).args(["--data-dir", &server.data_dir().to_string_lossy()]);
    process::run(command).await
}

/// Verifies a bundle on a machine that has neither server nor credential.
async fn verify(file: &Path, vkey: &str) -> Result<Said> {
    let offline = Gate::new("http://127.0.0.1:1", None)?;
    offline.run(&["audit", "verify", &file.to_string_lossy(), "--vkey", vkey]).await
}

async fn checkpoint(api: &Api) -> Result<String> {
    let note = api.download(&format!("/ledger/{ORG}/checkpoint?fresh=true")).await?;
    Ok(String::from_utf8(note)?)
}

fn size(note: &str) -> Result<u64> {
    Ok(note.lines().nth(1).context("no size")?.parse()?)
}

/// Waits until the search index covers the ledger, so that a copy of the file is at rest.
async fn indexed(auditor: &Api) -> Result<()> {
    wait::until("a searchable ledger", async || {
        let found = auditor.get("/audit?q=make&limit=1").await.ok()?;
        found.body["items"].as_array().filter(|items| !items.is_empty()).map(drop)
    })
    .await
}

/// Changes the stopped server's database as somebody would who wants to leave no trace: without its triggers.
fn edit(server: &Server, sql: &str) -> Result<()> {
    let conn = rusqlite::Connection::open(server.data_dir().join("navi.db"))?;
    let triggers: Vec<(String, String)> = conn
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (name, _) in &triggers {
        conn.execute_batch(&format!("DROP TRIGGER {name}"))?;
    }
    conn.execute_batch("PRAGMA foreign_keys = OFF")?;
    conn.execute_batch(sql)?;
    anyhow::ensure!(conn.changes() > 0, "{sql} changed nothing");
    triggers.iter().try_for_each(|(_, sql)| conn.execute_batch(sql))?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_is_fenced_until_a_new_origin_begins() -> Result<()> {
    let (mut server, agent) = server_that_asks().await?;
    let auditor = server.api("olga", "auditor", None).await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let waiting = ask(&agent, "make one").await?;
    let approved = ask(&agent, "make two").await?;
    bob.approve(&approved).await?;
    let permit = agent.approval(&approved).await?["permit"]["id"].clone();
    checkpoint(&auditor).await?;
    server.terminate().await?;
    let (data, copy) = (server.data_dir(), server.data_dir().join("copy.db"));
    std::fs::copy(data.join("navi.db"), &copy)?;

    server.restart().await?;
    agent
        .post("/executions", &crate::redemption(&permit, "make two", "a-nonce-of-this-run"))
        .await?
        .expect(200)?;
    bob.cast(&waiting, "reject", "no").await?.expect(200)?;
    let last = checkpoint(&auditor).await?;
    server.terminate().await?;
    std::fs::copy(&copy, data.join("navi.db"))?;

    // The copy brings its own notes; the mark beside it does not go back.
    server.restart().await?;
    let asked = json!({"action_type": "command_run", "context": command("make three")});
    let problem = agent.post("/evaluate", &asked).await?.expect_problem(503, "unavailable")?;
    let words = problem["detail"].as_str().context("no words")?;
    assert!(words.contains("older copy was put back") && words.contains("new-origin"), "{words}");
    let again =
        agent.post("/executions", &crate::redemption(&permit, "make two", "another-nonce-of-it")).await?;
    assert_eq!(again.status, 503, "a permit that was used is not used again: {}", again.body);
    assert_eq!(agent.approval(&waiting).await?["status"], "pending", "reading works");
    assert!(server.log().contains("older copy of the database"), "{}", server.log());
    let told = operator(&server, &["ledger", "new-origin", "--reason", "disk died"]).await?.expect_code(2)?;
    assert!(told.stderr.contains("Stop the server first"), "{}", told.stderr);
    server.terminate().await?;

    let broken = operator(&server, &["fsck"]).await?.expect_code(1)?;
    assert!(broken.stdout.contains("older copy of the database was put back"), "{}", broken.stdout);
    let made = operator(&server, &["ledger", "new-origin", "--reason", "disk died"])
        .await?
        .expect_code(0)?
        .json()?;
    assert!(made["lost_entries"].as_u64().is_some_and(|lost| lost > 0), "{made}");
    assert_eq!(made["stopped"], json!({"permits": 1, "approvals": 1, "grants": 0}));

    server.restart().await?;
    let answer = agent.evaluate("command_run", command("make three")).await?;
    assert_eq!(answer["decision"], "APPROVAL", "work goes on: {answer}");
    let replayed =
        agent.post("/executions", &crate::redemption(&permit, "make two", "yet-another-nonce")).await?;
    replayed.expect_problem(409, "permit_revoked")?;
    assert_eq!(agent.approval(&waiting).await?["status"], "cancelled");
    let first = auditor.ledger().await?.into_iter().next().context("no first entry")?;
    assert_eq!(first["kind"], "origin_started");
    let payload: Value = serde_json::from_str(first["payload"].as_str().context("no payload")?)?;
    assert_eq!(payload["reason"], "disk died");
    assert_eq!(payload["signed"]["note"], last, "it cites the last note of the old ledger");
    assert_eq!(
        payload["lost_entries"].as_u64(),
        Some(size(&last)? - payload["kept"]["size"].as_u64().unwrap_or(0))
    );

    // A device's votes are for one origin; a new one begins with the session.
    let fresh = Device::enroll(&server, "bea", "approver").await?;
    fresh.approve(answer["approval_id"].as_str().context("no approval")?).await?;

    let old = made["bundle"].as_str().context("no bundle")?;
    verify(Path::new(old), &server.ledger_vkey).await?.expect_code(0)?;
    let gate = Gate::new(&server.url, Some(server.token("olga", "auditor", None).await?))?;
    let out = gate.work().join("new.bundle");
    gate.run(&["audit", "export", "--out", &out.to_string_lossy()]).await?.expect_code(0)?;
    verify(&out, made["ledger_vkey"].as_str().context("no key")?).await?.expect_code(0)?;
    server.terminate().await?;
    operator(&server, &["fsck"]).await?.expect_code(0)?;
    server.restart().await?;
    agent.evaluate("command_run", command("make four")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fsck_names_what_was_changed_below_the_product() -> Result<()> {
    let (mut server, agent) = server_that_asks().await?;
    let auditor = server.api("olga", "auditor", None).await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let pending = ask(&agent, "make one").await?;
    let approved = ask(&agent, "make two").await?;
    bob.approve(&approved).await?;
    indexed(&auditor).await?;
    checkpoint(&auditor).await?;
    let told = operator(&server, &["fsck"]).await?.expect_code(2)?;
    assert!(told.stderr.contains("in use"), "{}", told.stderr);
    server.terminate().await?;
    let whole = operator(&server, &["fsck", "--json"]).await?.expect_code(0)?;
    assert!(whole.stdout.contains(r#""verdict":"whole""#), "{}", whole.stdout);

    for (sql, row) in [
        (
            "UPDATE governance_approvals SET status = 'approved', body = json_set(body, '$.status', 'approved')
             WHERE status = 'pending'"
                .to_owned(),
            format!("governance_approvals/{pending}"),
        ),
        (
            format!(
                "INSERT INTO permits (id, version, body)
                 SELECT 'evil', 1, json_set(body, '$.id', 'evil', '$.approval_id', '{pending}') FROM permits"
            ),
            "permits/evil".to_owned(),
        ),
        (
            "UPDATE autonomy_policies SET body = replace(body, '\"minimal\"', '\"full\"')".to_owned(),
            "autonomy_policies/".to_owned(),
        ),
        ("UPDATE devices SET body = json_set(body, '$.shared', json('true'))".to_owned(), "devices/".to_owned()),
    ] {
        edit(&server, &sql)?;
        let found = operator(&server, &["fsck", "--json"]).await?.expect_code(1)?;
        assert!(found.stdout.contains(&row.replace('"', "\\\"")), "{sql}: {}", found.stdout);
        let repaired = operator(&server, &["fsck", "--repair"]).await?.expect_code(0)?;
        assert!(repaired.stdout.contains("(repaired)"), "{sql}: {}", repaired.stdout);
        operator(&server, &["fsck"]).await?.expect_code(0)?;
    }
    server.restart().await?;
    assert_eq!(agent.approval(&pending).await?["status"], "pending");
    let kinds = auditor.ledger().await?;
    assert_eq!(kinds.iter().filter(|e| e["kind"] == "state_repaired").count(), 4, "mending is recorded too");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_followed_from_the_old_one() -> Result<()> {
    let (mut server, agent) = server_that_asks().await?;
    let auditor = server.api("olga", "auditor", None).await?;
    ask(&agent, "make one").await?;
    let busy = operator(&server, &["ledger", "rotate-key"]).await?.expect_code(2)?;
    assert!(busy.stderr.contains("Stop the server first"), "{}", busy.stderr);
    server.terminate().await?;
    let made = operator(&server, &["ledger", "rotate-key"]).await?.expect_code(0)?.json()?;
    let (old, new) = (server.ledger_vkey.clone(), made["ledger_vkey"].as_str().context("no key")?.to_owned());
    assert_eq!((made["old_vkey"].as_str(), old == new), (Some(old.as_str()), false));

    // As if it had been cut off after the entry was written: the next start finishes it.
    let (data, old_key) = (server.data_dir(), server.data_dir().join("ledger.old.key"));
    std::fs::rename(data.join("ledger.key"), data.join("ledger.next.key"))?;
    let kept: Value = serde_json::from_slice(&std::fs::read(&old_key)?)?;
    std::fs::write(data.join("ledger.key"), kept["key"].as_str().context("no key")?)?;
    std::fs::remove_file(&old_key)?;
    server.restart().await?;
    assert!(old_key.exists() && !data.join("ledger.next.key").exists());
    ask(&agent, "make two").await?;
    let lines =
        |note: &str| note.lines().filter(|line| line.starts_with("\u{2014} navi-governance/")).count();
    assert_eq!(lines(&checkpoint(&auditor).await?), 2, "both keys sign");
    let gate = Gate::new(&server.url, Some(server.token("olga", "auditor", None).await?))?;
    let out = gate.work().join("ledger.bundle");
    let export = ["audit", "export", "--out", &out.to_string_lossy()];
    gate.run(&export).await?.expect_code(0)?;
    verify(&out, &new).await?.expect_code(0)?;
    verify(&out, &old).await?.expect_code(0)?;

    server.terminate().await?;
    operator(&server, &["ledger", "retire-key"]).await?.expect_code(0)?;
    operator(&server, &["fsck"]).await?.expect_code(0)?;
    server.restart().await?;
    ask(&agent, "make three").await?;
    assert_eq!(lines(&checkpoint(&auditor).await?), 1, "only the new key signs");
    gate.run(&export).await?.expect_code(0)?;
    verify(&out, &new).await?.expect_code(0)?;
    let followed = verify(&out, &old).await?.expect_code(0)?;
    assert!(followed.stdout.contains("handed over"), "{}", followed.stdout);
    let stranger = navi_tests::server::Server::start().await?;
    verify(&out, &stranger.ledger_vkey).await?.expect_code(1)?;
    Ok(())
}
