//! Break-glass envelopes: a bypass that the server signed ahead of time, for one holder's key and one gate, opened once
//! without any network. Whoever calls this has durably kept the gate's [`Book`] before anything runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bypass::{BypassScope, MINUTES, SHORTEST_REASON};
use crate::canonical::{CanonicalError, jcs, parse_strict};
use crate::evidence::verifies;
use crate::{MINUTE, UtcMicros};

pub mod challenge;
pub mod contact;
pub mod gate;
pub mod issued;
pub mod returned;
pub mod spool;
pub mod told;

/// Longest life of an envelope that was not opened: seven days.
pub const LONGEST_LIFE: UtcMicros = 7 * 24 * 60 * MINUTE;

const ENVELOPE: &[u8] = b"navi/envelope/v1\n";
const OPENING: &[u8] = b"navi/opening/v1\n";

/// What the server signs. Bytes: [`Envelope::bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Id (UUID v7).
    pub id: String,
    /// The ledger's origin.
    pub origin: String,
    /// Organisation.
    pub org: String,
    /// The one gate that may accept it.
    pub gate_id: String,
    /// Public step-up key (hex) of the one person who can open it.
    pub holder_key: String,
    /// What runs under it.
    pub scope: BypassScope,
    /// For how long, once opened.
    pub minutes: u32,
    /// First instant at which it is worth nothing, opened or not.
    pub not_after: UtcMicros,
    /// Policy hash (hex) under which it was handed out.
    pub policy_hash: String,
}

impl Envelope {
    /// `navi/envelope/v1\n` ‖ JCS.
    ///
    /// # Errors
    /// Never before the year 2255; see [`CanonicalError::TooLarge`].
    pub fn bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        Ok([ENVELOPE, &jcs(self)?].concat())
    }

    /// Parses envelope bytes; `None` unless they are exactly the canonical form.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes.strip_prefix(ENVELOPE)?).ok()?;
        let envelope: Self = serde_json::from_value(parse_strict(text).ok()?).ok()?;
        (envelope.bytes().ok()? == bytes).then_some(envelope)
    }
}

/// What the holder signs with the step-up key to open one. Bytes: [`Opening::bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// SHA-256 (hex) of the envelope's bytes.
    pub envelope_sha256: String,
    /// The gate that drew the nonce.
    pub gate_id: String,
    /// The gate's fresh random bytes (hex), so that an old opening opens nothing.
    pub nonce: String,
    /// The incident's id.
    pub incident: String,
    /// Why, in the person's words.
    pub reason: String,
}

impl Opening {
    /// `navi/opening/v1\n` ‖ JCS.
    ///
    /// # Errors
    /// Never: it holds no numbers.
    pub fn bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        Ok([OPENING, &jcs(self)?].concat())
    }
}

/// SHA-256 (hex) of bytes that were signed.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What the gate learnt when it last spoke with its server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    /// The server's public key (hex) for envelopes.
    pub server_key: String,
    /// The ledger's origin.
    pub origin: String,
    /// Organisation.
    pub org: String,
    /// This gate.
    pub gate_id: String,
    /// Policy hash in force then, for this gate's person.
    pub policy_hash: String,
    /// The same in each repository that an envelope of this gate is for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repo_policies: BTreeMap<String, String>,
    /// Step-up keys (hex) of devices that were revoked.
    pub revoked_keys: BTreeSet<String>,
    /// Envelopes that were taken back.
    pub revoked_envelopes: BTreeSet<String>,
}

impl Pins {
    /// The policy hash that an envelope of this scope must carry.
    #[must_use]
    pub fn policy_of(&self, scope: &BypassScope) -> &str {
        match scope {
            BypassScope::Repo(repo) => self.repo_policies.get(repo).unwrap_or(&self.policy_hash),
            _ => &self.policy_hash,
        }
    }
}

/// What the gate remembers without a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// The latest instant this gate ever saw, by its clock or its server's.
    pub high_water: UtcMicros,
    /// Envelopes that were opened here.
    pub opened: BTreeSet<String>,
}

impl Book {
    /// Having seen an instant. It never goes back.
    #[must_use]
    pub fn seen(&self, now: UtcMicros) -> Self {
        Self { high_water: self.high_water.max(now), ..self.clone() }
    }
}

/// Why an envelope stays shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeFault {
    /// Not the encoding, or a field that no server writes.
    #[error("this is no envelope")]
    Malformed,
    /// Not signed by the pinned key.
    #[error("the server this gate knows did not sign this envelope")]
    Forged,
    /// Another server, organisation or gate.
    #[error("this envelope is for another gate")]
    ForeignGate,
    /// The policy was changed since.
    #[error("the policy was changed since this envelope was handed out")]
    OtherPolicy,
    /// Taken back, or its holder's device was.
    #[error("this envelope or its holder's device was revoked")]
    Revoked,
    /// The clock stands before an instant that this gate has seen.
    #[error("the clock was turned back")]
    ClockBack,
    /// Its time is up.
    #[error("this envelope has expired")]
    Expired,
    /// It would live longer than seven days from now: the clock is wrong, or the server was.
    #[error("this envelope would be valid for more than 7 days; is the clock right?")]
    TooLong,
    /// Opened before.
    #[error("this envelope was opened before")]
    Used,
    /// Not for this envelope, gate and nonce, or not signed by the holder's key.
    #[error("the holder did not sign this opening")]
    NotHolder,
    /// No incident, or too short a reason.
    #[error("an opening names its incident and a reason of at least {SHORTEST_REASON} characters")]
    NoReason,
}

/// Bytes with their signature (Ed25519, 64 bytes).
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The bytes, verbatim.
    pub bytes: &'a [u8],
    /// The signature over them.
    pub signature: &'a [u8],
}

/// An envelope that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The envelope.
    pub envelope: Envelope,
    /// When it was opened, by the gate's clock.
    pub opened_at: UtcMicros,
    /// First instant at which nothing runs under it.
    pub ends_at: UtcMicros,
}

impl Opened {
    /// Whether an action may run under it now. A clock that was turned back ends it.
    #[must_use]
    pub fn covers(&self, at: Place<'_>, book: &Book, now: UtcMicros) -> bool {
        now >= book.high_water
            && (self.opened_at..self.ends_at).contains(&now)
            && self.envelope.scope.covers(at.digest, at.agent, at.repo)
    }
}

/// What is to run, and where.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The action's digest (hex).
    pub digest: &'a str,
    /// The agent.
    pub agent: Option<&'a str>,
    /// The repository.
    pub repo: Option<&'a str>,
}

/// Checks an envelope by itself: signature, gate, policy, revocation, time, use. What can be said before anybody types a
/// passphrase.
///
/// # Errors
/// The first [`EnvelopeFault`].
pub fn check(
    sealed: Signed<'_>,
    pins: &Pins,
    book: &Book,
    now: UtcMicros,
) -> Result<Envelope, EnvelopeFault> {
    let envelope = Envelope::parse(sealed.bytes).ok_or(EnvelopeFault::Malformed)?;
    if !verifies(&pins.server_key, sealed.bytes, sealed.signature) {
        return Err(EnvelopeFault::Forged);
    }
    if !MINUTES.contains(&envelope.minutes) {
        return Err(EnvelopeFault::Malformed);
    }
    if envelope.origin != pins.origin || envelope.org != pins.org || envelope.gate_id != pins.gate_id {
        return Err(EnvelopeFault::ForeignGate);
    }
    if pins.revoked_envelopes.contains(&envelope.id) || pins.revoked_keys.contains(&envelope.holder_key) {
        return Err(EnvelopeFault::Revoked);
    }
    if envelope.policy_hash != pins.policy_of(&envelope.scope) {
        return Err(EnvelopeFault::OtherPolicy);
    }
    if book.opened.contains(&envelope.id) {
        return Err(EnvelopeFault::Used);
    }
    if now < book.high_water {
        return Err(EnvelopeFault::ClockBack);
    }
    if now >= envelope.not_after {
        return Err(EnvelopeFault::Expired);
    }
    if envelope.not_after > now.saturating_add(LONGEST_LIFE) {
        return Err(EnvelopeFault::TooLong);
    }
    Ok(envelope)
}

/// Opens an envelope: what runs from now on, and the book that must be kept durably first. `nonce` is what this gate drew
/// for this attempt.
///
/// # Errors
/// The first [`EnvelopeFault`]; the book is unchanged.
pub fn open(
    sealed: Signed<'_>,
    opening: (&Opening, &[u8]),
    nonce: &str,
    (pins, book): (&Pins, &Book),
    now: UtcMicros,
) -> Result<(Opened, Book), EnvelopeFault> {
    let envelope = check(sealed, pins, book, now)?;
    let (said, signature) = opening;
    let bytes = said.bytes().map_err(|_| EnvelopeFault::Malformed)?;
    let meant =
        said.envelope_sha256 == sha256(sealed.bytes) && said.gate_id == pins.gate_id && said.nonce == nonce;
    if !meant || nonce.is_empty() || !verifies(&envelope.holder_key, &bytes, signature) {
        return Err(EnvelopeFault::NotHolder);
    }
    if said.incident.trim().is_empty() || said.reason.trim().chars().count() < SHORTEST_REASON {
        return Err(EnvelopeFault::NoReason);
    }
    let mut book = book.seen(now);
    book.opened.insert(envelope.id.clone());
    let ends_at = now.saturating_add(i64::from(envelope.minutes) * MINUTE).min(envelope.not_after);
    Ok((Opened { envelope, opened_at: now, ends_at }, book))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod told_tests;
