//! The organisation's settings and risk settings for the wire.

use std::collections::BTreeMap;

use navi_domain::action::{ActionType, KNOWN_TYPES};
use navi_domain::allowance::Allowances;
use navi_domain::fact::Severity;
use navi_domain::risk::{FactorName, Level, LevelBounds, RiskOverrides, RiskSettings};
use navi_domain::settings::OrgSettings;
use navi_protocol::settings::{
    AllowancesView, BypassPolicy, LevelsView, NEVER, RiskTable, RiskView, SettingsVersion, SettingsView,
};
use navi_store::{Entry, SavedRisk};
use serde::Deserialize;

/// What may be approved where less care is possible.
#[must_use]
pub fn allowances(settings: &OrgSettings) -> AllowancesView {
    let Allowances { offline, offline_minutes, notification } = settings.allowances;
    AllowancesView {
        offline: offline.as_str().to_owned(),
        offline_minutes,
        notification: notification.as_str().to_owned(),
    }
}

/// Builds the view.
#[must_use]
pub fn build(settings: &OrgSettings) -> SettingsView {
    let quorum = |level: Level| (level.as_str().to_owned(), settings.quorum(level, ""));
    SettingsView {
        quorum_by_level: Level::ALL.into_iter().map(quorum).collect(),
        quorum_by_rule: settings.quorum_by_rule.clone(),
        self_approvers: settings.self_approvers.clone(),
        approve_reason_from: settings.approve_reason_from.map_or(NEVER, Level::as_str).to_owned(),
        second_person_for_loosening: settings.second_person_for_loosening,
        max_open_per_agent: settings.max_open_per_agent,
        extension_secs: settings.extension_secs,
        max_grant_minutes: settings.max_grant_minutes,
        max_grant_uses: settings.max_grant_uses,
        groups: settings.groups.clone(),
        cosignatures_required: settings.cosignatures_required,
        retention: settings.retention.iter().map(|(c, days)| (c.as_str().to_owned(), *days)).collect(),
        bypass: BypassPolicy { most_minutes: settings.bypass.most_minutes, solo: settings.bypass.solo },
        rollback_minutes: settings.rollback_minutes.clone(),
        allowances: allowances(settings),
        version: settings.version,
    }
}

/// Builds the view of a scope's risk settings; `general` are the organisation's, for a more special scope.
#[must_use]
pub fn risk(saved: &SavedRisk, general: Option<&RiskOverrides>) -> RiskView {
    let own = &saved.changed;
    let unknown = own.base.keys().filter(|kind| !kind.is_known());
    RiskView {
        scope: saved.scope.id(),
        version: saved.version,
        weights: own.weights.iter().map(|(name, weight)| (name.as_str().to_owned(), *weight)).collect(),
        base: own.base.iter().map(|(kind, base)| (kind.as_str().to_owned(), *base)).collect(),
        levels: own.levels.map(levels),
        labels: own.labels.iter().map(|(level, label)| (level.as_str().to_owned(), label.clone())).collect(),
        in_force: table(&RiskSettings::merged(general.into_iter().chain([own]))),
        warnings: unknown.map(|k| format!("{} is no action type the product knows", k.as_str())).collect(),
    }
}

/// Where the levels begin.
#[must_use]
pub fn levels(bounds: LevelBounds) -> LevelsView {
    LevelsView { medium: bounds.medium, high: bounds.high, critical: bounds.critical }
}

fn table(settings: &RiskSettings) -> RiskTable {
    let factors = FactorName::ALL.into_iter().filter(|name| *name != FactorName::Base);
    let known = KNOWN_TYPES.iter().map(|name| ActionType::parse(name));
    let base: BTreeMap<String, u16> = known
        .chain(settings.changed.base.keys().cloned())
        .map(|kind| (kind.as_str().to_owned(), settings.base(&kind)))
        .collect();
    RiskTable {
        weights: factors
            .map(|f| (f.as_str().to_owned(), settings.contribution(f, Severity::Serious)))
            .collect(),
        base,
        levels: levels(settings.bounds()),
        labels: Level::ALL
            .into_iter()
            .map(|l| (l.as_str().to_owned(), settings.label(l).to_owned()))
            .collect(),
    }
}

/// What the payload of a saved setting's ledger entry says beside the setting.
#[derive(Debug, Deserialize)]
pub struct Recorded {
    version: u64,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    looser: Vec<String>,
    #[serde(default)]
    proposed_by: Option<String>,
    #[serde(default)]
    reason: String,
}

/// One saved version; `recorded` is absent where the payload is gone.
#[must_use]
pub fn version(entry: &Entry, saved_at: i64, recorded: Option<Recorded>) -> SettingsVersion {
    let words = recorded.iter().flat_map(|r| r.words.iter().chain(&r.looser));
    SettingsVersion {
        words: super::words::changes(words),
        version: recorded.as_ref().map_or(0, |r| r.version),
        saved_by: entry.actor.clone(),
        saved_at,
        ledger_index: entry.index,
        proposed_by: recorded.as_ref().and_then(|r| r.proposed_by.clone()),
        changed: recorded.as_ref().map(|r| r.words.clone()).unwrap_or_default(),
        reason: recorded.as_ref().map(|r| r.reason.clone()).unwrap_or_default(),
        looser: recorded.map(|r| r.looser).unwrap_or_default(),
    }
}
