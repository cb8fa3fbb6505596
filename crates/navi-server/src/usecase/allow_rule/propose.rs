//! A rule is proposed. It is no grant: it always waits for a second person, whatever the organisation asks for elsewhere.

use navi_domain::UtcMicros;
use navi_domain::allow::{AllowRule, MOST_DAYS, USUAL_DAYS};
use navi_domain::approval::ApprovalStatus;
use navi_domain::event::EventKind;
use navi_domain::proposal::{Proposal, ProposalKind};
use navi_domain::settings::OrgSettings;
use navi_domain::settings::change::loosens;
use navi_protocol::allow::AllowRequest;
use navi_protocol::problem::Code;
use navi_store::{ApprovalRow, Key, Record};
use serde::{Deserialize, Serialize};

use super::like::{Like, likeness, rule, unavailable};
use crate::auth::Caller;
use crate::usecase::claim::person;
use crate::usecase::lately::DAY;
use crate::usecase::propose::{Prepared, because, wait};
use crate::usecase::save_settings::{SUBJECT, recorded};
use crate::usecase::{Remember, TRIES, kept, lost_races, version_key};
use crate::{App, Refusal};

/// What a proposal keeps: the rule as it was looked at, and for how long it would last.
#[derive(Serialize, Deserialize)]
struct Kept {
    rule: AllowRule,
    days: u32,
    reason: String,
}

/// Proposes.
///
/// # Errors
/// `not_grantable` where no such rule can be made from the request, `invalid` for a value out of range.
pub async fn propose(
    app: &App,
    caller: &Caller,
    row: &ApprovalRow,
    request: &AllowRequest,
    key: Option<&Remember>,
) -> Result<Proposal, Refusal> {
    person(caller)?;
    let kept = asked(app, caller, row, request)?;
    for _ in 0..TRIES {
        let settings = app.store.org_settings().await?.unwrap_or_default();
        let guard = version_key(Key::OrgSettings, settings.version);
        let prepared = prepared(app, &settings, &kept, "")?;
        if let Some(proposal) = wait(app, caller, prepared, guard, key).await? {
            return Ok(proposal);
        }
    }
    Err(lost_races())
}

/// Prepares what a proposal asks for, against what is in force now.
///
/// # Errors
/// `version_conflict` when the request it was made from was rejected meanwhile.
pub(in crate::usecase) async fn prepare_proposed(
    app: &App,
    proposal: &Proposal,
) -> Result<Prepared, Refusal> {
    let kept: Kept = kept(proposal)?;
    let approval = app.store.approval(&kept.rule.approval_id).await?;
    if approval.is_none_or(|approval| approval.status == ApprovalStatus::Rejected) {
        let detail = "A person rejected the request that this rule was made from.";
        return Err(Refusal::new(Code::VersionConflict, detail));
    }
    let settings = app.store.org_settings().await?.unwrap_or_default();
    prepared(app, &settings, &kept, &proposal.id)
}

fn asked(app: &App, caller: &Caller, row: &ApprovalRow, request: &AllowRequest) -> Result<Kept, Refusal> {
    let invalid = |what: String| Refusal::new(Code::Invalid, what);
    let like = Like::ALL.into_iter().find(|like| like.as_str() == request.like).ok_or_else(|| {
        invalid(format!("like {:?} is not same_action, same_program or same_path.", request.like))
    })?;
    let days = request.days.unwrap_or(USUAL_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(invalid(format!("days must be between 1 and {MOST_DAYS}, not {days}.")));
    }
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(invalid("reason must have 1 to 500 characters.".to_owned()));
    }
    let not = |why: &str| {
        Refusal::new(Code::NotGrantable, format!("No such rule can be made from this request ({why})."))
    };
    if let Some(why) = unavailable(row) {
        return Err(not(why));
    }
    let likeness = likeness(app, row, like).map_err(not)?;
    let rule = rule(row, likeness, caller.user(), (0, 0));
    Ok(Kept { rule, days, reason: reason.to_owned() })
}

fn prepared(app: &App, old: &OrgSettings, kept: &Kept, id: &str) -> Result<Prepared, Refusal> {
    let now = app.store.now();
    let rule = AllowRule {
        id: id.to_owned(),
        created_at: now,
        expires_at: now + UtcMicros::from(kept.days) * DAY,
        ..kept.rule.clone()
    };
    let about = format!("allow rule for {} days, {}", kept.days, rule.describe());
    let mut new = old.clone();
    new.allow_rules.push(rule);
    new.validate().map_err(|e| Refusal::new(Code::Invalid, format!("{e}.")))?;
    Ok(Prepared {
        kind: ProposalKind::AllowRule,
        about,
        looser: loosens(old, &new),
        request: serde_json::to_value(kept).unwrap_or_default(),
        base_version: old.version,
        event: (EventKind::SettingsChanged, SUBJECT.to_owned()),
        payload: because(recorded(old, &new), &kept.reason),
        record: Record::OrgSettings(new),
        read: Vec::new(),
    })
}
