//! One bypass as its record tells it, in sentences.

use serde::Serialize;

use crate::UtcMicros;

/// A bypass from its wish to its review. Names are in clear where payloads are present, else pseudonyms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BypassStory {
    /// Id.
    pub id: String,
    /// Who asked.
    pub by: String,
    /// The scope, in words; empty when its payloads are gone.
    pub covers: String,
    /// The incident.
    pub incident: String,
    /// Why.
    pub reason: String,
    /// For how long.
    pub minutes: u32,
    /// The envelope it was opened from, while no server was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope: Option<String>,
    /// Asked at.
    pub asked_at: Option<UtcMicros>,
    /// The second person.
    pub with: Option<String>,
    /// Whether it began without one.
    pub alone: bool,
    /// In force since.
    pub began_at: Option<UtcMicros>,
    /// The first instant at which it would be over.
    pub ends_at: Option<UtcMicros>,
    /// Who was told that it began.
    pub told: Vec<String>,
    /// Who was paged because it began alone.
    pub paged: Vec<String>,
    /// What ran by it, in order.
    pub runs: Vec<RunTold>,
    /// Over at.
    pub ended_at: Option<UtcMicros>,
    /// Who ended it; absent: its time was up.
    pub ended_by: Option<String>,
    /// It never came into force.
    pub lapsed_at: Option<UtcMicros>,
    /// Its review is due at.
    pub due_at: Option<UtcMicros>,
    /// When it was said that the review is late.
    pub overdue_at: Option<UtcMicros>,
    /// Its review; absent: open.
    pub review: Option<ReviewTold>,
    /// Runs that started by it: entry, instant, action.
    #[serde(skip)]
    pub(super) started: Vec<(u64, UtcMicros, String)>,
}

/// One action that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunTold {
    /// The entry that says so.
    pub index: u64,
    /// When.
    pub at: UtcMicros,
    /// The decision.
    pub action_id: String,
    /// Whose action.
    pub actor: String,
    /// In one line; empty when its payload is gone.
    pub title: String,
    /// What it would have been.
    pub would: String,
    /// By which rule.
    pub rule: String,
    /// What became of it: `started`, `succeeded`, `failed`, `unknown`, or `did not start`.
    pub outcome: String,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReviewTold {
    /// The entry.
    pub index: u64,
    /// When.
    pub at: UtcMicros,
    /// Who.
    pub by: String,
    /// What they found; empty when the payload is gone.
    pub finding: String,
}

impl BypassStory {
    /// The story in sentences; `clock` writes an instant.
    #[must_use]
    pub fn sentences(&self, clock: &dyn Fn(UtcMicros) -> String) -> Vec<String> {
        let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
        let asked = self.asked_at.map_or_else(|| "an entry that is not here".to_owned(), clock);
        let mut told = vec![format!(
            "bypass {}: {} asked at {asked}, for {}, {} minutes, incident {}: {}",
            self.id,
            or(&self.by, "somebody"),
            or(&self.covers, "a scope that was erased"),
            self.minutes,
            or(&self.incident, "erased"),
            or(&self.reason, "the reason was erased")
        )];
        if let Some(envelope) = &self.envelope {
            told.push(format!(
                "opened from sealed envelope {envelope} while the server was away, which tells what ran"
            ));
            told.extend(self.review.as_ref().map(|review| {
                let finding = or(&review.finding, "the finding was erased");
                format!("reviewed by {} at {}: {finding}", or(&review.by, "somebody"), clock(review.at))
            }));
            return told;
        }
        if let Some(at) = self.lapsed_at {
            told.push(format!("never in force: lapsed or taken back at {}", clock(at)));
            return told;
        }
        let Some((began, ends)) = self.began_at.zip(self.ends_at) else {
            told.push("not in force: nobody has confirmed it".to_owned());
            return told;
        };
        let who = match (&self.with, self.alone) {
            (Some(with), _) => format!("with {with} as the second person"),
            (None, true) => format!("ALONE; paged: {}", or(&self.paged.join(", "), "nobody")),
            (None, false) => "with a second person whose name was erased".to_owned(),
        };
        told.push(format!("in force from {} until {} at the latest, {who}", clock(began), clock(ends)));
        told.push(format!("told: {}", or(&self.told.join(", "), "nobody else decides here")));
        if self.runs.is_empty() {
            told.push("nothing ran by it".to_owned());
        }
        told.extend(self.runs.iter().map(|run| {
            format!(
                "entry {}, {}: {} by {} ({}); without it {} by {}",
                run.index,
                clock(run.at),
                or(&run.title, "an action whose words were erased"),
                run.actor,
                run.outcome,
                run.would,
                run.rule
            )
        }));
        told.push(match (&self.ended_at, &self.ended_by) {
            (Some(at), Some(by)) => format!("ended at {} by {by}", clock(*at)),
            (Some(at), None) => format!("ended at {}, when its time was up", clock(*at)),
            (None, _) => "its end is not written down in this record".to_owned(),
        });
        told.push(match (&self.review, self.overdue_at) {
            (Some(review), _) => format!(
                "reviewed at {} by {}: {}",
                clock(review.at),
                review.by,
                or(&review.finding, "the finding was erased")
            ),
            (None, Some(at)) => format!("REVIEW OPEN, and late since {}", clock(at)),
            (None, None) => "REVIEW OPEN".to_owned(),
        });
        told
    }
}
