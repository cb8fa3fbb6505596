//! Facts from a tool's name and arguments, taken as data: whatever looks like a command, a path, a statement or a branch
//! is handed to the matchers of those.

use std::collections::HashSet;

use navi_domain::fact::Fact;
use serde::Deserialize;
use serde_json::Value;

use crate::catalogue::CatalogueError;
use crate::paths::FactText;
use crate::place::{in_rule, toml_error};
use crate::tokens::tokens;

/// Strings of the arguments that are looked at.
const MOST: usize = 2_000;
/// Depth of the arguments that is looked at.
const DEEPEST: usize = 16;

/// Other sections of the same text are read by others.
#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    tool: Vec<RuleText>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    facts: Vec<FactText>,
    headline: String,
    #[serde(default)]
    verbs: HashSet<String>,
    #[serde(default)]
    objects: HashSet<String>,
    #[serde(default)]
    except_objects: HashSet<String>,
    #[serde(default)]
    hosts: HashSet<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    hits: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    misses: Vec<String>,
}

/// Rules on tools.
#[derive(Clone, Debug, Default)]
pub struct ToolRules {
    rules: Vec<RuleText>,
}

impl ToolRules {
    /// Reads a text.
    ///
    /// # Errors
    /// [`CatalogueError`]
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let read: Text = toml::from_str(text).map_err(|e| toml_error(text, &e))?;
        for rule in &read.tool {
            if rule.facts.is_empty()
                || rule.verbs.is_empty() && rule.objects.is_empty() && rule.hosts.is_empty()
            {
                return Err(in_rule(text, &rule.id, "it states no fact, or matches every tool"));
            }
        }
        Ok(Self { rules: read.tool })
    }

    /// Adds further rules.
    pub fn extend(&mut self, more: Self) {
        self.rules.extend(more.rules);
    }
}

/// What a tool call comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolFindings {
    /// Facts of the name itself.
    pub facts: Vec<Fact>,
    /// Texts that are commands.
    pub commands: Vec<String>,
    /// Texts that are paths.
    pub paths: Vec<String>,
    /// Texts that are SQL.
    pub sql: Vec<String>,
    /// Texts that are branches.
    pub branches: Vec<String>,
    /// Texts that are environments.
    pub environments: Vec<String>,
    /// Hosts of the web addresses in the arguments, in lower case.
    pub hosts: Vec<String>,
    /// Whether the tool's name says that it only looks.
    pub only_reads: bool,
}

/// Names of tools that only look.
const LOOKS: &[&str] = &[
    "get", "list", "search", "read", "describe", "find", "view", "show", "fetch", "query", "count", "check",
    "status", "grep", "glob", "ls", "diff", "log",
];

/// Facts of a tool call.
#[must_use]
pub fn facts(tool: Option<&str>, args: Option<&Value>, rules: &ToolRules) -> ToolFindings {
    let mut found = ToolFindings::default();
    if let Some(name) = tool {
        // `mcp__server__tool`: the server's name is no verb.
        let own = name.rsplit("__").next().unwrap_or(name);
        let words = tokens(own);
        found.only_reads = words.first().is_some_and(|w| LOOKS.contains(&w.as_str()));
        let has = |of: &HashSet<String>| words.iter().any(|w| of.contains(w));
        for rule in rules.rules.iter().filter(|r| !r.verbs.is_empty() || !r.objects.is_empty()) {
            let verb = rule.verbs.is_empty() || !found.only_reads && has(&rule.verbs);
            let object = rule.objects.is_empty() || has(&rule.objects);
            if !verb || !object || has(&rule.except_objects) {
                continue;
            }
            found.facts.extend(says(rule, &format!("tool {name}"), &format!("without {name}")));
        }
    }
    if let Some(args) = args {
        let mut left = MOST;
        walk("", args, 0, &mut left, &mut found);
    }
    for rule in &rules.rules {
        if let Some(host) = found.hosts.iter().find(|h| rule.hosts.contains(*h)) {
            let facts = says(rule, &format!("address of {host}"), &format!("without {host}"));
            found.facts.extend(facts);
        }
    }
    found
}

fn says(rule: &RuleText, evidence: &str, without: &str) -> Vec<Fact> {
    let fact = |fact: &FactText| Fact {
        severity: fact.severity,
        rule: Some(rule.id.clone()),
        without: Some(without.to_owned()),
        ..Fact::said(fact.kind, evidence, &rule.headline)
    };
    rule.facts.iter().map(fact).collect()
}

/// The host of a web address, without its port and whoever logs in.
fn host(address: &str) -> Option<String> {
    let (scheme, rest) = address.trim().split_once("://")?;
    let place = rest.split(['/', '?', '#', '\\']).next()?;
    let place = place.rsplit_once('@').map_or(place, |(_, after)| after);
    let name = match place.strip_prefix('[') {
        Some(inner) => inner.split(']').next()?,
        None => place.split(':').next()?,
    };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    (web && !name.is_empty()).then(|| name.trim_end_matches('.').to_lowercase())
}

fn walk(key: &str, value: &Value, depth: usize, left: &mut usize, found: &mut ToolFindings) {
    if depth > DEEPEST || *left == 0 {
        return;
    }
    match value {
        Value::String(text) => {
            *left -= 1;
            sort(key, text, found);
        }
        Value::Array(items) => {
            // A command as a list of words.
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let list = is_one_of(key, COMMANDS)
                || is_one_of(key, WORDS) && words.first().is_some_and(|w| is_program(w));
            if list && words.len() == items.len() && words.len() > 1 {
                let quoted: Vec<String> =
                    words.iter().map(|w| format!("'{}'", w.replace('\'', "'\\''"))).collect();
                found.commands.push(quoted.join(" "));
                return;
            }
            items.iter().for_each(|item| walk(key, item, depth + 1, left, found));
        }
        // Below a statement everything is one, whatever its parts are called.
        Value::Object(fields) => {
            // Sorted here: whether a map keeps its order is decided by whoever else is built along.
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_unstable_by_key(|(k, _)| *k);
            for (k, v) in fields {
                let of = if is_one_of(key, STATEMENTS) && !is_named(k) { key } else { k };
                walk(of, v, depth + 1, left, found);
            }
        }
        _ => {}
    }
}

const COMMANDS: &[&str] = &["command", "cmd", "commands", "script", "shell", "bash", "argv", "exec", "run"];
/// Lists under these names are commands as words, if their first word is a program.
const WORDS: &[&str] = &["args", "arguments", "argv"];
const STATEMENTS: &[&str] = &["sql", "query", "statement", "statements"];
const PATHS: &[&str] = &[
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "filepath",
    "dir",
    "directory",
    "destination",
    "source",
    "target",
];
const BRANCHES: &[&str] = &["branch", "ref", "base", "head"];
const ENVIRONMENTS: &[&str] =
    &["env", "environment", "stage", "namespace", "workspace", "cluster", "context", "profile"];

/// Whether a word can be the name of a program: no option, no blank, no file ending.
fn is_program(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && !name.starts_with('-')
}

/// Whether a key says by itself what its text is.
fn is_named(key: &str) -> bool {
    [COMMANDS, STATEMENTS, PATHS, BRANCHES, ENVIRONMENTS].iter().any(|names| is_one_of(key, names))
}

fn is_one_of(key: &str, names: &[&str]) -> bool {
    tokens(key).iter().any(|t| names.contains(&t.as_str()))
}

fn sort(key: &str, text: &str, found: &mut ToolFindings) {
    found.hosts.extend(host(text));
    if let Some(path) = text.trim().strip_prefix("file://") {
        found.paths.push(path.to_owned());
    } else if is_one_of(key, COMMANDS) {
        found.commands.push(text.to_owned());
    } else if is_one_of(key, STATEMENTS) {
        found.sql.push(text.to_owned());
    } else if is_one_of(key, PATHS) {
        found.paths.push(text.to_owned());
    } else if is_one_of(key, BRANCHES) {
        found.branches.push(text.to_owned());
    } else if is_one_of(key, ENVIRONMENTS) {
        found.environments.push(text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shipped() -> ToolRules {
        ToolRules::parse(include_str!("../catalogue/tools.toml")).unwrap()
    }

    #[test]
    fn every_rule_holds_for_its_examples() {
        let rules = shipped();
        for rule in &rules.rules {
            assert!(!rule.hits.is_empty() && !rule.misses.is_empty(), "{}", rule.id);
            let found = |name: &String| {
                let address = json!({ "url": name });
                let called = if rule.hosts.is_empty() {
                    facts(Some(name), None, &rules)
                } else {
                    facts(None, Some(&address), &rules)
                };
                called.facts.iter().any(|f| f.rule.as_ref() == Some(&rule.id))
            };
            rule.hits.iter().for_each(|n| assert!(found(n), "{} should see {n}", rule.id));
            rule.misses.iter().for_each(|n| assert!(!found(n), "{} should not see {n}", rule.id));
        }
    }

    #[test]
    fn arguments_are_sorted_by_what_they_are() {
        let args = json!({
            "options": {"shellCommand": "rm -rf /", "deep": [{"file_path": "a/.env"}]},
            "argv": ["rm", "-rf", "it's"], "sql": "DROP TABLE x", "baseBranch": "main", "environment": "prod",
            "title": "rm -rf /",
        });
        let found = facts(Some("mcp__x__run"), Some(&args), &shipped());
        assert_eq!(found.commands, ["'rm' '-rf' 'it'\\''s'", "rm -rf /"]);
        assert_eq!((found.paths, found.sql), (vec!["a/.env".to_owned()], vec!["DROP TABLE x".to_owned()]));
        assert_eq!((found.branches, found.environments), (vec!["main".to_owned()], vec!["prod".to_owned()]));
    }

    #[test]
    fn endless_arguments_end() {
        let mut deep = json!("rm");
        for _ in 0..200 {
            deep = json!({ "command": deep });
        }
        assert!(facts(None, Some(&deep), &shipped()).commands.is_empty());
    }
}
