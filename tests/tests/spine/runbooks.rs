//! The runbooks, command by command: what a page tells the person on call to type is typed here, against a real server
//! in the state that the page describes, and must print what the page says.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use navi_tests::device::Device;
use navi_tests::gate::Approver;
use navi_tests::process::{self, Said};
use navi_tests::server::{Server, write_file};
use navi_tests::{binaries, desktop};
use serde_json::json;
use tempfile::TempDir;

/// A desk with a page on it: the programs on the path, the variables that the page names.
struct Desk {
    server: Server,
    variables: BTreeMap<&'static str, String>,
    dir: TempDir,
}

/// A fenced block of a page.
struct Block {
    language: String,
    text: String,
}

impl Desk {
    async fn with(server: Server, user: &str, role: &str) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("navi-runbook-").tempdir()?;
        for folder in ["bin", "home", "evidence"] {
            desktop::private_folder(&dir.path().join(folder))?;
        }
        let bin = dir.path().join("bin");
        for program in ["navi-server", "navi-gate"] {
            symlink(binaries::product(program)?, bin.join(program))?;
        }
        // The service manager is the outside world: this one starts and stops the same server in the same place.
        let manager = r#"#!/bin/sh
set -eu
case "$1 $2" in
"stop navi-server")
  pid="$(cat "$PID_FILE")"
  kill "$pid"
  # Until the process is gone: one that is slow to answer still has its data. One that nobody has waited for is gone.
  while [ -e "/proc/$pid/stat" ] && ! grep --quiet ') Z ' "/proc/$pid/stat" 2>/dev/null; do sleep 0.05; done ;;
"start navi-server")
  setsid navi-server serve --data-dir "$DATA" --listen "${NAVI_URL#http://}" >/dev/null 2>&1 </dev/null &
  echo $! >"$PID_FILE"
  until curl --silent --fail --max-time 1 "$NAVI_URL/readyz" >/dev/null; do sleep 0.05; done ;;
*) exit 64 ;;
esac
"#;
        let systemctl = write_file(&bin, "systemctl", manager)?;
        std::fs::set_permissions(systemctl, std::fs::Permissions::from_mode(0o755))?;
        let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
        let pid_file = write_file(dir.path(), "server.pid", &server.pid()?.to_string())?;
        let path = format!("{}:{}", at("bin"), std::env::var("PATH").unwrap_or_default());
        let variables = BTreeMap::from([
            ("PATH", path),
            ("HOME", at("home")),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "Europe/Berlin".to_owned()),
            ("NAVI_URL", server.url.clone()),
            ("NAVI_TOKEN", server.token(user, role, None).await?),
            ("DATA", server.data_dir().to_string_lossy().into_owned()),
            ("EVIDENCE", at("evidence")),
            ("VKEY", server.ledger_vkey.clone()),
            ("PID_FILE", pid_file.to_string_lossy().into_owned()),
        ]);
        Ok(Self { server, variables, dir })
    }

    async fn shell(&self, text: &str) -> Result<Said> {
        let mut command = Command::new("bash");
        command.args(["-eu", "-o", "pipefail", "-c", text]).env_clear().envs(&self.variables);
        command.current_dir(self.dir.path());
        process::run(command).await
    }

    /// Types every command of a page, in order.
    async fn follow(&mut self, page: &str) -> Result<()> {
        let path = binaries::workspace().join("docs/runbooks").join(page);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let blocks = blocks(&text);
        anyhow::ensure!(blocks.iter().any(|b| b.language == "sh"), "{page} has no command");
        let mut printed = String::new();
        for block in &blocks {
            match block.language.as_str() {
                "sh" => {
                    if block.text.contains("$FREEZE") {
                        let said =
                            self.shell("navi-gate freeze list --json").await?.expect_code(0)?.json()?;
                        let id = said["freezes"][0]["id"].as_str().context("nothing is frozen")?.to_owned();
                        self.variables.insert("FREEZE", id);
                    }
                    if block.text.contains("$BYPASS") {
                        let said =
                            self.shell("navi-gate bypass list --json").await?.expect_code(0)?.json()?;
                        let bypass = &said["open"][0];
                        let id = bypass["id"].as_str().context("there is no bypass")?.to_owned();
                        let number = bypass["number"].as_u64().map(|number| format!("{number:02}"));
                        self.variables.insert("BYPASS", id);
                        self.variables.extend(number.map(|number| ("NUMBER", number)));
                    }
                    let said = self.shell(&block.text).await?;
                    anyhow::ensure!(said.code == 0, "{page}: {}\n{said:?}", block.text);
                    printed = said.stdout;
                    if std::env::var_os("NAVI_SHOW_RUNBOOKS").is_some() {
                        println!("$ {}\n{printed}", block.text);
                    }
                }
                "text" => anyhow::ensure!(
                    fits(&printed, &block.text),
                    "{page} says\n{}\nbut it printed\n{printed}",
                    block.text
                ),
                other => anyhow::bail!("{page} has a block of {other:?}"),
            }
        }
        Ok(())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Only a server that the page started; the harness ends its own.
        let pid = self.variables.get("PID_FILE").and_then(|file| std::fs::read_to_string(file).ok());
        let own = self.server.pid().map(|pid| pid.to_string()).unwrap_or_default();
        if let Some(pid) = pid.map(|pid| pid.trim().to_owned()).filter(|pid| *pid != own) {
            let _ = Command::new("kill").args(["-9", &pid]).status();
        }
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(language), None) => {
                open = Some(Block { language: language.to_owned(), text: String::new() })
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Whether the lines of `said` come in `printed` in this order; `…` stands for anything inside a line, and alone for any
/// lines.
fn fits(printed: &str, said: &str) -> bool {
    let mut lines = printed.lines();
    said.lines().filter(|line| *line != "…").all(|wanted| lines.any(|line| line_fits(line, wanted)))
}

fn line_fits(line: &str, wanted: &str) -> bool {
    let mut parts = wanted.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[test]
fn what_a_page_says_is_held_against_what_was_printed() {
    assert!(fits("a 1 b\nc\nd", "a … b\n…\nd"));
    assert!(!fits("a\nb", "b\na"));
    assert!(!fits("abc", "ab"));
    assert!(fits("abc", "…bc"));
    assert!(!line_fits("abcd", "…bc"));
    assert_eq!(blocks("x\n```sh\na\nb\n```\n```text\nc\n```\n").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_followed_by_a_test() -> Result<()> {
    let followed = [
        "README.md",
        "server-down.md",
        "suspected-tampering.md",
        "lost-device.md",
        "wrong-policy.md",
        "flood.md",
        "emergency-bypass.md",
    ];
    let mut pages: Vec<PathBuf> = Vec::new();
    for page in std::fs::read_dir(binaries::workspace().join("docs/runbooks"))? {
        pages.push(page?.path());
    }
    for page in pages {
        let name = page.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        anyhow::ensure!(followed.contains(&name.as_str()), "{name} is followed by no test");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_comes_back() -> Result<()> {
    let server = Server::start().await?;
    let mut desk = Desk::with(server, "eva", "oncall").await?;
    envelope_for_eva(&mut desk).await?;
    desk.server.kill().await?;
    desk.follow("server-down.md").await
}

/// Eva's gate is known, and otto handed her an envelope for it, while the server still answered.
async fn envelope_for_eva(desk: &mut Desk) -> Result<()> {
    let invite = desk.server.invite("eva", "oncall").await?;
    let passphrase = write_file(desk.dir.path(), "passphrase", "correct horse battery")?;
    desk.variables.insert("PASSPHRASE", passphrase.to_string_lossy().into_owned());
    desk.variables.insert("NAVI_KEYSTORE", format!("file:{}", desk.dir.path().join("keys.json").display()));
    let enroll = format!("navi-gate enroll {invite} --passphrase-file \"$PASSPHRASE\"");
    desk.shell(&enroll).await?.expect_code(0)?;
    let known = desk.shell("navi-gate break-glass enroll --json").await?.expect_code(0)?.json()?;
    let otto = desk.server.api("otto", "oncall", None).await?;
    let wish = json!({
        "gate_id": known["gate_id"], "holder": "eva", "scope": "repo", "name": "shop", "minutes": 15, "hours": 24,
    });
    otto.post("/envelopes", &wish).await?.expect(200)?;
    desk.shell("navi-gate break-glass sync").await?.expect_code(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_changed_below_is_found_and_put_right() -> Result<()> {
    let (server, agent) = super::server_that_asks().await?;
    let id = super::ask(&agent, "make release").await?;
    let mut desk = Desk::with(server, "eva", "oncall").await?;
    tamper(&mut desk, &id).await?;
    desk.follow("suspected-tampering.md").await?;
    let view = agent.approval(&id).await?;
    anyhow::ensure!(view["status"] == "pending", "{view}");
    Ok(())
}

/// Approves a request as the owner of the database file could.
async fn tamper(desk: &mut Desk, id: &str) -> Result<()> {
    desk.shell("systemctl stop navi-server").await?.expect_code(0)?;
    let database = desk.server.data_dir().join("navi.db");
    let sql = "DROP TRIGGER governance_approvals_update;
               UPDATE governance_approvals SET status = 'approved', body = json_set(body, '$.status', 'approved')
               WHERE id = ?1";
    let connection = rusqlite::Connection::open(database)?;
    for statement in sql.split(";\n") {
        let names = usize::from(statement.contains("?1"));
        let mut statement = connection.prepare(statement)?;
        statement.execute(rusqlite::params_from_iter([id].iter().take(names)))?;
    }
    drop(connection);
    desk.shell("systemctl start navi-server").await?.expect_code(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_device_votes_no_more() -> Result<()> {
    let (server, agent) = super::server_that_asks().await?;
    let ana = Device::enroll(&server, "ana", "approver").await?;
    ana.approve(&super::ask(&agent, "make test").await?).await?;
    let id = super::ask(&agent, "make release").await?;
    let nova = server.api("ana", "agent", Some("nova")).await?;
    let mut desk = Desk::with(server, "root", "admin").await?;
    desk.variables.insert("DEVICE", ana.id.clone());
    let admin = desk.server.api("root", "admin", None).await?;
    let tokens = admin.get("/tokens").await?.expect(200)?;
    let of_nova = tokens.as_array().into_iter().flatten().find(|token| token["agent"] == "nova");
    let token = of_nova.and_then(|token| token["id"].as_str()).context("no token of nova")?;
    desk.variables.insert("TOKEN_ID", token.to_owned());
    desk.follow("lost-device.md").await?;
    nova.get("/approvals").await?.expect_problem(401, "unauthenticated")?;
    let late = ana.cast(&id, "approve", "").await;
    anyhow::ensure!(late.is_err() || late.is_ok_and(|answer| answer.status != 200), "it still votes");
    anyhow::ensure!(agent.approval(&id).await?["status"] == "pending");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_policy_is_taken_back() -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    server.set_policy("alice", json!({ "level": "full" })).await?;
    let agent = server.api("alice", "agent", Some("nova")).await?;
    let mut desk = Desk::with(server, "root", "admin").await?;
    desk.follow("wrong-policy.md").await?;
    let answer = agent.evaluate("command_run", super::command("make release")).await?;
    anyhow::ensure!(answer["decision"] == "APPROVAL", "{answer}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_paused_and_goes_on() -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    let agent = server.api("alice", "agent", Some("nova")).await?;
    for nth in 0..5 {
        super::ask(&agent, &format!("make release-{nth}")).await?;
    }
    let mut desk = Desk::with(server, "root", "admin").await?;
    desk.follow("flood.md").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_is_bypassed_ended_reviewed_and_told() -> Result<()> {
    let (server, agent) = super::server_that_asks().await?;
    let (eva, bo) =
        (Approver::enroll_on_call(&server, "eva").await?, Approver::enroll_on_call(&server, "bo").await?);
    let olga = Approver::enroll(&server, "olga", "admin").await?;
    let waits = super::ask(&agent, "make release").await?;
    let mut desk = Desk::with(server, "root", "admin").await?;
    let auditor = desk.server.token("aud", "auditor", None).await?;
    for (name, value) in [
        ("NAVI_KEYSTORE", eva.keystore().to_owned()),
        ("PASSPHRASE", eva.passphrase_file().to_string_lossy().into_owned()),
        ("SECOND", bo.keystore().to_owned()),
        ("SECOND_PASSPHRASE", bo.passphrase_file().to_string_lossy().into_owned()),
        ("THIRD", olga.keystore().to_owned()),
        ("NAVI_TOKEN", auditor),
    ] {
        desk.variables.insert(name, value);
    }
    desk.variables.insert("AGENT_TOKEN", agent.token.clone().unwrap_or_default());
    desk.follow("emergency-bypass.md").await?;
    anyhow::ensure!(agent.approval(&waits).await?["status"] == "superseded", "it waited on");
    Ok(())
}
