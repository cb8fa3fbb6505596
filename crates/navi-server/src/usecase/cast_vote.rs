//! A person decides: the signature is verified over the bytes received, counted, and kept verbatim.

mod standing;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::approval::{Approval, ApprovalStatus, CountedVote, VoteRefusal};
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::event::EventKind;
use navi_domain::evidence::{self, KeyPurpose};
use navi_domain::people::Device;
use navi_domain::vote::{Vote, VoteVerdict};
use navi_protocol::approvals::{VoteRequest, VoteResponse};
use navi_protocol::problem::Code;
use navi_store::change::SignedVote;
use navi_store::{Change, Record};
use serde_json::{Value, json};

use self::standing::Stands;
use super::{
    Remember, TRIES, commit, decide, evaluate, event, expire, grant, lost_races, remember, system_event,
};
use crate::auth::Caller;
use crate::view::approval as view;
use crate::{App, Refusal};

/// A vote whose signature was verified.
struct Opened {
    vote: Vote,
    purpose: KeyPurpose,
    bytes: Vec<u8>,
    signature: Vec<u8>,
    reason: String,
}

/// Casts a vote.
///
/// # Errors
/// A refusal; a vote with a good signature that has no effect is recorded as such.
pub async fn cast_vote(
    app: &App,
    caller: &Caller,
    approval_id: &str,
    request: &VoteRequest,
    key: Option<&Remember>,
) -> Result<VoteResponse, Refusal> {
    for _ in 0..TRIES {
        if let Some(answer) = attempt(app, caller, approval_id, request, key).await? {
            return Ok(answer);
        }
    }
    Err(lost_races())
}

async fn attempt(
    app: &App,
    caller: &Caller,
    approval_id: &str,
    request: &VoteRequest,
    key: Option<&Remember>,
) -> Result<Option<VoteResponse>, Refusal> {
    let device = voting_device(app, caller).await?;
    let approval = expire::current(app, approval_id)
        .await?
        .ok_or_else(|| Refusal::not_found("approval", approval_id))?;
    let record = decision_of(app, &approval).await?;
    let opened = open(app, &device, request).await?;
    let approval = match on_current_policy(app, &approval, &record).await? {
        Some(approval) => approval,
        None => return Ok(None),
    };
    let now = app.store.now();
    let stands = Stands::read(app, &approval, &device, request.for_user.as_deref(), now).await?;
    let counted = if opened.vote.approval_id == approval_id {
        let standing = stands.standing();
        approval.cast_as(&opened.vote, opened.purpose, &device, &opened.reason, &standing, now)
    } else {
        Err(VoteRefusal::WrongTarget)
    };
    let counted = match counted {
        Ok(_) if !allowed(app, &approval, &record, &device, &opened.vote).await? => {
            Err(VoteRefusal::NotAllowed)
        }
        counted => counted,
    };
    let settings = app.store.org_settings().await?.unwrap_or_default();
    let unreasoned = opened.vote.verdict == VoteVerdict::Approve
        && settings.needs_reason(approval.level)
        && opened.reason.trim().is_empty();
    let counted = if unreasoned { counted.and(Err(VoteRefusal::ReasonRequired)) } else { counted };
    let counted = match counted {
        Ok(next) => settings.allowances.admit(&opened.vote, approval.level, now).map(|()| next),
        refused => refused,
    };
    let at = (app.entropy.id(now)?, now);
    let given = match &counted {
        Ok(_) if opened.vote.verdict == VoteVerdict::Approve => {
            grant::given(app, &settings, &approval, &record, &opened.vote, &device.user, at)
        }
        _ => Ok(None),
    };
    let (counted, given) = match given {
        Ok(given) => (counted, given),
        Err(refusal) => (Err(refusal), None),
    };
    let next = match counted {
        Ok(next) => next,
        Err(refusal) => {
            return refuse(app, caller, &approval, &device, &opened, refusal).await.map(|()| None);
        }
    };

    let mut change = Change::default()
        .put(Record::Approval(next.clone()))
        .put(Record::Device(Device { last_seq: opened.vote.device_seq, ..device.clone() }))
        .put(Record::Vote(SignedVote {
            approval_id: approval.id.clone(),
            device_id: device.id.clone(),
            device_seq: opened.vote.device_seq,
            user: device.user.clone(),
            vote: opened.bytes.clone(),
            signature: opened.signature.clone(),
            at: now,
        }))
        .event(event(
            EventKind::VoteCast,
            caller,
            &approval.id,
            &links(&approval, &device),
            payload(&opened, &device, next.votes.last(), None),
        ));
    for (key, expected) in stands.rests_on() {
        change = change.expect(key, expected);
    }
    match next.status {
        ApprovalStatus::Approved => {
            let permit = evaluate::permit(app.entropy.id(now)?, &record, Some(approval.id.clone()), now);
            let permit_links = [
                ("approval_id", approval.id.as_str()),
                ("action_id", record.id.as_str()),
                ("digest", record.digest.as_str()),
                ("policy_hash", approval.policy_hash.as_str()),
                ("device_id", device.id.as_str()),
            ];
            let expires = json!({"expires_at": permit.expires_at});
            change = change
                .event(event(
                    EventKind::ApprovalApproved,
                    caller,
                    &approval.id,
                    &links(&approval, &device),
                    json!({}),
                ))
                .event(event(EventKind::PermitIssued, caller, &permit.id, &permit_links, expires))
                .put(Record::Permit(permit));
            if let Some(grant) = given {
                let payload = json!({"covers": grant.describe(), "pattern": grant.pattern, "for": grant.user,
                    "agent": grant.agent, "uses": grant.max_uses, "expires_at": grant.expires_at});
                change = change
                    .event(event(
                        EventKind::GrantGiven,
                        caller,
                        &grant.id,
                        &links(&approval, &device),
                        payload,
                    ))
                    .put(Record::Grant(grant));
            }
        }
        ApprovalStatus::Rejected => {
            let why = json!({"reason": opened.reason});
            change = change.event(event(
                EventKind::ApprovalRejected,
                caller,
                &approval.id,
                &links(&approval, &device),
                why,
            ));
        }
        _ => {}
    }
    let voters = view::voters(app).await?;
    let mut shown = next;
    shown.version += 1;
    let mut answer = VoteResponse {
        approval: view::build(&shown, &record, None, &voters, Some(caller.user()), now),
        ledger_index: 0,
    };
    change = remember(change, key, 200, &answer, now);
    let Some((index, _)) = commit(app, change).await? else { return Ok(None) };
    answer.ledger_index = index;
    Ok(Some(answer))
}

/// Whether the guardrails let this person approve this request from this device; anybody who votes may reject.
async fn allowed(
    app: &App,
    approval: &Approval,
    record: &DecisionRecord,
    device: &Device,
    vote: &Vote,
) -> Result<bool, Refusal> {
    if vote.verdict == VoteVerdict::Reject {
        return Ok(true);
    }
    let Some(person) = app.store.user(&device.user).await? else { return Ok(false) };
    let rules = app.rules.newest(app.store.as_ref()).await?;
    Ok(rules.lets_approve(&person, approval, record, Some(device)))
}

async fn voting_device(app: &App, caller: &Caller) -> Result<Device, Refusal> {
    let none =
        || Refusal::new(Code::Forbidden, "Only an enrolled device can vote; this token belongs to none.");
    let id = caller.token.device_id.as_deref().ok_or_else(none)?;
    let device = app.store.device(id).await?.ok_or_else(none)?;
    if device.user != caller.user() {
        return Err(none());
    }
    Ok(device)
}

async fn decision_of(app: &App, approval: &Approval) -> Result<DecisionRecord, Refusal> {
    app.store
        .decision(&approval.decision_id)
        .await?
        .ok_or_else(|| Refusal::not_found("decision", &approval.decision_id))
}

async fn open(app: &App, device: &Device, request: &VoteRequest) -> Result<Opened, Refusal> {
    let invalid = |why: &str| Refusal::new(Code::InvalidVote, format!("The vote was not counted: {why}."));
    let bytes = STANDARD.decode(&request.vote).map_err(|_| invalid("vote is not base64"))?;
    let signature = STANDARD.decode(&request.signature).map_err(|_| invalid("signature is not base64"))?;
    let nonce = hex::decode(&request.reason_nonce).map_err(|_| invalid("reason_nonce is not hex"))?;
    if request.reason.len() > 4000 || nonce.len() < 16 {
        return Err(invalid("the reason is over 4000 bytes, or its nonce under 16"));
    }
    let (vote, purpose) =
        evidence::open_vote(&bytes, &signature, &request.reason, &nonce, device).map_err(|fault| {
            app.refusals.login(
                Some(&device.user),
                &device.id,
                "a vote does not verify with the device's keys",
            );
            invalid(&fault.to_string())
        })?;
    if vote.org != app.store.org() || vote.origin != app.store.head().await?.origin {
        return Err(Refusal::from(VoteRefusal::WrongTarget));
    }
    Ok(Opened { vote, purpose, bytes, signature, reason: request.reason.clone() })
}

/// The newest policy counts: a pending approval whose policy hash changed is decided again. Not stricter: it keeps its
/// votes under the new hash. Stricter: it is superseded. `None`: it was written, look again.
async fn on_current_policy(
    app: &App,
    approval: &Approval,
    record: &DecisionRecord,
) -> Result<Option<Approval>, Refusal> {
    if approval.status != ApprovalStatus::Pending {
        return Ok(Some(approval.clone()));
    }
    let grounds = decide::grounds(app, &approval.requester, record.action.repo.as_deref()).await?;
    if grounds.policy_hash == approval.policy_hash {
        return Ok(Some(approval.clone()));
    }
    let again = decide::again(record, &grounds);
    let now = app.store.now();
    let links = [("approval_id", approval.id.as_str()), ("action_id", record.id.as_str())];
    let change = if again.verdict == Verdict::Blocked {
        let Some(ended) = approval.supersede("policy", now) else { return Ok(Some(approval.clone())) };
        Change::default()
            .event(system_event(EventKind::ApprovalSuperseded, &approval.id, &links, json!({"by": "policy"})))
            .put(Record::Approval(ended))
    } else {
        let quorum = approval.quorum.max(grounds.settings.quorum(approval.level, &again.rule));
        let moved = Approval { policy_hash: grounds.policy_hash.clone(), quorum, ..approval.clone() };
        let payload =
            json!({"policy_hash": grounds.policy_hash, "verdict": again.verdict, "reasons": again.reasons});
        Change::default()
            .event(system_event(EventKind::Decision, &record.id, &links, payload))
            .put(Record::Approval(moved))
    };
    commit(app, change).await?;
    app.store.approval(&approval.id).await.map_err(Refusal::from)
}

/// Records a vote without effect. A reject that comes after the approve takes an unused permit back.
async fn refuse(
    app: &App,
    caller: &Caller,
    approval: &Approval,
    device: &Device,
    opened: &Opened,
    refusal: VoteRefusal,
) -> Result<(), Refusal> {
    let mut answer = Refusal::from(refusal);
    let payload = payload(opened, device, None, Some(refusal));
    let mut change = Change::default().event(event(
        EventKind::VoteRefused,
        caller,
        &approval.id,
        &links(approval, device),
        payload,
    ));
    if refusal != VoteRefusal::Replayed && device.revoked_at.is_none() {
        change = change.put(Record::Device(Device { last_seq: opened.vote.device_seq, ..device.clone() }));
    }
    let stops = opened.vote.verdict == VoteVerdict::Reject
        && approval.status == ApprovalStatus::Approved
        && opened.vote.digest == approval.digest;
    let permit = if stops { app.store.permit_of_approval(&approval.id).await? } else { None };
    if let Some(revoked) = permit.and_then(|p| p.revoke()) {
        let links = links(approval, device);
        let why = json!({"reason": opened.reason, "by": device.user});
        change = change
            .event(event(EventKind::PermitRevoked, caller, &revoked.id, &links, why))
            .put(Record::Permit(revoked));
        answer.detail =
            "It was already approved; your reject took the unused permit back, so it will not run.".into();
    }
    match commit(app, change).await? {
        Some(_) => Err(answer),
        None => Ok(()),
    }
}

/// What a vote is about, and the device whose signature it is.
fn links<'a>(approval: &'a Approval, device: &'a Device) -> [(&'static str, &'a str); 5] {
    [
        ("approval_id", &approval.id),
        ("action_id", &approval.decision_id),
        ("digest", &approval.digest),
        ("policy_hash", &approval.policy_hash),
        ("device_id", &device.id),
    ]
}

fn payload(
    opened: &Opened,
    device: &Device,
    counted: Option<&CountedVote>,
    refusal: Option<VoteRefusal>,
) -> Value {
    let mut payload = json!({
        "verdict": opened.vote.verdict,
        "surface": opened.vote.surface,
        "scope": opened.vote.scope,
        "reason": opened.reason,
        "device_id": device.id,
        "key_id": opened.vote.key_id,
        "vote": STANDARD.encode(&opened.bytes),
        "signature": STANDARD.encode(&opened.signature),
    });
    let Some(fields) = payload.as_object_mut() else { return payload };
    if let Some(refusal) = refusal {
        fields.insert("refusal".into(), json!(refusal));
    }
    if let Some(absent) = counted.and_then(|v| v.for_user.as_ref()) {
        fields.insert("for_user".into(), json!(absent));
    }
    if counted.is_some_and(|v| v.own_request) {
        fields.insert("own_request".into(), json!(true));
    }
    payload
}
