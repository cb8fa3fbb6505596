//! What an agent's own tools changed in files, let through by the hook, and taken back: with the real agent CLI, and with
//! the hook alone where it has to be asked in a certain order.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::harness::{Harness, Session};
use navi_tests::process::Daemon;
use navi_tests::server::{Api, Server};
use navi_tests::wait;
use serde_json::{Value, json};

const FIRST: &str = "fn main() {\n    // as a person wrote it\n}\n";

/// A server where edits need nobody and rollbacks a person.
async fn server() -> Result<Server> {
    let server = Server::start().await?;
    let policy = json!({ "level": "full", "require_approval_for": ["rollback"] });
    server.set_policy("alice", policy.clone()).await?;
    server.set_policy("bob", policy).await?;
    Ok(server)
}

async fn roll_back(eva: &Approver, bob: &Api, execution: &str) -> Result<Value> {
    let body = json!({"execution_id": execution, "reason": "not what was asked for", "dry_run": false});
    let asked = bob.post("/rollback", &body).await?.expect(200)?;
    let id = asked["id"].as_str().context("no id")?.to_owned();
    let until = async |statuses: &[&str]| {
        wait::until(&format!("the rollback is {statuses:?}"), async || {
            let now = bob.get(&format!("/rollback/{id}")).await.ok()?.body;
            statuses.contains(&now["status"].as_str()?).then_some(now)
        })
        .await
    };
    let waiting = until(&["waiting", "failed", "refused"]).await?;
    let approval = waiting["approval_id"].as_str().with_context(|| format!("{waiting}"))?;
    eva.must_vote(approval, "approve", "").await?;
    until(&["succeeded", "failed", "refused"]).await
}

async fn the_offers(bob: &Api) -> Result<Vec<Value>> {
    let offers = bob.get("/rollback/available").await?.expect(200)?;
    Ok(offers.as_array().context("no list")?.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agents_own_tools_edited_and_made_is_taken_back_byte_for_byte() -> Result<()> {
    let server = server().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let script = vec![
        json!({"tool": "Read", "input": {"file_path": "PROJECT/main.rs"}}),
        json!({"tool": "Edit", "input": {"file_path": "PROJECT/main.rs", "old_string": "a person", "new_string": "an agent"}}),
        json!({"tool": "Write", "input": {"file_path": "PROJECT/more.rs", "content": "// made\n"}}),
    ];
    let session = Session::scripted(Harness::ClaudeCode, script, &gate, &[]).await?;
    let (edited, made) = (session.project().join("main.rs"), session.project().join("more.rs"));
    std::fs::write(&edited, FIRST)?;
    let said = session.run().await?;
    anyhow::ensure!(std::fs::read_to_string(&edited)?.contains("an agent"), "{said:?}");
    anyhow::ensure!(made.exists(), "{said:?}");

    let bob = server.api("bob", "approver", None).await?;
    let eva = Approver::enroll(&server, "eva", "approver").await?;
    let offers = the_offers(&bob).await?;
    let offered: Vec<_> = offers.iter().filter(|offer| offer["offered"] == true).collect();
    anyhow::ensure!(offered.len() == 2, "the edit and the new file: {offers:#?}");
    for offer in &offered {
        anyhow::ensure!(offer["truth"] == "verified", "{offer}");
        anyhow::ensure!(offer["strategies"] == json!(["config"]), "{offer}");
    }
    let runner = server.token("ops", "agent", Some("runner")).await?;
    let _runner = Daemon::spawn("runner", session.gate_as(&runner, &["runner"])?, &session.home())?;
    for offer in offered {
        let execution = offer["execution_id"].as_str().context("no execution")?;
        let ended = roll_back(&eva, &bob, execution).await?;
        anyhow::ensure!(ended["status"] == "succeeded", "{ended:#}");
    }
    anyhow::ensure!(std::fs::read_to_string(&edited)? == FIRST, "byte for byte");
    anyhow::ensure!(!made.exists(), "what was made is gone");
    Ok(())
}

/// One message of the agent to its hook; what the hook answers.
fn hook(gate: &Gate, said: &Value) -> Result<String> {
    use std::io::Write as _;
    let mut command = gate.command(&["hook", "claude-code"])?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    child.stdin.take().context("no stdin")?.write_all(said.to_string().as_bytes())?;
    let out = child.wait_with_output()?;
    anyhow::ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    Ok(String::from_utf8(out.stdout)?)
}

fn call(event: &str, id: &str, file: &Path) -> Value {
    let input = json!({"file_path": file, "content": "whatever"});
    json!({"session_id": "s", "cwd": file.parent(), "hook_event_name": event, "tool_name": "Write",
        "tool_input": input, "tool_use_id": id})
}

/// What is beside it in the folder belongs to somebody else, also when it changes between the two messages.
#[tokio::test(flavor = "multi_thread")]
async fn two_calls_at_once_are_each_taken_back_alone() -> Result<()> {
    let server = server().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let (one, two) = (gate.work().join("one.txt"), gate.work().join("two.txt"));
    std::fs::write(&one, "one\n")?;
    std::fs::write(&two, "two\n")?;
    for (id, file) in [("t1", &one), ("t2", &two)] {
        let said = hook(&gate, &call("PreToolUse", id, file))?;
        anyhow::ensure!(said.contains("\"allow\""), "{said}");
    }
    std::fs::write(&one, "changed\n")?;
    std::fs::write(&two, "changed\n")?;
    std::fs::write(gate.work().join("other.txt"), "somebody's\n")?;
    for (id, file) in [("t2", &two), ("t1", &one)] {
        hook(&gate, &call("PostToolUse", id, file))?;
    }
    let bob = server.api("bob", "approver", None).await?;
    let eva = Approver::enroll(&server, "eva", "approver").await?;
    let offers = the_offers(&bob).await?;
    let of = |name: &str| {
        let mut fits = offers.iter().filter(|offer| offer["undoes"].to_string().contains(name));
        fits.next().and_then(|offer| offer["execution_id"].as_str()).with_context(|| format!("{offers:#?}"))
    };
    anyhow::ensure!(!offers.iter().any(|o| o.to_string().contains("other.txt")), "{offers:#?}");
    let runner = server.token("ops", "agent", Some("runner")).await?;
    let mut command = gate.command(&["runner"])?;
    command.env("NAVI_TOKEN", runner);
    let _runner = Daemon::spawn("runner", command, &gate.home())?;
    let ended = roll_back(&eva, &bob, of("one.txt")?).await?;
    anyhow::ensure!(ended["status"] == "succeeded", "{ended:#}");
    anyhow::ensure!(std::fs::read_to_string(&one)? == "one\n");
    anyhow::ensure!(std::fs::read_to_string(&two)? == "changed\n", "the other call's file stays");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_refused_leaves_nothing_behind() -> Result<()> {
    let server = server().await?;
    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["file_create"] })).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let file = gate.work().join("one.txt");
    std::fs::write(&file, "one\n")?;
    let said = hook(&gate, &call("PreToolUse", "t1", &file))?;
    anyhow::ensure!(said.contains("\"deny\""), "{said}");
    let captures = gate.home().join(".local/state/navi/undo/captures");
    let left = std::fs::read_dir(&captures).map(|found| found.count()).unwrap_or_default();
    anyhow::ensure!(left == 0, "{left} captures in {}", captures.display());
    Ok(())
}
