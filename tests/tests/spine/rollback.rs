//! Rolling back with the real server, gate and runner: files, commits, people, freezes, crashes.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::process::{self, Daemon};
use navi_tests::server::{Api, Server};
use navi_tests::wait;
use serde_json::{Value, json};

/// A server, a gate whose runs need nobody and whose rollbacks need a person, and a token for its runner.
pub struct Desk {
    pub server: Server,
    pub gate: Gate,
    pub runner_token: String,
    pub bob: Api,
    pub eva: Approver,
}

impl Desk {
    pub async fn new() -> Result<Self> {
        let server = Server::start().await?;
        let policy = json!({
            "level": "full", "auto_allowed_actions": ["command_run", "database_migration", "feature_flag_change"],
            "require_approval_for": ["rollback"],
        });
        server.set_policy("alice", policy.clone()).await?;
        server.set_policy("bob", policy).await?;
        let gate = Gate::of_agent(&server, "alice", "coder").await?;
        let runner_token = server.token("ops", "agent", Some("runner")).await?;
        let bob = server.api("bob", "approver", None).await?;
        let eva = Approver::enroll(&server, "eva", "approver").await?;
        // Not a production branch: what migrates there needs two people.
        git(&gate.work(), &["init", "-q", "-b", "work"])?;
        std::fs::write(gate.work().join("README"), "first\n")?;
        git(&gate.work(), &["add", "-A"])?;
        git(&gate.work(), &["commit", "-qm", "first"])?;
        Ok(Self { server, gate, runner_token, bob, eva })
    }

    /// Runs a shell command under the gate; its execution.
    pub async fn run(&self, action_type: &str, script: &str, env: &[(&str, &str)]) -> Result<String> {
        let mut command =
            self.gate.command(&["run", "--json", "--type", action_type, "--", "sh", "-c", script])?;
        command.envs(identity()).envs(env.iter().copied());
        let said = process::run(command).await?.expect_code(0)?;
        let last = said.stdout.lines().last().context("the gate said nothing")?;
        let told: Value = serde_json::from_str(last)?;
        Ok(told["execution_id"].as_str().context("no execution_id")?.to_owned())
    }

    /// A runner at the gate's place, not started yet.
    pub fn runner(&self, args: &[&str], env: &[(&str, &str)]) -> Result<Command> {
        let mut command = self.gate.command(&[&["runner"], args].concat())?;
        command.env("NAVI_TOKEN", &self.runner_token).envs(env.iter().copied());
        Ok(command)
    }

    pub fn start_runner(&self, env: &[(&str, &str)]) -> Result<Daemon> {
        Daemon::spawn("runner", self.runner(&[], env)?, &self.gate.home())
    }

    pub async fn ask(&self, execution: &str, dry_run: bool) -> Result<Value> {
        let body = json!({"execution_id": execution, "reason": "it was slow", "dry_run": dry_run});
        self.bob.post("/rollback", &body).await?.expect(200)
    }

    pub async fn until(&self, rollback: &Value, status: &str) -> Result<Value> {
        let id = rollback["id"].as_str().context("no id")?;
        let mut last = Value::Null;
        let what = format!("rollback {id} is {status}");
        let found = wait::until(&what, async || {
            last = self.bob.get(&format!("/rollback/{id}")).await.ok()?.body;
            (last["status"] == status).then(|| last.clone())
        })
        .await;
        found.with_context(|| format!("{last}"))
    }

    /// Asks, lets a person agree, and waits for this end.
    pub async fn roll_back(&self, execution: &str, end: &str) -> Result<Value> {
        let asked = self.ask(execution, false).await?;
        let waiting = self.until(&asked, "waiting").await?;
        self.eva.must_vote(waiting["approval_id"].as_str().context("no approval")?, "approve", "").await?;
        self.until(&asked, end).await
    }
}

fn identity() -> [(&'static str, &'static str); 4] {
    [
        ("GIT_AUTHOR_NAME", "coder"),
        ("GIT_AUTHOR_EMAIL", "coder@example.test"),
        ("GIT_COMMITTER_NAME", "coder"),
        ("GIT_COMMITTER_EMAIL", "coder@example.test"),
    ]
}

fn git(root: &Path, args: &[&str]) -> Result<String> {
    let said = Command::new("git").arg("-C").arg(root).args(args).envs(identity()).output()?;
    anyhow::ensure!(said.status.success(), "{args:?}: {}", String::from_utf8_lossy(&said.stderr));
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_committed_is_taken_back_after_a_vote_and_the_record_links_it() -> Result<()> {
    let desk = Desk::new().await?;
    let work = desk.gate.work();
    let tree = git(&work, &["rev-parse", "HEAD^{tree}"])?;
    let script = "echo agent > made && git add -A && git commit -qm 'by the agent'";
    let execution = desk.run("command_run", script, &[]).await?;
    let offers = desk.bob.get("/rollback/available").await?.expect(200)?;
    let offer = &offers[0];
    assert_eq!((&offer["offered"], &offer["truth"]), (&json!(true), &json!("verified")), "{offers}");
    assert_eq!(offer["strategies"], json!(["git"]));
    assert!(offer["undoes"][0].as_str().is_some_and(|u| u.contains("by the agent")), "{offer}");
    let window =
        offer["closes_at"].as_i64().zip(offer["ended_at"].as_i64()).map(|(end, at)| (end - at) / 60_000_000);
    assert_eq!(window, Some(10_080), "the shipped window of seven days");

    let _runner = desk.start_runner(&[])?;
    let dry = desk.ask(&execution, true).await?;
    let rehearsed = desk.until(&dry, "rehearsed").await?;
    assert_eq!(rehearsed["plan"]["truth"], "verified", "{rehearsed}");
    assert!(
        work.join("made").exists() && desk.bob.pending().await?.is_empty(),
        "a dry run asks and undoes nothing"
    );

    let asked = desk.ask(&execution, false).await?;
    let twice = json!({"execution_id": execution, "reason": "me too"});
    desk.bob.post("/rollback", &twice).await?.expect_problem(409, "not_offered")?;
    let waiting = desk.until(&asked, "waiting").await?;
    let approval_id = waiting["approval_id"].as_str().context("no approval")?;
    let approval = desk.bob.approval(approval_id).await?;
    assert_eq!(
        (&approval["way_back"]["by"], &approval["way_back"]["truth"]),
        (&json!("runner"), &json!("verified"))
    );
    assert_eq!(approval["material"]["args"]["rollback_id"], asked["id"], "{approval}");
    assert!(work.join("made").exists(), "nothing is undone before a person agrees");
    desk.eva.must_vote(approval_id, "approve", "").await?;
    let done = desk.until(&asked, "succeeded").await?;
    assert!(
        done["proof"][0].as_str().is_some_and(|p| p.contains(&tree) && p.contains("from before the run")),
        "{done}"
    );
    assert_eq!(git(&work, &["rev-parse", "HEAD^{tree}"])?, tree);
    assert!(!work.join("made").exists() && git(&work, &["status", "--porcelain"])?.is_empty());
    desk.bob.post("/rollback", &twice).await?.expect_problem(409, "not_offered")?;

    // One chain: decision, execution, wish, plan, approval, vote, the rollback's own execution, its end.
    let action = done["action_id"].as_str().context("no action_id")?;
    let chain = desk.bob.get(&format!("/audit/{action}")).await?.expect(200)?;
    let text = chain.to_string();
    for kind in [
        "decision",
        "execution_finished",
        "rollback_requested",
        "rollback_planned",
        "rollback_started",
        "rollback_finished",
        "vote_cast",
    ] {
        assert!(text.contains(&format!("\"{kind}\"")), "no {kind} in {text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_a_frozen_and_a_changed_one_undo_nothing() -> Result<()> {
    let desk = Desk::new().await?;
    let made = desk.gate.work().join("made");
    let execution = desk.run("command_run", "echo agent > made", &[]).await?;
    let _runner = desk.start_runner(&[])?;
    let asked = desk.ask(&execution, false).await?;
    let waiting = desk.until(&asked, "waiting").await?;
    desk.eva.must_vote(waiting["approval_id"].as_str().context("no approval")?, "reject", "keep it").await?;
    desk.until(&asked, "rejected").await?;
    assert!(made.exists());

    // Frozen between the vote and the beginning: it waits, and begins when the freeze is lifted.
    let freeze = json!({"scope": "everything", "reason": "look first"});
    let asked = desk.ask(&execution, false).await?;
    let waiting = desk.until(&asked, "waiting").await?;
    let frozen = desk.bob.put("/freeze", &freeze).await?.expect(200)?;
    desk.eva.must_vote(waiting["approval_id"].as_str().context("no approval")?, "approve", "").await?;
    let approved = desk.until(&asked, "approved").await?;
    let path = format!("/rollback/{}", approved["id"].as_str().context("no id")?);
    wait::until("the permit's time stands still", async || {
        let now = desk.bob.get(&path).await.ok()?.body;
        (now["why"] == "a freeze covers it").then_some(())
    })
    .await?;
    assert!(made.exists());
    // What changed since it was decided stops it.
    std::fs::write(&made, "mine now\n")?;
    let id = frozen["id"].as_str().or_else(|| frozen["freeze"]["id"].as_str()).context("no freeze id")?;
    desk.bob.send(reqwest::Method::DELETE, &format!("/freeze/{id}"), None, &[]).await?.expect(200)?;
    let refused = desk.until(&asked, "refused").await?;
    assert!(refused["why"].as_str().is_some_and(|w| w.contains("changed since it was decided")), "{refused}");
    assert_eq!(std::fs::read_to_string(&made)?, "mine now\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_place_itself_and_another_credential_may_undo() -> Result<()> {
    let desk = Desk::new().await?;
    let execution = desk.run("command_run", "echo agent > made", &[]).await?;
    let asked = desk.ask(&execution, false).await?;
    let id = asked["id"].as_str().context("no id")?;
    let key = std::fs::read_to_string(desk.gate.home().join(".local/state/navi/undo/place.key"))?;
    let plan = json!({"capture_sha256": "0", "truth": {"truth": "verified"}, "steps": [], "target_state": {"none": "x"}});
    let other = desk.server.api("mallory", "agent", Some("other")).await?;
    let wrong = json!({"place_key": "0".repeat(64), "plan": plan});
    other.post(&format!("/rollback/{id}/plan"), &wrong).await?.expect_problem(404, "not_found")?;
    // With the key, but not about what was captured.
    let right = json!({"place_key": key, "plan": plan});
    other.post(&format!("/rollback/{id}/plan"), &right).await?.expect_problem(409, "not_offered")?;
    // Whoever asked is not the runner.
    desk.bob.post(&format!("/rollback/{id}/plan"), &right).await?.expect_problem(403, "forbidden")?;
    let begin = json!({"place_key": key, "plan": plan, "run_nonce": "12345678"});
    other.post(&format!("/rollback/{id}/start"), &begin).await?.expect_problem(409, "not_offered")?;
    let work = other.post("/runner/work", &json!({"place_key": "0".repeat(64)})).await?.expect(200)?;
    assert_eq!(work["plan"], json!([]));
    // Another person's agent does not even learn that it ran.
    let body = json!({"execution_id": execution, "reason": "x"});
    other.post("/rollback", &body).await?.expect_problem(404, "not_found")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_lists_rehearses_and_rolls_back() -> Result<()> {
    let desk = Desk::new().await?;
    let execution = desk.run("command_run", "echo agent > made", &[]).await?;
    let _runner = desk.start_runner(&[])?;
    let mut terminal = desk.gate.command(&["rollback", "--list"])?;
    terminal.env("NAVI_TOKEN", desk.bob.token.clone().unwrap_or_default());
    let listed = process::run(terminal).await?.expect_code(0)?;
    assert!(listed.stdout.contains(&execution) && listed.stdout.contains("verified  config"), "{listed:?}");
    let rehearsed = desk.gate.run(&["rollback", &execution, "--dry-run"]).await?.expect_code(0)?;
    assert!(
        rehearsed.stdout.contains("undoes: removes") && rehearsed.stdout.contains("rehearsed"),
        "{rehearsed:?}"
    );
    // The agent's own wish needs a person too.
    let waiting =
        desk.gate.run(&["rollback", &execution, "--reason", "wrong", "--no-wait", "--json"]).await?;
    let asked: Value = serde_json::from_str(&waiting.expect_code(0)?.stdout)?;
    let waiting = desk.until(&asked, "waiting").await?;
    desk.eva.must_vote(waiting["approval_id"].as_str().context("no approval")?, "approve", "").await?;
    desk.until(&asked, "succeeded").await?;
    assert!(!desk.gate.work().join("made").exists());
    desk.gate.run(&["rollback", &execution, "--reason", "again"]).await?.expect_code(13)?;
    Ok(())
}

/// Of two that ask at the same moment one begins; who asks again with the same key, because the answer was lost, meets it.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_ask_at_once_one_begins_and_a_lost_answer_is_had_again() -> Result<()> {
    let desk = Desk::new().await?;
    let execution = desk.run("command_run", "echo agent > made", &[]).await?;
    let body = json!({"execution_id": execution, "reason": "it was slow"});
    let (one, two) = tokio::try_join!(desk.bob.post("/rollback", &body), desk.bob.post("/rollback", &body))?;
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{one:?} {two:?}");

    let other = desk.run("command_run", "echo agent > more", &[]).await?;
    let body = json!({"execution_id": other, "reason": "it was slow"});
    let key = [("idempotency-key", "the same")];
    let ask = || desk.bob.send(reqwest::Method::POST, "/rollback", Some(&body), &key);
    let (one, two) = tokio::try_join!(ask(), ask())?;
    let (one, two) = (one.expect(200)?, two.expect(200)?);
    assert_eq!(one["id"], two["id"]);
    assert_eq!(ask().await?.expect(200)?["id"], one["id"]);
    desk.bob.post("/rollback", &body).await?.expect_problem(409, "not_offered")?;
    Ok(())
}

/// A runner that died between the server's word and its own journal began nothing; the next one says so, also when it was
/// started while the server was away.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_permitted_and_never_begun_is_told_when_the_server_is_there_again() -> Result<()> {
    let mut desk = Desk::new().await?;
    let execution = desk.run("command_run", "echo agent > made", &[]).await?;
    let asked = desk.ask(&execution, false).await?;
    let mut runner = desk.start_runner(&[])?;
    let waiting = desk.until(&asked, "waiting").await?;
    runner.kill().await?;
    desk.eva.must_vote(waiting["approval_id"].as_str().context("no approval")?, "approve", "").await?;
    desk.until(&asked, "approved").await?;
    // The server's word, as the runner that died had it.
    let key = std::fs::read_to_string(desk.gate.home().join(".local/state/navi/undo/place.key"))?;
    let ledger = desk.server.api("olga", "auditor", None).await?.ledger().await?;
    let planned = ledger.iter().find(|entry| entry["kind"] == "rollback_planned").context("no plan")?;
    let planned: Value = serde_json::from_str(planned["payload"].as_str().context("no payload")?)?;
    let begin = json!({"place_key": key, "plan": planned["plan"], "run_nonce": "12345678"});
    let id = asked["id"].as_str().context("no id")?;
    let ops = desk.server.api_with(Some(desk.runner_token.clone()))?;
    ops.post(&format!("/rollback/{id}/start"), &begin).await?.expect(200)?;
    desk.server.kill().await?;
    let runner = desk.start_runner(&[])?;
    wait::until("it finds nobody", async || runner.log_text().contains("trying again").then_some(())).await?;
    desk.server.restart().await?;
    let ended = desk.until(&asked, "failed").await?;
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("died before it began")), "{ended}");
    assert!(desk.gate.work().join("made").exists());
    Ok(())
}
