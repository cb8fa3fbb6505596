//! Spellings of one effect are one effect; other effects are others.

use navi_domain::action::{ActionType, TargetState};

use super::*;

fn same(commands: &[&str]) {
    let first = of_command(commands[0], Some("/repo"));
    for command in commands {
        assert_eq!(of_command(command, Some("/repo")), first, "{command}");
    }
}

#[test]
fn spellings_with_the_same_effect_are_equal() {
    same(&[
        "rm -rf x",
        "rm -fr ./x",
        "/bin/rm -r -f x",
        "sh -c \"rm -rf x\"",
        "sudo rm -rf x",
        "r\\m -rf x/",
        "rm --recursive --force /repo/x",
        "echo hi && rm -rf x",
        "bash <<< 'rm -rf x'",
        "cd /repo && rm -rf x",
        "$(echo rm) -rf x",
        "find . -maxdepth 0 -exec true \\; ; rm -rf x".split(';').next_back().unwrap(),
    ]);
    same(&["git push --force origin main", "git push -f origin main", "git push origin +main"]);
    same(&["git reset --hard", "git  reset   --hard", "env X=1 git reset --hard"]);
    same(&["terraform destroy", "bash -lc 'terraform destroy'", "nohup terraform destroy"]);
}

#[test]
fn different_effects_differ() {
    let pairs = [
        ("rm -rf x", "rm -rf y"),
        ("git push origin main", "git push -f origin main"),
        ("cat a", "cat b"),
        ("echo a > x", "echo a > y"),
        ("python -c 'print(1)'", "python -c 'print(2)'"),
        ("cd a && rm -rf x", "cd b && rm -rf x"),
    ];
    for (left, right) in pairs {
        assert_ne!(of_command(left, Some("/repo")), of_command(right, Some("/repo")), "{left}");
    }
}

#[test]
fn the_order_of_arguments_is_no_other_effect() {
    let with = |text: &str| {
        effect(&Action {
            org: "o".into(),
            agent: None,
            on_behalf_of: "p".into(),
            session_id: None,
            action_type: ActionType::parse("mcp_tool"),
            tool: Some("t".into()),
            args: Some(serde_json::from_str(text).unwrap()),
            command: None,
            cwd: None,
            files: Vec::new(),
            diff: None,
            repo: None,
            branch: None,
            environment: None,
            target_state: TargetState::None(String::new()),
        })
    };
    assert_eq!(with(r#"{"a": 1, "b": {"c": 2, "d": 3}}"#), with(r#"{"b": {"d": 3, "c": 2}, "a": 1}"#));
    assert_ne!(with(r#"{"a": 1}"#), with(r#"{"a": 2}"#));
}
