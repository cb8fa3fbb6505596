//! Erasing what entries said: one person asks, another agrees, and one commit does it. What is kept too long goes by
//! itself, in bounded steps.

use std::collections::BTreeSet;

use navi_domain::approval::ApprovalStatus;
use navi_domain::decision::DecisionRecord;
use navi_domain::erasure::{self, MOST, RetentionClass};
use navi_domain::event::{Event, EventKind, Leaf};
use navi_domain::execution::{Execution, ExecutionStatus};
use navi_domain::permit::PermitStatus;
use navi_domain::proposal::{Proposal, ProposalKind, ProposalStatus};
use navi_domain::{SECOND, UtcMicros};
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::claim::person;
use super::{TRIES, commit, event, lost_races, system_event};
use crate::auth::Caller;
use crate::{App, Refusal};

const DAY: UtcMicros = 24 * 3600 * SECOND;

/// What a proposal keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    entries: Vec<u64>,
    reason: String,
}

/// Asks that payloads be erased; a second person must agree.
///
/// # Errors
/// `invalid` names the first entry that cannot be erased and why; the store's refusal.
pub async fn propose(app: &App, caller: &Caller, entries: &[u64], reason: &str) -> Result<Proposal, Refusal> {
    person(caller)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Refusal::new(Code::Invalid, "reason must have 1 to 500 characters."));
    }
    let entries: Vec<u64> = entries.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if entries.is_empty() || entries.len() > MOST {
        return Err(Refusal::new(Code::Invalid, format!("Name 1 to {MOST} entries.")));
    }
    let kept = Kept { entries, reason: reason.to_owned() };
    records(app, &kept.entries).await?;
    let now = app.store.now();
    let proposal = Proposal {
        id: app.entropy.id(now)?,
        kind: ProposalKind::Erasure,
        about: format!("what entries {} said", erasure::to_ranges(&kept.entries)),
        looser: vec![format!("it is erased for good: {}", kept.reason)],
        request: serde_json::to_value(&kept).unwrap_or_default(),
        base_version: 0,
        proposed_by: caller.user().to_owned(),
        created_at: now,
        status: ProposalStatus::Open,
        decided_by: None,
        decided_at: None,
        version: 0,
    };
    let payload = serde_json::to_value(&proposal).unwrap_or_default();
    let made = event(EventKind::ProposalMade, caller, &proposal.id, &[], payload);
    let change = Change::default().event(made).put(Record::Proposal(proposal.clone()));
    commit(app, change).await?.ok_or_else(lost_races)?;
    Ok(proposal)
}

/// The commit that a second person's agreement brings.
///
/// # Errors
/// As [`propose`]: something may rest on it meanwhile.
pub(super) async fn agreed(app: &App, caller: &Caller, proposal: &Proposal) -> Result<Change, Refusal> {
    let kept: Kept = super::kept(proposal)?;
    let records = records(app, &kept.entries).await?;
    let payload = json!({"entries": kept.entries, "reason": kept.reason, "requested_by": proposal.proposed_by,
        "approved_by": caller.user()});
    let ranges = erasure::to_ranges(&kept.entries);
    let links = [(erasure::LINK, ranges.as_str()), ("proposal_id", &proposal.id)];
    let erased = event(EventKind::PayloadsErased, caller, "ledger", &links, payload);
    Ok(erasing(erased, &kept.entries, records))
}

fn erasing(event: Event, entries: &[u64], records: Vec<Record>) -> Change {
    let change = Change::default().event(event).erase(entries.to_vec());
    records.into_iter().fold(change, Change::put)
}

/// The rows that repeat what these entries said, without it.
async fn records(app: &App, entries: &[u64]) -> Result<Vec<Record>, Refusal> {
    let now = app.store.now();
    let (mut decisions, mut runs) = (BTreeSet::new(), BTreeSet::new());
    for index in entries {
        let refused =
            |why: &str| Refusal::new(Code::Invalid, format!("Entry {index} {why}. Nothing was erased."));
        let entry = app.store.entries(*index, 1).await?.pop().filter(|e| e.index == *index);
        let entry = entry.ok_or_else(|| refused("does not exist"))?;
        let leaf: Leaf = serde_json::from_slice(&entry.leaf).map_err(|_| refused("cannot be read"))?;
        if RetentionClass::of(leaf.kind).is_none() {
            return Err(refused(&format!(
                "is a {}: permissions or proofs rest on it, so it is never erased",
                leaf.kind.as_str()
            )));
        }
        match leaf.kind {
            EventKind::Decision => {
                decisions.insert(leaf.subject);
            }
            EventKind::ExecutionFinished | EventKind::ExecutionCorrected => {
                runs.insert(leaf.subject);
            }
            _ => {}
        }
    }
    let mut records = Vec::new();
    for id in decisions {
        if let Some(decision) = app.store.decision(&id).await? {
            not_held(app, &decision, now).await?;
            records.extend(decision.erased_at.is_none().then(|| Record::Decision(decision.erased(now))));
        }
    }
    for id in runs {
        if let Some(run) = app.store.execution(&id).await?.filter(|run| !run.artifacts.is_null()) {
            records.push(Record::Execution(Execution { artifacts: Value::Null, ..run }));
        }
    }
    Ok(records)
}

/// Refuses while something that may still happen rests on a decision.
async fn not_held(app: &App, decision: &DecisionRecord, now: UtcMicros) -> Result<(), Refusal> {
    let held = |by: &str| {
        let detail = format!("Decision {} is still needed: {by}. Nothing was erased.", decision.id);
        Err(Refusal::new(Code::Invalid, detail))
    };
    let mut permit = match &decision.permit_id {
        Some(id) => app.store.permit(id).await?,
        None => None,
    };
    if let Some(id) = &decision.approval_id {
        let approval = app.store.approval(id).await?;
        if approval.is_some_and(|a| a.status == ApprovalStatus::Pending) {
            return held("its request waits for people");
        }
        let grants = app.store.grants(None, Some(now)).await?;
        if grants.iter().any(|grant| &grant.approval_id == id && grant.is_live(now)) {
            return held("a grant that was given with it can still be used");
        }
        permit = app.store.permit_of_approval(id).await?.or(permit);
    }
    let Some(permit) = permit else { return Ok(()) };
    if permit.status == PermitStatus::Issued {
        return held("its permit can still be used");
    }
    if let Some(id) = &permit.execution_id
        && let Some(run) = app.store.execution(id).await?
        && run.status == ExecutionStatus::Started
        && now - run.started_at < DAY
    {
        return held("its run has not ended");
    }
    Ok(())
}

/// Erases what is older than the organisation keeps it: (class, entries) that went, at most [`MOST`] of each class.
/// With `look_only` nothing is erased.
///
/// # Errors
/// The store's refusal.
pub async fn prune(app: &App, look_only: bool) -> Result<Vec<(RetentionClass, usize)>, Refusal> {
    let settings = app.store.org_settings().await?.unwrap_or_default();
    let mut gone = Vec::new();
    for (class, days) in &settings.retention {
        for _ in 0..TRIES {
            let before = app.store.now() - i64::from(*days) * DAY;
            let entries = app.store.prunable(class.kinds(), before, MOST).await?;
            if entries.is_empty() {
                break;
            }
            if look_only {
                gone.push((*class, entries.len()));
                break;
            }
            let records = records(app, &entries).await?;
            let ranges = erasure::to_ranges(&entries);
            let payload = json!({"class": class, "days": days, "entries": entries.len(),
                "settings_version": settings.version});
            let links = [(erasure::LINK, ranges.as_str())];
            let pruned = system_event(EventKind::PayloadsPruned, "ledger", &links, payload);
            if commit(app, erasing(pruned, &entries, records)).await?.is_some() {
                gone.push((*class, entries.len()));
                break;
            }
        }
    }
    Ok(gone)
}
