//! The menu as a pure function of the state. No decision can be made in it: a menu shows too little to decide on.

use super::state::{Link, Standing, TrayState, Urgent};
use crate::words::{level_word, shown, span};

/// Longest title in a row, in characters.
const TITLE: usize = 48;

/// What a click does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Click {
    /// Opens the window.
    Open,
    /// Opens the window at a request.
    OpenApproval(String),
    /// Ends the console.
    Quit,
}

impl Click {
    /// The row's id in the system's menu.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Open => "open".to_owned(),
            Self::OpenApproval(id) => format!("approval:{id}"),
            Self::Quit => "quit".to_owned(),
        }
    }

    /// What the row with this id does; `None` for rows that do nothing.
    pub(crate) fn of(id: &str) -> Option<Self> {
        match id {
            "open" => Some(Self::Open),
            "quit" => Some(Self::Quit),
            _ => id.strip_prefix("approval:").map(|id| Self::OpenApproval(id.to_owned())),
        }
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// Can be clicked.
    Item(String, Click),
    /// Says something.
    Text(String),
    /// A line.
    Line,
}

/// The whole menu.
pub(crate) fn menu(state: &TrayState) -> Vec<Row> {
    let mut rows = Vec::with_capacity(12);
    if state.standing == Standing::Enrolled {
        rows.push(Row::Item(headline(state), Click::Open));
        rows.extend(state.urgent.iter().map(urgent));
        rows.push(Row::Line);
        if state.unsent > 0 {
            rows.push(Row::Item(format!("Unsent decisions: {}", state.unsent), Click::Open));
        }
        if state.needs_you > 0 {
            rows.push(Row::Item(format!("Decisions without effect: {}", state.needs_you), Click::Open));
        }
        rows.push(Row::Text(match &state.link {
            Link::Live => "Live".to_owned(),
            Link::Connecting => "Connecting".to_owned(),
            Link::OfflineSince(at) => format!("Offline since {at}"),
        }));
    } else {
        rows.push(Row::Text(headline(state)));
    }
    rows.push(Row::Line);
    let open = if state.standing == Standing::NotEnrolled { "Enrol this console" } else { "Open console" };
    rows.push(Row::Item(open.to_owned(), Click::Open));
    rows.push(Row::Item("Quit (approvals will not reach you)".to_owned(), Click::Quit));
    rows
}

/// The state in one line: first row and tooltip.
pub(crate) fn headline(state: &TrayState) -> String {
    match state.standing {
        Standing::Starting => "Starting".to_owned(),
        Standing::NotEnrolled => "Not enrolled".to_owned(),
        Standing::Locked => "Locked: the keyring cannot be read".to_owned(),
        Standing::SignedOut => "Signed out: this device was revoked".to_owned(),
        Standing::Enrolled if state.broken_record => {
            format!("The record contradicts itself · {} waiting", state.waiting)
        }
        Standing::Enrolled if state.waiting == 0 => "Nothing waits".to_owned(),
        Standing::Enrolled => {
            let mut text = format!("{} waiting", state.waiting);
            if state.critical > 0 {
                text.push_str(&format!(" · {} critical", state.critical));
            }
            if state.grave > state.critical {
                text.push_str(&format!(" · {} high", state.grave - state.critical));
            }
            text
        }
    }
}

fn urgent(request: &Urgent) -> Row {
    let left = span(request.minutes_left);
    let text = format!("{} · {} · {left}", level_word(request.level), shown(&request.title, TITLE));
    Row::Item(text, Click::OpenApproval(request.approval_id.clone()))
}

#[cfg(test)]
mod tests {
    use navi_domain::risk::Level;

    use super::*;

    fn item(text: &str, click: Click) -> Row {
        Row::Item(text.to_owned(), click)
    }

    fn text(text: &str) -> Row {
        Row::Text(text.to_owned())
    }

    fn last_rows() -> [Row; 3] {
        [
            Row::Line,
            item("Open console", Click::Open),
            item("Quit (approvals will not reach you)", Click::Quit),
        ]
    }

    fn request(id: &str, level: Level, title: &str, minutes_left: i64) -> Urgent {
        Urgent { approval_id: id.into(), level, title: title.into(), minutes_left }
    }

    #[test]
    fn nothing_waits() {
        let state = TrayState { standing: Standing::Enrolled, link: Link::Live, ..TrayState::default() };
        let mut expected = vec![item("Nothing waits", Click::Open), Row::Line, text("Live")];
        expected.extend(last_rows());
        assert_eq!(menu(&state), expected);
    }

    #[test]
    fn the_most_urgent_ones_open_and_nothing_decides() {
        let state = TrayState {
            standing: Standing::Enrolled,
            link: Link::OfflineSince("14:02".into()),
            waiting: 5,
            grave: 2,
            critical: 1,
            urgent: vec![
                request("a", Level::Critical, "Run migration on prod-db", 0),
                request("b", Level::High, "Deploy web\u{202e}\nto production", 12),
                request("c", Level::Low, "Edit README.md", 150),
            ],
            unsent: 2,
            needs_you: 1,
            broken_record: true,
        };
        let mut expected = vec![
            item("The record contradicts itself · 5 waiting", Click::Open),
            item("Critical · Run migration on prod-db · under 1 min", Click::OpenApproval("a".into())),
            item("High · Deploy web⟨U+202E⟩⟨U+000A⟩to production · 12 min", Click::OpenApproval("b".into())),
            item("Low · Edit README.md · 2 h", Click::OpenApproval("c".into())),
            Row::Line,
            item("Unsent decisions: 2", Click::Open),
            item("Decisions without effect: 1", Click::Open),
            text("Offline since 14:02"),
        ];
        expected.extend(last_rows());
        assert_eq!(menu(&state), expected);
        assert!(menu(&state).len() <= 12);
    }

    #[test]
    fn what_waits_is_counted_by_level() {
        let state = TrayState {
            standing: Standing::Enrolled,
            waiting: 5,
            grave: 2,
            critical: 1,
            ..TrayState::default()
        };
        assert_eq!(headline(&state), "5 waiting · 1 critical · 1 high");
    }

    #[test]
    fn before_enrolment_and_after_revocation_the_state_is_said_in_words() {
        let of = |standing| menu(&TrayState { standing, ..TrayState::default() });
        assert_eq!(
            of(Standing::NotEnrolled),
            [
                text("Not enrolled"),
                Row::Line,
                item("Enrol this console", Click::Open),
                item("Quit (approvals will not reach you)", Click::Quit),
            ]
        );
        for (standing, words) in [
            (Standing::Locked, "Locked: the keyring cannot be read"),
            (Standing::SignedOut, "Signed out: this device was revoked"),
        ] {
            let mut expected = vec![text(words)];
            expected.extend(last_rows());
            assert_eq!(of(standing), expected);
        }
    }

    #[test]
    fn a_row_id_reads_back() {
        for click in [Click::Open, Click::Quit, Click::OpenApproval("0190-ab".into())] {
            assert_eq!(Click::of(&click.id()), Some(click));
        }
        assert_eq!(Click::of("12"), None);
    }
}
