//! Whole menus, compared word for word.

use navi_domain::risk::Level;
use navi_replica::SeenLately;

use super::*;
use crate::language::Language;

fn item(text: &str, click: Click) -> Row {
    Row::Item(text.to_owned(), click)
}

fn text(text: &str) -> Row {
    Row::Text(text.to_owned())
}

fn quiet_row() -> Row {
    Row::Below(
        "Quiet until".into(),
        vec![
            item("30 min", Click::Quiet(Quiet::HalfHour)),
            item("1 h", Click::Quiet(Quiet::Hour)),
            item("8:00", Click::Quiet(Quiet::Morning)),
        ],
    )
}

/// What can be paused in a menu that names nobody, in these words.
fn pause_rows(words: [&str; 5], named: &[(&str, FreezeScope)]) -> Row {
    let [label, everything, means, now, show] = words;
    let ask = |what: &str, scope: &FreezeScope| {
        Row::Below(what.into(), vec![text(means), item(now, Click::Stop(scope.clone()))])
    };
    let mut rows = vec![ask(everything, &FreezeScope::Everything)];
    rows.extend(named.iter().map(|(what, scope)| ask(what, scope)));
    rows.extend([Row::Line, item(show, Click::OpenEmergency)]);
    Row::Below(label.into(), rows)
}

fn pause_row(label: &str, named: &[(&str, FreezeScope)]) -> Row {
    let means = "Nothing new runs, and running commands are told to end, until somebody lifts it";
    pause_rows([label, "Everything", means, "Pause now", "Show and lift…"], named)
}

fn german_pause_row(label: &str) -> Row {
    let means = "Nichts Neues läuft und laufende Befehle enden, bis jemand den Halt aufhebt";
    pause_rows([label, "Alles", means, "Jetzt anhalten", "Zeigen und aufheben …"], &[])
}

fn last_rows() -> [Row; 4] {
    [
        Row::Line,
        item("Open console", Click::Open),
        item("Settings", Click::OpenSettings),
        item("Quit (approvals will not reach you)", Click::Quit),
    ]
}

fn request(id: &str, level: Level, title: &str, agent: Option<&str>, minutes_left: i64) -> Urgent {
    Urgent {
        approval_id: id.into(),
        level,
        title: title.into(),
        agent: agent.map(str::to_owned),
        minutes_left,
    }
}

fn enrolled() -> TrayState {
    TrayState { standing: Standing::Enrolled, link: Link::Live, ..TrayState::default() }
}

fn busy() -> TrayState {
    TrayState {
        waiting: 5,
        grave: 2,
        critical: 1,
        unclaimed: 4,
        urgent: vec![
            request("a", Level::Critical, "Run migration on prod-db", Some("nova-7"), 0),
            request("b", Level::High, "Deploy web\u{202e}\nto production", None, 12),
            request("c", Level::Low, "Edit README.md", Some("nova-7"), 150),
        ],
        ..enrolled()
    }
}

/// Rows that are no lines.
fn rows(state: &TrayState) -> usize {
    menu(state).iter().filter(|row| **row != Row::Line).count()
}

#[test]
fn nothing_waits() {
    let mut expected = vec![
        item("Nothing waits", Click::OpenQueue),
        Row::Line,
        quiet_row(),
        pause_row("Pause agents", &[]),
        Row::Line,
        text("Live"),
    ];
    expected.extend(last_rows());
    assert_eq!(menu(&enrolled()), expected);
}

#[test]
fn the_most_urgent_ones_open_and_nothing_decides() {
    let mut expected = vec![
        item("5 waiting · 1 critical · 1 high", Click::OpenQueue),
        item("Critical · Run migration on prod-db · nova-7 · under 1 min", Click::OpenApproval("a".into())),
        item("High · Deploy web⟨U+202E⟩⟨U+000A⟩to production · 12 min", Click::OpenApproval("b".into())),
        item("Low · Edit README.md · nova-7 · 2 h", Click::OpenApproval("c".into())),
        Row::Line,
        item("Claim all for 15 min (I'm on it)", Click::ClaimAll),
        quiet_row(),
        pause_row("Pause agents", &[]),
        Row::Line,
        text("Live"),
    ];
    expected.extend(last_rows());
    assert_eq!(menu(&busy()), expected);
    assert_eq!(rows(&busy()), 11);
}

#[test]
fn everything_at_once_still_has_twelve_rows() {
    let state = TrayState {
        link: Link::OfflineSince("14:02".into()),
        unsent: 2,
        needs_you: 1,
        freezes: 2,
        bypass_minutes: Some(22),
        quiet_until: Some("08:00".into()),
        broken_record: true,
        ..busy()
    };
    let mut expected = vec![
        item("The record contradicts itself · 5 waiting", Click::OpenQueue),
        item("Critical · Run migration on prod-db · nova-7 · under 1 min", Click::OpenApproval("a".into())),
        item("High · Deploy web⟨U+202E⟩⟨U+000A⟩to production · 12 min", Click::OpenApproval("b".into())),
        Row::Line,
        item("Claim all for 15 min (I'm on it)", Click::ClaimAll),
        item("Quiet until 08:00 · End", Click::Quiet(Quiet::End)),
        pause_row("2 pauses in force", &[]),
        Row::Line,
        item("Unsent decisions: 2 · without effect: 1", Click::OpenUnsent),
        text("Offline since 14:02"),
        item("Bypass active · 22 min · End", Click::OpenEmergency),
    ];
    expected.extend(last_rows());
    assert_eq!(menu(&state), expected);
    assert_eq!(rows(&state), 12);
}

#[test]
fn the_same_menus_in_german() {
    let german = |state: TrayState| TrayState { language: Language::De, ..state };
    let quiet = Row::Below(
        "Ruhe bis".into(),
        vec![
            item("30 min", Click::Quiet(Quiet::HalfHour)),
            item("1 h", Click::Quiet(Quiet::Hour)),
            item("8:00", Click::Quiet(Quiet::Morning)),
        ],
    );
    let last = [
        Row::Line,
        item("Konsole öffnen", Click::Open),
        item("Einstellungen", Click::OpenSettings),
        item("Beenden (Anfragen erreichen dich dann nicht)", Click::Quit),
    ];
    let mut expected = vec![
        item("Nichts wartet", Click::OpenQueue),
        Row::Line,
        quiet,
        german_pause_row("Agenten anhalten"),
        Row::Line,
        text("Aktuell"),
    ];
    expected.extend(last.clone());
    assert_eq!(menu(&german(enrolled())), expected);

    let state = TrayState {
        link: Link::OfflineSince("14:02".into()),
        unsent: 2,
        needs_you: 1,
        freezes: 2,
        bypass_minutes: Some(22),
        quiet_until: Some("08:00".into()),
        ..busy()
    };
    let mut expected = vec![
        item("5 warten · 1 kritisch · 1 hoch", Click::OpenQueue),
        item("Kritisch · Run migration on prod-db · nova-7 · unter 1 min", Click::OpenApproval("a".into())),
        item("Hoch · Deploy web⟨U+202E⟩⟨U+000A⟩to production · 12 min", Click::OpenApproval("b".into())),
        Row::Line,
        item("Alle für 15 min übernehmen (ich kümmere mich)", Click::ClaimAll),
        item("Ruhe bis 08:00 · Beenden", Click::Quiet(Quiet::End)),
        german_pause_row("2 Halte in Kraft"),
        Row::Line,
        item("Ungesendete Entscheidungen: 2 · ohne Wirkung: 1", Click::OpenUnsent),
        text("Ohne Verbindung seit 14:02"),
        item("Umgehung in Kraft · 22 min · Beenden", Click::OpenEmergency),
    ];
    expected.extend(last);
    assert_eq!(menu(&german(state)), expected);

    for (standing, words, open) in [
        (Standing::Starting, "Startet", "Konsole öffnen"),
        (Standing::NotEnrolled, "Nicht angemeldet", "Diese Konsole anmelden"),
        (Standing::Locked, "Gesperrt: der Schlüsselbund lässt sich nicht lesen", "Konsole öffnen"),
        (Standing::Damaged, "Die Kopie auf diesem Rechner ist nicht brauchbar", "Konsole öffnen"),
        (Standing::SignedOut, "Abgemeldet: dieses Gerät wurde widerrufen", "Konsole öffnen"),
    ] {
        let state = german(TrayState { standing, ..TrayState::default() });
        let quit = item("Beenden (Anfragen erreichen dich dann nicht)", Click::Quit);
        assert_eq!(menu(&state), [text(words), Row::Line, item(open, Click::Open), quit]);
    }
}

#[test]
fn who_asked_lately_can_be_paused_behind_a_question() {
    let seen = SeenLately { agents: vec!["nova-7".into(), "x\u{202e}y".into()], repos: vec!["shop".into()] };
    let state = TrayState { seen, ..enrolled() };
    let named = [
        ("Agent nova-7", FreezeScope::Agent("nova-7".into())),
        ("Agent x⟨U+202E⟩y", FreezeScope::Agent("x\u{202e}y".into())),
        ("Repository shop", FreezeScope::Repo("shop".into())),
    ];
    assert_eq!(pause(&state, &Language::En.words().tray), pause_row("Pause agents", &named));
    let queued = TrayState { unsent_stops: 1, freezes: 2, ..enrolled() };
    let row = pause_row("1 pause ordered, not in effect", &[]);
    assert_eq!(pause(&queued, &Language::En.words().tray), row, "what has no effect yet is said first");
}

#[test]
fn rejections_that_can_be_taken_back_stand_before_everything_that_is_done() {
    let held = |count: usize| (0..count).map(|n| (format!("a{n}"), format!("Run: rm {n}"))).collect();
    let row = |count| doing(&TrayState { held: held(count), ..busy() }).remove(0);
    let undo =
        |n: usize| item(&format!("Undo the rejection: Run: rm {n}"), Click::UndoReject(format!("a{n}")));
    assert_eq!(row(1), undo(0));
    assert_eq!(row(2), Row::Below("Undo rejections (2)".into(), vec![undo(0), undo(1)]));
    let german = TrayState { held: held(1), language: Language::De, ..busy() };
    let words = "Ablehnung zurücknehmen: Run: rm 0";
    assert_eq!(doing(&german).remove(0), item(words, Click::UndoReject("a0".into())));
    let full = TrayState { held: held(2), unsent: 1, bypass_minutes: Some(3), ..busy() };
    assert_eq!(rows(&full), 12);
}

#[test]
fn what_all_have_claimed_is_not_offered_again() {
    let state = TrayState { unclaimed: 0, ..busy() };
    assert!(menu(&state).iter().all(|row| !matches!(row, Row::Item(_, Click::ClaimAll))));
}

#[test]
fn decisions_without_effect_alone_have_their_row() {
    let row = |unsent, needs_you| standing(&TrayState { unsent, needs_you, ..enrolled() }).remove(0);
    assert_eq!(row(0, 1), item("Decisions without effect: 1", Click::OpenUnsent));
    assert_eq!(row(3, 0), item("Unsent decisions: 3", Click::OpenUnsent));
}

#[test]
fn what_waits_is_counted_by_level() {
    assert_eq!(headline(&busy()), "5 waiting · 1 critical · 1 high");
}

#[test]
fn before_enrolment_and_after_revocation_the_state_is_said_in_words() {
    let of = |standing| menu(&TrayState { standing, ..TrayState::default() });
    for (standing, words, open) in [
        (Standing::Starting, "Starting", "Open console"),
        (Standing::NotEnrolled, "Not enrolled", "Enrol this console"),
        (Standing::Locked, "Locked: the keyring cannot be read", "Open console"),
        (Standing::Damaged, "The local copy cannot be used", "Open console"),
        (Standing::SignedOut, "Signed out: this device was revoked", "Open console"),
    ] {
        assert_eq!(
            of(standing),
            [
                text(words),
                Row::Line,
                item(open, Click::Open),
                item("Quit (approvals will not reach you)", Click::Quit),
            ]
        );
    }
}

#[test]
fn a_row_id_reads_back() {
    let quiet = Quiet::ALL.into_iter().map(Click::Quiet);
    let others = [
        Click::Open,
        Click::OpenQueue,
        Click::OpenUnsent,
        Click::OpenEmergency,
        Click::OpenSettings,
        Click::ClaimAll,
        Click::Quit,
        Click::OpenApproval("0190-ab".into()),
        Click::UndoReject("0190-ab".into()),
        Click::Stop(FreezeScope::Everything),
        Click::Stop(FreezeScope::Agent("a:b c".into())),
        Click::Stop(FreezeScope::Repo("org/shop".into())),
    ];
    for click in quiet.chain(others) {
        assert_eq!(Click::of(&click.id()), Some(click.clone()));
        assert_eq!(Click::of(&format!("{}#2", click.id())), Some(click));
    }
    let odd = Click::Stop(FreezeScope::Agent("issue #7".into()));
    assert_eq!(Click::of(&format!("{}#3.0", odd.id())), Some(odd));
    assert_eq!(Click::of("12"), None);
    assert_eq!(Click::of("quiet:never"), None);
}
