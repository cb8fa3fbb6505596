//! Files that a command names, and what happens to them.

use navi_domain::action::FileOp;

use super::flags;
use crate::shell::Invocation;

/// A file that a command touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Path as written, without quotes.
    pub path: String,
    /// What happens to it.
    pub op: FileOp,
    /// Whether its content is read or changed, not only its name or mode listed.
    pub content: bool,
}

/// Path-like literals of code that writes, moves or removes files.
pub(super) fn written_by_code(code: &str) -> Vec<&str> {
    const WRITES: &[&str] = &[
        "'w'",
        "\"w\"",
        "'a'",
        "\"a\"",
        "'wb'",
        "\"wb\"",
        "'r+'",
        "\"r+\"",
        "write_text",
        "write_bytes",
        "writeFile",
        "appendFile",
        "file_put_contents",
        "File.write",
        "unlink",
        "os.remove",
        "os.replace",
        "os.rename",
        "shutil.",
        "copyFile",
        "createWriteStream",
        "FileUtils.",
        "truncate(",
        "chmod",
    ];
    if !WRITES.iter().any(|w| code.contains(w)) {
        return Vec::new();
    }
    let like_path = |l: &&str| {
        (2..=256).contains(&l.len())
            && (l.contains('/') || l.contains('.'))
            && !l.contains("://")
            && !l.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ';' | ',' | '='))
    };
    code.split(['"', '\'', '`']).filter(like_path).take(32).collect()
}

/// Programs that show or pass on the content of their operands.
const READERS: &[&str] = &[
    "cat",
    "bat",
    "batcat",
    "less",
    "more",
    "most",
    "head",
    "tail",
    "tac",
    "nl",
    "strings",
    "xxd",
    "od",
    "hexdump",
    "base64",
    "base32",
    "openssl",
    "gpg",
    "cut",
    "sort",
    "uniq",
    "paste",
    "column",
    "fold",
    "rev",
    "diff",
    "cmp",
    "comm",
    "jq",
    "yq",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "ack",
    "awk",
    "gawk",
    "sed",
    "tar",
    "zip",
    "7z",
    "gzip",
    "zstd",
    "curl",
    "wget",
    "nc",
    "ncat",
    "netcat",
    "socat",
    "scp",
    "sftp",
    "rsync",
    "ftp",
    "http",
    "https",
    "xclip",
    "pbcopy",
    "xsel",
    "wl-copy",
    "qrencode",
    "iconv",
    "type",
    "get-content",
    "dd",
    "tr",
    "split",
    "pr",
    "expand",
    "tee",
    "mail",
    "aws",
    "gsutil",
    "gcloud",
    "az",
    "rclone",
    "s3cmd",
    "mc",
    "git",
    "gh",
    "vim",
    "vi",
    "nvim",
    "nano",
    "emacs",
    "code",
    "ed",
    "ex",
    "view",
    "cp",
    "mv",
    "install",
    "ln",
    "perl",
    "ruby",
    "python",
    "node",
    "envsubst",
    "m4",
    "dotenv",
];
/// Programs that write to every operand.
const WRITERS: &[&str] = &[
    "tee", "truncate", "nano", "vim", "vi", "nvim", "emacs", "ed", "ex", "code", "patch", "chmod", "chown",
    "chgrp", "chattr", "setfacl", "ex", "sponge",
];
/// Programs whose operands are no paths.
const TALKERS: &[&str] = &[
    "echo",
    "printf",
    "export",
    "set",
    "unset",
    "alias",
    "test",
    "[",
    "[[",
    "sleep",
    "kill",
    "pkill",
    "killall",
    "ssh",
    "psql",
    "mysql",
    "npm",
    "cargo",
    "docker",
    "kubectl",
    "helm",
    "systemctl",
    "declare",
    "local",
    "read",
    "trap",
];
/// Programs whose first operand is a pattern or a script.
const SCRIPTED: &[&str] =
    &["grep", "egrep", "fgrep", "rg", "ag", "ack", "sed", "awk", "gawk", "jq", "yq", "tr"];

/// Every file that a command names.
#[must_use]
pub fn accesses(invocation: &Invocation) -> Vec<Access> {
    let mut out = Vec::new();
    for redirect in &invocation.redirects {
        if redirect.writes() {
            out.push(access(&redirect.target.text, FileOp::Edit));
        } else if redirect.operator == "<" {
            out.push(access(&redirect.target.text, FileOp::Read));
        }
    }
    if invocation.transparent {
        return out;
    }
    let program = invocation.program.as_str();
    let words: Vec<&str> = invocation.words.iter().map(|w| w.text.as_str()).collect();
    let operands = flags::operands(program, &words);
    let all = |op: FileOp| operands.iter().map(move |o| access(o, op)).collect::<Vec<_>>();
    match program {
        "rm" | "unlink" | "shred" | "rmdir" | "del" | "erase" | "rd" | "trash" | "srm" | "remove-item" => {
            out.extend(all(FileOp::Delete));
        }
        "mv" | "move" | "rename" | "cp" | "copy" | "install" | "ln" | "rsync" | "scp" => {
            let moves = matches!(program, "mv" | "move" | "rename");
            let last = operands.len().saturating_sub(1);
            for (i, operand) in operands.iter().enumerate() {
                let op = match (i == last && last > 0, moves) {
                    (true, _) => FileOp::Edit,
                    (false, true) => FileOp::Delete,
                    (false, false) => FileOp::Read,
                };
                out.push(access(operand, op));
            }
            // Moving hides nothing of what is moved.
            if moves {
                out.extend(operands.iter().take(last).map(|o| access(o, FileOp::Read)));
            }
        }
        "touch" | "mkdir" => out.extend(all(FileOp::Create)),
        "dd" => {
            for word in &words {
                if let Some(path) = word.strip_prefix("of=") {
                    out.push(access(path, FileOp::Edit));
                } else if let Some(path) = word.strip_prefix("if=") {
                    out.push(access(path, FileOp::Read));
                }
            }
        }
        "sed" | "perl" | "ruby" if in_place(&words) => {
            out.extend(operands.iter().skip(usize::from(program == "sed")).map(|o| access(o, FileOp::Edit)));
        }
        "chmod" | "chown" | "chgrp" => {
            // A mode such as `-x` looks like an option.
            let mode = usize::from(!words.iter().any(|w| is_mode(w)));
            out.extend(
                operands.iter().skip(mode).map(|o| Access { content: false, ..access(o, FileOp::Edit) }),
            );
        }
        "git" => git(&operands, &words, &mut out),
        "curl" | "wget" | "http" | "https" => transfer(program, &words, &mut out),
        p if WRITERS.contains(&p) => out.extend(all(FileOp::Edit)),
        p if TALKERS.contains(&p) => {}
        p => {
            let skipped = usize::from(SCRIPTED.contains(&p));
            let content = READERS.contains(&p);
            for operand in operands.iter().skip(skipped) {
                out.push(Access { content, ..access(operand, FileOp::Read) });
            }
        }
    }
    out.retain(|a| !a.path.is_empty() && !a.path.contains("://") && a.path != "-");
    out
}

fn access(path: &str, op: FileOp) -> Access {
    Access { path: path.to_owned(), op, content: true }
}

fn is_mode(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|m| !m.is_empty() && m.chars().all(|c| "rwxXst".contains(c)))
}

fn in_place(words: &[&str]) -> bool {
    words.iter().any(|w| {
        w.starts_with("--in-place")
            || w.starts_with('-') && !w.starts_with("--") && w.len() < 12 && w.contains('i')
    })
}

fn git(operands: &[&str], words: &[&str], out: &mut Vec<Access>) {
    let rest = operands.get(1..).unwrap_or_default();
    match operands.first().copied() {
        Some("add" | "stage") => out.extend(rest.iter().map(|o| access(o, FileOp::Read))),
        Some("rm") => out.extend(rest.iter().map(|o| access(o, FileOp::Delete))),
        Some("mv") => out.extend(rest.iter().map(|o| access(o, FileOp::Edit))),
        Some("restore") => out.extend(rest.iter().map(|o| access(o, FileOp::Edit))),
        Some("checkout") => {
            let after = words.iter().skip_while(|w| **w != "--").skip(1);
            out.extend(after.map(|o| access(o, FileOp::Edit)));
        }
        Some("show") => {
            out.extend(rest.iter().filter_map(|o| o.split_once(':')).map(|(_, p)| access(p, FileOp::Read)));
        }
        _ => {}
    }
}

fn is_bundle(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|letters| letters.chars().all(|c| c.is_ascii_alphabetic()))
}

fn transfer(program: &str, words: &[&str], out: &mut Vec<Access>) {
    let mut before = "";
    for word in words {
        let value = word.split_once('=').map_or(*word, |(_, v)| v);
        if let Some(path) = value.strip_prefix('@').or_else(|| word.strip_prefix("-d@")) {
            out.push(access(path.split(';').next().unwrap_or(path), FileOp::Read));
        } else if let Some(path) = word.strip_prefix("--post-file=") {
            out.push(access(path, FileOp::Read));
        }
        match (program, before) {
            ("curl", "-T" | "--upload-file" | "-K" | "--config") | ("wget", "--post-file") => {
                out.push(access(word, FileOp::Read));
            }
            ("curl", "-o" | "--output") | ("wget", "-O" | "--output-document" | "-o") => {
                out.push(access(word, FileOp::Edit));
            }
            // Short options in one word, the last of which takes the next: `-fsSLo FILE`, `-qO FILE`.
            ("curl", bundle) if bundle.ends_with('o') && is_bundle(bundle) => {
                out.push(access(word, FileOp::Edit));
            }
            ("wget", bundle) if bundle.ends_with('O') && is_bundle(bundle) => {
                out.push(access(word, FileOp::Edit));
            }
            _ => {}
        }
        before = word;
    }
    out.retain(|a| a.path != "/dev/null");
}
