//! What is known about bypasses: those that matter, those that are over, what ran by each, and whom one concerns.

use std::collections::BTreeSet;

use navi_domain::UtcMicros;
use navi_domain::bypass::{Bypass, MINUTES, SHORTEST_REASON, SOLO_WAIT, WRONG_NUMBERS};
use navi_domain::event::{EventKind, Leaf};
use navi_domain::execution::ExecutionStatus;
use navi_domain::oncall::line::Reach;
use navi_domain::oncall::rota;
use navi_domain::people::{Right, Role, User};
use navi_domain::words::{Phrase, phrases};
use navi_protocol::bypass::{BypassDetail, BypassLimitsView, BypassList, BypassRun, ConfirmerView};
use navi_protocol::words::Worded;
use navi_store::{AuditFilter, Entry};
use serde::Deserialize;

use crate::auth::Caller;
use crate::usecase::policy_history::payload;
use crate::usecase::returned;
use crate::view::{bypass as view, evaluation, name, score, title};
use crate::{App, Refusal};

/// Closed bypasses that are listed.
const CLOSED: usize = 50;
/// Runs of one bypass that are listed.
const RUNS: usize = 500;

/// What no bypass lifts.
const STAYS: [Phrase; 4] =
    [phrases::STAYS_POLICY, phrases::STAYS_GUARDRAIL, phrases::STAYS_FREEZE, phrases::STAYS_REJECTED];

/// Everything about bypasses for one person.
///
/// # Errors
/// The store's refusal.
pub async fn list(app: &App, caller: &Caller) -> Result<BypassList, Refusal> {
    let now = app.store.now();
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let mut open = Vec::new();
    for bypass in &rules.bypasses.bypasses {
        let bypass = bypass.at(now);
        if bypass.open(now) {
            let runs = runs_of(app, &bypass.id).await?;
            open.push(view::build(app, caller, &bypass, runs, now));
        }
    }
    let filter = AuditFilter {
        kind: vec![EventKind::BypassReviewed, EventKind::BypassLapsed],
        limit: CLOSED,
        ..AuditFilter::default()
    };
    let mut closed = Vec::new();
    for entry in app.store.audit(&filter).await?.items {
        let Some(Said { bypass }) = payload(&entry) else { continue };
        let runs = runs_of(app, &bypass.id).await?;
        closed.push(view::build(app, caller, &bypass, runs, now));
    }
    let limits = rules.settings.bypass;
    let people = app.store.users().await?;
    let present = app.presence.people();
    let others = people.iter().filter(|user| user.id != caller.user());
    let confirmers = others
        .clone()
        .filter(|user| super::on_call(&rules, user))
        .map(|user| ConfirmerView { user: user.id.clone(), present: present.contains(&user.id) });
    let told = others.filter(|user| rules.may(&user.id, user.role, Right::Vote)).map(|user| user.id.clone());
    let may_not = may_not(app, caller).await?;
    Ok(BypassList {
        open,
        closed,
        limits: BypassLimitsView {
            minutes: MINUTES.into_iter().filter(|minutes| *minutes <= limits.most_minutes).collect(),
            solo: limits.solo,
            solo_wait_secs: u32::try_from(SOLO_WAIT / navi_domain::SECOND).unwrap_or(u32::MAX),
            shortest_reason: u32::try_from(SHORTEST_REASON).unwrap_or(u32::MAX),
            wrong_numbers: WRONG_NUMBERS,
        },
        may_ask: may_not.is_none(),
        may_not_because: may_not.map(|why| why.english.to_owned()),
        stays_blocked: STAYS.iter().map(|what| what.english.to_owned()).collect(),
        words: STAYS.iter().chain(&may_not).map(|phrase| Worded::from(&phrase.plain())).collect(),
        told: told.collect(),
        confirmers: confirmers.collect(),
        server_time: now,
    })
}

/// One bypass with what ran by it.
///
/// # Errors
/// `not_found`; the store's refusal.
pub async fn detail(app: &App, caller: &Caller, id: &str) -> Result<BypassDetail, Refusal> {
    let now = app.store.now();
    let known = app.store.bypasses().await?.unwrap_or_default().find(id).map(|bypass| bypass.at(now));
    let bypass = match known {
        Some(bypass) => bypass,
        None => closed(app, id).await?.ok_or_else(|| Refusal::not_found("bypass", id))?,
    };
    let mut runs = Vec::new();
    for entry in used(app, id, RUNS).await? {
        runs.extend(run(app, &entry).await?);
    }
    runs.reverse();
    let count = runs_of(app, id).await?;
    Ok(BypassDetail { bypass: view::build(app, caller, &bypass, count, now), runs, server_time: now })
}

/// How many actions ran by a bypass.
///
/// # Errors
/// The store's refusal.
pub async fn runs_of(app: &App, id: &str) -> Result<u64, Refusal> {
    Ok(used(app, id, usize::MAX).await?.len() as u64)
}

/// Who would have been asked and is not: everybody who votes, without the two of its beginning.
///
/// # Errors
/// The store's refusal.
pub async fn skipped(app: &App, bypass: &Bypass) -> Result<Vec<String>, Refusal> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let with = view::second(bypass);
    let skipped = |user: &User| {
        user.id != bypass.by && with != Some(user.id.as_str()) && rules.may(&user.id, user.role, Right::Vote)
    };
    Ok(app.store.users().await?.iter().filter(|user| skipped(user)).map(|user| user.id.clone()).collect())
}

/// Everybody whom the line reaches now; without a line everybody who is on call or administers.
///
/// # Errors
/// The store's refusal.
pub async fn line(app: &App, bypass: &Bypass, now: UtcMicros) -> Result<Vec<String>, Refusal> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let book = app.store.on_call().await?.unwrap_or_default();
    let people = app.store.users().await?;
    let mut reached: BTreeSet<String> = BTreeSet::new();
    for step in &book.line.steps {
        match &step.reach {
            Reach::Schedule(id) => {
                let turn = book.schedule(id).and_then(|schedule| rota::on_call(schedule, now));
                reached.extend(turn.map(|(user, _)| user.to_owned()));
            }
            Reach::User(user) => {
                reached.insert(user.clone());
            }
            Reach::Role(role) => {
                reached.extend(people.iter().filter(|u| u.role == *role).map(|u| u.id.clone()));
            }
        }
    }
    if book.line.steps.is_empty() {
        let owner = |user: &&User| super::on_call(&rules, user) || user.role == Role::Admin;
        reached.extend(people.iter().filter(owner).map(|user| user.id.clone()));
    }
    reached.remove(&bypass.by);
    Ok(reached.into_iter().collect())
}

#[derive(Deserialize)]
struct Said {
    bypass: Bypass,
}

#[derive(Deserialize)]
struct Used {
    would: Option<navi_domain::decision::Decision>,
    #[serde(default)]
    skipped: Vec<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    risk_score: u16,
    #[serde(default)]
    level: Option<navi_domain::risk::Level>,
}

/// The newest state that the record tells of a bypass that left the row.
async fn closed(app: &App, id: &str) -> Result<Option<Bypass>, Refusal> {
    let filter = AuditFilter {
        kind: vec![EventKind::BypassReviewed, EventKind::BypassLapsed],
        subject: Some(id.to_owned()),
        limit: 1,
        ..AuditFilter::default()
    };
    let found = app.store.audit(&filter).await?.items;
    Ok(found.first().and_then(payload::<Said>).map(|said| said.bypass))
}

/// The entries of what ran by a bypass, or under the envelope that it was opened from, newest first.
async fn used(app: &App, id: &str, most: usize) -> Result<Vec<Entry>, Refusal> {
    let mut filter = AuditFilter {
        kind: vec![EventKind::BypassUsed, EventKind::EnvelopeUsed],
        subject: Some(id.to_owned()),
        limit: most.min(RUNS),
        ..AuditFilter::default()
    };
    let mut all = Vec::new();
    loop {
        let page = app.store.audit(&filter).await?;
        all.extend(page.items);
        match page.next.filter(|_| all.len() < most) {
            Some(next) => filter.cursor = Some(next),
            None => return Ok(all),
        }
    }
}

async fn run(app: &App, entry: &Entry) -> Result<Option<BypassRun>, Refusal> {
    let Ok(leaf) = serde_json::from_slice::<Leaf>(&entry.leaf) else { return Ok(None) };
    // What ran without the server was decided by none, and is known by its digest.
    let named = leaf.links.get("action_id").or_else(|| leaf.links.get("digest"));
    let Some(action_id) = named.cloned() else { return Ok(None) };
    let said: Option<Used> = payload(entry);
    let record = app.store.decision(&action_id).await?;
    let permit = match record.as_ref().and_then(|r| r.permit_id.clone()) {
        Some(id) => app.store.permit(&id).await?,
        None => None,
    };
    let execution = match permit.as_ref().and_then(|p| p.execution_id.clone()) {
        Some(id) => app.store.execution(&id).await?,
        None => None,
    };
    let outcome = match (&execution, &permit) {
        (Some(run), _) if run.status == ExecutionStatus::Started => "started".to_owned(),
        (Some(run), _) => name(&run.status),
        (None, Some(permit)) => name(&permit.status),
        (None, None) if leaf.kind == EventKind::EnvelopeUsed => returned::end_of(app, entry).await?,
        (None, None) => "unknown".to_owned(),
    };
    let would = said.as_ref().and_then(|said| said.would.clone());
    let words = record.as_ref().filter(|record| record.erased_at.is_none()).map(|record| {
        let mut words = evaluation::worded(record, []);
        words.extend(title::worded(&record.action));
        words
    });
    Ok(Some(BypassRun {
        words: words.unwrap_or_default(),
        action_id,
        ledger_index: entry.index,
        at: leaf.at,
        actor: entry.actor.clone(),
        user: record.as_ref().map_or_else(|| entry.actor.clone(), |r| r.action.on_behalf_of.clone()),
        title: match (&record, &said) {
            (Some(record), _) if record.erased_at.is_none() => title::title(&record.action),
            (_, Some(said)) => said.title.clone(),
            _ => String::new(),
        },
        level: said.as_ref().and_then(|said| said.level).map(|l| l.as_str().to_owned()).unwrap_or_default(),
        risk_score: score(said.as_ref().map_or(0, |said| said.risk_score)),
        would_be: would.as_ref().map_or("APPROVAL", |w| w.verdict.as_str()).to_owned(),
        would_rule: would.as_ref().map(|w| w.rule.clone()).unwrap_or_default(),
        would_reasons: would.map(|w| w.reasons).unwrap_or_default(),
        skipped: said.map(|said| said.skipped).unwrap_or_default(),
        outcome,
        execution_id: execution.map(|run| run.id),
    }))
}

/// Why this credential may not ask; `None`: it may.
async fn may_not(app: &App, caller: &Caller) -> Result<Option<Phrase>, Refusal> {
    if !caller.has(Right::Bypass) {
        return Ok(Some(phrases::ONLY_ON_CALL));
    }
    let device = match caller.token.device_id.as_deref() {
        Some(id) => app.store.device(id).await?,
        None => None,
    };
    Ok(match device {
        None => Some(phrases::TAKES_DEVICE),
        Some(device) if !device.ceiling().needs_step_up() => Some(phrases::TAKES_STEP_UP),
        Some(device) if device.confirmed_at.is_none() => Some(phrases::TAKES_CONFIRMED),
        Some(_) => None,
    })
}
