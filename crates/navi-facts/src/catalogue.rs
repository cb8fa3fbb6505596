//! The pattern catalogue: compiled rules, their version and their hash. An organisation adds rules; it takes none away.

pub mod change;

use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use crate::branches::BranchRules;
use crate::commands::Rules;
use crate::diff::DiffRules;
use crate::paths::PathRules;
use crate::place::toml_error;
use crate::redact::Secrets;
use crate::tools::ToolRules;

/// A mistake in a catalogue text, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct CatalogueError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: String,
}

/// The shipped texts, for reading.
pub const SHIPPED: [&str; 6] = [
    include_str!("../catalogue/commands.toml"),
    include_str!("../catalogue/paths.toml"),
    include_str!("../catalogue/branches.toml"),
    include_str!("../catalogue/diffs.toml"),
    include_str!("../catalogue/tools.toml"),
    include_str!("../catalogue/secrets.toml"),
];

/// Version of the shipped texts' format.
pub const VERSION: u32 = 2;

/// Sections that a text may have, and who reads them.
const SECTIONS: [&str; 10] =
    ["version", "rule", "sql", "code", "path", "branch", "environment", "diff", "tool", "secret"];

/// All patterns, compiled once.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Rules on commands.
    pub commands: Rules,
    /// Rules on paths.
    pub paths: PathRules,
    /// Rules on branches and environments.
    pub branches: BranchRules,
    /// Rules on the lines of diffs.
    pub diffs: DiffRules,
    /// Rules on tools.
    pub tools: ToolRules,
    /// Patterns of secrets.
    pub secrets: Secrets,
    hash: String,
    broken: Option<CatalogueError>,
}

impl Catalogue {
    /// The catalogue that this build ships. Its texts and their examples are checked by tests; were one of them broken
    /// all the same, everything would ask (see [`broken`](Self::broken)).
    #[must_use]
    pub fn shipped() -> &'static Arc<Self> {
        static COMPILED: OnceLock<Arc<Catalogue>> = OnceLock::new();
        COMPILED.get_or_init(|| {
            let compiled = Self::with_extension("");
            Arc::new(compiled.unwrap_or_else(|error| Self { broken: Some(error), ..Self::default() }))
        })
    }

    /// Why nothing is recognised, in a build whose own texts do not compile: then every action has a grave fact.
    #[must_use]
    pub fn broken(&self) -> Option<&CatalogueError> {
        self.broken.as_ref()
    }

    /// The shipped catalogue and an organisation's own rules, which add to it and take nothing away.
    ///
    /// # Errors
    /// [`CatalogueError`]: nothing of the text is in force.
    pub fn with_extension(text: &str) -> Result<Self, CatalogueError> {
        known_sections(text)?;
        let mut whole = Self::default();
        let own = [text];
        for part in SHIPPED.iter().chain(&own) {
            let place = |reason| CatalogueError { line: 1, column: 1, reason };
            let doubled = |id: String| place(format!("the id {id:?} is taken already"));
            whole.commands.extend(Rules::parse(part)?).map_err(doubled)?;
            whole.paths.extend(PathRules::parse(part)?);
            whole.branches.extend(BranchRules::parse(part)?);
            whole.diffs.extend(DiffRules::parse(part)?);
            whole.tools.extend(ToolRules::parse(part)?);
            whole.secrets = whole.secrets.extended(Secrets::parse(part)?);
        }
        let mut hash = Sha256::new();
        for part in SHIPPED.iter().chain(&own) {
            hash.update(part);
            hash.update([0]);
        }
        whole.hash = hex::encode(hash.finalize());
        Ok(whole)
    }

    /// SHA-256 (hex) of all texts, as it stands in decisions.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// A section that nobody reads is a mistake, not a rule that never speaks.
fn known_sections(text: &str) -> Result<(), CatalogueError> {
    let table: toml::Table = toml::from_str(text).map_err(|e| toml_error(text, &e))?;
    match table.keys().find(|key| !SECTIONS.contains(&key.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let line = text
                .lines()
                .position(|l| l.trim_start().starts_with(['[', '"']) && l.contains(unknown.as_str()));
            let known = SECTIONS.join(", ");
            let reason = format!("there is no section {unknown:?}; the sections are {known}");
            Err(CatalogueError { line: line.map_or(1, |l| l + 1), column: 1, reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use navi_domain::action::FileOp;

    use super::*;

    #[test]
    fn an_organisation_adds_and_takes_nothing_away() {
        let text = "[[path]]\nid = \"ours\"\nfacts = [{ kind = \"production\" }]\nheadline = \"Ours\"\ndirs = [\"crown-jewels\"]\n\n[[branch]]\nid = \"b\"\nnames = [\"integration\"]\n";
        let own = Catalogue::with_extension(text).unwrap();
        let shipped = Catalogue::shipped();
        assert_eq!(shipped.broken(), None);
        assert_ne!(own.hash(), shipped.hash());
        assert!(own.branches.protects("origin/integration") && own.branches.protects("main"));
        assert!(!shipped.branches.protects("integration"));
        assert_eq!(own.paths.facts("crown-jewels/x.rs", FileOp::Edit).len(), 1);
        let all = own.paths.facts("crown-jewels/auth/x.rs", FileOp::Edit);
        assert!(all.len() > 1, "{all:?}");
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_nothing_is_taken() {
        let line_of = |text: &str| Catalogue::with_extension(text).unwrap_err().line;
        assert_eq!(line_of("[[path]]\nid = \"x\"\nfacts = []\nheadline = \"x\"\ndirs = [\"a\"]"), 2);
        assert_eq!(line_of("\n[[paths]]\nid = \"x\""), 2);
        assert_eq!(line_of("[[path]]\nid = "), 2);
        assert_eq!(line_of("[[secret]]\nid = \"x\"\nkeywords = [\"abc\"]\npattern = \"(\""), 2);
    }
}
