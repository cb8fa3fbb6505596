//! What a record says about bypasses, told from nothing but its entries and held against its own signatures: who asked, with
//! whom, for what and how long; what ran by each and what it would have been; when it ended and why; its review.
//!
//! What entries say in their leaves (minutes, end, what would have been) is checked even where payloads were erased.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Enrolled, Fault};
use crate::bypass::{Bypass, BypassScope, MINUTES, Stage};
use crate::{MINUTE, UtcMicros};

mod held;
mod story;

pub use story::{BypassStory, ReviewTold, RunTold};

/// What is read on the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Bypasses {
    stories: BTreeMap<String, Known>,
    order: Vec<String>,
    /// What a decision that rested on a bypass was about.
    decided: BTreeMap<String, Decided>,
    /// Runs under a permit, by action.
    outcomes: BTreeMap<String, String>,
    refused: u64,
}

/// One bypass as its entries tell it, with what is checked at the end.
#[derive(Clone, Debug)]
struct Known {
    story: BypassStory,
    scope: Option<BypassScope>,
    fingerprint: Option<String>,
    /// The user and the device of each side, as the devices' own entries say.
    asked: Option<Said>,
    begun: Option<Said>,
    reviewed: Option<Said>,
    ends_at: Option<UtcMicros>,
    ended: Option<u64>,
    used: Vec<Used>,
}

/// A statement that an entry holds.
#[derive(Clone, Debug)]
struct Said {
    index: u64,
    bypass: Bypass,
    /// Which of its statements the entry is about.
    nth: usize,
    device_id: String,
}

#[derive(Clone, Debug)]
struct Used {
    index: u64,
    at: UtcMicros,
    action_id: String,
}

#[derive(Clone, Debug)]
struct Decided {
    index: u64,
    bypass_id: String,
    digest: String,
    body: Option<Value>,
}

/// The parts of a leaf that are read here.
struct Leaf<'a> {
    index: u64,
    at: UtcMicros,
    kind: &'a str,
    subject: &'a str,
    value: &'a Value,
}

impl Leaf<'_> {
    fn link(&self, name: &str) -> Option<&str> {
        self.value.get("links")?.get(name)?.as_str()
    }

    fn actor(&self) -> String {
        self.value.get("actor").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// Whether an entry of a kind must be read for this.
pub(super) fn concerns(kind: &str, leaf: &Value, payload: Option<&[u8]>) -> bool {
    const RULE: &[u8] = b"\"rule\":\"bypass\"";
    let linked = || leaf.get("links").and_then(|links| links.get("bypass_id")).is_some();
    let ruled = |bytes: &[u8]| bytes.windows(RULE.len()).any(|part| part == RULE);
    match kind {
        "decision" => linked() || payload.is_some_and(ruled),
        "execution_started" | "execution_finished" => linked(),
        _ => kind.starts_with("bypass_"),
    }
}

impl Bypasses {
    /// Reads an entry that [`concerns`] this.
    pub(super) fn visit(&mut self, index: u64, leaf: &Value, payload: Option<&Value>) -> Result<(), String> {
        let text = |name: &str| leaf.get(name).and_then(Value::as_str).unwrap_or_default();
        let at = leaf.get("at").and_then(Value::as_i64).unwrap_or_default();
        let leaf = Leaf { index, at, kind: text("kind"), subject: text("subject"), value: leaf };
        match leaf.kind {
            "decision" => return self.decision(&leaf, payload),
            "execution_started" | "execution_finished" => self.ran(&leaf, payload),
            "bypass_refused" => self.refused += 1,
            _ => {}
        }
        let Some(step) = leaf.kind.strip_prefix("bypass_").filter(|step| *step != "refused") else {
            return Ok(());
        };
        let bypass: Option<Bypass> = match payload.and_then(|p| p.get("bypass")) {
            Some(value) if !matches!(step, "used" | "alerted") => Some(
                serde_json::from_value(value.clone())
                    .map_err(|e| format!("its bypass cannot be read: {e}"))?,
            ),
            _ => None,
        };
        if bypass.as_ref().is_some_and(|bypass| bypass.id != leaf.subject) {
            return Err("it speaks of another bypass than its payload".into());
        }
        let known = self.known(&leaf);
        if let Some(bypass) = &bypass {
            known.describe(bypass);
        }
        match step {
            "asked" => known.said(&leaf, bypass, 0, |known, said| known.asked = Some(said)),
            "begun" => return known.begin(&leaf, bypass, payload),
            "used" => known.used(&leaf, payload),
            "ended" => return known.end(&leaf, bypass.as_ref()),
            "lapsed" => known.story.lapsed_at = Some(leaf.at),
            "overdue" => known.story.overdue_at = Some(leaf.at),
            "reviewed" => known.review(&leaf, bypass, payload),
            "alerted" => {
                let users = payload.and_then(|p| p.get("users")).and_then(Value::as_array);
                known.story.paged =
                    users.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            }
            _ => {}
        }
        Ok(())
    }

    fn known(&mut self, leaf: &Leaf<'_>) -> &mut Known {
        if !self.stories.contains_key(leaf.subject) {
            self.order.push(leaf.subject.to_owned());
        }
        self.stories.entry(leaf.subject.to_owned()).or_insert_with(|| Known::new(leaf.subject))
    }

    fn decision(&mut self, leaf: &Leaf<'_>, payload: Option<&Value>) -> Result<(), String> {
        let ruled =
            payload.and_then(|p| p.pointer("/decision/rule")).and_then(Value::as_str) == Some("bypass");
        let Some(bypass_id) = leaf.link("bypass_id") else {
            return match ruled {
                true => Err("it ran by a bypass that it does not name".into()),
                false => Ok(()),
            };
        };
        let digest = leaf.link("digest").unwrap_or_default().to_owned();
        let decided =
            Decided { index: leaf.index, bypass_id: bypass_id.to_owned(), digest, body: payload.cloned() };
        self.decided.insert(leaf.subject.to_owned(), decided);
        Ok(())
    }

    fn ran(&mut self, leaf: &Leaf<'_>, payload: Option<&Value>) {
        let (Some(bypass_id), Some(action)) = (leaf.link("bypass_id"), leaf.link("action_id")) else {
            return;
        };
        let status = payload.and_then(|p| p.get("status")).and_then(Value::as_str);
        let outcome = match leaf.kind {
            "execution_started" => "started",
            _ => status.unwrap_or("ended"),
        };
        self.outcomes.insert(action.to_owned(), outcome.to_owned());
        if leaf.kind == "execution_started"
            && let Some(known) = self.stories.get_mut(bypass_id)
        {
            known.story.started.push((leaf.index, leaf.at, action.to_owned()));
        }
    }

    /// How many statements had no effect.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    /// Ends the pass. `partial`: what is not here may be elsewhere.
    pub(super) fn finish(
        mut self,
        devices: &BTreeMap<String, Enrolled>,
        revoked: &BTreeMap<String, u64>,
        partial: bool,
    ) -> Result<Vec<BypassStory>, Fault> {
        for (action, decided) in &self.decided {
            let told = self.stories.get(&decided.bypass_id);
            let told = told.is_some_and(|known| known.used.iter().any(|used| used.action_id == *action));
            if !told && !partial {
                let message = "it ran by a bypass, and no entry of that bypass says so".to_owned();
                return Err(Fault { index: decided.index, message });
            }
        }
        let mut stories = Vec::new();
        for id in std::mem::take(&mut self.order) {
            let Some(known) = self.stories.remove(&id) else { continue };
            known.check(&self, devices, revoked, partial)?;
            stories.push(known.told(&self));
        }
        Ok(stories)
    }
}

impl Known {
    fn new(id: &str) -> Self {
        Self {
            story: BypassStory { id: id.to_owned(), ..BypassStory::default() },
            scope: None,
            fingerprint: None,
            asked: None,
            begun: None,
            reviewed: None,
            ends_at: None,
            ended: None,
            used: Vec::new(),
        }
    }

    fn describe(&mut self, bypass: &Bypass) {
        self.scope = Some(bypass.wish.scope.clone());
        self.fingerprint.clone_from(&bypass.fingerprint);
        self.story.by.clone_from(&bypass.by);
        self.story.covers = bypass.wish.scope.describe();
        self.story.incident.clone_from(&bypass.wish.incident);
        self.story.reason.clone_from(&bypass.wish.reason);
        self.story.minutes = bypass.wish.minutes;
        self.story.envelope.clone_from(&bypass.envelope);
    }

    fn said(
        &mut self,
        leaf: &Leaf<'_>,
        bypass: Option<Bypass>,
        nth: usize,
        keep: impl FnOnce(&mut Self, Said),
    ) {
        if self.story.by.is_empty() {
            self.story.by = leaf.actor();
        }
        self.story.asked_at.get_or_insert(leaf.at);
        if self.story.minutes == 0 {
            self.story.minutes = leaf.link("minutes").and_then(|m| m.parse().ok()).unwrap_or_default();
        }
        let device_id = leaf.link("device_id").unwrap_or_default().to_owned();
        if let Some(bypass) = bypass {
            keep(self, Said { index: leaf.index, bypass, nth, device_id });
        }
    }

    fn begin(
        &mut self,
        leaf: &Leaf<'_>,
        bypass: Option<Bypass>,
        payload: Option<&Value>,
    ) -> Result<(), String> {
        let ends_at: UtcMicros =
            leaf.link("ends_at").and_then(|at| at.parse().ok()).ok_or("it begins a bypass without an end")?;
        let minutes: u32 = leaf.link("minutes").and_then(|m| m.parse().ok()).unwrap_or_default();
        if self.story.began_at.is_some() {
            return Err("it begins a bypass that began before".into());
        }
        let longest = leaf.at.saturating_add(i64::from(minutes) * MINUTE);
        if !MINUTES.contains(&minutes) || ends_at > longest {
            return Err(format!("it begins a bypass that is longer than its {minutes} minutes"));
        }
        if let Some(Stage::Active { with, .. }) = bypass.as_ref().map(|b| &b.stage) {
            self.story.with.clone_from(with);
        }
        (self.story.began_at, self.story.ends_at) = (Some(leaf.at), Some(ends_at));
        self.ends_at = Some(ends_at);
        self.story.alone = payload.and_then(|p| p.get("alone")).and_then(Value::as_bool).unwrap_or(false);
        let told = payload.and_then(|p| p.get("told")).and_then(Value::as_array);
        self.story.told = told.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let nth = bypass.as_ref().map_or(0, |b| b.signed.len().saturating_sub(1));
        self.said(leaf, bypass, nth, |known, said| known.begun = Some(said));
        Ok(())
    }

    fn used(&mut self, leaf: &Leaf<'_>, payload: Option<&Value>) {
        let action_id = leaf.link("action_id").unwrap_or_default().to_owned();
        let text = |path: &str| payload.and_then(|p| p.pointer(path)).and_then(Value::as_str);
        let would = leaf.link("would").unwrap_or_default();
        let (would, rule) = would.split_once('/').unwrap_or((would, ""));
        self.story.runs.push(RunTold {
            index: leaf.index,
            at: leaf.at,
            action_id: action_id.clone(),
            actor: text("/actor").map_or_else(|| leaf.actor(), str::to_owned),
            title: text("/title").unwrap_or_default().to_owned(),
            would: would.to_owned(),
            rule: rule.to_owned(),
            outcome: "did not start".to_owned(),
        });
        self.used.push(Used { index: leaf.index, at: leaf.at, action_id });
    }

    fn end(&mut self, leaf: &Leaf<'_>, bypass: Option<&Bypass>) -> Result<(), String> {
        let Some(ends_at) = self.ends_at else { return Ok(()) };
        self.ended = Some(leaf.index);
        self.story.ended_at = Some(leaf.at.min(ends_at));
        let by = bypass.and_then(|b| match &b.stage {
            Stage::Ended { by, ended_at, due_at, .. } => Some((by.clone(), *ended_at, *due_at)),
            _ => None,
        });
        let by_system = leaf.actor() == "system";
        if by_system && leaf.at < ends_at {
            return Err("it ends a bypass by its time before that time was up".into());
        }
        if let Some((by, ended_at, due_at)) = by {
            if ended_at > ends_at {
                return Err("it ends a bypass later than it could last".into());
            }
            self.story.ended_at = Some(ended_at);
            self.story.ended_by = by;
            self.story.due_at = Some(due_at);
        } else if !by_system {
            self.story.ended_by = Some(leaf.actor());
        }
        Ok(())
    }

    fn review(&mut self, leaf: &Leaf<'_>, bypass: Option<Bypass>, payload: Option<&Value>) {
        let text = |path: &str| payload.and_then(|p| p.pointer(path)).and_then(Value::as_str);
        self.story.review = Some(ReviewTold {
            index: leaf.index,
            at: leaf.at,
            by: text("/actor").map_or_else(|| leaf.actor(), str::to_owned),
            finding: text("/bypass/finding").unwrap_or_default().to_owned(),
        });
        if let Some(Stage::Reviewed { ended_at, ended_by, .. }) = bypass.as_ref().map(|b| &b.stage) {
            self.story.ended_at.get_or_insert(*ended_at);
            self.story.ended_by = self.story.ended_by.take().or_else(|| ended_by.clone());
        }
        let nth = bypass.as_ref().map_or(0, |b| b.signed.len().saturating_sub(1));
        self.said(leaf, bypass, nth, |known, said| known.reviewed = Some(said));
    }

    fn told(mut self, all: &Bypasses) -> BypassStory {
        for run in &mut self.story.runs {
            if let Some(outcome) = all.outcomes.get(&run.action_id) {
                run.outcome.clone_from(outcome);
            }
        }
        self.story
    }
}
