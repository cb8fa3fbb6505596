//! What is said about what, and which buttons. Pure. Only our own words, and the server's lines made visible.

use navi_domain::risk::Level;
use navi_domain::{SECOND, UtcMicros, canonical};
use navi_protocol::approvals::ApprovalView;
use navi_replica::{Identity, OutboxItem, OutboxState};

use super::{Button, Note, Subject};
use crate::words::{is_hidden, level_of, level_word, shown, span};

/// Longest line that is offered for approval.
const WHOLE_ACTION_MAX: usize = 120;

/// The person and the device that would decide.
#[derive(Clone, Debug)]
pub(crate) struct Decider<'a> {
    /// Person.
    user: &'a str,
    /// Highest level this device may approve; `None` while it decides nothing.
    ceiling: Option<Level>,
    /// Server time.
    now: UtcMicros,
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

    /// Whether this person is asked: not for their own requests, nor twice, nor without the right.
    pub(crate) fn is_asked(&self, view: &ApprovalView) -> bool {
        let has_right = view.deciders.is_empty() || view.deciders.iter().any(|d| d == self.user);
        view.requester != self.user
            && has_right
            && view.status == "pending"
            && view.left(self.now) > 0
            && !view.votes.iter().any(|v| v.user == self.user)
    }

    fn may_approve(&self, view: &ApprovalView) -> bool {
        let level = level_of(&view.level);
        !level.needs_step_up() && !view.needs_step_up && self.ceiling.is_some_and(|ceiling| level <= ceiling)
    }
}

/// The key of an approval's notification.
pub(crate) fn approval_key(approval_id: &str) -> String {
    format!("approval:{approval_id}")
}

/// The key of what is said about this person's vote on an approval.
pub(crate) fn vote_key(approval_id: &str) -> String {
    format!("vote:{approval_id}")
}

/// The notification of a new approval; `None` for one that this person does not decide.
pub(crate) fn new_approval(view: &ApprovalView, decider: &Decider<'_>) -> Option<Note> {
    if !decider.is_asked(view) {
        return None;
    }
    let whole = whole_action(view);
    let approvable = whole.is_some() && decider.may_approve(view);
    let buttons = if approvable {
        vec![Button::Approve, Button::Reject, Button::Review]
    } else {
        vec![Button::Review, Button::Reject]
    };
    let asker = match &view.agent {
        Some(agent) => format!("{} for {}", shown(agent, 40), shown(&view.requester, 40)),
        None => shown(&view.requester, 40),
    };
    let quorum = if view.quorum > 1 {
        format!(" · {} of {}", view.votes.len() + 1, view.quorum)
    } else {
        String::new()
    };
    let facts = format!(
        "{asker} · risk {:.2}{quorum} · {} left",
        view.risk_score,
        span(view.left(decider.now) / (60 * SECOND))
    );
    let body = match whole {
        Some(line) => format!("{line}\n{facts}"),
        None => facts,
    };
    let level = level_of(&view.level);
    let grave = level.needs_step_up();
    let word = if grave { level_word(level).to_uppercase() } else { level_word(level).to_owned() };
    Some(Note {
        key: approval_key(&view.id),
        critical: grave,
        stays: true,
        summary: format!("{word}: {}", shown(&view.title, 90)),
        body,
        buttons,
        subject: Some(Subject { approval_id: view.id.clone(), digest: view.digest.clone() }),
    })
}

/// The whole action in one line, if it is shown as it is and the digest is that of the material.
fn whole_action(view: &ApprovalView) -> Option<&str> {
    let line = view.one_line.as_deref()?;
    let visible =
        !line.is_empty() && line.chars().count() <= WHOLE_ACTION_MAX && !line.chars().any(is_hidden);
    let bound = canonical::digest_of_material(&view.material).ok().as_deref() == Some(&view.digest);
    (visible && bound).then_some(line)
}

/// One notification for everything that waited before this console was looking.
pub(crate) fn waiting(views: &[&ApprovalView]) -> Option<Note> {
    let grave = views.iter().filter(|view| level_of(&view.level).needs_step_up()).count();
    let more = if grave > 0 { format!(" · {grave} high") } else { String::new() };
    let summary = match views.len() {
        0 => return None,
        1 => format!("1 request waits for you{more}"),
        n => format!("{n} requests wait for you{more}"),
    };
    Some(queue_note("waiting", summary, grave > 0))
}

/// The digest of a burst.
pub(crate) fn digest(count: u64) -> Note {
    let summary =
        if count == 1 { "1 more request waits".to_owned() } else { format!("{count} more requests wait") };
    queue_note("digest", summary, false)
}

fn queue_note(key: &str, summary: String, critical: bool) -> Note {
    Note {
        key: key.to_owned(),
        critical,
        stays: false,
        summary,
        body: "Open the console to read and decide.".to_owned(),
        buttons: vec![Button::Review],
        subject: None,
    }
}

/// A decision that had no effect. `None` for one that has.
pub(crate) fn without_effect(item: &OutboxItem) -> Option<Note> {
    (item.state == OutboxState::NeedsYou).then(|| {
        let why = item.message.as_deref().unwrap_or("the server refused it");
        refused(&item.approval_id, &item.verdict, why)
    })
}

/// A press that could not be carried out, in words.
pub(crate) fn refused(approval_id: &str, verdict: &str, why: &str) -> Note {
    let what = if verdict == "approve" { "approval" } else { "rejection" };
    about(approval_id, format!("Your {what} did not count"), shown(why, 200))
}

/// A decision that is signed and not in effect.
pub(crate) fn queued(approval_id: &str, verdict: &str) -> Note {
    let what = if verdict == "approve" { "approval" } else { "rejection" };
    let body =
        "The server cannot be reached. It is sent as soon as it can be; until then nothing runs.".to_owned();
    about(approval_id, format!("Your {what} is signed, but not in effect"), body)
}

/// The record contradicts itself.
pub(crate) fn broken(why: &str) -> Note {
    Note { critical: true, ..queue_note("integrity", "The record contradicts itself".to_owned(), true) }
        .with_body(why)
}

/// The record goes on under another name or key, and this console could follow it.
pub(crate) fn followed(words: &str) -> Note {
    let note = queue_note("followed", "The record goes on elsewhere".to_owned(), true);
    Note { critical: true, body: shown(words, 300), ..note }
}

impl Note {
    fn with_body(self, body: &str) -> Self {
        Self { body: format!("Approving stopped on this console. {}", shown(body, 200)), ..self }
    }
}

fn about(approval_id: &str, summary: String, body: String) -> Note {
    Note {
        key: vote_key(approval_id),
        critical: false,
        stays: false,
        summary,
        body,
        buttons: vec![Button::Review],
        subject: Some(Subject { approval_id: approval_id.to_owned(), digest: String::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_000_000_000;

    fn decider(user: &str) -> Decider<'_> {
        Decider { user, ceiling: Some(Level::Critical), now: NOW }
    }

    fn view(change: impl FnOnce(&mut ApprovalView)) -> ApprovalView {
        let material = json!({"v": 1, "command": "make deploy", "salt": "00"});
        let digest = canonical::digest_of_material(&material).unwrap();
        let mut view: ApprovalView = serde_json::from_value(json!({
            "id": "a1", "version": 1, "status": "pending", "action_id": "d1", "requester": "alice", "agent": "nova-7",
            "title": "run a command in shop", "one_line": "make deploy <now>", "material": material, "claims": {},
            "level": "medium", "risk_score": 0.42, "reasons": [], "rule": "r", "factors": [], "policy": "",
            "digest": digest, "policy_hash": "", "quorum": 1, "votes": [], "needs_step_up": false, "deciders": [],
            "created_at": 0, "expires_at": NOW + 1_200_000_000_i64, "server_time": NOW
        }))
        .unwrap();
        change(&mut view);
        view
    }

    fn buttons(view: &ApprovalView) -> Vec<Button> {
        new_approval(view, &decider("bob")).unwrap().buttons
    }

    const FAIL_SAFE: [Button; 2] = [Button::Review, Button::Reject];

    #[test]
    fn a_medium_action_shown_whole_can_be_approved() {
        let view = view(|_| {});
        assert_eq!(
            new_approval(&view, &decider("bob")),
            Some(Note {
                key: "approval:a1".into(),
                critical: false,
                stays: true,
                summary: "Medium: run a command in shop".into(),
                body: "make deploy <now>\nnova-7 for alice · risk 0.42 · 20 min left".into(),
                buttons: vec![Button::Approve, Button::Reject, Button::Review],
                subject: Some(Subject { approval_id: "a1".into(), digest: view.digest.clone() }),
            })
        );
    }

    #[test]
    fn approve_is_absent_where_it_must_be() {
        assert_eq!(buttons(&view(|v| v.level = "high".into())), FAIL_SAFE);
        assert_eq!(buttons(&view(|v| v.level = "unheard of".into())), FAIL_SAFE);
        assert_eq!(buttons(&view(|v| v.needs_step_up = true)), FAIL_SAFE);
        assert_eq!(buttons(&view(|v| v.one_line = None)), FAIL_SAFE);
        assert_eq!(buttons(&view(|v| v.one_line = Some("x".repeat(121)))), FAIL_SAFE);
        assert_eq!(buttons(&view(|v| v.one_line = Some("rm\u{202e}x".into()))), FAIL_SAFE);
        assert_eq!(buttons(&view(|v| v.material = json!({"v": 1, "command": "other"}))), FAIL_SAFE);
    }

    #[test]
    fn a_device_is_not_offered_more_than_it_may() {
        let low = Decider { ceiling: Some(Level::Low), ..decider("bob") };
        assert_eq!(new_approval(&view(|_| {}), &low).unwrap().buttons, FAIL_SAFE);
        let unconfirmed = Decider { ceiling: None, ..decider("bob") };
        assert_eq!(new_approval(&view(|_| {}), &unconfirmed).unwrap().buttons, FAIL_SAFE);
    }

    #[test]
    fn high_is_critical_and_says_so() {
        let note = new_approval(&view(|v| v.level = "high".into()), &decider("bob")).unwrap();
        assert!(note.critical);
        assert!(note.summary.starts_with("HIGH: "));
    }

    #[test]
    fn nobody_is_told_of_their_own_or_of_ended_requests() {
        assert_eq!(new_approval(&view(|_| {}), &decider("alice")), None);
        assert_eq!(new_approval(&view(|v| v.status = "approved".into()), &decider("bob")), None);
        assert_eq!(new_approval(&view(|v| v.expires_at = NOW), &decider("bob")), None);
        assert_eq!(new_approval(&view(|v| v.deciders = vec!["eve".into()]), &decider("bob")), None);
    }

    #[test]
    fn only_offered_buttons_can_be_pressed() {
        let note = new_approval(&view(|v| v.level = "high".into()), &decider("bob")).unwrap();
        assert_eq!(Button::pressed(&note, "approve"), None);
        assert_eq!(Button::pressed(&note, "reject"), Some(Button::Reject));
        assert_eq!(Button::pressed(&note, "default"), Some(Button::Review));
    }

    #[test]
    fn what_waited_before_is_counted_once() {
        let (medium, high) = (view(|_| {}), view(|v| v.level = "high".into()));
        assert_eq!(waiting(&[]), None);
        assert_eq!(waiting(&[&medium]).unwrap().summary, "1 request waits for you");
        let note = waiting(&[&medium, &high, &high]).unwrap();
        assert_eq!(note.summary, "3 requests wait for you · 2 high");
        assert!(note.critical);
    }
}
