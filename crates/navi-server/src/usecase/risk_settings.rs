//! Weights, base risks, bounds and labels: what is in force, and how a scope changes them.

use std::collections::{BTreeMap, BTreeSet};

use navi_domain::action::ActionType;
use navi_domain::canonical;
use navi_domain::event::EventKind;
use navi_domain::proposal::{Proposal, ProposalKind};
use navi_domain::risk::change::{differences, loosens};
use navi_domain::risk::{FactorName, Level, LevelBounds, RiskOverrides, RiskSettings};
use navi_protocol::problem::Code;
use navi_protocol::settings::{RevertSettingsRequest, RiskRequest, SettingsVersion};
use navi_store::{Expected, Key, Record, RiskScope, SavedRisk};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::policy_history::{at, entries, payload};
use super::propose::{Prepared, Settled, because, settle};
use super::save_policy::Answer;
use super::{Remember, TRIES, lost_races, version_key};
use crate::auth::Caller;
use crate::view::settings as view;
use crate::{App, Refusal};

/// The settings in force for a person in a repository, and the rows they rest on, also those that are not there.
///
/// # Errors
/// The store's refusal.
pub async fn risk_in_force(
    app: &App,
    user: &str,
    repo: Option<&str>,
) -> Result<(RiskSettings, Vec<(Key, Expected)>), Refusal> {
    let saved = app.store.risk_for(user, repo).await?;
    let own = RiskScope::User(user.to_owned());
    let scopes = [Some(RiskScope::Default), repo.map(|r| RiskScope::Repo(r.to_owned())), Some(own)];
    let version = |scope: &RiskScope| saved.iter().find(|s| s.scope == *scope).map_or(0, |s| s.version);
    let read = scopes.into_iter().flatten().map(|scope| {
        let version = version(&scope);
        version_key(Key::RiskSettings(scope), version)
    });
    Ok((RiskSettings::merged(saved.iter().map(|s| &s.changed)), read.collect()))
}

/// What a proposal keeps.
#[derive(Serialize, Deserialize)]
struct Kept {
    scope: String,
    risk: RiskRequest,
}

/// What an entry keeps of a scope's settings.
#[derive(Deserialize)]
struct Written {
    changed: RiskOverrides,
    version: u64,
}

/// Which scope an entry is about.
#[derive(Deserialize)]
struct Recorded {
    #[serde(flatten)]
    scope: Option<RiskScope>,
}

/// Saves.
///
/// # Errors
/// `invalid` for values out of range, `version_conflict` when somebody else saved first.
pub async fn save_risk(
    app: &App,
    caller: &Caller,
    scope: &RiskScope,
    request: &RiskRequest,
    key: Option<&Remember>,
) -> Result<Answer<SavedRisk>, Refusal> {
    for _ in 0..TRIES {
        let (prepared, after) = prepare(app, scope, request).await?;
        let parent = parent(app, scope).await?;
        let shown = view::risk(&after, parent.as_ref().map(|p| &p.changed));
        match settle(app, caller, prepared, &shown, key).await? {
            Settled::Saved => return Ok(Answer::Saved(after)),
            Settled::Proposed(proposal) => return Ok(Answer::Proposed(proposal)),
            Settled::Again => {}
        }
    }
    Err(lost_races())
}

/// Saves an older version of a scope as the newest.
///
/// # Errors
/// As [`save_risk`]; `not_found` when there was no such version or its content was erased.
pub async fn revert(
    app: &App,
    caller: &Caller,
    scope: &RiskScope,
    request: &RevertSettingsRequest,
    key: Option<&Remember>,
) -> Result<Answer<SavedRisk>, Refusal> {
    let entries = entries(app, EventKind::RiskSettingsChanged, &subject(app, scope)).await?;
    let mut saved = entries.iter().filter_map(payload::<Written>);
    let found = saved.find(|saved| saved.version == request.to_version);
    let old = found.ok_or_else(|| Refusal::not_found("version", &request.to_version.to_string()))?.changed;
    let named = |name: &str, value: &u16| (name.to_owned(), *value);
    let again = RiskRequest {
        weights: old.weights.iter().map(|(factor, weight)| named(factor.as_str(), weight)).collect(),
        base: old.base.iter().map(|(kind, base)| named(kind.as_str(), base)).collect(),
        levels: old.levels.map(view::levels),
        labels: old.labels.iter().map(|(level, label)| (level.as_str().to_owned(), label.clone())).collect(),
        version: Some(request.version),
        reason: request.reason.clone(),
    };
    save_risk(app, caller, scope, &again, key).await
}

/// Prepares what a proposal asks for, against what is in force now.
///
/// # Errors
/// As [`save_risk`].
pub(super) async fn prepare_proposed(app: &App, proposal: &Proposal) -> Result<Prepared, Refusal> {
    let kept: Kept = super::kept(proposal)?;
    Ok(prepare(app, &scope_of(&kept.scope)?, &kept.risk).await?.0)
}

/// The organisation's settings, which a more special scope changes.
///
/// # Errors
/// The store's refusal.
pub async fn parent(app: &App, scope: &RiskScope) -> Result<Option<SavedRisk>, Refusal> {
    match scope {
        RiskScope::Default => Ok(None),
        RiskScope::Repo(_) | RiskScope::User(_) => Ok(app.store.risk_of(&RiskScope::Default).await?),
    }
}

/// The scope of a path segment.
///
/// # Errors
/// `bad_request`.
pub fn scope_of(text: &str) -> Result<RiskScope, Refusal> {
    let bad = || Refusal::new(Code::BadRequest, format!("{text:?} is not default, repo:NAME or user:NAME."));
    RiskScope::parse(text).ok_or_else(bad)
}

async fn prepare(
    app: &App,
    scope: &RiskScope,
    request: &RiskRequest,
) -> Result<(Prepared, SavedRisk), Refusal> {
    let old = app.store.risk_of(scope).await?;
    let (known, claimed) = (old.as_ref().map_or(0, |r| r.version), request.version.unwrap_or(0));
    if known != claimed {
        let detail = format!(
            "The risk settings have version {known}, the change is for version {claimed}. Load them again."
        );
        return Err(Refusal::new(Code::VersionConflict, detail));
    }
    let changed = overrides(request)?;
    let before = old.map(|r| r.changed).unwrap_or_default();
    let parent = parent(app, scope).await?;
    let mut read = Vec::new();
    if *scope != RiskScope::Default {
        read.push(version_key(
            Key::RiskSettings(RiskScope::Default),
            parent.as_ref().map_or(0, |p| p.version),
        ));
    }
    let general = parent.map(|p| p.changed).unwrap_or_default();
    let under = |between: &[&RiskOverrides], own: &RiskOverrides| {
        RiskSettings::merged([&general].into_iter().chain(between.iter().copied()).chain([own]))
    };
    let mut looser = loosens(&under(&[], &before), &under(&[], &changed));
    if matches!(scope, RiskScope::User(_)) {
        // A person's settings overrule those of a repository, so they are compared in each that has some.
        for repo in repositories(app).await? {
            read.push(version_key(Key::RiskSettings(repo.scope.clone()), repo.version));
            for way in loosens(&under(&[&repo.changed], &before), &under(&[&repo.changed], &changed)) {
                if !looser.contains(&way) {
                    looser.push(way);
                }
            }
        }
    }
    let words = differences(&under(&[], &before), &under(&[], &changed));
    let row = SavedRisk { scope: scope.clone(), changed, version: known };
    let after = SavedRisk { version: known + 1, ..row.clone() };
    let mut payload = serde_json::to_value(&after.scope).unwrap_or_default();
    if let Some(fields) = payload.as_object_mut() {
        fields.insert("changed".into(), serde_json::to_value(&after.changed).unwrap_or_default());
        fields.insert("version".into(), after.version.into());
        fields.insert("words".into(), Value::from(words));
    }
    let kept = Kept { scope: scope.id(), risk: request.clone() };
    let prepared = Prepared {
        kind: ProposalKind::RiskSettings,
        about: format!("risk settings of {}", scope.id()),
        looser,
        request: serde_json::to_value(&kept).unwrap_or_default(),
        base_version: known,
        event: (EventKind::RiskSettingsChanged, subject(app, scope)),
        payload: because(payload, &request.reason),
        record: Record::RiskSettings(row),
        read,
    };
    Ok((prepared, after))
}

/// Subject of a scope's entries: a pseudonym, because a scope may name a person.
fn subject(app: &App, scope: &RiskScope) -> String {
    canonical::reason_commitment(app.org_key.as_slice(), &format!("risk settings of {}", scope.id()))
}

/// Settings of every repository that has some.
async fn repositories(app: &App) -> Result<Vec<SavedRisk>, Refusal> {
    let mut found = Vec::new();
    let entries = entries(app, EventKind::RiskSettingsChanged, "").await?;
    let scopes: BTreeSet<RiskScope> =
        entries.iter().filter_map(payload::<Recorded>).filter_map(|r| r.scope).collect();
    for scope in scopes.iter().filter(|s| matches!(s, RiskScope::Repo(_))) {
        found.extend(app.store.risk_of(scope).await?);
    }
    Ok(found)
}

/// Every saved version of a scope, newest first, at most a thousand.
///
/// # Errors
/// The store's refusal.
pub async fn history(app: &App, scope: &RiskScope) -> Result<Vec<SettingsVersion>, Refusal> {
    let entries = entries(app, EventKind::RiskSettingsChanged, &subject(app, scope)).await?;
    Ok(entries.iter().map(|entry| view::version(entry, at(entry), payload(entry))).collect())
}

fn overrides(request: &RiskRequest) -> Result<RiskOverrides, Refusal> {
    let invalid = |what: String| Refusal::new(Code::Invalid, what);
    let mut base = BTreeMap::new();
    for (name, thousandths) in &request.base {
        let kind = ActionType::parse(name);
        if kind.as_str().is_empty() || kind.as_str().chars().count() > 80 {
            return Err(invalid("an action type of base must have 1 to 80 characters.".to_owned()));
        }
        if base.insert(kind, *thousandths).is_some() {
            return Err(invalid(format!("{name:?} names an action type of base a second time.")));
        }
    }
    if base.len() > 200 {
        return Err(invalid("base has more than 200 entries.".to_owned()));
    }
    let changed = RiskOverrides {
        weights: named::<FactorName, _>(&request.weights, "factor")?,
        base,
        levels: request.levels.map(|l| LevelBounds { medium: l.medium, high: l.high, critical: l.critical }),
        labels: named::<Level, _>(&request.labels, "level")?,
    };
    changed.validate().map_err(|e| invalid(format!("{e}.")))?;
    Ok(changed)
}

fn named<K: DeserializeOwned + Ord, V: Clone>(
    given: &BTreeMap<String, V>,
    what: &str,
) -> Result<BTreeMap<K, V>, Refusal> {
    given
        .iter()
        .map(|(name, value)| match serde_json::from_value(name.clone().into()) {
            Ok(key) => Ok((key, value.clone())),
            Err(_) => Err(Refusal::new(Code::Invalid, format!("{name:?} is no {what} the product knows."))),
        })
        .collect()
}
