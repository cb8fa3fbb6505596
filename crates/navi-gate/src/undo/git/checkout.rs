//! A checkout from one commit to another that was cut off: git writes the work tree file by file, and the index last. What
//! it had written is told from what a person wrote by its content: git writes a file from its beginning.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::program::Git;
use super::trees::{self, Change, Entry};

/// What the checkout has made of one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// Nothing, as far as can be told.
    Nowhere,
    /// It wrote a part.
    Between,
    /// It is as it should be.
    There,
}

fn came(git: &Git, work_tree: &Path, tree: &str, change: &Change) -> Result<Came> {
    let path = work_tree.join(&change.path);
    let Ok(found) = std::fs::symlink_metadata(&path) else {
        // It takes a file away before it writes another one.
        return Ok(if change.after.is_none() { Came::There } else { Came::Between });
    };
    let Some(wanted) = change.after.as_ref().filter(|entry| !entry.is_submodule()) else {
        return Ok(Came::Nowhere);
    };
    let (is, whole) = match wanted.mode.as_str() {
        "120000" if found.is_symlink() => {
            let link = std::fs::read_link(&path)?.as_os_str().as_bytes().to_vec();
            (link, git.run(&["cat-file", "blob", &wanted.object])?)
        }
        mode if mode.starts_with("100") && found.is_file() => {
            let bytes = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
            (bytes, trees::checked_out(git, tree, &change.path)?)
        }
        _ => return Ok(Came::Nowhere),
    };
    let runs = found.is_file() && found.permissions().mode() & 0o100 != 0;
    let is_there = is.len() == whole.len() && runs == (wanted.mode == "100755");
    Ok(match whole.starts_with(&is) {
        true if is_there => Came::There,
        true => Came::Between,
        false => Came::Nowhere,
    })
}

/// What is already right is told to the index, and what is half written makes room, so that the checkout can be done again.
pub fn accept(git: &Git, work_tree: &Path, tip: &str, tree: &str) -> Result<()> {
    for change in trees::changed(git, tip, tree)? {
        match (came(git, work_tree, tree, &change)?, &change.after) {
            (Came::There, None) => {
                git.run(&words(&["update-index", "--force-remove", "--"], change.path.as_os_str()))?;
            }
            (Came::There, Some(Entry { mode, object })) => {
                let mut entry = OsString::from(format!("{mode},{object},"));
                entry.push(&change.path);
                git.run(&words(&["update-index", "--add", "--cacheinfo"], &entry))?;
            }
            (Came::Between, _) => forget(&work_tree.join(&change.path))?,
            (Came::Nowhere, _) => {}
        }
    }
    Ok(())
}

/// What the checkout has written goes back, in the index too. Nothing of the paths was uncommitted before it.
pub fn take_back(git: &Git, work_tree: &Path, tip: &str, tree: &str) -> Result<()> {
    for change in trees::changed(git, tip, tree)? {
        if came(git, work_tree, tree, &change)? == Came::Nowhere {
            continue;
        }
        match &change.before {
            Some(entry) if entry.is_submodule() => {}
            Some(_) => {
                let literally = ["--literal-pathspecs", "checkout", "--force", "--quiet", tip, "--"];
                git.run(&words(&literally, change.path.as_os_str()))?;
            }
            None => {
                git.run(&words(&["update-index", "--force-remove", "--"], change.path.as_os_str()))?;
                forget(&work_tree.join(&change.path))?;
            }
        }
    }
    Ok(())
}

/// A path need not be UTF-8.
fn words<'a>(words: &'a [&'a str], last: &'a OsStr) -> Vec<&'a OsStr> {
    words.iter().map(OsStr::new).chain([last]).collect()
}

fn forget(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
