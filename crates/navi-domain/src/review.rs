//! Reviewing a record entry by entry without network: votes against enrolled keys and the requests they are for, absent
//! payloads against the entries that erased them, the order of instants. Whoever calls this has checked leaf hashes and
//! commitments before; `navi-gate audit verify` and the console share it, so that both say the same.

mod bypasses;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use self::bypasses::Bypasses;
use crate::{UtcMicros, canonical, erasure, evidence};

pub use bypasses::{BypassStory, ReviewTold, RunTold};

/// The first thing that is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// The entry it is found at.
    pub index: u64,
    /// In words.
    pub message: String,
}

/// A vote that the record says was cast.
#[derive(Clone, Debug)]
struct RecordedVote {
    index: u64,
    cast: bool,
    device_id: String,
    approval_id: String,
    digest: String,
    vote: Vec<u8>,
    signature: Vec<u8>,
}

/// The keys of a device, as the entry that enrolled it says.
#[derive(Clone, Debug)]
struct Enrolled {
    index: u64,
    user: String,
    keys: Vec<String>,
    step_up: Option<String>,
}

/// A pass over a record, in log order.
#[derive(Clone, Debug, Default)]
pub struct Review {
    entries: u64,
    payloads: u64,
    last: Option<(u64, UtcMicros)>,
    votes: Vec<RecordedVote>,
    devices: BTreeMap<String, Enrolled>,
    revoked: BTreeMap<String, u64>,
    /// Digest of each request seen.
    requests: BTreeMap<String, String>,
    /// The record goes on from an earlier origin.
    carried: bool,
    /// It brings the devices of that origin along: no other device may vote.
    brings_devices: bool,
    absent: Vec<u64>,
    /// Which entries say that payloads were erased: (entry, first, last).
    erased: Vec<(u64, u64, u64)>,
    kinds: BTreeMap<String, u64>,
    bypasses: Bypasses,
}

/// What a whole review found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Entries read.
    pub entries: u64,
    /// Payloads present.
    pub payloads: u64,
    /// Entries whose payload is absent, each named by a later entry.
    pub absent: Vec<u64>,
    /// How many payloads which entry erased.
    pub erasures: BTreeMap<u64, usize>,
    /// Votes whose signature was verified with a key of a device enrolled before.
    pub votes: u64,
    /// Votes whose device was enrolled in an entry that is not here: only in a part of a record, or after a new origin.
    pub votes_unchecked: u64,
    /// Votes for a request whose entry is not here, likewise.
    pub requests_elsewhere: u64,
    /// Entries by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Every bypass, from its wish to its review, in the order of their first entries.
    pub bypasses: Vec<BypassStory>,
    /// Statements about bypasses that had no effect.
    pub bypasses_refused: u64,
}

impl Review {
    /// Reads the next entry; `payload` is `None` when it is absent.
    ///
    /// # Errors
    /// What is wrong with this entry alone, or in its order.
    pub fn visit(&mut self, index: u64, leaf: &[u8], payload: Option<&[u8]>) -> Result<(), String> {
        let leaf: Value = serde_json::from_slice(leaf).map_err(|e| format!("the leaf is not JSON: {e}"))?;
        let kind = leaf.get("kind").and_then(Value::as_str).unwrap_or_default();
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        self.entries += 1;
        if let Some(at) = leaf.get("at").and_then(Value::as_i64) {
            if let Some((before, earlier)) = self.last.filter(|(_, earlier)| *earlier > at) {
                return Err(format!("its instant {at} lies before {earlier}, that of entry {before}"));
            }
            self.last = Some((index, at));
        }
        let subject = leaf.get("subject").and_then(Value::as_str).unwrap_or_default();
        let link = |name: &str| leaf.get("links")?.get(name)?.as_str();
        match kind {
            "payloads_erased" | "payloads_pruned" => {
                let named = link(erasure::LINK).and_then(erasure::parse_ranges);
                let ranges = named.ok_or("it erases, and does not say what")?;
                self.erased.extend(ranges.into_iter().map(|(first, last)| (index, first, last)));
            }
            // What was enrolled and asked for under the origin before stands in that record.
            "origin_started" => self.carried = true,
            "state_carried" => self.brings_devices = true,
            "device_revoked" => {
                self.revoked.entry(subject.to_owned()).or_insert(index);
            }
            "approval_requested" => {
                if let Some(digest) = link("digest") {
                    self.requests.insert(subject.to_owned(), digest.to_owned());
                }
            }
            _ => {}
        }
        if bypasses::concerns(kind, &leaf, payload) {
            let read = payload.map(serde_json::from_slice::<Value>).transpose();
            let read = read.map_err(|e| format!("the payload is not JSON: {e}"))?;
            self.bypasses.visit(index, &leaf, read.as_ref())?;
        }
        let Some(payload) = payload else {
            self.absent.push(index);
            return Ok(());
        };
        self.payloads += 1;
        if matches!(kind, "device_enrolled" | "vote_cast" | "vote_refused" | "state_carried") {
            let payload: Value =
                serde_json::from_slice(payload).map_err(|e| format!("the payload is not JSON: {e}"))?;
            match kind {
                "device_enrolled" => self.enrolled(index, &payload),
                "state_carried" => self.brought(index, &payload),
                _ => self.votes.push(recorded(index, kind == "vote_cast", &leaf, &payload)?),
            }
        }
        Ok(())
    }

    /// The keys as the ledger itself recorded them: the device lines of a bundle are not committed to.
    fn enrolled(&mut self, index: u64, payload: &Value) {
        let text = |path: &str| payload.pointer(path).and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = text("/device/id") {
            let step_up = text("/device/step_up_key");
            let keys = [text("/device/vote_key"), step_up.clone()].into_iter().flatten().collect();
            let user = text("/device/user").unwrap_or_default();
            self.devices.insert(id, Enrolled { index, user, keys, step_up });
        }
    }

    /// The devices of the origin before, as the first entries of a new one repeat them.
    fn brought(&mut self, index: u64, payload: &Value) {
        for (name, body) in payload.get("bodies").and_then(Value::as_object).into_iter().flatten() {
            let body = body.as_str().and_then(|body| serde_json::from_str::<Value>(body).ok());
            if let Some((id, body)) = name.strip_prefix("devices/").zip(body) {
                let key = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
                let step_up = key("step_up_key");
                let keys = [key("vote_key"), step_up.clone()].into_iter().flatten().collect();
                let user = key("user").unwrap_or_default();
                self.devices.insert(id.to_owned(), Enrolled { index, user, keys, step_up });
            }
        }
    }

    /// Ends the pass; `partial` when entries were left out, so that what is not here may be there.
    ///
    /// # Errors
    /// The first entry whose vote or absence does not hold.
    pub fn finish(self, partial: bool) -> Result<Findings, Fault> {
        let mut found = Findings {
            entries: self.entries,
            payloads: self.payloads,
            kinds: self.kinds.clone(),
            ..Findings::default()
        };
        for vote in &self.votes {
            self.check(vote, partial, &mut found).map_err(|message| Fault { index: vote.index, message })?;
        }
        for index in &self.absent {
            let names = |(by, first, last): &&(u64, u64, u64)| by > index && (*first..=*last).contains(index);
            let Some((by, ..)) = self.erased.iter().find(names) else {
                let message = "the payload is absent, and no later entry says that it was erased".to_owned();
                return Err(Fault { index: *index, message });
            };
            *found.erasures.entry(*by).or_default() += 1;
        }
        found.absent = self.absent;
        found.bypasses_refused = self.bypasses.refused();
        let elsewhere = partial || self.carried;
        found.bypasses = self.bypasses.finish(&self.devices, &self.revoked, elsewhere)?;
        Ok(found)
    }

    fn check(&self, vote: &RecordedVote, partial: bool, found: &mut Findings) -> Result<(), String> {
        let device = &vote.device_id;
        match self.devices.get(device) {
            None if partial || (self.carried && !self.brings_devices) => found.votes_unchecked += 1,
            None => return Err(format!("a vote by device {device}, which was never enrolled")),
            Some(enrolled) if enrolled.index > vote.index => {
                return Err(format!("a vote by device {device}, which was enrolled later"));
            }
            Some(enrolled) => {
                let signed = |key: &String| evidence::verifies(key, &vote.vote, &vote.signature);
                if !enrolled.keys.iter().any(signed) {
                    return Err("the vote's signature does not verify".into());
                }
                found.votes += 1;
            }
        }
        if !vote.cast {
            return Ok(());
        }
        if self.revoked.get(device).is_some_and(|at| *at < vote.index) {
            return Err(format!("a vote by device {device} counted after it was revoked"));
        }
        match self.requests.get(&vote.approval_id) {
            None if partial || self.carried => found.requests_elsewhere += 1,
            None => return Err("a vote for a request that was never made".into()),
            Some(digest) if *digest != vote.digest => {
                return Err("the vote is for another action than was asked for".into());
            }
            Some(_) => {}
        }
        Ok(())
    }
}

/// The vote of an entry, held against the entry's own links.
fn recorded(index: u64, cast: bool, leaf: &Value, payload: &Value) -> Result<RecordedVote, String> {
    let bytes = |name: &str| {
        let text =
            payload.get(name).and_then(Value::as_str).ok_or_else(|| format!("the vote has no {name}"))?;
        STANDARD.decode(text).map_err(|_| format!("the vote's {name} is not base64"))
    };
    let (vote, signature) = (bytes("vote")?, bytes("signature")?);
    let statement = canonical::parse_vote(&vote).ok_or("the vote is not a vote statement")?;
    let link = |name: &str| leaf.get("links")?.get(name)?.as_str();
    if cast && link("approval_id") != Some(&statement.approval_id) {
        return Err("the vote is for another approval than the entry says".into());
    }
    if cast && link("digest") != Some(&statement.digest) {
        return Err("the vote is for another action than the entry says".into());
    }
    let device_id = payload.get("device_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (approval_id, digest) = (statement.approval_id, statement.digest);
    Ok(RecordedVote { index, cast, device_id, approval_id, digest, vote, signature })
}

impl Findings {
    /// What was checked, one sentence each.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut told = vec![match self.absent.len() {
            0 => format!("{} payloads are the ones that were committed to; none is absent", self.payloads),
            absent => format!(
                "{} payloads are the ones that were committed to; {absent} were erased, as later entries say",
                self.payloads
            ),
        }];
        told.extend(self.erasures.iter().map(|(by, count)| {
            format!("entry {by} erased the payloads of {count} earlier entries; their leaves are unchanged")
        }));
        told.push(match self.votes {
            1 => "1 vote carries a signature of an enrolled device, for the action it names".to_owned(),
            votes => {
                format!("{votes} votes carry a signature of an enrolled device, for the action they name")
            }
        });
        if self.votes_unchecked > 0 {
            told.push(format!(
                "{} votes could not be checked: the entries that enrolled their devices are not here",
                self.votes_unchecked
            ));
        }
        if self.requests_elsewhere > 0 {
            told.push(format!(
                "{} votes are for requests whose entries are not here",
                self.requests_elsewhere
            ));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn leaf(kind: &str, at: i64, links: &Value) -> Vec<u8> {
        json!({"kind": kind, "at": at, "subject": "s", "links": links}).to_string().into_bytes()
    }

    #[test]
    fn an_absent_payload_needs_a_later_entry_that_names_it() {
        let review = |named: &str| {
            let mut review = Review::default();
            review.visit(0, &leaf("decision", 1, &json!({})), None).unwrap();
            let erases = json!({"erases": named});
            review.visit(1, &leaf("payloads_erased", 2, &erases), Some(b"{}")).unwrap();
            review.finish(false)
        };
        let found = review("0").unwrap();
        assert_eq!((found.absent.clone(), found.erasures[&1]), (vec![0], 1));
        assert!(found.sentences()[1].starts_with("entry 1 erased"));
        assert_eq!(review("7").unwrap_err().index, 0);
    }

    #[test]
    fn instants_never_go_back() {
        let mut review = Review::default();
        review.visit(4, &leaf("decision", 10, &json!({})), Some(b"{}")).unwrap();
        review.visit(5, &leaf("decision", 10, &json!({})), Some(b"{}")).unwrap();
        let said = review.visit(6, &leaf("decision", 9, &json!({})), Some(b"{}")).unwrap_err();
        assert!(said.contains("entry 5"), "{said}");
    }
}
