//! What is about to run, as far as capturing needs to know it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::declared::Declared;
use super::git;

/// What is about to run.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Action type.
    pub action_type: &'a str,
    /// Where it runs.
    pub cwd: &'a Path,
    /// Files it says it touches; relative ones are below `cwd`.
    pub files: &'a [PathBuf],
    /// The exact command.
    pub command: Option<&'a str>,
    /// It changes these files and nothing else: what others do in the work tree meanwhile is not its own.
    pub files_only: bool,
}

impl Subject<'_> {
    /// Files whose state is kept: named ones, declared ones, and in a work tree those that differ from its last commit.
    pub(super) fn watched(&self, declared: &Declared, git: Option<&git::Before>) -> BTreeSet<PathBuf> {
        let named = self.files.iter().map(|path| self.cwd.join(path));
        let declared = declared.files_for(self.cwd);
        let dirty = git.into_iter().flat_map(|git| git.dirty.iter().map(|path| git.root.join(path)));
        named.chain(declared).chain(dirty).collect()
    }
}
