//! The ledger's keys in the data folder: `ledger.key` signs; `ledger.old.key` signs beside it until its overlap is over;
//! `ledger.next.key` is one whose rotation was begun.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use navi_domain::UtcMicros;
use navi_ledger::checkpoint::Signer;
use serde::{Deserialize, Serialize};

use crate::checkpoint::OldKey;

/// The key that is in use.
pub const CURRENT: &str = "ledger.key";
/// The one before it.
pub const OLD: &str = "ledger.old.key";
/// The one to come.
pub const NEXT: &str = "ledger.next.key";

#[derive(Serialize, Deserialize)]
struct Kept {
    key: String,
    /// Microseconds since 1970, UTC.
    until: UtcMicros,
}

/// Reads 32 bytes in hex.
///
/// # Errors
/// The file cannot be read or holds something else.
pub fn read(path: &Path) -> anyhow::Result<[u8; 32]> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {}; run `navi-server init` first", path.display()))?;
    seed(text.trim()).with_context(|| format!("{} does not hold a 32-byte key in hex", path.display()))
}

fn seed(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}

/// The replaced key, if one still signs.
///
/// # Errors
/// The file is there and is not such a key.
pub fn old(folder: &Path, origin: &str) -> anyhow::Result<Option<OldKey>> {
    let path = folder.join(OLD);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let kept: Kept =
        serde_json::from_slice(&bytes).with_context(|| format!("{} is not understood", path.display()))?;
    let seed = seed(&kept.key).with_context(|| format!("{} holds no key", path.display()))?;
    Ok(Some(OldKey { signer: Signer::from_seed(origin, seed)?, until: kept.until }))
}

/// Puts the next key in the current one's place, which becomes the old one. Each step can be repeated.
///
/// # Errors
/// The operating system's.
pub fn promote(folder: &Path, until: UtcMicros) -> anyhow::Result<()> {
    let kept = Kept { key: hex::encode(read(&folder.join(CURRENT))?), until };
    // Were this cut off between the two, the same key would be old and current: both lines would be its own.
    write(&folder.join(OLD), &serde_json::to_vec(&kept)?)?;
    std::fs::rename(folder.join(NEXT), folder.join(CURRENT))?;
    sync(folder)
}

/// Writes a private file whole and durably.
///
/// # Errors
/// The operating system's.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside: PathBuf = path.with_extension("part");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    });
    written.with_context(|| format!("cannot write {}", path.display()))?;
    sync(path.parent().unwrap_or(Path::new(".")))
}

/// Makes names in a folder durable.
///
/// # Errors
/// The operating system's.
pub fn sync(folder: &Path) -> anyhow::Result<()> {
    std::fs::File::open(folder).and_then(|f| f.sync_all()).with_context(|| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promotion_that_was_cut_off_can_be_repeated() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        let current = || read(&folder.join(CURRENT)).unwrap();
        write(&folder.join(CURRENT), hex::encode([1; 32]).as_bytes()).unwrap();
        write(&folder.join(NEXT), hex::encode([2; 32]).as_bytes()).unwrap();
        assert!(old(folder, "log").unwrap().is_none());
        // Cut off after the first of two steps: the old key is kept twice, the next one is still to come.
        promote(folder, 7).unwrap();
        write(&folder.join(CURRENT), hex::encode([1; 32]).as_bytes()).unwrap();
        write(&folder.join(NEXT), hex::encode([2; 32]).as_bytes()).unwrap();
        promote(folder, 7).unwrap();
        let kept = old(folder, "log").unwrap().unwrap();
        assert_eq!((current(), kept.until), ([2; 32], 7));
        assert_eq!(kept.signer.vkey(), Signer::from_seed("log", [1; 32]).unwrap().vkey());
        assert!(!folder.join(NEXT).exists());
    }
}
