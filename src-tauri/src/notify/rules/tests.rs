//! What each notification says, and what it offers.

use super::*;
use serde_json::json;

pub(crate) const NOW: i64 = 1_000_000_000;

const OPEN: Manner = Manner { language: Language::En, hidden: false };
const HIDDEN: Manner = Manner { language: Language::En, hidden: true };
const GERMAN: Manner = Manner { language: Language::De, hidden: false };

pub(crate) fn decider(user: &str) -> Decider<'_> {
    Decider { user, ceiling: Some(Level::Critical), now: NOW }
}

pub(crate) fn view(change: impl FnOnce(&mut ApprovalView)) -> ApprovalView {
    let material = json!({"v": 1, "command": "make deploy", "salt": "00"});
    let digest = canonical::digest_of_material(&material).unwrap();
    let mut view: ApprovalView = serde_json::from_value(json!({
        "id": "a1", "version": 1, "status": "pending", "action_id": "d1", "requester": "alice", "agent": "nova-7",
        "title": "run a command in shop", "one_line": "make deploy <now>", "material": material, "claims": {},
        "level": "medium", "risk_score": 0.42, "reasons": [], "rule": "r", "factors": [], "policy": "",
        "digest": digest, "policy_hash": "p1", "quorum": 1, "votes": [], "needs_step_up": false, "deciders": [],
        "created_at": 0, "expires_at": NOW + 1_200_000_000_i64, "server_time": NOW
    }))
    .unwrap();
    change(&mut view);
    view
}

fn buttons(view: &ApprovalView) -> Vec<Button> {
    single(view, &decider("bob"), OPEN).buttons
}

const FAIL_SAFE: [Button; 3] = [Button::Review, Button::Reject, Button::Snooze];

#[test]
fn a_medium_action_shown_whole_can_be_approved() {
    let view = view(|_| {});
    assert_eq!(
        single(&view, &decider("bob"), OPEN),
        Note {
            key: "approval:a1".into(),
            language: Language::En,
            critical: false,
            sound: false,
            stays: true,
            summary: "Medium: run a command in shop".into(),
            body: "make deploy <now>\nnova-7 for alice · risk 0.42 · 20 min left".into(),
            buttons: vec![Button::Approve, Button::Reject, Button::Review],
            covers: vec![about(&view)],
            policy_hash: "p1".into(),
        }
    );
}

#[test]
fn in_german_the_title_and_the_whole_action_are_said_in_german() {
    let words = json!([
        {"text": "run a command in shop", "code": "title.in",
         "with": {"subject": {"text": "Run make deploy", "code": "do.run", "with": {"command": "make deploy"}}, "repo": "shop"}},
        {"text": "make deploy <now>", "code": "line.run", "with": {"command": "make deploy <now>"}},
    ]);
    let view = view(|v| v.words = serde_json::from_value(words).unwrap());
    let note = single(&view, &decider("bob"), GERMAN);
    assert_eq!(note.summary, "Mittel: Ausführen: make deploy in shop");
    assert_eq!(note.body, "Ausführen: make deploy <now>\nnova-7 für alice · Risiko 0,42 · noch 20 min");
    assert_eq!(note.buttons, [Button::Approve, Button::Reject, Button::Review]);
    let several = several("high", Level::High, &[&view, &view], GERMAN);
    let body = several.body;
    assert!(body.contains("Ausführen: make deploy in shop") && !body.contains("run a command"), "{body}");
}

#[test]
fn approve_is_absent_where_it_must_be() {
    assert_eq!(buttons(&view(|v| v.level = "high".into())), FAIL_SAFE);
    let unheard = buttons(&view(|v| v.level = "unheard of".into()));
    assert_eq!(unheard, [Button::Review, Button::Reject], "an unknown level is critical, and not put off");
    assert_eq!(buttons(&view(|v| v.needs_step_up = true)), FAIL_SAFE);
    assert_eq!(buttons(&view(|v| v.reason_required = true)), FAIL_SAFE);
    assert_eq!(buttons(&view(|v| v.one_line = None)), FAIL_SAFE);
    assert_eq!(buttons(&view(|v| v.one_line = Some("x".repeat(121)))), FAIL_SAFE);
    assert_eq!(buttons(&view(|v| v.one_line = Some("rm\u{202e}x".into()))), FAIL_SAFE);
    assert_eq!(buttons(&view(|v| v.material = json!({"v": 1, "command": "other"}))), FAIL_SAFE);
}

#[test]
fn hidden_contents_say_the_level_alone_and_approve_nothing() {
    let note = single(&view(|_| {}), &decider("bob"), HIDDEN);
    assert_eq!((note.summary.as_str(), note.buttons.as_slice()), ("Medium: a request waits", &FAIL_SAFE[..]));
    let (a, b) = (view(|_| {}), view(|v| v.title = "drop the table".into()));
    let counted = [
        several("high", Level::High, &[&a, &b], HIDDEN),
        waiting(&[&a, &b], HIDDEN),
        digest(&[&a, &b], &decider("bob"), HIDDEN),
    ];
    for note in counted.into_iter().chain([note]) {
        let text = format!("{}{}", note.summary, note.body);
        assert!(!text.contains("deploy") && !text.contains("table") && !text.contains("alice"), "{text}");
    }
}

#[test]
fn a_device_is_not_offered_more_than_it_may() {
    let low = Decider { ceiling: Some(Level::Low), ..decider("bob") };
    assert_eq!(single(&view(|_| {}), &low, OPEN).buttons, FAIL_SAFE);
    let unconfirmed = Decider { ceiling: None, ..decider("bob") };
    assert_eq!(single(&view(|_| {}), &unconfirmed, OPEN).buttons, FAIL_SAFE);
}

#[test]
fn approve_is_offered_only_as_far_as_the_organisation_allows() {
    let offered = |level: &str, allowed| {
        let view = view(|v| v.level = level.into());
        let buttons = single(&view, &decider("bob").within(allowed), OPEN).buttons;
        assert!(buttons.contains(&Button::Reject), "rejecting is always possible");
        buttons.contains(&Button::Approve)
    };
    for (allowed, low, medium) in
        [(UpTo::None, false, false), (UpTo::Low, true, false), (UpTo::Medium, true, true)]
    {
        assert_eq!((offered("low", allowed), offered("medium", allowed)), (low, medium), "{allowed:?}");
        assert!(!offered("high", allowed) && !offered("critical", allowed));
    }
    let unconfirmed = Decider { ceiling: None, ..decider("bob") }.within(UpTo::Medium);
    assert_eq!(single(&view(|_| {}), &unconfirmed, OPEN).buttons, FAIL_SAFE);
}

#[test]
fn high_is_critical_and_says_so() {
    let note = single(&view(|v| v.level = "high".into()), &decider("bob"), OPEN);
    assert!(note.critical);
    assert_eq!(note.summary, "HIGH 0.42: run a command in shop", "a desktop may show no more than that");
    assert!(!note.body.contains("risk"), "it is said once: {}", note.body);
}

#[test]
fn nobody_is_told_of_their_own_or_of_ended_requests() {
    let asked = |user: &'static str, view: &ApprovalView| decider(user).is_asked(view);
    assert!(asked("bob", &view(|_| {})));
    assert!(!asked("alice", &view(|_| {})));
    assert!(!asked("bob", &view(|v| v.status = "approved".into())));
    assert!(!asked("bob", &view(|v| v.expires_at = NOW)));
    assert!(!asked("bob", &view(|v| v.deciders = vec!["eve".into()])));
}

#[test]
fn only_offered_buttons_can_be_pressed() {
    let note = single(&view(|v| v.level = "high".into()), &decider("bob"), OPEN);
    assert_eq!(Button::pressed(&note, "approve"), None);
    assert_eq!(Button::pressed(&note, "reject"), Some(Button::Reject));
    assert_eq!(Button::pressed(&note, "default"), Some(Button::Review));
}

#[test]
fn critical_says_that_a_second_approver_is_needed_as_long_as_one_is() {
    let said = |quorum, votes: usize| {
        let view = view(|v| {
            v.level = "critical".into();
            v.quorum = quorum;
            let vote =
                json!({"user": "carol", "verdict": "approve", "surface": "window", "reason": "", "at": 0});
            v.votes = vec![serde_json::from_value(vote).unwrap(); votes];
        });
        single(&view, &decider("bob"), OPEN).body
    };
    let first = said(2, 0);
    assert!(first.contains("1 of 2 · a second approver is needed"), "{first}");
    assert!(!said(2, 1).contains("second approver") && !said(1, 0).contains("second approver"));
}

#[test]
fn a_digest_is_as_loud_as_what_stands_in_it() {
    use navi_protocol::oncall::AlertView;
    let (medium, high) = (view(|_| {}), view(|v| v.level = "high".into()));
    let loud = |views: &[&ApprovalView]| digest(views, &decider("bob"), OPEN).critical;
    assert!(!loud(&[&medium]) && loud(&[&medium, &high]));
    let alert = AlertView { step: 0, users: vec!["bob".into()], cause: "time".into(), at: 0 };
    assert!(loud(&[&view(|v| v.alerts = vec![alert])]), "this person is next in line");
}

#[test]
fn a_notification_leads_to_what_it_is_about() {
    use crate::notify::Leads;
    let (medium, other) = (view(|_| {}), view(|v| v.id = "a2".into()));
    let decider = decider("bob");
    assert_eq!(single(&medium, &decider, OPEN).leads(), Leads::Request("a1".into()));
    assert_eq!(digest(&[&medium, &other], &decider, OPEN).leads(), Leads::Queue);
    assert_eq!(summed_up(&[&medium, &other], OPEN).leads(), Leads::Queue);
    assert_eq!(plain(Language::En, "freeze:f1", String::new(), String::new()).leads(), Leads::Emergency);
    assert_eq!(broken(Language::En, "why").leads(), Leads::Window);
}

#[test]
fn what_waited_before_is_counted_once() {
    let (medium, high) = (view(|_| {}), view(|v| v.level = "high".into()));
    assert_eq!(waiting(&[&medium], OPEN).summary, "1 request waits for you");
    let note = waiting(&[&medium, &high, &high], OPEN);
    assert_eq!(note.summary, "3 requests wait for you · 2 high");
    assert!(note.critical && note.subject().is_none());
}

#[test]
fn whoever_is_next_in_line_reads_that_nobody_answered() {
    let note = alerted(&view(|_| {}), &decider("bob"), OPEN);
    assert!(note.critical);
    assert_eq!(note.summary, "You are next in line: Medium: run a command in shop");
    assert!(note.body.starts_with("Nobody has answered for 16 min.\n"), "{}", note.body);
}

#[test]
fn every_kind_of_notification_is_said_in_german() {
    let medium = view(|v| v.quorum = 2);
    let high = view(|v| v.level = "high".into());
    let note = single(&medium, &decider("bob"), GERMAN);
    assert_eq!(note.summary, "Mittel: run a command in shop");
    let facts = "nova-7 für alice · Risiko 0,42 · 1 von 2 · noch 20 min";
    assert_eq!(note.body, format!("make deploy <now>\n{facts}"), "the action stays as it is");
    let next = alerted(&high, &decider("bob"), GERMAN);
    assert_eq!(next.summary, "Du bist als Nächstes dran: HOCH 0,42: run a command in shop");
    assert!(next.body.starts_with("Seit 16 min hat niemand geantwortet.\n"), "{}", next.body);
    let hidden = single(&medium, &decider("bob"), Manner { hidden: true, ..GERMAN });
    let said = (hidden.summary.as_str(), hidden.body.as_str());
    assert_eq!(said, ("Mittel: eine Anfrage wartet", "Öffne die Konsole, um sie zu lesen."));
    for (note, summary) in [
        (several("k", Level::High, &[&high, &high], GERMAN), "HOCH: 2 Anfragen warten"),
        (waiting(&[&medium, &high], GERMAN), "2 Anfragen warten auf dich · 1 hoch"),
        (morning(&[&medium], GERMAN), "Während der Ruhe: 1 Anfrage wartet"),
        (digest(&[&high, &medium], &decider("bob"), GERMAN), "2 weitere Anfragen warten · 1 hoch"),
    ] {
        assert_eq!(note.summary, summary);
        let open = "Öffne die Konsole, um zu lesen und zu entscheiden.";
        assert!(note.body.ends_with(open) && note.language == Language::De, "{note:?}");
    }
    let broken = broken(Language::De, "size 3 does not extend size 4");
    let body = "Auf dieser Konsole lässt sich nichts mehr genehmigen. size 3 does not extend size 4";
    assert_eq!((broken.summary.as_str(), broken.body.as_str()), ("Das Protokoll widerspricht sich", body));
}
