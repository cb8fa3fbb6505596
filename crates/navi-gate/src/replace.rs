//! Replacing a person's file: whole or not at all, with the mode and the owner that it had.

use std::fs::Permissions;
use std::io::{Result, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::Path;

/// Writes beside, flushes, renames. A link is followed, so that files that are kept elsewhere stay linked; `mode` is for a
/// file that was not there.
///
/// # Errors
/// When it cannot be written, or would not get the owner that it had; then it is as it was.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(&target);
    std::fs::create_dir_all(folder)?;
    let known = std::fs::metadata(&target).ok();
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(bytes)?;
    let mine = beside.as_file().metadata()?;
    let owner = |of: &std::fs::Metadata| (of.uid(), of.gid());
    if let Some(known) = known.as_ref().filter(|known| owner(known) != owner(&mine)) {
        fchown(beside.as_file(), Some(known.uid()), Some(known.gid()))?;
    }
    // After the owner: giving a file away drops its set-user-id bit.
    beside
        .as_file()
        .set_permissions(known.map_or(Permissions::from_mode(mode), |known| known.permissions()))?;
    beside.as_file().sync_all()?;
    beside.persist(&target).map_err(|error| error.error)?;
    std::fs::File::open(folder)?.sync_all()
}
