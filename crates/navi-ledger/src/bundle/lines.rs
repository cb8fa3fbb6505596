//! The lines of a bundle and their one canonical spelling: compact JSON, keys in the order declared here, hashes in
//! lower-case hex, text with no needless escape.

use crate::Hash;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;

/// What every line of its kind starts with.
pub(super) const ENTRY: &[u8] = br#"{"index":"#;
pub(super) const DEVICE_KEY: &[u8] = br#"{"device_key":"#;
pub(super) const LOCATOR: &[u8] = br#"{"subtree":"#;
pub(super) const END: &[u8] = br#"{"end":"#;

/// First line of a bundle: which log it holds, as of when, and which key signed it. Origin, size and key must agree with
/// the signed checkpoint; the export time is the exporter's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format: 1.
    pub navi_bundle: u32,
    /// Origin of the log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// When the export was made, UTC microseconds since 1970. Unsigned.
    pub exported_at_us: i64,
    /// Verifier key (`NAME+HASH+KEY`) of the key that signed the checkpoint.
    pub vkey: String,
    /// Some entries are only their leaf hashes: enough for the tree, and for nothing else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

impl Manifest {
    /// A manifest of this version of the format.
    pub fn new(origin: impl Into<String>, size: u64, exported_at_us: i64, vkey: impl Into<String>) -> Self {
        Self {
            navi_bundle: 1,
            origin: origin.into(),
            size,
            exported_at_us,
            vkey: vkey.into(),
            partial: false,
        }
    }

    /// The same, for a bundle that leaves some entries out.
    #[must_use]
    pub fn partial(self) -> Self {
        Self { partial: true, ..self }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckpointLine {
    pub checkpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handovers: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryLine<'a> {
    pub index: u64,
    pub leaf_hash: Hex,
    /// Absent only in a partial bundle.
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    pub leaf: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payload: Option<Payload<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nonce: Option<Hex>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubtreeLine {
    pub subtree: Subtree,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subtree {
    pub first: u64,
    pub count: u64,
    pub hash: Hex,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndLine {
    pub end: End,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub entries: u64,
    pub sha256: Hex,
}

/// The one field the ledger reads of a leaf.
#[derive(Deserialize)]
pub(super) struct Commitment {
    #[serde(default)]
    pub payload_commitment: Option<Hex>,
}

/// 32 bytes as 64 hex digits; written in lower case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Hex(pub Hash);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [0u8; 64];
        hex::encode_to_slice(self.0, &mut digits).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(std::str::from_utf8(&digits).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl Visitor<'_> for Digits {
            type Value = Hex;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("64 hex digits")
            }
            fn visit_str<E: Error>(self, digits: &str) -> Result<Hex, E> {
                let mut hash = [0u8; 32];
                hex::decode_to_slice(digits, &mut hash).map_err(|_| E::custom("not 64 hex digits"))?;
                Ok(Hex(hash))
            }
        }
        deserializer.deserialize_str(Digits)
    }
}

/// Payload bytes: a string if they are UTF-8, otherwise `{"b64":…}`.
pub(super) struct Payload<'a>(pub Cow<'a, [u8]>);

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_map([("b64", BASE64_STANDARD.encode(&self.0))]),
        }
    }
}

impl<'de> Deserialize<'de> for Payload<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrBytes;
        impl<'de> Visitor<'de> for TextOrBytes {
            type Value = Vec<u8>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string or {\"b64\": …}")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
                Ok(text.as_bytes().to_vec())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<u8>, A::Error> {
                let Some(("b64", encoded)) = map.next_entry::<&str, &str>()? else {
                    return Err(A::Error::custom("expected the key b64"));
                };
                if map.next_key::<&str>()?.is_some() {
                    return Err(A::Error::custom("expected only the key b64"));
                }
                BASE64_STANDARD.decode(encoded).map_err(|_| A::Error::custom("not base64"))
            }
        }
        deserializer.deserialize_any(TextOrBytes).map(|bytes| Payload(Cow::Owned(bytes)))
    }
}

/// Appends a value as one canonical line.
pub(super) fn encode(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.push(b'\n');
    Ok(())
}

/// Reads a line (with its line feed) that must be spelled as [`encode`] spells it.
pub(super) fn decode<T: Serialize + DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let mut spelled = Vec::with_capacity(line.len());
    is_canonical(&value, line, &mut spelled)?;
    Ok(value)
}

/// Reads an entry's line like [`decode`], borrowing from it; `spelled` is memory to reuse.
pub(super) fn decode_entry<'l>(line: &'l [u8], spelled: &mut Vec<u8>) -> Result<EntryLine<'l>, String> {
    let entry = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    is_canonical(&entry, line, spelled)?;
    Ok(entry)
}

fn is_canonical(value: &impl Serialize, line: &[u8], spelled: &mut Vec<u8>) -> Result<(), String> {
    spelled.clear();
    encode(spelled, value).map_err(|error| error.to_string())?;
    if spelled == line { Ok(()) } else { Err("it is not in canonical spelling".into()) }
}
