//! Programs that only start another program, and how many of their own words come before it.

use super::Word;

/// A wrapper: its name, short options that take a value, long options that take a value, operands before the command.
struct Wrapper(&'static str, &'static str, &'static [&'static str], usize);

const WRAPPERS: &[Wrapper] = &[
    Wrapper("sudo", "ugpChRrtTD", &["--user", "--group", "--prompt", "--chdir", "--host", "--chroot"], 0),
    Wrapper("doas", "uC", &[], 0),
    Wrapper("pkexec", "", &["--user"], 0),
    Wrapper("gosu", "", &[], 1),
    Wrapper("su-exec", "", &[], 1),
    Wrapper("env", "uC", &["--unset", "--chdir"], 0),
    Wrapper("nohup", "", &[], 0),
    Wrapper("timeout", "ks", &["--kill-after", "--signal"], 1),
    Wrapper("gtimeout", "ks", &["--kill-after", "--signal"], 1),
    Wrapper("nice", "n", &["--adjustment"], 0),
    Wrapper("ionice", "cnp", &["--class", "--classdata"], 0),
    Wrapper("chrt", "", &[], 1),
    Wrapper("taskset", "", &[], 1),
    Wrapper("time", "fo", &["--format", "--output"], 0),
    Wrapper("command", "", &[], 0),
    Wrapper("builtin", "", &[], 0),
    Wrapper("exec", "a", &[], 0),
    Wrapper("stdbuf", "ioe", &["--input", "--output", "--error"], 0),
    Wrapper("setsid", "", &[], 0),
    Wrapper("setpriv", "", &["--reuid", "--regid"], 0),
    Wrapper("unbuffer", "", &[], 0),
    Wrapper("busybox", "", &[], 0),
    Wrapper("toybox", "", &[], 0),
    Wrapper("strace", "eopsuE", &[], 0),
    Wrapper("ltrace", "eopsu", &[], 0),
    Wrapper("xvfb-run", "nsef", &[], 0),
    Wrapper("dbus-run-session", "", &[], 0),
    Wrapper("caffeinate", "tw", &[], 0),
    Wrapper("chroot", "", &["--userspec", "--groups"], 1),
    Wrapper("unshare", "", &[], 0),
    Wrapper("nsenter", "tSG", &["--target"], 0),
    Wrapper("flock", "wE", &["--timeout", "--wait"], 1),
    Wrapper("systemd-run", "pu", &["--unit", "--property"], 0),
    Wrapper("firejail", "", &[], 0),
    Wrapper("proxychains", "f", &[], 0),
    Wrapper("proxychains4", "f", &[], 0),
    Wrapper("torsocks", "", &[], 0),
    Wrapper("faketime", "", &[], 1),
    Wrapper("rlwrap", "", &[], 0),
    Wrapper("dotenv", "ef", &[], 0),
    Wrapper("coproc", "", &[], 0),
    Wrapper("npx", "pc", &["--package"], 0),
    Wrapper("bunx", "", &[], 0),
    Wrapper("uvx", "", &["--from", "--with", "--python"], 0),
    Wrapper("pnpx", "", &[], 0),
];

/// Programs with a subcommand that starts another program: words before it, value options, operands to skip.
const RUNNERS: &[(&str, &[&str], &str)] = &[
    ("npm", &["exec", "x"], "pcwC"),
    ("pnpm", &["exec", "dlx"], "C"),
    ("yarn", &["exec", "dlx"], "p"),
    ("bun", &["x"], ""),
    ("poetry", &["run"], ""),
    ("uv", &["run"], "p"),
    ("pipenv", &["run"], ""),
    ("pdm", &["run"], ""),
    ("rye", &["run"], ""),
    ("hatch", &["run"], ""),
    ("pipx", &["run"], ""),
    ("bundle", &["exec"], ""),
    ("conda", &["run"], "np"),
    ("mise", &["exec"], ""),
    ("doppler", &["run"], "pc"),
    ("op", &["run"], ""),
    ("aws-vault", &["exec"], ""),
];

/// A command line without what only starts it.
pub(super) struct Stripped {
    pub wrappers: Vec<String>,
    pub assignments: Vec<(String, Word)>,
    /// Program and arguments; empty when there is nothing but wrappers.
    pub words: Vec<Word>,
    /// Text for `env -S`.
    pub split: Option<String>,
}

/// Base name, lower case, without `.exe` and version: `/usr/bin/Python3.11` is `python`.
pub(super) fn base_name(text: &str) -> String {
    let base = text.rsplit(['/', '\\']).next().unwrap_or("").to_lowercase();
    let base = base.strip_suffix(".exe").unwrap_or(&base);
    match base {
        "nodejs" => return "node".to_owned(),
        "py" => return "python".to_owned(),
        _ => {}
    }
    for family in ["python", "pip", "ruby", "perl", "php", "lua", "node", "psql", "clang", "gcc"] {
        if let Some(rest) = base.strip_prefix(family)
            && !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-')
        {
            return family.to_owned();
        }
    }
    base.to_owned()
}

/// `NAME=value` at the beginning of a word.
pub(super) fn assignment(word: &Word) -> Option<(String, Word)> {
    let (name, value) = word.text.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let fits = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    fits.then(|| (name.to_owned(), Word { text: value.to_owned(), dynamic: word.dynamic }))
}

/// Removes wrappers from the front.
pub(super) fn strip(mut words: Vec<Word>) -> Stripped {
    let mut out = Stripped { wrappers: Vec::new(), assignments: Vec::new(), words: Vec::new(), split: None };
    // Every round removes at least one word, so this ends.
    while let Some(first) = words.first() {
        if let Some(set) = assignment(first) {
            out.assignments.push(set);
            words.remove(0);
            continue;
        }
        let name = base_name(&first.text);
        let Some(next) = next_program(&name, &words, &mut out) else { break };
        words.drain(..next.min(words.len()).max(1));
        out.wrappers.push(name);
        if words.is_empty() {
            break;
        }
    }
    out.words = words;
    out
}

/// Where the started program begins, when `name` is a wrapper here.
fn next_program(name: &str, words: &[Word], out: &mut Stripped) -> Option<usize> {
    let text = |i: usize| words.get(i).map(|w| w.text.as_str());
    if name == "python" && text(1) == Some("-m") && words.len() > 2 {
        return Some(2);
    }
    if matches!(name, "php" | "python" | "ruby" | "perl" | "node" | "deno" | "bun") {
        let script = text(1).map(base_name);
        let known = matches!(
            script.as_deref(),
            Some("artisan" | "manage.py" | "console" | "rails" | "rake" | "spark")
        );
        return known.then_some(1);
    }
    if let Some((_, subcommands, options)) = RUNNERS.iter().find(|(n, ..)| *n == name) {
        let sub = text(1).is_some_and(|s| subcommands.contains(&s));
        let operands = usize::from(name == "aws-vault");
        return sub
            .then(|| skip(words, 2, options, &["--env-file", "--with", "--package"], operands))
            .filter(|i| *i < words.len());
    }
    let wrapper = WRAPPERS.iter().find(|w| w.0 == name)?;
    if name == "command" && matches!(text(1), Some("-v" | "-V")) {
        return None;
    }
    if name == "env" {
        return Some(environment(words, out));
    }
    let next = skip(words, 1, wrapper.1, wrapper.2, wrapper.3);
    (next < words.len()).then_some(next)
}

fn environment(words: &[Word], out: &mut Stripped) -> usize {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        let split = text.strip_prefix("-S").or_else(|| text.strip_prefix("--split-string=")).or_else(|| {
            let cluster = text.starts_with('-') && !text.starts_with("--") && text.ends_with('S');
            (cluster || text == "--split-string").then_some("")
        });
        if let Some(split) = split {
            let rest = words.get(at + 1..).unwrap_or_default().iter().map(|w| w.text.as_str());
            out.split = Some(std::iter::once(split).chain(rest).collect::<Vec<_>>().join(" "));
            return words.len();
        }
        if let Some(set) = assignment(word) {
            out.assignments.push(set);
        } else if matches!(text, "-u" | "-C" | "--unset" | "--chdir") {
            at += 1;
        } else if !text.starts_with('-') {
            break;
        }
        at += 1;
    }
    at
}

/// Skips options (with their values), then `operands` operands.
pub(super) fn skip(words: &[Word], from: usize, short: &str, long: &[&str], operands: usize) -> usize {
    let (mut at, mut left) = (from, operands);
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        if text == "--" {
            // Operands may still follow (`aws-vault exec profile -- cmd` has them before).
            at += 1;
            if left == 0 {
                break;
            }
        } else if let Some(option) = text.strip_prefix("--") {
            at += 1;
            if !option.contains('=') && long.contains(&text) {
                at += 1;
            }
        } else if text.len() > 1 && text.starts_with('-') {
            let letters = text.trim_start_matches('-');
            let takes = letters.chars().position(|c| short.contains(c));
            at += 1;
            if takes == Some(letters.chars().count() - 1) {
                at += 1;
            }
        } else if left > 0 {
            left -= 1;
            at += 1;
        } else {
            break;
        }
    }
    at
}
