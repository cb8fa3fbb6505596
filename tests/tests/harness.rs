//! The harness is itself shown to work, with parts that are not the product's: a test that leans on a fake which never
//! answers would prove nothing.

use std::time::Duration;

use anyhow::Result;
use futures_util::StreamExt;
use navi_tests::agent::Agent;
use navi_tests::desktop::Desktop;
use navi_tests::notifications::{NotificationDaemon, forge_press};
use navi_tests::secrets::SecretService;
use navi_tests::server::write_file;
use navi_tests::tray::Tray;
use navi_tests::webdriver::Browser;
use navi_tests::{process, wait};

#[tokio::test(flavor = "multi_thread")]
async fn a_press_on_the_fake_daemon_reaches_the_program_that_notified() -> Result<()> {
    let desktop = Desktop::start("harness-press").await?;
    let daemon = NotificationDaemon::start(&desktop).await?;
    let mut notify = desktop.command("notify-send");
    notify.args(["--wait", "--action=yes=Approve", "--action=no=Reject", "A title", "a body"]);
    let waiting = tokio::spawn(process::run(notify));

    let shown = daemon.wait_for("the notification", |n| n.summary == "A title").await?;
    assert_eq!(shown.body, "a body");
    assert_eq!(shown.buttons(), ["Approve", "Reject"]);
    daemon.press_button(&shown, "Approve").await?;

    let said = waiting.await??.expect_code(0)?;
    assert_eq!(said.stdout.trim(), "yes");
    assert!(daemon.open().is_empty(), "a pressed notification leaves the screen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_press_comes_from_another_bus_name_than_the_daemons() -> Result<()> {
    let desktop = Desktop::start("harness-forged").await?;
    let mut daemon = NotificationDaemon::start(&desktop).await?;
    let listener = desktop.bus().await?;
    let rule = zbus::MatchRule::builder()
        .msg_type(zbus::message::Type::Signal)
        .interface("org.freedesktop.Notifications")?
        .member("ActionInvoked")?
        .build();
    let mut presses = zbus::MessageStream::for_match_rule(rule, &listener, None).await?;
    let mut next_sender = async || -> Result<String> {
        let message = tokio::time::timeout(wait::PATIENCE, presses.next()).await?.expect("the bus lives")?;
        let (_, key): (u32, String) = message.body().deserialize()?;
        assert_eq!(key, "approve");
        Ok(message.header().sender().expect("the bus names the sender").to_string())
    };

    let liar = forge_press(&desktop, 1, "approve").await?;
    assert_eq!(next_sender().await?, liar);
    assert_ne!(liar, daemon.unique_name());

    daemon.press(1, "approve").await?;
    let first = daemon.unique_name();
    assert_eq!(next_sender().await?, first);
    assert_eq!(desktop.owner("org.freedesktop.Notifications").await?, first);

    daemon.restart(&desktop).await?;
    assert_ne!(desktop.owner("org.freedesktop.Notifications").await?, first, "a restart changes the owner");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_service_keeps_what_it_is_given() -> Result<()> {
    let desktop = Desktop::start("harness-secrets").await?;
    let lookup = async || desktop.run("secret-tool", &["lookup", "purpose", "harness"]).await;
    assert_ne!(lookup().await?.code, 0, "without a service nothing is found");

    let _service = SecretService::start(&desktop).await?;
    let mut store = desktop.command("sh");
    store.args(["-c", "printf kept | secret-tool store --label=harness purpose harness"]);
    process::run(store).await?.expect_code(0)?;
    assert_eq!(lookup().await?.expect_code(0)?.stdout.trim(), "kept");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_seen_and_a_picture_of_it_is_kept() -> Result<()> {
    let desktop = Desktop::start("harness-window").await?;
    let mut command = desktop.command("xmessage");
    command.args(["-title", "harness window", "hello"]);
    let _window = desktop.spawn("xmessage", command)?;
    wait::until("the window", async || {
        desktop.window_titles().await.ok()?.contains(&"harness window".to_owned()).then_some(())
    })
    .await?;
    let picture = desktop.screenshot("window").await?;
    assert_eq!(std::fs::read(picture)?.get(1..4), Some(b"PNG".as_slice()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_notification_daemon_and_a_tray_share_the_desktop() -> Result<()> {
    let desktop = Desktop::start("harness-dunst").await?;
    let tray = Tray::start(&desktop).await?;
    let dunst = desktop.spawn("dunst", desktop.command("dunst"))?;
    desktop.owner("org.freedesktop.Notifications").await?;
    desktop.run("notify-send", &["shown by dunst"]).await?.expect_code(0)?;
    let count = async || desktop.run("dunstctl", &["count", "displayed"]).await;
    wait::until("dunst shows it", async || (count().await.ok()?.stdout.trim() == "1").then_some(())).await?;
    assert_eq!(tray.registrations(), 0);
    drop(dunst);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn children_of_a_dropped_daemon_are_gone_too() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "sleep 600 & wait"]);
    let daemon = process::Daemon::spawn("parent", command, dir.path())?;
    let pid = daemon.pid();
    let child = wait::until("its child", async || process::descendants(pid).first().copied()).await?;
    drop(daemon);
    wait::until("the child is gone", async || {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        (stat.is_empty() || stat.contains(") Z ")).then_some(())
    })
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_given_up_takes_its_children_along() -> Result<()> {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "setsid sh -c 'exec sleep 601' & wait"]);
    let given_up = tokio::time::timeout(Duration::from_secs(1), process::run(command)).await;
    assert!(given_up.is_err(), "it was still running");
    wait::until("nothing of it runs", async || {
        let sleeps = |pid: &u32| {
            std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line == b"sleep\x00601\x00")
        };
        (!any_process(sleeps)).then_some(())
    })
    .await
}

fn any_process(is: impl Fn(&u32) -> bool) -> bool {
    let Ok(entries) = std::fs::read_dir("/proc") else { return false };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).any(|pid| is(&pid))
}

fn hook(reason: &str, decision: &str, seen: &std::path::Path) -> String {
    format!(
        r#"cat > '{}'; printf '{{"hookSpecificOutput":{{"hookEventName":"PreToolUse","permissionDecision":"{decision}","permissionDecisionReason":"{reason}"}}}}'"#,
        seen.display()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_agent_runs_a_tool_that_its_hook_allows() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let seen = dir.path().join("seen.json");
    let agent = Agent::new("echo ran > ran.txt", &hook("fine", "allow", &seen), Vec::new()).await?;
    let said = agent.run().await?.expect_code(0)?;
    assert_eq!(said.json()?["result"], "done");
    assert_eq!(std::fs::read_to_string(agent.project().join("ran.txt"))?.trim(), "ran");
    let asked: serde_json::Value = serde_json::from_slice(&std::fs::read(&seen)?)?;
    assert_eq!(asked["tool_input"]["command"], "echo ran > ran.txt");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_agent_is_told_why_its_hook_denies() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let seen = dir.path().join("seen.json");
    let agent = Agent::new("echo ran > ran.txt", &hook("not on a Friday", "deny", &seen), Vec::new()).await?;
    agent.run().await?.expect_code(0)?;
    assert!(seen.exists(), "the hook was asked");
    assert!(!agent.project().join("ran.txt").exists());
    let results = agent.model.tool_results()?;
    assert!(results.iter().any(|r| r.contains("not on a Friday")), "{results:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_opens_a_page_on_loopback() -> Result<()> {
    let page = "<title>t</title><button onclick=\"this.textContent='pressed'\">press</button>";
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    let server = navi_tests::nonsense::Nonsense::answering(answer).await?;
    let browser = Browser::chromium().await?;
    browser.open(&server.url).await?;
    browser.click("button").await?;
    browser.wait_for_text("pressed").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_is_told_from_what_does_not() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = write_file(dir.path(), "there", "yes")?;
    wait::stays("the file is there", Duration::from_millis(200), async || file.exists()).await?;
    std::fs::remove_file(&file)?;
    assert!(
        wait::stays("the file is there", Duration::from_millis(200), async || file.exists()).await.is_err()
    );
    Ok(())
}
