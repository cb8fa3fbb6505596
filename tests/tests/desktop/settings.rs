//! The settings in the real window: the first run, what is kept over a restart, devices, and what was found here.

use anyhow::{Context as _, Result};
use navi_tests::binaries;
use navi_tests::console::{PASSPHRASE, console_dir, enrolment_link};
use navi_tests::desktop::Desktop;
use navi_tests::device::Device;
use navi_tests::notifications::NotificationDaemon;
use navi_tests::page::{by, enrol, go};
use navi_tests::secrets::SecretService;
use navi_tests::server::Server;
use navi_tests::tray::Tray;
use navi_tests::wait;
use navi_tests::webdriver::Browser;
use serde_json::{Value, json};

use crate::window::{Window, leave_first_run};

async fn shown(browser: &Browser, script: &str) -> Result<Value> {
    browser.client().execute(script, vec![]).await.with_context(|| script.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_looks_at_the_server_and_tries_keys_notification_and_tray() -> Result<()> {
    let desktop = Desktop::start("first-run").await?;
    let _secrets = SecretService::start(&desktop).await?;
    let tray = Tray::start(&desktop).await?;
    let notifications = NotificationDaemon::start(&desktop).await?;
    let server = Server::start().await?;
    let data_dir = console_dir(&desktop).to_string_lossy().into_owned();
    let program = binaries::product("navi-console")?;
    let browser = Browser::of_app(&desktop, &program, &["--data-dir", &data_dir], &[]).await?;

    // A link of another server with the right address: nothing is sent to it.
    let other = Server::start().await?;
    let mixed = enrolment_link(&other, "bob", "approver").await?;
    let mixed = mixed.replace(&encoded(&other.url), &encoded(&server.url));
    browser.fill(&by("enroll-link"), &mixed).await?;
    browser.click(&by("enroll-next")).await?;
    browser.wait_for_text("is not the one of the invite").await?;
    browser.screenshot("first-run-other-server").await?;

    let link = enrolment_link(&server, "bob", "approver").await?;
    browser.fill(&by("enroll-link"), &link).await?;
    browser.click(&by("enroll-next")).await?;
    let fingerprint = browser.text_of(&by("enroll-fingerprint")).await?;
    let introduced = server.api_with(None)?.get("/server").await?.expect(200)?;
    assert_eq!(introduced["fingerprint"], json!(fingerprint));
    browser.screenshot("first-run-server").await?;
    browser.click(&by("enroll-back")).await?;
    enrol(&browser, &link, "Bob's desk", false).await?;

    browser.find("[data-testid='tray-result']").await?;
    browser.wait_for_text("shows the console").await?;
    tray.item().await?;
    browser.fill(&by("test-passphrase"), "not the pass phrase").await?;
    browser.click(&by("test-signature")).await?;
    browser.wait_for_text("does not open").await?;
    browser.fill(&by("test-passphrase"), PASSPHRASE).await?;
    browser.click(&by("test-signature")).await?;
    browser.wait_for_text("Both signatures are good.").await?;
    browser.click(&by("test-notification")).await?;
    let note =
        notifications.wait_for("the test notification", |n| n.text().contains("about nothing")).await?;
    notifications.press_button(&note, "Review").await?;
    browser.wait_for_text("its button works").await?;
    browser.screenshot("first-run-checked").await?;
    leave_first_run(&browser).await?;
    Ok(())
}

fn encoded(url: &str) -> String {
    url.replace(':', "%3A").replace('/', "%2F")
}

#[tokio::test(flavor = "multi_thread")]
async fn look_language_and_drawing_hold_after_a_restart() -> Result<()> {
    let window = Window::enrolled("settings-restart").await?;
    go(&window.browser, "#/settings/look").await?;
    window.browser.wait_for_text("High contrast").await?;
    window.browser.screenshot("settings-light").await?;
    window.browser.click(&by("theme-dark")).await?;
    window.browser.click(&by("language-de")).await?;
    window.browser.wait_for_text("Aussehen und Sprache").await?;
    go(&window.browser, "#/settings/console").await?;
    window.browser.click(&by("rendering-safe")).await?;
    window.browser.wait_for_text("das nächste Mal startet").await?;
    let kept = console_dir(&window.desktop).join("settings.json");
    wait::until("all of it is on the disk", async || {
        let text = std::fs::read_to_string(&kept).ok()?;
        ["dark", "\"de\"", "safe"].iter().all(|word| text.contains(word)).then_some(())
    })
    .await?;

    let window = window.restarted().await?;
    window.browser.find(&by("connection")).await?;
    let scheme = "return [document.documentElement.dataset.scheme, document.documentElement.lang]";
    wait::until("it is dark and German again", async || {
        (shown(&window.browser, scheme).await.ok()? == json!(["dark", "de"])).then_some(())
    })
    .await?;
    go(&window.browser, "#/settings/console").await?;
    window.browser.wait_for_text("Sicher, ohne Grafikkarte").await?;
    assert!(!window.browser.text().await.contains("das nächste Mal startet"), "it draws so now");
    go(&window.browser, "#/settings/diagnostics").await?;
    window.browser.find(&by("diagnostics")).await?;
    // Of the whole screen: drawn the safe way, WebKit does not answer a driver that wants a picture of the page.
    window.desktop.screenshot("dark-german").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_device_is_confirmed_in_the_window_and_can_vote_then() -> Result<()> {
    let window = Window::enrolled("settings-confirm").await?;
    let second = Device::enroll(&window.server, "bob", "approver").await?;
    let id = window.ask("command_run", json!({ "command": navi_tests::console::MEDIUM })).await?;
    second.cast(&id, "approve", "").await?.expect_problem(403, "device_unconfirmed")?;
    go(&window.browser, "#/settings/devices").await?;
    window.browser.find(&by("confirm-device")).await?;
    window.browser.screenshot("settings-unconfirmed").await?;
    window.browser.click(&by("confirm-device")).await?;
    window.browser.click(&by("confirm")).await?;
    window.browser.wait_for_text("Confirmed:").await?;
    second.approve(&id).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_is_revoked_elsewhere_is_locked_wiped_and_enrolled_anew() -> Result<()> {
    let window = Window::enrolled("settings-revoked").await?;
    window.ask("command_run", json!({ "command": navi_tests::console::MEDIUM })).await?;
    window.browser.find(&by("approval-row")).await?;
    let admin = window.server.api("root", "admin", None).await?;
    let devices = admin.get("/devices").await?.expect(200)?;
    let id = devices[0]["id"].as_str().context("no device")?.to_owned();
    let gone = admin.send("DELETE".parse()?, &format!("/devices/{id}"), None, &[]).await?;
    gone.expect(200)?;
    window.browser.find("[data-testid='locked'][data-code='signed_out']").await?;
    assert!(!window.browser.has(&by("approval-row")).await, "nothing cached is shown");
    window.browser.screenshot("settings-signed-out").await?;
    window.browser.click(&by("locked-wipe")).await?;
    window.browser.click(&by("confirm")).await?;
    window.browser.find(&by("enroll-link")).await?;
    assert!(!console_dir(&window.desktop).join("replica.db").exists(), "the copy is gone");
    let link = enrolment_link(&window.server, "bob", "approver").await?;
    enrol(&window.browser, &link, "Bob's new desk", false).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_set_in_the_window_and_decides_from_then_on() -> Result<()> {
    let window = Window::enrolled_as("settings-policy", "root", "admin").await?;
    let before = window.agent_api.evaluate("command_run", json!({ "command": "ls" })).await?;
    go(&window.browser, "#/policy?scope=alice").await?;
    let slider = "[role='slider'], input[type='range']";
    window.browser.find(slider).await.or(window.browser.find(&by("review")).await)?;
    let value = "return document.querySelector(\"input[type='range']\")?.value ?? null";
    let level = shown(&window.browser, value).await?;
    wait::until("the slider takes a key", async || {
        let found = window.browser.client().find(fantoccini::Locator::Css("input[type='range']")).await;
        found.ok()?.send_keys("\u{e014}").await.ok()
    })
    .await?;
    wait::until("the level is the next one", async || {
        (shown(&window.browser, value).await.ok()? != level).then_some(())
    })
    .await?;
    window.browser.screenshot("settings-draft").await?;
    window.browser.click(&by("review")).await?;
    window
        .browser
        .fill("[role='dialog'] textarea, [role='dialog'] input[type='text']", "a calm week")
        .await?;
    window.browser.click(&by("confirm-save")).await?;
    window.browser.wait_for_text("Saved as version").await?;
    window.browser.screenshot("settings-saved").await?;
    let policy = window.server.api("root", "admin", None).await?.get("/policy/alice").await?.expect(200)?;
    assert_eq!(policy["level"], "standard", "{policy}");
    let after = window.agent_api.evaluate("command_run", json!({ "command": "ls" })).await?;
    assert_ne!(before["policy_hash"], after["policy_hash"], "{after}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_starts_with_the_session_is_this_console() -> Result<()> {
    let window = Window::enrolled("settings-autostart").await?;
    let folder = window.desktop.home().join(".config/autostart");
    let entry = || std::fs::read_dir(&folder).ok()?.flatten().map(|entry| entry.path()).next();
    go(&window.browser, "#/settings/console").await?;
    window.browser.click(&by("autostart")).await?;
    let file = wait::until("it is written down", async || entry()).await?;
    let text = std::fs::read_to_string(&file)?;
    let line = text.lines().find_map(|line| line.strip_prefix("Exec=")).context("no command")?.to_owned();
    // It finds the console that runs, and so is the one of this folder.
    let started = window.desktop.run("sh", &["-c", &line]).await?.expect_code(0)?;
    assert!(!started.stderr.contains("error"), "{started:?}");
    window.browser.screenshot("settings-autostart").await?;
    window.browser.click(&by("autostart")).await?;
    wait::until("it is taken off", async || entry().is_none().then_some(())).await?;
    Ok(())
}
