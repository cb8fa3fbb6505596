//! What a gate writes down about its runs, so that a gate that dies leaves no run without an end: begun before it asks,
//! ended before it reports, gone when the server knows. A later gate of the same machine finds what was left.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use navi_client::ClientError;
use navi_client::api::Client;
use navi_protocol::executions::FinishRequest;
use navi_protocol::problem::Code;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::report::with_capture;

/// Where runs are written down. One file each, so that parallel runs cannot mix.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    crate::config::base("XDG_STATE_HOME", ".local/state").map(|b| b.join("navi").join("runs"))
}

/// A line of a run's file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// It is about to ask this server.
    Asks { url: String, run_nonce: String },
    /// It may run, as this execution; what was captured before, by its id.
    Runs { execution_id: String, capture: Option<String> },
    /// It ended like this.
    Ended(Box<FinishRequest>),
}

/// One run's file. It is locked while its gate lives.
#[derive(Debug)]
pub struct Run {
    path: PathBuf,
    file: File,
}

impl Run {
    /// Begins to write a run down. Durable once [`Run::durable`] says so.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn begin(folder: &Path, run_nonce: &str, url: &str) -> std::io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(run_nonce);
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path)?;
        file.lock()?;
        let mut run = Self { path, file };
        run.write(&Line::Asks { url: url.to_owned(), run_nonce: run_nonce.to_owned() })?;
        Ok(run)
    }

    /// The file, for another thread to make durable.
    ///
    /// # Errors
    /// When the process has too many files open.
    pub fn durable(&self) -> std::io::Result<File> {
        self.file.try_clone()
    }

    /// It may run.
    pub fn runs(&mut self, execution_id: &str, capture: Option<&str>) {
        let capture = capture.map(str::to_owned);
        self.told(&Line::Runs { execution_id: execution_id.to_owned(), capture });
    }

    /// It ended. Durable before it is reported.
    pub fn ended(&mut self, report: &FinishRequest) {
        self.told(&Line::Ended(Box::new(report.clone())));
        let _ = self.file.sync_data();
    }

    /// The server knows all of it, or there is nothing to know.
    pub fn done(self) {
        let _ = std::fs::remove_file(&self.path);
    }

    fn told(&mut self, line: &Line) {
        if let Err(error) = self.write(line) {
            eprintln!("navi-gate: the run could not be written down ({error})");
        }
    }

    fn write(&mut self, line: &Line) -> std::io::Result<()> {
        let mut text = serde_json::to_vec(line).map_err(std::io::Error::other)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }
}

/// A run whose gate is gone.
#[derive(Debug)]
struct Left {
    run: Run,
    url: Option<String>,
    run_nonce: Option<String>,
    execution_id: Option<String>,
    capture: Option<String>,
    report: Option<FinishRequest>,
}

/// The runs whose gates are gone: their files are not locked.
fn left(folder: &Path) -> Vec<Left> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    files.flatten().filter_map(|entry| open(&entry.path())).collect()
}

fn open(path: &Path) -> Option<Left> {
    let mut file = OpenOptions::new().read(true).append(true).open(path).ok()?;
    file.try_lock().ok()?;
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    // Its gate may have ended it between our open and our lock.
    if !path.exists() {
        return None;
    }
    let run = Run { path: path.to_owned(), file };
    let mut left = Left { run, url: None, run_nonce: None, execution_id: None, capture: None, report: None };
    // A line that was cut by a power cut is the last one, and was not needed yet.
    for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
        match line {
            Line::Asks { url, run_nonce } => (left.url, left.run_nonce) = (Some(url), Some(run_nonce)),
            Line::Runs { execution_id, capture } => {
                (left.execution_id, left.capture) = (Some(execution_id), capture);
            }
            Line::Ended(report) => left.report = Some(*report),
        }
    }
    Some(left)
}

/// What became of a run that was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The execution.
    pub execution_id: String,
    /// The status that was reported.
    pub status: String,
}

/// Tells the server how earlier runs ended: as they were written down, or that nobody knows. Runs of other servers, and
/// what it cannot be told now, wait for the next time.
pub async fn reconcile(folder: &Path, client: &Client) -> Vec<Told> {
    let mut told = Vec::new();
    for left in left(folder) {
        if left.url.as_deref().is_some_and(|url| url != client.base_url()) {
            continue;
        }
        let Some(execution_id) = left.execution_id else {
            // It never learned that it may run, so it did not: if the server says otherwise, its own time ends it.
            left.run.done();
            continue;
        };
        let mut report = match left.report {
            Some(report) => report,
            None => unknown(left.capture.as_deref()).await,
        };
        // The gate that died may have had another credential.
        report.run_nonce = left.run_nonce;
        match crate::glass::offline::finish(client, &execution_id, &report).await {
            Ok(()) => {
                told.push(Told { execution_id, status: report.status });
                left.run.done();
            }
            Err(ClientError::Refused(problem))
                if matches!(problem.code, Code::AlreadyEnded | Code::NotFound) =>
            {
                left.run.done();
            }
            Err(_) => {}
        }
    }
    told
}

/// Nobody knows how it ended; what was captured before it is a way back all the same.
async fn unknown(capture: Option<&str>) -> FinishRequest {
    let mut report = FinishRequest {
        status: "unknown".into(),
        exit_code: None,
        artifacts: json!({"reconciled": true, "why": "the gate ended before the command did"}),
        run_nonce: None,
    };
    if let Some(held) = capture.and_then(crate::undo::reopen) {
        with_capture(&mut report, &held.seal(None).await);
    }
    report
}

/// Whether there is anything to reconcile. Cheap: one look into a folder that is empty most of the time.
#[must_use]
pub fn has_left(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> FinishRequest {
        FinishRequest { status: "failed".into(), exit_code: Some(3), artifacts: json!({}), run_nonce: None }
    }

    #[test]
    fn a_run_whose_gate_lives_is_not_touched_and_a_dead_ones_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut living = Run::begin(dir.path(), "living-nonce", "http://a").unwrap();
        living.runs("x1", None);
        let mut dead = Run::begin(dir.path(), "dead-nonce", "http://a").unwrap();
        dead.runs("x2", None);
        dead.ended(&report());
        drop(dead);
        let found = left(dir.path());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].execution_id.as_deref(), Some("x2"));
        assert_eq!(found[0].report.as_ref().unwrap().exit_code, Some(3));
        assert!(left(dir.path()).is_empty(), "while one looks, no other does");
        drop(found);
        assert_eq!(left(dir.path()).len(), 1);
        living.done();
        assert!(has_left(dir.path()));
    }

    #[test]
    fn a_line_that_was_cut_does_not_hide_the_ones_before() {
        let dir = tempfile::tempdir().unwrap();
        let mut run = Run::begin(dir.path(), "cut-nonce", "http://a").unwrap();
        run.runs("x1", None);
        let path = run.path.clone();
        drop(run);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"ended\":{\"status\":\"succ").unwrap();
        drop(file);
        let found = left(dir.path());
        assert_eq!(found[0].execution_id.as_deref(), Some("x1"));
        assert!(found[0].report.is_none());
    }

    #[test]
    fn two_runs_of_the_same_nonce_cannot_be() {
        let dir = tempfile::tempdir().unwrap();
        let _first = Run::begin(dir.path(), "same-nonce", "http://a").unwrap();
        assert!(Run::begin(dir.path(), "same-nonce", "http://a").is_err());
    }
}
