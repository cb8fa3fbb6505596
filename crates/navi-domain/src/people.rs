//! People, roles and what a credential may do.

use serde::{Deserialize, Serialize};

use crate::UtcMicros;
use crate::risk::Level;

/// What a credential may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A coding agent: may ask, redeem and report, and nothing else.
    Agent,
    /// A person whose agents are governed: asks, sees its own requests.
    Developer,
    /// Decides.
    Approver,
    /// Decides, and may break the glass.
    Oncall,
    /// Reads everything, decides nothing.
    Auditor,
    /// Manages policies, invites, devices and tokens; may decide.
    Admin,
}

/// What an API operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Ask for a decision, redeem a permit, report an execution.
    Act,
    /// See one's own requests.
    SeeOwn,
    /// See everybody's requests.
    SeeAll,
    /// Vote.
    Vote,
    /// Read policies.
    ReadPolicy,
    /// Change policies.
    WritePolicy,
    /// Read the ledger and its proofs.
    ReadLedger,
    /// Manage invites, devices and tokens.
    ManagePeople,
    /// Break the glass.
    Bypass,
    /// Undo what ran.
    RollBack,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 10] = [
        Self::Act,
        Self::SeeOwn,
        Self::SeeAll,
        Self::Vote,
        Self::ReadPolicy,
        Self::WritePolicy,
        Self::ReadLedger,
        Self::ManagePeople,
        Self::Bypass,
        Self::RollBack,
    ];

    /// Name of the guardrail question that answers it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::SeeOwn => "see_own",
            Self::SeeAll => "see_all",
            Self::Vote => "vote",
            Self::ReadPolicy => "read_policy",
            Self::WritePolicy => "edit_policy",
            Self::ReadLedger => "read_audit",
            Self::ManagePeople => "manage_people",
            Self::Bypass => "bypass",
            Self::RollBack => "roll_back",
        }
    }
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] =
        [Self::Agent, Self::Developer, Self::Approver, Self::Oncall, Self::Auditor, Self::Admin];

    /// Spelling in JSON, SQL and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Developer => "developer",
            Self::Approver => "approver",
            Self::Oncall => "oncall",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The role of a spelling.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == name)
    }
}

/// Where a device's keys live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClass {
    /// The tray console; keys in the OS keyring.
    Desktop,
    /// A terminal with a key file.
    Terminal,
    /// A browser with a non-extractable WebCrypto key; at most medium.
    Web,
}

/// A person's enrolled device and its public keys (Ed25519, hex of 32 bytes).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Id (UUID v7).
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// Name for people.
    pub name: String,
    /// Class.
    pub class: DeviceClass,
    /// Agents run on the same machine: capped at [`Device::ceiling`], and never for its own user's agents.
    pub shared: bool,
    /// Public vote key.
    pub vote_key: String,
    /// Public step-up key, absent on devices that cannot approve high and critical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up_key: Option<String>,
    /// Last accepted `device_seq`; the next vote's must be greater.
    pub last_seq: u64,
    /// Enrolled at.
    pub enrolled_at: UtcMicros,
    /// A person's further device decides nothing until an earlier one of theirs (or an admin) confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<UtcMicros>,
    /// Revoked at; votes received later are refused whenever they claim to be signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<UtcMicros>,
    /// Row version.
    pub version: u64,
}

impl Device {
    /// The highest level this device may approve.
    #[must_use]
    pub fn ceiling(&self) -> Level {
        match (self.class, self.shared, &self.step_up_key) {
            (DeviceClass::Web, _, _) | (_, true, _) | (_, _, None) => Level::Medium,
            (DeviceClass::Desktop | DeviceClass::Terminal, false, Some(_)) => Level::Critical,
        }
    }
}

/// A person of the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Id as the organisation names the person (`alice`).
    pub id: String,
    /// Role.
    pub role: Role,
    /// Since when.
    pub created_at: UtcMicros,
    /// Row version.
    pub version: u64,
}

/// A bearer token; only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// SHA-256 (hex) of the token.
    pub hash: String,
    /// Public id, for listing and revoking.
    pub id: String,
    /// The person it speaks for.
    pub user: String,
    /// What it may do.
    pub role: Role,
    /// The agent it speaks as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The device it belongs to; such a token dies with its device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// Made at.
    pub created_at: UtcMicros,
    /// Last instant at which it is good; absent: until revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UtcMicros>,
    /// Revoked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<UtcMicros>,
    /// Row version.
    pub version: u64,
}

/// A single-use invitation to enrol a device; only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// SHA-256 (hex) of the invite.
    pub hash: String,
    /// Public id.
    pub id: String,
    /// The person it enrols.
    pub user: String,
    /// The role the person gets if new.
    pub role: Role,
    /// Only this class of device may use it (the web link: `web`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<DeviceClass>,
    /// Made at.
    pub created_at: UtcMicros,
    /// Last instant at which it is good.
    pub expires_at: UtcMicros,
    /// Used at, and by which device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
    /// Row version.
    pub version: u64,
}
