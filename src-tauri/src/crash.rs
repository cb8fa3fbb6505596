//! A note of every crash: when, where in our code, on which thread. Never the panic's own words, which may quote what an
//! agent or a person wrote.

use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

/// The file holds the newest crashes only.
const MOST_BYTES: u64 = 64 * 1024;

fn path(folder: &Path) -> PathBuf {
    folder.join("crash.log")
}

/// Where the crashes of a data folder are written down, if there was one.
pub(crate) fn log_in(folder: &Path) -> Option<String> {
    let path = path(folder);
    path.is_file().then(|| path.display().to_string())
}

/// Writes a note at every panic from now on, and then does what was done before.
pub(crate) fn note_panics(folder: &Path) {
    let path = path(folder);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // A crash while noting a crash has nowhere to go.
        let _ = append(&path, &line(panic));
        before(panic);
    }));
}

fn line(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let thread = std::thread::current();
    let at = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
    let (thread, version) = (thread.name().unwrap_or("unnamed"), env!("CARGO_PKG_VERSION"));
    format!("{at} navi-console {version} panicked at {place} on thread {thread}\n")
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > MOST_BYTES) {
        std::fs::rename(path, path.with_extension("log.old"))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_is_noted_without_its_words_and_the_file_stays_small() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(log_in(dir.path()), None);
        note_panics(dir.path());
        let crashed = std::thread::Builder::new().name("the-one".into()).spawn(|| panic!("password=hunter2"));
        assert!(crashed.unwrap().join().is_err());
        let said = std::fs::read_to_string(path(dir.path())).unwrap();
        assert!(said.contains("crash.rs:") && said.contains("the-one"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        let long = "x".repeat(40_000);
        for _ in 0..8 {
            append(&path(dir.path()), &long).unwrap();
        }
        let all: u64 =
            std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
        assert!(all < 240_000, "{all}");
    }
}
