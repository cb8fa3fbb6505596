//! A data folder held by one process: nobody else reads or writes what lies in it meanwhile. The system gives it back when
//! the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

/// The file that is locked. It stays empty.
const NAME: &str = "console.lock";
/// A console that ends lets go after some seconds, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Why a folder is not held.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HoldError {
    /// By another process, which does not end.
    #[error("another console has the data folder open")]
    Taken,
    /// The folder cannot be made, or does not take the lock.
    #[error("the data folder cannot be used")]
    Folder(#[from] std::io::Error),
}

/// The folder is this process's until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    _file: File,
}

impl Held {
    /// Makes the folder if need be, and holds it; waits a while for another process to end. Blocks.
    ///
    /// # Errors
    /// [`HoldError`]
    pub(crate) fn wait(folder: &Path) -> Result<Self, HoldError> {
        Self::wait_for(folder, PATIENCE)
    }

    fn wait_for(folder: &Path, patience: Duration) -> Result<Self, HoldError> {
        make_folder(folder)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(folder.join(NAME))?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if began.elapsed() < patience => std::thread::sleep(LOOK_AGAIN),
                Err(TryLockError::WouldBlock) => return Err(HoldError::Taken),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }
}

/// Makes a folder that only its person can look into.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_once_and_free_again_when_its_holder_has_gone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("deep/console");
        let held = Held::wait(&folder).unwrap();
        let refused = Held::wait_for(&folder, Duration::ZERO);
        assert!(matches!(refused, Err(HoldError::Taken)), "{refused:?}");
        let waiting = std::thread::spawn({
            let folder = folder.clone();
            move || Held::wait(&folder).map(drop)
        });
        drop(held);
        waiting.join().unwrap().unwrap();
        assert!(Held::wait_for(&folder, Duration::ZERO).is_ok());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_another_refusal() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let refused = Held::wait(&dir.path().join("file/console"));
        assert!(matches!(refused, Err(HoldError::Folder(_))), "{refused:?}");
    }
}
