//! What is said about this person's own votes: refused, not in effect yet, held back, taken back, put off. Pure.

use navi_domain::risk::Level;
use navi_protocol::approvals::ApprovalView;
use navi_replica::{About, OutboxItem, OutboxState};

use super::rules::{about, plain, title_in};
use super::{Button, Note};
use crate::language::{Language, Refused};
use crate::words::shown;

/// The key of what is said about this person's vote on an approval.
pub(crate) fn vote_key(approval_id: &str) -> String {
    format!("vote:{approval_id}")
}

/// A decision that had no effect. `None` for one that has.
pub(crate) fn without_effect(language: Language, item: &OutboxItem) -> Option<Note> {
    (item.state == OutboxState::NeedsYou).then(|| {
        let words = &language.words().note;
        let message = item.message.as_deref().unwrap_or(words.server_refused);
        let why = why(language, item.code.as_deref(), message);
        refused(language, &item.approval_id, &item.verdict, &why)
    })
}

/// Why something was refused: in this language where its code has words, else as it was said.
pub(crate) fn why(language: Language, code: Option<&str>, message: &str) -> String {
    match code.and_then(Refused::of) {
        Some(known) => (language.words().refused)(known).to_owned(),
        None => shown(message, 200),
    }
}

/// A press that could not be carried out, and why.
pub(crate) fn refused(language: Language, approval_id: &str, verdict: &str, why: &str) -> Note {
    let words = &language.words().note;
    let approves = verdict == "approve";
    let what = if approves { words.approval_did_not_count } else { words.rejection_did_not_count };
    of_vote(language, approval_id, what.to_owned(), why.to_owned())
}

/// A decision that is signed and not in effect.
pub(crate) fn queued(language: Language, approval_id: &str, verdict: &str) -> Note {
    let words = &language.words().note;
    let approves = verdict == "approve";
    let what = if approves { words.approval_not_in_effect } else { words.rejection_not_in_effect };
    of_vote(language, approval_id, what.to_owned(), words.sent_later.to_owned())
}

/// A rejection that can still be taken back.
pub(crate) fn rejecting(language: Language, view: &ApprovalView, secs: i64) -> Note {
    let words = &language.words().note;
    let summary = format!("{}: {}", (words.rejecting)(secs), shown(&title_in(language, view), 80));
    let note = of_vote(language, &view.id, summary, words.can_be_taken_back.to_owned());
    Note { stays: true, buttons: vec![Button::Undo, Button::Review], covers: vec![about(view)], ..note }
}

/// A request could not be put off.
pub(crate) fn not_put_off(language: Language, approval_id: &str, why: &str) -> Note {
    of_vote(language, approval_id, language.words().note.not_put_off.to_owned(), why.to_owned())
}

/// A rejection was taken back.
pub(crate) fn taken_back(language: Language, approval_id: &str) -> Note {
    let words = &language.words().note;
    of_vote(language, approval_id, words.taken_back.to_owned(), words.still_waits.to_owned())
}

/// Somebody wanted to take a rejection back that is not held any more; `None` where it was never signed, because then it
/// had been taken back before. `signing`: it was let go to be signed a moment ago, so that no vote may be there yet.
pub(crate) fn undone_too_late(
    language: Language,
    approval_id: &str,
    vote: Option<&OutboxItem>,
    signing: bool,
) -> Option<Note> {
    let words = &language.words().note;
    let vote = vote.filter(|vote| vote.verdict == "reject" && vote.state != OutboxState::Withdrawn);
    let body = match vote.map(|vote| vote.state) {
        Some(OutboxState::Unsent) => words.signed_not_sent,
        Some(_) => words.signed_already,
        None if signing => words.signed_already,
        None => return None,
    };
    let note = of_vote(language, approval_id, words.too_late_to_undo.to_owned(), body.to_owned());
    // Not in the place of what is said about the vote: that goes when the vote is recorded.
    Some(Note { key: format!("undo:{approval_id}"), ..note })
}

fn of_vote(language: Language, approval_id: &str, summary: String, body: String) -> Note {
    let about = About { approval_id: approval_id.to_owned(), digest: String::new(), level: Level::Low };
    Note { covers: vec![about], ..plain(language, &vote_key(approval_id), summary, body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(verdict: &str, state: OutboxState) -> OutboxItem {
        OutboxItem {
            id: "v".into(),
            approval_id: "a".into(),
            verdict: verdict.into(),
            title: "t".into(),
            for_user: None,
            state,
            code: None,
            message: None,
            ledger_index: None,
            made_at: 1,
        }
    }

    #[test]
    fn an_undo_that_comes_too_late_is_said_and_one_of_nothing_is_not() {
        let said = |vote: Option<&OutboxItem>, signing| {
            undone_too_late(Language::En, "a", vote, signing).map(|note| (note.key, note.body))
        };
        let key = || "undo:a".to_owned();
        let already = Some((key(), "It is signed already.".to_owned()));
        assert_eq!(said(Some(&vote("reject", OutboxState::Recorded)), false), already);
        assert_eq!(said(Some(&vote("reject", OutboxState::NeedsYou)), false), already);
        assert_eq!(said(None, true), already, "the vote is being made");
        let unsent = said(Some(&vote("reject", OutboxState::Unsent)), true).unwrap().1;
        assert!(unsent.contains("not sent yet"), "{unsent}");
        assert_eq!(said(None, false), None, "it was taken back before");
        assert_eq!(said(Some(&vote("reject", OutboxState::Withdrawn)), false), None);
        assert_eq!(said(Some(&vote("approve", OutboxState::Recorded)), false), None);
    }

    #[test]
    fn a_refusal_is_said_in_the_persons_language_and_a_new_code_as_the_server_says_it() {
        let said = |language, code| why(language, Some(code), "this request is already\u{202e} approved");
        assert_eq!(said(Language::De, "already_decided"), "Es ist schon entschieden.");
        assert_eq!(said(Language::En, "already_decided"), "It is decided already.");
        assert_eq!(said(Language::De, "teapot"), "this request is already⟨U+202E⟩ approved");
        let note = refused(Language::De, "a", "reject", "weil");
        assert_eq!((note.summary.as_str(), note.body.as_str()), ("Deine Ablehnung zählte nicht", "weil"));
    }
}
