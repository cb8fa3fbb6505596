//! What stands on the screen, and what is to change there, from what waits. Pure but for its own memory of the screen:
//! time, requests, preferences and the person's standing come in, a [`Plan`] comes out.

mod drawing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use navi_domain::delivery::preferences::{Contents, NotifyPreferences};
use navi_domain::delivery::quiet::{Passage, Standing, passage};
use navi_domain::delivery::ring::{Waiting, rings};
use navi_domain::delivery::{Delivery, Hindrance, Stage};
use navi_domain::risk::Level;
use navi_domain::{MINUTE, SECOND, UtcMicros};
use navi_protocol::approvals::ApprovalView;
use navi_replica::{About, Tracked};

use super::Note;
use super::burst::Burst;
use super::rules::{self, Decider, Manner};
use crate::language::Language;
use drawing::{DIGEST, Drawing, gravest_first};

/// Medium requests that come within this long stand in one notification.
const GATHER: UtcMicros = 10 * SECOND;
/// Up to this many that nobody was told of yet are told one by one at the start; more become one count.
const ONE_BY_ONE: usize = 3;

/// A request that waits, and how far its news came here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    /// As last seen.
    pub(super) view: &'a ApprovalView,
    /// Its news.
    pub(super) tracked: Option<&'a Tracked>,
    /// Put off by the person.
    pub(super) snoozed: bool,
}

/// When, for whom, and how they want to be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    /// Who would decide, and the server's time.
    pub(super) decider: &'a Decider<'a>,
    /// How they want it.
    pub(super) preferences: &'a NotifyPreferences,
    /// In which language.
    pub(super) language: Language,
    /// It is quiet now.
    pub(super) quiet: bool,
    /// They are on call.
    pub(super) on_call: bool,
    /// Somebody else may see the screen: it is locked, or perhaps shared.
    pub(super) seen_by_others: bool,
    /// The request that the focused window shows, while somebody is there.
    pub(super) in_view: Option<&'a str>,
    /// When low requests were summed up last.
    pub(super) digest_at: Option<UtcMicros>,
}

impl Moment<'_> {
    /// Whether the focused window shows this request.
    fn shows(&self, view: &ApprovalView) -> bool {
        self.in_view == Some(view.id.as_str())
    }
}

/// A notification to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Showing {
    /// What is shown.
    pub(super) note: Note,
    /// It is told, anew or again; otherwise only its words change in place.
    pub(super) rings: bool,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Show or replace.
    pub(super) show: Vec<Showing>,
    /// Take away.
    pub(super) withdraw: Vec<String>,
    /// Requests this device did not know of.
    pub(super) created: Vec<About>,
    /// What is not told now, and why.
    pub(super) hindered: Vec<(About, Hindrance)>,
    /// How many alerts of a request are told with this.
    pub(super) alerts: Vec<(About, usize)>,
    /// Low requests are summed up with this.
    pub(super) summed_up: bool,
    /// When notifications came that count against the limit, if one comes with this.
    pub(super) bubbles: Option<Vec<UtcMicros>>,
}

/// What was put on the screen and not taken away since.
#[derive(Debug, Default)]
pub(super) struct Board {
    on_screen: BTreeMap<String, Vec<About>>,
    gathering: Option<(String, UtcMicros)>,
    burst: Burst,
    /// Stands in the digest alone, because too much came.
    swallowed: BTreeSet<About>,
    /// Should have been told while the focused window showed it.
    kept_back: BTreeSet<About>,
    /// The first plan of this run was made.
    started: bool,
    /// What waited before this console was looking was counted.
    looked: bool,
    /// What stands on the screen is said so.
    manner: Option<Manner>,
    /// Stood there when an earlier run ended: their buttons are dead until they are shown anew.
    left: BTreeSet<String>,
}

type Views<'a> = Vec<&'a ApprovalView>;

/// What is asked of the person, by what becomes of it now.
#[derive(Default)]
struct Sorted<'a> {
    asked: BTreeMap<About, &'a ApprovalView>,
    due: Views<'a>,
    in_view: BTreeSet<About>,
    fresh: BTreeSet<String>,
    held: BTreeSet<String>,
    high: Views<'a>,
    low: Views<'a>,
    alerted: Views<'a>,
}

impl Board {
    /// A board on which an earlier run left this, and when it showed what counts against the limit.
    pub(super) fn with(
        left: impl IntoIterator<Item = (String, Vec<About>)>,
        bubbles: Vec<UtcMicros>,
    ) -> Self {
        let on_screen: BTreeMap<_, _> = left.into_iter().collect();
        let swallowed = on_screen.get(DIGEST).into_iter().flatten().cloned().collect();
        let left = on_screen.keys().cloned().collect();
        Self { left, on_screen, swallowed, burst: Burst::with(bubbles), ..Self::default() }
    }

    /// Off the screen: the person or the desktop took it away.
    pub(super) fn closed(&mut self, key: &str) {
        self.left.remove(key);
        self.on_screen.remove(key);
    }

    /// A snapshot came: what it brought is counted, not told one by one.
    pub(super) fn look_anew(&mut self) {
        self.looked = false;
    }

    /// What is to change on the screen.
    pub(super) fn plan(&mut self, items: &[Item<'_>], moment: &Moment<'_>) -> Plan {
        let mut plan = Plan::default();
        let mut sorted = self.sort(items, moment, &mut plan);
        self.started = true;
        self.kept_back.append(&mut sorted.in_view);
        self.kept_back.retain(|about| sorted.asked.contains_key(about));
        self.swallowed.retain(|about| sorted.asked.contains_key(about));
        let first_look = !std::mem::replace(&mut self.looked, true);
        let hidden = match moment.preferences.contents {
            Contents::Full => false,
            Contents::HiddenWhenLocked => moment.seen_by_others,
            Contents::Hidden => true,
        };
        let manner = Manner { language: moment.language, hidden };
        let mut stage = Drawing::new(moment, manner, &mut plan);
        for view in std::mem::take(&mut sorted.alerted) {
            stage.ring(self, rules::alerted(view, moment.decider, manner));
            stage.plan.alerts.push((rules::about(view), view.alerts.len()));
            sorted.due.retain(|v| v.id != view.id);
        }
        // What is critical stands alone, whatever it came with.
        let is_counted = |view: &ApprovalView| rules::about(view).level != Level::Critical;
        let fresh = sorted.take_due(|s, v| s.fresh.contains(&v.id) && is_counted(v));
        if first_look && fresh.len() > ONE_BY_ONE {
            stage.ring(self, rules::waiting(&fresh, manner));
        } else {
            sorted.due.extend(fresh);
        }
        let held = sorted.take_due(|s, v| s.held.contains(&v.id) && is_counted(v));
        if held.len() > 1 {
            stage.ring(self, rules::morning(&held, manner));
        } else {
            sorted.due.extend(held);
        }
        self.by_level(&sorted, &mut stage);
        self.sum_up(&sorted, &mut stage);
        let swallowed = self.swallowed.iter().filter_map(|about| sorted.asked.get(about).copied());
        let swallowed = gravest_first(swallowed.collect());
        stage.digest(self, &swallowed);
        self.tidy(&sorted, &mut stage);
        plan
    }

    fn sort<'a>(&self, items: &[Item<'a>], moment: &Moment<'_>, plan: &mut Plan) -> Sorted<'a> {
        let (decider, mut sorted) = (moment.decider, Sorted::default());
        for item in items.iter().filter(|item| decider.is_asked(item.view)) {
            let (view, about) = (item.view, rules::about(item.view));
            if item.tracked.is_none() {
                plan.created.push(about.clone());
            }
            if item.snoozed {
                plan.hindered.push((about, Hindrance::Snoozed));
                continue;
            }
            sorted.asked.insert(about.clone(), view);
            let told = item.tracked.map_or(0, |tracked| tracked.alerts);
            let names_me = decider.is_next_in_line(view);
            let alerted = names_me && told < view.alerts.len();
            let rule = moment.preferences.levels.of(about.level);
            let standing = Standing { on_call: moment.on_call, alerted: names_me, quiet: moment.quiet };
            match passage(about.level, rule, standing) {
                Passage::Never => plan.hindered.push((about, Hindrance::Preference)),
                Passage::Held => plan.hindered.push((about, Hindrance::QuietHours)),
                Passage::Digest => {
                    plan.hindered.push((about, Hindrance::Preference));
                    sorted.low.push(view);
                }
                // What they have before their eyes is told as soon as they look away.
                Passage::Bubble if alerted && !moment.shows(view) => sorted.alerted.push(view),
                Passage::Bubble => self.bubble(item, &about, moment, &mut sorted),
            }
        }
        sorted
    }

    /// Whether one of those that are shown rings now, and as what.
    fn bubble<'a>(&self, item: &Item<'a>, about: &About, moment: &Moment<'_>, sorted: &mut Sorted<'a>) {
        let (view, news) = (item.view, item.tracked.map(|tracked| &tracked.delivery));
        if about.level == Level::High {
            sorted.high.push(view);
        }
        // Handed over in a run that ended before the desktop answered: nobody knows whether it was shown.
        let lost = !self.started && news.is_some_and(|n| n.stage() == Stage::Dispatched);
        // What was put off until now is told as if it were new.
        let put_off = news.is_some_and(|news| was_put_off(view, news));
        let last = news.and_then(|n| n.rang_at).filter(|_| !lost && !put_off);
        let (rule, now) = (moment.preferences.levels.of(about.level), moment.decider.now);
        if moment.shows(view) {
            if rings(waiting(view, about.level), rule, last, now) {
                sorted.in_view.insert(about.clone());
            }
            return;
        }
        // Who opened it already knows of it, unless it asked for them while they had it open.
        let opened = news.is_some_and(|n| n.stage() >= Stage::Opened).then_some(view.created_at);
        let opened = opened.filter(|_| !put_off && !self.kept_back.contains(about));
        if !rings(waiting(view, about.level), rule, last.or(opened), now) {
            return;
        }
        sorted.due.push(view);
        if last.is_none() {
            let held = news.and_then(|n| n.hindered);
            let quiet = held.is_some_and(|(why, _)| why == Hindrance::QuietHours);
            if quiet { &mut sorted.held } else { &mut sorted.fresh }.insert(view.id.clone());
        }
    }

    fn by_level(&mut self, sorted: &Sorted<'_>, stage: &mut Drawing<'_, '_>) {
        let due = |level| sorted.due.iter().copied().filter(move |v| rules::about(v).level == level);
        for view in due(Level::Critical) {
            let note = rules::single(view, stage.moment.decider, stage.manner);
            stage.ring(self, note);
        }
        if due(Level::High).next().is_some() {
            let note = stage.high(&sorted.high);
            stage.ring(self, note);
        }
        let medium: Views<'_> = due(Level::Medium).collect();
        if !medium.is_empty() {
            self.gather(&medium, sorted, stage);
        }
        // A level below that the person wants one by one.
        for view in due(Level::Low) {
            let note = rules::single(view, stage.moment.decider, stage.manner);
            stage.ring(self, note);
        }
    }

    /// Medium requests that come close together stand in one notification, which is replaced in place.
    fn gather(&mut self, due: &[&ApprovalView], sorted: &Sorted<'_>, stage: &mut Drawing<'_, '_>) {
        let now = stage.moment.decider.now;
        let open =
            self.gathering.take().filter(|(key, at)| now - at < GATHER && self.on_screen.contains_key(key));
        let (key, at) = match open {
            Some(open) => open,
            None => match due.first() {
                Some(first) => (rules::approval_key(&first.id), now),
                None => return,
            },
        };
        let before = self.on_screen.get(&key).into_iter().flatten();
        let mut views: Views<'_> = before.filter_map(|about| sorted.asked.get(about).copied()).collect();
        views.extend(due.iter().copied().filter(|v| !views.iter().any(|b| b.id == v.id)).collect::<Vec<_>>());
        let note = stage.medium(&key, &views);
        let joins = self.on_screen.contains_key(&key);
        stage.ring(self, note);
        if let Some(last) = stage.plan.show.last_mut().filter(|_| joins) {
            // It sounded once.
            last.note.sound = false;
        }
        self.gathering = Some((key, at));
    }

    fn sum_up(&mut self, sorted: &Sorted<'_>, stage: &mut Drawing<'_, '_>) {
        let now = stage.moment.decider.now;
        let pause = i64::from(stage.moment.preferences.digest.0) * MINUTE;
        let Some(oldest) = sorted.low.iter().map(|view| view.created_at).min() else { return };
        if now >= oldest + pause && stage.moment.digest_at.is_none_or(|at| now >= at + pause) {
            stage.plan.summed_up = true;
            stage.ring(self, rules::summed_up(&sorted.low, stage.manner));
        }
    }

    /// Takes away what no longer waits, and says anew what is left of the rest.
    fn tidy(&mut self, sorted: &Sorted<'_>, stage: &mut Drawing<'_, '_>) {
        let shown_now: BTreeSet<String> = stage.plan.show.iter().map(|s| s.note.key.clone()).collect();
        let reworded = self.manner.replace(stage.manner).is_some_and(|was| was != stage.manner);
        let left_by_another = std::mem::take(&mut self.left);
        let keys: Vec<String> =
            self.on_screen.keys().filter(|key| !shown_now.contains(*key)).cloned().collect();
        for key in keys {
            let covers = self.on_screen.get(&key).cloned().unwrap_or_default();
            // What was shown elsewhere since leaves the digest.
            let stays = |about: &&About| key != DIGEST || self.swallowed.contains(*about);
            let left: Views<'_> =
                covers.iter().filter(stays).filter_map(|about| sorted.asked.get(about).copied()).collect();
            if left.is_empty() {
                self.on_screen.remove(&key);
                stage.plan.withdraw.push(key);
            } else if reworded || left_by_another.contains(&key) || left.len() < covers.len() {
                let note = stage.again(&key, &left);
                self.on_screen.insert(key, note.covers.clone());
                stage.plan.show.push(Showing { note, rings: false });
            }
        }
    }
}

/// Whether it was put off since it was told last. A newer view of it may no longer say until when.
fn was_put_off(view: &ApprovalView, news: &Delivery) -> bool {
    let noted = news.hindered.is_some_and(|(why, _)| why == Hindrance::Snoozed);
    noted || view.snoozed_until.is_some_and(|until| news.rang_at < Some(until))
}

fn waiting(view: &ApprovalView, level: Level) -> Waiting {
    Waiting {
        level,
        created_at: view.created_at,
        expires_at: view.expires_at,
        claimed: view.claimed_by.is_some(),
        paused: view.paused_since.is_some(),
    }
}

impl<'a> Sorted<'a> {
    /// Takes what is due and fits out of the rest.
    fn take_due(&mut self, fits: impl Fn(&Self, &ApprovalView) -> bool) -> Views<'a> {
        let (taken, rest) = std::mem::take(&mut self.due).into_iter().partition(|view| fits(self, view));
        self.due = rest;
        taken
    }
}
