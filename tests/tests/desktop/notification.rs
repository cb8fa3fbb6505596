//! The click on a notification's button, and everything that looks like one and is none.

use std::time::Duration;

use anyhow::{Context as _, Result};
use navi_tests::console::{MEDIUM, Scene, runs};
use navi_tests::desktop::Desktop;
use navi_tests::device::Device;
use navi_tests::notifications::forge_press;
use navi_tests::process::{Daemon, descendants};
use navi_tests::wait;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_approve_lets_the_real_agent_go_on() -> Result<()> {
    let scene = Scene::start("approve").await?;
    let agent = scene.agent().await?;
    let (said, ()) = tokio::try_join!(agent.run(), async {
        let shown = scene.notified_of(MEDIUM).await?;
        assert_eq!(shown.buttons(), ["Approve", "Reject", "Review"], "{shown:?}");
        assert!(shown.summary.starts_with("Medium"), "{shown:?}");
        assert_eq!(runs(&agent), 0, "nothing runs before the click");
        scene.notifications.press_button(&shown, "Approve").await
    })
    .with_context(|| scene.console.log_text())?;
    assert_eq!(said.expect_code(0)?.json()?["result"], "done");
    assert_eq!(runs(&agent), 1, "{:?}", agent.model.tool_results()?);

    let ledger = scene.server.api("olga", "auditor", None).await?.ledger().await?;
    let vote = ledger.iter().find(|e| e["kind"] == "vote_cast").context("the vote is in the ledger")?;
    let payload = vote["payload"].as_str().unwrap_or_default();
    assert!(payload.contains("\"surface\":\"notification\""), "{payload}");
    scene.item.wait_for_label("Nothing waits").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_reject_stops_the_real_agent_and_it_is_told() -> Result<()> {
    let scene = Scene::start("reject").await?;
    let agent = scene.agent().await?;
    tokio::try_join!(agent.run(), async {
        let shown = scene.notified_of(MEDIUM).await?;
        scene.notifications.press_button(&shown, "Reject").await?;
        let held = scene.was_notified_of("Rejecting in 10 s").await?;
        assert_eq!(held.buttons(), ["Undo", "Review"], "{held:?}");
        Ok(())
    })
    .with_context(|| scene.console.log_text())?;
    assert_eq!(runs(&agent), 0);
    let told = agent.model.tool_results()?;
    assert!(told.iter().any(|text| text.to_lowercase().contains("reject")), "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_press_from_another_bus_name_decides_nothing() -> Result<()> {
    let scene = Scene::start("forged").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    let key = shown.key_of("Approve").context("an Approve button")?;

    let liar = forge_press(&scene.desktop, shown.id, &key).await?;
    assert_ne!(liar, scene.notifications.unique_name());
    wait::stays("the request is pending", Duration::from_secs(3), async || {
        scene.agent_api.approval(&id).await.is_ok_and(|view| view["status"] == "pending")
    })
    .await?;
    // The console was listening all the time: the same press from the daemon counts.
    scene.notifications.press(shown.id, &key).await?;
    scene.agent_api.wait_for_status(&id, "approved").await.with_context(|| scene.console.log_text())?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_on_a_restarted_daemon_decides_nothing_on_what_was_shown_before() -> Result<()> {
    let mut scene = Scene::start("restarted").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    let key = shown.key_of("Approve").context("an Approve button")?;
    scene.notifications.restart(&scene.desktop).await?;
    // Another daemon has the name now, and shows the request again; the button of before belongs to nobody.
    let again = scene.notified_of(MEDIUM).await?;
    assert_ne!(again.id, shown.id);
    scene.notifications.press(shown.id, &key).await?;
    wait::stays("the request is pending", Duration::from_secs(3), async || {
        scene.agent_api.approval(&id).await.is_ok_and(|view| view["status"] == "pending")
    })
    .await?;
    scene.notifications.press_button(&again, "Approve").await?;
    scene.agent_api.wait_for_status(&id, "approved").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn high_risk_offers_review_and_reject_only() -> Result<()> {
    let scene = Scene::start("high").await?;
    let context = json!({ "target_files": ["auth/login.py"], "branch": "main", "repo": "shop" });
    let id = scene.ask("code_edit", context).await?;
    let level = scene.agent_api.approval(&id).await?["level"].clone();
    assert_eq!(level, "high");
    let shown = scene.notified_of("HIGH").await?;
    assert_eq!(shown.buttons(), ["Review", "Reject", "Snooze"], "{shown:?}");

    // A daemon that sends a key that was never offered is not believed either.
    scene.notifications.press(shown.id, "approve").await?;
    wait::stays("the request is pending", Duration::from_secs(2), async || {
        scene.agent_api.approval(&id).await.is_ok_and(|view| view["status"] == "pending")
    })
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_does_not_fit_offers_no_approve() -> Result<()> {
    let scene = Scene::start("long").await?;
    let command = format!("{MEDIUM} # {}", "x".repeat(200));
    scene.ask("command_run", json!({ "command": command })).await?;
    let shown = scene.notified_of("Medium").await?;
    assert_eq!(shown.buttons(), ["Review", "Reject", "Snooze"], "{shown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_requests_is_told_once() -> Result<()> {
    let mut scene = Scene::start("burst").await?;
    // They come at once, however long it takes to ask for them.
    scene.console.pause()?;
    for n in 0..12 {
        scene.ask("command_run", json!({ "command": format!("{MEDIUM} # {n}") })).await?;
    }
    scene.console.go_on()?;
    scene.item.wait_for_label("12 waiting").await?;
    // What comes within ten seconds stands in one notification, replaced in place.
    let together = scene.notified_of("requests wait").await?;
    assert_eq!(together.buttons(), ["Review", "Snooze"], "{together:?}");
    let open = scene.notifications.open();
    assert!(open.len() < 4, "{} notifications for 12 requests: {open:#?}", open.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_elsewhere_is_withdrawn() -> Result<()> {
    let scene = Scene::start("elsewhere").await?;
    let carol = Device::enroll(&scene.server, "carol", "approver").await?;
    let id = scene.ask("command_run", json!({ "command": MEDIUM })).await?;
    let shown = scene.notified_of(MEDIUM).await?;
    carol.cast(&id, "reject", "mine").await?.expect(200)?;
    scene.notifications.wait_until_closed(shown.id).await.with_context(|| scene.console.log_text())?;
    scene.item.wait_for_label("Nothing waits").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_killed_between_approve_and_redeem_delays_the_run_and_loses_nothing() -> Result<()> {
    let mut scene = Scene::start("killed").await?;
    let agent = scene.agent().await?;
    let notifications = &scene.notifications;
    let (item, agent_api, server) = (&scene.item, &scene.agent_api, &mut scene.server);
    let (said, ()) = tokio::try_join!(agent.run(), async {
        let shown = notifications.wait_for("the request", |n| n.text().contains(MEDIUM)).await?;
        let id = agent_api.the_pending_one().await?["id"].as_str().context("no id")?.to_owned();
        // The hook sleeps through the click and the kill, so that the kill lies between approve and redeem.
        let hook = hook_process()?;
        kill_process(hook, Signal::STOP)?;
        notifications.press_button(&shown, "Approve").await?;
        agent_api.wait_for_status(&id, "approved").await?;
        server.kill().await?;
        kill_process(hook, Signal::CONT)?;
        server.restart().await?;
        item.wait_for_label("Live").await?;
        Ok(())
    })?;
    assert_eq!(said.expect_code(0)?.json()?["result"], "done");
    assert_eq!(runs(&agent), 1, "{:?}", agent.model.tool_results()?);
    Ok(())
}

/// The gate that this test's agent waits for.
fn hook_process() -> Result<Pid> {
    let ours = descendants(std::process::id());
    let is_hook = |pid: &u32| {
        std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
            let words: Vec<_> = line.split(|b| *b == 0).map(String::from_utf8_lossy).collect();
            words.first().is_some_and(|w| w.ends_with("navi-gate")) && words.iter().any(|w| w == "hook")
        })
    };
    let pid = ours.into_iter().find(is_hook).context("no hook runs")?;
    Pid::from_raw(i32::try_from(pid)?).context("no pid")
}

/// Starts a real notification daemon with one more line in its settings; nothing leaves its screen by itself.
pub async fn dunst(desktop: &Desktop, line: &str) -> Result<Daemon> {
    let stays =
        ["low", "normal", "critical"].map(|urgency| format!("[urgency_{urgency}]\ntimeout = 0\n")).concat();
    let config = format!("[global]\nfont = DejaVu Sans 11\nwidth = 500\n{line}\n{stays}");
    let config = navi_tests::server::write_file(&desktop.home(), "dunstrc", &config)?;
    let mut command = desktop.command("dunst");
    command.arg("-conf").arg(config);
    let daemon = desktop.spawn("dunst", command)?;
    desktop.owner("org.freedesktop.Notifications").await?;
    Ok(daemon)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_notification_daemon_carries_the_click_too() -> Result<()> {
    let Scene { console, item, tray: _tray, notifications, agent_api, server: _server, desktop, .. } =
        &Scene::start("dunst").await?;
    // The fake gives its name to dunst, whose menu program always chooses Approve.
    notifications.step_down().await?;
    let menu =
        navi_tests::server::write_file(&desktop.home(), "menu.sh", "#!/bin/sh\ngrep -i approve | head -1\n")?;
    desktop.run("chmod", &["+x", &menu.to_string_lossy()]).await?.expect_code(0)?;
    let _dunst = dunst(desktop, &format!("dmenu = {}", menu.display())).await?;

    let answer = agent_api.evaluate("command_run", json!({ "command": MEDIUM })).await?;
    let id = answer["approval_id"].as_str().context("no id")?;
    item.wait_for_label("1 waiting").await?;
    wait::until("dunst shows it", async || {
        let said = desktop.run("dunstctl", &["count", "displayed"]).await.ok()?;
        (said.stdout.trim() != "0").then_some(())
    })
    .await
    .with_context(|| console.log_text())?;
    desktop.screenshot("shown").await?;
    wait::until("the click through dunst's menu counts", async || {
        desktop.run("dunstctl", &["context"]).await.ok()?;
        (agent_api.approval(id).await.ok()?["status"] == "approved").then_some(())
    })
    .await
    .with_context(|| console.log_text())
}
