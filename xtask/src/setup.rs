//! Installs what is missing and says what it does. When nothing is missing it only looks, which takes a moment.
//!
//! Debian's packages are installed on a system with `apt-get`; elsewhere they are listed and the command fails.
//! It never touches a toolchain: Rust comes from rust-toolchain or the machine, Node.js from the machine.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::stage::{cargo, command, is_on_path, npm, output, run as run_command};
use crate::{judges, packages, places, python};

/// The version of the agent CLI that is driven. Named exactly: npm would otherwise quietly take an older one that
/// accepts an older Node.js, though the program is native and needs none.
const AGENT_CLI_VERSION: &str = "2.1.330";
/// The oldest Node.js that the UI's build accepts.
const NODE_MAJOR: u32 = 20;

/// What the machine is made ready for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Building and running the demo.
    Run,
    /// That, and every check and test.
    Test,
}

/// Installs what is missing for the purpose.
pub fn run(purpose: Purpose) -> Result<()> {
    node()?;
    debian(purpose)?;
    npm_modules(&places::ui())?;
    npm_modules(&places::agent_cli())?;
    agent_cli()?;
    if purpose == Purpose::Test {
        cargo_tool("nextest")?;
        cargo_tool("deny")?;
        judges::install()?;
        npm_modules(&places::frameworks())?;
        python::frameworks()?;
        npm_modules(&places::flag_server())?;
        npm_modules(&places::migrators())?;
        python::migrators()?;
    }
    println!("setup: everything is there");
    Ok(())
}

/// Where the native agent CLI lies.
pub fn agent_cli_binary() -> std::path::PathBuf {
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", "aarch64") => "darwin-arm64",
        ("macos", _) => "darwin-x64",
        (_, "aarch64") => "linux-arm64",
        _ => "linux-x64",
    };
    places::agent_cli().join(format!("node_modules/@anthropic-ai/claude-code-{platform}/claude"))
}

fn node() -> Result<()> {
    ensure!(
        is_on_path("node") && is_on_path("npm"),
        "Node.js {NODE_MAJOR} or newer and npm are needed: install them and run this again"
    );
    let version = output(&mut command("node", &["--version"]))?;
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= NODE_MAJOR),
        "Node.js {NODE_MAJOR} or newer is needed, this is {}",
        version.trim()
    );
    Ok(())
}

fn debian(purpose: Purpose) -> Result<()> {
    let mut wanted = packages::BUILD.to_vec();
    if purpose == Purpose::Test {
        wanted.extend(packages::TESTS);
    }
    if !(is_on_path("apt-get") && is_on_path("dpkg-query")) {
        bail!(
            "this system has no apt-get. Install what these packages of Debian stand for, then build with cargo and npm \
             directly:\n  {}",
            wanted.join("\n  ")
        );
    }
    let missing = missing(&wanted)?;
    if missing.is_empty() {
        println!("setup: {} Debian packages are installed", wanted.len());
        return Ok(());
    }
    println!("setup: installing {} Debian packages: {}", missing.len(), missing.join(" "));
    run_command(&mut as_root(&["apt-get", "update", "--quiet", "--quiet"]))?;
    let mut install = as_root(&["apt-get", "install", "--yes", "--quiet", "--quiet"]);
    install.args(&missing).env("DEBIAN_FRONTEND", "noninteractive");
    run_command(&mut install)
}

fn missing<'a>(wanted: &[&'a str]) -> Result<Vec<&'a str>> {
    let mut query = command("dpkg-query", &["--show", "--showformat=${Package} ${db:Status-Status}\\n"]);
    // It ends with 1 when it does not know one of the packages, and has then still listed the others.
    let answer = query.args(wanted).output().context("could not start dpkg-query")?;
    Ok(packages::missing(wanted, &String::from_utf8_lossy(&answer.stdout)))
}

fn as_root(arguments: &[&str]) -> std::process::Command {
    if rustix::process::geteuid().is_root() {
        return command(
            arguments.first().copied().unwrap_or_default(),
            arguments.get(1..).unwrap_or_default(),
        );
    }
    let mut sudo = command("sudo", &["DEBIAN_FRONTEND=noninteractive"]);
    sudo.args(arguments);
    sudo
}

/// Installs the modules when the lock file is not the one that they were installed from.
///
/// Not by `npm ci`: it refuses a lock file made where the packages of other platforms were not to be had, though none of
/// them is needed here. `npm install --no-save` takes the locked versions too; that it leaves the lock alone is checked.
fn npm_modules(folder: &Path) -> Result<()> {
    let name = folder.strip_prefix(places::root()).unwrap_or(folder).display();
    let lock = folder.join("package-lock.json");
    let wanted = hash(&lock)?;
    let stamp = folder.join("node_modules/.navi-lock-sha256");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        println!("setup: {name} has the npm modules of its lock file");
        return Ok(());
    }
    println!("setup: installing the npm modules of {name}");
    run_command(&mut npm(folder, &["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    let unchanged = hash(&lock)? == wanted;
    ensure!(
        unchanged,
        "{name}/package-lock.json does not fit its package.json: run `npm install` there and commit"
    );
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

/// SHA-256 (hex) of a file.
pub fn hash(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hex::encode(Sha256::digest(bytes)))
}

fn agent_cli() -> Result<()> {
    let binary = agent_cli_binary();
    ensure!(binary.is_file(), "the agent CLI has no program for this platform at {}", binary.display());
    let version = output(&mut command(&binary, &["--version"]))?;
    ensure!(
        version.starts_with(AGENT_CLI_VERSION),
        "the agent CLI is {}, not {AGENT_CLI_VERSION}: see tests/agent-cli/package.json",
        version.trim()
    );
    println!("setup: the agent CLI is {}", version.trim());
    Ok(())
}

fn cargo_tool(name: &str) -> Result<()> {
    if output(&mut cargo(&[name, "--version"])).is_ok() {
        println!("setup: cargo-{name} is installed");
        return Ok(());
    }
    println!("setup: installing cargo-{name}, which takes some minutes");
    run_command(&mut cargo(&["install", &format!("cargo-{name}"), "--locked"]))
}
