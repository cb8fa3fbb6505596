//! What a gate did without the server enters the ledger, in order and once; what cannot be is refused and reported.

use std::collections::BTreeMap;

use navi_domain::action::{Action, Claims};
use navi_domain::bypass::{Bypass, Standing, Wish};
use navi_domain::envelope::contact::GateHead;
use navi_domain::envelope::gate::Gate;
use navi_domain::envelope::issued::{Fate, Issued};
use navi_domain::envelope::returned::{Chain, Concern, Known, Suspicion, compare, take};
use navi_domain::envelope::sha256;
use navi_domain::envelope::spool::{Happened, Spooled};
use navi_domain::event::{Event, EventKind};
use navi_protocol::envelopes::ContactRequest;
use navi_store::{AuditFilter, Change, Entry, Record};
use serde::Deserialize;
use serde_json::{Value, json};

use super::memory::Remembered;
use super::policy_history::payload;
use super::{commit, decide, event};
use crate::auth::Caller;
use crate::rules::voter;
use crate::view::name;
use crate::view::title::title;
use crate::{App, Refusal};

/// Most records of a chain that cannot be that its report carries.
const REPORTED: usize = 50;

/// What became of what a gate brought.
pub enum Brought {
    /// Another change was first.
    Raced,
    /// Everything is in the ledger.
    Whole,
    /// Records from this number on are missing.
    Missing(u64),
    /// Something cannot be; the ledger says so.
    Suspect(String),
}

/// Takes in what is new, all or nothing.
///
/// # Errors
/// The store's refusal; nothing was taken in then.
pub async fn take_in(
    app: &App,
    caller: &Caller,
    gate: &Gate,
    told: &GateHead,
    request: &ContactRequest,
) -> Result<Brought, Refusal> {
    let new = match compare(&gate.head, told, request.from, &request.records) {
        Ok(Chain::New(new)) => new,
        Ok(Chain::Incomplete) => return Ok(Brought::Missing(gate.head.size)),
        Err(suspicion) => return report(app, caller, gate.clone(), told, request, &suspicion, None).await,
    };
    if new.is_empty() {
        return Ok(Brought::Whole);
    }
    let mut taking = Taking {
        app,
        caller,
        gate: gate.clone(),
        envelopes: BTreeMap::new(),
        bypasses: None,
        change: Change::default(),
    };
    for spooled in new {
        if let Err(suspicion) = taking.take(spooled).await? {
            let (gate, change) = taking.done();
            return report(app, caller, gate, told, request, &suspicion, Some(change)).await;
        }
    }
    let (gate, change) = taking.done();
    let known = gate.head.size;
    let change = change.put(Record::Gate(gate));
    if commit(app, change).await?.is_none() {
        return Ok(Brought::Raced);
    }
    Ok(if known < told.size { Brought::Missing(known) } else { Brought::Whole })
}

/// Writes down what cannot be; and what was good before it.
async fn report(
    app: &App,
    caller: &Caller,
    mut gate: Gate,
    told: &GateHead,
    request: &ContactRequest,
    suspicion: &Suspicion,
    good: Option<Change>,
) -> Result<Brought, Refusal> {
    let why = suspicion.to_string();
    // Once, and again when more was done since.
    let before = gate.suspicions.iter().filter_map(|s| s.split(':').next()?.parse::<u64>().ok()).max();
    let done = |s: &Spooled| matches!(s.record.happened, Happened::Opened { .. } | Happened::Ran { .. });
    if before.is_some_and(|size| !request.records.iter().any(|s| s.record.seq >= size && done(s))) {
        return Ok(Brought::Suspect(why));
    }
    let brought: Vec<&Spooled> = request.records.iter().take(REPORTED).collect();
    let payload = json!({
        "why": why, "gate": gate.name, "user": gate.user,
        "known": {"size": gate.head.size, "hash": gate.head.hash}, "said": told, "brought": brought,
        "left_out": request.records.len().saturating_sub(REPORTED), "told": everybody(app).await?,
    });
    gate.suspicions.push(format!("{}:{}", told.size, told.hash));
    let change = good
        .unwrap_or_default()
        .event(event(EventKind::GateSuspected, caller, &gate.id, &[("gate_id", gate.id.as_str())], payload))
        .put(Record::Gate(gate));
    Ok(if commit(app, change).await?.is_some() { Brought::Suspect(why) } else { Brought::Raced })
}

/// Everybody who decides anything is told.
async fn everybody(app: &App) -> Result<Vec<String>, Refusal> {
    let mut people = Vec::new();
    for person in app.store.users().await? {
        if voter(app, &person.id).await?.is_some() {
            people.push(person.id);
        }
    }
    Ok(people)
}

/// Records in the course of being taken in.
struct Taking<'a> {
    app: &'a App,
    caller: &'a Caller,
    gate: Gate,
    /// Envelopes that were read, and whether they changed.
    envelopes: BTreeMap<String, (Issued, bool)>,
    /// The bypasses that matter, once an opening made one more.
    bypasses: Option<Standing>,
    change: Change,
}

impl Taking<'_> {
    /// The gate as it is known now, and what is to be committed with it.
    fn done(self) -> (Gate, Change) {
        let changed = self.envelopes.into_values().filter(|(_, changed)| *changed);
        let change = changed.fold(self.change, |change, (issued, _)| change.put(Record::Envelope(issued)));
        (self.gate, self.bypasses.into_iter().fold(change, |change, all| change.put(Record::Bypasses(all))))
    }

    async fn take(&mut self, spooled: &Spooled) -> Result<Result<(), Suspicion>, Refusal> {
        let id = &spooled.record.envelope_id;
        if !self.envelopes.contains_key(id)
            && let Some(issued) = self.app.store.envelope(id).await?
        {
            self.envelopes.insert(id.clone(), (issued, false));
        }
        let issued = self.envelopes.get(id).map(|(issued, _)| issued);
        let (device_revoked, policy_hash) = match issued {
            Some(issued) => (self.device_revoked(issued).await?, self.policy_of(issued).await?),
            None => (false, String::new()),
        };
        let known = Known { issued, device_revoked, policy_hash: &policy_hash, now: self.app.store.now() };
        let (head, concerns) = match take(&self.gate.head, spooled, &self.gate, known) {
            Ok(taken) => taken,
            Err(suspicion) => return Ok(Err(suspicion)),
        };
        self.gate.head = head;
        self.record(spooled, &concerns).await?;
        Ok(Ok(()))
    }

    async fn device_revoked(&self, issued: &Issued) -> Result<bool, Refusal> {
        let device = self.app.store.device(&issued.device_id).await?;
        Ok(device.is_none_or(|d| d.revoked_at.is_some()))
    }

    async fn policy_of(&self, issued: &Issued) -> Result<String, Refusal> {
        let repo = match &issued.envelope.scope {
            navi_domain::bypass::BypassScope::Repo(repo) => Some(repo.as_str()),
            _ => None,
        };
        Ok(decide::grounds(self.app, &self.gate.user, repo).await?.policy_hash)
    }

    async fn record(&mut self, spooled: &Spooled, concerns: &[Concern]) -> Result<(), Refusal> {
        let id = spooled.record.envelope_id.clone();
        let mut payload = json!({"spooled": spooled, "gate": self.gate.name});
        let kind = match &spooled.record.happened {
            Happened::Opened { .. } => {
                let concerns: Vec<String> = concerns.iter().map(ToString::to_string).collect();
                self.opened(spooled, &mut payload, concerns).await?;
                EventKind::EnvelopeOpened
            }
            Happened::Ran { .. } => {
                self.ran(spooled, &mut payload).await?;
                EventKind::EnvelopeUsed
            }
            Happened::Finished { .. } => EventKind::EnvelopeRunEnded,
            Happened::Refused { .. } => EventKind::EnvelopeRefused,
            Happened::Ended => EventKind::EnvelopeEnded,
        };
        let digest = match &spooled.record.happened {
            Happened::Ran { digest } => digest.as_str(),
            _ => "",
        };
        let links = [
            ("envelope_id", id.as_str()),
            ("bypass_id", &id),
            ("gate_id", &self.gate.id),
            ("digest", digest),
        ];
        let told: Event = event(kind, self.caller, &id, &links, payload);
        self.change = std::mem::take(&mut self.change).event(told);
        Ok(())
    }

    /// An opening is a bypass. It ended when the server answered again, if not before, and waits for its review.
    async fn opened(
        &mut self,
        spooled: &Spooled,
        payload: &mut Value,
        concerns: Vec<String>,
    ) -> Result<(), Refusal> {
        let Happened::Opened { ends_at, opening, .. } = &spooled.record.happened else { return Ok(()) };
        let (now, at, id) = (self.app.store.now(), spooled.record.at, &spooled.record.envelope_id);
        let Some((issued, changed)) = self.envelopes.get_mut(id) else { return Ok(()) };
        issued.fate = Fate::Opened { at, told_at: now };
        *changed = true;
        let wish = Wish {
            scope: issued.envelope.scope.clone(),
            incident: opening.incident.clone(),
            reason: opening.reason.clone(),
            minutes: issued.envelope.minutes,
        };
        let mut bypass = Bypass::opened(id.clone(), &issued.holder, wish, id.clone(), (at, *ends_at));
        bypass.ask_sha256 = sha256(&opening.bytes()?);
        let bypass = bypass.ended("system", now).unwrap_or_else(|_| bypass.at(now));
        set(payload, "holder", json!(issued.holder));
        set(payload, "covers", json!(issued.envelope.scope.describe()));
        set(payload, "concerns", json!(concerns));
        set(payload, "told", json!(everybody(self.app).await?));
        set(payload, "bypass", json!(bypass));
        let standing = match self.bypasses.take() {
            Some(standing) => standing,
            None => self.app.store.bypasses().await?.unwrap_or_default(),
        };
        self.bypasses = Some(standing.adding(bypass));
        Ok(())
    }

    /// What ran, in words, with what would have been decided about it now.
    async fn ran(&self, spooled: &Spooled, payload: &mut Value) -> Result<(), Refusal> {
        let Some(action) = spooled.material.clone().and_then(|m| serde_json::from_value::<Action>(m).ok())
        else {
            return Ok(());
        };
        let grounds = decide::grounds(self.app, &self.gate.user, action.repo.as_deref()).await?;
        let what = title(&action);
        let ids = (self.app.entropy.id(self.app.store.now())?, self.app.entropy.bytes()?, spooled.record.at);
        let asked = decide::Asked { action, claims: Claims::default(), request_key: None };
        let record = decide::decide(self.app, self.caller, asked, &grounds, &Remembered::default(), ids)?;
        set(payload, "title", json!(what));
        set(payload, "would", json!(record.decision));
        set(payload, "risk_score", json!(record.assessment.score));
        set(payload, "level", json!(record.assessment.level));
        Ok(())
    }
}

#[derive(Deserialize)]
struct Said {
    spooled: Spooled,
}

/// How a run under an envelope ended, as far as its gate told: `started`, `succeeded`, `failed` or `unknown`.
///
/// # Errors
/// The store's refusal.
pub async fn end_of(app: &App, used: &Entry) -> Result<String, Refusal> {
    let Some(Said { spooled: ran }) = payload(used) else { return Ok("unknown".to_owned()) };
    let filter = AuditFilter {
        kind: vec![EventKind::EnvelopeRunEnded],
        subject: Some(ran.record.envelope_id.clone()),
        limit: 500,
        ..AuditFilter::default()
    };
    let ends = app.store.audit(&filter).await?.items;
    let end = ends.iter().filter_map(payload::<Said>).find_map(|said| match said.spooled.record.happened {
        Happened::Finished { ran: of, status, .. } if of == ran.record.seq => Some(status),
        _ => None,
    });
    Ok(end.map_or_else(|| "started".to_owned(), |status| name(&status)))
}

fn set(payload: &mut Value, name: &str, value: Value) {
    if let Some(fields) = payload.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
