//! `evaluate` beside a handler of the same server that does nothing: `/healthz`.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::sample::{Sample, fsync};
use super::{Options, Server, Verdict};
use crate::http::Connection;

const EVALUATE: (&str, &str) = ("POST", "/api/governance/evaluate");
const NOOP: (&str, &str) = ("GET", "/healthz");

/// One caller at a time. The three kinds take turns, so that a slow moment of the machine hits all of them.
pub fn lone(server: &Server, options: &Options, verdicts: &mut Vec<Verdict>) -> Result<()> {
    let mut connection = Connection::open(&server.url, &server.token)?;
    let (mut noops, mut evaluates, mut flushes) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..options.lone {
        noops.push(timed(&mut connection, NOOP, "")?);
        evaluates.push(timed(&mut connection, EVALUATE, &body(0, number))?);
        flushes.push(Duration::from_secs_f64(fsync(server.folder.path(), 1)?.median() / 1e3));
    }
    let (noop, evaluate, flush) = (Sample::new(noops), Sample::new(evaluates), Sample::new(flushes));
    println!("no-op     median {:.3} ms, p99 {:.3} ms", noop.median(), noop.quantile(0.99));
    println!("evaluate  median {:.3} ms, p99 {:.3} ms", evaluate.median(), evaluate.quantile(0.99));
    println!("fsync     median {:.3} ms", flush.median());
    verdicts.push(Verdict {
        what: "a lone evaluate, less the no-op and one flush",
        measured: evaluate.median() - noop.median() - flush.median(),
        bound: 0.5,
        unit: "ms",
    });
    Ok(())
}

/// Many callers at once, each on its own connection, for a bounded time.
pub fn crowd(server: &Server, options: &Options) -> Result<()> {
    let noop = rate(server, options, NOOP)?;
    let evaluate = rate(server, options, EVALUATE)?;
    for (name, rate) in [("no-op   ", &noop), ("evaluate", &evaluate)] {
        let Rate { per_sec, sample } = rate;
        println!(
            "{name}  {per_sec:>8.0} requests/s with {} callers, median {:.3} ms, p99 {:.3} ms",
            options.callers,
            sample.median(),
            sample.quantile(0.99)
        );
    }
    println!("evaluate reaches {:.1} % of the no-op's rate", 100.0 * evaluate.per_sec / noop.per_sec);
    Ok(())
}

struct Rate {
    per_sec: f64,
    sample: Sample,
}

fn rate(server: &Server, options: &Options, request: (&'static str, &'static str)) -> Result<Rate> {
    let started = Instant::now();
    let until = started + Duration::from_secs(options.secs);
    let callers: Vec<_> = (1..=options.callers)
        .map(|caller| {
            let mut connection = Connection::open(&server.url, &server.token)?;
            Ok(thread::spawn(move || -> Result<Vec<Duration>> {
                let mut taken = Vec::new();
                while Instant::now() < until {
                    let body = if request == EVALUATE { body(caller, taken.len()) } else { String::new() };
                    taken.push(timed(&mut connection, request, &body)?);
                }
                Ok(taken)
            }))
        })
        .collect::<Result<_>>()?;
    let mut all = Vec::new();
    for caller in callers {
        all.extend(caller.join().ok().context("a caller ended early")??);
    }
    let sample = Sample::new(all);
    let count = u32::try_from(sample.len()).context("too many requests")?;
    Ok(Rate { per_sec: f64::from(count) / started.elapsed().as_secs_f64(), sample })
}

fn timed(connection: &mut Connection, (method, path): (&str, &str), body: &str) -> Result<Duration> {
    let started = Instant::now();
    let answer = connection.request(method, path, body)?;
    let taken = started.elapsed();
    ensure!(answer.status == 200, "{method} {path}: {} {}", answer.status, answer.body);
    Ok(taken)
}

/// An action that runs alone under the system's default policy, another one each time.
fn body(caller: usize, number: usize) -> String {
    serde_json::json!({
        "action_type": "command_run",
        "context": { "command": format!("echo {caller} {number}"), "session_id": format!("bench-{caller}") },
    })
    .to_string()
}
