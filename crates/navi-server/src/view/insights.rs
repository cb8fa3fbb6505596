//! Counters as the dashboard shows them.

use std::collections::BTreeMap;

use navi_domain::event::EventKind;
use navi_domain::reading::histogram::quantile;
use navi_domain::reading::tallied::{Tallied, durations};
use navi_domain::reading::tally::Measure;
use navi_domain::risk::Level;
use navi_domain::{SECOND, UtcMicros};
use navi_protocol::insights::{
    AgentCount, ApproverLoad, Coverage, EnvelopeCounts, FactCount, Insights, RuleCount, Step, Waits,
};
use navi_store::{Counter, CounterFilter};

/// Rows of each list at most.
const MOST: usize = 50;
/// Steps over time at most, about.
const STEPS: i64 = 200;

/// What was asked for, and when.
pub struct Period {
    /// Days since 1970, both included.
    pub days: (i64, i64),
    /// First instant.
    pub from: UtcMicros,
    /// Last instant.
    pub to: UtcMicros,
    /// Only this repository, only this agent.
    pub of: CounterFilter,
    /// Counted up to here.
    pub as_of: String,
    /// Now.
    pub server_time: UtcMicros,
    /// Requests that wait now.
    pub waiting_now: u64,
}

fn envelopes(all: &Tallied) -> EnvelopeCounts {
    let of = |kind: EventKind| all.get(Measure::Event, kind.as_str());
    EnvelopeCounts {
        issued: of(EventKind::EnvelopeIssued),
        revoked: of(EventKind::EnvelopeRevoked),
        opened: of(EventKind::EnvelopeOpened),
        runs: of(EventKind::EnvelopeUsed),
        refused: of(EventKind::EnvelopeRefused),
        returned: of(EventKind::EnvelopeEnded),
    }
}

/// Builds the view.
#[must_use]
pub fn build(period: Period, counters: &[Counter]) -> Insights {
    let (first, last) = period.days;
    let days_per_step = ((last - first) / STEPS + 1).max(1);
    let (all, steps) = summed(counters, first, days_per_step);
    let decisions: u64 = all.of(Measure::Decision).map(|(_, n)| n).sum();
    let by_level = owned(nested(&all, Measure::Decision));
    let auto: u64 = by_level.values().filter_map(|verdicts| verdicts.get("AUTO")).sum();
    let spread = all.waits(None);
    Insights {
        from: period.from,
        to: period.to,
        repo: period.of.repo,
        agent: period.of.agent,
        as_of: period.as_of,
        server_time: period.server_time,
        entries: all.of(Measure::Event).map(|(_, n)| n).sum(),
        decisions,
        by_level,
        auto_share: share(auto, decisions),
        over_time: steps.iter().map(|(step, t)| over_time(first + step * days_per_step, t)).collect(),
        days_per_step,
        outcomes: owned(nested(&all, Measure::Outcome)),
        waiting_now: period.waiting_now,
        bypasses_in_force: 0,
        bypasses_to_review: 0,
        bypass_reviews_overdue: 0,
        envelopes: envelopes(&all),
        expired_unanswered: all.sum_of(Measure::Outcome, "expired"),
        time_to_decide: waits(&spread),
        time_to_decide_by_level: Level::ALL
            .iter()
            .map(|level| (level.as_str().to_owned(), waits(&all.waits(Some(level.as_str())))))
            .filter(|(_, waits)| waits.count > 0)
            .collect(),
        time_to_decide_spread: spread,
        executions: owned(nested(&all, Measure::Execution)),
        rolled_back_after_approval: all.get(Measure::Execution, "APPROVAL.rolled_back"),
        top_rules: top_rules(&all),
        blockers: blockers(&all),
        approvers: approvers(&all),
        agents: agents(&all),
        surfaces: owned(nested(&all, Measure::Surface)),
        refused_votes: all.of(Measure::Refused).map(|(why, n)| (why.to_owned(), n)).collect(),
        coverage: coverage(&all),
    }
}

/// Everything together, and what is shown over time by step.
fn summed(counters: &[Counter], first: i64, days_per_step: i64) -> (Tallied, BTreeMap<i64, Tallied>) {
    let (mut all, mut steps) = (Tallied::default(), BTreeMap::<i64, Tallied>::new());
    for counter in counters {
        all.add(counter.measure, &counter.key, counter.count);
        if let Some(day) = counter.day {
            let step = (day - first) / days_per_step;
            steps.entry(step).or_default().add(counter.measure, &counter.key, counter.count);
        }
    }
    (all, steps)
}

fn over_time(day: i64, counted: &Tallied) -> Step {
    let (mut by_level, mut by_verdict) = (BTreeMap::new(), BTreeMap::new());
    for (level, verdict, n) in counted.pairs(Measure::Decision) {
        *by_level.entry(level.to_owned()).or_default() += n;
        *by_verdict.entry(verdict.to_owned()).or_default() += n;
    }
    let scores = counted.scores();
    let (sum, n) = scores.iter().fold((0, 0), |(sum, all), (score, n)| (sum + score * n, all + n));
    Step {
        at: day.saturating_mul(24 * 3600 * SECOND),
        decisions: by_level.values().sum(),
        by_level,
        by_verdict,
        mean_score: (n > 0).then(|| (sum + n / 2) / n),
        p95_score: quantile(&scores, 950),
    }
}

fn nested(all: &Tallied, measure: Measure) -> BTreeMap<&str, BTreeMap<&str, u64>> {
    let mut found: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for (outer, inner, n) in all.pairs(measure) {
        *found.entry(outer).or_default().entry(inner).or_default() += n;
    }
    found
}

fn owned(map: BTreeMap<&str, BTreeMap<&str, u64>>) -> BTreeMap<String, BTreeMap<String, u64>> {
    let inner = |inner: BTreeMap<&str, u64>| inner.into_iter().map(|(key, n)| (key.to_owned(), n)).collect();
    map.into_iter().map(|(key, rest)| (key.to_owned(), inner(rest))).collect()
}

fn share(part: u64, whole: u64) -> Option<u64> {
    (whole > 0).then(|| part * 1000 / whole)
}

fn waits(counted: &[(u64, u64)]) -> Waits {
    let found = durations(counted);
    Waits { count: found.count, median_ms: found.median, p95_ms: found.p95 }
}

fn of(counts: &BTreeMap<&str, u64>, what: &str) -> u64 {
    counts.get(what).copied().unwrap_or_default()
}

fn top_rules(all: &Tallied) -> Vec<RuleCount> {
    let mut rules: Vec<RuleCount> = all
        .by_name(Measure::Rule)
        .iter()
        .map(|(rule, counts)| RuleCount {
            rule: (*rule).to_owned(),
            prompts: of(counts, "APPROVAL"),
            blocked: of(counts, "BLOCKED"),
        })
        .filter(|rule| rule.prompts + rule.blocked > 0)
        .collect();
    rules.sort_by(|a, b| (b.prompts, b.blocked, &a.rule).cmp(&(a.prompts, a.blocked, &b.rule)));
    rules.truncate(MOST);
    rules
}

fn blockers(all: &Tallied) -> Vec<FactCount> {
    let mut facts: Vec<FactCount> = all
        .by_name(Measure::Fact)
        .iter()
        .map(|(fact, counts)| FactCount {
            fact: (*fact).to_owned(),
            blocked: of(counts, "BLOCKED"),
            prompts: of(counts, "APPROVAL"),
        })
        .collect();
    facts.sort_by(|a, b| (b.blocked, b.prompts, &a.fact).cmp(&(a.blocked, a.prompts, &b.fact)));
    facts.truncate(MOST);
    facts
}

fn approvers(all: &Tallied) -> Vec<ApproverLoad> {
    let mut people: Vec<ApproverLoad> = all
        .by_name(Measure::Voter)
        .iter()
        .map(|(user, counts)| ApproverLoad {
            user: (*user).to_owned(),
            approves: of(counts, "approve"),
            rejects: of(counts, "reject"),
            delegated: of(counts, "delegated"),
            own_requests: of(counts, "own"),
            time_to_approve: waits(&all.waits_of(user)),
            rubber_stamp: all.rubber_stamp(user),
        })
        .collect();
    people.sort_by(|a, b| (b.approves + b.rejects, &a.user).cmp(&(a.approves + a.rejects, &b.user)));
    people.truncate(MOST);
    people
}

fn agents(all: &Tallied) -> Vec<AgentCount> {
    let mut agents: Vec<AgentCount> = all
        .by_name(Measure::Agent)
        .iter()
        .map(|(agent, counts)| {
            let (approved, rejected) = (of(counts, "approved"), of(counts, "rejected"));
            AgentCount {
                agent: (*agent).to_owned(),
                asked: of(counts, "asked"),
                prompted: of(counts, "prompted"),
                blocked: of(counts, "blocked"),
                approved,
                rejected,
                expired: of(counts, "expired"),
                rejection_rate: share(rejected, approved + rejected),
            }
        })
        .collect();
    agents.sort_by(|a, b| (b.asked, &a.agent).cmp(&(a.asked, &b.agent)));
    agents.truncate(MOST);
    agents
}

fn coverage(all: &Tallied) -> Coverage {
    let started = all.sum_of(Measure::Execution, "started");
    let known = all.sum_of(Measure::Execution, "succeeded") + all.sum_of(Measure::Execution, "failed");
    let unknown = all.sum_of(Measure::Execution, "unknown");
    // What began before the period may end in it.
    let known_share = share(known.min(started), started);
    Coverage { started, finished: known + unknown, unknown, known_share }
}
