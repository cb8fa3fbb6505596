//! The tray: state in words, the count, the most urgent requests; one instance; the window only when asked for.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use navi_tests::console::{MEDIUM, Scene, console_dir, enrolment_link, start_console};
use navi_tests::desktop::Desktop;
use navi_tests::secrets::SecretService;
use navi_tests::server::Server;
use navi_tests::tray::Tray;
use navi_tests::wait;
use serde_json::json;

const TITLE: &str = "Navi";

async fn window_opens(desktop: &Desktop) -> Result<()> {
    wait::until("the console's window", async || {
        desktop.window_titles().await.ok()?.iter().any(|title| title.contains(TITLE)).then_some(())
    })
    .await
}

async fn has_window(desktop: &Desktop) -> Result<bool> {
    Ok(desktop.window_titles().await?.iter().any(|title| title.contains(TITLE)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_counts_what_waits_and_names_the_most_urgent() -> Result<()> {
    let scene = Scene::start("tray").await?;
    assert!(!has_window(&scene.desktop).await?, "it starts into the tray");
    let quiet = scene.item.icon().await?;

    scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    scene.item.wait_for_label("1 waiting").await.with_context(|| scene.console.log_text())?;
    let context = json!({ "target_files": ["auth/login.py"], "branch": "main", "repo": "shop" });
    scene.ask("code_edit", context).await?;
    scene.item.wait_for_label("2 waiting").await?;

    let labels = scene.item.menu().await?.labels();
    assert_eq!(labels.first().map(String::as_str), Some("2 waiting · 1 high"), "{labels:?}");
    assert!(labels.iter().any(|label| label.starts_with("High · ")), "{labels:?}");
    assert!(labels.iter().any(|label| label.contains("auth/session.py")), "{labels:?}");
    assert!(labels.iter().all(|label| !label.contains("Approve")), "a menu decides nothing: {labels:?}");
    assert!(scene.item.tooltip().await?.contains("2 waiting"));
    wait::until("the icon shows the count", async || (scene.item.icon().await.ok()? != quiet).then_some(()))
        .await?;
    assert_eq!(scene.tray.registrations(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_says_when_the_server_is_gone_and_when_it_is_back() -> Result<()> {
    let mut scene = Scene::start("offline").await?;
    scene.server.kill().await?;
    scene.item.wait_for_label("Offline since").await?;
    scene.server.restart().await?;
    scene.item.wait_for_label("Live").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_shows_the_window_of_the_first_and_ends() -> Result<()> {
    let mut scene = Scene::start("second").await?;
    assert!(!has_window(&scene.desktop).await?);
    let mut second = start_console(&scene.desktop, &[])?;
    let status = second.ended().await?;
    assert_eq!(status.code(), Some(0), "{}", second.log_text());
    window_opens(&scene.desktop).await?;
    assert!(scene.console.is_running());
    scene.desktop.screenshot_with("window", 700).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_the_icon_opens_the_window_and_quit_ends_the_console() -> Result<()> {
    let mut scene = Scene::start("click").await?;
    scene.item.activate().await?;
    window_opens(&scene.desktop).await?;
    scene.item.click("Quit").await?;
    assert_eq!(scene.console.ended().await?.code(), Some(0), "{}", scene.console.log_text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_it_starts_with_a_window() -> Result<()> {
    let desktop = Desktop::start("no-tray").await?;
    let _secrets = SecretService::start(&desktop).await?;
    let console = start_console(&desktop, &[])?;
    window_opens(&desktop).await.with_context(|| console.log_text())?;
    desktop.screenshot_with("window", 700).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_it_is_locked_and_writes_no_secret() -> Result<()> {
    let desktop = Desktop::start("no-keyring").await?;
    let tray = Tray::start(&desktop).await?;
    let server = Server::start().await?;
    let link = enrolment_link(&server, "bob", "approver").await?;
    let mut console = start_console(&desktop, &["--enroll", &link])?;
    let item = tray.item().await?;
    let end = wait::until("it is locked or has ended", async || {
        let locked = item.menu().await.is_ok_and(|menu| menu.find("Locked").is_some());
        (locked || !console.is_running()).then_some(())
    });
    end.await.with_context(|| console.log_text())?;
    assert!(console.log_text().to_lowercase().contains("keyring"), "{}", console.log_text());

    let admin = server.api("root", "admin", None).await?;
    assert_eq!(admin.get("/devices").await?.expect(200)?, json!([]), "no device was made");
    for file in files_below(&console_dir(&desktop))? {
        let bytes = std::fs::read(&file)?;
        assert!(!bytes.windows(4).any(|w| w == b"nvt_" || w == b"nvi_"), "{} holds a secret", file.display());
    }
    Ok(())
}

fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(found) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() { found.extend(files_below(&path)?) } else { found.push(path) }
    }
    Ok(found)
}
