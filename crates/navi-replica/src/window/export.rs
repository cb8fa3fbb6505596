//! What is kept, as a file: a bundle that proves it, lines for other tools, or a report for people. Each file is noted
//! before it appears: see [`super::notes`].

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use navi_domain::reading::format::Format;
use navi_ledger::bundle::{Entry, Manifest, WriteError, Writer};
use navi_ledger::checkpoint::Checkpoint;
use navi_protocol::audit::{AuditEntry, ExportNote};
use rusqlite::OptionalExtension as _;

use super::search::EntryFilter;
use super::verify::Cached;
use crate::db::{self, failed};
use crate::queue::as_sql;
use crate::{Replica, ReplicaError};

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No checkpoint is complete here yet.
    #[error("no checkpoint is complete here yet; connect once, and try again")]
    Nothing,
    /// A file of that name is there already.
    #[error("there is a file of that name already")]
    Exists,
    /// This kind of file is only written whole.
    #[error("this kind of file is only written with names and payloads")]
    OnlyWhole,
    /// The copy does not hold, so that nothing is made from it.
    #[error("the copy does not hold: {0}")]
    Broken(String),
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

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// Verifies offline.
    Bundle,
    /// A line for each entry.
    Lines(Format),
    /// The report as a page.
    Html,
    /// The report as PDF.
    Pdf,
}

impl ExportKind {
    /// Reads a kind: `bundle`, `html`, `pdf`, or the name of a [`Format`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "bundle" => Some(Self::Bundle),
            "html" => Some(Self::Html),
            "pdf" => Some(Self::Pdf),
            other => Format::parse(other).map(Self::Lines),
        }
    }

    /// Ending of a file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Bundle => "navi.zst",
            Self::Lines(format) => format.extension(),
            Self::Html => "html",
            Self::Pdf => "pdf",
        }
    }

    /// As the record calls it.
    fn recorded(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Lines(format) => format.as_str(),
            Self::Html => "report.html",
            Self::Pdf => "report.pdf",
        }
    }

    /// Whether it can leave names and payloads out. A bundle cannot: what is left out could not be verified.
    #[must_use]
    pub fn can_be_bare(self) -> bool {
        match self {
            Self::Bundle => false,
            Self::Lines(format) => format.can_be_bare(),
            Self::Html | Self::Pdf => true,
        }
    }
}

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Export {
    /// Kind of file.
    pub kind: ExportKind,
    /// Without payloads and names: people are pseudonyms, as in the leaves.
    pub bare: bool,
    /// Which entries. A bundle holds all that are kept whatever it says, and a report all of a period.
    pub filter: EntryFilter,
    /// A file of that name gives way: the person agreed to it.
    pub replaces: bool,
}

impl Export {
    /// Everything that is kept, as a bundle.
    #[must_use]
    pub fn bundle() -> Self {
        Self { kind: ExportKind::Bundle, bare: false, filter: EntryFilter::default(), replaces: false }
    }

    fn note(&self, (entries, size): (u64, u64), made_at: i64) -> ExportNote {
        let (from, to) = match self.kind {
            ExportKind::Bundle => (None, None),
            _ => (self.filter.from, self.filter.to),
        };
        let format = self.kind.recorded().to_owned();
        ExportNote { format, bare: self.bare, from, to, entries, size, made_at }
    }
}

impl Replica {
    /// Writes a file, a new one unless [`Export::replaces`]; it appears only when it is complete, and after it was noted for the record. Answers (entries in
    /// it, entries of the ledger). Blocks.
    ///
    /// # Errors
    /// [`ExportError`]
    pub fn export(&self, path: &Path, export: &Export) -> Result<(u64, u64), ExportError> {
        if export.bare && !export.kind.can_be_bare() {
            return Err(ExportError::OnlyWhole);
        }
        if path.exists() && !export.replaces {
            return Err(ExportError::Exists);
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let part = Path::new(&name);
        let file = File::options().write(true).create_new(true).open(part)?;
        let written = self.written(file, export).and_then(|counts| self.appear((part, path), export, counts));
        if written.is_err() {
            let _ = std::fs::remove_file(part);
        }
        written
    }

    fn written(&self, file: File, export: &Export) -> Result<(u64, u64), ExportError> {
        match export.kind {
            ExportKind::Bundle => self.write_window(file),
            ExportKind::Lines(format) => self.write_lines(file, format, export),
            ExportKind::Html | ExportKind::Pdf => self.write_report(file, export),
        }
    }

    fn appear(
        &self,
        (part, path): (&Path, &Path),
        export: &Export,
        counts: (u64, u64),
    ) -> Result<(u64, u64), ExportError> {
        let key = self.note_export(export.note(counts, self.server_now()))?;
        if let Err(error) = std::fs::rename(part, path) {
            self.export_noted(&key)?;
            return Err(error.into());
        }
        self.exports_noted();
        Ok(counts)
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
