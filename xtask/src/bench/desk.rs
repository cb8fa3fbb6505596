//! The approver's side on a desktop of its own: how soon a committed request is handed to the notification service, and how
//! soon a started console shows its tray.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::desktop::Desktop;
use super::sample::{Sample, text};
use super::{Server, Verdict};
use crate::child::{Running, wait_until};
use crate::http::Connection;
use crate::places;

/// Requests whose way to the desktop is measured.
const REQUESTS: usize = 40;
/// Starts that are measured.
const STARTS: usize = 5;
/// Longest wait for one.
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures both with the console of the release build, the same server, and a service that stamps what arrives.
pub fn desk(server: &Server, verdicts: &mut Vec<Verdict>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desktop = Desktop::start(folder.path())?;
    let mut running = start(&desktop, folder.path(), Some(&server.link("avery")?))?;
    tray_after(&desktop, 0)?;
    let arrivals = Sample::new(arrivals(server, &desktop)?);
    println!(
        "request committed → notification handed over: median {:.1} ms, p95 {:.1} ms ({} requests)",
        arrivals.median(),
        arrivals.quantile(0.95),
        arrivals.len()
    );
    verdicts.push(Verdict {
        what: "request committed → notification handed to the desktop, p95",
        measured: arrivals.quantile(0.95),
        bound: 300.0,
        unit: "ms",
    });
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        drop(running);
        let (before, began) = (desktop.tray_stamps().len(), now());
        running = start(&desktop, folder.path(), None)?;
        starts.push(since(began, tray_after(&desktop, before)?));
    }
    drop(running);
    let starts = Sample::new(starts);
    println!("start → tray: median {:.0} ms, slowest {:.0} ms", starts.median(), starts.quantile(1.0));
    verdicts.push(Verdict {
        what: "cold start to tray",
        measured: starts.median(),
        bound: 1000.0,
        unit: "ms",
    });
    Ok(())
}

/// Starts the console; with a link it is enrolled.
pub fn start(desktop: &Desktop, folder: &Path, link: Option<&str>) -> Result<Running> {
    let mut console: Command = desktop.command(&places::measured_binary("navi-console"));
    console.arg("--data-dir").arg(folder.join("console"));
    if let Some(link) = link {
        console.args(["--enroll", link]);
    }
    console.env("NAVI_CONSOLE_KEYSTORE", format!("file:{}", folder.join("keys.json").display()));
    Running::start("navi-console", &mut console, &folder.join("console.log"))
}

/// When the tray took the item after `before` others.
fn tray_after(desktop: &Desktop, before: usize) -> Result<i64> {
    wait_until(PATIENCE, || desktop.tray_stamps().len() > before).context("the console shows no tray")?;
    desktop.tray_stamps().get(before).copied().context("no stamp")
}

/// One request after the other: asked, handed over, withdrawn, so that none stands in the notification of another.
fn arrivals(server: &Server, desktop: &Desktop) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(&server.url, &server.token)?;
    let mut taken = Vec::with_capacity(REQUESTS);
    // The first is to show that the console is live; it does not count.
    for number in 0..=REQUESTS {
        let (before, closed) = (desktop.notification_stamps().len(), desktop.closed_stamps().len());
        let context = json!({"target_files": ["billing/charge.rs"], "session_id": format!("s{number}"),
            "intent": format!("change {number}")});
        let asked = json!({"action_type": "code_edit", "context": context}).to_string();
        let answer = connection.demand("POST", "/api/governance/evaluate", &asked)?;
        let id = text(&answer, "approval_id")?;
        let path = format!("/api/governance/approvals/{id}");
        let view = connection.demand("GET", &path, "")?;
        let committed = view.get("created_at").and_then(serde_json::Value::as_i64).context("no instant")?;
        wait_until(PATIENCE, || desktop.notification_stamps().len() > before)
            .with_context(|| format!("request {number} was not told"))?;
        let shown = desktop.notification_stamps().get(before).copied().context("no stamp")?;
        if number > 0 {
            taken.push(since(committed, shown));
        }
        connection.demand("DELETE", &path, "")?;
        wait_until(PATIENCE, || desktop.closed_stamps().len() > closed)
            .with_context(|| format!("request {number} was not taken back"))?;
    }
    ensure!(taken.len() == REQUESTS, "only {} requests were told", taken.len());
    Ok(taken)
}

fn since(from: i64, to: i64) -> Duration {
    Duration::from_micros(u64::try_from(to - from).unwrap_or(0))
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
