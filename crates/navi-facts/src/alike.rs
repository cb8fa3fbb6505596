//! What makes two actions alike: the words of one plain command, its program with what it is told to do, the places of
//! files. Says nothing where anything is not known before it runs.

use navi_domain::action::Action;

use crate::shell::{self, Via};

/// Programs whose next words say what they do, and how many of those words it takes. Others have none: the word after
/// `rm` or `python` is what it works on, and a rule for the program alone would cover everything.
const TOLD: &[(&str, usize)] = &[
    ("git", 1),
    ("cargo", 1),
    ("go", 1),
    ("make", 1),
    ("just", 1),
    ("rake", 1),
    ("mix", 1),
    ("mvn", 1),
    ("gradle", 1),
    ("sbt", 1),
    ("dotnet", 1),
    ("npm", 1),
    ("pnpm", 1),
    ("yarn", 1),
    ("bun", 1),
    ("pip", 1),
    ("poetry", 1),
    ("uv", 1),
    ("bundle", 1),
    ("composer", 1),
    ("docker", 1),
    ("podman", 1),
    ("kubectl", 2),
    ("helm", 1),
    ("terraform", 1),
    ("tofu", 1),
    ("pulumi", 1),
    ("alembic", 1),
    ("dbmate", 1),
    ("flyway", 1),
    ("prisma", 2),
    ("sqlx", 2),
    ("gh", 2),
    ("glab", 2),
    ("aws", 2),
    ("gcloud", 3),
    ("az", 2),
];
/// Words that only say that the next one says it.
const RUN: &[(&str, &str)] = &[
    ("npm", "run"),
    ("pnpm", "run"),
    ("yarn", "run"),
    ("bun", "run"),
    ("docker", "compose"),
    ("podman", "compose"),
];

/// The words of a command that is one simple command: no wrapper, assignment, redirection, input or list, and nothing
/// that is only known when it runs.
#[must_use]
pub fn plain_words(command: &str) -> Option<Vec<String>> {
    if !crate::is_simple(command) {
        return None;
    }
    let script = shell::parse(command);
    let only = script.invocations.first()?;
    let plain = script.assignments.is_empty()
        && !script.redefines
        && only.via == Via::Direct
        && !only.transparent
        && only.wrappers.is_empty()
        && only.assignments.is_empty()
        && only.redirects.is_empty()
        && only.input.is_none()
        && only.code.is_none()
        && !only.hides_program()
        && !only.whole.iter().any(|word| word.dynamic);
    plain.then(|| only.whole.iter().map(|word| word.text.clone()).collect())
}

/// The program and what it is told to do, of the words of a plain command; `None` where the words after the program say
/// no such thing.
#[must_use]
pub fn told(words: &[String]) -> Option<Vec<String>> {
    let (program, rest) = words.split_first()?;
    let (_, count) = TOLD.iter().find(|(name, _)| *name == program.as_str())?;
    let further = rest.first().is_some_and(|first| RUN.contains(&(program.as_str(), first.as_str())));
    let count = count + usize::from(further);
    let says = rest.get(..count)?;
    says.iter().all(|word| is_bare(word)).then(|| words.get(..=count).map(<[String]>::to_vec))?
}

/// A word that names something to do, and is no option, path or pattern.
fn is_bare(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
}

/// Segments of the paths of an action's files, from the root (whose segment is empty), or from the working directory
/// where that is not known. `None`: it has a command or no files, or a path leads elsewhere than it says.
#[must_use]
pub fn places(action: &Action) -> Option<Vec<Vec<String>>> {
    if action.command.is_some() || action.files.is_empty() {
        return None;
    }
    action.files.iter().map(|file| segments(action.cwd.as_deref(), &file.path)).collect()
}

/// The folder that all places lie in, if it says something: not the working directory or one above it, nor the root or
/// one of its own folders.
#[must_use]
pub fn folder(action: &Action) -> Option<Vec<String>> {
    let places = places(action)?;
    let first = places.first()?;
    let deepest = first.len().checked_sub(1)?;
    let shared = |n: &usize| places.iter().all(|p| p.len() > *n && p.get(..*n) == first.get(..*n));
    let folder = first.get(..(0..=deepest).rev().find(shared)?)?.to_vec();
    let here = action.cwd.as_deref().and_then(|cwd| segments(None, cwd));
    let rooted = folder.first().is_some_and(String::is_empty);
    let says = folder.len() > if rooted { 2 } else { 0 };
    (says && !here.is_some_and(|here| here.starts_with(&folder))).then_some(folder)
}

fn segments(cwd: Option<&str>, path: &str) -> Option<Vec<String>> {
    let whole = match cwd {
        Some(cwd) if !path.starts_with('/') => format!("{cwd}/{path}"),
        _ => path.to_owned(),
    };
    let odd = |part: &str| part == ".." || part.contains(['$', '~', '*', '?', '`', '\\', '\0']);
    if path.is_empty() || whole.split('/').any(odd) {
        return None;
    }
    let root = whole.starts_with('/').then(String::new);
    let rest = whole.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned);
    Some(root.into_iter().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use navi_domain::action::{ActionType, FileChange, FileOp, TargetState};

    use super::*;

    fn words_told(command: &str) -> Option<String> {
        Some(told(&plain_words(command)?)?.join(" "))
    }

    fn edit(cwd: Option<&str>, files: &[&str]) -> Action {
        let file =
            |path: &&str| FileChange { path: (*path).into(), op: FileOp::Edit, before: None, after: None };
        Action {
            org: "acme".into(),
            agent: None,
            on_behalf_of: "dana".into(),
            session_id: None,
            action_type: ActionType::parse("code_edit"),
            tool: None,
            args: None,
            command: None,
            cwd: cwd.map(str::to_owned),
            files: files.iter().map(file).collect(),
            diff: None,
            repo: None,
            branch: None,
            environment: None,
            target_state: TargetState::None("test".into()),
        }
    }

    #[test]
    fn a_program_is_named_with_what_it_is_told_to_do() {
        for (command, told) in [
            ("git push origin feature/x", "git push"),
            ("git  'push' -f", "git push"),
            ("npm run build -- --watch", "npm run build"),
            ("npm install", "npm install"),
            ("docker compose up -d", "docker compose up"),
            ("gh pr merge 7", "gh pr merge"),
            ("kubectl rollout restart deploy/web", "kubectl rollout restart"),
        ] {
            assert_eq!(words_told(command).as_deref(), Some(told), "{command}");
        }
    }

    #[test]
    fn what_could_be_anything_is_named_by_nothing() {
        for command in [
            "git",
            "git -c core.pager=evil push",
            "git $WHAT origin",
            "/tmp/git push",
            "rm build",
            "python manage",
            "bash deploy",
            "npm run ./x",
            "npm run",
            "gh api",
            "sudo git push",
            "env X=1 git push",
            "X=1 git push",
            "git push && rm -rf x",
            "git push | sh",
            "git push > log",
            "git push $(id)",
            "git push; true",
            "(git push)",
            "! git push",
            "git push &",
            "git pu\\\nsh\nrm x",
        ] {
            assert_eq!(words_told(command), None, "{command}");
        }
    }

    #[test]
    fn files_lie_in_the_deepest_folder_that_they_share() {
        let of = |cwd, files: &[&str]| folder(&edit(cwd, files)).map(|f| f.join("/"));
        assert_eq!(
            of(Some("/work/shop"), &["src/api/a.rs", "src/api/deep/b.rs"]).as_deref(),
            Some("/work/shop/src/api")
        );
        assert_eq!(of(Some("/work/shop"), &["/work/shop/src/a.rs"]).as_deref(), Some("/work/shop/src"));
        assert_eq!(of(None, &["src/api/a.rs", "src/b.rs"]).as_deref(), Some("src"));
        assert_eq!(of(None, &["./src//a.rs"]).as_deref(), Some("src"));
        for (cwd, files) in [
            (Some("/work/shop"), &["a.rs"][..]),
            (Some("/work/shop"), &["src/a.rs", "test/b.rs"]),
            (Some("/work/shop"), &["src/../../x/a.rs"]),
            (Some("/work/shop"), &["src/$X/a.rs"]),
            (Some("/work/shop/src"), &["/work/shop/other/a.rs", "/work/shop/src/b.rs"]),
            (None, &["/etc/passwd"]),
            (None, &["README.md"]),
            (None, &[""]),
            (None, &[]),
        ] {
            assert_eq!(of(cwd, files), None, "{cwd:?} {files:?}");
        }
        let with_command = Action { command: Some("ls".into()), ..edit(None, &["src/a.rs"]) };
        assert!(places(&with_command).is_none(), "a command does what it does, wherever its files lie");
    }
}
