//! Facts from unified diffs: what was added, what was removed, and where.

use std::collections::{BTreeMap, HashSet};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use navi_domain::action::FileOp;
use navi_domain::fact::{Fact, FactKind, Severity};
use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::catalogue::CatalogueError;
use crate::paths::FactText;
use crate::place::{in_rule, toml_error};

/// Other sections of the same text are read by others.
#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    diff: Vec<RuleText>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Side {
    Added,
    Removed,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    on: Side,
    facts: Vec<FactText>,
    headline: String,
    line: String,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    prose: bool,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    example_file: Option<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    hits: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    misses: Vec<String>,
}

#[derive(Clone, Debug)]
struct Rule {
    text: RuleText,
    line: Regex,
    files: Option<GlobSet>,
    except: GlobSet,
}

/// Compiled rules on diffs.
#[derive(Clone, Debug, Default)]
pub struct DiffRules {
    rules: Vec<Rule>,
}

impl DiffRules {
    /// Reads a text.
    ///
    /// # Errors
    /// [`CatalogueError`]
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let read: Text = toml::from_str(text).map_err(|e| toml_error(text, &e))?;
        let compile = |rule: RuleText| -> Result<Rule, CatalogueError> {
            let bad = |why: String| in_rule(text, &rule.id, why);
            let globs = |globs: &[String]| {
                let mut set = GlobSetBuilder::new();
                for glob in globs {
                    let glob = GlobBuilder::new(glob).case_insensitive(true).literal_separator(true).build();
                    set.add(glob.map_err(|e| bad(e.to_string()))?);
                }
                set.build().map_err(|e| bad(e.to_string()))
            };
            let line = RegexBuilder::new(&rule.line).case_insensitive(true).size_limit(1 << 21).build();
            let line = line.map_err(|e| bad(e.to_string()))?;
            if line.is_match("") || rule.facts.is_empty() {
                return Err(bad("it matches every line, or states no fact".into()));
            }
            let files = if rule.files.is_empty() { None } else { Some(globs(&rule.files)?) };
            Ok(Rule { line, files, except: globs(&rule.except)?, text: rule })
        };
        Ok(Self { rules: read.diff.into_iter().map(compile).collect::<Result<_, _>>()? })
    }

    /// Adds further rules.
    pub fn extend(&mut self, more: Self) {
        self.rules.extend(more.rules);
    }
}

/// One file of a diff.
#[derive(Debug, Default)]
struct FileDiff<'a> {
    old: Option<String>,
    new: Option<String>,
    added: Vec<(usize, &'a str)>,
    removed: Vec<(usize, &'a str)>,
}

impl FileDiff<'_> {
    fn path(&self) -> &str {
        self.new.as_deref().or(self.old.as_deref()).unwrap_or("the diff")
    }

    fn is_deleted(&self) -> bool {
        self.old.is_some() && self.new.is_none()
    }
}

/// Paths that a diff names, with what happens to them.
#[must_use]
pub fn paths(diff: &str) -> Vec<(String, FileOp)> {
    let mut found: BTreeMap<String, FileOp> = BTreeMap::new();
    for file in files(diff) {
        let op = match (&file.old, &file.new) {
            (None, Some(_)) => FileOp::Create,
            (Some(_), None) => FileOp::Delete,
            _ => FileOp::Edit,
        };
        for path in file.old.iter().chain(&file.new) {
            found.entry(path.clone()).or_insert(op);
        }
    }
    found.into_iter().collect()
}

/// Facts of a diff.
#[must_use]
pub fn facts(diff: &str, rules: &DiffRules) -> Vec<Fact> {
    let mut found = Vec::new();
    for file in files(diff) {
        found.extend(of_file(&file, rules));
    }
    found
}

fn of_file(file: &FileDiff<'_>, rules: &DiffRules) -> Vec<Fact> {
    let path = file.path();
    let mut found = Vec::new();
    let (prose, test) = (is_prose(path), is_test(path));
    let moved: HashSet<&str> = file.added.iter().map(|(_, line)| line.trim()).collect();
    for rule in &rules.rules {
        let meant = rule.files.as_ref().is_none_or(|f| f.is_match(path)) && !rule.except.is_match(path);
        if !meant || prose && !rule.text.prose {
            continue;
        }
        let lines = match rule.text.on {
            Side::Added => &file.added,
            Side::Removed => &file.removed,
        };
        for (number, line) in lines {
            let again = rule.text.on == Side::Removed && moved.contains(line.trim());
            if again || is_comment(line) && !rule.text.prose || !rule.line.is_match(line) {
                continue;
            }
            for fact in &rule.text.facts {
                found.push(Fact {
                    severity: fact.severity,
                    rule: Some(rule.text.id.clone()),
                    without: Some(format!("without {path}:{number}")),
                    ..Fact::said(fact.kind, format!("{path}:{number}: {}", brief(line)), &rule.text.headline)
                });
            }
        }
    }
    if test && file.is_deleted() {
        found.push(Fact {
            rule: Some("diff-test-deleted".into()),
            without: Some(format!("with {path} left in place")),
            ..Fact::said(FactKind::WeakensChecks, format!("file {path}"), "Deletes a test")
        });
    }
    let asserts = |lines: &[(usize, &str)]| lines.iter().filter(|(_, l)| asserts(l)).count();
    let (gone, come) = (asserts(&file.removed), asserts(&file.added));
    if test && !file.is_deleted() && gone > come {
        found.push(Fact {
            severity: Severity::Serious,
            rule: Some("diff-fewer-assertions".into()),
            ..Fact::said(
                FactKind::WeakensChecks,
                format!("{path}: {gone} assertions removed, {come} added"),
                "Leaves a test with fewer assertions",
            )
        });
    }
    let count = |lines: &[(usize, &str)]| lines.iter().filter(|(_, l)| declares_test(l)).count();
    let (gone, come) = (count(&file.removed), count(&file.added));
    if test && !file.is_deleted() && gone > come {
        found.push(Fact {
            rule: Some("diff-fewer-tests".into()),
            ..Fact::said(
                FactKind::WeakensChecks,
                format!("{path}: {gone} tests removed, {come} added"),
                "Leaves a file with fewer tests",
            )
        });
    }
    found
}

/// Whether a line begins a test, in the usual frameworks.
fn declares_test(line: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "def test",
        "async def test",
        "func Test",
        "#[test]",
        "#[tokio::test",
        "@Test",
        "it(",
        "test(",
        "it.each",
        "test.each",
    ];
    let line = line.trim_start();
    BEGINNINGS.iter().any(|b| line.starts_with(b))
}

fn asserts(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("assert")
        || line.starts_with("expect(")
        || line.contains("t.Error")
        || line.contains(".should(")
}

/// The files of a diff. Lines outside hunks that are no headers are ignored; a hunk without headers is one file.
fn files(diff: &str) -> Vec<FileDiff<'_>> {
    let mut files: Vec<FileDiff<'_>> = Vec::new();
    let mut current = FileDiff::default();
    let (mut old_line, mut new_line) = (0usize, 0usize);
    let (mut old_left, mut new_left) = (0usize, 0usize);
    let mut started = false;
    for line in diff.lines() {
        let in_hunk = old_left > 0 || new_left > 0;
        if !in_hunk && (line.starts_with("diff --git ") || line.starts_with("--- ")) {
            let git_header = line.starts_with("diff --git ");
            if started
                && (git_header
                    || current.new.is_some()
                    || !current.added.is_empty()
                    || !current.removed.is_empty())
            {
                files.push(std::mem::take(&mut current));
            }
            started = true;
            if let Some(name) = line.strip_prefix("--- ") {
                current.old = name_of(name);
            } else if let Some((old, new)) = git_names(line) {
                (current.old, current.new) = (Some(old), Some(new));
            }
            continue;
        }
        if !in_hunk {
            if let Some(name) = line.strip_prefix("+++ ") {
                current.new = name_of(name);
                started = true;
            } else if let Some(name) = line.strip_prefix("rename from ") {
                current.old = name_of(name);
            } else if let Some(name) = line.strip_prefix("rename to ") {
                current.new = name_of(name);
            } else if line.starts_with("deleted file") {
                current.new = None;
            } else if line.starts_with("new file") {
                current.old = None;
            }
        }
        if let Some(hunk) = hunk(line).filter(|_| !in_hunk) {
            ((old_line, old_left), (new_line, new_left)) = hunk;
            started = true;
            continue;
        }
        // Without hunk headers (a fragment) every marked line counts.
        let outside = !in_hunk && (line.starts_with("+++") || line.starts_with("---"));
        match line.as_bytes().first() {
            _ if outside => {}
            Some(b'+') => {
                current.added.push((new_line, line.get(1..).unwrap_or_default()));
                new_line += 1;
                new_left = new_left.saturating_sub(1);
                started = true;
            }
            Some(b'-') => {
                current.removed.push((old_line, line.get(1..).unwrap_or_default()));
                old_line += 1;
                old_left = old_left.saturating_sub(1);
                started = true;
            }
            Some(b'\\') => {}
            _ => {
                old_line += 1;
                new_line += 1;
                old_left = old_left.saturating_sub(1);
                new_left = new_left.saturating_sub(1);
            }
        }
    }
    if started {
        files.push(current);
    }
    files
}

/// Start and length of both sides of `@@ -a,b +c,d @@`.
fn hunk(line: &str) -> Option<((usize, usize), (usize, usize))> {
    let rest = line.strip_prefix("@@ -")?;
    let (old, rest) = rest.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let side = |text: &str| -> Option<(usize, usize)> {
        match text.split_once(',') {
            Some((start, length)) => Some((start.parse().ok()?, length.parse().ok()?)),
            None => Some((text.parse().ok()?, 1)),
        }
    };
    Some((side(old)?, side(new)?))
}

fn name_of(text: &str) -> Option<String> {
    let name = text.split('\t').next().unwrap_or(text).trim().trim_matches('"');
    if name == "/dev/null" || name.is_empty() {
        return None;
    }
    Some(name.strip_prefix("a/").or_else(|| name.strip_prefix("b/")).unwrap_or(name).to_owned())
}

/// Both names of `diff --git a/x b/x`; used where no `---` and `+++` follow (renames, modes, binary files).
fn git_names(line: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix("diff --git ")?;
    let (old, new) = rest.split_once(" b/").or_else(|| rest.split_once(" \"b/"))?;
    Some((name_of(old)?, new.trim_matches('"').to_owned()))
}

fn is_prose(path: &str) -> bool {
    let lower = path.to_lowercase();
    [".md", ".mdx", ".rst", ".txt", ".adoc"].iter().any(|e| lower.ends_with(e))
        && !lower.contains("requirements")
}

fn is_test(path: &str) -> bool {
    let lower = path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    lower.split('/').any(|s| matches!(s, "test" | "tests" | "__tests__" | "spec" | "e2e"))
        || name.starts_with("test_")
        || ["_test.", ".test.", ".spec.", "_spec."].iter().any(|m| name.contains(m))
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["#", "//", "/*", "* ", "--", "<!--", ";"].iter().any(|mark| line.starts_with(mark))
        && !line.starts_with("#[")
        && !line.starts_with("#!")
}

fn brief(line: &str) -> String {
    let line = line.trim();
    let mut short: String = line.chars().take(120).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> DiffRules {
        DiffRules::parse(include_str!("../catalogue/diffs.toml")).unwrap()
    }

    fn with(file: &str, line: &str) -> String {
        let (old, new) = if line.starts_with('-') { (1, 0) } else { (0, 1) };
        format!("--- a/{file}\n+++ b/{file}\n@@ -7,{old} +7,{new} @@\n{line}\n")
    }

    #[test]
    fn every_rule_holds_for_its_examples() {
        let rules = shipped();
        for rule in &rules.rules {
            let (id, text) = (&rule.text.id, &rule.text);
            assert!(!text.hits.is_empty() && !text.misses.is_empty(), "{id}");
            let file = text.example_file.as_deref().unwrap_or("src/a.py");
            let found =
                |line: &String| facts(&with(file, line), &rules).iter().any(|f| f.rule.as_ref() == Some(id));
            text.hits.iter().for_each(|l| assert!(found(l), "{id} should see {l}"));
            text.misses.iter().for_each(|l| assert!(!found(l), "{id} should not see {l}"));
        }
    }

    #[test]
    fn evidence_names_file_and_line() {
        let diff = "diff --git a/src/a.py b/src/a.py\n--- a/src/a.py\n+++ b/src/a.py\n@@ -10,3 +10,2 @@ def view():\n context\n-    @login_required\n context\n";
        let found = facts(diff, &shipped());
        assert_eq!(found[0].evidence, "src/a.py:11: @login_required");
        assert_eq!(found[0].kind, FactKind::TouchesAuth);
    }

    #[test]
    fn a_moved_check_is_not_a_removed_one() {
        let diff = "--- a/src/a.py\n+++ b/src/a.py\n@@ -1,2 +1,2 @@\n-    @login_required\n+\n+    @login_required\n";
        assert!(facts(diff, &shipped()).is_empty());
    }

    #[test]
    fn deleted_and_thinned_tests_weaken_checks() {
        let deleted = "--- a/tests/test_pay.py\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-assert pay(1) == 1\n";
        let worst = |diff: &str| facts(diff, &shipped()).into_iter().map(|f| (f.kind, f.severity)).max();
        assert_eq!(worst(deleted), Some((FactKind::WeakensChecks, Severity::Serious)));
        let thinned = "--- a/tests/test_pay.py\n+++ b/tests/test_pay.py\n@@ -1,2 +1,1 @@\n-assert pay(1) == 1\n-assert pay(2) == 2\n+assert True\n";
        assert_eq!(worst(thinned), Some((FactKind::WeakensChecks, Severity::Serious)));
    }

    #[test]
    fn paths_say_what_happens_to_them() {
        let diff = "diff --git a/old.rs b/new.rs\nrename from old.rs\nrename to new.rs\ndiff --git a/gone.rs b/gone.rs\ndeleted file mode 100644\n--- a/gone.rs\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n--- /dev/null\n+++ b/made.rs\n@@ -0,0 +1 @@\n+y\n";
        let found = paths(diff);
        let of = |name: &str| found.iter().find(|(p, _)| p == name).map(|(_, op)| *op);
        assert_eq!(of("old.rs"), Some(FileOp::Edit));
        assert_eq!(of("new.rs"), Some(FileOp::Edit));
        assert_eq!(of("gone.rs"), Some(FileOp::Delete));
        assert_eq!(of("made.rs"), Some(FileOp::Create));
    }

    #[test]
    fn a_line_that_looks_like_a_header_inside_a_hunk_is_content() {
        let diff = "--- a/q.sql\n+++ b/q.sql\n@@ -1,1 +1,1 @@\n--- DROP TABLE users;\n+-- nothing\n";
        assert_eq!(paths(diff).len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(\\PC{0,40}\n?){0,12}") {
            let _ = (facts(&text, &shipped()), paths(&text));
        }
    }
}
