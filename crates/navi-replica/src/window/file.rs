//! A bundle from somebody else, verified here: with the pinned key, and against what this console saw itself.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::time::Instant;

use navi_domain::review::Review;
use navi_ledger::bundle::{self, Broken, Pin, Report};
use navi_ledger::checkpoint::{Checkpoint, Verifier};

use super::outcome::{Fault, Verdict, Verification, sentence};
use super::verify::{Stop, Watched, roots};
use crate::{Replica, ReplicaError};

impl Replica {
    /// Verifies a bundle in a file; `vkey` is the key it must be signed by, if the person knows one, else this console's
    /// pinned key if the bundle names it. Blocks; progress is told in bytes of the file. `None`: it was cancelled.
    ///
    /// # Errors
    /// [`ReplicaError`] when the copy cannot be read; a bad file is no error but the result.
    pub fn verify_file(
        &self,
        path: &Path,
        vkey: Option<&str>,
        watched: Watched<'_>,
    ) -> Result<Option<Verification>, ReplicaError> {
        let started = Instant::now();
        let mut result = match self.verify_bundle(path, vkey, watched) {
            Ok(result) => result,
            Err(Stop::Cancelled) => return Ok(None),
            Err(Stop::Replica(error)) => return Err(error),
            Err(Stop::Fault(fault)) => Verification {
                verdict: Verdict::Broken,
                headline: fault.headline(),
                sentences: vec![sentence(fault.message)],
                place: fault.place,
                origin: String::new(),
                size: 0,
                root: String::new(),
                vkey: String::new(),
                kept: 0,
                at: 0,
                millis: 0,
            },
        };
        result.at = self.server_now();
        result.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(Some(result))
    }

    fn verify_bundle(
        &self,
        path: &Path,
        vkey: Option<&str>,
        watched: Watched<'_>,
    ) -> Result<Verification, Stop> {
        let identity = self.identity()?;
        let named = vkey.map(str::trim).filter(|text| !text.is_empty());
        let own = identity.as_ref().map(|i| i.ledger_vkey.as_str());
        let pinned = match named.or(own) {
            Some(key) => Some(Verifier::from_vkey(key).map_err(|e| Fault::general(format!("the key: {e}")))?),
            None => None,
        };
        let read = match pass(path, pinned.as_ref(), watched) {
            // Of another ledger than this console's: it can only be held against itself.
            Err(Stop::Fault(_)) if named.is_none() && is_foreign(path, pinned.as_ref()) => {
                pass(path, None, watched)
            }
            read => read,
        };
        let (report, review) = read?;
        let found = review.finish(report.partial)?;
        let root = hex::encode(report.root);
        let mut told = vec![
            format!("The checkpoint over {} entries is signed by {}", report.size, report.vkey),
            format!("every entry hashes into the signed root {root}"),
        ];
        if report.partial {
            told.push(format!(
                "{} entries are left out and only hashes here; nothing is said of what stands in them",
                report.left_out
            ));
        }
        told.extend(found.sentences());
        if let Some(sentence) = self.held_against_copy(&report, watched)? {
            told.push(sentence);
        }
        let kept = report.size - report.left_out;
        let (verdict, headline) = match (report.pinned, report.partial) {
            (false, _) => (
                Verdict::Unknown,
                format!("Consistent, signed by a key that is not pinned here: {} entries", report.size),
            ),
            (true, true) => {
                (Verdict::Partial, format!("A part: {kept} of {} entries, each in its place", report.size))
            }
            (true, false) => (Verdict::Whole, format!("Whole: all {} entries hold", report.size)),
        };
        Ok(Verification {
            verdict,
            headline,
            sentences: told.into_iter().map(sentence).collect(),
            place: None,
            origin: report.origin,
            size: report.size,
            root,
            vkey: report.vkey,
            kept,
            at: 0,
            millis: 0,
        })
    }

    /// Holds a bundle of this console's ledger against the leaf hashes that lie here.
    fn held_against_copy(&self, report: &Report, watched: Watched<'_>) -> Result<Option<String>, Stop> {
        let of_ours =
            self.identity()?.is_some_and(|i| i.origin == report.origin && i.ledger_vkey == report.vkey);
        let seen = self.hashed_note()?.and_then(|note| Checkpoint::from_trusted_note(&note).ok());
        let Some(seen) = seen.filter(|_| of_ours) else { return Ok(None) };
        if report.size > seen.size {
            return Ok(Some(format!(
                "it holds {} entries more than this console saw, which was told nothing of those",
                report.size - seen.size
            )));
        }
        let quiet = Watched { progress: &|_, _| {}, ..watched };
        if roots(&self.reader()?, report.size, None, quiet, 0)?.root != report.root {
            let message = "it is signed, and is not the ledger that this console saw (a fork)";
            return Err(Fault::within(0, report.size, message).into());
        }
        Ok(Some("it agrees with what this console saw of the ledger itself".to_owned()))
    }
}

/// Whether the file names another key than the pinned one, as far as its head can be read.
fn is_foreign(path: &Path, pinned: Option<&Verifier>) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(
        bundle::verify(BufReader::new(file), pinned, &mut |_| Err(String::new())),
        Err(Broken::OtherKey { .. })
    )
}

fn pass(path: &Path, key: Option<&Verifier>, watched: Watched<'_>) -> Result<(Report, Review), Stop> {
    let unreadable = |e: io::Error| Fault::general(format!("the file cannot be read: {e}"));
    let file = File::open(path).map_err(unreadable)?;
    let total = file.metadata().map_err(unreadable)?.len();
    let counted = Counted { file, done: 0, told: 0, total, watched };
    let mut review = Review::default();
    let pin = Pin { key, checkpoint: None };
    let read = bundle::verify_against(counted, pin, &mut |entry| {
        review.visit(entry.index, &entry.leaf, entry.payload.as_deref())
    });
    if watched.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    Ok((read?, review))
}

/// Tells how much of a file was read, and stops reading when cancelled.
struct Counted<'a> {
    file: File,
    done: u64,
    told: u64,
    total: u64,
    watched: Watched<'a>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watched.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        let read = self.file.read(buffer)?;
        self.done += read as u64;
        if self.done - self.told >= (self.total / 200).max(1 << 18) || read == 0 {
            self.told = self.done;
            (self.watched.progress)(self.done.min(self.total), self.total);
        }
        Ok(read)
    }
}
