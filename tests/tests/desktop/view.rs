//! What the web view can and cannot: only our own commands, no foreign content, no secret; and deciding by hand in it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use fantoccini::Locator;
use navi_tests::console::{MEDIUM, PASSPHRASE, console_dir};
use navi_tests::device::Device;
use navi_tests::page::{by, go, open_request};
use navi_tests::wait;
use navi_tests::webdriver::Browser;
use serde_json::{Value, json};

use crate::window::Window;

/// Runs an async function body in the page; it returns what the body does, or `refused: …`.
pub async fn in_page(browser: &Browser, body: &str) -> Result<Value> {
    let script = format!(
        "const done = arguments[arguments.length - 1]; \
         (async () => {{ {body} }})().then(done, (error) => done('refused: ' + (error?.message ?? JSON.stringify(error) ?? error)));"
    );
    browser.client().execute_async(&script, vec![]).await.with_context(|| body.to_owned())
}

/// Looks through everything that a console keeps, all of which lies below its folder: neither secrets nor what agents want may be
/// read there. How many files there are.
pub fn nothing_lies_open(folder: &Path) -> Result<usize> {
    let mut files = vec![folder.to_owned()];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path)?.flatten().map(|entry| entry.path()));
            continue;
        }
        seen += 1;
        let bytes = std::fs::read(&path).unwrap_or_default();
        for word in ["nvt_", "nvi_", PASSPHRASE, "auth/session.py"] {
            let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let is_there = |needle: &[u8]| bytes.windows(needle.len()).any(|at| at == needle);
            assert!(!is_there(word.as_bytes()) && !is_there(&wide), "{word} lies in {}", path.display());
        }
    }
    Ok(seen)
}

fn is_refused(answer: &Value) -> bool {
    answer.as_str().is_some_and(|text| text.starts_with("refused"))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_listed_commands_are_answered_and_nothing_foreign_is_loaded() -> Result<()> {
    let window = Window::enrolled("view-closed").await?;
    let browser = &window.browser;
    let invoke = |command: &str, args: &str| {
        format!("return await window.__TAURI_INTERNALS__.invoke('{command}', {args});")
    };
    let listed = in_page(browser, &invoke("console_state", "{}")).await?;
    assert_eq!(listed["mode"], "ready", "the way in itself works: {listed}");
    for (command, args) in [
        ("no_such_command", "{}"),
        ("plugin:updater|check", "{}"),
        ("plugin:event|emit", "{event: 'open-approval', payload: {approvalId: 'x'}}"),
        ("plugin:window|close", "{label: 'main'}"),
        ("plugin:webview|create_webview_window", "{options: {label: 'second', url: 'https://example.com'}}"),
        ("plugin:app|version", "{}"),
        ("plugin:path|resolve_directory", "{directory: 1}"),
        ("plugin:deep-link|get_current", "{}"),
    ] {
        let answer = in_page(browser, &invoke(command, args)).await?;
        assert!(is_refused(&answer), "{command} answered {answer}");
    }
    let elsewhere = format!("return (await fetch('{}/healthz')).status;", window.server.url);
    assert!(is_refused(&in_page(browser, &elsewhere).await?), "the page spoke to the network");
    let inline = "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; \
        document.head.append(s); return window.ran ?? 'did not run';";
    assert_eq!(in_page(browser, inline).await?, json!("did not run"));
    assert!(is_refused(&in_page(browser, "return eval('1 + 1');").await?), "eval ran");
    let url = browser.client().current_url().await?;
    in_page(browser, &format!("location.href = '{}/'; return 1;", window.server.url)).await?;
    wait::stays("the page", Duration::from_secs(1), async || {
        browser.client().current_url().await.is_ok_and(|now| now.host() == url.host())
    })
    .await?;
    browser.find(&by("connection")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_reaches_the_web_view_and_nothing_lies_in_plain_text() -> Result<()> {
    let window = Window::enrolled("view-secrets").await?;
    let id = window.ask("command_run", json!({ "command": MEDIUM })).await?;
    open_request(&window.browser, &id).await?;
    let everything = in_page(
        &window.browser,
        "const said = []; \
         for (const [command, args] of [['console_state', {}], ['outbox', {}], ['machine_settings', {}], ['page_preferences', {}], \
            ['diagnostics', {}], ['copy_status', {}], ['record_status', {}], \
            ['api_request', {method: 'GET', path: '/api/governance/session'}], \
            ['api_request', {method: 'GET', path: '/api/governance/devices'}], \
            ['api_request', {method: 'GET', path: '/api/governance/approvals'}]]) \
           said.push(JSON.stringify(await window.__TAURI_INTERNALS__.invoke(command, args))); \
         const bases = await indexedDB.databases(); \
         return said.concat(JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage}), document.cookie, JSON.stringify(bases));",
    )
    .await?;
    assert!(!is_refused(&everything), "{everything}");
    let text = everything.to_string();
    assert!(text.contains("auth/session.py"), "the answers were read: {text}");
    for secret in ["nvt_", "nvi_", PASSPHRASE, "step_up_sealed", "replica_key"] {
        assert!(!text.contains(secret), "{secret} is in the web view");
    }
    let seen = nothing_lies_open(&console_dir(&window.desktop))?;
    assert!(seen > 1, "{seen} files");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn critical_risk_needs_the_typed_target_the_passphrase_and_a_second_person() -> Result<()> {
    let window = Window::enrolled("view-critical").await?;
    let carol = Device::enroll(&window.server, "carol", "approver").await?;
    let context =
        json!({ "target_files": ["auth/login.py", "billing/charge.rs"], "environment": "production" });
    let id = window.ask("deploy_prod", context).await?;
    assert_eq!(window.agent_api.approval(&id).await?["level"], "critical");
    open_request(&window.browser, &id).await?;
    let browser = &window.browser;
    browser.click(&by("approve")).await?;
    browser.fill(&by("passphrase"), PASSPHRASE).await?;
    browser.fill(&by("typed-target"), "staging").await?;
    let button = browser.find(&by("confirm-approve")).await?;
    assert!(!button.is_enabled().await?, "another target was typed");
    browser.fill(&by("typed-target"), "production").await?;
    window.browser.screenshot("view-typed").await?;
    browser.click(&by("confirm-approve")).await?;
    browser.find("[data-testid='outcome'][data-state='recorded']").await?;
    let view = window.agent_api.approval(&id).await?;
    assert_eq!(
        (&view["status"], view["votes"].as_array().map(Vec::len)),
        (&json!("pending"), Some(1)),
        "{view}"
    );
    carol.approve(&id).await?;
    window.agent_api.wait_for_status(&id, "approved").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_signed_offline_in_the_window_is_taken_back_before_it_is_sent() -> Result<()> {
    let mut window = Window::enrolled("view-withdraw").await?;
    let id = window.ask("command_run", json!({ "command": MEDIUM })).await?;
    open_request(&window.browser, &id).await?;
    window.server.kill().await?;
    window.browser.find("[data-testid='state-banner'][data-state='offline']").await?;
    window.browser.click(&by("approve")).await?;
    window.browser.click(&by("confirm-approve")).await?;
    window.browser.find("[data-testid='outcome'][data-state='queued']").await?;
    window.browser.screenshot("view-queued").await?;
    window.browser.click_at(Locator::XPath("//*[@role='tab'][contains(., 'Unsent')]")).await?;
    let withdraw = "//*[@data-testid='unsent-vote']//button[contains(., 'Withdraw')]";
    window.browser.click_at(Locator::XPath(withdraw)).await?;
    window.browser.wait_until_gone(&by("unsent-vote")).await?;
    window.server.restart().await?;
    window.browser.find("[data-testid='connection'][data-live='live']").await?;
    let view = window.agent_api.approval(&id).await?;
    assert_eq!((&view["status"], &view["votes"]), (&json!("pending"), &json!([])));
    go(&window.browser, "#/settings/devices").await?;
    window.browser.find(&by("device")).await?;
    Ok(())
}
