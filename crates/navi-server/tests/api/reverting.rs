//! An older version of settings becomes the newest, and a preview looks at the last 30 days.

use navi_domain::people::Role;
use serde_json::json;

use crate::app::{TestApp, ask, medium};

const DAY: i64 = 24 * 3600;

#[tokio::test]
async fn older_settings_come_back_as_the_newest_version_but_no_allow_rule_does() {
    let app = TestApp::new();
    let (root, olga) =
        (app.token("root", Role::Admin, None).await, app.token("olga", Role::Admin, None).await);
    let first = json!({"quorum_by_level": {"high": 2}, "groups": {"payments": ["ana"]}, "retention": {"decisions": 90},
        "bypass": {"most_minutes": 15, "solo": true}, "allowances": {"offline": "low", "offline_minutes": 60, "notification": "none"}});
    root.send("PUT", "/settings", &first).await.ok();
    root.send("PUT", "/policy/dana", &json!({"level": "minimal"})).await.ok();
    let asked = json!({"action_type": "command_run", "context": {"command": "make docs", "repo": "shop"}});
    let id = ask(&app, &asked).await;
    let rule = json!({"like": "same_action", "reason": "docs"});
    let proposal = root.send("POST", &format!("/approvals/{id}/allow-rules"), &rule).await.ok();
    let path = format!("/proposals/{}", proposal["id"].as_str().unwrap());
    olga.send("POST", &path, &json!({"decision": "accept"})).await.ok();
    let second = json!({"quorum_by_level": {}, "groups": {}, "retention": {}, "bypass": {"most_minutes": 60, "solo": false},
        "allowances": {"offline": "medium", "offline_minutes": 240, "notification": "medium"}, "version": 2});
    root.send("PUT", "/settings", &second).await.ok();
    let rule = root.get("/allow-rules").await.ok()[0]["id"].as_str().unwrap().to_owned();
    root.send("DELETE", &format!("/allow-rules/{rule}"), &json!({})).await;

    let back = json!({"to_version": 2, "version": 4, "reason": "it was better"});
    let saved = root.send("POST", "/settings/revert", &back).await.ok();
    for (field, was) in first.as_object().unwrap() {
        if field != "quorum_by_level" {
            assert_eq!(&saved[field], was, "{field}");
        }
    }
    assert_eq!((saved["quorum_by_level"]["high"].as_u64(), saved["version"].as_u64()), (Some(2), Some(5)));
    assert_eq!(root.get("/allow-rules").await.ok(), json!([]), "what ended does not begin again");
    assert_eq!(root.get("/settings/history").await.ok()[0]["reason"], "it was better");
    root.send("POST", "/settings/revert", &back).await.refused("version_conflict");
    let never = json!({"to_version": 99, "version": 5});
    root.send("POST", "/settings/revert", &never).await.refused("not_found");
}

#[tokio::test]
async fn a_looser_older_version_waits_for_a_second_person() {
    let app = TestApp::new();
    let root = app.token("root", Role::Admin, None).await;
    root.send("PUT", "/settings", &json!({"max_grant_uses": 500})).await.ok();
    let stricter = json!({"max_grant_uses": 5, "second_person_for_loosening": true, "version": 1});
    root.send("PUT", "/settings", &stricter).await.ok();
    let back = json!({"to_version": 1, "version": 2});
    assert_eq!(root.send("POST", "/settings/revert", &back).await.status, 202);
    assert_eq!(root.get("/settings").await.ok()["max_grant_uses"], 5);
}

#[tokio::test]
async fn older_risk_settings_come_back_for_their_scope_alone() {
    let app = TestApp::new();
    let root = app.token("root", Role::Admin, None).await;
    let heavy = json!({"weights": {"auth": 900}, "base": {"deploy": 700}, "levels": {"medium": 200, "high": 600, "critical": 900},
        "labels": {"low": "calm"}});
    root.send("PUT", "/risk-settings/repo:shop", &heavy).await.ok();
    root.send("PUT", "/risk-settings/repo:shop", &json!({"version": 1})).await.ok();
    let back = json!({"to_version": 1, "version": 2, "reason": "as before"});
    let saved = root.send("POST", "/risk-settings/repo:shop/revert", &back).await.ok();
    for (field, was) in heavy.as_object().unwrap() {
        assert_eq!(&saved[field], was, "{field}");
    }
    assert_eq!(saved["version"], 3);
    root.send("POST", "/risk-settings/repo:pay/revert", &back).await.refused("not_found");
}

#[tokio::test]
async fn a_preview_looks_at_the_last_thirty_days_and_says_how_often_people_would_be_asked() {
    let app = TestApp::new();
    let root = app.token("root", Role::Admin, None).await;
    let mut old = medium();
    old["context"]["session_id"] = "old".into();
    ask(&app, &old).await;
    app.pass(31 * DAY);
    for day in 0..4 {
        let mut asked = medium();
        asked["context"]["session_id"] = format!("s{day}").into();
        ask(&app, &asked).await;
        app.pass(DAY);
    }
    let draft = json!({"user_id": "dana", "draft": {"level": "full"}});
    let shown = root.send("POST", "/policy/preview", &draft).await.ok();
    assert_eq!((shown["looked_at"].as_u64(), shown["more"].as_bool()), (Some(4), Some(false)), "{shown}");
    let a_day = |name: &str| shown[name].as_f64().unwrap();
    assert_eq!(
        (a_day("prompts_per_day_before"), a_day("prompts_per_day_after")),
        (0.8, 0.0),
        "four in five days"
    );
    let longer = json!({"user_id": "dana", "draft": {"level": "full"}, "days": 60});
    assert_eq!(root.send("POST", "/policy/preview", &longer).await.ok()["looked_at"], 5);
    let newest = json!({"user_id": "dana", "draft": {"level": "full"}, "limit": 2});
    let shown = root.send("POST", "/policy/preview", &newest).await.ok();
    assert_eq!((shown["looked_at"].as_u64(), shown["more"].as_bool()), (Some(2), Some(true)));
    for days in [0, 366] {
        let bad = json!({"user_id": "dana", "draft": {"level": "full"}, "days": days});
        root.send("POST", "/policy/preview", &bad).await.refused("invalid");
    }
}
