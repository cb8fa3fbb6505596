//! How soon a stop is confirmed: fifty gates on loopback, each with a running command, and one freeze of everything.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::sample::{Sample, text};
use super::{Server, Verdict};
use crate::child::{Running, wait_until};
use crate::places;
use crate::stage::output;

/// Gates at once.
const GATES: usize = 50;
/// A bound on a run that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// From the request to stop until its gate has reported that the command is over, by the server's clock. The bound is
/// 2 s at the 95th percentile.
pub fn confirmed(server: &Server, verdicts: &mut Vec<Verdict>) -> Result<()> {
    let data = server.folder.path().join("data");
    let mut create = Command::new(places::measured_binary("navi-server"));
    create.args(["token", "create", "--org", "bench", "--user", "quinn", "--role", "approver", "--data-dir"]);
    let made: Value = serde_json::from_str(&output(create.arg(&data))?)?;
    let person = text(&made, "token")?;
    let freeze = |args: &[&str]| -> Result<Value> {
        let mut gate = Command::new(places::measured_binary("navi-gate"));
        gate.arg("freeze").args(args).arg("--json");
        let said = output(gate.env("NAVI_URL", &server.url).env("NAVI_TOKEN", &person))?;
        Ok(serde_json::from_str(&said)?)
    };
    let folder = server.folder.path().join("freeze");
    std::fs::create_dir_all(&folder)?;
    let mut running = Vec::new();
    for n in 0..GATES {
        let began = folder.join(format!("began-{n}"));
        let mut gate = Command::new(places::measured_binary("navi-gate"));
        gate.args(["run", "--", "sh", "-c", &format!("touch {}; exec sleep 900", began.display())]);
        gate.env("NAVI_URL", &server.url).env("NAVI_TOKEN", &server.token).current_dir(&folder);
        running.push(Running::start(&format!("gate {n}"), &mut gate, &folder.join(format!("gate-{n}.log")))?);
    }
    wait_until(PATIENCE, || (0..GATES).all(|n| folder.join(format!("began-{n}")).exists()))
        .context("not every gate let its command run")?;

    let begun = freeze(&["begin", "--everything", "--reason", "bench"])?;
    wait_until(PATIENCE, || running.iter_mut().all(|gate| gate.ended().is_some()))
        .context("not every gate ended")?;
    let listed = freeze(&["list"])?;
    let stops = listed.pointer("/freezes/0/stops").and_then(Value::as_array).cloned().unwrap_or_default();
    let took: Vec<Duration> = stops
        .iter()
        .filter_map(|stop| {
            let micros = stop.get("confirmed_at")?.as_i64()? - stop.get("requested_at")?.as_i64()?;
            Some(Duration::from_micros(u64::try_from(micros).ok()?))
        })
        .collect();
    ensure!(took.len() == GATES, "{} of {GATES} stops are confirmed", took.len());
    let id = begun.pointer("/freezes/0/id").and_then(Value::as_str).context("the freeze has no id")?;
    freeze(&["end", id])?;
    let took = Sample::new(took);
    println!("stop of {GATES} gates      median {:.1} ms, p95 {:.1} ms", took.median(), took.quantile(0.95));
    verdicts.push(Verdict {
        what: "stop asked for to stop confirmed, 50 gates, p95",
        measured: took.quantile(0.95),
        bound: 2_000.0,
        unit: "ms",
    });
    Ok(())
}
