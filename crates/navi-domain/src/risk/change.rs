//! From one state of the risk settings to the next: what changed, in words, and in which way it is looser.

use std::collections::BTreeSet;

use super::{FactorName, Level, RiskSettings, Score};
use crate::action::ActionType;

/// One number that differs.
struct Differs {
    what: String,
    from: Score,
    to: Score,
    /// Whether more is looser: where a level begins.
    more_is_looser: bool,
}

fn numbers(old: &RiskSettings, new: &RiskSettings) -> Vec<Differs> {
    let weight = |s: &RiskSettings, name| s.contribution(name, crate::fact::Severity::Serious);
    let weights = FactorName::ALL.into_iter().filter(|name| *name != FactorName::Base).map(|name| Differs {
        what: format!("the weight of {}", name.as_str()),
        from: weight(old, name),
        to: weight(new, name),
        more_is_looser: false,
    });
    let types: BTreeSet<&ActionType> = old.changed.base.keys().chain(new.changed.base.keys()).collect();
    let bases = types.into_iter().map(|kind| Differs {
        what: format!("the base risk of {}", kind.as_str()),
        from: old.base(kind),
        to: new.base(kind),
        more_is_looser: false,
    });
    let (before, after) = (old.bounds(), new.bounds());
    let bounds = [
        (Level::Medium, before.medium, after.medium),
        (Level::High, before.high, after.high),
        (Level::Critical, before.critical, after.critical),
    ];
    let bounds = bounds.into_iter().map(|(level, from, to)| Differs {
        what: format!("where {} begins", level.as_str()),
        from,
        to,
        more_is_looser: true,
    });
    weights.chain(bases).chain(bounds).filter(|d| d.from != d.to).collect()
}

/// In which way `new` is looser than `old`, for people; empty: no action gets a lower score or level.
#[must_use]
pub fn loosens(old: &RiskSettings, new: &RiskSettings) -> Vec<String> {
    let looser = |d: &Differs| (d.to > d.from) == d.more_is_looser;
    numbers(old, new).iter().filter(|d| looser(d)).map(words).collect()
}

/// What changed, in words, labels too.
#[must_use]
pub fn differences(old: &RiskSettings, new: &RiskSettings) -> Vec<String> {
    let mut all: Vec<String> = numbers(old, new).iter().map(words).collect();
    for level in Level::ALL {
        if old.label(level) != new.label(level) {
            all.push(format!(
                "{} is called {:?} instead of {:?}",
                level.as_str(),
                new.label(level),
                old.label(level)
            ));
        }
    }
    all
}

fn words(d: &Differs) -> String {
    let direction = if d.to > d.from { "up" } else { "down" };
    format!("{} goes {direction} from {} to {}", d.what, super::shown(d.from), super::shown(d.to))
}
