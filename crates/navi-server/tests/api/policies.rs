//! Policies: validated, versioned, explained, kept, and tried before they are saved.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp, ask, low, medium};

async fn admin<'a>(app: &'a TestApp, name: &str) -> Caller<'a> {
    app.token(name, Role::Admin, None).await
}

#[tokio::test]
async fn the_chain_says_which_policy_won_and_where_each_field_comes_from() {
    let app = TestApp::new();
    let (root, agent) = (admin(&app, "root").await, app.agent().await);
    root.send("PUT", "/policy/role:developer", &json!({"level": "elevated"})).await.ok();
    let in_repo = json!({"level": "minimal", "repo": "pay", "blocked_actions": ["deploy_*"]});
    root.send("PUT", "/policy/dana", &in_repo).await.ok();

    let elsewhere = root.get("/policy/dana").await.ok();
    assert_eq!((elsewhere["level"].as_str(), elsewhere["version"].as_u64()), (Some("elevated"), Some(0)));
    let wins: Vec<&Value> =
        elsewhere["chain"].as_array().unwrap().iter().filter(|l| l["wins"] == true).collect();
    assert_eq!(wins.len(), 1);
    assert_eq!(wins[0]["scope"], "policy of role developer");

    let there = root.get("/policy/dana?repo=pay").await.ok();
    assert_eq!((there["level"].as_str(), there["version"].as_u64()), (Some("minimal"), Some(1)));
    let scopes: Vec<&str> =
        there["chain"].as_array().unwrap().iter().map(|l| l["scope"].as_str().unwrap()).collect();
    assert_eq!(
        scopes,
        ["policy of dana in pay", "policy of dana", "policy of role developer", "organisation default"]
    );
    assert_eq!(there["fields"]["blocked_actions"], "policy of dana in pay");
    assert_eq!(there["fields"]["max_risk_threshold"], "default of level minimal");

    let asked = json!({"action_type": "deploy_canary", "context": {"repo": "pay"}});
    let answer = agent.send("POST", "/evaluate?dry_run=true", &asked).await.ok();
    assert_eq!(answer["decision"], "BLOCKED", "a glob of the blocked list: {answer}");
    assert_eq!(answer["policy"]["source"], "policy of dana in pay");
    assert_eq!(answer["policy"]["chain"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_dry_run_says_everything_and_leaves_no_trace() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let before = app.kinds().await;
    for asked in [low(), medium()] {
        let path = "/evaluate?dry_run=true";
        let answer = agent.send_once("POST", path, &asked, "key-1").await.ok();
        assert_eq!(answer["dry_run"], true);
        assert!(answer["permit"].is_null() && answer["approval_id"].is_null(), "{answer}");
        assert!(answer["risk_score"].as_f64().is_some_and(|s| s > 0.0));
        assert!(!answer["factors"].as_array().unwrap().is_empty());
    }
    let mut started = low();
    started["start"] = json!({"run_nonce": "12345678"});
    let answer = agent.send("POST", "/evaluate?dry_run=true", &started).await.ok();
    assert!(answer["execution"].is_null(), "{answer}");
    assert_eq!(app.kinds().await, before);
    assert_eq!(agent.get("/approvals").await.ok()["items"], json!([]));
    assert!(app.app.store.idempotent(&agent.secret, "key-1").await.unwrap().is_none());
    let meant = agent.send_once("POST", "/evaluate", &medium(), "key-1").await.ok();
    assert_eq!(
        meant["decision"],
        agent.send("POST", "/evaluate?dry_run=true", &medium()).await.ok()["decision"]
    );
}

#[tokio::test]
async fn values_out_of_range_and_twofold_entries_are_refused_and_unknown_types_are_told() {
    let app = TestApp::new();
    let root = admin(&app, "root").await;
    for wrong in [
        json!({"level": "reckless"}),
        json!({"level": "full", "max_risk_threshold": 1.2}),
        json!({"level": "full", "max_risk_threshold": -0.1}),
        json!({"level": "full", "auto_allowed_actions": ["deploy"], "blocked_actions": ["Deploy "]}),
        json!({"level": "full", "blocked_actions": [""]}),
    ] {
        root.send("PUT", "/policy/dana", &wrong).await.refused("invalid");
    }
    assert!(!app.kinds().await.contains(&"policy_changed".to_owned()));
    let odd = json!({"level": "standard", "blocked_actions": ["frobnicate", "deploy_*"],
        "require_approval_for": ["deploy_staging"]});
    let saved = root.send("PUT", "/policy/dana", &odd).await.ok();
    let warnings = saved["warnings"].to_string();
    assert!(warnings.contains("frobnicate is no action type"), "{warnings}");
    assert!(warnings.contains("deploy_staging"), "an overlap is told: {warnings}");
}

#[tokio::test]
async fn of_eight_racing_saves_one_wins_and_seven_get_a_typed_conflict() {
    let app = TestApp::new();
    let root = admin(&app, "root").await;
    root.send("PUT", "/policy/dana", &json!({"level": "standard"})).await.ok();
    let change =
        |i: u32| json!({"level": "standard", "max_risk_threshold": f64::from(i) / 100.0, "version": 1});
    let answers = futures_util::future::join_all((10..18).map(|i| {
        let (root, body) = (root.clone(), change(i));
        async move { (i, root.send("PUT", "/policy/dana", &body).await) }
    }))
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, a)| a.status.is_success());
    assert_eq!((won.len(), lost.len()), (1, 7));
    for (_, answer) in lost {
        answer.refused("version_conflict");
    }
    let now = root.get("/policy/dana").await.ok();
    assert_eq!(now["version"], 2);
    assert_eq!(now["max_risk_threshold"], f64::from(won[0].0) / 100.0);
    assert_eq!(app.payloads("policy_changed").await.len(), 2);
}

#[tokio::test]
async fn every_version_is_kept_told_apart_and_can_come_back() {
    let app = TestApp::new();
    let root = admin(&app, "root").await;
    root.send("PUT", "/policy/dana", &json!({"level": "standard"})).await.ok();
    app.pass(60);
    let second = json!({"level": "minimal", "blocked_actions": ["deploy_prod"], "version": 1});
    root.send("PUT", "/policy/dana", &second).await.ok();
    root.send("PUT", "/policy/erin", &json!({"level": "full"})).await.ok();

    let history = root.get("/policy/dana/history").await.ok();
    let history = history.as_array().unwrap();
    assert_eq!(history.iter().map(|v| v["version"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(history[0]["saved_by"], "root");
    assert!(history[0]["changed"].to_string().contains("level from standard to minimal"), "{}", history[0]);
    assert!(history[0]["changed"].to_string().contains("blocked: added deploy_prod"), "{}", history[0]);
    assert_eq!(history[1]["policy"]["level"], "standard");

    let back = |version: u64, to: u64| json!({"to_version": to, "version": version});
    root.send("POST", "/policy/dana/revert", &back(1, 1)).await.refused("version_conflict");
    root.send("POST", "/policy/dana/revert", &back(2, 9)).await.refused("not_found");
    let reverted = root.send("POST", "/policy/dana/revert", &back(2, 1)).await.ok();
    assert_eq!((reverted["version"].as_u64(), reverted["level"].as_str()), (Some(3), Some("standard")));
    assert_eq!(reverted["blocked_actions"], json!([]));
    let other = app.token("mallory", Role::Developer, None).await;
    other.get("/policy/dana/history").await.refused("forbidden");
}

#[tokio::test]
async fn a_preview_counts_what_would_change_and_what_people_rejected_of_it() {
    let app = TestApp::new();
    let root = admin(&app, "root").await;
    let ana = app.person("ana", Role::Approver).await;
    let (rejected, approved) = (ask(&app, &medium()).await, {
        let mut other = medium();
        other["context"]["session_id"] = "s2".into();
        ask(&app, &other).await
    });
    ana.reject(&rejected).await.ok();
    ana.approve(&approved).await.ok();
    let agent = app.token("dana", Role::Agent, Some("nova2")).await;
    for _ in 0..3 {
        agent.evaluate(&low()).await;
    }
    let stranger = app.token("erin", Role::Agent, Some("iris")).await;
    stranger.evaluate(&low()).await;

    let before = app.kinds().await;
    let draft = json!({"user_id": "dana", "draft": {"level": "full"}});
    let shown = root.send("POST", "/policy/preview", &draft).await.ok();
    assert_eq!(shown["looked_at"], 6);
    let counts = &shown["counts"];
    assert_eq!(counts["considered"], 5, "erin's are out of the draft's scope: {shown}");
    assert_eq!((counts["asking_before"].as_u64(), counts["auto_before"].as_u64()), (Some(2), Some(3)));
    assert_eq!((counts["newly_auto"].as_u64(), counts["auto_after"].as_u64()), (Some(2), Some(5)));
    assert_eq!(counts["newly_auto_that_people_rejected"], 1);
    assert_eq!(shown["newly_auto"].as_array().unwrap().len(), 2);
    assert!(shown["sentence"].as_str().unwrap().contains("1 of which a person rejected"), "{shown}");
    assert!(shown["looser"].to_string().contains("level goes up"), "{shown}");

    let stricter = json!({"user_id": "dana", "draft": {"level": "minimal", "blocked_actions": ["*"]}});
    let shown = root.send("POST", "/policy/preview", &stricter).await.ok();
    assert_eq!((shown["counts"]["newly_blocked"].as_u64(), shown["looser"].clone()), (Some(5), json!([])));
    assert_eq!(shown["more"], false);
    let nobody = json!({"user_id": "nobody", "draft": {"level": "full"}});
    assert_eq!(root.send("POST", "/policy/preview", &nobody).await.ok()["counts"]["considered"], 0);
    let wide = json!({"user_id": "dana", "draft": {"level": "full"}, "limit": 100_001});
    root.send("POST", "/policy/preview", &wide).await.refused("invalid");
    assert_eq!(app.kinds().await, before, "a preview leaves no trace");
}

#[tokio::test]
async fn a_change_keeps_its_reason_and_a_policy_names_what_guardrails_hold() {
    let app = TestApp::new();
    let root = admin(&app, "root").await;
    let why = json!({"level": "minimal", "reason": " audit week "});
    root.send("PUT", "/policy/dana", &why).await.ok();
    root.send("PUT", "/policy/dana", &json!({"level": "standard", "version": 1})).await.ok();
    let back = json!({"to_version": 1, "version": 2, "reason": "too early"});
    root.send("POST", "/policy/dana/revert", &back).await.ok();
    let history = root.get("/policy/dana/history").await.ok();
    let reasons: Vec<&Value> = history.as_array().unwrap().iter().map(|v| &v["reason"]).collect();
    assert_eq!(reasons, [&json!("too early"), &Value::Null, &json!("audit week")]);
    let weights = json!({"weights": {"scope": 500}, "reason": "large changes"});
    root.send("PUT", "/risk-settings/default", &weights).await.ok();
    assert_eq!(root.get("/risk-settings/default/history").await.ok()[0]["reason"], "large changes");

    assert!(root.get("/policy/dana").await.ok()["locks"].is_null(), "what ships holds no harmless action");
    let forbid = "@id(\"no-deploys\")\n@reason(\"Deploys are done by hand\")\n@instead(\"Ask the platform team\")\n\
                  forbid (principal, action == Action::\"run\", resource)\n\
                  when { context.action_type == \"deploy_prod\" };";
    root.send("PUT", "/guardrails", &json!({"text": forbid})).await.ok();
    let mut locks = root.get("/policy/dana?repo=pay").await.ok()["locks"].clone();
    let words = locks[0].as_object_mut().unwrap().remove("words");
    let lock = json!({"action_type": "deploy_prod", "held": "block", "guardrail": "no-deploys",
        "reason": "Deploys are done by hand", "instead": "Ask the platform team"});
    assert_eq!(locks, json!([lock]));
    assert_eq!(words.unwrap()[0]["text"], "Deploys are done by hand");
}

#[tokio::test]
async fn what_is_wrong_with_a_text_is_told_with_its_places() {
    let app = TestApp::new();
    let root = admin(&app, "root").await;
    let broken = "permit (principal, action, resource)\nwhen { context.levle == \"low\" };";
    let answer =
        root.send("PUT", "/guardrails", &json!({"text": broken, "version": 0, "check_only": true})).await;
    assert_eq!((answer.status.as_u16(), &answer.body["code"]), (422, &json!("invalid")));
    assert_eq!(answer.body["problems"][0]["line"], 2, "{}", answer.body);
    assert!(answer.body["problems"][0]["column"].as_u64().is_some_and(|column| column > 1));
    let answer = root.send("PUT", "/catalogue", &json!({"text": "[[x"})).await;
    assert_eq!(answer.body["problems"][0]["line"], 1, "{}", answer.body);
}
