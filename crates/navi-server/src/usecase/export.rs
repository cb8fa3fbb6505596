//! The record leaves the house: that is written down first. What leaves is read and sent piece by piece.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use navi_domain::event::EventKind;
use navi_domain::reading::format::{Format, Log, Row};
use navi_domain::reading::{ActionContext, Said, facet, words};
use navi_ledger::bundle::{Entry as BundleEntry, Manifest, Writer};
use navi_ledger::checkpoint::{Checkpoint, Verifier, with_lines};
use navi_protocol::audit::ExportNote;
use navi_protocol::problem::Code;
use navi_report::gather::Gathered;
use navi_report::write::Vouched;
use navi_store::{AuditFilter, Change, Entry};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Remember, commit, event, lost_races, remember};
use crate::auth::Caller;
use crate::view::people;
use crate::{App, Refusal};

/// Entries that are read at once.
const PAGE: usize = 512;
/// Actions that are remembered at once.
const ACTIONS: usize = 20_000;
/// Pieces on their way to a slow reader.
const PIECES: usize = 4;

/// What a reader takes piece by piece. An error ends it early, so that nobody takes a part for the whole.
pub type Pieces = mpsc::Receiver<Result<Bytes, io::Error>>;

/// Records an export and signs a checkpoint that covers it: (size, note).
///
/// # Errors
/// The store's refusal.
pub async fn record(app: &App, caller: &Caller, what: Value) -> Result<(u64, String), Refusal> {
    let change = Change::default().event(event(EventKind::Exported, caller, "ledger", &[], what));
    commit(app, change).await?.ok_or_else(lost_races)?;
    Ok(app.notary.newest(app.store.as_ref(), true).await?)
}

/// What a console may say that it wrote.
const WRITTEN: [&str; 7] = ["bundle", "csv", "jsonl", "ocsf", "cloudevents", "report.html", "report.pdf"];

/// Records that a console wrote a file from its own copy.
///
/// # Errors
/// `invalid` for a kind of file that there is not, or more entries than the tree has; the store's refusal.
pub async fn note(
    app: &App,
    caller: &Caller,
    note: &ExportNote,
    key: Option<&Remember>,
) -> Result<(), Refusal> {
    if !WRITTEN.contains(&note.format.as_str()) {
        return Err(Refusal::new(Code::Invalid, format!("format must be one of {}.", WRITTEN.join(", "))));
    }
    if note.entries > note.size {
        return Err(Refusal::new(Code::Invalid, "A file cannot hold more entries than the tree it is of."));
    }
    let mut what = json!({"format": note.format, "bare": note.bare, "entries": note.entries, "size": note.size,
        "made_at": note.made_at, "made_from": "copy"});
    for (name, at) in [("from", note.from), ("to", note.to)] {
        if let (Some(at), Some(fields)) = (at, what.as_object_mut()) {
            fields.insert(name.to_owned(), at.into());
        }
    }
    let change = Change::default().event(event(EventKind::Exported, caller, "ledger", &[], what));
    let change = remember(change, key, 200, note, app.store.now());
    commit(app, change).await?.ok_or_else(lost_races)?;
    Ok(())
}

/// The log's entries that answer a filter, oldest first, as lines; `bare`: without payloads and names. The export itself is recorded before the first.
///
/// # Errors
/// The store's refusal.
pub async fn lines(
    app: &App,
    caller: &Caller,
    (format, bare): (Format, bool),
    filter: AuditFilter,
) -> Result<Pieces, Refusal> {
    let what = json!({"format": format.as_str(), "from": filter.from, "to": filter.to,
        "kinds": filter.kind, "q": filter.text, "bare": bare});
    let (size, note) = record(app, caller, what).await?;
    let signed = Checkpoint::from_trusted_note(&note).map_err(|_| broken("its checkpoint cannot be read"))?;
    let log = Log { origin: signed.origin, size, root: signed.root };
    let (send, pieces) = mpsc::channel(PIECES);
    let app = app.clone();
    tokio::spawn(async move {
        let mut reading = Reading { app: &app, filter: &filter, known: HashMap::new() };
        if let Err(refusal) = reading.send((format, bare), &log, &send).await {
            tracing::warn!(detail = refusal.detail, "an export broke off");
            let _ = send.send(Err(io::Error::other(refusal.detail))).await;
        }
    });
    Ok(pieces)
}

fn broken(why: &str) -> Refusal {
    tracing::error!(why, "the record could not be exported");
    Refusal::new(Code::Unavailable, "The record could not be exported. Verify the ledger with fsck.")
}

/// Where a reader of the log has come to.
struct Reading<'a> {
    app: &'a App,
    filter: &'a AuditFilter,
    known: HashMap<String, Option<ActionContext>>,
}

impl Reading<'_> {
    async fn send(
        &mut self,
        (format, bare): (Format, bool),
        log: &Log,
        to: &mpsc::Sender<Result<Bytes, io::Error>>,
    ) -> Result<(), Refusal> {
        let mut next = self.first().await?;
        let mut previous = match next.checked_sub(1) {
            Some(before) => self.app.store.entries(before, 1).await?.first().map(|e| e.leaf_hash),
            None => None,
        };
        let mut piece = format.header().unwrap_or_default();
        while next < log.size {
            let wanted = usize::try_from(log.size - next).unwrap_or(PAGE).min(PAGE);
            let entries = self.app.store.entries(next, wanted).await?;
            if entries.is_empty() {
                return Err(broken("an entry is missing"));
            }
            for entry in &entries {
                if let Some(said) = read(entry) {
                    let at = said.at;
                    let context = self.context(&said).await?;
                    if matches(self.filter, &said, context.as_ref()) {
                        let leaf_hash = entry.leaf_hash;
                        let (said, context) = match bare {
                            true => (
                                said.bare(&entry.leaf).ok_or_else(|| broken("an entry cannot be read"))?,
                                context.map(|context| context.bare()),
                            ),
                            false => (said, context),
                        };
                        piece.push_str(&format.line(&Row {
                            said: &said,
                            context: context.as_ref(),
                            leaf_hash,
                            previous,
                            log,
                        }));
                    }
                    if self.filter.to.is_some_and(|to| at > to) {
                        next = log.size;
                    }
                }
                previous = Some(entry.leaf_hash);
            }
            next = next.max(entries.last().map_or(next, |last| last.index + 1));
            if to.send(Ok(std::mem::take(&mut piece).into())).await.is_err() {
                return Ok(());
            }
        }
        let _ = to.send(Ok(piece.into())).await;
        Ok(())
    }

    /// The first entry that can answer.
    async fn first(&self) -> Result<u64, Refusal> {
        let Some(from) = self.filter.from else { return Ok(0) };
        let before = AuditFilter { to: Some(from.saturating_sub(1)), limit: 1, ..AuditFilter::default() };
        Ok(self.app.store.audit(&before).await?.items.first().map_or(0, |entry| entry.index + 1))
    }

    async fn context(&mut self, said: &Said) -> Result<Option<ActionContext>, Refusal> {
        let Some(id) = said.action_id() else { return Ok(None) };
        if self.known.len() > ACTIONS {
            self.known.clear();
        }
        if let Some(context) = said.context() {
            self.known.insert(id.to_owned(), Some(context.clone()));
            return Ok(Some(context));
        }
        if let Some(known) = self.known.get(id) {
            return Ok(known.clone());
        }
        let decided = AuditFilter {
            kind: vec![EventKind::Decision],
            subject: Some(id.to_owned()),
            limit: 1,
            ..AuditFilter::default()
        };
        let found = self.app.store.audit(&decided).await?;
        let context = found.items.first().and_then(read).and_then(|said| said.context());
        self.known.insert(id.to_owned(), context.clone());
        Ok(context)
    }
}

fn read(entry: &Entry) -> Option<Said> {
    let actor = Some(entry.actor.as_str()).filter(|actor| !actor.is_empty());
    Said::read(entry.index, &entry.leaf, entry.payload.as_deref(), actor, entry.on_behalf_of.as_deref())
}

/// With the pseudonyms of the leaf.
fn read_bare(entry: &Entry) -> Option<Said> {
    Said::read(entry.index, &entry.leaf, entry.payload.as_deref(), None, None)
}

/// What the index answers for a page, answered for one entry.
fn matches(filter: &AuditFilter, said: &Said, context: Option<&ActionContext>) -> bool {
    let within = filter.from.is_none_or(|from| said.at >= from) && filter.to.is_none_or(|to| said.at <= to);
    if !within || (!filter.kind.is_empty() && !filter.kind.contains(&said.kind)) {
        return false;
    }
    if filter.subject.as_ref().is_some_and(|subject| subject != &said.subject) {
        return false;
    }
    let facets = facet::facets(said, context);
    let has =
        |facet, values: &[String]| facets.iter().any(|(f, value)| *f == facet && values.contains(value));
    let person = filter.person.as_ref();
    if person.is_some_and(|person| !has(facet::Facet::Person, std::slice::from_ref(person))) {
        return false;
    }
    let all = filter.facets.iter().all(|(facet, values)| values.is_empty() || has(*facet, values));
    all && filter.text.as_deref().is_none_or(|text| says(text, &words::words(said)))
}

/// All words, the last perhaps only begun.
fn says(text: &str, words: &BTreeSet<String>) -> bool {
    let wanted: Vec<String> = words::split(text).collect();
    let Some((last, rest)) = wanted.split_last() else { return true };
    let begun = words.range(last.clone()..).next().is_some_and(|word| word.starts_with(last.as_str()));
    begun && rest.iter().all(|word| words.contains(word))
}

/// What is read before a period, because requests of before are answered in it.
const LEAD: i64 = 2 * 24 * 3600 * navi_domain::SECOND;

/// A compliance report of a period; without ends, of everything. That it was made is recorded first.
///
/// # Errors
/// The store's refusal.
pub async fn report(
    app: &App,
    caller: &Caller,
    (from, to): (Option<i64>, Option<i64>),
    (format, bare): (&str, bool),
) -> Result<navi_report::Report, Refusal> {
    let what = json!({"format": format!("report.{format}"), "from": from, "to": to, "bare": bare});
    let (size, note) = record(app, caller, what).await?;
    let signed = Checkpoint::from_trusted_note(&note).map_err(|_| broken("its checkpoint cannot be read"))?;
    let filter = AuditFilter { from: from.map(|at| at.saturating_sub(LEAD)), ..AuditFilter::default() };
    let mut next = Reading { app, filter: &filter, known: HashMap::new() }.first().await?;
    let mut gathered = Gathered::of(from, to);
    if bare {
        gathered = gathered.bare();
    }
    while next < size {
        let wanted = usize::try_from(size - next).unwrap_or(PAGE).min(PAGE);
        let entries = app.store.entries(next, wanted).await?;
        let Some(last) = entries.last() else { return Err(broken("an entry is missing")) };
        next = last.index + 1;
        for said in entries.iter().filter_map(|entry| if bare { read_bare(entry) } else { read(entry) }) {
            if to.is_some_and(|to| said.at > to) {
                next = size;
                break;
            }
            gathered.read(&said);
        }
    }
    let log = Log { origin: signed.origin, size, root: signed.root };
    let how = "Made by the server that keeps the log; verify an export of it to depend on nobody's word.";
    let vouched = Vouched { log, how: how.to_owned(), made_at: app.store.now() };
    Ok(navi_report::write::report(&gathered, &vouched))
}

/// What a bundle's writer wrote and nobody has taken yet.
#[derive(Clone, Default)]
struct Tray(Arc<Mutex<Vec<u8>>>);

impl Tray {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl io::Write for Tray {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The whole ledger in one file that anybody can verify offline. The export itself is recorded first.
///
/// # Errors
/// The store's refusal.
pub async fn bundle(app: &App, caller: &Caller, compress: bool) -> Result<Pieces, Refusal> {
    let (size, note) = record(app, caller, json!({"format": "bundle", "compressed": compress})).await?;
    pieces(app, size, &note, compress).await
}

/// The entries that a signed note covers, as a bundle, without a record of it.
///
/// # Errors
/// The store's refusal.
pub async fn pieces(app: &App, size: u64, note: &str, compress: bool) -> Result<Pieces, Refusal> {
    let tray = Tray::default();
    let writer = begin(app, tray.clone(), size, note, compress).await?;
    let (send, pieces) = mpsc::channel(PIECES);
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(refusal) = write(&app, writer, &tray, size, &send).await {
            let _ = send.send(Err(io::Error::other(refusal.detail))).await;
        }
    });
    Ok(pieces)
}

async fn begin(
    app: &App,
    tray: Tray,
    size: u64,
    note: &str,
    compress: bool,
) -> Result<Writer<Tray>, Refusal> {
    let manifest = Manifest::new(app.store.head().await?.origin, size, app.store.now(), app.notary.vkey());
    // The newest note is mostly too young for witnesses; the newest that enough cosigned goes beside it.
    let wanted = app.store.org_settings().await?.unwrap_or_default().cosignatures_required.max(1);
    let mut earlier = app.store.newest_cosigned(wanted).await?;
    if earlier.is_none() && wanted > 1 {
        earlier = app.store.newest_cosigned(1).await?;
    }
    // A note of before the key changed is not one of the key that signs now.
    let key = Verifier::from_vkey(&app.notary.vkey()).map_err(|e| broken(&e.to_string()))?;
    let earlier = match earlier.filter(|(at, note)| *at <= size && key.open(note).is_ok()) {
        Some((at, note)) => Some(cosigned(app, at, &note).await?),
        None => None,
    };
    let note = cosigned(app, size, note).await?;
    let handovers = handovers(app, size).await?;
    Writer::with_handovers(tray, manifest, &note, earlier.as_deref(), &handovers, compress)
        .map_err(|e| broken(&e.to_string()))
}

/// The notes under which a key gave way to another: each was signed right after the entry that says so.
async fn handovers(app: &App, size: u64) -> Result<Vec<String>, Refusal> {
    let filter = AuditFilter { kind: vec![EventKind::KeyRotated], limit: 500, ..AuditFilter::default() };
    let mut notes = Vec::new();
    for entry in app.store.audit(&filter).await?.items.into_iter().rev().filter(|e| e.index < size) {
        notes.extend(app.store.note_at(entry.index + 1).await?);
    }
    Ok(notes)
}

/// A note with what witnesses signed under it.
///
/// # Errors
/// The store's refusal.
pub async fn cosigned(app: &App, size: u64, note: &str) -> Result<String, Refusal> {
    Ok(with_lines(note, app.store.cosignatures(size).await?.iter().map(String::as_str)))
}

async fn write(
    app: &App,
    mut writer: Writer<Tray>,
    tray: &Tray,
    size: u64,
    to: &mpsc::Sender<Result<Bytes, io::Error>>,
) -> Result<(), Refusal> {
    let mut next = 0;
    while next < size {
        let wanted = usize::try_from(size - next).unwrap_or(PAGE).min(PAGE);
        let entries = app.store.entries(next, wanted).await?;
        if entries.is_empty() {
            return Err(broken(&format!("entry {next} is missing")));
        }
        next += entries.len() as u64;
        for e in entries {
            let (index, leaf, payload, nonce) = (e.index, e.leaf, e.payload, e.nonce);
            let entry = BundleEntry { index, leaf, payload, nonce };
            writer.entry_as_stored(&entry, e.leaf_hash).map_err(|e| broken(&e.to_string()))?;
        }
        if to.send(Ok(tray.take())).await.is_err() {
            return Ok(());
        }
    }
    for device in app.store.devices(None).await? {
        let key = serde_json::to_value(people::device(&device)).unwrap_or_default();
        writer.device_key(key).map_err(|e| broken(&e.to_string()))?;
    }
    writer.finish().map_err(|e| broken(&e.to_string()))?;
    let _ = to.send(Ok(tray.take())).await;
    Ok(())
}
