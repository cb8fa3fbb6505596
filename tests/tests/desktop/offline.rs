//! A decision made while the server is away is signed and kept, is said to have no effect yet, and counts later.

use anyhow::{Context as _, Result};
use navi_tests::console::{MEDIUM, Scene, start_console};
use navi_tests::device::Device;
use navi_tests::wait;
use serde_json::json;

/// A request that was shown, and approved after the server had gone.
async fn approved_offline(scene: &mut Scene) -> Result<String> {
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    scene.server.kill().await?;
    scene.item.wait_for_label("Offline since").await?;
    scene.notifications.press_button(&shown, "Approve").await?;
    scene.notified_of("not in effect").await?;
    scene.item.wait_for_label("Unsent decisions: 1").await?;
    Ok(id)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_approve_survives_a_killed_console_and_counts_when_the_server_is_back() -> Result<()> {
    let mut scene = Scene::start("offline-approve").await?;
    let id = approved_offline(&mut scene).await?;

    scene.console.kill().await?;
    scene.console = start_console(&scene.desktop, &[])?;
    scene.item = scene.tray.nth_item(1).await.with_context(|| scene.console.log_text())?;
    scene.item.wait_for_label("Unsent decisions: 1").await.with_context(|| scene.console.log_text())?;

    scene.server.restart().await?;
    let view = scene.agent_api.wait_for_status(&id, "approved").await?;
    assert_eq!(view["votes"][0]["user"], "bob", "{view}");
    scene.item.wait_for_label("Nothing waits").await?;
    wait::until("nothing is unsent", async || {
        scene.item.menu().await.ok()?.find("Unsent").is_none().then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_approve_that_came_too_late_has_no_effect_and_says_so() -> Result<()> {
    let mut scene = Scene::start("offline-late").await?;
    let carol = Device::enroll(&scene.server, "carol", "approver").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    let no = carol.vote(&carol.api.approval(&id).await?, "reject", "too risky")?;

    // The console sleeps while the server comes back, so that Carol is first.
    scene.server.kill().await?;
    scene.item.wait_for_label("Offline since").await?;
    scene.notifications.press_button(&shown, "Approve").await?;
    scene.item.wait_for_label("Unsent decisions: 1").await?;
    scene.console.pause()?;
    scene.server.restart().await?;
    carol.send(&id, &no).await?.expect(200)?;
    scene.console.go_on()?;

    scene.notified_of("did not count").await?;
    assert_eq!(scene.agent_api.approval(&id).await?["status"], "rejected");
    Ok(())
}
