//! Who is on call, and whom a waiting request alerts: at its part of the time, at once when nobody is there, not while
//! somebody is on it; and the sheet of what the next shift takes over.

use navi_domain::SECOND;
use navi_domain::people::Role;
use navi_server::usecase::escalate;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp, ask, medium};

const HOUR: i64 = 3_600 * SECOND;

fn weekly(people: &[&str], version: u64) -> Value {
    json!({"name": "Primary", "zone": "Europe/Berlin", "version": version,
        "rota": {"people": people, "begins": "2026-09-07T09:00"}})
}

async fn primary(admin: &Caller<'_>, people: &[&str]) -> Value {
    admin.send("PUT", "/oncall/schedules/primary", &weekly(people, 0)).await.ok()
}

/// Lets whatever is due be alerted.
async fn climb(app: &TestApp) {
    escalate::climb(&app.app).await.unwrap();
}

#[tokio::test]
async fn a_schedule_is_saved_read_laid_out_and_removed_and_each_change_is_an_entry() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    let (_ana, _eva) = (app.person("ana", Role::Approver).await, app.person("eva", Role::Oncall).await);
    let saved = primary(&admin, &["ana", "eva"]).await;
    let schedule = &saved["schedules"][0];
    assert_eq!((&schedule["now"]["user"], &schedule["next"]["user"]), (&json!("ana"), &json!("eva")));
    assert_eq!(saved["version"], 1);

    let turns = admin.get("/oncall/schedules/primary/turns").await.ok();
    assert_eq!(turns.as_array().unwrap().len(), 5, "four weeks touch five turns: {turns}");
    assert_eq!(turns[0]["to"], turns[1]["from"]);
    admin.get("/oncall/schedules/other/turns").await.refused("not_found");
    admin.get("/oncall/schedules/primary/turns?from=5&to=5").await.refused("bad_request");

    admin.send("PUT", "/oncall/schedules/primary", &weekly(&["ana"], 0)).await.refused("version_conflict");
    admin.send("PUT", "/oncall/schedules/primary", &weekly(&["nobody"], 1)).await.refused("invalid");
    let mut elsewhere = weekly(&["ana"], 1);
    elsewhere["zone"] = "Mars/Base".into();
    let refused = admin.send("PUT", "/oncall/schedules/primary", &elsewhere).await.refused("invalid");
    assert!(refused["detail"].as_str().unwrap().contains("no time zone"), "{refused}");

    let line = json!({"line": [{"at": 500, "to": "schedule", "name": "primary"}], "target_minutes": 30, "version": 1});
    admin.send("PUT", "/oncall/line", &line).await.ok();
    admin.send("DELETE", "/oncall/schedules/primary", &json!({})).await.refused("invalid");
    let free = json!({"line": [], "target_minutes": 30, "version": 2});
    admin.send("PUT", "/oncall/line", &free).await.ok();
    assert_eq!(
        admin.send("DELETE", "/oncall/schedules/primary", &json!({})).await.ok()["schedules"],
        json!([])
    );
    admin.send("DELETE", "/oncall/schedules/primary", &json!({})).await.refused("not_found");

    let told = app.payloads("oncall_changed").await;
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[0]["saved"]["rota"]["people"], json!(["ana", "eva"]));
    assert_eq!(told[3]["removed"]["id"], "primary");
}

#[tokio::test]
async fn a_shift_is_taken_over_by_oneself_and_given_back() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    let (ana, eva) = (app.person("ana", Role::Approver).await, app.person("eva", Role::Oncall).await);
    primary(&admin, &["ana"]).await;
    let now = app.app.store.now();
    let span = json!({"from": now - HOUR, "to": now + HOUR});
    let taken = eva.caller.send("POST", "/oncall/schedules/primary/shifts", &span).await.ok();
    let schedule = &taken["schedules"][0];
    assert_eq!((&schedule["now"]["user"], &schedule["now"]["origin"]), (&json!("eva"), &json!("override")));
    assert_eq!(schedule["next"]["user"], "ana");

    let for_ana = json!({"user": "ana", "from": now, "to": now + HOUR});
    eva.caller.send("POST", "/oncall/schedules/primary/shifts", &for_ana).await.refused("forbidden");
    let over = json!({"from": now - HOUR, "to": now - 1});
    eva.caller.send("POST", "/oncall/schedules/primary/shifts", &over).await.refused("invalid");
    app.agent().await.send("POST", "/oncall/schedules/primary/shifts", &span).await.refused("forbidden");

    let path = format!("/oncall/schedules/primary/shifts/{}", schedule["shifts"][0]["id"].as_str().unwrap());
    ana.caller.send("DELETE", &path, &json!({})).await.refused("forbidden");
    let back = eva.caller.send("DELETE", &path, &json!({})).await.ok();
    assert_eq!(back["schedules"][0]["now"]["user"], "ana");
    eva.caller.send("DELETE", &path, &json!({})).await.refused("not_found");
}

#[tokio::test]
async fn a_calendar_replaces_what_was_imported_and_leaves_out_by_name() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    let _people = (app.person("ana", Role::Approver).await, app.person("eva", Role::Oncall).await);
    primary(&admin, &["ana"]).await;
    let begins = chrono::DateTime::from_timestamp_micros(app.app.store.now()).unwrap();
    let event = |summary: &str| {
        let (from, to) =
            (begins.format("%Y%m%dT%H%M%SZ"), (begins + chrono::Duration::hours(8)).format("%Y%m%dT%H%M%SZ"));
        format!(
            "BEGIN:VEVENT\r\nUID:{summary}\r\nSUMMARY:{summary}\r\nDTSTART:{from}\r\nDTEND:{to}\r\nEND:VEVENT\r\n"
        )
    };
    let file =
        |events: &str| format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n");
    let import = async |body: Value| admin.send("POST", "/oncall/schedules/primary/calendar", &body).await;

    let text = file(&(event("On Call - Eva") + &event("Lunch")));
    let tried =
        import(json!({"calendar": text, "people": {"On Call - Eva": "eva"}, "dry_run": true})).await.ok();
    assert_eq!((&tried["saved"], &tried["shifts"][0]["user"]), (&json!(false), &json!("eva")));
    assert_eq!(tried["skipped"][0]["what"], "Lunch");
    assert_eq!(admin.get("/oncall").await.ok()["schedules"][0]["now"]["user"], "ana", "nothing changed");

    import(json!({"calendar": text, "people": {"On Call - Eva": "eva"}})).await.ok();
    assert_eq!(admin.get("/oncall").await.ok()["schedules"][0]["now"]["user"], "eva");
    import(json!({"calendar": file(&event("Lunch"))})).await.ok();
    assert_eq!(admin.get("/oncall").await.ok()["schedules"][0]["now"]["user"], "ana");
    import(json!({"calendar": "<html>"})).await.refused("invalid");
    import(json!({"calendar": text, "people": {"x": "nobody"}})).await.refused("invalid");
}

#[tokio::test]
async fn at_half_of_the_time_the_next_in_line_is_alerted_once_and_a_claim_stops_it() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    let (ana, _eva) = (app.person("ana", Role::Approver).await, app.person("eva", Role::Oncall).await);
    primary(&admin, &["eva"]).await;
    let line = json!({"line": [
        {"at": 500, "to": "schedule", "name": "primary"},
        {"at": 750, "to": "role", "name": "admin"},
    ], "target_minutes": 10_080, "version": 1});
    admin.send("PUT", "/oncall/line", &line).await.ok();
    let _there = app.app.presence.enter("ana");
    let (first, second) = (ask(&app, &medium()).await, {
        let mut other = medium();
        other["context"]["session_id"] = "s2".into();
        ask(&app, &other).await
    });
    let view = ana.view(&first).await;
    let allowed = (view.expires_at - view.created_at) / SECOND;
    ana.caller.send("POST", &format!("/approvals/{second}/claim"), &json!({})).await.ok();
    app.pass(allowed / 2 - 1);
    climb(&app).await;
    assert_eq!(app.payloads("approval_escalated").await, Vec::<Value>::new());

    app.pass(2);
    climb(&app).await;
    climb(&app).await;
    let alerts = ana.view(&first).await.alerts;
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!(
        (alerts[0].users.as_slice(), alerts[0].cause.as_str()),
        (["eva".to_owned()].as_slice(), "time")
    );
    assert!(ana.view(&second).await.alerts.is_empty(), "somebody is on it");

    app.pass(allowed / 4);
    climb(&app).await;
    assert_eq!(ana.view(&first).await.alerts[1].users, ["root"]);
    assert_eq!(app.payloads("approval_escalated").await.len(), 2);
}

#[tokio::test]
async fn what_reaches_nobody_climbs_at_once() {
    let app = TestApp::new();
    let (ana, _eva) = (app.person("ana", Role::Approver).await, app.person("eva", Role::Oncall).await);
    let _asker = app.app.presence.enter("dana");
    let id = ask(&app, &medium()).await;
    climb(&app).await;
    assert!(ana.view(&id).await.alerts.is_empty(), "a short loss is no absence");
    app.pass(61);
    climb(&app).await;
    let alerts = ana.view(&id).await.alerts;
    assert_eq!(
        (alerts[0].users.as_slice(), alerts[0].cause.as_str()),
        (["eva".to_owned()].as_slice(), "undeliverable")
    );
    let _there = app.app.presence.enter("eva");
    climb(&app).await;
    assert_eq!(ana.view(&id).await.alerts.len(), 1, "eva is there");
}

#[tokio::test]
async fn consoles_that_say_they_are_silenced_let_the_next_in_line_be_alerted_at_once() {
    let app = TestApp::new();
    let (ana, _eva) = (app.person("ana", Role::Approver).await, app.person("eva", Role::Oncall).await);
    let _there = app.app.presence.enter_at("ana", Some(&ana.device_id));
    app.pass(11);
    let id = ask(&app, &medium()).await;
    climb(&app).await;
    assert!(ana.view(&id).await.alerts.is_empty(), "her console is there");
    let desk = |dnd: bool| {
        let at = app.app.store.now();
        json!({"desk": {"service": "plasma", "actions": true, "do_not_disturb": dnd, "tray": true, "at": at}})
    };
    ana.caller.send("POST", "/deliveries", &desk(true)).await.ok();
    climb(&app).await;
    let alerts = ana.view(&id).await.alerts;
    assert_eq!(alerts.len(), 1, "nobody waits for half of the time");
    assert_eq!(
        (alerts[0].users.as_slice(), alerts[0].cause.as_str()),
        (["eva".to_owned()].as_slice(), "undeliverable")
    );
    app.pass(1);
    ana.caller.send("POST", "/deliveries", &desk(false)).await.ok();
    climb(&app).await;
    assert_eq!(ana.view(&id).await.alerts.len(), 1, "she is reached again");
}

#[tokio::test]
async fn a_missed_target_is_said_once_and_counted_on_the_handover_sheet() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    let ana = app.person("ana", Role::Approver).await;
    let line = json!({"line": [], "target_minutes": 1, "version": 0});
    admin.send("PUT", "/oncall/line", &line).await.ok();
    let id = ask(&app, &medium()).await;
    app.pass(59);
    climb(&app).await;
    assert_eq!(ana.view(&id).await.target_missed_at, None);
    app.pass(2);
    climb(&app).await;
    climb(&app).await;
    let late = app.payloads("target_missed").await;
    assert_eq!(late.len(), 1, "{late:?}");
    assert_eq!((&late[0]["target_minutes"], &late[0]["waited_secs"]), (&json!(1), &json!(61)));

    let pause = json!({"scope": "agent", "name": "other", "reason": "odd"});
    ana.caller.send("PUT", "/freeze", &pause).await.ok();
    let sheet = ana.caller.get("/oncall/handover").await.ok();
    assert_eq!((&sheet["late"], &sheet["pending"][0]["id"]), (&json!(1), &json!(id)));
    assert_eq!(sheet["freezes"][0]["name"], "other");
    assert_eq!(sheet["bypasses"], json!([]));
    app.agent().await.get("/oncall/handover").await.refused("forbidden");
}

#[tokio::test]
async fn what_waits_and_what_missed_the_target_is_read_as_metrics() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    let ana = app.person("ana", Role::Approver).await;
    let line = json!({"line": [], "target_minutes": 1, "version": 0});
    admin.send("PUT", "/oncall/line", &line).await.ok();
    ask(&app, &medium()).await;
    app.pass(61);
    climb(&app).await;
    let pause = json!({"scope": "everything", "reason": "odd"});
    ana.caller.send("PUT", "/freeze", &pause).await.ok();
    app.pass(500);
    let read = async |secret: Option<&str>| app.call("GET", "/metrics", secret, "", &[]).await;
    let auditor = app.token("olga", Role::Auditor, None).await;
    let said = read(Some(&auditor.secret)).await.body;
    let said = said.as_str().unwrap();
    for line in [
        "navi_requests_waiting{level=\"low\"} 0",
        "navi_requests_waiting{level=\"medium\"} 1",
        "navi_oldest_request_seconds 61",
        "navi_response_target_seconds 60",
        "# TYPE navi_response_target_missed_24h gauge\nnavi_response_target_missed_24h 1",
        "navi_escalations_24h 0",
        "navi_freezes_in_force 1",
        "navi_stops_unconfirmed 0",
        "navi_bypasses_in_force 0",
        "navi_bypass_reviews_overdue 0",
    ] {
        assert!(said.contains(&format!("{line}\n")), "{line} is not in {said}");
    }
    assert!(!said.contains("ana") && !said.contains("dana"), "numbers only");
    read(Some(&app.agent().await.secret)).await.refused("forbidden");
    read(None).await.refused("unauthenticated");
}
