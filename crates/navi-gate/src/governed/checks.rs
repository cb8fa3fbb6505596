//! What is looked at before anybody is asked: a command that cannot start is not worth a person's time.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Why a command cannot start, with the exit code a shell would give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unstartable {
    /// No such program: 127.
    Missing,
    /// It is there and cannot be executed: 126.
    NotExecutable,
}

impl Unstartable {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Missing => 127,
            Self::NotExecutable => 126,
        }
    }

    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Missing => "is not found",
            Self::NotExecutable => "cannot be executed",
        }
    }
}

/// Whether a program would be found, as `execvp` looks for it: with a slash where it says, else along `path`.
///
/// # Errors
/// [`Unstartable`]
pub fn startable(program: &str, cwd: &Path, path: Option<&OsStr>) -> Result<(), Unstartable> {
    if program.contains('/') {
        return executable(&cwd.join(program));
    }
    // The system's own default where there is none.
    let path = path.map_or_else(|| "/bin:/usr/bin".into(), OsStr::to_os_string);
    let mut found = Unstartable::Missing;
    for folder in std::env::split_paths(&path) {
        match executable(&cwd.join(folder).join(program)) {
            Ok(()) => return Ok(()),
            Err(Unstartable::NotExecutable) => found = Unstartable::NotExecutable,
            Err(Unstartable::Missing) => {}
        }
    }
    Err(found)
}

fn executable(file: &Path) -> Result<(), Unstartable> {
    match std::fs::metadata(file) {
        Ok(there) if there.is_file() && there.permissions().mode() & 0o111 != 0 => Ok(()),
        Ok(_) => Err(Unstartable::NotExecutable),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Err(Unstartable::NotExecutable),
        Err(_) => Err(Unstartable::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_as_the_system_would_find_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tool");
        std::fs::write(&file, "#!/bin/sh\n").unwrap();
        let path = std::env::join_paths([Path::new("/nowhere"), dir.path()]).unwrap();
        let look = |program: &str| startable(program, dir.path(), Some(&path));
        assert_eq!(look("tool"), Err(Unstartable::NotExecutable));
        assert_eq!(look("./tool"), Err(Unstartable::NotExecutable));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(look("tool"), Ok(()));
        assert_eq!(look("./tool"), Ok(()));
        assert_eq!(look("other"), Err(Unstartable::Missing));
        assert_eq!(look("/"), Err(Unstartable::NotExecutable), "a folder");
        assert_eq!(startable("sh", dir.path(), None), Ok(()));
    }
}
