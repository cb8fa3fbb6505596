//! From one policy to the next: what changed, in words, and in which way it is looser.

use super::{ActionPattern, AutonomyPolicy};
use crate::decision::AUTO_ALLOW_CEILING;
use crate::risk::shown;

/// The lists with the words that stand for them.
fn lists(policy: &AutonomyPolicy) -> [(&'static str, &[ActionPattern]); 3] {
    [
        ("run alone", &policy.auto_allowed_actions),
        ("always ask", &policy.require_approval_for),
        ("blocked", &policy.blocked_actions),
    ]
}

/// Entries of `these` that no single entry of `those` covers.
fn uncovered<'a>(
    these: &'a [ActionPattern],
    those: &'a [&'a [ActionPattern]],
) -> impl Iterator<Item = &'a ActionPattern> {
    these.iter().filter(move |entry| !those.iter().copied().flatten().any(|other| other.covers(entry)))
}

/// In which way `new` is looser than `old`, for people; empty: for no question its verdict is looser. It errs to the
/// strict side: two entries that only together cover an old one count as a loosening.
#[must_use]
pub fn loosens(old: &AutonomyPolicy, new: &AutonomyPolicy) -> Vec<String> {
    let mut looser = Vec::new();
    if new.level > old.level {
        looser.push(format!("the level goes up from {} to {}", old.level.as_str(), new.level.as_str()));
    }
    if new.max_risk_threshold > old.max_risk_threshold {
        let (from, to) = (shown(old.max_risk_threshold), shown(new.max_risk_threshold));
        looser.push(format!("the threshold goes up from {from} to {to}"));
    }
    for entry in uncovered(&old.blocked_actions, &[&new.blocked_actions]) {
        looser.push(format!("{} is no longer blocked", entry.as_str()));
    }
    let strict: [&[ActionPattern]; 2] = [&new.require_approval_for, &new.blocked_actions];
    for entry in uncovered(&old.require_approval_for, &strict) {
        looser.push(format!("{} no longer always asks", entry.as_str()));
    }
    let allowed: [&[ActionPattern]; 1] = [&old.auto_allowed_actions];
    for entry in uncovered(&new.auto_allowed_actions, &allowed) {
        if !strict.iter().copied().flatten().any(|stricter| stricter.covers(entry)) {
            looser.push(format!("{} runs alone up to {}", entry.as_str(), shown(AUTO_ALLOW_CEILING)));
        }
    }
    looser
}

/// What changed, in words; empty when nothing that decides did.
#[must_use]
pub fn differences(old: &AutonomyPolicy, new: &AutonomyPolicy) -> Vec<String> {
    let mut words = Vec::new();
    if old.level != new.level {
        words.push(format!("level from {} to {}", old.level.as_str(), new.level.as_str()));
    }
    if old.max_risk_threshold != new.max_risk_threshold {
        let (from, to) = (shown(old.max_risk_threshold), shown(new.max_risk_threshold));
        words.push(format!("threshold from {from} to {to}"));
    }
    for ((name, before), (_, after)) in lists(old).into_iter().zip(lists(new)) {
        let only = |these: &[ActionPattern], those: &[ActionPattern]| {
            these.iter().filter(|e| !those.contains(e)).map(|e| e.as_str().to_owned()).collect::<Vec<_>>()
        };
        let (added, removed) = (only(after, before), only(before, after));
        if !added.is_empty() {
            words.push(format!("{name}: added {}", added.join(", ")));
        }
        if !removed.is_empty() {
            words.push(format!("{name}: removed {}", removed.join(", ")));
        }
    }
    words
}

/// What is worth telling about the lists: entries the product knows no action type for, and entries that an overlapping
/// one of a stricter list overrules.
#[must_use]
pub fn warnings(policy: &AutonomyPolicy) -> Vec<String> {
    let mut words: Vec<String> = lists(policy)
        .into_iter()
        .flat_map(|(_, entries)| entries)
        .filter(|entry| !entry.is_known())
        .map(|entry| format!("{} is no action type the product knows", entry.as_str()))
        .collect();
    let [auto, ask, block] = lists(policy);
    for ((loose, entries), (strict, stricter)) in [(auto, ask), (auto, block), (ask, block)] {
        for (entry, by) in entries.iter().flat_map(|e| stricter.iter().map(move |s| (e, s))) {
            if entry.overlaps(by) {
                let (entry, by) = (entry.as_str(), by.as_str());
                words.push(format!(
                    "{entry} ({loose}) overlaps {by} ({strict}); the stricter list wins where both match"
                ));
            }
        }
    }
    words
}
