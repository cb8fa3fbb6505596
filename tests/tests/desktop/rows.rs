//! The rows of the tray's menu, clicked beside the real window: each leads where it says and does what it says. And what the
//! focused window shows is not told beside it.

use anyhow::{Context as _, Result};
use navi_tests::console::MEDIUM;
use navi_tests::gate::Approver;
use navi_tests::notifications::NotificationDaemon;
use navi_tests::page::{by, go, open_request};
use navi_tests::tray::{Tray, TrayItem};
use navi_tests::wait;
use navi_tests::webdriver::Browser;
use serde_json::{Value, json};

use crate::window::Window;

/// Clicks a row and waits until the window is where it leads.
async fn leads(item: &TrayItem, row: &str, browser: &Browser, place: &str) -> Result<()> {
    item.click(row).await?;
    let mut last = Value::Null;
    wait::until(&format!("{row:?} leads to {place}"), async || {
        last = browser.client().execute("return location.hash", vec![]).await.ok()?;
        let is_at = last.as_str().is_some_and(|hash| hash == place || hash.starts_with(&format!("{place}/")));
        is_at.then_some(())
    })
    .await
    .with_context(|| format!("the window is at {last}"))
}

/// The window's number, once it has the focus.
async fn focused(window: &Window) -> Result<String> {
    let search = ["search", "--onlyvisible", "--name", "Navi"];
    wait::until("the window has the focus", async || {
        let found = window.desktop.run("xdotool", &search).await.ok()?.stdout.trim().to_owned();
        let active = window.desktop.run("xdotool", &["getactivewindow"]).await.ok()?.stdout.trim().to_owned();
        (found == active && !found.is_empty()).then_some(found)
    })
    .await
}

/// A bypass of two other people is in force for a repository that nobody here works in.
async fn bypass(window: &Window) -> Result<()> {
    let eva = Approver::enroll_on_call(&window.server, "eva").await?;
    let bo = Approver::enroll_on_call(&window.server, "bo").await?;
    let ask =
        ["ask", "--repo", "web", "--incident", "INC-7", "--reason", "the shop takes no orders since noon"];
    let asked = eva.bypass(&ask).await?.expect_code(0)?.json()?;
    let id = asked["id"].as_str().context("no id")?;
    let number = asked["number"].as_u64().context("no number")?.to_string();
    bo.bypass(&["confirm", id, "--number", &number]).await?.expect_code(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_of_the_menu_leads_where_it_says_and_does_what_it_says() -> Result<()> {
    let mut window = Window::enrolled_as("tray-rows", "bob", "oncall").await?;
    let notifications = NotificationDaemon::start(&window.desktop).await?;
    let tray = Tray::start(&window.desktop).await?;
    let item = tray.item().await?;
    let context = json!({ "target_files": ["auth/login.py"], "branch": "main", "repo": "shop" });
    let high = window.ask("code_edit", context).await?;
    window.ask("command_run", json!({ "command": MEDIUM })).await?;
    item.wait_for_label("2 waiting").await?;

    let browser = &window.browser;
    leads(&item, "Settings", browser, "#/settings").await?;
    leads(&item, "2 waiting", browser, "#/").await?;
    leads(&item, "High · ", browser, &format!("#/approvals/{high}")).await?;
    browser.find(&format!("[data-approval-id='{high}'][data-testid='detail']")).await?;
    leads(&item, "Show and lift", browser, "#/emergency").await?;
    // The one that only shows the window leaves it where it is.
    let id = focused(&window).await?;
    window.desktop.run("xdotool", &["windowminimize", &id]).await?.expect_code(0)?;
    item.click("Open console").await?;
    focused(&window).await?;
    leads(&item, "Open console", browser, "#/emergency").await?;

    for row in ["1 h", "8:00"] {
        item.click_below("Quiet until", row).await?;
        item.wait_for_label("· End").await?;
        item.click("· End").await?;
        item.wait_for_label("30 min").await.with_context(|| format!("after the end of {row}"))?;
    }

    bypass(&window).await?;
    item.wait_for_label("Bypass active · ").await?;
    go(&window.browser, "#/settings").await?;
    leads(&item, "Bypass active · ", &window.browser, "#/emergency").await?;
    window.browser.click(&by("band-end-bypass")).await?;
    wait::until("the bypass has ended", async || {
        item.menu().await.ok()?.find("Bypass active").is_none().then_some(())
    })
    .await?;

    window.server.kill().await?;
    item.wait_for_label("Offline since").await?;
    let shown = notifications.wait_for("the request", |n| n.text().contains(MEDIUM)).await?;
    notifications.press_button(&shown, "Approve").await?;
    item.wait_for_label("Unsent decisions: 1").await?;
    // The tab is asked for once and leaves the address at once: what it shows tells that it was reached.
    item.click("Unsent decisions: 1").await?;
    window.browser.find(&by("unsent-vote")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_focused_window_shows_is_told_when_its_person_leaves_it_undecided() -> Result<()> {
    let window = Window::enrolled("in-view").await?;
    let notifications = NotificationDaemon::start(&window.desktop).await?;
    let id = window.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = notifications.wait_for("the request", |n| n.text().contains(MEDIUM)).await?;
    open_request(&window.browser, &id).await?;
    let number = focused(&window).await?;

    // Put off for some seconds, after which it would be told again: more than a busy machine takes to ask for it.
    let bob = window.server.api("bob", "approver", None).await?;
    let now = bob.approval(&id).await?["server_time"].as_i64().context("no time")?;
    let until = json!({ "until": now + 10_000_000 });
    bob.post(&format!("/approvals/{id}/snooze"), &until).await?.expect(200)?;
    notifications.wait_until_closed(shown.id).await?;
    wait::until("it is no longer put off", async || {
        bob.approval(&id).await.ok()?["snoozed_until"].is_null().then_some(())
    })
    .await?;
    window.ask("command_run", json!({ "command": format!("{MEDIUM} # other") })).await?;
    notifications.wait_for("the other request", |n| n.text().contains("# other")).await?;
    let open = notifications.open();
    assert!(open.len() == 1 && !open[0].text().contains("2 requests"), "{open:#?}");

    window.desktop.run("xdotool", &["windowminimize", &number]).await?.expect_code(0)?;
    let is_told = |text: String| {
        text.contains("2 requests wait") || (text.contains(MEDIUM) && !text.contains("# other"))
    };
    notifications.wait_for("the one that was open", |n| is_told(n.text())).await?;
    Ok(())
}
