//! Keys of a device and the votes they sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use navi_domain::vote::{Surface, Vote, VoteScope, VoteVerdict};
use navi_domain::{UtcMicros, canonical, evidence};
use navi_protocol::approvals::{ApprovalView, VoteRequest};

use crate::ClientError;

/// A device's private key: its vote key, or its opened step-up key.
pub struct DeviceKey {
    key: SigningKey,
    step_up: bool,
}

impl DeviceKey {
    /// The key of a 32-byte seed (RFC 8032).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32], step_up: bool) -> Self {
        Self { key: SigningKey::from_bytes(seed), step_up }
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Signs (RFC 8032).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// Whether this is the step-up key.
    #[must_use]
    pub fn is_step_up(&self) -> bool {
        self.step_up
    }
}

/// What a person decided on an approval that was shown.
pub struct VoteDraft<'a> {
    /// The approval as it was shown.
    pub approval: &'a ApprovalView,
    /// Ledger's origin.
    pub origin: &'a str,
    /// Organisation.
    pub org: &'a str,
    /// Approve or reject.
    pub verdict: VoteVerdict,
    /// How far an approve reaches.
    pub scope: VoteScope,
    /// In the person's words; empty when none.
    pub reason: &'a str,
    /// Where the person decided.
    pub surface: Surface,
    /// Must exceed every earlier one of the device.
    pub device_seq: u64,
    /// This machine's clock: evidence only.
    pub made_at: UtcMicros,
}

impl VoteDraft<'_> {
    /// Signs the vote for the wire.
    ///
    /// # Errors
    /// [`ClientError::Setup`] without randomness, or when what was shown is not what the digest says.
    pub fn sign(&self, key: &DeviceKey) -> Result<VoteRequest, ClientError> {
        let shown = canonical::digest_of_material(&self.approval.material);
        if self.verdict == VoteVerdict::Approve && shown.ok().as_deref() != Some(&self.approval.digest) {
            return Err(ClientError::Nonsense("what is shown is not what would run".into()));
        }
        let mut nonce = [0_u8; 16];
        getrandom::fill(&mut nonce).map_err(|e| ClientError::Setup(e.to_string()))?;
        let vote = Vote {
            v: 1,
            origin: self.origin.to_owned(),
            org: self.org.to_owned(),
            approval_id: self.approval.id.clone(),
            digest: self.approval.digest.clone(),
            policy_hash: self.approval.policy_hash.clone(),
            verdict: self.verdict,
            scope: self.scope,
            reason_commitment: canonical::reason_commitment(&nonce, self.reason),
            surface: self.surface,
            key_id: evidence::key_id(&key.public_key()),
            device_seq: self.device_seq,
            made_at: self.made_at,
        };
        let bytes = canonical::vote_bytes(&vote).map_err(|e| ClientError::Setup(e.to_string()))?;
        Ok(VoteRequest {
            vote: STANDARD.encode(&bytes),
            signature: STANDARD.encode(key.sign(&bytes)),
            reason: self.reason.to_owned(),
            reason_nonce: hex::encode(nonce),
            for_user: None,
        })
    }
}
