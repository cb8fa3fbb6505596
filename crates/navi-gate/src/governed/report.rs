//! The report of a run: how it ended, what it printed, what it changed.

use std::path::Path;

use navi_domain::rollback::capture::{FIELD, UNCHANGED};
use navi_protocol::executions::FinishRequest;
use serde_json::{Map, Value, json};

use super::Ended;
use super::secrets::Known;
use crate::observe::{self, Place, Seen, Status};
use crate::undo::Sealed;

/// Most bytes of what a run leaves for the record, as JSON; the server takes 512 KiB, and a way back comes on top.
const MOST_REPORTED: usize = 384 * 1024;
/// Most files that are named.
const MOST_CHANGED: usize = 1_000;

/// What a run's verification said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its exit code; `None`: it did not run.
    pub code: Option<i32>,
    /// Its execution.
    pub execution_id: Option<String>,
    /// Why it did not run.
    pub why: Option<String>,
}

impl Verified {
    /// Whether it ran and was content.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.code == Some(0)
    }
}

/// The report of a run that ended.
#[must_use]
pub fn of(
    ended: &Ended,
    changed: Option<Vec<String>>,
    verified: Option<&Verified>,
    known: &Known,
) -> FinishRequest {
    let mut artifacts = Map::new();
    if let Some(signal) = ended.stopped {
        artifacts.insert("stopped".into(), signal.into());
    }
    if ended.timed_out {
        artifacts.insert("timed_out".into(), true.into());
    }
    let output = ended.output.report(known);
    if !output.is_null() {
        artifacts.insert("output".into(), output);
    }
    if let Some(mut changed) = changed {
        let more = changed.len().saturating_sub(MOST_CHANGED);
        changed.truncate(MOST_CHANGED);
        artifacts.insert("changed".into(), json!(changed));
        if more > 0 {
            artifacts.insert("changed_more".into(), more.into());
        }
    }
    if let Some(v) = verified {
        let said = json!({"ran": v.code.is_some(), "exit_code": v.code, "execution_id": v.execution_id,
            "why": v.why});
        artifacts.insert("verification".into(), said);
    }
    // What was to be verified and was not is no success.
    let bad = verified.is_some_and(|v| !v.is_good());
    let status = match ended.code {
        Some(0) if bad => "failed",
        Some(0) => "succeeded",
        Some(_) => "failed",
        None => "unknown",
    };
    FinishRequest {
        status: status.into(),
        exit_code: ended.code,
        artifacts: fitting(artifacts),
        run_nonce: None,
    }
}

/// The kept output is shortened until the server takes the report: text that is no text grows when it is written as JSON.
fn fitting(mut artifacts: Map<String, Value>) -> Value {
    let size = |artifacts: &Map<String, Value>| {
        serde_json::to_string(artifacts).map_or(usize::MAX, |text| text.len())
    };
    while size(&artifacts) > MOST_REPORTED {
        let Some(output) = artifacts.get_mut("output").and_then(Value::as_object_mut) else { break };
        let longest = ["head", "tail"].into_iter().max_by_key(|end| text_of(output, end).len());
        let Some((end, text)) =
            longest.map(|end| (end, text_of(output, end))).filter(|(_, text)| !text.is_empty())
        else {
            break;
        };
        let count = text.chars().count();
        let left: String = match end {
            "head" => text.chars().take(count / 2).collect(),
            _ => text.chars().skip(count - count / 2).collect(),
        };
        output.insert(end.to_owned(), left.into());
        output.insert("shortened".to_owned(), true.into());
    }
    Value::Object(artifacts)
}

fn text_of(output: &Map<String, Value>, end: &str) -> String {
    output.get(end).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Names the way back, or that there is nothing to undo.
pub fn with_capture(report: &mut FinishRequest, sealed: &Sealed) {
    if report.artifacts.is_null() {
        report.artifacts = json!({});
    }
    let Some(fields) = report.artifacts.as_object_mut() else { return };
    match sealed {
        Sealed::Kept(capture) => fields.insert(FIELD.to_owned(), json!(capture)),
        Sealed::Unchanged => fields.insert(UNCHANGED.to_owned(), true.into()),
        Sealed::Lost => None,
    };
}

/// The report of a run that could not be started.
#[must_use]
pub fn unstarted(error: &std::io::Error) -> FinishRequest {
    let artifacts = json!({"error": error.to_string()});
    FinishRequest { status: "failed".into(), exit_code: None, artifacts, run_nonce: None }
}

/// The files that a run changed, as seen from where it ran: those outside begin with `../`.
#[must_use]
pub fn changed(
    place: &Place,
    cwd: &Path,
    before: Option<&Seen>,
    after: Option<&Status>,
) -> Option<Vec<String>> {
    let root = place.root.as_deref()?;
    let below = cwd.strip_prefix(root).ok()?;
    let changed = observe::changed(place, before?, after)?;
    let from_here = |path: String| match Path::new(&path).strip_prefix(below) {
        Ok(path) => path.display().to_string(),
        Err(_) => format!("{}{path}", "../".repeat(below.components().count())),
    };
    Some(changed.into_iter().map(from_here).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governed::output::Kept;

    fn ended(code: Option<i32>) -> Ended {
        Ended { code, stopped: None, timed_out: false, output: Kept::new(100) }
    }

    #[test]
    fn a_run_is_a_success_only_if_its_verification_is_content() {
        let verified = |code| Verified { code, execution_id: None, why: None };
        let status =
            |code, verified: Option<&Verified>| of(&ended(code), None, verified, &Known::default()).status;
        assert_eq!(status(Some(0), None), "succeeded");
        assert_eq!(status(Some(0), Some(&verified(Some(0)))), "succeeded");
        assert_eq!(status(Some(0), Some(&verified(Some(3)))), "failed");
        assert_eq!(
            status(Some(0), Some(&verified(None))),
            "failed",
            "nobody looked, and somebody should have"
        );
        assert_eq!(status(Some(2), None), "failed");
        assert_eq!(status(None, None), "unknown");
    }
    #[test]
    fn output_that_is_no_text_is_shortened_until_the_server_takes_it() {
        for noise in [[0xff_u8, 0xfe], [0x01, 0x02]] {
            let mut output = Kept::new(crate::governed::output::MOST);
            for _ in 0..crate::governed::output::MOST / 2 {
                output.push(&noise);
            }
            let ended = Ended { code: Some(7), stopped: None, timed_out: false, output };
            let report = of(&ended, None, None, &Known::default());
            let size = report.artifacts.to_string().len();
            assert!(size <= MOST_REPORTED, "{size}");
            assert_eq!(report.exit_code, Some(7));
            assert_eq!(report.artifacts["output"]["shortened"], true);
            assert!(!report.artifacts["output"]["head"].as_str().unwrap().is_empty());
        }
    }
}
