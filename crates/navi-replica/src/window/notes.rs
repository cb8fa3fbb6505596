//! Files that were written from this copy and that the server does not know of yet. Durable before the file appears, so
//! that nothing leaves without being written down; sent when there is a connection.

use navi_protocol::audit::ExportNote;
use serde::{Deserialize, Serialize};

use crate::db;
use crate::{Replica, ReplicaError};

const NAME: &str = "export_notes";

/// One note, under the key that makes a repeat harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    pub(crate) key: String,
    pub(crate) note: ExportNote,
}

impl Replica {
    /// Notes a file that is about to appear. Answers the note's key.
    pub(super) fn note_export(&self, note: ExportNote) -> Result<String, ReplicaError> {
        let mut nonce = [0_u8; 16];
        getrandom::fill(&mut nonce).map_err(|_| ReplicaError::Unreadable("random source"))?;
        let key = hex::encode(nonce);
        let db = self.db()?;
        let mut all: Vec<Noted> = db::meta(&db, NAME)?.unwrap_or_default();
        all.push(Noted { key: key.clone(), note });
        db::set_meta(&db, NAME, &all)?;
        Ok(key)
    }

    /// Sends what was noted, soon.
    pub(super) fn exports_noted(&self) {
        self.shared.outbox_changed.notify_one();
    }

    /// Files written here that the server does not know of yet.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn unsent_exports(&self) -> Result<Vec<ExportNote>, ReplicaError> {
        let all: Vec<Noted> = db::meta(&*self.db()?, NAME)?.unwrap_or_default();
        Ok(all.into_iter().map(|noted| noted.note).collect())
    }

    /// The oldest file that the server does not know of.
    pub(crate) fn next_export_note(&self) -> Result<Option<Noted>, ReplicaError> {
        let all: Vec<Noted> = db::meta(&*self.db()?, NAME)?.unwrap_or_default();
        Ok(all.into_iter().next())
    }

    /// The server knows of it, or the file did not appear after all.
    pub(crate) fn export_noted(&self, key: &str) -> Result<(), ReplicaError> {
        let db = self.db()?;
        let mut all: Vec<Noted> = db::meta(&db, NAME)?.unwrap_or_default();
        all.retain(|noted| noted.key != key);
        db::set_meta(&db, NAME, &all)
    }
}
