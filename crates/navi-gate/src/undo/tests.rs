//! Captures and rollbacks of real files and real repositories, without a server.

mod flags;
mod foreseeing;
mod histories;
mod restoring;
mod returning;

use std::path::{Path, PathBuf};
use std::process::Command;

use navi_domain::rollback::{Outcome, Plan};

use super::declared::Declared;
use super::*;

/// A folder of its own, and a shelf in it.
struct Desk {
    dir: tempfile::TempDir,
    shelf: Shelf,
}

impl Desk {
    fn new() -> Self {
        Self::declaring("")
    }

    fn declaring(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let declared: Declared = toml::from_str(text).unwrap();
        let shelf = Shelf::at(&dir.path().join("state"), declared).unwrap();
        Self { dir, shelf }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    /// A repository with one commit.
    fn repo(&self, name: &str) -> PathBuf {
        let root = self.path(name);
        std::fs::create_dir_all(&root).unwrap();
        git(&root, &["init", "-q", "-b", "main"]);
        std::fs::write(root.join("README"), "first\n").unwrap();
        commit(&root, "first");
        root
    }

    /// Runs something under a capture.
    async fn run(&self, cwd: &Path, files: &[PathBuf], run: impl FnOnce()) -> Option<Capture> {
        let subject = Subject { action_type: "command_run", cwd, files, command: None, files_only: false };
        let held = begin(&self.shelf, &subject, None).await.unwrap();
        run();
        held?.sealed(None).await.unwrap()
    }

    async fn plan(&self, capture: &Capture) -> Plan {
        rehearse(&self.shelf, capture).await.unwrap()
    }

    async fn undo(&self, capture: &Capture) -> Outcome {
        let mut journal = Journal::begin(&self.shelf, "r1", "run", capture, "it was slow").unwrap();
        let outcome = carry_out(&self.shelf, &mut journal, async || None).await;
        journal.close();
        outcome
    }
}

fn git(root: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "protocol.file.allow=always"])
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn commit(root: &Path, message: &str) {
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", message]);
}

fn tree(root: &Path) -> String {
    git(root, &["rev-parse", "HEAD^{tree}"])
}

/// What git says differs, and every file's bytes and mode.
fn whole(root: &Path) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut all = vec![git(root, &["status", "--porcelain", "--ignore-submodules=none"])];
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if entry.file_name() == ".git" {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_symlink() {
                all.push(format!("{} -> {:?}", path.display(), std::fs::read_link(&path).unwrap()));
            } else {
                let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
                all.push(format!("{} {mode:o} {:?}", path.display(), std::fs::read(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}
