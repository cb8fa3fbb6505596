//! The one window: made when it is asked for and destroyed when it is closed, so that the tray alone stays small.

mod guard;

use serde_json::json;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Emitter as _, Manager as _, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::link::is_id;
use guard::Ruling;

/// The window's label in tauri.conf.json.
pub(crate) const MAIN: &str = "main";

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

/// Closes the window if it has the focus, else shows it.
pub(crate) fn toggle(app: &AppHandle) {
    match app.get_webview_window(MAIN) {
        Some(window) if window.is_focused().unwrap_or(false) => note(window.destroy()),
        _ => open(app, None),
    }
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
    WebviewWindowBuilder::from_config(app, &config)?
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
