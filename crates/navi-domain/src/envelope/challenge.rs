//! A challenge that a person carries from a gate to the console, and the answer that they carry back, without a network.
//! The challenge is short enough to be read aloud; the answer is copied.

use serde::{Deserialize, Serialize};

use super::{Opening, sha256};

/// Letters without those that look alike (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Bytes of a nonce.
pub const NONCE: usize = 12;
/// Bytes that tell the envelope.
const WHICH: usize = 3;

/// What a gate asks to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The gate's fresh random bytes, in hex.
    pub nonce: String,
    /// First bytes of the envelope's SHA-256, in hex.
    pub which: String,
}

impl Challenge {
    /// The challenge for an envelope (its SHA-256 in hex).
    #[must_use]
    pub fn new(nonce: &[u8; NONCE], envelope_sha256: &str) -> Self {
        Self { nonce: hex::encode(nonce), which: envelope_sha256.chars().take(2 * WHICH).collect() }
    }

    /// Groups of four letters: which envelope, nonce, and one byte that catches a slip.
    #[must_use]
    pub fn text(&self) -> String {
        let mut bytes = hex::decode(format!("{}{}", self.which, self.nonce)).unwrap_or_default();
        bytes.push(check(&bytes));
        let letters: Vec<char> = encode(&bytes);
        letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }

    /// Reads it, however it is spaced and in either case; `None` for a slip.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = decode(text)?;
        let (last, rest) = bytes.split_last()?;
        if rest.len() != WHICH + NONCE || check(rest) != *last {
            return None;
        }
        let (which, nonce) = rest.split_at_checked(WHICH)?;
        Some(Self { nonce: hex::encode(nonce), which: hex::encode(which) })
    }

    /// Whether it is for the envelope with this SHA-256 (hex).
    #[must_use]
    pub fn is_for(&self, envelope_sha256: &str) -> bool {
        envelope_sha256.starts_with(&self.which)
    }
}

fn check(bytes: &[u8]) -> u8 {
    hex::decode(sha256(bytes)).ok().and_then(|hash| hash.first().copied()).unwrap_or_default()
}

fn encode(bytes: &[u8]) -> Vec<char> {
    let (mut held, mut bits, mut letters) = (0_u32, 0_u32, Vec::new());
    let letter = |value: u32| ALPHABET.get(value as usize & 31).copied().map_or('0', char::from);
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            letters.push(letter(held >> bits));
        }
    }
    if bits > 0 {
        letters.push(letter(held << (5 - bits)));
    }
    letters
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let (mut held, mut bits, mut bytes) = (0_u32, 0_u32, Vec::new());
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let upper = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = ALPHABET.iter().position(|a| char::from(*a) == upper)?;
        held = (held << 5 | u32::try_from(value).ok()?) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// What the holder gives back: what was signed beside the gate's own words, and the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The incident's id.
    pub incident: String,
    /// Why.
    pub reason: String,
    /// The holder's signature over the [`Opening`] (hex).
    pub signature: String,
}

impl Answer {
    /// One word of hex, to be copied.
    #[must_use]
    pub fn text(&self) -> String {
        hex::encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads it; white space does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let word: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        serde_json::from_slice(&hex::decode(word).ok()?).ok()
    }

    /// What was signed, for this gate, envelope and nonce.
    #[must_use]
    pub fn opening(&self, gate_id: &str, envelope_sha256: &str, nonce: &str) -> Opening {
        Opening {
            envelope_sha256: envelope_sha256.to_owned(),
            gate_id: gate_id.to_owned(),
            nonce: nonce.to_owned(),
            incident: self.incident.clone(),
            reason: self.reason.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_survives_being_read_aloud_and_a_slip_is_noticed() {
        let sha = sha256(b"an envelope");
        for n in 0..=255_u8 {
            let challenge = Challenge::new(&[n; NONCE], &sha);
            let text = challenge.text();
            assert_eq!(text.len(), 26 + 6, "{text}");
            assert_eq!(Challenge::parse(&text), Some(challenge.clone()));
            assert!(challenge.is_for(&sha) && !challenge.is_for(&sha256(b"another")));
            let spoken = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert_eq!(Challenge::parse(&spoken), Some(challenge));
        }
        let text = Challenge::new(&[7; NONCE], &sha).text();
        let slips = (0..text.len()).filter(|at| {
            let mut other: Vec<char> = text.chars().collect();
            let c = other[*at];
            other[*at] = if c == '2' { '3' } else { '2' };
            c != '-' && Challenge::parse(&other.iter().collect::<String>()).is_some()
        });
        assert!(slips.count() <= 1, "nearly every slip is noticed");
        assert_eq!(Challenge::parse(""), None);
        assert_eq!(Challenge::parse("U"), None);
    }

    #[test]
    fn an_answer_is_one_word() {
        let answer = Answer { incident: "INC-7".into(), reason: "größer".into(), signature: "ab".into() };
        assert!(answer.text().chars().all(|c| c.is_ascii_hexdigit()));
        let word = answer.text();
        let (first, second) = word.split_at(9);
        assert_eq!(Answer::parse(&format!(" {first}\n{second} ")), Some(answer));
        assert_eq!(Answer::parse("zz"), None);
    }
}
