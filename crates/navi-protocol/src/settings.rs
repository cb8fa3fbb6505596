//! `/settings` and `/risk-settings`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::Worded;

/// `PUT /settings`. What is absent stays as it is; what is given replaces the whole field.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsRequest {
    /// Distinct people who must approve, by level (`high`: 2): 1–9, critical at least 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum_by_level: Option<BTreeMap<String, u8>>,
    /// The same by rule (`guardrail`: 2); the greater counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum_by_rule: Option<BTreeMap<String, u8>>,
    /// People of one-person teams who may approve what they asked for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_approvers: Option<BTreeSet<String>>,
    /// From this level on an approve needs a reason: `low` … `critical`, or `never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve_reason_from: Option<String>,
    /// Whether what loosens needs a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_person_for_loosening: Option<bool>,
    /// More open requests of one agent than this are a flood: 1–1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_open_per_agent: Option<u32>,
    /// Seconds of the one extension: 60–86400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension_secs: Option<u32>,
    /// Longest grant in minutes: 1–1440.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_grant_minutes: Option<u32>,
    /// Most uses of one grant: 1–1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_grant_uses: Option<u32>,
    /// Groups of people, for guardrails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<BTreeMap<String, BTreeSet<String>>>,
    /// Witnesses that must have cosigned the checkpoint a console trusts: 0–9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosignatures_required: Option<u8>,
    /// Days after which payloads are erased, by class (`decisions`, `discussions`, `executions`): 30–3650. What is not
    /// named is kept for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<BTreeMap<String, u32>>,
    /// How long a bypass may be, and whether one person may go on alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass: Option<BypassPolicy>,
    /// What may be approved without a connection, and in a notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowances: Option<AllowancesView>,
    /// Minutes for which what ran may be rolled back, by action type: 0–129600, 0: never. `*` is for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_minutes: Option<BTreeMap<String, u32>>,
    /// The version that was read; absent or 0: nothing was saved yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Why, in the person's words; recorded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// How far people may approve where less care is possible. Rejecting is always possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AllowancesView {
    /// What may be approved without a connection: `none`, `low`, `medium`.
    pub offline: String,
    /// For so many minutes after the last contact: 1–1440.
    pub offline_minutes: u32,
    /// What may be approved in a notification: `none`, `low`, `medium`.
    pub notification: String,
}

/// Low and medium, four hours.
impl Default for AllowancesView {
    fn default() -> Self {
        Self { offline: "medium".to_owned(), offline_minutes: 240, notification: "medium".to_owned() }
    }
}

/// What the policy allows about bypasses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BypassPolicy {
    /// Longest duration in minutes: 15, 30 or 60; 0: no bypass at all.
    pub most_minutes: u32,
    /// Whether one person may go on alone when nobody answers; never for everything.
    pub solo: bool,
}

/// An hour, and nobody alone.
impl Default for BypassPolicy {
    fn default() -> Self {
        Self { most_minutes: 60, solo: false }
    }
}

/// The organisation's settings in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingsView {
    /// Distinct people who must approve, for every level.
    pub quorum_by_level: BTreeMap<String, u8>,
    /// The same by rule.
    pub quorum_by_rule: BTreeMap<String, u8>,
    /// Who may approve own requests.
    pub self_approvers: BTreeSet<String>,
    /// From this level on an approve needs a reason: `low` … `critical`, or `never`.
    #[serde(default = "never")]
    pub approve_reason_from: String,
    /// Whether what loosens needs a second person.
    pub second_person_for_loosening: bool,
    /// More open requests of one agent than this are a flood.
    pub max_open_per_agent: u32,
    /// Seconds of the one extension.
    pub extension_secs: u32,
    /// Longest grant in minutes.
    pub max_grant_minutes: u32,
    /// Most uses of one grant.
    pub max_grant_uses: u32,
    /// Groups of people.
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// Witnesses that must have cosigned the checkpoint a console trusts.
    #[serde(default)]
    pub cosignatures_required: u8,
    /// Days after which payloads are erased, by class.
    #[serde(default)]
    pub retention: BTreeMap<String, u32>,
    /// How long a bypass may be, and whether one person may go on alone.
    #[serde(default)]
    pub bypass: BypassPolicy,
    /// What may be approved without a connection, and in a notification.
    #[serde(default)]
    pub allowances: AllowancesView,
    /// Minutes for which what ran may be rolled back, by action type, where they differ from the shipped ones.
    #[serde(default)]
    pub rollback_minutes: BTreeMap<String, u32>,
    /// Version of the row; 0: nothing was saved.
    pub version: u64,
}

/// What [`SettingsView::approve_reason_from`] says where no level needs a reason.
pub const NEVER: &str = "never";

fn never() -> String {
    NEVER.to_owned()
}

/// Lowest scores of the levels, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelsView {
    /// Medium begins here: 100–500.
    pub medium: u16,
    /// High begins here: 400–800, above medium.
    pub high: u16,
    /// Critical begins here: 600–950, above high.
    pub critical: u16,
}

/// `PUT /risk-settings/{scope}`: everything that this scope changes. What is absent is no longer changed here.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskRequest {
    /// Weight of a factor in thousandths: from half of the shipped one to 1000.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, u16>,
    /// Base risk of an action type in thousandths: from half of the shipped one to 1000.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub base: BTreeMap<String, u16>,
    /// Where the levels begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<LevelsView>,
    /// What the levels are called, 1–40 characters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The version that was read; absent or 0: nothing was saved yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Why, in the person's words; recorded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Risk settings of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RiskView {
    /// `default`, `repo:NAME`, `user:NAME`.
    pub scope: String,
    /// Version of the row; 0: nothing was saved here.
    pub version: u64,
    /// Weights changed here, in thousandths.
    pub weights: BTreeMap<String, u16>,
    /// Base risks changed here, in thousandths.
    pub base: BTreeMap<String, u16>,
    /// Where the levels begin, if changed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<LevelsView>,
    /// Labels changed here.
    pub labels: BTreeMap<String, String>,
    /// The whole table in force: shipped, then the organisation's, then this scope's.
    pub in_force: RiskTable,
    /// Action types among `base` that the product does not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A whole table of risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RiskTable {
    /// Weight of every factor, in thousandths.
    pub weights: BTreeMap<String, u16>,
    /// Base risk of every action type the product knows, and of those that were changed.
    pub base: BTreeMap<String, u16>,
    /// Where the levels begin.
    pub levels: LevelsView,
    /// What the levels are called.
    pub labels: BTreeMap<String, String>,
}

/// One saved version of settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingsVersion {
    /// Version.
    pub version: u64,
    /// Who saved it.
    pub saved_by: String,
    /// Who proposed it, where a second person agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
    /// When.
    pub saved_at: i64,
    /// What changed, in words.
    pub changed: Vec<String>,
    /// In which way it was looser, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looser: Vec<String>,
    /// Why, in the words of who saved or proposed it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Index of its ledger entry.
    pub ledger_index: u64,
    /// What the sentences above mean, as far as they are the server's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// `POST /settings/revert` and `POST /risk-settings/{scope}/revert`: an older version becomes the newest.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevertSettingsRequest {
    /// The version to go back to.
    pub to_version: u64,
    /// The version that was read, as for saving.
    pub version: u64,
    /// Why, in the person's words; recorded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}
