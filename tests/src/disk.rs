//! A disk of its own for one folder, small enough to be full.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// A small file system in memory at a folder, which must be empty. Dropping it takes it away with all that is on it.
#[derive(Debug)]
pub struct TinyDisk {
    folder: PathBuf,
}

impl TinyDisk {
    /// Puts one of `mib` MiB at `folder`. `None`: this machine does not let the tests mount anything.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn at(folder: &Path, mib: u32) -> Result<Option<Self>> {
        crate::desktop::private_folder(folder)?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mib}m,mode=0700"), "navi-tests"])
            .arg(folder)
            .output()
            .context("no program `mount`")?;
        if mounted.status.success() {
            return Ok(Some(Self { folder: folder.to_owned() }));
        }
        let said = String::from_utf8_lossy(&mounted.stderr).to_lowercase();
        ensure!(said.contains("permi") || said.contains("superuser"), "cannot mount: {said}");
        eprintln!("NOT CHECKED: this machine lets nobody but root mount a disk: {said}");
        Ok(None)
    }

    /// Fills it to the last byte.
    ///
    /// # Errors
    /// When it cannot be written for another reason than that it is full.
    pub fn fill(&self) -> Result<()> {
        let mut file = File::options().create(true).append(true).open(self.filler())?;
        // Smaller and smaller, so that nothing is left.
        for size in [65_536, 4096, 1] {
            let piece = vec![b'-'; size];
            loop {
                match file.write(&piece) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => return Err(error).context("cannot fill the disk"),
                }
            }
        }
        Ok(())
    }

    /// Makes room again.
    ///
    /// # Errors
    /// When it was not filled.
    pub fn clear(&self) -> Result<()> {
        Ok(std::fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        // Lazily: what still has a file open there may be about to end.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}
