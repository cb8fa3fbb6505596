//! What a configuration was before the gate was installed into it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    path: PathBuf,
    /// `None`: there was no file.
    before: Option<String>,
    written_sha256: String,
}

/// What was there.
pub enum Before {
    /// This text.
    Text(String),
    /// No file.
    Nothing,
    /// Unknown, or the file was changed since.
    ChangedSince,
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn file(path: &Path) -> Option<PathBuf> {
    let name = hash(&path.to_string_lossy());
    crate::config::base("XDG_STATE_HOME", ".local/state").map(|b| b.join("navi/installed").join(name))
}

/// Keeps it. Installing again keeps what was there before the first time; if it was changed in between, `others` is what
/// would be there now without the gate. Returns what was remembered until now, for [`put_back`].
pub fn keep(
    path: &Path,
    before: Option<&str>,
    others: Option<&str>,
    written: &str,
) -> Result<Option<Vec<u8>>, String> {
    let file = file(path).ok_or("no home folder is known, so that what was there could not be kept")?;
    let first = load(&file).filter(|kept| before.is_some_and(|now| hash(now) == kept.written_sha256));
    let before = match first {
        Some(kept) => kept.before,
        None => others.map(str::to_owned),
    };
    let kept = Kept { path: path.to_owned(), before, written_sha256: hash(written) };
    let text = serde_json::to_vec(&kept).map_err(|e| e.to_string())?;
    let failed = |e: std::io::Error| format!("what was there could not be kept in {}: {e}", file.display());
    let mut folder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    file.parent().map_or(Ok(()), |f| folder.recursive(true).create(f)).map_err(failed)?;
    let earlier = std::fs::read(&file).ok();
    std::fs::write(&file, text).map_err(failed)?;
    Ok(earlier)
}

/// Nothing was written after all: what was remembered before holds again.
pub fn put_back(path: &Path, earlier: Option<Vec<u8>>) {
    match (file(path), earlier) {
        (Some(file), Some(earlier)) => {
            let _ = std::fs::write(file, earlier);
        }
        _ => forget(path),
    }
}

/// What was there before the text that is there now.
pub fn before(path: &Path, now: &str) -> Result<Before, String> {
    let kept = file(path).and_then(|file| load(&file));
    Ok(match kept.filter(|kept| kept.path == path && hash(now) == kept.written_sha256) {
        Some(Kept { before: Some(text), .. }) => Before::Text(text),
        Some(Kept { before: None, .. }) => Before::Nothing,
        None => Before::ChangedSince,
    })
}

/// Whether this is what the gate wrote there.
pub fn is_ours(path: &Path, now: &str) -> bool {
    let kept = file(path).and_then(|file| load(&file));
    kept.is_some_and(|kept| kept.path == path && hash(now) == kept.written_sha256)
}

/// What was there before the first installation, as far as it is known; a file that was not there is empty.
pub fn first(path: &Path) -> Option<String> {
    let kept = file(path).and_then(|file| load(&file)).filter(|kept| kept.path == path)?;
    Some(kept.before.unwrap_or_default())
}

/// Whether the gate was installed into it and not taken out again.
pub fn is_kept(path: &Path) -> bool {
    file(path).and_then(|file| load(&file)).is_some_and(|kept| kept.path == path)
}

/// Forgets it.
pub fn forget(path: &Path) {
    if let Some(file) = file(path) {
        let _ = std::fs::remove_file(file);
    }
}

fn load(file: &Path) -> Option<Kept> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}
