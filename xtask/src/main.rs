//! Project automation: everything a person or CI does to this repository is one of these commands.
//!
//! It owns the order of the steps and what they need installed. It deliberately knows nothing of the product's inside:
//! it drives the binaries as anyone outside would.

mod bench;
mod check;
mod child;
mod demo;
mod fuzz;
mod generate;
mod http;
mod invite;
mod judges;
mod packages;
mod places;
mod python;
mod rules;
mod setup;
mod stage;
mod suite;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::setup::Purpose;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Automation of this repository", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing: Debian packages, npm modules, Python packages, cargo tools
    Setup,
    /// Build everything and start the demo: server, agent, console (or the web page); Ctrl-C ends it
    Run(demo::Options),
    /// Install what is missing, check, build, and run every test
    Test,
    /// Formatting, lints, documentation, repository rules, drift of generated files, dependencies, UI lint and types
    Check,
    /// Write the generated files: OpenAPI, the UI's types, the CLI reference
    Generate {
        /// Write nothing; fail if a file would change
        #[arg(long)]
        check: bool,
    },
    /// Measure the release build: evaluate beside a no-op, the gate's overhead, the console's memory
    Bench(bench::Options),
    /// Fuzz what reads untrusted text, guided by coverage: the command parser and the normalisers
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Setup => setup::run(Purpose::Test),
        Command::Run(options) => demo::run(&options),
        Command::Test => suite::run(),
        Command::Check => check::run(),
        Command::Generate { check } => generate::run(check),
        Command::Bench(options) => bench::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
