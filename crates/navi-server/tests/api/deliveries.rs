//! What devices tell about notifications: kept, shown to whoever waits, and a reason to ask somebody else.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Person, TestApp, ask, medium};

async fn report(person: &Person<'_>, body: Value) -> crate::app::Answer {
    person.caller.send("POST", "/deliveries", &body).await
}

/// News of a request that came through these stages, one a second, the last one now.
async fn news(app: &TestApp, person: &Person<'_>, id: &str, stages: &[&str], why: Option<&str>) -> Value {
    let view = person.view(id).await;
    let now = app.app.store.now();
    let first = now - stages.len() as i64 * 1_000_000;
    let reached: Vec<Value> =
        stages.iter().zip(1..).map(|(s, n)| json!({"stage": s, "at": first + n * 1_000_000})).collect();
    let mut part = json!({"approval_id": id, "digest": view.digest, "level": view.level, "reached": reached,
        "rings": 1, "changed_at": now});
    if let Some(why) = why {
        part["hindered"] = json!({"why": why, "at": now});
    }
    part
}

async fn told(person: &Person<'_>, id: &str) -> Value {
    person.caller.get(&format!("/approvals/{id}")).await.ok()["told"].clone()
}

#[tokio::test]
async fn what_a_device_shows_is_told_to_whoever_waits() {
    let app = TestApp::new();
    let (ana, ben) = (app.person("ana", Role::Approver).await, app.person("ben", Role::Approver).await);
    let id = ask(&app, &medium()).await;
    let _open = app.app.presence.enter_at("ana", Some(&ana.device_id));
    let shown = news(&app, &ana, &id, &["created", "dispatched", "accepted", "shown"], None).await;
    assert_eq!(report(&ana, json!({"deliveries": [shown]})).await.ok()["kept"], 1);
    assert_eq!(report(&ana, json!({"deliveries": [shown]})).await.ok()["kept"], 0, "the same again");

    let agent = app.agent().await;
    let lines = agent.get(&format!("/approvals/{id}")).await.ok()["told"].clone();
    let line = |user: &str| lines.as_array().unwrap().iter().find(|l| l["user"] == user).unwrap().clone();
    assert_eq!(line("ana")["stage"], "shown");
    assert_eq!((&line("ana")["connected"], &line("ana")["at"]), (&json!(true), &shown["changed_at"]));
    assert_eq!(line("ben"), json!({"user": "ben", "connected": false}), "he has no console open");
    let page = ben.caller.get("/approvals").await.ok();
    assert_eq!(page["items"][0].get("told"), None, "lists stay lean");
}

#[tokio::test]
async fn an_older_report_never_takes_the_place_of_a_newer_one() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let early = news(&app, &ana, &id, &["created", "dispatched"], None).await;
    app.pass(5);
    let late = news(&app, &ana, &id, &["created", "dispatched", "accepted"], None).await;
    assert_eq!(report(&ana, json!({"deliveries": [late, early]})).await.ok()["kept"], 1);
    assert_eq!(told(&ana, &id).await[0]["stage"], "accepted");
}

#[tokio::test]
async fn only_a_device_of_the_person_tells_and_nonsense_is_refused() {
    let app = TestApp::new();
    let (ana, admin) = (app.person("ana", Role::Approver).await, app.token("root", Role::Admin, None).await);
    let id = ask(&app, &medium()).await;
    let good = news(&app, &ana, &id, &["created", "dispatched"], None).await;
    admin.send("POST", "/deliveries", &json!({"deliveries": [good]})).await.refused("forbidden");
    app.agent().await.send("POST", "/deliveries", &json!({"deliveries": [good]})).await.refused("forbidden");

    let with = |field: &str, value: Value| {
        let mut part = good.clone();
        part[field] = value;
        json!({"deliveries": [part]})
    };
    report(&ana, with("level", json!("severe"))).await.refused("invalid");
    report(&ana, with("reached", json!([]))).await.refused("invalid");
    report(&ana, with("reached", json!([{"stage": "shown", "at": 1}]))).await.refused("invalid");
    let future = app.app.store.now() + 3_600_000_000;
    report(&ana, with("changed_at", json!(future))).await.refused("invalid");
    report(&ana, json!({"desk": {"actions": true, "tray": true, "at": future}})).await.refused("invalid");
    let many = vec![good.clone(); 501];
    report(&ana, json!({"deliveries": many})).await.refused("invalid");
    assert_eq!(report(&ana, with("approval_id", json!("nobody's"))).await.ok()["kept"], 0);
    assert_eq!(report(&ana, with("digest", json!("00"))).await.ok()["kept"], 0, "of another content");
}

#[tokio::test]
async fn a_report_leaves_no_entry_in_the_ledger() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let shown = news(&app, &ana, &id, &["created", "dispatched"], None).await;
    let before = app.app.store.head().await.unwrap();
    report(&ana, json!({"deliveries": [shown], "desk": {"actions": true, "tray": true, "at": 1}})).await.ok();
    assert_eq!(app.app.store.head().await.unwrap(), before);
}

#[tokio::test]
async fn a_silenced_desk_is_said_before_anything_is_shown_on_it() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let _open = app.app.presence.enter_at("ana", Some(&ana.device_id));
    assert_eq!(told(&ana, &id).await[0]["hindered"], Value::Null);
    let at = app.app.store.now();
    let desk =
        json!({"service": "dunst 1.9", "actions": true, "do_not_disturb": true, "tray": true, "at": at});
    report(&ana, json!({"desk": desk})).await.ok();
    assert_eq!(told(&ana, &id).await[0]["hindered"], "do_not_disturb");
    let _page = app.app.presence.enter("ana");
    assert_eq!(told(&ana, &id).await[0]["hindered"], Value::Null, "a page shows it too");
}
