//! Plans with real orchestrators: approved once, held to their bounds, and still there after everybody was killed.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use navi_tests::gate::{Approver, Gate};
use navi_tests::process::{self, Daemon};
use navi_tests::server::{Api, Server};
use navi_tests::{binaries, wait};
use serde_json::Value;

use crate::server_that_asks;

/// A server that asks for everything, the gate of an agent on it, its API, and a person who can approve.
struct Place {
    server: Server,
    agent: Api,
    gate: Gate,
    bob: Approver,
}

impl Place {
    async fn new() -> Result<Self> {
        let (server, agent) = server_that_asks().await?;
        let bob = Approver::enroll(&server, "bob", "approver").await?;
        let gate = Gate::of_agent(&server, "alice", "coder").await?;
        Ok(Self { server, agent, gate, bob })
    }

    fn plan(&self, text: &str) -> Result<PathBuf> {
        let path = self.gate.work().join("plan.yaml");
        std::fs::write(&path, text)?;
        Ok(path)
    }

    fn start(&self, name: &str, more: &[&str]) -> Result<Daemon> {
        self.gate.start(name, &[["orchestrate", "plan.yaml"].as_slice(), more].concat())
    }

    fn has(&self, name: &str) -> bool {
        self.gate.work().join(name).exists()
    }

    async fn pending(&self) -> Result<String> {
        Ok(self.agent.the_pending_one().await?["id"].as_str().context("no id")?.to_owned())
    }

    /// Waits for the request, and lets bob approve it.
    async fn approve(&self) -> Result<String> {
        let id = self.pending().await?;
        self.bob.must_vote(&id, "approve", "").await?;
        Ok(id)
    }

    async fn count(&self, kind: &str) -> Result<usize> {
        let olga = self.server.api("olga", "auditor", None).await?;
        Ok(olga.ledger().await?.iter().filter(|e| e["kind"] == kind).count())
    }

    async fn status(&self) -> Result<Value> {
        let said = self.gate.run(&["orchestrate", "status", "--json"]).await?.expect_code(0)?.json()?;
        Ok(said["plans"][0].clone())
    }
}

const FIVE: &str = "
name: five
steps:
  - {id: a, run: echo a >> log, verify: grep -q a log}
  - {id: b, run: echo b >> log, after: [a]}
  - {id: c, run: echo c >> log, after: [b]}
  - {id: d, run: echo d >> log, after: [c]}
  - {id: e, run: echo e >> log, after: [d], verify: test $(wc -l < log) = 5}
";

#[tokio::test(flavor = "multi_thread")]
async fn five_steps_run_on_one_vote() -> Result<()> {
    let place = Place::new().await?;
    place.plan(FIVE)?;
    let mut running = place.start("five", &[])?;
    let id = place.pending().await?;
    let view = place.agent.approval(&id).await?;
    assert!(
        view["title"].as_str().context("title")?.contains("Plan “five”: 5 steps, at most 7 runs"),
        "{view}"
    );
    assert_eq!(view["material"]["args"]["steps"][4]["command"], "echo e >> log", "people see what will run");
    assert!(!place.has("log"), "nothing runs before the vote");
    place.bob.must_vote(&id, "approve", "").await?;
    assert_eq!(running.ended().await?.code(), Some(0), "{}", running.log_text());
    assert_eq!(std::fs::read_to_string(place.gate.work().join("log"))?, "a\nb\nc\nd\ne\n");
    // The two verifications only read: they run alone under any policy, and count all the same.
    assert_eq!((place.count("vote_cast").await?, place.count("plan_used").await?), (1, 5));
    assert_eq!((place.count("plan_ended").await?, place.count("approval_requested").await?), (1, 1));
    let status = place.status().await?;
    assert_eq!((&status["status"], &status["server"]["status"]), (&"succeeded".into(), &"succeeded".into()));
    assert_eq!(status["server"]["runs"], 7, "{status}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_plan_runs() -> Result<()> {
    let place = Place::new().await?;
    let page = std::fs::read_to_string(binaries::workspace().join("docs/plans.md"))?;
    let text =
        page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).context("no example")?;
    place.plan(text)?;
    let checked = place.gate.run(&["orchestrate", "--check", "plan.yaml"]).await?.expect_code(0)?;
    assert!(checked.stderr.contains("verified by: test -s out/app"), "{checked:?}");
    let mut running = place.start("documented", &[])?;
    place.approve().await?;
    assert_eq!(running.ended().await?.code(), Some(0), "{}", running.log_text());
    assert_eq!(std::fs::read_to_string(place.gate.work().join("out/release"))?, "binary\nrelease 1.4\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_told_with_its_place_and_a_rejected_plan_runs_nothing() -> Result<()> {
    let place = Place::new().await?;
    place.plan("name: x\nsteps:\n  - id: a\n    run: touch a\n    after: [b]\n")?;
    let said = place.gate.run(&["orchestrate", "plan.yaml"]).await?.expect_code(2)?;
    assert!(said.stderr.contains("plan.yaml:5:13: step \"a\": it waits for \"b\""), "{said:?}");
    place.plan("name: x\nsteps:\n  - {id: a, run: touch a}\n")?;
    let mut running = place.start("rejected", &[])?;
    place.bob.must_vote(&place.pending().await?, "reject", "not on a Friday").await?;
    assert_eq!(running.ended().await?.code(), Some(11), "{}", running.log_text());
    assert!(running.log_text().contains("not on a Friday"), "{}", running.log_text());
    assert!(!place.has("a"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_wait_for_nothing_run_at_the_same_time() -> Result<()> {
    let place = Place::new().await?;
    let waits = |own: &str, other: &str| format!("touch {own}; while test ! -e {other}; do sleep 0.05; done");
    let (one, two) = (waits("one", "two"), waits("two", "one"));
    place.plan(&format!(
        "name: pair\nsteps:\n  - {{id: a, run: '{one}'}}\n  - {{id: b, run: '{two}'}}\n  - {{id: c, run: touch three, after: [a, b]}}\n"
    ))?;
    let mut running = place.start("pair", &[])?;
    place.approve().await?;
    assert_eq!(running.ended().await?.code(), Some(0), "{}", running.log_text());
    assert!(place.has("three"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_beyond_the_budget_asks_again() -> Result<()> {
    let place = Place::new().await?;
    place.plan("name: tight\nbudget: {runs: 1}\nsteps:\n  - {id: a, run: touch a}\n  - {id: b, run: touch b, after: [a]}\n")?;
    let mut running = place.start("tight", &[])?;
    let whole = place.approve().await?;
    let again = wait::until("the second step asks", async || {
        let id = place.pending().await.ok()?;
        (id != whole).then_some(id)
    })
    .await?;
    assert!(place.has("a") && !place.has("b"));
    let view = place.agent.approval(&again).await?;
    assert!(view["reasons"].to_string().contains("1 runs are used up"), "{view}");
    place.bob.must_vote(&again, "approve", "").await?;
    assert_eq!(running.ended().await?.code(), Some(0), "{}", running.log_text());
    assert!(place.has("b"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_step_asks_again_and_its_request_outlives_gate_and_server() -> Result<()> {
    let mut place = Place::new().await?;
    let plan = |b: &str| {
        let slow = "touch begun; while test ! -e go; do sleep 0.05; done; touch a";
        format!("name: long\nsteps:\n  - {{id: a, run: '{slow}'}}\n  - {{id: b, run: {b}, after: [a]}}\n")
    };
    place.plan(&plan("touch b"))?;
    let mut running = place.start("first", &[])?;
    let whole = place.approve().await?;
    wait::until("the first step runs", async || place.has("begun").then_some(())).await?;
    // The orchestrator dies; the step's own gate sees it to its end.
    running.kill().await?;
    place.plan(&plan("touch other"))?;
    let mut second = place.start("second", &["--resume"])?;
    std::fs::write(place.gate.work().join("go"), "")?;
    let waiting = place.pending().await?;
    assert_ne!(waiting, whole);
    assert!(place.has("a"), "what was begun is not begun again: it was waited for");
    let view = place.agent.approval(&waiting).await?;
    assert!(view["reasons"].to_string().contains("its command is not what the plan says"), "{view}");
    let status = place.status().await?;
    assert_eq!(status["server"]["steps"][1]["run"]["approval_id"], waiting.as_str(), "{status}");

    place.server.kill().await?;
    second.kill().await?;
    place.server.restart().await?;
    let mut third = place.start("third", &["--resume"])?;
    assert_eq!(place.pending().await?, waiting, "the same request still waits");
    place.bob.must_vote(&waiting, "approve", "").await?;
    assert_eq!(third.ended().await?.code(), Some(0), "{}", third.log_text());
    assert!(place.has("other") && !place.has("b"));
    assert_eq!(place.count("vote_cast").await?, 2, "the plan was asked for once, the change once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_stops_a_plan_and_what_is_left_asks_when_it_goes_on() -> Result<()> {
    let place = Place::new().await?;
    place.plan("name: stopped\nsteps:\n  - {id: a, run: touch a}\n  - {id: b, run: touch b; sleep 0.1; test -e go || sleep 600, after: [a]}\n")?;
    let mut running = place.start("stopped", &[])?;
    let whole = place.approve().await?;
    wait::until("the second step runs", async || place.has("b").then_some(())).await?;
    let at_terminal = async |args: &[&str]| -> Result<process::Said> {
        let mut command = place.bob.gate().command(args)?;
        command.env("NAVI_KEYSTORE", place.bob.keystore());
        process::run(command).await
    };
    at_terminal(&["freeze", "begin", "--agent", "coder", "--reason", "looks odd"]).await?.expect_code(0)?;
    assert_eq!(running.ended().await?.code(), Some(1), "{}", running.log_text());
    assert!(running.log_text().contains("a person stopped it"), "{}", running.log_text());
    let status = place.status().await?;
    ensure!(status["status"] == "stopped" && status["steps"]["a"]["status"] == "done", "{status}");
    place.gate.run(&["orchestrate", "plan.yaml", "--resume"]).await?.expect_code(10)?;
    let listed = at_terminal(&["freeze", "list"]).await?.expect_code(0)?;
    let id = listed.stdout.split_whitespace().next().context("no id")?.to_owned();
    at_terminal(&["freeze", "end", &id]).await?.expect_code(0)?;
    std::fs::write(place.gate.work().join("go"), "")?;
    std::fs::remove_file(place.gate.work().join("a"))?;
    let mut again = place.start("again", &["--resume"])?;
    let rest = place.pending().await?;
    assert_ne!(rest, whole);
    let view = place.agent.approval(&rest).await?;
    assert_eq!(
        view["material"]["args"]["steps"].as_array().map(Vec::len),
        Some(1),
        "only what is left: {view}"
    );
    place.bob.must_vote(&rest, "approve", "").await?;
    assert_eq!(again.ended().await?.code(), Some(0), "{}", again.log_text());
    assert!(!place.has("a"), "what was done is not done again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_may_call_a_tool() -> Result<()> {
    let place = Place::new().await?;
    // As much of a server as one call needs.
    let server = r#"#!/bin/sh
while read -r line; do
  case "$line" in
    *'"initialize"'*) echo '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"t","version":"1"}}}' ;;
    *'"tools/call"'*) printf '%s' "$line" > called; env > seen; echo '{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"shipped"}]}}' ;;
  esac
done
"#;
    std::fs::write(place.gate.work().join("server.sh"), server)?;
    place.plan("name: tool\nsteps:\n  - id: ship\n    call:\n      server: [sh, server.sh]\n      tool: ship\n      arguments: {to: [a, b], it's: 'quoted'}\n")?;
    let mut running = place.start("tool", &[])?;
    place.approve().await?;
    assert_eq!(running.ended().await?.code(), Some(0), "{}", running.log_text());
    let called: Value = serde_json::from_str(&std::fs::read_to_string(place.gate.work().join("called"))?)?;
    assert_eq!(
        called["params"],
        serde_json::json!({"name": "ship", "arguments": {"to": ["a", "b"], "it's": "quoted"}})
    );
    assert!(!std::fs::read_to_string(place.gate.work().join("seen"))?.contains("NAVI_TOKEN"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_is_tried_again_as_often_as_it_says() -> Result<()> {
    let place = Place::new().await?;
    place.plan("name: retry\nsteps:\n  - {id: a, run: 'echo x >> log; test $(wc -l < log) = 3', retries: 2}\n  - {id: b, run: 'exit 4', after: [a], retries: 1}\n  - {id: c, run: touch c, after: [b]}\n")?;
    let mut running = place.start("retry", &[])?;
    place.approve().await?;
    assert_eq!(running.ended().await?.code(), Some(1), "{}", running.log_text());
    assert!(running.log_text().contains("step b failed; 1 of 3 steps done"), "{}", running.log_text());
    assert_eq!(std::fs::read_to_string(place.gate.work().join("log"))?, "x\nx\nx\n");
    assert!(!place.has("c"));
    assert_eq!(place.count("execution_finished").await?, 6, "five runs and the plan itself");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_verification_undoes_what_was_done_the_last_one_first() -> Result<()> {
    let place = Place::new().await?;
    for name in ["one", "two"] {
        std::fs::write(place.gate.work().join(name), "before\n")?;
    }
    place.plan(
        "name: back\nsteps:\n  - {id: a, run: echo after > one, files: [one], rollback: captured}\n  - {id: b, run: echo after > two, \
         files: [two], after: [a], rollback: captured}\n  - {id: c, run: touch three, verify: test -e four, after: [b]}\n",
    )?;
    let mut command = place.gate.command(&["runner"])?;
    command.env("NAVI_TOKEN", place.server.token("alice", "agent", Some("runner")).await?);
    let _runner = Daemon::spawn("runner", command, &place.gate.home())?;
    let mut running = place.start("back", &[])?;
    place.approve().await?;
    assert_eq!(running.ended().await?.code(), Some(1), "{}", running.log_text());
    let log = running.log_text();
    assert!(log.contains("step c failed; 2 steps were undone, 1 stay"), "{log}");
    let at = |text: &str| log.find(text).with_context(|| format!("{text}: {log}"));
    assert!(
        at("[b] undone")? < at("[a] its rollback")?,
        "the last one first, and one after the other: {log}"
    );
    for name in ["one", "two"] {
        assert_eq!(std::fs::read_to_string(place.gate.work().join(name))?, "before\n", "{name}");
    }
    assert!(place.has("three"), "what says no rollback stays");
    let status = place.status().await?;
    assert_eq!(
        (&status["status"], &status["steps"]["a"]["status"]),
        (&"failed".into(), &"undone".into()),
        "a plan of which something stays is not rolled back"
    );
    assert_eq!(place.count("rollback_finished").await?, 2, "each is recorded");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_try_is_undone_and_one_that_changed_nothing_holds_nothing_up() -> Result<()> {
    let place = Place::new().await?;
    for name in ["one", "two"] {
        std::fs::write(place.gate.work().join(name), "before\n")?;
    }
    place.plan(
        "name: tries\nsteps:\n  - {id: a, run: echo after > one, files: [one], rollback: captured}\n  - {id: b, run: 'echo again >> two; \
         test $(wc -l < two) = 3', files: [two], after: [a], rollback: captured, retries: 1}\n  - {id: c, run: 'exit 1', files: [three], after: [b], \
         rollback: captured}\n",
    )?;
    let mut command = place.gate.command(&["runner"])?;
    command.env("NAVI_TOKEN", place.server.token("alice", "agent", Some("runner")).await?);
    let _runner = Daemon::spawn("runner", command, &place.gate.home())?;
    let mut running = place.start("tries", &[])?;
    place.approve().await?;
    assert_eq!(running.ended().await?.code(), Some(1), "{}", running.log_text());
    let log = running.log_text();
    assert!(log.contains("[c] changed nothing that would have to be undone"), "{log}");
    assert!(log.contains("step c failed; 2 steps were undone"), "{log}");
    for name in ["one", "two"] {
        assert_eq!(std::fs::read_to_string(place.gate.work().join(name))?, "before\n", "{name}: {log}");
    }
    assert_eq!(place.status().await?["status"], "rolled_back");
    assert_eq!(place.count("rollback_finished").await?, 3, "both tries of b, and a: {log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_between_two_steps_is_waited_for() -> Result<()> {
    let mut place = Place::new().await?;
    place.plan(
        "name: away\nsteps:\n  - {id: a, run: 'touch a; while ! test -e go; do sleep 0.1; done', rollback: captured}\n  \
         - {id: b, run: touch b, after: [a]}\n",
    )?;
    let mut running = place.start("away", &[])?;
    place.approve().await?;
    wait::until("the first step runs", async || place.has("a").then_some(())).await?;
    place.server.kill().await?;
    std::fs::write(place.gate.work().join("go"), "")?;
    wait::until("the second step finds nobody", async || {
        running.log_text().contains("the server is away; it is asked again").then_some(())
    })
    .await?;
    assert!(!place.has("b"));
    place.server.restart().await?;
    assert_eq!(running.ended().await?.code(), Some(0), "{}", running.log_text());
    assert!(place.has("b"));
    assert_eq!(place.count("rollback_requested").await?, 0, "nothing failed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orchestrator_that_died_on_its_way_back_goes_on_back() -> Result<()> {
    let place = Place::new().await?;
    std::fs::write(place.gate.work().join("one"), "before\n")?;
    place.plan(
        "name: died\nsteps:\n  - {id: a, run: echo after > one, files: [one], rollback: captured}\n  - {id: b, run: touch b; exit 3, after: [a]}\n",
    )?;
    // No runner yet: the rollback of a is begun and waits for one.
    let mut first = place.start("first", &[])?;
    place.approve().await?;
    wait::until("it goes back", async || first.log_text().contains("[a] its rollback").then_some(())).await?;
    first.kill().await?;
    std::fs::remove_file(place.gate.work().join("b"))?;
    let mut command = place.gate.command(&["runner"])?;
    command.env("NAVI_TOKEN", place.server.token("alice", "agent", Some("runner")).await?);
    let _runner = Daemon::spawn("runner", command, &place.gate.home())?;
    let mut second = place.start("second", &["--resume"])?;
    assert_eq!(second.ended().await?.code(), Some(1), "{}", second.log_text());
    assert_eq!(std::fs::read_to_string(place.gate.work().join("one"))?, "before\n", "{}", second.log_text());
    assert!(!place.has("b"), "nothing went forward");
    assert_eq!(place.count("rollback_requested").await?, 1, "the one that was begun was followed");
    Ok(())
}

/// On the way back somebody presses Ctrl-C: it ends at once, says how far it is, and goes on from there.
#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_that_was_interrupted_goes_on_where_it_was() -> Result<()> {
    let place = Place::new().await?;
    for name in ["one", "two"] {
        std::fs::write(place.gate.work().join(name), "before\n")?;
    }
    place.plan(
        "name: waits\nsteps:\n  - {id: a, run: echo after > one, files: [one], rollback: captured}\n  - {id: b, run: echo after > two, \
         files: [two], after: [a], rollback: captured}\n  - {id: c, run: 'exit 1', after: [b]}\n",
    )?;
    // No runner yet: the rollback of b is begun and waits for one.
    let mut first = place.start("first", &[])?;
    place.approve().await?;
    wait::until("it goes back", async || first.log_text().contains("[b] its rollback").then_some(())).await?;
    let mut interrupt = std::process::Command::new("kill");
    interrupt.args(["-INT", &first.pid().to_string()]);
    process::run(interrupt).await?.expect_code(0)?;
    assert_eq!(first.ended().await?.code(), Some(130), "{}", first.log_text());
    let log = first.log_text();
    assert!(log.contains("interrupted on its way back; undone: nothing; not undone: b, a; begun"), "{log}");
    assert!(log.contains("--resume"), "{log}");
    let status = place.status().await?;
    assert_eq!((&status["status"], &status["undoing"]), (&"stopped".into(), &"c".into()), "{status}");

    let mut command = place.gate.command(&["runner"])?;
    command.env("NAVI_TOKEN", place.server.token("alice", "agent", Some("runner")).await?);
    let _runner = Daemon::spawn("runner", command, &place.gate.home())?;
    let mut second = place.start("second", &["--resume"])?;
    assert_eq!(second.ended().await?.code(), Some(1), "{}", second.log_text());
    for name in ["one", "two"] {
        assert_eq!(
            std::fs::read_to_string(place.gate.work().join(name))?,
            "before\n",
            "{}",
            second.log_text()
        );
    }
    let status = place.status().await?;
    let undone = |id: &str| status["steps"][id]["status"] == "undone";
    ensure!(status["status"] == "failed" && undone("a") && undone("b"), "what c did stays: {status}");
    assert_eq!(place.count("rollback_requested").await?, 2, "each once: {}", second.log_text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_on_the_way_back_is_waited_for() -> Result<()> {
    let mut place = Place::new().await?;
    std::fs::write(place.gate.work().join("one"), "before\n")?;
    place.plan(
        "name: away\nsteps:\n  - {id: a, run: echo after > one, files: [one], rollback: captured}\n  - {id: b, run: 'touch b; while ! test -e \
         go; do sleep 0.1; done; exit 1', after: [a]}\n",
    )?;
    let mut running = place.start("away", &[])?;
    place.approve().await?;
    wait::until("the second step runs", async || place.has("b").then_some(())).await?;
    place.server.kill().await?;
    std::fs::write(place.gate.work().join("go"), "")?;
    let waits = || running.log_text().contains("[a] the server is away; it is asked again");
    wait::until("the way back finds nobody", async || waits().then_some(())).await?;
    place.server.restart().await?;
    let mut command = place.gate.command(&["runner"])?;
    command.env("NAVI_TOKEN", place.server.token("alice", "agent", Some("runner")).await?);
    let _runner = Daemon::spawn("runner", command, &place.gate.home())?;
    assert_eq!(running.ended().await?.code(), Some(1), "{}", running.log_text());
    assert_eq!(std::fs::read_to_string(place.gate.work().join("one"))?, "before\n", "{}", running.log_text());
    assert_eq!(place.count("rollback_requested").await?, 1, "{}", running.log_text());
    Ok(())
}
