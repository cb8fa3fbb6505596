//! The window: which ledger entries this console keeps whole. Of all others it keeps the leaf hash, so that the signed
//! root can be rebuilt from what lies here.

mod compare;
mod export;
mod file;
mod keep;
mod notes;
mod outcome;
mod search;
mod told;
mod verify;

use navi_domain::{SECOND, UtcMicros};
use navi_ledger::checkpoint::Checkpoint;
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};

use crate::db::{self, failed};
use crate::{Replica, ReplicaError};

pub use compare::{Compared, Held};
pub use export::{Export, ExportError, ExportKind};
pub use outcome::{Place, Verdict, Verification};
pub use search::EntryFilter;
pub use verify::Watched;

/// Entries of these kinds are kept whatever the window says: keys, and what explains an absent payload.
pub(crate) const ALWAYS: [&str; 9] = [
    "org_created",
    "device_enrolled",
    "device_revoked",
    "payloads_erased",
    "payloads_pruned",
    "origin_started",
    "state_carried",
    "key_rotated",
    "key_retired",
];

const DAY: UtcMicros = 24 * 3600 * SECOND;

/// What a person chose to keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Entries of the last so many days; `None`: of all time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Of actions in these repositories, and those that belong to no action; empty: of all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repos: Vec<String>,
}

impl Default for Window {
    fn default() -> Self {
        Self { days: Some(30), repos: Vec::new() }
    }
}

impl Window {
    /// The instant before which nothing is kept.
    pub(crate) fn since(&self, now: UtcMicros) -> UtcMicros {
        self.days.map_or(UtcMicros::MIN, |days| now - UtcMicros::from(days) * DAY)
    }
}

/// How far the copy follows the window. One row, written with every batch: a sync that is cut goes on from here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The setting this is about.
    pub(crate) window: Option<Window>,
    /// First index of the window.
    pub(crate) from: u64,
    /// Everything from `from` up to here was looked at or lies in `todo`.
    pub(crate) next: u64,
    /// Ranges (first, one past the last) to look at.
    pub(crate) todo: Vec<(u64, u64)>,
    /// What is always kept was asked for below `from`.
    pub(crate) below: bool,
    /// When `from` was found. It moves with time, and is looked for again after an hour.
    #[serde(default)]
    pub(crate) placed_at: UtcMicros,
}

/// Where the window stands, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowStatus {
    /// The setting.
    pub window: Window,
    /// Entries of the ledger whose leaf hashes lie here.
    pub hashes: u64,
    /// Entries kept whole.
    pub kept: u64,
    /// Entries still to look at, or to fetch.
    pub to_fetch: u64,
    /// Root over the hashes, in hex, as signed; absent before the first checkpoint is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Ledger's origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The pinned key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vkey: Option<String>,
    /// The last verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Verification>,
}

impl Replica {
    /// What is kept.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn window(&self) -> Result<Window, ReplicaError> {
        Ok(db::meta(&*self.db()?, "window")?.unwrap_or_default())
    }

    /// Changes what is kept. What falls out is dropped, and what comes in is fetched, when the sync gets to it.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn set_window(&self, window: &Window) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "window", window)?;
        self.shared.window_changed.notify_one();
        self.changed(|_| {});
        Ok(())
    }

    /// Where the window stands.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn window_status(&self) -> Result<WindowStatus, ReplicaError> {
        let identity = self.identity()?;
        let window = self.window()?;
        let progress = self.progress()?;
        let note = self.hashed_note()?.and_then(|note| Checkpoint::from_trusted_note(&note).ok());
        let size = self.checkpoint()?.and_then(|note| Checkpoint::from_trusted_note(&note).ok());
        let behind = size.map_or(0, |c| c.size.saturating_sub(progress.next.max(progress.from)));
        let todo: u64 = progress.todo.iter().map(|(first, end)| end - first).sum();
        let db = self.db()?;
        let kept: i64 =
            db.query_row("SELECT count(*) FROM entry", [], |r| r.get(0)).map_err(failed("be counted"))?;
        Ok(WindowStatus {
            window,
            hashes: note.as_ref().map_or(0, |c| c.size),
            kept: u64::try_from(kept).unwrap_or(0),
            to_fetch: todo + behind,
            root: note.map(|c| hex::encode(c.root)),
            origin: identity.as_ref().map(|i| i.origin.clone()),
            vkey: identity.map(|i| i.ledger_vkey),
            last: db::meta(&db, "last_verification")?,
        })
    }

    /// The newest note whose leaf hashes are all here.
    pub(crate) fn hashed_note(&self) -> Result<Option<String>, ReplicaError> {
        db::meta(&*self.db()?, "hashed_note")
    }

    pub(crate) fn progress(&self) -> Result<Progress, ReplicaError> {
        Ok(db::meta(&*self.db()?, "window_progress")?.unwrap_or_default())
    }

    /// How many leaf hashes lie here without a gap.
    pub(crate) fn hashes(&self) -> Result<u64, ReplicaError> {
        let last: Option<(i64, i64)> = self
            .db()?
            .query_row("SELECT n, length(hashes) / 32 FROM leaf_tile ORDER BY n DESC LIMIT 1", [], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()
            .map_err(failed("count the leaf hashes"))?;
        Ok(last.map_or(0, |(n, width)| u64::try_from(n * 256 + width).unwrap_or(0)))
    }
}
