//! `test`: everything that CI holds a change to.

use anyhow::Result;

use crate::places::FEATURES;
use crate::stage::{Stages, cargo, npm, run as run_command};
use crate::{check, places, setup};

/// Installs what is missing, checks, builds, and runs every test. Prints the time of each stage at the end.
pub fn run() -> Result<()> {
    let mut stages = Stages::default();
    stages.run("setup", || setup::run(setup::Purpose::Test))?;
    check::build_ui(&mut stages)?;
    check::all(&mut stages)?;
    stages.run("ui: tests", || run_command(&mut npm(&places::ui(), &["run", "--silent", "test"])))?;
    stages.run("ui: keyboard flows in a browser", || {
        let mut flows = npm(&places::ui(), &["run", "--silent", "flows"]);
        run_command(flows.env("NAVI_BIN_DIR", places::target().join("debug")))
    })?;
    stages.run("documentation tests", || {
        run_command(cargo(&["test", "--quiet", "--workspace", "--doc", "--locked"]).args(FEATURES))
    })?;
    stages.run("tests", || {
        let mut nextest = cargo(&["nextest", "run", "--workspace", "--all-targets", "--locked"]);
        nextest.args(FEATURES);
        // The black-box tests drive the binaries that were built a moment ago, and nothing else.
        nextest.env("NAVI_BIN_DIR", places::target().join("debug"));
        nextest.env("NAVI_AGENT_CLI", setup::agent_cli_binary());
        run_command(&mut nextest)
    })?;
    stages.print();
    Ok(())
}
