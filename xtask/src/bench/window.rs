//! The console's window over ten thousand requests beside the same window over a thousand: how soon the queue is there, and what it
//! takes. The driver's own share is in both.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::desktop::Desktop;
use super::driver::Driver;
use super::sample::{Sample, text};
use super::{Server, Verdict, desk, memory};
use crate::child::wait_until;
use crate::http::Connection;
use crate::places;

const FEW: usize = 1_000;
const MANY: usize = 10_000;
/// Starts that are measured at each.
const STARTS: usize = 3;
/// Who asks beside each other, to get there sooner.
const CALLERS: usize = 8;
/// As many requests of one agent may wait, unless the organisation says otherwise.
const OF_ONE: usize = 20;
/// Longest wait for the copy and for a window.
const PATIENCE: Duration = Duration::from_secs(600);

/// How many requests the header counts, once rows are drawn below it.
const SHOWN: &str = "const counts = [...document.querySelectorAll(\"[data-testid^='count-'] > span:last-child\")]; \
    const drawn = document.querySelector(\"[data-testid='approval-row'], [data-testid='group'], [data-testid='flood']\") !== null; \
    return drawn ? counts.reduce((sum, count) => sum + Number(count.textContent), 0) : 0;";

/// What one number of requests costs.
struct Cost {
    start_ms: f64,
    console_mb: f64,
    whole_mb: f64,
}

/// Measures both over one server and one console, the smaller first.
pub fn window(verdicts: &mut Vec<Verdict>) -> Result<()> {
    let server = Server::start()?;
    let folder = tempfile::tempdir()?;
    let desktop = Desktop::without_tray(folder.path())?;
    let first = desk::start(&desktop, folder.path(), Some(&server.link("avery")?))?;
    let log = folder.path().join("console.log");
    let is_enrolled =
        || std::fs::read_to_string(&log).is_ok_and(|log| log.lines().any(|line| line.ends_with(" enrolled")));
    wait_until(PATIENCE, is_enrolled).context("the console was not enrolled")?;
    drop(first);
    fill(&server, 0, FEW)?;
    let few = cost(&desktop, folder.path(), FEW)?;
    fill(&server, FEW, MANY)?;
    let many = cost(&desktop, folder.path(), MANY)?;
    for (count, cost) in [(FEW, &few), (MANY, &many)] {
        println!(
            "a window over {count} requests: start → queue shown {:.0} ms, private memory {:.1} MB of the console, {:.1} MB with what draws the page",
            cost.start_ms, cost.console_mb, cost.whole_mb
        );
    }
    let (start, console, whole) =
        (many.start_ms / few.start_ms, many.console_mb / few.console_mb, many.whole_mb / few.whole_mb);
    println!(
        "ten times as many requests: start × {start:.1}, console × {console:.1}, with the page × {whole:.1}"
    );
    verdicts.push(Verdict {
        what: "start → queue of 10,000 requests, in starts with 1,000",
        measured: start,
        bound: 10.0,
        unit: "times",
    });
    Ok(())
}

/// Asks until so many wait: each agent for as many as may wait of one, each for another change.
fn fill(server: &Server, from: usize, to: usize) -> Result<()> {
    let admin = server.admin()?;
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (url, admin) = (server.url.clone(), admin.clone());
            thread::spawn(move || -> Result<()> {
                let mut makes = Connection::open(&url, &admin)?;
                for first in (from..to).step_by(OF_ONE).filter(|first| first / OF_ONE % CALLERS == caller) {
                    let agent = format!("agent-{first}");
                    let wanted = json!({ "user": "dev", "role": "agent", "agent": agent }).to_string();
                    let made = makes.demand("POST", "/api/governance/tokens", &wanted)?;
                    let mut asks = Connection::open(&url, &text(&made, "token")?)?;
                    for number in first..to.min(first + OF_ONE) {
                        let context = json!({ "target_files": [format!("billing/charge-{number}.rs")],
                            "session_id": agent, "intent": format!("change {number}") });
                        let asked = json!({ "action_type": "code_edit", "context": context }).to_string();
                        let answer = asks.demand("POST", "/api/governance/evaluate", &asked)?;
                        ensure!(answer.get("approval_id").is_some_and(Value::is_string), "{answer}");
                    }
                }
                Ok(())
            })
        })
        .collect();
    callers.into_iter().try_for_each(|caller| caller.join().ok().context("a caller ended early")?)
}

fn cost(desktop: &Desktop, folder: &Path, requests: usize) -> Result<Cost> {
    // The first start reads what is new from the server and does not count.
    drop(shown(desktop, folder, requests)?);
    let mut starts = Vec::new();
    let mut last = None;
    for _ in 0..STARTS {
        drop(last.take());
        let (driver, taken) = shown(desktop, folder, requests)?;
        starts.push(taken);
        last = Some(driver);
    }
    let driver = last.context("nothing was started")?;
    let family = memory::family_kib(driver.id());
    let console =
        family.iter().find(|(name, _)| name.starts_with("navi-console")).context("no console runs")?.1;
    let whole =
        family.iter().filter(|(name, _)| !name.starts_with("WebKitWebDriver")).map(|(_, kib)| kib).sum();
    let start_ms = Sample::new(starts).median();
    Ok(Cost { start_ms, console_mb: memory::megabytes(console), whole_mb: memory::megabytes(whole) })
}

/// A started console whose window counts so many requests, and how long that took.
fn shown(desktop: &Desktop, folder: &Path, requests: usize) -> Result<(Driver, Duration)> {
    let keystore = format!("file:{}", folder.join("keys.json").display());
    let mut driver =
        Driver::start(desktop, &folder.join("driver.log"), &[("NAVI_CONSOLE_KEYSTORE", &keystore)])?;
    let data = folder.join("console").to_string_lossy().into_owned();
    let began = Instant::now();
    driver.open(&places::measured_binary("navi-console"), &["--data-dir", &data])?;
    let mut seen = Value::Null;
    wait_until(PATIENCE, || {
        seen = driver.ask(SHOWN).unwrap_or_default();
        seen.as_u64() == u64::try_from(requests).ok()
    })
    .with_context(|| format!("the window counts {seen} of {requests} requests"))?;
    Ok((driver, began.elapsed()))
}
