//! Bypass: asked for, confirmed by a second person or gone on with alone, ended, reviewed. Every step is a statement that a
//! device signed, kept verbatim; each is one commit against the one row that holds all bypasses that still matter.

mod act;
pub mod lift;
pub mod list;
pub mod revoked;
pub mod settle;

use navi_domain::bypass::{
    Act, Bypass, BypassError, BypassScope, Stage, Standing, Statement, WRONG_NUMBERS, Wish,
};
use navi_domain::event::{Event, EventKind};
use navi_domain::people::Right;
use navi_protocol::bypass::BypassRequest;
use navi_protocol::problem::Code;
use navi_store::{Change, Key, Record};
use serde_json::{Value, json};

use self::act::Spoken;
use super::{Remember, commit, event, lost_races, remember, system_event, version_key};
use crate::auth::Caller;
use crate::view::bypass as view;
use crate::{App, Refusal};

/// Only other bypasses can be first, and an emergency must not be lost to them.
const ROUNDS: usize = 20;

/// Somebody on call asks.
///
/// # Errors
/// What the statement or the wish is not; `bypass_unreviewed` while an earlier one is open, which is recorded.
pub async fn ask(
    app: &App,
    caller: &Caller,
    request: &BypassRequest,
    key: Option<&Remember>,
) -> Result<Bypass, Refusal> {
    for _ in 0..ROUNDS {
        let spoken = act::speak(app, caller, request).await?;
        let Act::Ask(wish) = &spoken.statement.act else { return Err(other_act("ask")) };
        short_enough(wish)?;
        let rules = app.rules.newest(app.store.as_ref()).await?;
        let now = app.store.now();
        let id = app.entropy.id(now)?;
        let limits = rules.settings.bypass;
        let mut bypass = Bypass::ask(id, caller.user(), wish.clone(), limits, now)?;
        bypass.fingerprint = fingerprint(app, &wish.scope).await?;
        bypass.ask_sha256 = Statement::sha256(&spoken.bytes);
        let bypass = bypass.with_signed(spoken.signed());
        let all = app.store.bypasses().await?.unwrap_or_default();
        let next = match all.with(bypass.clone(), now) {
            Ok(next) => next,
            Err(error) => match refuse(app, caller, &spoken, "bypass", error, None).await? {
                Some(refusal) => return Err(refusal),
                None => continue,
            },
        };
        let [settings, ..] = rules.read();
        let change = spoken
            .change(told(EventKind::BypassAsked, caller, &bypass, &spoken, json!({})))
            .expect(settings.0, settings.1)
            .put(Record::Bypasses(next));
        let answer = view::build(app, caller, &bypass, 0, now);
        if commit(app, remember(change, key, 200, &answer, now)).await?.is_some() {
            return Ok(bypass);
        }
    }
    Err(lost_races())
}

/// Another person on call says the number: it is in force from here on.
///
/// # Errors
/// `wrong_number`, which is counted and recorded; `second_person`; `bypass_state` when it waits for nobody.
pub async fn confirm(
    app: &App,
    caller: &Caller,
    id: &str,
    request: &BypassRequest,
    key: Option<&Remember>,
) -> Result<Bypass, Refusal> {
    for _ in 0..ROUNDS {
        let spoken = act::speak(app, caller, request).await?;
        let Act::Confirm { bypass_id, ask_sha256, number } = &spoken.statement.act else {
            return Err(other_act("confirm"));
        };
        let (all, bypass) = standing(app, id).await?;
        if bypass_id != id || *ask_sha256 != bypass.ask_sha256 {
            return Err(Refusal::new(
                Code::WrongTarget,
                "The statement confirms another wish than this one.",
            ));
        }
        let now = app.store.now();
        let right = navi_domain::bypass::number(app.org_key.as_slice(), id);
        let next = match bypass.confirmed(caller.user(), (*number, right), now) {
            Ok(next) => next,
            Err(error) => match refuse(app, caller, &spoken, id, error, None).await? {
                Some(refusal) => return Err(refusal),
                None => continue,
            },
        };
        if !next.in_force(now) {
            let all = moved(&all, &next, now);
            match refuse(app, caller, &spoken, id, BypassError::WrongNumber, Some((all, &next))).await? {
                Some(_) => return Err(Refusal::new(Code::WrongNumber, wrong_number(&next))),
                None => continue,
            }
        }
        if let Some(begun) = begin(app, caller, (&all, next), &spoken, key).await? {
            return Ok(begun);
        }
    }
    Err(lost_races())
}

/// Nobody answered: whoever asked goes on alone, and the whole line is paged.
///
/// # Errors
/// `second_person` where policy or scope forbid it, `too_soon` within the wait.
pub async fn alone(
    app: &App,
    caller: &Caller,
    id: &str,
    request: &BypassRequest,
    key: Option<&Remember>,
) -> Result<Bypass, Refusal> {
    for _ in 0..ROUNDS {
        let spoken = act::speak(app, caller, request).await?;
        let named = matches!(&spoken.statement.act, Act::Alone { bypass_id } if bypass_id == id);
        if !named {
            return Err(other_act("alone"));
        }
        let (all, bypass) = standing(app, id).await?;
        let now = app.store.now();
        let limits = app.rules.newest(app.store.as_ref()).await?.settings.bypass;
        let next = match bypass.alone(caller.user(), limits, now) {
            Ok(next) => next,
            Err(error) => match refuse(app, caller, &spoken, id, error, None).await? {
                Some(refusal) => return Err(refusal),
                None => continue,
            },
        };
        if let Some(begun) = begin(app, caller, (&all, next), &spoken, key).await? {
            return Ok(begun);
        }
    }
    Err(lost_races())
}

/// Ends it now, or takes back one that nobody confirmed yet. Needs no signature: it only makes things safer.
///
/// # Errors
/// `bypass_state` when it is over already.
pub async fn end(app: &App, caller: &Caller, id: &str) -> Result<Bypass, Refusal> {
    for _ in 0..ROUNDS {
        let (all, bypass) = standing(app, id).await?;
        let now = app.store.now();
        let (kind, next) = match bypass.at(now).stage {
            Stage::Asked { .. } => (EventKind::BypassLapsed, bypass.withdrawn(now)?),
            _ => (EventKind::BypassEnded, bypass.ended(caller.user(), now)?),
        };
        let runs = list::runs_of(app, id).await?;
        let payload = json!({"bypass": next, "by": caller.user(), "runs": runs});
        let change = Change::default()
            .event(event(kind, caller, id, &[("bypass_id", id)], payload))
            .put(Record::Bypasses(moved(&all, &next, now)));
        if commit(app, change).await?.is_some() {
            return Ok(next);
        }
    }
    Err(lost_races())
}

/// Another person than the two of its beginning looked at what ran.
///
/// # Errors
/// `second_person` for those two, `bypass_state` while it is in force or when it was reviewed already.
pub async fn review(
    app: &App,
    caller: &Caller,
    id: &str,
    request: &BypassRequest,
    key: Option<&Remember>,
) -> Result<Bypass, Refusal> {
    for _ in 0..ROUNDS {
        let spoken = act::speak(app, caller, request).await?;
        let Act::Review { bypass_id, finding } = &spoken.statement.act else {
            return Err(other_act("review"));
        };
        if bypass_id != id {
            return Err(other_act("review"));
        }
        if finding.chars().count() > 4_000 {
            return Err(Refusal::new(Code::Invalid, "finding must have at most 4000 characters."));
        }
        let (all, bypass) = standing(app, id).await?;
        let now = app.store.now();
        let next = match bypass.reviewed(caller.user(), finding, now) {
            Ok(next) => next.with_signed(spoken.signed()),
            Err(error) => match refuse(app, caller, &spoken, id, error, None).await? {
                Some(refusal) => return Err(refusal),
                None => continue,
            },
        };
        let runs = list::runs_of(app, id).await?;
        let change = spoken
            .change(told(EventKind::BypassReviewed, caller, &next, &spoken, json!({"runs": runs})))
            .put(Record::Bypasses(moved(&all, &next, now)));
        let answer = view::build(app, caller, &next, runs, now);
        if commit(app, remember(change, key, 200, &answer, now)).await?.is_some() {
            return Ok(next);
        }
    }
    Err(lost_races())
}

/// It comes into force: recorded with everybody who is told, and what waits in its scope is let go at once.
async fn begin(
    app: &App,
    caller: &Caller,
    (all, next): (&Standing, Bypass),
    spoken: &Spoken,
    key: Option<&Remember>,
) -> Result<Option<Bypass>, Refusal> {
    let now = app.store.now();
    let rules = app.rules.newest(app.store.as_ref()).await?;
    if next.wish.minutes > rules.settings.bypass.most_minutes {
        return Err(BypassError::Minutes { most: rules.settings.bypass.most_minutes }.into());
    }
    let next = next.with_signed(spoken.signed());
    let alone = matches!(next.stage, Stage::Active { with: None, .. });
    let people = list::skipped(app, &next).await?;
    let begun = told(EventKind::BypassBegun, caller, &next, spoken, json!({"told": people, "alone": alone}));
    let [settings, ..] = rules.read();
    let mut change = spoken.change(begun).expect(settings.0, settings.1);
    if alone {
        let paged = list::line(app, &next, now).await?;
        let payload = json!({"users": paged, "cause": "alone", "bypass": {"id": next.id, "by": next.by}});
        let links = [("bypass_id", next.id.as_str())];
        change = change.event(system_event(EventKind::BypassAlerted, &next.id, &links, payload));
    }
    change = change.put(Record::Bypasses(moved(all, &next, now)));
    let answer = view::build(app, caller, &next, 0, now);
    if commit(app, remember(change, key, 200, &answer, now)).await?.is_none() {
        return Ok(None);
    }
    settle::follow(app).await;
    Ok(Some(next))
}

/// A statement with a good signature that has no effect is on record, and its sequence number is used. `None`: look again.
async fn refuse(
    app: &App,
    caller: &Caller,
    spoken: &Spoken,
    subject: &str,
    error: BypassError,
    row: Option<(Standing, &Bypass)>,
) -> Result<Option<Refusal>, Refusal> {
    let payload = json!({"act": spoken.statement.act.as_str(), "refusal": error.to_string(), "signed": spoken.signed()});
    let links = [("device_id", spoken.device.id.as_str())];
    let mut change = spoken.change(event(EventKind::BypassRefused, caller, subject, &links, payload));
    if let Some((all, bypass)) = row {
        if matches!(bypass.stage, Stage::Lapsed { .. }) {
            let payload = json!({"bypass": bypass, "cause": "wrong_number"});
            let links = [("bypass_id", subject)];
            change = change.event(system_event(EventKind::BypassLapsed, subject, &links, payload));
        }
        change = change.put(Record::Bypasses(all));
    }
    Ok(commit(app, change).await?.map(|_| Refusal::from(error)))
}

/// An entry about a step that somebody signed. Its links say without any payload what the step was.
fn told(kind: EventKind, caller: &Caller, bypass: &Bypass, spoken: &Spoken, more: Value) -> Event {
    let mut payload = json!({"bypass": bypass, "covers": bypass.wish.scope.describe()});
    if let (Some(fields), Value::Object(more)) = (payload.as_object_mut(), more) {
        fields.extend(more);
    }
    let minutes = bypass.wish.minutes.to_string();
    let ends_at = bypass.ends_at().map(|at| at.to_string()).unwrap_or_default();
    let links = [
        ("bypass_id", bypass.id.as_str()),
        ("device_id", spoken.device.id.as_str()),
        ("minutes", minutes.as_str()),
        ("ends_at", ends_at.as_str()),
    ];
    event(kind, caller, &bypass.id, &links, payload)
}

/// The row with one bypass in its next stage; what is over and reviewed, or lapsed, leaves it.
fn moved(all: &Standing, next: &Bypass, now: i64) -> Standing {
    all.moved(next.clone()).unwrap_or_else(|| all.clone()).tidied(now)
}

async fn standing(app: &App, id: &str) -> Result<(Standing, Bypass), Refusal> {
    let all = app.store.bypasses().await?.unwrap_or_default();
    let bypass = all.find(id).cloned().ok_or_else(|| Refusal::not_found("open bypass", id))?;
    Ok((all, bypass))
}

/// What a wrong number has changed.
fn wrong_number(counted: &Bypass) -> String {
    let left = match counted.stage {
        Stage::Asked { wrong } => WRONG_NUMBERS.saturating_sub(wrong),
        _ => 0,
    };
    match left {
        0 => "That is not the number that the other person sees. It was wrong too often: this bypass has lapsed.".into(),
        1 => "That is not the number that the other person sees. With one more wrong number this bypass lapses.".into(),
        left => {
            format!("That is not the number that the other person sees. With {left} more wrong numbers this bypass lapses.")
        }
    }
}

/// Everybody reads it: not longer than anybody reads.
fn short_enough(wish: &Wish) -> Result<(), Refusal> {
    for (what, said, most) in [
        ("reason", wish.reason.as_str(), 4_000),
        ("incident", wish.incident.as_str(), 200),
        ("name", wish.scope.name().unwrap_or_default(), 200),
    ] {
        if said.chars().count() > most {
            return Err(Refusal::new(Code::Invalid, format!("{what} must have at most {most} characters.")));
        }
    }
    Ok(())
}

/// The fingerprint of the one action that a scope names: a request that waits now.
async fn fingerprint(app: &App, scope: &BypassScope) -> Result<Option<String>, Refusal> {
    let BypassScope::Action(digest) = scope else { return Ok(None) };
    for (approval, _) in app.store.under_way().await?.approvals {
        if approval.digest == *digest {
            let record = app.store.decision(&approval.decision_id).await?;
            return Ok(record.map(|record| record.fingerprint));
        }
    }
    let detail = "No request with this digest waits. A bypass for one action names one that does.";
    Err(Refusal::new(Code::Invalid, detail))
}

fn other_act(wanted: &str) -> Refusal {
    Refusal::new(Code::WrongTarget, format!("The statement is no {wanted:?} of this bypass."))
}

/// The row's key with the version that was read.
pub(super) fn read(all: &Standing) -> (Key, navi_store::Expected) {
    version_key(Key::Bypasses, all.version)
}

/// Whether a person is on call in the sense of this: may ask and confirm.
pub(super) fn on_call(rules: &crate::rules::Rules, user: &navi_domain::people::User) -> bool {
    rules.may(&user.id, user.role, Right::Bypass)
}
