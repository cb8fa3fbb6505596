//! git's own hooks, as `install` puts them there: a push that is allowed arrives and is recorded, one that is not leaves the
//! repository as it was, and whoever pushes reads why. And `check`, for a step of a pipeline.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::nonsense::nobody;
use navi_tests::process::{self, Said};
use navi_tests::server::{Api, Server};
use serde_json::{Value, json};

/// A repository that is served, and a clone of it with one commit more.
struct Repositories {
    gate: Gate,
}

impl Repositories {
    async fn new(gate: Gate) -> Result<Self> {
        let this = Self { gate };
        this.git(&this.gate.work(), &["init", "-q", "--bare", "-b", "main", "shop.git"])
            .await?
            .expect_code(0)?;
        let seed = this.gate.work().join("seed");
        this.git(&this.gate.work(), &["init", "-q", "-b", "main", "seed"]).await?.expect_code(0)?;
        this.commit(&seed, "README", "a shop\n").await?;
        let served = this.served().display().to_string();
        this.git(&seed, &["push", "-q", &served, "main"]).await?.expect_code(0)?;
        this.git(&this.gate.work(), &["clone", "-q", &served, "clone"]).await?.expect_code(0)?;
        this.commit(&this.clone_of_it(), "price", "42\n").await?;
        Ok(this)
    }

    fn served(&self) -> PathBuf {
        self.gate.work().join("shop.git")
    }

    fn clone_of_it(&self) -> PathBuf {
        self.gate.work().join("clone")
    }

    async fn git(&self, folder: &Path, args: &[&str]) -> Result<Said> {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Alice", "-c", "user.email=alice@example.test"]).args(args);
        command.env_clear().envs(self.gate.environment()).current_dir(folder);
        process::run(command).await
    }

    async fn commit(&self, folder: &Path, file: &str, text: &str) -> Result<()> {
        std::fs::write(folder.join(file), text)?;
        self.git(folder, &["add", "."]).await?.expect_code(0)?;
        self.git(folder, &["commit", "-qm", file]).await?.expect_code(0)?;
        Ok(())
    }

    async fn push(&self, args: &[&str]) -> Result<Said> {
        let args: Vec<&str> = ["push"].into_iter().chain(args.iter().copied()).collect();
        self.git(&self.clone_of_it(), &args).await
    }

    async fn head(&self, folder: &Path) -> Result<String> {
        Ok(self.git(folder, &["rev-parse", "main"]).await?.expect_code(0)?.stdout.trim().to_owned())
    }

    /// Whether what the clone has arrived.
    async fn arrived(&self) -> Result<bool> {
        Ok(self.head(&self.served()).await? == self.head(&self.clone_of_it()).await?)
    }

    async fn install(&self, what: &str) -> Result<Said> {
        let folder = if what == "git-pre-receive" { self.served() } else { self.clone_of_it() };
        let mut command = self.gate.command(&["install", what])?;
        command.current_dir(folder);
        process::run(command).await
    }
}

/// A server whose policy asks a person about every push of alice's agents, and the API of one of them.
async fn server_that_asks() -> Result<(Server, Api)> {
    let server = Server::start().await?;
    server
        .set_policy("alice", json!({ "level": "standard", "require_approval_for": ["git_push", "deploy"] }))
        .await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    Ok((server, agent))
}

async fn kinds(server: &Server, of: &str) -> Result<Vec<Value>> {
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    Ok(ledger.into_iter().filter(|entry| entry["kind"] == of).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_waits_at_both_ends_and_arrives_when_approved() -> Result<()> {
    for hook in ["git-pre-push", "git-pre-receive"] {
        let (server, watcher) = server_that_asks().await?;
        let bob = Approver::enroll(&server, "bob", "approver").await?;
        let repositories = Repositories::new(Gate::of_agent(&server, "alice", "coder").await?).await?;
        repositories.install(hook).await?.expect_code(0)?;
        let (pushed, ()) = tokio::try_join!(repositories.push(&["origin", "main"]), async {
            let pending = watcher.the_pending_one().await?;
            let material = pending["material"].to_string();
            anyhow::ensure!(material.contains("git push") && material.contains("+42"), "{pending:#}");
            anyhow::ensure!(!repositories.arrived().await?, "nothing arrives before the vote");
            bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await
        })?;
        pushed.expect_code(0)?;
        anyhow::ensure!(repositories.arrived().await?, "{hook}");
        let ends = kinds(&server, "execution_finished").await?;
        let wanted = if hook == "git-pre-receive" { "succeeded" } else { "unknown" };
        anyhow::ensure!(ends.len() == 1 && ends[0].to_string().contains(wanted), "{hook}: {ends:#?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_push_leaves_everything_as_it_was_and_says_why() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let repositories = Repositories::new(Gate::of_agent(&server, "alice", "coder").await?).await?;
    repositories.install("git-pre-receive").await?.expect_code(0)?;
    let before = repositories.head(&repositories.served()).await?;
    let (pushed, ()) = tokio::try_join!(repositories.push(&["origin", "main"]), async {
        let pending = watcher.the_pending_one().await?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "reject", "not before the release").await
    })?;
    anyhow::ensure!(pushed.code != 0 && pushed.stderr.contains("not before the release"), "{pushed:?}");
    assert_eq!(repositories.head(&repositories.served()).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_push_and_one_without_a_server_do_not_arrive() -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["git_push"] })).await?;
    let blocked = Gate::of_agent(&server, "alice", "coder").await?;
    let lost = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    for (gate, why) in [(blocked, "the policy blocks this"), (lost, "could not decide")] {
        for hook in ["git-pre-push", "git-pre-receive"] {
            let repositories = Repositories::new(Gate::new(&gate_url(&gate), gate_token(&gate))?).await?;
            repositories.install(hook).await?.expect_code(0)?;
            let pushed = repositories.push(&["origin", "main"]).await?;
            anyhow::ensure!(pushed.code != 0 && pushed.stderr.contains(why), "{hook}: {pushed:?}");
            anyhow::ensure!(!repositories.arrived().await?, "{hook}");
        }
    }
    Ok(())
}

fn variable(gate: &Gate, name: &str) -> Option<String> {
    gate.environment().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn gate_url(gate: &Gate) -> String {
    variable(gate, "NAVI_URL").unwrap_or_default()
}

fn gate_token(gate: &Gate) -> Option<String> {
    variable(gate, "NAVI_TOKEN")
}

/// What was approved was for the branch as it was then.
#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_moved_while_people_thought_takes_nothing() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let repositories = Repositories::new(Gate::of_agent(&server, "alice", "coder").await?).await?;
    repositories.install("git-pre-receive").await?.expect_code(0)?;
    let served = repositories.served();
    let (pushed, moved) = tokio::try_join!(repositories.push(&["origin", "main"]), async {
        let pending = watcher.the_pending_one().await?;
        let tree = repositories.git(&served, &["rev-parse", "main^{tree}"]).await?.stdout;
        let commit = ["commit-tree", tree.trim(), "-p", "main", "-m", "another's"];
        let moved = repositories.git(&served, &commit).await?.expect_code(0)?.stdout.trim().to_owned();
        repositories.git(&served, &["update-ref", "refs/heads/main", &moved]).await?.expect_code(0)?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await?;
        Ok(moved)
    })?;
    anyhow::ensure!(pushed.code != 0, "{pushed:?}");
    assert_eq!(repositories.head(&served).await?, moved);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_push_and_a_deletion_are_told_as_such() -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["git_push"] })).await?;
    let repositories = Repositories::new(Gate::of_agent(&server, "alice", "coder").await?).await?;
    repositories.install("git-pre-receive").await?.expect_code(0)?;
    let clone = repositories.clone_of_it();
    repositories.git(&clone, &["commit", "-q", "--amend", "-m", "again"]).await?.expect_code(0)?;
    repositories.git(&clone, &["reset", "-q", "--hard", "HEAD~1"]).await?.expect_code(0)?;
    repositories.git(&clone, &["commit", "-q", "--amend", "-m", "rewritten"]).await?.expect_code(0)?;
    anyhow::ensure!(repositories.push(&["--force", "origin", "main"]).await?.code != 0);
    repositories.git(&repositories.served(), &["branch", "old"]).await?.expect_code(0)?;
    anyhow::ensure!(repositories.push(&["origin", ":old"]).await?.code != 0);
    let told: Vec<String> = kinds(&server, "decision")
        .await?
        .iter()
        .map(|entry| entry["payload"].as_str().unwrap_or_default().to_owned())
        .collect();
    anyhow::ensure!(told.len() == 2, "{} decisions", told.len());
    anyhow::ensure!(
        told[0].contains(":refs/heads/main") && told[0].contains("\"forced\":true"),
        "{}",
        told[0]
    );
    anyhow::ensure!(told[1].contains(" :refs/heads/old"), "{}", told[1]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_are_put_in_and_taken_out_and_anothers_hook_is_left_alone() -> Result<()> {
    let repositories = Repositories::new(Gate::new(&nobody().await?, Some("nvt_any".into()))?).await?;
    let hooks = repositories.served().join("hooks");
    let names = |folder: &Path| -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    };
    let before = names(&hooks)?;
    repositories.install("git-pre-receive").await?.expect_code(0)?;
    anyhow::ensure!(hooks.join("pre-receive").exists() && hooks.join("post-receive").exists());
    let mut uninstall = repositories.gate.command(&["uninstall", "git-pre-receive"])?;
    uninstall.current_dir(repositories.served());
    process::run(uninstall).await?.expect_code(0)?;
    assert_eq!(names(&hooks)?, before);

    std::fs::write(hooks.join("post-receive"), "#!/bin/sh\n# somebody's\n")?;
    let refused = repositories.install("git-pre-receive").await?;
    anyhow::ensure!(refused.code == 13 && refused.stderr.contains("not as the gate wrote it"), "{refused:?}");
    anyhow::ensure!(!hooks.join("pre-receive").exists(), "all of it or nothing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_a_pipeline_goes_on_only_when_approved() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let args = [
        "check",
        "--action",
        "deploy",
        "--environment",
        "production",
        "--revision",
        "abc",
        "--wait",
        "5m",
        "--json",
    ];
    let (said, ()) = tokio::try_join!(gate.run(&args), async {
        let pending = watcher.the_pending_one().await?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await
    })?;
    let said = said.expect_code(0)?.json()?;
    let execution = said["execution_id"].as_str().context("no execution")?;
    gate.run(&["finish", execution, "succeeded"]).await?.expect_code(0)?;
    let ends = kinds(&server, "execution_finished").await?;
    anyhow::ensure!(ends.len() == 1 && ends[0].to_string().contains("succeeded"), "{ends:#?}");

    let other =
        ["check", "--action", "deploy", "--environment", "production", "--revision", "def", "--wait", "5m"];
    let (said, ()) = tokio::try_join!(gate.run(&other), async {
        let pending = watcher.the_pending_one().await?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "reject", "freeze until Monday").await
    })?;
    let said = said.expect_code(11)?;
    anyhow::ensure!(said.stderr.contains("freeze until Monday"), "{said:?}");
    gate.run(&["check", "--revision", "ghi", "--wait", "1s"]).await?.expect_code(12)?;
    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["deploy"] })).await?;
    gate.run(&["check", "--revision", "jkl"]).await?.expect_code(10)?;
    let lost = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    lost.run(&["check", "--wait", "5s"]).await?.expect_code(13)?;
    Ok(())
}

/// As git-lfs writes it.
const OF_OTHERS: &str = "#!/bin/sh\ncommand -v git-lfs >/dev/null 2>&1 || { printf >&2 '%s' \"git-lfs was not found. Remove this hook by deleting the \
    'pre-push' file in the hooks directory\"; exit 2; }\ngit lfs pre-push \"$@\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_of_somebody_else_is_not_written_over() -> Result<()> {
    let repositories = Repositories::new(Gate::new(&nobody().await?, Some("nvt_any".into()))?).await?;
    let hook = repositories.clone_of_it().join(".git/hooks/pre-push");
    std::fs::write(&hook, OF_OTHERS)?;
    let said = repositories.install("git-pre-push").await?.expect_code(13)?;
    anyhow::ensure!(said.stderr.contains("pre-push is there and not as the gate wrote it"), "{said:?}");
    assert_eq!(std::fs::read_to_string(&hook)?, OF_OTHERS);
    Ok(())
}
