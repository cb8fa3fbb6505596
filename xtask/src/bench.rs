//! Measures the release build, each figure beside what it is to be compared with, in the same run on the same machine.
//!
//! Figures of different runs say little; the ratios and differences inside one run are what counts.

mod decide;
mod gate;
mod ledger;
mod memory;
mod record;
mod sample;
mod server;

use anyhow::Result;

use crate::child::Running;
use crate::places::FEATURES;
use crate::stage::{Stages, cargo, command, output, run as run_command};
use crate::{check, invite, places, setup};

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Requests of each kind when the server is measured with one caller
    #[arg(long, default_value_t = 300)]
    lone: usize,
    /// Callers at once when throughput is measured
    #[arg(long, default_value_t = 32)]
    callers: usize,
    /// Seconds of each throughput measurement
    #[arg(long, default_value_t = 5)]
    secs: u64,
    /// Runs of each kind when the gate's overhead is measured
    #[arg(long, default_value_t = 60)]
    runs: usize,
    /// Also build the console and measure its private memory while only its tray is shown (minutes to build)
    #[arg(long)]
    memory: bool,
    /// Fail when a bound is not kept
    #[arg(long)]
    strict: bool,
}

/// A figure that has a bound.
struct Verdict {
    what: &'static str,
    measured: f64,
    bound: f64,
    unit: &'static str,
}

/// A server of the release build with a fresh ledger, and what a client of it needs.
struct Server {
    url: String,
    token: String,
    /// An enrolment link for one console.
    link: String,
    folder: tempfile::TempDir,
    _running: Running,
}

/// Builds the release, measures, prints.
pub fn run(options: &Options) -> Result<()> {
    let mut stages = Stages::default();
    stages.run("setup", || {
        setup::run(if options.memory { setup::Purpose::Test } else { setup::Purpose::Run })
    })?;
    if !places::ui().join("dist/index.html").is_file() {
        check::build_ui(&mut stages)?;
    }
    stages.run("release build", || {
        run_command(&mut cargo(&[
            "build",
            "--release",
            "--locked",
            "--package",
            "navi-server",
            "--package",
            "navi-gate",
        ]))
    })?;
    let mut verdicts = Vec::new();
    let server = Server::start()?;
    let fsync = stages.run("fsync", || sample::fsync(server.folder.path(), 200))?;
    println!("fsync of 4 KiB, appended: median {:.3} ms, p99 {:.3} ms", fsync.median(), fsync.quantile(0.99));
    stages.run("server, one caller", || server::lone(&server, options, &mut verdicts))?;
    stages.run("server, many callers", || server::crowd(&server, options))?;
    stages.run("gate", || gate::overhead(&server, options, &mut verdicts))?;
    stages.run("append", || ledger::append(&mut verdicts))?;
    stages.run("verification", || ledger::verify(&mut verdicts))?;
    stages.run("decisions", || decide::decisions(&mut verdicts))?;
    stages.run("preview", || decide::preview(&mut verdicts))?;
    stages.run("record", || record::record(&mut verdicts))?;
    if options.memory {
        stages.run("release build of the console", || {
            let mut build = cargo(&["build", "--release", "--locked", "--package", "navi-console"]);
            run_command(build.args(FEATURES))
        })?;
        stages.run("memory", || memory::tray_only(&server, &mut verdicts))?;
    }
    stages.print();
    judge(&verdicts, options.strict)
}

fn judge(verdicts: &[Verdict], strict: bool) -> Result<()> {
    println!("\n== bounds");
    let mut over = 0;
    for verdict in verdicts {
        let kept = verdict.measured <= verdict.bound;
        over += usize::from(!kept);
        let word = if kept { "kept" } else { "OVER" };
        println!(
            "{word}  {}: {:.3} {unit} of {:.3} {unit}",
            verdict.what,
            verdict.measured,
            verdict.bound,
            unit = verdict.unit
        );
    }
    anyhow::ensure!(over == 0 || !strict, "{over} bounds are not kept");
    Ok(())
}

impl Server {
    fn start() -> Result<Self> {
        // Below the target folder and not in the system's temporary one, which may be in memory and flush for nothing.
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(places::target())?;
        let data = folder.path().join("data");
        let data = data.to_string_lossy();
        let program = places::release_binary("navi-server");
        let initialised = output(&mut command(&program, &["init", "--data-dir", &data, "--org", "bench"]))?;
        let made = output(&mut command(
            &program,
            &[
                "token",
                "create",
                "--data-dir",
                &data,
                "--org",
                "bench",
                "--user",
                "dev",
                "--role",
                "agent",
                "--agent",
                "bench",
            ],
        ))?;
        let invited = output(&mut command(
            &program,
            &[
                "invite",
                "create",
                "--data-dir",
                &data,
                "--org",
                "bench",
                "--user",
                "avery",
                "--role",
                "approver",
            ],
        ))?;
        let mut serve = command(&program, &["serve", "--data-dir", &data, "--listen", "127.0.0.1:0"]);
        let (running, line) =
            Running::start_and_hear("navi-server", &mut serve, &folder.path().join("server.log"))?;
        let url = sample::text(&serde_json::from_str(&line)?, "url")?;
        let token = sample::text(&serde_json::from_str(&made)?, "token")?;
        let invite = sample::text(&serde_json::from_str(&invited)?, "invite")?;
        let vkey = sample::text(&serde_json::from_str(&initialised)?, "ledger_vkey")?;
        let link = invite::link(&url, &invite, &vkey);
        Ok(Self { url, token, link, folder, _running: running })
    }
}
