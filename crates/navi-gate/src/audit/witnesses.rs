//! Which witnesses stand behind a bundle, and whether they are enough.

use chrono::{DateTime, Utc};
use navi_ledger::bundle::Report;
use navi_ledger::cosignature::Witness;
use serde_json::{Value, json};

/// A witness that cosigned the first `size` entries.
pub struct Covered {
    name: String,
    size: u64,
    at_secs: u64,
}

impl Covered {
    /// For people.
    pub fn words(&self) -> String {
        let at = i64::try_from(self.at_secs).ok().and_then(|secs| DateTime::<Utc>::from_timestamp(secs, 0));
        let at = at.map_or_else(String::new, |at| format!(" on {}", at.format("%Y-%m-%d at %H:%M UTC")));
        format!("witness {} stands behind the first {} entries, cosigned{at}", self.name, self.size)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({"name": self.name, "entries": self.size, "at_secs": self.at_secs})
    }
}

/// The witnesses named on the command line, each once.
pub fn named(vkeys: &[String]) -> Result<Vec<Witness>, String> {
    let mut witnesses = Vec::new();
    for vkey in vkeys {
        let witness = Witness::from_vkey(vkey).map_err(|e| format!("{vkey}: {e}"))?;
        if !witnesses.iter().any(|known: &Witness| known.key_bytes() == witness.key_bytes()) {
            witnesses.push(witness);
        }
    }
    Ok(witnesses)
}

/// Those that cosigned, if they are as many as wanted (all, when nobody says how many).
pub fn covered(named: &[Witness], quorum: Option<usize>, report: &Report) -> Result<Vec<Covered>, String> {
    let mut found = Vec::new();
    for witness in named {
        let line = report.notes.covered_by(witness, report.size);
        if let Some((size, at_secs)) = line.map_err(|e| e.to_string())? {
            found.push(Covered { name: witness.name().to_owned(), size, at_secs });
        }
    }
    let wanted = quorum.unwrap_or(named.len());
    if found.len() < wanted {
        let (found, named) = (found.len(), named.len());
        return Err(format!("{found} of {named} named witnesses cosigned, {wanted} are wanted"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use navi_ledger::bundle::{self, Entry, Manifest, Writer};
    use navi_ledger::checkpoint::{Checkpoint, Signer, with_lines};
    use navi_ledger::cosignature::Cosigner;
    use navi_ledger::tree;

    use super::*;

    fn witness(seed: u8) -> Cosigner {
        Cosigner::from_seed(&format!("witness-{seed}"), [seed; 32]).unwrap()
    }

    /// A bundle of three entries, of which witness 1 cosigned two and witness 2 all.
    fn report() -> Report {
        let log = Signer::from_seed("navi.example/acme", [9; 32]).unwrap();
        let leaves: Vec<Vec<u8>> = (0..3).map(|n| format!("{{\"id\":\"{n}\"}}").into_bytes()).collect();
        let hashes: Vec<_> = leaves.iter().map(|leaf| tree::leaf_hash(leaf)).collect();
        let note = |size: u64, by: &Cosigner| {
            let root = tree::root_of(&hashes[..usize::try_from(size).unwrap()]);
            let note = log.sign(&Checkpoint { origin: "navi.example/acme".into(), size, root });
            let line = by.cosign(&note, 1_700_000_000).unwrap();
            with_lines(&note, [line.as_str()])
        };
        let manifest = Manifest::new("navi.example/acme", 3, 0, log.vkey());
        let (earlier, newest) = (note(2, &witness(1)), note(3, &witness(2)));
        let mut writer = Writer::with_cosigned(Vec::new(), manifest, &newest, Some(&earlier), false).unwrap();
        for (index, leaf) in (0..).zip(leaves) {
            writer.entry(&Entry { index, leaf, payload: None, nonce: None }).unwrap();
        }
        bundle::verify(writer.finish().unwrap().as_slice(), None, &mut |_| Ok(())).unwrap()
    }

    #[test]
    fn a_quorum_counts_distinct_witnesses_that_cosigned() {
        let report = report();
        let vkeys: Vec<String> = [1, 2, 3, 1].map(|seed| witness(seed).witness().vkey()).into();
        let named = named(&vkeys).unwrap();
        assert_eq!(named.len(), 3);
        let found = covered(&named, Some(2), &report).unwrap();
        assert_eq!(found.iter().map(|c| c.size).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(
            found[0].words(),
            "witness witness-1 stands behind the first 2 entries, cosigned on 2023-11-14 at 22:13 UTC"
        );
        assert_eq!(
            covered(&named, Some(3), &report).err().unwrap(),
            "2 of 3 named witnesses cosigned, 3 are wanted"
        );
        assert!(covered(&named, None, &report).is_err(), "all of them, when nobody says how many");
        assert!(covered(&named[..2], None, &report).is_ok());
        assert!(covered(&[], None, &report).is_ok());
        assert!(super::named(&["nobody".to_owned()]).is_err());
    }
}
