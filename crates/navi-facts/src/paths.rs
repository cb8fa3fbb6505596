//! Facts from paths: by segment, token and glob, never by substring.

use std::collections::HashSet;

use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use navi_domain::action::FileOp;
use navi_domain::fact::{Fact, FactKind, Severity};
use serde::Deserialize;

use crate::catalogue::{Catalogue, CatalogueError};
use crate::place::{in_rule, toml_error};
use crate::tokens::tokens;

/// Other sections of the same text are read by others.
#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    path: Vec<RuleText>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    facts: Vec<FactText>,
    headline: String,
    #[serde(default)]
    tokens: Vec<String>,
    #[serde(default)]
    dirs: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    extensions: Vec<String>,
    #[serde(default)]
    globs: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    read: Option<AtMost>,
    #[serde(default)]
    prose: Option<AtMost>,
    #[serde(default)]
    tests: Option<AtMost>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    hits: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    misses: Vec<String>,
}

/// A kind with its severity, as texts of the catalogue write it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactText {
    pub kind: FactKind,
    #[serde(default)]
    pub severity: Severity,
}

/// The most a fact counts in a case; `none`: no fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AtMost {
    None,
    Minor,
    Serious,
}

impl AtMost {
    fn of(self, severity: Severity) -> Option<Severity> {
        match self {
            Self::None => None,
            Self::Minor => Some(Severity::Minor),
            Self::Serious => Some(severity.min(Severity::Serious)),
        }
    }
}

#[derive(Clone, Debug)]
struct Rule {
    text: RuleText,
    tokens: HashSet<String>,
    dirs: HashSet<String>,
    names: HashSet<String>,
    extensions: HashSet<String>,
    globs: GlobSet,
    except: GlobSet,
}

/// Compiled rules on paths.
#[derive(Clone, Debug, Default)]
pub struct PathRules {
    rules: Vec<Rule>,
}

impl PathRules {
    /// Reads a text.
    ///
    /// # Errors
    /// [`CatalogueError`]
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let read: Text = toml::from_str(text).map_err(|e| toml_error(text, &e))?;
        let compile = |rule: RuleText| -> Result<Rule, CatalogueError> {
            if rule.facts.is_empty() {
                return Err(in_rule(text, &rule.id, "it states no fact"));
            }
            let set = |words: &[String]| words.iter().map(|w| w.to_lowercase()).collect::<HashSet<_>>();
            let globs = |globs: &[String]| {
                let mut set = GlobSetBuilder::new();
                for glob in globs {
                    let glob = GlobBuilder::new(&glob.to_lowercase()).literal_separator(true).build();
                    set.add(glob.map_err(|e| in_rule(text, &rule.id, e.to_string()))?);
                }
                set.build().map_err(|e| in_rule(text, &rule.id, e.to_string()))
            };
            Ok(Rule {
                tokens: set(&rule.tokens),
                dirs: set(&rule.dirs),
                names: set(&rule.names),
                extensions: set(&rule.extensions),
                globs: globs(&rule.globs)?,
                except: globs(&rule.except)?,
                text: rule,
            })
        };
        Ok(Self { rules: read.path.into_iter().map(compile).collect::<Result<_, _>>()? })
    }

    /// Adds further rules.
    pub fn extend(&mut self, more: Self) {
        self.rules.extend(more.rules);
    }

    /// Facts of one path.
    #[must_use]
    pub fn facts(&self, path: &str, op: FileOp) -> Vec<Fact> {
        let place = Place::of(path);
        let mut found = Vec::new();
        for rule in self.rules.iter().filter(|r| r.holds(&place)) {
            for fact in &rule.text.facts {
                let Some(severity) = rule.severity(fact, &place, op) else { continue };
                found.push(Fact {
                    severity,
                    rule: Some(rule.text.id.clone()),
                    without: Some(format!("without {}", brief(path))),
                    ..Fact::said(fact.kind, format!("file {path}"), &rule.text.headline)
                });
            }
        }
        if place.escapes && op != FileOp::Read {
            found.push(Fact::said(
                FactKind::SensitiveFile,
                format!("file {path}"),
                "Reaches outside the working directory",
            ));
        }
        if op == FileOp::Delete {
            let severity = Severity::Minor;
            found.push(Fact { severity, ..Fact::new(FactKind::HardToUndo, format!("file {path}")) });
        }
        found
    }
}

/// Facts of one path.
#[must_use]
pub fn facts(path: &str, op: FileOp, catalogue: &Catalogue) -> Vec<Fact> {
    catalogue.paths.facts(path, op)
}

impl Rule {
    fn holds(&self, place: &Place) -> bool {
        if self.except.is_match(&place.whole) {
            return false;
        }
        self.names.contains(&place.name)
            || self.extensions.contains(&place.extension)
            || place.dirs.iter().any(|d| self.dirs.contains(d))
            || place.tokens.iter().any(|t| self.tokens.contains(t))
            || self.globs.is_match(&place.whole)
            || place.wildcard.as_ref().is_some_and(|w| self.names.iter().any(|name| w.is_match(name)))
    }

    fn severity(&self, fact: &FactText, place: &Place, op: FileOp) -> Option<Severity> {
        let mut severity = fact.severity;
        if op == FileOp::Read {
            // Looking switches nothing off, destroys nothing and widens nothing.
            let looks = matches!(
                fact.kind,
                FactKind::TouchesAuth | FactKind::ExposesSecret | FactKind::RegulatedData
            );
            severity = self.text.read.filter(|_| looks)?.of(severity)?;
        }
        if place.prose {
            severity = self.text.prose.map_or(Some(severity), |most| most.of(severity))?;
        }
        if place.test {
            severity = self.text.tests.map_or(Some(severity), |most| most.of(severity))?;
        }
        Some(severity)
    }
}

/// A path as rules look at it: lower case, forward slashes, `.` and `..` resolved.
struct Place {
    whole: String,
    dirs: Vec<String>,
    name: String,
    extension: String,
    tokens: Vec<String>,
    prose: bool,
    test: bool,
    escapes: bool,
    /// What a name with wildcards stands for, where it says more than `*`.
    wildcard: Option<GlobMatcher>,
}

/// The pattern of a name such as `.e*v`; none for plain names, and none for those that stand for nearly everything.
fn wildcard(name: &str) -> Option<GlobMatcher> {
    let said = name.chars().filter(|c| c.is_alphanumeric()).count();
    if said == 0 || !name.contains(['*', '?', '[']) || name.starts_with('*') {
        return None;
    }
    GlobBuilder::new(name).literal_separator(true).build().ok().map(|glob| glob.compile_matcher())
}

impl Place {
    fn of(path: &str) -> Self {
        let plain: String = path
            .trim()
            .trim_matches(['"', '\''])
            .chars()
            .filter(
                |c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}'),
            )
            .map(|c| if c == '\\' { '/' } else { c })
            .collect();
        let mut segments: Vec<&str> = Vec::new();
        let mut escapes = false;
        for segment in plain.split('/').filter(|s| !s.is_empty() && *s != ".") {
            if segment == ".." {
                escapes |= segments.pop().is_none();
            } else {
                segments.push(segment);
            }
        }
        let lower: Vec<String> =
            segments.iter().map(|s| s.trim_end_matches(['.', ' ']).to_lowercase()).collect();
        let rooted = if plain.starts_with('/') { "/" } else { "" };
        let (name, dirs) = match lower.split_last() {
            Some((name, dirs)) => (name.clone(), dirs.to_vec()),
            None => (String::new(), Vec::new()),
        };
        let extension = name.rsplit_once('.').map_or(String::new(), |(_, e)| e.to_owned());
        let prose = matches!(
            extension.as_str(),
            "md" | "mdx" | "rst" | "txt" | "adoc" | "html" | "pdf" | "png" | "svg"
        ) || dirs.iter().any(|d| d == "docs" || d == "doc");
        let test = dirs.iter().any(|d| {
            matches!(
                d.as_str(),
                "test" | "tests" | "__tests__" | "spec" | "specs" | "testdata" | "fixtures" | "e2e"
            )
        }) || [".test.", ".spec.", "_test."].iter().any(|mark| name.contains(mark))
            || name.starts_with("test_");
        Self {
            whole: format!("{rooted}{}", lower.join("/")),
            tokens: segments.iter().flat_map(|s| tokens(s)).collect(),
            dirs,
            wildcard: wildcard(&name),
            name,
            extension,
            prose,
            test,
            escapes,
        }
    }
}

fn brief(path: &str) -> String {
    let mut short: String = path.chars().take(60).collect();
    if short.len() < path.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> PathRules {
        PathRules::parse(include_str!("../catalogue/paths.toml")).unwrap()
    }

    #[test]
    fn every_rule_holds_for_its_examples() {
        let rules = shipped();
        for rule in &rules.rules {
            let (id, text) = (&rule.text.id, &rule.text);
            assert!(!text.hits.is_empty() && !text.misses.is_empty(), "{id}");
            let found =
                |path: &String| rules.facts(path, FileOp::Edit).iter().any(|f| f.rule.as_ref() == Some(id));
            text.hits.iter().for_each(|p| assert!(found(p), "{id} should see {p}"));
            text.misses.iter().for_each(|p| assert!(!found(p), "{id} should not see {p}"));
        }
    }

    #[test]
    fn other_spellings_are_the_same_path() {
        let rules = shipped();
        let kinds = |path: &str| {
            let mut kinds: Vec<_> =
                rules.facts(path, FileOp::Edit).iter().map(|f| (f.kind, f.severity)).collect();
            kinds.sort_unstable();
            kinds
        };
        let plain = kinds("app/auth/login.py");
        for other in [
            "./app/./auth/login.py",
            "app//auth/login.py",
            "app/x/../auth/login.py",
            "APP\\Auth\\Login.py",
            "app/auth/login.py.",
            "app/au\u{200b}th/login.py",
        ] {
            assert_eq!(kinds(other), plain, "{other}");
        }
        assert!(kinds("../../etc/x").contains(&(FactKind::SensitiveFile, Severity::Serious)));
    }

    #[test]
    fn reading_code_is_harmless_and_reading_credentials_is_not() {
        let rules = shipped();
        let worst = |path: &str| rules.facts(path, FileOp::Read).iter().map(|f| f.severity).max();
        assert_eq!(worst("src/auth/login.py"), Some(Severity::Minor));
        assert_eq!(worst("src/widgets/button.ts"), None);
        assert_eq!(worst(".claude/settings.json"), None);
        assert_eq!(worst(".env"), Some(Severity::Serious));
    }
}
