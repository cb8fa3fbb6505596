//! `/devices`, `/invites`, `/tokens`, `/session`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::settings::AllowancesView;

/// `POST /devices`, without credential: the invite is the credential.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrollRequest {
    /// The invite.
    pub invite: String,
    /// Name for people.
    pub name: String,
    /// `desktop`, `terminal`, `web`.
    pub class: String,
    /// Agents run on this machine.
    #[serde(default)]
    pub shared: bool,
    /// Public vote key, hex of 32 bytes.
    pub vote_key: String,
    /// Public step-up key, hex of 32 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up_key: Option<String>,
    /// Base64 signature by the vote key over `navi/enroll/v1\n` ‖ SHA-256(invite) hex ‖ `\n` ‖ vote_key ‖ `\n` ‖ step_up_key or empty.
    pub proof: String,
    /// The same bytes signed by the step-up key, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up_proof: Option<String>,
}

/// The new device.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnrollResponse {
    /// The device.
    pub device: DeviceView,
    /// Bearer token of the device.
    pub token: String,
    /// Organisation.
    pub org: String,
    /// Role.
    pub role: String,
    /// Ledger's origin, part of every vote.
    pub origin: String,
    /// Ledger's verification key: pin it.
    pub ledger_vkey: String,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceView {
    /// Id.
    pub id: String,
    /// Whose.
    pub user: String,
    /// Name.
    pub name: String,
    /// `desktop`, `terminal`, `web`.
    pub class: String,
    /// Agents run on the same machine.
    pub shared: bool,
    /// Public vote key (hex).
    pub vote_key: String,
    /// Public step-up key (hex).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up_key: Option<String>,
    /// Highest level it may approve.
    pub ceiling: String,
    /// Last accepted sequence number.
    pub last_seq: u64,
    /// Enrolled at.
    pub enrolled_at: i64,
    /// Confirmed at; absent: decides nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<i64>,
    /// Revoked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<i64>,
}

/// `POST /invites`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// Person to enrol.
    pub user: String,
    /// Role if the person is new.
    pub role: String,
    /// Only this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Life in seconds; default one day, at most seven days; `web` at most 60 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_secs: Option<u32>,
}

/// A new invite. Its text is shown once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InviteResponse {
    /// Public id.
    pub id: String,
    /// The secret text.
    pub invite: String,
    /// Opens the console's enrolment: `navi://enroll?url=…&invite=…&vkey=…`.
    pub link: String,
    /// One-time web page link, when the class is `web`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_link: Option<String>,
    /// Expires at.
    pub expires_at: i64,
}

/// An invite in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InviteView {
    /// Public id.
    pub id: String,
    /// Person.
    pub user: String,
    /// Role.
    pub role: String,
    /// Expires at.
    pub expires_at: i64,
    /// Device that used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

/// `POST /tokens`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// Person it speaks for.
    pub user: String,
    /// What it may do.
    pub role: String,
    /// Agent it speaks as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// A new token. Its text is shown once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenResponse {
    /// Public id.
    pub id: String,
    /// The secret text.
    pub token: String,
}

/// A token in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// Public id.
    pub id: String,
    /// Person.
    pub user: String,
    /// Role.
    pub role: String,
    /// Agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Made at.
    pub created_at: i64,
    /// Revoked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<i64>,
}

/// `GET /server`, without credential: which server this is, for a person who holds an invite and has not sent it yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerView {
    /// Organisation.
    pub org: String,
    /// Ledger's verification key.
    pub ledger_vkey: String,
    /// The key, short enough to be compared by people.
    pub fingerprint: String,
    /// Version of the server.
    pub version: String,
}

/// `GET /session`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// Organisation.
    pub org: String,
    /// Person.
    pub user: String,
    /// Role.
    pub role: String,
    /// Agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The device of this credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceView>,
    /// Ledger's origin.
    pub origin: String,
    /// Ledger's verification key.
    pub ledger_vkey: String,
    /// Witnesses that must have cosigned the checkpoint a console trusts.
    #[serde(default)]
    pub cosignatures_required: u8,
    /// What may be approved without a connection, and in a notification.
    #[serde(default)]
    pub allowances: AllowancesView,
    /// Server time.
    pub server_time: i64,
}
