//! Commands inside a command: text for a shell, words for `xargs` and `find`, code for other interpreters.

use super::word::Variables;
use super::wrapper::skip;
use super::{Via, Word, constant};

/// A command inside another one.
pub(super) enum Inner {
    /// Shell text.
    Text(String),
    /// Words of a simple command.
    Words(Vec<Word>),
}

/// What is inside a command.
#[derive(Default)]
pub(super) struct Inside {
    pub parts: Vec<(Inner, Via)>,
    /// Language and text.
    pub code: Option<(String, String)>,
    /// The command does nothing but start its parts.
    pub transparent: bool,
}

const SHELLS: &[&str] =
    &["sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "mksh", "rbash", "csh", "tcsh", "xonsh", "nu"];

/// Whether a program reads shell text.
pub(in crate::shell) fn is_shell(program: &str) -> bool {
    SHELLS.contains(&program)
}

fn line(words: &[Word]) -> String {
    words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn from(words: &[Word], at: usize) -> &[Word] {
    words.get(at..).unwrap_or_default()
}

fn position(words: &[Word], text: &str) -> Option<usize> {
    words.iter().position(|w| w.text == text)
}

/// The value behind an option: `-c VALUE` or `--command=VALUE`.
fn value_of(words: &[Word], options: &[&str]) -> Option<String> {
    words.iter().enumerate().find_map(|(i, w)| {
        if options.contains(&w.text.as_str()) {
            return words.get(i + 1).map(|v| v.text.clone());
        }
        let (option, value) = w.text.split_once('=')?;
        (option.starts_with("--") && options.contains(&option)).then(|| value.to_owned())
    })
}

pub(super) fn inside(
    program: &str,
    words: &[Word],
    input: Option<&str>,
    assignments: &[(String, Word)],
    variables: &Variables,
) -> Inside {
    let mut out = Inside::default();
    match program {
        shell if is_shell(shell) => shell_text(words, input, variables, &mut out),
        "eval" => {
            out.parts.push((Inner::Text(line(words)), Via::Inline));
            out.transparent = true;
        }
        "source" | "." => {
            shell_text(words, input, variables, &mut out);
        }
        "su" | "runuser" | "script" | "scriptreplay" | "flock" => {
            text(value_of(words, &["-c", "--command"]), Via::Inline, &mut out);
            if program == "runuser" && value_of(words, &["-u", "--user"]).is_some() {
                started(from(words, skip(words, 0, "ugG", &["--user", "--group"], 0)), &mut out);
            }
        }
        "trap" => text(words.first().map(|w| w.text.clone()), Via::Inline, &mut out),
        "alias" => {
            for word in words {
                text(word.text.split_once('=').map(|(_, v)| v.to_owned()), Via::Inline, &mut out);
            }
        }
        "at" | "batch" => text(input.map(str::to_owned), Via::Inline, &mut out),
        "watch" | "entr" | "tmux" | "screen" => terminal(program, words, &mut out),
        "xargs" | "parallel" => arguments(program, words, input, &mut out),
        "find" | "fd" | "fdfind" => found(words, &mut out),
        "ssh" | "mosh" | "autossh" => {
            let at = skip(words, 0, "bcDeEFIiJLlmOopQRSWw", &[], 1);
            remote(Inner::Text(line(from(words, at))), from(words, at).is_empty(), &mut out);
            text(input.map(str::to_owned).filter(|_| from(words, at).is_empty()), Via::Remote, &mut out);
        }
        "docker" | "podman" | "nerdctl" | "docker-compose" => container(words, &mut out),
        "kubectl" | "oc" | "lxc" | "incus" | "k" => {
            if words.iter().any(|w| matches!(w.text.as_str(), "exec" | "run" | "debug"))
                && let Some(at) = position(words, "--")
            {
                remote(Inner::Words(from(words, at + 1).to_vec()), false, &mut out);
            }
        }
        "vagrant" | "gcloud" | "fly" | "flyctl" | "heroku" | "az" => {
            if words.iter().any(|w| w.text == "ssh" || w.text == "run") {
                text(value_of(words, &["-c", "-C", "--command"]), Via::Remote, &mut out);
            }
        }
        "git" => git(words, &mut out),
        "vim" | "vi" | "nvim" | "ex" => {
            for word in words {
                let command = word.text.trim_start_matches(['+', ':']);
                text(command.strip_prefix('!').map(str::to_owned), Via::Inline, &mut out);
            }
        }
        "tar" => {
            for word in words {
                let action =
                    word.text.split_once("checkpoint-action=exec=").or(word.text.split_once("to-command="));
                text(action.map(|(_, v)| v.to_owned()), Via::Inline, &mut out);
            }
        }
        "pwsh" | "powershell" => powershell(words, input, &mut out),
        "cmd" => {
            if words
                .first()
                .is_some_and(|w| w.text.eq_ignore_ascii_case("/c") || w.text.eq_ignore_ascii_case("/k"))
            {
                out.parts.push((Inner::Words(from(words, 1).to_vec()), Via::Inline));
                out.transparent = true;
            }
        }
        _ => other_language(program, words, input, &mut out),
    }
    for (name, value) in assignments {
        // These run their value.
        if matches!(
            name.as_str(),
            "GIT_SSH_COMMAND" | "GIT_EDITOR" | "EDITOR" | "PROMPT_COMMAND" | "PAGER" | "GIT_PAGER"
        ) {
            text(Some(value.text.clone()), Via::Inline, &mut out);
        }
    }
    if let Some((language, code)) = &out.code {
        let calls = called(language, code);
        out.parts.extend(calls.into_iter().map(|c| (Inner::Text(c), Via::Inline)));
    }
    out
}

fn text(text: Option<String>, via: Via, out: &mut Inside) {
    if let Some(text) = text.filter(|t| !t.trim().is_empty()) {
        out.parts.push((Inner::Text(text), via));
    }
}

fn remote(inner: Inner, empty: bool, out: &mut Inside) {
    if !empty {
        out.parts.push((inner, Via::Remote));
    }
}

fn shell_text(words: &[Word], input: Option<&str>, variables: &Variables, out: &mut Inside) {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        let cluster = text.starts_with('-') && !text.starts_with("--") || text.starts_with('+');
        if text == "--command" || cluster && text.contains('c') && text.len() <= 8 {
            // Options may stand between `-c` and its text.
            let rest = from(words, at + 1);
            let skipped = rest.iter().take_while(|w| w.text.starts_with('-')).count();
            if let Some(script) = rest.get(skipped) {
                out.parts.push((Inner::Text(script.text.clone()), Via::Inline));
                out.transparent = true;
            }
            return;
        }
        if matches!(text, "-o" | "-O" | "+o" | "--rcfile" | "--init-file") {
            at += 1;
        } else if text == "-s" || text == "-" || text == "/dev/stdin" {
            break;
        } else if !text.starts_with(['-', '+']) {
            let printed = text.strip_prefix("<(").and_then(|t| t.strip_suffix(')'));
            if let Some(script) = printed.and_then(|p| constant::output(p, variables, 1)) {
                out.parts.push((Inner::Text(script), Via::Inline));
                out.transparent = true;
            }
            return;
        }
        at += 1;
    }
    if let Some(script) = input {
        out.parts.push((Inner::Text(script.to_owned()), Via::Inline));
        out.transparent = true;
    }
}

fn terminal(program: &str, words: &[Word], out: &mut Inside) {
    if program == "watch" || program == "entr" {
        let at = skip(words, 0, "n", &["--interval"], 0);
        out.parts.push((Inner::Text(line(from(words, at))), Via::Inline));
        out.transparent = true;
        return;
    }
    let verb = words.first().map_or("", |w| w.text.as_str());
    match (program, verb) {
        (
            "tmux",
            "new" | "new-session" | "neww" | "new-window" | "splitw" | "split-window" | "run" | "run-shell",
        ) => {
            let at = skip(words, 1, "censtxyFb", &[], 0);
            started(from(words, at), out);
        }
        ("tmux", "send" | "send-keys") => {
            let at = skip(words, 1, "tN", &[], 0);
            let keys: Vec<Word> = from(words, at)
                .iter()
                .filter(|w| !matches!(w.text.as_str(), "Enter" | "C-m" | "ENTER"))
                .cloned()
                .collect();
            text(Some(line(&keys)), Via::Inline, out);
        }
        ("screen", _) => {
            let at = skip(words, 0, "ceStTspX", &[], 0);
            started(from(words, at), out);
        }
        _ => {}
    }
}

/// One word is a text for the shell, several are a command.
fn started(words: &[Word], out: &mut Inside) {
    match words {
        [] => {}
        [only] => text(Some(only.text.clone()), Via::Inline, out),
        several => out.parts.push((Inner::Words(several.to_vec()), Via::Inline)),
    }
}

fn arguments(program: &str, words: &[Word], input: Option<&str>, out: &mut Inside) {
    let at =
        skip(words, 0, "aEIdLnPsj", &["--max-args", "--max-procs", "--replace", "--delimiter", "--jobs"], 0);
    let mut command = from(words, at).to_vec();
    if command.is_empty() {
        return;
    }
    let listed = |c: &[Word]| c.iter().position(|w| matches!(w.text.as_str(), ":::" | "::::" | ":::+"));
    if let Some(list) = listed(&command).filter(|_| program == "parallel") {
        command.remove(list);
    } else if let Some(input) = input {
        command.extend(input.split_whitespace().map(|w| Word { text: w.to_owned(), dynamic: true }));
    } else {
        command.push(Word { text: "{}".to_owned(), dynamic: true });
    }
    let whole = program == "parallel" && command.first().is_some_and(|w| w.text.contains(' '));
    let inner = if whole { Inner::Text(line(&command)) } else { Inner::Words(command) };
    out.parts.push((inner, Via::Xargs));
}

/// What `{}` stands for: the only name that is searched for, or the place when nothing narrows the search.
fn searched(words: &[Word]) -> Option<String> {
    let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
    let upto =
        texts.iter().position(|t| t.starts_with("-exec") || t.starts_with("-ok")).unwrap_or(texts.len());
    let tests = texts.get(..upto)?;
    if tests.iter().any(|t| matches!(*t, "-o" | "-or" | "!" | "-not" | "(" | ",")) {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    let mut narrowed = false;
    for (i, test) in tests.iter().enumerate() {
        match *test {
            "-name" | "-iname" => names.extend(tests.get(i + 1).copied()),
            "-type" | "-maxdepth" | "-mindepth" | "-depth" | "-print" | "-L" | "-H" | "-P" | "-xdev" => {}
            t => narrowed |= t.starts_with('-'),
        }
    }
    match (names.as_slice(), narrowed) {
        ([name], _) => Some((*name).to_owned()),
        ([], false) => Some(tests.first().filter(|t| !t.starts_with('-')).map_or(".", |t| t).to_owned()),
        _ => None,
    }
}

fn found(words: &[Word], out: &mut Inside) {
    let place = searched(words);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        if !matches!(
            word.text.as_str(),
            "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec" | "--exec-batch"
        ) {
            continue;
        }
        let rest = from(words, at);
        let end = rest.iter().position(|w| w.text == ";" || w.text == "+").unwrap_or(rest.len());
        let mut command = rest.get(..end).unwrap_or_default().to_vec();
        for word in &mut command {
            if word.text.contains("{}") {
                word.dynamic = true;
                if let (Some(place), "{}") = (&place, word.text.as_str()) {
                    word.text.clone_from(place);
                }
            }
        }
        if !command.iter().any(|w| w.dynamic) && !word.text.starts_with("-exec") && !command.is_empty() {
            command.push(Word { text: "{}".to_owned(), dynamic: true });
        }
        if !command.is_empty() {
            out.parts.push((Inner::Words(command), Via::Xargs));
        }
        at += end;
    }
}

fn container(words: &[Word], out: &mut Inside) {
    let Some(verb) = words.iter().position(|w| matches!(w.text.as_str(), "exec" | "run")) else { return };
    let at = skip(
        words,
        verb + 1,
        "eupvwlhmc",
        &[
            "--env",
            "--user",
            "--volume",
            "--workdir",
            "--name",
            "--network",
            "--publish",
            "--mount",
            "--entrypoint",
            "--env-file",
            "--label",
            "--platform",
            "--memory",
            "--cpus",
            "--restart",
            "--hostname",
            "--add-host",
            "--gpus",
            "--device",
            "--cap-add",
            "--cap-drop",
            "--security-opt",
            "--pid",
            "--ipc",
            "--userns",
            "--net",
        ],
        1,
    );
    let command = from(words, at).to_vec();
    remote(Inner::Words(command.clone()), command.is_empty(), out);
}

fn git(words: &[Word], out: &mut Inside) {
    for (i, word) in words.iter().enumerate() {
        let next = || words.get(i + 1).map(|w| w.text.clone());
        match word.text.as_str() {
            "-c" | "alias" => {
                let aliased = next().and_then(|n| n.split_once("=!").map(|(_, v)| v.to_owned()));
                text(aliased, Via::Inline, out);
            }
            "--exec" | "-x" | "--tree-filter" | "--index-filter" | "--msg-filter" | "--env-filter" => {
                text(next(), Via::Inline, out);
            }
            "foreach" => {
                let at = skip(words, i + 1, "", &[], 0);
                text(Some(line(from(words, at))), Via::Inline, out);
            }
            "run" if i > 0 && words.get(i - 1).is_some_and(|w| w.text == "bisect") => {
                out.parts.push((Inner::Words(from(words, i + 1).to_vec()), Via::Inline));
            }
            _ => {}
        }
    }
    if words.first().is_some_and(|w| w.text == "config") {
        let aliased = words.iter().find_map(|w| w.text.strip_prefix('!'));
        text(aliased.map(str::to_owned), Via::Inline, out);
    }
}

fn powershell(words: &[Word], input: Option<&str>, out: &mut Inside) {
    let at = words.iter().position(|w| {
        let option = w.text.trim_start_matches(['-', '/']).to_lowercase();
        w.text.starts_with(['-', '/'])
            && !option.is_empty()
            && ("command".starts_with(&option) || "encodedcommand".starts_with(&option) || option == "ec")
    });
    let code = match at {
        Some(at) => {
            let encoded = words.get(at).is_some_and(|w| w.text.to_lowercase().starts_with("-e"));
            let rest = line(from(words, at + 1));
            if encoded { constant::base64(&rest).unwrap_or(rest) } else { rest }
        }
        None => input.map_or_else(|| line(words), str::to_owned),
    };
    out.code = Some(("powershell".to_owned(), code));
}

fn other_language(program: &str, words: &[Word], input: Option<&str>, out: &mut Inside) {
    let options: &[&str] = match program {
        "python" | "pypy" | "pypy3" | "ipython" | "sage" => &["-c"],
        "node" | "bun" | "tsx" | "ts-node" => &["-e", "--eval", "-p", "--print", "-pe"],
        "deno" => &["eval"],
        "perl" => &["-e", "-E", "-ne", "-pe", "-nE", "-lne", "-le", "-i", "-MFile::Path", "-ple", "-lpe"],
        "ruby" => &["-e", "-ne", "-pe"],
        "php" => &["-r"],
        "lua" | "r" | "rscript" | "elixir" | "osascript" | "groovy" | "scala" | "julia" | "erl" => &["-e"],
        "rails" => &["runner", "r"],
        "artisan" => &["--execute", "tinker"],
        "manage.py" => &["-c", "--command"],
        "awk" | "gawk" | "mawk" | "nawk" => {
            let at = skip(words, 0, "Fvf", &[], 0);
            out.code = words.get(at).map(|w| ("awk".to_owned(), w.text.clone()));
            return;
        }
        _ => return,
    };
    let given: Vec<&str> = words
        .iter()
        .enumerate()
        .filter(|(_, w)| options.contains(&w.text.as_str()))
        .filter_map(|(i, _)| words.get(i + 1).map(|v| v.text.as_str()))
        .collect();
    let attached = words.iter().find_map(|w| match program {
        "python" | "perl" | "ruby" => w.text.strip_prefix("-c").or_else(|| w.text.strip_prefix("-e")),
        _ => w.text.strip_prefix("--eval="),
    });
    let operand = words.iter().any(|w| !w.text.starts_with('-') && w.text != "/dev/stdin");
    let code = if !given.is_empty() {
        Some(given.join("\n"))
    } else if let Some(attached) = attached.filter(|a| !a.is_empty()) {
        Some(attached.to_owned())
    } else {
        input.filter(|_| !operand).map(str::to_owned)
    };
    out.code = code.map(|c| (program.to_owned(), c));
}

/// Shell texts that code of another language starts: string literals in calls that run commands.
fn called(language: &str, code: &str) -> Vec<String> {
    const CALLS: &[&str] = &[
        "system",
        "popen",
        "exec",
        "spawn",
        "subprocess.",
        "check_call",
        "check_output",
        "execSync",
        "qx",
        "shell_exec",
        "passthru",
        "doShellScript",
        "do shell script",
        "Command.new",
        "Open3",
    ];
    let mut out = Vec::new();
    let mut starts: Vec<usize> = CALLS.iter().flat_map(|c| code.match_indices(c).map(|(i, _)| i)).collect();
    starts.sort_unstable();
    starts.dedup();
    for start in starts.into_iter().take(16) {
        let rest = code.get(start..).unwrap_or("");
        let end = rest.find([';', '\n']).unwrap_or(rest.len());
        let literals = literals(rest.get(..end.max(1)).unwrap_or(rest));
        if !literals.is_empty() {
            out.push(literals.join(" "));
            // A single literal may hold operators that the cut at `;` removed.
            if let Some(first) = self::literals(rest).into_iter().next().filter(|f| *f != literals.join(" "))
            {
                out.push(first);
            }
        }
    }
    if matches!(language, "perl" | "ruby" | "php") {
        out.extend(code.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    out
}

fn literals(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        if !matches!(c, '"' | '\'') {
            continue;
        }
        let mut literal = String::new();
        while let Some(inner) = chars.next() {
            match inner {
                '\\' => literal.extend(chars.next()),
                inner if inner == c => break,
                inner => literal.push(inner),
            }
        }
        out.push(literal);
    }
    out.truncate(32);
    out
}
