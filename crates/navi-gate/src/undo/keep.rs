//! The folder of one capture: its texts, and the contents of files under their hash. A text is durable, with every content
//! that was kept before it, when its call returns.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest, Sha256};

use super::place::private;
use super::shelf::Shelf;

/// Longest that a capture is kept: two days more than the longest window.
const KEPT: std::time::Duration = std::time::Duration::from_secs(92 * 86_400);

/// A gate sweeps no more often.
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// SHA-256 in hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The folder of one capture.
#[derive(Debug)]
pub(super) struct Folder {
    id: String,
    path: PathBuf,
    /// Contents that no text has made durable yet.
    fresh: Mutex<Vec<PathBuf>>,
}

impl Folder {
    /// A new one, with an id of its own.
    pub fn create(shelf: &Shelf) -> Result<Self> {
        let mut random = [0; 12];
        getrandom::fill(&mut random).context("no random bytes")?;
        let id = format!("{:x}-{}", chrono::Utc::now().timestamp_millis(), hex::encode(random));
        let path = captures(shelf).join(&id);
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
        builder.create(path.join("blobs")).with_context(|| format!("make {}", path.display()))?;
        Ok(Self { id, path, fresh: Mutex::default() })
    }

    /// The one with this id.
    pub fn open(shelf: &Shelf, id: &str) -> Result<Self> {
        let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        ensure!(plain, "{id:?} is no id of a capture");
        let path = captures(shelf).join(id);
        ensure!(path.is_dir(), "capture {id} is not kept here any more");
        Ok(Self { id: id.to_owned(), path, fresh: Mutex::default() })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a text durably, after the contents that it names; its hash. All are written before the first is flushed, so
    /// that one pass of the disk serves many.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<String> {
        let path = self.path.join(name);
        let draft = drafted(&path, bytes)?;
        let fresh = std::mem::take(&mut *self.fresh.lock().unwrap_or_else(PoisonError::into_inner));
        for content in &fresh {
            flush(content)?;
        }
        flush(&draft)?;
        if !fresh.is_empty() {
            flush(&self.blobs())?;
        }
        named(&draft, &path)?;
        Ok(sha256(bytes))
    }

    pub fn read(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.path.join(name);
        std::fs::read(&path).with_context(|| format!("read {}", path.display()))
    }

    /// Keeps bytes under their hash; durable with the next text. A content that a power cut left damaged is written anew.
    pub fn keep(&self, bytes: &[u8]) -> Result<String> {
        let name = sha256(bytes);
        if self.kept(&name).is_err() {
            let path = self.blobs().join(&name);
            private(&path)?.write_all(bytes).with_context(|| format!("write {}", path.display()))?;
            self.fresh.lock().unwrap_or_else(PoisonError::into_inner).push(path);
        }
        Ok(name)
    }

    /// Bytes that were kept; fails when they are no longer what they were.
    pub fn kept(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.blobs().join(name);
        let bytes = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        ensure!(sha256(&bytes) == name, "{} is damaged", path.display());
        Ok(bytes)
    }

    fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    /// Forgets it. A failure leaves files that nothing names.
    pub fn remove(&self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn captures(shelf: &Shelf) -> PathBuf {
    shelf.state.join("captures")
}

/// Forgets captures whose window is over wherever it is longest.
pub fn forget_old(shelf: &Shelf) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(captures(shelf)) else { return Ok(()) };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > KEPT) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// The same, at most once a day: for a gate that has just captured something. Where no runner ever works, nobody else
/// would.
pub fn forget_old_sometimes(shelf: &Shelf) -> Result<()> {
    let mark = shelf.state.join("swept");
    let age = std::fs::metadata(&mark).and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
    if age.is_some_and(|age| age < DAY) {
        return Ok(());
    }
    // First, so that gates beside each other do not all sweep.
    private(&mark)?.set_modified(std::time::SystemTime::now())?;
    forget_old(shelf)
}

/// Writes beside, flushes, renames, flushes the folder.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    let draft = drafted(path, bytes)?;
    flush(&draft)?;
    named(&draft, path)
}

/// The bytes in a file beside, not flushed.
fn drafted(path: &Path, bytes: &[u8]) -> Result<PathBuf> {
    let draft = path.with_extension("draft");
    private(&draft)?.write_all(bytes).with_context(|| format!("write {}", draft.display()))?;
    Ok(draft)
}

/// The draft takes its name, durably.
fn named(draft: &Path, path: &Path) -> Result<()> {
    std::fs::rename(draft, path).with_context(|| format!("write {}", path.display()))?;
    flush(path.parent().unwrap_or(path))
}

/// Makes a file's content, or the names in a folder, durable.
pub(super) fn flush(path: &Path) -> Result<()> {
    let opened = std::fs::File::open(path).with_context(|| format!("open {}", path.display()))?;
    opened.sync_all().with_context(|| format!("flush {}", path.display()))
}

/// A file's bytes if there are at most so many; `None`: more.
pub(super) fn read_up_to(path: &Path, most: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let file = std::fs::OpenOptions::new().read(true).custom_flags(crate::observe::NONBLOCK).open(path)?;
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::super::declared::Declared;
    use super::*;

    #[test]
    fn what_a_power_cut_left_damaged_is_kept_anew() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::at(dir.path(), Declared::default()).unwrap();
        let folder = Folder::create(&shelf).unwrap();
        let name = folder.keep(b"port = 80").unwrap();
        folder.write("before.json", b"{}").unwrap();
        // A name that was durable before its content.
        std::fs::write(folder.path().join("blobs").join(&name), "").unwrap();
        let later = Folder::open(&shelf, folder.id()).unwrap();
        assert!(later.kept(&name).is_err());
        assert_eq!(later.keep(b"port = 80").unwrap(), name);
        later.write("capture.json", b"{}").unwrap();
        assert_eq!(later.kept(&name).unwrap(), b"port = 80");
    }
}
