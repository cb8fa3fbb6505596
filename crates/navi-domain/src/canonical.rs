//! The bytes that two sides must build alike: JCS (RFC 8785), digest, fingerprint, vote, reason commitment, leaf.
//!
//! Absent fields are omitted, integers above 2^53 must be strings, duplicate keys are refused, and there are no floats.

use hmac::{Hmac, KeyInit, Mac};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::action::Action;
use crate::event::Leaf;
use crate::vote::Vote;

/// Why a value has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A number that is not an integer.
    #[error("the number {0} is not an integer; send it as a string")]
    Float(String),
    /// An integer that JSON readers round.
    #[error("the integer {0} is above 2^53; send it as a string")]
    TooLarge(String),
    /// An object with the same key twice.
    #[error("the key {0:?} stands twice in one object")]
    DuplicateKey(String),
    /// Not JSON at all.
    #[error("not JSON: {0}")]
    Syntax(String),
}

const SAFE: u64 = 1 << 53;

/// The RFC 8785 bytes of a value.
///
/// # Errors
/// Floats and integers above 2^53 have no canonical form here.
pub fn jcs<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(|e| CanonicalError::Syntax(e.to_string()))?;
    check_numbers(&value)?;
    serde_json_canonicalizer::to_vec(&value).map_err(|e| CanonicalError::Syntax(e.to_string()))
}

/// A verification key, short enough for two people to compare: the first 16 bytes of its SHA-256 in groups of four digits.
#[must_use]
pub fn key_fingerprint(vkey: &str) -> String {
    let digest = hex::encode(Sha256::digest(vkey.trim()));
    let digits: Vec<char> = digest.chars().take(32).collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Checks that a value holds only numbers that every reader reads alike.
///
/// # Errors
/// Names the first float or too large integer.
pub fn check_numbers(value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Number(n) => match (n.as_u64(), n.as_i64()) {
            (Some(u), _) if u <= SAFE => Ok(()),
            (None, Some(i)) if i.unsigned_abs() <= SAFE => Ok(()),
            (None, None) => Err(CanonicalError::Float(n.to_string())),
            _ => Err(CanonicalError::TooLarge(n.to_string())),
        },
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(fields) => fields.values().try_for_each(check_numbers),
        _ => Ok(()),
    }
}

/// Parses JSON and refuses duplicate keys, which `serde_json` would silently fold.
///
/// # Errors
/// Syntax errors and duplicate keys.
pub fn parse_strict(text: &str) -> Result<Value, CanonicalError> {
    serde_json::from_str::<Strict>(text).map(|s| s.0).map_err(|e| {
        let said = e.to_string();
        said.strip_prefix("duplicate key ")
            .map(|rest| rest.split(" at line").next().unwrap_or(rest))
            .map_or(CanonicalError::Syntax(said.clone()), |k| CanonicalError::DuplicateKey(k.to_owned()))
    })
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(Strict(v)) = seq.next_element()? {
            out.push(v);
        }
        Ok(Value::Array(out))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut out = serde_json::Map::new();
        while let Some((key, Strict(v))) = map.next_entry::<String, Strict>()? {
            if out.contains_key(&key) {
                return Err(serde::de::Error::custom(format!("duplicate key {key}")));
            }
            out.insert(key, v);
        }
        Ok(Value::Object(out))
    }
}

#[derive(Serialize)]
struct Material<'a> {
    v: u8,
    #[serde(flatten)]
    action: &'a Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
}

/// SHA-256 (hex) of `navi/action/v1\n` ‖ JCS of the material with its 16-byte salt. What an approval is bound to.
///
/// # Errors
/// When arguments hold numbers without a canonical form.
pub fn digest(action: &Action, salt: &[u8; 16]) -> Result<String, CanonicalError> {
    digest_of_material(&material(action, salt)?)
}

/// The whole material as it is shown and digested: `v`, the action's fields and `salt` (hex).
///
/// # Errors
/// Never for real actions; see [`CanonicalError::Syntax`].
pub fn material(action: &Action, salt: &[u8; 16]) -> Result<Value, CanonicalError> {
    serde_json::to_value(Material { v: 1, action, salt: Some(hex::encode(salt)) })
        .map_err(|e| CanonicalError::Syntax(e.to_string()))
}

/// The digest (hex) of a material as shown. An approver's side recomputes it: what is shown is what is signed for.
///
/// # Errors
/// When the material holds numbers without a canonical form.
pub fn digest_of_material(material: &Value) -> Result<String, CanonicalError> {
    let body = jcs(material)?;
    Ok(hex::encode(Sha256::new().chain_update(b"navi/action/v1\n").chain_update(body).finalize()))
}

/// HMAC-SHA256 (hex) of the material without salt under the organisation's key: equality across requests.
///
/// # Errors
/// When arguments hold numbers without a canonical form.
pub fn fingerprint(action: &Action, org_key: &[u8; 32]) -> Result<String, CanonicalError> {
    let body = jcs(&Material { v: 1, action, salt: None })?;
    Ok(hex::encode(hmac(org_key, &[b"navi/action/v1\n", &body])))
}

/// The bytes a device signs: `navi/vote/v1\n` ‖ JCS.
///
/// # Errors
/// Never for real votes; a `device_seq` above 2^53 has no canonical form.
pub fn vote_bytes(vote: &Vote) -> Result<Vec<u8>, CanonicalError> {
    Ok([b"navi/vote/v1\n".as_slice(), &jcs(vote)?].concat())
}

/// Parses vote bytes; `None` unless they are exactly the canonical form.
#[must_use]
pub fn parse_vote(bytes: &[u8]) -> Option<Vote> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"navi/vote/v1\n")?).ok()?;
    let vote: Vote = serde_json::from_value(parse_strict(text).ok()?).ok()?;
    (vote.v == 1 && vote_bytes(&vote).ok()? == bytes).then_some(vote)
}

/// HMAC-SHA256(nonce, reason) in hex.
#[must_use]
pub fn reason_commitment(nonce: &[u8], reason: &str) -> String {
    hex::encode(hmac(nonce, &[reason.as_bytes()]))
}

/// The canonical leaf bytes, at most 65,535 (tlog-tiles length prefix).
///
/// # Errors
/// When a field has no canonical form or the leaf is too large.
pub fn leaf_bytes(leaf: &Leaf) -> Result<Vec<u8>, CanonicalError> {
    let bytes = jcs(leaf)?;
    if bytes.len() > 65_535 {
        return Err(CanonicalError::Syntax(format!("a leaf of {} bytes is over 65535", bytes.len())));
    }
    Ok(bytes)
}

/// SHA-256 (hex) over the JCS of whatever decided: merged policy, weights, catalogue version. Binds an approval.
///
/// # Errors
/// Never for the product's own values.
pub fn policy_hash<T: Serialize + ?Sized>(inputs: &T) -> Result<String, CanonicalError> {
    let body = jcs(inputs)?;
    Ok(hex::encode(Sha256::new().chain_update(b"navi/policy/v1\n").chain_update(body).finalize()))
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length (RFC 2104), so the error case of `new_from_slice` cannot arise.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|p| mac.update(p));
    mac.finalize().into_bytes().into()
}
