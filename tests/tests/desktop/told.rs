//! Who was told of a request stands in the console's own window, also when the server is away.

use anyhow::{Context as _, Result};
use navi_tests::console::MEDIUM;
use navi_tests::device::Device;
use navi_tests::page::{by, open_request};
use navi_tests::wait;
use serde_json::json;

use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_who_was_told_and_keeps_it_without_the_server() -> Result<()> {
    let mut window = Window::enrolled("told").await?;
    let _carol = Device::enroll(&window.server, "carol", "approver").await?;
    let id = window.ask("command_run", json!({ "command": MEDIUM })).await?;
    open_request(&window.browser, &id).await?;
    let told = async |window: &Window| {
        let element = window.browser.client().find(fantoccini::Locator::Css(&by("told"))).await.ok()?;
        element.text().await.ok()
    };
    let mut seen = String::new();
    wait::until("bob has opened it, and nothing is known of carol", async || {
        let text = told(&window).await?;
        seen.clone_from(&text);
        (text.contains("bob: opened") && text.contains("carol: console closed")).then_some(())
    })
    .await
    .with_context(|| format!("{id}: {seen}"))?;
    window.browser.screenshot("told").await?;

    window.server.kill().await?;
    window.browser.find("[data-testid='state-banner'][data-state='offline']").await?;
    let text = window.browser.text_of(&by("told")).await.context("it is kept")?;
    assert!(text.contains("bob: opened") && text.contains("carol: console closed"), "{text}");
    Ok(())
}
