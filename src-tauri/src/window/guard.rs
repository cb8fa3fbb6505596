//! What the web view may load: the page that lies in this program, and nothing else. A link to elsewhere is the
//! system's browser's business, and only over https.

use tauri::Url;

/// What becomes of an address the page wants to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// Our own page.
    Load,
    /// Outside: the system's browser shows it, the web view stays where it is.
    Outside,
    /// Nowhere.
    Refuse,
}

/// Judges an address; `dev` is the development server's, in a build that loads its page from there.
pub(super) fn judge(url: &Url, dev: Option<&Url>) -> Ruling {
    let is_own = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // What the scheme is called on Windows.
        "http" | "https" if url.host_str() == Some("tauri.localhost") => url.port().is_none(),
        "about" => url.path() == "blank",
        _ => dev.is_some_and(|dev| dev.origin() == url.origin()),
    };
    match url.scheme() {
        _ if is_own => Ruling::Load,
        "https" if url.has_host() && url.username().is_empty() && url.password().is_none() => Ruling::Outside,
        _ => Ruling::Refuse,
    }
}

/// Hands an address to the system's browser.
#[cfg(target_os = "linux")]
pub(super) fn show_outside(app: &tauri::AppHandle, url: &Url) {
    let address = url.to_string();
    let handed = app.run_on_main_thread(move || {
        if let Err(error) = gtk::show_uri_on_window(None::<&gtk::Window>, &address, 0) {
            tracing::warn!(%error, "the system does not open the address");
        }
    });
    super::note(handed);
}

/// Elsewhere a link to the outside is not followed.
#[cfg(not(target_os = "linux"))]
pub(super) fn show_outside(_: &tauri::AppHandle, _: &Url) {
    tracing::warn!("an address outside is not opened on this system");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_page_is_loaded_and_only_https_is_shown_outside() {
        let judged = |text: &str| judge(&Url::parse(text).unwrap(), None);
        for own in ["tauri://localhost/index.html#/approvals/a", "http://tauri.localhost/", "about:blank"] {
            assert_eq!(judged(own), Ruling::Load, "{own}");
        }
        assert_eq!(judged("https://docs.example/page"), Ruling::Outside);
        for bad in [
            "http://docs.example/",
            "http://localhost:5173/",
            "https://navi.example@evil.example/",
            "tauri://evil/",
            "http://tauri.localhost:8080/",
            "file:///etc/passwd",
            "data:text/html,<script>",
            "javascript:alert(1)",
            "navi://approvals/a",
            "ipc://localhost/decide",
        ] {
            assert_eq!(judged(bad), Ruling::Refuse, "{bad}");
        }
        let dev = Url::parse("http://localhost:5173").unwrap();
        assert_eq!(judge(&Url::parse("http://localhost:5173/index.html").unwrap(), Some(&dev)), Ruling::Load);
        assert_eq!(judge(&Url::parse("http://localhost:5174/").unwrap(), Some(&dev)), Ruling::Refuse);
    }
}
