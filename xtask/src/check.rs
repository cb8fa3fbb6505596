//! What must hold before a test runs. The first failure stops it.

use anyhow::Result;

use crate::places::FEATURES;
use crate::stage::{Stages, cargo, npm, run as run_command};
use crate::{generate, places, rules, setup};

/// Runs every check, with what it needs installed first.
pub fn run() -> Result<()> {
    let mut stages = Stages::default();
    stages.run("setup", || setup::run(setup::Purpose::Test))?;
    build_ui(&mut stages)?;
    all(&mut stages)?;
    stages.print();
    Ok(())
}

/// Builds the UI. The console's build reads it, so it comes first.
pub fn build_ui(stages: &mut Stages) -> Result<()> {
    stages.run("ui: build", || run_command(&mut npm(&places::ui(), &["run", "--silent", "build"])))?;
    stages.run("ui: size", || run_command(&mut npm(&places::ui(), &["run", "--silent", "size"])))
}

/// Builds every target of the workspace, exactly as the tests use it.
pub fn build(stages: &mut Stages) -> Result<()> {
    stages.run("build", || {
        run_command(cargo(&["build", "--quiet", "--workspace", "--all-targets", "--locked"]).args(FEATURES))
    })
}

/// The checks, quick ones first.
pub fn all(stages: &mut Stages) -> Result<()> {
    stages.run("format", || run_command(&mut cargo(&["fmt", "--all", "--check"])))?;
    stages.run("repository rules", || rules::enforce(&places::root()))?;
    stages.run("ui: lint", || run_command(&mut npm(&places::ui(), &["run", "--silent", "lint"])))?;
    stages.run("ui: types", || run_command(&mut npm(&places::ui(), &["run", "--silent", "typecheck"])))?;
    stages.run("dependencies", || {
        println!("Licences, bans and sources. Advisories need a database that is fetched by git: cargo deny check advisories.");
        run_command(&mut cargo(&["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]))
    })?;
    stages.run("lints", || {
        let mut clippy = cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--locked"]);
        run_command(clippy.args(FEATURES).args(["--", "--deny", "warnings"]))
    })?;
    stages.run("documentation", || {
        let mut doc = cargo(&["doc", "--quiet", "--workspace", "--no-deps", "--locked"]);
        run_command(doc.args(FEATURES).env("RUSTDOCFLAGS", "--deny warnings"))
    })?;
    build(stages)?;
    stages.run("generated files", generate::compare)
}
