//! One file as it is: content, mode, owner; a folder's mode and owner; a link; or not there.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::keep::{Folder, read_up_to, sha256};

/// Largest file that is kept.
pub(super) const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(super) enum FileIs {
    Absent,
    File {
        sha256: String,
        mode: u32,
        uid: u32,
        gid: u32,
        #[serde(default, skip_serializing_if = "Attributes::is_empty")]
        attributes: Attributes,
    },
    Link {
        target: PathBuf,
    },
    /// What is in it is looked at by itself.
    Folder {
        mode: u32,
        uid: u32,
        gid: u32,
    },
    /// A device, or too large: not looked into.
    Other {
        why: String,
        /// Its size and times, which show whether it changed.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        seen: String,
    },
}

impl FileIs {
    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        matches!(self, Self::Folder { .. })
    }

    /// SHA-256 (hex) of its bytes, where it has some.
    pub fn sha256(&self) -> Option<String> {
        match self {
            Self::File { sha256, .. } => Some(sha256.clone()),
            Self::Link { target } => Some(sha256_of_link(target)),
            Self::Absent | Self::Folder { .. } | Self::Other { .. } => None,
        }
    }
}

fn sha256_of_link(target: &Path) -> String {
    sha256(&[b"link\n", target.as_os_str().as_encoded_bytes()].concat())
}

fn seen(found: &std::fs::Metadata) -> String {
    let (changed, of) = (found.ctime(), found.ctime_nsec());
    format!("{} bytes, {}.{:09}, {changed}.{of:09}", found.len(), found.mtime(), found.mtime_nsec())
}

/// A file that is not kept because there is too much.
pub(super) fn unkept(path: &Path) -> FileIs {
    let seen = std::fs::symlink_metadata(path).map_or_else(|_| String::new(), |found| seen(&found));
    FileIs::Other { why: "was too much to keep".to_owned(), seen }
}

/// Whether a file that was not looked into is the one that it was.
pub(super) fn is_same(was: &FileIs, path: &Path) -> bool {
    let FileIs::Other { seen: then, .. } = was else { return false };
    let now = std::fs::symlink_metadata(path).map(|found| seen(&found));
    !then.is_empty() && now.is_ok_and(|now| now == *then)
}

/// Looks, and keeps the bytes where a folder is given.
pub(super) fn look(path: &Path, keep_in: Option<&Folder>) -> Result<FileIs> {
    let found = match std::fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return Ok(FileIs::Absent);
        }
        Err(error) => {
            return Ok(FileIs::Other { why: format!("cannot be looked at: {error}"), seen: String::new() });
        }
    };
    if found.is_symlink() {
        return Ok(FileIs::Link { target: std::fs::read_link(path)? });
    }
    if found.is_dir() {
        return Ok(FileIs::Folder { mode: found.mode() & 0o7777, uid: found.uid(), gid: found.gid() });
    }
    if !found.is_file() {
        return Ok(FileIs::Other { why: "is no file".to_owned(), seen: String::new() });
    }
    let other = |why: String| Ok(FileIs::Other { why, seen: seen(&found) });
    let bytes = match read_up_to(path, MOST_BYTES) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return other(format!("is larger than {MOST_BYTES} bytes")),
        Err(error) => return other(format!("cannot be read: {error}")),
    };
    let sha256 = match keep_in {
        Some(folder) => folder.keep(&bytes)?,
        None => sha256(&bytes),
    };
    let attributes = Attributes::of(path);
    Ok(FileIs::File { sha256, mode: found.mode() & 0o7777, uid: found.uid(), gid: found.gid(), attributes })
}
