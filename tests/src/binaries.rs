//! Where the product's binaries, the agent CLI and the artefacts lie.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Root of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// One of the product's binaries: from `NAVI_BIN_DIR`, else from the workspace's debug build.
///
/// # Errors
/// When it was not built.
pub fn product(name: &str) -> Result<PathBuf> {
    let dir = std::env::var_os("NAVI_BIN_DIR")
        .map_or_else(|| target().join("debug"), |dir| absolute(&PathBuf::from(dir)));
    let path = dir.join(name);
    ensure!(path.is_file(), "{} is missing: build it first (cargo xtask test does)", path.display());
    Ok(path)
}

/// An example of a crate of the product, which cargo builds with that crate's tests.
///
/// # Errors
/// When it was not built.
pub fn example(name: &str) -> Result<PathBuf> {
    product(&format!("examples/{name}"))
}

/// The real agent CLI, pinned in `tests/agent-cli`; `NAVI_AGENT_CLI` names another place.
///
/// # Errors
/// When it is not installed.
pub fn agent_cli() -> Result<PathBuf> {
    let path = std::env::var_os("NAVI_AGENT_CLI").map_or_else(
        || {
            let platform = if cfg!(target_arch = "aarch64") { "linux-arm64" } else { "linux-x64" };
            workspace()
                .join(format!("tests/agent-cli/node_modules/@anthropic-ai/claude-code-{platform}/claude"))
        },
        |path| absolute(&PathBuf::from(path)),
    );
    ensure!(path.is_file(), "{} is missing: cargo xtask setup installs it", path.display());
    Ok(path)
}

/// A judge of the ledger that shares no code with it: `go-judge`, or a program of the Python environment.
///
/// # Errors
/// When it is not installed.
pub fn judge(name: &str) -> Result<PathBuf> {
    let folder = target().join("judges");
    let path = match name {
        "go-judge" => folder.join(name),
        _ => folder.join("python/bin").join(name),
    };
    ensure!(path.exists(), "{} is missing: cargo xtask setup installs it", path.display());
    Ok(path)
}

/// The Python that has the agent frameworks.
///
/// # Errors
/// When it is not installed.
pub fn framework_python() -> Result<PathBuf> {
    let path = target().join("frameworks/bin/python");
    ensure!(path.exists(), "{} is missing: cargo xtask setup installs it", path.display());
    Ok(path)
}

/// A program of `tests/flag-server`: a real server or provider of feature flags.
///
/// # Errors
/// When it is not installed.
pub fn flag_server(name: &str) -> Result<PathBuf> {
    let folder = workspace().join("tests/flag-server");
    let installed = folder.join("node_modules/unleash-server");
    ensure!(installed.is_dir(), "{} is missing: cargo xtask setup installs it", installed.display());
    Ok(folder.join(name))
}

/// The folders with the programs that migrate databases, for a search path.
///
/// # Errors
/// When they are not installed.
pub fn migrators() -> Result<Vec<PathBuf>> {
    let folders = vec![target().join("migrators/bin"), workspace().join("tests/migrators/node_modules/.bin")];
    for folder in &folders {
        ensure!(folder.is_dir(), "{} is missing: cargo xtask setup installs it", folder.display());
    }
    Ok(folders)
}

/// A program of this crate's `fakes` folder.
#[must_use]
pub fn fake(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fakes").join(name)
}

/// Folder for screenshots and logs that outlive the test: `NAVI_ARTIFACTS`, else `target/artifacts`.
///
/// # Errors
/// When it cannot be made.
pub fn artifacts() -> Result<PathBuf> {
    let dir = std::env::var_os("NAVI_ARTIFACTS")
        .map_or_else(|| target().join("artifacts"), |dir| absolute(&PathBuf::from(dir)));
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(dir)
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

fn absolute(path: &Path) -> PathBuf {
    if path.is_absolute() { path.to_owned() } else { workspace().join(path) }
}
