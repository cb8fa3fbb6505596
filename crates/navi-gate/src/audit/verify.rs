//! Offline verification of a bundle: tree, signature, commitments, and every vote against its device's key.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::{canonical, erasure, evidence};
use navi_ledger::bundle::{self, Broken, Pin, Report, VerifiedEntry};
use navi_ledger::checkpoint::{Checkpoint, Verifier};
use serde_json::{Value, json};

use super::witnesses::{self, Covered};
use crate::cli::VerifyArgs;
use crate::exit::Code;

/// Whole, and signed by the pinned key.
const WHOLE: Code = Code(0);
/// Broken.
const BROKEN: Code = Code(1);
/// Whole, but nobody said which key to trust.
const NOT_PINNED: Code = Code(2);

/// A vote that the record says was cast.
struct RecordedVote {
    index: u64,
    device_id: String,
    vote: Vec<u8>,
    signature: Vec<u8>,
}

/// What reading the entries gathered.
#[derive(Default)]
struct Gathered {
    votes: Vec<RecordedVote>,
    keys: BTreeMap<String, Vec<String>>,
    absent: Vec<u64>,
    /// Which entries say that payloads were erased: (entry, first, last).
    erased: Vec<(u64, u64, u64)>,
    kinds: BTreeMap<String, u64>,
    covered: Vec<Covered>,
}

/// Why the file is not what it claims.
struct Fault {
    message: String,
    index: Option<u64>,
    range: Option<(u64, u64)>,
}

impl Fault {
    fn at(index: u64, message: String) -> Self {
        Self { message, index: Some(index), range: None }
    }

    fn general(message: String) -> Self {
        Self { message, index: None, range: None }
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
    let pin = Pin { key: key.as_ref(), checkpoint: checkpoint.as_ref() };
    let mut gathered = Gathered::default();
    let report = bundle::verify_against(BufReader::new(file), pin, &mut |entry| gathered.visit(entry))?;
    gathered.check_votes(&report)?;
    gathered.covered = witnesses::covered(&named, args.quorum, &report).map_err(Fault::general)?;
    if let Some(first) = gathered.absent.iter().find(|index| gathered.erased_by(**index).is_none()) {
        let message = "the payload is absent, and no later entry says that it was erased".to_owned();
        return Err(Fault::at(*first, message));
    }
    Ok((report, gathered))
}

impl Gathered {
    fn visit(&mut self, entry: &VerifiedEntry) -> Result<(), String> {
        let leaf: Value =
            serde_json::from_slice(&entry.leaf).map_err(|e| format!("the leaf is not JSON: {e}"))?;
        let kind = leaf.get("kind").and_then(Value::as_str).unwrap_or_default();
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        if matches!(kind, "payloads_erased" | "payloads_pruned") {
            let named = leaf.pointer("/links/erases").and_then(Value::as_str);
            let ranges = named.and_then(erasure::parse_ranges).ok_or("it erases, and does not say what")?;
            self.erased.extend(ranges.into_iter().map(|(first, last)| (entry.index, first, last)));
        }
        let Some(payload) = &entry.payload else {
            self.absent.push(entry.index);
            return Ok(());
        };
        let payload: Value =
            serde_json::from_slice(payload).map_err(|e| format!("the payload is not JSON: {e}"))?;
        match kind {
            "device_enrolled" => self.enrolled(&payload),
            "vote_cast" | "vote_refused" => self.votes.push(recorded(entry.index, &leaf, &payload)?),
            _ => {}
        }
        Ok(())
    }

    /// The keys as the ledger itself recorded them: the file's device lines are not committed to.
    fn enrolled(&mut self, payload: &Value) {
        let text = |path: &str| payload.pointer(path).and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = text("/device/id") {
            let keys =
                [text("/device/vote_key"), text("/device/step_up_key")].into_iter().flatten().collect();
            self.keys.insert(id, keys);
        }
    }

    /// The later entry that says that this one's payload was erased.
    fn erased_by(&self, index: u64) -> Option<u64> {
        let names = |(by, first, last): &&(u64, u64, u64)| *by > index && (*first..=*last).contains(&index);
        self.erased.iter().find(names).map(|(by, _, _)| *by)
    }

    /// How many payloads which entry erased.
    fn erasures(&self) -> BTreeMap<u64, usize> {
        let mut counts = BTreeMap::new();
        for by in self.absent.iter().filter_map(|index| self.erased_by(*index)) {
            *counts.entry(by).or_default() += 1;
        }
        counts
    }

    fn check_votes(&self, _: &Report) -> Result<(), Fault> {
        for vote in &self.votes {
            let keys = self.keys.get(&vote.device_id).ok_or_else(|| {
                Fault::at(
                    vote.index,
                    format!("a vote by device {}, which was never enrolled", vote.device_id),
                )
            })?;
            if !keys.iter().any(|key| evidence::verifies(key, &vote.vote, &vote.signature)) {
                return Err(Fault::at(vote.index, "the vote's signature does not verify".into()));
            }
        }
        Ok(())
    }
}

/// The vote of an entry, held against the entry's own links.
fn recorded(index: u64, leaf: &Value, payload: &Value) -> Result<RecordedVote, String> {
    let bytes = |name: &str| {
        let text =
            payload.get(name).and_then(Value::as_str).ok_or_else(|| format!("the vote has no {name}"))?;
        STANDARD.decode(text).map_err(|_| format!("the vote's {name} is not base64"))
    };
    let (vote, signature) = (bytes("vote")?, bytes("signature")?);
    let statement = canonical::parse_vote(&vote).ok_or("the vote is not a vote statement")?;
    let cast = leaf.get("kind").and_then(Value::as_str) == Some("vote_cast");
    let approval = leaf.pointer("/links/approval_id").and_then(Value::as_str);
    if cast && approval != Some(&statement.approval_id) {
        return Err("the vote is for another approval than the entry says".into());
    }
    let digest = leaf.pointer("/links/digest").and_then(Value::as_str);
    if cast && digest != Some(&statement.digest) {
        return Err("the vote is for another action than the entry says".into());
    }
    let device_id = payload.get("device_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(RecordedVote { index, device_id, vote, signature })
}

fn tell(args: &VerifyArgs, report: &Report, gathered: &Gathered) -> Code {
    let code = if report.pinned { WHOLE } else { NOT_PINNED };
    let root = hex::encode(report.root);
    if args.json {
        let verdict = if report.pinned { "whole" } else { "whole, key not pinned" };
        println!(
            "{}",
            json!({"verdict": verdict, "origin": report.origin, "entries": report.size, "root": root, "vkey": report.vkey,
                "pinned": report.pinned, "payloads": report.payloads, "erased": gathered.absent.len(), "votes": gathered.votes.len(), "kinds": gathered.kinds,
                "witnesses": gathered.covered.iter().map(Covered::json).collect::<Vec<_>>()})
        );
        return code;
    }
    if report.pinned {
        println!("WHOLE: {} entries of {}", report.size, report.origin);
    } else {
        println!(
            "consistent, signed by {}, key not pinned: {} entries of {}",
            report.vkey, report.size, report.origin
        );
    }
    println!("  - every entry hashes into the signed root {root}");
    println!("  - the checkpoint's signature verifies with {}", report.vkey);
    match gathered.absent.len() {
        0 => println!("  - {} payloads are the ones that were committed to; none is absent", report.payloads),
        absent => println!(
            "  - {} payloads are the ones that were committed to; {absent} were erased, as later entries say",
            report.payloads
        ),
    }
    for (by, count) in gathered.erasures() {
        println!("  - entry {by} erased the payloads of {count} earlier entries; their leaves are unchanged");
    }
    println!(
        "  - {} votes carry a signature of an enrolled device, for the action they name",
        gathered.votes.len()
    );
    for covered in &gathered.covered {
        println!("  - {}", covered.words());
    }
    if !report.pinned {
        println!(
            "  To know that this is the right ledger, pass --vkey with the key that `navi-server init` printed."
        );
    }
    code
}
