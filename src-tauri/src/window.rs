//! The one window: made when it is asked for and destroyed when it is closed, so that the tray alone stays small.

mod guard;

use std::sync::Arc;

use navi_protocol::paths;
use serde_json::json;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, Emitter as _, Manager as _, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use tokio::sync::watch;

use crate::console::Console;
use crate::link::is_id;
use guard::Ruling;

/// The window's label in tauri.conf.json.
pub(crate) const MAIN: &str = "main";
/// Route of the queue.
pub(crate) const QUEUE: &str = "/";
/// Route of the place where agents are paused and bypasses end.
pub(crate) const EMERGENCY: &str = "/emergency";

/// Whether the window has the focus, and a signal when that changes.
#[derive(Debug)]
pub(crate) struct Focus(watch::Sender<bool>);

impl Default for Focus {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Focus {
    /// A signal when it changes.
    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

/// Something happened to the window.
pub(crate) fn happened(app: &AppHandle, event: &WindowEvent) {
    let has_focus = match event {
        WindowEvent::Focused(has_focus) => *has_focus,
        WindowEvent::Destroyed => {
            stop_reading(app);
            false
        }
        _ => return,
    };
    if let Some(focus) = app.try_state::<Focus>() {
        focus.0.send_if_modified(|was| std::mem::replace(was, has_focus) != has_focus);
    }
}

/// A page that goes with its window cannot say that nobody reads there any more.
fn stop_reading(app: &AppHandle) {
    let Some(ready) = app.try_state::<Arc<Console>>().and_then(|console| console.ready()) else { return };
    let Some(id) = ready.replica.reading() else { return };
    ready.replica.reads(&id, false);
    tauri::async_runtime::spawn(async move {
        let path = format!("{}/{id}/presence", paths::APPROVALS);
        if let Err(error) = ready.client.pass("DELETE", &path, None).await {
            // The server forgets readers with their connection.
            tracing::debug!(%error, "the server was not told that nobody reads here");
        }
    });
}

/// Shows the window, at a request if one is named. Any thread.
pub(crate) fn open(app: &AppHandle, approval_id: Option<&str>) {
    open_with(app, approval_id, None);
}

/// As [`open`], with the token of a click elsewhere, by which a Wayland desktop lets the window come to the front.
pub(crate) fn open_with(app: &AppHandle, approval_id: Option<&str>, token: Option<String>) {
    let approval_id = approval_id.filter(|id| is_id(id));
    if let (Some(id), Some(_)) = (approval_id, app.get_webview_window(MAIN)) {
        note(app.emit_to(MAIN, "open-approval", json!({ "approvalId": id })));
    }
    at(app, approval_id.map(|id| format!("/approvals/{id}")), token);
}

/// Shows the enrolment form with a link that a person clicked; nothing is enrolled before they agree.
pub(crate) fn open_enrolment(app: &AppHandle, link: &str) {
    let route = format!("/enroll?code={}", percent(link));
    if let Some(window) = app.get_webview_window(MAIN) {
        // The form reads its link when it appears. `route` holds no quote: everything odd in it is percent-encoded.
        note(window.eval(format!("location.hash = '{route}'; location.reload()")));
    }
    at(app, Some(route), None);
}

/// Shows the window at a route of ours, such as `/settings`.
pub(crate) fn open_at(app: &AppHandle, route: &'static str) {
    open_at_with(app, route, None);
}

/// As [`open_at`], with the token of a click elsewhere.
pub(crate) fn open_at_with(app: &AppHandle, route: &'static str, token: Option<String>) {
    if let Some(window) = app.get_webview_window(MAIN) {
        // No quote stands in any of our routes.
        note(window.eval(format!("location.hash = '{route}'")));
    }
    at(app, Some(route.to_owned()), token);
}

/// Closes the window if it has the focus, else shows it.
pub(crate) fn toggle(app: &AppHandle) {
    match app.get_webview_window(MAIN) {
        Some(window) if window.is_focused().unwrap_or(false) => note(window.destroy()),
        _ => open(app, None),
    }
}

/// Whether there is one, shown or minimised.
pub(crate) fn is_open(app: &AppHandle) -> bool {
    app.get_webview_window(MAIN).is_some()
}

/// Tells the page that something it shows has changed.
pub(crate) fn tell_changed(app: &AppHandle, topics: &[&str]) {
    if app.get_webview_window(MAIN).is_some() {
        note(app.emit_to(MAIN, "console-changed", json!({ "topics": topics })));
    }
}

/// Windows are made on the main thread only, whoever asks.
fn at(app: &AppHandle, route: Option<String>, token: Option<String>) {
    let handle = app.clone();
    note(app.run_on_main_thread(move || note(show(&handle, route.as_deref(), token.as_deref()))));
}

fn show(app: &AppHandle, route: Option<&str>, token: Option<&str>) -> tauri::Result<()> {
    let window = match app.get_webview_window(MAIN) {
        Some(window) => window,
        None => create(app, route)?,
    };
    #[cfg(target_os = "linux")]
    if let (Some(token), Ok(native)) = (token, window.gtk_window()) {
        use gtk::prelude::GtkWindowExt as _;
        native.set_startup_id(token);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = token;
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

fn create(app: &AppHandle, route: Option<&str>) -> tauri::Result<WebviewWindow> {
    let config = app.config().app.windows.iter().find(|w| w.label == MAIN);
    let mut config = config.cloned().ok_or(tauri::Error::WindowNotFound)?;
    if let Some(route) = route {
        config.url = WebviewUrl::App(format!("index.html#{route}").into());
    }
    let dev = tauri::is_dev().then(|| app.config().build.dev_url.clone()).flatten();
    let (going, opening) = (app.clone(), app.clone());
    let data = app.state::<Arc<Console>>().folder().join("webview");
    WebviewWindowBuilder::from_config(app, &config)?
        // All of a console lies in its data folder, also what the web view keeps.
        .data_directory(data)
        .on_navigation(move |url| match guard::judge(url, dev.as_ref()) {
            Ruling::Load => true,
            Ruling::Outside => {
                guard::show_outside(&going, url);
                false
            }
            Ruling::Refuse => {
                tracing::warn!(scheme = url.scheme(), "the page wanted to leave; refused");
                false
            }
        })
        // No window but ours: what a link opens elsewhere is the browser's.
        .on_new_window(move |url, _| {
            if guard::judge(&url, None) == Ruling::Outside {
                guard::show_outside(&opening, &url);
            }
            NewWindowResponse::Deny
        })
        .build()
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

fn note(result: tauri::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the window did not obey");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_holds_no_character_that_means_something() {
        assert_eq!(percent("navi://e?u=a&b"), "navi%3A%2F%2Fe%3Fu%3Da%26b");
    }
}
