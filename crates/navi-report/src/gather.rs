//! Gathering: one pass over the entries of a period.

use std::collections::{BTreeMap, BTreeSet};

use navi_domain::UtcMicros;
use navi_domain::event::EventKind;
use navi_domain::reading::tallied::Tallied;
use navi_domain::reading::{ActionContext, Payload, Said, tally};

/// A change of the rules, with who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: UtcMicros,
    /// Which entry.
    pub index: u64,
    /// What was changed.
    pub kind: EventKind,
    /// Of what.
    pub subject: String,
    /// Who put it in force.
    pub by: String,
    /// Who had proposed it, if a second person agreed.
    pub proposed_by: Option<String>,
    /// In which way it was looser, in words.
    pub looser: Vec<String>,
}

/// A request to people, as far as the report needs it.
#[derive(Clone, Debug, Default)]
struct Asked {
    quorum: u64,
    approvers: BTreeSet<String>,
}

/// Whether approvals kept their quorum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quorums {
    /// Approved requests whose beginning lies in what was read.
    pub checked: u64,
    /// Of these, those with fewer distinct approvers than they needed.
    pub short: u64,
    /// Those that needed two or more people.
    pub several: u64,
}

/// One bypass, as far as the report needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BypassRow {
    /// Who asked.
    pub by: String,
    /// The scope in words; empty when that was erased.
    pub covers: String,
    /// The incident.
    pub incident: String,
    /// Whether and since when it was in force.
    pub began_at: Option<UtcMicros>,
    /// Without a second person.
    pub alone: bool,
    /// When it was over.
    pub ended_at: Option<UtcMicros>,
    /// What ran by it.
    pub runs: u64,
    /// Whether its review was late.
    pub overdue: bool,
    /// Who reviewed it.
    pub reviewed_by: Option<String>,
}

/// What a period holds.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Counters.
    pub tallied: Tallied,
    /// First and last instant that was read in the period.
    pub span: Option<(UtcMicros, UtcMicros)>,
    /// Changes of the rules, in order.
    pub changes: Vec<Change>,
    /// Quorums.
    pub quorums: Quorums,
    /// Entries of the period whose payload was erased.
    pub erased: u64,
    /// Bypasses, in the order of their first entries.
    pub bypasses: BTreeMap<String, BypassRow>,
    asked: BTreeMap<String, Asked>,
    contexts: BTreeMap<String, ActionContext>,
    period: (Option<UtcMicros>, Option<UtcMicros>),
    bare: bool,
}

impl Gathered {
    /// Begins. `from` and `to` are both included; without them everything counts.
    #[must_use]
    pub fn of(from: Option<UtcMicros>, to: Option<UtcMicros>) -> Self {
        Self { period: (from, to), ..Self::default() }
    }

    /// Takes no name and no free text from payloads. Who is called what lies with the reader: entries that are read with
    /// the pseudonyms of their leaves give a report that names nobody.
    #[must_use]
    pub fn bare(self) -> Self {
        Self { bare: true, ..self }
    }

    /// The period that was asked for.
    #[must_use]
    pub fn period(&self) -> (Option<UtcMicros>, Option<UtcMicros>) {
        self.period
    }

    /// Reads the next entry, in the log's order. What lies before the period is read too, because what happens in it
    /// rests on it; it is not counted.
    pub fn read(&mut self, said: &Said) {
        if let (Some(id), Some(context)) = (said.action_id(), said.context()) {
            self.contexts.insert(id.to_owned(), context);
        }
        let counts =
            self.period.0.is_none_or(|from| said.at >= from) && self.period.1.is_none_or(|to| said.at <= to);
        self.follow(said, counts);
        if !counts {
            return;
        }
        let context = said.action_id().and_then(|id| self.contexts.get(id));
        for (measure, key) in tally::counts(said, context) {
            self.tallied.add(measure, &key, 1);
        }
        self.span = Some((self.span.map_or(said.at, |(first, _)| first), said.at));
        self.erased += u64::from(said.is_erased());
        self.bypass(said);
        if is_rule(said.kind) {
            self.changes.push(change(said, self.bare));
        }
    }

    fn bypass(&mut self, said: &Said) {
        let kinds = [
            EventKind::BypassAsked,
            EventKind::BypassBegun,
            EventKind::BypassUsed,
            EventKind::BypassEnded,
            EventKind::BypassOverdue,
            EventKind::BypassReviewed,
        ];
        if !kinds.contains(&said.kind) {
            return;
        }
        let row = self.bypasses.entry(said.subject.clone()).or_default();
        let bare = self.bare;
        let text = |path: &str| said.text_at(path).filter(|_| !bare).map(str::to_owned);
        let asked =
            text("/bypass/by").or_else(|| (said.kind == EventKind::BypassAsked).then(|| said.actor.clone()));
        row.by = asked.unwrap_or_else(|| std::mem::take(&mut row.by));
        if bare {
            (row.covers, row.incident) = ("withheld".to_owned(), "withheld".to_owned());
        }
        row.covers = text("/covers").unwrap_or_else(|| std::mem::take(&mut row.covers));
        row.incident = text("/bypass/incident").unwrap_or_else(|| std::mem::take(&mut row.incident));
        match said.kind {
            EventKind::BypassBegun => {
                row.began_at = Some(said.at);
                row.alone = match &said.payload {
                    Payload::Other(value) => value.get("alone").and_then(|v| v.as_bool()).unwrap_or(false),
                    _ => false,
                };
            }
            EventKind::BypassUsed => row.runs += 1,
            EventKind::BypassEnded => row.ended_at = Some(said.at),
            EventKind::BypassOverdue => row.overdue = true,
            EventKind::BypassReviewed => row.reviewed_by = Some(said.actor.clone()),
            _ => {}
        }
    }

    fn follow(&mut self, said: &Said, counts: bool) {
        let id = || said.links.get("approval_id").cloned().unwrap_or_else(|| said.subject.clone());
        match said.kind {
            EventKind::ApprovalRequested => {
                let quorum = number(said, "quorum").unwrap_or(1);
                self.asked.insert(id(), Asked { quorum, approvers: BTreeSet::new() });
            }
            EventKind::VoteCast if said.text("verdict") == Some("approve") => {
                if let Some(asked) = self.asked.get_mut(&id()) {
                    asked.approvers.insert(said.actor.clone());
                }
            }
            EventKind::ApprovalApproved => {
                if let (Some(asked), true) = (self.asked.remove(&id()), counts) {
                    self.quorums.checked += 1;
                    self.quorums.several += u64::from(asked.quorum > 1);
                    self.quorums.short += u64::from((asked.approvers.len() as u64) < asked.quorum);
                }
            }
            EventKind::ApprovalRejected
            | EventKind::ApprovalExpired
            | EventKind::ApprovalSuperseded
            | EventKind::ApprovalCancelled => {
                self.asked.remove(&id());
            }
            _ => {}
        }
    }
}

fn is_rule(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::PolicyChanged
            | EventKind::GuardrailsChanged
            | EventKind::CatalogueChanged
            | EventKind::RiskSettingsChanged
            | EventKind::SettingsChanged
    )
}

fn number(said: &Said, field: &str) -> Option<u64> {
    match &said.payload {
        Payload::Other(value) => value.get(field)?.as_u64(),
        _ => None,
    }
}

fn change(said: &Said, bare: bool) -> Change {
    let looser = match &said.payload {
        Payload::Other(value) => value.get("looser").and_then(|ways| ways.as_array()).cloned(),
        _ => None,
    };
    let words = |ways: Vec<serde_json::Value>| {
        ways.iter().filter_map(|way| way.as_str().map(str::to_owned)).collect()
    };
    Change {
        at: said.at,
        index: said.index,
        kind: said.kind,
        subject: said.subject.clone(),
        by: said.actor.clone(),
        proposed_by: said
            .text("proposed_by")
            .map(|name| if bare { "another person".to_owned() } else { name.to_owned() }),
        looser: looser.map(words).unwrap_or_default(),
    }
}
