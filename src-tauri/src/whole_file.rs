//! Small files that are there whole or not at all.

use std::io::Write as _;
use std::path::Path;

/// Writes `bytes` as `path` in one step, for this user alone: beside it first, then moved over it.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let half = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&half)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(half, path)
}
