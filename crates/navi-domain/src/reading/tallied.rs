//! Counters of a period, ready to be asked. However they were kept, insights and reports read them here.

use std::collections::BTreeMap;

use super::histogram::{middle, quantile};
use super::tally::{FAST_SHARE_NEEDS, Measure};

/// Counters of a period, summed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallied {
    counters: BTreeMap<(Measure, String), u64>,
}

/// Durations, as far as histograms know them: in milliseconds, at most a thirty-second off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// How many.
    pub count: u64,
    /// Half took no longer.
    pub median: Option<u64>,
    /// Nineteen in twenty took no longer.
    pub p95: Option<u64>,
}

impl Tallied {
    /// Adds to a counter.
    pub fn add(&mut self, measure: Measure, key: &str, n: u64) {
        *self.counters.entry((measure, key.to_owned())).or_default() += n;
    }

    /// Adds all counters of another period.
    pub fn extend(&mut self, other: &Self) {
        for ((measure, key), n) in &other.counters {
            self.add(*measure, key, *n);
        }
    }

    /// All keys of a measure.
    pub fn of(&self, measure: Measure) -> impl Iterator<Item = (&str, u64)> {
        let from = (measure, String::new());
        self.counters
            .range(from..)
            .take_while(move |((m, _), _)| *m == measure)
            .map(|((_, key), n)| (key.as_str(), *n))
    }

    /// All keys of a measure, split at their first dot: `(what, of whom, how often)`.
    pub fn pairs(&self, measure: Measure) -> impl Iterator<Item = (&str, &str, u64)> {
        self.of(measure).filter_map(|(key, n)| key.split_once('.').map(|(what, whom)| (what, whom, n)))
    }

    /// One counter.
    #[must_use]
    pub fn get(&self, measure: Measure, key: &str) -> u64 {
        self.counters.get(&(measure, key.to_owned())).copied().unwrap_or_default()
    }

    /// The sum over all keys that begin with `what` and a dot.
    #[must_use]
    pub fn sum(&self, measure: Measure, what: &str) -> u64 {
        self.pairs(measure).filter(|(w, _, _)| *w == what).map(|(_, _, n)| n).sum()
    }

    /// The sum over all keys that end with a dot and `whom`.
    #[must_use]
    pub fn sum_of(&self, measure: Measure, whom: &str) -> u64 {
        self.pairs(measure).filter(|(_, w, _)| *w == whom).map(|(_, _, n)| n).sum()
    }

    /// Grouped by what ends the key: of whom → what → how often.
    #[must_use]
    pub fn by_name(&self, measure: Measure) -> BTreeMap<&str, BTreeMap<&str, u64>> {
        let mut found: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
        for (what, whom, n) in self.pairs(measure) {
            *found.entry(whom).or_default().entry(what).or_default() += n;
        }
        found
    }

    /// From request to approval or rejection, in ascending buckets: (milliseconds, how often). `level`: only of this one.
    #[must_use]
    pub fn waits(&self, level: Option<&str>) -> Vec<(u64, u64)> {
        let chosen = self.pairs(Measure::Wait).filter(|(l, _, _)| level.is_none_or(|wanted| wanted == *l));
        ascending(chosen.map(|(_, bucket, n)| (bucket, n)))
    }

    /// From request to a person's approving vote, likewise.
    #[must_use]
    pub fn waits_of(&self, person: &str) -> Vec<(u64, u64)> {
        let chosen = self.pairs(Measure::VoterWait).filter(|(_, whom, _)| *whom == person);
        ascending(chosen.map(|(bucket, _, n)| (bucket, n)))
    }

    /// Scores in thousandths, ascending: (score, how often).
    #[must_use]
    pub fn scores(&self) -> Vec<(u64, u64)> {
        ascending_values(self.of(Measure::Score).filter_map(|(score, n)| Some((score.parse().ok()?, n))))
    }

    /// Share of a person's approvals, in thousandths, that came so soon that nobody can have read the request;
    /// `None` when there were too few to say.
    #[must_use]
    pub fn rubber_stamp(&self, person: &str) -> Option<u64> {
        let approves = self.get(Measure::Voter, &format!("approve.{person}"));
        let fast = self.get(Measure::Voter, &format!("fast.{person}"));
        (approves >= FAST_SHARE_NEEDS).then(|| fast * 1000 / approves)
    }
}

/// Count, median and 95th of what [`Tallied::waits`] gives.
#[must_use]
pub fn durations(counted: &[(u64, u64)]) -> Durations {
    Durations {
        count: counted.iter().map(|(_, n)| n).sum(),
        median: quantile(counted, 500),
        p95: quantile(counted, 950),
    }
}

fn ascending<'a>(buckets: impl Iterator<Item = (&'a str, u64)>) -> Vec<(u64, u64)> {
    ascending_values(buckets.filter_map(|(bucket, n)| Some((middle(bucket.parse().ok()?), n))))
}

fn ascending_values(values: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    let mut sums: BTreeMap<u64, u64> = BTreeMap::new();
    for (value, n) in values {
        *sums.entry(value).or_default() += n;
    }
    sums.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_read_by_what_and_by_whom() {
        let mut t = Tallied::default();
        t.add(Measure::Voter, "approve.al.ice", 4);
        t.add(Measure::Voter, "fast.al.ice", 1);
        t.add(Measure::Voter, "reject.bob", 2);
        t.add(Measure::Wait, "low.0003", 1);
        t.add(Measure::Wait, "high.0009", 3);
        t.add(Measure::VoterWait, "0005.al.ice", 2);
        assert_eq!(t.by_name(Measure::Voter)["al.ice"]["approve"], 4);
        assert_eq!((t.sum(Measure::Voter, "reject"), t.sum_of(Measure::Voter, "al.ice")), (2, 5));
        assert_eq!(t.waits(None), [(3, 1), (9, 3)]);
        assert_eq!(t.waits(Some("low")), [(3, 1)]);
        assert_eq!(t.waits_of("al.ice"), [(5, 2)]);
        assert_eq!(durations(&t.waits(None)), Durations { count: 4, median: Some(9), p95: Some(9) });
        assert_eq!(t.rubber_stamp("al.ice"), None);
        t.add(Measure::Voter, "approve.al.ice", 6);
        assert_eq!(t.rubber_stamp("al.ice"), Some(100));
        assert_eq!(durations(&[]), Durations::default());
    }
}
