//! The command rules of the catalogue: their text form, and how one is matched against an invocation.

use std::collections::HashMap;

use navi_domain::fact::{Fact, FactKind, Severity};
use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::flags::{self, Flag};
use super::target::Target;
use crate::catalogue::CatalogueError;

/// A fact that a rule gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gives {
    /// Kind of the fact.
    pub kind: FactKind,
    /// Its severity.
    #[serde(default)]
    pub severity: Severity,
}

/// The text form of the file. Other sections of the same text are read by others.
#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default, rename = "rule")]
    rules: Vec<toml::Spanned<RuleText>>,
    #[serde(default, rename = "sql")]
    sql: Vec<toml::Spanned<PatternText>>,
    #[serde(default, rename = "code")]
    code: Vec<toml::Spanned<PatternText>>,
}

/// One rule on invocations, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RuleText {
    id: String,
    facts: Vec<Gives>,
    headline: Option<String>,
    without: Option<String>,
    programs: Vec<String>,
    not_programs: Vec<String>,
    sub: Vec<String>,
    flags: Vec<String>,
    unless_flags: Vec<String>,
    arg: Vec<String>,
    unless_arg: Vec<String>,
    text: Option<String>,
    unless_text: Option<String>,
    targets: Vec<Target>,
    only_targets: Vec<Target>,
    wrappers: Vec<String>,
    assigns: Option<String>,
    writes: Option<String>,
    reads: Option<String>,
    reads_except: Option<String>,
    from: Option<String>,
    from_kind: Option<FactKind>,
    hits: Vec<String>,
    misses: Vec<String>,
}

/// One pattern on a statement of SQL or on code of another language, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PatternText {
    id: String,
    facts: Vec<Gives>,
    headline: Option<String>,
    without: Option<String>,
    matches: String,
    unless: Option<String>,
    languages: Vec<String>,
    hits: Vec<String>,
    misses: Vec<String>,
}

/// What a rule says when it matches.
#[derive(Clone, Debug)]
pub(super) struct Says {
    pub id: String,
    pub facts: Vec<Gives>,
    headline: Option<String>,
    without: Option<String>,
}

impl Says {
    pub(super) fn facts<'a>(&'a self, evidence: &'a str) -> impl Iterator<Item = Fact> + 'a {
        self.facts.iter().map(move |g| Fact {
            kind: g.kind,
            severity: g.severity,
            evidence: evidence.to_owned(),
            headline: self.headline.clone(),
            rule: Some(self.id.clone()),
            without: self.without.clone(),
        })
    }
}

/// A compiled rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub says: Says,
    not_programs: Vec<String>,
    sub: Vec<Vec<Vec<String>>>,
    flags: Vec<Vec<Flag>>,
    unless_flags: Vec<Flag>,
    arg: Vec<Regex>,
    unless_arg: Vec<Regex>,
    text: Option<Regex>,
    unless_text: Option<Regex>,
    targets: Vec<Target>,
    only_targets: Vec<Target>,
    wrappers: Vec<String>,
    assigns: Option<Regex>,
    writes: Option<Regex>,
    reads: Option<Regex>,
    reads_except: Option<Regex>,
    from: Option<Regex>,
    from_kind: Option<FactKind>,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub says: Says,
    matches: Regex,
    unless: Option<Regex>,
    languages: Vec<String>,
}

impl Pattern {
    pub(super) fn holds(&self, text: &str, language: &str) -> bool {
        (self.languages.is_empty() || self.languages.iter().any(|l| l == language))
            && self.matches.is_match(text)
            && !self.unless.as_ref().is_some_and(|u| u.is_match(text))
    }
}

/// An example of a rule: its id, a command, and whether the rule must speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The rule's id.
    pub rule: String,
    /// The command.
    pub command: String,
    /// Whether the rule must give its fact.
    pub hit: bool,
}

/// All rules on commands, compiled once.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    by_program: HashMap<String, Vec<usize>>,
    any_program: Vec<usize>,
    rules: Vec<Rule>,
    pub(super) sql: Vec<Pattern>,
    pub(super) code: Vec<Pattern>,
    ids: Vec<String>,
    examples: Vec<Example>,
}

/// What a rule is matched against, prepared once for an invocation.
pub(super) struct Subject<'a> {
    pub program: &'a str,
    pub words: Vec<&'a str>,
    pub operands: Vec<&'a str>,
    pub line: String,
    pub wrappers: &'a [String],
    pub targets: Vec<Target>,
    pub assigns: Vec<String>,
    pub writes: Vec<&'a str>,
    pub reads: Vec<&'a str>,
    pub from: Vec<&'a str>,
    pub from_kinds: Vec<FactKind>,
}

impl Rules {
    /// Reads and compiles rules.
    ///
    /// # Errors
    /// The place and reason of the first mistake: unknown key, empty or repeated id, no facts, a senseless pattern, a rule
    /// that would match every command, or a rule without a hit and a miss.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let file: File = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            error(text, at, e.message())
        })?;
        let mut rules = Self::default();
        for spanned in file.rules {
            let at = spanned.span().start;
            let rule = spanned.into_inner();
            rules.add(rule).map_err(|reason| error(text, at, &reason))?;
        }
        for (patterns, sql) in [(file.sql, true), (file.code, false)] {
            for spanned in patterns {
                let at = spanned.span().start;
                let pattern = spanned.into_inner();
                rules.add_pattern(pattern, sql).map_err(|reason| error(text, at, &reason))?;
            }
        }
        Ok(rules)
    }

    /// Adds further rules behind these; they can only add facts.
    ///
    /// # Errors
    /// The id that is already taken.
    pub fn extend(&mut self, more: Self) -> Result<(), String> {
        if let Some(id) = more.ids.iter().find(|id| self.ids.contains(id)) {
            return Err(id.clone());
        }
        let offset = self.rules.len();
        for (program, at) in more.by_program {
            self.by_program.entry(program).or_default().extend(at.into_iter().map(|i| i + offset));
        }
        self.any_program.extend(more.any_program.into_iter().map(|i| i + offset));
        self.rules.extend(more.rules);
        self.sql.extend(more.sql);
        self.code.extend(more.code);
        self.ids.extend(more.ids);
        self.examples.extend(more.examples);
        Ok(())
    }

    /// Number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Every rule's examples.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// Rules that may speak about a program.
    pub(super) fn about(&self, program: &str) -> impl Iterator<Item = &Rule> {
        let own = self.by_program.get(program).map(Vec::as_slice).unwrap_or_default();
        own.iter().chain(&self.any_program).filter_map(|i| self.rules.get(*i))
    }

    fn note(
        &mut self,
        id: &str,
        hits: Vec<String>,
        misses: Vec<String>,
        facts: &[Gives],
    ) -> Result<(), String> {
        if id.is_empty() || self.ids.iter().any(|i| i == id) {
            return Err(format!("the id {id:?} is empty or used twice"));
        }
        if facts.is_empty() {
            return Err(format!("rule {id} gives no facts"));
        }
        if hits.is_empty() || misses.is_empty() {
            return Err(format!("rule {id} needs at least one hit and one miss"));
        }
        self.ids.push(id.to_owned());
        for (commands, hit) in [(hits, true), (misses, false)] {
            self.examples.extend(commands.into_iter().map(|command| Example {
                rule: id.to_owned(),
                command,
                hit,
            }));
        }
        Ok(())
    }

    fn add(&mut self, rule: RuleText) -> Result<(), String> {
        let narrow = !rule.programs.is_empty()
            || !rule.wrappers.is_empty()
            || rule.assigns.is_some()
            || rule.writes.is_some()
            || rule.reads.is_some()
            || rule.text.is_some()
            || !rule.arg.is_empty()
            || rule.from.is_some();
        if !narrow {
            return Err(format!("rule {} would match every command", rule.id));
        }
        self.note(&rule.id, rule.hits, rule.misses, &rule.facts)?;
        let at = self.rules.len();
        let words = |s: &String| -> Vec<Vec<String>> {
            s.split(' ').map(|w| w.split('|').map(str::to_owned).collect()).collect()
        };
        self.rules.push(Rule {
            says: Says { id: rule.id, facts: rule.facts, headline: rule.headline, without: rule.without },
            not_programs: rule.not_programs,
            sub: rule.sub.iter().map(words).collect(),
            flags: rule.flags.iter().map(|g| g.split('|').map(Flag::parse).collect()).collect(),
            unless_flags: rule.unless_flags.iter().map(|f| Flag::parse(f)).collect(),
            arg: rule.arg.iter().map(|p| compile(p)).collect::<Result<_, _>>()?,
            unless_arg: rule.unless_arg.iter().map(|p| compile(p)).collect::<Result<_, _>>()?,
            text: rule.text.as_deref().map(compile).transpose()?,
            unless_text: rule.unless_text.as_deref().map(compile).transpose()?,
            targets: rule.targets,
            only_targets: rule.only_targets,
            wrappers: rule.wrappers,
            assigns: rule.assigns.as_deref().map(compile).transpose()?,
            writes: rule.writes.as_deref().map(compile).transpose()?,
            reads: rule.reads.as_deref().map(compile).transpose()?,
            reads_except: rule.reads_except.as_deref().map(compile).transpose()?,
            from: rule.from.as_deref().map(compile).transpose()?,
            from_kind: rule.from_kind,
        });
        if rule.programs.is_empty() {
            self.any_program.push(at);
        }
        for program in rule.programs {
            self.by_program.entry(program).or_default().push(at);
        }
        Ok(())
    }

    fn add_pattern(&mut self, pattern: PatternText, sql: bool) -> Result<(), String> {
        self.note(&pattern.id, pattern.hits, pattern.misses, &pattern.facts)?;
        let compiled = Pattern {
            says: Says {
                id: pattern.id,
                facts: pattern.facts,
                headline: pattern.headline,
                without: pattern.without,
            },
            matches: compile(&pattern.matches)?,
            unless: pattern.unless.as_deref().map(compile).transpose()?,
            languages: pattern.languages,
        };
        if sql {
            self.sql.push(compiled)
        } else {
            self.code.push(compiled)
        }
        Ok(())
    }
}

impl Rule {
    /// Whether the rule looks at other commands, and so is asked in the second round.
    pub(super) fn looks_upstream(&self) -> bool {
        self.from.is_some() || self.from_kind.is_some()
    }

    /// Whether the rule speaks about this command.
    pub(super) fn holds(&self, s: &Subject<'_>) -> bool {
        self.holds_alone(s) && self.holds_upstream(s)
    }

    /// The conditions on the commands whose output comes in.
    pub(super) fn holds_upstream(&self, s: &Subject<'_>) -> bool {
        self.from.as_ref().is_none_or(|p| s.from.iter().any(|w| p.is_match(w)))
            && self.from_kind.is_none_or(|k| s.from_kinds.contains(&k))
    }

    /// The conditions on the command itself.
    pub(super) fn holds_alone(&self, s: &Subject<'_>) -> bool {
        let any =
            |patterns: &[Regex], words: &[&str]| patterns.iter().any(|p| words.iter().any(|w| p.is_match(w)));
        let optional = |pattern: &Option<Regex>, words: &[&str]| {
            pattern.as_ref().is_none_or(|p| words.iter().any(|w| p.is_match(w)))
        };
        !self.not_programs.iter().any(|p| p == s.program)
            && (self.wrappers.is_empty() || self.wrappers.iter().any(|w| s.wrappers.contains(w)))
            && (self.sub.is_empty() || self.sub.iter().any(|sub| starts(sub, &s.operands)))
            && self.flags.iter().all(|group| group.iter().any(|f| flags::has(f, s.program, &s.words)))
            && !self.unless_flags.iter().any(|f| flags::has(f, s.program, &s.words))
            && self.arg.iter().all(|p| s.words.iter().any(|w| p.is_match(w)))
            && !any(&self.unless_arg, &s.words)
            && (self.targets.is_empty() || s.targets.iter().any(|t| self.targets.contains(t)))
            && (self.only_targets.is_empty()
                || !s.targets.is_empty() && s.targets.iter().all(|t| self.only_targets.contains(t)))
            && self.text.as_ref().is_none_or(|t| t.is_match(&s.line))
            && !self.unless_text.as_ref().is_some_and(|t| t.is_match(&s.line))
            && self.assigns.as_ref().is_none_or(|p| s.assigns.iter().any(|a| p.is_match(a)))
            && optional(&self.writes, &s.writes)
            && self.reads.as_ref().is_none_or(|p| {
                let except = |r: &str| self.reads_except.as_ref().is_some_and(|e| e.is_match(r));
                s.reads.iter().any(|r| p.is_match(r) && !except(r))
            })
    }
}

fn starts(sub: &[Vec<String>], operands: &[&str]) -> bool {
    sub.len() <= operands.len() && sub.iter().zip(operands).all(|(w, o)| w.iter().any(|w| w == o || w == "*"))
}

fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(1 << 22)
        .build()
        .map_err(|e| format!("the pattern {pattern:?} cannot be read: {e}"))
}

fn error(text: &str, at: usize, reason: &str) -> CatalogueError {
    let before = text.get(..at).unwrap_or("");
    CatalogueError {
        line: before.matches('\n').count() + 1,
        column: before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1,
        reason: reason.trim().to_owned(),
    }
}
