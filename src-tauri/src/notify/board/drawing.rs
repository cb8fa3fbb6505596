//! A plan in the making: which notification stands for which requests.

use navi_domain::risk::Level;
use navi_protocol::approvals::ApprovalView;

use super::{Board, Moment, Plan, Showing, Views};
use crate::notify::Note;
use crate::notify::rules::{self, Manner};

/// A plan in the making.
pub(super) struct Drawing<'p, 'm> {
    pub(super) moment: &'m Moment<'m>,
    pub(super) manner: Manner,
    pub(super) plan: &'p mut Plan,
    /// Something new stands in the digest.
    digested: bool,
    /// Something high among it.
    digested_grave: bool,
}

impl<'p, 'm> Drawing<'p, 'm> {
    pub(super) fn new(moment: &'m Moment<'m>, manner: Manner, plan: &'p mut Plan) -> Self {
        Self { moment, manner, plan, digested: false, digested_grave: false }
    }
}

impl Drawing<'_, '_> {
    /// Rings, unless too much rang lately: then it stands in the digest. What is critical is never held back, nor does it
    /// count; neither does what only takes the place of what is on the screen.
    pub(super) fn ring(&mut self, board: &mut Board, note: Note) {
        let critical = note.covers.iter().all(|about| about.level == Level::Critical);
        let in_place = board.on_screen.contains_key(&note.key);
        if critical || in_place {
            return self.put(board, note);
        }
        if board.burst.admits(self.moment.decider.now) {
            self.plan.bubbles = Some(board.burst.recent());
            return self.put(board, note);
        }
        self.digested = true;
        self.digested_grave |= note.critical;
        board.swallowed.extend(note.covers);
    }

    /// Shows what was held back, counted, in one notification that is replaced in place. It sounds when it is new or
    /// something high joins it: a sound for each would be the storm again.
    pub(super) fn digest(&mut self, board: &mut Board, swallowed: &[&ApprovalView]) {
        if !self.digested || swallowed.is_empty() {
            return;
        }
        let grows = board.on_screen.contains_key(DIGEST);
        self.put(board, rules::digest(swallowed, self.moment.decider, self.manner));
        if let Some(last) = self.plan.show.last_mut().filter(|_| grows && !self.digested_grave) {
            last.note.sound = false;
        }
    }

    fn put(&mut self, board: &mut Board, mut note: Note) {
        let rules = &self.moment.preferences.levels;
        note.sound = note.covers.iter().any(|about| rules.of(about.level).sound);
        if note.key != DIGEST {
            board.swallowed.retain(|about| !note.covers.contains(about));
        }
        board.kept_back.retain(|about| !note.covers.contains(about));
        board.on_screen.insert(note.key.clone(), note.covers.clone());
        self.plan.show.push(Showing { note, rings: true });
    }

    /// One notification for everything high.
    pub(super) fn high(&self, views: &[&ApprovalView]) -> Note {
        match views {
            [one] => {
                let note = rules::single(one, self.moment.decider, self.manner);
                Note { key: HIGH.to_owned(), ..note }
            }
            several => rules::several(HIGH, Level::High, several, self.manner),
        }
    }

    /// One notification for medium requests that came together.
    pub(super) fn medium(&self, key: &str, views: &[&ApprovalView]) -> Note {
        match views {
            [one] => Note { key: key.to_owned(), ..rules::single(one, self.moment.decider, self.manner) },
            several => rules::several(key, Level::Medium, several, self.manner),
        }
    }

    /// The words of a notification that stands for less than before.
    pub(super) fn again(&self, key: &str, views: &[&ApprovalView]) -> Note {
        match key {
            HIGH => self.high(views),
            "waiting" => rules::waiting(views, self.manner),
            "low" => rules::summed_up(views, self.manner),
            "morning" => rules::morning(views, self.manner),
            DIGEST => rules::digest(views, self.moment.decider, self.manner),
            _ => match views {
                [one] if key == rules::alert_key(&one.id) => {
                    rules::alerted(one, self.moment.decider, self.manner)
                }
                _ => self.medium(key, views),
            },
        }
    }
}

/// What stands in a digest, the gravest first.
pub(super) fn gravest_first(mut views: Views<'_>) -> Views<'_> {
    views.sort_by_key(|view| std::cmp::Reverse(rules::about(view).level));
    views
}

/// The key of the one notification of everything high.
const HIGH: &str = "high";
/// The key of the one that counts what was held back.
pub(super) const DIGEST: &str = "digest";
