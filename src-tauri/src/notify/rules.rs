//! What is said about what, and which buttons. Pure. Only our own words, and the server's lines made visible.

use navi_domain::allowance::UpTo;
use navi_domain::risk::Level;
use navi_domain::{SECOND, UtcMicros, canonical};
use navi_protocol::approvals::ApprovalView;
use navi_replica::{About, Identity};

use super::{Button, Note};
use crate::language::{Language, Words, said};
use crate::words::{is_hidden, level_of, shown};

/// Longest line that is offered for approval.
const WHOLE_ACTION_MAX: usize = 120;

/// How everything is said now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    /// In which language.
    pub(crate) language: Language,
    /// No more than the level, and nothing can be approved in it.
    pub(crate) hidden: bool,
}

/// The person and the device that would decide.
#[derive(Clone, Debug)]
pub(crate) struct Decider<'a> {
    /// Person.
    pub(crate) user: &'a str,
    /// Highest level this device may approve; `None` while it decides nothing.
    pub(crate) ceiling: Option<Level>,
    /// Server time.
    pub(crate) now: UtcMicros,
}

impl<'a> Decider<'a> {
    /// Of an enrolled console.
    pub(crate) fn new(identity: &'a Identity, now: UtcMicros) -> Self {
        let device = &identity.device;
        let may = device.confirmed_at.is_some() && device.revoked_at.is_none();
        // An unknown ceiling allows nothing, unlike an unknown level, which is critical.
        let known = [Level::Low, Level::Medium, Level::High, Level::Critical];
        let ceiling = known.into_iter().find(|level| may && level.as_str() == device.ceiling);
        Self { user: &identity.user, ceiling, now }
    }

    /// With no more than the organisation lets be approved in a notification.
    pub(crate) fn within(self, allowed: UpTo) -> Self {
        let most = [Level::Medium, Level::Low].into_iter().find(|level| allowed.permits(*level));
        Self { ceiling: self.ceiling.zip(most).map(|(ceiling, most)| ceiling.min(most)), ..self }
    }

    /// Whether this person is asked: not for their own requests, nor twice, nor without the right.
    pub(crate) fn is_asked(&self, view: &ApprovalView) -> bool {
        let has_right = view.deciders.is_empty() || view.deciders.iter().any(|d| d == self.user);
        view.requester != self.user
            && has_right
            && view.status == "pending"
            && view.left(self.now) > 0
            && !view.votes.iter().any(|v| v.user == self.user)
    }

    /// Whether the newest alert of it names this person: those before did not answer.
    pub(crate) fn is_next_in_line(&self, view: &ApprovalView) -> bool {
        view.alerts.last().is_some_and(|alert| alert.users.iter().any(|user| user == self.user))
    }

    /// Whether this device may approve it without the step-up key, and without a reason.
    fn may_approve(&self, view: &ApprovalView) -> bool {
        let level = level_of(&view.level);
        let bare = !level.needs_step_up() && !view.needs_step_up && !view.reason_required;
        bare && self.ceiling.is_some_and(|ceiling| level <= ceiling)
    }
}

/// What the news of a request is about.
pub(crate) fn about(view: &ApprovalView) -> About {
    About { approval_id: view.id.clone(), digest: view.digest.clone(), level: level_of(&view.level) }
}

/// The key of an approval's notification.
pub(crate) fn approval_key(approval_id: &str) -> String {
    format!("approval:{approval_id}")
}

/// The key of what is said to whoever is next in line for an approval.
pub(crate) fn alert_key(approval_id: &str) -> String {
    format!("alert:{approval_id}")
}

/// The notification of one request.
pub(crate) fn single(view: &ApprovalView, decider: &Decider<'_>, manner: Manner) -> Note {
    let Manner { language, hidden } = manner;
    let words = language.words();
    let level = level_of(&view.level);
    let word = loud(words, level);
    let whole = whole_action(view).filter(|_| !hidden);
    let approvable = whole.is_some() && decider.may_approve(view);
    let buttons = if approvable {
        vec![Button::Approve, Button::Reject, Button::Review]
    } else if level == Level::Critical {
        vec![Button::Review, Button::Reject]
    } else {
        // Three at most: GNOME draws no more.
        vec![Button::Review, Button::Reject, Button::Snooze]
    };
    let facts = facts(words, view, level, decider.now);
    // A desktop may show the first line alone.
    let score = format!(" {}", (words.note.score)(&format!("{:.2}", view.risk_score)));
    let score = if level.needs_step_up() { score.as_str() } else { "" };
    let title = format!("{word}{score}: {}", shown(&title_in(language, view), 90));
    let (summary, body) = match (hidden, whole) {
        (true, _) => (format!("{word}: {}", words.note.a_request_waits), words.note.open_to_read.to_owned()),
        (false, Some(line)) => (title, format!("{}\n{facts}", whole_in(language, view, line))),
        (false, None) => (title, facts),
    };
    Note {
        key: approval_key(&view.id),
        language,
        critical: level.needs_step_up(),
        sound: false,
        stays: true,
        summary,
        body,
        buttons,
        covers: vec![about(view)],
        policy_hash: view.policy_hash.clone(),
    }
}

/// A level's name; the grave ones are called out.
fn loud(words: &Words, level: Level) -> String {
    let word = (words.level)(level);
    if level.needs_step_up() { word.to_uppercase() } else { word.to_owned() }
}

fn facts(words: &Words, view: &ApprovalView, level: Level, now: UtcMicros) -> String {
    let (note, person) = (&words.note, shown(&view.requester, 40));
    let mut facts = vec![match &view.agent {
        Some(agent) => (note.agent_for)(&shown(agent, 40), &person),
        None => person,
    }];
    if !level.needs_step_up() {
        facts.push((note.risk)(&format!("{:.2}", view.risk_score)));
    }
    let (nth, quorum) = (view.votes.len() + 1, usize::from(view.quorum));
    if quorum > 1 {
        facts.push((note.quorum)(nth, quorum));
    }
    if level == Level::Critical && nth < quorum {
        facts.push(note.second_needed.to_owned());
    }
    facts.push((note.left)(&(words.span)(view.left(now) / (60 * SECOND))));
    if let Some(claim) = &view.claimed_by {
        facts.push((note.on_it)(&shown(&claim.user, 40)));
    }
    facts.join(" · ")
}

/// The whole action in one line, if it is shown as it is and the digest is that of the material.
fn whole_action(view: &ApprovalView) -> Option<&str> {
    let line = view.one_line.as_deref()?;
    let visible =
        !line.is_empty() && line.chars().count() <= WHOLE_ACTION_MAX && !line.chars().any(is_hidden);
    let bound = canonical::digest_of_material(&view.material).ok().as_deref() == Some(&view.digest);
    (visible && bound).then_some(line)
}

/// That line in the reader's language, if it fits there too: the same values, whole.
fn whole_in(language: Language, view: &ApprovalView, line: &str) -> String {
    let own = said(language, &view.words, line);
    let fits = own.chars().count() <= WHOLE_ACTION_MAX && !own.chars().any(is_hidden);
    if fits { own } else { line.to_owned() }
}

/// The server's title in the reader's language.
pub(crate) fn title_in(language: Language, view: &ApprovalView) -> String {
    said(language, &view.words, &view.title)
}

/// Titles that one notification names before it only counts.
const NAMED: usize = 3;

/// One notification for several requests of a level.
pub(crate) fn several(key: &str, level: Level, views: &[&ApprovalView], manner: Manner) -> Note {
    let words = manner.language.words();
    let summary = format!("{}: {}", loud(words, level), (words.note.requests_wait)(views.len()));
    // Nothing can be rejected that is not shown; putting them off decides nothing.
    let buttons = vec![Button::Review, Button::Snooze];
    Note { critical: level.needs_step_up(), stays: true, buttons, ..counted(key, summary, views, manner) }
}

/// The person is next in line for a request that those before did not answer.
pub(crate) fn alerted(view: &ApprovalView, decider: &Decider<'_>, manner: Manner) -> Note {
    let words = manner.language.words();
    let note = single(view, decider, manner);
    let waited = (words.span)((decider.now - view.created_at) / (60 * SECOND));
    Note {
        key: alert_key(&view.id),
        critical: true,
        summary: format!("{}: {}", words.note.next_in_line, note.summary),
        body: format!("{}\n{}", (words.note.nobody_answered)(&waited), note.body),
        ..note
    }
}

/// One notification for everything that waited before this console was looking.
pub(crate) fn waiting(views: &[&ApprovalView], manner: Manner) -> Note {
    let words = manner.language.words();
    let summary = format!("{}{}", (words.note.wait_for_you)(views.len()), high(words, views));
    Note { critical: grave(views) > 0, ..counted("waiting", summary, views, manner) }
}

/// Low requests summed up.
pub(crate) fn summed_up(views: &[&ApprovalView], manner: Manner) -> Note {
    let words = &manner.language.words().note;
    let all_low = views.iter().all(|view| level_of(&view.level) == Level::Low);
    let summary = if all_low { words.low_wait } else { words.requests_wait }(views.len());
    Note { buttons: vec![Button::Review, Button::Snooze], ..counted("low", summary, views, manner) }
}

/// What was held back while it was quiet.
pub(crate) fn morning(views: &[&ApprovalView], manner: Manner) -> Note {
    let words = manner.language.words();
    let summary = format!("{}{}", (words.note.while_quiet)(views.len()), high(words, views));
    Note { critical: grave(views) > 0, ..counted("morning", summary, views, manner) }
}

/// What was held back because too much came. It says how many, and opens the queue.
pub(crate) fn digest(views: &[&ApprovalView], decider: &Decider<'_>, manner: Manner) -> Note {
    let words = manner.language.words();
    let summary = format!("{}{}", (words.note.more_wait)(views.len()), high(words, views));
    let critical = grave(views) > 0 || views.iter().any(|view| decider.is_next_in_line(view));
    Note { critical, stays: true, ..counted("digest", summary, views, manner) }
}

fn grave(views: &[&ApprovalView]) -> usize {
    views.iter().filter(|view| level_of(&view.level).needs_step_up()).count()
}

fn high(words: &Words, views: &[&ApprovalView]) -> String {
    match grave(views) {
        0 => String::new(),
        grave => format!(" · {}", (words.tray.high)(grave)),
    }
}

fn counted(key: &str, summary: String, views: &[&ApprovalView], manner: Manner) -> Note {
    let mut body = String::new();
    if !manner.hidden {
        for view in views.iter().take(NAMED) {
            body.push_str(&shown(&title_in(manner.language, view), 60));
            body.push('\n');
        }
    }
    body.push_str(manner.language.words().note.open_to_read_and_decide);
    let covers = views.iter().map(|view| about(view)).collect();
    Note { covers, ..plain(manner.language, key, summary, body) }
}

/// A notification without a request.
pub(crate) fn plain(language: Language, key: &str, summary: String, body: String) -> Note {
    Note {
        key: key.to_owned(),
        language,
        critical: false,
        sound: false,
        stays: false,
        summary,
        body,
        buttons: vec![Button::Review],
        covers: Vec::new(),
        policy_hash: String::new(),
    }
}

/// The record contradicts itself: how, is said as the record has it.
pub(crate) fn broken(language: Language, how: &str) -> Note {
    let words = &language.words().note;
    let body = format!("{} {}", words.approving_stopped, shown(how, 200));
    Note { critical: true, ..plain(language, "integrity", words.record_contradicts.to_owned(), body) }
}

/// The record goes on under another name or key, and this console could follow it.
pub(crate) fn followed(language: Language, how: &str) -> Note {
    let summary = language.words().note.record_elsewhere.to_owned();
    Note { critical: true, ..plain(language, "followed", summary, shown(how, 300)) }
}

#[cfg(test)]
pub(crate) mod tests;
