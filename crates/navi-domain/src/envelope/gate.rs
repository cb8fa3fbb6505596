//! A gate that the server knows: its key, and how far its chain of records is known.

use serde::{Deserialize, Serialize};

use super::{sha256, spool::Head};
use crate::UtcMicros;
use crate::evidence::verifies;

const ENROLMENT: &[u8] = b"navi/gate/v1\n";

/// A known gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// [`gate_id`] of its key.
    pub id: String,
    /// Public key (hex) that its records are signed with.
    pub key: String,
    /// Name for people, as the gate says it: the machine's.
    pub name: String,
    /// The person its credential spoke for when it became known.
    pub user: String,
    /// The agent that credential spoke as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Since when.
    pub enrolled_at: UtcMicros,
    /// How far its chain is known.
    pub head: Head,
    /// What it told that cannot be: size and hash of each chain that was reported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspicions: Vec<String>,
    /// Row version.
    pub version: u64,
}

impl Gate {
    /// Whether its chain was not the one that is known. It opens no envelope any more.
    #[must_use]
    pub fn suspected(&self) -> bool {
        !self.suspicions.is_empty()
    }

    /// Whether a credential of this person and agent speaks for it.
    #[must_use]
    pub fn is_of(&self, user: &str, agent: Option<&str>) -> bool {
        self.user == user && self.agent.as_deref() == agent
    }
}

/// The id of a gate is a hash of its key, so that nobody can take another's: the first 16 bytes of SHA-256, in hex.
#[must_use]
pub fn gate_id(key: &str) -> String {
    sha256(key.as_bytes()).chars().take(32).collect()
}

/// What a gate signs to become known: `navi/gate/v1\n` ‖ key (hex) ‖ `\n` ‖ name.
#[must_use]
pub fn enrolment_bytes(key: &str, name: &str) -> Vec<u8> {
    [ENROLMENT, key.as_bytes(), b"\n", name.as_bytes()].concat()
}

/// Whether a gate has the key that it shows.
#[must_use]
pub fn has_key(key: &str, name: &str, proof: &[u8]) -> bool {
    verifies(key, &enrolment_bytes(key, name), proof)
}
