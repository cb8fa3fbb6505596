//! What a path in a destructive command stands for.

use serde::Deserialize;

/// The class of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Target {
    /// The root of the file system, or everything in it.
    Root,
    /// A home directory, or everything in it.
    Home,
    /// A directory of the operating system.
    System,
    /// A device.
    Device,
    /// The working directory itself, its parent, or everything in it.
    Everything,
    /// The history of a repository.
    Repository,
    /// What a build makes again.
    Build,
    /// Temporary files.
    Temporary,
    /// A path that is not known before the command runs.
    Unknown,
    /// A single file by its look: it has an extension, or a dot name.
    File,
    /// Any other path.
    Other,
}

const BUILD: &[&str] = &[
    "target",
    "node_modules",
    "dist",
    "build",
    "out",
    ".venv",
    "venv",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox",
    ".nox",
    ".next",
    ".nuxt",
    ".turbo",
    ".cache",
    ".parcel-cache",
    ".svelte-kit",
    ".output",
    "coverage",
    "htmlcov",
    ".nyc_output",
    ".gradle",
    "cmake-build-debug",
    "cmake-build-release",
    ".eggs",
    "bin-debug",
    "_build",
    ".terraform",
    "storybook-static",
    ".vite",
    ".angular",
    "deriveddata",
    ".dart_tool",
    "zig-out",
    "zig-cache",
    ".zig-cache",
    "test-results",
    "playwright-report",
    ".coverage",
    "tmp",
    "temp",
    "logs",
    "site",
    ".serverless",
    ".aws-sam",
    "elm-stuff",
    "bower_components",
    ".bundle",
    "debug",
    "release",
    ".webpack",
    ".rpt2_cache",
    ".ipynb_checkpoints",
];
const BUILD_EXTENSIONS: &[&str] = &[
    "pyc",
    "pyo",
    "o",
    "obj",
    "class",
    "log",
    "tmp",
    "swp",
    "bak",
    "orig",
    "egg-info",
    "tsbuildinfo",
    "gcda",
    "gcno",
];
const SYSTEM: &[&str] = &[
    "etc",
    "usr",
    "bin",
    "sbin",
    "lib",
    "lib32",
    "lib64",
    "boot",
    "var",
    "opt",
    "root",
    "sys",
    "proc",
    "srv",
    "system",
    "library",
    "applications",
    "windows",
    "private",
    "volumes",
    "data",
    "mnt",
    "media",
    "run",
];

/// Classifies a path as written; expansions that are not known stand as `$NAME`.
pub(super) fn classify(path: &str, dynamic: bool) -> Target {
    let path = path.trim().replace('\\', "/");
    let everything =
        |p: &str| matches!(p, "*" | ".*" | "**" | "{*,.*}" | "." | "./" | ".." | "{}" | ".[!.]*");
    let (absolute, home, rest) = split(&path);
    let segments = normalise(rest);
    if path.starts_with("/dev/")
        && !matches!(path.as_str(), "/dev/null" | "/dev/stdout" | "/dev/stderr" | "/dev/tty")
    {
        return Target::Device;
    }
    let whole = segments.is_empty()
        || segments.iter().all(|s| everything(s) || s.bytes().all(|b| b"*?.".contains(&b)));
    if home {
        return if whole { Target::Home } else { under(&segments, dynamic) };
    }
    if absolute {
        return match segments.first().map(String::as_str) {
            _ if whole => Target::Root,
            Some("home" | "users") if segments.len() <= 2 => Target::Home,
            Some("tmp") if segments.len() > 1 => Target::Temporary,
            Some("var") if segments.get(1).is_some_and(|s| s == "tmp") && segments.len() > 2 => {
                Target::Temporary
            }
            Some("dev") => Target::Device,
            Some(first) if SYSTEM.contains(&first) && segments.len() <= 3 => Target::System,
            _ => under(&segments, dynamic),
        };
    }
    if path == "{}" {
        return Target::Unknown;
    }
    if whole || segments.iter().all(|s| s == "..") {
        return Target::Everything;
    }
    under(&segments, dynamic)
}

/// Absolute?, in the home directory?, and the rest of the path.
fn split(path: &str) -> (bool, bool, &str) {
    for home in ["~/", "$HOME/", "${HOME}/", "%USERPROFILE%/", "$env:USERPROFILE/", "$ENV{HOME}/"] {
        if let Some(rest) = path.strip_prefix(home) {
            return (true, true, rest);
        }
    }
    if matches!(path, "~" | "$HOME" | "${HOME}" | "%USERPROFILE%")
        || path.starts_with('~') && !path.contains('/')
    {
        return (true, true, "");
    }
    let drive = path.get(1..2) == Some(":") && path.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if drive {
        return (true, false, path.get(2..).unwrap_or(""));
    }
    // `$UNSET/x` is `/x` when the variable is empty.
    (path.starts_with('/'), false, path)
}

/// Lower-case segments without `.` and resolved `..`.
pub(super) fn normalise(path: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for segment in path.split('/').filter(|s| !s.is_empty() && *s != ".") {
        if segment == ".." && out.last().is_some_and(|l| l != "..") {
            out.pop();
        } else if segment == ".." && path.starts_with('/') {
            // Above the root is the root.
        } else {
            out.push(segment.to_lowercase());
        }
    }
    out
}

fn under(segments: &[String], dynamic: bool) -> Target {
    let is_build = |s: &String| {
        let stem = s.trim_end_matches('*').trim_end_matches('.');
        BUILD.contains(&stem)
            || s.rsplit_once('.').is_some_and(|(_, e)| BUILD_EXTENSIONS.contains(&e))
            || s.starts_with("cmake-build-")
    };
    if segments.iter().any(|s| s == ".git") {
        return Target::Repository;
    }
    // What is below a build directory is made again as well; a path that leaves it is resolved already.
    let known = !segments.iter().any(|s| s.contains(['$', '`']) || s == "..");
    if known && segments.iter().any(is_build) {
        return Target::Build;
    }
    if dynamic || !known || segments.iter().any(|s| s == "{}") {
        return if segments.last().is_some_and(is_build) { Target::Build } else { Target::Unknown };
    }
    let file = segments.last().is_some_and(|s| s.trim_start_matches('.').contains('.') && !s.contains('*'));
    if file { Target::File } else { Target::Other }
}

/// Classes of everything that a destructive command names.
pub(super) fn of(invocation: &crate::shell::Invocation, operands: &[&str]) -> Vec<Target> {
    let dynamic = |text: &str| invocation.words.iter().any(|w| w.text == text && w.dynamic);
    let skipped = match invocation.program.as_str() {
        "chmod" | "chown" | "chgrp" => 1,
        _ => 0,
    };
    let named: Vec<Target> = match invocation.program.as_str() {
        "find" => {
            let places = operands.iter().take_while(|o| !o.starts_with(['(', '!']));
            let pattern = find_pattern(invocation);
            let place: Vec<Target> = places.map(|p| classify(p, dynamic(p))).collect();
            match pattern {
                Some(Target::Build) => vec![Target::Build],
                _ if place.is_empty() => vec![Target::Everything],
                _ => place,
            }
        }
        "dd" => {
            let outputs = invocation.words.iter().filter_map(|w| w.text.strip_prefix("of="));
            outputs.map(|p| classify(p, p.contains('$'))).collect()
        }
        _ => operands.iter().skip(skipped).map(|o| classify(o, dynamic(o))).collect(),
    };
    let redirects = invocation.redirects.iter().filter(|r| r.writes());
    named.into_iter().chain(redirects.map(|r| classify(&r.target.text, r.target.dynamic))).collect()
}

/// What `find` is limited to by name.
fn find_pattern(invocation: &crate::shell::Invocation) -> Option<Target> {
    let words = &invocation.words;
    let mut named = words
        .iter()
        .enumerate()
        .filter(|(_, w)| matches!(w.text.as_str(), "-name" | "-iname" | "-path" | "-wholename"))
        .filter_map(|(i, _)| words.get(i + 1))
        .map(|w| classify(w.text.trim_start_matches("*/"), false));
    let first = named.next()?;
    named.all(|t| t == first).then_some(first)
}
