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
    scene.item.wait_for_tooltip("2 waiting").await?;
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
async fn the_middle_button_opens_the_most_urgent_request() -> Result<()> {
    let scene = Scene::start("middle").await?;
    scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    scene.item.wait_for_label("1 waiting").await?;
    assert!(!has_window(&scene.desktop).await?);
    scene.item.activate_secondary().await?;
    window_opens(&scene.desktop).await.with_context(|| scene.console.log_text())?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn claiming_all_from_the_menu_says_so_to_everybody() -> Result<()> {
    let scene = Scene::start("claim").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    scene.item.wait_for_label("Claim all").await?;
    scene.item.click("Claim all").await?;
    wait::until("bob has claimed it", async || {
        (scene.agent_api.approval(&id).await.ok()?["claimed_by"]["user"] == "bob").then_some(())
    })
    .await
    .with_context(|| scene.console.log_text())?;
    wait::until("there is nothing left to claim", async || {
        scene.item.menu().await.ok()?.find("Claim all").is_none().then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_changes_the_icon_and_the_menu_and_is_told() -> Result<()> {
    let scene = Scene::start("paused").await?;
    let quiet = scene.item.icon().await?;
    let admin = scene.server.api("root", "admin", None).await?;
    let pause = json!({ "scope": "agent", "name": "coder", "reason": "it loops" });
    admin.put("/freeze", &pause).await?.expect(200)?;
    scene.item.wait_for_label("1 pause in force").await.with_context(|| scene.console.log_text())?;
    wait::until("the icon shows two bars", async || (scene.item.icon().await.ok()? != quiet).then_some(()))
        .await?;
    let told = scene.notified_of("Paused: agent coder").await?;
    assert!(told.body.contains("root") && told.body.contains("it loops"), "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tray_that_comes_later_or_again_gets_the_icon() -> Result<()> {
    let desktop = Desktop::start("late-tray").await?;
    let _secrets = SecretService::start(&desktop).await?;
    let console = start_console(&desktop, &[])?;
    window_opens(&desktop).await.with_context(|| console.log_text())?;
    let tray = Tray::start(&desktop).await?;
    tray.item().await?.wait_for_label("Not enrolled").await.with_context(|| console.log_text())?;
    // The panel crashes and comes back.
    tray.end().await?;
    let tray = Tray::start(&desktop).await?;
    tray.item().await?.wait_for_label("Not enrolled").await.with_context(|| console.log_text())?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_a_closed_window_is_only_minimised_and_a_second_start_shows_it() -> Result<()> {
    let desktop = Desktop::start("no-tray-close").await?;
    let _secrets = SecretService::start(&desktop).await?;
    let mut console = start_console(&desktop, &[])?;
    window_opens(&desktop).await.with_context(|| console.log_text())?;
    let search = ["search", "--onlyvisible", "--name", TITLE];
    let window = wait::until("the window has the focus", async || {
        let found = desktop.run("xdotool", &search).await.ok()?.stdout.trim().to_owned();
        let active = desktop.run("xdotool", &["getactivewindow"]).await.ok()?.stdout.trim().to_owned();
        (found == active && !found.is_empty()).then_some(found)
    })
    .await?;
    // A key alone: after a search, xdotool would send it to the window itself, past the window manager.
    desktop.run("xdotool", &["key", "alt+F4"]).await?.expect_code(0)?;
    wait::until("it is minimised", async || {
        let said = desktop.run("xprop", &["-id", &window, "WM_STATE"]).await.ok()?;
        said.stdout.contains("window state: Iconic").then_some(())
    })
    .await
    .with_context(|| console.log_text())?;
    assert!(console.is_running(), "{}", console.log_text());
    let mut second = start_console(&desktop, &[])?;
    assert_eq!(second.ended().await?.code(), Some(0), "{}", second.log_text());
    wait::until("it is shown again", async || {
        let said = desktop.run("xprop", &["-id", &window, "WM_STATE"]).await.ok()?;
        said.stdout.contains("window state: Normal").then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_pauses_an_agent_behind_a_question() -> Result<()> {
    let mut scene = Scene::start("pause-menu").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let agent = scene.item.wait_for_label("Agent coder").await.with_context(|| scene.console.log_text())?;
    let labels: Vec<&str> = agent.children.iter().map(|row| row.label.as_str()).collect();
    assert!(labels[0].starts_with("Nothing new runs") && !agent.children[0].enabled, "{agent:?}");
    assert_eq!(labels[1..], ["Pause now"]);
    scene.item.click_below("Agent coder", "Pause now").await?;
    scene.item.wait_for_label("1 pause in force").await.with_context(|| scene.console.log_text())?;
    let freezes = scene.agent_api.get("/freeze").await?.expect(200)?;
    let found = (&freezes[0]["scope"], &freezes[0]["name"], &freezes[0]["by"], &freezes[0]["reason"]);
    let expected = (&json!("agent"), &json!("coder"), &json!("bob"), &json!("from the tray"));
    assert_eq!(found, expected, "{freezes}");
    assert!(scene.agent_api.approval(&id).await?["paused_since"].is_i64());

    // Without the server it is kept, and the menu says that nothing is stopped by it.
    scene.server.kill().await?;
    scene.item.wait_for_label("Offline since").await?;
    scene.item.click_below("Everything", "Pause now").await?;
    scene.item.wait_for_label("1 pause ordered, not in effect").await?;
    scene.server.restart().await?;
    scene.item.wait_for_label("2 pauses in force").await.with_context(|| scene.console.log_text())?;
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
