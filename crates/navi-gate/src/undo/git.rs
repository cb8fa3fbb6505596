//! Strategy *git*: what a run committed is taken back by one new commit.
//!
//! The new commit's tree is a three-way merge with the run's result as its base: the branch as it is now on one side, the
//! state before the run on the other. So merge commits need no choice of a parent later (the state before the run is
//! recorded), commits that came after the run stay, and a conflict shows before anything is written. It is done in the
//! object database; a work tree is touched only when the branch is checked out there, and only after git says that
//! nothing uncommitted is in the way.

mod checkout;
mod program;
mod revert;
mod submodules;
mod trees;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use navi_domain::action::{FileChange, FileOp};
use navi_domain::rollback::{Part, Strategy, Truth};
use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::files::FileIs;
use super::keep::Folder;
use super::{How, Step, shown};
use crate::observe::Status;
use program::Git;
pub(super) use revert::{rehearse, undo};

/// The name of a branch that has no commit yet.
const UNBORN: &str = "unborn";
/// Subjects of commits that are listed; more are counted.
const LISTED: usize = 20;
/// Paths that are listed in a part; more are counted.
const LISTED_PATHS: usize = 200;

/// A work tree before a run.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Before {
    /// Top folder of the work tree.
    pub root: PathBuf,
    /// Commit of HEAD, or `unborn`.
    pub head: String,
    /// The branch's full name; absent: HEAD is detached.
    pub branch: Option<String>,
    /// Paths below the root that differed from HEAD, or are not tracked.
    pub dirty: BTreeSet<PathBuf>,
}

/// What undoing needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// Top folder of the work tree in which it ran.
    pub root: PathBuf,
    /// Folder that all work trees of the repository share.
    pub common: PathBuf,
    /// The ref that gets the commit: a branch's full name, or `HEAD` of the work tree at `root`.
    pub name: String,
    /// Commit before the run; absent: there was none.
    pub before: Option<String>,
    /// Commit after it.
    pub after: String,
    /// The run pushed, or may have.
    pub pushed: bool,
}

/// What a run left in a work tree; paths below its root.
#[derive(Default)]
pub(super) struct Left {
    /// Paths that its commits changed.
    committed: BTreeSet<PathBuf>,
    /// Paths that differ from HEAD now.
    dirty: BTreeSet<PathBuf>,
}

impl Left {
    /// Paths that the run may have changed, if they were clean before it.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.committed.union(&self.dirty)
    }

    /// Whether the run committed a path and left it like that: undoing its commits changes it.
    pub fn is_committed(&self, path: &Path) -> bool {
        self.committed.contains(path) && !self.dirty.contains(path)
    }
}

/// Looks before a run; `None` where there is no work tree.
pub(super) fn before(cwd: &Path, status: Option<&Status>) -> Result<Option<Before>> {
    let Some(root) = crate::observe::place(cwd).root else { return Ok(None) };
    look(&root, status).map(Some)
}

/// `status`: what git said of it just now, if anybody asked.
fn look(root: &Path, status: Option<&Status>) -> Result<Before> {
    let asked = match status {
        Some(_) => Vec::new(),
        None => {
            let args = ["status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all"];
            Git::new(root).run(&args)?
        }
    };
    let status = status.map_or(asked.as_slice(), Status::bytes);
    let mut found =
        Before { root: root.to_owned(), head: UNBORN.to_owned(), branch: None, dirty: BTreeSet::new() };
    let mut fields = status.split(|byte| *byte == 0).filter(|field| !field.is_empty());
    while let Some(field) = fields.next() {
        let text = String::from_utf8_lossy(field);
        if let Some(oid) = text.strip_prefix("# branch.oid ") {
            found.head = if oid == "(initial)" { UNBORN.to_owned() } else { oid.to_owned() };
        } else if let Some(name) = text.strip_prefix("# branch.head ") {
            found.branch = (name != "(detached)").then(|| format!("refs/heads/{name}"));
        } else if let Some(path) = program::status_path(field) {
            found.dirty.insert(path);
            if field.starts_with(b"2") {
                // A rename is followed by where it came from.
                found.dirty.extend(fields.next().map(program::to_path));
            }
        }
    }
    Ok(found)
}

/// Looks after a run: what it committed, as a step that undoes it, and what it left.
pub(super) fn after(
    before: &Before,
    run: &super::Before,
    status: Option<&Status>,
) -> Result<(Option<Step>, Left)> {
    let now = look(&before.root, status)?;
    let git = Git::new(&before.root);
    let mut left = Left { committed: BTreeSet::new(), dirty: now.dirty.clone() };
    // Another branch that was only checked out is nothing to undo.
    if now.head == UNBORN || now.head == before.head {
        return Ok((None, left));
    }
    let sealed = Sealed {
        root: before.root.clone(),
        common: PathBuf::from(git.run_text(&["rev-parse", "--path-format=absolute", "--git-common-dir"])?),
        name: now.branch.clone().unwrap_or_else(|| "HEAD".to_owned()),
        before: (before.head != UNBORN).then(|| before.head.clone()),
        after: now.head.clone(),
        pushed: run.action_type == "git_push" || run.command.as_deref().is_some_and(|c| c.contains("push")),
    };
    if let Some(why) = not_its_own(&git, before, &now, run.at)? {
        return Ok((Some(step(sealed, &git, Truth::impossible(why))?), left));
    }
    let old = match &sealed.before {
        Some(before) => before.clone(),
        None => trees::empty(&git)?,
    };
    left.committed = trees::changed(&git, &old, &now.head)?.into_iter().map(|c| c.path).collect();
    Ok((Some(step(sealed, &git, Truth::Verified)?), left))
}

/// Why what HEAD is now cannot be taken for what the run committed.
fn not_its_own(git: &Git, before: &Before, now: &Before, began: i64) -> Result<Option<String>> {
    if before.head != UNBORN && !git.holds(&["merge-base", "--is-ancestor", &before.head, &now.head])? {
        return Ok(Some(
            "the run rewrote history: what was committed before is no longer part of it".to_owned(),
        ));
    }
    if now.branch == before.branch {
        return Ok(None);
    }
    let other =
        || Some("the run left another branch checked out, with commits that may not be its own".to_owned());
    let Some(branch) = &now.branch else { return Ok(other()) };
    // Its own branch began during the run, where the run began.
    let log = git.run_text(&["log", "-g", "--format=%H", branch])?;
    let own = log.lines().last() == Some(before.head.as_str()) && begun_since(git, branch, began)?;
    Ok(if own { None } else { other() })
}

/// Whether a branch is younger than an instant: its log tells only seconds, the log's file more.
fn begun_since(git: &Git, branch: &str, began: i64) -> Result<bool> {
    let file =
        git.run_text(&["rev-parse", "--path-format=absolute", "--git-path", &format!("logs/{branch}")])?;
    let created = std::fs::metadata(&file).and_then(|found| found.created()).ok();
    let since = created.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    Ok(since.is_some_and(|at| i64::try_from(at.as_micros()).unwrap_or(0) >= began))
}

fn step(sealed: Sealed, git: &Git, truth: Truth) -> Result<Step> {
    let target = format!("{} {}", shown(&sealed.common), sealed.name);
    let before = sealed.before.clone().unwrap_or_else(|| UNBORN.to_owned());
    let mut part = Part::new(Strategy::Git, &target, &before, &sealed.after, truth);
    part.branch = sealed.name.strip_prefix("refs/heads/").map(str::to_owned);
    if !matches!(part.truth, Truth::Impossible { .. }) {
        describe(&sealed, git, &mut part)?;
    }
    if sealed.pushed {
        part.leaves
            .push("What was pushed stays at the remote until the new commit is pushed too.".to_owned());
    }
    Ok(Step { part, how: How::Git(sealed) })
}

/// What the commits were, and which files change back.
fn describe(sealed: &Sealed, git: &Git, part: &mut Part) -> Result<()> {
    let range = match &sealed.before {
        Some(before) => format!("{before}..{}", sealed.after),
        None => sealed.after.clone(),
    };
    let commits = git.run_text(&["log", "--format=%h %s", &range])?;
    let count = commits.lines().count();
    part.undoes.extend(commits.lines().take(LISTED).map(|line| format!("commit {line}")));
    if count > LISTED {
        part.undoes.push(format!("{} more commits", count - LISTED));
    }
    let before = match &sealed.before {
        Some(before) => before.clone(),
        None => trees::empty(git)?,
    };
    let changes = trees::changed(git, &before, &sealed.after)?;
    part.files = changes.iter().take(LISTED_PATHS).map(back).collect();
    if changes.len() > LISTED_PATHS {
        part.undoes.push(format!("{} more files", changes.len() - LISTED_PATHS));
    }
    part.leaves.push("The commits stay in the history; a new commit takes their changes back.".to_owned());
    Ok(())
}

/// What undoing does to a file.
fn back(change: &trees::Change) -> FileChange {
    let op = match (change.before.is_some(), change.after.is_some()) {
        (false, _) => FileOp::Delete,
        (true, false) => FileOp::Create,
        (true, true) => FileOp::Edit,
    };
    FileChange { path: shown(&change.path), op, before: None, after: None }
}

/// What a clean path was before the run, by its commit. The bytes are kept.
pub(super) fn committed(before: &Before, path: &Path, folder: &Folder, now: &FileIs) -> Result<FileIs> {
    if before.head == UNBORN {
        return Ok(FileIs::Absent);
    }
    let git = Git::new(&before.root);
    let Some(entry) = trees::entry(&git, &before.head, path)? else { return Ok(FileIs::Absent) };
    match entry.mode.as_str() {
        "160000" => {
            let why = "is a submodule: what changed inside it was not kept".to_owned();
            Ok(FileIs::Other { why, seen: String::new() })
        }
        "120000" => {
            let target = git.run(&["cat-file", "blob", &entry.object])?;
            Ok(FileIs::Link { target: program::to_path(&target) })
        }
        mode => {
            let bytes = trees::checked_out(&git, &before.head, path)?;
            Ok(as_it_was(folder.keep(&bytes)?, mode == "100755", now))
        }
    }
}

/// A commit knows only whether a file is executable; the rest of its mode is taken from the file as it is now.
fn as_it_was(sha256: String, executable: bool, now: &FileIs) -> FileIs {
    let usual = if executable { 0o755 } else { 0o644 };
    match now {
        FileIs::File { mode, uid, gid, attributes, .. } => {
            let mode = if (mode & 0o100 != 0) == executable { *mode } else { usual };
            FileIs::File { sha256, mode, uid: *uid, gid: *gid, attributes: attributes.clone() }
        }
        _ => {
            let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
            FileIs::File { sha256, mode: usual, uid, gid, attributes: Attributes::default() }
        }
    }
}
