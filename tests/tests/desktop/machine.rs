//! What this machine can do to the console: its copy damaged, a link clicked, a second start.

use anyhow::Result;
use fantoccini::Locator;
use navi_tests::binaries;
use navi_tests::console::{console_dir, enrolment_link};
use navi_tests::desktop::Desktop;
use navi_tests::page::{by, enrol};
use navi_tests::secrets::SecretService;
use navi_tests::server::Server;
use navi_tests::wait;
use navi_tests::webdriver::Browser;
use serde_json::json;

use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn a_clicked_link_opens_its_request_in_the_window_that_is_there() -> Result<()> {
    let window = Window::enrolled("machine-link").await?;
    let id = window.ask("command_run", json!({ "command": "echo ran >> auth/session.py" })).await?;
    let data_dir = console_dir(&window.desktop).to_string_lossy().into_owned();
    for (link, opens) in
        [(format!("navi://approvals/{id}/../../settings"), false), (format!("navi://approvals/{id}"), true)]
    {
        let mut second = window.desktop.command(binaries::product("navi-console")?);
        second.args(["--data-dir", &data_dir, &link]);
        let ended = tokio::task::spawn_blocking(move || second.output()).await??;
        assert!(ended.status.success(), "the second start hands its link over and ends: {ended:?}");
        let detail = format!("[data-approval-id='{id}'][data-testid='detail']");
        if opens {
            window.browser.find(&detail).await?;
        } else {
            window.browser.find(&by("connection")).await?;
            assert!(!window.browser.has(&detail).await, "a link with more in it was followed");
        }
    }
    window.browser.screenshot("machine-link").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_copy_is_said_on_the_screen_and_begins_anew_as_the_same_device() -> Result<()> {
    let desktop = Desktop::start("machine-damaged").await?;
    let _secrets = SecretService::start(&desktop).await?;
    let server = Server::start().await?;
    let program = binaries::product("navi-console")?;
    let data_dir = console_dir(&desktop).to_string_lossy().into_owned();
    let browser = Browser::of_app(&desktop, &program, &["--data-dir", &data_dir], &[]).await?;
    let link = enrolment_link(&server, "bob", "approver").await?;
    enrol(&browser, &link, "Bob's desk", true).await?;
    browser.close().await?;

    for file in ["replica.db-wal", "replica.db-shm"] {
        let _ = std::fs::remove_file(console_dir(&desktop).join(file));
    }
    std::fs::write(console_dir(&desktop).join("replica.db"), vec![7_u8; 65_536])?;
    let browser = Browser::of_app(&desktop, &program, &["--data-dir", &data_dir], &[]).await?;
    browser.find("[data-testid='locked'][data-code='database_corrupt']").await?;
    browser.screenshot("machine-damaged").await?;
    browser.click(&by("rebuild")).await?;
    browser.find(&by("connection")).await?;
    let aside = std::fs::read_dir(console_dir(&desktop))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .any(|name| name.starts_with("replica.db.damaged-"));
    assert!(aside, "the damaged file is kept");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_away_locks_the_screen_until_it_answers() -> Result<()> {
    let desktop = Desktop::start("machine-keyring").await?;
    let program = binaries::product("navi-console")?;
    let data_dir = console_dir(&desktop).to_string_lossy().into_owned();
    let browser = Browser::of_app(&desktop, &program, &["--data-dir", &data_dir], &[]).await?;
    browser.find("[data-testid='locked'][data-code='keyring_absent']").await?;
    browser.screenshot("machine-keyring-absent").await?;
    let _secrets = SecretService::start(&desktop).await?;
    // It may see by itself that the keyring is there before anybody presses.
    wait::until("the keyring answers", async || {
        let _ = browser.try_click(Locator::Css("[data-testid='locked'] button")).await;
        browser.has(&by("enroll-link")).await.then_some(())
    })
    .await?;
    Ok(())
}
