//! How far the news of a request comes: told to the server step by step, shown to whoever waits, held back by silence and
//! quiet, and found again after an end in the middle.

use std::time::Duration;

use anyhow::{Context as _, Result};
use navi_tests::console::{MEDIUM, Scene, start_console};
use navi_tests::gate::Gate;
use navi_tests::notifications::NotificationDaemon;
use navi_tests::server::Api;
use navi_tests::wait;
use serde_json::{Value, json};

use crate::notification::dunst;

/// What whoever waits is told about bob.
async fn bob(api: &Api, id: &str) -> Option<Value> {
    let view = api.approval(id).await.ok()?;
    view["told"].as_array()?.iter().find(|told| told["user"] == "bob").cloned()
}

/// Waits until whoever waits is told so about bob.
async fn told(scene: &Scene, id: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    let found = wait::until(&format!("bob: {what}"), async || {
        bob(&scene.agent_api, id).await.filter(|told| wanted(told))
    })
    .await;
    match found {
        Ok(told) => Ok(told),
        Err(error) => {
            let now = bob(&scene.agent_api, id).await;
            Err(error.context(format!("bob now: {now:?}\n{}", scene.console.log_text())))
        }
    }
}

fn at_stage(stage: &'static str) -> impl Fn(&Value) -> bool {
    move |told| told["stage"] == stage
}

fn held_by(why: &'static str) -> impl Fn(&Value) -> bool {
    move |told| told["hindered"] == why
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_is_told_and_the_waiting_gate_says_it() -> Result<()> {
    let scene = Scene::start("steps").await?;
    scene.notifications.set_inhibited(false).await?;
    let gate = Gate::of_agent(&scene.server, "alice", "coder").await?;
    std::fs::create_dir(gate.work().join("auth"))?;
    let mut waiting = gate.start("gate-run", &["run", "--", "sh", "-c", MEDIUM])?;
    let id = wait::until("the request", async || {
        scene.agent_api.the_pending_one().await.ok()?["id"].as_str().map(str::to_owned)
    })
    .await
    .with_context(|| waiting.log_text())?;
    let shown = scene.notifications.wait_for("the request", |n| n.summary.starts_with("Medium")).await?;
    told(&scene, &id, "shown", at_stage("shown")).await?;
    wait::until("the gate says that bob was shown it", async || {
        waiting.log_text().contains("bob: shown").then_some(())
    })
    .await
    .with_context(|| waiting.log_text())?;

    scene.notifications.press_button(&shown, "Review").await?;
    told(&scene, &id, "opened", at_stage("opened")).await?;
    waiting.kill().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_claimed_that_the_desktop_did_not_say() -> Result<()> {
    let scene = Scene::start("accepted").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    // This daemon has no word for silence: taken is not seen, until the person does something with it.
    told(&scene, &id, "accepted", at_stage("accepted")).await?;
    scene.notifications.dismiss(shown.id).await?;
    told(&scene, &id, "shown, because it was swiped away", at_stage("shown")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn do_not_disturb_is_told_the_next_in_line_is_alerted_and_later_it_is_shown() -> Result<()> {
    let scene = Scene::start("silent").await?;
    scene.server.invite("eve", "oncall").await?;
    let eve = scene.server.api("eve", "oncall", None).await?;
    scene.notifications.set_inhibited(true).await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    told(&scene, &id, "do not disturb", held_by("do_not_disturb")).await?;
    let view = wait::until("eve is alerted", async || {
        let view = eve.approval(&id).await.ok()?;
        view["alerts"].as_array().filter(|alerts| !alerts.is_empty())?;
        Some(view)
    })
    .await?;
    assert_eq!(view["alerts"][0]["cause"], "undeliverable", "{view}");
    assert_eq!(view["alerts"][0]["users"], json!(["eve"]));

    scene.notifications.set_inhibited(false).await?;
    told(&scene, &id, "shown", at_stage("shown")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_daemon_it_failed_and_the_tray_still_shows_it() -> Result<()> {
    let scene = Scene::start("no-daemon").await?;
    scene.notifications.step_down().await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    scene.item.wait_for_label("1 waiting").await?;
    told(&scene, &id, "no service", held_by("no_service")).await?;
    // Another daemon comes: what waits is shown by it.
    let late = NotificationDaemon::start(&scene.desktop).await?;
    late.wait_for("the request", |n| n.text().contains(MEDIUM)).await?;
    told(&scene, &id, "accepted", |told| told["stage"] == "accepted" && told["hindered"].is_null()).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_without_buttons_says_where_to_decide() -> Result<()> {
    let scene = Scene::start("no-buttons").await?;
    scene.notifications.step_down().await?;
    let poor = NotificationDaemon::start_with(&scene.desktop, &["body"]).await?;
    scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = poor.wait_for("the request", |n| n.text().contains(MEDIUM)).await?;
    assert!(shown.actions.is_empty(), "{shown:?}");
    assert!(shown.body.contains("Open the console"), "{shown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_that_a_daemon_promises_and_drops_leave_the_request_in_the_tray() -> Result<()> {
    let scene = Scene::start("dropped").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    // The bubble goes without a word about any button, as daemons that drop actions do.
    scene.notifications.dismiss(shown.id).await?;
    scene.item.wait_for_label("1 waiting").await?;
    scene.item.click("Medium · ").await?;
    told(&scene, &id, "opened from the tray", at_stage("opened")).await?;
    assert_eq!(scene.agent_api.approval(&id).await?["status"], "pending");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_killed_before_the_desktop_answered_tells_again_and_one_killed_after_does_not() -> Result<()>
{
    let mut scene = Scene::start("killed-between").await?;
    scene.notifications.set_inhibited(false).await?;
    scene.notifications.set_stalled(true);
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    told(&scene, &id, "dispatched", at_stage("dispatched")).await?;
    scene.console.kill().await?;
    scene.notifications.set_stalled(false);
    wait::until("the desktop took it, for nobody", async || {
        (scene.notifications.all().len() == 1).then_some(())
    })
    .await?;

    scene.console = start_console(&scene.desktop, &[])?;
    scene.item = scene.tray.nth_item(1).await.with_context(|| scene.console.log_text())?;
    told(&scene, &id, "shown", at_stage("shown")).await?;
    let first = scene.notifications.all();
    let shown = first.last().context("it was shown")?.id;

    scene.console.kill().await?;
    scene.console = start_console(&scene.desktop, &[])?;
    scene.item = scene.tray.nth_item(2).await.with_context(|| scene.console.log_text())?;
    scene.item.wait_for_label("1 waiting").await?;
    scene.item.wait_for_label("Live").await?;
    // Its buttons are made to work again, in its place and without a sound; nothing else is told.
    wait::until("it is taken over", async || {
        scene.notifications.all().iter().any(|n| n.replaces_id == shown).then_some(())
    })
    .await?;
    wait::stays("nothing is told twice", Duration::from_secs(3), async || {
        let later = scene.notifications.all().split_off(first.len());
        later.iter().all(|n| n.replaces_id == shown && n.hints.contains_key("suppress-sound"))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_from_the_tray_holds_it_back_and_its_end_lets_it_through() -> Result<()> {
    let scene = Scene::start("quiet").await?;
    scene.item.click("30 min").await?;
    scene.item.wait_for_label("Quiet until").await?;
    wait::until("the menu offers the end of it", async || {
        scene.item.menu().await.ok()?.labels().iter().any(|l| l.ends_with("· End")).then_some(())
    })
    .await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    told(&scene, &id, "quiet hours", held_by("quiet_hours")).await?;
    assert!(scene.notifications.all().is_empty(), "{:?}", scene.notifications.all());
    scene.item.wait_for_label("1 waiting").await?;
    scene.item.click("· End").await?;
    scene.notified_of(MEDIUM).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_that_waited_at_the_start_are_one_notification() -> Result<()> {
    let mut scene = Scene::start("fifty").await?;
    scene.console.kill().await?;
    for agent in 0..5 {
        let api = scene.server.api("alice", "agent", Some(&format!("coder-{agent}"))).await?;
        for n in 0..10 {
            let command = format!("{MEDIUM} # {agent} {n}");
            api.evaluate("command_run", json!({ "command": command })).await?;
        }
    }
    scene.console = start_console(&scene.desktop, &[])?;
    scene.item = scene.tray.nth_item(1).await.with_context(|| scene.console.log_text())?;
    scene.item.wait_for_label("50 waiting").await.with_context(|| scene.console.log_text())?;
    scene.notified_of("50 requests wait for you").await?;
    wait::stays("nothing else is told", Duration::from_secs(3), async || {
        scene.notifications.open().len() == 1
    })
    .await
    .with_context(|| format!("{:#?}", scene.notifications.open()))
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_their_own_request() -> Result<()> {
    let scene = Scene::start("own").await?;
    scene.server.set_policy("bob", json!({ "level": "minimal" })).await?;
    let own = scene.server.api("bob", "agent", Some("mine")).await?;
    own.evaluate("command_run", json!({ "command": format!("{MEDIUM} # own") })).await?;
    // A later request of somebody else's is told: the console was listening.
    scene.ask("command_run", json!({ "command": format!("{MEDIUM} # other") })).await?;
    scene.notified_of("# other").await?;
    let all = scene.notifications.all();
    assert!(all.iter().all(|n| !n.text().contains("# own")), "{all:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reject_can_be_taken_back_for_ten_seconds() -> Result<()> {
    let scene = Scene::start("undo").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    scene.notifications.press_button(&shown, "Reject").await?;
    let held = scene.notified_of("Rejecting in 10 s").await?;
    scene.notifications.press_button(&held, "Undo").await?;
    scene.notified_of("taken back").await?;
    wait::stays("the request is pending", Duration::from_secs(12), async || {
        scene.agent_api.approval(&id).await.is_ok_and(|view| view["status"] == "pending")
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_taken_offline_are_told_when_the_server_is_back() -> Result<()> {
    let mut scene = Scene::start("offline-receipts").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    told(&scene, &id, "accepted", at_stage("accepted")).await?;
    scene.server.kill().await?;
    scene.item.wait_for_label("Offline since").await?;
    scene.notifications.dismiss(shown.id).await?;
    scene.server.restart().await?;
    told(&scene, &id, "shown while the server was away", at_stage("shown")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_daemon_that_is_paused_is_known_to_be_silent() -> Result<()> {
    let scene = Scene::start("dunst-paused").await?;
    scene.notifications.step_down().await?;
    let _dunst = dunst(&scene.desktop, "").await?;
    scene.desktop.run("dunstctl", &["set-paused", "true"]).await?.expect_code(0)?;

    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    told(&scene, &id, "do not disturb", held_by("do_not_disturb")).await?;
    scene.desktop.run("dunstctl", &["set-paused", "false"]).await?.expect_code(0)?;
    told(&scene, &id, "shown", at_stage("shown")).await?;
    scene.desktop.screenshot("shown-after-silence").await?;
    Ok(())
}
