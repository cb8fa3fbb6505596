//! The target's state, as the gate sees it at evaluate and again just before redeem. Cheap where there is no git.
//!
//! What is looked at belongs to the agent: a pipe in place of a file, a file without end, a share that does not answer. So
//! nothing here waits for a writer, reads more than a bound, or runs what a repository's own configuration names; and who has
//! a deadline to keep looks [`aside`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use navi_domain::action::{FileState, TargetState};
use sha2::{Digest, Sha256};

use crate::git;
use crate::text::visible;

/// Opening a pipe that nobody writes to does not wait.
pub const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

/// A larger file is told by its size and times instead of its content.
const MOST_HASHED_BYTES: u64 = 256 * 1024 * 1024;

/// Git's own small files are not longer than this.
const MOST_TEXT_BYTES: u64 = 4 * 1024 * 1024;

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

impl Place {
    /// Whether what is said of repository and branch is what is seen here: they choose policy, stop and bypass, so a name that
    /// differs is no claim that only raises the risk.
    ///
    /// # Errors
    /// What differs.
    pub fn agrees(&self, repo: Option<&str>, branch: Option<&str>) -> Result<(), String> {
        let pairs = [("repo", repo, self.repo.as_deref()), ("branch", branch, self.branch.as_deref())];
        for (name, said, seen) in pairs {
            if let (Some(said), Some(seen)) = (said, seen)
                && said != seen
            {
                return Err(format!(
                    "--{name} {} is not what this work tree is ({}); leave it out, or run it where that is",
                    visible(said),
                    visible(seen)
                ));
            }
        }
        Ok(())
    }

    /// State of the work tree, now, told without holding anything up.
    pub fn observed(&self) -> BoxFuture<'static, TargetState> {
        let place = self.clone();
        aside(move || work_tree(&place)).boxed()
    }
}

/// Looks from `cwd` upwards for a git work tree. Reads files only; starts no program.
pub fn place(cwd: &Path) -> Place {
    let Some(root) = cwd.ancestors().find(|d| d.join(".git").exists()) else { return Place::default() };
    let git = git_dir(root);
    let head = git.as_ref().and_then(|g| text_of(&g.join("HEAD"))).unwrap_or_default();
    let branch = head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned);
    let config = git.as_ref().and_then(|g| text_of(&common(g).join("config"))).unwrap_or_default();
    let folder = root.file_name().map(|n| n.to_string_lossy().into_owned());
    Place { root: Some(root.to_owned()), repo: origin_name(&config).or(folder), branch }
}

/// `.git` is a folder, or in linked work trees a file that names one.
pub fn git_dir(root: &Path) -> Option<PathBuf> {
    let dot = root.join(".git");
    if dot.is_dir() {
        return Some(dot);
    }
    let text = text_of(&dot)?;
    Some(root.join(text.trim().strip_prefix("gitdir: ")?))
}

pub fn common(git: &Path) -> PathBuf {
    text_of(&git.join("commondir")).map_or_else(|| git.to_owned(), |c| git.join(c.trim()))
}

/// A small file's text; `None`: there is none, it is longer, or it is no regular file: a pipe would keep whoever reads it
/// waiting.
pub fn text_of(path: &Path) -> Option<String> {
    let file = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(path).ok()?;
    let about = file.metadata().ok()?;
    if !about.is_file() || about.len() > MOST_TEXT_BYTES {
        return None;
    }
    let mut text = String::new();
    std::io::Read::read_to_string(&mut std::io::Read::take(file, MOST_TEXT_BYTES), &mut text).ok()?;
    Some(text)
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

/// What was seen of a work tree: its commit, and every file that differs from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Commit id of HEAD, or `unborn`.
    pub head: String,
    /// Git's record of each file with the hash of its content, by its path below the root.
    pub files: BTreeMap<String, (String, Option<[u8; 32]>)>,
}

/// Looks on a thread of its own, from this call on: what blocks there must not stop the gate's deadline or its signals. A
/// look that never ends is left behind when the gate does.
pub fn aside<T: Send + 'static>(
    look: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = T> + Send + 'static {
    let looking = tokio::task::spawn_blocking(look);
    async move {
        match looking.await {
            Ok(seen) => seen,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The gate itself ends: nothing is answered any more.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// How git is asked for all of it.
const STATUS: [&str; 5] = ["status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all"];

/// What git says of a work tree, in its own bytes: one call serves everybody who looks at the same instant.
#[derive(Clone, Debug)]
pub struct Status(Vec<u8>);

impl Status {
    /// Of a work tree; `None`: there is none, or git could not tell.
    pub fn of(place: &Place) -> Option<Self> {
        git(place.root.as_deref()?, &STATUS).map(Self)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same, begun now and told to everybody who waits for it.
    pub fn soon(place: &Place) -> Looked {
        let Some(root) = &place.root else { return std::future::ready(None).boxed().shared() };
        let Some(plain) = git::without_filters(root) else {
            // Which filters there are is asked first.
            let place = place.clone();
            return aside(move || Self::of(&place)).boxed().shared();
        };
        let mut command = tokio::process::Command::from(plain);
        command.args(STATUS).env("LC_ALL", "C");
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let told = async move {
            let out = started.ok()?.wait_with_output().await.ok()?;
            out.status.success().then_some(Self(out.stdout))
        };
        told.boxed().shared()
    }
}

/// A look at a work tree that several wait for.
pub type Looked = Shared<BoxFuture<'static, Option<Status>>>;

fn git(root: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let out = git::command(root).args(args).env("LC_ALL", "C").output().ok()?;
    out.status.success().then_some(out.stdout)
}

/// The files (below the root) that a run changed, staged, committed or removed; those that git ignores are not seen.
/// `None`: it could not be told.
pub fn changed(place: &Place, before: &Seen, after: Option<&Status>) -> Option<BTreeSet<String>> {
    let (_, after) = look_at(place, after);
    let after = after?;
    let names = before.files.keys().chain(after.files.keys());
    let mut changed: BTreeSet<String> =
        names.filter(|path| before.files.get(*path) != after.files.get(*path)).cloned().collect();
    if before.head != after.head && before.head != "unborn" && after.head != "unborn" {
        let diff = ["diff", "--name-only", "--no-renames", "-z", &before.head, &after.head];
        let committed = git(place.root.as_deref()?, &diff)?;
        let committed = String::from_utf8_lossy(&committed).into_owned();
        changed.extend(committed.split('\0').filter(|p| !p.is_empty()).map(str::to_owned));
    }
    Some(changed)
}

/// State of a git work tree: HEAD, and a hash over everything that differs from it.
pub fn work_tree(place: &Place) -> TargetState {
    look(place).0
}

/// [`work_tree`], with what it rests on.
pub fn look(place: &Place) -> (TargetState, Option<Seen>) {
    look_at(place, Status::of(place).as_ref())
}

/// [`look`], with what git said already.
pub fn look_at(place: &Place, status: Option<&Status>) -> (TargetState, Option<Seen>) {
    let Some(root) = &place.root else {
        return (TargetState::None("not a git work tree".into()), None);
    };
    let Some(Status(status)) = status else {
        return (TargetState::None("git could not tell the state of the work tree".into()), None);
    };
    let text = String::from_utf8_lossy(status).into_owned();
    let oid = text.split('\0').find_map(|l| l.strip_prefix("# branch.oid ")).unwrap_or("unborn");
    let head = if oid == "(initial)" { "unborn" } else { oid };
    let mut hash = Sha256::new();
    let mut seen = Seen { head: head.to_owned(), files: BTreeMap::new() };
    for record in text.split('\0').filter(|r| !r.is_empty() && !r.starts_with('#')) {
        hash.update(record.as_bytes());
        hash.update([0]);
        if let Some(path) = changed_path(record) {
            let content = file_hash(&root.join(path));
            hash.update(content.unwrap_or_default());
            seen.files.insert(path.to_owned(), (record.to_owned(), content));
        }
    }
    (TargetState::Git { head: head.to_owned(), dirty_sha256: hex::encode(hash.finalize()) }, Some(seen))
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

/// `None`: it is not there, is no regular file, or cannot be read.
fn file_hash(path: &Path) -> Option<[u8; 32]> {
    // A pipe without a writer is opened at once, and turned away below.
    let mut file = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(path).ok()?;
    let about = file.metadata().ok()?;
    if !about.is_file() {
        return None;
    }
    if about.len() > MOST_HASHED_BYTES {
        return Some(large(&about));
    }
    content(&mut file)
}

/// Size, times and inode: no program changes a file and keeps its change time.
fn large(about: &std::fs::Metadata) -> [u8; 32] {
    let times = [about.mtime(), about.mtime_nsec(), about.ctime(), about.ctime_nsec()];
    let mut hash = Sha256::new_with_prefix(b"large");
    hash.update(about.len().to_be_bytes());
    hash.update(about.ino().to_be_bytes());
    times.iter().for_each(|time| hash.update(time.to_be_bytes()));
    hash.finalize().into()
}

fn content(file: &mut File) -> Option<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match std::io::Read::read(file, &mut buffer) {
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
        let out = std::process::Command::new("git").arg("-C").arg(dir).args(args).output().unwrap();
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
    fn what_a_run_changed_is_told_committed_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let commit = |name: &str| {
            git(root, &["add", "."]);
            git(root, &["-c", "user.name=t", "-c", "user.email=t@t.test", "commit", "-qm", name]);
        };
        git(root, &["init", "-q", "-b", "main"]);
        for name in ["kept", "edited", "removed", "dirty before"] {
            std::fs::write(root.join(name), name).unwrap();
        }
        commit("one");
        std::fs::write(root.join("dirty before"), "edit").unwrap();
        let place = place(root);
        let before = look(&place).1.unwrap();
        assert_eq!(changed(&place, &before, Status::of(&place).as_ref()), Some(BTreeSet::new()));
        std::fs::write(root.join("edited"), "new").unwrap();
        std::fs::remove_file(root.join("removed")).unwrap();
        std::fs::create_dir(root.join("sub")).unwrap();
        std::fs::write(root.join("sub/made"), "new").unwrap();
        let names = |set: Option<BTreeSet<String>>| set.unwrap().into_iter().collect::<Vec<_>>();
        assert_eq!(
            names(changed(&place, &before, Status::of(&place).as_ref())),
            ["edited", "removed", "sub/made"]
        );
        commit("two");
        let committed = names(changed(&place, &before, Status::of(&place).as_ref()));
        assert_eq!(committed, ["dirty before", "edited", "removed", "sub/made"], "it was committed as well");
    }

    #[test]
    fn a_pipe_in_place_of_a_file_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        git(root, &["init", "-q", "-b", "main"]);
        std::fs::write(root.join("a"), "one").unwrap();
        git(root, &["add", "."]);
        git(root, &["-c", "user.name=t", "-c", "user.email=t@t.test", "commit", "-qm", "x"]);
        let place = place(root);
        let before = work_tree(&place);
        std::fs::remove_file(root.join("a")).unwrap();
        let pipe = root.join("a");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_ne!(work_tree(&place), before, "the file is gone");
        assert_eq!(files(std::slice::from_ref(&pipe)), files(&[root.join("nothing")]).at(&pipe));
    }

    #[test]
    fn a_pipe_in_place_of_gits_own_file_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("web");
        std::fs::create_dir_all(root.join(".git")).unwrap();
        for name in ["HEAD", "config", "config.worktree", "commondir"] {
            let pipe = root.join(".git").join(name);
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        }
        let place = place(&root);
        assert_eq!((place.repo.as_deref(), place.branch), (Some("web"), None));
        assert!(crate::git::without_filters(&root).is_none(), "git is to be asked with care");
    }

    impl At for TargetState {}
    trait At: Into<TargetState> {
        /// The same state, told of one other file.
        fn at(self, path: &Path) -> TargetState {
            match self.into() {
                TargetState::Files(mut files) => {
                    files.iter_mut().for_each(|f| f.path = path.display().to_string());
                    TargetState::Files(files)
                }
                other => other,
            }
        }
    }

    #[test]
    fn a_file_without_end_is_told_without_reading_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sparse");
        File::create(&path).unwrap().set_len(1 << 43).unwrap();
        let before = files(std::slice::from_ref(&path));
        assert_eq!(before, files(std::slice::from_ref(&path)));
        File::options().write(true).open(&path).unwrap().set_len((1 << 43) + 1).unwrap();
        assert_ne!(before, files(&[path]));
    }

    #[test]
    fn what_a_repository_configures_is_not_run_by_looking_at_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("shop");
        std::fs::create_dir(&root).unwrap();
        git(&root, &["init", "-q", "-b", "main"]);
        std::fs::write(root.join("a"), "one").unwrap();
        std::fs::write(root.join(".gitattributes"), "* filter=evil\n").unwrap();
        git(&root, &["add", "."]);
        git(&root, &["-c", "user.name=t", "-c", "user.email=t@t.test", "commit", "-qm", "x"]);
        let evil = dir.path().join("evil.sh");
        let ran = dir.path().join("ran");
        std::fs::write(&evil, format!("#!/bin/sh\ntouch '{}'\ncat\n", ran.display())).unwrap();
        std::fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let program = evil.display().to_string();
        for name in ["core.fsmonitor", "filter.evil.clean", "filter.evil.process"] {
            git(&root, &["config", name, &program]);
        }
        git(&root, &["config", "filter.evil.required", "true"]);
        std::fs::write(root.join("a"), "two").unwrap();
        let state = work_tree(&place(&root));
        assert!(matches!(state, TargetState::Git { .. }), "{state:?}");
        assert!(!ran.exists(), "the repository's program was run");
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
