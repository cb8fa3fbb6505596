//! Judges that share no code with us accept the log that a real server serves, and refuse every tampered copy of it.
#![expect(
    clippy::indexing_slicing,
    reason = "a missing JSON field reads as null, and the test says what it misses"
)]

mod log;
mod witness;

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use navi_tests::{binaries, process};

use crate::log::Log;

/// One judge: its name, and its word about a log in a folder.
type Judge = (&'static str, fn(&Log) -> Result<Command>);

const JUDGES: [Judge; 3] = [("x/mod of Go", go), ("pymerkle", pymerkle), ("aics-tlog", aics)];

fn go(log: &Log) -> Result<Command> {
    let mut command = Command::new(binaries::judge("go-judge")?);
    command.arg(log.folder()).arg(&log.vkey).arg(log.folder().join("old-checkpoint"));
    Ok(command)
}

fn pymerkle(log: &Log) -> Result<Command> {
    let note = log.note()?;
    let mut lines = note.lines().skip(1);
    let (size, root) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut command = Command::new(binaries::judge("python3")?);
    command.arg(binaries::workspace().join("tests/judges/merkle.py")).arg(log.folder()).args([size, root]);
    Ok(command)
}

/// Inclusion of one entry, from the tiles, under the signed checkpoint.
fn aics(log: &Log) -> Result<Command> {
    let mut command = Command::new(binaries::judge("aics-tlog")?);
    command.args(["verify-inclusion", "--log-key", &log.vkey, "--index", &log::WATCHED.to_string()]);
    command.arg("--tiles").arg(log.folder()).arg("--leaf").arg(log.folder().join("watched"));
    command.arg("--checkpoint").arg(log.folder().join("checkpoint"));
    Ok(command)
}

async fn says(judge: Judge, log: &Log) -> Result<process::Said> {
    process::run(judge.1(log)?).await
}

/// What is done to a copy, and which judges look at what was done.
type Tampering = (&'static str, fn(&Path) -> Result<()>, &'static [&'static str]);

const TAMPERINGS: [Tampering; 14] = [
    ("one bit of an entry", log::flip_entry, &["x/mod of Go", "pymerkle", "aics-tlog"]),
    ("two entries change places", log::swap_entries, &["x/mod of Go", "pymerkle", "aics-tlog"]),
    ("the last bytes are cut off", log::truncate_entries, &["x/mod of Go", "pymerkle"]),
    ("an entry is left out", log::drop_entry, &["x/mod of Go", "pymerkle"]),
    ("one bit of a full tile", log::flip_full_tile, &["x/mod of Go", "aics-tlog"]),
    ("one bit of a partial tile", log::flip_partial_tile, &["x/mod of Go"]),
    ("the checkpoint's size", log::edit_size, &["x/mod of Go", "pymerkle", "aics-tlog"]),
    ("the checkpoint's root", log::edit_root, &["x/mod of Go", "pymerkle", "aics-tlog"]),
    ("the checkpoint's signature", log::edit_signature, &["x/mod of Go", "aics-tlog"]),
    ("one hash of a proof", log::edit_proof_hash, &["x/mod of Go"]),
    ("two hashes of a proof change places", log::swap_proof_hashes, &["x/mod of Go"]),
    ("a hash of a proof is left out", log::drop_proof_hash, &["x/mod of Go"]),
    ("a proof's index", log::edit_proof_index, &["x/mod of Go"]),
    ("the root in a proof's checkpoint", log::edit_proof_checkpoint, &["x/mod of Go"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn strangers_accept_the_log_and_refuse_every_tampered_copy() -> Result<()> {
    let log = Log::of_a_server().await?;
    for judge in JUDGES {
        let said = says(judge, &log).await?;
        ensure!(said.code == 0, "{} refuses the log: {said:?}", judge.0);
        let proofs = judge.0 != "x/mod of Go" || said.stdout.contains("8 proofs");
        ensure!(proofs, "it looked at other proofs than the 8 there are: {said:?}");
    }
    for (what, tamper, sees) in TAMPERINGS {
        let copy = log.copy()?;
        tamper(copy.folder())?;
        copy.take_out()?;
        for judge in JUDGES.into_iter().filter(|judge| sees.contains(&judge.0)) {
            let said = says(judge, &copy).await?;
            ensure!(said.code != 0, "{} accepts it although {what}: {said:?}", judge.0);
        }
    }
    Ok(())
}

/// Consistency by the second judge, from the tiles.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_sees_that_the_log_only_grew() -> Result<()> {
    let log = Log::of_a_server().await?;
    let command = |log: &Log| -> Result<Command> {
        let mut command = Command::new(binaries::judge("aics-tlog")?);
        command.args(["verify-consistency", "--log-key", &log.vkey]).arg("--tiles").arg(log.folder());
        command.arg("--old-checkpoint").arg(log.folder().join("old-checkpoint"));
        command.arg("--checkpoint").arg(log.folder().join("checkpoint"));
        Ok(command)
    };
    process::run(command(&log)?).await?.expect_code(0)?;
    let copy = log.copy()?;
    log::flip_full_tile(copy.folder())?;
    let said = process::run(command(&copy)?).await?;
    ensure!(said.code != 0, "{said:?}");
    Ok(())
}
