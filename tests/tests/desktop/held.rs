//! A rejection pressed in a notification is taken back in the window and in the tray, or it is said that it was too late.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fantoccini::Locator;
use navi_tests::console::{MEDIUM, Scene};
use navi_tests::notifications::{Notification, NotificationDaemon};
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

/// Presses "Undo" in the window's strip; what the strip said, or `None` where the ten seconds were over on a machine that is
/// so busy.
async fn undone_in_window(window: &Window, id: &str) -> Result<Option<String>> {
    let (mut said, mut is_pressed) = (String::new(), false);
    let is_late = wait::until("it is taken back, or was signed", async || {
        if said.is_empty() {
            let strip = window.browser.client().find(Locator::Css(&by("held-reject"))).await;
            if let Ok(strip) = strip {
                said = strip.text().await.unwrap_or_default();
                let _ = window.browser.screenshot("held-reject").await;
            }
        } else if !is_pressed {
            is_pressed = window.browser.try_click(Locator::Css(&by("undo-reject"))).await.unwrap_or(false);
        }
        let is_late = window.agent_api.approval(id).await.ok()?["status"] == "rejected";
        (is_late || (is_pressed && !window.browser.has(&by("held-reject")).await)).then_some(is_late)
    })
    .await?;
    Ok((!is_late).then_some(said))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_what_a_notification_rejected_and_takes_it_back() -> Result<()> {
    let window = Window::enrolled("held-window").await?;
    let notifications = NotificationDaemon::start(&window.desktop).await?;
    for n in 0..5 {
        let line = format!("{MEDIUM} # {n}");
        let id = window.ask("command_run", json!({ "command": line })).await?;
        let shown = notifications.wait_for("the request", |n| n.text().contains(&line)).await?;
        notifications.press_button(&shown, "Reject").await?;
        let rejecting = |n: &Notification| n.text().contains("Rejecting in 10 s") && n.text().contains(&line);
        let said = notifications.wait_for_news("what will happen", rejecting).await?;
        let Some(strip) = undone_in_window(&window, &id).await? else { continue };
        assert!(strip.contains("not signed yet") && strip.contains("auth/session.py"), "{strip}");
        let taken = notifications.wait_for("the end of it", |n| n.text().contains("was taken back")).await?;
        assert_eq!(taken.replaces_id, said.id, "the notification with the other Undo gives way");
        return stays_pending(&window.agent_api, &id).await;
    }
    bail!("ten seconds were never enough to press a button");
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
    // The desktop is slow: the button stays on the screen for a moment after the rejection was signed.
    scene.notifications.set_holding(true);
    scene.notifications.press_button(&shown, "Reject").await?;
    let held = scene.notified_of("Rejecting in 10 s").await?;
    scene.agent_api.wait_for_status(&id, "rejected").await?;
    scene.notifications.wait_until_told_to_close(held.id).await?;
    scene.notifications.press_button(&held, "Undo").await?;
    scene.notifications.set_holding(false);
    let said = scene.notified_of("too late to take your rejection back").await?;
    assert!(said.body.contains("signed already"), "{said:?}");
    Ok(())
}
