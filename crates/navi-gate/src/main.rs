//! The gate on the agent's side: asks before an action, waits for people, redeems once, runs, reports.
//!
//! It decides nothing by itself, except to refuse.

mod access;
mod approvals;
mod audit;
mod caller;
mod cli;
mod config;
mod device;
mod doctor;
mod evaluate;
mod exit;
mod freeze;
mod grants;
mod hook;
mod install;
mod mcp;
mod observe;
mod oncall;
mod permission;
mod policy;
mod progress;
mod reference;
mod run;
mod stop;
mod text;
mod told;

use std::process::ExitCode;

fn main() -> ExitCode {
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
