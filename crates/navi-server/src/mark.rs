//! The mark beside the database: how far the ledger was signed. A copy of the database that is put back brings its own
//! notes back with it; the mark stays. It stands in one small file, `ledger.mark`, replaced whole and durably after each
//! checkpoint. Whoever puts the whole folder back puts the mark back too: then only consoles and witnesses notice.

use std::io::{self, Write as _};
use std::path::PathBuf;

use navi_ledger::checkpoint::Checkpoint;
use navi_ledger::tree;
use navi_store::sqlite::Fence;
use navi_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

/// What was signed last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Of which ledger.
    pub origin: String,
    /// Entries that the note speaks of.
    pub size: u64,
    /// The signed note.
    pub note: String,
}

/// Where it is kept.
#[derive(Clone, Debug)]
pub struct MarkFile {
    path: PathBuf,
}

impl MarkFile {
    /// The file at this path, which need not exist.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// What was kept; `None` before the first checkpoint.
    ///
    /// # Errors
    /// The file cannot be read, or is not a mark.
    pub fn read(&self) -> io::Result<Option<Mark>> {
        match std::fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a mark durably; a smaller one of the same ledger changes nothing.
    ///
    /// # Errors
    /// The operating system's.
    pub fn raise(&self, mark: &Mark) -> io::Result<()> {
        match self.read()? {
            Some(kept) if kept.origin == mark.origin && kept.size >= mark.size => Ok(()),
            _ => self.replace(mark),
        }
    }

    /// Keeps a mark durably, whatever was there.
    ///
    /// # Errors
    /// The operating system's.
    pub fn replace(&self, mark: &Mark) -> io::Result<()> {
        let beside = self.path.with_extension(format!("mark.{}", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(&serde_json::to_vec(mark)?)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)?;
        match self.path.parent() {
            Some(folder) => std::fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

/// Whether the ledger is a continuation of what the mark speaks of.
///
/// # Errors
/// [`StoreError`]
pub async fn judge(mark: &Mark, store: &dyn Store) -> Result<Option<Fence>, StoreError> {
    let head = store.head().await?;
    if mark.origin != head.origin {
        let begins_after = closed_origin(store).await?.is_some_and(|closed| closed == mark.origin);
        return Ok((!begins_after).then(|| Fence::OtherOrigin(mark.origin.clone())));
    }
    if mark.size > head.size {
        return Ok(Some(Fence::BehindMark { size: head.size, signed: mark.size }));
    }
    let Ok(marked) = Checkpoint::from_trusted_note(&mark.note) else { return Ok(Some(Fence::Note)) };
    let kept = store.note_at(mark.size).await?.and_then(|note| Checkpoint::from_trusted_note(&note).ok());
    let root = match kept {
        Some(kept) => kept.root,
        None => tree::root_of(&store.leaf_hashes(mark.size).await?),
    };
    Ok((marked.size != mark.size || marked.root != root).then_some(Fence::Marked(mark.size)))
}

/// The origin that this ledger says it began after.
async fn closed_origin(store: &dyn Store) -> Result<Option<String>, StoreError> {
    let Some(first) = store.entries(0, 1).await?.pop() else { return Ok(None) };
    let payload: serde_json::Value =
        first.payload.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    Ok(payload.get("closed_origin").and_then(|origin| origin.as_str()).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(origin: &str, size: u64) -> Mark {
        Mark { origin: origin.into(), size, note: format!("{origin}\n{size}\n") }
    }

    #[test]
    fn a_mark_only_rises_until_it_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = MarkFile::new(dir.path().join("ledger.mark"));
        assert_eq!(file.read().unwrap(), None);
        file.raise(&mark("a", 5)).unwrap();
        file.raise(&mark("a", 4)).unwrap();
        assert_eq!(file.read().unwrap(), Some(mark("a", 5)));
        file.raise(&mark("a", 9)).unwrap();
        file.replace(&mark("b", 1)).unwrap();
        assert_eq!(file.read().unwrap(), Some(mark("b", 1)));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        std::fs::write(dir.path().join("ledger.mark"), "{").unwrap();
        assert!(file.read().is_err(), "a damaged mark is not no mark");
    }
}
