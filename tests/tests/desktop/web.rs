//! The server's own page in Chromium: the one-time link enrols the browser, which then decides up to medium risk.

use anyhow::{Context as _, Result};
use navi_tests::agent::Agent;
use navi_tests::console::{MEDIUM, runs};
use navi_tests::gate::Gate;
use navi_tests::page::{by, open_request};
use navi_tests::server::Server;
use navi_tests::webdriver::Browser;
use serde_json::json;

async fn server() -> Result<Server> {
    let server = Server::start().await?;
    server.set_policy("alice", json!({ "level": "minimal" })).await?;
    Ok(server)
}

async fn enrolled(server: &Server) -> Result<Browser> {
    let browser = Browser::chromium().await?;
    browser.open(&server.web_link("bob", "approver").await?).await?;
    browser.find(&by("connection")).await?;
    Ok(browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_approves_a_medium_action_of_a_real_agent() -> Result<()> {
    let server = server().await?;
    let browser = enrolled(&server).await?;
    let gate = Gate::of_agent(&server, "alice", "coder").await?;
    let agent = Agent::gated(MEDIUM, &gate).await?;
    std::fs::create_dir(agent.project().join("auth"))?;
    let watcher = server.api("alice", "agent", Some("coder")).await?;
    let (said, ()) = tokio::try_join!(agent.run(), async {
        let pending = watcher.the_pending_one().await?;
        open_request(&browser, pending["id"].as_str().context("no id")?).await?;
        browser.screenshot("web-detail").await?;
        browser.click(&by("approve")).await?;
        browser.click(&by("confirm-approve")).await
    })?;
    assert_eq!(said.expect_code(0)?.json()?["result"], "done");
    assert_eq!(runs(&agent), 1);
    browser.screenshot("web-approved").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_decides_medium_and_not_high() -> Result<()> {
    let server = server().await?;
    let browser = enrolled(&server).await?;
    let agent = server.api("alice", "agent", Some("coder")).await?;
    let evaluate = async |kind: &str, context| -> Result<String> {
        let answer = agent.evaluate(kind, context).await?;
        Ok(answer["approval_id"].as_str().with_context(|| answer.to_string())?.to_owned())
    };
    let approved = evaluate("command_run", json!({ "command": MEDIUM })).await?;
    open_request(&browser, &approved).await?;
    browser.click(&by("approve")).await?;
    browser.click(&by("confirm-approve")).await?;
    agent.wait_for_status(&approved, "approved").await?;

    let rejected = evaluate("command_run", json!({ "command": "echo again >> auth/session.py" })).await?;
    open_request(&browser, &rejected).await?;
    browser.click(&by("reject")).await?;
    browser.fill(&by("reason"), "once is enough").await?;
    browser.click(&by("confirm-reject")).await?;
    let view = agent.wait_for_status(&rejected, "rejected").await?;
    assert!(view["votes"].to_string().contains("once is enough"), "{view}");

    let context = json!({ "target_files": ["auth/login.py"], "branch": "main", "repo": "shop" });
    let high = evaluate("code_edit", context).await?;
    open_request(&browser, &high).await?;
    browser.find(&by("why-not")).await?;
    assert!(!browser.has(&by("approve")).await, "{}", browser.text().await);
    browser.screenshot("web-high").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once() -> Result<()> {
    let server = server().await?;
    let link = server.web_link("bob", "approver").await?;
    let first = Browser::chromium().await?;
    first.open(&link).await?;
    first.find(&by("connection")).await?;
    let second = Browser::chromium().await?;
    second.open(&link).await?;
    second.find(&by("enroll-form")).await?;
    second.find("[role='alert']").await?;
    assert!(!second.has(&by("connection")).await);
    first.close().await?;
    second.close().await
}
