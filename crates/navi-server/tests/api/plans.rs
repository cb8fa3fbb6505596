//! Plans: asked for once, held against each of their steps, and never more than was signed.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Caller, Person, TestApp};

/// Asks at every level below elevated: it changes authentication.
const AUTH: &str = "sed -i s/a/b/ auth/session.py";

fn nova(app: &TestApp) -> Caller<'_> {
    Caller { app, secret: "nvt_dana_agent_nova".into() }
}

fn step(id: &str, after: &[&str], command: &str) -> Value {
    json!({"id": id, "after": after, "action_type": "command_run", "command": command, "cwd": "/work", "timeout_secs": 60})
}

fn plan(steps: Vec<Value>, runs: u32) -> Value {
    json!({"action_type": "plan", "context": {"repo": "shop", "branch": "feature/x", "session_id": "p1",
        "args": {"name": "release", "budget": {"runs": runs, "minutes": 10}, "steps": steps}}})
}

/// A part of a plan as its orchestrator asks for it.
fn part(plan_id: &str, step: &str, command: &str) -> Value {
    json!({"action_type": "command_run", "start": {"run_nonce": format!("nonce-{step}-{command}"), "lease_secs": 30},
        "context": {"command": command, "cwd": "/work", "repo": "shop", "branch": "feature/x", "session_id": "p1"},
        "plan": {"plan_id": plan_id, "step": step, "phase": "run"}})
}

/// Lets a plan be approved and begin: its id, and who approved it.
async fn begun<'a>(app: &'a TestApp, asked: &Value) -> (String, Person<'a>) {
    let agent = app.agent().await;
    let ana = app.person("ana", Role::Approver).await;
    let answer = agent.evaluate(asked).await;
    assert_eq!(answer["decision"], "APPROVAL", "{answer}");
    let id = answer["approval_id"].as_str().unwrap();
    ana.approve(id).await.ok();
    let approval = agent.get(&format!("/approvals/{id}")).await.ok();
    let permit = approval["permit"]["id"].as_str().unwrap();
    let run = agent.redeem(permit, asked, "nonce-of-the-plan").await.ok();
    (run["id"].as_str().unwrap().to_owned(), ana)
}

async fn ends(app: &TestApp, answer: &Value, report: Value) {
    let id = answer["execution_id"].as_str().unwrap();
    nova(app).send("PATCH", &format!("/executions/{id}"), &report).await.ok();
}

async fn read(app: &TestApp, id: &str) -> Value {
    nova(app).get(&format!("/plans/{id}")).await.ok()
}

fn asks_again(answer: &Value, why: &str) {
    assert_eq!(answer["decision"], "APPROVAL", "{answer}");
    let told = answer["reasons"].as_array().unwrap().iter().any(|r| r.as_str().unwrap().contains(why));
    assert!(told, "{why}: {answer}");
}

#[tokio::test]
async fn five_steps_run_on_one_vote_in_their_order() {
    let app = TestApp::new();
    let ids = ["a", "b", "c", "d", "e"];
    let line = |id: &str| format!("{AUTH} && touch {id}");
    let steps =
        ids.iter().enumerate().map(|(n, id)| step(id, &ids[n.saturating_sub(1)..n], &line(id))).collect();
    let (plan_id, _ana) = begun(&app, &plan(steps, 5)).await;
    asks_again(&nova(&app).evaluate(&part(&plan_id, "b", &line("b"))).await, "step a must succeed first");
    for id in ids {
        let answer = nova(&app).evaluate(&part(&plan_id, id, &line(id))).await;
        assert_eq!((&answer["decision"], &answer["rule"]), (&"AUTO".into(), &"plan".into()), "{answer}");
        ends(&app, &answer, json!({"status": "succeeded", "exit_code": 0})).await;
    }
    let run = read(&app, &plan_id).await;
    assert_eq!((&run["runs"], &run["status"]), (&5.into(), &"running".into()), "{run}");
    assert!(run["steps"].as_array().unwrap().iter().all(|s| s["done"] == true), "{run}");
    nova(&app)
        .send("PATCH", &format!("/executions/{plan_id}"), &json!({"status": "succeeded", "exit_code": 0}))
        .await
        .ok();
    assert_eq!(read(&app, &plan_id).await["status"], "succeeded");
    asks_again(&nova(&app).evaluate(&part(&plan_id, "e", &line("e"))).await, "has ended");
    let kinds = app.kinds().await;
    let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!(
        (count("vote_cast"), count("plan_begun"), count("plan_used"), count("plan_ended")),
        (1, 1, 5, 1)
    );
    // What is recorded decides the same again.
    for payload in app.payloads("decision").await {
        let record: navi_domain::decision::DecisionRecord = serde_json::from_value(payload).unwrap();
        assert_eq!(record.replay(None), (record.assessment.clone(), record.decision.clone()));
    }
}

#[tokio::test]
async fn what_the_plan_does_not_say_asks_again() {
    let app = TestApp::new();
    let (plan_id, ana) = begun(&app, &plan(vec![step("a", &[], AUTH), step("b", &["a"], AUTH)], 9)).await;
    let other = format!("{AUTH} # and more");
    asks_again(
        &nova(&app).evaluate(&part(&plan_id, "a", &other)).await,
        "its command is not what the plan says",
    );
    for (field, value) in [("cwd", "/elsewhere"), ("environment", "staging"), ("branch", "main")] {
        let mut asked = part(&plan_id, "a", AUTH);
        asked["context"][field] = value.into();
        asks_again(&nova(&app).evaluate(&asked).await, "is not what the plan says");
    }
    // What people approve by itself is a part of the plan all the same.
    let answer = nova(&app).evaluate(&part(&plan_id, "a", &other)).await;
    let id = answer["approval_id"].as_str().unwrap();
    assert_eq!(read(&app, &plan_id).await["steps"][0]["run"]["status"], "waiting");
    ana.approve(id).await.ok();
    let permit =
        nova(&app).get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    let run = nova(&app).redeem(&permit, &part(&plan_id, "a", &other), "nonce-alone").await.ok();
    ends(&app, &json!({"execution_id": run["id"]}), json!({"status": "succeeded", "exit_code": 0})).await;
    let seen = read(&app, &plan_id).await;
    assert_eq!((&seen["runs"], &seen["steps"][0]["done"]), (&1.into(), &true.into()), "{seen}");
    assert_eq!(nova(&app).evaluate(&part(&plan_id, "b", AUTH)).await["rule"], "plan");
    let stranger = app.token("erin", Role::Agent, Some("nova")).await;
    stranger.send("POST", "/evaluate", &part(&plan_id, "a", AUTH)).await.refused("not_found");
}

#[tokio::test]
async fn what_is_used_up_taken_back_or_over_asks_again() {
    let app = TestApp::new();
    let steps = || vec![step("a", &[], AUTH), step("b", &[], AUTH), step("c", &[], AUTH)];
    let (plan_id, ana) = begun(&app, &plan(steps(), 2)).await;
    for id in ["a", "b"] {
        assert_eq!(nova(&app).evaluate(&part(&plan_id, id, AUTH)).await["rule"], "plan");
    }
    asks_again(&nova(&app).evaluate(&part(&plan_id, "c", AUTH)).await, "2 runs are used up");
    ana.caller.send("DELETE", &format!("/plans/{plan_id}"), &json!({})).await.ok();
    ana.caller.send("DELETE", &format!("/plans/{plan_id}"), &json!({})).await.refused("already_ended");
    asks_again(&nova(&app).evaluate(&part(&plan_id, "a", AUTH)).await, "ana took it back");
}

#[tokio::test]
async fn minutes_and_a_changed_policy_end_the_cover() {
    let app = TestApp::new();
    let (plan_id, _ana) = begun(&app, &plan(vec![step("a", &[], AUTH)], 9)).await;
    app.settle(|settings| settings.quorum_by_rule.insert("sensitive_fact".into(), 2).map_or((), drop)).await;
    asks_again(&nova(&app).evaluate(&part(&plan_id, "a", AUTH)).await, "the policy changed");
    app.settle(|settings| settings.quorum_by_rule.remove("sensitive_fact").map_or((), drop)).await;
    app.pass(601);
    asks_again(&nova(&app).evaluate(&part(&plan_id, "a", AUTH)).await, "10 minutes are over");
}

#[tokio::test]
async fn a_step_that_changes_other_files_ends_the_cover_of_all_that_follow() {
    let app = TestApp::new();
    let mut first = step("a", &[], AUTH);
    first["files"] = json!(["out/**"]);
    let (plan_id, _ana) = begun(&app, &plan(vec![first, step("b", &["a"], AUTH)], 9)).await;
    let answer = nova(&app).evaluate(&part(&plan_id, "a", AUTH)).await;
    let report = json!({"status": "succeeded", "exit_code": 0, "artifacts": {"changed": ["out/x", "src/y"]}});
    ends(&app, &answer, report).await;
    let run = read(&app, &plan_id).await;
    assert_eq!(run["status"], "deviated", "{run}");
    asks_again(&nova(&app).evaluate(&part(&plan_id, "b", AUTH)).await, "src/y");
    assert!(app.kinds().await.contains(&"plan_deviated".to_owned()));
}

#[tokio::test]
async fn a_plan_that_was_widened_below_the_server_covers_nothing() {
    let app = TestApp::new();
    let (plan_id, _ana) = begun(&app, &plan(vec![step("a", &[], AUTH)], 9)).await;
    let wider = "sed -i s/a/b/ auth/session.py auth/login.py".to_owned();
    app.edit_below(&format!(
        "DROP TRIGGER governance_plans_update;
         UPDATE governance_plans SET body = json_set(body, '$.plan.steps[0].command', '{wider}');"
    ));
    asks_again(&nova(&app).evaluate(&part(&plan_id, "a", &wider)).await, "signatures do not carry the plan");
}

#[tokio::test]
async fn a_plan_unblocks_nothing_and_answers_nothing_critical() {
    let app = TestApp::new();
    let wipe = "rm -rf / --no-preserve-root && terraform destroy -auto-approve && dropdb prod";
    let agent = app.agent().await;
    let asked = plan(vec![step("a", &[], wipe)], 9);
    let answer = agent.evaluate(&asked).await;
    assert_ne!(answer["decision"], "AUTO", "{answer}");
    assert!(answer["factors"].to_string().contains("step a"), "the facts of its steps are its own: {answer}");
    for broken in [json!({}), json!({"name": "x", "budget": {"runs": 1, "minutes": 1}, "steps": []})] {
        let mut none = asked.clone();
        none["context"]["args"] = broken;
        agent.send("POST", "/evaluate", &none).await.refused("invalid");
    }
}

#[tokio::test]
async fn a_silent_gate_leaves_an_unknown_end_that_its_late_report_corrects() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let asked = json!({"action_type": "command_run", "context": {"command": "cargo test"},
        "start": {"run_nonce": "nonce-of-a-run", "lease_secs": 30}});
    let answer = agent.evaluate(&asked).await;
    let id = answer["execution_id"].as_str().unwrap().to_owned();
    let status =
        async || agent.get(&format!("/executions/{id}")).await.ok()["status"].as_str().unwrap().to_owned();
    app.pass(29);
    navi_server::usecase::lapse::all_silent(&app.app).await.unwrap();
    assert_eq!(status().await, "started", "and this look is a sign of the gate");
    app.pass(29);
    navi_server::usecase::lapse::all_silent(&app.app).await.unwrap();
    assert_eq!(
        app.app.store.execution(&id).await.unwrap().unwrap().status.clone(),
        navi_domain::execution::ExecutionStatus::Started
    );
    app.pass(2);
    navi_server::usecase::lapse::all_silent(&app.app).await.unwrap();
    assert_eq!(status().await, "unknown");
    let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let report = json!({"status": "failed", "exit_code": 3, "artifacts": {"output": {"head": format!("token {secret}")}}});
    agent.send("PATCH", &format!("/executions/{id}"), &report).await.ok();
    assert_eq!(status().await, "failed");
    agent
        .send("PATCH", &format!("/executions/{id}"), &json!({"status": "succeeded", "exit_code": 0}))
        .await
        .refused("already_ended");
    let kinds = app.kinds().await;
    let tail: Vec<&str> = kinds.iter().rev().take(2).rev().map(String::as_str).collect();
    assert_eq!(tail, ["execution_lapsed", "execution_corrected"]);
    let kept = agent.get(&format!("/executions/{id}")).await.ok().to_string();
    assert!(!kept.contains(secret) && kept.contains("{secret: "), "{kept}");
    assert!(!app.payloads("execution_corrected").await[0].to_string().contains(secret));
}

#[tokio::test]
async fn counters_of_plans_name_nobody() {
    let app = TestApp::new();
    let (plan_id, _ana) =
        begun(&app, &plan(vec![step("a", &[], AUTH), step("b", &[], "cargo test")], 9)).await;
    nova(&app)
        .evaluate(&part(&plan_id, "a", &format!("{AUTH} ")).as_object().map(|o| json!(o)).unwrap())
        .await;
    nova(&app).evaluate(&part(&plan_id, "b", "cargo test")).await;
    let auditor = app.token("olga", Role::Auditor, None).await;
    let text = app.call("GET", "/metrics", Some(&auditor.secret), "", &[]).await.ok();
    let text = text.as_str().unwrap();
    for line in [
        "navi_plans_open{status=\"running\"} 1",
        "navi_plan_parts{status=\"waiting\"} 1",
        "navi_plan_parts{status=\"started\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(!text.contains("dana") && !text.contains("release"), "{text}");
}
