//! What a console leaves on the screen when it ends: taken over by the next one, or taken away; and never mistaken for
//! something else that has the same number.

use std::time::Duration;

use anyhow::{Context as _, Result};
use navi_tests::console::{MEDIUM, Scene, start_console};
use navi_tests::device::Device;
use navi_tests::notifications::{NotificationDaemon, show_as_another_program};
use navi_tests::wait;
use serde_json::json;

/// Waits until the console has noted what the desktop took; it tells the server after that.
async fn is_kept(scene: &Scene, id: &str) -> Result<()> {
    wait::until("the desktop's answer is noted", async || {
        let view = scene.agent_api.approval(id).await.ok()?;
        view["told"].as_array()?.iter().any(|told| told["stage"] == "accepted").then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_buttons_of_a_killed_console_work_again_after_its_restart() -> Result<()> {
    let mut scene = Scene::start("left-alive").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    is_kept(&scene, &id).await?;
    scene.console.kill().await?;

    scene.console = start_console(&scene.desktop, &[])?;
    let again = scene
        .notifications
        .wait_for("it is taken over", |n| n.replaces_id == shown.id && n.sender != shown.sender)
        .await
        .with_context(|| scene.console.log_text())?;
    assert_eq!(again.buttons(), shown.buttons());
    assert!(again.hints.contains_key("suppress-sound"), "nobody is called twice: {again:?}");
    assert_eq!(scene.notifications.open().len(), 1, "{:#?}", scene.notifications.open());
    scene.notifications.press_button(&again, "Approve").await?;
    scene.agent_api.wait_for_status(&id, "approved").await.with_context(|| scene.console.log_text())?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_while_no_console_ran_is_taken_off_the_screen_by_the_next() -> Result<()> {
    let mut scene = Scene::start("left-decided").await?;
    let carol = Device::enroll(&scene.server, "carol", "approver").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    is_kept(&scene, &id).await?;
    scene.console.kill().await?;
    carol.cast(&id, "reject", "mine").await?.expect(200)?;
    assert!(
        scene.notifications.open().iter().any(|n| n.id == shown.id),
        "a killed console takes nothing along"
    );
    scene.console = start_console(&scene.desktop, &[])?;
    scene.notifications.wait_until_closed(shown.id).await.with_context(|| scene.console.log_text())?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_programs_notification_with_the_number_of_an_old_one_is_left_alone() -> Result<()> {
    let mut scene = Scene::start("left-number").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    is_kept(&scene, &id).await?;
    scene.console.kill().await?;
    // The next daemon counts from one again.
    scene.notifications.step_down().await?;
    let fresh = NotificationDaemon::start(&scene.desktop).await?;
    let mut foreign = show_as_another_program(&scene.desktop, "Update").await?;
    while foreign < shown.id {
        foreign = show_as_another_program(&scene.desktop, "Update").await?;
    }
    assert_eq!(foreign, shown.id);

    scene.console = start_console(&scene.desktop, &[])?;
    let again = fresh.wait_for("it is shown anew", |n| n.text().contains(MEDIUM)).await?;
    assert_eq!(again.replaces_id, 0);
    assert!(fresh.open().iter().any(|n| n.id == foreign), "the other program's is still there");
    fresh.press(foreign, "approve").await?;
    wait::stays("the request is pending", Duration::from_secs(3), async || {
        scene.agent_api.approval(&id).await.is_ok_and(|view| view["status"] == "pending")
    })
    .await?;
    fresh.press_button(&again, "Approve").await?;
    scene.agent_api.wait_for_status(&id, "approved").await.with_context(|| scene.console.log_text())?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_quits_leaves_no_dead_buttons() -> Result<()> {
    let mut scene = Scene::start("left-quit").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    is_kept(&scene, &id).await?;
    scene.item.click("Quit").await?;
    scene.notifications.wait_until_closed(shown.id).await.with_context(|| scene.console.log_text())?;
    assert_eq!(scene.console.ended().await?.code(), Some(0), "{}", scene.console.log_text());
    Ok(())
}
