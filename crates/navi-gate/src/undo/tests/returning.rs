//! Strategy *git*: what a run committed is taken back, or it is said why not.

use super::*;

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[tokio::test]
async fn commits_with_a_merge_and_a_rename_are_taken_back_and_the_tree_proves_it() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    write(&root, "old/name", &"line\n".repeat(50));
    commit(&root, "a file");
    let (before, files) = (tree(&root), whole(&root));
    let capture = desk
        .run(&root, &[], || {
            git(&root, &["mv", "old/name", "new name"]);
            commit(&root, "renamed");
            git(&root, &["checkout", "-qb", "side", "HEAD~1"]);
            write(&root, "side", "side\n");
            commit(&root, "side");
            git(&root, &["checkout", "-q", "main"]);
            git(&root, &["merge", "-q", "--no-ff", "-m", "merged", "side"]);
            git(&root, &["branch", "-q", "-D", "side"]);
        })
        .await
        .unwrap();
    let plan = desk.plan(&capture).await;
    assert_eq!(plan.truth.as_str(), "verified", "{plan:?}");
    assert!(plan.undoes().iter().any(|u| u.ends_with("merged")), "{plan:?}");
    let outcome = desk.undo(&capture).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert!(outcome.proof[0].contains(&before) && outcome.proof[0].contains("from before the run"));
    assert_eq!((tree(&root), whole(&root)), (before, files));
    assert!(git(&root, &["log", "-1", "--format=%B"]).contains("it was slow"));
}

#[tokio::test]
async fn later_commits_stay_and_those_in_the_way_stop_it_cleanly() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    write(&root, "a", "1\n2\n3\n");
    commit(&root, "a");
    let capture = desk
        .run(&root, &[], || {
            write(&root, "a", "1\nagent\n3\n");
            write(&root, "b", "agent\n");
            commit(&root, "agent");
        })
        .await
        .unwrap();
    write(&root, "c", "later\n");
    commit(&root, "later, elsewhere");
    let plan = desk.plan(&capture).await;
    assert_eq!(plan.truth.as_str(), "verified", "{plan:?}");
    assert!(plan.dependents[0].contains("later, elsewhere"));
    // The same lines, changed later: nothing is touched.
    write(&root, "a", "1\nmine\n3\n");
    commit(&root, "in the way");
    let (before, head) = (whole(&root), git(&root, &["rev-parse", "HEAD"]));
    let plan = desk.plan(&capture).await;
    assert!(plan.truth.why().unwrap().contains("changed the same lines: a"), "{plan:?}");
    let outcome = desk.undo(&capture).await;
    assert_eq!((outcome.success, outcome.undone.len()), (Some(false), 0));
    assert_eq!((whole(&root), git(&root, &["rev-parse", "HEAD"])), (before, head));
    git(&root, &["reset", "-q", "--hard", "HEAD~1"]);
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    assert_eq!(std::fs::read_to_string(root.join("a")).unwrap(), "1\n2\n3\n");
    assert!(root.join("c").exists() && !root.join("b").exists());
}

#[tokio::test]
async fn uncommitted_work_is_kept_or_stops_it_and_is_never_lost() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    write(&root, "a", "1\n");
    write(&root, "mine", "1\n");
    commit(&root, "files");
    let capture = desk
        .run(&root, &[], || {
            write(&root, "a", "agent\n");
            commit(&root, "agent");
        })
        .await
        .unwrap();
    write(&root, "mine", "not committed\n");
    write(&root, "untracked", "mine\n");
    write(&root, "a", "agent, and I went on\n");
    let before = whole(&root);
    let plan = desk.plan(&capture).await;
    assert!(plan.truth.why().unwrap().contains("uncommitted changes are in the way"), "{plan:?}");
    assert_eq!(desk.undo(&capture).await.success, Some(false));
    assert_eq!(whole(&root), before);
    write(&root, "a", "agent\n");
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    let text = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    assert_eq!(
        (text("a"), text("mine"), text("untracked")),
        ("1\n".into(), "not committed\n".into(), "mine\n".into())
    );
}

#[tokio::test]
async fn what_was_not_committed_before_and_was_committed_by_the_run_comes_back_uncommitted() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    write(&root, "README", "mine, not committed\n");
    write(&root, "untracked", "mine too\n");
    let (before, old) = (whole(&root), tree(&root));
    let capture = desk
        .run(&root, &[], || {
            write(&root, "agent", "agent\n");
            commit(&root, "everything");
        })
        .await
        .unwrap();
    assert_eq!(capture.parts.len(), 2, "{capture:?}");
    let outcome = desk.undo(&capture).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert_eq!((whole(&root), tree(&root)), (before, old));
}

#[tokio::test]
async fn another_work_tree_and_a_bare_repository_follow_too() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    let linked = desk.path("linked");
    git(&root, &["worktree", "add", "-q", "-b", "feature", linked.to_str().unwrap()]);
    let before = whole(&linked);
    let capture = desk
        .run(&linked, &[], || {
            write(&linked, "x", "agent\n");
            commit(&linked, "agent");
        })
        .await
        .unwrap();
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    assert_eq!(whole(&linked), before);
    // The linked work tree is gone: the branch still is where it was.
    let capture = desk
        .run(&linked, &[], || {
            write(&linked, "y", "agent\n");
            commit(&linked, "agent again");
        })
        .await
        .unwrap();
    git(&root, &["worktree", "remove", "--force", linked.to_str().unwrap()]);
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    assert_eq!(git(&root, &["rev-parse", "feature^{tree}"]), git(&root, &["rev-parse", "feature~2^{tree}"]));
}

#[tokio::test]
async fn a_protected_branch_gets_a_branch_beside_it_with_the_command_that_merges() {
    let desk = Desk::declaring("[git]\nprotected = [\"main\", \"release/*\"]\n");
    let root = desk.repo("shop");
    let before = tree(&root);
    let capture = desk
        .run(&root, &[], || {
            write(&root, "x", "agent\n");
            commit(&root, "agent");
        })
        .await
        .unwrap();
    let (head, files) = (git(&root, &["rev-parse", "main"]), whole(&root));
    let outcome = desk.undo(&capture).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert_eq!((git(&root, &["rev-parse", "main"]), whole(&root)), (head, files));
    let done = Command::new("sh").args(["-c", &outcome.afterwards[0]]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(tree(&root), before);
}

#[tokio::test]
async fn rewritten_history_is_never_offered() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    write(&root, "x", "mine\n");
    commit(&root, "mine");
    let capture = desk
        .run(&root, &[], || {
            write(&root, "x", "amended\n");
            git(&root, &["commit", "-qam", "amended", "--amend"]);
        })
        .await
        .unwrap();
    assert!(capture.truth().why().unwrap().contains("rewrote history"), "{capture:?}");
}

#[tokio::test]
async fn a_branch_that_the_run_began_is_its_own_and_one_that_was_there_is_not() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    git(&root, &["branch", "-q", "there"]);
    let own = desk
        .run(&root, &[], || {
            git(&root, &["checkout", "-qb", "fix"]);
            write(&root, "x", "agent\n");
            commit(&root, "agent");
        })
        .await
        .unwrap();
    assert_eq!(own.truth().as_str(), "verified", "{own:?}");
    assert_eq!(own.parts[0].branch.as_deref(), Some("fix"));
    git(&root, &["checkout", "-q", "there"]);
    write(&root, "y", "mine\n");
    commit(&root, "mine");
    git(&root, &["checkout", "-q", "main"]);
    let other = desk.run(&root, &[], || drop(git(&root, &["checkout", "-q", "there"]))).await.unwrap();
    assert!(other.truth().why().unwrap().contains("another branch"), "{other:?}");
}

#[tokio::test]
async fn submodules_follow_and_their_own_changes_stop_it() {
    let desk = Desk::new();
    let library = desk.repo("library");
    let root = desk.repo("shop");
    git(&root, &["submodule", "--quiet", "add", library.to_str().unwrap(), "lib"]);
    commit(&root, "with a library");
    let before = whole(&root);
    let capture = desk
        .run(&root, &[], || {
            write(&root, "lib/new", "agent\n");
            commit(&root.join("lib"), "agent in the library");
            commit(&root, "agent");
        })
        .await
        .unwrap();
    write(&root, "lib/new", "mine\n");
    let plan = desk.plan(&capture).await;
    assert!(plan.truth.why().unwrap().contains("submodule lib: it has uncommitted changes"), "{plan:?}");
    assert_eq!(desk.undo(&capture).await.success, Some(false));
    write(&root, "lib/new", "agent\n");
    let outcome = desk.undo(&capture).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert_eq!(whole(&root), before);
}

#[tokio::test]
async fn a_first_commit_leaves_an_empty_tree() {
    let desk = Desk::new();
    let root = desk.path("new");
    std::fs::create_dir(&root).unwrap();
    git(&root, &["init", "-q", "-b", "main"]);
    let capture = desk
        .run(&root, &[], || {
            write(&root, "x", "agent\n");
            commit(&root, "first");
        })
        .await
        .unwrap();
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    assert!(!root.join("x").exists());
    assert_eq!(git(&root, &["ls-tree", "HEAD"]), "");
}

#[tokio::test]
async fn a_runner_that_died_between_ref_and_work_tree_goes_on() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    for n in 0..20 {
        write(&root, &format!("f{n}"), "before\n");
    }
    commit(&root, "files");
    let before = whole(&root);
    let capture = desk
        .run(&root, &[], || {
            (0..20).for_each(|n| write(&root, &format!("f{n}"), "agent\n"));
            write(&root, "made", "agent\n");
            commit(&root, "agent");
        })
        .await
        .unwrap();
    let old = git(&root, &["rev-parse", "HEAD"]);
    let mut journal = Journal::begin(&desk.shelf, "r1", "run", &capture, "why").unwrap();
    assert_eq!(carry_out(&desk.shelf, &mut journal, async || None).await.success, Some(true));
    let new = git(&root, &["rev-parse", "HEAD"]);
    // As it would be left: the ref moved, half of the files written, the index untouched.
    git(&root, &["reset", "-q", "--hard", &old]);
    git(&root, &["update-ref", "refs/heads/main", &new]);
    (0..10).for_each(|n| write(&root, &format!("f{n}"), "before\n"));
    std::fs::remove_file(root.join("made")).unwrap();
    let file = desk.shelf.state.join("rollbacks/r1.json");
    let mut saved: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    saved["steps"][0]["end"] = serde_json::Value::Null;
    std::fs::write(&file, saved.to_string()).unwrap();
    let mut left = Journal::left(&desk.shelf).unwrap();
    let outcome = carry_out(&desk.shelf, &mut left[0], async || None).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert_eq!((whole(&root), git(&root, &["rev-parse", "HEAD"])), (before, new));
}

#[tokio::test]
async fn twice_finds_nothing_left() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    let capture = desk
        .run(&root, &[], || {
            write(&root, "x", "agent\n");
            commit(&root, "agent");
        })
        .await
        .unwrap();
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    assert!(desk.plan(&capture).await.truth.why().unwrap().contains("nothing of it is left"));
}

/// A commit beneath what git is in the middle of would become part of it.
#[tokio::test]
async fn nothing_is_taken_back_in_the_middle_of_something() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    for name in ["one", "two", "three"] {
        write(&root, name, "later\n");
        commit(&root, name);
    }
    // Where HEAD is detached, as in a checkout of a pipeline.
    git(&root, &["checkout", "-q", "--detach"]);
    let capture = desk
        .run(&root, &[], || {
            write(&root, "agent", "agent\n");
            commit(&root, "agent");
        })
        .await
        .unwrap();
    for (begin, what, end) in [
        (
            "GIT_SEQUENCE_EDITOR='sed -i 1s/pick/edit/' git rebase -q -i HEAD~1",
            "rebase",
            "git rebase --abort",
        ),
        (
            "git bisect start -q HEAD HEAD~3; git checkout -q $(cat .git/BISECT_START)",
            "bisect",
            "git bisect reset",
        ),
        (
            "git format-patch -q -1 --stdout HEAD~1 > .git/mail; ! git am -q .git/mail",
            "rebase",
            "git am --abort",
        ),
    ] {
        let shell = |line: &str| {
            let mut shell = Command::new("sh");
            shell.args(["-ec", line]).current_dir(&root).env("GIT_COMMITTER_NAME", "t");
            assert!(
                shell.env("GIT_COMMITTER_EMAIL", "t@example.test").output().unwrap().status.success(),
                "{line}"
            );
        };
        shell(begin);
        let head = git(&root, &["rev-parse", "HEAD"]);
        let plan = desk.plan(&capture).await;
        assert!(
            plan.truth.why().unwrap().contains(&format!("a {what} is under way there")),
            "{what}: {plan:?}"
        );
        assert_eq!(desk.undo(&capture).await.success, Some(false));
        assert_eq!(git(&root, &["rev-parse", "HEAD"]), head);
        shell(end);
    }
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    assert!(!root.join("agent").exists());
}

/// As a full disk leaves it: the ref has moved, one file is written in part, another one is gone, a new one is begun.
#[tokio::test]
async fn a_checkout_that_was_cut_off_is_done_again_or_taken_back() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    for name in ["half", "gone", "removed"] {
        write(&root, name, "as it was before\n");
    }
    commit(&root, "files");
    let before = tree(&root);
    let capture = desk
        .run(&root, &[], || {
            write(&root, "half", "agent\n");
            write(&root, "gone", "agent\n");
            std::fs::remove_file(root.join("removed")).unwrap();
            write(&root, "made", "agent\n");
            commit(&root, "agent");
        })
        .await
        .unwrap();
    let tip = git(&root, &["rev-parse", "HEAD"]);
    let whole_after = whole(&root);
    let cut_off = || {
        git(&root, &["update-ref", "refs/heads/main", &saved_commit(&desk)]);
        write(&root, "half", "as it");
        write(&root, "removed", "");
        std::fs::remove_file(root.join("gone")).unwrap();
        std::fs::remove_file(root.join("made")).unwrap();
    };
    // Noted, and then nothing.
    let mut journal = Journal::begin(&desk.shelf, "r1", "run", &capture, "why").unwrap();
    assert_eq!(carry_out(&desk.shelf, &mut journal, async || None).await.success, Some(true));
    unend(&desk);
    git(&root, &["reset", "-q", "--hard", &tip]);
    cut_off();
    let mut left = Journal::left(&desk.shelf).unwrap();
    let outcome = carry_out(&desk.shelf, &mut left[0], async || None).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert_eq!((tree(&root), git(&root, &["status", "--porcelain"])), (before, String::new()));
    // The same, where something of a person's is in the way meanwhile.
    unend(&desk);
    git(&root, &["reset", "-q", "--hard", &tip]);
    cut_off();
    write(&root, "gone", "mine\n");
    let mut left = Journal::left(&desk.shelf).unwrap();
    let outcome = carry_out(&desk.shelf, &mut left[0], async || None).await;
    assert_eq!(outcome.success, Some(false), "{outcome:?}");
    assert_eq!(
        (git(&root, &["rev-parse", "HEAD"]), git(&root, &["status", "--porcelain"])),
        (tip, " M gone".to_owned())
    );
    assert_eq!(std::fs::read_to_string(root.join("gone")).unwrap(), "mine\n");
    write(&root, "gone", "agent\n");
    assert_eq!(whole(&root), whole_after, "nothing else differs");
}

fn saved(desk: &Desk) -> (PathBuf, serde_json::Value) {
    let path = desk.shelf.state.join("rollbacks/r1.json");
    let saved = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    (path, saved)
}

fn saved_commit(desk: &Desk) -> String {
    saved(desk).1["steps"][0]["note"]["commit"].as_str().unwrap().to_owned()
}

/// The journal as it was before the step ended.
fn unend(desk: &Desk) {
    let (path, mut saved) = saved(desk);
    saved["steps"][0]["end"] = serde_json::Value::Null;
    std::fs::write(path, saved.to_string()).unwrap();
}
