//! A log as C2SP tlog-tiles lays it out, downloaded from a real server, and ways to tamper with a copy of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use navi_tests::server::{ORG, Server};
use serde_json::json;
use tempfile::TempDir;

/// The entry that a judge of single entries looks at. It lies in a full tile.
pub const WATCHED: usize = 100;
/// Entries whose `.tlog-proof` is downloaded besides the last one's: around the ends of tiles, and the watched one.
const PROVED: [u64; 7] = [0, 1, WATCHED as u64, 255, 256, 257, 511];
const WIDTH: u64 = 256;

/// A downloaded log.
pub struct Log {
    dir: TempDir,
    pub vkey: String,
}

impl Log {
    /// Lets a server decide often enough for full tiles, and downloads everything.
    pub async fn of_a_server() -> Result<Self> {
        let server = Server::start().await?;
        let agent = server.api("alice", "agent", Some("coder")).await?;
        let auditor = server.api("olga", "auditor", None).await?;
        let path = |rest: &str| format!("/ledger/{ORG}/{rest}");
        let dir = tempfile::Builder::new().prefix("navi-log-").tempdir()?;
        let mut size = 0;
        for name in ["old-checkpoint", "checkpoint"] {
            let asked = |n: u64| agent.evaluate("command_run", json!({"command": format!("ls {name}-{n}")}));
            try_join_all((0..170).map(asked)).await?;
            let note = auditor.download(&path("checkpoint?fresh=true")).await?;
            let text = std::str::from_utf8(&note)?;
            size = text.lines().nth(1).context("no size")?.parse()?;
            fs::write(dir.path().join(name), note)?;
        }
        ensure!(size > 2 * WIDTH, "too few entries for what is to be judged: {size}");
        let mut level = 0;
        while size >> (8 * level) > 0 {
            for part in parts(size >> (8 * level)) {
                let name = format!("tile/{level}/{part}");
                keep(dir.path(), &name, &auditor.download(&path(&name)).await?)?;
            }
            level += 1;
        }
        for part in parts(size) {
            let name = format!("tile/entries/{part}");
            keep(dir.path(), &name, &auditor.download(&path(&name)).await?)?;
        }
        for index in PROVED.into_iter().chain([size - 1]) {
            let proof = auditor.download(&path(&format!("entries/{index}/proof"))).await?;
            keep(dir.path(), &format!("{index}.tlog-proof"), &proof)?;
        }
        let log = Self { dir, vkey: server.ledger_vkey.clone() };
        log.take_out()?;
        Ok(log)
    }

    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub fn note(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder().join("checkpoint"))?)
    }

    /// A copy that may be tampered with.
    pub fn copy(&self) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("navi-log-").tempdir()?;
        copy(self.folder(), dir.path())?;
        Ok(Self { dir, vkey: self.vkey.clone() })
    }

    /// Puts the watched entry into a file of its own.
    pub fn take_out(&self) -> Result<()> {
        let entries = entries(self.folder())?;
        fs::write(self.folder().join("watched"), entries.get(WATCHED).context("no watched entry")?)?;
        Ok(())
    }
}

/// Names of the tiles of a level with so many hashes.
fn parts(count: u64) -> Vec<String> {
    let name = |n: u64| match n * WIDTH + WIDTH <= count {
        true => format!("{n:03}"),
        false => format!("{n:03}.p/{}", count % WIDTH),
    };
    (0..count.div_ceil(WIDTH)).map(name).collect()
}

fn keep(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap_or(folder))?;
    Ok(fs::write(path, bytes)?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn bundle(folder: &Path) -> PathBuf {
    folder.join("tile/entries/000")
}

/// Entries of the first bundle.
fn entries(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let bytes = fs::read(bundle(folder))?;
    let (mut rest, mut found) = (bytes.as_slice(), Vec::new());
    while let [high, low, more @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (entry, after) = more.split_at_checked(length).unwrap_or((more, &[]));
        found.push(entry.to_vec());
        rest = after;
    }
    Ok(found)
}

fn write_entries(folder: &Path, entries: &[Vec<u8>]) -> Result<()> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend(u16::try_from(entry.len())?.to_be_bytes());
        bytes.extend(entry);
    }
    Ok(fs::write(bundle(folder), bytes)?)
}

pub fn flip_entry(folder: &Path) -> Result<()> {
    let mut entries = entries(folder)?;
    entries[WATCHED][20] ^= 1;
    write_entries(folder, &entries)
}

pub fn swap_entries(folder: &Path) -> Result<()> {
    let mut entries = entries(folder)?;
    entries.swap(WATCHED, WATCHED + 1);
    write_entries(folder, &entries)
}

pub fn truncate_entries(folder: &Path) -> Result<()> {
    let bytes = fs::read(bundle(folder))?;
    Ok(fs::write(bundle(folder), &bytes[..bytes.len() - 5])?)
}

pub fn drop_entry(folder: &Path) -> Result<()> {
    let mut entries = entries(folder)?;
    entries.remove(7);
    write_entries(folder, &entries)
}

fn flip(path: &Path, at: usize) -> Result<()> {
    let mut bytes = fs::read(path)?;
    bytes[at] ^= 1;
    Ok(fs::write(path, bytes)?)
}

pub fn flip_full_tile(folder: &Path) -> Result<()> {
    flip(&folder.join("tile/0/000"), 32 * WATCHED)
}

pub fn flip_partial_tile(folder: &Path) -> Result<()> {
    let partial = fs::read_dir(folder.join("tile/0/002.p"))?.next().context("no partial tile")??;
    flip(&partial.path(), 3)
}

fn edit_note(folder: &Path, line: usize, edit: impl Fn(&str) -> String) -> Result<()> {
    let path = folder.join("checkpoint");
    let text = fs::read_to_string(&path)?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[line] = edit(&lines[line]);
    Ok(fs::write(path, lines.join("\n") + "\n")?)
}

pub fn edit_size(folder: &Path) -> Result<()> {
    edit_note(folder, 1, |size| size.parse::<u64>().map_or_else(|_| String::new(), |n| (n - 1).to_string()))
}

fn edit_proof(folder: &Path, edit: impl Fn(&mut Vec<String>)) -> Result<()> {
    let path = folder.join(format!("{WATCHED}.tlog-proof"));
    let mut lines: Vec<String> = fs::read_to_string(&path)?.lines().map(str::to_owned).collect();
    edit(&mut lines);
    Ok(fs::write(path, lines.join("\n") + "\n")?)
}

pub fn edit_proof_hash(folder: &Path) -> Result<()> {
    edit_proof(folder, |lines| lines[2] = other_letter(&lines[2]))
}

pub fn swap_proof_hashes(folder: &Path) -> Result<()> {
    edit_proof(folder, |lines| lines.swap(3, 4))
}

pub fn drop_proof_hash(folder: &Path) -> Result<()> {
    edit_proof(folder, |lines| drop(lines.remove(2)))
}

pub fn edit_proof_index(folder: &Path) -> Result<()> {
    edit_proof(folder, |lines| lines[1] = format!("index {}", WATCHED + 1))
}

pub fn edit_proof_checkpoint(folder: &Path) -> Result<()> {
    edit_proof(folder, |lines| {
        // Origin, size and root follow the empty line.
        let root = lines.iter().take_while(|line| !line.is_empty()).count() + 3;
        lines[root] = other_letter(&lines[root]);
    })
}

/// Another first letter of the Base64 text: still 32 bytes, other ones.
fn other_letter(text: &str) -> String {
    let first = if text.starts_with('A') { 'B' } else { 'A' };
    format!("{first}{}", &text[1..])
}

pub fn edit_root(folder: &Path) -> Result<()> {
    edit_note(folder, 2, other_letter)
}

pub fn edit_signature(folder: &Path) -> Result<()> {
    edit_note(folder, 4, |line| {
        let (name, signature) = line.rsplit_once(' ').unwrap_or_default();
        let (key, rest) = signature.split_at(20);
        format!("{name} {key}{}", other_letter(rest))
    })
}
