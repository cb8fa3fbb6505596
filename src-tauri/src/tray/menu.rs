//! The menu as a pure function of the state. Nothing can be approved or rejected in it: a menu shows too little to decide
//! on. Pausing is always the safe side.

#[cfg(test)]
mod tests;

use navi_domain::freeze::FreezeScope;

use super::state::{Link, Standing, TrayState, Urgent};
use crate::language::TrayWords;
use crate::words::shown;

/// Longest title in a row, in characters.
const TITLE: usize = 48;
/// Most rows that are no lines.
const MOST: usize = 12;
/// Most requests that are named.
const NAMED: usize = 3;

/// How long it is to be quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quiet {
    /// 30 minutes.
    HalfHour,
    /// One hour.
    Hour,
    /// Until eight in the morning.
    Morning,
    /// No longer.
    End,
}

impl Quiet {
    const ALL: [Self; 4] = [Self::HalfHour, Self::Hour, Self::Morning, Self::End];

    fn id(self) -> &'static str {
        match self {
            Self::HalfHour => "30",
            Self::Hour => "60",
            Self::Morning => "morning",
            Self::End => "end",
        }
    }
}

/// What a click does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Click {
    /// Opens the window as it is.
    Open,
    /// Opens the window at the queue.
    OpenQueue,
    /// Opens the window at a request.
    OpenApproval(String),
    /// Opens the window at the votes that are not in effect.
    OpenUnsent,
    /// Opens the window where agents are paused and bypasses end.
    OpenEmergency,
    /// Opens the settings.
    OpenSettings,
    /// Claims what waits.
    ClaimAll,
    /// Takes a rejection back that is not signed yet.
    UndoReject(String),
    /// Pauses.
    Stop(FreezeScope),
    /// Asks for quiet, or ends it.
    Quiet(Quiet),
    /// Ends the console.
    Quit,
}

impl Click {
    /// The row's id in the system's menu.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Open => "open".to_owned(),
            Self::OpenQueue => "queue".to_owned(),
            Self::OpenApproval(id) => format!("approval:{id}"),
            Self::OpenUnsent => "unsent".to_owned(),
            Self::OpenEmergency => "emergency".to_owned(),
            Self::OpenSettings => "settings".to_owned(),
            Self::ClaimAll => "claim".to_owned(),
            Self::UndoReject(id) => format!("undo:{id}"),
            Self::Stop(FreezeScope::Everything) => "stop".to_owned(),
            Self::Stop(FreezeScope::Agent(name)) => format!("stop-agent:{name}"),
            Self::Stop(FreezeScope::Repo(name)) => format!("stop-repo:{name}"),
            Self::Quiet(quiet) => format!("quiet:{}", quiet.id()),
            Self::Quit => "quit".to_owned(),
        }
    }

    /// What the row with this id does; `None` for rows that do nothing.
    pub(crate) fn of(id: &str) -> Option<Self> {
        // Several rows go to the same place; the system wants each id once. A name may hold the sign too.
        match id.rsplit_once('#').map_or(id, |(id, _)| id) {
            "open" => Some(Self::Open),
            "queue" => Some(Self::OpenQueue),
            "unsent" => Some(Self::OpenUnsent),
            "emergency" => Some(Self::OpenEmergency),
            "settings" => Some(Self::OpenSettings),
            "claim" => Some(Self::ClaimAll),
            "stop" => Some(Self::Stop(FreezeScope::Everything)),
            "quit" => Some(Self::Quit),
            other => match other.split_once(':')? {
                ("approval", id) => Some(Self::OpenApproval(id.to_owned())),
                ("undo", id) => Some(Self::UndoReject(id.to_owned())),
                ("stop-agent", name) => Some(Self::Stop(FreezeScope::Agent(name.to_owned()))),
                ("stop-repo", name) => Some(Self::Stop(FreezeScope::Repo(name.to_owned()))),
                ("quiet", id) => Quiet::ALL.into_iter().find(|quiet| quiet.id() == id).map(Self::Quiet),
                _ => None,
            },
        }
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// Can be clicked.
    Item(String, Click),
    /// Opens rows beside it.
    Below(String, Vec<Row>),
    /// Says something.
    Text(String),
    /// A line.
    Line,
}

/// The whole menu: at most twelve rows, lines aside.
pub(crate) fn menu(state: &TrayState) -> Vec<Row> {
    if state.standing != Standing::Enrolled {
        let mut rows = vec![Row::Text(headline(state)), Row::Line];
        rows.extend(last_rows(state));
        return rows;
    }
    let doing = doing(state);
    let standing = standing(state);
    let last = last_rows(state);
    // What the menu says about the connection is said always; of the requests, as many are named as there is room for.
    let room = MOST.saturating_sub(1 + doing.len() + standing.len() + last.len());
    let mut rows = vec![Row::Item(headline(state), Click::OpenQueue)];
    rows.extend(state.urgent.iter().take(room.min(NAMED)).map(|request| urgent(state, request)));
    for part in [doing, standing, last] {
        rows.push(Row::Line);
        rows.extend(part);
    }
    rows
}

fn doing(state: &TrayState) -> Vec<Row> {
    let words = &state.language.words().tray;
    let mut rows = Vec::with_capacity(4);
    rows.extend(undo(state, words));
    if state.unclaimed > 0 {
        rows.push(Row::Item(words.claim_all.to_owned(), Click::ClaimAll));
    }
    rows.push(quiet(state, words));
    rows.push(pause(state, words));
    rows
}

fn undo(state: &TrayState, words: &TrayWords) -> Option<Row> {
    let row = |(id, title): &(String, String)| {
        Row::Item((words.undo_rejection)(&shown(title, TITLE)), Click::UndoReject(id.clone()))
    };
    match state.held.as_slice() {
        [] => None,
        [one] => Some(row(one)),
        several => {
            Some(Row::Below((words.undo_rejections)(several.len()), several.iter().map(row).collect()))
        }
    }
}

/// What can be paused, each behind a row that says what it means: nothing is paused by one slip of the hand.
fn pause(state: &TrayState, words: &TrayWords) -> Row {
    let label = match (state.unsent_stops, state.freezes) {
        (0, 0) => words.pause.to_owned(),
        (0, in_force) => (words.pauses)(in_force),
        (unsent, _) => (words.pauses_unsent)(unsent),
    };
    let ask = |what: String, scope| {
        let now = Row::Item(words.pause_now.to_owned(), Click::Stop(scope));
        Row::Below(what, vec![Row::Text(words.pause_means.to_owned()), now])
    };
    let named = |name: &String| shown(name, TITLE);
    let agents = state
        .seen
        .agents
        .iter()
        .map(|name| ask((words.pause_agent)(&named(name)), FreezeScope::Agent(name.clone())));
    let repos = state
        .seen
        .repos
        .iter()
        .map(|name| ask((words.pause_repo)(&named(name)), FreezeScope::Repo(name.clone())));
    let mut rows = vec![ask(words.pause_everything.to_owned(), FreezeScope::Everything)];
    rows.extend(agents.chain(repos));
    rows.extend([Row::Line, Row::Item(words.pauses_show.to_owned(), Click::OpenEmergency)]);
    Row::Below(label, rows)
}

fn quiet(state: &TrayState, words: &TrayWords) -> Row {
    if let Some(until) = &state.quiet_until {
        return Row::Item((words.quiet_ends)(until), Click::Quiet(Quiet::End));
    }
    let row = |text: &str, quiet| Row::Item(text.to_owned(), Click::Quiet(quiet));
    let rows = vec![
        row(words.half_hour, Quiet::HalfHour),
        row(words.hour, Quiet::Hour),
        row(words.morning, Quiet::Morning),
    ];
    Row::Below(words.quiet.to_owned(), rows)
}

fn standing(state: &TrayState) -> Vec<Row> {
    let (all, mut rows) = (state.language.words(), Vec::with_capacity(3));
    let words = &all.tray;
    let unsent = match (state.unsent, state.needs_you) {
        (0, 0) => None,
        (unsent, 0) => Some((words.unsent)(unsent)),
        (0, without) => Some((words.without_effect)(without)),
        (unsent, without) => Some((words.unsent_and_without)(unsent, without)),
    };
    rows.extend(unsent.map(|text| Row::Item(text, Click::OpenUnsent)));
    rows.push(Row::Text(match &state.link {
        Link::Live => words.live.to_owned(),
        Link::Connecting => words.connecting.to_owned(),
        Link::OfflineSince(at) => (words.offline_since)(at),
    }));
    if let Some(minutes) = state.bypass_minutes {
        rows.push(Row::Item((words.bypass)(&(all.span)(minutes)), Click::OpenEmergency));
    }
    rows
}

fn last_rows(state: &TrayState) -> Vec<Row> {
    let words = &state.language.words().tray;
    let open = if state.standing == Standing::NotEnrolled { words.enrol } else { words.open };
    let mut rows = vec![Row::Item(open.to_owned(), Click::Open)];
    if state.standing == Standing::Enrolled {
        rows.push(Row::Item(words.settings.to_owned(), Click::OpenSettings));
    }
    rows.push(Row::Item(words.quit.to_owned(), Click::Quit));
    rows
}

/// The state in one line: first row and tooltip.
pub(crate) fn headline(state: &TrayState) -> String {
    let words = &state.language.words().tray;
    match state.standing {
        Standing::Starting => words.starting.to_owned(),
        Standing::NotEnrolled => words.not_enrolled.to_owned(),
        Standing::Locked => words.locked.to_owned(),
        Standing::Damaged => words.damaged.to_owned(),
        Standing::SignedOut => words.signed_out.to_owned(),
        Standing::Enrolled if state.broken_record => {
            format!("{} · {}", words.contradicts, (words.waiting)(state.waiting))
        }
        Standing::Enrolled if state.waiting == 0 => words.nothing_waits.to_owned(),
        Standing::Enrolled => {
            let mut parts = vec![(words.waiting)(state.waiting)];
            if state.critical > 0 {
                parts.push((words.critical)(state.critical));
            }
            if state.grave > state.critical {
                parts.push((words.high)(state.grave - state.critical));
            }
            parts.join(" · ")
        }
    }
}

fn urgent(state: &TrayState, request: &Urgent) -> Row {
    let words = state.language.words();
    let level = (words.level)(request.level);
    let left = (words.span)(request.minutes_left);
    let agent = request.agent.as_deref().map(|agent| format!(" · {}", shown(agent, 24))).unwrap_or_default();
    let text = format!("{level} · {}{agent} · {left}", shown(&request.title, TITLE));
    Row::Item(text, Click::OpenApproval(request.approval_id.clone()))
}
