//! Files fetched from the network, and repositories cloned, and run by the same command.

use navi_domain::fact::{Fact, FactKind, Severity};

use super::{evidence, flags, touch};
use crate::shell::{Invocation, Script};

const RUNNERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "python",
    "node",
    "perl",
    "ruby",
    "php",
    "source",
    ".",
    "deno",
    "bun",
    "dpkg",
    "rpm",
    "installer",
    "msiexec",
    "java",
    "open",
    "apt",
    "apt-get",
    "dnf",
    "yum",
];

/// Invocations that run a file which an earlier one fetched.
pub(super) fn run(script: &Script) -> Vec<(usize, Fact)> {
    let mut fetched: Vec<String> = Vec::new();
    let (mut cloned, mut inside): (Vec<String>, bool) = (Vec::new(), false);
    let mut out = Vec::new();
    for (at, invocation) in script.invocations.iter().enumerate() {
        let name = |text: &str| text.rsplit('/').next().unwrap_or("").to_owned();
        if !fetched.is_empty() {
            let own = name(&invocation.spoken.text);
            let operand = invocation.words.iter().map(|w| name(&w.text)).find(|w| fetched.contains(w));
            let runs = invocation.spoken.text.contains('/') && fetched.contains(&own)
                || RUNNERS.contains(&invocation.program.as_str()) && operand.is_some();
            if runs {
                let sudo = invocation.wrappers.iter().any(|w| w == "sudo" || w == "doas");
                let fact = Fact::said(
                    FactKind::RunsUntrustedCode,
                    evidence(invocation),
                    "Runs a file fetched by the same command",
                );
                let severity = if sudo { Severity::Grave } else { Severity::Serious };
                out.push((at, Fact { severity, rule: Some("fetched-file".to_owned()), ..fact }));
            }
        }
        let spoken = invocation.spoken.text.as_str();
        let operand = invocation.words.iter().map(|w| w.text.as_str()).find(|w| !w.starts_with('-'));
        let in_clone = |path: &str| path.split('/').any(|part| cloned.iter().any(|c| c == part));
        let script = if spoken.contains('/') && !spoken.starts_with('/') {
            Some(spoken)
        } else {
            operand.filter(|_| RUNNERS.contains(&invocation.program.as_str()))
        };
        if script.is_some_and(|s| inside && !s.starts_with('/') || in_clone(s)) {
            let headline = "Runs a script of a repository cloned by the same command";
            let fact = Fact::said(FactKind::RunsUntrustedCode, evidence(invocation), headline);
            out.push((at, Fact { rule: Some("cloned-script".to_owned()), ..fact }));
        }
        inside = match (invocation.program.as_str(), operand) {
            ("cd" | "pushd", Some(to)) => in_clone(to),
            _ => inside,
        };
        cloned.extend(clones(invocation));
        fetched.extend(fetches(invocation).iter().map(|f| name(f)));
        fetched.retain(|f| !f.is_empty());
    }
    out
}

/// The directory that a `git clone` makes.
fn clones(invocation: &Invocation) -> Option<String> {
    let words: Vec<&str> = invocation.words.iter().map(|w| w.text.as_str()).collect();
    let operands = flags::operands(&invocation.program, &words);
    if invocation.program != "git" || operands.first() != Some(&"clone") {
        return None;
    }
    let made = operands.last().filter(|_| operands.len() > 1)?;
    let name = made.trim_end_matches('/').rsplit(['/', ':']).next()?;
    Some(name.strip_suffix(".git").unwrap_or(name).to_owned()).filter(|n| !n.is_empty() && n != ".")
}

fn fetches(invocation: &Invocation) -> Vec<String> {
    if !matches!(invocation.program.as_str(), "curl" | "wget" | "aria2c" | "http" | "fetch" | "scp") {
        return Vec::new();
    }
    let written =
        touch::accesses(invocation).into_iter().filter(|a| a.op != navi_domain::action::FileOp::Read);
    let mut out: Vec<String> = written.map(|a| a.path).collect();
    let words = || invocation.words.iter().map(|w| w.text.as_str());
    let names_itself = invocation.program != "curl"
        || words()
            .any(|w| w == "--remote-name" || w.starts_with('-') && !w.starts_with("--") && w.contains('O'));
    if names_itself {
        let urls = words().filter(|w| w.contains("://"));
        out.extend(urls.map(|u| u.split(['?', '#']).next().unwrap_or(u).to_owned()));
    }
    out
}
