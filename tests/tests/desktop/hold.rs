//! High risk is approved by holding: with the screen's own pointer and the keyboard's own Space, as a hand does it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use fantoccini::Locator;
use navi_tests::console::PASSPHRASE;
use navi_tests::page::{by, open_request};
use navi_tests::wait;
use serde_json::Value;

use crate::stale::high;
use crate::window::Window;

const HOLDING: &str = "[data-testid='confirm-approve'][data-holding='true']";

/// A request of high risk, its dialog open, and the passphrase in it; the request's id.
async fn asked(window: &Window) -> Result<String> {
    let id = window.ask("code_edit", high()).await?;
    open_request(&window.browser, &id).await?;
    window.browser.click(&by("approve")).await?;
    window.browser.fill(&by("passphrase"), PASSPHRASE).await?;
    watch_holding(window).await?;
    wait::until("the button is armed", async || {
        let button = window.browser.client().find(Locator::Css(&by("confirm-approve"))).await.ok()?;
        button.is_enabled().await.ok()?.then_some(())
    })
    .await?;
    Ok(id)
}

async fn do_on_screen(window: &Window, args: &[&str]) -> Result<String> {
    Ok(window.desktop.run("xdotool", args).await?.expect_code(0)?.stdout)
}

/// Puts the pointer onto the button.
async fn point_at_button(window: &Window) -> Result<()> {
    let script = "const box = document.querySelector(arguments[0]).getBoundingClientRect(); \
        return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)].map(String);";
    let place = window.browser.client().execute(script, vec![by("confirm-approve").into()]).await?;
    let [Value::String(x), Value::String(y)] = place.as_array().context("no place")?.as_slice() else {
        anyhow::bail!("no place: {place}");
    };
    let found = do_on_screen(window, &["search", "--onlyvisible", "--name", "Navi"]).await?;
    let id = found.split_whitespace().last().context("no window")?;
    do_on_screen(window, &["mousemove", "--window", id, x, y]).await?;
    Ok(())
}

/// Goes on with the Tab key until the button has the focus; each time after the page has moved it.
async fn tab_to_button(window: &Window) -> Result<()> {
    let script = "window.focusMoved = 0; addEventListener('focusin', () => { window.focusMoved += 1; });";
    window.browser.client().execute(script, vec![]).await?;
    let script = "return [window.focusMoved, document.activeElement?.dataset.testid ?? '']";
    let focus = async || window.browser.client().execute(script, vec![]).await.ok();
    for _ in 0..40 {
        let before = focus().await.context("the page does not answer")?;
        if before[1] == "confirm-approve" {
            return Ok(());
        }
        do_on_screen(window, &["key", "Tab"]).await?;
        wait::until("the focus moves", async || (focus().await? != before).then_some(())).await?;
    }
    anyhow::bail!("the Tab key never reaches the button")
}

/// Lets the page count how often the button was held.
async fn watch_holding(window: &Window) -> Result<()> {
    let script = "window.timesHeld = 0; const seen = () => { if (document.querySelector(arguments[0])) window.timesHeld += 1; }; \
        new MutationObserver(seen).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-holding'] });";
    window.browser.client().execute(script, vec![HOLDING.into()]).await?;
    Ok(())
}

async fn times_held(window: &Window) -> Result<u64> {
    let held = window.browser.client().execute("return window.timesHeld", vec![]).await?;
    held.as_u64().context("nobody counts")
}

/// What was let go of too early must not count: as long as it would have taken, and more.
async fn nothing_is_decided(window: &Window, id: &str) -> Result<()> {
    wait::stays("nothing is decided", Duration::from_secs(3), async || {
        !window.browser.has(&by("outcome")).await && window.browser.has(&by("confirm-approve")).await
    })
    .await?;
    assert_eq!(window.agent_api.approval(id).await?["status"], "pending");
    assert!(!window.browser.has(HOLDING).await, "it is still held");
    Ok(())
}

/// Presses, lets go after half a second, and waits until the page has seen it: held for so many times now.
async fn let_go_early(window: &Window, id: &str, down: &[&str], up: &[&str], held: u64) -> Result<()> {
    // One program does both, so that a busy machine cannot make a hold of it.
    do_on_screen(window, &[down, &["sleep", "0.5"], up].concat()).await?;
    wait::until("the page saw it held", async || (times_held(window).await.ok()? == held).then_some(()))
        .await?;
    nothing_is_decided(window, id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mouse_button_that_is_held_approves_and_one_let_go_early_does_not() -> Result<()> {
    let window = Window::enrolled("hold-mouse").await?;
    let id = asked(&window).await?;
    point_at_button(&window).await?;
    window.desktop.screenshot("hold").await?;
    let_go_early(&window, &id, &["mousedown", "1"], &["mouseup", "1"], 1).await?;

    do_on_screen(&window, &["mousedown", "1"]).await?;
    window.browser.find("[data-testid='outcome'][data-state='recorded'], [data-testid='ended']").await?;
    do_on_screen(&window, &["mouseup", "1"]).await?;
    let view = window.agent_api.wait_for_status(&id, "approved").await?;
    assert_eq!(view["votes"][0]["user"], "bob", "{view}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_bar_that_is_held_approves_and_one_let_go_early_does_not() -> Result<()> {
    let window = Window::enrolled("hold-space").await?;
    let id = asked(&window).await?;
    tab_to_button(&window).await?;
    let_go_early(&window, &id, &["keydown", "space"], &["keyup", "space"], 1).await?;
    let_go_early(&window, &id, &["keydown", "Return"], &["keyup", "Return"], 1).await?;

    do_on_screen(&window, &["keydown", "space"]).await?;
    window.browser.find("[data-testid='outcome'][data-state='recorded'], [data-testid='ended']").await?;
    do_on_screen(&window, &["keyup", "space"]).await?;
    window.agent_api.wait_for_status(&id, "approved").await?;
    Ok(())
}
