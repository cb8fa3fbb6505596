//! A verified bundle as lines for other tools, or as a report for people. Offline; a broken bundle gives neither.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use navi_domain::reading::format::{Format, Log, Row};
use navi_domain::reading::{ActionContext, Said};
use navi_ledger::bundle::{self, Pin, Report, VerifiedEntry};
use navi_report::gather::Gathered;
use navi_report::write::{Vouched, report};
use serde_json::Value;

use super::verify;
use crate::cli::{ConvertArgs, ReportArgs, ReportFormat};
use crate::exit;

/// Writes a bundle's entries in another format.
pub fn convert(args: &ConvertArgs) -> ExitCode {
    told(lines(&args.file, args.vkey.as_deref(), args.format.into(), &args.out), &args.out)
}

/// Writes a report of a bundle.
pub fn write_report(args: &ReportArgs) -> ExitCode {
    told(reported(args), &args.out)
}

fn told(done: anyhow::Result<Report>, out: &Path) -> ExitCode {
    match done {
        Ok(found) => {
            println!("{} written, from {} entries of {}", out.display(), found.size, found.origin);
            if !found.pinned {
                println!(
                    "the key {} was not pinned: pass --vkey to know that this is the right ledger",
                    found.vkey
                );
            }
            exit::DONE.into()
        }
        Err(error) => {
            eprintln!("navi-gate: nothing was written: {error:#}");
            ExitCode::from(1)
        }
    }
}

/// Verifies, then writes a line for each entry.
pub fn lines(file: &Path, vkey: Option<&str>, format: Format, out: &Path) -> anyhow::Result<Report> {
    let found = verify::whole(file, vkey).map_err(anyhow::Error::msg)?;
    let log = log_of(&found);
    let mut to = Output::create(out)?;
    to.file.write_all(format.header().unwrap_or_default().as_bytes())?;
    let (mut known, mut previous) = (HashMap::new(), None);
    each(file, &mut |entry| {
        let said = read(entry).ok_or("it cannot be read")?;
        let context = context(&said, &mut known);
        let row =
            Row { said: &said, context: context.as_ref(), leaf_hash: entry.leaf_hash, previous, log: &log };
        previous = Some(entry.leaf_hash);
        to.file.write_all(format.line(&row).as_bytes()).map_err(|e| e.to_string())
    })?;
    to.keep()?;
    Ok(found)
}

fn reported(args: &ReportArgs) -> anyhow::Result<Report> {
    let (from, to) = (instant(args.from.as_deref(), false)?, instant(args.to.as_deref(), true)?);
    ensure!(from.is_none_or(|from| to.is_none_or(|to| from <= to)), "--from is after --to");
    let found = verify::whole(&args.file, args.vkey.as_deref()).map_err(anyhow::Error::msg)?;
    let mut gathered = Gathered::of(from, to);
    each(&args.file, &mut |entry| {
        gathered.read(&read(entry).ok_or("it cannot be read")?);
        Ok(())
    })?;
    let pinned = if found.pinned { "the key that was pinned" } else { "a key that was not pinned" };
    let vouched = Vouched {
        log: log_of(&found),
        how: format!(
            "Every entry was verified offline against the signed root, with {pinned}: {}.",
            found.vkey
        ),
        made_at: Utc::now().timestamp_micros(),
    };
    let written = report(&gathered, &vouched);
    let bytes = match args.format {
        ReportFormat::Html => navi_report::html::html(&written).into_bytes(),
        ReportFormat::Pdf => navi_report::pdf::pdf(&written),
    };
    let mut to = Output::create(&args.out)?;
    to.file.write_all(&bytes)?;
    to.keep()?;
    Ok(found)
}

fn log_of(found: &Report) -> Log {
    Log { origin: found.origin.clone(), size: found.size, root: found.root }
}

/// Visits every entry of a bundle that was verified before.
fn each(file: &Path, visit: &mut dyn FnMut(&VerifiedEntry) -> Result<(), String>) -> anyhow::Result<()> {
    let opened = File::open(file).with_context(|| file.display().to_string())?;
    let pin = Pin { key: None, checkpoint: None };
    bundle::verify_against(BufReader::new(opened), pin, visit)?;
    Ok(())
}

/// The entry with the people that its payload names, where it is there.
fn read(entry: &VerifiedEntry) -> Option<Said> {
    let people: Option<Value> = entry.payload.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok());
    let name = |field: &str| people.as_ref()?.get(field)?.as_str();
    let behalf = name("on_behalf_of").or_else(|| people.as_ref()?.pointer("/action/on_behalf_of")?.as_str());
    Said::read(entry.index, &entry.leaf, entry.payload.as_deref(), name("actor"), behalf)
}

fn context(said: &Said, known: &mut HashMap<String, ActionContext>) -> Option<ActionContext> {
    let id = said.action_id()?;
    if let Some(context) = said.context() {
        known.insert(id.to_owned(), context);
    }
    known.get(id).cloned()
}

/// A day (`2026-05-03`, from its beginning or to its end, UTC) or an instant (RFC 3339).
fn instant(text: Option<&str>, end: bool) -> anyhow::Result<Option<i64>> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(Some(at.timestamp_micros()));
    }
    let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") else {
        bail!("{text:?} is neither a day such as 2026-05-03 nor an instant such as 2026-05-03T12:00:00Z");
    };
    let time = if end { day.and_hms_micro_opt(23, 59, 59, 999_999) } else { day.and_hms_opt(0, 0, 0) };
    Ok(time.map(|at| at.and_utc().timestamp_micros()))
}

/// A file that appears only when it is complete.
struct Output<'a> {
    out: &'a Path,
    temporary: tempfile::NamedTempFile,
    file: BufWriter<File>,
}

impl<'a> Output<'a> {
    fn create(out: &'a Path) -> anyhow::Result<Self> {
        let folder = out.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary = tempfile::Builder::new()
            .prefix(".navi-")
            .tempfile_in(folder)
            .with_context(|| folder.display().to_string())?;
        let file = BufWriter::new(temporary.reopen()?);
        Ok(Self { out, temporary, file })
    }

    fn keep(self) -> anyhow::Result<()> {
        let file = self.file.into_inner().map_err(|e| e.into_error())?;
        file.sync_all()?;
        self.temporary.persist(self.out).with_context(|| self.out.display().to_string())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_are_read() {
        let day = instant(Some("2026-09-21"), false).unwrap().unwrap();
        assert_eq!(day % 86_400_000_000, 0);
        assert_eq!(instant(Some("2026-09-21"), true).unwrap().unwrap() - day, 86_399_999_999);
        assert_eq!(instant(Some("2026-09-21T00:00:00+00:00"), true).unwrap(), Some(day));
        assert_eq!(instant(None, false).unwrap(), None);
        assert!(instant(Some("yesterday"), false).is_err());
    }
}
