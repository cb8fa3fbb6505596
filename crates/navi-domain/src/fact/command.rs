//! Facts from a command line: its segments, their programs and words.
//!
//! A plain splitter at shell operators, which errs on the side of finding more. Words inside quotes are looked at too,
//! so that `sh -c "rm -rf /"` is seen.

use super::{Fact, FactKind, path};
use crate::action::FileOp;

/// Facts of a command.
pub(super) fn facts(command: &str) -> Vec<Fact> {
    let mut out = Vec::new();
    let unbalanced = command.matches('"').count() % 2 == 1 || command.matches('\'').count() % 2 == 1;
    if unbalanced || command.contains('\0') {
        out.push(Fact::new(FactKind::UnreadableCommand, "command: quotes do not balance"));
        out.push(Fact::new(FactKind::HardToUndo, "command: could not be read"));
    }
    for segment in command.split(['\n', ';', '|', '&', '(', ')', '`', '{', '}']) {
        out.extend(of_segment(segment.trim()));
    }
    if pipes_download_into_shell(command) {
        out.push(Fact::said(
            FactKind::HardToUndo,
            format!("command: {}", brief(command)),
            "Runs downloaded code",
        ));
    }
    out
}

fn of_segment(segment: &str) -> Vec<Fact> {
    let words: Vec<String> = segment
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '='))
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect();
    let evidence = || format!("command: {}", brief(segment));
    let has = |w: &str| words.iter().any(|x| x == w || x.ends_with(&format!("/{w}")));
    let mut out = Vec::new();
    if destroys(&words, &has) {
        out.push(Fact::said(FactKind::DestroysData, evidence(), "Destroys data"));
    }
    if irreversible(&words, &has) {
        out.push(Fact::new(FactKind::HardToUndo, evidence()));
    }
    let oversight = (has("navi-gate") || has("navi-server") || has("navi-console")) && !has("--version")
        || has("--no-verify")
        || has("core.hookspath")
        || words.iter().any(|w| w.contains("/api/governance"))
        || (has("kill") || has("pkill") || has("killall")) && words.iter().any(|w| w.contains("navi"));
    if oversight {
        out.push(Fact::new(FactKind::DisablesOversight, evidence()));
    }
    for word in words.iter().filter(|w| w.contains('/') || w.starts_with('.')) {
        let op = if reads_only(&words) { FileOp::Read } else { FileOp::Edit };
        out.extend(path::facts(word, op).into_iter().map(|f| Fact { evidence: evidence(), ..f }));
    }
    let branch = has("push").then(|| words.iter().find(|w| path::is_production_branch(w))).flatten();
    if let Some(branch) = branch {
        out.push(Fact::said(FactKind::Production, format!("pushes to {branch}"), "Production branch"));
    }
    out
}

fn destroys(words: &[String], has: &dyn Fn(&str) -> bool) -> bool {
    let flag = |letters: &str| {
        words
            .iter()
            .any(|w| w.starts_with('-') && !w.starts_with("--") && letters.chars().all(|l| w.contains(l)))
    };
    has("rm") && (flag("r") || has("--recursive"))
        || has("drop") && (has("table") || has("database") || has("schema"))
        || has("truncate") && has("table")
        || has("delete") && has("from")
        || has("terraform") && has("destroy")
        || has("kubectl") && has("delete")
        || has("docker") && (has("prune") || has("rm"))
        || has("mkfs")
        || words.iter().any(|w| w.starts_with("mkfs."))
        || has("shred")
        || has("dd") && words.iter().any(|w| w == "of")
        || has("migrate:fresh")
        || has("db:drop")
        || has("migrate") && has("reset")
        || has("find") && has("-delete")
}

fn irreversible(words: &[String], has: &dyn Fn(&str) -> bool) -> bool {
    has("push")
        && (has("--force")
            || has("-f")
            || has("--force-with-lease")
            || words.iter().any(|w| w.starts_with("+")))
        || has("reset") && has("--hard")
        || has("git") && has("clean")
        || has("publish")
        || has("terraform") && has("apply")
        || has("migrate")
        || has("kubectl") && (has("apply") || has("rollout"))
}

/// Whether every segment of a command only reads and prints.
pub(super) fn only_reads(command: &str) -> bool {
    command.split(['\n', ';', '|', '&', '(', ')', '`', '{', '}']).all(|segment| {
        let words: Vec<String> = segment.split_whitespace().map(str::to_lowercase).collect();
        words.is_empty() || reads_only(&words)
    })
}

fn reads_only(words: &[String]) -> bool {
    const READERS: &[&str] = &[
        "cat", "ls", "head", "tail", "grep", "rg", "wc", "stat", "file", "echo", "pwd", "diff", "less",
        "true", "date", "sleep", "printf",
    ];
    let redirects = words.iter().any(|w| w.contains('>'));
    !redirects && words.first().is_some_and(|w| READERS.contains(&w.as_str()))
}

fn pipes_download_into_shell(command: &str) -> bool {
    let lower = command.to_lowercase();
    let mut downloaded = false;
    for segment in lower.split('|') {
        let program = segment.split_whitespace().find(|w| *w != "sudo").unwrap_or("");
        if downloaded
            && matches!(program, "sh" | "bash" | "zsh" | "python" | "python3" | "node" | "perl" | "ruby")
        {
            return true;
        }
        downloaded |= matches!(program, "curl" | "wget");
    }
    false
}

fn brief(text: &str) -> String {
    let mut short: String = text.chars().take(120).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
