//! Enrolment: keys are made here, their public halves go to the server with proofs of possession.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use navi_protocol::people::{EnrollRequest, EnrollResponse};
use zeroize::Zeroizing;

use crate::ClientError;
use crate::api::Client;
use crate::keystore::{Keystore, KeystoreError};
use crate::sealed::{self, SealError};
use crate::sign::DeviceKey;

/// Names of the secrets in a keystore.
pub mod names {
    /// Seed of the vote key, 32 bytes.
    pub const VOTE_KEY: &str = "vote_key";
    /// Bearer token of the device.
    pub const TOKEN: &str = "token";
    /// The sealed step-up key, JSON of [`crate::sealed::Sealed`].
    pub const STEP_UP: &str = "step_up_sealed";
    /// Key of the replica, 32 bytes.
    pub const REPLICA_KEY: &str = "replica_key";
}

/// Why a device could not be enrolled. Nothing usable is left behind.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// The server refused or is away.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The keystore refused.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The passphrase may not be used.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The link is none.
    #[error("this is no invitation: {0}")]
    Link(String),
    /// The server signs its ledger with another key than the invitation names.
    #[error("the server at this address is not the one of the invitation")]
    OtherServer,
}

/// What an invitation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Server.
    pub url: String,
    /// The secret text.
    pub invite: String,
    /// The ledger's key to pin, when the invitation names one.
    pub vkey: Option<String>,
}

impl Invitation {
    /// Reads `navi://enroll?url=…&invite=…&vkey=…` (percent-encoded).
    ///
    /// # Errors
    /// [`EnrollError::Link`]
    pub fn parse(link: &str) -> Result<Self, EnrollError> {
        let bad = |why: &str| EnrollError::Link(why.to_owned());
        let query = link
            .trim()
            .strip_prefix("navi://enroll")
            .map(|rest| rest.trim_start_matches('/'))
            .and_then(|rest| rest.strip_prefix('?'))
            .ok_or_else(|| bad("it does not begin with navi://enroll?"))?;
        let field = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).and_then(decoded)
        };
        Ok(Self {
            url: field("url").ok_or_else(|| bad("it names no server"))?,
            invite: field("invite").ok_or_else(|| bad("it holds no invite"))?,
            vkey: field("vkey"),
        })
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let (pair, tail) = tail.split_at_checked(2)?;
            bytes.extend(hex::decode(pair).ok()?);
            rest = tail;
        } else {
            bytes.push(if first == b'+' { b' ' } else { first });
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

/// A server as it introduces itself, before the invite is sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// Where it was asked.
    pub url: String,
    /// Organisation.
    pub org: String,
    /// Ledger's verification key: what enrolment will pin.
    pub vkey: String,
    /// The same, for people to compare.
    pub fingerprint: String,
}

/// Asks the server at `url` who it is. Tells it nothing; `pinned` is the key that an invitation names.
///
/// # Errors
/// [`EnrollError::OtherServer`] when it has another key than the pinned one.
pub async fn examine(url: &str, pinned: Option<&str>) -> Result<Introduction, EnrollError> {
    let client = Client::new(url, None)?;
    let seen = client.server().await?;
    if pinned.is_some_and(|pinned| pinned != seen.ledger_vkey) {
        return Err(EnrollError::OtherServer);
    }
    // Computed here: what people compare must not be the server's own word.
    let fingerprint = navi_domain::canonical::key_fingerprint(&seen.ledger_vkey);
    Ok(Introduction { url: client.base_url().to_owned(), org: seen.org, vkey: seen.ledger_vkey, fingerprint })
}

/// How the device is to be known.
pub struct DeviceSpec<'a> {
    /// Name for people.
    pub name: &'a str,
    /// `desktop` or `terminal`.
    pub class: &'a str,
    /// Agents run on this machine.
    pub shared: bool,
    /// Passphrase for a step-up key; without one the device approves at most medium.
    pub passphrase: Option<&'a str>,
}

/// Makes the keys, enrols them, and keeps them in the keystore. Sealing takes about a second of a blocking thread.
///
/// # Errors
/// [`EnrollError`]
pub async fn enroll(
    invitation: &Invitation,
    spec: &DeviceSpec<'_>,
    keystore: &dyn Keystore,
) -> Result<EnrollResponse, EnrollError> {
    if let Some(pinned) = &invitation.vkey {
        // Whoever else answers at this address gets neither the invite nor the keys.
        examine(&invitation.url, Some(pinned)).await?;
    }
    let vote_seed = random()?;
    let vote_key = DeviceKey::from_seed(&vote_seed, false);
    let step_up = spec.passphrase.map(|p| Ok::<_, EnrollError>((random()?, p))).transpose()?;
    let sealed = step_up.as_ref().map(|(seed, p)| sealed::seal(seed, p)).transpose()?;
    let step_up_key = step_up.as_ref().map(|(seed, _)| DeviceKey::from_seed(seed, true));
    // Before the invite is spent: can the keystore keep anything at all?
    keystore.set(names::VOTE_KEY, vote_seed.as_ref())?;
    let proof = proof_bytes(&invitation.invite, &vote_key, step_up_key.as_ref());
    let request = EnrollRequest {
        invite: invitation.invite.clone(),
        name: spec.name.to_owned(),
        class: spec.class.to_owned(),
        shared: spec.shared,
        vote_key: hex::encode(vote_key.public_key()),
        step_up_key: step_up_key.as_ref().map(|k| hex::encode(k.public_key())),
        proof: STANDARD.encode(vote_key.sign(&proof)),
        step_up_proof: step_up_key.as_ref().map(|k| STANDARD.encode(k.sign(&proof))),
    };
    let client = Client::new(&invitation.url, None)?;
    let answer = match client.enroll(&request).await {
        Ok(answer) => answer,
        Err(error) => {
            keystore.delete(names::VOTE_KEY)?;
            return Err(error.into());
        }
    };
    if invitation.vkey.as_ref().is_some_and(|pinned| pinned != &answer.ledger_vkey) {
        keystore.delete(names::VOTE_KEY)?;
        return Err(EnrollError::OtherServer);
    }
    if let Some(sealed) = sealed {
        let text = serde_json::to_vec(&sealed).map_err(|e| EnrollError::Link(e.to_string()))?;
        keystore.set(names::STEP_UP, &text)?;
    }
    keystore.set(names::TOKEN, answer.token.as_bytes())?;
    Ok(answer)
}

/// The vote key of an enrolled device; `None` before enrolment.
///
/// # Errors
/// [`KeystoreError`]
pub fn vote_key(keystore: &dyn Keystore) -> Result<Option<DeviceKey>, KeystoreError> {
    let seed = keystore.get(names::VOTE_KEY)?;
    Ok(seed.and_then(|s| <[u8; 32]>::try_from(s.as_slice()).ok()).map(|s| DeviceKey::from_seed(&s, false)))
}

/// Opens the step-up key with the passphrase; `None` when the device has none. Takes about a second.
///
/// # Errors
/// [`EnrollError::Seal`] for a wrong passphrase.
pub fn step_up_key(keystore: &dyn Keystore, passphrase: &str) -> Result<Option<DeviceKey>, EnrollError> {
    let Some(text) = keystore.get(names::STEP_UP)? else { return Ok(None) };
    let sealed = serde_json::from_slice(&text).map_err(|_| SealError::WrongPassphrase)?;
    let seed = sealed::open(&sealed, passphrase)?;
    Ok(Some(DeviceKey::from_seed(&seed, true)))
}

/// What both keys sign: `navi/enroll/v1\n` ‖ SHA-256(invite) hex ‖ `\n` ‖ vote key ‖ `\n` ‖ step-up key or nothing.
fn proof_bytes(invite: &str, vote: &DeviceKey, step_up: Option<&DeviceKey>) -> Vec<u8> {
    use sha2::Digest as _;
    let invite = hex::encode(sha2::Sha256::digest(invite));
    let step_up = step_up.map(|k| hex::encode(k.public_key())).unwrap_or_default();
    format!("navi/enroll/v1\n{invite}\n{}\n{step_up}", hex::encode(vote.public_key())).into_bytes()
}

fn random() -> Result<Zeroizing<[u8; 32]>, ClientError> {
    let mut seed = Zeroizing::new([0_u8; 32]);
    getrandom::fill(seed.as_mut()).map_err(|e| ClientError::Setup(e.to_string()))?;
    Ok(seed)
}

/// Text of `bytes` random bytes for run nonces and idempotency keys.
///
/// # Errors
/// [`ClientError::Setup`] without randomness.
pub fn random_text(bytes: usize) -> Result<String, ClientError> {
    let mut buffer = vec![0_u8; bytes];
    getrandom::fill(&mut buffer).map_err(|e| ClientError::Setup(e.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(buffer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_reads_its_parts() {
        let link = "navi://enroll?url=http%3A%2F%2F127.0.0.1%3A7420&invite=nvi_abc&vkey=a%2Bb%2Bc";
        let read = Invitation::parse(link).unwrap();
        assert_eq!(read.url, "http://127.0.0.1:7420");
        assert_eq!(read.vkey.as_deref(), Some("a+b+c"));
        for bad in [
            "",
            "https://x",
            "navi://enroll?url=x",
            "navi://enroll?invite=x",
            "navi://enroll?url=%zz&invite=i",
        ] {
            assert!(Invitation::parse(bad).is_err(), "{bad}");
        }
    }
}
