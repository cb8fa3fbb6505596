//! An approver's device written from the contract alone (bytes, enrolment, votes), so that the product's own signing code
//! is held against a second reading of it. It can also lie, which the product's cannot.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::server::{Answer, Api, ORG, Server};

/// An enrolled device with both keys.
#[derive(Debug)]
pub struct Device {
    /// The API with the device's token.
    pub api: Api,
    /// The device's id.
    pub id: String,
    vote_key: SigningKey,
    step_up_key: SigningKey,
    origin: String,
    last_seq: AtomicU64,
}

impl Device {
    /// Enrols a device of `user` with a fresh invite.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn enroll(server: &Server, user: &str, role: &str) -> Result<Self> {
        let invite = server.invite(user, role).await?;
        Self::enroll_with(server, &invite, "desktop").await
    }

    /// Enrols a device of a class with this invite.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn enroll_with(server: &Server, invite: &str, class: &str) -> Result<Self> {
        let (vote_key, step_up_key) = (random_key()?, random_key()?);
        let request = enrollment_of(invite, class, &vote_key, &step_up_key);
        let made = server.api_with(None)?.post("/devices", &request).await?;
        anyhow::ensure!(made.status == 200 || made.status == 201, "cannot enrol: {made:?}");
        let text = |value: &Value| {
            value
                .as_str()
                .map(ToOwned::to_owned)
                .with_context(|| format!("a text is missing in {:?}", made.body))
        };
        Ok(Self {
            api: server.api_with(Some(text(&made.body["token"])?))?,
            id: text(&made.body["device"]["id"])?,
            vote_key,
            step_up_key,
            origin: text(&made.body["origin"])?,
            last_seq: AtomicU64::new(0),
        })
    }

    /// The statement that a vote signs, for an approval as it was shown.
    #[must_use]
    pub fn statement(&self, approval: &Value, verdict: &str, reason: &str, nonce: &[u8]) -> Value {
        let key = self.key_for(approval, verdict);
        json!({
            "v": 1,
            "origin": self.origin,
            "org": ORG,
            "approval_id": approval["id"],
            "digest": approval["digest"],
            "policy_hash": approval["policy_hash"],
            "verdict": verdict,
            "scope": "once",
            "reason_commitment": commitment(nonce, reason),
            "surface": "window",
            "key_id": hex::encode(Sha256::digest(key.verifying_key().as_bytes()).get(..16).unwrap_or_default()),
            "device_seq": self.last_seq.fetch_add(1, Ordering::SeqCst) + 1,
            "made_at": now_micros(),
        })
    }

    fn key_for(&self, approval: &Value, verdict: &str) -> &SigningKey {
        let step_up = approval["needs_step_up"] == true && verdict == "approve";
        if step_up { &self.step_up_key } else { &self.vote_key }
    }

    /// Signs a statement with the key that its approval needs.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub fn signed(&self, approval: &Value, statement: &Value, reason: &str, nonce: &[u8]) -> Result<Value> {
        let verdict = statement["verdict"].as_str().unwrap_or_default();
        let bytes = [b"navi/vote/v1\n".as_slice(), canonical(statement)?.as_bytes()].concat();
        let signature = self.key_for(approval, verdict).sign(&bytes);
        Ok(json!({
            "vote": STANDARD.encode(&bytes),
            "signature": STANDARD.encode(signature.to_bytes()),
            "reason": reason,
            "reason_nonce": hex::encode(nonce),
        }))
    }

    /// A complete signed vote.
    ///
    /// # Errors
    /// Without randomness.
    pub fn vote(&self, approval: &Value, verdict: &str, reason: &str) -> Result<Value> {
        let nonce = random::<16>()?;
        self.signed(approval, &self.statement(approval, verdict, reason, &nonce), reason, &nonce)
    }

    /// Reads the approval and votes on it as shown.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn cast(&self, approval_id: &str, verdict: &str, reason: &str) -> Result<Answer> {
        let approval = self.api.approval(approval_id).await?;
        self.send(approval_id, &self.vote(&approval, verdict, reason)?).await
    }

    /// Approves, and fails unless it counted.
    ///
    /// # Errors
    /// With the server's answer.
    pub async fn approve(&self, approval_id: &str) -> Result<Value> {
        self.cast(approval_id, "approve", "").await?.expect(200)
    }

    /// Sends a vote as it is.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send(&self, approval_id: &str, vote: &Value) -> Result<Answer> {
        self.api.post(&format!("/approvals/{approval_id}"), vote).await
    }
}

/// The body of an enrolment with fresh keys that nobody keeps.
///
/// # Errors
/// Without randomness.
pub fn enrollment(invite: &str, class: &str) -> Result<Value> {
    Ok(enrollment_of(invite, class, &random_key()?, &random_key()?))
}

fn enrollment_of(invite: &str, class: &str, vote_key: &SigningKey, step_up_key: &SigningKey) -> Value {
    let vote = hex::encode(vote_key.verifying_key().as_bytes());
    let step_up = hex::encode(step_up_key.verifying_key().as_bytes());
    let hashed = hex::encode(Sha256::digest(invite));
    let proof = format!("navi/enroll/v1\n{hashed}\n{vote}\n{step_up}");
    let prove = |key: &SigningKey| STANDARD.encode(key.sign(proof.as_bytes()).to_bytes());
    json!({
        "invite": invite,
        "name": "a device of the tests",
        "class": class,
        "shared": false,
        "vote_key": vote,
        "step_up_key": step_up,
        "proof": prove(vote_key),
        "step_up_proof": prove(step_up_key),
    })
}

/// RFC 8785 of a value that holds only ASCII keys, short numbers and plain texts: sorted.
fn canonical(value: &Value) -> Result<String> {
    let mut value = value.clone();
    value.sort_all_objects();
    Ok(serde_json::to_string(&value)?)
}

fn commitment(nonce: &[u8], reason: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(nonce) else { return String::new() };
    mac.update(reason.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Random bytes.
///
/// # Errors
/// When the system has none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| anyhow!("no randomness: {e}"))?;
    Ok(bytes)
}

fn random_key() -> Result<SigningKey> {
    Ok(SigningKey::from_bytes(&random()?))
}

fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
