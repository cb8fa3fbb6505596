//! The disk under a console is full: it says so, claims nothing as saved, loses nothing, and goes on once there is room.

use std::time::Duration;

use anyhow::{Context as _, Result};
use fantoccini::Locator;
use navi_tests::binaries;
use navi_tests::console::{MEDIUM, console_dir, enrolment_link};
use navi_tests::desktop::Desktop;
use navi_tests::disk::TinyDisk;
use navi_tests::page::{by, enrol, go, open_request};
use navi_tests::secrets::SecretService;
use navi_tests::server::{Api, Server};
use navi_tests::wait;
use navi_tests::webdriver::Browser;
use serde_json::{Value, json};

use crate::view::nothing_lies_open;
use crate::window::leave_first_run;

const FULL: &str = "[data-testid='locked'][data-code='disk_full']";
const LIVE: &str = "[data-testid='connection'][data-live='live']";
const OFFLINE: &str = "[data-testid='state-banner'][data-state='offline']";

async fn ask(agent: &Api, command: &str) -> Result<String> {
    let answer = agent.evaluate("command_run", json!({ "command": command })).await?;
    Ok(answer["approval_id"].as_str().with_context(|| answer.to_string())?.to_owned())
}

async fn votes(agent: &Api, id: &str) -> Result<Value> {
    Ok(agent.approval(id).await?["votes"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_no_decision_and_claims_none() -> Result<()> {
    let desktop = Desktop::start("disk-full").await?;
    let Some(disk) = TinyDisk::at(&console_dir(&desktop), 24)? else { return Ok(()) };
    let _secrets = SecretService::start(&desktop).await?;
    let mut server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let program = binaries::product("navi-console")?;
    let data_dir = console_dir(&desktop).to_string_lossy().into_owned();
    let start = async || Browser::of_app(&desktop, &program, &["--data-dir", &data_dir], &[]).await;
    let browser = start().await?;
    enrol(&browser, &enrolment_link(&server, "bob", "approver").await?, "Bob's desk", false).await?;
    leave_first_run(&browser).await?;
    let (kept, refused) = (ask(&agent, MEDIUM).await?, ask(&agent, "touch auth/session.py").await?);
    open_request(&browser, &kept).await?;

    // One is signed while there is room and the server is away, the other is being thought over when the room ends.
    server.kill().await?;
    browser.find(OFFLINE).await?;
    browser.click(&by("approve")).await?;
    browser.click(&by("confirm-approve")).await?;
    browser.find("[data-testid='outcome'][data-state='queued']").await?;
    go(&browser, "#/").await?;
    open_request(&browser, &refused).await?;
    browser.click(&by("approve")).await?;
    browser.find(&by("confirm-approve")).await?;
    disk.fill()?;
    browser.click(&by("confirm-approve")).await?;
    browser.find(FULL).await?;
    browser.wait_for_text("Make room").await?;
    assert!(!browser.has("[data-state='queued'], [data-state='recorded']").await, "it is called saved");
    browser.screenshot("disk-full").await?;

    server.restart().await?;
    wait::stays("it says so for as long as it is so", Duration::from_secs(5), async || {
        browser.has(FULL).await
    })
    .await?;
    assert_eq!((votes(&agent, &kept).await?, votes(&agent, &refused).await?), (json!([]), json!([])));
    nothing_lies_open(&console_dir(&desktop))?;
    browser.close().await?;
    let browser = start().await?;
    browser.find(FULL).await?;

    disk.clear()?;
    // Its own next try to connect may notice the room before anybody presses the button.
    wait::until("it goes on once there is room", async || {
        if browser.has(LIVE).await {
            return Some(());
        }
        if let Ok(retry) = browser.client().find(Locator::Css(&by("locked-retry"))).await {
            let _ = retry.click().await;
        }
        None
    })
    .await?;
    agent.wait_for_status(&kept, "approved").await?;
    assert_eq!(votes(&agent, &refused).await?, json!([]), "nobody was told that this one was saved");
    open_request(&browser, &refused).await?;
    browser.click(&by("approve")).await?;
    browser.click(&by("confirm-approve")).await?;
    agent.wait_for_status(&refused, "approved").await?;
    assert!(nothing_lies_open(&console_dir(&desktop))? > 1);
    Ok(())
}
