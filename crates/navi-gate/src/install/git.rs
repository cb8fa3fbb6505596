//! Where git's hooks lie, and what is written there.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::plan::{Change, Plan};
use crate::cli::GitHook;
use crate::text::quoted;

/// The hooks of the repository here.
pub fn plans(hook: GitHook, gate: &Path, timeout: u64) -> Result<Vec<Plan>, String> {
    let bare = git(&["rev-parse", "--is-bare-repository"])? == "true";
    if hook == GitHook::PreReceive && !bare {
        return Err(
            "pre-receive belongs where the repository is served: a bare one. Here git-pre-push is the hook"
                .into(),
        );
    }
    let hooks = PathBuf::from(git(&["rev-parse", "--path-format=absolute", "--git-path", "hooks"])?);
    let deadline = timeout.saturating_sub(60).max(10);
    let plan = |name: &str, what: &'static str, notes: Vec<String>| Plan {
        path: hooks.join(name),
        change: Change::Whole(script(name, gate, deadline)),
        executable: true,
        asks: "git",
        what,
        notes,
    };
    Ok(match hook {
        GitHook::PrePush => {
            let note = "git push --no-verify goes round this hook; git-pre-receive, where the repository is served, cannot be gone round";
            vec![plan("pre-push", "a push leaves this clone", vec![note.to_owned()])]
        }
        GitHook::PreReceive | GitHook::PostReceive => {
            let note = "NAVI_URL and NAVI_TOKEN must reach the hook: set them for the program that serves git, or write navi/gate.json for its user";
            vec![
                plan("pre-receive", "it takes a push", vec![note.to_owned()]),
                plan("post-receive", "it says how a push ended", Vec::new()),
            ]
        }
    })
}

/// A gate that is gone ends with 127: git refuses the push.
fn script(name: &str, gate: &Path, deadline: u64) -> String {
    let gate = quoted(&gate.to_string_lossy());
    format!(
        "#!/bin/sh\n# Written by navi-gate install; asks: git hook {name}\nexec {gate} git-hook {name} --deadline {deadline} \"$@\"\n"
    )
}

fn git(args: &[&str]) -> Result<String, String> {
    let out =
        Command::new("git").args(args).output().map_err(|e| format!("git could not be started ({e})"))?;
    if !out.status.success() {
        return Err("this folder is in no git repository".into());
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}
