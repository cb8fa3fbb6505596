//! A person who will be away lets another vote for them between two dates, or ends that early.

use std::collections::BTreeSet;

use navi_domain::delegation::Delegation;
use navi_domain::event::EventKind;
use navi_domain::people::{Right, User};
use navi_protocol::delegations::DelegationRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::{TRIES, commit, event, lost_races, version_key};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Makes a delegation: one's own, or as an admin somebody else's.
///
/// # Errors
/// `forbidden` for somebody else's; `invalid` for dates, circles, and people who may not vote.
pub async fn make(app: &App, caller: &Caller, request: &DelegationRequest) -> Result<Delegation, Refusal> {
    let from = request.from.as_deref().unwrap_or(caller.user());
    admit(caller, from)?;
    for _ in 0..TRIES {
        let now = app.store.now();
        let delegation = Delegation {
            id: app.entropy.id(now)?,
            from: from.to_owned(),
            to: request.to.clone(),
            starts_at: request.starts_at,
            ends_at: request.ends_at,
            reason: request.reason.clone(),
            created_at: now,
            revoked_at: None,
            version: 0,
        };
        let (giver, to) = (voter(app, from).await?, voter(app, &request.to).await?);
        let others = app.store.delegations(now).await?;
        check(&delegation, &others, now)?;
        let mut change = Change::default().event(event(
            EventKind::DelegationMade,
            caller,
            &delegation.id,
            &[],
            json!(delegation),
        ));
        // Two that would close a circle together must not both be made: each changes its giver's row, and expects those
        // of everybody it could lead to.
        let mut reached: BTreeSet<&str> =
            others.iter().flat_map(|d| [d.from.as_str(), d.to.as_str()]).collect();
        reached.insert(&to.id);
        for person in reached.into_iter().filter(|p| *p != giver.id) {
            let version = app.store.user(person).await?.map_or(0, |u| u.version);
            let (key, expected) = version_key(navi_store::Key::User(person.to_owned()), version);
            change = change.expect(key, expected);
        }
        change = change.put(Record::User(giver)).put(Record::Delegation(delegation.clone()));
        if commit(app, change).await?.is_some() {
            return Ok(delegation);
        }
    }
    Err(lost_races())
}

/// Ends a delegation early. Ended ones stay as they are.
///
/// # Errors
/// `forbidden` for somebody else's.
pub async fn end(app: &App, caller: &Caller, id: &str) -> Result<Delegation, Refusal> {
    for _ in 0..TRIES {
        let unknown = || Refusal::not_found("delegation", id);
        let delegation = app.store.delegation(id).await?.ok_or_else(unknown)?;
        admit(caller, &delegation.from)?;
        if delegation.revoked_at.is_some() {
            return Ok(delegation);
        }
        let ended = Delegation { revoked_at: Some(app.store.now()), ..delegation };
        let event =
            event(EventKind::DelegationEnded, caller, id, &[], json!({"from": ended.from, "to": ended.to}));
        if commit(app, Change::default().event(event).put(Record::Delegation(ended.clone()))).await?.is_some()
        {
            return Ok(ended);
        }
    }
    Err(lost_races())
}

fn admit(caller: &Caller, from: &str) -> Result<(), Refusal> {
    super::claim::person(caller)?;
    if from == caller.user() || caller.has(Right::ManagePeople) {
        return Ok(());
    }
    Err(Refusal::new(Code::Forbidden, "Only the person who is away, or an admin, may do that."))
}

/// A known person with the right to vote: a delegation neither gives nor passes on more.
async fn voter(app: &App, person: &str) -> Result<User, Refusal> {
    let user = crate::rules::voter(app, person).await?;
    user.ok_or_else(|| Refusal::new(Code::Invalid, format!("{person:?} is nobody who may vote.")))
}

fn check(delegation: &Delegation, others: &[Delegation], now: i64) -> Result<(), Refusal> {
    if delegation.reason.chars().count() > 4000 {
        return Err(Refusal::new(Code::Invalid, "reason must have at most 4000 characters."));
    }
    if delegation.ends_at <= now {
        return Err(Refusal::new(Code::Invalid, "ends_at must lie ahead."));
    }
    delegation.check(others).map_err(|e| Refusal::new(Code::Invalid, format!("It was not made: {e}.")))
}
