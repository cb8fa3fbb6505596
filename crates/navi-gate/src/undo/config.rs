//! Strategy *config*: files as they were, byte for byte, with mode and owner; created ones go, deleted ones come back. The
//! folders that they lie in get back their mode and owner, and are there again. Refused if a file is no longer what the run
//! left.

mod restore;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use navi_domain::action::{FileChange, FileOp};
use navi_domain::rollback::{Part, Strategy, Truth};
use serde::{Deserialize, Serialize};

use super::files::{FileIs, is_same, look, unkept};
use super::keep::{Folder, sha256};
use super::unread::Unread;
use super::{How, Step, git, shown};
pub(super) use restore::{rehearse, undo};

/// Most files whose content is kept before a run.
const MOST_FILES: usize = 2_000;
/// Most bytes of files that are kept before a run.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// Files that are named in a sentence.
const NAMED: usize = 5;

/// Files before a run; absolute paths.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Before {
    pub files: BTreeMap<PathBuf, FileIs>,
    /// The folder in which a file lies, where links lead there.
    #[serde(default)]
    led: BTreeMap<PathBuf, PathBuf>,
}

/// One file that the run changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Changed {
    pub path: PathBuf,
    /// The folder in which it lay, wherever links on the way lead later.
    #[serde(default)]
    pub lies_in: Option<PathBuf>,
    pub before: FileIs,
    pub after: FileIs,
    /// The run committed it too, so that undoing its commits changes it first.
    pub committed: bool,
}

/// What undoing needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub files: Vec<Changed>,
}

/// Keeps the files before a run; `None` where there are none.
pub(super) fn before(folder: &Folder, watched: BTreeSet<PathBuf>) -> Result<Option<Before>> {
    let mut kept = Before::default();
    let mut bytes = 0;
    for folder_of in watched.iter().flat_map(|path| path.ancestors().skip(1)) {
        // A link on the way is followed, not restored.
        if !kept.files.contains_key(folder_of)
            && std::fs::symlink_metadata(folder_of).is_ok_and(|found| found.is_dir())
        {
            kept.files.insert(folder_of.to_owned(), look(folder_of, None)?);
            kept.led.extend(led(folder_of).map(|real| (folder_of.to_owned(), real)));
        }
    }
    for (n, path) in watched.into_iter().enumerate() {
        let size = std::fs::symlink_metadata(&path).map_or(0, |m| if m.is_file() { m.len() } else { 0 });
        let fits = n < MOST_FILES && bytes + size <= MOST_BYTES;
        let is = if fits { look(&path, Some(folder))? } else { unkept(&path) };
        bytes += if fits { size } else { 0 };
        kept.led.extend(led(&path).map(|real| (path.clone(), real)));
        kept.files.insert(path, is);
    }
    Ok((!kept.files.is_empty()).then_some(kept))
}

/// What the run left of them, and of what else changed in the work tree.
pub(super) fn after(
    folder: &Folder,
    before: Option<&Before>,
    tree: Option<(&git::Before, &git::Left)>,
    unread: &mut Vec<Unread>,
) -> Result<Option<Step>> {
    let none = BTreeMap::new();
    let kept = before.map_or(&none, |before| &before.files);
    let in_tree = tree.into_iter().flat_map(|(git, left)| left.paths().map(|path| git.root.join(path)));
    let paths: BTreeSet<PathBuf> = kept.keys().cloned().chain(in_tree).collect();
    let (mut files, mut lost) = (Vec::new(), Vec::new());
    for path in paths {
        let below = tree.and_then(|(git, left)| Some((git, left, path.strip_prefix(&git.root).ok()?)));
        let committed = below.is_some_and(|(_, left, below)| left.is_committed(below));
        let is = look(&path, None)?;
        let was = match (kept.get(&path), below) {
            (Some(was), _) => was.clone(),
            // What was clean and is clean again changed by commits alone: those are undone as commits.
            (None, Some(_)) if committed => continue,
            (None, Some((git, _, below))) => git::committed(git, below, folder, &is)?,
            (None, None) => continue,
        };
        let lies_in = Some(lies_in(&path));
        let elsewhere = before.is_some_and(|b| b.files.contains_key(&path) && b.lay_in(&path) != lies_in);
        match (&was, &is) {
            _ if (was == is || is_same(&was, &path)) && !committed => {}
            _ if elsewhere => {
                lost.push(format!("{} lies elsewhere: a link on its way was changed", shown(&path)))
            }
            (FileIs::Other { why, .. }, _) | (_, FileIs::Other { why, .. }) => {
                lost.push(format!("{} {why}", shown(&path)))
            }
            (FileIs::Folder { .. }, FileIs::Folder { .. } | FileIs::Absent) => {
                files.push(Changed { path, lies_in, before: was, after: is, committed: false });
            }
            (FileIs::Folder { .. }, _) => lost.push(format!("{} was a folder", shown(&path))),
            (_, FileIs::Folder { .. }) => lost.push(format!("{} is a folder now", shown(&path))),
            _ => files.push(Changed { path, lies_in, before: was, after: is, committed }),
        }
    }
    if files.is_empty() && !lost.is_empty() {
        // Changed, and not to be brought back: nobody is to believe that nothing was changed.
        unread.push(Unread::changed(Strategy::Config, "files", format!("not kept: {}", named(&lost))));
    }
    Ok(step(files, &lost))
}

/// The folder in which a file lies, where links lead there.
fn led(path: &Path) -> Option<PathBuf> {
    Some(lies_in(path)).filter(|real| path.parent() != Some(real))
}

/// The folder in which a file lies, without links on the way. What is not there yet lies where it would be made.
fn lies_in(path: &Path) -> PathBuf {
    let mut missing = Vec::new();
    for folder in path.ancestors().skip(1) {
        if let Ok(real) = folder.canonicalize() {
            return missing.iter().rev().fold(real, |real, name| real.join(name));
        }
        missing.extend(folder.file_name());
    }
    path.parent().unwrap_or(path).to_owned()
}

impl Before {
    fn lay_in(&self, path: &Path) -> Option<PathBuf> {
        self.led.get(path).cloned().or_else(|| path.parent().map(Path::to_owned))
    }
}

fn step(files: Vec<Changed>, lost: &[String]) -> Option<Step> {
    let first = files.first()?;
    let target = shown(first.path.parent().unwrap_or(&first.path));
    let states = |of: fn(&Changed) -> &FileIs| {
        let text: Vec<String> = files.iter().map(|f| format!("{}\n{:?}\n", shown(&f.path), of(f))).collect();
        sha256(text.concat().as_bytes())
    };
    let truth = match lost {
        [] => Truth::Verified,
        lost => Truth::unverified(format!("not everything could be kept: {}", named(lost))),
    };
    let mut part = Part::new(Strategy::Config, &target, &states(|f| &f.before), &states(|f| &f.after), truth);
    let plain = files.iter().filter(|file| !file.before.is_folder());
    part.files = plain.take(200).map(back).collect();
    part.undoes = files.iter().take(200).map(words).collect();
    if !lost.is_empty() {
        part.leaves.push(format!("These stay as they are: {}", named(lost)));
    }
    Some(Step { part, how: How::Config(Sealed { files }) })
}

fn named(all: &[String]) -> String {
    let mut text = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    if all.len() > NAMED {
        text.push_str(&format!("; and {} more", all.len() - NAMED));
    }
    text
}

fn words(file: &Changed) -> String {
    if let FileIs::Folder { mode, .. } = &file.before {
        let verb = if file.after == FileIs::Absent { "makes" } else { "restores" };
        return format!("{verb} the folder {} with mode {mode:o} and its owner", shown(&file.path));
    }
    let verb = match (&file.before, &file.after) {
        (FileIs::Absent, _) => "removes",
        (_, FileIs::Absent) => "brings back",
        _ => "restores",
    };
    format!("{verb} {}", shown(&file.path))
}

fn back(file: &Changed) -> FileChange {
    let op = match (&file.before, &file.after) {
        (FileIs::Absent, _) => FileOp::Delete,
        (_, FileIs::Absent) => FileOp::Create,
        _ => FileOp::Edit,
    };
    FileChange { path: shown(&file.path), op, before: file.after.sha256(), after: file.before.sha256() }
}
