//! How far the news of a request came with the people who can decide it, in words for whoever waits.

use navi_protocol::approvals::ApprovalView;
use navi_protocol::deliveries::ToldView;

use crate::text::visible;

/// People that one line names.
const NAMED: usize = 6;

/// Whether somebody has seen it: then there is less to look for.
pub fn is_seen(approval: &ApprovalView) -> bool {
    let seen = |told: &ToldView| matches!(told.stage.as_deref(), Some("shown" | "opened" | "decided"));
    approval.told.iter().any(seen)
}

/// Whether there is something new to say, the passing of time aside.
pub fn is_news(before: &[ToldView], now: &[ToldView]) -> bool {
    let what =
        |told: &ToldView| (told.user.clone(), told.connected, told.stage.clone(), told.hindered.clone());
    before.iter().map(what).ne(now.iter().map(what))
}

/// `alice: shown 40 s ago; bob: console closed`. At the server's time `now`.
pub fn line(told: &[ToldView], now: i64) -> String {
    let mut people: Vec<String> = told.iter().take(NAMED).map(|one| person(one, now)).collect();
    if told.len() > NAMED {
        people.push(format!("{} more", told.len() - NAMED));
    }
    people.join("; ")
}

fn person(told: &ToldView, now: i64) -> String {
    let ago = told.at.map(|at| span((now - at) / 1_000_000)).unwrap_or_default();
    let hindered = told.hindered.as_deref().map(why);
    let how = match (told.stage.as_deref(), hindered) {
        (Some("decided"), _) => format!("decided {ago} ago"),
        (Some("opened"), _) => format!("opened {ago} ago"),
        (Some("shown"), _) => format!("shown {ago} ago"),
        (Some(_), Some(why)) if !told.connected => format!("{why}, console closed"),
        (_, Some(why)) => why.to_owned(),
        (Some("accepted"), None) => format!("handed to the desktop {ago} ago"),
        (Some("dispatched"), None) => format!("sent to the desktop {ago} ago"),
        _ if told.connected => "console open".to_owned(),
        _ => "console closed".to_owned(),
    };
    format!("{}: {how}", visible(&told.user))
}

fn why(hindered: &str) -> &str {
    match hindered {
        "no_service" => "the desktop shows no notifications",
        "service_gone" => "the desktop's notifications ended",
        "do_not_disturb" => "do not disturb",
        "screen_locked" => "screen locked",
        "quiet_hours" => "quiet hours",
        "preference" => "told in a digest",
        "snoozed" => "put off",
        _ => "held back",
    }
}

fn span(secs: i64) -> String {
    match secs.max(0) {
        secs @ 0..120 => format!("{secs} s"),
        secs @ 120..7200 => format!("{} min", secs / 60),
        secs => format!("{} h", secs / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(user: &str, connected: bool, stage: Option<&str>, hindered: Option<&str>) -> ToldView {
        ToldView {
            user: user.into(),
            connected,
            stage: stage.map(str::to_owned),
            at: stage.map(|_| 10_000_000),
            hindered: hindered.map(str::to_owned),
        }
    }

    #[test]
    fn each_person_has_one_clause_and_nothing_is_claimed_that_nobody_saw() {
        let people = [
            told("alice", true, Some("shown"), None),
            told("bob", false, None, None),
            told("carol", true, Some("dispatched"), Some("do_not_disturb")),
            told("dave", true, None, None),
            told("e\u{202e}ve", true, Some("accepted"), None),
            told("finn", false, Some("dispatched"), Some("no_service")),
            told("gil", true, None, None),
        ];
        assert_eq!(
            line(&people, 50_000_000),
            "alice: shown 40 s ago; bob: console closed; carol: do not disturb; dave: console open; \
             e<U+202E>ve: handed to the desktop 40 s ago; finn: the desktop shows no notifications, console closed; 1 more"
        );
        assert_eq!(line(&[], 0), "");
    }

    #[test]
    fn the_passing_of_time_is_no_news() {
        let before = [told("alice", true, Some("shown"), None)];
        let mut later = before.clone();
        later[0].at = Some(99);
        assert!(!is_news(&before, &later));
        later[0].stage = Some("opened".into());
        assert!(is_news(&before, &later));
        assert!(is_news(&[], &before));
    }
}
