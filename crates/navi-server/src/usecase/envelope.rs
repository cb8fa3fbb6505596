//! Envelopes are handed out and taken back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::bypass::BypassScope;
use navi_domain::envelope::gate::Gate;
use navi_domain::envelope::issued::{Fate, IssueFault, Issued, Want, held_back, may_issue};
use navi_domain::envelope::{Envelope, LONGEST_LIFE};
use navi_domain::event::EventKind;
use navi_domain::people::{Device, Right};
use navi_protocol::envelopes::{EnvelopeRequest, EnvelopeView};
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::{TRIES, commit, decide, event, lost_races, version_key};
use crate::auth::Caller;
use crate::view::envelope as view;
use crate::{App, Refusal};

impl From<IssueFault> for Refusal {
    fn from(fault: IssueFault) -> Self {
        let code = match &fault {
            IssueFault::Minutes { .. } | IssueFault::Hours | IssueFault::Scope => Code::Invalid,
            IssueFault::Alone | IssueFault::Device => Code::Forbidden,
            IssueFault::Unreviewed(_) => Code::BypassUnreviewed,
            IssueFault::HeldTooMany | IssueFault::TooMany | IssueFault::Suspected => Code::NotGrantable,
        };
        Self::new(code, format!("No envelope was handed out: {fault}."))
    }
}

/// Those whose life ended at most seven days ago, oldest first.
///
/// # Errors
/// The store's refusal.
pub async fn list(app: &App) -> Result<Vec<EnvelopeView>, Refusal> {
    let now = app.store.now();
    let gates = app.store.gates().await?;
    let names: BTreeMap<&str, &str> = gates.iter().map(|g| (g.id.as_str(), g.name.as_str())).collect();
    let found = app.store.envelopes(None, now - LONGEST_LIFE).await?;
    let named = |issued: &Issued| names.get(issued.envelope.gate_id.as_str()).copied().unwrap_or_default();
    Ok(found.iter().map(|issued| view::build(issued, named(issued), now)).collect())
}

/// Hands one out.
///
/// # Errors
/// [`IssueFault`] as a refusal; `forbidden` for a holder who may not break the glass; `not_found`.
pub async fn issue(app: &App, caller: &Caller, request: &EnvelopeRequest) -> Result<(Issued, Gate), Refusal> {
    for _ in 0..TRIES {
        if let Some(made) = attempt(app, caller, request).await? {
            return Ok(made);
        }
    }
    Err(lost_races())
}

async fn attempt(
    app: &App,
    caller: &Caller,
    request: &EnvelopeRequest,
) -> Result<Option<(Issued, Gate)>, Refusal> {
    let gate = app.store.gate(&request.gate_id).await?;
    let gate = gate.ok_or_else(|| Refusal::not_found("gate", &request.gate_id))?;
    if gate.suspected() {
        return Err(IssueFault::Suspected.into());
    }
    let (now, head) = (app.store.now(), app.store.head().await?);
    let device = device_of(app, request).await?;
    let scope = match request.scope.as_str() {
        "repo" => BypassScope::Repo(request.name.trim().to_owned()),
        "agent" => BypassScope::Agent(request.name.trim().to_owned()),
        _ => return Err(IssueFault::Scope.into()),
    };
    let repo = match &scope {
        BypassScope::Repo(repo) => Some(repo.as_str()),
        _ => None,
    };
    let grounds = decide::grounds(app, &gate.user, repo).await?;
    let live = app.store.envelopes(None, now).await?;
    let sealed = live.iter().filter(|e| e.sealed(now));
    let held = sealed.clone().filter(|e| e.holder == device.user).count();
    let want = Want { scope: scope.clone(), minutes: request.minutes, hours: request.hours };
    let limits = grounds.rules.settings.bypass;
    if let Some(earlier) = held_back(&grounds.rules.bypasses, &device.user, &scope, now) {
        return Err(IssueFault::Unreviewed(earlier.id.clone()).into());
    }
    let not_after = may_issue(&want, (caller.user(), &device), limits, (held, sealed.count()), now)?;
    let envelope = Envelope {
        id: app.entropy.id(now)?,
        origin: head.origin,
        org: app.store.org().to_owned(),
        gate_id: gate.id.clone(),
        holder_key: device.step_up_key.clone().unwrap_or_default(),
        scope,
        minutes: request.minutes,
        not_after,
        policy_hash: grounds.policy_hash.clone(),
    };
    let (key, bytes) = (app.notary.envelope_key(), envelope.bytes()?);
    let issued = Issued {
        signature: hex::encode(key.sign(&bytes)),
        server_key: key.public_key(),
        envelope,
        holder: device.user.clone(),
        device_id: device.id.clone(),
        issued_by: caller.user().to_owned(),
        issued_at: now,
        fate: Fate::Sealed,
        version: 0,
    };
    let payload = json!({
        "envelope": STANDARD.encode(&bytes), "signature": issued.signature, "server_key": issued.server_key,
        "holder": issued.holder, "device_id": issued.device_id, "issued_by": issued.issued_by,
    });
    let id = issued.envelope.id.clone();
    let links = [("envelope_id", id.as_str()), ("gate_id", &gate.id), ("device_id", &device.id)];
    let mut change = Change::default()
        .event(event(EventKind::EnvelopeIssued, caller, &id, &links, payload))
        .put(Record::Envelope(issued.clone()));
    let rested = [
        version_key(navi_store::Key::Device(device.id.clone()), device.version),
        version_key(navi_store::Key::Gate(gate.id.clone()), gate.version),
    ];
    for (key, expected) in grounds.read.into_iter().chain(rested) {
        change = change.expect(key, expected);
    }
    Ok(commit(app, change).await?.map(|_| (issued, gate)))
}

/// The holder's device, if the holder may break the glass.
async fn device_of(app: &App, request: &EnvelopeRequest) -> Result<Device, Refusal> {
    let holder = app.store.user(&request.holder).await?;
    let holder = holder.ok_or_else(|| Refusal::not_found("person", &request.holder))?;
    let rules = app.rules.newest(app.store.as_ref()).await?;
    if !rules.may(&holder.id, holder.role, Right::Bypass) {
        let detail = format!("{} may not break the glass, so holds no envelope.", holder.id);
        return Err(Refusal::new(Code::Forbidden, detail));
    }
    let good = |d: &&Device| {
        d.step_up_key.is_some() && d.confirmed_at.is_some() && d.revoked_at.is_none() && !d.shared
    };
    let devices = app.store.devices(Some(&holder.id)).await?;
    let found = match &request.device_id {
        Some(id) => devices.iter().find(|d| d.id == *id),
        None => devices.iter().filter(good).max_by_key(|d| d.enrolled_at),
    };
    found.cloned().ok_or_else(|| IssueFault::Device.into())
}

/// Takes one back.
///
/// # Errors
/// `not_found`; `already_ended` when it was opened, taken back or has expired.
pub async fn revoke(app: &App, caller: &Caller, id: &str) -> Result<Issued, Refusal> {
    for _ in 0..TRIES {
        let issued = app.store.envelope(id).await?.ok_or_else(|| Refusal::not_found("envelope", id))?;
        let Some(revoked) = issued.revoked(caller.user(), app.store.now()) else {
            let detail = "It was opened or taken back already, or it has expired.";
            return Err(Refusal::new(Code::AlreadyEnded, detail));
        };
        let links = [("envelope_id", id), ("gate_id", issued.envelope.gate_id.as_str())];
        let payload = json!({"by": caller.user()});
        let change = Change::default()
            .event(event(EventKind::EnvelopeRevoked, caller, id, &links, payload))
            .put(Record::Envelope(revoked.clone()));
        if commit(app, change).await?.is_some() {
            return Ok(revoked);
        }
    }
    Err(lost_races())
}
