//! Governed runs with real gates: what they keep of their output, how they look at what they did, and what becomes of a run
//! whose gate is gone.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result};
use navi_tests::gate::Gate;
use navi_tests::process::{self, Said};
use navi_tests::server::Server;
use navi_tests::wait;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// The execution that a run with `--json` names, as the server keeps it.
async fn execution(server: &Server, said: &Said) -> Result<Value> {
    let line = said.stdout.lines().last().context("no line")?;
    let line: Value = serde_json::from_str(line).with_context(|| format!("{said:?}"))?;
    let id = line["execution_id"].as_str().with_context(|| format!("{line}"))?.to_owned();
    server.api("alice", "agent", Some("coder")).await?.get(&format!("/executions/{id}")).await?.expect(200)
}

/// Whether any file of the server's folder holds these bytes.
fn is_kept(server: &Server, bytes: &[u8]) -> Result<bool> {
    for entry in std::fs::read_dir(server.data_dir())? {
        let path = entry?.path();
        if path.is_file() && std::fs::read(&path)?.windows(bytes.len()).any(|w| w == bytes) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A program of the agent's, whose inside no command line shows.
fn script(gate: &Gate, name: &str, text: &str) -> Result<()> {
    let file = gate.work().join(name);
    std::fs::write(&file, format!("#!/bin/sh\n{text}\n"))?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn pid_in(file: &std::path::Path) -> Option<Pid> {
    Pid::from_raw(std::fs::read_to_string(file).ok()?.trim().parse().ok()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_sees_all_of_the_output_and_the_record_keeps_its_two_ends() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let script = "echo first; seq 1 20000; echo oops >&2; echo last";
    let said = gate
        .run(&["run", "--json", "--keep-output", "2000", "--", "sh", "-c", script])
        .await?
        .expect_code(0)?;
    assert_eq!(said.stdout.lines().count(), 20_003, "every line and the result");
    assert_eq!(said.stderr, "oops\n", "the two ways stay apart");
    let kept = &execution(&server, &said).await?["artifacts"]["output"];
    let (head, tail) = (kept["head"].as_str().context("head")?, kept["tail"].as_str().context("tail")?);
    assert!(head.starts_with("first\n1\n2\n") && head.len() <= 1000, "{kept}");
    assert!(tail.contains("\n20000\n") && tail.contains("last\n") && tail.len() <= 1000, "{kept}");
    let bytes = said.stdout.lines().take(20_002).map(|l| l.len() + 1).sum::<usize>() + said.stderr.len();
    assert_eq!(kept["bytes"], bytes, "{kept}");
    assert_eq!(kept["omitted"], bytes - head.len() - tail.len(), "{kept}");

    let none =
        gate.run(&["run", "--json", "--keep-output", "0", "--", "echo", "unseen"]).await?.expect_code(0)?;
    assert!(none.stdout.starts_with("unseen\n"));
    assert_eq!(execution(&server, &none).await?["artifacts"]["output"], Value::Null);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_output_reaches_the_user_and_no_file_of_the_server() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    // The command itself does not hold them: they are put together when it runs, or stand in the environment.
    script(
        &gate,
        "leaky",
        "printf '%s%s\\n' ghp_16C7e42F292c6912E77 10c838347Ae178B4a\necho $SHOP_PASSWORD $PLAIN\n\
         echo \"[$NAVI_TOKEN$NAVI_KEYSTORE]\"",
    )?;
    let (secret, password) = ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "spring-in-the-garden");
    let mut command = gate.command(&["run", "--json", "--", "./leaky"])?;
    command.env("SHOP_PASSWORD", password).env("PLAIN", "a-plain-word").env("NAVI_KEYSTORE", "file:/nowhere");
    let said = process::run(command).await?.expect_code(0)?;
    assert!(said.stdout.contains(secret) && said.stdout.contains(password), "the user sees them: {said:?}");
    assert!(said.stdout.contains("\n[]\n"), "the gate's own credentials reach no command: {said:?}");
    let kept = execution(&server, &said).await?["artifacts"]["output"].clone();
    assert!(
        kept["head"].as_str().context("head")?.contains("{secret: shop_password} a-plain-word"),
        "{kept}"
    );
    assert_eq!(kept["secrets"], 2, "{kept}");
    for bytes in [secret, password] {
        assert!(!is_kept(&server, bytes.as_bytes())?, "{bytes} lies in the server's folder");
    }
    assert!(is_kept(&server, b"{secret: ")?, "what was looked for can be found at all");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_terminal_the_command_has_a_terminal() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = navi_tests::binaries::product("navi-gate")?;
    let inner =
        "test -t 0 && test -t 1 && test -t 2 && stty size && printf '\\033[31mred\\033[0m\\n'; exit 5";
    std::fs::write(gate.work().join("inner.sh"), inner)?;
    let line = format!("stty rows 33 cols 111; '{}' run -- sh inner.sh", program.display());
    let mut command = std::process::Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env_clear().envs(gate.environment()).current_dir(gate.work());
    let said = process::run(command).await?;
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.stdout.contains("33 111"), "the size is the terminal's: {said:?}");
    assert!(
        said.stdout.contains("\u{1b}[31mred\u{1b}[0m\r\n"),
        "colours and line ends as in a terminal: {said:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_leaves_running_may_go_on_printing() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let script = "(while test ! -e go; do sleep 0.05; done; echo late) & echo early";
    let mut running = gate.start("gate", &["run", "--", "sh", "-c", script])?;
    assert_eq!(running.ended().await?.code(), Some(0), "the gate ends with the command");
    assert!(running.log_text().contains("early"));
    std::fs::write(gate.work().join("go"), "")?;
    wait::until("what was left printed", async || running.log_text().contains("late").then_some(())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_verified_by_an_action_of_its_own() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let run =
        async |verify: &str| gate.run(&["run", "--json", "--verify", verify, "--", "touch", "made"]).await;
    let good = run("test -f made").await?.expect_code(0)?;
    let kept = execution(&server, &good).await?;
    assert_eq!(
        (&kept["status"], &kept["artifacts"]["verification"]["exit_code"]),
        (&json!("succeeded"), &json!(0))
    );
    let bad = run("test -f other").await?.expect_code(1)?;
    assert!(bad.stderr.contains("verification failed"), "{bad:?}");
    let kept = execution(&server, &bad).await?;
    assert_eq!((&kept["status"], &kept["exit_code"]), (&json!("failed"), &json!(0)), "{kept}");
    let check = kept["artifacts"]["verification"]["execution_id"].as_str().context("no run of its own")?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    assert_eq!(agent.get(&format!("/executions/{check}")).await?.expect(200)?["status"], "failed");

    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["test_run"] })).await?;
    let unseen = run("test -f made").await?.expect_code(1)?;
    assert!(unseen.stderr.contains("could not be verified"), "{unseen:?}");
    assert_eq!(execution(&server, &unseen).await?["artifacts"]["verification"]["ran"], false);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_not_start_is_not_asked_for_and_what_takes_too_long_is_ended() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    std::fs::write(gate.work().join("plain"), "text")?;
    for (program, code) in [("no-such-program", 127), ("./missing", 127), ("./plain", 126)] {
        let said = gate.run(&["run", "--", program]).await?.expect_code(code)?;
        assert!(said.stderr.contains("nobody was asked"), "{said:?}");
    }
    let olga = server.api("olga", "auditor", None).await?;
    assert!(!olga.ledger().await?.iter().any(|e| e["kind"] == "decision"));
    let mut command = gate.command(&["run", "--json", "--timeout", "1", "--", "sleep", "600"])?;
    command.env("NAVI_STOP_GRACE", "1");
    let said = process::run(command).await?.expect_code(143)?;
    let kept = execution(&server, &said).await?;
    assert_eq!(
        (&kept["status"], &kept["artifacts"]["timed_out"]),
        (&json!("failed"), &json!(true)),
        "{kept}"
    );
    Ok(())
}

/// The command, what it started, what left its parents behind, and what does not listen.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_gate_takes_its_command_along_and_the_next_one_reports_the_run_as_unknown() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let script_text = "echo $$ > command; sleep 900 & echo $! > child; \
                       (setsid sh -c 'echo $$ > orphan; exec sleep 900' &); \
                       sh -c 'trap \"\" TERM; echo $$ > deaf; while :; do sleep 0.1; done' & wait";
    script(&gate, "stays", script_text)?;
    let mut command = gate.command(&["run", "--", "./stays"])?;
    command.env("NAVI_STOP_GRACE", "1");
    let mut running = process::Daemon::spawn("gate", command, &gate.home())?;
    let files = ["command", "child", "orphan", "deaf"].map(|name| gate.work().join(name));
    let pids = wait::until("all of it runs", async || {
        files.iter().map(|file| pid_in(file)).collect::<Option<Vec<Pid>>>()
    })
    .await?;
    running.kill().await?;
    for pid in pids {
        wait::until("it ends with the gate", async || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
            stat.map_or(true, |stat| stat.contains(") Z")).then_some(())
        })
        .await?;
    }
    let olga = server.api("olga", "auditor", None).await?;
    let ends = async || -> Result<Vec<Value>> {
        Ok(olga.ledger().await?.into_iter().filter(|e| e["kind"] == "execution_finished").collect())
    };
    assert!(ends().await?.is_empty(), "nobody has told of its end");
    let said = gate.run(&["run", "--", "true"]).await?.expect_code(0)?;
    assert!(said.stderr.contains("an earlier run ended without its gate"), "{said:?}");
    let ends = ends().await?;
    let told: Vec<String> = ends.iter().map(|e| e["payload"].to_string()).collect();
    assert_eq!(told.len(), 2, "{ends:#?}");
    for status in ["unknown", "succeeded"] {
        assert_eq!(told.iter().filter(|said| said.contains(status)).count(), 1, "{status}: {ends:#?}");
    }
    let quiet = gate.run(&["run", "--", "true"]).await?.expect_code(0)?;
    assert_eq!(quiet.stderr, "", "it is told once");
    let left = std::fs::read_dir(gate.home().join(".local/state/navi/runs"))?.count();
    assert_eq!(left, 0, "nothing is left to be told");
    Ok(())
}

/// Signals reach the command, which does with them what it would without a gate; the gate ends as it did.
#[tokio::test(flavor = "multi_thread")]
async fn signals_are_handed_on_and_the_gate_ends_as_the_command_did() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    script(
        &gate,
        "hears",
        "trap 'echo one >> heard' USR1; trap 'echo two >> heard' USR2; echo > ready; while :; do sleep 0.05; done",
    )?;
    for (signal, code) in [(Signal::INT, 130), (Signal::QUIT, 131), (Signal::HUP, 129), (Signal::TERM, 143)] {
        for file in ["heard", "ready"] {
            let _ = std::fs::remove_file(gate.work().join(file));
        }
        let mut running = gate.start("gate", &["run", "--", "./hears"])?;
        let pid = Pid::from_raw(i32::try_from(running.pid())?).context("no pid")?;
        wait::until("it listens", async || gate.work().join("ready").exists().then_some(())).await?;
        let heard = async |said: &str| {
            let file = gate.work().join("heard");
            wait::until("it heard", async || {
                std::fs::read_to_string(&file).is_ok_and(|all| all == said).then_some(())
            })
            .await
        };
        kill_process(pid, Signal::USR1)?;
        heard("one\n").await?;
        kill_process(pid, Signal::USR2)?;
        heard("one\ntwo\n").await?;
        kill_process(pid, signal)?;
        assert_eq!(running.ended().await?.code(), Some(code), "{signal:?}: {}", running.log_text());
    }
    let olga = server.api("olga", "auditor", None).await?;
    let ends = olga.ledger().await?.into_iter().filter(|e| e["kind"] == "execution_finished").count();
    assert_eq!(ends, 4, "each end is known");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_could_not_be_reported_is_reported_by_the_next_gate() -> Result<()> {
    let mut server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    script(&gate, "waits", "echo $$ > pid; while test ! -e go; do sleep 0.05; done; exit 3")?;
    let mut running = gate.start("gate", &["run", "--", "./waits"])?;
    let file = gate.work().join("pid");
    wait::until("the command runs", async || pid_in(&file)).await?;
    server.kill().await?;
    std::fs::write(gate.work().join("go"), "")?;
    assert_eq!(running.ended().await?.code(), Some(3), "the command's own code: {}", running.log_text());
    assert!(running.log_text().contains("could not be reported yet"), "{}", running.log_text());
    server.restart().await?;
    let said = gate.run(&["run", "--", "true"]).await?.expect_code(0)?;
    assert!(said.stderr.contains("is failed"), "{said:?}");
    let olga = server.api("olga", "auditor", None).await?;
    let ends = olga.ledger().await?.into_iter().filter(|e| e["kind"] == "execution_finished").count();
    assert_eq!(ends, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_any_sign_becomes_unknown_and_a_late_report_corrects_it() -> Result<()> {
    let server = Server::start_with(&json!({ "execution_lease_secs": 1 })).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let asked = json!({"action_type": "command_run", "context": {"command": "true"}, "start": {"run_nonce": "nonce-of-a-hook"}});
    let answer = agent.post("/evaluate", &asked).await?.expect(200)?;
    let id = answer["execution_id"].as_str().context("it runs alone")?;
    let olga = server.api("olga", "auditor", None).await?;
    wait::until("the server gives up waiting", async || {
        olga.ledger().await.ok()?.iter().any(|e| e["kind"] == "execution_lapsed").then_some(())
    })
    .await?;
    let read = async || agent.get(&format!("/executions/{id}")).await?.expect(200);
    assert_eq!(read().await?["status"], "unknown");
    let report = json!({"status": "succeeded", "exit_code": 0});
    agent
        .send(reqwest::Method::PATCH, &format!("/executions/{id}"), Some(&report), &[])
        .await?
        .expect(200)?;
    assert_eq!(read().await?["status"], "succeeded");
    assert!(olga.ledger().await?.iter().any(|e| e["kind"] == "execution_corrected"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_at_the_same_time_do_not_mix() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let runs = (0..8).map(async |n: usize| {
        let script = format!("for i in 1 2 3 4 5; do echo run-{n}-$i; sleep 0.05; done; exit {n}");
        let said = gate.run(&["run", "--json", "--", "sh", "-c", &script]).await?;
        anyhow::ensure!(said.code == i32::try_from(n)?, "{said:?}");
        let kept = execution(&server, &said).await?;
        let expected: String = (1..=5).map(|i| format!("run-{n}-{i}\n")).collect();
        anyhow::ensure!(kept["artifacts"]["output"]["head"] == expected, "{kept}");
        anyhow::ensure!(kept["exit_code"] == n, "{kept}");
        anyhow::Ok(())
    });
    for ended in futures_util::future::join_all(runs).await {
        ended?;
    }
    assert_eq!(std::fs::read_dir(gate.home().join(".local/state/navi/runs"))?.count(), 0);
    Ok(())
}
