//! What people always approved: a suggestion to stop asking. Somebody has to accept it; nothing is applied by itself.

use std::collections::BTreeMap;

use super::{Kinds, Outcome};
use crate::UtcMicros;
use crate::fact::{FactKind, Severity};
use crate::risk::Level;

/// A request that people decided, with whose it was and when.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// The person acted for.
    pub user: &'a str,
    /// Repository.
    pub repo: Option<&'a str>,
    /// Normalised action type.
    pub action_type: &'a str,
    /// The rule that asked.
    pub rule: &'a str,
    /// Kinds of its facts.
    pub kinds: Kinds,
    /// The gravest of its facts.
    pub severity: Option<Severity>,
    /// The level people were asked at.
    pub level: Level,
    /// What became of it.
    pub outcome: Outcome,
    /// Asked at.
    pub at: UtcMicros,
}

/// Requests of one person that were approved every time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The person acted for.
    pub user: String,
    /// Repository.
    pub repo: Option<String>,
    /// Normalised action type.
    pub action_type: String,
    /// The rule that asked.
    pub rule: String,
    /// Kinds of the facts.
    pub kinds: Kinds,
    /// How often it was approved.
    pub approved: u32,
    /// The newest was asked at.
    pub newest_at: UtcMicros,
}

/// Approvals that it takes.
const ENOUGH: u32 = 20;
/// The newest must not be older.
const FRESH: UtcMicros = 30 * 86_400 * crate::SECOND;
/// Rules whose question a policy's lists can answer; what other rules ask about stays with people.
const ANSWERABLE: [&str; 2] = ["above_threshold", "require_approval_list"];
/// What is asked about for its own sake.
const NEVER: [FactKind; 10] = [
    FactKind::TouchesAuth,
    FactKind::Production,
    FactKind::DestroysData,
    FactKind::HardToUndo,
    FactKind::RegulatedData,
    FactKind::DisablesOversight,
    FactKind::UnreadableCommand,
    FactKind::ExposesSecret,
    FactKind::RunsUntrustedCode,
    FactKind::WidensPermission,
];

/// Requests alike: person, repository, type, rule, kinds.
type Group<'a> = (&'a str, Option<&'a str>, &'a str, &'a str, Kinds);

/// Groups of at least twenty requests that were all approved, none of which failed, was asked at level high or critical,
/// or has a fact that is asked about for its own sake; the newest within thirty days. Most approved first.
#[must_use]
pub fn suggestions<'a>(cases: impl IntoIterator<Item = History<'a>>, now: UtcMicros) -> Vec<Suggestion> {
    let mut groups: BTreeMap<Group<'a>, Option<(u32, UtcMicros)>> = BTreeMap::new();
    for case in cases {
        let group = (case.user, case.repo, case.action_type, case.rule, case.kinds);
        let kept = groups.entry(group).or_insert(Some((0, UtcMicros::MIN)));
        *kept = kept
            .filter(|_| speaks_for(&case))
            .map(|(approved, newest)| (approved.saturating_add(1), newest.max(case.at)));
    }
    let mut found: Vec<Suggestion> = groups
        .into_iter()
        .filter_map(|(group, kept)| Some((group, kept?)))
        .filter(|(_, (approved, newest))| *approved >= ENOUGH && now.saturating_sub(*newest) <= FRESH)
        .map(|((user, repo, action_type, rule, kinds), (approved, newest_at))| Suggestion {
            user: user.to_owned(),
            repo: repo.map(str::to_owned),
            action_type: action_type.to_owned(),
            rule: rule.to_owned(),
            kinds,
            approved,
            newest_at,
        })
        .collect();
    found.sort_by_key(|s| std::cmp::Reverse(s.approved));
    found
}

/// Whether a case speaks for not asking; one that does not ends the suggestion of its group.
fn speaks_for(case: &History<'_>) -> bool {
    case.outcome == Outcome::Approved
        && case.level < Level::High
        && case.severity < Some(Severity::Grave)
        && ANSWERABLE.contains(&case.rule)
        && !NEVER.into_iter().any(|kind| case.kinds.has(kind))
}
