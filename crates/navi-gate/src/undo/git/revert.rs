//! Finding the way back of a run's commits, and going it. A note is kept before the first thing that others can see, so
//! that a runner that died in between goes on where it was.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use navi_domain::action::TargetState;
use navi_domain::rollback::{Part, Truth};
use serde::{Deserialize, Serialize};

use super::super::declared::Declared;
use super::super::keep::sha256;
use super::super::work::{Done, Failed, Foreseen, Notes};
use super::checkout;
use super::program::{Git, words};
use super::submodules::{self, Moved};
use super::trees::{self, Merged};
use super::{LISTED, Sealed, shown};

/// What git keeps while it is in the middle of something: a commit beneath it would become part of it, or be lost with it.
const UNDER_WAY: [(&str, &str); 6] = [
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("BISECT_LOG", "bisect"),
];

/// The way back, as it is now.
struct Way {
    git: Git,
    /// Where the ref stands.
    tip: String,
    /// Tree of the new commit.
    tree: String,
    /// Work trees that have the ref checked out.
    work_trees: Vec<PathBuf>,
    submodules: Vec<Moved>,
    /// The new commit goes to a branch of its own.
    beside: Option<String>,
    /// Commits after the run.
    later: Vec<String>,
    truth: Truth,
}

/// What is noted before the ref moves.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    tip: String,
    commit: String,
    tree: String,
    work_trees: Vec<PathBuf>,
    submodules: Vec<Moved>,
    beside: Option<String>,
}

/// Looks whether and how it would go. Changes nothing but unreferenced objects.
pub fn rehearse(declared: &Declared, sealed: &Sealed, part: &Part) -> Result<Foreseen> {
    let mut part = part.clone();
    let way = match find(declared, sealed)? {
        Ok(way) => way,
        Err(why) => {
            part.truth = Truth::impossible(why);
            return Ok(Foreseen::refused(part));
        }
    };
    part.truth = part.truth.worse(way.truth.clone());
    let mut afterwards = Vec::new();
    if let Some(beside) = &way.beside {
        let branch = part.branch.clone().unwrap_or_default();
        part.leaves.push(format!("{branch} is protected: it stays as it is until somebody merges {beside}."));
        afterwards.push(merge_command(sealed, &branch, beside));
        part.branch = Some(beside.clone());
    }
    if sealed.pushed && way.beside.is_none() {
        afterwards.push(format!("git -C {} push", crate::text::quoted(&shown(&sealed.root))));
    }
    let dirty = format!("{}\n{}", way.tree, way.beside.as_deref().unwrap_or_default());
    let target_state = TargetState::Git { head: way.tip, dirty_sha256: sha256(dirty.as_bytes()) };
    Ok(Foreseen { part, state: target_state, dependents: way.later, afterwards })
}

fn merge_command(sealed: &Sealed, branch: &str, beside: &str) -> String {
    let root = crate::text::quoted(&shown(&sealed.root));
    let (branch, beside) = (crate::text::quoted(branch), crate::text::quoted(beside));
    format!("git -C {root} checkout {branch} && git -C {root} merge --ff-only {beside}")
}

/// `Err` says why there is no way.
fn find(declared: &Declared, sealed: &Sealed) -> Result<Result<Way, String>> {
    let no = |why: String| Ok(Err(why));
    let folder = if sealed.root.is_dir() { &sealed.root } else { &sealed.common };
    if !folder.is_dir() || (sealed.name == "HEAD" && folder != &sealed.root) {
        return no(format!("there is no repository at {} any more", folder.display()));
    }
    let git = Git::new(folder);
    let Some(tip) = git.commit(&sealed.name)? else { return no(format!("{} is gone", sealed.name)) };
    if git.commit(&sealed.after)?.is_none()
        || !git.holds(&["merge-base", "--is-ancestor", &sealed.after, &tip])?
    {
        return no(format!("what the run committed is no longer part of {}", sealed.name));
    }
    let before = match &sealed.before {
        Some(before) => before.clone(),
        None => trees::empty(&git)?,
    };
    let tree = match trees::merge(&git, &sealed.after, &tip, &before)? {
        Merged::Tree(tree) => tree,
        Merged::Conflict(paths) => {
            return no(format!("what came after it changed the same lines: {}", paths.join(", ")));
        }
    };
    if tree == trees::tree_of(&git, &tip)? {
        return no("nothing of it is left to undo".to_owned());
    }
    let log = git.run_text(&["log", "--format=%h %s", &format!("{}..{tip}", sealed.after)])?;
    let later: Vec<String> = log.lines().map(|line| format!("commit {line} came after it")).collect();
    let truth = proven(&git, sealed, (&before, &tip, &tree))?;
    let beside = match sealed.name.strip_prefix("refs/heads/") {
        Some(branch) if declared.is_protected(branch) => Some(free_name(&git, &sealed.after)?),
        _ => None,
    };
    let work_trees = match (&beside, sealed.name.as_str()) {
        (Some(_), _) => Vec::new(),
        (None, "HEAD") => vec![sealed.root.clone()],
        (None, name) => match checked_out(&git, name)? {
            Ok(found) => found,
            Err(why) => return no(why),
        },
    };
    let submodules = match submodules::moved(&git, &work_trees, &tip, &tree)? {
        Ok(moved) => moved,
        Err(why) => return no(why),
    };
    for work_tree in &work_trees {
        if let Some(why) = in_the_way(&Git::new(work_tree), &tip, &tree)? {
            return no(format!("{}: {why}", work_tree.display()));
        }
    }
    let mut way = Way { git, tip, tree, work_trees, submodules, beside, later, truth };
    if way.later.len() > LISTED {
        let more = way.later.len() - LISTED;
        way.later.truncate(LISTED);
        way.later.push(format!("{more} more commits came after it"));
    }
    Ok(Ok(way))
}

/// Without later commits the result must be the very tree of before; with later ones, doing the run again on the result
/// must give what is there now.
fn proven(git: &Git, sealed: &Sealed, (before, tip, tree): (&str, &str, &str)) -> Result<Truth> {
    let mismatch = || {
        Truth::unverified(
            "later commits touch the same files, so that the result cannot be proven by its tree",
        )
    };
    if tip == sealed.after {
        let same = tree == trees::tree_of(git, before)?;
        return Ok(if same { Truth::Verified } else { mismatch() });
    }
    let trial = commit_tree(git, tree, tip, "trial")?;
    Ok(match trees::merge(git, before, &trial, &sealed.after)? {
        Merged::Tree(again) if again == trees::tree_of(git, tip)? => Truth::Verified,
        _ => mismatch(),
    })
}

fn commit_tree(git: &Git, tree: &str, parent: &str, message: &str) -> Result<String> {
    let mut command = git.command(&["commit-tree", tree, "-p", parent, "-m", message]);
    trees::signed_by(&mut command, git);
    let output = command.output().context("the git program could not be started")?;
    if !output.status.success() {
        bail!("git commit-tree: {}", words(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn free_name(git: &Git, commit: &str) -> Result<String> {
    let short = commit.get(..12).unwrap_or(commit);
    for n in 1..1_000 {
        let name = if n == 1 { format!("rollback/{short}") } else { format!("rollback/{short}-{n}") };
        if git.commit(&format!("refs/heads/{name}"))?.is_none() {
            return Ok(name);
        }
    }
    bail!("a thousand branches rollback/{short} exist already")
}

/// Work trees that have a branch checked out; `Err`: one of them is in the middle of something.
fn checked_out(git: &Git, name: &str) -> Result<Result<Vec<PathBuf>, String>> {
    let listing = git.run(&["worktree", "list", "--porcelain", "-z"])?;
    let (mut found, mut at) = (Vec::new(), None);
    for line in listing.split(|byte| *byte == 0) {
        if let Some(path) = line.strip_prefix(b"worktree ") {
            at = Some(super::program::to_path(path));
            continue;
        }
        let Some(path) = at.clone().filter(|path| path.is_dir()) else { continue };
        if line == format!("branch {name}").as_bytes() {
            found.push(path);
        } else if line == b"detached" && rebases(&path, name)? {
            return Ok(Err(format!("{} is being rebased in {}", name, path.display())));
        }
    }
    Ok(Ok(found))
}

fn rebases(work_tree: &Path, name: &str) -> Result<bool> {
    let git = git_dir(work_tree)?;
    let of = |folder: &str| std::fs::read_to_string(git.join(folder).join("head-name"));
    Ok(["rebase-merge", "rebase-apply"].into_iter().any(|f| of(f).is_ok_and(|text| text.trim() == name)))
}

fn git_dir(work_tree: &Path) -> Result<PathBuf> {
    Ok(PathBuf::from(Git::new(work_tree).run_text(&["rev-parse", "--absolute-git-dir"])?))
}

/// Why a work tree cannot follow, as git itself says without doing it.
fn in_the_way(work_tree: &Git, tip: &str, tree: &str) -> Result<Option<String>> {
    let own = PathBuf::from(work_tree.run_text(&["rev-parse", "--absolute-git-dir"])?);
    for (file, what) in UNDER_WAY {
        if own.join(file).exists() {
            return Ok(Some(format!("a {what} is under way there")));
        }
    }
    // Only the times of unchanged files are looked up again.
    work_tree.end(&["update-index", "-q", "--refresh"])?;
    let output = work_tree.end(&["read-tree", "-n", "-m", "-u", tip, tree])?;
    Ok((!output.status.success()).then(|| format!("uncommitted changes are in the way ({})", words(&output))))
}

/// Goes the way, or goes on where a runner died.
pub fn undo(
    declared: &Declared,
    sealed: &Sealed,
    reason: &str,
    notes: &mut Notes<'_>,
) -> Result<Done, Failed> {
    let resumed = notes.read::<Note>().is_some();
    let (git, note) = match notes.read::<Note>() {
        Some(note) => {
            let folder = if sealed.root.is_dir() { &sealed.root } else { &sealed.common };
            (Git::new(folder), note)
        }
        None => begin(declared, sealed, reason, notes)?,
    };
    move_ref(&git, sealed, &note)?;
    for (n, work_tree) in note.work_trees.iter().enumerate() {
        if let Err(why) = settle(work_tree, &note, resumed) {
            let (settled, rest) = note.work_trees.split_at(n);
            return Err(take_back(&git, sealed, &note, (settled, rest.first()), &format!("{why:#}")));
        }
    }
    submodules::follow(&note.submodules).map_err(|e| Failed::Half(format!("{e:#}")))?;
    prove(&git, sealed, &note).map_err(|e| Failed::Half(format!("{e:#}")))
}

fn begin(
    declared: &Declared,
    sealed: &Sealed,
    reason: &str,
    notes: &mut Notes<'_>,
) -> Result<(Git, Note), Failed> {
    let nothing = |e: anyhow::Error| Failed::Nothing(format!("{e:#}"));
    let way = find(declared, sealed).map_err(nothing)?.map_err(Failed::Nothing)?;
    let short = |id: &str| id.get(..12).unwrap_or(id).to_owned();
    let range = match &sealed.before {
        Some(before) => format!("{}..{}", short(before), short(&sealed.after)),
        None => short(&sealed.after),
    };
    let message = format!("Roll back {range}\n\n{reason}\n\nTakes back what a run committed: {range}.");
    let commit = commit_tree(&way.git, &way.tree, &way.tip, &message).map_err(nothing)?;
    let Way { git, tip, tree, work_trees, submodules, beside, .. } = way;
    let note = Note { tip, commit, tree, work_trees, submodules, beside };
    notes.keep(&note).map_err(nothing)?;
    Ok((git, note))
}

/// Moves the ref, only if nobody else moved it.
fn move_ref(git: &Git, sealed: &Sealed, note: &Note) -> Result<(), Failed> {
    let nothing = |e: anyhow::Error| Failed::Nothing(format!("{e:#}"));
    let (name, old) = match &note.beside {
        Some(beside) => (format!("refs/heads/{beside}"), "0".repeat(note.tip.len())),
        None => (sealed.name.clone(), note.tip.clone()),
    };
    match git.commit(&name).map_err(nothing)? {
        Some(now) if now == note.commit => return Ok(()),
        Some(now) if now != note.tip => {
            let built_on =
                git.holds(&["merge-base", "--is-ancestor", &note.commit, &now]).map_err(nothing)?;
            return Err(match built_on {
                true => {
                    Failed::Half(format!("{name} went on before its work trees had followed; look at them"))
                }
                false => Failed::Nothing(format!("{name} moved before it was undone")),
            });
        }
        _ => {}
    }
    let args = ["update-ref", "-m", "navi: roll back", "--no-deref", &name, &note.commit, &old];
    git.run(&args).map(|_| ()).map_err(nothing)
}

/// A work tree follows from the old tip to the new tree. What is uncommitted there and not concerned stays.
fn settle(work_tree: &Path, note: &Note, resumed: bool) -> Result<()> {
    let git = Git::new(work_tree);
    if resumed {
        checkout::accept(&git, work_tree, &note.tip, &note.tree)?;
    }
    git.end(&["update-index", "-q", "--refresh"])?;
    git.run(&["read-tree", "-m", "-u", &note.tip, &note.tree])?;
    Ok(())
}

/// A work tree could not follow: the ref and the work trees that did follow go back, and so does what git had already
/// written into that one.
fn take_back(
    git: &Git,
    sealed: &Sealed,
    note: &Note,
    (settled, failed): (&[PathBuf], Option<&PathBuf>),
    why: &str,
) -> Failed {
    let mut back = git
        .run(&[
            "update-ref",
            "-m",
            "navi: not rolled back",
            "--no-deref",
            &sealed.name,
            &note.tip,
            &note.commit,
        ])
        .map(|_| ());
    for work_tree in settled {
        let followed = ["read-tree", "-m", "-u", &note.tree, &note.tip];
        back = back.and_then(|()| Git::new(work_tree).run(&followed).map(|_| ()));
    }
    if let Some(work_tree) = failed {
        let repaired = || checkout::take_back(&Git::new(work_tree), work_tree, &note.tip, &note.tree);
        back = back.and_then(|()| repaired());
    }
    match back {
        Ok(()) => Failed::Nothing(why.to_owned()),
        Err(error) => Failed::Half(format!("{why}; and it could not be taken back: {error:#}")),
    }
}

fn prove(git: &Git, sealed: &Sealed, note: &Note) -> Result<Done> {
    let name = note.beside.as_ref().map_or_else(|| sealed.name.clone(), |b| format!("refs/heads/{b}"));
    let tree = trees::tree_of(git, &name)?;
    if tree != note.tree {
        bail!("{name} has tree {tree} instead of {}", note.tree);
    }
    let changed = trees::changed(git, &note.tip, &note.tree)?;
    for work_tree in &note.work_trees {
        let differs = trees::changed_in(&Git::new(work_tree), &note.commit)?;
        if let Some(path) = changed.iter().map(|c| &c.path).find(|path| differs.contains(*path)) {
            bail!("{} is not as it should be in {}", path.display(), work_tree.display());
        }
    }
    let before = match &sealed.before {
        Some(before) => trees::tree_of(git, before)?,
        None => trees::tree_of(git, &trees::empty(git)?)?,
    };
    let proof = if tree == before {
        format!("tree {tree} of {name} is the tree from before the run")
    } else {
        format!("tree {tree} of {name} is the one that was rehearsed")
    };
    let afterwards = note
        .beside
        .iter()
        .map(|beside| merge_command(sealed, sealed.name.trim_start_matches("refs/heads/"), beside));
    let push = (sealed.pushed && note.beside.is_none())
        .then(|| format!("git -C {} push", crate::text::quoted(&shown(&sealed.root))));
    Ok(Done {
        undone: vec![format!("commit {} on {name}", note.commit)],
        proof: vec![proof],
        afterwards: afterwards.chain(push).collect(),
    })
}
