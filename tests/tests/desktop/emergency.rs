//! The stop switch in the console's real window: ordered while the server is away, said to have no effect yet, kept over a
//! restart, in force first when the server is back, and lifted.

use anyhow::Result;
use navi_tests::page::by;
use navi_tests::wait;
use serde_json::{Value, json};

use crate::window::Window;

const BAND: &str = "[data-testid='state-banner']";

async fn freezes(window: &Window) -> Option<Vec<Value>> {
    let listed = window.agent_api.get("/freeze").await.ok()?.expect(200).ok()?;
    listed.as_array().cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ordered_in_the_window_while_offline_is_in_force_when_the_server_is_back() -> Result<()> {
    let mut window = Window::enrolled("stop-offline").await?;
    let id = window.ask("command_run", json!({ "command": "echo ran >> auth/session.py" })).await?;
    let browser = &window.browser;
    browser.click(&by("go-emergency")).await?;
    browser.find(&by("nothing-stopped")).await?;
    window.server.kill().await?;
    let browser = &window.browser;
    browser.find(&format!("{BAND}[data-state='offline']")).await?;
    browser.click(&by("stop-everything")).await?;
    browser.wait_for_text("nothing is stopped yet").await?;
    browser.fill(&by("stop-reason"), "odd requests").await?;
    browser.click(&by("confirm-stop")).await?;
    browser.find(&format!("{}[data-state='unsent']", by("stop-order"))).await?;
    browser.wait_for_text("Queued, not in effect").await?;
    browser.find(&format!("{BAND}[data-state='stop-queued']")).await?;
    window.desktop.screenshot("stop-queued").await?;
    assert!(!browser.has(&by("freeze")).await, "nothing says that it is in force");

    window.server.restart().await?;
    let browser = &window.browser;
    browser.find(&by("freeze")).await?;
    browser.find(&format!("{BAND}[data-state='frozen']")).await?;
    window.desktop.screenshot("stop-in-force").await?;
    let found =
        wait::until("the freeze", async || freezes(&window).await.filter(|all| all.len() == 1)).await?;
    assert_eq!((&found[0]["by"], &found[0]["reason"]), (&json!("bob"), &json!("odd requests")));
    let view = window.agent_api.approval(&id).await?;
    assert!(view["paused_since"].is_i64(), "{view}");

    browser.click("[data-testid='freeze'] button").await?;
    browser.click(&by("confirm")).await?;
    browser.find(&by("nothing-stopped")).await?;
    assert!(window.agent_api.approval(&id).await?["paused_since"].is_null());
    Ok(())
}
