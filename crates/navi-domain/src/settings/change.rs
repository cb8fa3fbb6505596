//! From one state of the organisation's settings to the next: what changed, in words, and in which way it is looser.

use std::collections::BTreeSet;

use super::OrgSettings;
use crate::erasure::RetentionClass;
use crate::risk::Level;

/// In which way `new` is looser than `old`, for people; empty: in none. A changed group counts, because guardrails may
/// rest on it either way.
#[must_use]
pub fn loosens(old: &OrgSettings, new: &OrgSettings) -> Vec<String> {
    let mut looser = Vec::new();
    if old.second_person_for_loosening && !new.second_person_for_loosening {
        looser.push("a looser setting no longer needs a second person".to_owned());
    }
    for level in Level::ALL {
        let (from, to) = (old.quorum(level, ""), new.quorum(level, ""));
        if to < from {
            looser.push(format!("{} risk needs {to} instead of {from} people", level.as_str()));
        }
    }
    for (rule, from) in &old.quorum_by_rule {
        let to = new.quorum_by_rule.get(rule).copied().unwrap_or(1);
        if to < *from {
            looser.push(format!("what {rule} asks about needs {to} instead of {from} people"));
        }
    }
    for person in new.self_approvers.difference(&old.self_approvers) {
        looser.push(format!("{person} may approve own requests"));
    }
    for (what, from, to) in numbers(old, new) {
        if to > from {
            looser.push(format!("{what} goes up from {from} to {to}"));
        }
    }
    if new.cosignatures_required < old.cosignatures_required {
        let (from, to) = (old.cosignatures_required, new.cosignatures_required);
        looser.push(format!("a checkpoint needs {to} instead of {from} witnesses"));
    }
    for (class, to) in &new.retention {
        let from = old.retention.get(class);
        if from.is_none_or(|from| to < from) {
            looser.push(kept(*class, from, Some(to)));
        }
    }
    looser.extend(groups(old, new));
    looser
}

fn kept(class: RetentionClass, from: Option<&u32>, to: Option<&u32>) -> String {
    let days = |n: Option<&u32>| n.map_or_else(|| "ever".to_owned(), |n| format!("{n} days"));
    format!("{} are kept for {} instead of {}", class.as_str(), days(to), days(from))
}

/// What changed, in words.
#[must_use]
pub fn differences(old: &OrgSettings, new: &OrgSettings) -> Vec<String> {
    let mut words = Vec::new();
    let word = |on: bool| if on { "on" } else { "off" };
    if old.second_person_for_loosening != new.second_person_for_loosening {
        words.push(format!("a second person for looser settings: {}", word(new.second_person_for_loosening)));
    }
    for level in Level::ALL {
        let (from, to) = (old.quorum(level, ""), new.quorum(level, ""));
        if to != from {
            words.push(format!("people for {} risk from {from} to {to}", level.as_str()));
        }
    }
    for rule in old.quorum_by_rule.keys().chain(new.quorum_by_rule.keys()).collect::<BTreeSet<_>>() {
        let of = |s: &OrgSettings| s.quorum_by_rule.get(rule).copied().unwrap_or(1);
        if of(old) != of(new) {
            words.push(format!("people for what {rule} asks about from {} to {}", of(old), of(new)));
        }
    }
    for person in new.self_approvers.difference(&old.self_approvers) {
        words.push(format!("{person} may approve own requests"));
    }
    for person in old.self_approvers.difference(&new.self_approvers) {
        words.push(format!("{person} may no longer approve own requests"));
    }
    for (what, from, to) in numbers(old, new) {
        if to != from {
            words.push(format!("{what} from {from} to {to}"));
        }
    }
    if new.cosignatures_required != old.cosignatures_required {
        let (from, to) = (old.cosignatures_required, new.cosignatures_required);
        words.push(format!("witnesses of a checkpoint from {from} to {to}"));
    }
    for class in RetentionClass::ALL {
        let (from, to) = (old.retention.get(&class), new.retention.get(&class));
        if from != to {
            words.push(kept(class, from, to));
        }
    }
    words.extend(groups(old, new));
    words
}

/// Limits that loosen when they go up, with both values.
fn numbers(old: &OrgSettings, new: &OrgSettings) -> [(&'static str, u32, u32); 4] {
    [
        ("open requests of one agent", old.max_open_per_agent, new.max_open_per_agent),
        ("seconds of an extension", old.extension_secs, new.extension_secs),
        ("minutes of a grant", old.max_grant_minutes, new.max_grant_minutes),
        ("uses of a grant", old.max_grant_uses, new.max_grant_uses),
    ]
}

fn groups(old: &OrgSettings, new: &OrgSettings) -> Vec<String> {
    let none = BTreeSet::new();
    let mut words = Vec::new();
    for group in old.groups.keys().chain(new.groups.keys()).collect::<BTreeSet<_>>() {
        let of = |s: &OrgSettings| s.groups.get(group).unwrap_or(&none).clone();
        let (before, after) = (of(old), of(new));
        words.extend(after.difference(&before).map(|person| format!("{person} joins group {group}")));
        words.extend(before.difference(&after).map(|person| format!("{person} leaves group {group}")));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_loosening_is_told_and_its_reverse_is_none() {
        let base = OrgSettings {
            second_person_for_loosening: true,
            quorum_by_level: [(Level::High, 2)].into(),
            quorum_by_rule: [("guardrail".to_owned(), 3)].into(),
            cosignatures_required: 2,
            ..OrgSettings::default()
        };
        let changes: [fn(&mut OrgSettings); 9] = [
            |s| s.second_person_for_loosening = false,
            |s| s.quorum_by_level.clear(),
            |s| s.quorum_by_rule.clear(),
            |s| s.self_approvers = ["dana".to_owned()].into(),
            |s| s.max_open_per_agent += 1,
            |s| s.extension_secs += 1,
            |s| s.max_grant_minutes += 1,
            |s| s.max_grant_uses += 1,
            |s| s.cosignatures_required = 1,
        ];
        for change in changes {
            let mut looser = base.clone();
            change(&mut looser);
            assert_eq!(loosens(&base, &looser).len(), 1, "{looser:?}");
            assert_eq!(differences(&base, &looser).len(), 1);
            assert!(loosens(&looser, &base).is_empty());
        }
        assert!(loosens(&base, &base).is_empty() && differences(&base, &base).is_empty());
    }

    #[test]
    fn joining_and_leaving_a_group_both_count() {
        let mut with = OrgSettings::default();
        with.groups.insert("payments".into(), ["alice".to_owned()].into());
        let without = OrgSettings::default();
        assert_eq!(loosens(&without, &with), ["alice joins group payments"]);
        assert_eq!(loosens(&with, &without), ["alice leaves group payments"]);
    }
}
