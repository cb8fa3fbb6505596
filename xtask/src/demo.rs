//! `run`: builds everything and starts the demo, on this machine alone and with a throw-away data directory: the server
//! on SQLite, a real agent CLI whose model is a script, and the console, or without a display the web page.
//!
//! Everything that is started here ends here, on Ctrl-C or when the server ends.

mod agent;
mod scene;

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Result, bail};

use self::agent::Agent;
use self::scene::Scene;
use crate::places::FEATURES;
use crate::stage::{Stages, cargo, run as run_command};
use crate::{check, setup};

/// How the demo is shown.
#[derive(clap::Args)]
pub struct Options {
    /// Show the web page even where a desktop is there
    #[arg(long)]
    web: bool,
    /// Build and install, but start nothing
    #[arg(long)]
    build_only: bool,
}

/// Installs, builds, starts, and waits for Ctrl-C.
pub fn run(options: &Options) -> Result<()> {
    let mut stages = Stages::default();
    stages.run("setup", || setup::run(setup::Purpose::Run))?;
    check::build_ui(&mut stages)?;
    stages.run("build", || {
        run_command(cargo(&["build", "--quiet", "--workspace", "--bins", "--locked"]).args(FEATURES))
    })?;
    stages.print();
    if options.build_only {
        return Ok(());
    }
    let ending = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&ending))?;
    }
    let mut scene = Scene::start()?;
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if has_display && !options.web {
        scene.open_console()?;
    } else {
        scene.print_web_link()?;
    }
    let mut agent = Agent::start(&scene)?;
    scene.explain(&agent)?;
    let lines = typed_lines();
    while !ending.load(Ordering::Relaxed) {
        scene.check()?;
        agent.tell_when_done();
        if lines.recv_timeout(Duration::from_millis(200)).is_ok() {
            again(&mut scene, &mut agent)?;
        }
    }
    println!("\nEnding what was started.");
    Ok(())
}

/// Enter was pressed: a fresh link where the page is used, and the agent asks again once it is done.
fn again(scene: &mut Scene, agent: &mut Agent) -> Result<()> {
    if !scene.has_console() {
        scene.print_web_link()?;
    }
    if agent.is_done() {
        agent.ask_again(scene)?;
        println!("The agent asks again.");
    }
    Ok(())
}

/// A channel that carries a message for each line typed. It stays silent when there is no standard input.
fn typed_lines() -> Receiver<()> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || sender.send(()).is_err() {
                return;
            }
        }
        // Keeps the channel open without input, so that the receiver waits instead of spinning.
        loop {
            std::thread::park();
        }
    });
    receiver
}

/// The text of a field that a program printed as JSON.
fn field(json: &str, name: &str) -> Result<String> {
    let value: serde_json::Value = serde_json::from_str(json.trim())?;
    match value.get(name).and_then(serde_json::Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => bail!("no {name} in what was printed"),
    }
}
