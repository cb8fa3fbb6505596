//! Strategy *feature flag*: providers that fail in ways that say something else than what they did.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router, routing};
use serde_json::{Value, json};

use super::*;

/// What a provider that follows LaunchDarkly's contract does with a patch.
#[derive(Clone, Copy)]
enum Patch {
    /// It does it, and says that it failed.
    DoneAndFailed,
    /// It does nothing, and says so.
    Refused,
}

type Flag = Arc<Mutex<bool>>;

/// One with the flag `checkout`, and what is declared about it.
async fn provider(patch: Patch) -> (Flag, String) {
    let flag = Flag::default();
    let read = async |State(flag): State<Flag>| {
        let on = *flag.lock().unwrap();
        Json(json!({"variations": [{"_id": "a"}], "environments": {"test": {"on": on, "rules": []}}}))
    };
    let change = async move |State(flag): State<Flag>, said: String| {
        let said: Value = serde_json::from_str(&said).unwrap();
        if let Patch::DoneAndFailed = patch {
            *flag.lock().unwrap() = said["instructions"][0]["kind"] == "turnFlagOn";
        }
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let route = routing::get(read).patch(change);
    let app = Router::new().route("/api/v2/flags/shop/checkout", route).with_state(Arc::clone(&flag));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    // Any variable will do: this one looks at no credential.
    let declared = format!(
        "[[flag]]\nfolder = \"/\"\ntypes = [\"*\"]\nprovider = \"launchdarkly\"\nurl = \"{url}\"\nproject = \"shop\"\n\
         environment = \"test\"\nfeature = \"checkout\"\ntoken_env = \"PATH\"\n"
    );
    (flag, declared)
}

#[tokio::test]
async fn a_provider_that_did_it_and_failed_to_say_so_did_it() {
    let (flag, declared) = provider(Patch::DoneAndFailed).await;
    let desk = Desk::declaring(&declared);
    let capture = desk.run(&desk.path(""), &[], || *flag.lock().unwrap() = true).await.unwrap();
    let outcome = desk.undo(&capture).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert!(!*flag.lock().unwrap());
}

#[tokio::test]
async fn a_provider_that_refuses_changed_nothing() {
    let (flag, declared) = provider(Patch::Refused).await;
    let desk = Desk::declaring(&declared);
    let capture = desk.run(&desk.path(""), &[], || *flag.lock().unwrap() = true).await.unwrap();
    let outcome = desk.undo(&capture).await;
    assert_eq!(outcome.success, Some(false), "{outcome:?}");
    assert!(outcome.why.unwrap().contains("500"));
    assert!(*flag.lock().unwrap());
}

/// The file that a provider reads: its own user must be able to read it afterwards, and a link to it stays one.
#[tokio::test]
async fn a_file_of_flags_keeps_its_mode_and_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let (real, link, beside) =
        (dir.path().join("real.json"), dir.path().join("flags.json"), dir.path().join("flags.draft"));
    let text = |state: &str| json!({"flags": {"checkout": {"state": state}}}).to_string();
    std::fs::write(&real, text("ENABLED")).unwrap();
    std::fs::write(&beside, "mine").unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o644)).unwrap();
    symlink("real.json", &link).unwrap();
    let desk = Desk::declaring(&format!(
        "[[flag]]\nfolder = \"/\"\ntypes = [\"*\"]\nprovider = \"flagd\"\nfile = {link:?}\nfeature = \"checkout\"\n"
    ));
    let capture = desk.run(&desk.path(""), &[], || std::fs::write(&real, text("DISABLED")).unwrap()).await;
    let outcome = desk.undo(&capture.unwrap()).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    let now: Value = serde_json::from_slice(&std::fs::read(&real).unwrap()).unwrap();
    assert_eq!(now["flags"]["checkout"]["state"], "ENABLED");
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("real.json"));
    assert_eq!(std::fs::read_to_string(&beside).unwrap(), "mine", "what lies beside it is somebody's own");
}
