//! The window as a one-file bundle: what is kept, and the leaf hashes of everything else.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use navi_ledger::bundle::{Entry, Manifest, WriteError, Writer};
use navi_ledger::checkpoint::Checkpoint;
use navi_protocol::audit::AuditEntry;
use rusqlite::OptionalExtension as _;

use super::verify::Cached;
use crate::db::{self, failed};
use crate::queue::as_sql;
use crate::{Replica, ReplicaError};

/// Why no bundle was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No checkpoint is complete here yet.
    #[error("no checkpoint is complete here yet; connect once, and try again")]
    Nothing,
    /// A file of that name is there already.
    #[error("there is a file of that name already")]
    Exists,
    /// The copy.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The form of a bundle.
    #[error(transparent)]
    Bundle(#[from] WriteError),
    /// The file.
    #[error("the file could not be written: {0}")]
    File(#[from] std::io::Error),
}

impl Replica {
    /// Writes the window to a new file, compressed; it appears only when it is complete. Answers (entries kept whole,
    /// entries of the ledger). Blocks.
    ///
    /// # Errors
    /// [`ExportError`]
    pub fn export_window(&self, path: &Path) -> Result<(u64, u64), ExportError> {
        if path.exists() {
            return Err(ExportError::Exists);
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let part = Path::new(&name);
        let file = File::options().write(true).create_new(true).open(part)?;
        let written = self.write_window(file).and_then(|counts| {
            std::fs::rename(part, path)?;
            Ok(counts)
        });
        if written.is_err() {
            let _ = std::fs::remove_file(part);
        }
        written
    }

    fn write_window(&self, file: File) -> Result<(u64, u64), ExportError> {
        let c = self.reader()?;
        c.execute_batch("BEGIN").map_err(failed("begin"))?;
        let identity = self.identity()?.ok_or(ExportError::Nothing)?;
        let note: String = db::meta(&c, "hashed_note")?.ok_or(ExportError::Nothing)?;
        let signed =
            Checkpoint::from_trusted_note(&note).map_err(|_| ReplicaError::Unreadable("checkpoint"))?;
        let cosigned: Option<String> = db::meta(&c, "cosigned_note")?;
        let cosigned = cosigned.filter(|n| {
            Checkpoint::from_trusted_note(n).is_ok_and(|at| (1..=signed.size).contains(&at.size))
        });
        let kept: i64 = c
            .query_row("SELECT count(*) FROM entry WHERE seq < ?1", [as_sql(signed.size)], |r| r.get(0))
            .map_err(failed("be counted"))?;
        let kept = u64::try_from(kept).unwrap_or(0);
        let mut manifest =
            Manifest::new(&identity.origin, signed.size, self.server_now(), &identity.ledger_vkey);
        if kept < signed.size {
            manifest = manifest.partial();
        }
        let mut writer =
            Writer::with_cosigned(BufWriter::new(file), manifest, &note, cosigned.as_deref(), true)?;
        let mut tiles = Cached::default();
        let mut statement = c.prepare("SELECT body FROM entry WHERE seq = ?1").map_err(failed("be read"))?;
        for index in 0..signed.size {
            let hash = tiles.hash(&c, index)?.ok_or(ReplicaError::Unreadable("leaf hash"))?;
            let body: Option<String> =
                statement.query_row([as_sql(index)], |r| r.get(0)).optional().map_err(failed("be read"))?;
            match body {
                Some(body) => writer.entry_as_stored(&entry(index, &body)?, hash)?,
                None => writer.left_out(index, hash)?,
            }
        }
        let mut file = writer.finish()?;
        file.flush()?;
        file.get_ref().sync_all()?;
        Ok((kept, signed.size))
    }
}

fn entry(index: u64, body: &str) -> Result<Entry, ReplicaError> {
    let kept: AuditEntry =
        serde_json::from_str(body).map_err(|_| ReplicaError::Unreadable("ledger entry"))?;
    let nonce = kept.nonce.map(|text| hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok()));
    let nonce = match nonce {
        Some(None) => return Err(ReplicaError::Unreadable("nonce")),
        Some(nonce) => nonce,
        None => None,
    };
    Ok(Entry { index, leaf: kept.leaf.into_bytes(), payload: kept.payload.map(String::into_bytes), nonce })
}
