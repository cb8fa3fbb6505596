//! Quiet hours by the clock and a locked screen: told to the server, and kept by what is shown.

use anyhow::{Context as _, Result};
use navi_tests::console::{MEDIUM, Scene, start_console_in};
use navi_tests::notifications::NotificationDaemon;
use navi_tests::page::{by, go};
use navi_tests::screensaver::{Logind, ScreenSaver};
use navi_tests::server::Api;
use navi_tests::wait;
use navi_tests::webdriver::Browser;
use serde_json::{Value, json};

use crate::window::Window;

/// Waits until whoever waits is told so about bob.
async fn told(api: &Api, id: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<()> {
    wait::until(&format!("bob: {what}"), async || {
        let view = api.approval(id).await.ok()?;
        view["told"].as_array()?.iter().any(|told| told["user"] == "bob" && wanted(told)).then_some(())
    })
    .await
}

/// Chooses a time, as its picker does.
async fn set_time(browser: &Browser, css: &str, time: &str) -> Result<()> {
    let field = browser.find(css).await?;
    let script = "const [field, time] = arguments; \
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, time); \
        field.dispatchEvent(new Event('input', { bubbles: true }));";
    browser.client().execute(script, vec![serde_json::to_value(&field)?, time.into()]).await?;
    Ok(())
}

/// The wall's clock in London's winter, so many hours from now.
fn in_hours(hours: u64) -> Result<String> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() / 60;
    let minutes = (now + hours * 60) % (24 * 60);
    Ok(format!("{:02}:{:02}", minutes / 60, minutes % 60))
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_hold_a_request_back_and_their_end_lets_it_through() -> Result<()> {
    let window = Window::enrolled("quiet-hours").await?;
    let notifications = NotificationDaemon::start(&window.desktop).await?;
    let browser = &window.browser;
    go(browser, "#/settings/notifications").await?;
    browser.click(&by("quiet")).await?;
    browser.fill(&by("quiet-zone"), "UTC").await?;
    set_time(browser, &by("quiet-from"), &in_hours(23)?).await?;
    set_time(browser, &by("quiet-to"), &in_hours(2)?).await?;
    // Whatever the settings propose: every day of the week.
    let days = "for (const box of document.querySelectorAll(\"fieldset input[type='checkbox']\")) if (!box.checked) box.click();";
    browser.client().execute(days, vec![]).await?;
    browser.screenshot("quiet-hours").await?;
    browser.click(&by("save-notifications")).await?;
    browser.wait_for_text("Saved.").await?;

    let id = window.ask("command_run", json!({ "command": MEDIUM })).await?;
    told(&window.agent_api, &id, "quiet hours", |told| told["hindered"] == "quiet_hours").await?;
    assert!(notifications.all().is_empty(), "{:?}", notifications.all());

    set_time(browser, &by("quiet-from"), &in_hours(20)?).await?;
    set_time(browser, &by("quiet-to"), &in_hours(23)?).await?;
    browser.click(&by("save-notifications")).await?;
    browser.wait_for_text("Saved.").await?;
    let shown = notifications.wait_for("it is over", |n| n.text().contains("auth/session.py")).await?;
    assert!(!shown.buttons().is_empty(), "{shown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_screen_is_told_and_what_was_held_back_is_shown_when_it_opens() -> Result<()> {
    let mut scene = Scene::start("locked-screen").await?;
    scene.notifications.set_inhibited(false).await?;
    let saver = ScreenSaver::start(&scene.desktop).await?;
    saver.set_active(true).await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    told(&scene.agent_api, &id, "the screen is locked", |told| told["hindered"] == "screen_locked")
        .await
        .with_context(|| scene.console.log_text())?;
    saver.set_active(false).await?;
    told(&scene.agent_api, &id, "shown", |told| told["stage"] == "shown").await?;
    scene.notified_of(MEDIUM).await?;

    // Where no screen saver holds the lock, the login manager knows of it.
    scene.console.kill().await?;
    let login = Logind::start(&scene.desktop, true).await?;
    let system_bus = [("DBUS_SYSTEM_BUS_ADDRESS", scene.desktop.bus_address())];
    scene.console = start_console_in(&scene.desktop, &[], &system_bus)?;
    let id = scene.ask("command_run", json!({ "command": format!("{MEDIUM} # later") })).await?;
    told(&scene.agent_api, &id, "the session is locked", |told| told["hindered"] == "screen_locked")
        .await
        .with_context(|| scene.console.log_text())?;
    login.set_locked(false).await?;
    told(&scene.agent_api, &id, "shown", |told| told["stage"] == "shown").await?;
    Ok(())
}
