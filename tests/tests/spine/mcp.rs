//! The gate before a real MCP server, spoken to by the public client: calls of tools ask, everything else passes unchanged,
//! and what is approved after the client gave up is not run.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use navi_tests::gate::{Approver, Gate};
use navi_tests::mcp::{Plan, client, client_of, everything, gate_before, gated, inspector, server};
use navi_tests::nonsense::nobody;
use navi_tests::server::{Api, Server};
use navi_tests::{process, wait};
use serde_json::{Value, json};

/// A server whose policy asks a person about every tool of an MCP server, and the API of alice's agent.
async fn server_that_asks() -> Result<(Server, Api)> {
    let server = Server::start().await?;
    let policy = json!({ "level": "standard", "require_approval_for": ["mcp_tool"] });
    server.set_policy("alice", policy).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    Ok((server, agent))
}

/// A call that writes a file into the gate's folder, and that file.
fn write(gate: &Gate) -> (Plan, PathBuf) {
    let file = gate.work().join("ran.txt");
    let call = ("write_file", json!({ "path": file, "content": "ran" }));
    (Plan { call: Some(call), ..Plan::default() }, file)
}

fn text(said: &Value) -> String {
    said["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_call_passes_unchanged() -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let direct = client(&server(&gate.work())?, Plan::default(), &gate).await?;
    let through = client(&gated(&gate.work())?, Plan::default(), &gate).await?;
    anyhow::ensure!(direct["tools"].as_array().is_some_and(|tools| tools.len() > 5), "{direct}");
    assert_eq!(through, direct);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_call_waits_runs_and_is_recorded() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let (plan, file) = write(&gate);
    let words = gated(&gate.work())?;
    let (said, ()) = tokio::try_join!(client(&words, plan, &gate), async {
        let pending = watcher.the_pending_one().await?;
        anyhow::ensure!(pending["material"].to_string().contains("mcp__files__write_file"), "{pending}");
        anyhow::ensure!(!file.exists(), "nothing runs before the vote");
        bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await
    })?;
    anyhow::ensure!(said["result"]["isError"] != true, "{said}");
    assert_eq!(std::fs::read_to_string(file)?, "ran");
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    let ends = ledger.iter().filter(|entry| entry["kind"] == "execution_finished").count();
    anyhow::ensure!(ends == 1, "{ledger:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_call_is_an_error_with_the_reason() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let (plan, file) = write(&gate);
    let words = gated(&gate.work())?;
    let (said, ()) = tokio::try_join!(client(&words, plan, &gate), async {
        let pending = watcher.the_pending_one().await?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "reject", "not that folder").await
    })?;
    assert!(!file.exists());
    anyhow::ensure!(said["result"]["isError"] == true && text(&said).contains("not that folder"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_call_and_one_without_a_server_do_not_run() -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["mcp_tool"] })).await?;
    let blocked = Gate::of_agent(&server, "alice", "coder").await?;
    let lost = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    for (gate, why) in [(blocked, "the policy blocks this"), (lost, "could not decide")] {
        let (plan, file) = write(&gate);
        let said = client(&gated(&gate.work())?, plan, &gate).await?;
        assert!(!file.exists());
        anyhow::ensure!(said["result"]["isError"] == true && text(&said).contains(why), "{said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_client_gave_up_is_withdrawn_and_never_runs() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let (plan, file) = write(&gate);
    // It stays connected, so that what withdraws the request is its word and not its end.
    let (gives_up, leaves) = (gate.home().join("gives-up"), gate.home().join("leaves"));
    let plan = Plan { gives_up: Some(gives_up.clone()), lingers: Some(leaves.clone()), ..plan };
    let words = gated(&gate.work())?;
    let (said, id) = tokio::try_join!(client(&words, plan, &gate), async {
        let pending = watcher.the_pending_one().await?;
        let id = pending["id"].as_str().context("no id")?.to_owned();
        std::fs::write(gives_up, "")?;
        watcher.wait_for_status(&id, "cancelled").await?;
        std::fs::write(leaves, "")?;
        Ok(id)
    })?;
    anyhow::ensure!(said["error"].as_str().is_some_and(|error| error.contains("gave it up")), "{said}");
    assert!(!file.exists());
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    bob.vote(&id, "approve", "").await?;
    anyhow::ensure!(watcher.approval(&id).await?["status"] == "cancelled", "final states are final");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_what_is_no_call_passes_unchanged_for_two_public_clients() -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let (_server, url) = everything(&gate).await?;
    let (_proxy, through) = gate_before(&url, &gate).await?;
    let seen = client_of(&url, Plan::default(), &gate).await?;
    anyhow::ensure!(seen["tools"].as_array().is_some_and(|tools| tools.len() > 5), "{seen}");
    anyhow::ensure!(seen["prompts"].as_array().is_some_and(|prompts| !prompts.is_empty()), "{seen}");
    assert_eq!(client_of(&through, Plan::default(), &gate).await?, seen);
    for method in ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] {
        assert_eq!(inspector(&through, method).await?, inspector(&url, method).await?, "{method}");
    }
    Ok(())
}

/// A sum, which the public server's tool computes.
fn sum() -> Plan {
    Plan { call: Some(("get-sum", json!({ "a": 40, "b": 2 }))), ..Plan::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_call_waits_for_people_runs_and_is_recorded() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let (_server, url) = everything(&gate).await?;
    let (_proxy, through) = gate_before(&url, &gate).await?;
    let hears = gate.home().join("hears");
    let plan = Plan { hears: Some(hears.clone()), ..sum() };
    let (said, ()) = tokio::try_join!(client_of(&through, plan, &gate), async {
        let pending = watcher.the_pending_one().await?;
        anyhow::ensure!(pending["material"].to_string().contains("mcp__everything__get-sum"), "{pending}");
        wait::until("the client hears that it waits", async || hears.exists().then_some(())).await?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await
    })?;
    anyhow::ensure!(said["result"]["isError"] != true && text(&said).contains("42"), "{said}");
    anyhow::ensure!(said["progress"].as_u64().is_some_and(|told| told >= 1), "{said}");
    let auditor = server.api("olga", "auditor", None).await?;
    navi_tests::wait::until("the end is recorded", async || {
        let ledger = auditor.ledger().await.ok()?;
        ledger
            .iter()
            .any(|entry| entry["kind"] == "execution_finished" && entry.to_string().contains("succeeded"))
            .then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_call_is_rejected_blocked_or_refused_without_a_server() -> Result<()> {
    let (asking, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&asking, "bob", "approver").await?;
    let gate = Gate::of_agent(&asking, "alice", "coder").await?;
    let (_server, url) = everything(&gate).await?;
    let (_proxy, through) = gate_before(&url, &gate).await?;
    let (said, ()) = tokio::try_join!(client_of(&through, sum(), &gate), async {
        let pending = watcher.the_pending_one().await?;
        bob.must_vote(pending["id"].as_str().context("no id")?, "reject", "no sums today").await
    })?;
    anyhow::ensure!(said["result"]["isError"] == true && text(&said).contains("no sums today"), "{said}");

    let blocking = Server::start().await?;
    blocking.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["mcp_tool"] })).await?;
    let blocked = Gate::of_agent(&blocking, "alice", "coder").await?;
    let lost = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    for (gate, why) in [(blocked, "the policy blocks this"), (lost, "could not decide")] {
        let (_proxy, through) = gate_before(&url, &gate).await?;
        let said = client_of(&through, sum(), &gate).await?;
        anyhow::ensure!(said["result"]["isError"] == true && text(&said).contains(why), "{said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_call_whose_client_is_gone_is_withdrawn() -> Result<()> {
    let (_oversight, watcher) = server_that_asks().await?;
    let gate = Gate::of_agent(&_oversight, "alice", "coder").await?;
    let (_server, url) = everything(&gate).await?;
    let (_proxy, through) = gate_before(&url, &gate).await?;
    let gives_up = gate.home().join("gives-up");
    let plan = Plan { gives_up: Some(gives_up.clone()), ..sum() };
    let (said, id) = tokio::try_join!(client_of(&through, plan, &gate), async {
        let pending = watcher.the_pending_one().await?;
        let id = pending["id"].as_str().context("no id")?.to_owned();
        std::fs::write(gives_up, "")?;
        watcher.wait_for_status(&id, "cancelled").await?;
        Ok(id)
    })?;
    anyhow::ensure!(said["error"].as_str().is_some_and(|error| error.contains("gave it up")), "{said} {id}");
    Ok(())
}

/// A server that says what it has to say, and ends.
const LAST_WORDS: &str = r#"
read -r line
n=0
while [ $n -lt 3000 ]; do echo "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"n\":$n}}"; n=$((n + 1)); done
printf '\377 is no text\n'
echo '{"jsonrpc":"2.0","id":1,"result":{"last":true}}'
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_said_before_it_ended_arrives_whole() -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let mut between = gate.command(&["mcp", "--", "sh", "-c", LAST_WORDS])?;
    between.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut between = between.spawn()?;
    let mut stdin = between.stdin.take().context("no stdin")?;
    stdin.write_all(b"\xff{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\"}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n")?;
    let mut stdout = between.stdout.take().context("no stdout")?;
    let said = tokio::task::spawn_blocking(move || {
        let mut said = Vec::new();
        stdout.read_to_end(&mut said).map(|_| said)
    });
    let said = said.await??;
    let lines: Vec<&[u8]> = said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let told = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
    assert_eq!(lines.len(), 3003, "{:?}", lines.last().map(|line| told(line)));
    anyhow::ensure!(told(lines[0]).contains("-32700"), "what is no text was passed on: {}", told(lines[0]));
    assert_eq!(lines[3001], b"\xff is no text");
    anyhow::ensure!(told(lines[3002]).contains("\"last\":true"), "{}", told(lines[3002]));
    drop(stdin);
    let status = tokio::task::spawn_blocking(move || between.wait()).await??;
    assert_eq!(status.code(), Some(0));
    Ok(())
}

/// A server that notes what it hears and answers nothing.
const SILENT: &str = "while read -r line; do printf '%s\\n' \"$line\" >> heard; done";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_runs_is_stopped_by_a_freeze() -> Result<()> {
    let server = Server::start().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let mut between = gate.command(&["mcp", "--", "sh", "-c", SILENT])?;
    between.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut between = between.spawn()?;
    let mut stdin = between.stdin.take().context("no stdin")?;
    let mut stdout = std::io::BufReader::new(between.stdout.take().context("no stdout")?);
    let call = json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "look", "arguments": {}}});
    stdin.write_all(format!("{call}\n").as_bytes())?;
    let heard = || std::fs::read_to_string(gate.work().join("heard")).unwrap_or_default();
    wait::until("the call is passed on", async || heard().contains("tools/call").then_some(())).await?;

    let mut freeze = bob.gate().command(&["freeze", "begin", "--agent", "coder", "--reason", "looks odd"])?;
    freeze.env("NAVI_KEYSTORE", bob.keystore());
    process::run(freeze).await?.expect_code(0)?;
    let told = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut stdout, &mut line).map(|_| line)
    });
    let told: Value = serde_json::from_str(&told.await??)?;
    anyhow::ensure!(told["id"] == 5 && told["result"]["isError"] == true, "{told}");
    anyhow::ensure!(text(&told).contains("A person stopped this"), "{told}");
    wait::until("the server hears of it", async || heard().contains("notifications/cancelled").then_some(()))
        .await?;
    let auditor = server.api("olga", "auditor", None).await?;
    wait::until("its end is recorded", async || {
        let ledger = auditor.ledger().await.ok()?;
        ledger.iter().any(|entry| entry["kind"] == "execution_finished").then_some(())
    })
    .await?;
    drop(stdin);
    tokio::task::spawn_blocking(move || between.wait()).await??;
    Ok(())
}

/// A server over HTTP that notes what it hears. It answers a call of a tool with the beginning of a stream, or with nothing.
async fn silent(heard: &Arc<Mutex<Vec<Value>>>, begins: bool) -> Result<String> {
    let heard = Arc::clone(heard);
    let answer = move |body: String| {
        let message: Value = serde_json::from_str(&body).unwrap_or_default();
        heard.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        async move {
            match message["method"].as_str() {
                Some("tools/call") if begins => {
                    let first = futures_util::stream::once(async {
                        Ok::<_, std::io::Error>(
                            "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\n",
                        )
                    });
                    let parts = futures_util::StreamExt::chain(first, futures_util::stream::pending());
                    let kind = [("content-type", "text/event-stream")];
                    axum::response::IntoResponse::into_response((kind, axum::body::Body::from_stream(parts)))
                }
                Some("tools/call") => std::future::pending().await,
                _ => axum::response::IntoResponse::into_response(axum::http::StatusCode::ACCEPTED),
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/mcp", listener.local_addr()?);
    let app = axum::Router::new().route("/mcp", axum::routing::post(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

/// A stop reaches a call that was passed on: the server hears that it is cancelled, the client gets an answer at once, and
/// the record says that nobody knows. Whether the server has begun to answer or not, and whoever decided.
#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_call_that_runs_is_stopped_by_a_freeze() -> Result<()> {
    for (begins, asks) in [(false, false), (true, false), (true, true)] {
        let (server, watcher) = server_that_asks().await?;
        if !asks {
            server.set_policy("alice", json!({ "level": "standard" })).await?;
        }
        let bob = Approver::enroll(&server, "bob", "approver").await?;
        let gate = Gate::of_agent(&server, "alice", "coder").await?;
        let heard = Arc::default();
        let (_proxy, through) = gate_before(&silent(&heard, begins).await?, &gate).await?;
        let call = json!({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "look", "arguments": {}}});
        let request = reqwest::Client::new().post(&through).json(&call);
        let request = request.header("accept", "application/json, text/event-stream");
        let begun = tokio::spawn(request.send());
        let answer = if asks {
            let pending = watcher.the_pending_one().await?;
            // The client holds a stream when it is decided.
            let stream = begun.await??;
            bob.must_vote(pending["id"].as_str().context("no id")?, "approve", "").await?;
            tokio::spawn(async move { anyhow::Ok(stream.text().await?) })
        } else {
            tokio::spawn(async move { anyhow::Ok(begun.await??.text().await?) })
        };
        let hears = async |method: &str| {
            wait::until(method, async || {
                let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.iter().find(|message| message["method"] == method).cloned()
            })
            .await
        };
        hears("tools/call").await?;
        let mut freeze =
            bob.gate().command(&["freeze", "begin", "--agent", "coder", "--reason", "looks odd"])?;
        freeze.env("NAVI_KEYSTORE", bob.keystore());
        process::run(freeze).await?.expect_code(0)?;
        let said = answer.await??;
        anyhow::ensure!(
            said.contains("A person stopped this") && said.contains("\"id\":5"),
            "{begins}: {said}"
        );
        assert_eq!(hears("notifications/cancelled").await?["params"]["requestId"], 5);
        let auditor = server.api("olga", "auditor", None).await?;
        let end = wait::until("its end is recorded", async || {
            let ledger = auditor.ledger().await.ok()?;
            ledger.into_iter().find(|entry| entry["kind"] == "execution_finished")
        })
        .await?;
        anyhow::ensure!(end["payload"].to_string().contains("unknown"), "{end}");
    }
    Ok(())
}

/// A call that waits for people ends with a stop as well, and its request with it: nobody comes back for it.
#[tokio::test(flavor = "multi_thread")]
async fn over_http_a_call_that_waits_is_answered_when_somebody_stops_it() -> Result<()> {
    let (server, watcher) = server_that_asks().await?;
    let bob = Approver::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let (_server, url) = everything(&gate).await?;
    let (_proxy, through) = gate_before(&url, &gate).await?;
    let (said, id) = tokio::try_join!(client_of(&through, sum(), &gate), async {
        let pending = watcher.the_pending_one().await?;
        let mut freeze = bob.gate().command(&["freeze", "begin", "--everything", "--reason", "looks odd"])?;
        freeze.env("NAVI_KEYSTORE", bob.keystore());
        process::run(freeze).await?.expect_code(0)?;
        Ok(pending["id"].as_str().context("no id")?.to_owned())
    })?;
    anyhow::ensure!(text(&said).contains("bob stopped everything: looks odd"), "{said}");
    watcher.wait_for_status(&id, "cancelled").await?;
    Ok(())
}
