//! Strategy *config*: files.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn files_come_back_byte_for_byte_with_their_modes_and_created_ones_go() {
    let desk = Desk::new();
    let folder = desk.path("etc");
    std::fs::create_dir(&folder).unwrap();
    let of = |name: &str| folder.join(name);
    std::fs::write(of("app.conf"), b"port=1\r\n\xff\x00").unwrap();
    mode(&of("app.conf"), 0o640);
    std::fs::write(of("gone.conf"), "x").unwrap();
    std::fs::write(of("run.sh"), "#!/bin/sh\n").unwrap();
    mode(&of("run.sh"), 0o755);
    symlink("app.conf", of("link")).unwrap();
    let before = files_of(&folder);
    let watched: Vec<PathBuf> = ["app.conf", "gone.conf", "run.sh", "link", "new.conf"].map(of).into();
    let capture = desk
        .run(&folder, &watched, || {
            std::fs::write(of("app.conf"), "port=2\n").unwrap();
            mode(&of("app.conf"), 0o666);
            std::fs::remove_file(of("gone.conf")).unwrap();
            mode(&of("run.sh"), 0o644);
            std::fs::remove_file(of("link")).unwrap();
            symlink("run.sh", of("link")).unwrap();
            std::fs::write(of("new.conf"), "new").unwrap();
        })
        .await
        .unwrap();
    let plan = desk.plan(&capture).await;
    assert_eq!(plan.truth.as_str(), "verified");
    assert_eq!(plan.undoes().len(), 5, "{plan:?}");
    let outcome = desk.undo(&capture).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert_eq!(files_of(&folder), before);
}

fn files_of(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let found = std::fs::symlink_metadata(entry.path()).unwrap();
        if found.is_dir() {
            continue;
        }
        let content = match found.is_symlink() {
            true => format!("{:?}", std::fs::read_link(entry.path()).unwrap()),
            false => format!("{:o} {:?}", found.permissions().mode(), std::fs::read(entry.path()).unwrap()),
        };
        all.push(format!("{} {content}", entry.path().display()));
    }
    all.sort();
    all
}

#[tokio::test]
async fn what_was_changed_since_is_refused_and_nothing_is_touched() {
    let desk = Desk::new();
    let (one, two) = (desk.path("one"), desk.path("two"));
    std::fs::write(&one, "1").unwrap();
    std::fs::write(&two, "1").unwrap();
    let capture = desk
        .run(&desk.path(""), &[one.clone(), two.clone()], || {
            std::fs::write(&one, "2").unwrap();
            std::fs::write(&two, "2").unwrap();
        })
        .await
        .unwrap();
    std::fs::write(&two, "3").unwrap();
    let plan = desk.plan(&capture).await;
    assert!(plan.truth.why().unwrap().contains("was changed after the run"), "{plan:?}");
    let outcome = desk.undo(&capture).await;
    assert_eq!((outcome.success, outcome.undone.len()), (Some(false), 0));
    assert_eq!(std::fs::read_to_string(&one).unwrap(), "2");
    assert_eq!(files_of(&desk.path("")).iter().filter(|f| f.contains("navi-undo")).count(), 0);
}

#[tokio::test]
async fn what_the_record_does_not_name_is_not_restored() {
    let desk = Desk::new();
    let one = desk.path("one");
    std::fs::write(&one, "1").unwrap();
    let mut capture = desk
        .run(&desk.path(""), std::slice::from_ref(&one), || std::fs::write(&one, "2").unwrap())
        .await
        .unwrap();
    let blobs = desk.shelf.state.join("captures").join(&capture.id).join("blobs");
    let blob = std::fs::read_dir(&blobs).unwrap().flatten().next().unwrap().path();
    std::fs::write(&blob, "evil").unwrap();
    assert!(desk.plan(&capture).await.truth.why().unwrap().contains("damaged"));
    capture.sha256 = "0".repeat(64);
    assert!(desk.plan(&capture).await.truth.why().unwrap().contains("not what the record names"));
    assert_eq!(desk.undo(&capture).await.success, Some(false));
    assert_eq!(std::fs::read_to_string(&one).unwrap(), "2");
}

#[tokio::test]
async fn a_run_that_changed_nothing_leaves_no_capture() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    assert_eq!(desk.run(&root, &[root.join("README")], || {}).await, None);
    assert_eq!(desk.run(&desk.path(""), &[], || {}).await, None);
    assert_eq!(std::fs::read_dir(desk.shelf.state.join("captures")).unwrap().count(), 0);
}

#[tokio::test]
async fn uncommitted_changes_in_a_work_tree_come_back_as_they_were() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    let of = |name: &str| root.join(name);
    std::fs::write(of("clean"), "clean\n").unwrap();
    std::fs::write(of("deleted"), "deleted\n").unwrap();
    symlink("clean", of("link")).unwrap();
    commit(&root, "files");
    std::fs::write(of("README"), "mine, not committed\n").unwrap();
    std::fs::write(of("untracked"), "mine\n").unwrap();
    let before = whole(&root);
    let capture = desk
        .run(&root, &[], || {
            std::fs::write(of("README"), "the agent's\n").unwrap();
            std::fs::write(of("clean"), "the agent's\n").unwrap();
            std::fs::remove_file(of("deleted")).unwrap();
            std::fs::remove_file(of("link")).unwrap();
            std::fs::remove_file(of("untracked")).unwrap();
            std::fs::create_dir(of("more")).unwrap();
            std::fs::write(of("more/made"), "by the agent\n").unwrap();
        })
        .await
        .unwrap();
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    assert_eq!(whole(&root), before);
}

#[tokio::test]
async fn a_runner_that_died_in_the_middle_of_a_restore_goes_on() {
    let desk = Desk::new();
    let paths: Vec<PathBuf> = (0..6).map(|n| desk.path(&format!("f{n}"))).collect();
    paths.iter().for_each(|p| std::fs::write(p, "before").unwrap());
    let capture = desk
        .run(&desk.path(""), &paths, || paths.iter().for_each(|p| std::fs::write(p, "after").unwrap()))
        .await
        .unwrap();
    let mut journal = Journal::begin(&desk.shelf, "r1", "run", &capture, "why").unwrap();
    let _ = carry_out(&desk.shelf, &mut journal, async || None).await;
    // As a power cut would leave it: noted, two of six renamed.
    let text = std::fs::read_to_string(desk.shelf.state.join("rollbacks/r1.json")).unwrap();
    let mut saved: serde_json::Value = serde_json::from_str(&text).unwrap();
    saved["steps"][0]["end"] = serde_json::Value::Null;
    std::fs::write(desk.shelf.state.join("rollbacks/r1.json"), saved.to_string()).unwrap();
    for path in &paths[2..] {
        std::fs::write(path, "after").unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let beside = path.with_file_name(format!(".{name}.navi-undo"));
        std::fs::write(&beside, "before").unwrap();
    }
    let mut left = Journal::left(&desk.shelf).unwrap();
    assert_eq!((left.len(), left[0].rollback_id.as_str()), (1, "r1"));
    let outcome = carry_out(&desk.shelf, &mut left[0], async || None).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert!(paths.iter().all(|p| std::fs::read_to_string(p).unwrap() == "before"));
}

#[tokio::test]
async fn a_stopped_rollback_says_who_stopped_it_and_did_nothing() {
    let desk = Desk::new();
    let one = desk.path("one");
    std::fs::write(&one, "1").unwrap();
    let capture = desk
        .run(&desk.path(""), std::slice::from_ref(&one), || std::fs::write(&one, "2").unwrap())
        .await
        .unwrap();
    let mut journal = Journal::begin(&desk.shelf, "r1", "run", &capture, "why").unwrap();
    let outcome = carry_out(&desk.shelf, &mut journal, async || Some("a person stopped it".to_owned())).await;
    assert_eq!((outcome.success, outcome.why.as_deref()), (Some(false), Some("a person stopped it")));
    assert_eq!(std::fs::read_to_string(&one).unwrap(), "2");
}

fn mode_of(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A folder that was removed with what lay in it, one that was opened to everybody, and one that takes nothing new.
#[tokio::test]
async fn folders_get_their_mode_back_and_are_there_again() {
    let desk = Desk::new();
    let (etc, keys) = (desk.path("etc"), desk.path("etc/keys"));
    let (opened, closed) = (desk.path("opened"), desk.path("closed"));
    for (folder, its) in [(&etc, 0o755), (&keys, 0o2750), (&opened, 0o711), (&closed, 0o555)] {
        std::fs::create_dir(folder).unwrap();
        if *folder != closed {
            std::fs::write(folder.join("file"), "before").unwrap();
        }
        mode(folder, its);
    }
    let watched = [keys.join("file"), etc.join("file"), opened.join("file"), closed.clone()];
    let capture = desk
        .run(&desk.path(""), &watched, || {
            std::fs::remove_dir_all(&etc).unwrap();
            mode(&opened, 0o777);
            mode(&closed, 0o755);
        })
        .await
        .unwrap();
    let plan = desk.plan(&capture).await;
    assert_eq!(plan.truth.as_str(), "verified", "{plan:?}");
    let outcome = desk.undo(&capture).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert_eq!([&etc, &keys, &opened, &closed].map(|path| mode_of(path)), [0o755, 0o2750, 0o711, 0o555]);
    assert_eq!(std::fs::read_to_string(keys.join("file")).unwrap(), "before");
    assert!(outcome.undone.iter().any(|undone| undone.contains("the folder")), "{outcome:?}");
}

#[tokio::test]
async fn a_folder_that_was_changed_after_the_run_is_left_alone() {
    let desk = Desk::new();
    let folder = desk.path("opened");
    std::fs::create_dir(&folder).unwrap();
    mode(&folder, 0o711);
    let capture =
        desk.run(&desk.path(""), std::slice::from_ref(&folder), || mode(&folder, 0o777)).await.unwrap();
    mode(&folder, 0o700);
    let plan = desk.plan(&capture).await;
    assert!(plan.truth.why().unwrap().contains("was changed after the run"), "{plan:?}");
    assert_eq!(desk.undo(&capture).await.success, Some(false));
    assert_eq!(mode_of(&folder), 0o700);
}

/// Where no runner works, the next capture of a gate forgets what nobody may undo any more; once a day is enough.
#[tokio::test]
async fn a_gate_forgets_captures_whose_longest_window_is_over() {
    let desk = Desk::new();
    let one = desk.path("one");
    let captures = desk.shelf.state.join("captures");
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(100 * 86_400);
    let old = |name: &str| {
        std::fs::create_dir_all(captures.join(name)).unwrap();
        std::fs::File::open(captures.join(name)).unwrap().set_modified(long_ago).unwrap();
        captures.join(name)
    };
    let first = old("first");
    desk.run(&desk.path(""), std::slice::from_ref(&one), || std::fs::write(&one, "1").unwrap())
        .await
        .unwrap();
    assert!(!first.exists());
    let second = old("second");
    desk.run(&desk.path(""), std::slice::from_ref(&one), || std::fs::write(&one, "2").unwrap())
        .await
        .unwrap();
    assert!(second.exists(), "it looks once a day");
    std::fs::File::open(desk.shelf.state.join("swept")).unwrap().set_modified(long_ago).unwrap();
    desk.run(&desk.path(""), std::slice::from_ref(&one), || std::fs::write(&one, "3").unwrap())
        .await
        .unwrap();
    assert!(!second.exists());
    assert_eq!(std::fs::read_dir(&captures).unwrap().count(), 3, "what can still be undone stays");
}

/// What was changed and not kept is said, also where nothing else was changed.
#[tokio::test]
async fn what_is_too_large_to_keep_is_never_called_unchanged() {
    let desk = Desk::new();
    let large = desk.path("large");
    let long = |byte: u8| vec![byte; 17 * 1024 * 1024];
    std::fs::write(&large, long(1)).unwrap();
    assert_eq!(desk.run(&desk.path(""), std::slice::from_ref(&large), || {}).await, None);
    let write = || std::fs::write(&large, long(2)).unwrap();
    let capture = desk.run(&desk.path(""), std::slice::from_ref(&large), write).await.unwrap();
    let plan = desk.plan(&capture).await;
    assert!(plan.truth.why().unwrap().contains("is larger than"), "{plan:?}");
    assert_eq!(plan.truth.as_str(), "impossible");
    assert_eq!(desk.undo(&capture).await.success, Some(false));
}

#[tokio::test]
async fn a_file_that_became_a_folder_is_named_and_nothing_is_guessed() {
    let desk = Desk::new();
    let (one, two) = (desk.path("one"), desk.path("two"));
    std::fs::write(&one, "1").unwrap();
    std::fs::write(&two, "1").unwrap();
    let both = [one.clone(), two.clone()];
    let capture = desk
        .run(&desk.path(""), &both, || {
            std::fs::remove_file(&one).unwrap();
            std::fs::create_dir(&one).unwrap();
        })
        .await
        .unwrap();
    assert!(desk.plan(&capture).await.truth.why().unwrap().contains("is a folder now"));
    assert_eq!(desk.undo(&capture).await.success, Some(false));
    std::fs::remove_dir(&one).unwrap();
    std::fs::write(&one, "1").unwrap();
    let capture = desk
        .run(&desk.path(""), &both, || {
            std::fs::remove_file(&one).unwrap();
            std::fs::create_dir(&one).unwrap();
            std::fs::write(&two, "2").unwrap();
        })
        .await
        .unwrap();
    let plan = desk.plan(&capture).await;
    assert_eq!(plan.truth.as_str(), "unverified", "{plan:?}");
    assert!(plan.leaves().iter().any(|left| left.contains("is a folder now")), "{plan:?}");
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    assert!(one.is_dir() && std::fs::read_to_string(&two).unwrap() == "1");
}

fn attribute(path: &Path, value: &[u8]) {
    rustix::fs::setxattr(path, "user.origin", value, rustix::fs::XattrFlags::empty()).unwrap();
}

fn attribute_of(path: &Path) -> Option<Vec<u8>> {
    let mut value = vec![0; 64];
    let length = rustix::fs::getxattr(path, "user.origin", &mut value).ok()?;
    value.truncate(length);
    Some(value)
}

/// A file that is put back is a new one: what it carried is given to it.
#[tokio::test]
async fn extended_attributes_come_back_and_new_ones_go() {
    let desk = Desk::new();
    let [kept, plain, only] = ["kept", "plain", "only"].map(|name| desk.path(name));
    for path in [&kept, &plain, &only] {
        std::fs::write(path, "before").unwrap();
    }
    attribute(&kept, b"here");
    attribute(&only, b"here");
    let capture = desk
        .run(&desk.path(""), &[kept.clone(), plain.clone(), only.clone()], || {
            std::fs::remove_file(&kept).unwrap();
            std::fs::write(&kept, "after").unwrap();
            std::fs::write(&plain, "after").unwrap();
            attribute(&plain, b"there");
            attribute(&only, b"there");
        })
        .await
        .unwrap();
    let outcome = desk.undo(&capture).await;
    assert_eq!(outcome.success, Some(true), "{outcome:?}");
    assert_eq!(attribute_of(&kept).as_deref(), Some(b"here".as_slice()));
    assert_eq!(attribute_of(&plain), None);
    assert_eq!(attribute_of(&only).as_deref(), Some(b"here".as_slice()));
}

/// `current` led to one release and leads to the next: the next one is not written into.
#[tokio::test]
async fn where_a_link_on_the_way_leads_elsewhere_nothing_is_put_back() {
    let desk = Desk::new();
    let (one, two, current) = (desk.path("one"), desk.path("two"), desk.path("current"));
    for release in [&one, &two] {
        std::fs::create_dir(release).unwrap();
        std::fs::write(release.join("app.conf"), "port=1").unwrap();
    }
    let turn = |to: &Path| {
        let _ = std::fs::remove_file(&current);
        symlink(to, &current).unwrap();
    };
    let named = [current.join("app.conf")];
    let text = |release: &Path| std::fs::read_to_string(release.join("app.conf")).unwrap();
    // By somebody else, after the run.
    turn(&one);
    let write = || std::fs::write(&named[0], "port=2").unwrap();
    let capture = desk.run(&desk.path(""), &named, write).await.unwrap();
    std::fs::write(two.join("app.conf"), "port=2").unwrap();
    turn(&two);
    let plan = desk.plan(&capture).await;
    assert!(plan.truth.why().unwrap().contains("lies elsewhere now"), "{plan:?}");
    assert_eq!(desk.undo(&capture).await.success, Some(false));
    assert_eq!(text(&two), "port=2");
    turn(&one);
    assert_eq!(desk.undo(&capture).await.success, Some(true));
    assert_eq!((text(&one), text(&two)), ("port=1".to_owned(), "port=2".to_owned()));
    // By the run itself.
    let capture = desk.run(&desk.path(""), &named, || turn(&two)).await.unwrap();
    assert!(desk.plan(&capture).await.truth.why().unwrap().contains("a link on its way"));
    assert_eq!(desk.undo(&capture).await.success, Some(false));
    assert_eq!((text(&one), text(&two)), ("port=1".to_owned(), "port=2".to_owned()));
}
