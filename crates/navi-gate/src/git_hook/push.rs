//! A push as an action: what git tells its hooks, in the words of the command line that would do the same.

use std::path::{Path, PathBuf};

use navi_domain::action::{FileChange, FileOp};
use navi_protocol::evaluate::Context;
use serde_json::json;

use crate::text::quoted;

/// A longer diff is not sent; the files and the commits stand for it, and the request says so.
const LONGEST_DIFF: usize = 512 * 1024;
/// A push that changes more files is turned away: what is judged must be all of it.
const MOST_FILES: usize = 20_000;

/// One ref that a push changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Full name at the receiving end.
    pub name: String,
    /// What it was there, as far as the sender knows; `None`: it is new.
    pub old: Option<String>,
    /// What it will be; `None`: it is deleted.
    pub new: Option<String>,
    /// What the sender calls it.
    pub local: Option<String>,
}

/// The lines of `pre-push`: local ref, local id, remote ref, remote id (githooks(5)).
pub fn sent(text: &str) -> Result<Vec<Update>, String> {
    let one = |line: &str| match line.split(' ').collect::<Vec<_>>().as_slice() {
        [local, new, name, old] => {
            let local = (*local != "(delete)").then(|| (*local).to_owned());
            Ok(Update { name: (*name).to_owned(), old: id(old)?, new: id(new)?, local })
        }
        _ => Err(unreadable(line)),
    };
    text.lines().filter(|line| !line.is_empty()).map(one).collect()
}

/// The lines of `pre-receive` and `post-receive`: old id, new id, ref (githooks(5)).
pub fn received(text: &str) -> Result<Vec<Update>, String> {
    let one = |line: &str| match line.split(' ').collect::<Vec<_>>().as_slice() {
        [old, new, name] => {
            Ok(Update { name: (*name).to_owned(), old: id(old)?, new: id(new)?, local: None })
        }
        _ => Err(unreadable(line)),
    };
    text.lines().filter(|line| !line.is_empty()).map(one).collect()
}

fn unreadable(line: &str) -> String {
    format!("git said something that is not understood: {line:?}")
}

/// An object id; all zeros stand for none.
fn id(text: &str) -> Result<Option<String>, String> {
    let hex = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex {
        return Err(format!("{text:?} is no object id"));
    }
    Ok(text.bytes().any(|b| b != b'0').then(|| text.to_owned()))
}

/// A repository to ask about commits. Git's own environment of the hook (quarantine, `GIT_DIR`) is kept.
#[derive(Clone, Debug)]
pub struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// The one in which the hook runs.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn git(&self, args: &[&str]) -> Option<Vec<u8>> {
        let mut git = crate::git::command(&self.folder);
        git.args(args).output().ok().filter(|out| out.status.success()).map(|out| out.stdout)
    }

    fn has(&self, id: &str) -> bool {
        self.git(&["cat-file", "-e", &format!("{id}^{{commit}}")]).is_some()
    }

    /// Whether the push rewrites what was there. What cannot be known counts as rewritten.
    pub fn forced(&self, update: &Update) -> bool {
        match (&update.old, &update.new) {
            (Some(old), Some(new)) => {
                !(self.has(old) && self.git(&["merge-base", "--is-ancestor", old, new]).is_some())
            }
            _ => false,
        }
    }

    /// What a ref points at now; empty: it is not there.
    pub fn value(&self, name: &str) -> String {
        let out = self.git(&["rev-parse", "--verify", "--quiet", name]);
        out.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()).unwrap_or_default()
    }

    /// The commit that the content of an update is compared with: the old one, else the newest commit of its history that the
    /// receiving end has anyway (itself: nothing is new), else the empty tree.
    fn base(&self, update: &Update, new: &str, known: &str) -> String {
        if let Some(old) = update.old.as_ref().filter(|old| self.has(old)) {
            return old.clone();
        }
        let empty = || {
            let hashed = self.git(&["hash-object", "-t", "tree", "/dev/null"]).unwrap_or_default();
            String::from_utf8_lossy(&hashed).trim().to_owned()
        };
        // Unknown counts as new, so that too much is shown rather than too little.
        let Some(listed) = self.git(&["rev-list", "--topo-order", "--boundary", new, "--not", known]) else {
            return empty();
        };
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let mut shared = listed.lines().filter_map(|line| line.strip_prefix('-'));
        match shared.next() {
            Some(commit) => commit.to_owned(),
            None if listed.is_empty() => new.to_owned(),
            None => empty(),
        }
    }

    fn files(&self, base: &str, new: &str) -> Vec<FileChange> {
        let listed =
            self.git(&["diff", "--no-renames", "--name-status", "-z", base, new]).unwrap_or_default();
        let mut fields = listed.split(|b| *b == 0).filter(|field| !field.is_empty());
        let mut files = Vec::new();
        while let (Some(status), Some(path)) = (fields.next(), fields.next()) {
            let op = match status.first() {
                Some(b'A') => FileOp::Create,
                Some(b'D') => FileOp::Delete,
                _ => FileOp::Edit,
            };
            let path = String::from_utf8_lossy(path).into_owned();
            files.push(FileChange { path, op, before: None, after: None });
        }
        files
    }

    /// The push as an action. `remote` is what the sender calls the other end; `receiving`: this is the other end.
    ///
    /// # Errors
    /// When it changes more files than can be judged.
    pub fn describe(&self, updates: &[Update], remote: &str, receiving: bool) -> Result<Context, String> {
        // What the other end has: its default branch, or what was seen of it last.
        let known = if receiving { "HEAD".to_owned() } else { format!("--remotes={remote}") };
        let (mut diff, mut files, mut whole) = (String::new(), Vec::new(), true);
        for update in updates {
            let Some(new) = &update.new else { continue };
            let base = self.base(update, new, &known);
            files.extend(self.files(&base, new));
            let text = self.git(&["diff", "--no-color", "--no-ext-diff", "--no-textconv", &base, new]);
            match text.map(String::from_utf8) {
                Some(Ok(text)) if diff.len() + text.len() <= LONGEST_DIFF => diff.push_str(&text),
                _ => whole = false,
            }
        }
        if files.len() > MOST_FILES {
            return Err(format!(
                "it changes {} files, and at most {MOST_FILES} can be judged at once; push it in parts",
                files.len()
            ));
        }
        let refs: Vec<_> = updates
            .iter()
            .map(|u| json!({"ref": u.name, "old": u.old, "new": u.new, "forced": self.forced(u)}))
            .collect();
        let args = if whole {
            json!({ "refs": refs })
        } else {
            json!({ "refs": refs, "not_shown": "the changes are too large, or no text: look at the commits" })
        };
        // The server asks a person about what it was not shown.
        let hidden = (!whole).then(|| ("not_shown".to_owned(), json!(true)));
        Ok(Context {
            tool: Some("git push".to_owned()),
            command: Some(self.command(updates, remote)),
            branch: updates.iter().find_map(|u| u.name.strip_prefix("refs/heads/")).map(str::to_owned),
            args: Some(args),
            files,
            diff: (whole && !diff.is_empty()).then_some(diff),
            other: hidden.into_iter().collect(),
            ..Context::default()
        })
    }

    /// The command line that does the same.
    fn command(&self, updates: &[Update], remote: &str) -> String {
        let spec = |update: &Update| match (&update.new, &update.local) {
            (None, _) => format!(":{}", update.name),
            (Some(new), local) => {
                let plus = if self.forced(update) { "+" } else { "" };
                format!("{plus}{}:{}", local.as_ref().unwrap_or(new), update.name)
            }
        };
        let words = ["git", "push", remote].map(quoted).into_iter();
        words.chain(updates.iter().map(|u| quoted(&spec(u)))).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: &str = "0000000000000000000000000000000000000000";

    fn git(folder: &Path, args: &[&str]) -> String {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=t", "-c", "user.email=t@t.test"]).args(args).current_dir(folder);
        let out = command.output().unwrap();
        assert!(out.status.success(), "{args:?}: {out:?}");
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    fn commit(folder: &Path, file: &str, text: &str) -> String {
        std::fs::write(folder.join(file), text).unwrap();
        git(folder, &["add", "."]);
        git(folder, &["commit", "-qm", file]);
        git(folder, &["rev-parse", "HEAD"])
    }

    #[test]
    fn what_git_says_is_read_or_refused() {
        let a = "a".repeat(40);
        let update = |old: Option<&String>, new: Option<&String>, local: Option<&str>| Update {
            name: "refs/heads/main".into(),
            old: old.cloned(),
            new: new.cloned(),
            local: local.map(str::to_owned),
        };
        let sent_line = format!("refs/heads/x {a} refs/heads/main {NONE}\n");
        assert_eq!(sent(&sent_line).unwrap(), [update(None, Some(&a), Some("refs/heads/x"))]);
        let deleted = format!("(delete) {NONE} refs/heads/main {a}\n");
        assert_eq!(sent(&deleted).unwrap(), [update(Some(&a), None, None)]);
        assert_eq!(
            received(&format!("{a} {NONE} refs/heads/main\n")).unwrap(),
            [update(Some(&a), None, None)]
        );
        assert_eq!(sent("").unwrap(), []);
        for wrong in ["x", "a b c", "1 2 refs/heads/main", &format!("{a} {a}"), &format!("{a}  {a} x")] {
            assert!(received(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_push_is_told_with_its_files_its_diff_and_what_it_rewrites() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        git(folder, &["init", "-q", "-b", "main"]);
        let first = commit(folder, "a.txt", "one\n");
        let second = commit(folder, "b.txt", "two\n");
        git(folder, &["rm", "-q", "a.txt"]);
        git(folder, &["commit", "-qm", "gone"]);
        let third = git(folder, &["rev-parse", "HEAD"]);
        let repository = Repository::at(folder);
        let update = |old: Option<&str>, new: Option<&str>| Update {
            name: "refs/heads/main".into(),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
            local: Some("refs/heads/main".into()),
        };
        let told = repository.describe(&[update(Some(&first), Some(&third))], "origin", false).unwrap();
        assert_eq!(told.command.as_deref(), Some("git push origin refs/heads/main:refs/heads/main"));
        assert_eq!(told.branch.as_deref(), Some("main"));
        let files: Vec<_> = told.files.iter().map(|f| (f.path.as_str(), f.op)).collect();
        assert_eq!(files, [("a.txt", FileOp::Delete), ("b.txt", FileOp::Create)]);
        assert!(told.diff.unwrap().contains("+two"));

        let back = repository.describe(&[update(Some(&third), Some(&second))], "origin", false).unwrap();
        assert_eq!(back.command.as_deref(), Some("git push origin +refs/heads/main:refs/heads/main"));
        let unknown =
            repository.describe(&[update(Some(&"e".repeat(40)), Some(&third))], "origin", false).unwrap();
        assert!(unknown.command.unwrap().contains("+refs"), "what is not known counts as rewritten");
        let gone = repository.describe(&[update(Some(&third), None)], "origin", false).unwrap();
        assert_eq!(gone.command.as_deref(), Some("git push origin :refs/heads/main"));
        let new = repository.describe(&[update(None, Some(&third))], "origin", false).unwrap();
        assert!(new.diff.unwrap().contains("+two"), "a new branch shows everything that is new");
    }

    #[test]
    fn a_new_branch_shows_what_the_other_end_has_not() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        git(folder, &["init", "-q", "-b", "main"]);
        let main = commit(folder, "old.txt", "old\n");
        git(folder, &["update-ref", "refs/remotes/origin/main", &main]);
        let own = commit(folder, "new.txt", "new\n");
        let repository = Repository::at(folder);
        let update = |new: &str| Update {
            name: "refs/heads/feature".into(),
            old: None,
            new: Some(new.to_owned()),
            local: Some("refs/heads/main".into()),
        };
        let paths = |new: &str, receiving| -> Vec<String> {
            let told = repository.describe(&[update(new)], "origin", receiving).unwrap();
            told.files.into_iter().map(|file| file.path).collect()
        };
        assert_eq!(paths(&own, false), ["new.txt"], "its own branch says nothing about the other end");
        assert_eq!(paths(&main, false), Vec::<String>::new(), "it is all there already");
        assert_eq!(paths(&own, true), Vec::<String>::new(), "at the receiving end its default branch has it");
        let elsewhere = repository.describe(&[update(&own)], "https://other.test/x", false).unwrap();
        assert_eq!(elsewhere.files.len(), 2, "what was never seen there counts as new");
    }

    #[test]
    fn what_is_too_long_to_send_is_said_to_be_missing() {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q", "-b", "main"]);
        let first = commit(dir.path(), "a.txt", "one\n");
        let second = commit(dir.path(), "big.txt", &"long line\n".repeat(60_000));
        let update =
            Update { name: "refs/heads/main".into(), old: Some(first), new: Some(second), local: None };
        let told = Repository::at(dir.path()).describe(&[update], "here", true).unwrap();
        assert_eq!(told.diff, None);
        assert!(told.args.unwrap().to_string().contains("too large"));
    }
}
