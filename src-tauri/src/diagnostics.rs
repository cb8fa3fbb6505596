//! What this machine offers the console, as it is found now: for the settings, and for a report. No contents, no secrets.

use std::sync::Arc;

use navi_client::enroll::names;
use navi_client::keystore::{Keystore, KeystoreError};
use navi_domain::canonical;
use serde::Serialize;
use tauri::AppHandle;

use crate::console::Console;
use crate::{crash, desktop};

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Diagnostics {
    tray: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    notifications: Option<Daemon>,
    screen: Screen,
    keyring: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    folder: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crash_log: Option<String>,
    versions: Versions,
}

/// The program that shows notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Daemon {
    name: String,
    version: String,
    capabilities: Vec<String>,
    /// "Do not disturb", where the desktop tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    inhibited: Option<bool>,
}

/// What is told about who may see the screen; absent: nobody tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Screen {
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<bool>,
    /// It may be shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<bool>,
}

#[derive(Clone, Debug, Serialize)]
struct Versions {
    console: &'static str,
    tauri: &'static str,
    webview: String,
    system: String,
    desktop: String,
}

/// Looks now.
pub(crate) async fn look(app: &AppHandle, console: &Console) -> Diagnostics {
    let identity = console.ready().and_then(|ready| ready.replica.identity().ok().flatten());
    let keystore = console.keystore();
    let keyring = tauri::async_runtime::spawn_blocking(move || keyring(&keystore)).await;
    let (notifications, screen) = daemon().await;
    Diagnostics {
        tray: desktop::has_tray(app),
        notifications,
        screen,
        keyring: keyring.unwrap_or("refused"),
        fingerprint: identity.as_ref().map(|i| canonical::key_fingerprint(&i.ledger_vkey)),
        server: identity.map(|i| i.server_url),
        folder: console.folder().display().to_string(),
        crash_log: crash::log_in(console.folder()),
        versions: versions(),
    }
}

fn keyring(keystore: &Arc<dyn Keystore>) -> &'static str {
    if std::env::var("NAVI_CONSOLE_KEYSTORE").is_ok_and(|spec| spec.starts_with("file:")) {
        return "file";
    }
    match keystore.get(names::REPLICA_KEY) {
        Ok(_) => "unlocked",
        Err(KeystoreError::Locked(_)) => "locked",
        Err(KeystoreError::NoService(_)) => "absent",
        Err(_) => "refused",
    }
}

fn versions() -> Versions {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let desktop = [named("XDG_CURRENT_DESKTOP"), named("XDG_SESSION_TYPE")].into_iter().flatten();
    Versions {
        console: env!("CARGO_PKG_VERSION"),
        tauri: tauri::VERSION,
        webview: tauri::webview_version().unwrap_or_else(|_| "?".to_owned()),
        system: system(),
        desktop: desktop.collect::<Vec<_>>().join(", "),
    }
}

/// The system's own name for itself.
fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let pretty = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    pretty.map_or_else(|| std::env::consts::OS.to_owned(), |name| name.trim_matches('"').to_owned())
}

/// The program that shows notifications, if one answers, and what is told about the screen.
#[cfg(target_os = "linux")]
async fn daemon() -> (Option<Daemon>, Screen) {
    use crate::notify::muting;
    let Ok(bus) = zbus::Connection::session().await else { return Default::default() };
    let system = zbus::Connection::system().await.ok();
    let locked = muting::is_locked(&bus, system.as_ref()).await;
    let Some(service) = muting::Service::ask(&bus).await else {
        return (None, Screen { locked, shared: None });
    };
    let inhibited = service.is_silent(&bus).await;
    let screen = Screen { locked, shared: service.is_shared(inhibited) };
    let muting::Service { name, version, capabilities, .. } = service;
    (Some(Daemon { name, version, capabilities, inhibited }), screen)
}

/// Elsewhere the system itself shows notifications, and says nothing about them.
#[cfg(not(target_os = "linux"))]
async fn daemon() -> (Option<Daemon>, Screen) {
    let name = std::env::consts::OS.to_owned();
    let daemon = Daemon { name, version: String::new(), capabilities: Vec::new(), inhibited: None };
    (Some(daemon), Screen::default())
}
