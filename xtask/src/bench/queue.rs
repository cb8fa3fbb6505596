//! What the queue costs whoever works through it: opening the offline copy, and scrolling ten thousand rows.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Verdict;
use super::decide::lines_of;
use crate::places;
use crate::stage::{npm, output};

#[derive(Deserialize)]
struct Opened {
    entries: u64,
    pending: u64,
    open_ms: f64,
    queue_ms: f64,
    median_ms: f64,
    worst_ms: f64,
}

/// From the key to a queue that can be drawn.
pub fn replica(verdicts: &mut Vec<Verdict>) -> Result<()> {
    for line in lines_of("navi-replica", "queue")? {
        let Opened { entries, pending, open_ms, queue_ms, median_ms, worst_ms } =
            serde_json::from_str(&line)?;
        println!(
            "a copy with {entries} entries and {pending} requests: open {open_ms:.1} ms, read {queue_ms:.1} ms, worst together {worst_ms:.1} ms"
        );
        verdicts.push(Verdict {
            what: "the queue of a copy with 100,000 entries and 1,000 requests, median",
            measured: median_ms,
            bound: 200.0,
            unit: "ms",
        });
    }
    Ok(())
}

#[derive(Deserialize)]
struct Scrolled {
    rows: u64,
    frames: u64,
    median_ms: f64,
    p99_ms: f64,
    worst_ms: f64,
    over_32_ms: u64,
    most_rows_drawn: u64,
}

/// Ten thousand rows under the wheel, in a real browser.
pub fn frames(verdicts: &mut Vec<Verdict>) -> Result<()> {
    let text = output(&mut npm(&places::ui(), &["run", "--silent", "frames"]))?;
    let line = text.lines().find(|line| line.starts_with('{')).context("the page printed no figure")?;
    let Scrolled { rows, frames, median_ms, p99_ms, worst_ms, over_32_ms, most_rows_drawn } =
        serde_json::from_str(line)?;
    println!(
        "{rows} rows: {frames} frames, median {median_ms:.1} ms, p99 {p99_ms:.1} ms, {over_32_ms} over 32 ms, at most {most_rows_drawn} rows drawn"
    );
    verdicts.push(Verdict {
        what: "a frame while 10,000 rows are scrolled, worst",
        measured: worst_ms,
        bound: 32.0,
        unit: "ms",
    });
    Ok(())
}
