//! What is remembered of an agent: a rejection lasts for its session, and a flood is one card.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp, ask, low, medium};

fn command(line: &str, session: &str) -> Value {
    json!({"action_type": "command_run", "context": {"command": line, "tool": "Bash", "session_id": session,
        "args": {"command": line, "description": format!("does {line}")}}})
}

fn nova(app: &TestApp) -> Caller<'_> {
    Caller { app, secret: "nvt_dana_agent_nova".into() }
}

#[tokio::test]
async fn a_rejected_action_in_another_spelling_is_blocked_for_its_session() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &command("git push --force origin main", "s1")).await;
    ana.reject(&id).await.ok();
    for spelled in [
        "git push --force origin main",
        "git  push -f origin main",
        "git push origin main --force",
        "sh -c 'git push --force origin main'",
        "git push --force 'origin' \"main\"",
    ] {
        let answer = nova(&app).evaluate(&command(spelled, "s1")).await;
        assert_eq!(
            (answer["decision"].as_str(), answer["rule"].as_str()),
            (Some("BLOCKED"), Some("rejected_before")),
            "{spelled}: {answer}"
        );
    }
    let blocked = app.payloads("decision").await.into_iter().filter(|d| d["rejected_before"] == id.as_str());
    assert_eq!(blocked.count(), 5);
    assert_eq!(
        nova(&app).evaluate(&command("git push --force origin main", "s2")).await["decision"],
        "APPROVAL"
    );
    assert_ne!(
        nova(&app).evaluate(&command("git push origin feature/x", "s1")).await["rule"],
        "rejected_before"
    );
    let shown = nova(&app)
        .send("POST", "/evaluate?dry_run=true", &command("git push -f origin main", "s1"))
        .await
        .ok();
    assert_eq!(shown["rule"], "rejected_before");
}

#[tokio::test]
async fn an_edit_of_the_same_content_is_the_same_effect() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    ana.reject(&id).await.ok();
    let mut again = medium();
    again["action_type"] = "Code-Edit ".into();
    again["context"]["intent"] = "please".into();
    assert_eq!(nova(&app).evaluate(&again).await["rule"], "rejected_before");
}

#[tokio::test]
async fn a_flood_is_refused_told_once_and_shown_as_one_card() {
    let app = TestApp::new();
    app.settle(|s| s.max_open_per_agent = 3).await;
    let ana = app.person("ana", Role::Approver).await;
    let asks = |n: u32| {
        json!({"action_type": "code_edit",
        "context": {"target_files": [format!("billing/charge{n}.rs")], "session_id": "s1"}})
    };
    let mut open = Vec::new();
    for n in 0..3 {
        open.push(ask(&app, &asks(n)).await);
    }
    for n in 3..9 {
        let answer = nova(&app).send("POST", "/evaluate", &asks(n)).await;
        assert_eq!(answer.headers["retry-after"], "30");
        answer.refused("flood");
    }
    nova(&app).send("POST", "/evaluate", &low()).await.refused("flood");
    let status = ana.caller.get("/approvals/status").await.ok();
    assert_eq!(status["pending"], 3);
    let since = ana.view(&open[2]).await.created_at;
    assert_eq!(status["floods"], json!([{"agent": "nova", "open": 3, "since": since}]));
    assert_eq!(app.payloads("flood_detected").await.len(), 1);
    assert!(!app.kinds().await.contains(&"permit_issued".to_owned()));

    // What waits already is still the same request, and another agent is not held up.
    assert_eq!(nova(&app).evaluate(&asks(0)).await["approval_id"], open[0].as_str());
    let iris = app.token("dana", Role::Agent, Some("iris")).await;
    assert_eq!(iris.evaluate(&low()).await["decision"], "AUTO");
    ana.reject(&open[0]).await.ok();
    assert_eq!(nova(&app).evaluate(&low()).await["decision"], "AUTO");
    app.pass(601);
    ask(&app, &asks(20)).await;
    nova(&app).send("POST", "/evaluate", &asks(21)).await.refused("flood");
    assert_eq!(app.payloads("flood_detected").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_racing_refusals_of_a_flood_one_is_told() {
    let app = TestApp::new();
    app.settle(|s| s.max_open_per_agent = 1).await;
    ask(&app, &medium()).await;
    let races = (0..32).map(|n: u32| {
        let (nova, asked) = (nova(&app), command(&format!("git push --force origin main{n}"), "s1"));
        async move { nova.send("POST", "/evaluate", &asked).await.refused("flood") }
    });
    futures_util::future::join_all(races).await;
    assert_eq!(app.payloads("flood_detected").await.len(), 1);
    assert_eq!(app.payloads("decision").await.len(), 1, "only what waits");
}
