//! What the server found about each file, in one word each: what a tree of changed files is marked with. Pure.

use std::collections::BTreeSet;

use navi_domain::decision::DecisionRecord;
use navi_domain::fact::{Fact, FactKind};
use navi_protocol::evaluate::FileMarkView;

/// The marks, by file; no file has the same one twice.
#[must_use]
pub fn file_marks(record: &DecisionRecord) -> Vec<FileMarkView> {
    let found: BTreeSet<(&str, &str)> = record.facts.iter().filter_map(mark).collect();
    found
        .into_iter()
        .map(|(path, mark)| FileMarkView { path: path.to_owned(), mark: mark.to_owned() })
        .collect()
}

fn mark(fact: &Fact) -> Option<(&str, &'static str)> {
    let path = fact.evidence.strip_prefix("file ")?;
    let mark = match fact.rule.as_deref() {
        Some("path-auth") => "auth",
        Some("path-credentials" | "path-secrets") => "secrets",
        Some("path-regulated") => "regulated",
        Some("path-ci") => "ci",
        Some("path-infrastructure") => "infrastructure",
        Some("path-migrations") => "migration",
        Some("path-lockfiles" | "path-manifests" | "path-package-sources") => "dependencies",
        Some("path-oversight") => "oversight",
        Some("path-system") => "system",
        _ => by_kind(fact.kind)?,
    };
    Some((path, mark))
}

/// For patterns of the organisation, and facts that come from no pattern.
fn by_kind(kind: FactKind) -> Option<&'static str> {
    Some(match kind {
        FactKind::TouchesAuth => "auth",
        FactKind::ExposesSecret => "secrets",
        FactKind::RegulatedData => "regulated",
        FactKind::ChangesDependencies => "dependencies",
        FactKind::DisablesOversight => "oversight",
        FactKind::WidensPermission => "permissions",
        FactKind::WeakensChecks => "checks",
        FactKind::SensitiveFile => "sensitive",
        FactKind::DestroysData | FactKind::HardToUndo => "deletes",
        _ => return None,
    })
}
