//! Where things lie in this repository.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// The features of every build of the whole workspace. One set everywhere, so that nothing is built twice:
/// `custom-protocol` makes the console load its own copy of the UI instead of a development server.
pub const FEATURES: [&str; 2] = ["--features", "tauri/custom-protocol"];

/// The repository's root, absolute.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The UI's folder.
pub fn ui() -> PathBuf {
    root().join("ui")
}

/// The folder that pins the real agent CLI.
pub fn agent_cli() -> PathBuf {
    root().join("tests/agent-cli")
}

/// The folder that pins the agent frameworks which the snippets of `docs/integrations` are driven with.
pub fn frameworks() -> PathBuf {
    root().join("tests/frameworks")
}

/// The folder that pins the real flag server.
pub fn flag_server() -> PathBuf {
    root().join("tests/flag-server")
}

/// The folder that pins the migration tools.
pub fn migrators() -> PathBuf {
    root().join("tests/migrators")
}

/// A program that npm installed for the UI.
pub fn ui_program(name: &str) -> PathBuf {
    ui().join("node_modules/.bin").join(name)
}

/// The folder cargo builds into, honouring `CARGO_TARGET_DIR`.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A debug binary of this workspace.
pub fn debug_binary(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

/// A binary of this workspace that is measured: of the release build, unless [`measure_debug`] was called.
pub fn measured_binary(name: &str) -> PathBuf {
    target().join(if DEBUG.load(Ordering::Relaxed) { "debug" } else { "release" }).join(name)
}

/// From now on the debug build is measured.
pub fn measure_debug() {
    DEBUG.store(true, Ordering::Relaxed);
}

static DEBUG: AtomicBool = AtomicBool::new(false);
