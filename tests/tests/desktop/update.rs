//! A newer version of the console, from a release server: nothing is looked for unless it is switched on, and nothing is
//! installed that the configured key did not sign.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign::KeyPair;
use navi_tests::binaries;
use navi_tests::console::{console_dir, enrolment_link};
use navi_tests::desktop::Desktop;
use navi_tests::page::{by, enrol, go};
use navi_tests::secrets::SecretService;
use navi_tests::server::{Server, write_file};
use navi_tests::wait;
use navi_tests::webdriver::Browser;
use serde_json::json;

use crate::window::leave_first_run;

const OLD: &[u8] = b"\x7fELF the version that runs";
// As long as the header of a real one, which the installer looks for.
const NEW: &[u8] = b"\x7fELF the version of tomorrow, and then nothing that any machine could run";

type Files = Arc<Mutex<HashMap<String, Vec<u8>>>>;

/// A release server, and how often it was asked.
struct Releases {
    url: String,
    files: Files,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Releases {
    async fn start() -> Result<Self> {
        let (files, asked) = (Files::default(), Arc::new(Mutex::new(Vec::new())));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(serve).with_state((Arc::clone(&files), Arc::clone(&asked)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, files, asked })
    }

    fn offer(&self, name: &str, bytes: &[u8]) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(format!("/{name}"), bytes.to_vec());
    }

    /// Announces version 9.1.0, whose package is signed by one key and whose announcement by another.
    fn announce(&self, package_key: &KeyPair, key: &KeyPair) -> Result<()> {
        let signature = signed(package_key, NEW, Some("file:navi.AppImage\tversion:9.1.0"))?;
        let platform =
            json!({ "url": format!("{}/navi.AppImage", self.url), "signature": STANDARD.encode(signature) });
        let target = format!("linux-{}", std::env::consts::ARCH);
        let manifest = json!({ "version": "9.1.0", "notes": "Faster.", "platforms": { target: platform } });
        let manifest = manifest.to_string();
        self.offer("navi.AppImage", NEW);
        self.offer("latest.json.minisig", signed(key, manifest.as_bytes(), None)?.as_bytes());
        self.offer("latest.json", manifest.as_bytes());
        Ok(())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn serve(
    State((files, asked)): State<(Files, Arc<Mutex<Vec<String>>>)>,
    uri: Uri,
) -> Result<Vec<u8>, StatusCode> {
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(uri.path().to_owned());
    let found = files.lock().unwrap_or_else(PoisonError::into_inner).get(uri.path()).cloned();
    found.ok_or(StatusCode::NOT_FOUND)
}

fn signed(key: &KeyPair, bytes: &[u8], comment: Option<&str>) -> Result<String> {
    Ok(minisign::sign(Some(&key.pk), &key.sk, Cursor::new(bytes), comment, None)?.into_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_configured_key_signed_is_installed() -> Result<()> {
    let desktop = Desktop::start("update").await?;
    let _secrets = SecretService::start(&desktop).await?;
    let (server, releases) = (Server::start().await?, Releases::start().await?);
    let (key, other) = (KeyPair::generate_unencrypted_keypair()?, KeyPair::generate_unencrypted_keypair()?);
    let source =
        json!({ "manifest": format!("{}/latest.json", releases.url), "public_key": key.pk.to_base64() });
    let source = write_file(&desktop.home(), "updates.json", &source.to_string())?;
    let installed = desktop.home().join("Navi.AppImage");
    std::fs::write(&installed, OLD)?;
    let environment = [("NAVI_CONSOLE_UPDATES", &source), ("APPIMAGE", &installed)]
        .map(|(name, path)| (name, path.to_str().unwrap_or_default()));
    let data_dir = console_dir(&desktop).to_string_lossy().into_owned();
    let program = binaries::product("navi-console")?;
    let browser = Browser::of_app(&desktop, &program, &["--data-dir", &data_dir], &environment).await?;
    enrol(&browser, &enrolment_link(&server, "bob", "approver").await?, "Bob's desk", false).await?;
    leave_first_run(&browser).await?;

    go(&browser, "#/settings/console").await?;
    wait::until("the switch can be used", async || {
        browser.has("[data-testid='updates']:enabled").await.then_some(())
    })
    .await?;
    assert!(!browser.has(&by("look-for-update")).await, "it is off at first");
    assert_eq!(releases.asked(), Vec::<String>::new(), "nobody looked by themselves");
    browser.click(&by("updates")).await?;

    // Announced by somebody else: it is not even said which version.
    releases.announce(&key, &other)?;
    browser.click(&by("look-for-update")).await?;
    browser.find("[role='alert']").await?;
    assert!(!browser.has(&by("install-update")).await, "{}", browser.text().await);
    browser.screenshot("update-forged").await?;

    // Announced well, and what is fetched is somebody else's.
    releases.announce(&other, &key)?;
    browser.click(&by("look-for-update")).await?;
    browser.find(&by("install-update")).await?;
    browser.click(&by("install-update")).await?;
    browser.find("[role='alert']").await?;
    assert_eq!(std::fs::read(&installed)?, OLD, "it was not installed");

    releases.announce(&key, &key)?;
    browser.click(&by("look-for-update")).await?;
    browser.wait_until_gone("[data-testid='look-for-update']:disabled").await?;
    browser.click(&by("install-update")).await?;
    browser.wait_for_text("It is installed").await?;
    browser.screenshot("update-installed").await?;
    assert_eq!(std::fs::read(&installed).with_context(|| installed.display().to_string())?, NEW);
    Ok(())
}
