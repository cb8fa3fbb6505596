//! `/envelopes` and `/gates`: sealed envelopes, which open without the server, and the gates that they are for.

use navi_domain::envelope::spool::Spooled;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /envelopes`: hand one out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeRequest {
    /// The gate it is for.
    pub gate_id: String,
    /// Who can open it.
    pub holder: String,
    /// With which of the holder's devices; absent: the newest that has a step-up key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// `repo` or `agent`.
    pub scope: String,
    /// Which.
    pub name: String,
    /// 15, 30 or 60, once opened.
    pub minutes: u32,
    /// Hours until it is worth nothing: 1 to 168.
    pub hours: u32,
}

/// An envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvelopeView {
    /// Id.
    pub id: String,
    /// What the server signed, in base64: `navi/envelope/v1` and canonical JSON.
    pub envelope: String,
    /// The server's signature over it, in hex.
    pub signature: String,
    /// The gate it is for.
    pub gate_id: String,
    /// That gate's name.
    pub gate_name: String,
    /// `repo` or `agent`.
    pub scope: String,
    /// Which.
    pub name: String,
    /// For how long, once opened.
    pub minutes: u32,
    /// First instant at which it is worth nothing.
    pub not_after: i64,
    /// Who can open it.
    pub holder: String,
    /// With which device.
    pub device_id: String,
    /// Who handed it out.
    pub issued_by: String,
    /// When.
    pub issued_at: i64,
    /// `sealed`, `expired`, `revoked` or `opened`, as far as the server knows.
    pub status: String,
    /// Taken back or opened at (by the gate's clock).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// The bypass that its opening became, with its review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass_id: Option<String>,
    /// The server's clock.
    pub server_time: i64,
}

/// `POST /gates`: a gate becomes known. The same key again changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GateRequest {
    /// Public key (Ed25519, hex) that the gate signs its records with.
    pub key: String,
    /// Name for people: the machine's. 1 to 100 characters.
    pub name: String,
    /// Signature over `navi/gate/v1`, key and name, in hex.
    pub proof: String,
}

/// A gate that is known by its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateView {
    /// Id: a hash of its key.
    pub id: String,
    /// Name.
    pub name: String,
    /// The person its credential speaks for.
    pub user: String,
    /// The agent it speaks as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Since when.
    pub enrolled_at: i64,
    /// Records of it that the ledger holds.
    pub records: u64,
    /// It told of something that cannot be, and opens nothing any more.
    pub suspected: bool,
}

/// `POST /gates/{id}/contact`: what a gate did while the server was away, and what it hears in return.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactRequest {
    /// How many records the gate has.
    pub size: u64,
    /// SHA-256 (hex) of the last; empty when there is none.
    pub hash: String,
    /// The gate's clock.
    pub at: i64,
    /// The gate's signature over `navi/gate-head/v1` and those three with its id, in hex.
    pub signature: String,
    /// Number of the first of `records`.
    pub from: u64,
    /// Records that the server may not have yet, in order, to the last: each with the gate's signature.
    #[schema(value_type = Vec<Object>)]
    pub records: Vec<Spooled>,
}

/// What a gate hears.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContactView {
    /// What holds now, in base64: `navi/contact/v1` and canonical JSON.
    pub contact: String,
    /// The server's signature over it, in hex.
    pub signature: String,
    /// The key (hex) that signed it, and signs envelopes.
    pub server_key: String,
    /// The key before it, while it still hands over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<HandoverOfKey>,
    /// Sealed envelopes for this gate.
    pub envelopes: Vec<EnvelopeView>,
    /// What was wrong with what the gate told; the ledger holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<String>,
    /// Records are missing: send all from this number on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resend_from: Option<u64>,
}

/// The key before says who comes after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandoverOfKey {
    /// The key before (hex).
    pub old_key: String,
    /// Its signature over `navi/envelope-key/v1`, the origin and the new key, in hex.
    pub signature: String,
}

/// Header of a request by which a gate says how far its records go: `GATE_ID SIZE HASH`.
pub const GATE_HEADER: &str = "navi-gate";
/// Header of an answer that changes whenever a gate should ask for what holds now.
pub const NEWS_HEADER: &str = "navi-news";
