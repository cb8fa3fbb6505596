//! A checked setting is saved, or waits for a second person when it is looser and the organisation asks for one.

use navi_domain::event::EventKind;
use navi_domain::proposal::{Proposal, ProposalKind, ProposalStatus};
use navi_protocol::problem::Code;
use navi_store::{Change, Expected, Key, Record};
use serde::Serialize;
use serde_json::{Value, json};

use super::claim::person;
use super::{Remember, TRIES, commit, event, lost_races, remember, version_key};
use crate::auth::Caller;
use crate::view::proposal as view;
use crate::{App, Refusal};

/// A setting that was checked against what is in force, and is not yet committed.
pub struct Prepared {
    /// What it changes.
    pub kind: ProposalKind,
    /// What it is about, for people.
    pub about: String,
    /// In which way it is looser.
    pub looser: Vec<String>,
    /// The request, as a proposal keeps it.
    pub request: Value,
    /// Version of what it changes.
    pub base_version: u64,
    /// The row to write.
    pub record: Record,
    /// What happened, and its subject.
    pub event: (EventKind, String),
    /// The new state, for the ledger: an object.
    pub payload: Value,
    /// Rows that were read.
    pub read: Vec<(Key, Expected)>,
}

/// Characters of a reason at most.
const LONGEST_REASON: usize = 2_000;

/// The payload with why, where somebody said so.
pub fn because(mut payload: Value, reason: &str) -> Value {
    if let (Some(fields), false) = (payload.as_object_mut(), reason.trim().is_empty()) {
        fields.insert("reason".into(), reason.trim().chars().take(LONGEST_REASON).collect::<String>().into());
    }
    payload
}

/// The same with every fraction as text: a request may have some, and a ledger's payload has none.
fn without_floats(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => Value::String(number.to_string()),
        Value::Array(items) => items.into_iter().map(without_floats).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, without_floats(value))).collect()
        }
        other => other,
    }
}

/// What became of it.
pub enum Settled {
    /// It is in force.
    Saved,
    /// It waits.
    Proposed(Box<Proposal>),
    /// Another change was first: prepare it again.
    Again,
}

impl Prepared {
    /// The commit that puts it in force.
    fn into_change(self, caller: &Caller, proposal: Option<&Proposal>) -> Change {
        let mut payload = self.payload;
        if let Some(fields) = payload.as_object_mut() {
            fields.insert("looser".into(), self.looser.into());
            if let Some(proposal) = proposal {
                fields.insert("proposed_by".into(), proposal.proposed_by.clone().into());
            }
        }
        let links = [("proposal_id", proposal.map(|p| p.id.as_str()).unwrap_or_default())];
        let (kind, subject) = self.event;
        let change = Change::default().event(event(kind, caller, &subject, &links, payload)).put(self.record);
        self.read.into_iter().fold(change, |change, (key, expected)| change.expect(key, expected))
    }
}

/// Saves what is not looser, or what needs no second person; else proposes it. `saved` is the answer to remember.
///
/// # Errors
/// The store's refusal; then nothing was saved.
pub async fn settle<T: Serialize>(
    app: &App,
    caller: &Caller,
    prepared: Prepared,
    saved: &T,
    key: Option<&Remember>,
) -> Result<Settled, Refusal> {
    let settings = app.store.org_settings().await?.unwrap_or_default();
    let now = app.store.now();
    let (guard, expected) = version_key(Key::OrgSettings, settings.version);
    if prepared.looser.is_empty() || !settings.second_person_for_loosening {
        let change = prepared.into_change(caller, None).expect(guard, expected);
        let done = commit(app, remember(change, key, 200, saved, now)).await?;
        return Ok(if done.is_some() { Settled::Saved } else { Settled::Again });
    }
    let waits = wait(app, caller, prepared, (guard, expected), key).await?;
    Ok(waits.map_or(Settled::Again, |proposal| Settled::Proposed(Box::new(proposal))))
}

/// Proposes it; `None` when another change was first. `guard` is what the need for a second person rests on.
///
/// # Errors
/// The store's refusal; then nothing waits.
pub async fn wait(
    app: &App,
    caller: &Caller,
    prepared: Prepared,
    guard: (Key, Expected),
    key: Option<&Remember>,
) -> Result<Option<Proposal>, Refusal> {
    let now = app.store.now();
    let proposal = Proposal {
        id: app.entropy.id(now)?,
        kind: prepared.kind,
        request: prepared.request,
        about: prepared.about,
        looser: prepared.looser,
        base_version: prepared.base_version,
        proposed_by: caller.user().to_owned(),
        created_at: now,
        status: ProposalStatus::Open,
        decided_by: None,
        decided_at: None,
        version: 0,
    };
    let payload = without_floats(serde_json::to_value(&proposal).unwrap_or_default());
    let change = Change::default()
        .event(event(EventKind::ProposalMade, caller, &proposal.id, &[], payload))
        .put(Record::Proposal(proposal.clone()))
        .expect(guard.0, guard.1);
    let change = remember(change, key, 202, &view::build(&proposal), now);
    Ok(commit(app, change).await?.map(|_| proposal))
}

/// A second person accepts: it is in force with the same commit. Or somebody refuses; who made it may only refuse.
///
/// # Errors
/// `forbidden` for one's own proposal, `already_decided`, and `version_conflict` when what it was made against changed
/// meanwhile: then it is outdated.
pub async fn decide(app: &App, caller: &Caller, id: &str, accept: bool) -> Result<Proposal, Refusal> {
    person(caller)?;
    for _ in 0..TRIES {
        let proposal = app.store.proposal(id).await?.ok_or_else(|| Refusal::not_found("proposal", id))?;
        if proposal.status != ProposalStatus::Open {
            let detail = "Somebody decided about this proposal before, or it is outdated.";
            return Err(Refusal::new(Code::AlreadyDecided, detail));
        }
        if accept && proposal.proposed_by == caller.user() {
            let detail = "You made this proposal; a second person must accept it.";
            return Err(Refusal::new(Code::Forbidden, detail));
        }
        if !accept {
            if let Some(ended) =
                end(app, caller, &proposal, ProposalStatus::Refused, Change::default()).await?
            {
                return Ok(ended);
            }
            continue;
        }
        if proposal.kind == ProposalKind::Erasure {
            let change = super::erasure::agreed(app, caller, &proposal).await?;
            if let Some(ended) = end(app, caller, &proposal, ProposalStatus::Accepted, change).await? {
                return Ok(ended);
            }
            continue;
        }
        match super::prepare(app, &proposal).await {
            Ok(prepared) if prepared.looser.iter().all(|way| proposal.looser.contains(way)) => {
                let change = prepared.into_change(caller, Some(&proposal));
                if let Some(ended) = end(app, caller, &proposal, ProposalStatus::Accepted, change).await? {
                    return Ok(ended);
                }
            }
            Err(refusal) if refusal.code != Code::VersionConflict => return Err(refusal),
            Ok(_) | Err(_) => {
                if end(app, caller, &proposal, ProposalStatus::Outdated, Change::default()).await?.is_some() {
                    let detail = "What this proposal was made against changed meanwhile. It is outdated; \
                                  make the change again.";
                    return Err(Refusal::new(Code::VersionConflict, detail));
                }
            }
        }
    }
    Err(lost_races())
}

/// Ends a proposal in one commit with what it brings; `None` when another change was first.
async fn end(
    app: &App,
    caller: &Caller,
    open: &Proposal,
    status: ProposalStatus,
    change: Change,
) -> Result<Option<Proposal>, Refusal> {
    let ended = Proposal {
        status,
        decided_by: Some(caller.user().to_owned()),
        decided_at: Some(app.store.now()),
        ..open.clone()
    };
    let payload = json!({"status": status, "kind": open.kind, "about": open.about});
    let change = change
        .event(event(EventKind::ProposalDecided, caller, &open.id, &[], payload))
        .put(Record::Proposal(ended.clone()));
    let done = commit(app, change).await?;
    Ok(done.map(|_| Proposal { version: open.version + 1, ..ended }))
}
