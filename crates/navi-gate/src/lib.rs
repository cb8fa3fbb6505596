//! The gate on the agent's side: asks before an action, waits for people, redeems once, runs, reports.
//!
//! It decides nothing by itself, except to refuse. This is the program `navi-gate` as a library; what other programs can use
//! of it is [`Gate`]:
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use navi_gate::{Command, Config, Gate, RunError, RunOptions};
//!
//! // NAVI_URL and NAVI_TOKEN, or navi/gate.json.
//! let gate = Gate::new(&Config::load()?)?;
//! let options = RunOptions { intent: Some("publish the docs".into()), ..RunOptions::default() };
//! match gate.run(Command::new("make").arg("publish"), options).await {
//!     Ok(report) => println!("it ended with {:?}", report.exit_code),
//!     Err(RunError::Rejected { by, reason, .. }) => println!("{by} says: {reason}"),
//!     Err(other) => println!("{other}"),
//! }
//! # Ok(()) }
//! ```

mod access;
mod approvals;
mod audit;
mod breakglass;
mod bypass;
mod caller;
mod check;
mod cli;
mod config;
mod device;
mod doctor;
mod evaluate;
mod exit;
mod freeze;
mod git;
mod git_hook;
mod glass;
mod governed;
mod grants;
mod hook;
mod install;
mod library;
mod mcp;
mod observe;
mod oncall;
mod orchestrate;
mod permission;
mod policy;
mod process;
mod progress;
mod reach;
mod reference;
mod replace;
mod rollback;
mod run;
mod runner;
mod stop;
mod text;
mod told;
mod undo;

use std::process::ExitCode;

pub use config::Config;
pub use library::{Command, Gate, Output, RunError, RunOptions, RunReport, Waiting};

/// The program `navi-gate`, with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = <cli::Cli as clap::Parser>::parse();
    // One thread is enough, and quick to start.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("navi-gate: the runtime could not start ({error}); nothing ran");
            return exit::REFUSED.into();
        }
    };
    let code = runtime.block_on(cli::dispatch(cli));
    // Do not wait for blocking reads of stdin.
    runtime.shutdown_background();
    code
}
