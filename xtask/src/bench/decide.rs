//! What one decision and one preview cost, measured inside the server's own code.

use anyhow::Result;
use serde::Deserialize;

use super::Verdict;
use crate::places;
use crate::stage::{cargo, output};

/// A line that the decisions' benchmark prints.
#[derive(Deserialize)]
struct Decisions {
    what: String,
    p50_us: f64,
    p99_us: f64,
}

/// The line that the preview's benchmark prints.
#[derive(Deserialize)]
struct Preview {
    decisions: u64,
    best_ms: f64,
    worst_ms: f64,
}

/// Facts, risk, guardrails and policy of one action, with the shipped guardrails and with a hundred more.
pub fn decisions(verdicts: &mut Vec<Verdict>) -> Result<()> {
    for line in lines("decide")? {
        let Decisions { what, p50_us, p99_us } = serde_json::from_str(&line)?;
        println!("{what}: median {p50_us:.1} µs, p99 {p99_us:.1} µs");
        let shipped = what.contains("shipped");
        let (median, rare) = if shipped {
            (
                "a decision with the shipped guardrails, median",
                Some("a decision with the shipped guardrails, p99"),
            )
        } else {
            ("a decision with 100 guardrails more, median", None)
        };
        verdicts.push(Verdict {
            what: median,
            measured: p50_us,
            bound: if shipped { 60.0 } else { 250.0 },
            unit: "µs",
        });
        if let Some(what) = rare {
            verdicts.push(Verdict { what, measured: p99_us, bound: 250.0, unit: "µs" });
        }
    }
    Ok(())
}

/// A draft tried on recorded decisions.
pub fn preview(verdicts: &mut Vec<Verdict>) -> Result<()> {
    for line in lines("preview")? {
        let Preview { decisions, best_ms, worst_ms } = serde_json::from_str(&line)?;
        println!("preview over {decisions} decisions: best {best_ms:.0} ms, worst {worst_ms:.0} ms");
        verdicts.push(Verdict {
            what: "a preview over 100,000 decisions, worst",
            measured: worst_ms,
            bound: 1000.0,
            unit: "ms",
        });
    }
    Ok(())
}

/// The JSON lines that a benchmark of the server's package prints.
pub fn lines(bench: &str) -> Result<Vec<String>> {
    lines_of("navi-server", bench)
}

/// The JSON lines that a benchmark of a package prints. It measures on the disk of the target folder.
pub fn lines_of(package: &str, bench: &str) -> Result<Vec<String>> {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(places::target())?;
    let mut run = cargo(&["bench", "--locked", "--package", package, "--bench", bench]);
    let text = output(run.env("NAVI_BENCH_DIR", folder.path()))?;
    let lines: Vec<String> = text.lines().filter(|l| l.starts_with('{')).map(str::to_owned).collect();
    anyhow::ensure!(!lines.is_empty(), "the benchmark {bench} printed no figure");
    Ok(lines)
}
