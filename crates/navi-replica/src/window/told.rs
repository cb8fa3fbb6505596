//! What is kept, read for people and for other tools: as lines, and as a report. The tree is rebuilt first, and each entry
//! is held against its leaf hash as it is read, so that nothing is told that does not hold.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::sync::atomic::AtomicBool;

use navi_domain::UtcMicros;
use navi_domain::reading::Said;
use navi_domain::reading::format::{Format, Log, Row};
use navi_ledger::Hash;
use navi_ledger::checkpoint::{Checkpoint, Verifier};
use navi_protocol::audit::AuditEntry;
use navi_report::gather::Gathered;
use navi_report::write::{Vouched, report};
use rusqlite::Connection;

use super::export::{Export, ExportError, ExportKind};
use super::outcome::Fault;
use super::search::{Actions, matches, said, words_of};
use super::verify::{Cached, Stop, Watched, check, open, roots};
use crate::db::{self, failed};
use crate::queue::as_sql;
use crate::{Replica, ReplicaError};

const UNREADABLE: ReplicaError = ReplicaError::Unreadable("ledger entry");

impl From<Stop> for ExportError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Replica(error) => Self::Replica(error),
            Stop::Fault(fault) => fault.into(),
            Stop::Cancelled => Self::Broken("it was ended".to_owned()),
        }
    }
}

impl From<Fault> for ExportError {
    fn from(fault: Fault) -> Self {
        Self::Broken(format!("{} ({})", fault.headline(), fault.message))
    }
}

impl Replica {
    pub(super) fn write_lines(
        &self,
        file: File,
        format: Format,
        export: &Export,
    ) -> Result<(u64, u64), ExportError> {
        let c = self.reader()?;
        let (signed, _) = self.signed(&c)?;
        let log = Log { origin: signed.origin, size: signed.size, root: signed.root };
        let mut to = BufWriter::new(file);
        to.write_all(format.header().unwrap_or_default().as_bytes())?;
        let (mut actions, mut tiles) = (Actions::new(&c), Cached::default());
        let wanted = words_of(&export.filter);
        let mut lines = 0;
        let period = (export.filter.from, export.filter.to);
        each(&c, log.size, period, &mut |entry, leaf_hash| {
            if !matches(entry, &export.filter, &wanted, &mut actions)? {
                return Ok(());
            }
            let whole = said(entry).ok_or(UNREADABLE)?;
            let context = actions.of(&whole)?;
            let previous = match entry.index.checked_sub(1) {
                Some(before) => tiles.hash(&c, before)?,
                None => None,
            };
            let (said, context) = match export.bare {
                true => (whole.bare(entry.leaf.as_bytes()).ok_or(UNREADABLE)?, context.map(|c| c.bare())),
                false => (whole, context),
            };
            let row = Row { said: &said, context: context.as_ref(), leaf_hash, previous, log: &log };
            to.write_all(format.line(&row).as_bytes())?;
            lines += 1;
            Ok(())
        })?;
        durable(to)?;
        Ok((lines, log.size))
    }

    pub(super) fn write_report(&self, file: File, export: &Export) -> Result<(u64, u64), ExportError> {
        let c = self.reader()?;
        let (signed, vkey) = self.signed(&c)?;
        let mut gathered = Gathered::of(export.filter.from, export.filter.to);
        if export.bare {
            gathered = gathered.bare();
        }
        let mut read = 0;
        // What lies before the period is read too: what happens in it rests on it.
        each(&c, signed.size, (None, export.filter.to), &mut |entry, _| {
            let said = if export.bare { pseudonymous(entry) } else { said(entry) };
            gathered.read(&said.ok_or(UNREADABLE)?);
            read += 1;
            Ok(())
        })?;
        let how = format!(
            "Made without a server, from the copy of a console: the leaf hashes kept there have the signed root, with the \
             pinned key {vkey}, and each of the {read} entries that were read hashes to its leaf. What that console does \
             not keep is not in it."
        );
        let size = signed.size;
        let log = Log { origin: signed.origin, size, root: signed.root };
        let written = report(&gathered, &Vouched { log, how, made_at: self.server_now() });
        let bytes = match export.kind {
            ExportKind::Pdf => navi_report::pdf::pdf(&written),
            _ => navi_report::html::html(&written).into_bytes(),
        };
        let mut to = BufWriter::new(file);
        to.write_all(&bytes)?;
        durable(to)?;
        Ok((read, size))
    }

    /// The signed tree that the leaf hashes kept here have, and the key that signed it. Reads from one snapshot on.
    fn signed(&self, c: &Connection) -> Result<(Checkpoint, String), ExportError> {
        c.execute_batch("BEGIN").map_err(failed("begin"))?;
        let identity = self.identity()?.ok_or(ExportError::Nothing)?;
        let note: String = db::meta(c, "hashed_note")?.ok_or(ExportError::Nothing)?;
        let pinned = Verifier::from_vkey(&identity.ledger_vkey)
            .map_err(|e| ExportError::Broken(format!("the pinned key is unreadable: {e}")))?;
        let signed = open(&note, &pinned, &identity, "the checkpoint")?;
        let never = AtomicBool::new(false);
        let quiet = Watched { progress: &|_, _| {}, cancelled: &never };
        if roots(c, signed.size, None, quiet, 0)?.root != signed.root {
            return Err(ExportError::Broken("its leaf hashes do not have the signed root".to_owned()));
        }
        Ok((signed, identity.ledger_vkey))
    }
}

/// With the pseudonyms of the leaf.
fn pseudonymous(entry: &AuditEntry) -> Option<Said> {
    let payload = entry.payload.as_deref().map(str::as_bytes);
    Said::read(entry.index, entry.leaf.as_bytes(), payload, None, None)
}

/// Visits the kept entries of a period, oldest first, each with its leaf hash and after it was held against it.
fn each(
    c: &Connection,
    size: u64,
    (from, to): (Option<UtcMicros>, Option<UtcMicros>),
    visit: &mut dyn FnMut(&AuditEntry, Hash) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut tiles = Cached::default();
    let mut statement = c
        .prepare("SELECT seq, body FROM entry WHERE seq < ?1 AND at BETWEEN ?2 AND ?3 ORDER BY seq")
        .map_err(failed("be read"))?;
    let mut rows = statement
        .query((as_sql(size), from.unwrap_or(UtcMicros::MIN), to.unwrap_or(UtcMicros::MAX)))
        .map_err(failed("be read"))?;
    while let Some(row) = rows.next().map_err(failed("be read"))? {
        let index: i64 = row.get(0).map_err(failed("be read"))?;
        let index = u64::try_from(index).map_err(|_| UNREADABLE)?;
        let body: String = row.get(1).map_err(failed("be read"))?;
        let entry: AuditEntry = serde_json::from_str(&body).map_err(|_| UNREADABLE)?;
        let hash = tiles.hash(c, index)?.ok_or(ReplicaError::Unreadable("leaf hash"))?;
        check(index, &entry, &hash)?;
        visit(&entry, hash)?;
    }
    Ok(())
}

fn durable(to: BufWriter<File>) -> Result<(), ExportError> {
    to.into_inner().map_err(|e| e.into_error())?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use serde_json::Value;

    use super::super::search::EntryFilter;
    use super::super::verify::tests::copy;
    use super::*;

    fn written(replica: &Replica, dir: &Path, kind: &str, bare: bool) -> Result<(PathBuf, u64), ExportError> {
        let path = dir.join(format!("{kind}-{bare}"));
        let kind = ExportKind::parse(kind).unwrap();
        let export = Export { kind, bare, filter: EntryFilter::default(), replaces: false };
        replica.export(&path, &export).map(|(entries, size)| {
            assert_eq!(size, 600);
            (path, entries)
        })
    }

    #[test]
    fn lines_hold_what_is_kept_and_without_names_neither_payloads_nor_people() {
        let dir = tempfile::tempdir().unwrap();
        let replica = copy(&dir, 600, 7);
        let (path, entries) = written(&replica, dir.path(), "jsonl", false).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len() as u64, entries), (86, 86));
        assert_eq!(lines[1]["log"]["index"], 7);
        assert_eq!(lines[1]["log"]["tree_size"], 600);
        assert!(lines[1]["log"]["previous_leaf_hash"].is_string(), "entry 6 is not kept, and its hash is");
        assert_eq!((&lines[1]["actor"], &lines[1]["withheld"]), (&"nova".into(), &false.into()));

        let (path, _) = written(&replica, dir.path(), "jsonl", true).unwrap();
        let bare = std::fs::read_to_string(path).unwrap();
        assert_eq!(bare.lines().count(), 86);
        assert!(!bare.contains("nova") && !bare.contains("xxx"), "{}", bare.lines().next().unwrap());
        let (path, _) = written(&replica, dir.path(), "csv", true).unwrap();
        let csv = std::fs::read_to_string(path).unwrap();
        assert_eq!(csv.lines().count(), 87);
        assert!(!csv.contains("nova") && csv.contains("withheld"));
        for only_whole in ["bundle", "ocsf", "cloudevents"] {
            let refused = written(&replica, dir.path(), only_whole, true);
            assert!(matches!(refused, Err(ExportError::OnlyWhole)), "{only_whole}");
        }
        assert_eq!(replica.unsent_exports().unwrap().len(), 3, "each file that appeared, and no other");
    }

    #[test]
    fn a_report_is_made_without_a_server_and_says_from_what() {
        let dir = tempfile::tempdir().unwrap();
        let replica = copy(&dir, 600, 7);
        let (path, entries) = written(&replica, dir.path(), "html", false).unwrap();
        let page = std::fs::read_to_string(path).unwrap();
        assert!(page.contains("86 entries") && page.contains("Made without a server"), "{page}");
        assert_eq!(entries, 86);
        let (path, _) = written(&replica, dir.path(), "pdf", true).unwrap();
        assert!(std::fs::read(path).unwrap().starts_with(b"%PDF-"));
        let noted = replica.unsent_exports().unwrap();
        assert_eq!(
            noted.iter().map(|n| n.format.as_str()).collect::<Vec<_>>(),
            ["report.html", "report.pdf"]
        );
    }

    #[test]
    fn nothing_is_written_from_a_copy_that_does_not_hold() {
        let dir = tempfile::tempdir().unwrap();
        let replica = copy(&dir, 600, 7);
        replica
            .db()
            .unwrap()
            .execute("UPDATE entry SET body = json_set(body, '$.payload', '{}') WHERE seq = 7", [])
            .unwrap();
        for kind in ["csv", "jsonl", "pdf"] {
            let refused = written(&replica, dir.path(), kind, false);
            assert!(
                matches!(&refused, Err(ExportError::Broken(why)) if why.contains("entry 7")),
                "{refused:?}"
            );
            assert!(!dir.path().join(format!("{kind}-false")).exists());
        }
        assert!(replica.unsent_exports().unwrap().is_empty());
    }
}
