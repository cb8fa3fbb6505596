//! A small agent that runs shell commands through the gate, several beside each other: `governed [--timeout SECS] [--verify
//! LINE] LINE…`. One JSON object for each of them, in their order; Ctrl-C gives all of them up.

use std::error::Error;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use navi_gate::{Command, Config, Gate, RunError, RunOptions, RunReport, Waiting};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // NAVI_URL and NAVI_TOKEN, or navi/gate.json.
    let gate = Gate::new(&Config::load()?)?;
    let (lines, options) = arguments()?;
    let given_up = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    let given_up = given_up.shared();
    let runs = lines.into_iter().enumerate().map(|(n, line)| {
        // The time is the first one's alone.
        let timeout = options.timeout.filter(|_| n == 0);
        let options = RunOptions { timeout, ..options.clone() };
        let asked = |waiting: &Waiting| eprintln!("waits for {:?}: {}", waiting.deciders, waiting.title);
        gate.run_until(Command::shell(line), options, asked, given_up.clone())
    });
    for outcome in join_all(runs).await {
        println!("{}", shown(outcome));
    }
    Ok(())
}

fn shown(outcome: Result<RunReport, RunError>) -> Value {
    match outcome {
        Ok(report) => json!({
            "ran": true, "exit_code": report.exit_code, "execution_id": report.execution_id,
            "stopped": report.stopped, "timed_out": report.timed_out, "verified": report.verified,
            "reported": report.reported, "output": String::from_utf8_lossy(&report.output_head),
        }),
        Err(error) => {
            let why = match &error {
                RunError::Blocked { .. } => "blocked",
                RunError::Rejected { .. } => "rejected",
                RunError::Expired => "expired",
                RunError::Cancelled { .. } => "cancelled",
                RunError::Refused(_) => "refused",
                RunError::Away(_) => "away",
                _ => "other",
            };
            json!({"ran": false, "why": why, "message": error.to_string()})
        }
    }
}

fn arguments() -> Result<(Vec<String>, RunOptions), Box<dyn Error>> {
    let (mut lines, mut options) = (Vec::new(), RunOptions::default());
    options.intent = Some("an example".to_owned());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--timeout" => {
                let secs: f64 = arguments.next().ok_or("--timeout needs seconds")?.parse()?;
                options.timeout = Some(Duration::try_from_secs_f64(secs)?);
            }
            "--verify" => options.verify = Some(arguments.next().ok_or("--verify needs a line")?),
            _ => lines.push(argument),
        }
    }
    Ok((lines, options))
}
