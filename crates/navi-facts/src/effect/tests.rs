//! Spellings of one effect are one effect; other effects are others.

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
