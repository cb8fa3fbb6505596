//! Every harness that is driven here, with the gate as `install` puts it there: what is allowed runs once and is
//! recorded, what is refused does not run, and the agent is told why. A version that changes its protocol fails here.

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::harness::{Harness, Session};
use navi_tests::nonsense::nobody;
use navi_tests::server::Server;
use serde_json::{Value, json};

const COMMAND: &str = "echo ran >> ran.txt";

fn runs(session: &Session) -> usize {
    std::fs::read_to_string(session.project().join("ran.txt")).unwrap_or_default().lines().count()
}

fn ended(ledger: &[Value]) -> Vec<&str> {
    ledger
        .iter()
        .filter_map(|entry| entry["kind"].as_str())
        .filter(|kind| kind.starts_with("execution_"))
        .collect()
}

async fn runs_unasked(harness: Harness) -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let session = Session::new(harness, COMMAND, 1, &gate).await?;
    let said = session.run().await?;
    anyhow::ensure!(runs(&session) == 1, "{said:?}\n{:?}", session.model.requests()?);
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    anyhow::ensure!(ended(&ledger) == ["execution_started", "execution_finished"], "{ledger:#?}");
    Ok(())
}

async fn runs_when_approved(harness: Harness) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let session = Session::new(harness, COMMAND, 1, &gate).await?;
    let (said, ()) = tokio::try_join!(session.run(), async {
        let pending = watcher.the_pending_one().await?;
        anyhow::ensure!(pending["material"].to_string().contains(COMMAND), "{pending}");
        anyhow::ensure!(runs(&session) == 0, "nothing runs before the vote");
        bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await
    })?;
    anyhow::ensure!(runs(&session) == 1, "{said:?}");
    Ok(())
}

/// Rejected once; tried again unchanged, which people are not asked about a second time.
async fn is_told_why_it_was_rejected(harness: Harness) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let session = Session::new(harness, COMMAND, 2, &gate).await?;
    let (said, ()) = tokio::try_join!(session.run(), async {
        let pending = watcher.the_pending_one().await?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "reject", "wrong branch, ask Carol").await
    })?;
    anyhow::ensure!(runs(&session) == 0, "{said:?}");
    anyhow::ensure!(session.told("wrong branch, ask Carol")?, "{:?}", session.model.requests()?);
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    let asked = ledger.iter().filter(|entry| entry["kind"] == "approval_requested").count();
    anyhow::ensure!(asked == 1, "people are asked once: {ledger:#?}");
    Ok(())
}

async fn is_blocked(harness: Harness) -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["command_run"] })).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let session = Session::new(harness, COMMAND, 1, &gate).await?;
    let said = session.run().await?;
    anyhow::ensure!(runs(&session) == 0, "{said:?}");
    anyhow::ensure!(session.told("the policy blocks this")?, "{:?}", session.model.requests()?);
    Ok(())
}

async fn is_stopped_without_a_server(harness: Harness) -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let session = Session::new(harness, COMMAND, 1, &gate).await?;
    let said = session.run().await?;
    anyhow::ensure!(runs(&session) == 0, "{said:?}");
    anyhow::ensure!(session.told("Nothing may run until it answers")?, "{:?}", session.model.requests()?);
    Ok(())
}

/// Nobody decides, and the hook's own time-out comes near: most of them would run the tool then. The gate is faster.
async fn is_refused_before_its_hook_times_out(harness: Harness) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let session = Session::installed(harness, COMMAND, 1, &gate, &["--timeout", "30"]).await?;
    let said = session.run().await?;
    anyhow::ensure!(runs(&session) == 0, "{said:?}");
    // On a machine that is slow enough the gate's second clock is the first to say so.
    let late = session.told("nobody decided in time")? || session.told("held up past its deadline")?;
    anyhow::ensure!(late, "{:?}", session.model.requests()?);
    // What is approved afterwards runs nowhere either: nobody waits for it. The server's clock began after the gate's.
    let asked = watcher.get("/approvals?status=all").await?.expect(200)?;
    let [asked] = asked["items"].as_array().context("no list")?.as_slice() else {
        anyhow::bail!("people are asked once: {asked}");
    };
    watcher.wait_for_status(asked["id"].as_str().context("no id")?, "expired").await?;
    Ok(())
}

/// The page of the documentation names the versions that are driven here.
#[tokio::test(flavor = "multi_thread")]
async fn the_versions_that_are_driven_are_those_of_the_documentation() -> Result<()> {
    let page = std::fs::read_to_string(navi_tests::binaries::workspace().join("docs/harnesses.md"))?;
    for harness in Harness::ALL {
        let said = harness.version().await?;
        let row = page.lines().find(|line| line.contains(&format!("| `{}` |", harness.name())));
        let tried = row.and_then(|row| row.split('|').nth(3)).context("no row")?;
        let version = tried.split(',').next().unwrap_or_default().trim();
        anyhow::ensure!(said.contains(version), "{harness:?} says {said:?}, docs/harnesses.md {version:?}");
    }
    Ok(())
}

/// Taken out, the configuration is what it was; put in twice, it is there once.
async fn is_installed_and_taken_out(harness: Harness) -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let session = Session::new(harness, COMMAND, 1, &gate).await?;
    let installed = files(&session)?;
    session.gate(&["install", harness.name()]).await?.expect_code(0)?;
    anyhow::ensure!(files(&session)? == installed, "a second installation changes nothing");
    session.gate(&["uninstall", harness.name()]).await?.expect_code(0)?;
    for (path, text) in files(&session)? {
        anyhow::ensure!(!text.contains("navi-gate"), "{path} still names the gate: {text}");
    }
    // A file that was there before comes back byte for byte, whatever its spaces and its order.
    let mut odd = "{ \"zz\" :1,\n\t\"hooks\": { } ,\"a\": [ 1,2 ]}\n\n".to_owned();
    if harness == Harness::Gemini {
        odd.insert_str(1, " // mine\n");
    }
    let configured: Vec<String> = installed
        .iter()
        .filter(|(path, text)| path.ends_with(".json") && text.contains("navi-gate"))
        .map(|(path, _)| path.clone())
        .collect();
    for path in configured.iter().filter(|_| harness.merges()) {
        std::fs::write(path, &odd)?;
        session.gate(&["install", harness.name()]).await?.expect_code(0)?;
        anyhow::ensure!(std::fs::read_to_string(path)? != odd, "{path}: nothing was installed");
        session.gate(&["uninstall", harness.name()]).await?.expect_code(0)?;
        anyhow::ensure!(std::fs::read_to_string(path)? == odd, "{path} is not what it was, byte for byte");
    }
    anyhow::ensure!(!harness.merges() || !configured.is_empty(), "no configuration was found: {installed:?}");
    Ok(())
}

/// Configuration files of the home folder, without the gate's own state.
fn files(session: &Session) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut folders = vec![session.home()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.ends_with(".local") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    Ok(found)
}

macro_rules! each_harness {
    ($($harness:ident: $module:ident),+) => {
        $(mod $module {
            use super::Harness;

            #[tokio::test(flavor = "multi_thread")]
            async fn runs_unasked() -> anyhow::Result<()> {
                super::runs_unasked(Harness::$harness).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn runs_when_approved() -> anyhow::Result<()> {
                super::runs_when_approved(Harness::$harness).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn is_told_why_it_was_rejected() -> anyhow::Result<()> {
                super::is_told_why_it_was_rejected(Harness::$harness).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn is_blocked() -> anyhow::Result<()> {
                super::is_blocked(Harness::$harness).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn is_stopped_without_a_server() -> anyhow::Result<()> {
                super::is_stopped_without_a_server(Harness::$harness).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn is_refused_before_its_hook_times_out() -> anyhow::Result<()> {
                super::is_refused_before_its_hook_times_out(Harness::$harness).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn is_installed_and_taken_out() -> anyhow::Result<()> {
                super::is_installed_and_taken_out(Harness::$harness).await
            }
        })+
    };
}

each_harness!(ClaudeCode: claude_code, Codex: codex, Gemini: gemini, Copilot: copilot, Opencode: opencode);
