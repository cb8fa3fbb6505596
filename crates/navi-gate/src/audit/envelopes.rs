//! What a verified record tells of sealed envelopes.

use navi_domain::UtcMicros;
use navi_domain::envelope::told::{Stories, Story};
use serde_json::{Value, json};

use crate::text::visible;

/// All stories, with what was suspected of gates.
pub struct Told {
    stories: Vec<Story>,
    suspicions: Vec<(UtcMicros, String, String)>,
    untold: u64,
}

impl Told {
    /// What a pass over the record found.
    pub fn of(stories: Stories) -> Self {
        let (stories, suspicions, untold) = stories.finish();
        Self { stories, suspicions, untold }
    }

    /// Tells each envelope: what is said was verified with keys that the record itself names.
    pub fn explain(&self) {
        match self.stories.len() {
            0 => println!("No envelope stands in this record."),
            1 => println!("1 envelope stands in this record:"),
            n => println!("{n} envelopes stand in this record:"),
        }
        for story in &self.stories {
            for (nth, sentence) in story.sentences(&clock).iter().enumerate() {
                println!("{}{}", if nth == 0 { "" } else { "  - " }, visible(sentence));
            }
        }
        for (at, gate, why) in &self.suspicions {
            println!("gate {} was reported at {}: {}", visible(gate), clock(*at), visible(why));
        }
        if self.untold > 0 {
            println!(
                "{} entries about envelopes say nothing any more: what they said was erased.",
                self.untold
            );
        }
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let stories = self.stories.iter().map(|story| {
            json!({
                "id": story.id, "gate_id": story.gate_id, "holder": story.holder, "issued_by": story.issued_by,
                "opened_at": story.opened.as_ref().map(|o| o.at), "told_at": story.opened.as_ref().map(|o| o.told_at),
                "runs": story.runs.len(), "refused": story.refused.len(), "revoked_at": story.revoked_at,
                "reviewed_by": story.review.as_ref().map(|(by, ..)| by.as_str()), "sentences": story.sentences(&clock),
            })
        });
        let suspicions =
            self.suspicions.iter().map(|(at, gate, why)| json!({"at": at, "gate_id": gate, "why": why}));
        json!({
            "envelopes": stories.collect::<Vec<_>>(), "suspicions": suspicions.collect::<Vec<_>>(),
            "untold": self.untold,
        })
    }
}

fn clock(at: UtcMicros) -> String {
    navi_domain::reading::format::instant(at)
}
