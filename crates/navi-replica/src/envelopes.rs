//! Sealed envelopes that the person of this console can open, kept for when the server is away: a gate's challenge is
//! answered here without any network. What the answer opens, the gate records.

use navi_client::ClientError;
use navi_client::sign::DeviceKey;
use navi_domain::bypass::SHORTEST_REASON;
use navi_domain::envelope::challenge::{Answer, Challenge};
use navi_domain::envelope::{Envelope, sha256};
use navi_protocol::envelopes::EnvelopeView;

use crate::sync::SyncError;
use crate::{Replica, ReplicaError, Sync, db};

const KEPT: &str = "envelopes";

/// Why a challenge is not answered. Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeRefusal {
    /// A slip in it, or something else.
    #[error("this is no challenge of a gate; look for a slip")]
    Slip,
    /// For an envelope that is not kept here.
    #[error("you hold no envelope that this challenge is for")]
    NotHeld,
    /// Of another key.
    #[error("the envelope is for another device of yours")]
    OtherDevice,
    /// No incident, or too short a reason.
    #[error("name the incident, and say why in at least {SHORTEST_REASON} characters")]
    NoReason,
    /// The copy cannot be read.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

impl ChallengeRefusal {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Slip => "challenge_slip",
            Self::NotHeld => "envelope_not_held",
            Self::OtherDevice => "envelope_other_device",
            Self::NoReason => "reason_required",
            Self::Replica(_) => "internal",
        }
    }
}

/// An answer to carry back to the gate, and the envelope that it opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// One word of hex.
    pub answer: String,
    /// The envelope.
    pub envelope: EnvelopeView,
}

impl Replica {
    /// All envelopes as the server last listed them; those that this console's person holds can be opened.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn envelopes(&self) -> Result<Vec<EnvelopeView>, ReplicaError> {
        Ok(db::meta(&*self.db()?, KEPT)?.unwrap_or_default())
    }

    fn keep_envelopes(&self, listed: &[EnvelopeView]) -> Result<(), ReplicaError> {
        if self.envelopes()? != listed {
            db::set_meta(&*self.db()?, KEPT, &listed)?;
            self.changed(|_| {});
        }
        Ok(())
    }

    /// The envelope that a challenge is for, to be shown before anybody types a passphrase.
    ///
    /// # Errors
    /// [`ChallengeRefusal`]
    pub fn challenged(&self, challenge: &str) -> Result<EnvelopeView, ChallengeRefusal> {
        self.meant(challenge).map(|(view, ..)| view)
    }

    fn meant(
        &self,
        challenge: &str,
    ) -> Result<(EnvelopeView, Envelope, String, Challenge), ChallengeRefusal> {
        let challenge = Challenge::parse(challenge).ok_or(ChallengeRefusal::Slip)?;
        let user = self.identity()?.map(|identity| identity.user).unwrap_or_default();
        for view in self.envelopes()?.into_iter().filter(|view| view.holder == user) {
            let Some(bytes) = bytes(&view) else { continue };
            let hash = sha256(&bytes);
            if let Some(envelope) = Envelope::parse(&bytes).filter(|_| challenge.is_for(&hash)) {
                return Ok((view, envelope, hash, challenge));
            }
        }
        Err(ChallengeRefusal::NotHeld)
    }

    /// Answers a gate's challenge with the opened step-up key. Needs no network.
    ///
    /// # Errors
    /// [`ChallengeRefusal`]
    pub fn answer_challenge(
        &self,
        challenge: &str,
        (incident, reason): (&str, &str),
        key: &DeviceKey,
    ) -> Result<Answered, ChallengeRefusal> {
        let (view, envelope, envelope_sha256, challenge) = self.meant(challenge)?;
        if hex::encode(key.public_key()) != envelope.holder_key {
            return Err(ChallengeRefusal::OtherDevice);
        }
        if incident.trim().is_empty() || reason.trim().chars().count() < SHORTEST_REASON {
            return Err(ChallengeRefusal::NoReason);
        }
        let unsigned =
            Answer { incident: incident.to_owned(), reason: reason.to_owned(), signature: String::new() };
        let said = unsigned.opening(&envelope.gate_id, &envelope_sha256, &challenge.nonce);
        let signed = said.bytes().map_err(|_| ChallengeRefusal::NotHeld)?;
        let answer = Answer { signature: hex::encode(key.sign(&signed)), ..unsigned };
        Ok(Answered { answer: answer.text(), envelope: view })
    }
}

fn bytes(view: &EnvelopeView) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(&view.envelope).ok()
}

impl Sync {
    /// Lists envelopes anew. A person who may not see them has none.
    pub(crate) async fn refresh_envelopes(&self) -> Result<(), SyncError> {
        match self.client.envelopes().await {
            Ok(listed) => Ok(self.replica.keep_envelopes(&listed)?),
            Err(ClientError::Refused(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use navi_domain::bypass::BypassScope;
    use navi_domain::envelope::challenge::NONCE;
    use navi_domain::evidence;
    use navi_protocol::people::DeviceView;
    use zeroize::Zeroizing;

    use super::*;
    use crate::Identity;

    const WHY: (&str, &str) = ("INC-7", "the shop takes no orders since noon");

    fn replica(dir: &tempfile::TempDir) -> Replica {
        let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([1; 32])).unwrap();
        let device: DeviceView = serde_json::from_value(serde_json::json!({
            "id": "d", "user": "ana", "name": "desk", "class": "desktop", "shared": false, "ceiling": "critical",
            "last_seq": 0, "enrolled_at": 0, "vote_key": "", "confirmed_at": 0,
        }))
        .unwrap();
        let identity = Identity {
            server_url: "http://127.0.0.1:1".into(),
            org: "acme".into(),
            user: "ana".into(),
            role: "oncall".into(),
            device,
            origin: "o".into(),
            ledger_vkey: String::new(),
        };
        replica.set_identity(&identity).unwrap();
        replica
    }

    fn held(key: &DeviceKey, holder: &str) -> EnvelopeView {
        let envelope = Envelope {
            id: format!("e-{holder}"),
            origin: "o".into(),
            org: "acme".into(),
            gate_id: "g1".into(),
            holder_key: hex::encode(key.public_key()),
            scope: BypassScope::Repo("shop".into()),
            minutes: 15,
            not_after: 9,
            policy_hash: "p".into(),
        };
        let text = STANDARD.encode(envelope.bytes().unwrap());
        serde_json::from_value(serde_json::json!({
            "id": envelope.id, "envelope": text, "signature": "", "gate_id": "g1", "gate_name": "laptop",
            "scope": "repo", "name": "shop", "minutes": 15, "not_after": 9, "holder": holder, "device_id": "d",
            "issued_by": "bo", "issued_at": 1, "status": "sealed", "server_time": 1,
        }))
        .unwrap()
    }

    #[test]
    fn a_challenge_is_answered_from_the_copy_by_its_holders_key_alone() {
        let dir = tempfile::tempdir().unwrap();
        let replica = replica(&dir);
        let key = DeviceKey::from_seed(&[7; 32], true);
        let (own, others) = (held(&key, "ana"), held(&key, "bo"));
        replica.keep_envelopes(&[own.clone(), others.clone()]).unwrap();
        let hash = |view: &EnvelopeView| sha256(&bytes(view).unwrap());
        let challenge = Challenge::new(&[5; NONCE], &hash(&own));
        assert_eq!(replica.challenged(&challenge.text()).unwrap(), own);
        let answered = replica.answer_challenge(&challenge.text(), WHY, &key).unwrap();
        let answer = Answer::parse(&answered.answer).unwrap();
        let said = answer.opening("g1", &hash(&own), &challenge.nonce);
        let signature = hex::decode(&answer.signature).unwrap();
        assert!(evidence::verifies(&hex::encode(key.public_key()), &said.bytes().unwrap(), &signature));

        let refused =
            |text: &str, why, key: &DeviceKey| replica.answer_challenge(text, why, key).unwrap_err().code();
        let text = challenge.text();
        assert_eq!(refused("0123", WHY, &key), "challenge_slip");
        assert_eq!(refused(&text, ("INC-7", "because"), &key), "reason_required");
        assert_eq!(refused(&text, WHY, &DeviceKey::from_seed(&[8; 32], true)), "envelope_other_device");
        let theirs = Challenge::new(&[5; NONCE], &hash(&others)).text();
        assert_eq!(refused(&theirs, WHY, &key), "envelope_not_held");
    }
}
