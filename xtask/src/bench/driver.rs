//! A window driven through WebKitWebDriver: as much of the protocol as starting the console and looking into its page needs.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::desktop::Desktop;
use crate::child::{Running, wait_until};
use crate::http::Connection;

/// A running driver with one console. Dropping it ends both.
pub struct Driver {
    connection: Connection,
    session: Option<String>,
    running: Running,
}

impl Driver {
    /// Starts a driver on `desktop`, and no console yet.
    pub fn start(desktop: &Desktop, log: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = desktop.command(Path::new("WebKitWebDriver"));
        command.arg(format!("--port={port}"));
        command.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        command.envs(environment.iter().copied());
        let running = Running::start("WebKitWebDriver", &mut command, log)?;
        let url = format!("http://127.0.0.1:{port}");
        let mut open = None;
        wait_until(Duration::from_secs(20), || {
            open = Connection::open(&url, "").ok();
            open.is_some()
        })
        .context("the driver does not listen")?;
        Ok(Self { connection: open.context("no connection")?, session: None, running })
    }

    /// Starts the console, which opens its window.
    pub fn open(&mut self, program: &Path, args: &[&str]) -> Result<()> {
        let options = json!({ "binary": program, "args": args });
        let wanted = json!({ "browserName": "wry", "webkitgtk:browserOptions": options });
        let body = json!({ "capabilities": { "alwaysMatch": wanted } }).to_string();
        let answer = self.connection.demand("POST", "/session", &body)?;
        let id = answer.pointer("/value/sessionId").and_then(Value::as_str).context("no session")?;
        self.session = Some(id.to_owned());
        Ok(())
    }

    /// What a function body gives in the page.
    pub fn ask(&mut self, script: &str) -> Result<Value> {
        let session = self.session.as_deref().context("no console is open")?;
        let body = json!({ "script": script, "args": [] }).to_string();
        let path = format!("/session/{session}/execute/sync");
        let mut answer = self.connection.demand("POST", &path, &body)?;
        Ok(answer.get_mut("value").map(Value::take).unwrap_or_default())
    }

    /// The driver's process, whose descendants are the console and what draws its page.
    pub fn id(&self) -> u32 {
        self.running.id()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            // What is left of it ends with the driver's process group.
            let _ = self.connection.request("DELETE", &format!("/session/{session}"), "");
        }
    }
}
