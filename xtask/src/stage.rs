//! Running the steps: each is named, timed, and stops the whole at its first failure.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::places;

/// The steps of one command, with the time each took.
#[derive(Default)]
pub struct Stages {
    taken: Vec<(String, Duration)>,
}

impl Stages {
    /// Runs `step` under `name`. The name is printed before, so that a log shows what a failure belongs to.
    pub fn run<T>(&mut self, name: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {name}");
        let started = Instant::now();
        let result = step().with_context(|| format!("{name} failed"));
        self.taken.push((name.to_owned(), started.elapsed()));
        if result.is_err() {
            self.print();
        }
        result
    }

    /// Prints the time of every step so far.
    pub fn print(&self) {
        println!("\n== time by stage");
        for (name, taken) in &self.taken {
            println!("{:>8.1} s  {name}", taken.as_secs_f64());
        }
        let whole: Duration = self.taken.iter().map(|(_, taken)| *taken).sum();
        println!("{:>8.1} s  in all", whole.as_secs_f64());
    }
}

/// A command that runs at the repository's root.
pub fn command(program: impl AsRef<Path>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program.as_ref());
    command.args(arguments).current_dir(places::root());
    command
}

/// `cargo` with these arguments, at the root: the same cargo that started this program.
pub fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = command(Path::new(&cargo), arguments);
    // Set by `cargo run` for this program alone; a build script that watches them would rebuild for nothing.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// `npm` with these arguments, in `folder`.
pub fn npm(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = command("npm", arguments);
    command.current_dir(folder);
    command
}

/// Runs a command to its end with its output shown. An error names the command.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().with_context(|| format!("could not start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs a command and returns what it printed on stdout. An error carries what it said on stderr.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("could not start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed something that is not UTF-8"))
}

/// Whether a program can be found on the search path.
pub fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
