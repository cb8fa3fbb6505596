//! Who this console is, for which server, and which key it pinned.

use navi_domain::people::DeviceClass;
use serde::{Deserialize, Serialize};

use crate::{Replica, ReplicaError, db};

/// What enrolment gave this device. No secrets: those lie in the keystore.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Base URL of the server.
    pub server_url: String,
    /// Organisation.
    pub org: String,
    /// Person.
    pub user: String,
    /// Role.
    pub role: String,
    /// Device, as the server last showed it.
    pub device: navi_protocol::people::DeviceView,
    /// Ledger's origin, part of every vote.
    pub origin: String,
    /// Ledger's verification key, pinned at enrolment.
    pub ledger_vkey: String,
}

impl Identity {
    /// The class of this device, if it is one this build knows.
    #[must_use]
    pub fn class(&self) -> Option<DeviceClass> {
        serde_json::from_value(self.device.class.clone().into()).ok()
    }
}

impl Replica {
    /// Who this console is; `None` before enrolment.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn identity(&self) -> Result<Option<Identity>, ReplicaError> {
        db::meta(&*self.db()?, "identity")
    }

    /// Remembers the enrolment (or a newer view of the device).
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn set_identity(&self, identity: &Identity) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "identity", identity)?;
        self.changed(|_| {});
        Ok(())
    }
}
