//! What a record of the ledger tells of envelopes, without network: who handed which out, who opened it, what ran, and
//! whether it was reviewed. Every signature is checked with keys that the same ledger names.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::spool::{Happened, Head, RunEnd, Spooled};
use super::{Envelope, sha256};
use crate::UtcMicros;
use crate::evidence::verifies;

/// One run under an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Number of the gate's record.
    pub seq: u64,
    /// By the gate's clock.
    pub at: UtcMicros,
    /// What ran, in words.
    pub what: String,
    /// What the server would have decided.
    pub would: String,
    /// Its exit code, if it was told.
    pub exit_code: Option<i32>,
    /// How it ended; `None`: that was not told yet.
    pub ended: Option<RunEnd>,
}

/// The opening of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// By the gate's clock.
    pub at: UtcMicros,
    /// When the ledger heard of it.
    pub told_at: UtcMicros,
    /// First instant at which it was over by itself.
    pub ends_at: UtcMicros,
    /// What the gate drew.
    pub nonce: String,
    /// The incident.
    pub incident: String,
    /// Why.
    pub reason: String,
    /// What was odd, in words.
    pub concerns: Vec<String>,
}

/// Everything about one envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// Its id.
    pub id: String,
    /// The gate.
    pub gate_id: String,
    /// What may run, in words; empty when its entry is not here.
    pub scope: String,
    /// For how long.
    pub minutes: u32,
    /// Who can open it.
    pub holder: String,
    /// Who handed it out.
    pub issued_by: String,
    /// When.
    pub issued_at: UtcMicros,
    /// First instant at which it is worth nothing.
    pub not_after: UtcMicros,
    /// Taken back at.
    pub revoked_at: Option<UtcMicros>,
    /// Its opening.
    pub opened: Option<Opened>,
    /// What ran under it.
    pub runs: Vec<Run>,
    /// Attempts that were refused, in words.
    pub refused: Vec<(UtcMicros, String)>,
    /// Ended before its time.
    pub ended_at: Option<UtcMicros>,
    /// Who reviewed it, when, and what they found; `None`: open.
    pub review: Option<(String, UtcMicros, String)>,
}

/// A pass over a record, in log order.
#[derive(Clone, Debug, Default)]
pub struct Stories {
    stories: BTreeMap<String, Story>,
    sealed: BTreeMap<String, Envelope>,
    gates: BTreeMap<String, (String, Head)>,
    /// Step-up keys by device.
    devices: BTreeMap<String, String>,
    suspicions: Vec<(UtcMicros, String, String)>,
    untold: u64,
}

#[derive(Deserialize)]
struct IssuedPayload {
    envelope: String,
    signature: String,
    server_key: String,
    holder: String,
    device_id: String,
    issued_by: String,
}

impl Stories {
    /// Reads the next entry; what concerns no envelope is passed over. An absent payload leaves a gap that is said.
    ///
    /// # Errors
    /// What is wrong with this entry.
    pub fn visit(&mut self, leaf: &[u8], payload: Option<&[u8]>) -> Result<(), String> {
        let leaf: Value = serde_json::from_slice(leaf).map_err(|e| format!("the leaf is not JSON: {e}"))?;
        let text = |name: &str| leaf.get(name).and_then(Value::as_str).unwrap_or_default();
        let (kind, subject) = (text("kind"), text("subject"));
        let about = kind.starts_with("envelope_") || kind.starts_with("gate_");
        if !about && !matches!(kind, "device_enrolled" | "bypass_reviewed") {
            return Ok(());
        }
        let Some(payload) = payload else {
            self.untold += u64::from(about);
            return Ok(());
        };
        let payload: Value =
            serde_json::from_slice(payload).map_err(|e| format!("the payload is not JSON: {e}"))?;
        let at = leaf.get("at").and_then(Value::as_i64).unwrap_or_default();
        match kind {
            "device_enrolled" => {
                let field = |path: &str| payload.pointer(path).and_then(Value::as_str).map(str::to_owned);
                if let Some((id, key)) = field("/device/id").zip(field("/device/step_up_key")) {
                    self.devices.insert(id, key);
                }
            }
            "gate_enrolled" => {
                if let Some(key) = payload.pointer("/gate/key").and_then(Value::as_str) {
                    self.gates.insert(subject.to_owned(), (key.to_owned(), Head::default()));
                }
            }
            "gate_suspected" => {
                let why = payload.get("why").and_then(Value::as_str).unwrap_or_default().to_owned();
                self.suspicions.push((at, subject.to_owned(), why));
            }
            "envelope_issued" => self.issued(subject, at, payload)?,
            "envelope_revoked" => self.story(subject).revoked_at = Some(at),
            "bypass_reviewed" => {
                if let Some(story) = self.stories.get_mut(subject) {
                    story.review = Some(reviewed(&payload, at));
                }
            }
            _ => self.spooled(subject, at, &payload)?,
        }
        Ok(())
    }

    fn story(&mut self, id: &str) -> &mut Story {
        self.stories.entry(id.to_owned()).or_insert_with(|| Story { id: id.to_owned(), ..Story::default() })
    }

    fn issued(&mut self, id: &str, at: UtcMicros, payload: Value) -> Result<(), String> {
        let said: IssuedPayload =
            serde_json::from_value(payload).map_err(|e| format!("the envelope is not understood: {e}"))?;
        let bytes = STANDARD.decode(&said.envelope).map_err(|_| "the envelope is not base64")?;
        let envelope = Envelope::parse(&bytes).ok_or("this is no envelope")?;
        if !verifies(&said.server_key, &bytes, &hex::decode(&said.signature).unwrap_or_default()) {
            return Err("the envelope's signature does not verify".into());
        }
        if envelope.id != id {
            return Err("it is another envelope than the entry says".into());
        }
        if self.devices.get(&said.device_id).is_some_and(|key| *key != envelope.holder_key) {
            return Err("the envelope's holder key is not the step-up key of the device it names".into());
        }
        let story = self.story(id);
        story.gate_id.clone_from(&envelope.gate_id);
        (story.scope, story.minutes) = (envelope.scope.describe(), envelope.minutes);
        (story.holder, story.issued_by) = (said.holder, said.issued_by);
        (story.issued_at, story.not_after) = (at, envelope.not_after);
        self.sealed.insert(id.to_owned(), envelope);
        Ok(())
    }

    fn spooled(&mut self, id: &str, told_at: UtcMicros, payload: &Value) -> Result<(), String> {
        let Some(spooled) = payload.get("spooled") else { return Ok(()) };
        let spooled: Spooled = serde_json::from_value(spooled.clone())
            .map_err(|e| format!("the gate's record is not understood: {e}"))?;
        let record = &spooled.record;
        if record.envelope_id != id {
            return Err("the gate's record is about another envelope than the entry says".into());
        }
        self.follow(&spooled)?;
        let words = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        match &record.happened {
            Happened::Opened { ends_at, opening, signature } => {
                if let Some(envelope) = self.sealed.get(id) {
                    let bytes = opening.bytes().map_err(|e| e.to_string())?;
                    let signed =
                        verifies(&envelope.holder_key, &bytes, &hex::decode(signature).unwrap_or_default());
                    let meant = envelope.bytes().is_ok_and(|b| sha256(&b) == opening.envelope_sha256);
                    if !signed || !meant {
                        return Err("the envelope's holder did not sign this opening".into());
                    }
                }
                let concerns = payload.get("concerns").and_then(Value::as_array);
                let concerns = concerns.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
                let (at, ends_at, concerns) = (record.at, *ends_at, concerns.collect());
                let said = opening.clone();
                let (nonce, incident, reason) = (said.nonce, said.incident, said.reason);
                self.story(id).opened =
                    Some(Opened { at, told_at, ends_at, nonce, incident, reason, concerns });
            }
            Happened::Ran { .. } => {
                let would = |name: &str| payload.pointer(name).and_then(Value::as_str).unwrap_or_default();
                let would = [would("/would/verdict"), would("/would/rule")].join(" by ");
                let would = if would == " by " { String::new() } else { would };
                let (seq, at, what) = (record.seq, record.at, words("title"));
                let run = Run { seq, at, what, would, exit_code: None, ended: None };
                self.story(id).runs.push(run);
            }
            Happened::Finished { ran, status, exit_code } => {
                if let Some(run) = self.story(id).runs.iter_mut().find(|run| run.seq == *ran) {
                    (run.exit_code, run.ended) = (*exit_code, Some(*status));
                }
            }
            Happened::Refused { why } => self.story(id).refused.push((record.at, why.clone())),
            Happened::Ended => self.story(id).ended_at = Some(record.at),
        }
        Ok(())
    }

    /// A gate's records stand in the ledger in their order, each signed and none left out.
    fn follow(&mut self, spooled: &Spooled) -> Result<(), String> {
        let record = &spooled.record;
        let Some((key, head)) = self.gates.get_mut(&record.gate_id) else {
            self.untold += 1;
            return Ok(());
        };
        let signature = hex::decode(&spooled.signature).unwrap_or_default();
        *head = head.follow(record, &signature, (&record.gate_id, key)).map_err(|e| e.to_string())?;
        Ok(())
    }

    /// What was told: stories in the order in which envelopes were handed out, what was suspected of gates (when, which,
    /// why), and how many entries could not tell theirs.
    #[must_use]
    pub fn finish(self) -> (Vec<Story>, Vec<(UtcMicros, String, String)>, u64) {
        let mut stories: Vec<Story> = self.stories.into_values().collect();
        stories.sort_by(|a, b| (a.issued_at, &a.id).cmp(&(b.issued_at, &b.id)));
        (stories, self.suspicions, self.untold)
    }
}

fn reviewed(payload: &Value, at: UtcMicros) -> (String, UtcMicros, String) {
    let text = |path: &str| payload.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("/bypass/reviewed_by"), at, text("/bypass/finding"))
}

impl Story {
    /// One sentence for each thing that happened; `clock` writes an instant.
    #[must_use]
    pub fn sentences(&self, clock: &dyn Fn(UtcMicros) -> String) -> Vec<String> {
        let mut said = Vec::new();
        if self.scope.is_empty() {
            said.push(format!("envelope {}: the entry that handed it out is not here", self.id));
        } else {
            said.push(format!(
                "envelope {} for {} on gate {}, {} minutes once opened: {} handed it to {} at {}, good until {}",
                self.id,
                self.scope,
                self.gate_id,
                self.minutes,
                self.issued_by,
                self.holder,
                clock(self.issued_at),
                clock(self.not_after)
            ));
        }
        said.extend(self.revoked_at.map(|at| format!("taken back at {}", clock(at))));
        said.extend(self.refused.iter().map(|(at, why)| format!("refused at {}: {why}", clock(*at))));
        let Some(opened) = &self.opened else {
            if self.revoked_at.is_none() {
                said.push("not opened, as far as the ledger knows".to_owned());
            }
            return said;
        };
        said.push(format!(
            "opened at {} by the gate's clock, with {}'s step-up key over nonce {}, for {}: {}",
            clock(opened.at),
            self.holder,
            opened.nonce,
            opened.incident,
            opened.reason
        ));
        said.push(format!("the gate reconnected, and the ledger heard of it, at {}", clock(opened.told_at)));
        said.extend(opened.concerns.iter().map(|concern| format!("reported: {concern}")));
        said.extend(self.runs.iter().map(|run| run.sentence(clock)));
        if self.runs.is_empty() {
            said.push("nothing ran under it".to_owned());
        }
        let over = self.ended_at.unwrap_or(opened.ends_at);
        said.push(format!("over at {}", clock(over)));
        said.push(match &self.review {
            Some((by, at, finding)) => format!("reviewed by {by} at {}: {finding}", clock(*at)),
            None => "its review is open".to_owned(),
        });
        said
    }
}

impl Run {
    fn sentence(&self, clock: &dyn Fn(UtcMicros) -> String) -> String {
        let end = match (self.ended, self.exit_code) {
            (Some(RunEnd::Unknown), _) => "how it ended, or whether it began, is unknown".to_owned(),
            (Some(_), Some(code)) => format!("ended with {code}"),
            (Some(RunEnd::Succeeded), None) => "ended well".to_owned(),
            (Some(RunEnd::Failed), None) => "failed".to_owned(),
            (None, _) => "its end was not told yet".to_owned(),
        };
        let would =
            if self.would.is_empty() { String::new() } else { format!("; would have been {}", self.would) };
        format!("ran at {} (record {}): {}; {end}{would}", clock(self.at), self.seq, self.what)
    }
}
