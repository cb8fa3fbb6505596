//! The real console on a private desktop, with a real Secret Service, a tray and a server, and an agent to govern.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::agent::Agent;
use crate::binaries;
use crate::desktop::Desktop;
use crate::gate::Gate;
use crate::notifications::{Notification, NotificationDaemon};
use crate::process::Daemon;
use crate::secrets::SecretService;
use crate::server::{Api, Server};
use crate::tray::{Tray, TrayItem};

/// A command of medium risk that fits a notification: its path says that it touches authentication.
pub const MEDIUM: &str = "echo ran >> auth/session.py";
/// Passphrase of every step-up key.
pub const PASSPHRASE: &str = "a long pass phrase";

/// The approver's link to enrol a console: `navi://enroll?url=…&invite=…&vkey=…`.
///
/// # Errors
/// When the invite cannot be made.
pub async fn enrolment_link(server: &Server, user: &str, role: &str) -> Result<String> {
    let invite = server.invite(user, role).await?;
    let query = [("url", &server.url), ("invite", &invite), ("vkey", &server.ledger_vkey)]
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    Ok(format!("navi://enroll?{}", query.join("&")))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

/// Approver `bob` at a desktop whose console is enrolled, and `alice`, whose agents must ask.
/// Fields end in this order: the console before what it speaks to.
#[derive(Debug)]
pub struct Scene {
    /// The running console.
    pub console: Daemon,
    /// The console's icon.
    pub item: TrayItem,
    /// The tray.
    pub tray: Tray,
    /// The notification daemon that is pressed.
    pub notifications: NotificationDaemon,
    /// Sees what alice's agent sees.
    pub agent_api: Api,
    /// The server.
    pub server: Server,
    _secrets: SecretService,
    /// The desktop.
    pub desktop: Desktop,
}

impl Scene {
    /// Starts it all and waits until the console is enrolled, live, and nothing waits.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn start(name: &str) -> Result<Self> {
        Self::start_with(name, &json!({ "level": "minimal" })).await
    }

    /// The same with another policy for alice.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn start_with(name: &str, policy: &Value) -> Result<Self> {
        let desktop = Desktop::start(name).await?;
        let secrets = SecretService::start(&desktop).await?;
        let tray = Tray::start(&desktop).await?;
        let notifications = NotificationDaemon::start(&desktop).await?;
        let server = Server::start().await?;
        server.set_policy("alice", policy.clone()).await?;
        let agent_api = server.api("alice", "agent", Some("coder")).await?;

        let link = enrolment_link(&server, "bob", "approver").await?;
        let passphrase = desktop.home().join("passphrase");
        std::fs::write(&passphrase, PASSPHRASE)?;
        let passphrase = passphrase.to_string_lossy().into_owned();
        let console = start_console(
            &desktop,
            &["--enroll", &link, "--name", "Bob's desk", "--passphrase-file", &passphrase],
        )?;
        let item = tray.item().await.with_context(|| console.log_text())?;
        item.wait_for_label("Nothing waits").await.with_context(|| console.log_text())?;
        item.wait_for_label("Live").await.with_context(|| console.log_text())?;
        Ok(Self { console, item, tray, notifications, agent_api, server, _secrets: secrets, desktop })
    }

    /// A real agent of alice's whose model wants to run [`MEDIUM`].
    ///
    /// # Errors
    /// When the fake model does not start.
    pub async fn agent(&self) -> Result<Agent> {
        let gate = Gate::of_agent(&self.server, "alice", "coder").await?;
        let agent = Agent::gated(MEDIUM, &gate).await?;
        std::fs::create_dir(agent.project().join("auth"))?;
        Ok(agent)
    }

    /// Has alice's agent ask for a command without waiting; the approval's id.
    ///
    /// # Errors
    /// When the server does not ask a person.
    pub async fn ask(&self, action_type: &str, context: Value) -> Result<String> {
        let answer = self.agent_api.evaluate(action_type, context).await?;
        Ok(answer["approval_id"].as_str().with_context(|| answer.to_string())?.to_owned())
    }

    /// Waits for the notification about a text, for example the command.
    ///
    /// # Errors
    /// When it does not come; with the console's log.
    pub async fn notified_of(&self, text: &str) -> Result<Notification> {
        self.notifications
            .wait_for(&format!("a notification about {text:?}"), |n| n.text().contains(text))
            .await
            .with_context(|| self.console.log_text())
    }

    /// As [`Scene::notified_of`], also when it is off the screen again.
    ///
    /// # Errors
    /// When it does not come; with the console's log.
    pub async fn was_notified_of(&self, text: &str) -> Result<Notification> {
        self.notifications
            .wait_for_news(&format!("a notification about {text:?}"), |n| n.text().contains(text))
            .await
            .with_context(|| self.console.log_text())
    }
}

/// Whether the medium command has run in the agent's project, and how often.
#[must_use]
pub fn runs(agent: &Agent) -> usize {
    std::fs::read_to_string(agent.project().join("auth/session.py")).map_or(0, |text| text.lines().count())
}

/// Folder of the console's state on a desktop.
#[must_use]
pub fn console_dir(desktop: &Desktop) -> PathBuf {
    desktop.home().join("console")
}

/// Starts the console on a desktop.
///
/// # Errors
/// When it was not built.
pub fn start_console(desktop: &Desktop, args: &[&str]) -> Result<Daemon> {
    start_console_in(desktop, args, &[])
}

/// The same in another environment.
///
/// # Errors
/// When it was not built.
pub fn start_console_in(desktop: &Desktop, args: &[&str], environment: &[(&str, &str)]) -> Result<Daemon> {
    let mut command = desktop.command(binaries::product("navi-console")?);
    command.arg("--data-dir").arg(console_dir(desktop)).args(args).envs(environment.iter().copied());
    desktop.spawn("navi-console", command)
}
