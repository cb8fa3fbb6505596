//! The console's window through WebKitWebDriver: enrolment by form, the decision bar, the passphrase for high risk.

use anyhow::{Context as _, Result};
use navi_tests::agent::Agent;
use navi_tests::binaries;
use navi_tests::console::{MEDIUM, PASSPHRASE, console_dir, enrolment_link, runs};
use navi_tests::desktop::Desktop;
use navi_tests::gate::Gate;
use navi_tests::page::{by, enrol, open_request};
use navi_tests::secrets::SecretService;
use navi_tests::server::{Api, Server};
use navi_tests::webdriver::Browser;
use serde_json::{Value, json};

/// An enrolled console with its window open, driven from outside.
pub struct Window {
    pub browser: Browser,
    pub agent_api: Api,
    pub server: Server,
    secrets: SecretService,
    pub desktop: Desktop,
}

impl Window {
    /// Starts the console without a tray, so that it opens its window, and enrols it with the form.
    pub async fn enrolled(name: &str) -> Result<Self> {
        Self::enrolled_as(name, "bob", "approver").await
    }

    /// The same for another person.
    pub async fn enrolled_as(name: &str, user: &str, role: &str) -> Result<Self> {
        let desktop = Desktop::start(name).await?;
        let secrets = SecretService::start(&desktop).await?;
        let server = Server::start().await?;
        server.set_policy("alice", json!({ "level": "minimal" })).await?;
        let agent_api = server.api("alice", "agent", Some("coder")).await?;
        let program = binaries::product("navi-console")?;
        let data_dir = console_dir(&desktop).to_string_lossy().into_owned();
        let browser = Browser::of_app(&desktop, &program, &["--data-dir", &data_dir], &[]).await?;
        let window = Self { browser, agent_api, server, secrets, desktop };

        let link = enrolment_link(&window.server, user, role).await?;
        let browser = &window.browser;
        enrol(browser, &link, "Bob's desk", false).await?;
        leave_first_run(browser).await?;
        Ok(window)
    }

    /// Ends the console and starts it again on the same desktop, as after a log-out.
    pub async fn restarted(self) -> Result<Self> {
        let Self { browser, agent_api, server, secrets, desktop } = self;
        browser.close().await?;
        let data_dir = console_dir(&desktop).to_string_lossy().into_owned();
        let program = binaries::product("navi-console")?;
        let browser = Browser::of_app(&desktop, &program, &["--data-dir", &data_dir], &[]).await?;
        Ok(Self { browser, agent_api, server, secrets, desktop })
    }

    pub async fn ask(&self, action_type: &str, context: Value) -> Result<String> {
        let answer = self.agent_api.evaluate(action_type, context).await?;
        Ok(answer["approval_id"].as_str().with_context(|| answer.to_string())?.to_owned())
    }
}

/// Goes on from the checks to the requests.
pub async fn leave_first_run(browser: &Browser) -> Result<()> {
    browser.click(&by("first-run-done")).await?;
    browser.wait_until_gone(&by("first-run")).await?;
    browser.find(&by("connection")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_windows_approve_lets_the_real_agent_go_on() -> Result<()> {
    let window = Window::enrolled("window-approve").await?;
    let gate = Gate::of_agent(&window.server, "alice", "coder").await?;
    let agent = Agent::gated(MEDIUM, &gate).await?;
    std::fs::create_dir(agent.project().join("auth"))?;
    let (said, ()) = tokio::try_join!(agent.run(), async {
        let pending = window.agent_api.the_pending_one().await?;
        open_request(&window.browser, pending["id"].as_str().context("no id")?).await?;
        window.browser.wait_for_text(MEDIUM).await?;
        window.desktop.screenshot("detail").await?;
        window.browser.click(&by("approve")).await?;
        window.browser.click(&by("confirm-approve")).await?;
        window.browser.find("[data-testid='outcome'][data-state='recorded'], [data-testid='ended']").await?;
        window.desktop.screenshot("recorded").await?;
        Ok(())
    })?;
    assert_eq!(said.expect_code(0)?.json()?["result"], "done");
    assert_eq!(runs(&agent), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_windows_reject_carries_the_reason_to_the_agent() -> Result<()> {
    let window = Window::enrolled("window-reject").await?;
    let gate = Gate::of_agent(&window.server, "alice", "coder").await?;
    let agent = Agent::gated(MEDIUM, &gate).await?;
    std::fs::create_dir(agent.project().join("auth"))?;
    tokio::try_join!(agent.run(), async {
        let pending = window.agent_api.the_pending_one().await?;
        open_request(&window.browser, pending["id"].as_str().context("no id")?).await?;
        window.browser.click(&by("reject")).await?;
        window.browser.fill(&by("reason"), "use the staging account").await?;
        window.desktop.screenshot("reject").await?;
        window.browser.click(&by("confirm-reject")).await?;
        Ok(())
    })?;
    assert_eq!(runs(&agent), 0);
    let told = agent.model.tool_results()?;
    assert!(told.iter().any(|text| text.contains("use the staging account")), "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn high_risk_is_approved_in_the_window_with_the_passphrase() -> Result<()> {
    let window = Window::enrolled("window-high").await?;
    let context = json!({ "target_files": ["auth/login.py"], "branch": "main", "repo": "shop" });
    let id = window.ask("code_edit", context).await?;
    open_request(&window.browser, &id).await?;
    let browser = &window.browser;
    browser.click(&by("approve")).await?;
    browser.fill(&by("passphrase"), "not the pass phrase").await?;
    browser.fill(&by("typed-target"), "shop").await?;
    browser.click(&by("confirm-approve")).await?;
    browser.find("[data-testid='outcome'][data-state='refused']").await?;
    assert_eq!(window.agent_api.approval(&id).await?["status"], "pending");

    browser.click(&by("approve")).await?;
    browser.fill(&by("passphrase"), PASSPHRASE).await?;
    browser.fill(&by("typed-target"), "shop").await?;
    window.desktop.screenshot("passphrase").await?;
    browser.click(&by("confirm-approve")).await?;
    window.agent_api.wait_for_status(&id, "approved").await?;
    Ok(())
}
