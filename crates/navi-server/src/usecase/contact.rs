//! A gate that is known by its key is in contact: it brings what it recorded without the server, and hears what it must
//! know to judge envelopes without it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::bypass::BypassScope;
use navi_domain::envelope::contact::{Contact, GateHead, handover_bytes};
use navi_domain::envelope::gate::Gate;
use navi_domain::envelope::issued::{Fate, Issued, held_back};
use navi_domain::envelope::sha256;
use navi_domain::evidence::verifies;
use navi_domain::people::Right;
use navi_protocol::envelopes::{ContactRequest, ContactView, HandoverOfKey};
use navi_protocol::problem::Code;

use super::returned::{self, Brought};
use super::{TRIES, decide, lost_races};
use crate::auth::Caller;
use crate::http::gates::records_pending;
use crate::view::envelope as view;
use crate::{App, Refusal};

/// Most records of one contact; a gate sends the rest in the next.
const MOST: usize = 500;

/// Takes in what a gate brings, and tells it what holds now.
///
/// # Errors
/// `not_found` for a gate of another credential; `invalid` for a head that the gate did not sign, or too many records.
pub async fn contact(
    app: &App,
    caller: &Caller,
    id: &str,
    request: &ContactRequest,
) -> Result<ContactView, Refusal> {
    if request.records.len() > MOST {
        return Err(Refusal::new(Code::Invalid, format!("{MOST} records are the most at once.")));
    }
    let told =
        GateHead { gate_id: id.to_owned(), size: request.size, hash: request.hash.clone(), at: request.at };
    for _ in 0..TRIES {
        let gate = own(app, caller, id).await?;
        let signature = hex::decode(&request.signature).unwrap_or_default();
        if !verifies(&gate.key, &told.bytes()?, &signature) {
            return Err(Refusal::new(Code::Invalid, "The gate did not sign what it says of itself."));
        }
        let brought = returned::take_in(app, caller, &gate, &told, request).await?;
        let (reported, resend_from) = match brought {
            Brought::Raced => continue,
            Brought::Whole => (None, None),
            Brought::Missing(from) => (None, Some(from)),
            Brought::Suspect(why) => (Some(why), None),
        };
        let gate = own(app, caller, id).await?;
        return answer(app, &gate, reported, resend_from).await;
    }
    Err(lost_races())
}

async fn own(app: &App, caller: &Caller, id: &str) -> Result<Gate, Refusal> {
    let gate = app.store.gate(id).await?;
    let own = gate.filter(|gate| gate.is_of(caller.user(), caller.token.agent.as_deref()));
    own.ok_or_else(|| Refusal::not_found("gate", id))
}

async fn answer(
    app: &App,
    gate: &Gate,
    reported: Option<String>,
    resend_from: Option<u64>,
) -> Result<ContactView, Refusal> {
    let News { contact, sealed } = news(app, gate).await?;
    let (key, now) = (app.notary.envelope_key(), app.store.now());
    let bytes = contact.bytes()?;
    let handover = app.notary.old_envelope_key(now).map(|old| HandoverOfKey {
        signature: hex::encode(old.sign(&handover_bytes(&contact.origin, &key.public_key()))),
        old_key: old.public_key(),
    });
    Ok(ContactView {
        contact: STANDARD.encode(&bytes),
        signature: hex::encode(key.sign(&bytes)),
        server_key: key.public_key(),
        handover,
        envelopes: sealed.iter().map(|issued| view::build(issued, &gate.name, now)).collect(),
        reported,
        resend_from,
    })
}

/// What a gate hears.
struct News {
    contact: Contact,
    /// Envelopes that it could open.
    sealed: Vec<Issued>,
}

async fn news(app: &App, gate: &Gate) -> Result<News, Refusal> {
    let (now, head) = (app.store.now(), app.store.head().await?);
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let key = app.notary.envelope_key().public_key();
    let (mut revoked_keys, mut revoked_envelopes, mut sealed) =
        (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for issued in app.store.envelopes(Some(&gate.id), now).await? {
        let device = app.store.device(&issued.device_id).await?;
        if device.is_none_or(|d| d.revoked_at.is_some()) {
            revoked_keys.insert(issued.envelope.holder_key.clone());
        }
        let holder = app.store.user(&issued.holder).await?;
        let may = holder.is_some_and(|h| rules.may(&h.id, h.role, Right::Bypass));
        match issued.fate {
            Fate::Revoked { .. } => {
                revoked_envelopes.insert(issued.envelope.id);
            }
            // Who may no longer break the glass opens nothing, nor who did and was not looked at.
            Fate::Sealed
                if !may
                    || held_back(&rules.bypasses, &issued.holder, &issued.envelope.scope, now).is_some() =>
            {
                revoked_envelopes.insert(issued.envelope.id);
            }
            Fate::Sealed if issued.server_key == key => sealed.push(issued),
            Fate::Sealed | Fate::Opened { .. } => {}
        }
    }
    // Read anew: no commit would notice that what was kept of it is old.
    let grounds = decide::grounds_under(app, rules.clone(), &gate.user, None, true).await?;
    let mut blocked: BTreeSet<_> = grounds.policy.blocked_actions.iter().cloned().collect();
    let mut repo_policies = BTreeMap::new();
    for issued in &sealed {
        let BypassScope::Repo(repo) = &issued.envelope.scope else { continue };
        if !repo_policies.contains_key(repo) {
            let here = decide::grounds_under(app, rules.clone(), &gate.user, Some(repo), true).await?;
            blocked.extend(here.policy.blocked_actions.iter().cloned());
            repo_policies.insert(repo.clone(), here.policy_hash);
        }
    }
    let contact = Contact {
        gate_id: gate.id.clone(),
        origin: head.origin,
        org: app.store.org().to_owned(),
        user: gate.user.clone(),
        agent: gate.agent.clone(),
        policy_hash: grounds.policy_hash,
        repo_policies,
        blocked: blocked.into_iter().collect(),
        frozen: rules.freezes.live().map(|freeze| freeze.scope.clone()).collect(),
        revoked_keys,
        revoked_envelopes,
        suspected: gate.suspected(),
        known: gate.head.size,
        at: now,
    };
    Ok(News { contact, sealed })
}

/// What a gate says of itself with another request (`GATE_ID SIZE HASH`): a word that changes whenever it should be in
/// contact. `None`: the server does not know such a gate.
///
/// # Errors
/// `records_pending` while the gate has records that did not come.
pub async fn at_hand(app: &App, said: &str) -> Result<Option<String>, Refusal> {
    let mut words = said.split(' ');
    let (Some(id), Some(size)) = (words.next(), words.next().and_then(|s| s.parse::<u64>().ok())) else {
        return Err(Refusal::new(Code::BadRequest, "navi-gate is GATE_ID SIZE HASH."));
    };
    let hash = words.next().unwrap_or_default();
    let Some(gate) = app.store.gate(id).await? else { return Ok(None) };
    if !gate.suspected() {
        if size > gate.head.size {
            return Err(records_pending());
        }
        if size < gate.head.size || hash != gate.head.hash {
            // It must show its records: they are compared there, with its signature.
            return Ok(Some("compare".to_owned()));
        }
    }
    let News { contact, sealed } = news(app, &gate).await?;
    let mut text = contact.gist().bytes()?;
    for issued in &sealed {
        text.extend_from_slice(issued.envelope.id.as_bytes());
    }
    text.extend_from_slice(app.notary.envelope_key().public_key().as_bytes());
    Ok(Some(sha256(&text).chars().take(16).collect()))
}
