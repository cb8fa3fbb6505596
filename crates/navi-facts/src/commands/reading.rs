//! Commands that only read and print.

use super::flags;
use crate::shell::{self, Invocation};

const READERS: &[&str] = &[
    "cat",
    "ls",
    "head",
    "tail",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "wc",
    "stat",
    "file",
    "echo",
    "pwd",
    "diff",
    "less",
    "more",
    "true",
    "false",
    ":",
    "date",
    "sleep",
    "printf",
    "whoami",
    "id",
    "uname",
    "hostname",
    "which",
    "type",
    "basename",
    "dirname",
    "realpath",
    "readlink",
    "du",
    "df",
    "free",
    "uptime",
    "ps",
    "tree",
    "cut",
    "sort",
    "uniq",
    "tr",
    "nl",
    "tac",
    "column",
    "jq",
    "cmp",
    "comm",
    "cd",
    "test",
    "[",
    "[[",
    "printenv",
    "bat",
    "fd",
    "sha256sum",
    "md5sum",
    "seq",
    "strings",
];
/// Subcommands that only read.
const READING: &[(&str, &[&str])] = &[
    (
        "git",
        &[
            "status",
            "log",
            "diff",
            "show",
            "blame",
            "rev-parse",
            "ls-files",
            "describe",
            "shortlog",
            "grep",
            "ls-tree",
            "cat-file",
            "reflog",
            "rev-list",
            "merge-base",
            "ls-remote",
            "whatchanged",
            "count-objects",
        ],
    ),
    (
        "kubectl",
        &["get", "describe", "logs", "top", "explain", "version", "cluster-info", "api-resources", "diff"],
    ),
    ("docker", &["ps", "logs", "images", "inspect", "stats", "top", "version", "info", "history", "port"]),
    ("helm", &["list", "ls", "status", "get", "history", "show", "template", "lint", "search"]),
    ("terraform", &["plan", "validate", "fmt", "show", "output", "version", "providers", "graph"]),
    ("tofu", &["plan", "validate", "fmt", "show", "output", "version"]),
    ("gh", &["status", "search", "browse"]),
    ("npm", &["ls", "list", "outdated", "view", "audit", "test"]),
    ("cargo", &["check", "tree", "metadata", "search", "version"]),
    ("systemctl", &["status", "is-active", "list-units", "show", "cat"]),
    ("pulumi", &["preview", "stack", "about"]),
];

/// Whether every part of a command only reads and prints. False for what cannot be read.
#[must_use]
pub fn only_reads(command: &str) -> bool {
    let script = shell::parse(command);
    script.unreadable.is_empty()
        && !script.redefines
        && script
            .invocations
            .iter()
            .all(|i| i.transparent && !i.redirects.iter().any(shell::Redirect::writes) || reads(i))
}

/// Whether one invocation only reads and prints.
pub(super) fn reads(invocation: &Invocation) -> bool {
    let words: Vec<&str> = invocation.words.iter().map(|w| w.text.as_str()).collect();
    if invocation.redirects.iter().any(shell::Redirect::writes) || invocation.hides_program() {
        return false;
    }
    let program = invocation.program.as_str();
    if program == "find" {
        let acts = |w: &str| {
            w.starts_with("-exec") || w.starts_with("-ok") || w.starts_with("-fprint") || w == "-delete"
        };
        return !words.iter().any(|w| acts(w));
    }
    if program == "sort" && words.iter().any(|w| w.starts_with("-o") || w.starts_with("--output")) {
        return false;
    }
    if program == "sed" {
        return words.contains(&"-n")
            && !words.iter().any(|w| w.starts_with("-i") || w.starts_with("--in-place"));
    }
    let operands = flags::operands(program, &words);
    let wrapped = invocation.wrappers.iter().any(|w| matches!(w.as_str(), "npx" | "bunx" | "uvx"));
    !wrapped
        && (READERS.contains(&program)
            || READING
                .iter()
                .any(|(p, subs)| *p == program && operands.first().is_some_and(|o| subs.contains(o))))
}
