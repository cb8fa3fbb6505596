//! The files that are generated and checked in: the OpenAPI document, the UI's types, the command-line reference,
//! who may do what.
//! They are held against drift: `check` makes them anew and compares.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::stage::{Stages, cargo, command, output, run as run_command};
use crate::{check, places, setup};

/// One generated file: where it lies below the root, and its text.
struct Generated {
    path: &'static str,
    text: String,
}

impl Generated {
    fn is_current(&self) -> bool {
        fs::read_to_string(places::root().join(self.path)).is_ok_and(|there| there == self.text)
    }
}

/// Builds what the files are made from, then writes or compares them.
pub fn run(check_only: bool) -> Result<()> {
    let mut stages = Stages::default();
    stages.run("setup", || setup::run(setup::Purpose::Run))?;
    if !places::ui().join("dist/index.html").is_file() {
        check::build_ui(&mut stages)?;
    }
    stages.run("build", || {
        run_command(&mut cargo(&[
            "build",
            "--quiet",
            "--locked",
            "--package",
            "navi-server",
            "--package",
            "navi-gate",
        ]))
    })?;
    if check_only { compare() } else { write() }
}

/// Fails, naming the files, when a generated file is not what would be generated now. Needs a finished build.
pub fn compare() -> Result<()> {
    let stale: Vec<_> =
        generate()?.into_iter().filter(|file| !file.is_current()).map(|file| file.path).collect();
    if stale.is_empty() {
        println!("generated files are up to date");
        return Ok(());
    }
    bail!("{} differ from what would be generated: run `cargo xtask generate` and commit", stale.join(", "))
}

fn write() -> Result<()> {
    for file in generate()? {
        let path = places::root().join(file.path);
        if file.is_current() {
            println!("unchanged  {}", file.path);
            continue;
        }
        fs::write(&path, &file.text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("written    {}", file.path);
    }
    Ok(())
}

fn generate() -> Result<Vec<Generated>> {
    let scratch = tempfile::tempdir()?;
    let openapi = openapi()?;
    let document = scratch.path().join("openapi.json");
    fs::write(&document, &openapi)?;
    let types = typescript(&document, scratch.path())?;
    Ok(vec![
        Generated { path: "crates/navi-server/openapi.json", text: openapi },
        Generated { path: "ui/src/api/schema.gen.ts", text: types },
        Generated { path: "docs/cli.md", text: reference()? },
        Generated {
            path: "ui/src/words/server.gen.json",
            text: output(&mut program("navi-server", &["words"]))?,
        },
        Generated { path: "docs/roles.txt", text: output(&mut program("navi-server", &["roles"]))? },
    ])
}

fn openapi() -> Result<String> {
    let printed = output(&mut program("navi-server", &["openapi"]))?;
    serde_json::from_str::<serde_json::Value>(&printed).context("`navi-server openapi` printed no JSON")?;
    Ok(printed)
}

fn typescript(document: &Path, scratch: &Path) -> Result<String> {
    let written = scratch.join("schema.gen.ts");
    let mut generator = Command::new(places::ui_program("openapi-typescript"));
    output(generator.arg(document).arg("-o").arg(&written).current_dir(places::ui()))?;
    fs::read_to_string(&written).context("openapi-typescript wrote nothing")
}

fn reference() -> Result<String> {
    let mut text = String::from(
        "# Command-line reference\n\nMade from the programs' own `--help` by `cargo xtask generate`.\n",
    );
    for name in ["navi-gate", "navi-server"] {
        describe(name, &[], &mut text)?;
    }
    Ok(text)
}

/// Appends the help of one command and, depth first, of its subcommands.
fn describe(name: &str, path: &[&str], text: &mut String) -> Result<()> {
    let help = output(program(name, path).arg("--help"))?;
    let level = "#".repeat(path.len() + 2);
    let title = std::iter::once(name).chain(path.iter().copied()).collect::<Vec<_>>().join(" ");
    let help_lines = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    text.push_str(&format!("\n{level} `{title}`\n\n```text\n{}\n```\n", help_lines.trim()));
    for subcommand in subcommands(&help) {
        let path: Vec<&str> = path.iter().copied().chain([subcommand]).collect();
        describe(name, &path, text)?;
    }
    Ok(())
}

/// The names under `Commands:` of a help text, without `help` itself.
fn subcommands(help: &str) -> Vec<&str> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

/// A binary of this workspace with an environment of its own, so that no variable of this shell gets into the text.
fn program(name: &str, arguments: &[&str]) -> Command {
    let path: PathBuf = places::debug_binary(name);
    let mut command = command(path, arguments);
    command.env_clear();
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subcommands_are_read_from_a_help_text() {
        let help = "About\n\nUsage: x <COMMAND>\n\nCommands:\n  token  Make one\n         or two\n  help   Print this\n\nOptions:\n  -h\n";
        assert_eq!(subcommands(help), ["token"]);
    }
}
