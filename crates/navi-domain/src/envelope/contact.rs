//! What a gate hears from its server in ordinary contact, signed with the server's key for envelopes: what it needs to
//! judge envelopes while the server is away. What it did not hear, it cannot know.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Pins;
use crate::UtcMicros;
use crate::action::ActionType;
use crate::canonical::{CanonicalError, jcs, parse_strict};
use crate::evidence::verifies;
use crate::freeze::FreezeScope;
use crate::policy::ActionPattern;

const CONTACT: &[u8] = b"navi/contact/v1\n";
const HANDOVER: &[u8] = b"navi/envelope-key/v1\n";
const HEAD: &[u8] = b"navi/gate-head/v1\n";

/// What holds now, as far as this gate is concerned. Bytes: [`Contact::bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The gate.
    pub gate_id: String,
    /// The ledger's origin.
    pub origin: String,
    /// Organisation.
    pub org: String,
    /// The person the gate's credential speaks for.
    pub user: String,
    /// The agent it speaks as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Policy hash in force for that person.
    pub policy_hash: String,
    /// The same in each repository that an envelope of this gate is for.
    pub repo_policies: BTreeMap<String, String>,
    /// Action types that the person's policy blocks.
    pub blocked: Vec<ActionPattern>,
    /// Pauses in force.
    pub frozen: Vec<FreezeScope>,
    /// Step-up keys (hex) of revoked devices that hold an envelope of this gate.
    pub revoked_keys: BTreeSet<String>,
    /// Envelopes of this gate that were taken back.
    pub revoked_envelopes: BTreeSet<String>,
    /// The gate's chain is not the one that is known: it opens nothing until it is made known anew.
    pub suspected: bool,
    /// Records of the gate's chain that the ledger holds.
    pub known: u64,
    /// The server's clock.
    pub at: UtcMicros,
}

impl Contact {
    /// `navi/contact/v1\n` ‖ JCS.
    ///
    /// # Errors
    /// Never before the year 2255; see [`CanonicalError::TooLarge`].
    pub fn bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        Ok([CONTACT, &jcs(self)?].concat())
    }

    /// Parses bytes; `None` unless they are exactly the canonical form.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes.strip_prefix(CONTACT)?).ok()?;
        let contact: Self = serde_json::from_value(parse_strict(text).ok()?).ok()?;
        (contact.bytes().ok()? == bytes).then_some(contact)
    }

    /// What is pinned from it, under the key that signed it.
    #[must_use]
    pub fn pins(&self, server_key: &str) -> Pins {
        Pins {
            server_key: server_key.to_owned(),
            origin: self.origin.clone(),
            org: self.org.clone(),
            gate_id: self.gate_id.clone(),
            policy_hash: self.policy_hash.clone(),
            repo_policies: self.repo_policies.clone(),
            revoked_keys: self.revoked_keys.clone(),
            revoked_envelopes: self.revoked_envelopes.clone(),
        }
    }

    /// What of it decides anything, without the instant and how much is known: two contacts that say the same are equal.
    #[must_use]
    pub fn gist(&self) -> Self {
        Self { at: 0, known: 0, ..self.clone() }
    }

    /// Why an action may not run under any envelope, by what was last heard; `None`: nothing stands against it.
    #[must_use]
    pub fn forbids(
        &self,
        action_type: &ActionType,
        agent: Option<&str>,
        repo: Option<&str>,
    ) -> Option<String> {
        if let Some(freeze) = self.frozen.iter().find(|f| f.covers(agent, repo)) {
            return Some(format!("{} was stopped when the server was last heard", freeze.describe()));
        }
        let blocked = self.blocked.iter().find(|pattern| pattern.matches(action_type));
        blocked.map(|pattern| format!("the policy blocks {}", pattern.as_str()))
    }
}

/// What the key before signs to hand over to its successor: `navi/envelope-key/v1\n` ‖ origin ‖ `\n` ‖ new key (hex).
#[must_use]
pub fn handover_bytes(origin: &str, new_key: &str) -> Vec<u8> {
    [HANDOVER, origin.as_bytes(), b"\n", new_key.as_bytes()].concat()
}

/// The key to pin: the one that was pinned, or the one it handed over to. `None`: another server.
#[must_use]
pub fn key_to_pin(
    pinned: Option<&str>,
    told: &str,
    origin: &str,
    handover: Option<(&str, &[u8])>,
) -> Option<String> {
    match pinned {
        None => Some(told.to_owned()),
        Some(pinned) if pinned == told => Some(told.to_owned()),
        Some(pinned) => {
            let (old_key, signature) = handover?;
            let hands = old_key == pinned && verifies(pinned, &handover_bytes(origin, told), signature);
            hands.then(|| told.to_owned())
        }
    }
}

/// How far a gate says its chain goes. Bytes: [`GateHead::bytes`]; the gate signs them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateHead {
    /// The gate.
    pub gate_id: String,
    /// Records.
    pub size: u64,
    /// SHA-256 (hex) of the last; empty when there is none.
    pub hash: String,
    /// The gate's clock.
    pub at: UtcMicros,
}

impl GateHead {
    /// `navi/gate-head/v1\n` ‖ JCS.
    ///
    /// # Errors
    /// Never for real heads; see [`CanonicalError::TooLarge`].
    pub fn bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        Ok([HEAD, &jcs(self)?].concat())
    }
}
