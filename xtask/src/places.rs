//! Where things lie in this repository.

use std::path::{Path, PathBuf};

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

/// A release binary of this workspace.
pub fn release_binary(name: &str) -> PathBuf {
    target().join("release").join(name)
}
