//! The gate's records: a file of lines, only ever added to, each line on the disk before anything rests on it.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use navi_client::sign::DeviceKey;
use navi_domain::UtcMicros;
use navi_domain::envelope::sha256;
use navi_domain::envelope::spool::{Happened, Head, RunEnd, SpoolRecord, Spooled};
use serde_json::Value;

use super::GlassError;
use super::folder::{Folder, Identity, private};

const NAME: &str = "spool.jsonl";
/// Longest line: one action with everything that it says.
pub const LONGEST: usize = 64 * 1024;
/// Most records that wait for the server: what nobody reads in time is not written.
const MOST_WAITING: u64 = 2_000;
/// A run whose end a harness reports is given up after this time.
const LOOSE_LIFE: std::time::Duration = std::time::Duration::from_secs(3600);

/// All records, checked.
pub struct Spool {
    gate: (String, String),
    key: DeviceKey,
    records: Vec<Spooled>,
    head: Head,
    /// Bytes of whole records.
    bytes: u64,
}

/// Number and SHA-256 (hex) of the last whole record, without looking at the others.
///
/// # Errors
/// [`GlassError`]
pub fn last(folder: &Folder) -> Result<Option<(u64, String)>, GlassError> {
    let path = folder.at(NAME);
    let damaged = || GlassError::Damaged(path.display().to_string());
    let Ok(mut file) = File::open(&path) else { return Ok(None) };
    let length = file.seek(SeekFrom::End(0)).map_err(|_| damaged())?;
    // The last whole line is no longer than this, before one that may have been cut off.
    let from = length.saturating_sub(2 * LONGEST as u64 + 2);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(from)).and_then(|_| file.read_to_end(&mut tail)).map_err(|_| damaged())?;
    let Some(end) = tail.iter().rposition(|b| *b == b'\n') else { return Ok(None) };
    let line = tail.get(..end).and_then(|whole| whole.rsplit(|b| *b == b'\n').next()).ok_or_else(damaged)?;
    let spooled: Spooled = serde_json::from_slice(line).map_err(|_| damaged())?;
    let bytes = spooled.record.bytes().map_err(|_| damaged())?;
    Ok(Some((spooled.record.seq, sha256(&bytes))))
}

impl Spool {
    /// Reads and checks everything. A last line that was cut off was never rested on, and is left out.
    ///
    /// # Errors
    /// [`GlassError::Damaged`] when a whole line is not what this gate wrote.
    pub fn read(folder: &Folder, identity: &Identity) -> Result<Self, GlassError> {
        let key = identity.key()?;
        let gate = (identity.gate_id.clone(), hex::encode(key.public_key()));
        let path = folder.at(NAME);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(source) => {
                return Err(GlassError::File { what: path.display().to_string(), done: "read", source });
            }
        };
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let (mut records, mut head) = (Vec::new(), Head::default());
        let lines = text.get(..whole).unwrap_or_default().split(|b| *b == b'\n').filter(|l| !l.is_empty());
        for (at, line) in lines.enumerate() {
            let damaged =
                |why: &str| GlassError::Damaged(format!("{}, line {} ({why})", path.display(), at + 1));
            let spooled: Spooled = serde_json::from_slice(line).map_err(|_| damaged("no record"))?;
            let signature = hex::decode(&spooled.signature).map_err(|_| damaged("no signature"))?;
            head = head
                .follow(&spooled.record, &signature, (&gate.0, &gate.1))
                .map_err(|fault| damaged(&fault.to_string()))?;
            records.push(spooled);
        }
        Ok(Self { gate, key, records, head, bytes: whole as u64 })
    }

    /// All of them, in order.
    #[must_use]
    pub fn records(&self) -> &[Spooled] {
        &self.records
    }

    /// How far they go.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Adds one, and returns its number when it is on the disk: file and folder. If it cannot be, it is not there.
    ///
    /// # Errors
    /// [`GlassError::File`]: a full disk, for one. Nothing may rest on the record then.
    pub fn add(
        &mut self,
        folder: &Folder,
        envelope_id: &str,
        at: UtcMicros,
        happened: Happened,
        material: Option<Value>,
    ) -> Result<u64, GlassError> {
        let record = SpoolRecord {
            gate_id: self.gate.0.clone(),
            seq: self.head.size,
            prev: self.head.hash.clone(),
            envelope_id: envelope_id.to_owned(),
            // The chain never goes back, whatever the clock does; that it did is said in words.
            at: at.max(self.head.at),
            happened,
        };
        let bytes = record.bytes().map_err(|e| GlassError::Other(e.to_string()))?;
        let signature = self.key.sign(&bytes);
        let head = self
            .head
            .follow(&record, &signature, (&self.gate.0, &self.gate.1))
            .map_err(|fault| GlassError::Other(fault.to_string()))?;
        let (seq, spooled) = (record.seq, Spooled { record, signature: hex::encode(signature), material });
        let mut line = serde_json::to_vec(&spooled).map_err(|e| GlassError::Other(e.to_string()))?;
        line.push(b'\n');
        if line.len() > LONGEST {
            return Err(GlassError::Other(format!(
                "a record of {} bytes is too long to be kept",
                line.len()
            )));
        }
        self.append(folder, &line)?;
        (self.head, self.bytes) = (head, self.bytes + line.len() as u64);
        self.records.push(spooled);
        Ok(seq)
    }

    fn append(&self, folder: &Folder, line: &[u8]) -> Result<(), GlassError> {
        let path = folder.at(NAME);
        let failed =
            |source| GlassError::File { what: path.display().to_string(), done: "written durably", source };
        let mut file = private().write(true).open(&path).map_err(failed)?;
        let written = file
            .set_len(self.bytes)
            .and_then(|()| file.seek(SeekFrom::Start(self.bytes)))
            .and_then(|_| file.write_all(line))
            .and_then(|()| file.sync_all());
        if let Err(source) = written {
            // What is half there would be taken for cut off at the next look; it goes now if it can.
            let _ = file.set_len(self.bytes);
            return Err(failed(source));
        }
        folder.sync()
    }

    /// Whether more may be recorded before the server has had what there is.
    #[must_use]
    pub fn has_room(&self, known: u64) -> bool {
        self.head.size.saturating_sub(known) < MOST_WAITING
    }

    /// Says of each run whose gate has gone that nobody knows how it ended.
    ///
    /// # Errors
    /// [`GlassError::File`]
    pub fn give_up_lost(&mut self, folder: &Folder, now: UtcMicros) -> Result<(), GlassError> {
        for ran in self.head.running.clone() {
            if still_runs(folder, ran) {
                continue;
            }
            let of = self.records.iter().find(|s| s.record.seq == ran).map(|s| s.record.envelope_id.clone());
            let lost = Happened::Finished { ran, status: RunEnd::Unknown, exit_code: None };
            self.add(folder, &of.unwrap_or_default(), now, lost, None)?;
            let _ = std::fs::remove_file(run_file(folder, ran));
        }
        Ok(())
    }
}

fn run_file(folder: &Folder, ran: u64) -> std::path::PathBuf {
    folder.at("runs").join(ran.to_string())
}

/// Whether the gate that started a run still holds it, or a harness may still report its end.
fn still_runs(folder: &Folder, ran: u64) -> bool {
    let Ok(file) = File::open(run_file(folder, ran)) else { return false };
    let Ok(meta) = file.metadata() else { return false };
    // Something stands in it: a harness runs it.
    if meta.len() > 0 {
        return meta.modified().ok().and_then(|at| at.elapsed().ok()).is_none_or(|age| age < LOOSE_LIFE);
    }
    matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock))
}

/// Runs that this process holds: they are let go when it ends, however it ends.
static HELD: std::sync::Mutex<Vec<File>> = std::sync::Mutex::new(Vec::new());

/// Holds a run as long as this process lives.
///
/// # Errors
/// [`GlassError::File`]
pub fn hold_run(folder: &Folder, ran: u64) -> Result<(), GlassError> {
    let runs = folder.at("runs");
    let failed = |source| GlassError::File { what: runs.display().to_string(), done: "written", source };
    std::fs::create_dir_all(&runs).map_err(failed)?;
    let file = private().write(true).truncate(true).open(run_file(folder, ran)).map_err(failed)?;
    file.try_lock().map_err(|_| GlassError::InUse)?;
    HELD.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(file);
    Ok(())
}

/// Leaves a run to a harness that reports its end through another process.
///
/// # Errors
/// [`GlassError::File`]
pub fn leave_run(folder: &Folder, ran: u64) -> Result<(), GlassError> {
    let path = run_file(folder, ran);
    let written = std::fs::write(&path, b"a harness runs it\n");
    written.map_err(|source| GlassError::File { what: path.display().to_string(), done: "written", source })
}

/// Forgets a run that is over.
pub fn drop_run(folder: &Folder, ran: u64) {
    let _ = std::fs::remove_file(run_file(folder, ran));
}
