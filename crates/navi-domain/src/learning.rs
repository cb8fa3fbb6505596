//! Learned from votes and outcomes: how likely a person rejects, and what people might as well allow. Advice only.
//!
//! A probability is estimated by hierarchical smoothing. Each group of cases (organisation, then action type, then type
//! and rule, then type, rule and kinds of facts) shrinks toward the one above it with a fixed strength, so few cases say
//! little and many speak for themselves. All arithmetic is in integers: equal cases give equal advice everywhere.

mod kinds;
mod suggest;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::advice::{Advice, one_higher};
use crate::canonical;
use crate::risk::{Level, Score};
use crate::words::phrases;
pub use kinds::Kinds;
pub use suggest::{History, Suggestion, suggestions};

/// What became of a request that people decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Rejected.
    Rejected,
    /// Approved; its run did not fail, or is not known to have.
    Approved,
    /// Approved, and its run failed.
    ApprovedAndFailed,
}

/// A request that people decided.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Normalised action type.
    pub action_type: &'a str,
    /// The rule that asked.
    pub rule: &'a str,
    /// Kinds of its facts.
    pub kinds: Kinds,
    /// What became of it.
    pub outcome: Outcome,
}

/// A request about which advice is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Normalised action type.
    pub action_type: &'a str,
    /// The rule that asks.
    pub rule: &'a str,
    /// Kinds of its facts.
    pub kinds: Kinds,
    /// Its level.
    pub level: Level,
}

/// Fewer like cases than this are not told.
pub const TELLING: u32 = 5;
/// Fewer exactly like cases than this raise nothing.
pub const RAISING: u32 = 10;
/// The least probability (thousandths) that raises a level.
pub const RAISES_FROM: Score = 600;

/// One, in the unit that probabilities are computed in.
const ONE: u64 = 1_000_000_000;
/// As many cases as a group's parent is worth.
const STRENGTH: u64 = 4;
/// What is believed before anything is known: one in ten is rejected, worth ten cases.
const PRIOR: (u64, u64) = (1, 10);

/// Counted cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Tally {
    cases: u32,
    rejected: u32,
    failed: u32,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        self.cases = self.cases.saturating_add(1);
        match outcome {
            Outcome::Rejected => self.rejected = self.rejected.saturating_add(1),
            Outcome::ApprovedAndFailed => self.failed = self.failed.saturating_add(1),
            Outcome::Approved => {}
        }
    }

    /// The share of rejections, shrunk toward the parent's. One more rejection never lowers it, as the share is at most
    /// one and `floor` keeps the order.
    fn shrunk(self, parent: u64) -> u64 {
        (u64::from(self.rejected) * ONE + STRENGTH * parent) / (u64::from(self.cases) + STRENGTH)
    }
}

/// Cases of one type and rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct OfRule {
    all: Tally,
    kinds: BTreeMap<Kinds, Tally>,
}

/// Cases of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct OfType {
    all: Tally,
    rules: BTreeMap<String, OfRule>,
}

/// What was learned. Derived from the record: losing it loses nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Model {
    all: Tally,
    types: BTreeMap<String, OfType>,
    #[serde(skip)]
    version: String,
}

impl Model {
    /// Learns from cases, in whatever order.
    #[must_use]
    pub fn learn<'a>(cases: impl IntoIterator<Item = Case<'a>>) -> Self {
        let mut model = Self::default();
        for case in cases {
            model.all.add(case.outcome);
            let of_type = slot(&mut model.types, case.action_type);
            of_type.all.add(case.outcome);
            let of_rule = slot(&mut of_type.rules, case.rule);
            of_rule.all.add(case.outcome);
            of_rule.kinds.entry(case.kinds).or_default().add(case.outcome);
        }
        if model.all.cases > 0 {
            // Names and counts always have a canonical form.
            let counted = canonical::jcs(&model).unwrap_or_default();
            let hash = Sha256::new().chain_update(b"navi/learned/v1\n").chain_update(counted).finalize();
            model.version = hex::encode(hash);
        }
        model
    }

    /// How many cases it rests on.
    #[must_use]
    pub fn cases(&self) -> u32 {
        self.all.cases
    }

    /// Hash (hex) of everything it counted; empty with nothing learned.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The probability (thousandths) that a person rejects, whatever it rests on.
    #[must_use]
    pub fn reject_probability(&self, asked: &Asked<'_>) -> Score {
        let (rejected, worth) = PRIOR;
        let root =
            (u64::from(self.all.rejected) * ONE + rejected * ONE) / (u64::from(self.all.cases) + worth);
        let probability = self.groups(asked).into_iter().flatten().fold(root, |p, tally| tally.shrunk(p));
        Score::try_from((probability + ONE / 2000) / (ONE / 1000)).unwrap_or(1000)
    }

    /// What to tell people; nothing with fewer than [`TELLING`] cases of the type.
    #[must_use]
    pub fn advice(&self, asked: &Asked<'_>) -> Option<Advice> {
        let groups = self.groups(asked);
        let told = groups.iter().rposition(|g| g.is_some_and(|tally| tally.cases >= TELLING))?;
        let tally = groups.get(told).copied().flatten()?;
        let probability = self.reject_probability(asked);
        let alike = groups.last().copied().flatten().unwrap_or_default().cases;
        let raised = probability >= RAISES_FROM && alike >= RAISING && one_higher(asked.level) != asked.level;
        let mut reasons = vec![sentence(asked, told, tally)];
        if tally.failed > 0 {
            let approved = tally.cases - tally.rejected;
            let failed =
                phrases::ADVICE_FAILED.with([("failed", tally.failed.into()), ("count", approved.into())]);
            reasons.push(failed.english().to_owned());
        }
        if raised {
            let (from, to) = (asked.level.as_str(), one_higher(asked.level).as_str());
            let raised = phrases::ADVICE_RAISED.with([("to", to.into()), ("from", from.into())]);
            reasons.push(raised.english().to_owned());
        }
        Some(Advice {
            reject_probability: probability,
            rests_on: tally.cases,
            reasons,
            raised,
            model: self.version.clone(),
        })
    }

    /// The groups it belongs to, from the widest: type; type and rule; type, rule and kinds.
    fn groups(&self, asked: &Asked<'_>) -> [Option<Tally>; 3] {
        let of_type = self.types.get(asked.action_type);
        let of_rule = of_type.and_then(|t| t.rules.get(asked.rule));
        let alike = of_rule.and_then(|r| r.kinds.get(&asked.kinds));
        [of_type.map(|t| t.all), of_rule.map(|r| r.all), alike.copied()]
    }
}

/// The entry of a name, made only where it is missing.
fn slot<'a, T: Default>(map: &'a mut BTreeMap<String, T>, name: &str) -> &'a mut T {
    if !map.contains_key(name) {
        map.insert(name.to_owned(), T::default());
    }
    map.entry(name.to_owned()).or_default()
}

/// `7 of 9 like this were rejected: git_push with reaching production`.
fn sentence(asked: &Asked<'_>, told: usize, tally: Tally) -> String {
    let Tally { cases, rejected, .. } = tally;
    let rejected = ("rejected", rejected.into());
    let (count, kind) = (("count", cases.into()), ("type", asked.action_type.into()));
    let said = match told {
        0 => phrases::ADVICE_TYPE.with([rejected, count, kind]),
        1 => phrases::ADVICE_RULE.with([rejected, count, kind, ("rule", asked.rule.into())]),
        _ => phrases::ADVICE_ALIKE.with([rejected, count, kind, ("kinds", asked.kinds.said().into())]),
    };
    said.english().to_owned()
}
