//! Where this console stands, as the window shows it.

use std::collections::BTreeMap;
use std::path::Path;

use navi_domain::allowance::Allowances;
use navi_protocol::people::DeviceView;
use navi_protocol::settings::AllowancesView;
use navi_replica::{Integrity, ReplicaError, Witnessed};
use serde::Serialize;

use crate::console::{Console, Locked, Mode};
use crate::crash;

/// The window's `ConsoleState`. Instants are UTC microseconds.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct ConsoleState {
    mode: &'static str,
    online: bool,
    stale: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_at: Option<i64>,
    unsent: u64,
    /// Stops ordered here that the server does not have yet.
    unsent_stops: u64,
    server_time: i64,
    clock_offset_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<DeviceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integrity: Option<IntegrityShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witnessed: Option<WitnessedShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_code: Option<&'static str>,
    /// Until when the levels that the organisation allows may be approved without a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    approve_offline_until: Option<i64>,
    /// What the organisation lets be approved where less care is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowances: Option<AllowancesView>,
    /// Everything was read once since the server could last go on from where this console was.
    #[serde(skip_serializing_if = "Option::is_none")]
    bootstrapped: Option<bool>,
    /// Where the last crashes are written down, once there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    crash_log: Option<String>,
    /// Who reads which approval now.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    reading: BTreeMap<String, Vec<String>>,
    version: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct IntegrityShown {
    ok: bool,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Who else stands behind the record; absent when nobody wants to know and nobody is missing.
#[derive(Clone, Debug, Serialize)]
struct WitnessedShown {
    size: u64,
    cosignatures: u64,
    required: u8,
    late: bool,
    vanished: Vec<String>,
}

impl ConsoleState {
    /// Reads it.
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub(crate) fn read(console: &Console) -> Result<Self, ReplicaError> {
        let version = env!("CARGO_PKG_VERSION");
        let crash_log = crash::log_in(console.folder());
        let bare = |mode, locked: Option<Locked>| Self {
            mode,
            locked_code: locked.as_ref().map(|l| l.code),
            locked_reason: locked.map(|l| l.reason),
            crash_log: crash_log.clone(),
            version,
            server_time: chrono::Utc::now().timestamp_micros(),
            ..Self::default()
        };
        let ready = match &*console.watch().borrow() {
            Mode::Starting => {
                return Ok(bare("locked", Some(Locked::new("starting", "the console is starting"))));
            }
            Mode::Enroll => return Ok(bare("enroll", None)),
            Mode::Locked(locked) => return Ok(bare("locked", Some(locked.clone()))),
            Mode::Ready(ready) => ready.clone(),
        };
        let state = ready.replica.watch().borrow().clone();
        if state.signed_out {
            let why = "this device is signed out: it was revoked, or its token is no longer good. Ask for a new invite";
            return Ok(bare("locked", Some(Locked::new("signed_out", why))));
        }
        if let Some(trouble) = state.trouble {
            return Ok(bare("locked", Some(Locked::of_trouble(trouble))));
        }
        let identity = ready.replica.identity()?;
        Ok(Self {
            mode: "ready",
            online: state.online,
            stale: state.stale,
            last_sync_at: state.last_sync_at,
            unsent: state.unsent,
            unsent_stops: state.unsent_stops,
            server_time: ready.replica.server_now(),
            clock_offset_ms: state.clock_offset_ms,
            user: identity.as_ref().map(|i| i.user.clone()),
            role: identity.as_ref().map(|i| i.role.clone()),
            device: identity.map(|i| i.device),
            integrity: integrity(state.integrity, ready.replica.evidence_folder()),
            witnessed: witnessed(state.witnessed),
            locked_reason: None,
            locked_code: None,
            approve_offline_until: ready.replica.approve_offline_until(),
            allowances: Some(allowances(state.allowances)),
            bootstrapped: Some(state.bootstrapped),
            crash_log,
            reading: state.reading,
            version,
        })
    }
}

/// What may be approved without a connection and in a notification, for the window.
pub(super) fn allowances(known: Allowances) -> AllowancesView {
    let Allowances { offline, offline_minutes, notification } = known;
    AllowancesView {
        offline: offline.as_str().to_owned(),
        offline_minutes,
        notification: notification.as_str().to_owned(),
    }
}

fn witnessed(found: Witnessed) -> Option<WitnessedShown> {
    let Witnessed { size, cosignatures, required, late, vanished } = found;
    let vanished: Vec<String> = vanished.into_iter().collect();
    let told = required > 0 || !vanished.is_empty();
    told.then_some(WitnessedShown { size, cosignatures, required, late, vanished })
}

fn integrity(found: Integrity, evidence: &Path) -> Option<IntegrityShown> {
    match found {
        Integrity::Unknown => None,
        Integrity::Consistent { size, checked_at } => {
            Some(IntegrityShown { ok: true, size, checked_at: Some(checked_at), message: None })
        }
        Integrity::Broken { message } => {
            let folder = evidence.display();
            let message = format!("{message}. Both signed notes are in an evidence file in {folder}.");
            Some(IntegrityShown { ok: false, size: 0, checked_at: None, message: Some(message) })
        }
    }
}
