//! Options as programs read them: clusters of short ones, long ones with values and abbreviations, and the operands
//! that are left.

/// An option a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    /// `-r`, also in a cluster (`-rf`).
    Short(char),
    /// `--recursive`, also abbreviated or with a value.
    Long(String),
    /// A long option with one dash (`-auto-approve`), or anything else, as it is written.
    Exact(String),
}

impl Flag {
    pub(super) fn parse(text: &str) -> Self {
        let mut letters = text.chars().skip(1);
        match (letters.next(), letters.next()) {
            (Some(letter), None) if text.starts_with('-') => Self::Short(letter),
            _ if text.starts_with("--") => Self::Long(text.to_owned()),
            _ => Self::Exact(text.to_owned()),
        }
    }
}

/// Programs that accept the beginning of a long option.
const ABBREVIATES: &[&str] = &[
    "rm", "chmod", "chown", "chgrp", "git", "cp", "mv", "shred", "truncate", "wget", "tar", "rsync", "rmdir",
];

/// Whether the words hold the option.
pub(super) fn has(flag: &Flag, program: &str, words: &[&str]) -> bool {
    let options = || words.iter().take_while(|w| **w != "--");
    match flag {
        Flag::Short(letter) => options().any(|w| {
            let letters = w.strip_prefix('-').unwrap_or("");
            !letters.starts_with('-')
                && letters.chars().take(8).take_while(|c| c.is_ascii_alphanumeric()).any(|c| c == *letter)
                && (letters.len() <= 8 || letters.starts_with(*letter))
        }),
        Flag::Long(long) => options().any(|w| {
            let name = w.split_once('=').map_or(*w, |(n, _)| n);
            name == long || name.len() >= 5 && ABBREVIATES.contains(&program) && long.starts_with(name)
        }),
        Flag::Exact(text) => options().any(|w| {
            let name = w.split_once('=').map_or(*w, |(n, _)| n);
            *w == text || name == text || name.strip_prefix('-') == Some(text) && text.starts_with('-')
        }),
    }
}

/// Options of multi-command programs that take a value and may stand before the subcommand.
const VALUED: &[(&str, &[&str])] = &[
    ("git", &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"]),
    (
        "kubectl",
        &[
            "-n",
            "--namespace",
            "--context",
            "--cluster",
            "--kubeconfig",
            "-s",
            "--server",
            "--user",
            "--token",
            "--as",
            "-f",
            "--filename",
            "-l",
            "--selector",
            "-o",
            "--output",
            "-c",
            "--container",
            "--grace-period",
            "--replicas",
            "-p",
            "--patch",
            "--type",
            "--timeout",
        ],
    ),
    ("oc", &["-n", "--namespace", "--context", "--kubeconfig", "-f", "-l", "-o"]),
    (
        "helm",
        &["-n", "--namespace", "--kube-context", "--kubeconfig", "-f", "--values", "--set", "--version"],
    ),
    (
        "docker",
        &[
            "-H",
            "--host",
            "--context",
            "-c",
            "--config",
            "-l",
            "--log-level",
            "-f",
            "--file",
            "-p",
            "--project-name",
        ],
    ),
    ("docker-compose", &["-f", "--file", "-p", "--project-name", "--env-file", "--profile"]),
    ("podman", &["--connection", "--url", "--log-level"]),
    ("aws", &["--profile", "--region", "--endpoint-url", "--output", "--query", "--color"]),
    ("gcloud", &["--project", "--account", "--format", "--zone", "--region", "--configuration"]),
    ("az", &["--subscription", "-g", "--resource-group", "-o", "--output", "--query"]),
    ("npm", &["--prefix", "-C", "-w", "--workspace", "--registry", "--tag", "--otp"]),
    ("pnpm", &["--dir", "-C", "--filter", "-F"]),
    ("yarn", &["--cwd"]),
    ("cargo", &["--manifest-path", "-Z", "--config", "-C", "--color", "-p", "--package"]),
    ("gh", &["-R", "--repo", "--hostname"]),
    ("glab", &["-R", "--repo"]),
    ("terraform", &["-chdir"]),
    ("systemctl", &["-H", "--host", "-M", "--machine", "-t", "-p"]),
    ("pulumi", &["-C", "--cwd", "-s", "--stack"]),
    ("vault", &["-address", "-namespace"]),
    ("supabase", &["--project-ref", "--workdir"]),
    ("alembic", &["-c", "-n", "-x"]),
    ("flask", &["--app", "-A"]),
    ("make", &["-C", "-f", "-j"]),
    ("ip", &["-n"]),
    ("redis-cli", &["-h", "-p", "-a", "-n", "-u", "--user", "--pass"]),
];

/// The operands: words that are neither options nor their values.
pub(crate) fn operands<'a>(program: &str, words: &[&'a str]) -> Vec<&'a str> {
    let valued = VALUED.iter().find(|(p, _)| *p == program).map(|(_, v)| *v).unwrap_or_default();
    let mut out = Vec::new();
    let (mut rest, mut options) = (words.iter(), true);
    while let Some(word) = rest.next() {
        if options && *word == "--" {
            options = false;
        } else if options && word.len() > 1 && word.starts_with('-') {
            if valued.contains(word) {
                rest.next();
            }
        } else if program == "cargo" && out.is_empty() && word.starts_with('+') {
            // The toolchain.
        } else {
            out.push(*word);
        }
    }
    out
}
