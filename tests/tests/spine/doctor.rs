//! `navi-gate doctor` on machines that are set up well, and on machines where one thing is broken: each breach is found by
//! what it lets through, and a healthy machine is called healthy.

use anyhow::{Context as _, Result};
use navi_tests::gate::Gate;
use navi_tests::harness::{Harness, Session};
use navi_tests::nonsense::nobody;
use navi_tests::server::Server;
use serde_json::{Value, json};

const COMMAND: &str = "echo ran >> ran.txt";
const SETTINGS: &str = ".claude/settings.json";

/// A server, and a machine with a harness that has the gate.
async fn machine(harness: Harness) -> Result<(Server, Session)> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let session = Session::new(harness, COMMAND, 1, &gate).await?;
    Ok((server, session))
}

fn settings(session: &Session) -> Result<Value> {
    Ok(serde_json::from_slice(&std::fs::read(session.home().join(SETTINGS))?)?)
}

/// Changes the configuration behind the gate's back.
fn change(session: &Session, file: &str, text: &str) -> Result<()> {
    let path = session.home().join(file);
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}

async fn canaries(server: &Server) -> Result<Vec<Value>> {
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    anyhow::ensure!(ledger.iter().all(|e| e["kind"] != "execution_started"), "a canary ran: {ledger:#?}");
    Ok(ledger.into_iter().filter(|e| e["kind"] == "decision").collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_as_installed_is_healthy_and_the_record_knows_the_canary() -> Result<()> {
    let (server, session) = machine(Harness::ClaudeCode).await?;
    let (code, found) = session.doctor(&["claude-code", "--live"]).await?;
    anyhow::ensure!(code == 0, "{found:#?}");
    for check in ["configuration", "time-out", "program", "failure", "canary", "no server", "live"] {
        anyhow::ensure!(found.of(check).0 == "good", "{check}: {found:#?}");
    }
    let decisions = canaries(&server).await?;
    anyhow::ensure!(decisions.len() == 2, "the hook alone, and the client: {decisions:#?}");
    for decision in &decisions {
        let said = decision["payload"].to_string();
        anyhow::ensure!(said.contains("canary of navi-gate doctor"), "{said}");
        anyhow::ensure!(said.contains("oversight"), "{said}");
    }
    let alone = decisions.iter().any(|d| d["payload"].to_string().contains("navi-gate-doctor-"));
    anyhow::ensure!(alone, "its session names it: {decisions:#?}");
    anyhow::ensure!(!session.project().join(".navi").exists(), "nothing is left where it was started");
    // For people: a table, with the same verdict.
    let said = session.gate(&["doctor"]).await?.expect_code(0)?;
    anyhow::ensure!(said.stdout.contains("\nClaude Code\n"), "{said:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_was_taken_out_is_missed_also_without_being_asked_for() -> Result<()> {
    let (_server, session) = machine(Harness::ClaudeCode).await?;
    change(&session, SETTINGS, "{}")?;
    for args in [&["claude-code"][..], &[]] {
        let (code, found) = session.doctor(args).await?;
        anyhow::ensure!(code == 14, "{args:?}: {found:#?}");
        anyhow::ensure!(found.of("canary").1.contains("no hook stands before its tools"), "{found:#?}");
    }
    let (code, found) = session.doctor(&["--live"]).await?;
    anyhow::ensure!(code == 14 && found.of("live").0 == "open", "{found:#?}");
    anyhow::ensure!(found.of("live").1.contains("carried the canary out"), "{found:#?}");
    // What was uninstalled is no finding.
    session.gate(&["uninstall", "claude-code"]).await?.expect_code(0)?;
    let (code, found) = session.doctor(&[]).await?;
    anyhow::ensure!(code == 0 && found.of("configuration").0 == "note", "{found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_says_nothing_is_seen_to_let_the_canary_pass() -> Result<()> {
    let (_server, session) = machine(Harness::ClaudeCode).await?;
    let mut with = settings(&session)?;
    with["hooks"]["PreToolUse"][0]["hooks"][0]["command"] = json!("true");
    change(&session, SETTINGS, &with.to_string())?;
    let (code, found) = session.doctor(&[]).await?;
    anyhow::ensure!(code == 14, "{found:#?}");
    anyhow::ensure!(found.of("canary").1.contains("true said nothing"), "{found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_answers_after_the_clients_time_out_is_wrong() -> Result<()> {
    let (_server, session) = machine(Harness::ClaudeCode).await?;
    let mut with = settings(&session)?;
    with["hooks"]["PreToolUse"][0]["hooks"][0]["timeout"] = json!(5);
    change(&session, SETTINGS, &with.to_string())?;
    let (code, found) = session.doctor(&[]).await?;
    anyhow::ensure!(code == 13, "{found:#?}");
    anyhow::ensure!(found.of("time-out").0 == "wrong" && found.of("canary").0 == "good", "{found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_whose_failure_lets_the_tool_run_is_wrong() -> Result<()> {
    let (_server, session) = machine(Harness::ClaudeCode).await?;
    let mut with = settings(&session)?;
    with["hooks"]["PreToolUse"][0]["hooks"][0]
        .as_object_mut()
        .context("no hook")?
        .remove("onFailure")
        .context("it was there")?;
    change(&session, SETTINGS, &with.to_string())?;
    let (code, found) = session.doctor(&[]).await?;
    anyhow::ensure!(code == 13 && found.of("failure").0 == "wrong", "{found:#?}");
    // And a gate that is gone: the client would run the tool.
    let hook = &mut with["hooks"]["PreToolUse"][0]["hooks"][0];
    hook["command"] = json!("/nowhere/navi-gate hook claude-code --deadline 540");
    change(&session, SETTINGS, &with.to_string())?;
    let (code, found) = session.doctor(&[]).await?;
    anyhow::ensure!(code == 14 && found.of("program").0 == "wrong", "{found:#?}");
    anyhow::ensure!(found.of("canary").0 == "open", "{found:#?}");
    Ok(())
}

/// Neither a word nor a sign: the client ignores the whole file, and does what the model says.
#[tokio::test(flavor = "multi_thread")]
async fn settings_that_the_client_ignores_are_found_by_reading_and_by_driving_it() -> Result<()> {
    let (_server, session) = machine(Harness::ClaudeCode).await?;
    let good = settings(&session)?.to_string();
    let broken = format!("{},}}", good.trim_end().strip_suffix('}').context("no object")?);
    change(&session, SETTINGS, &broken)?;
    let (code, found) = session.doctor(&["--live"]).await?;
    anyhow::ensure!(code == 14, "{found:#?}");
    anyhow::ensure!(
        found.of("configuration").1.contains("is not JSON as Claude Code reads it"),
        "{found:#?}"
    );
    anyhow::ensure!(found.of("live").0 == "open", "{found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_that_a_project_switches_off_are_found() -> Result<()> {
    let (_server, session) = machine(Harness::ClaudeCode).await?;
    let folder = session.project().join(".claude");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("settings.local.json"), r#"{"disableAllHooks": true}"#)?;
    let (code, found) = session.doctor(&["--live"]).await?;
    anyhow::ensure!(code == 14 && found.of("configuration").0 == "open", "{found:#?}");
    anyhow::ensure!(found.of("live").0 == "open", "the client agrees: {found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_canary_is_not_proven_and_still_nothing_runs() -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let session = Session::new(Harness::ClaudeCode, COMMAND, 1, &gate).await?;
    let (code, found) = session.doctor(&["--live"]).await?;
    anyhow::ensure!(code == 13, "{found:#?}");
    anyhow::ensure!(found.of("answer").0 == "wrong", "{found:#?}");
    anyhow::ensure!(found.of("canary").0 == "note" && found.of("no server").0 == "good", "{found:#?}");
    anyhow::ensure!(found.of("live").0 == "note", "refused, but by nobody's policy: {found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_with_another_credential_is_told_from_one_that_works() -> Result<()> {
    let (_server, session) = machine(Harness::ClaudeCode).await?;
    let mut with = settings(&session)?;
    let hook = &mut with["hooks"]["PreToolUse"][0]["hooks"][0]["command"];
    *hook = json!(format!("NAVI_TOKEN=nvt_wrong {}", hook.as_str().context("no command")?));
    change(&session, SETTINGS, &with.to_string())?;
    let (code, found) = session.doctor(&[]).await?;
    anyhow::ensure!(code == 13 && found.of("canary").0 == "wrong", "{found:#?}");
    Ok(())
}

/// Also those that no test can drive: their hooks are asked as the client would ask them.
#[tokio::test(flavor = "multi_thread")]
async fn every_harness_is_healthy_as_install_leaves_it() -> Result<()> {
    let (server, session) = machine(Harness::ClaudeCode).await?;
    for name in ["codex", "gemini", "copilot", "cursor", "cline", "opencode"] {
        session.gate(&["install", name]).await?.expect_code(0)?;
        let (code, found) = session.doctor(&[name]).await?;
        anyhow::ensure!(code == 0, "{name}: {found:#?}");
        for check in ["program", "failure", "canary", "no server"] {
            anyhow::ensure!(found.of(check).0 == "good", "{name} {check}: {found:#?}");
        }
    }
    let decisions = canaries(&server).await?;
    anyhow::ensure!(decisions.len() == 8, "one for each hook, three of Cursor: {}", decisions.len());
    Ok(())
}

async fn is_driven(harness: Harness) -> Result<()> {
    let (server, session) = machine(harness).await?;
    let (code, found) = session.doctor(&[harness.name(), "--live"]).await?;
    anyhow::ensure!(code == 0 && found.of("live").0 == "good", "{harness:?}: {found:#?}");
    anyhow::ensure!(canaries(&server).await?.len() == 2, "the hook alone, and the client");
    session.gate(&["uninstall", harness.name()]).await?.expect_code(0)?;
    let (code, found) = session.doctor(&[harness.name(), "--live"]).await?;
    anyhow::ensure!(code == 14 && found.of("live").0 == "open", "{harness:?}: {found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_is_driven_to_the_canary() -> Result<()> {
    is_driven(Harness::Gemini).await
}

#[tokio::test(flavor = "multi_thread")]
async fn copilot_is_driven_to_the_canary() -> Result<()> {
    is_driven(Harness::Copilot).await
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_is_driven_to_the_canary() -> Result<()> {
    is_driven(Harness::Opencode).await
}

/// A hook that nobody trusted is there, and does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn codex_runs_the_canary_as_long_as_nobody_trusted_its_hook() -> Result<()> {
    let (_server, session) = machine(Harness::Codex).await?;
    let (code, found) = session.doctor(&["codex"]).await?;
    anyhow::ensure!(code == 0 && found.of("configuration").0 == "note", "{found:#?}");
    let (code, found) = session.doctor(&["codex", "--live"]).await?;
    anyhow::ensure!(code == 14 && found.of("live").0 == "open", "{found:#?}");
    Ok(())
}
