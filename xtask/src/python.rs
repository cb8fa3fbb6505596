//! Python packages that only the tests need, each set in an environment of its own below `target`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::places;
use crate::setup::hash;
use crate::stage::{command, run as run_command};

/// Makes the environment anew with what the requirements name. `further` are options of pip.
pub fn environment(folder: &Path, requirements: &Path, further: &[&str]) -> Result<()> {
    run_command(&mut command("python3", &["-m", "venv", "--clear", &folder.to_string_lossy()]))?;
    let mut pip = command(folder.join("bin/pip"), &["install", "--quiet", "--disable-pip-version-check"]);
    pip.args(further).arg("--requirement").arg(requirements);
    run_command(&mut pip)
}

/// Installs the agent frameworks that the snippets of `docs/integrations` are driven with, if they are not there.
pub fn frameworks() -> Result<()> {
    kept("the agent frameworks in Python", "frameworks", &places::frameworks(), &[])
}

/// Installs the programs with which the rollback tests migrate databases (alembic, dbmate and sqlx, from Python packages that
/// carry them), if they are not there.
pub fn migrators() -> Result<()> {
    kept("the migration tools", "migrators", &places::migrators(), &["--no-deps"])
}

/// An environment in `target/NAME` with what `folder` pins, made again when that changes.
fn kept(what: &str, name: &str, folder: &Path, further: &[&str]) -> Result<()> {
    let (requirements, target) = (folder.join("requirements.txt"), places::target().join(name));
    let (wanted, stamp) = (hash(&requirements)?, target.join("made-from-sha256"));
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        println!("setup: {what} are installed");
        return Ok(());
    }
    println!("setup: installing {what}");
    environment(&target, &requirements, further)?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}
