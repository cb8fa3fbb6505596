//! What a gate brings back when its server answers again: held against what is known of it, record by record.

use serde_json::Value;

use super::contact::GateHead;
use super::gate::Gate;
use super::issued::{Fate, Issued};
use super::sha256;
use super::spool::{Happened, Head, SpoolFault, Spooled};
use crate::bypass::SHORTEST_REASON;
use crate::evidence::verifies;
use crate::{MINUTE, UtcMicros, canonical};

/// Clocks that differ by less are taken for equal.
const SKEW: UtcMicros = 5 * MINUTE;

/// Something that does not happen by itself. What was brought up to it counts, what comes after it does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Suspicion {
    /// The gate says that it has fewer records than are known of it.
    #[error("the gate has {size} records, {known} are known of it: it was restored from a copy")]
    Behind {
        /// Records it has.
        size: u64,
        /// Records that are known.
        known: u64,
    },
    /// As many or more, but not the known ones.
    #[error(
        "the gate's records are not those that are known of it: it was restored from a copy, or two gates share one key"
    )]
    Fork,
    /// A record that cannot follow.
    #[error(transparent)]
    Broken(#[from] SpoolFault),
    /// An opening of something that was not handed out to this gate, or that its holder did not sign.
    #[error("record {seq} opens an envelope, but {why}")]
    Opening {
        /// The record.
        seq: u64,
        /// Why it is none.
        why: &'static str,
    },
    /// A run that the envelope does not cover.
    #[error("record {seq} tells of a run, but {why}")]
    Run {
        /// The record.
        seq: u64,
        /// Why it is none.
        why: &'static str,
    },
}

/// Something that the gate could not know, or that only its clock says. The record counts, and is reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Concern {
    /// The envelope was taken back; the gate had not heard of it.
    #[error("{by} had taken the envelope back; the gate had not heard of it")]
    Revoked {
        /// Who took it back.
        by: String,
    },
    /// So was the holder's device.
    #[error("the holder's device was revoked; the gate had not heard of it")]
    Device,
    /// The policy was changed.
    #[error("the policy was changed since the envelope was handed out; the gate had not heard of it")]
    Policy,
    /// The gate's clock.
    #[error("the gate's clock differs from the server's by {0} minutes or more")]
    Clock(i64),
}

/// What of it is new.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Chain<'a> {
    /// These records, in order; maybe none, maybe not yet all.
    New(&'a [Spooled]),
    /// Some are missing: it is asked for all from the known ones on.
    Incomplete,
}

/// Compares a gate's chain with what is known. `records` are those from `from` on.
///
/// # Errors
/// [`Suspicion::Behind`] or [`Suspicion::Fork`].
pub fn compare<'a>(
    known: &Head,
    told: &GateHead,
    from: u64,
    records: &'a [Spooled],
) -> Result<Chain<'a>, Suspicion> {
    if told.size < known.size {
        return Err(Suspicion::Behind { size: told.size, known: known.size });
    }
    if told.size == known.size {
        return if told.hash == known.hash { Ok(Chain::New(&[])) } else { Err(Suspicion::Fork) };
    }
    let Some(skip) = known.size.checked_sub(from).and_then(|n| usize::try_from(n).ok()) else {
        return Ok(Chain::Incomplete);
    };
    let Some((old, new)) = records.split_at_checked(skip).filter(|(_, new)| !new.is_empty()) else {
        return Ok(Chain::Incomplete);
    };
    let last = old.last().and_then(|spooled| spooled.record.bytes().ok());
    if last.is_some_and(|bytes| sha256(&bytes) != known.hash) {
        return Err(Suspicion::Fork);
    }
    // The first new one names the last known one, or the gate's past is another.
    if new.first().is_some_and(|spooled| spooled.record.prev != known.hash) {
        return Err(Suspicion::Fork);
    }
    Ok(Chain::New(new))
}

/// What the server knows beside the envelope itself.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The envelope that the record names, if there is one.
    pub issued: Option<&'a Issued>,
    /// Whether the holder's device is revoked.
    pub device_revoked: bool,
    /// Policy hash that an envelope of its scope would carry now.
    pub policy_hash: &'a str,
    /// The server's clock.
    pub now: UtcMicros,
}

/// Takes one more record in, and says what was odd about it.
///
/// # Errors
/// The first [`Suspicion`].
pub fn take(
    head: &Head,
    spooled: &Spooled,
    gate: &Gate,
    known: Known<'_>,
) -> Result<(Head, Vec<Concern>), Suspicion> {
    let seq = spooled.record.seq;
    let signature = hex::decode(&spooled.signature).unwrap_or_default();
    let next = head.follow(&spooled.record, &signature, (&gate.id, &gate.key))?;
    let concerns = match &spooled.record.happened {
        Happened::Opened { .. } => {
            opened(spooled, gate, known).map_err(|why| Suspicion::Opening { seq, why })?
        }
        Happened::Ran { digest } => {
            let issued = known.issued.ok_or(Suspicion::Run { seq, why: "there is no such envelope" })?;
            ran(digest, spooled.material.as_ref(), issued).map_err(|why| Suspicion::Run { seq, why })?;
            Vec::new()
        }
        _ => Vec::new(),
    };
    Ok((next, concerns))
}

fn opened(spooled: &Spooled, gate: &Gate, known: Known<'_>) -> Result<Vec<Concern>, &'static str> {
    let Happened::Opened { ends_at, opening, signature } = &spooled.record.happened else {
        return Ok(Vec::new());
    };
    let issued = known.issued.ok_or("it was never handed out")?;
    let (envelope, at) = (&issued.envelope, spooled.record.at);
    if envelope.gate_id != gate.id || opening.gate_id != gate.id {
        return Err("it is for another gate");
    }
    if matches!(issued.fate, Fate::Opened { .. }) {
        return Err("it was opened before");
    }
    let bytes = opening.bytes().map_err(|_| "the opening has no bytes")?;
    let signed = verifies(&envelope.holder_key, &bytes, &hex::decode(signature).unwrap_or_default());
    if opening.envelope_sha256 != issued.sha256() || !signed {
        return Err("its holder did not sign that");
    }
    if opening.incident.trim().is_empty() || opening.reason.trim().chars().count() < SHORTEST_REASON {
        return Err("it says no incident or no reason");
    }
    let latest = at.saturating_add(i64::from(envelope.minutes) * MINUTE).min(envelope.not_after);
    if at >= envelope.not_after || *ends_at > latest {
        return Err("its time was up");
    }
    let mut concerns = Vec::new();
    if let Fate::Revoked { by, .. } = &issued.fate {
        concerns.push(Concern::Revoked { by: by.clone() });
    }
    if known.device_revoked {
        concerns.push(Concern::Device);
    }
    if known.policy_hash != envelope.policy_hash {
        concerns.push(Concern::Policy);
    }
    // Opened before it was made, or after it is told of.
    let off = (at - known.now).max(issued.issued_at - at);
    if off > SKEW {
        concerns.push(Concern::Clock(off / MINUTE));
    }
    Ok(concerns)
}

fn ran(digest: &str, material: Option<&Value>, issued: &Issued) -> Result<(), &'static str> {
    let material = material.ok_or("it does not say what ran")?;
    if canonical::digest_of_material(material).ok().as_deref() != Some(digest) {
        return Err("what it says is not what its digest covers");
    }
    let text = |name: &str| material.get(name).and_then(Value::as_str);
    if !issued.envelope.scope.covers(digest, text("agent"), text("repo")) {
        return Err("the envelope is not for that");
    }
    Ok(())
}
