//! Where a mistake in a catalogue text stands.

use crate::catalogue::CatalogueError;

/// A TOML mistake with its place.
pub(crate) fn toml_error(text: &str, error: &toml::de::Error) -> CatalogueError {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or(text);
    CatalogueError {
        line: before.matches('\n').count() + 1,
        column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
        reason: error.message().to_owned(),
    }
}

/// A mistake inside a rule, at the line where its id stands.
pub(crate) fn in_rule(text: &str, id: &str, reason: impl Into<String>) -> CatalogueError {
    let line =
        text.lines().position(|l| l.trim_start().starts_with("id") && l.contains(&format!("\"{id}\"")));
    CatalogueError { line: line.map_or(1, |l| l + 1), column: 1, reason: format!("{id}: {}", reason.into()) }
}
