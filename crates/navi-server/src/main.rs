//! Entry point of the server.

use std::io::IsTerminal as _;
use std::process::ExitCode;

/// An evaluation allocates some thousand small pieces; the system's allocator takes a sixth of its time for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("NAVI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,refinery_core=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    // One core is left to the store's writer: a lone request should not wait for a core that only looks for work.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = cores.saturating_sub(1).max(1);
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let runtime = match built {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the runtime could not start");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(navi_server::cli::run()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("navi-server: {error:#}");
            ExitCode::from(2)
        }
    }
}
