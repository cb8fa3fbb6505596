//! The snippets of `docs/integrations` with the real frameworks: what is allowed runs once and is recorded with its end, what
//! is refused does not run, and the agent is told by whom, why, and what would do. A version that changes its protocol fails here.

use anyhow::{Context as _, Result};
use navi_tests::device::Device;
use navi_tests::framework::{Framework, Program, snippets, typescript_check};
use navi_tests::gate::Gate;
use navi_tests::nonsense::{Nonsense, nobody};
use navi_tests::process;
use navi_tests::server::Server;
use serde_json::{Value, json};

const COMMAND: &str = "echo ran >> ran.txt";
const OTHER: &str = "echo other >> other.txt";

fn lines(program: &Program, name: &str) -> usize {
    std::fs::read_to_string(program.project().join(name)).unwrap_or_default().lines().count()
}

fn id_of(approval: &Value) -> Result<&str> {
    approval["id"].as_str().context("no id")
}

/// The entries of these kinds, oldest first, each as its kind and its payload.
async fn recorded(server: &Server, prefix: &str) -> Result<Vec<(String, String)>> {
    let ledger = server.api("olga", "auditor", None).await?.ledger().await?;
    let told =
        |entry: &Value| (entry["kind"].as_str().unwrap_or_default().to_owned(), entry["payload"].to_string());
    Ok(ledger.iter().map(told).filter(|(kind, _)| kind.starts_with(prefix)).collect())
}

/// A run that was begun once and ended like this.
async fn ran_once(server: &Server, status: &str) -> Result<()> {
    let runs = recorded(server, "execution_").await?;
    let kinds: Vec<&str> = runs.iter().map(|(kind, _)| kind.as_str()).collect();
    anyhow::ensure!(kinds == ["execution_started", "execution_finished"], "{runs:?}");
    anyhow::ensure!(runs.iter().any(|(_, payload)| payload.contains(status)), "{status}: {runs:?}");
    Ok(())
}

/// Nothing ran, and the agent's first call was answered with all of this.
fn refused(program: &Program, said: &process::Said, told: &[&str]) -> Result<()> {
    anyhow::ensure!(lines(program, "ran.txt") == 0, "it ran: {said:?}");
    let results = program.told()?;
    let first = results.first().with_context(|| format!("the agent was told nothing: {said:?}"))?;
    for text in ["Not allowed, and nothing ran: run_shell"].iter().chain(told) {
        anyhow::ensure!(first.contains(text), "{text:?} is missing in {first:?}");
    }
    Ok(())
}

async fn runs_unasked(framework: Framework) -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &["echo ran >> ran.txt; echo seen"], &gate).await?;
    let said = program.run().await?.expect_code(0)?;
    anyhow::ensure!(said.stdout.trim() == "done", "{said:?}");
    anyhow::ensure!(lines(&program, "ran.txt") == 1, "{said:?}");
    anyhow::ensure!(program.told()?.concat().contains("seen"), "{:?}", program.told()?);
    ran_once(&server, "succeeded").await
}

async fn runs_when_approved(framework: Framework) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &[COMMAND], &gate).await?;
    let (said, ()) = tokio::try_join!(program.run(), async {
        let pending = watcher.the_pending_one().await?;
        let material = &pending["material"];
        anyhow::ensure!(material["command"] == COMMAND && material["tool"] == "run_shell", "{pending}");
        anyhow::ensure!(lines(&program, "ran.txt") == 0, "nothing runs before the vote");
        bob.approve(id_of(&pending)?).await.map(|_| ())
    })?;
    said.expect_code(0)?;
    anyhow::ensure!(lines(&program, "ran.txt") == 1);
    ran_once(&server, "succeeded").await
}

/// LangChain's other way to start an agent, without an event loop.
async fn waits_for_people_also_without_an_event_loop(framework: Framework) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &[OTHER, COMMAND], &gate).await?.started_by("langchain_invoke.py");
    let (said, ()) = tokio::try_join!(program.run(), async {
        let first = watcher.the_pending_one().await?;
        bob.cast(id_of(&first)?, "reject", "not this file").await?.expect(200)?;
        let second = watcher.the_pending_one().await?;
        bob.approve(id_of(&second)?).await.map(|_| ())
    })?;
    anyhow::ensure!(program.told()?.first().is_some_and(|told| told.contains("not this file")), "{said:?}");
    anyhow::ensure!(lines(&program, "other.txt") == 0 && lines(&program, "ran.txt") == 1, "{said:?}");
    ran_once(&server, "succeeded").await
}

async fn is_told_who_rejected_it_and_why(framework: Framework) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &[COMMAND], &gate).await?;
    let (said, ()) = tokio::try_join!(program.run(), async {
        let pending = watcher.the_pending_one().await?;
        let vote = bob.cast(id_of(&pending)?, "reject", "wrong branch, ask Carol").await?;
        vote.expect(200).map(|_| ())
    })?;
    refused(&program, &said, &["a person (bob)", "wrong branch, ask Carol", "pointless unchanged"])?;
    anyhow::ensure!(recorded(&server, "execution_").await?.is_empty());
    Ok(())
}

/// Unchanged, people are not asked about it a second time. Something else is asked for, and runs.
async fn after_a_rejection_only_something_else_is_asked_for(framework: Framework) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &[COMMAND, COMMAND, OTHER], &gate).await?;
    let (said, ()) = tokio::try_join!(program.run(), async {
        let first = watcher.the_pending_one().await?;
        bob.cast(id_of(&first)?, "reject", "not this file").await?.expect(200)?;
        let second = watcher.the_pending_one().await?;
        anyhow::ensure!(second["material"]["command"] == OTHER, "{second}");
        bob.approve(id_of(&second)?).await.map(|_| ())
    })?;
    refused(&program, &said, &["not this file"])?;
    let told = program.told()?;
    let again = told.get(1).context("the second call was not answered")?;
    anyhow::ensure!(again.contains("rule rejected_before") && again.contains("pointless"), "{again}");
    anyhow::ensure!(lines(&program, "other.txt") == 1, "{said:?}");
    let asked = recorded(&server, "approval_requested").await?;
    anyhow::ensure!(asked.len() == 2, "{asked:?}");
    ran_once(&server, "succeeded").await
}

async fn is_blocked_by_a_named_rule(framework: Framework) -> Result<()> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["command_run"] })).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &[COMMAND], &gate).await?;
    let said = program.run().await?;
    refused(&program, &said, &["the policy blocks this", "rule blocked", "pointless, also in another form"])?;
    anyhow::ensure!(recorded(&server, "execution_").await?.is_empty());
    Ok(())
}

async fn is_stopped_without_a_server(framework: Framework) -> Result<()> {
    let gate = Gate::new(&nobody().await?, Some("nvt_any".into()))?;
    let program = Program::new(framework, &[COMMAND], &gate).await?;
    let said = program.run().await?;
    refused(&program, &said, &["does not answer", "Nothing may run until it answers"])?;
    anyhow::ensure!(
        !format!("{said:?}{:?}", program.told()?).contains("nvt_any"),
        "the credential is told: {said:?}"
    );
    Ok(())
}

async fn is_refused_when_nobody_decides_in_time(framework: Framework) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &[COMMAND], &gate).await?.patient_for(4);
    let said = program.run().await?;
    refused(&program, &said, &["nobody decided in time", "later"])?;
    let asked = watcher.get("/approvals?status=all").await?.expect(200)?;
    let states: Vec<&Value> =
        asked["items"].as_array().context("no list")?.iter().map(|approval| &approval["status"]).collect();
    // Whose clock was first: the server's, or the agent's, which then withdraws it. On neither can it still be approved.
    anyhow::ensure!(states == ["expired"] || states == ["cancelled"], "{asked}");
    Ok(())
}

async fn withdraws_what_it_no_longer_waits_for(framework: Framework) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &[COMMAND], &gate).await?;
    let mut running = program.start()?;
    let pending = watcher.the_pending_one().await?;
    let mut interrupt = std::process::Command::new("kill");
    interrupt.args(["-INT", &running.pid().to_string()]);
    process::run(interrupt).await?.expect_code(0)?;
    watcher.wait_for_status(id_of(&pending)?, "cancelled").await?;
    running.ended().await?;
    anyhow::ensure!(lines(&program, "ran.txt") == 0, "{}", running.log_text());
    drop(server);
    Ok(())
}

async fn reports_a_failure_of_the_tool(framework: Framework) -> Result<()> {
    let server = Server::start().await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &["echo ran >> ran.txt; exit 3"], &gate).await?;
    let said = program.run().await?;
    anyhow::ensure!(lines(&program, "ran.txt") == 1, "{said:?}");
    ran_once(&server, "failed").await
}

/// Each client once: the others share it.
async fn runs_nothing_on_an_answer_that_makes_no_sense(framework: Framework) -> Result<()> {
    let ok = |body: Value| ("200 OK", body.to_string());
    let waits = || ok(json!({ "decision": "APPROVAL", "approval_id": "a1" }));
    let permitted = json!({ "decision": "AUTO", "execution_id": "x1" }).to_string();
    // One line is one call of the tool; what is withdrawn takes one answer more.
    let calls = [
        vec![ok(json!({}))],
        vec![ok(json!({ "decision": "AUTO" }))],
        vec![ok(json!({ "decision": "AUTO", "execution_id": true }))],
        vec![ok(json!({ "decision": "ALLOW", "execution_id": "x1" }))],
        vec![ok(json!({ "decision": "APPROVAL" }))],
        vec![ok(json!([{ "decision": "AUTO", "execution_id": "x1" }]))],
        vec![("200 OK", permitted.trim_end_matches('}').to_owned())],
        vec![("302 Found", permitted.clone())],
        vec![("500 Internal Server Error", permitted)],
        vec![("502 Bad Gateway", "<html>nobody is there</html>".to_owned())],
        vec![("403 Forbidden", json!({ "code": "forbidden", "detail": "Not with this." }).to_string())],
        vec![waits(), ok(json!({ "status": "allowed", "permit": { "id": "p1" } }))],
        vec![waits(), ok(json!({ "status": "approved" })), ok(json!({}))],
        vec![
            waits(),
            ok(json!({ "status": "approved", "permit": { "id": "p1" } })),
            ok(json!({})),
            ok(json!({})),
        ],
    ];
    let server = Nonsense::in_turn(&calls.concat()).await?;
    let gate = Gate::new(&server.url, Some("nvt_any".into()))?;
    let program = Program::new(framework, &vec![COMMAND; calls.len()], &gate).await?;
    let said = program.run().await?;
    refused(&program, &said, &[])?;
    let told = program.told()?;
    anyhow::ensure!(told.len() == calls.len(), "{told:#?}");
    let untold = told.iter().find(|told| !told.contains("Nothing may run until it answers"));
    anyhow::ensure!(untold.is_none(), "{untold:?}");
    let late = told.iter().rev().take(3).filter(|told| told.contains("its answer makes no sense")).count();
    anyhow::ensure!(late == 3, "{told:#?}");
    Ok(())
}

async fn goes_on_waiting_over_a_restart_of_the_server(framework: Framework) -> Result<()> {
    let (mut server, watcher) = crate::server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &[COMMAND], &gate).await?;
    let (said, ()) = tokio::try_join!(program.run(), async {
        let pending = watcher.the_pending_one().await?;
        server.kill().await?;
        server.restart().await?;
        bob.approve(id_of(&pending)?).await.map(|_| ())
    })?;
    anyhow::ensure!(lines(&program, "ran.txt") == 1, "{said:?}");
    ran_once(&server, "succeeded").await
}

/// A person changed the command. The agent is told, asks for that, and it runs without people being asked again.
async fn is_told_what_was_approved_instead(framework: Framework) -> Result<()> {
    let (server, watcher) = crate::server_that_asks().await?;
    let bob = Device::enroll(&server, "bob", "approver").await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let program = Program::new(framework, &[COMMAND, OTHER], &gate).await?;
    let (said, ()) = tokio::try_join!(program.run(), async {
        let pending = watcher.the_pending_one().await?;
        let edit = json!({ "command": OTHER, "reason": "the other is enough" });
        let path = format!("/approvals/{}/edit", id_of(&pending)?);
        let edited = bob.api.post(&path, &edit).await?.expect(201)?;
        bob.approve(id_of(&edited)?).await.map(|_| ())
    })?;
    refused(&program, &said, &[&format!("ask for this instead: {OTHER}"), "pointless unchanged"])?;
    anyhow::ensure!(lines(&program, "other.txt") == 1, "{said:?}");
    ran_once(&server, "succeeded").await
}

/// The page of the documentation names the versions that are driven here, and only these are installed.
#[tokio::test(flavor = "multi_thread")]
async fn the_frameworks_that_are_driven_are_those_of_the_documentation() -> Result<()> {
    let page = std::fs::read_to_string(snippets().join("README.md"))?;
    for framework in Framework::ALL {
        let (package, version) = (framework.package(), framework.version().await?);
        let row = page.lines().find(|line| line.starts_with('|') && line.contains(&format!("`{package}`")));
        let row = row.with_context(|| format!("docs/integrations/README.md has no row of {package}"))?;
        anyhow::ensure!(row.contains(&format!("| {version} |")), "{package} {version} is installed: {row}");
        anyhow::ensure!(row.contains(framework.snippet()), "{row}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_fits_the_types_of_its_framework() -> Result<()> {
    typescript_check().await?.expect_code(0).map(|_| ())
}

macro_rules! each_framework {
    ($($framework:ident: $module:ident, $more:tt);+) => {
        $(mod $module {
            each_framework!(@ $framework runs_unasked runs_when_approved is_told_who_rejected_it_and_why
                after_a_rejection_only_something_else_is_asked_for is_blocked_by_a_named_rule
                is_stopped_without_a_server is_refused_when_nobody_decides_in_time
                withdraws_what_it_no_longer_waits_for reports_a_failure_of_the_tool);
            each_framework!(@@ $framework $more);
        })+
    };
    (@@ $framework:ident [$($test:ident)*]) => { each_framework!(@ $framework $($test)*); };
    (@ $framework:ident $($test:ident)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $test() -> anyhow::Result<()> {
            super::$test(super::Framework::$framework).await
        })*
    };
}

each_framework!(
    LangChain: langchain, [waits_for_people_also_without_an_event_loop];
    OpenAiAgents: openai_agents, [];
    PydanticAi: pydantic_ai, [
        runs_nothing_on_an_answer_that_makes_no_sense
        goes_on_waiting_over_a_restart_of_the_server
        is_told_what_was_approved_instead
    ];
    VercelAi: vercel_ai, [
        runs_nothing_on_an_answer_that_makes_no_sense
        goes_on_waiting_over_a_restart_of_the_server
        is_told_what_was_approved_instead
    ]
);
