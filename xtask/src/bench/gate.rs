//! What the gate adds to a command that runs alone: `navi-gate run -- true` beside `true`.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::sample::{Sample, fsync};
use super::{Options, Server, Verdict};
use crate::places;

/// Both kinds take turns. The bound is 8 ms and two flushes: decision with permit, and the end of the execution.
pub fn overhead(server: &Server, options: &Options, verdicts: &mut Vec<Verdict>) -> Result<()> {
    let (mut plain, mut governed, mut flushes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.runs {
        plain.push(timed(&mut Command::new("true"))?);
        let mut gate = Command::new(places::release_binary("navi-gate"));
        gate.args(["run", "--", "true"]);
        gate.env("NAVI_URL", &server.url).env("NAVI_TOKEN", &server.token).current_dir(server.folder.path());
        governed.push(timed(&mut gate)?);
        flushes.push(Duration::from_secs_f64(fsync(server.folder.path(), 1)?.median() / 1e3));
    }
    let (plain, governed, flush) = (Sample::new(plain), Sample::new(governed), Sample::new(flushes));
    println!("true                   median {:.3} ms", plain.median());
    println!(
        "navi-gate run -- true  median {:.3} ms, p99 {:.3} ms",
        governed.median(),
        governed.quantile(0.99)
    );
    println!("fsync                  median {:.3} ms", flush.median());
    verdicts.push(Verdict {
        what: "what the gate adds to a command",
        measured: governed.median() - plain.median(),
        bound: 8.0 + 2.0 * flush.median(),
        unit: "ms",
    });
    Ok(())
}

fn timed(command: &mut Command) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let started = Instant::now();
    let output =
        command.output().with_context(|| format!("could not start {}", command.get_program().display()))?;
    let taken = started.elapsed();
    ensure!(
        output.status.success(),
        "it ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(taken)
}
