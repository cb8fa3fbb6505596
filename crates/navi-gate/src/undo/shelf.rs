//! Where everything that is kept for undoing lies, and what the operator declared about it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::declared::Declared;
use super::subject::Subject;

/// The folder, and what is declared.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub(super) state: PathBuf,
    pub(super) declared: Declared,
}

impl Shelf {
    /// This user's.
    pub fn own() -> Result<Self> {
        let base =
            crate::config::base("XDG_STATE_HOME", ".local/state").context("no home folder is known")?;
        let config =
            crate::config::base("XDG_CONFIG_HOME", ".config").map(|b| b.join("navi").join("undo.toml"));
        Self::at(&base.join("navi").join("undo"), Declared::load(config.as_deref()))
    }

    /// What is declared about what is about to run: nothing, where it is known which files it changes.
    pub(super) fn declared_for(&self, subject: &Subject<'_>) -> Cow<'_, Declared> {
        match subject.files_only {
            true => Cow::Owned(Declared::default()),
            false => Cow::Borrowed(&self.declared),
        }
    }

    /// The lock of the one runner of this place.
    pub fn lock(&self) -> Result<std::fs::File> {
        super::place::private(&self.state.join("runner.lock"))
    }

    /// One in this folder, which is made for its owner alone.
    pub(super) fn at(state: &Path, declared: Declared) -> Result<Self> {
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
        builder.create(state).with_context(|| format!("make {}", state.display()))?;
        Ok(Self { state: state.to_owned(), declared })
    }
}
