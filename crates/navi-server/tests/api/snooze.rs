//! Putting a request off: one's own affair, bounded by the deadline, passed on when too few are left; and who reads what.

use std::collections::BTreeMap;

use navi_domain::SECOND;
use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, ask, medium};

const MINUTE: i64 = 60 * SECOND;

async fn snooze(person: &Person<'_>, id: &str, until: i64) -> Answer {
    person.caller.send("POST", &format!("/approvals/{id}/snooze"), &json!({ "until": until })).await
}

#[tokio::test]
async fn a_snooze_is_one_persons_own_and_the_record_says_so() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let id = ask(&app, &medium()).await;
    let until = ana.view(&id).await.server_time + 15 * MINUTE;
    let put_off = snooze(&ana, &id, until).await.ok();
    assert_eq!(put_off["snoozed_until"], until);
    snooze(&ana, &id, until).await.ok();
    assert_eq!(ana.view(&id).await.snoozed_until, Some(until), "on every device of ana's");
    assert_eq!(bob.view(&id).await.snoozed_until, None);
    let said = app.payloads("approval_snoozed").await;
    assert_eq!(said.iter().map(|p| &p["until"]).collect::<Vec<_>>(), [&json!(until)], "a repeat is no news");

    app.pass(15 * 60);
    assert_eq!(ana.view(&id).await.snoozed_until, None, "it is over");
    snooze(&ana, &id, until + 5 * MINUTE).await.ok();
    let wake = format!("/approvals/{id}/snooze");
    ana.caller.send("DELETE", &wake, &json!({})).await.ok();
    ana.caller.send("DELETE", &wake, &json!({})).await.ok();
    assert_eq!(ana.view(&id).await.snoozed_until, None);
    assert_eq!(app.payloads("snooze_ended").await.len(), 1);
}

#[tokio::test]
async fn a_snooze_cannot_outlive_the_deadline_nor_begin_in_the_past() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let view = ana.view(&id).await;
    let longest = view.expires_at - MINUTE;
    assert_eq!(snooze(&ana, &id, i64::MAX).await.ok()["snoozed_until"], longest);
    snooze(&ana, &id, view.server_time - 1).await.refused("invalid");
    app.pass((view.expires_at - view.server_time) / SECOND - 30);
    snooze(&ana, &id, i64::MAX).await.refused("invalid");
    ana.reject(&id).await.ok();
    snooze(&ana, &id, i64::MAX).await.refused("already_decided");
}

#[tokio::test]
async fn who_puts_off_what_they_claimed_gives_it_back() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    ana.caller.send("POST", &format!("/approvals/{id}/claim"), &json!({})).await.ok();
    let put_off = snooze(&ana, &id, i64::MAX).await.ok();
    assert!(put_off["claimed_by"].is_null(), "{put_off}");
}

#[tokio::test]
async fn a_snooze_that_leaves_too_few_alerts_the_next_in_line_at_once() {
    let app = TestApp::new();
    let (ana, bob) = (app.person("ana", Role::Approver).await, app.person("bob", Role::Approver).await);
    let eva = app.person("eva", Role::Oncall).await;
    let id = ask(&app, &medium()).await;
    // Consoles have had their time to come back; eva's is closed.
    app.pass(61);
    let _there = (app.app.presence.enter("ana"), app.app.presence.enter("bob"));
    let until = ana.view(&id).await.server_time + 15 * MINUTE;
    assert_eq!(snooze(&ana, &id, until).await.ok()["alerts"], Value::Null, "bob is there");
    let alerts = snooze(&bob, &id, until).await.ok()["alerts"].clone();
    assert_eq!((&alerts[0]["users"], &alerts[0]["cause"]), (&json!(["eva"]), &json!("snoozed")));
    assert_eq!(app.payloads("approval_escalated").await.len(), 1, "in the commit of the snooze");

    // Whoever follows: nobody is left on the last step, so the line is told to its end.
    let alerts = snooze(&eva, &id, until).await.ok()["alerts"].clone();
    assert_eq!(alerts[1]["users"], json!([]));
    assert_eq!(eva.approve(&id).await.ok()["approval"]["status"], "approved", "a snooze binds nobody");
}

#[tokio::test]
async fn an_agent_cannot_snooze_and_a_developer_cannot_either() {
    let app = TestApp::new();
    let id = ask(&app, &medium()).await;
    for (role, agent) in [(Role::Developer, None), (Role::Agent, Some("nova"))] {
        let caller = app.token("dana", role, agent).await;
        let path = format!("/approvals/{id}/snooze");
        caller.send("POST", &path, &json!({ "until": i64::MAX })).await.refused("forbidden");
    }
}

#[tokio::test]
async fn who_reads_what_is_known_while_a_console_is_open() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    let path = format!("/approvals/{id}/presence");
    let reading = app.app.presence.watch_reading();
    let before = app.kinds().await;
    let console = app.app.presence.enter("ana");
    ana.caller.send("PUT", &path, &json!({})).await.ok();
    assert_eq!(*reading.borrow(), BTreeMap::from([(id.clone(), vec!["ana".to_owned()])]));
    ana.caller.send("PUT", "/approvals/nothing/presence", &json!({})).await.refused("not_found");
    ana.caller.send("DELETE", &path, &json!({})).await.ok();
    assert!(reading.borrow().is_empty());
    ana.caller.send("PUT", &path, &json!({})).await.ok();
    drop(console);
    assert!(reading.borrow().is_empty());
    assert_eq!(app.kinds().await, before, "looking is no event");
}
