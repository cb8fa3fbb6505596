//! From what was gathered to the report's words.

use navi_domain::event::EventKind;
use navi_domain::reading::format::{Log, instant};
use navi_domain::reading::tallied::{Durations, durations};
use navi_domain::reading::tally::Measure;
use navi_domain::risk::Level;

use crate::gather::Gathered;
use crate::{Block, Report, controls};

/// Rows of one table at most; what is left out is said.
const MOST: usize = 200;

/// What vouches for the entries that were read.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// The signed tree.
    pub log: Log,
    /// How it was checked, in words.
    pub how: String,
    /// When the report was made (UTC microseconds).
    pub made_at: i64,
}

/// Writes.
#[must_use]
pub fn report(gathered: &Gathered, vouched: &Vouched) -> Report {
    let mut blocks = Vec::new();
    for section in
        [about, decisions, coverage, duties, times, emergencies, changes, refused, rights, leaving, rules]
    {
        blocks.extend(section(gathered, vouched));
    }
    blocks.extend(controls::section(gathered));
    Report { title: format!("Oversight of coding agents: {}", vouched.log.origin), blocks }
}

fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

/// How many entries of a kind.
#[must_use]
pub fn events(gathered: &Gathered, kind: EventKind) -> u64 {
    gathered.tallied.get(Measure::Event, kind.as_str())
}

/// How many entries whose kind begins so.
#[must_use]
pub fn events_like(gathered: &Gathered, prefix: &str) -> u64 {
    let of = gathered.tallied.of(Measure::Event);
    of.filter(|(kind, _)| kind.starts_with(prefix)).map(|(_, n)| n).sum()
}

/// A number with its word: `1 run`, `2 runs`.
#[must_use]
pub fn count(n: u64, one: &str, more: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { more })
}

fn share(part: u64, whole: u64) -> String {
    match (part * 1000).checked_div(whole) {
        Some(thousandths) => format!("{}.{} %", thousandths / 10, thousandths % 10),
        None => "none".to_owned(),
    }
}

fn about(gathered: &Gathered, vouched: &Vouched) -> Vec<Block> {
    let end = |at: Option<i64>, otherwise: &str| at.map_or_else(|| otherwise.to_owned(), instant);
    let (from, to) = gathered.period();
    let period = format!("From {} to {}.", end(from, "the beginning"), end(to, "the end"));
    let held = match gathered.span {
        Some((first, last)) => {
            let entries: u64 = gathered.tallied.of(Measure::Event).map(|(_, n)| n).sum();
            let entries = count(entries, "entry", "entries");
            format!(
                "The record has {entries} in it, the first of {}, the last of {}.",
                instant(first),
                instant(last)
            )
        }
        None => "The record has no entry in it.".to_owned(),
    };
    let Log { origin, size, root } = &vouched.log;
    let root: String = root.iter().map(|byte| format!("{byte:02x}")).collect();
    let tree = format!(
        "Made from the log {origin} of {} with root {root}. {}",
        count(*size, "entry", "entries"),
        vouched.how
    );
    let made = format!("Made on {}. Times are UTC.", instant(vouched.made_at));
    vec![heading("Period"), Block::Text(period), Block::Text(held), Block::Text(tree), Block::Text(made)]
}

fn decisions(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let of = |level: Level, verdict: &str| {
        gathered.tallied.get(Measure::Decision, &format!("{}.{verdict}", level.as_str()))
    };
    let row = |level: Level| {
        let each = ["AUTO", "APPROVAL", "BLOCKED"].map(|verdict| of(level, verdict));
        let mut row = vec![level.as_str().to_owned()];
        row.extend(each.iter().map(u64::to_string));
        row.push(each.iter().sum::<u64>().to_string());
        row
    };
    let columns = vec![("risk", 2), ("ran alone", 2), ("asked people", 2), ("blocked", 2), ("together", 2)];
    vec![
        heading("Decisions"),
        Block::Text("What agents and people wanted to do, by the risk that the server found.".to_owned()),
        Block::Table { columns, rows: Level::ALL.into_iter().map(row).collect() },
    ]
}

fn coverage(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let t = &gathered.tallied;
    let ran = |state: &str| t.sum_of(Measure::Execution, state);
    let (started, known) = (ran("started"), ran("succeeded") + ran("failed"));
    let runs = format!(
        "{} began, each under a permit that was used once. The end of {} is known ({}): {} succeeded, {} failed. \
         Of {} nobody knows how they ended.",
        count(started, "run", "runs"),
        known,
        share(known.min(started), started),
        ran("succeeded"),
        ran("failed"),
        count(ran("unknown"), "run", "runs"),
    );
    let outcome = |state: &str| t.sum_of(Measure::Outcome, state);
    let asked = format!(
        "People were asked {}: {} approved, {} rejected, {} expired unanswered, {} withdrawn or replaced.",
        count(outcome("asked"), "time", "times"),
        outcome("approved"),
        outcome("rejected"),
        outcome("expired"),
        outcome("cancelled") + outcome("superseded"),
    );
    let undone = count(t.get(Measure::Execution, "APPROVAL.rolled_back"), "run", "runs");
    let undone = format!("{undone} that people had approved were rolled back.");
    vec![heading("Coverage"), Block::Text(runs), Block::Text(asked), Block::Text(undone)]
}

fn duties(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let (t, quorums) = (&gathered.tallied, gathered.quorums);
    let kept = format!(
        "Of {} whose beginning lies in the record, {} needed two or more people, and {} had fewer distinct approvers \
         than they needed.",
        count(quorums.checked, "approved request", "approved requests"),
        quorums.several,
        quorums.short,
    );
    let people = t.by_name(Measure::Voter);
    let of = |person: &str, what: &str| t.get(Measure::Voter, &format!("{what}.{person}")).to_string();
    let rows: Vec<Vec<String>> = people
        .keys()
        .map(|person| {
            let fast = t.rubber_stamp(person).map_or_else(|| "too few".to_owned(), |n| share(n, 1000));
            let mut row = vec![(*person).to_owned()];
            row.extend(["approve", "reject", "delegated", "own"].map(|what| of(person, what)));
            row.push(fast);
            row
        })
        .collect();
    let own = t.sum(Measure::Voter, "own");
    let said = format!(
        "{} about own requests, each under the explicit permission of a one-person team. {} for somebody absent, under \
         a recorded delegation.",
        count(own, "vote was", "votes were"),
        count(t.sum(Measure::Voter, "delegated"), "vote was cast", "votes were cast"),
    );
    let columns = vec![
        ("person", 4),
        ("approved", 2),
        ("rejected", 2),
        ("for another", 2),
        ("own requests", 2),
        ("approved within 5 s", 3),
    ];
    let mut blocks = vec![heading("Separation of duties"), Block::Text(kept), Block::Text(said)];
    blocks.extend(table(columns, rows));
    blocks
}

fn times(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let word = |ms: Option<u64>| ms.map_or_else(|| "none".to_owned(), span);
    let row = |name: &str, d: Durations| {
        (d.count > 0).then(|| vec![name.to_owned(), d.count.to_string(), word(d.median), word(d.p95)])
    };
    let each = Level::ALL
        .iter()
        .filter_map(|level| row(level.as_str(), durations(&gathered.tallied.waits(Some(level.as_str())))));
    let rows: Vec<_> = each.chain(row("all", durations(&gathered.tallied.waits(None)))).collect();
    let mut blocks = vec![heading("Response times")];
    if rows.is_empty() {
        blocks.push(Block::Text("Nobody was asked, or nobody answered.".to_owned()));
        return blocks;
    }
    let columns = vec![("risk", 2), ("answered", 2), ("half within", 2), ("19 of 20 within", 2)];
    blocks.push(Block::Text("From the request to its approval or rejection.".to_owned()));
    blocks.push(Block::Table { columns, rows });
    blocks
}

/// A duration for people.
#[must_use]
pub fn span(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h {:02} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// What became of sealed envelopes, by the entries about them. One that was opened is reviewed as a bypass is.
fn envelopes(gathered: &Gathered) -> String {
    let of = |kind| events(gathered, kind);
    if events_like(gathered, "envelope_") == 0 {
        return "The record has no break-glass envelope.".to_owned();
    }
    format!(
        "{} handed out and {} taken back; {} opened without the server, {} ran under them, {} refused by their gates, and {} came \
         back with their records.",
        count(of(EventKind::EnvelopeIssued), "break-glass envelope was", "break-glass envelopes were"),
        of(EventKind::EnvelopeRevoked),
        count(of(EventKind::EnvelopeOpened), "was", "were"),
        count(of(EventKind::EnvelopeUsed), "action", "actions"),
        count(of(EventKind::EnvelopeRefused), "attempt was", "attempts were"),
        of(EventKind::EnvelopeEnded),
    )
}

fn emergencies(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let begun = gathered.bypasses.values().filter(|b| b.began_at.is_some());
    let (count_begun, open) =
        (begun.clone().count() as u64, begun.clone().filter(|b| b.reviewed_by.is_none()).count() as u64);
    let bypass = match (gathered.bypasses.len(), count_begun) {
        (0, _) => "The record has no bypass.".to_owned(),
        (asked, began) => format!(
            "{} asked for, {began} came into force ({} alone); {} ran by them that would have waited for people. \
             {open} not reviewed, {} reviewed late or late now.",
            count(asked as u64, "bypass was", "bypasses were"),
            begun.clone().filter(|b| b.alone).count(),
            count(begun.clone().map(|b| b.runs).sum(), "action", "actions"),
            gathered.bypasses.values().filter(|b| b.overdue).count(),
        ),
    };
    let rows: Vec<Vec<String>> = begun
        .map(|b| {
            let word = |text: &str| if text.is_empty() { "erased".to_owned() } else { text.to_owned() };
            vec![
                b.began_at.map(instant).unwrap_or_default(),
                b.by.clone(),
                word(&b.covers),
                word(&b.incident),
                if b.alone { "alone".to_owned() } else { "two people".to_owned() },
                b.runs.to_string(),
                b.ended_at.map_or_else(|| "not written down".to_owned(), instant),
                b.reviewed_by.clone().unwrap_or_else(|| "open".to_owned()),
            ]
        })
        .collect();
    let freezes = format!(
        "The stop switch was used {}; {} a deadline was paused or resumed, or a run was asked to stop.",
        count(events(gathered, EventKind::FreezeBegun), "time", "times"),
        count(events(gathered, EventKind::FreezeApplied), "time", "times"),
    );
    let mut blocks = vec![
        heading("Emergencies"),
        Block::Text(bypass),
        Block::Text(envelopes(gathered)),
        Block::Text(freezes),
    ];
    let columns = vec![
        ("bypass since", 3),
        ("by", 2),
        ("for", 3),
        ("incident", 2),
        ("begun", 2),
        ("ran", 1),
        ("until", 3),
        ("reviewed by", 2),
    ];
    blocks.extend(table(columns, rows));
    blocks
}

fn changes(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let rows = gathered
        .changes
        .iter()
        .map(|change| {
            vec![
                instant(change.at),
                change.kind.as_str().replace('_', " "),
                change.subject.clone(),
                change.by.clone(),
                change.proposed_by.clone().unwrap_or_else(|| "one person".to_owned()),
                change.looser.join("; "),
            ]
        })
        .collect();
    let columns = vec![("when", 4), ("what", 3), ("of", 3), ("by", 2), ("proposed by", 2), ("looser in", 4)];
    let mut blocks = vec![heading("Changes of the rules")];
    blocks.extend(table(columns, rows));
    blocks
}

fn refused(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let t = &gathered.tallied;
    let mut rows: Vec<Vec<String>> = t
        .of(Measure::Refused)
        .map(|(why, n)| vec!["vote".to_owned(), why.replace('_', " "), n.to_string()])
        .collect();
    for (kind, n) in t.of(Measure::Event) {
        let other = kind.contains("refused") && kind != EventKind::VoteRefused.as_str();
        if other || kind.contains("failed") || kind.contains("flood") {
            rows.push(vec!["entry".to_owned(), kind.replace('_', " "), n.to_string()]);
        }
    }
    let mut blocks = vec![heading("What was refused")];
    blocks.extend(table(vec![("what", 2), ("why", 4), ("times", 1)], rows));
    blocks
}

fn rights(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let row = |kind: EventKind, words: &str| vec![words.to_owned(), events(gathered, kind).to_string()];
    let rows = vec![
        row(EventKind::GrantGiven, "repeats granted"),
        row(EventKind::GrantUsed, "uses of them"),
        row(EventKind::GrantRevoked, "repeats taken back"),
        row(EventKind::PlanBegun, "plans begun"),
        row(EventKind::PlanUsed, "steps that an approved plan let run"),
        row(EventKind::PlanDeviated, "plans that left their bounds"),
        row(EventKind::DelegationMade, "delegations"),
        row(EventKind::DeviceEnrolled, "devices enrolled"),
        row(EventKind::DeviceRevoked, "devices revoked"),
        row(EventKind::TokenCreated, "tokens made"),
        row(EventKind::TokenRevoked, "tokens revoked"),
        row(EventKind::WitnessJoined, "witnesses that joined"),
    ];
    vec![heading("Rights and credentials"), Block::Table { columns: vec![("what", 4), ("times", 1)], rows }]
}

fn leaving(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let text = format!(
        "The record was exported {}. Payloads were erased by two people {}, and pruned by age {}. {} of the period have \
         no payload any more; their leaves and proofs are unchanged.",
        count(events(gathered, EventKind::Exported), "time", "times"),
        count(events(gathered, EventKind::PayloadsErased), "time", "times"),
        count(events(gathered, EventKind::PayloadsPruned), "time", "times"),
        count(gathered.erased, "entry", "entries"),
    );
    vec![heading("Exports and erasures"), Block::Text(text)]
}

fn rules(gathered: &Gathered, _: &Vouched) -> Vec<Block> {
    let named = gathered.tallied.by_name(Measure::Rule);
    let mut rows: Vec<(u64, u64, &str)> = named
        .iter()
        .map(|(rule, counts)| {
            let of = |verdict: &str| counts.get(verdict).copied().unwrap_or_default();
            (of("APPROVAL"), of("BLOCKED"), *rule)
        })
        .filter(|(asked, blocked, _)| asked + blocked > 0)
        .collect();
    rows.sort_by(|a, b| b.cmp(a));
    rows.truncate(10);
    let rows = rows
        .iter()
        .map(|(asked, blocked, rule)| vec![rule.replace('_', " "), asked.to_string(), blocked.to_string()]);
    let mut blocks = vec![heading("Rules that stood in the way most often")];
    blocks.extend(table(vec![("rule", 4), ("asked", 1), ("blocked", 1)], rows.collect()));
    blocks
}

fn table(columns: Vec<(&'static str, u32)>, mut rows: Vec<Vec<String>>) -> Vec<Block> {
    if rows.is_empty() {
        return vec![Block::Text("None.".to_owned())];
    }
    let left_out = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    let mut blocks = vec![Block::Table { columns, rows }];
    if left_out > 0 {
        let rows = count(left_out as u64, "further row is", "further rows are");
        blocks.push(Block::Text(format!("{rows} in the record and not shown here.")));
    }
    blocks
}
