//! Tray and notifications speak the language that was chosen in the window, or the system's.

use anyhow::{Context as _, Result};
use navi_tests::console::{MEDIUM, Scene, start_console, start_console_in};
use navi_tests::notifications::NotificationDaemon;
use navi_tests::page::{by, go};
use navi_tests::tray::Tray;
use serde_json::json;

use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn a_german_desktop_is_spoken_to_in_german() -> Result<()> {
    let mut scene = Scene::start("german").await?;
    scene.console.kill().await?;
    scene.console = start_console_in(&scene.desktop, &[], &[("LANG", "de_DE.UTF-8")])?;
    scene.item = scene.tray.nth_item(1).await.with_context(|| scene.console.log_text())?;
    scene.item.wait_for_label("Aktuell").await.with_context(|| scene.console.log_text())?;
    let labels = scene.item.menu().await?.labels();
    let (first, last) = (&labels[..5], &labels[labels.len() - 4..]);
    assert_eq!(first, ["Nichts wartet", "Ruhe bis", "30 min", "1 h", "8:00"], "{labels:?}");
    let expected =
        ["Aktuell", "Konsole öffnen", "Einstellungen", "Beenden (Anfragen erreichen dich dann nicht)"];
    assert_eq!(last, expected, "{labels:?}");
    assert_eq!(scene.item.wait_for_tooltip("Nichts").await?, "Navi Governance\nNichts wartet");

    scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    assert!(shown.summary.starts_with("Mittel: Ausführen: "), "{shown:?}");
    assert!(shown.body.starts_with("Ausführen: "), "{shown:?}");
    assert!(
        shown.body.contains("coder für alice · Risiko 0,") && shown.body.contains(" · noch "),
        "{shown:?}"
    );
    assert_eq!(shown.buttons(), ["Genehmigen", "Ablehnen", "Ansehen"], "{shown:?}");
    scene.item.wait_for_label("1 wartet").await?;
    scene.item.wait_for_label("Alle für 15 min übernehmen").await?;

    scene.notifications.press_button(&shown, "Ablehnen").await?;
    let held = scene.notified_of("Wird in 10 s abgelehnt: ").await?;
    assert_eq!(held.buttons(), ["Rückgängig", "Ansehen"], "{held:?}");
    scene.notifications.press_button(&held, "Rückgängig").await?;
    scene.notified_of("Deine Ablehnung ist zurückgenommen").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn german_chosen_in_the_window_reaches_the_tray_and_what_stands_on_the_screen() -> Result<()> {
    let window = Window::enrolled("german-chosen").await?;
    let tray = Tray::start(&window.desktop).await?;
    let notifications = NotificationDaemon::start(&window.desktop).await?;
    window.ask("command_run", json!({ "command": MEDIUM })).await?;
    let item = tray.item().await?;
    item.wait_for_label("1 waiting").await?;
    let english = notifications.wait_for("the request", |n| n.summary.starts_with("Medium: ")).await?;

    go(&window.browser, "#/settings/look").await?;
    window.browser.click(&by("language-de")).await?;
    item.wait_for_label("1 wartet").await?;
    let german = notifications
        .wait_for("the same in German", |n| n.summary.starts_with("Mittel: Ausführen: "))
        .await?;
    assert_eq!((german.replaces_id, german.id), (english.id, english.id), "in its place");
    assert!(german.hints.contains_key("suppress-sound"), "nobody is called again: {german:?}");

    let before = tray.registrations();
    window.browser.close().await?;
    // With a tray it starts without a window.
    let console = start_console(&window.desktop, &[])?;
    let item = tray.nth_item(before).await.with_context(|| console.log_text())?;
    item.wait_for_label("1 wartet").await.with_context(|| console.log_text())?;
    Ok(())
}
