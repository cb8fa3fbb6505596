//! A person changes the action that waits: it is decided anew, with its own digest, and waits for votes of its own.
//! Nothing is approved by it; whoever edits still has to vote.

use navi_domain::action::Action;
use navi_domain::approval::{Approval, ApprovalStatus};
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::event::{Event, EventKind};
use navi_protocol::problem::Code;
use navi_protocol::waiting::EditRequest;
use navi_store::{Change, Record};
use serde_json::{Value, json};

use super::claim::person;
use super::decide::Redactor;
use super::memory::{self, Remembered};
use super::{TRIES, commit, decide, event, expire, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Edits; the id of the new approval.
///
/// # Errors
/// `edit_blocked` with the policy's reasons; `invalid` when nothing changes, or what changes is not there; a refusal
/// when it has ended.
pub async fn edit(app: &App, caller: &Caller, id: &str, request: &EditRequest) -> Result<String, Refusal> {
    person(caller)?;
    if request.reason.trim().is_empty() || request.reason.chars().count() > 4000 {
        return Err(Refusal::new(Code::Invalid, "reason must have 1 to 4000 characters."));
    }
    for _ in 0..TRIES {
        if let Some(edited) = attempt(app, caller, id, request).await? {
            return Ok(edited);
        }
    }
    Err(lost_races())
}

async fn attempt(
    app: &App,
    caller: &Caller,
    id: &str,
    request: &EditRequest,
) -> Result<Option<String>, Refusal> {
    let unknown = || Refusal::not_found("approval", id);
    let old = expire::current(app, id).await?.ok_or_else(unknown)?;
    let now = app.store.now();
    old.waits(now)?;
    let asked = app.store.decision(&old.decision_id).await?.ok_or_else(unknown)?;
    let grounds = decide::grounds(app, &old.requester, asked.action.repo.as_deref()).await?;
    let clean = Redactor { key: app.org_key.as_slice(), secrets: &grounds.rules.catalogue.secrets };
    let (action, changed) = edited(&asked.action, request, &clean)?;
    // Decided like any other action of the same agent for the same person.
    let ids = (app.entropy.id(now)?, app.entropy.bytes()?, now);
    let remembered = Remembered { effect_key: memory::effect_key(app, &action), ..Remembered::default() };
    let again = decide::Asked { action, claims: asked.claims.clone(), request_key: None };
    let decided = decide::decide(app, caller, again, &grounds, &remembered, ids)?;
    let mut record = DecisionRecord { actor: asked.actor.clone(), ..decided };
    if record.decision.verdict == Verdict::Blocked {
        let why = record.decision.reasons.join(" ");
        return Err(Refusal::new(Code::EditBlocked, format!("The edited action is blocked: {why}")));
    }
    let level = record.assessment.level;
    let new = Approval {
        id: app.entropy.id(now)?,
        decision_id: record.id.clone(),
        digest: record.digest.clone(),
        policy_hash: record.policy_hash.clone(),
        level,
        quorum: grounds.settings.quorum(level, &record.decision.rule),
        status: ApprovalStatus::Pending,
        votes: Vec::new(),
        created_at: now,
        stood: 0,
        alerts: Vec::new(),
        target_missed_at: None,
        edited_from: Some(old.id.clone()),
        version: 0,
        ..old.clone()
    };
    record.approval_id = Some(new.id.clone());
    let Some(superseded) = old.supersede(&new.id, now) else { return Ok(None) };

    let mut change = Change::default();
    for (key, expected) in &grounds.read {
        change = change.expect(key.clone(), *expected);
    }
    for event in events(caller, &old, &new, &record, &json!({"reason": request.reason, "changed": changed})) {
        change = change.event(event);
    }
    let done = change
        .put(Record::Approval(superseded))
        .put(Record::Decision(record))
        .put(Record::Approval(new.clone()));
    Ok(commit(app, done).await?.map(|_| new.id))
}

/// The action with what a person changed, and the names of what did.
fn edited(
    asked: &Action,
    request: &EditRequest,
    clean: &Redactor<'_>,
) -> Result<(Action, Vec<&'static str>), Refusal> {
    let mut action = asked.clone();
    let present = [
        ("command", request.command.is_some(), asked.command.is_some()),
        ("files", request.files.is_some(), !asked.files.is_empty()),
        ("diff", request.diff.is_some(), asked.diff.is_some()),
        ("args", request.args.is_some(), asked.args.is_some()),
    ];
    if let Some((name, ..)) = present.iter().find(|(_, given, there)| *given && !there) {
        return Err(Refusal::new(Code::Invalid, format!("The action has no {name} that could be changed.")));
    }
    if let Some(args) = &request.args {
        action.args = Some(decide::integers_only(args.clone()));
    }
    if let Some(command) = &request.command {
        // Tools repeat the command among their arguments.
        if let Some(Value::String(same)) = action.args.as_mut().and_then(|a| a.get_mut("command"))
            && Some(&*same) == asked.command.as_ref()
        {
            same.clone_from(command);
        }
        action.command = Some(command.clone());
    }
    if let Some(files) = &request.files {
        let mut files = files.clone();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        action.files = files;
    }
    if let Some(diff) = &request.diff {
        action.diff = Some(diff.clone());
    }
    let action = clean.action(action);
    let differs = [
        ("command", action.command != asked.command),
        ("files", action.files != asked.files),
        ("diff", action.diff != asked.diff),
        ("args", action.args != asked.args),
    ];
    let changed: Vec<&str> = differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    if changed.is_empty() {
        return Err(Refusal::new(Code::Invalid, "The edited action is the same as the one that waits."));
    }
    Ok((action, changed))
}

fn events(
    caller: &Caller,
    old: &Approval,
    new: &Approval,
    record: &DecisionRecord,
    why: &Value,
) -> Vec<Event> {
    let payload = serde_json::to_value(record).unwrap_or_default();
    let about_old =
        [("approval_id", old.id.as_str()), ("action_id", old.decision_id.as_str()), ("by", new.id.as_str())];
    let about_new = [
        ("approval_id", new.id.as_str()),
        ("action_id", record.id.as_str()),
        ("digest", new.digest.as_str()),
        ("policy_hash", new.policy_hash.as_str()),
        ("edited_from", old.id.as_str()),
    ];
    let asks = json!({"level": new.level, "quorum": new.quorum, "expires_at": new.expires_at,
        "edited_from": old.id});
    let mut events = vec![
        event(EventKind::ApprovalEdited, caller, &old.id, &about_old, why.clone()),
        event(EventKind::ApprovalSuperseded, caller, &old.id, &about_old, json!({"by": new.id})),
        event(EventKind::Decision, caller, &record.id, &about_new, payload),
        event(EventKind::ApprovalRequested, caller, &new.id, &about_new, asks),
    ];
    // For the person whose action it is: theirs to see.
    for event in &mut events {
        event.on_behalf_of = Some(old.requester.clone());
    }
    events
}
