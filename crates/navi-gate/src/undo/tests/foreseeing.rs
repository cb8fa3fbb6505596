//! What is said before a run: by which strategies it could be undone.

use navi_domain::rollback::foreseen::Said;

use super::*;

fn said(desk: &Desk, cwd: &Path, files: &[PathBuf], action_type: &str) -> Said {
    let subject = Subject { action_type, cwd, files, command: None, files_only: false };
    serde_json::from_value(foreseen_at(&desk.shelf, &subject).unwrap()).unwrap()
}

#[test]
fn a_work_tree_has_commits_and_files() {
    let desk = Desk::new();
    let root = desk.repo("shop");
    let found = said(&desk, &root, &[PathBuf::from("a.txt")], "command_run");
    assert_eq!(found.strategies, [Strategy::Git, Strategy::Config]);
    assert_eq!((found.truth.as_str(), found.undoes.len()), ("unverified", 2));
}

#[test]
fn outside_a_work_tree_only_what_is_named_or_declared_is_captured() {
    let bare = Desk::new();
    let place = bare.path("plain");
    std::fs::create_dir_all(&place).unwrap();
    let found = said(&bare, &place, &[], "command_run");
    assert_eq!((found.truth.as_str(), found.strategies), ("impossible", vec![]));
    let named = said(&bare, &place, &[PathBuf::from("a.txt")], "command_run");
    assert_eq!(named.strategies, [Strategy::Config]);

    let folder = place.display();
    let desk = Desk::declaring(&format!(
        "[[flag]]\nfolder = \"{folder}\"\nprovider = \"unleash\"\nurl = \"https://u.example\"\nproject = \"p\"\n\
         environment = \"e\"\nfeature = \"f\"\ntoken_env = \"T\"\n"
    ));
    let flag = said(&desk, &place, &[], "feature_flag_change");
    assert_eq!(flag.strategies, [Strategy::FeatureFlag]);
    assert_eq!(said(&desk, &place, &[], "command_run").strategies, []);
}
