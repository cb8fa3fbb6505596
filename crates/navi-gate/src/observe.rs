//! The target's state, as the gate sees it at evaluate and again just before redeem. Cheap where there is no git.

use std::path::{Path, PathBuf};
use std::process::Command;

use navi_domain::action::{FileState, TargetState};
use sha2::{Digest, Sha256};

/// Where a command would run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Root of the git work tree, if there is one.
    pub root: Option<PathBuf>,
    /// Repository: name of the origin remote, or the work tree's folder.
    pub repo: Option<String>,
    /// Branch, if HEAD is on one.
    pub branch: Option<String>,
}

/// Looks from `cwd` upwards for a git work tree. Reads files only; starts no program.
pub fn place(cwd: &Path) -> Place {
    let Some(root) = cwd.ancestors().find(|d| d.join(".git").exists()) else { return Place::default() };
    let git = git_dir(root);
    let head = git.as_ref().and_then(|g| std::fs::read_to_string(g.join("HEAD")).ok()).unwrap_or_default();
    let branch = head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned);
    let config =
        git.as_ref().and_then(|g| std::fs::read_to_string(common(g).join("config")).ok()).unwrap_or_default();
    let folder = root.file_name().map(|n| n.to_string_lossy().into_owned());
    Place { root: Some(root.to_owned()), repo: origin_name(&config).or(folder), branch }
}

/// `.git` is a folder, or in linked work trees a file that names one.
fn git_dir(root: &Path) -> Option<PathBuf> {
    let dot = root.join(".git");
    if dot.is_dir() {
        return Some(dot);
    }
    let text = std::fs::read_to_string(&dot).ok()?;
    Some(root.join(text.trim().strip_prefix("gitdir: ")?))
}

fn common(git: &Path) -> PathBuf {
    std::fs::read_to_string(git.join("commondir")).map_or_else(|_| git.to_owned(), |c| git.join(c.trim()))
}

fn origin_name(config: &str) -> Option<String> {
    let mut in_origin = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_origin = line == "[remote \"origin\"]";
        } else if let Some(url) = line.strip_prefix("url").filter(|_| in_origin) {
            let url = url.trim_start().strip_prefix('=')?.trim().trim_end_matches('/');
            let name = url.rsplit(['/', ':']).next()?;
            return Some(name.strip_suffix(".git").unwrap_or(name).to_owned()).filter(|n| !n.is_empty());
        }
    }
    None
}

/// State of a git work tree: HEAD, and a hash over everything that differs from it.
pub fn work_tree(place: &Place) -> TargetState {
    let Some(root) = &place.root else { return TargetState::None("not a git work tree".into()) };
    let git = |args: &[&str]| {
        let out = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(args)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .output()
            .ok()?;
        out.status.success().then_some(out.stdout)
    };
    let Some(status) = git(&["status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all"]) else {
        return TargetState::None("git could not tell the state of the work tree".into());
    };
    let text = String::from_utf8_lossy(&status).into_owned();
    let oid = text.split('\0').find_map(|l| l.strip_prefix("# branch.oid ")).unwrap_or("unborn");
    let head = if oid == "(initial)" { "unborn" } else { oid };
    let mut hash = Sha256::new();
    for record in text.split('\0').filter(|r| !r.is_empty() && !r.starts_with('#')) {
        hash.update(record.as_bytes());
        hash.update([0]);
        if let Some(path) = changed_path(record) {
            hash.update(file_hash(&root.join(path)).unwrap_or_default());
        }
    }
    TargetState::Git { head: head.to_owned(), dirty_sha256: hex::encode(hash.finalize()) }
}

/// The path of a porcelain v2 record: `1 … path`, `2 … path`, `u … path`, `? path`.
fn changed_path(record: &str) -> Option<&str> {
    let fields = match record.get(..1)? {
        "1" => 9,
        "2" => 10,
        "u" => 11,
        "?" => 2,
        _ => return None,
    };
    record.splitn(fields, ' ').nth(fields - 1)
}

/// State of single files.
pub fn files(paths: &[PathBuf]) -> TargetState {
    let state =
        |p: &PathBuf| FileState { path: p.display().to_string(), sha256: file_hash(p).map(hex::encode) };
    TargetState::Files(paths.iter().map(state).collect())
}

fn file_hash(path: &Path) -> Option<[u8; 32]> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match std::io::Read::read(&mut file, &mut buffer) {
            Ok(0) => return Some(hash.finalize().into()),
            Ok(n) => hash.update(buffer.get(..n)?),
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(dir: &Path, args: &[&str]) {
        let out = Command::new("git").arg("-C").arg(dir).args(args).output().unwrap();
        assert!(out.status.success(), "{args:?}: {out:?}");
    }

    #[test]
    fn every_change_of_a_work_tree_changes_its_state() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("web");
        std::fs::create_dir(&root).unwrap();
        git(&root, &["init", "-q", "-b", "main"]);
        git(&root, &["remote", "add", "origin", "git@example.test:acme/shop.git"]);
        let place = place(&root);
        assert_eq!(place.repo.as_deref(), Some("shop"));
        assert_eq!(place.branch.as_deref(), Some("main"));
        let mut seen = vec![work_tree(&place)];
        let mut differs = |what: &str| {
            let now = work_tree(&place);
            assert_eq!(now, work_tree(&place), "observing changed the state");
            assert!(!seen.contains(&now), "{what} was not seen");
            seen.push(now);
        };
        std::fs::write(root.join("a b.txt"), "one").unwrap();
        differs("an untracked file");
        std::fs::write(root.join("a b.txt"), "two").unwrap();
        differs("its content");
        git(&root, &["add", "."]);
        differs("staging");
        git(&root, &["-c", "user.name=t", "-c", "user.email=t@t.test", "commit", "-qm", "x"]);
        differs("a commit");
        std::fs::write(root.join("a b.txt"), "three").unwrap();
        differs("an edit");
    }

    #[test]
    fn without_git_nothing_is_observed_and_it_says_so() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(place(dir.path()), Place::default());
        assert!(matches!(work_tree(&Place::default()), TargetState::None(_)));
    }

    #[test]
    fn a_missing_file_is_absent_not_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let absent = files(std::slice::from_ref(&path));
        std::fs::write(&path, "").unwrap();
        assert_ne!(absent, files(&[path]));
    }
}
