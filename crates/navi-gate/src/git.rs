//! The git program as the gate starts it: in one folder, asking nothing, and without what the repository's own configuration
//! would have it run. The folder belongs to whoever is overseen; looking at it must not carry out what lies in it.

use std::path::Path;
use std::process::Command;

/// Git in `folder`. Repository hooks, the file system monitor and content filters that the repository itself configures stay
/// off; what the person configured for all repositories holds.
pub fn command(folder: &Path) -> Command {
    let mut command = plain(folder);
    for filter in own_filters(folder) {
        for what in ["clean=", "smudge=", "process=", "required=false"] {
            command.arg("-c").arg(format!("filter.{filter}.{what}"));
        }
    }
    command
}

/// The same, where the repository's configuration names no filter, so that no program has to be asked for them first.
pub fn without_filters(folder: &Path) -> Option<Command> {
    (!may_filter(folder)).then(|| plain(folder))
}

fn plain(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder);
    command.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
    command
}

/// Names of the filters in the repository's own configuration. Most have none, and then no program is started for it.
fn own_filters(folder: &Path) -> Vec<String> {
    if !may_filter(folder) {
        return Vec::new();
    }
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).env("GIT_OPTIONAL_LOCKS", "0");
    git.args(["config", "--includes", "--null", "--show-scope", "--name-only", "--get-regexp", "^filter\\."]);
    let listed =
        git.output().map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    let fields: Vec<&str> = listed.split('\0').collect();
    let own = fields.chunks(2).filter_map(|pair| match pair {
        [scope, name] if ["local", "worktree"].contains(scope) => name.strip_prefix("filter."),
        _ => None,
    });
    let mut names: Vec<String> = own.filter_map(|name| Some(name.rsplit_once('.')?.0.to_owned())).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether the repository's configuration, or a file that it includes, could name a filter.
fn may_filter(folder: &Path) -> bool {
    let Some(root) = folder.ancestors().find(|d| d.join(".git").exists()) else { return false };
    let Some(git) = crate::observe::git_dir(root) else { return true };
    let files = [crate::observe::common(&git).join("config"), git.join("config.worktree")];
    files.iter().filter(|file| file.exists()).any(|file| {
        // One that cannot be read here is git's to read.
        let Some(text) = crate::observe::text_of(file) else { return true };
        let text = text.to_ascii_lowercase();
        text.contains("filter") || text.contains("include")
    })
}
