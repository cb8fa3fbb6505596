//! Offline verification of a bundle: tree, signature, commitments, and every vote against its device's key.

use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;

use navi_domain::envelope::told::Stories;
use navi_domain::review::{self, Findings, Review};
use navi_ledger::bundle::{self, Broken, Pin, Report};
use navi_ledger::checkpoint::{Checkpoint, Verifier};
use serde_json::json;

use super::envelopes::Told;
use super::handover::Changes;
use super::witnesses::{self, Covered};
use crate::cli::VerifyArgs;
use crate::exit::Code;
use crate::text::visible;

/// Whole, and signed by the pinned key.
const WHOLE: Code = Code(0);
/// Broken.
const BROKEN: Code = Code(1);
/// Whole, but nobody said which key to trust.
const NOT_PINNED: Code = Code(2);

/// What reading the entries found.
struct Gathered {
    found: Findings,
    covered: Vec<Covered>,
    envelopes: Told,
    /// How the pinned key gave way to the one that signed, if it did.
    handed_over: Vec<String>,
}

/// Why the file is not what it claims.
struct Fault {
    message: String,
    index: Option<u64>,
    range: Option<(u64, u64)>,
}

impl Fault {
    fn general(message: String) -> Self {
        Self { message, index: None, range: None }
    }
}

impl From<review::Fault> for Fault {
    fn from(fault: review::Fault) -> Self {
        Self { message: fault.message, index: Some(fault.index), range: None }
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        Self { index: broken.index(), range: broken.range(), message: broken.to_string() }
    }
}

/// Verifies and tells in words.
pub fn verify(args: &VerifyArgs) -> ExitCode {
    match checked(args) {
        Ok((report, gathered)) => tell(args, &report, &gathered).into(),
        Err(fault) => {
            let place = match (fault.index, fault.range) {
                (Some(index), _) => format!(" at entry {index}"),
                (None, Some((first, end))) => format!(" in entries {first} to {}", end.saturating_sub(1)),
                (None, None) => String::new(),
            };
            if args.json {
                let range =
                    fault.range.map(|(first, end)| json!({"first": first, "last": end.saturating_sub(1)}));
                println!(
                    "{}",
                    json!({"verdict": "broken", "message": fault.message, "entry": fault.index, "range": range})
                );
            } else {
                println!("BROKEN{place}: {}", fault.message);
            }
            BROKEN.into()
        }
    }
}

/// Verifies a bundle that is to be read further. What is wrong comes in words.
pub fn whole(file: &std::path::Path, vkey: Option<&str>) -> Result<Report, String> {
    let args = VerifyArgs {
        file: file.to_owned(),
        vkey: vkey.map(str::to_owned),
        checkpoint: None,
        witnesses: Vec::new(),
        quorum: None,
        explain: false,
        json: false,
    };
    checked(&args).map(|(report, _)| report).map_err(|fault| match fault.index {
        Some(index) => format!("the bundle is broken at entry {index}: {}", fault.message),
        None => format!("the bundle is broken: {}", fault.message),
    })
}

fn checked(args: &VerifyArgs) -> Result<(Report, Gathered), Fault> {
    let bad = |what: &str, e: &dyn std::fmt::Display| Fault::general(format!("{what}: {e}"));
    let key = args.vkey.as_deref().map(Verifier::from_vkey).transpose().map_err(|e| bad("--vkey", &e))?;
    let checkpoint = match &args.checkpoint {
        Some(path) => {
            let note = std::fs::read_to_string(path).map_err(|e| bad("--checkpoint", &e))?;
            let opened = match &key {
                Some(key) => key.open(&note),
                None => Checkpoint::from_trusted_note(&note),
            };
            Some(opened.map_err(|e| bad("--checkpoint", &e))?)
        }
        None => None,
    };
    let named = witnesses::named(&args.witnesses).map_err(|e| bad("--witness", &e))?;
    let file = File::open(&args.file).map_err(|e| bad(&args.file.display().to_string(), &e))?;
    let read = |file: File, key: Option<&Verifier>| {
        let pin = Pin { key, checkpoint: checkpoint.as_ref() };
        let (mut review, mut changes) = (Review::default(), Changes::default());
        let mut stories = Stories::default();
        let report = bundle::verify_against(BufReader::new(file), pin, &mut |entry| {
            changes.visit(entry);
            stories.visit(&entry.leaf, entry.payload.as_deref())?;
            review.visit(entry.index, &entry.leaf, entry.payload.as_deref())
        });
        report.map(|report| (report, review, changes, stories))
    };
    let (report, review, handed_over, stories) = match (read(file, key.as_ref()), &key) {
        // Another key signed the newest checkpoint: the pinned one may have given way to it.
        (Err(other @ Broken::OtherKey { .. }), Some(key)) => {
            let file = File::open(&args.file).map_err(|e| bad(&args.file.display().to_string(), &e))?;
            let (mut report, review, changes, stories) = read(file, None)?;
            let Some(followed) = changes.followed(key, &report) else { return Err(other.into()) };
            report.pinned = true;
            report.pinned_size = report.size;
            (report, review, followed, stories)
        }
        (read, _) => read.map(|(report, review, _, stories)| (report, review, Vec::new(), stories))?,
    };
    let found = review.finish(report.partial)?;
    let covered = witnesses::covered(&named, args.quorum, &report).map_err(Fault::general)?;
    Ok((report, Gathered { found, covered, handed_over, envelopes: Told::of(stories) }))
}

/// Every bypass, told from the entries that were just verified.
fn explain(found: &Findings) {
    match found.bypasses.len() {
        0 => println!("No bypass stands in this record."),
        1 => println!("1 bypass stands in this record:"),
        n => println!("{n} bypasses stand in this record:"),
    }
    let clock = navi_domain::reading::format::instant;
    for story in &found.bypasses {
        for (nth, sentence) in story.sentences(&clock).iter().enumerate() {
            println!("{}{}", if nth == 0 { "" } else { "  - " }, visible(sentence));
        }
    }
    if found.bypasses_refused > 0 {
        println!("{} signed statements about bypasses had no effect.", found.bypasses_refused);
    }
}

fn tell(args: &VerifyArgs, report: &Report, gathered: &Gathered) -> Code {
    let code = if report.pinned { WHOLE } else { NOT_PINNED };
    let (root, found) = (hex::encode(report.root), &gathered.found);
    if args.json {
        let verdict = match (report.partial, report.pinned) {
            (false, true) => "whole",
            (false, false) => "whole, key not pinned",
            (true, true) => "partial",
            (true, false) => "partial, key not pinned",
        };
        let mut object = json!({"verdict": verdict, "origin": report.origin, "entries": report.size, "root": root, "vkey": report.vkey,
                "pinned": report.pinned, "partial": report.partial, "left_out": report.left_out, "payloads": report.payloads, "erased": found.absent.len(), "votes": found.votes, "kinds": found.kinds,
                "handed_over": gathered.handed_over,
                "witnesses": gathered.covered.iter().map(Covered::json).collect::<Vec<_>>()});
        if let (true, Some(fields)) = (args.explain, object.as_object_mut()) {
            fields.insert("bypasses".to_owned(), json!(found.bypasses));
            fields.insert("envelopes".to_owned(), gathered.envelopes.json());
        }
        println!("{object}");
        return code;
    }
    if report.pinned && report.partial {
        let kept = report.size - report.left_out;
        println!("PARTIAL: {kept} of {} entries of {}, each in its place", report.size, report.origin);
    } else if report.pinned {
        println!("WHOLE: {} entries of {}", report.size, report.origin);
    } else {
        println!(
            "consistent, signed by {}, key not pinned: {} entries of {}",
            report.vkey, report.size, report.origin
        );
    }
    println!("  - every entry hashes into the signed root {root}");
    println!("  - the checkpoint's signature verifies with {}", report.vkey);
    for sentence in &gathered.handed_over {
        println!("  - {sentence}");
    }
    if report.partial {
        println!(
            "  - {} entries are left out and only hashes here; nothing is said of what stands in them",
            report.left_out
        );
    }
    for sentence in found.sentences() {
        println!("  - {sentence}");
    }
    for covered in &gathered.covered {
        println!("  - {}", covered.words());
    }
    if args.explain {
        explain(found);
        gathered.envelopes.explain();
    }
    if !report.pinned {
        println!(
            "  To know that this is the right ledger, pass --vkey with the key that `navi-server init` printed."
        );
    }
    code
}
