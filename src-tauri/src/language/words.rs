//! Every text of tray and notifications, as one table: a language that lacks one does not compile. What needs a number or
//! a name is a function, so that each language bends its own words.

use navi_domain::risk::Level;

use super::Refused;
use crate::notify::Button;

/// Everything that is said in one language.
pub(crate) struct Words {
    pub(crate) level: fn(Level) -> &'static str,
    /// Minutes, rounded down.
    pub(crate) span: fn(i64) -> String,
    /// An instant that is not near, as `strftime` has it.
    pub(crate) day_and_clock: &'static str,
    pub(crate) everything: &'static str,
    pub(crate) agent: fn(&str) -> String,
    pub(crate) repo: fn(&str) -> String,
    pub(crate) action: fn(&str) -> String,
    pub(crate) refused: fn(Refused) -> &'static str,
    pub(crate) tray: TrayWords,
    pub(crate) note: NoteWords,
    pub(crate) start: StartWords,
}

/// Of a start that comes to nothing; each with the data folder.
pub(crate) struct StartWords {
    pub(crate) folder_taken: fn(&str) -> String,
    /// And with what the system says.
    pub(crate) folder_unfit: fn(&str, &str) -> String,
}

/// The menu's and the tooltip's.
pub(crate) struct TrayWords {
    pub(crate) starting: &'static str,
    pub(crate) not_enrolled: &'static str,
    pub(crate) locked: &'static str,
    pub(crate) damaged: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) nothing_waits: &'static str,
    pub(crate) waiting: fn(usize) -> String,
    pub(crate) critical: fn(usize) -> String,
    pub(crate) high: fn(usize) -> String,
    pub(crate) contradicts: &'static str,

    pub(crate) claim_all: &'static str,
    pub(crate) quiet: &'static str,
    pub(crate) quiet_ends: fn(&str) -> String,
    pub(crate) half_hour: &'static str,
    pub(crate) hour: &'static str,
    pub(crate) morning: &'static str,
    /// With the title of what was rejected.
    pub(crate) undo_rejection: fn(&str) -> String,
    pub(crate) undo_rejections: fn(usize) -> String,
    pub(crate) pause: &'static str,
    pub(crate) pauses: fn(usize) -> String,
    pub(crate) pauses_unsent: fn(u64) -> String,
    pub(crate) pause_everything: &'static str,
    pub(crate) pause_agent: fn(&str) -> String,
    pub(crate) pause_repo: fn(&str) -> String,
    pub(crate) pause_means: &'static str,
    pub(crate) pause_now: &'static str,
    pub(crate) pauses_show: &'static str,
    pub(crate) unsent: fn(u64) -> String,
    pub(crate) without_effect: fn(u64) -> String,
    pub(crate) unsent_and_without: fn(u64, u64) -> String,
    pub(crate) live: &'static str,
    pub(crate) connecting: &'static str,
    pub(crate) offline_since: fn(&str) -> String,
    pub(crate) bypass: fn(&str) -> String,
    pub(crate) open: &'static str,
    pub(crate) enrol: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) quit: &'static str,
}

/// The notifications'.
pub(crate) struct NoteWords {
    pub(crate) button: fn(Button) -> &'static str,
    pub(crate) a_request_waits: &'static str,
    pub(crate) open_to_read: &'static str,
    pub(crate) open_to_read_and_decide: &'static str,
    pub(crate) open_to_decide: &'static str,
    /// An agent and the person it works for.
    pub(crate) agent_for: fn(&str, &str) -> String,
    pub(crate) risk: fn(&str) -> String,
    /// A score, given with a point, with the sign of this language.
    pub(crate) score: fn(&str) -> String,
    /// Which vote this would be, and how many are needed.
    pub(crate) quorum: fn(usize, usize) -> String,
    pub(crate) second_needed: &'static str,
    pub(crate) on_it: fn(&str) -> String,
    pub(crate) left: fn(&str) -> String,
    pub(crate) requests_wait: fn(usize) -> String,
    pub(crate) wait_for_you: fn(usize) -> String,
    pub(crate) low_wait: fn(usize) -> String,
    pub(crate) more_wait: fn(usize) -> String,
    pub(crate) while_quiet: fn(usize) -> String,
    pub(crate) next_in_line: &'static str,
    pub(crate) nobody_answered: fn(&str) -> String,

    pub(crate) approval_did_not_count: &'static str,
    pub(crate) rejection_did_not_count: &'static str,
    pub(crate) approval_not_in_effect: &'static str,
    pub(crate) rejection_not_in_effect: &'static str,
    pub(crate) sent_later: &'static str,
    pub(crate) changed_since: &'static str,
    pub(crate) server_refused: &'static str,
    pub(crate) rejecting: fn(i64) -> String,
    pub(crate) can_be_taken_back: &'static str,
    pub(crate) taken_back: &'static str,
    pub(crate) still_waits: &'static str,
    pub(crate) too_late_to_undo: &'static str,
    pub(crate) signed_already: &'static str,
    pub(crate) signed_not_sent: &'static str,
    pub(crate) not_put_off: &'static str,

    pub(crate) record_contradicts: &'static str,
    pub(crate) approving_stopped: &'static str,
    pub(crate) record_elsewhere: &'static str,
    pub(crate) paused: &'static str,
    pub(crate) lifted: &'static str,
    pub(crate) bypass_asked: &'static str,
    pub(crate) bypass_begun: &'static str,
    pub(crate) bypass_ended: &'static str,
    pub(crate) bypass_lapsed: &'static str,
    pub(crate) bypass_reviewed: &'static str,
    pub(crate) envelope_opened: &'static str,
    pub(crate) gate_suspected: &'static str,

    /// With what was to be stopped.
    pub(crate) pause_refused: fn(&str) -> String,

    pub(crate) trial: &'static str,
    pub(crate) trial_says: &'static str,
}
