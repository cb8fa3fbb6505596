//! A rejection pressed in a notification is taken back in the window and in the tray, or it is said that it was too late.

use std::time::Duration;

use anyhow::{Context as _, Result};
use navi_tests::console::{MEDIUM, Scene};
use navi_tests::notifications::NotificationDaemon;
use navi_tests::page::by;
use navi_tests::server::Api;
use navi_tests::wait;
use serde_json::json;

use crate::window::Window;

/// It would have been signed after ten seconds.
async fn stays_pending(api: &Api, id: &str) -> Result<()> {
    wait::stays("the request is pending", Duration::from_secs(12), async || {
        api.approval(id).await.is_ok_and(|view| view["status"] == "pending")
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_what_a_notification_rejected_and_takes_it_back() -> Result<()> {
    let window = Window::enrolled("held-window").await?;
    let notifications = NotificationDaemon::start(&window.desktop).await?;
    let id = window.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = notifications.wait_for("the request", |n| n.text().contains(MEDIUM)).await?;
    notifications.press_button(&shown, "Reject").await?;
    let said = notifications.wait_for("what will happen", |n| n.text().contains("Rejecting in 10 s")).await?;
    let strip = window.browser.find(&by("held-reject")).await?.text().await?;
    assert!(strip.contains("not signed yet") && strip.contains("auth/session.py"), "{strip}");
    window.browser.screenshot("held-reject").await?;
    window.browser.click(&by("undo-reject")).await?;
    wait::until("the strip is gone", async || (!window.browser.has(&by("held-reject")).await).then_some(()))
        .await?;
    let taken = notifications.wait_for("the end of it", |n| n.text().contains("was taken back")).await?;
    assert_eq!(taken.replaces_id, said.id, "the notification with the other Undo gives way");
    stays_pending(&window.agent_api, &id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_takes_a_rejection_back() -> Result<()> {
    let scene = Scene::start("held-tray").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    scene.notifications.press_button(&shown, "Reject").await?;
    let row = scene.item.wait_for_label("Undo the rejection: ").await?;
    assert!(row.label.contains("auth/session.py"), "{row:?}");
    scene.item.click("Undo the rejection: ").await?;
    scene.notified_of("was taken back").await.with_context(|| scene.console.log_text())?;
    stays_pending(&scene.agent_api, &id).await?;
    assert!(scene.item.menu().await?.find("Undo").is_none());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_crosses_the_signing_is_answered() -> Result<()> {
    let scene = Scene::start("held-late").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    scene.notifications.press_button(&shown, "Reject").await?;
    let held = scene.notified_of("Rejecting in 10 s").await?;
    // The desktop is slow: the button stays on the screen for a moment after the rejection was signed.
    scene.notifications.set_holding(true);
    scene.agent_api.wait_for_status(&id, "rejected").await?;
    scene.notifications.wait_until_told_to_close(held.id).await?;
    scene.notifications.press_button(&held, "Undo").await?;
    scene.notifications.set_holding(false);
    let said = scene.notified_of("too late to take your rejection back").await?;
    assert!(said.body.contains("signed already"), "{said:?}");
    Ok(())
}
