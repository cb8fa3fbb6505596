//! What each control of a standard asks, and the evidence that the record has for it. Where it has none, that is said.

use navi_domain::event::EventKind;
use navi_domain::reading::tally::Measure;

use crate::Block;
use crate::gather::Gathered;
use crate::write::{count, events, events_like};

const NONE: &str = "No evidence in this period.";

/// The mapping.
#[must_use]
pub fn section(gathered: &Gathered) -> Vec<Block> {
    let rows = [
        ("SOC 2 CC6.1", "Access is given to known people and taken back", access(gathered)),
        ("SOC 2 CC7.2", "What is unusual is noticed", noticed(gathered)),
        ("SOC 2 CC8.1", "Changes are authorised before they are made", authorised(gathered)),
        ("ISO/IEC 27001:2022 A.5.3", "Duties that conflict lie with different people", duties(gathered)),
        ("ISO/IEC 27001:2022 A.8.15", "Activities are logged, and the log is protected", logged(gathered)),
        ("ISO/IEC 27001:2022 A.8.32", "Changes follow a procedure", procedure(gathered)),
        ("EU AI Act Art. 12", "Events are recorded over the lifetime of the system", logged(gathered)),
        ("EU AI Act Art. 14", "People can understand, decide, override and stop", oversight(gathered)),
        ("OWASP APTS human oversight", "Actions of consequence wait for a person", waited(gathered)),
    ];
    let row = |(control, asks, evidence): (&str, &str, Option<String>)| {
        vec![control.to_owned(), asks.to_owned(), evidence.unwrap_or_else(|| NONE.to_owned())]
    };
    let columns = vec![("control", 3), ("what it asks", 4), ("what the record shows", 7)];
    let note =
        "The right column quotes numbers of this report. Whether they suffice is for an auditor to say.";
    vec![
        Block::Heading("Controls".to_owned()),
        Block::Text(note.to_owned()),
        Block::Table { columns, rows: rows.into_iter().map(row).collect() },
    ]
}

fn some(n: u64, text: String) -> Option<String> {
    (n > 0).then_some(text)
}

fn access(g: &Gathered) -> Option<String> {
    let given = events(g, EventKind::DeviceEnrolled) + events(g, EventKind::TokenCreated);
    let taken = events(g, EventKind::DeviceRevoked) + events(g, EventKind::TokenRevoked);
    some(
        given + taken,
        format!(
            "{} given by invitation or by an administrator, {} taken back, each an entry with its author.",
            count(given, "device or token was", "devices and tokens were"),
            taken
        ),
    )
}

fn noticed(g: &Gathered) -> Option<String> {
    let refused: u64 = g.tallied.of(Measure::Refused).map(|(_, n)| n).sum();
    let redeem = events(g, EventKind::RedeemRefused);
    let floods = events(g, EventKind::FloodDetected);
    let failed = events_like(g, "login_failed");
    some(
        refused + redeem + floods + failed,
        format!(
            "{}, {}, {} and {} were recorded with their reasons.",
            count(refused, "vote without effect", "votes without effect"),
            count(redeem, "refused run", "refused runs"),
            count(floods, "flood of requests", "floods of requests"),
            count(failed, "failed login", "failed logins"),
        ),
    )
}

fn authorised(g: &Gathered) -> Option<String> {
    let started = g.tallied.sum_of(Measure::Execution, "started");
    let approved: u64 = g
        .tallied
        .pairs(Measure::Execution)
        .filter(|(verdict, state, _)| *verdict == "APPROVAL" && *state == "started")
        .map(|(_, _, n)| n)
        .sum();
    some(
        started,
        format!(
            "{} began, each under a permit for exactly that action; {} of them after people had approved with a signature.",
            count(started, "run", "runs"),
            approved
        ),
    )
}

fn duties(g: &Gathered) -> Option<String> {
    some(
        g.quorums.checked,
        format!(
            "{} checked: {} had fewer distinct approvers than needed. {} about own requests.",
            count(g.quorums.checked, "approval", "approvals"),
            g.quorums.short,
            count(g.tallied.sum(Measure::Voter, "own"), "vote was", "votes were"),
        ),
    )
}

fn logged(g: &Gathered) -> Option<String> {
    let entries: u64 = g.tallied.of(Measure::Event).map(|(_, n)| n).sum();
    some(
        entries,
        format!(
            "{} in a Merkle tree whose root is signed; {} witnessed it for the first time. Whoever has the key can verify it offline.",
            count(entries, "entry", "entries"),
            count(events(g, EventKind::WitnessJoined), "console or stranger", "consoles or strangers"),
        ),
    )
}

fn procedure(g: &Gathered) -> Option<String> {
    let changes = g.changes.len() as u64;
    let second = g.changes.iter().filter(|change| change.proposed_by.is_some()).count() as u64;
    let looser = g.changes.iter().filter(|change| !change.looser.is_empty()).count() as u64;
    some(
        changes,
        format!(
            "{} with author and version; {} looser, {} agreed to by a second person.",
            count(changes, "change of the rules is recorded", "changes of the rules are recorded"),
            count(looser, "was", "were"),
            count(second, "was", "were"),
        ),
    )
}

fn oversight(g: &Gathered) -> Option<String> {
    let t = &g.tallied;
    let asked = t.sum_of(Measure::Outcome, "asked");
    let stops = events(g, EventKind::FreezeBegun);
    let bypasses = events(g, EventKind::BypassBegun);
    let opened = events(g, EventKind::EnvelopeOpened);
    some(
        asked + stops + bypasses + opened,
        format!(
            "People were asked {}, with the reasons of the risk, and rejected {}. The stop switch was used {}; oversight \
             was bypassed {}, and {} of these were reviewed by another person; {} began with an envelope that was opened \
             without the server.",
            count(asked, "time", "times"),
            t.sum_of(Measure::Outcome, "rejected"),
            count(stops, "time", "times"),
            count(bypasses + opened, "time", "times"),
            events(g, EventKind::BypassReviewed),
            opened,
        ),
    )
}

fn waited(g: &Gathered) -> Option<String> {
    let t = &g.tallied;
    let grave = |level: &str, verdict: &str| t.get(Measure::Decision, &format!("{level}.{verdict}"));
    let alone = grave("critical", "AUTO");
    let all: u64 = ["AUTO", "APPROVAL", "BLOCKED"].iter().map(|verdict| grave("critical", verdict)).sum();
    let asked = t.sum_of(Measure::Outcome, "asked");
    some(
        asked + all,
        format!(
            "{} waited for people; {} expired without an answer and did not run. Of {} of critical risk {} ran without a person.",
            count(asked, "action", "actions"),
            t.sum_of(Measure::Outcome, "expired"),
            count(all, "decision", "decisions"),
            alone,
        ),
    )
}
