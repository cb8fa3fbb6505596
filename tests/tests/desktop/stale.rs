//! A server that says nothing, and one that is gone: the window says which, since when, and approves nothing grave meanwhile.

use anyhow::{Context as _, Result, bail};
use navi_tests::console::PASSPHRASE;
use navi_tests::page::{by, go, open_request};
use navi_tests::server::Api;
use navi_tests::wait;
use serde_json::{Value, json};

use crate::view::in_page;
use crate::window::Window;

const BAND: &str = "[data-testid='state-banner']";

/// Something of high risk.
pub fn high() -> Value {
    json!({ "target_files": ["auth/login.py"], "branch": "main", "repo": "shop" })
}

/// Waits until the console has checked the record up to its end: then it asks the server for nothing more by itself.
async fn settled(window: &Window, admin: &Api) -> Result<()> {
    let head = u64::try_from(admin.ledger().await?.len())?;
    wait::until("the record is checked to its end", async || {
        let state =
            in_page(&window.browser, "return await window.__TAURI_INTERNALS__.invoke('console_state');");
        (state.await.ok()?["integrity"]["size"].as_u64()? >= head).then_some(())
    })
    .await
}

/// Freezes the server until the window says that it is not live. Where a call was on its way the connection counts as lost after ten
/// seconds; then it is done again.
async fn silent(window: &mut Window) -> Result<()> {
    for _ in 0..3 {
        window.server.pause()?;
        let band = wait::until("a band about the connection", async || {
            let band = window.browser.client().find(fantoccini::Locator::Css(BAND)).await.ok()?;
            band.attr("data-state").await.ok()?
        })
        .await?;
        if band == "stale" {
            return Ok(());
        }
        window.server.go_on()?;
        window.browser.find("[data-testid='connection'][data-live='live']").await?;
    }
    bail!("a frozen server always counts as lost");
}

/// Asks behind the page for what its buttons do not offer; what the console says to it.
async fn approve_anyway(window: &Window, view: &Value) -> Result<Value> {
    let asked = json!({
        "approvalId": view["id"], "digest": view["digest"], "policyHash": view["policy_hash"], "verdict": "approve",
        "scope": "once", "reason": "", "passphrase": PASSPHRASE,
    });
    in_page(&window.browser, &format!("return await window.__TAURI_INTERNALS__.invoke('decide', {asked});"))
        .await
}

fn is_time(text: &str) -> bool {
    text.len() >= 4 && text.contains(':') && text.starts_with(|c: char| c.is_ascii_digit())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_not_live_and_nothing_grave_is_approved_until_it_is_heard() -> Result<()> {
    let mut window = Window::enrolled("stale").await?;
    let admin = window.server.api("root", "admin", None).await?;
    let id = window.ask("code_edit", high()).await?;
    let view = window.agent_api.approval(&id).await?;
    assert_eq!(view["level"], "high", "{view}");
    window.browser.find(&by("approval-row")).await?;
    settled(&window, &admin).await?;

    silent(&mut window).await?;
    let band = window.browser.find(&format!("{BAND}[data-state='stale']")).await?;
    let (tone, said) = (band.attr("data-tone").await?, band.text().await?);
    assert_eq!(tone.as_deref(), Some("warn"), "amber");
    assert!(said.starts_with("Not live."), "{said}");
    window.browser.find("[data-testid='connection'][data-live='stale']").await?;
    window.browser.screenshot("stale-list").await?;
    let refused = approve_anyway(&window, &view).await?;
    assert_eq!(
        (&refused["state"], &refused["code"]),
        (&json!("refused"), &json!("needs_connection")),
        "{refused}"
    );
    // Whoever opens it asks the server for it, and so finds out that it is gone.
    go(&window.browser, &format!("#/approvals/{id}")).await?;
    let why = window.browser.text_of(&by("why-not")).await?;
    assert!(why.contains("waits for a fresh read") || why.contains("needs a connection"), "{why}");
    assert!(!window.browser.has(&by("approve")).await, "it is offered");
    window.browser.screenshot("stale-detail").await?;

    window.server.go_on()?;
    window.browser.find("[data-testid='connection'][data-live='live']").await?;
    open_request(&window.browser, &id).await?;
    window.browser.click(&by("approve")).await?;
    window.browser.fill(&by("passphrase"), PASSPHRASE).await?;
    window.browser.fill(&by("typed-target"), "shop").await?;
    window.browser.click(&by("confirm-approve")).await?;
    window.agent_api.wait_for_status(&id, "approved").await?;
    window.browser.wait_until_gone(BAND).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_said_with_the_times_until_it_is_back() -> Result<()> {
    let mut window = Window::enrolled("gone").await?;
    let id = window.ask("code_edit", high()).await?;
    let view = window.agent_api.approval(&id).await?;
    window.browser.find(&by("approval-row")).await?;
    window.server.kill().await?;
    let band = window.browser.text_of(&format!("{BAND}[data-state='offline']")).await?;
    let (since, known) = band.split_once(". Showing what was known at ").with_context(|| band.clone())?;
    let since = since.strip_prefix("Offline since ").with_context(|| band.clone())?;
    assert!(is_time(since) && is_time(known), "{band}");
    let refused = approve_anyway(&window, &view).await?;
    assert_eq!(refused["code"], "needs_connection", "{refused}");
    go(&window.browser, &format!("#/approvals/{id}")).await?;
    let why = window.browser.text_of(&by("why-not")).await?;
    assert!(why.contains("needs a connection"), "{why}");
    assert!(window.browser.find(&by("reject")).await?.is_enabled().await?, "rejecting is always possible");
    window.browser.screenshot("gone-detail").await?;

    window.server.restart().await?;
    window.browser.find("[data-testid='connection'][data-live='live']").await?;
    window.browser.wait_until_gone(BAND).await?;
    open_request(&window.browser, &id).await?;
    // Until the request was read afresh it says why not.
    window.browser.find(&by("approve")).await?;
    Ok(())
}
