//! Checks of signatures: did an enrolled key of a distinct person sign exactly these bytes?

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::approval::Approval;
use crate::canonical;
use crate::people::Device;
use crate::vote::{Vote, VoteVerdict};

/// Which key of a device signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPurpose {
    /// The vote key: reject anything, approve low and medium.
    Vote,
    /// The step-up key: approve anything the device may.
    StepUp,
}

/// Why a signed vote is not what it claims.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoteFault {
    /// Not the vote encoding.
    #[error("the vote's bytes are not a canonical vote statement")]
    Malformed,
    /// The key id belongs to no key of this device.
    #[error("the vote was not made with a key of this device")]
    ForeignKey,
    /// The signature does not verify.
    #[error("the vote's signature does not verify")]
    BadSignature,
    /// The reason is not the one that was committed to.
    #[error("the reason is not the one the vote commits to")]
    ReasonMismatch,
}

/// Identifies a public key: the first 16 bytes of its SHA-256, in hex.
#[must_use]
pub fn key_id(public_key: &[u8; 32]) -> String {
    hex::encode(Sha256::digest(public_key).get(..16).unwrap_or_default())
}

/// [`key_id`] of a key in hex; `None` when it is not 32 bytes of hex.
#[must_use]
pub fn key_id_of_hex(public_key: &str) -> Option<String> {
    let bytes: [u8; 32] = hex::decode(public_key).ok()?.try_into().ok()?;
    Some(key_id(&bytes))
}

/// Verifies `signature` (64 bytes, RFC 8032, strict) over `message` with a public key in hex.
#[must_use]
pub fn verifies(public_key: &str, message: &[u8], signature: &[u8]) -> bool {
    let Some(key) = hex::decode(public_key).ok().and_then(|k| <[u8; 32]>::try_from(k).ok()) else {
        return false;
    };
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(&key), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

/// Opens a signed vote over the bytes received: parses them, finds the device's key, checks signature and reason.
///
/// # Errors
/// [`VoteFault`] says which check failed.
pub fn open_vote(
    bytes: &[u8],
    signature: &[u8],
    reason: &str,
    reason_nonce: &[u8],
    device: &Device,
) -> Result<(Vote, KeyPurpose), VoteFault> {
    let vote = canonical::parse_vote(bytes).ok_or(VoteFault::Malformed)?;
    let is = |key: &str| key_id_of_hex(key).is_some_and(|id| id == vote.key_id);
    let (key, purpose) = match &device.step_up_key {
        _ if is(&device.vote_key) => (&device.vote_key, KeyPurpose::Vote),
        Some(key) if is(key) => (key, KeyPurpose::StepUp),
        _ => return Err(VoteFault::ForeignKey),
    };
    if !verifies(key, bytes, signature) {
        return Err(VoteFault::BadSignature);
    }
    if canonical::reason_commitment(reason_nonce, reason) != vote.reason_commitment {
        return Err(VoteFault::ReasonMismatch);
    }
    Ok((vote, purpose))
}

/// Whether signatures alone carry an approval: as many distinct people as its quorum, none of them the requester, signed
/// an approve of exactly this approval and digest with the key its level needs. `votes` are bytes, signature and device.
/// `self_approver`: the requester still has the permission of a one-person team; then theirs counts as one, unless it was
/// made on a shared device. A delegate's signature counts as the delegate's: one person, whomever they voted for.
///
/// State tables are a projection; what runs rests on this.
#[must_use]
pub fn carries(approval: &Approval, votes: &[(&[u8], &[u8], &Device)], self_approver: bool) -> bool {
    let mut people: Vec<&str> = votes
        .iter()
        .filter(|(bytes, signature, device)| {
            let Some(vote) = canonical::parse_vote(bytes) else { return false };
            let signs = |key: &str| {
                key_id_of_hex(key).is_some_and(|id| id == vote.key_id) && verifies(key, bytes, signature)
            };
            let step_up = device.step_up_key.as_deref().is_some_and(signs);
            let signed = step_up || (!approval.level.needs_step_up() && signs(&device.vote_key));
            signed
                && vote.verdict == VoteVerdict::Approve
                && vote.approval_id == approval.id
                && vote.digest == approval.digest
                && (device.user != approval.requester || (self_approver && !device.shared))
        })
        .map(|(_, _, device)| device.user.as_str())
        .collect();
    people.sort_unstable();
    people.dedup();
    people.len() >= usize::from(approval.quorum)
}
