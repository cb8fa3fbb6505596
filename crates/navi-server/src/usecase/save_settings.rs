//! The organisation's settings are saved, and perhaps only proposed.

use std::collections::BTreeMap;

use navi_domain::allowance::{Allowances, UpTo};
use navi_domain::bypass::BypassLimits;
use navi_domain::erasure::RetentionClass;
use navi_domain::event::EventKind;
use navi_domain::proposal::{Proposal, ProposalKind};
use navi_domain::risk::Level;
use navi_domain::settings::OrgSettings;
use navi_domain::settings::change::{differences, loosens};
use navi_protocol::problem::Code;
use navi_protocol::settings::{BypassPolicy, NEVER, RevertSettingsRequest, SettingsRequest, SettingsVersion};
use navi_store::Record;
use serde_json::Value;

use super::policy_history::{at, entries, payload};
use super::propose::{Prepared, Settled, because, settle};
use super::save_policy::Answer;
use super::{Remember, TRIES, lost_races};
use crate::auth::Caller;
use crate::view::settings as view;
use crate::{App, Refusal};

/// Subject of the entries about the organisation's settings.
pub const SUBJECT: &str = "settings";

/// Saves.
///
/// # Errors
/// `invalid` for values out of range, `version_conflict` when somebody else saved first.
pub async fn save_settings(
    app: &App,
    caller: &Caller,
    request: &SettingsRequest,
    key: Option<&Remember>,
) -> Result<Answer<OrgSettings>, Refusal> {
    for _ in 0..TRIES {
        let (prepared, after) = prepare(app, request).await?;
        match settle(app, caller, prepared, &view::build(&after), key).await? {
            Settled::Saved => return Ok(Answer::Saved(after)),
            Settled::Proposed(proposal) => return Ok(Answer::Proposed(proposal)),
            Settled::Again => {}
        }
    }
    Err(lost_races())
}

/// Saves an older version as the newest. Allow rules stay as they are: what ended does not begin again.
///
/// # Errors
/// As [`save_settings`]; `not_found` when there was no such version, or its content was erased or is of another shape.
pub async fn revert(
    app: &App,
    caller: &Caller,
    request: &RevertSettingsRequest,
    key: Option<&Remember>,
) -> Result<Answer<OrgSettings>, Refusal> {
    let entries = entries(app, EventKind::SettingsChanged, SUBJECT).await?;
    let found = entries.iter().filter_map(payload::<Value>).find_map(|payload| settings_of(payload, request));
    let old = found.ok_or_else(|| Refusal::not_found("version", &request.to_version.to_string()))?;
    save_settings(app, caller, &again(&old, request), key).await
}

/// The settings that an entry keeps, if it is the version that is wanted.
fn settings_of(mut payload: Value, wanted: &RevertSettingsRequest) -> Option<OrgSettings> {
    // An entry keeps more than the settings: who, why, in which words. Rules are left as they are anyway.
    let known = serde_json::to_value(OrgSettings::default()).ok()?;
    payload.as_object_mut()?.retain(|name, _| known.get(name).is_some());
    let settings: OrgSettings = serde_json::from_value(payload).ok()?;
    (settings.version == wanted.to_version).then_some(settings)
}

/// The request that makes these settings the newest.
fn again(old: &OrgSettings, request: &RevertSettingsRequest) -> SettingsRequest {
    let by_level = old.quorum_by_level.iter().map(|(level, people)| (level.as_str().to_owned(), *people));
    let retention = old.retention.iter().map(|(class, days)| (class.as_str().to_owned(), *days));
    SettingsRequest {
        quorum_by_level: Some(by_level.collect()),
        quorum_by_rule: Some(old.quorum_by_rule.clone()),
        self_approvers: Some(old.self_approvers.clone()),
        approve_reason_from: Some(old.approve_reason_from.map_or(NEVER, Level::as_str).to_owned()),
        second_person_for_loosening: Some(old.second_person_for_loosening),
        max_open_per_agent: Some(old.max_open_per_agent),
        extension_secs: Some(old.extension_secs),
        max_grant_minutes: Some(old.max_grant_minutes),
        max_grant_uses: Some(old.max_grant_uses),
        groups: Some(old.groups.clone()),
        cosignatures_required: Some(old.cosignatures_required),
        retention: Some(retention.collect()),
        bypass: Some(BypassPolicy { most_minutes: old.bypass.most_minutes, solo: old.bypass.solo }),
        allowances: Some(view::allowances(old)),
        rollback_minutes: Some(old.rollback_minutes.clone()),
        version: Some(request.version),
        reason: request.reason.clone(),
    }
}

/// Prepares what a proposal asks for, against what is in force now.
///
/// # Errors
/// As [`save_settings`].
pub(super) async fn prepare_proposed(app: &App, proposal: &Proposal) -> Result<Prepared, Refusal> {
    Ok(prepare(app, &super::kept(proposal)?).await?.0)
}

/// Every saved version, newest first, at most a thousand.
///
/// # Errors
/// The store's refusal.
pub async fn history(app: &App) -> Result<Vec<SettingsVersion>, Refusal> {
    let entries = entries(app, EventKind::SettingsChanged, SUBJECT).await?;
    Ok(entries.iter().map(|entry| view::version(entry, at(entry), payload(entry))).collect())
}

async fn prepare(app: &App, request: &SettingsRequest) -> Result<(Prepared, OrgSettings), Refusal> {
    let old = app.store.org_settings().await?.unwrap_or_default();
    let (known, claimed) = (old.version, request.version.unwrap_or(0));
    if known != claimed {
        let detail = format!(
            "The settings have version {known}, the change is for version {claimed}. Load them again."
        );
        return Err(Refusal::new(Code::VersionConflict, detail));
    }
    let new = changed(&old, request)?;
    let after = OrgSettings { version: known + 1, ..new.clone() };
    let payload = recorded(&old, &new);
    let prepared = Prepared {
        kind: ProposalKind::OrgSettings,
        about: "settings of the organisation".to_owned(),
        looser: loosens(&old, &new),
        request: serde_json::to_value(request).unwrap_or_default(),
        base_version: known,
        event: (EventKind::SettingsChanged, SUBJECT.to_owned()),
        payload: because(payload, &request.reason),
        record: Record::OrgSettings(new),
        read: Vec::new(),
    };
    Ok((prepared, after))
}

/// What the ledger keeps of a change: the new settings whole, and what changed in words.
pub(super) fn recorded(old: &OrgSettings, new: &OrgSettings) -> Value {
    let after = OrgSettings { version: old.version + 1, ..new.clone() };
    let mut payload = serde_json::to_value(&after).unwrap_or_default();
    if let Some(fields) = payload.as_object_mut() {
        fields.insert("words".into(), Value::from(differences(old, new)));
    }
    payload
}

fn changed(old: &OrgSettings, request: &SettingsRequest) -> Result<OrgSettings, Refusal> {
    let invalid = |what: String| Refusal::new(Code::Invalid, what);
    let level = |name: &String| -> Result<Level, Refusal> {
        serde_json::from_value(name.clone().into())
            .map_err(|_| invalid(format!("{name:?} is not low, medium, high or critical.")))
    };
    let mut new = old.clone();
    if let Some(given) = &request.quorum_by_level {
        let mut quorum_by_level = BTreeMap::new();
        for (name, people) in given {
            quorum_by_level.insert(level(name)?, *people);
        }
        new.quorum_by_level = quorum_by_level;
    }
    let set = |field: &mut u32, given: Option<u32>| *field = given.unwrap_or(*field);
    set(&mut new.max_open_per_agent, request.max_open_per_agent);
    set(&mut new.extension_secs, request.extension_secs);
    set(&mut new.max_grant_minutes, request.max_grant_minutes);
    set(&mut new.max_grant_uses, request.max_grant_uses);
    new.cosignatures_required = request.cosignatures_required.unwrap_or(new.cosignatures_required);
    if let Some(on) = request.second_person_for_loosening {
        new.second_person_for_loosening = on;
    }
    if let Some(given) = &request.approve_reason_from {
        new.approve_reason_from = if given == NEVER { None } else { Some(level(given)?) };
    }
    if let Some(given) = request.bypass {
        new.bypass = BypassLimits { most_minutes: given.most_minutes, solo: given.solo };
    }
    if let Some(given) = &request.allowances {
        let up_to = |name: &str| {
            let known = UpTo::ALL.into_iter().find(|up_to| up_to.as_str() == name);
            known.ok_or_else(|| invalid(format!("{name:?} is not none, low or medium.")))
        };
        new.allowances = Allowances {
            offline: up_to(&given.offline)?,
            offline_minutes: given.offline_minutes,
            notification: up_to(&given.notification)?,
        };
    }
    if let Some(given) = &request.quorum_by_rule {
        new.quorum_by_rule.clone_from(given);
    }
    if let Some(given) = &request.self_approvers {
        new.self_approvers.clone_from(given);
    }
    if let Some(given) = &request.retention {
        new.retention.clear();
        for (name, days) in given {
            let class = RetentionClass::ALL.into_iter().find(|class| class.as_str() == name);
            let class = class
                .ok_or_else(|| invalid(format!("{name:?} is not decisions, discussions or executions.")))?;
            new.retention.insert(class, *days);
        }
    }
    if let Some(given) = &request.rollback_minutes {
        new.rollback_minutes.clone_from(given);
    }
    if let Some(given) = &request.groups {
        new.groups.clone_from(given);
    }
    new.validate().map_err(|e| invalid(format!("{e}.")))?;
    Ok(new)
}
