//! Contradicting notes as a file for whoever must look into it.

use std::io::Write as _;
use std::path::Path;

use navi_domain::UtcMicros;
use serde_json::json;

use crate::db::failed;
use crate::{Replica, ReplicaError};

/// Why there is no evidence file.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Nothing contradicts anything.
    #[error("the record never contradicted itself here; there is no evidence")]
    Nothing,
    /// The local copy failed.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The file could not be written.
    #[error("the evidence could not be written")]
    File(#[from] std::io::Error),
}

impl Replica {
    /// Where a new evidence file appears by itself when the record contradicts itself.
    #[must_use]
    pub fn evidence_folder(&self) -> &Path {
        &self.shared.folder
    }

    /// Writes a new evidence file beside the copy. The copy itself holds the same: a failure is only told.
    pub(crate) fn write_evidence(&self) {
        let path = self.shared.folder.join(format!("evidence-{}.json", self.server_now()));
        match self.export_evidence(&path) {
            Ok(_) => tracing::error!(path = %path.display(), "the evidence was written"),
            Err(error) => tracing::error!(%error, "the evidence could not be written; the copy keeps it"),
        }
    }

    /// Writes everything this console holds against the server into one new JSON file: each contradiction in words, with
    /// both signed notes. Both signatures are the server's own, so that anybody with its key can judge.
    ///
    /// # Errors
    /// [`EvidenceError`]; an existing file is never replaced.
    pub fn export_evidence(&self, path: &Path) -> Result<usize, EvidenceError> {
        let identity = self.identity()?;
        let rows: Vec<(UtcMicros, String, String, String)> = self
            .db()?
            .prepare_cached("SELECT found_at, fault, remembered, presented FROM evidence ORDER BY found_at")
            .and_then(|mut s| {
                s.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?.collect()
            })
            .map_err(failed("read the evidence"))?;
        if rows.is_empty() {
            return Err(EvidenceError::Nothing);
        }
        let found: Vec<_> = rows
            .iter()
            .map(|(found_at, fault, remembered, presented)| {
                json!({"found_at": found_at, "fault": fault, "remembered": remembered, "presented": presented})
            })
            .collect();
        let file = json!({
            "format": "navi/evidence/v1",
            "words": "This console remembered one signed checkpoint and was shown another that contradicts it. Both are \
                given as they were signed. Check them against the ledger's key: a key that signed both told two histories.",
            "org": identity.as_ref().map(|i| &i.org),
            "origin": identity.as_ref().map(|i| &i.origin),
            "server_url": identity.as_ref().map(|i| &i.server_url),
            "ledger_vkey": identity.as_ref().map(|i| &i.ledger_vkey),
            "device_id": identity.as_ref().map(|i| &i.device.id),
            "written_at": self.server_now(),
            "contradictions": found,
        });
        let mut out = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        serde_json::to_writer_pretty(&mut out, &file).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
        out.sync_all()?;
        Ok(rows.len())
    }
}
