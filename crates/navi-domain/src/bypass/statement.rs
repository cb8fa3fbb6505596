//! What people sign about a bypass, as they sign votes: bytes kept verbatim, one device sequence for both.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Bypass, Stage, Wish};
use crate::UtcMicros;
use crate::canonical::{CanonicalError, jcs, parse_strict};
use crate::evidence::{KeyPurpose, key_id_of_hex, verifies};
use crate::people::Device;

const TAG: &[u8] = b"navi/bypass/v1\n";

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// Asks for a bypass.
    Ask(Wish),
    /// Confirms one as the second person.
    Confirm {
        /// Which.
        bypass_id: String,
        /// SHA-256 (hex) of the statement it was asked for with, so that exactly what was shown is confirmed.
        ask_sha256: String,
        /// The number that whoever asked reads aloud.
        number: u8,
    },
    /// Goes on alone with one's own.
    Alone {
        /// Which.
        bypass_id: String,
    },
    /// Clears a review.
    Review {
        /// Which.
        bypass_id: String,
        /// What was found, in the person's words.
        finding: String,
    },
}

impl Act {
    /// Its name in the record: `ask`, `confirm`, `alone`, `review`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ask(_) => "ask",
            Self::Confirm { .. } => "confirm",
            Self::Alone { .. } => "alone",
            Self::Review { .. } => "review",
        }
    }

    /// The bypass it is about; none for one that is asked for.
    #[must_use]
    pub fn bypass_id(&self) -> Option<&str> {
        match self {
            Self::Ask(_) => None,
            Self::Confirm { bypass_id, .. } | Self::Alone { bypass_id } | Self::Review { bypass_id, .. } => {
                Some(bypass_id)
            }
        }
    }

    /// Whether it takes the step-up key. Looking back does not.
    #[must_use]
    pub fn needs_step_up(&self) -> bool {
        !matches!(self, Self::Review { .. })
    }
}

/// The signed statement. Bytes: [`Statement::bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Always 1.
    pub v: u8,
    /// The ledger's origin.
    pub origin: String,
    /// Organisation.
    pub org: String,
    /// What somebody does.
    #[serde(flatten)]
    pub act: Act,
    /// [`crate::evidence::key_id`] of the signing key.
    pub key_id: String,
    /// Counts up per device, together with its votes; gaps are allowed.
    pub device_seq: u64,
    /// The device's clock. Evidence only; nothing is decided by it.
    pub made_at: UtcMicros,
}

impl Statement {
    /// `navi/bypass/v1\n` ‖ JCS.
    ///
    /// # Errors
    /// Never for real statements; a `device_seq` above 2^53 has no canonical form.
    pub fn bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        Ok([TAG, &jcs(self)?].concat())
    }

    /// Parses statement bytes; `None` unless they are exactly the canonical form.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes.strip_prefix(TAG)?).ok()?;
        let statement: Self = serde_json::from_value(parse_strict(text).ok()?).ok()?;
        (statement.v == 1 && statement.bytes().ok()? == bytes).then_some(statement)
    }

    /// SHA-256 (hex) of statement bytes: what a second person confirms.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> String {
        hex::encode(Sha256::digest(bytes))
    }
}

/// A statement as received, with the device whose key signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The device.
    pub device_id: String,
    /// The bytes, verbatim (base64).
    pub statement: String,
    /// 64 bytes of signature (base64).
    pub signature: String,
}

impl Signed {
    /// Keeps what was received.
    #[must_use]
    pub fn new(device_id: &str, bytes: &[u8], signature: &[u8]) -> Self {
        let (statement, signature) = (STANDARD.encode(bytes), STANDARD.encode(signature));
        Self { device_id: device_id.to_owned(), statement, signature }
    }

    /// The statement, if one of these keys (hex) signed exactly it.
    #[must_use]
    pub fn opened(&self, keys: &[&str]) -> Option<Statement> {
        let bytes = STANDARD.decode(&self.statement).ok()?;
        let signature = STANDARD.decode(&self.signature).ok()?;
        let statement = Statement::parse(&bytes)?;
        let signs = |key: &&&str| {
            key_id_of_hex(key).is_some_and(|id| id == statement.key_id) && verifies(key, &bytes, &signature)
        };
        keys.iter().find(signs)?;
        Some(statement)
    }

    /// The bytes that were signed; `None` when they are not base64.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.statement).ok()
    }
}

/// Whether signatures alone carry a bypass that is in force: whoever asked signed exactly this wish, and another person
/// signed for it, or whoever asked signed that they go on alone; each with the step-up key of a device of theirs that is
/// still good. It is in force no longer than its minutes.
///
/// State tables are a projection; what runs rests on this. A bypass that an envelope opened rests on its own gate, not on
/// this.
#[must_use]
pub fn carries(bypass: &Bypass, devices: &[Device]) -> bool {
    let Stage::Active { with, began_at, ends_at } = &bypass.stage else { return false };
    let longest = began_at.saturating_add(i64::from(bypass.wish.minutes).saturating_mul(crate::MINUTE));
    let opened = |signed: &Signed| {
        let good =
            |d: &&Device| d.id == signed.device_id && d.revoked_at.is_none() && d.confirmed_at.is_some();
        let device = devices.iter().find(good).filter(|d| d.ceiling().needs_step_up())?;
        Some((device.user.clone(), signed.opened(&[device.step_up_key.as_deref()?])?.act))
    };
    let wished = bypass.signed.first().is_some_and(|signed| {
        let asked = signed.bytes().is_some_and(|bytes| Statement::sha256(&bytes) == bypass.ask_sha256);
        asked
            && opened(signed)
                .is_some_and(|(who, act)| who == bypass.by && act == Act::Ask(bypass.wish.clone()))
    });
    let begun = bypass.signed.iter().filter_map(opened).any(|(who, act)| match (act, with) {
        (Act::Confirm { bypass_id, ask_sha256, .. }, Some(with)) => {
            bypass_id == bypass.id && ask_sha256 == bypass.ask_sha256 && who == *with && who != bypass.by
        }
        (Act::Alone { bypass_id }, None) => bypass_id == bypass.id && who == bypass.by,
        _ => false,
    });
    wished && begun && *ends_at <= longest
}

/// Why a signed statement has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BypassFault {
    /// Not the encoding.
    #[error("these bytes are not a canonical bypass statement")]
    Malformed,
    /// The key id belongs to no key of this device.
    #[error("the statement was not made with a key of this device")]
    ForeignKey,
    /// The signature does not verify.
    #[error("the statement's signature does not verify")]
    BadSignature,
    /// Another ledger or organisation.
    #[error("the statement is for another server")]
    WrongTarget,
    /// Made with the vote key.
    #[error("this takes the step-up key")]
    StepUpRequired,
    /// A machine where agents run, or a browser.
    #[error("not with a device that may approve no more than medium risk")]
    DeviceCeiling,
    /// The device was revoked.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// The device was not confirmed.
    #[error("the device is not confirmed")]
    DeviceUnconfirmed,
    /// The sequence number was used.
    #[error("the sequence number was used")]
    Replayed,
}

/// Opens a signed statement over the bytes received: encoding, target, key, signature, and whether this device may.
///
/// # Errors
/// [`BypassFault`] says which check failed.
pub fn open_statement(
    bytes: &[u8],
    signature: &[u8],
    device: &Device,
    (origin, org): (&str, &str),
) -> Result<Statement, BypassFault> {
    let statement = Statement::parse(bytes).ok_or(BypassFault::Malformed)?;
    let is = |key: &str| key_id_of_hex(key).is_some_and(|id| id == statement.key_id);
    let (key, purpose) = match &device.step_up_key {
        Some(key) if is(key) => (key, KeyPurpose::StepUp),
        _ if is(&device.vote_key) => (&device.vote_key, KeyPurpose::Vote),
        _ => return Err(BypassFault::ForeignKey),
    };
    if !verifies(key, bytes, signature) {
        return Err(BypassFault::BadSignature);
    }
    if statement.origin != origin || statement.org != org {
        return Err(BypassFault::WrongTarget);
    }
    if device.revoked_at.is_some() {
        return Err(BypassFault::DeviceRevoked);
    }
    if device.confirmed_at.is_none() {
        return Err(BypassFault::DeviceUnconfirmed);
    }
    if statement.act.needs_step_up() {
        if !device.ceiling().needs_step_up() {
            return Err(BypassFault::DeviceCeiling);
        }
        if purpose != KeyPurpose::StepUp {
            return Err(BypassFault::StepUpRequired);
        }
    }
    if statement.device_seq <= device.last_seq {
        return Err(BypassFault::Replayed);
    }
    Ok(statement)
}

#[cfg(test)]
mod tests {
    use super::super::BypassScope;
    use super::*;
    use crate::people::DeviceClass;
    use ed25519_dalek::{Signer as _, SigningKey};

    fn keys() -> (SigningKey, SigningKey) {
        (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]))
    }

    fn device() -> Device {
        let (vote, step_up) = keys();
        let public = |key: &SigningKey| hex::encode(key.verifying_key().to_bytes());
        Device {
            id: "dev".into(),
            user: "ana".into(),
            name: "terminal".into(),
            class: DeviceClass::Terminal,
            shared: false,
            vote_key: public(&vote),
            step_up_key: Some(public(&step_up)),
            last_seq: 6,
            enrolled_at: 1,
            confirmed_at: Some(1),
            revoked_at: None,
            version: 1,
        }
    }

    fn ask(key: &SigningKey) -> (Vec<u8>, Vec<u8>) {
        signed(
            key,
            Act::Ask(Wish {
                scope: BypassScope::Repo("shop".into()),
                incident: "INC-7".into(),
                reason: "the shop takes no orders since noon".into(),
                minutes: 15,
            }),
        )
    }

    fn signed(key: &SigningKey, act: Act) -> (Vec<u8>, Vec<u8>) {
        let statement = Statement {
            v: 1,
            origin: "navi/acme".into(),
            org: "acme".into(),
            act,
            key_id: crate::evidence::key_id(&key.verifying_key().to_bytes()),
            device_seq: 7,
            made_at: 1_000_000,
        };
        let bytes = statement.bytes().unwrap();
        let signature = key.sign(&bytes).to_bytes().to_vec();
        (bytes, signature)
    }

    const HERE: (&str, &str) = ("navi/acme", "acme");

    #[test]
    fn the_bytes_are_these() {
        let (bytes, _) = ask(&keys().1);
        let text = String::from_utf8(bytes).unwrap();
        let id = crate::evidence::key_id(&keys().1.verifying_key().to_bytes());
        let expected = format!(
            "navi/bypass/v1\n{{\"act\":\"ask\",\"device_seq\":7,\"incident\":\"INC-7\",\"key_id\":\"{id}\",\"made_at\":1000000,\
             \"minutes\":15,\"name\":\"shop\",\"org\":\"acme\",\"origin\":\"navi/acme\",\
             \"reason\":\"the shop takes no orders since noon\",\"scope\":\"repo\",\"v\":1}}"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn every_act_reads_back_and_nothing_beside_it() {
        let acts = [
            Act::Ask(Wish {
                scope: BypassScope::Everything,
                incident: "I".into(),
                reason: "r".into(),
                minutes: 60,
            }),
            Act::Confirm { bypass_id: "b".into(), ask_sha256: "00".into(), number: 7 },
            Act::Alone { bypass_id: "b".into() },
            Act::Review { bypass_id: "b".into(), finding: "fine".into() },
        ];
        for act in acts {
            let (bytes, _) = signed(&keys().1, act.clone());
            assert_eq!(Statement::parse(&bytes).unwrap().act, act);
            let text = String::from_utf8(bytes).unwrap();
            let more = text.replacen('{', "{\"aaa\":1,", 1);
            assert_eq!(Statement::parse(more.as_bytes()), None, "{more}");
        }
    }

    #[test]
    fn only_the_step_up_key_of_an_own_confirmed_device_asks() {
        let (vote, step_up) = keys();
        let (bytes, signature) = ask(&step_up);
        let open = |device: &Device| open_statement(&bytes, &signature, device, HERE).map(|s| s.device_seq);
        assert_eq!(open(&device()), Ok(7));
        assert_eq!(open(&Device { shared: true, ..device() }), Err(BypassFault::DeviceCeiling));
        assert_eq!(open(&Device { class: DeviceClass::Web, ..device() }), Err(BypassFault::DeviceCeiling));
        assert_eq!(open(&Device { confirmed_at: None, ..device() }), Err(BypassFault::DeviceUnconfirmed));
        assert_eq!(open(&Device { revoked_at: Some(1), ..device() }), Err(BypassFault::DeviceRevoked));
        assert_eq!(open(&Device { last_seq: 7, ..device() }), Err(BypassFault::Replayed));
        assert_eq!(open(&Device { step_up_key: None, ..device() }), Err(BypassFault::ForeignKey));
        let (weak, by_vote_key) = ask(&vote);
        assert_eq!(open_statement(&weak, &by_vote_key, &device(), HERE), Err(BypassFault::StepUpRequired));
        let (review, signature) =
            signed(&vote, Act::Review { bypass_id: "b".into(), finding: "fine".into() });
        assert!(open_statement(&review, &signature, &device(), HERE).is_ok());
    }

    #[test]
    fn a_bypass_in_force_is_carried_by_both_signatures_and_by_nothing_less() {
        let mut other = device();
        let third = SigningKey::from_bytes(&[3; 32]);
        (other.id, other.user) = ("bo-dev".into(), "bo".into());
        other.step_up_key = Some(hex::encode(third.verifying_key().to_bytes()));
        let (asked, asked_signature) = ask(&keys().1);
        let ask_sha256 = Statement::sha256(&asked);
        let act = Act::Confirm { bypass_id: "b".into(), ask_sha256: ask_sha256.clone(), number: 7 };
        let (confirmed, confirmed_signature) = signed(&third, act);
        let Act::Ask(wish) = Statement::parse(&asked).unwrap().act else { panic!("it asks") };
        let bypass = Bypass {
            id: "b".into(),
            by: "ana".into(),
            asked_at: 1,
            wish,
            fingerprint: None,
            ask_sha256,
            signed: vec![
                Signed::new("dev", &asked, &asked_signature),
                Signed::new("bo-dev", &confirmed, &confirmed_signature),
            ],
            envelope: None,
            stage: Stage::Active { with: Some("bo".into()), began_at: 5, ends_at: 5 + 15 * crate::MINUTE },
        };
        let devices = [device(), other.clone()];
        assert!(carries(&bypass, &devices));
        let longer = Stage::Active { with: Some("bo".into()), began_at: 5, ends_at: 6 + 15 * crate::MINUTE };
        let mut wider = bypass.clone();
        wider.wish.scope = BypassScope::Everything;
        let alone = Stage::Active { with: None, began_at: 5, ends_at: 6 };
        let forged = [
            Bypass { stage: longer, ..bypass.clone() },
            wider,
            Bypass { stage: alone, ..bypass.clone() },
            Bypass { by: "cy".into(), ..bypass.clone() },
            Bypass { signed: bypass.signed[..1].to_vec(), ..bypass.clone() },
            Bypass { signed: bypass.signed[1..].to_vec(), ..bypass.clone() },
            Bypass { id: "c".into(), ..bypass.clone() },
        ];
        for forged in forged {
            assert!(!carries(&forged, &devices), "{forged:?}");
        }
        let revoked = Device { revoked_at: Some(9), ..other };
        assert!(!carries(&bypass, &[device(), revoked]), "who was revoked confirms nothing");
    }

    #[test]
    fn one_changed_byte_or_another_server_is_refused() {
        let (bytes, signature) = ask(&keys().1);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let longer = text.replace("\"minutes\":15", "\"minutes\":60");
        assert_eq!(
            open_statement(longer.as_bytes(), &signature, &device(), HERE),
            Err(BypassFault::BadSignature)
        );
        assert_eq!(
            open_statement(&bytes, &signature, &device(), ("navi/other", "acme")),
            Err(BypassFault::WrongTarget)
        );
        assert_eq!(
            open_statement(b"navi/vote/v1\n{}", &signature, &device(), HERE),
            Err(BypassFault::Malformed)
        );
    }
}
