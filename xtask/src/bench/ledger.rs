//! What a durable append and an offline verification cost, beside the machine's own flushes and plain inserts.

use anyhow::Result;
use serde::Deserialize;

use super::Verdict;
use super::decide::lines_of;

/// A line that the benchmarks print.
#[derive(Deserialize)]
struct Line {
    what: String,
    per_second: Option<f64>,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    p999_ms: Option<f64>,
}

/// Appends.
pub fn append(verdicts: &mut Vec<Verdict>) -> Result<()> {
    let mut best = 0.0_f64;
    let mut plain = 0.0_f64;
    for line in lines_of("navi-store", "append")? {
        let Line { what, per_second, p50_ms, p99_ms, p999_ms } = serde_json::from_str(&line)?;
        if let Some(rate) = per_second {
            println!("{what}: {rate:.0}/s");
            best = if what.starts_with("appended") { best.max(rate) } else { best };
            plain = if what.starts_with("plain") { rate } else { plain };
        }
        if let (Some(p50), Some(p99), Some(p999)) = (p50_ms, p99_ms, p999_ms) {
            println!("{what}: median {p50:.1} ms, p99 {p99:.1} ms, p99.9 {p999:.1} ms");
            verdicts.push(Verdict {
                what: "an append with 10,000/s offered, p99",
                measured: p99,
                bound: 50.0,
                unit: "ms",
            });
        }
    }
    println!("appends reach {:.0} % of the plain inserts' rate", best / plain.max(1.0) * 100.0);
    // A bound from above, like all of them: microseconds an entry.
    verdicts.push(Verdict {
        what: "a durable append in batches, per entry (30,000 entries/s)",
        measured: 1e6 / best.max(1.0),
        bound: 1e6 / 30_000.0,
        unit: "µs",
    });
    Ok(())
}

/// Verification.
pub fn verify(verdicts: &mut Vec<Verdict>) -> Result<()> {
    for line in lines_of("navi-ledger", "verify")? {
        let Line { what, per_second, .. } = serde_json::from_str(&line)?;
        let rate = per_second.unwrap_or_default();
        println!("{what}: {rate:.0} entries/s");
        if what.starts_with("leaves") {
            verdicts.push(Verdict {
                what: "hashing a leaf into the root (1,000,000 entries/s)",
                measured: 1e6 / rate.max(1.0),
                bound: 1.0,
                unit: "µs",
            });
        }
    }
    Ok(())
}
