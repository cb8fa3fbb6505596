//! A console that is quit and started again at once: one is there afterwards, and the data folder is never open in two.

use std::time::Duration;

use anyhow::{Context as _, Result};
use navi_tests::binaries;
use navi_tests::console::{MEDIUM, Scene, console_dir, start_console};
use navi_tests::desktop::Desktop;
use navi_tests::process::Daemon;
use navi_tests::tray::TrayItem;
use navi_tests::wait;
use serde_json::json;

/// Quits by the menu, starts after a moment of the ending, and goes on with the one that is there then: the new process, or
/// the old one, whose successor took over what was handed to it.
async fn quit_and_start(scene: &mut Scene, moment: Duration, args: &[&str]) -> Result<()> {
    let icons = scene.tray.registrations();
    scene.item.click("Quit").await?;
    tokio::time::sleep(moment).await;
    let mut next = start_console(&scene.desktop, args)?;
    scene.item = works(&scene.tray.nth_item(icons).await.with_context(|| next.log_text())?, &next).await?;
    wait::until("one of both has ended", async || {
        (scene.console.is_running() != next.is_running()).then_some(())
    })
    .await
    .with_context(|| next.log_text())?;
    let ended = if next.is_running() { std::mem::replace(&mut scene.console, next) } else { next };
    assert_eq!({ ended }.ended().await?.code(), Some(0), "{}", scene.console.log_text());
    Ok(())
}

async fn works(item: &TrayItem, console: &Daemon) -> Result<TrayItem> {
    for label in ["Nothing waits", "Live"] {
        item.wait_for_label(label).await.with_context(|| console.log_text())?;
    }
    Ok(item.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_right_after_quit_leaves_one_console_that_works() -> Result<()> {
    let mut scene = Scene::start("quit-start").await?;
    // Another moment of the ending each time; none of them matters.
    for millis in [0, 0, 20, 60, 150, 400, 1000] {
        quit_and_start(&mut scene, Duration::from_millis(millis), &[]).await?;
    }
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    scene.notifications.press_button(&shown, "Approve").await?;
    scene.agent_api.wait_for_status(&id, "approved").await.with_context(|| scene.console.log_text())?;
    assert!(!scene.console.log_text().contains("panicked"), "{}", scene.console.log_text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_clicked_while_the_console_ends_is_followed() -> Result<()> {
    let mut scene = Scene::start("quit-link").await?;
    quit_and_start(&mut scene, Duration::ZERO, &["navi://approvals/none"]).await?;
    wait::until("the window", async || {
        let titles = scene.desktop.window_titles().await.ok()?;
        titles.iter().any(|title| title.contains("Navi")).then_some(())
    })
    .await
    .with_context(|| scene.console.log_text())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_a_console_of_another_session_has_open_is_left_alone() -> Result<()> {
    let mut scene = Scene::start("session-one").await?;
    // No bus in common, so that neither finds the other.
    let other = Desktop::start("session-two").await?;
    let mut command = other.command(binaries::product("navi-console")?);
    command.arg("--data-dir").arg(console_dir(&scene.desktop));
    let mut second = other.spawn("navi-console", command)?;
    wait::until("it says so", async || {
        second.log_text().contains("another console has the data folder open").then_some(())
    })
    .await
    .with_context(|| second.log_text())?;
    other.screenshot_with("refused", 100).await?;
    wait::until("it ends when that was read", async || {
        if !second.is_running() {
            return Some(());
        }
        other.run("xdotool", &["key", "Escape"]).await.ok()?;
        None
    })
    .await?;
    assert_eq!(second.ended().await?.code(), Some(1), "{}", second.log_text());
    works(&scene.item, &scene.console).await?;
    assert!(scene.console.is_running());
    Ok(())
}
