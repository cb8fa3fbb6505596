//! What searching the audit and reading insights cost over a million entries, measured inside the server's own code.

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use super::Verdict;
use super::decide::lines;

/// A line that the benchmark prints.
#[derive(Deserialize)]
struct Line {
    what: String,
    entries: u64,
    median_ms: f64,
    worst_ms: f64,
}

/// Fills a ledger, then asks it.
pub fn record(verdicts: &mut Vec<Verdict>) -> Result<()> {
    let (mut insights, mut page) = (0.0_f64, 0.0_f64);
    for line in lines("record")? {
        let value: Value = serde_json::from_str(&line)?;
        if let Some(rate) = value.get("per_second") {
            println!("index: {rate} entries/s");
            continue;
        }
        let Line { what, entries, median_ms, worst_ms } = serde_json::from_value(value)?;
        println!("{what}: median {median_ms:.2} ms, worst {worst_ms:.2} ms over {entries} entries");
        let kind = if what.starts_with("insights") { &mut insights } else { &mut page };
        *kind = kind.max(median_ms);
    }
    verdicts.push(Verdict {
        what: "insights over 1,000,000 entries, slowest median",
        measured: insights,
        bound: 50.0,
        unit: "ms",
    });
    verdicts.push(Verdict {
        what: "an audit page at any depth, slowest median",
        measured: page,
        bound: 20.0,
        unit: "ms",
    });
    Ok(())
}
