//! Submodules whose commit a rollback changes: their work trees follow, if nothing of their own is in the way.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::program::Git;
use super::trees;

/// A submodule in a work tree that has to follow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Moved {
    /// Work tree of the repository above it.
    above: PathBuf,
    /// Its path there.
    path: PathBuf,
    /// The commit it gets; absent: it goes.
    to: Option<String>,
    /// Its work tree is there now.
    populated: bool,
}

/// Submodules that change from a commit to a tree; `Err` says what is in the way.
pub fn moved(git: &Git, work_trees: &[PathBuf], tip: &str, tree: &str) -> Result<Result<Vec<Moved>, String>> {
    let mut found = Vec::new();
    for change in trees::changed(git, tip, tree)? {
        let at = |entry: &Option<trees::Entry>| {
            entry.as_ref().filter(|e| e.is_submodule()).map(|e| e.object.clone())
        };
        let (from, to) = (at(&change.before), at(&change.after));
        if from.is_none() && to.is_none() {
            continue;
        }
        for above in work_trees {
            let folder = above.join(&change.path);
            let populated = folder.join(".git").exists();
            if populated && let Some(why) = in_the_way(&folder, from.as_deref(), to.as_deref())? {
                return Ok(Err(format!("submodule {}: {why}", change.path.display())));
            }
            found.push(Moved { above: above.clone(), path: change.path.clone(), to: to.clone(), populated });
        }
    }
    Ok(Ok(found))
}

fn in_the_way(folder: &Path, from: Option<&str>, to: Option<&str>) -> Result<Option<String>> {
    let git = Git::new(folder);
    let head = git.commit("HEAD")?;
    if from.is_some() && head.as_deref() != from {
        return Ok(Some("it is not at the commit that is recorded".to_owned()));
    }
    if !git.run(&["status", "--porcelain", "-z"])?.is_empty() {
        return Ok(Some("it has uncommitted changes".to_owned()));
    }
    Ok(match to {
        Some(commit) if git.commit(commit)?.is_none() => {
            Some(format!("commit {commit} is not there; fetch it first"))
        }
        None if !folder.join(".git").is_file() => {
            Some("its history lies inside it and would be lost".to_owned())
        }
        _ => None,
    })
}

/// They follow. Doing it again does no harm.
pub fn follow(moved: &[Moved]) -> Result<()> {
    for one in moved {
        let folder = one.above.join(&one.path);
        match &one.to {
            Some(commit) if one.populated => {
                Git::new(&folder).run(&["checkout", "--quiet", "--detach", commit])?;
            }
            // What was once here can be had again without asking anybody; else it stays empty, as after a clone.
            Some(_) => {
                let path = super::shown(&one.path);
                Git::new(&one.above).end(&[
                    "submodule",
                    "update",
                    "--quiet",
                    "--init",
                    "--no-fetch",
                    "--",
                    &path,
                ])?;
            }
            None if folder.join(".git").is_file() => {
                std::fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
            }
            None => {}
        }
    }
    Ok(())
}
