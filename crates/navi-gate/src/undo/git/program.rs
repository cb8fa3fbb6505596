//! The git program: always in one folder, never asking, never localised.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};

/// The git program in a folder.
#[derive(Clone, Debug)]
pub struct Git {
    folder: PathBuf,
}

impl Git {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        let mut command = crate::git::command(&self.folder);
        command.args(["-c", "core.quotePath=false", "-c", "gc.auto=0"]).args(args).env("LC_ALL", "C");
        // A gate inside a hook inherits where that hook's repository is.
        for name in [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_COMMON_DIR",
            "GIT_PREFIX",
        ] {
            command.env_remove(name);
        }
        command.stdin(std::process::Stdio::null());
        command
    }

    /// What it ends with, whatever that is.
    pub fn end<A: AsRef<OsStr>>(&self, args: &[A]) -> Result<Output> {
        self.command(args).output().context("the git program could not be started")
    }

    /// What it prints; fails with its own words.
    pub fn run<A: AsRef<OsStr>>(&self, args: &[A]) -> Result<Vec<u8>> {
        let output = self.end(args)?;
        if !output.status.success() {
            let what = args.first().map(|a| a.as_ref().to_string_lossy().into_owned()).unwrap_or_default();
            bail!("git {what} in {}: {}", self.folder.display(), words(&output));
        }
        Ok(output.stdout)
    }

    /// What it prints, as one text without the last line's end.
    pub fn run_text<A: AsRef<OsStr>>(&self, args: &[A]) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.run(args)?).trim_end().to_owned())
    }

    /// Whether a question has the answer yes (0) rather than no (1).
    pub fn holds<A: AsRef<OsStr>>(&self, args: &[A]) -> Result<bool> {
        let output = self.end(args)?;
        match output.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => bail!("git in {}: {}", self.folder.display(), words(&output)),
        }
    }

    /// A commit's id; `None` when the name means none.
    pub fn commit(&self, name: &str) -> Result<Option<String>> {
        let output = self.end(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?;
        Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned()))
    }
}

/// What git says about a failure, on one line.
pub fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().map(str::trim).filter(|l| !l.is_empty()).take(6).collect::<Vec<_>>().join("; ")
}

/// The path of a record of `status --porcelain=v2 -z`: `1 … path`, `2 … path`, `u … path`, `? path`.
pub fn status_path(record: &[u8]) -> Option<PathBuf> {
    let fields = match record.first()? {
        b'1' => 9,
        b'2' => 10,
        b'u' => 11,
        b'?' => 2,
        _ => return None,
    };
    record.splitn(fields, |byte| *byte == b' ').nth(fields - 1).map(to_path)
}

/// A path from git's bytes.
pub fn to_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
