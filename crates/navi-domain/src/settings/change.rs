//! From one state of the organisation's settings to the next: what changed, in words, and in which way it is looser.

use std::collections::BTreeSet;

use super::OrgSettings;
use crate::allowance::UpTo;
use crate::erasure::RetentionClass;
use crate::risk::Level;
use crate::rollback::Windows;

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
    if fewer_reasons(old, new) {
        looser.push(reasons(new));
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
    if new.bypass.solo && !old.bypass.solo {
        looser.push(alone(true).to_owned());
    }
    for (what, from, to) in allowances(old, new) {
        if to > from {
            looser.push(format!("{what} goes up from {} to {}", from.as_str(), to.as_str()));
        }
    }
    looser.extend(groups(old, new));
    looser.extend(allow_rules(old, new).0);
    looser
}

/// What may be approved how, with both values.
fn allowances(old: &OrgSettings, new: &OrgSettings) -> [(&'static str, UpTo, UpTo); 2] {
    let (from, to) = (old.allowances, new.allowances);
    [
        ("what may be approved offline", from.offline, to.offline),
        ("what may be approved in a notification", from.notification, to.notification),
    ]
}

/// Allow rules that begin and that end, in words. A rule that is in both under one id is the same rule.
fn allow_rules(old: &OrgSettings, new: &OrgSettings) -> (Vec<String>, Vec<String>) {
    let only = |these: &OrgSettings, those: &OrgSettings, what: &str| -> Vec<String> {
        let gone = these.allow_rules.iter().filter(|rule| !those.allow_rules.contains(rule));
        gone.map(|rule| format!("{what}: {}", rule.describe())).collect()
    };
    (only(new, old, "an allow rule begins"), only(old, new, "an allow rule ends"))
}

/// Whether some level that needed a reason no longer does.
fn fewer_reasons(old: &OrgSettings, new: &OrgSettings) -> bool {
    Level::ALL.into_iter().any(|level| old.needs_reason(level) && !new.needs_reason(level))
}

fn reasons(settings: &OrgSettings) -> String {
    settings.approve_reason_from.map_or_else(
        || "an approve needs no reason".to_owned(),
        |from| format!("an approve needs a reason from {} risk on", from.as_str()),
    )
}

fn alone(may: bool) -> &'static str {
    match may {
        true => "one person may begin a bypass alone when nobody answers",
        false => "a bypass always needs a second person",
    }
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
    if new.approve_reason_from != old.approve_reason_from {
        words.push(reasons(new));
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
    if new.bypass.solo != old.bypass.solo {
        words.push(alone(new.bypass.solo).to_owned());
    }
    for class in RetentionClass::ALL {
        let (from, to) = (old.retention.get(&class), new.retention.get(&class));
        if from != to {
            words.push(kept(class, from, to));
        }
    }
    for (what, from, to) in allowances(old, new) {
        if to != from {
            words.push(format!("{what} from {} to {}", from.as_str(), to.as_str()));
        }
    }
    words.extend(rollbacks(old, new));
    words.extend(groups(old, new));
    let (begun, ended) = allow_rules(old, new);
    words.extend(begun.into_iter().chain(ended));
    words
}

/// Windows of rolling back. Neither way is looser: a rollback is decided like every other action.
fn rollbacks(old: &OrgSettings, new: &OrgSettings) -> Vec<String> {
    let names: BTreeSet<&String> = old.rollback_minutes.keys().chain(new.rollback_minutes.keys()).collect();
    let of = |s: &OrgSettings, name: &str| Windows(&s.rollback_minutes).minutes(name);
    let changed = names.into_iter().filter(|name| of(old, name) != of(new, name));
    changed
        .map(|name| format!("minutes for rolling back {name} from {} to {}", of(old, name), of(new, name)))
        .collect()
}

/// Limits that loosen when they go up, with both values.
fn numbers(old: &OrgSettings, new: &OrgSettings) -> [(&'static str, u32, u32); 6] {
    [
        ("open requests of one agent", old.max_open_per_agent, new.max_open_per_agent),
        ("seconds of an extension", old.extension_secs, new.extension_secs),
        ("minutes of a grant", old.max_grant_minutes, new.max_grant_minutes),
        ("uses of a grant", old.max_grant_uses, new.max_grant_uses),
        ("minutes of a bypass", old.bypass.most_minutes, new.bypass.most_minutes),
        ("minutes for approving offline", old.allowances.offline_minutes, new.allowances.offline_minutes),
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
    use crate::allowance::Allowances;
    use crate::bypass::BypassLimits;
    use crate::words::phrases::CHANGES;
    use crate::words::recognised;

    #[test]
    fn each_loosening_is_told_and_its_reverse_is_none() {
        let base = OrgSettings {
            second_person_for_loosening: true,
            quorum_by_level: [(Level::High, 2)].into(),
            quorum_by_rule: [("guardrail".to_owned(), 3)].into(),
            approve_reason_from: Some(Level::High),
            cosignatures_required: 2,
            bypass: BypassLimits { most_minutes: 30, solo: false },
            allowances: Allowances { offline: UpTo::None, offline_minutes: 60, notification: UpTo::Low },
            ..OrgSettings::default()
        };
        let changes: [fn(&mut OrgSettings); 16] = [
            |s| s.second_person_for_loosening = false,
            |s| s.quorum_by_level.clear(),
            |s| s.quorum_by_rule.clear(),
            |s| s.self_approvers = ["dana".to_owned()].into(),
            |s| s.approve_reason_from = None,
            |s| s.approve_reason_from = Some(Level::Critical),
            |s| s.max_open_per_agent += 1,
            |s| s.extension_secs += 1,
            |s| s.max_grant_minutes += 1,
            |s| s.max_grant_uses += 1,
            |s| s.cosignatures_required = 1,
            |s| s.bypass.most_minutes = 60,
            |s| s.bypass.solo = true,
            |s| s.allowances.offline = UpTo::Low,
            |s| s.allowances.offline_minutes += 1,
            |s| s.allowances.notification = UpTo::Medium,
        ];
        for change in changes {
            let mut looser = base.clone();
            change(&mut looser);
            assert_eq!(loosens(&base, &looser).len(), 1, "{looser:?}");
            assert_eq!(differences(&base, &looser).len(), 1);
            assert!(loosens(&looser, &base).is_empty());
            for said in loosens(&base, &looser).iter().chain(&differences(&base, &looser)) {
                assert!(recognised(CHANGES, said).is_some(), "{said} has no code");
            }
        }
        assert!(loosens(&base, &base).is_empty() && differences(&base, &base).is_empty());
    }

    #[test]
    fn what_is_neither_looser_nor_stricter_has_a_code_too() {
        let base = OrgSettings::default();
        let changes: [fn(&mut OrgSettings); 4] = [
            |s| s.second_person_for_loosening = !s.second_person_for_loosening,
            |s| s.retention = [(RetentionClass::Decisions, 90)].into(),
            |s| s.rollback_minutes = [("deploy".to_owned(), 30)].into(),
            |s| s.approve_reason_from = Some(Level::Low),
        ];
        for change in changes {
            let mut other = base.clone();
            change(&mut other);
            for (from, to) in [(&base, &other), (&other, &base)] {
                let said = differences(from, to);
                assert!(
                    !said.is_empty() && said.iter().all(|said| recognised(CHANGES, said).is_some()),
                    "{said:?}"
                );
            }
        }
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
