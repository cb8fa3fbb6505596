//! Measures the release build, each figure beside what it is to be compared with, in the same run on the same machine.
//!
//! Figures of different runs say little; the ratios and differences inside one run are what counts.

mod decide;
mod desk;
mod desktop;
mod driver;
mod freeze;
mod gate;
mod ledger;
mod memory;
mod queue;
mod record;
mod sample;
mod server;
mod window;

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
    /// Also build the console (minutes) and measure how soon requests reach the desktop, how soon it shows its tray, its
    /// private memory while only the tray is shown, and its window over 10,000 requests beside 1,000
    #[arg(long)]
    memory: bool,
    /// Also build the UI and measure how ten thousand requests scroll in Chromium
    #[arg(long)]
    ui: bool,
    /// Only these measurements (their stages' names, as they are printed); may be given several times
    #[arg(long)]
    only: Vec<String>,
    /// Measure the debug build, and install nothing: shows that the measurements work; their figures say nothing
    #[arg(long)]
    debug: bool,
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
    vkey: String,
    folder: tempfile::TempDir,
    _running: Running,
}

/// Builds the release, measures, prints.
pub fn run(options: &Options) -> Result<()> {
    let mut stages = Stages::default();
    if !options.debug {
        let purpose = if options.memory || options.ui { setup::Purpose::Test } else { setup::Purpose::Run };
        stages.run("setup", || setup::run(purpose))?;
    }
    if !places::ui().join("dist/index.html").is_file() {
        check::build_ui(&mut stages)?;
    }
    if options.debug {
        places::measure_debug();
    }
    stages.run("build", || build(options, &["--package", "navi-server", "--package", "navi-gate"]))?;
    let mut verdicts = Vec::new();
    let server = Server::start()?;
    let fsync = stages.run("fsync", || sample::fsync(server.folder.path(), 200))?;
    println!("fsync of 4 KiB, appended: median {:.3} ms, p99 {:.3} ms", fsync.median(), fsync.quantile(0.99));
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let mut measure = |name: &str, measure: &dyn Fn(&mut Vec<Verdict>) -> Result<()>| {
        if wanted(name) { stages.run(name, || measure(&mut verdicts)) } else { Ok(()) }
    };
    measure("server, one caller", &|verdicts| server::lone(&server, options, verdicts))?;
    measure("server, many callers", &|_| server::crowd(&server, options))?;
    measure("gate", &|verdicts| gate::overhead(&server, options, verdicts))?;
    measure("freeze", &|verdicts| freeze::confirmed(&server, verdicts))?;
    measure("append", &ledger::append)?;
    measure("verification", &ledger::verify)?;
    measure("decisions", &decide::decisions)?;
    measure("preview", &decide::preview)?;
    measure("record", &record::record)?;
    measure("queue", &queue::replica)?;
    if options.memory {
        let console = ["--package", "navi-console", FEATURES[0], FEATURES[1]];
        stages.run("build of the console", || build(options, &console))?;
    }
    let mut measure = |name: &str, asked: bool, measure: &dyn Fn(&mut Vec<Verdict>) -> Result<()>| {
        if asked && wanted(name) { stages.run(name, || measure(&mut verdicts)) } else { Ok(()) }
    };
    measure("desk", options.memory, &|verdicts| desk::desk(&server, verdicts))?;
    measure("memory", options.memory, &|verdicts| memory::tray_only(&server, verdicts))?;
    measure("window", options.memory, &window::window)?;
    if options.ui {
        check::build_ui(&mut stages)?;
        stages.run("frames", || queue::frames(&mut verdicts))?;
    }
    stages.print();
    judge(&verdicts, options.strict)
}

/// Builds what is measured.
fn build(options: &Options, what: &[&str]) -> Result<()> {
    let mut build = cargo(&["build", "--locked"]);
    if !options.debug {
        build.arg("--release");
    }
    run_command(build.args(what))
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
        let program = places::measured_binary("navi-server");
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
        let mut serve = command(&program, &["serve", "--data-dir", &data, "--listen", "127.0.0.1:0"]);
        let (running, line) =
            Running::start_and_hear("navi-server", &mut serve, &folder.path().join("server.log"))?;
        let url = sample::text(&serde_json::from_str(&line)?, "url")?;
        let token = sample::text(&serde_json::from_str(&made)?, "token")?;
        let vkey = sample::text(&serde_json::from_str(&initialised)?, "ledger_vkey")?;
        Ok(Self { url, token, vkey, folder, _running: running })
    }

    /// A credential that may make others.
    fn admin(&self) -> Result<String> {
        let data = self.folder.path().join("data");
        let create =
            ["token", "create", "--data-dir", &data.to_string_lossy(), "--org", "bench", "--user", "root"];
        let mut made = command(places::measured_binary("navi-server"), &create);
        sample::text(&serde_json::from_str(&output(made.args(["--role", "admin"]))?)?, "token")
    }

    /// An enrolment link for one console of `user`.
    fn link(&self, user: &str) -> Result<String> {
        let data = self.folder.path().join("data");
        let data = data.to_string_lossy();
        let create = ["invite", "create", "--data-dir", &data, "--org", "bench", "--user", user];
        let mut invite = command(places::measured_binary("navi-server"), &create);
        let invited = output(invite.args(["--role", "approver"]))?;
        let invite = sample::text(&serde_json::from_str(&invited)?, "invite")?;
        Ok(invite::link(&self.url, &invite, &self.vkey))
    }
}
