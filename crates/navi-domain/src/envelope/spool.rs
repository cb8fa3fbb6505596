//! What a gate writes down while its server is away: one signed, hash-chained record for each thing, durably, before it
//! happens. On reconnection the server checks the chain against what it knows of that gate.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Opening, sha256};
use crate::UtcMicros;
use crate::canonical::{CanonicalError, jcs};
use crate::evidence::verifies;

const SPOOL: &[u8] = b"navi/spool/v1\n";

/// How a run ended, as far as the gate knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// Well.
    Succeeded,
    /// Badly.
    Failed,
    /// Nobody knows, not even whether it began.
    Unknown,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Happened {
    /// An envelope was opened; nothing runs under it from `ends_at` on.
    Opened {
        /// First instant at which it is over.
        ends_at: UtcMicros,
        /// What the holder signed.
        opening: Opening,
        /// The holder's signature over it (hex).
        signature: String,
    },
    /// An action is about to run under it.
    Ran {
        /// Its digest (hex).
        digest: String,
    },
    /// What ran is over, or nobody knows.
    Finished {
        /// Number of the record that says it was about to run.
        ran: u64,
        /// How.
        status: RunEnd,
        /// Its exit code, if it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit_code: Option<i32>,
    },
    /// An attempt was refused.
    Refused {
        /// Why, in words.
        why: String,
    },
    /// Somebody ended it before its time.
    Ended,
}

/// One record. Bytes: [`SpoolRecord::bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolRecord {
    /// The gate.
    pub gate_id: String,
    /// Counts from 0, over all envelopes of this gate.
    pub seq: u64,
    /// SHA-256 (hex) of the record before; empty for the first.
    pub prev: String,
    /// The envelope it is about.
    pub envelope_id: String,
    /// When, by the gate's clock.
    pub at: UtcMicros,
    /// What happened.
    pub happened: Happened,
}

impl SpoolRecord {
    /// `navi/spool/v1\n` ‖ JCS: what the gate signs and the next record names.
    ///
    /// # Errors
    /// Never for real records; see [`CanonicalError::TooLarge`].
    pub fn bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        Ok([SPOOL, &jcs(self)?].concat())
    }
}

/// A record as it is kept and sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spooled {
    /// The record.
    pub record: SpoolRecord,
    /// The gate's signature over [`SpoolRecord::bytes`] (hex).
    pub signature: String,
    /// What is about to run, as its digest covers it; secrets are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<Value>,
}

/// How far a gate's chain is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of records.
    pub size: u64,
    /// SHA-256 (hex) of the last one; empty when there is none.
    pub hash: String,
    /// Envelopes that were opened, with the end of each; an early end counts.
    pub opened: BTreeMap<String, UtcMicros>,
    /// Records of runs whose end was not told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub running: BTreeSet<u64>,
    /// Instant of the last record.
    pub at: UtcMicros,
}

/// Why a chain is refused. Each is reported: none of them happens by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpoolFault {
    /// It does not go on where the server's knowledge ends: the gate was restored from a backup, or records are missing.
    #[error(
        "record {seq} does not follow the {known} records known of this gate: it was restored, or records are missing"
    )]
    Fork {
        /// The record.
        seq: u64,
        /// Records known.
        known: u64,
    },
    /// Another gate's record, or a signature that is not this gate's.
    #[error("record {0} was not signed by this gate")]
    Forged(u64),
    /// The clock went back.
    #[error("record {0} is older than the one before it")]
    ClockBack(u64),
    /// The same envelope again.
    #[error("record {0} opens an envelope for the second time")]
    Replayed(u64),
    /// Ran outside of every opened envelope.
    #[error("record {0} tells of a run under no open envelope")]
    NotCovered(u64),
    /// Ended something that does not run.
    #[error("record {0} tells of the end of something that did not run")]
    NotRunning(u64),
}

impl Head {
    /// Takes one more record in.
    ///
    /// # Errors
    /// The first [`SpoolFault`]; the head is unchanged.
    pub fn follow(
        &self,
        record: &SpoolRecord,
        signature: &[u8],
        gate: (&str, &str),
    ) -> Result<Self, SpoolFault> {
        let seq = record.seq;
        let (gate_id, gate_key) = gate;
        let bytes = record.bytes().map_err(|_| SpoolFault::Forged(seq))?;
        if record.gate_id != gate_id || !verifies(gate_key, &bytes, signature) {
            return Err(SpoolFault::Forged(seq));
        }
        if seq != self.size || record.prev != self.hash {
            return Err(SpoolFault::Fork { seq, known: self.size });
        }
        if record.at < self.at {
            return Err(SpoolFault::ClockBack(seq));
        }
        let mut next = Self { size: self.size + 1, hash: sha256(&bytes), at: record.at, ..self.clone() };
        let open = next.opened.get(&record.envelope_id).copied();
        match &record.happened {
            Happened::Opened { .. } if open.is_some() => return Err(SpoolFault::Replayed(seq)),
            Happened::Opened { ends_at, .. } => {
                next.opened.insert(record.envelope_id.clone(), *ends_at);
            }
            Happened::Ran { .. } if open.is_none_or(|ends| record.at >= ends) => {
                return Err(SpoolFault::NotCovered(seq));
            }
            Happened::Ended => {
                let ends = open.ok_or(SpoolFault::NotCovered(seq))?;
                next.opened.insert(record.envelope_id.clone(), ends.min(record.at));
            }
            Happened::Ran { .. } => {
                next.running.insert(seq);
            }
            Happened::Finished { ran, .. } if !next.running.remove(ran) => {
                return Err(SpoolFault::NotRunning(seq));
            }
            Happened::Finished { .. } | Happened::Refused { .. } => {}
        }
        Ok(next)
    }
}
