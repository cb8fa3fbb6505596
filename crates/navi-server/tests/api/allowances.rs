//! What may be approved in a notification and without a connection: kept, delivered and enforced by the server.

use navi_domain::MINUTE;
use navi_domain::allowance::{Allowances, UpTo};
use navi_domain::people::Role;
use navi_domain::vote::Surface::{self, Notification, Terminal, Window};
use navi_domain::vote::VoteVerdict::{self, Approve, Reject};
use serde_json::json;

use crate::app::{Answer, Person, TestApp, ask, high, medium};

async fn vote(ana: &Person<'_>, id: &str, verdict: VoteVerdict, surface: Surface, made_at: i64) -> Answer {
    let signed = ana.sign_by(&ana.view(id).await, verdict, surface, made_at);
    ana.caller.send("POST", &format!("/approvals/{id}"), &signed).await
}

fn in_session(session: &str) -> serde_json::Value {
    let mut asked = medium();
    asked["context"]["session_id"] = session.into();
    asked
}

#[tokio::test]
async fn a_notification_approves_only_what_the_organisation_lets_it() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let now = || app.app.store.now();
    let grave = ask(&app, &high()).await;
    vote(&ana, &grave, Approve, Notification, now()).await.refused("not_from_notification");
    let id = ask(&app, &in_session("s1")).await;
    app.settle(|s| s.allowances.notification = UpTo::Low).await;
    vote(&ana, &id, Approve, Notification, now()).await.refused("not_from_notification");
    let refused = app.payloads("vote_refused").await;
    assert_eq!(refused.last().unwrap()["refusal"], "not_from_notification", "and that is on record");
    assert_eq!(ana.view(&id).await.status, "pending");
    vote(&ana, &id, Reject, Notification, now()).await.ok();
    app.settle(|s| s.allowances.notification = UpTo::None).await;
    let other = ask(&app, &in_session("s2")).await;
    vote(&ana, &other, Approve, Window, now()).await.ok();
    app.settle(|s| s.allowances.notification = UpTo::Medium).await;
    let third = ask(&app, &in_session("s3")).await;
    vote(&ana, &third, Approve, Notification, now()).await.ok();
}

#[tokio::test]
async fn an_approve_that_a_console_kept_counts_only_as_far_as_offline_is_allowed() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let ago = |minutes: i64| app.app.store.now() - minutes * MINUTE;
    let allow = |offline| Allowances { offline, offline_minutes: 30, ..Allowances::default() };
    let grave = ask(&app, &high()).await;
    vote(&ana, &grave, Approve, Window, ago(6)).await.refused("not_offline");
    vote(&ana, &grave, Approve, Window, ago(4)).await.ok();

    app.settle(|s| s.allowances = allow(UpTo::Low)).await;
    let id = ask(&app, &in_session("s1")).await;
    vote(&ana, &id, Approve, Window, ago(6)).await.refused("not_offline");
    app.settle(|s| s.allowances = allow(UpTo::Medium)).await;
    // For how long a console may sign is its own to keep; how long the vote was on its way is no matter.
    vote(&ana, &id, Approve, Window, ago(600)).await.ok();
    let other = ask(&app, &in_session("s2")).await;
    vote(&ana, &other, Reject, Window, ago(600)).await.ok();
    let third = ask(&app, &in_session("s3")).await;
    vote(&ana, &third, Approve, Terminal, 0).await.ok();
}

#[tokio::test]
async fn they_are_settings_like_others_and_every_session_is_told() {
    let app = TestApp::new();
    let root = app.token("root", Role::Admin, None).await;
    let told = || async { root.get("/session").await.ok()["allowances"].clone() };
    assert_eq!(told().await, json!({"offline": "medium", "offline_minutes": 240, "notification": "medium"}));
    let none = json!({"offline": "none", "offline_minutes": 60, "notification": "low"});
    let saved = root.send("PUT", "/settings", &json!({"allowances": none})).await.ok();
    assert_eq!((&saved["allowances"], told().await), (&none, none.clone()));
    let words = root.get("/settings/history").await.ok()[0]["changed"].to_string();
    assert!(words.contains("what may be approved offline from medium to none"), "{words}");
    for bad in [
        json!({"offline": "high", "offline_minutes": 60, "notification": "low"}),
        json!({"offline": "low", "offline_minutes": 0, "notification": "low"}),
        json!({"offline": "low", "offline_minutes": 1441, "notification": "low"}),
        json!({"offline": "low", "offline_minutes": 60, "notification": "critical"}),
    ] {
        root.send("PUT", "/settings", &json!({"allowances": bad, "version": 1})).await.refused("invalid");
    }
    root.send("PUT", "/settings", &json!({"second_person_for_loosening": true, "version": 1})).await.ok();
    let looser = json!({"allowances": {"offline": "none", "offline_minutes": 60, "notification": "medium"}, "version": 2});
    assert_eq!(root.send("PUT", "/settings", &looser).await.status, 202, "looser: a second person");
    assert_eq!(told().await["notification"], "low");
}
