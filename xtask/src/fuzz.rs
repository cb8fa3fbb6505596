//! Coverage-guided fuzzing of what reads untrusted text, with libFuzzer and the stable compiler.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::places;
use crate::stage::{Stages, cargo, command, run as run_command};

/// What to fuzz, and for how long.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    secs: u64,
    /// Only this target: `command` or `normaliser`
    #[arg(long)]
    target: Option<String>,
}

const TARGETS: [&str; 2] = ["command", "normaliser"];
/// Coverage instrumentation of LLVM (SanitizerCoverage), as libFuzzer reads it.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1";

/// Builds the targets and runs each for its time. Inputs that were found interesting are kept below `target/fuzz`.
pub fn run(options: &Options) -> Result<()> {
    let mut stages = Stages::default();
    let folder = places::target().join("fuzz");
    let host = host()?;
    let manifest = places::root().join("crates/navi-facts/fuzz/Cargo.toml");
    stages.run("fuzz: build", || {
        let manifest = manifest.to_string_lossy();
        // Named, the target keeps the instrumentation away from build scripts and macros.
        let mut build =
            cargo(&["build", "--release", "--locked", "--target", &host, "--manifest-path", &manifest]);
        run_command(build.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &folder))
    })?;
    for target in TARGETS.iter().filter(|t| options.target.as_deref().is_none_or(|only| only == **t)) {
        stages.run(&format!("fuzz: {target}"), || {
            let inputs = folder.join("inputs").join(target);
            fs::create_dir_all(&inputs)?;
            if *target == "command" {
                seed(&inputs)?;
            }
            let program = folder.join(&host).join("release").join(target);
            let time = format!("-max_total_time={}", options.secs);
            let found = format!("-artifact_prefix={}/{target}-", folder.display());
            let inputs = inputs.to_string_lossy().into_owned();
            run_command(&mut command(&program, &[&time, "-max_len=4096", "-timeout=20", &found, &inputs]))
        })?;
    }
    stages.print();
    Ok(())
}

/// Every command of the corpus of decisions is an input to begin with.
fn seed(inputs: &Path) -> Result<()> {
    let corpus = places::root().join("crates/navi-facts/tests/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(&corpus)?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text)?;
        let class = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (i, case) in cases.iter().enumerate() {
            if let Some(command) = case.get("command").and_then(serde_json::Value::as_str) {
                fs::write(inputs.join(format!("{class}-{i}")), command)?;
            }
        }
    }
    Ok(())
}

fn host() -> Result<String> {
    let said = crate::stage::output(&mut command(Path::new("rustc"), &["-vV"]))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not say its host")
}
