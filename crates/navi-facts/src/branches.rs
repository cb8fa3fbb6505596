//! Branches that production follows, and environments that are production, in their real spellings.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use crate::catalogue::{Catalogue, CatalogueError};
use crate::place::{in_rule, toml_error};
use crate::tokens::tokens;

/// Other sections of the same text are read by others.
#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    branch: Vec<BranchRule>,
    #[serde(default)]
    environment: Vec<EnvironmentRule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BranchRule {
    id: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    globs: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    hits: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    misses: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentRule {
    #[cfg_attr(not(test), expect(dead_code, reason = "named by tests and by reviewers of the text"))]
    id: String,
    #[serde(default)]
    tokens: Vec<String>,
    #[serde(default)]
    except_tokens: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    hits: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "run by tests"))]
    misses: Vec<String>,
}

/// Compiled rules on branches and environments.
#[derive(Clone, Debug, Default)]
pub struct BranchRules {
    names: Vec<String>,
    globs: Vec<GlobSet>,
    environments: Vec<EnvironmentRule>,
    examples: Vec<BranchRule>,
}

impl BranchRules {
    /// Reads a text.
    ///
    /// # Errors
    /// [`CatalogueError`]
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let read: Text = toml::from_str(text).map_err(|e| toml_error(text, &e))?;
        let mut rules = Self { environments: read.environment, ..Self::default() };
        for rule in read.branch {
            let mut globs = GlobSetBuilder::new();
            for glob in &rule.globs {
                let glob = GlobBuilder::new(&glob.to_lowercase()).build();
                globs.add(glob.map_err(|e| in_rule(text, &rule.id, e.to_string()))?);
            }
            rules.globs.push(globs.build().map_err(|e| in_rule(text, &rule.id, e.to_string()))?);
            rules.names.extend(rule.names.iter().map(|n| n.to_lowercase()));
            rules.examples.push(rule);
        }
        Ok(rules)
    }

    /// Adds further rules.
    pub fn extend(&mut self, more: Self) {
        self.names.extend(more.names);
        self.globs.extend(more.globs);
        self.environments.extend(more.environments);
        self.examples.extend(more.examples);
    }

    /// See [`is_protected`].
    #[must_use]
    pub fn protects(&self, branch: &str) -> bool {
        let name = plain_name(branch);
        self.names.contains(&name) || self.globs.iter().any(|g| g.is_match(&name))
    }

    /// See [`is_production_environment`].
    #[must_use]
    pub fn means_production(&self, environment: &str) -> bool {
        let words = tokens(environment);
        // `prod2` is the second production.
        let plain = |w: &str| w.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        let any = |of: &[String]| words.iter().any(|w| of.contains(&plain(w)));
        self.environments.iter().any(|rule| any(&rule.tokens) && !any(&rule.except_tokens))
    }
}

/// Whether production follows a branch, in any real spelling (`refs/heads/main`, `origin/main`, `release/1.2`).
#[must_use]
pub fn is_protected(branch: &str, catalogue: &Catalogue) -> bool {
    catalogue.branches.protects(branch)
}

/// Whether an environment's name means production (`prod-eu`, `production`, but not `products` or `pre-prod`).
#[must_use]
pub fn is_production_environment(environment: &str, catalogue: &Catalogue) -> bool {
    catalogue.branches.means_production(environment)
}

/// A branch without what git and people put before it.
fn plain_name(branch: &str) -> String {
    let lower = branch.trim().trim_start_matches('+').to_lowercase();
    let name = match lower.strip_prefix("refs/remotes/").or_else(|| lower.strip_prefix("remotes/")) {
        Some(rest) => rest.split_once('/').map_or(rest, |(_, name)| name),
        None => lower.strip_prefix("refs/heads/").or_else(|| lower.strip_prefix("heads/")).unwrap_or(&lower),
    };
    let remote = ["origin/", "upstream/", "fork/"].iter().find_map(|r| name.strip_prefix(r));
    remote.unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_holds_for_its_examples() {
        let rules = BranchRules::parse(include_str!("../catalogue/branches.toml")).unwrap();
        for rule in &rules.examples {
            assert!(!rule.hits.is_empty() && !rule.misses.is_empty(), "{}", rule.id);
            rule.hits.iter().for_each(|b| assert!(rules.protects(b), "{}: {b}", rule.id));
            rule.misses.iter().for_each(|b| assert!(!rules.protects(b), "{}: {b}", rule.id));
        }
        for rule in &rules.environments {
            assert!(!rule.hits.is_empty() && !rule.misses.is_empty(), "{}", rule.id);
            rule.hits.iter().for_each(|e| assert!(rules.means_production(e), "{}: {e}", rule.id));
            rule.misses.iter().for_each(|e| assert!(!rules.means_production(e), "{}: {e}", rule.id));
        }
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let error = BranchRules::parse("[[branch]]\nid = \"x\"\nname = [\"a\"]").unwrap_err();
        assert_eq!(error.line, 3, "{error}");
        let error = BranchRules::parse("[[branch]]\nid = \"x\"\nglobs = [\"a[\"]").unwrap_err();
        assert_eq!(error.line, 2, "{error}");
    }
}
