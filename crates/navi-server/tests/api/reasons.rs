//! An organisation may want a reason with an approve: from a level on, and the server holds it.

use navi_domain::people::Role;
use navi_domain::risk::Level;
use navi_domain::vote::VoteVerdict::{Approve, Reject};
use serde_json::json;

use crate::app::{TestApp, ask, high, medium};

#[tokio::test]
async fn an_approve_without_a_reason_is_refused_from_that_level_on() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let free = ask(&app, &medium()).await;
    app.settle(|s| s.approve_reason_from = Some(Level::High)).await;
    let grave = ask(&app, &high()).await;
    assert!(ana.view(&grave).await.reason_required);
    for nothing in ["", " \n\t"] {
        ana.vote_saying(&grave, Approve, nothing).await.refused("reason_required");
    }
    assert_eq!(ana.view(&grave).await.status, "pending");
    assert_eq!(app.payloads("vote_refused").await.len(), 2, "the record has both");
    let counted = ana.vote_saying(&grave, Approve, "reviewed with bo").await.ok();
    assert_eq!(counted["approval"]["status"], "approved");
    let below = ana.vote_saying(&free, Approve, "").await;
    // It was asked under other rules: whoever read it then reads it again.
    below.refused("policy_changed");
    assert!(!ana.view(&free).await.reason_required);
    ana.vote_saying(&free, Approve, "").await.ok();
}

#[tokio::test]
async fn a_reject_never_needs_one() {
    let app = TestApp::new();
    app.settle(|s| s.approve_reason_from = Some(Level::Low)).await;
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &medium()).await;
    assert_eq!(ana.vote_saying(&id, Reject, "").await.ok()["approval"]["status"], "rejected");
}

#[tokio::test]
async fn the_setting_is_saved_told_and_bounded() {
    let app = TestApp::new();
    let admin = app.token("root", Role::Admin, None).await;
    assert_eq!(admin.get("/settings").await.ok()["approve_reason_from"], "never");
    let saved = admin.send("PUT", "/settings", &json!({"approve_reason_from": "high"})).await.ok();
    assert_eq!(saved["approve_reason_from"], "high");
    let bad = json!({"approve_reason_from": "sometimes", "version": 1});
    admin.send("PUT", "/settings", &bad).await.refused("invalid");
    let looser = json!({"approve_reason_from": "never", "version": 1});
    assert_eq!(admin.send("PUT", "/settings", &looser).await.ok()["approve_reason_from"], "never");
    let told = app.payloads("settings_changed").await;
    assert!(told.iter().any(|p| p["words"] == json!(["an approve needs a reason from high risk on"])));
    assert!(told.iter().any(|p| p["looser"] == json!(["an approve needs no reason"])), "{told:?}");
}
