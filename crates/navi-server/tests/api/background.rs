//! What came before a request: its session's steps and what became of them, its agent's record, and whose rules asked.

use navi_domain::event::{Event, EventKind};
use navi_domain::people::Role;
use navi_domain::rollback::{Capture, Rollback, RollbackStatus};
use navi_store::{Change, Record, Store as _};
use serde_json::{Value, json};

use crate::app::{Caller, TestApp, ask};

const PUSH: &str = "git push --force origin main";

fn command(line: &str, session: &str) -> Value {
    json!({"action_type": "command_run",
        "context": {"command": line, "tool": "Bash", "session_id": session, "repo": "shop", "branch": "main"}})
}

/// Asks as nova for dana, and the action runs and ends so.
async fn run(app: &TestApp, asked: &Value, approval: &str, status: &str) -> String {
    let nova = Caller { app, secret: "nvt_dana_agent_nova".into() };
    let permit = nova.get(&format!("/approvals/{approval}")).await.ok()["permit"]["id"].clone();
    let nonce = format!("nonce of {approval}");
    let id =
        nova.redeem(permit.as_str().unwrap(), asked, &nonce).await.ok()["id"].as_str().unwrap().to_owned();
    let report = json!({"status": status, "exit_code": i32::from(status != "succeeded")});
    nova.send("PATCH", &format!("/executions/{id}"), &report).await.ok();
    id
}

/// A rollback of an execution that was proven.
async fn rolled_back(app: &TestApp, execution: &str) {
    let of = app.app.store.execution(execution).await.unwrap().unwrap();
    let rollback = Rollback {
        id: format!("r-{execution}"),
        execution_id: of.id,
        action_id: of.decision_id,
        action_type: of.action_type,
        repo: of.repo,
        capture: Capture { id: "c".into(), sha256: String::new(), place: String::new(), parts: Vec::new() },
        user: "ana".into(),
        agent: None,
        token_id: "t".into(),
        reason: String::new(),
        dry_run: false,
        status: RollbackStatus::Succeeded,
        plan: None,
        decision_id: None,
        approval_id: None,
        refused: None,
        run_id: None,
        outcome: None,
        requested_at: app.app.store.now(),
        ended_at: None,
        version: 0,
    };
    let told = Event {
        kind: EventKind::RollbackRequested,
        actor: "ana".into(),
        on_behalf_of: None,
        subject: rollback.id.clone(),
        links: [].into(),
        payload: json!({}),
    };
    app.store.commit(Change::default().event(told).put(Record::Rollback(rollback))).await.unwrap();
}

#[tokio::test]
async fn the_run_so_far_tells_what_became_of_each_step_newest_first() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let undone = command(PUSH, "s1");
    let first = ask(&app, &undone).await;
    ana.approve(&first).await.ok();
    rolled_back(&app, &run(&app, &undone, &first, "succeeded").await).await;
    let broke = command("git push --force origin main:other", "s1");
    let second = ask(&app, &broke).await;
    ana.approve(&second).await.ok();
    run(&app, &broke, &second, "failed").await;
    let third = ask(&app, &command("git push --force origin main:third", "s1")).await;
    ana.reject(&third).await.ok();
    let nova = Caller { app: &app, secret: "nvt_dana_agent_nova".into() };
    let alone = nova.evaluate(&command("cargo test", "s1")).await;
    assert_eq!(alone["decision"], "AUTO", "{alone}");
    nova.evaluate(&command("cargo test", "s2")).await;
    let id = ask(&app, &command("git push --force origin main:last", "s1")).await;
    ask(&app, &command("git push --force origin main:later", "s1")).await;

    let found = ana.caller.get(&format!("/approvals/{id}/background")).await.ok();
    let run = &found["run"];
    assert_eq!((&run["session_id"], &run["more"]), (&json!("s1"), &json!(false)));
    let told: Vec<_> = run["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["verdict"].clone(), s["status"].clone(), s["ran"].clone(), s["rolled_back"].clone()))
        .collect();
    let step =
        |verdict: &str, status: Value, ran: Value, back: bool| (json!(verdict), status, ran, json!(back));
    let expected = [
        step("AUTO", Value::Null, Value::Null, false),
        step("APPROVAL", json!("rejected"), Value::Null, false),
        step("APPROVAL", json!("approved"), json!("failed"), false),
        step("APPROVAL", json!("approved"), json!("succeeded"), true),
    ];
    assert_eq!(told, expected, "{found}");
    assert_eq!(run["steps"][3]["approval_id"], first.as_str());
    assert_eq!(run["steps"][3]["title"], format!("Run {PUSH} in shop"));
    assert_eq!(run["steps"][3]["words"][0]["text"], run["steps"][3]["title"], "for other languages");

    let record = &found["record"];
    let counts =
        ["approved", "rejected", "expired", "failed", "rolled_back"].map(|name| record[name].clone());
    assert_eq!(counts, [2, 1, 0, 1, 1].map(|n: u64| json!(n)), "{record}");
    assert_eq!((&record["agent"], &record["days"]), (&json!("nova"), &json!(30)));
    app.pass(31 * 24 * 3600);
    let later = ask(&app, &command("git push --force origin main:x", "s3")).await;
    let found = ana.caller.get(&format!("/approvals/{later}/background")).await.ok();
    assert_eq!((&found["record"]["approved"], &found["record"]["rolled_back"]), (&json!(0), &json!(0)));
    assert_eq!(found["run"]["steps"], json!([]));

    let like = ana.caller.get(&format!("/approvals/{id}/precedents")).await.ok();
    let back: Vec<_> =
        like["items"].as_array().unwrap().iter().filter(|i| i["rolled_back"] == true).collect();
    assert_eq!(back.len(), 1, "{like}");
    assert_eq!((&back[0]["approval_id"], &back[0]["ran"]), (&json!(first), &json!("succeeded")));
}

#[tokio::test]
async fn who_sees_their_own_only_reads_a_record_of_their_own_only() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let first = ask(&app, &command(PUSH, "s1")).await;
    ana.approve(&first).await.ok();
    let others = app.token("eve", Role::Agent, Some("nova")).await;
    let theirs = others.evaluate(&command(PUSH, "s1")).await["approval_id"].as_str().unwrap().to_owned();
    ana.reject(&theirs).await.ok();
    let id = ask(&app, &command("git push --force origin main:x", "s1")).await;
    let path = format!("/approvals/{id}/background");
    let dana = app.token("dana", Role::Developer, None).await.get(&path).await.ok();
    let seen = |found: &Value| (found["record"]["approved"].clone(), found["record"]["rejected"].clone());
    assert_eq!((seen(&dana), &dana["record"]["own_only"]), ((json!(1), json!(0)), &json!(true)));
    let all = ana.caller.get(&path).await.ok();
    assert_eq!((seen(&all), &all["record"]["own_only"]), ((json!(1), json!(1)), &json!(false)));
    // The other person's step is none of this run.
    assert_eq!(all["run"]["steps"].as_array().unwrap().len(), 1);
    app.token("fay", Role::Developer, None).await.get(&path).await.refused("not_found");
    let agent = Caller { app: &app, secret: "nvt_dana_agent_nova".into() };
    let agents = agent.get(&path).await.ok();
    assert!(agents.get("policy").is_none() && agents.get("guardrails").is_none(), "an agent reads no policy");
}

#[tokio::test]
async fn the_policy_names_its_author_its_version_and_the_entry_that_asks() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let before = ask(&app, &command(PUSH, "s1")).await;
    let of = async |id: &str| ana.caller.get(&format!("/approvals/{id}/background")).await.ok();
    let builtin = of(&before).await["policy"].clone();
    assert_eq!((&builtin["version"], builtin.get("saved_by")), (&json!(0), None));
    let root = app.token("root", Role::Admin, None).await;
    let asks =
        json!({"level": "standard", "require_approval_for": ["command_*"], "reason": "after the incident"});
    root.send("PUT", "/policy/dana", &asks).await.ok();
    let id = ask(&app, &command("make all", "s2")).await;
    let policy = of(&id).await["policy"].clone();
    assert_eq!(policy["scope"], "policy of dana");
    assert_eq!((&policy["version"], &policy["newest"]), (&json!(1), &json!(1)));
    assert_eq!((&policy["saved_by"], &policy["reason"]), (&json!("root"), &json!("after the incident")));
    assert_eq!((&policy["matched"], &policy["level"]), (&json!("command_*"), &json!("standard")));
    let looser = json!({"level": "standard", "version": 1});
    app.token("boss", Role::Admin, None).await.send("PUT", "/policy/dana", &looser).await.ok();
    let policy = of(&id).await["policy"].clone();
    assert_eq!(
        (&policy["version"], &policy["newest"], &policy["saved_by"]),
        (&json!(1), &json!(2), &json!("root"))
    );
}

#[tokio::test]
async fn a_guardrail_that_asks_comes_with_its_text_and_who_saved_it() {
    let app = TestApp::new();
    let root = app.token("root", Role::Admin, None).await;
    let text = "@id(\"ask-about-make\")\n@reason(\"make does what it wants\")\nforbid (principal, action == Action::\"run_unattended\", resource)\nwhen { context.action_type == \"command_run\" };";
    root.send("PUT", "/guardrails", &json!({"text": text})).await.ok();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &command("make all", "s1")).await;
    let found = ana.caller.get(&format!("/approvals/{id}/background")).await.ok();
    let guardrail = &found["guardrails"][0];
    assert_eq!(
        (&guardrail["id"], &guardrail["saved_by"]),
        (&json!("ask-about-make"), &json!("root")),
        "{found}"
    );
    assert!(
        guardrail["text"].as_str().unwrap().contains("context.action_type == \"command_run\""),
        "{guardrail}"
    );
    assert_eq!((&guardrail["shipped"], &guardrail["changed_since"]), (&json!(false), &json!(false)));
    root.send("PUT", "/guardrails", &json!({"text": "", "version": 1})).await.ok();
    let found = ana.caller.get(&format!("/approvals/{id}/background")).await.ok();
    assert_eq!(
        (found["guardrails"][0].get("text"), &found["guardrails"][0]["changed_since"]),
        (None, &json!(true))
    );
}

#[tokio::test]
async fn a_step_of_a_plan_says_which_of_how_many() {
    let app = TestApp::new();
    let step = |id: &str, line: &str| json!({"id": id, "action_type": "command_run", "command": line, "cwd": "/work", "timeout_secs": 60});
    let asked = json!({"action_type": "plan", "context": {"repo": "shop", "branch": "x", "session_id": "p1",
        "args": {"name": "release", "budget": {"runs": 5, "minutes": 10},
                 "steps": [step("build", "sed -i s/a/b/ auth/session.py"), step("push", "git push")]}}});
    let ana = app.person("ana", Role::Approver).await;
    let plan = ask(&app, &asked).await;
    ana.approve(&plan).await.ok();
    let nova = Caller { app: &app, secret: "nvt_dana_agent_nova".into() };
    let permit = nova.get(&format!("/approvals/{plan}")).await.ok()["permit"]["id"].clone();
    let run = nova.redeem(permit.as_str().unwrap(), &asked, "nonce-of-the-plan").await.ok();
    let part = json!({"action_type": "command_run", "start": {"run_nonce": "nonce-of-the-step", "lease_secs": 30},
        "context": {"command": "git push --force origin main", "cwd": "/work", "repo": "shop", "branch": "x", "session_id": "p1"},
        "plan": {"plan_id": run["id"], "step": "push", "phase": "run"}});
    let answer = nova.evaluate(&part).await;
    let id = answer["approval_id"].as_str().unwrap();
    let place = ana.caller.get(&format!("/approvals/{id}/background")).await.ok()["plan"].clone();
    assert_eq!(
        (&place["name"], &place["step"], &place["phase"]),
        (&json!("release"), &json!("push"), &json!("run"))
    );
    assert_eq!((&place["position"], &place["count"]), (&json!(2), &json!(2)));
}

#[tokio::test]
async fn files_are_marked_by_what_the_server_found_about_each() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let files = [
        "src/auth/login.rs",
        ".github/workflows/ci.yml",
        "infra/main.tf",
        "db/migrations/1.sql",
        "README.md",
    ];
    let asked = json!({"action_type": "code_edit", "context": {"target_files": files, "session_id": "s1"}});
    let view = ana.view(&ask(&app, &asked).await).await;
    let of = |path: &str| {
        let own = view.file_marks.iter().filter(|one| one.path == path);
        own.map(|one| one.mark.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(files.map(of), [vec!["auth"], vec!["ci"], vec!["infrastructure"], vec!["migration"], vec![]]);
}
