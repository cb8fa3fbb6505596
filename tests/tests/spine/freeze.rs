//! The stop switch with real gates: running commands end, whatever they started ends with them, and it is confirmed.

use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::process;
use navi_tests::server::Server;
use navi_tests::wait;
use reqwest::Method;
use serde_json::{Value, json};

/// Runs the gate of an approver with its keystore as the credential.
async fn at_terminal(approver: &Approver, args: &[&str]) -> Result<process::Said> {
    let mut command = approver.gate().command(args)?;
    command.env("NAVI_KEYSTORE", approver.keystore());
    process::run(command).await
}

async fn stops(approver: &Approver) -> Result<Vec<Value>> {
    let listed = at_terminal(approver, &["freeze", "list", "--json"]).await?.expect_code(0)?;
    let listed: Value = serde_json::from_str(&listed.stdout)?;
    Ok(listed["freezes"][0]["stops"].as_array().cloned().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_does_not_listen_is_killed_with_all_it_started() -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    // The inner shell outlives its parent, and both ignore the polite signal.
    let script = "#!/bin/sh\ntrap '' TERM; (sh -c 'trap \"\" TERM; echo $$ > inner; while :; do sleep 0.1; done' &); \
                  echo $$ > outer; while :; do sleep 0.1; done";
    let file = gate.work().join("stubborn");
    std::fs::write(&file, script)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
    let mut command = gate.command(&["run", "--json", "--", "./stubborn"])?;
    command.env("NAVI_STOP_GRACE", "1");
    let mut running = process::Daemon::spawn("gate", command, &gate.home())?;
    let pid_of =
        |name: &str| std::fs::read_to_string(gate.work().join(name)).ok()?.trim().parse::<u32>().ok();
    let (inner, outer) =
        wait::until("both shells run", async || pid_of("inner").zip(pid_of("outer"))).await?;

    let stopped = ["freeze", "begin", "--agent", "coder", "--reason", "looks odd"];
    at_terminal(&bob, &stopped).await?.expect_code(0)?;
    let status = running.ended().await?;
    assert_eq!(status.code(), Some(137), "{}", running.log_text());
    assert!(running.log_text().contains("a person stopped this"), "{}", running.log_text());
    for pid in [inner, outer] {
        let alive = std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.contains(") Z"));
        assert!(!alive, "process {pid} still runs");
    }
    let stops = stops(&bob).await?;
    assert!(stops[0]["confirmed_at"].is_i64() && stops[0]["status"] == "failed", "{stops:?}");

    let refused = gate.run(&["run", "--", "true"]).await?.expect_code(10)?;
    assert!(refused.stderr.contains("bob stopped agent coder: looks odd"), "{refused:?}");
    let listed = at_terminal(&bob, &["freeze", "list"]).await?.expect_code(0)?;
    let id = listed.stdout.split_whitespace().next().context("no id")?.to_owned();
    assert!(listed.stdout.contains("confirmed after"), "{listed:?}");
    at_terminal(&bob, &["freeze", "end", &id]).await?.expect_code(0)?;
    gate.run(&["run", "--", "true"]).await?.expect_code(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_gates_are_stopped_and_each_confirms() -> Result<()> {
    let server = Server::start().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut running = Vec::new();
    for n in 0..50 {
        running.push(gate.start(&format!("gate-{n}"), &["run", "--", "sleep", "900"])?);
    }
    let olga = server.api("olga", "auditor", None).await?;
    wait::until("all of them run", async || {
        let ledger = olga.ledger().await.ok()?;
        let started = ledger.iter().filter(|e| e["kind"] == "execution_started").count();
        (started == 50).then_some(())
    })
    .await?;
    at_terminal(&bob, &["freeze", "begin", "--everything", "--reason", "drill"]).await?.expect_code(0)?;
    for gate in &mut running {
        let status = gate.ended().await?;
        assert_eq!(status.code(), Some(143), "{}", gate.log_text());
    }
    let stops = stops(&bob).await?;
    let took = |stop: &Value| Some(stop["confirmed_at"].as_i64()? - stop["requested_at"].as_i64()?);
    let mut took: Vec<i64> = stops.iter().filter_map(took).collect();
    assert_eq!(took.len(), 50, "each is confirmed: {stops:?}");
    took.sort_unstable();
    println!("stop requested → confirmed: median {} ms, p95 {} ms", took[25] / 1000, took[47] / 1000);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_overlapping_freezes_hold_until_the_last_is_lifted_and_time_comes_back_exactly() -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    let (bob, carol) = (
        Approver::enroll(&server, "bob", "approver").await?,
        Approver::enroll(&server, "carol", "approver").await?,
    );
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let olga = server.api("olga", "auditor", None).await?;
    let mut waiting = gate.start("waiting", &["run", "--", "touch", "ran"])?;
    let before = olga.the_pending_one().await?;
    let id = before["id"].as_str().context("no id")?.to_owned();

    let begin = async |who: &Approver, what: &[&str]| -> Result<String> {
        let args = [&["freeze", "begin", "--json", "--reason", "drill"], what].concat();
        let said = at_terminal(who, &args).await?.expect_code(0)?;
        let said: Value = serde_json::from_str(&said.stdout)?;
        Ok(said["freezes"][0]["id"].as_str().context("no freeze")?.to_owned())
    };
    let agent = begin(&bob, &["--agent", "coder"]).await?;
    let everything = begin(&carol, &["--everything"]).await?;
    wait::until("the request stands still", async || {
        olga.approval(&id).await.ok()?["paused_since"].as_i64().map(|_| ())
    })
    .await?;
    bob.must_vote(&id, "approve", "it may run once it may run").await?;

    at_terminal(&bob, &["freeze", "end", &agent]).await?.expect_code(0)?;
    let refused = gate.run(&["run", "--", "true"]).await?.expect_code(10)?;
    assert!(refused.stderr.contains("carol stopped everything: drill"), "{refused:?}");
    assert!(!gate.work().join("ran").exists(), "the approved command waits for the second freeze");

    at_terminal(&carol, &["freeze", "end", &everything]).await?.expect_code(0)?;
    let status = waiting.ended().await?;
    assert_eq!(status.code(), Some(0), "{}", waiting.log_text());
    assert!(gate.work().join("ran").exists());

    let ledger = olga.ledger().await?;
    let said = |kind: &str| -> Vec<Value> {
        let of_kind = ledger.iter().filter(|entry| entry["kind"] == kind);
        of_kind.filter_map(|entry| serde_json::from_str(entry["payload"].as_str()?).ok()).collect()
    };
    let ended = said("freeze_ended").last().and_then(|said| said["freeze"]["ended_at"].as_i64());
    let ended = ended.context("no freeze ended")?;
    // The permit of the approval: first it stands still, then it runs again.
    let permit: Vec<(Option<i64>, i64)> = ledger
        .iter()
        .filter(|entry| entry["kind"] == "freeze_applied" && entry["links"]["permit_id"].is_string())
        .filter_map(|entry| serde_json::from_str::<Value>(entry["payload"].as_str()?).ok())
        .filter_map(|said| Some((said["paused_since"].as_i64(), said["expires_at"].as_i64()?)))
        .collect();
    let [(Some(since), still), (None, lives)] = permit.as_slice() else {
        anyhow::bail!("not one pause and one end of it: {permit:?}");
    };
    assert_eq!(lives - still, ended - since, "as much time is left as when it stopped: {permit:?}");
    Ok(())
}

/// The freezes that the server says are in force, with their reasons.
async fn in_force(server: &Server) -> Result<Vec<String>> {
    let olga = server.api("olga", "auditor", None).await?;
    let listed = olga.get("/freeze").await?.expect(200)?;
    let listed = listed.as_array().context("no list")?;
    Ok(listed.iter().filter_map(|freeze| freeze["reason"].as_str().map(str::to_owned)).collect())
}

/// A stop ordered without the server is kept and said to be nothing but that; the next command that reaches the server,
/// even an agent's, sends what is left of it, in order, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_without_the_server_is_queued_and_sent_by_the_next_command() -> Result<()> {
    let mut server = Server::start().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let token = server.token("alice", "agent", Some("coder")).await?;
    server.kill().await?;

    let mut ids = Vec::new();
    for (what, reason) in
        [("--everything", "first"), ("--everything", "a mistake"), ("--everything", "second")]
    {
        let args = ["freeze", "begin", what, "--reason", reason, "--json"];
        let said = at_terminal(&bob, &args).await?.expect_code(15)?;
        assert!(said.stderr.contains("QUEUED, NOT IN EFFECT: nothing is stopped"), "{said:?}");
        let said = said.json()?;
        assert!(said["queued"][0]["in_effect"] == false && said["freezes"].is_null(), "{said}");
        ids.push(said["queued"][0]["id"].as_str().context("no id")?.to_owned());
    }
    // A power cut in the middle of writing leaves half a file beside the others.
    let folder = bob.gate().home().join(".local/state/navi/stops");
    std::fs::write(folder.join("0000000003.part"), "{\"id\":")?;
    let withdrawn = at_terminal(&bob, &["freeze", "withdraw", &ids[1]]).await?.expect_code(0)?;
    assert!(!withdrawn.stderr.contains("may be in force"), "nobody can have heard it: {withdrawn:?}");
    at_terminal(&bob, &["freeze", "withdraw", &ids[1]]).await?.expect_code(13)?;
    let listed = at_terminal(&bob, &["freeze", "list"]).await?.expect_code(13)?;
    assert!(listed.stderr.contains("what is in force is not known"), "{listed:?}");
    assert!(listed.stdout.lines().count() == 2 && listed.stdout.contains("NOT in effect"), "{listed:?}");
    let lifted = at_terminal(&bob, &["freeze", "end", "some"]).await?.expect_code(13)?;
    assert!(lifted.stderr.contains("lifting is not queued"), "{lifted:?}");

    server.restart().await?;
    assert!(in_force(&server).await?.is_empty(), "nothing was stopped meanwhile");
    // An agent of the same machine: the stop is sent before its own question is decided, and meets it.
    let mut agents = bob.gate().command(&["run", "--", "true"])?;
    agents.env("NAVI_TOKEN", &token);
    let refused = process::run(agents).await?.expect_code(10)?;
    assert!(refused.stderr.contains("the queued stop is in force: everything"), "{refused:?}");
    assert!(refused.stderr.contains("bob stopped everything"), "{refused:?}");
    assert_eq!(in_force(&server).await?, ["first", "second"]);
    let listed = at_terminal(&bob, &["freeze", "list", "--json"]).await?.expect_code(0)?.json()?;
    assert_eq!(listed["queued"], json!([]), "{listed}");
    assert_eq!(in_force(&server).await?, ["first", "second"], "sent once");
    Ok(())
}

/// Where the server had the stop and its answer was lost, the same stop is sent again: it is still one. Somebody else's
/// token sends nobody's stop, and a stop that the server refuses is not sent for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_queued_stop_is_one_stop_and_only_its_own_credential_sends_it() -> Result<()> {
    let mut server = Server::start().await?;
    let gate = Gate::new(&server.url, None)?;
    let (bob, coder) =
        (server.token("bob", "approver", None).await?, server.token("alice", "agent", Some("coder")).await?);
    let with = async |token: &str, args: &[&str]| {
        let mut command = gate.command(args)?;
        command.env("NAVI_TOKEN", token);
        process::run(command).await
    };
    server.kill().await?;
    let stop = ["freeze", "begin", "--agent", "coder", "--reason", "drill", "--json"];
    let id = with(&bob, &stop).await?.expect_code(15)?.json()?["queued"][0]["id"].clone();
    let id = id.as_str().context("no id")?.to_owned();
    let refused = with(&coder, &stop).await?.expect_code(15)?.json()?;
    assert!(!refused.to_string().contains(&coder));
    for file in std::fs::read_dir(gate.home().join(".local/state/navi/stops"))? {
        let text = std::fs::read_to_string(file?.path())?;
        assert!(!text.contains(&bob) && !text.contains(&coder), "no token is written down: {text}");
    }
    server.restart().await?;
    // The server had it all along; the gate never heard.
    let body = json!({"scope": "agent", "name": "coder", "reason": "drill"});
    let key = [("Idempotency-Key", id.as_str())];
    server.api_with(Some(bob.clone()))?.send(Method::PUT, "/freeze", Some(&body), &key).await?.expect(200)?;

    let said = with(&coder, &["approvals"]).await?;
    assert!(said.stderr.contains("NOT in force, and not sent again"), "an agent stops nobody: {said:?}");
    let listed = with(&bob, &["freeze", "list", "--json"]).await?.expect_code(0)?.json()?;
    let (freezes, queued) = (listed["freezes"].as_array(), listed["queued"].as_array());
    assert_eq!(freezes.map(Vec::len), Some(1), "still one stop: {listed}");
    assert!(queued.is_some_and(|q| q.len() == 1 && q[0]["refused"].is_string()), "{listed}");
    Ok(())
}
