//! What is looser waits for a second person, where the organisation asks for one.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp};

async fn two_admins(app: &TestApp) -> (Caller<'_>, Caller<'_>) {
    app.settle(|s| s.second_person_for_loosening = true).await;
    (app.token("root", Role::Admin, None).await, app.token("olga", Role::Admin, None).await)
}

async fn open(caller: &Caller<'_>) -> Vec<Value> {
    caller.get("/proposals").await.ok().as_array().unwrap().clone()
}

#[tokio::test]
async fn a_looser_policy_waits_until_another_person_accepts_it() {
    let app = TestApp::new();
    let (root, olga) = two_admins(&app).await;
    let answer = root.send("PUT", "/policy/dana", &json!({"level": "full"})).await;
    assert_eq!(answer.status, 202);
    let id = answer.ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(root.get("/policy/dana").await.ok()["level"], "standard", "nothing is in force yet");
    assert_eq!(open(&olga).await.len(), 1);
    let accept = json!({"decision": "accept"});
    root.send("POST", &format!("/proposals/{id}"), &accept).await.refused("forbidden");
    let agent = app.agent().await;
    agent.send("POST", &format!("/proposals/{id}"), &accept).await.refused("forbidden");
    let accepted = olga.send("POST", &format!("/proposals/{id}"), &accept).await.ok();
    assert_eq!(
        (accepted["status"].as_str(), accepted["decided_by"].as_str()),
        (Some("accepted"), Some("olga"))
    );
    assert_eq!(root.get("/policy/dana").await.ok()["level"], "full");
    olga.send("POST", &format!("/proposals/{id}"), &accept).await.refused("already_decided");
    let version = &root.get("/policy/dana/history").await.ok()[0];
    assert_eq!((version["saved_by"].as_str(), version["proposed_by"].as_str()), (Some("olga"), Some("root")));
    assert!(version["looser"].to_string().contains("level goes up"), "{version}");
    assert!(open(&olga).await.is_empty());
}

#[tokio::test]
async fn a_higher_threshold_is_proposed_with_its_reason_and_accepted_as_it_was_asked_for() {
    let app = TestApp::new();
    let (root, olga) = two_admins(&app).await;
    let higher = json!({"level": "standard", "max_risk_threshold": 0.7, "reason": "practised"});
    let answer = root.send("PUT", "/policy/dana", &higher).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(answer.body["request"]["policy"]["max_risk_threshold"], 0.7);
    assert_eq!(answer.body["request"]["policy"]["reason"], "practised");
    let id = answer.ok()["id"].as_str().unwrap().to_owned();
    olga.send("POST", &format!("/proposals/{id}"), &json!({"decision": "accept"})).await.ok();
    assert_eq!(root.get("/policy/dana").await.ok()["max_risk_threshold"], 0.7);
    assert_eq!(root.get("/policy/dana/history").await.ok()[0]["reason"], "practised");
}

#[tokio::test]
async fn what_is_stricter_is_in_force_at_once_and_a_refusal_changes_nothing() {
    let app = TestApp::new();
    let (root, olga) = two_admins(&app).await;
    let stricter = json!({"level": "minimal"});
    assert_eq!(root.send("PUT", "/policy/dana", &stricter).await.status, 200);
    let looser = json!({"level": "elevated", "version": 1});
    let id = root.send("PUT", "/policy/dana", &looser).await.ok()["id"].as_str().unwrap().to_owned();
    olga.send("POST", &format!("/proposals/{id}"), &json!({"decision": "maybe"})).await.refused("invalid");
    let refused = olga.send("POST", &format!("/proposals/{id}"), &json!({"decision": "refuse"})).await.ok();
    assert_eq!(refused["status"], "refused");
    assert_eq!(root.get("/policy/dana").await.ok()["level"], "minimal");
}

#[tokio::test]
async fn a_proposal_made_against_an_older_version_is_outdated() {
    let app = TestApp::new();
    let (root, olga) = two_admins(&app).await;
    let id = root.send("PUT", "/policy/dana", &json!({"level": "full"})).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    root.send("PUT", "/policy/dana", &json!({"level": "minimal"})).await.ok();
    olga.send("POST", &format!("/proposals/{id}"), &json!({"decision": "accept"}))
        .await
        .refused("version_conflict");
    assert_eq!(root.get("/policy/dana").await.ok()["level"], "minimal");
    assert!(open(&olga).await.is_empty());
    assert_eq!(app.payloads("proposal_decided").await[0]["status"], "outdated");
}

#[tokio::test]
async fn the_rule_itself_weights_and_guardrails_cannot_be_loosened_alone() {
    let app = TestApp::new();
    let (root, olga) = two_admins(&app).await;
    let settings = root.get("/settings").await.ok();
    let version = settings["version"].clone();
    for looser in [
        json!({"second_person_for_loosening": false, "version": version}),
        json!({"self_approvers": ["root"], "version": version}),
        json!({"max_grant_uses": 900, "version": version}),
    ] {
        assert_eq!(root.send("PUT", "/settings", &looser).await.status, 202, "{looser}");
    }
    assert_eq!(root.get("/settings").await.ok(), settings);
    let stricter =
        json!({"quorum_by_level": {"low": 1, "medium": 2, "high": 2, "critical": 3}, "version": version});
    assert_eq!(root.send("PUT", "/settings", &stricter).await.ok()["quorum_by_level"]["medium"], 2);

    let lighter = json!({"weights": {"auth": 250}});
    let id = {
        let answer = root.send("PUT", "/risk-settings/default", &lighter).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(root.get("/risk-settings/default").await.ok()["version"], 0);
    olga.send("POST", &format!("/proposals/{id}"), &json!({"decision": "accept"})).await.ok();
    let saved = root.get("/risk-settings/default").await.ok();
    assert_eq!((saved["version"].as_u64(), saved["weights"]["auth"].as_u64()), (Some(1), Some(250)));

    let forbid = "@id(\"no-friday\") @reason(\"not on Fridays\") forbid(principal, action == Action::\"run\", resource);";
    let saved = root.send("PUT", "/guardrails", &json!({"text": forbid})).await;
    assert_eq!(saved.status, 200, "a further forbid is stricter: {}", saved.body);
    let gone = json!({"text": "", "version": 1});
    let answer = root.send("PUT", "/guardrails", &gone).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let id = answer.body["id"].as_str().unwrap().to_owned();
    assert!(answer.body["looser"].to_string().contains("no-friday"), "{}", answer.body);
    olga.send("POST", &format!("/proposals/{id}"), &json!({"decision": "accept"})).await.ok();
    assert_eq!(root.get("/guardrails").await.ok()["text"], "");
}

#[tokio::test]
async fn risk_settings_change_the_score_of_their_scope_and_are_recorded() {
    let app = TestApp::new();
    let root = app.token("root", Role::Admin, None).await;
    let agent = app.agent().await;
    let asked = |repo: &str| json!({"action_type": "code_edit", "context": {"target_files": ["src/auth/login.rs"], "repo": repo}});
    let score = |answer: &Value| (answer["risk_score"].as_f64().unwrap() * 1000.0).round() as i64;
    let plain = score(&agent.evaluate(&asked("pay")).await);
    root.send("PUT", "/risk-settings/repo:pay", &json!({"weights": {"auth": 2000}})).await.refused("invalid");
    root.send("PUT", "/risk-settings/repo:pay", &json!({"weights": {"charm": 100}})).await.refused("invalid");
    root.send("PUT", "/risk-settings/nonsense", &json!({})).await.refused("bad_request");
    let heavier = json!({"weights": {"auth": 600}});
    root.send("PUT", "/risk-settings/repo:pay", &heavier).await.ok();
    root.send("PUT", "/risk-settings/repo:pay", &heavier).await.refused("version_conflict");
    assert_eq!(score(&agent.evaluate(&asked("pay")).await), plain + 200);
    assert_eq!(score(&agent.evaluate(&asked("other")).await), plain);
    let record = app.payloads("decision").await.into_iter().find(|d| d["assessment"]["score"] == plain + 200);
    assert_eq!(record.unwrap()["risk"]["changed"]["weights"]["auth"], 600);
    let history = root.get("/risk-settings/repo:pay/history").await.ok();
    assert!(history[0]["changed"].to_string().contains("auth"), "{history}");
}
