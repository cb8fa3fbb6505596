//! A change made ready for the writer on its caller's thread: checked, serialised, committed to. The writer adds only
//! what depends on the batch: instant, index and tree.

use std::collections::{BTreeMap, HashMap};

use hmac::{Hmac, KeyInit, Mac};
use navi_domain::UtcMicros;
use navi_domain::canonical;
use navi_domain::erasure;
use navi_domain::event::{Event, EventKind, Leaf};
use navi_domain::policy::PolicyScope;
use serde_json::{Map, Value};
use sha2::Sha256;

use super::table::{self, IDEMPOTENCY_RANK, Table, VOTES_RANK};
use super::{features, written};
use crate::StoreError;
use crate::change::{Change, Expected, IdempotentAnswer, Key, Record, SignedVote};

/// Kinds of entries that erase.
const ERASING: [EventKind; 2] = [EventKind::PayloadsErased, EventKind::PayloadsPruned];

/// Draws 10 bytes for the id and 32 for the nonce of each entry.
const RANDOM: usize = 42;

/// See the module.
pub(super) struct Prepared {
    pub guards: Vec<Guard>,
    pub rows: Vec<Row>,
    pub entries: Vec<PreparedEntry>,
    /// Entries whose payloads the first of `entries` erases.
    pub erase: Vec<i64>,
    /// It commits only in a batch before this instant.
    pub before: Option<(Key, UtcMicros)>,
    /// Bytes that it will roughly write.
    pub weight: usize,
}

/// One expectation with the row it speaks of.
pub(super) struct Guard {
    pub key: Key,
    pub id: String,
    pub expected: Expected,
}

/// One row to write.
pub(super) enum Row {
    Body {
        table: &'static Table,
        id: String,
        version: u64,
        body: String,
        /// What a new decision is tried out on.
        features: Option<String>,
    },
    Vote(SignedVote),
    Idempotency(IdempotentAnswer),
}

impl Row {
    fn rank(&self) -> u8 {
        match self {
            Self::Body { table, .. } => table.rank,
            Self::Vote(_) => VOTES_RANK,
            Self::Idempotency(_) => IDEMPOTENCY_RANK,
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Body { body, .. } => body.len() + 12_000,
            Self::Vote(v) => v.vote.len() + 4_000,
            Self::Idempotency(a) => a.body.len() + 4_000,
        }
    }
}

/// A ledger entry without the instant of its batch.
pub(super) struct PreparedEntry {
    pub kind: EventKind,
    pub actor: String,
    pub on_behalf_of: Option<String>,
    pub subject: String,
    pub links: BTreeMap<String, String>,
    pub payload: Vec<u8>,
    pub nonce: [u8; 32],
    actor_pseudonym: String,
    on_behalf_of_pseudonym: Option<String>,
    commitment: String,
    random: [u8; 10],
}

impl PreparedEntry {
    /// The leaf at an instant, and its canonical bytes.
    pub fn leaf_bytes(&self, org: &str, at: UtcMicros) -> Result<Vec<u8>, StoreError> {
        let leaf = Leaf {
            v: 1,
            id: uuid_v7(at, &self.random),
            at,
            org: org.to_owned(),
            kind: self.kind,
            actor: self.actor_pseudonym.clone(),
            on_behalf_of: self.on_behalf_of_pseudonym.clone(),
            subject: self.subject.clone(),
            links: self.links.clone(),
            payload_commitment: self.commitment.clone(),
        };
        canonical::leaf_bytes(&leaf).map_err(malformed)
    }
}

fn malformed(e: impl std::fmt::Display) -> StoreError {
    StoreError::Malformed(e.to_string())
}

fn uuid_v7(at: UtcMicros, random: &[u8; 10]) -> String {
    let millis = u64::try_from(at / 1000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid().to_string()
}

/// The row id of a key.
pub(super) fn row_id(key: &Key) -> Result<String, StoreError> {
    Ok(match key {
        Key::Decision(id)
        | Key::Approval(id)
        | Key::Permit(id)
        | Key::Execution(id)
        | Key::User(id)
        | Key::Device(id)
        | Key::Token(id)
        | Key::Invite(id)
        | Key::Grant(id)
        | Key::Delegation(id)
        | Key::Proposal(id)
        | Key::Gate(id)
        | Key::Envelope(id)
        | Key::Plan(id)
        | Key::Pipeline(id)
        | Key::Rollback(id) => id.clone(),
        Key::OrgSettings | Key::Freezes | Key::Bypasses | Key::OnCall => "org".to_owned(),
        Key::OrgText(kind) => kind.as_str().to_owned(),
        Key::RiskSettings(scope) => scope.id(),
        Key::Policy(scope) => scope_id(scope)?,
        Key::Idempotency(_, key) => key.clone(),
    })
}

/// The row id of a policy: the canonical JSON of its scope.
pub(super) fn scope_id(scope: &PolicyScope) -> Result<String, StoreError> {
    String::from_utf8(canonical::jcs(scope).map_err(malformed)?).map_err(malformed)
}

impl Prepared {
    /// Checks a change by itself and serialises it.
    ///
    /// # Errors
    /// [`StoreError::Malformed`]: an unguarded or doubled `put`, a governed row without a ledger entry, a payload
    /// without canonical form, an entry over the leaf's limit.
    pub fn new(change: Change, org: &str, org_key: &[u8; 32]) -> Result<Self, StoreError> {
        let Change { expect, put, events, erase, before } = change;
        let named =
            events.first().filter(|e| ERASING.contains(&e.kind)).and_then(|e| e.links.get(erasure::LINK));
        if !erase.is_empty() && named != Some(&erasure::to_ranges(&erase)) {
            return Err(malformed("payloads are erased that the first event does not name"));
        }
        let expected: HashMap<&Key, Expected> = expect.iter().map(|(k, e)| (k, *e)).collect();
        let mut written = std::collections::HashSet::new();
        let mut rows = Vec::with_capacity(put.len());
        for record in put {
            if events.is_empty() && !matches!(record, Record::Idempotency(_)) {
                return Err(malformed("a governed row is written without a ledger entry"));
            }
            let key = record.key();
            let seen = key.as_ref().and_then(|k| expected.get(k)).copied();
            rows.push(row_of(record, seen)?);
            if key.is_some_and(|k| !written.insert(k)) {
                return Err(malformed("one row is written twice"));
            }
        }
        rows.sort_by_key(Row::rank);
        let entries = prepare_entries(written::told(events, &rows, org_key), org, org_key)?;
        let guards = expect
            .into_iter()
            .map(|(key, expected)| Ok(Guard { id: row_id(&key)?, key, expected }))
            .collect::<Result<_, StoreError>>()?;
        let weight = rows.iter().map(Row::weight).sum::<usize>()
            + entries.iter().map(|e| e.payload.len() + 12_000).sum::<usize>();
        let erase = erase.into_iter().map(super::signed).collect();
        Ok(Self { guards, rows, entries, erase, before, weight })
    }
}

fn row_of(record: Record, seen: Option<Expected>) -> Result<Row, StoreError> {
    let record = match record {
        Record::Vote(vote) => return Ok(Row::Vote(vote)),
        Record::Idempotency(answer) if seen == Some(Expected::Absent) => return Ok(Row::Idempotency(answer)),
        other => other,
    };
    let Some(key) = record.key() else { return Err(malformed("a row without a key")) };
    let version = match seen {
        Some(Expected::Absent) => 1,
        Some(Expected::Version(v)) => v + 1,
        None => return Err(StoreError::Malformed(format!("{key:?} is written but not expected"))),
    };
    let features = match &record {
        Record::Decision(decision) if version == 1 => Some(features::to_text(decision).map_err(malformed)?),
        _ => None,
    };
    let (Some(table), Some(body)) = (table::of(&key), record.body(version)) else {
        return Err(StoreError::Malformed(format!("{key:?} is only ever inserted")));
    };
    Ok(Row::Body { table, id: row_id(&key)?, version, body: body.map_err(malformed)?, features })
}

fn prepare_entries(
    events: Vec<Event>,
    org: &str,
    org_key: &[u8; 32],
) -> Result<Vec<PreparedEntry>, StoreError> {
    let mut random = vec![0; events.len() * RANDOM];
    getrandom::fill(&mut random).map_err(|e| StoreError::Database {
        doing: "draw random bytes",
        maybe_persisted: false,
        source: Box::new(e),
    })?;
    let (chunks, _) = random.as_chunks::<RANDOM>();
    events.into_iter().zip(chunks).map(|(event, random)| prepare_entry(event, random, org, org_key)).collect()
}

fn prepare_entry(
    event: Event,
    random: &[u8; RANDOM],
    org: &str,
    org_key: &[u8; 32],
) -> Result<PreparedEntry, StoreError> {
    let (mut id, mut nonce) = ([0; 10], [0; 32]);
    id.iter_mut().chain(&mut nonce).zip(random).for_each(|(to, from)| *to = *from);
    let Event { kind, actor, on_behalf_of, subject, links, payload } = event;
    let payload =
        canonical::jcs(&with_people(payload, &actor, on_behalf_of.as_deref())).map_err(malformed)?;
    let entry = PreparedEntry {
        kind,
        actor_pseudonym: pseudonym(org_key, &actor),
        on_behalf_of_pseudonym: on_behalf_of.as_deref().map(|p| pseudonym(org_key, p)),
        commitment: hex::encode(navi_ledger::commitment::commit(&nonce, &payload)),
        random: id,
        actor,
        on_behalf_of,
        subject,
        links,
        payload,
        nonce,
    };
    // Only long ids can make a leaf too long or unspeakable; checking each leaf twice would double its cost.
    let named = entry.subject.len() + entry.links.iter().map(|(k, v)| k.len() + v.len() + 8).sum::<usize>();
    if named > 8_000 {
        entry.leaf_bytes(org, 1 << 52)?;
    }
    Ok(entry)
}

/// The payload as committed to: who did it stands in it in clear, so that a reader of a bundle sees people, while the
/// leaf has pseudonyms only.
fn with_people(payload: Value, actor: &str, on_behalf_of: Option<&str>) -> Value {
    let mut fields = match payload {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        other => Map::from_iter([("value".to_owned(), other)]),
    };
    fields.insert("actor".to_owned(), actor.into());
    if let Some(person) = on_behalf_of {
        fields.insert("on_behalf_of".to_owned(), person.into());
    }
    Value::Object(fields)
}

/// Name of a person or agent in leaves: half an HMAC-SHA256 under the organisation's key, in hex; `system` as it is.
fn pseudonym(org_key: &[u8; 32], name: &str) -> String {
    if name == "system" {
        return name.to_owned();
    }
    let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
    key.iter_mut().zip(org_key).for_each(|(k, n)| *k = *n);
    let tag =
        Hmac::<Sha256>::new(&key).chain_update(b"actor/v1\n").chain_update(name).finalize().into_bytes();
    hex::encode(tag.get(..16).unwrap_or_default())
}
