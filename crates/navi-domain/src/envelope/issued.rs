//! Envelopes as the server keeps them: who may have one, how many, and what became of each.

use serde::{Deserialize, Serialize};

use super::{Envelope, LONGEST_LIFE, sha256};
use crate::UtcMicros;
use crate::bypass::{Bypass, BypassLimits, BypassScope, MINUTES, Stage, Standing};
use crate::people::Device;

/// Most sealed envelopes that one person holds at once.
pub const MOST_HELD: usize = 4;
/// Most sealed envelopes of an organisation.
pub const MOST: usize = 200;
const HOUR: UtcMicros = 3600 * crate::SECOND;

/// What became of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum Fate {
    /// Nothing yet, as far as the server knows.
    Sealed,
    /// It was taken back. A gate that did not hear of it may have opened it all the same.
    Revoked {
        /// Who.
        by: String,
        /// When.
        at: UtcMicros,
    },
    /// Its gate opened it.
    Opened {
        /// By the gate's clock.
        at: UtcMicros,
        /// When the server heard of it.
        told_at: UtcMicros,
    },
}

/// One envelope with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The envelope; its id is the row's.
    pub envelope: Envelope,
    /// The server's signature over its bytes (hex).
    pub signature: String,
    /// The key (hex) that made it.
    pub server_key: String,
    /// Who can open it.
    pub holder: String,
    /// With which device.
    pub device_id: String,
    /// Who handed it out.
    pub issued_by: String,
    /// When.
    pub issued_at: UtcMicros,
    /// What became of it.
    #[serde(flatten)]
    pub fate: Fate,
    /// Row version.
    pub version: u64,
}

impl Issued {
    /// Whether it could be opened, as far as the server knows.
    #[must_use]
    pub fn sealed(&self, now: UtcMicros) -> bool {
        self.fate == Fate::Sealed && now < self.envelope.not_after
    }

    /// Taken back; `None` when there is nothing to take back any more.
    #[must_use]
    pub fn revoked(&self, by: &str, now: UtcMicros) -> Option<Self> {
        let fate = Fate::Revoked { by: by.to_owned(), at: now };
        self.sealed(now).then(|| Self { fate, ..self.clone() })
    }

    /// SHA-256 (hex) of what was signed; empty for what has no bytes.
    #[must_use]
    pub fn sha256(&self) -> String {
        self.envelope.bytes().map(|bytes| sha256(&bytes)).unwrap_or_default()
    }
}

/// The bypass that is over and not reviewed, by a holder or for a scope: until it is, no envelope of theirs opens.
#[must_use]
pub fn held_back<'a>(
    all: &'a Standing,
    holder: &str,
    scope: &BypassScope,
    now: UtcMicros,
) -> Option<&'a Bypass> {
    let over = |b: &&Bypass| matches!(b.at(now).stage, Stage::Ended { .. });
    all.bypasses.iter().filter(over).find(|b| b.by == holder || b.wish.scope.meets(scope))
}

/// What somebody wants handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// What runs under it.
    pub scope: BypassScope,
    /// For how long, once opened.
    pub minutes: u32,
    /// Hours until it is worth nothing.
    pub hours: u32,
}

/// Why an envelope is not handed out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueFault {
    /// Not 15, 30 or 60 minutes, or more than the policy allows.
    #[error("an envelope lasts 15, 30 or 60 minutes once opened, here at most {most}")]
    Minutes {
        /// What the policy allows.
        most: u32,
    },
    /// Not 1 to 168 hours.
    #[error("an envelope lives 1 to 168 hours")]
    Hours,
    /// One person opens it, so it is for one repository or one agent.
    #[error(
        "an envelope is for one repository or one agent, by name; what it runs is not known ahead of time"
    )]
    Scope,
    /// Handed to oneself, where the policy lets nobody go on alone.
    #[error("somebody else hands an envelope out; this organisation lets nobody go on alone")]
    Alone,
    /// The device is revoked, not confirmed, another person's, or has no step-up key.
    #[error(
        "the device must be the holder's, confirmed, not revoked, not shared with agents, with a step-up key"
    )]
    Device,
    /// The holder has the most already.
    #[error("{MOST_HELD} sealed envelopes are the most that one person holds; take one back first")]
    HeldTooMany,
    /// The organisation has the most already.
    #[error("{MOST} sealed envelopes are the most; take some back first")]
    TooMany,
    /// What ran by an earlier bypass of the holder or for that scope was not looked at yet.
    #[error("{0} must be reviewed by somebody else first")]
    Unreviewed(String),
    /// The gate's chain was not the one that is known.
    #[error("this gate told of something that cannot be; it must be made known anew")]
    Suspected,
}

/// Checks what is wanted; the first instant at which it is worth nothing.
///
/// # Errors
/// The first [`IssueFault`].
pub fn may_issue(
    want: &Want,
    (issuer, holder): (&str, &Device),
    limits: BypassLimits,
    sealed: (usize, usize),
    now: UtcMicros,
) -> Result<UtcMicros, IssueFault> {
    if !MINUTES.contains(&want.minutes) || want.minutes > limits.most_minutes {
        return Err(IssueFault::Minutes { most: limits.most_minutes });
    }
    let life = i64::from(want.hours) * HOUR;
    if life <= 0 || life > LONGEST_LIFE {
        return Err(IssueFault::Hours);
    }
    match &want.scope {
        BypassScope::Repo(name) | BypassScope::Agent(name) if !name.trim().is_empty() => {}
        _ => return Err(IssueFault::Scope),
    }
    if issuer == holder.user && !limits.solo {
        return Err(IssueFault::Alone);
    }
    if holder.revoked_at.is_some()
        || holder.confirmed_at.is_none()
        || holder.shared
        || holder.step_up_key.is_none()
    {
        return Err(IssueFault::Device);
    }
    let (held, all) = sealed;
    if held >= MOST_HELD {
        return Err(IssueFault::HeldTooMany);
    }
    if all >= MOST {
        return Err(IssueFault::TooMany);
    }
    Ok(now.saturating_add(life))
}
