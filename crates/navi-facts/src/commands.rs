//! Facts from a command: its invocations matched against the catalogue, the files they touch, where their pipes lead.
//!
//! Knows nothing of risk or policy. Never fails: what cannot be read is a fact of its own.

mod downloads;
mod flags;
mod production;
mod reading;
mod rules;
mod sql;
mod target;
mod touch;

use navi_domain::action::FileOp;
use navi_domain::fact::{Fact, FactKind, Severity};

pub(crate) use flags::operands;
pub use reading::only_reads;
pub use rules::{Example, Gives, Rules};
pub use sql::facts as sql_facts;
pub use touch::{Access, accesses};

use crate::catalogue::Catalogue;
use crate::paths;
use crate::shell::{self, Invocation, Script, Via};
use rules::Subject;

/// One part of a command, for showing "the exact command parsed".
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Segment {
    /// Its own text.
    pub text: String,
    /// Program and arguments as the program gets them, wrappers removed.
    pub words: Vec<String>,
    /// Kinds of facts that rest on it, in order, each once.
    pub facts: Vec<FactKind>,
}

/// Facts of a command; `cwd` is the working directory, which relative paths begin at. Total and deterministic; each fact's
/// evidence names the part of the command it rests on (`command: rm -rf /`, at most 120 characters of it).
#[must_use]
pub fn facts(command: &str, cwd: Option<&str>, catalogue: &Catalogue) -> Vec<Fact> {
    let script = shell::parse(command);
    let mut out: Vec<Fact> = Vec::new();
    for part in &script.unreadable {
        out.push(unreadable(part, Severity::Serious, "The command could not be read completely"));
    }
    if let Some(headline) = deceives(command, &script) {
        out.push(unreadable(command, Severity::Serious, headline));
    }
    let found = of_script(&script, cwd, catalogue);
    out.extend(found.into_iter().flatten());
    escalate(&mut out);
    unique(out)
}

/// The parts of a command, each with the kinds of its facts, in the order in which they are written.
#[must_use]
pub fn describe(command: &str, catalogue: &Catalogue) -> Vec<Segment> {
    let script = shell::parse(command);
    let found = of_script(&script, None, catalogue);
    let mut segments: Vec<Segment> = Vec::new();
    for (invocation, facts) in script.invocations.iter().zip(found) {
        let mut kinds: Vec<FactKind> = facts.iter().map(|f| f.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if invocation.transparent && kinds.is_empty() {
            continue;
        }
        let mut words = vec![invocation.program.clone()];
        words.extend(invocation.words.iter().map(|w| w.text.clone()));
        let segment = Segment { text: invocation.text.clone(), words, facts: kinds };
        let known = segments.iter().any(|s| s.words == segment.words);
        if !(invocation.via == Via::Crude && known) {
            segments.push(segment);
        }
    }
    for part in &script.unreadable {
        segments.push(Segment {
            text: part.clone(),
            words: Vec::new(),
            facts: vec![FactKind::UnreadableCommand],
        });
    }
    segments
}

/// Words of every simple command, wrappers, assignments and redirections included, for comparing with a grant's pattern.
/// `None` when anything is not known before it runs, or could not be read, so that no grant covers it.
#[must_use]
pub fn invocations(command: &str) -> Option<Vec<Vec<String>>> {
    let script = shell::parse(command);
    let known = |i: &Invocation| {
        !i.whole.iter().any(|w| w.dynamic)
            && !i.redirects.iter().any(|r| r.target.dynamic)
            && !i.hides_program()
    };
    if !script.unreadable.is_empty() || script.redefines || !script.invocations.iter().all(known) {
        return None;
    }
    let set = script.assignments.iter().map(|(n, v)| (!v.dynamic).then(|| vec![format!("{n}={}", v.text)]));
    let mut out = set.collect::<Option<Vec<_>>>()?;
    for invocation in &script.invocations {
        let mut words: Vec<String> = invocation.whole.iter().map(|w| w.text.clone()).collect();
        for redirect in &invocation.redirects {
            words.push(redirect.operator.clone());
            words.push(redirect.target.text.clone());
        }
        if let (Some(input), false) = (&invocation.input, invocation.transparent) {
            words.push("<<".to_owned());
            words.push(input.clone());
        }
        out.push(words);
    }
    (!out.is_empty()).then_some(out)
}

/// Whether a line is one simple command and nothing around it: no list, loop, group or negation.
#[must_use]
pub fn is_simple(command: &str) -> bool {
    let script = shell::parse(command);
    let own = script.invocations.first().filter(|_| script.invocations.len() == 1);
    script.unreadable.is_empty() && own.is_some_and(|only| only.text.trim() == command.trim())
}

/// At most 120 characters of a text on one line.
pub(crate) fn brief(text: &str) -> String {
    let mut chars = text.trim().chars();
    let mut short: String = chars.by_ref().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

fn evidence(invocation: &Invocation) -> String {
    format!("command: {}", brief(&invocation.text))
}

fn unreadable(part: &str, severity: Severity, headline: &str) -> Fact {
    let fact = Fact::said(FactKind::UnreadableCommand, format!("command: {}", brief(part)), headline);
    Fact { severity, rule: Some("unreadable".to_owned()), ..fact }
}

/// Why a person would read something else than what runs: invisible or reordering characters anywhere, or a program whose
/// name mixes scripts or is written in look-alike letters (Unicode UTS #39).
fn deceives(command: &str, script: &Script) -> Option<&'static str> {
    let invisible = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{3164}' | '\u{115f}' | '\u{1160}' | '\u{e0000}'..='\u{e007f}');
    let returns = command.replace("\r\n", "\n").contains('\r');
    let controls = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if returns || command.chars().any(|c| invisible(c) || controls(c)) {
        return Some("Holds characters that are not seen, or change what is seen");
    }
    let mixed = |name: &str| {
        name.chars().any(|c| c.is_ascii_alphabetic())
            && name.chars().any(|c| c.is_alphabetic() && !c.is_ascii())
    };
    let alike = |c: char| matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}');
    let mixed = |name: &str| mixed(name) || name.chars().any(alike);
    let named = |i: &Invocation| mixed(i.spoken.text.rsplit('/').next().unwrap_or_default());
    script.invocations.iter().any(named).then_some("The program's name mixes alphabets")
}

/// Facts of each invocation.
fn of_script(script: &Script, cwd: Option<&str>, catalogue: &Catalogue) -> Vec<Vec<Fact>> {
    let all = &script.invocations;
    let touched: Vec<Vec<Access>> = all.iter().map(accesses).collect();
    let mut out: Vec<Vec<Fact>> = Vec::with_capacity(all.len());
    for (invocation, touched) in all.iter().zip(&touched) {
        let mut facts = hidden(invocation);
        let subject = subject(script, invocation, touched);
        for rule in catalogue.commands.about(&invocation.program).filter(|r| !r.looks_upstream()) {
            if rule.holds(&subject) {
                facts.extend(rule.says.facts(&evidence(invocation)));
            }
        }
        facts.extend(of_texts(invocation, catalogue));
        facts.extend(of_paths(invocation, touched, cwd, catalogue));
        facts.extend(production::facts(invocation, &script.assignments, catalogue));
        out.push(facts);
    }
    for (at, fact) in downloads::run(script) {
        if let Some(facts) = out.get_mut(at) {
            facts.push(fact);
        }
    }
    let feeds = feeds(script);
    let lines: Vec<String> = all.iter().map(Invocation::line).collect();
    for (at, (invocation, touched)) in all.iter().zip(&touched).enumerate() {
        let about = catalogue.commands.about(&invocation.program);
        let mut rules = about.filter(|r| r.looks_upstream()).peekable();
        if rules.peek().is_none() {
            continue;
        }
        let mut subject = subject(script, invocation, touched);
        let rules: Vec<_> = rules.filter(|r| r.holds_alone(&subject)).collect();
        if rules.is_empty() {
            continue;
        }
        let before = upstream(&feeds, at);
        subject.from = before.iter().filter_map(|i| lines.get(*i)).map(String::as_str).collect();
        subject.from_kinds = before.iter().filter_map(|i| out.get(*i)).flatten().map(|f| f.kind).collect();
        // What a command reads itself goes where it sends.
        let own = out.get(at).into_iter().flatten().filter(|f| f.severity > Severity::Minor);
        subject.from_kinds.extend(own.map(|f| f.kind));
        let more: Vec<Fact> = {
            let evidence = evidence(invocation);
            rules
                .into_iter()
                .filter(|r| r.holds_upstream(&subject))
                .flat_map(|r| r.says.facts(&evidence))
                .collect()
        };
        if let Some(facts) = out.get_mut(at) {
            facts.extend(more);
        }
    }
    out
}

fn subject<'a>(script: &Script, invocation: &'a Invocation, touched: &'a [Access]) -> Subject<'a> {
    let words: Vec<&str> = invocation.words.iter().map(|w| w.text.as_str()).collect();
    let operands = flags::operands(&invocation.program, &words);
    let targets = target::of(invocation, &operands);
    let assigned = invocation.assignments.iter().chain(&script.assignments);
    let side = |read: bool| {
        let mine = touched.iter().filter(move |a| (a.op == FileOp::Read) == read);
        mine.map(|a| a.path.as_str()).collect()
    };
    Subject {
        program: &invocation.program,
        operands,
        line: invocation.line(),
        words,
        wrappers: &invocation.wrappers,
        targets,
        assigns: assigned.map(|(n, v)| format!("{n}={}", v.text)).collect(),
        writes: side(false),
        reads: side(true),
        from: Vec::new(),
        from_kinds: Vec::new(),
    }
}

/// For each command those whose output it gets directly: before it in the pipe, or substituted into its words.
fn feeds(script: &Script) -> Vec<Vec<usize>> {
    let all = &script.invocations;
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); all.len()];
    for (at, invocation) in all.iter().enumerate() {
        let substituted =
            matches!(invocation.via, Via::Substitution | Via::ProcessSubstitution | Via::Inline | Via::Crude);
        let parent = invocation.parent.filter(|_| substituted);
        for target in invocation.piped_to.into_iter().chain(parent) {
            out.get_mut(target).into_iter().for_each(|f| f.push(at));
        }
        if let (Some(before), Some(own)) = (invocation.piped_from, out.get_mut(at)) {
            own.push(before);
        }
    }
    // A variable that was set to a substitution stands in the words as that substitution.
    let set: Vec<(usize, &str)> = all
        .iter()
        .enumerate()
        .filter(|(_, i)| i.via == Via::Substitution && !i.text.is_empty())
        .map(|(at, i)| (at, i.text.as_str()))
        .take(64)
        .collect();
    if !set.is_empty() {
        for (invocation, own) in all.iter().zip(&mut out) {
            for word in invocation.words.iter().filter(|w| w.dynamic) {
                own.extend(set.iter().filter(|(_, text)| word.text.contains(text)).map(|(at, _)| *at));
            }
        }
    }
    out
}

/// Commands whose output reaches this one, through any number of others.
fn upstream(feeds: &[Vec<usize>], at: usize) -> Vec<usize> {
    let mut seen = vec![false; feeds.len()];
    let (mut found, mut open) = (Vec::new(), vec![at]);
    while let Some(next) = open.pop() {
        for before in feeds.get(next).into_iter().flatten() {
            if let Some(seen) = seen.get_mut(*before).filter(|s| *before != at && !**s) {
                *seen = true;
                found.push(*before);
                open.push(*before);
            }
        }
    }
    found
}

/// A program's name that is not there to read.
fn hidden(invocation: &Invocation) -> Vec<Fact> {
    if !invocation.hides_program() {
        return Vec::new();
    }
    let evidence = evidence(invocation);
    let known = !invocation.program.contains(['$', '`', '*', '?', '[']);
    let plain = known && !invocation.text.contains(['(', '`']);
    let severity = if plain { Severity::Minor } else { Severity::Serious };
    let fact = Fact::said(FactKind::UnreadableCommand, evidence.clone(), "The program's name is computed");
    let mut out = vec![Fact { severity, rule: Some("computed-program".to_owned()), ..fact }];
    if severity == Severity::Serious {
        let fact = Fact::new(FactKind::HardToUndo, evidence);
        out.push(Fact { rule: Some("computed-program".to_owned()), ..fact });
    }
    out
}

/// SQL and code inside a command.
fn of_texts(invocation: &Invocation, catalogue: &Catalogue) -> Vec<Fact> {
    let evidence = evidence(invocation);
    let mut out = Vec::new();
    for text in sql::statements_of(invocation) {
        out.extend(sql_facts(&text, &evidence, catalogue));
    }
    if let Some(code) = &invocation.code {
        for pattern in &catalogue.commands.code {
            if pattern.holds(&code.text, &code.language) {
                out.extend(pattern.says.facts(&evidence));
            }
        }
        for path in touch::written_by_code(&code.text) {
            let facts = paths::facts(path, FileOp::Edit, catalogue);
            let kept = facts.into_iter().filter(|f| f.kind != FactKind::HardToUndo);
            out.extend(kept.map(|f| Fact { evidence: evidence.clone(), ..f }));
        }
        for text in sql::literals(&code.text) {
            out.extend(sql_facts(&text, &evidence, catalogue));
        }
    }
    out
}

/// What the paths that a command touches say.
fn of_paths(
    invocation: &Invocation,
    touched: &[Access],
    cwd: Option<&str>,
    catalogue: &Catalogue,
) -> Vec<Fact> {
    let evidence = evidence(invocation);
    let mut out = Vec::new();
    for access in touched.iter().filter(|a| a.content) {
        let place = match cwd {
            Some(cwd) if access.op != FileOp::Read && !access.path.starts_with(['/', '~', '$']) => {
                oversight_place(cwd, &access.path)
            }
            _ => None,
        };
        let path = place.as_deref().unwrap_or(&access.path);
        let facts = paths::facts(path, access.op, catalogue);
        out.extend(
            facts
                .into_iter()
                .filter(|f| f.kind != FactKind::HardToUndo)
                .map(|f| Fact { evidence: evidence.clone(), ..f }),
        );
    }
    out
}

/// A relative path, from the working directory when that lies in a directory with a dot (`.claude`, `.git/hooks`).
fn oversight_place(cwd: &str, path: &str) -> Option<String> {
    cwd.contains("/.").then(|| format!("{}/{path}", cwd.trim_end_matches('/')))
}

/// A disguise that covers destruction is worse than either.
fn escalate(facts: &mut [Fact]) {
    let destroys = facts.iter().any(|f| f.kind == FactKind::DestroysData && f.severity >= Severity::Serious);
    if destroys {
        for fact in facts.iter_mut().filter(|f| f.kind == FactKind::UnreadableCommand) {
            if fact.severity == Severity::Serious {
                fact.severity = Severity::Grave;
            }
        }
    }
}

/// Each fact once.
fn unique(facts: Vec<Fact>) -> Vec<Fact> {
    let mut out: Vec<Fact> = Vec::with_capacity(facts.len());
    for fact in facts {
        if !out.contains(&fact) {
            out.push(fact);
        }
    }
    out
}

#[cfg(test)]
#[path = "commands/tests.rs"]
mod tests;
