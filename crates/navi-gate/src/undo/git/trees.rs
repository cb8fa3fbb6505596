//! Trees in the object database: what differs between two, what a merge of three comes to.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::program::{Git, to_path, words};

/// What stands at a path in a tree: mode and object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub mode: String,
    pub object: String,
}

impl Entry {
    pub fn is_submodule(&self) -> bool {
        self.mode == "160000"
    }
}

/// One path that differs between two trees.
#[derive(Clone, Debug)]
pub struct Change {
    pub path: PathBuf,
    pub before: Option<Entry>,
    pub after: Option<Entry>,
}

/// A commit of nothing, without parents: what was there before the first commit. It stays unreferenced.
pub fn empty(git: &Git) -> Result<String> {
    let tree = git.run_text(&["hash-object", "-t", "tree", "-w", "--stdin"])?;
    let mut command = git.command(&["commit-tree", &tree, "-m", "nothing"]);
    signed_by(&mut command, git);
    // The same bytes each time, so that it is one object.
    command.env("GIT_AUTHOR_DATE", "1000000000 +0000").env("GIT_COMMITTER_DATE", "1000000000 +0000");
    command.env("GIT_AUTHOR_NAME", "navi").env("GIT_AUTHOR_EMAIL", "navi@localhost");
    command.env("GIT_COMMITTER_NAME", "navi").env("GIT_COMMITTER_EMAIL", "navi@localhost");
    let output = command.output().context("the git program could not be started")?;
    if !output.status.success() {
        bail!("git commit-tree: {}", words(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Names a committer where the repository knows none.
pub fn signed_by(command: &mut std::process::Command, git: &Git) {
    let known = git.end(&["var", "GIT_COMMITTER_IDENT"]).is_ok_and(|o| o.status.success());
    if !known {
        for name in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            command
                .env(format!("{name}_NAME"), "Navi Governance")
                .env(format!("{name}_EMAIL"), "navi@localhost");
        }
    }
}

/// The tree of a commit.
pub fn tree_of(git: &Git, commit: &str) -> Result<String> {
    git.run_text(&["rev-parse", "--verify", &format!("{commit}^{{tree}}")])
}

/// What differs from one commit or tree to another, without guessing renames.
pub fn changed(git: &Git, from: &str, to: &str) -> Result<Vec<Change>> {
    let raw = git.run(&["diff-tree", "-r", "-z", "--no-renames", "--full-index", from, to])?;
    let mut fields = raw.split(|byte| *byte == 0);
    let mut changes = Vec::new();
    while let (Some(head), Some(path)) = (fields.next(), fields.next()) {
        let head = String::from_utf8_lossy(head).into_owned();
        let mut words = head.trim_start_matches(':').split(' ');
        let (Some(old), Some(new), Some(from), Some(to)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let entry = |mode: &str, object: &str| {
            (mode != "000000").then(|| Entry { mode: mode.to_owned(), object: object.to_owned() })
        };
        changes.push(Change { path: to_path(path), before: entry(old, from), after: entry(new, to) });
    }
    Ok(changes)
}

/// What a merge came to.
pub enum Merged {
    Tree(String),
    /// Paths in conflict.
    Conflict(Vec<String>),
}

/// Merges `theirs` into `ours` with this base, in the object database alone.
pub fn merge(git: &Git, base: &str, ours: &str, theirs: &str) -> Result<Merged> {
    let base = format!("--merge-base={base}");
    let args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", &base, ours, theirs];
    let output = git.end(&args)?;
    let mut fields = output.stdout.split(|byte| *byte == 0).map(|f| String::from_utf8_lossy(f).into_owned());
    let tree = fields.next().unwrap_or_default().trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(Merged::Tree(tree)),
        Some(1) => Ok(Merged::Conflict(fields.filter(|f| !f.is_empty()).collect())),
        _ => bail!("git merge-tree: {}", words(&output)),
    }
}

/// What stands at a path in a commit.
pub fn entry(git: &Git, commit: &str, path: &Path) -> Result<Option<Entry>> {
    let args = [
        OsString::from("ls-tree"),
        "-z".into(),
        "--full-tree".into(),
        commit.into(),
        "--".into(),
        path.into(),
    ];
    let listing = git.run(&args)?;
    let line =
        String::from_utf8_lossy(listing.split(|byte| *byte == b'\t').next().unwrap_or_default()).into_owned();
    let mut fields = line.split(' ');
    let (Some(mode), Some(kind), Some(object)) = (fields.next(), fields.next(), fields.next()) else {
        return Ok(None);
    };
    let entry = Entry { mode: mode.to_owned(), object: object.to_owned() };
    Ok((kind != "tree").then_some(entry))
}

/// A file in a commit, as a checkout would write it.
pub fn checked_out(git: &Git, commit: &str, path: &Path) -> Result<Vec<u8>> {
    let mut name = OsString::from(format!("{commit}:"));
    name.push(path);
    git.run(&[OsString::from("cat-file"), "--filters".into(), name])
}

/// Paths in which a work tree or its index differs from a commit. Submodules are looked at by their commit alone.
pub fn changed_in(git: &Git, commit: &str) -> Result<std::collections::BTreeSet<PathBuf>> {
    git.end(&["update-index", "-q", "--refresh"])?;
    let names = git.run(&["diff-index", "-z", "--name-only", "--ignore-submodules=dirty", commit])?;
    Ok(names.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(to_path).collect())
}
