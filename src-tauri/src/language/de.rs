//! The words in German.

use navi_domain::risk::Level;

use super::{NoteWords, Refused, StartWords, TrayWords, Words};
use crate::notify::Button;

pub(super) static WORDS: Words = Words {
    level: |level| match level {
        Level::Low => "Niedrig",
        Level::Medium => "Mittel",
        Level::High => "Hoch",
        Level::Critical => "Kritisch",
    },
    span: |minutes| match minutes {
        ..1 => "unter 1 min".to_owned(),
        1..120 => format!("{minutes} min"),
        _ => format!("{} h", minutes / 60),
    },
    day_and_clock: "%-d.%-m. %H:%M",
    everything: "alles",
    agent: |name| format!("Agent {name}"),
    repo: |name| format!("Repository {name}"),
    action: |digest| format!("Aktion {digest}"),
    refused,
    tray: TRAY,
    note: NOTE,
    start: StartWords {
        folder_taken: |folder| {
            format!(
                "Eine andere Konsole hat den Datenordner {folder} offen und endet nicht. Beende sie zuerst, oder starte mit einem anderen --data-dir."
            )
        },
        folder_unfit: |folder, error| format!("Der Datenordner {folder} ist nicht brauchbar: {error}."),
    },
};

const TRAY: TrayWords = TrayWords {
    starting: "Startet",
    not_enrolled: "Nicht angemeldet",
    locked: "Gesperrt: der Schlüsselbund lässt sich nicht lesen",
    damaged: "Die Kopie auf diesem Rechner ist nicht brauchbar",
    signed_out: "Abgemeldet: dieses Gerät wurde widerrufen",
    nothing_waits: "Nichts wartet",
    waiting: |count| match count {
        1 => "1 wartet".to_owned(),
        many => format!("{many} warten"),
    },
    critical: |count| format!("{count} kritisch"),
    high: |count| format!("{count} hoch"),
    contradicts: "Das Protokoll widerspricht sich",
    claim_all: "Alle für 15 min übernehmen (ich kümmere mich)",
    quiet: "Ruhe bis",
    quiet_ends: |until| format!("Ruhe bis {until} · Beenden"),
    half_hour: "30 min",
    hour: "1 h",
    morning: "8:00",
    undo_rejection: |title| format!("Ablehnung zurücknehmen: {title}"),
    undo_rejections: |count| format!("Ablehnungen zurücknehmen ({count})"),
    pause: "Agenten anhalten",
    pauses: |count| match count {
        1 => "1 Halt in Kraft".to_owned(),
        many => format!("{many} Halte in Kraft"),
    },
    pauses_unsent: |count| match count {
        1 => "1 Halt vorgemerkt, ohne Wirkung".to_owned(),
        many => format!("{many} Halte vorgemerkt, ohne Wirkung"),
    },
    pause_everything: "Alles",
    pause_agent: |name| format!("Agent {name}"),
    pause_repo: |name| format!("Repository {name}"),
    pause_means: "Nichts Neues läuft und laufende Befehle enden, bis jemand den Halt aufhebt",
    pause_now: "Jetzt anhalten",
    pauses_show: "Zeigen und aufheben …",
    unsent: |count| format!("Ungesendete Entscheidungen: {count}"),
    without_effect: |count| format!("Entscheidungen ohne Wirkung: {count}"),
    unsent_and_without: |unsent, without| {
        format!("Ungesendete Entscheidungen: {unsent} · ohne Wirkung: {without}")
    },
    live: "Aktuell",
    connecting: "Verbindet",
    offline_since: |at| format!("Ohne Verbindung seit {at}"),
    bypass: |left| format!("Umgehung in Kraft · {left} · Beenden"),
    open: "Konsole öffnen",
    enrol: "Diese Konsole anmelden",
    settings: "Einstellungen",
    quit: "Beenden (Anfragen erreichen dich dann nicht)",
};

const NOTE: NoteWords = NoteWords {
    button: |button| match button {
        Button::Approve => "Genehmigen",
        Button::Reject => "Ablehnen",
        Button::Review => "Ansehen",
        Button::Snooze => "Zurückstellen",
        Button::Undo => "Rückgängig",
    },
    a_request_waits: "eine Anfrage wartet",
    open_to_read: "Öffne die Konsole, um sie zu lesen.",
    open_to_read_and_decide: "Öffne die Konsole, um zu lesen und zu entscheiden.",
    open_to_decide: "Öffne die Konsole, um zu entscheiden.",
    agent_for: |agent, person| format!("{agent} für {person}"),
    risk: |score| format!("Risiko {}", score.replace('.', ",")),
    score: |score| score.replace('.', ","),
    quorum: |nth, needed| format!("{nth} von {needed}"),
    second_needed: "eine zweite Genehmigung ist nötig",
    on_it: |who| format!("{who} kümmert sich"),
    left: |time| format!("noch {time}"),
    requests_wait,
    wait_for_you: |count| match count {
        1 => "1 Anfrage wartet auf dich".to_owned(),
        many => format!("{many} Anfragen warten auf dich"),
    },
    low_wait: |count| match count {
        1 => "1 Anfrage mit niedrigem Risiko wartet".to_owned(),
        many => format!("{many} Anfragen mit niedrigem Risiko warten"),
    },
    more_wait: |count| match count {
        1 => "1 weitere Anfrage wartet".to_owned(),
        many => format!("{many} weitere Anfragen warten"),
    },
    while_quiet: |count| format!("Während der Ruhe: {}", requests_wait(count)),
    next_in_line: "Du bist als Nächstes dran",
    nobody_answered: |time| format!("Seit {time} hat niemand geantwortet."),
    approval_did_not_count: "Deine Genehmigung zählte nicht",
    rejection_did_not_count: "Deine Ablehnung zählte nicht",
    approval_not_in_effect: "Deine Genehmigung ist signiert, gilt aber noch nicht",
    rejection_not_in_effect: "Deine Ablehnung ist signiert, gilt aber noch nicht",
    sent_later: "Der Server ist nicht erreichbar. Gesendet wird, sobald er es ist; bis dahin läuft nichts.",
    changed_since: "Die Anfrage ist nicht mehr die, die in der Mitteilung stand.",
    server_refused: "Der Server hat sie abgewiesen.",
    rejecting: |secs| format!("Wird in {secs} s abgelehnt"),
    can_be_taken_back: "Bis dahin lässt es sich zurücknehmen.",
    taken_back: "Deine Ablehnung ist zurückgenommen",
    still_waits: "Die Anfrage wartet weiter auf eine Entscheidung.",
    too_late_to_undo: "Für das Zurücknehmen war es zu spät",
    signed_already: "Deine Ablehnung ist schon signiert.",
    signed_not_sent: "Deine Ablehnung ist signiert und noch nicht gesendet: Ziehe sie in der Konsole unter „Ungesendet“ zurück.",
    not_put_off: "Die Anfrage wurde nicht zurückgestellt",
    record_contradicts: "Das Protokoll widerspricht sich",
    approving_stopped: "Auf dieser Konsole lässt sich nichts mehr genehmigen.",
    record_elsewhere: "Das Protokoll geht anderswo weiter",
    paused: "Angehalten",
    lifted: "Der Halt ist aufgehoben",
    bypass_asked: "Für eine Umgehung wird eine zweite Person gebraucht",
    bypass_begun: "Eine Umgehung hat begonnen",
    bypass_ended: "Die Umgehung ist zu Ende",
    bypass_lapsed: "Die erbetene Umgehung hat nicht begonnen",
    bypass_reviewed: "Die Umgehung ist geprüft",
    envelope_opened: "Ein versiegelter Umschlag wurde ohne den Server geöffnet",
    gate_suspected: "Ein Gate meldet etwas, das nicht sein kann",
    pause_refused: |what| format!("Der Halt hatte keine Wirkung: {what}"),
    trial: "Eine Mitteilung zur Probe",
    trial_says: "Sie handelt von nichts. Drücke ihren Knopf, um zu sehen, ob er wirkt.",
};

fn requests_wait(count: usize) -> String {
    match count {
        1 => "1 Anfrage wartet".to_owned(),
        many => format!("{many} Anfragen warten"),
    }
}

fn refused(why: Refused) -> &'static str {
    match why {
        Refused::AlreadyDecided => "Es ist schon entschieden.",
        Refused::AlreadyVoted => "Deine Entscheidung über diese Anfrage ist schon signiert.",
        Refused::Cancelled => "Die Anfrage wurde zurückgezogen.",
        Refused::DeviceCeiling => "Dieses Gerät darf diese Stufe nicht genehmigen.",
        Refused::DeviceRevoked => "Dieses Gerät wurde widerrufen.",
        Refused::DeviceUnconfirmed => "Dieses Gerät ist noch nicht bestätigt.",
        Refused::DigestMismatch => "Die Anfrage hat sich seitdem geändert; lies sie noch einmal.",
        Refused::DiskFull => "Die Platte ist voll oder nicht beschreibbar; gespeichert wurde nichts.",
        Refused::Expired => "Die Anfrage ist abgelaufen. Nichts wird laufen.",
        Refused::Forbidden => "Deine Rolle darf das nicht.",
        Refused::Frozen => "Jemand hat das angehalten; bis der Halt aufgehoben ist, läuft nichts.",
        Refused::IntegrityBroken => {
            "Das Protokoll widerspricht sich; hier lässt sich nichts mehr genehmigen."
        }
        Refused::Keystore => "Der Schlüsselbund lässt sich nicht lesen; signiert wurde nichts.",
        Refused::NeedsConnection => "Das zu genehmigen braucht eine Verbindung.",
        Refused::NotEnrolled => "Diese Konsole ist nicht angemeldet.",
        Refused::NotFromNotification => {
            "Deine Organisation lässt diese Stufe nicht in einer Mitteilung genehmigen; genehmige es im Fenster."
        }
        Refused::NotOffline => "Deine Organisation lässt diese Stufe nicht ohne Verbindung genehmigen.",
        Refused::NotFound => "Diese Anfrage ist hier nicht bekannt.",
        Refused::NotWhole => "Gezeigt wird nicht, was laufen würde; das lässt sich nicht genehmigen.",
        Refused::OwnRequest => "Deine eigene Anfrage kannst du nicht genehmigen.",
        Refused::PolicyChanged => "Die Regeln haben sich inzwischen geändert; lies die Anfrage noch einmal.",
        Refused::ReasonRequired => "Deine Organisation will einen Grund; genehmige im Fenster.",
        Refused::StepUpRequired => "Diese Stufe braucht deine Passphrase; genehmige im Fenster.",
        Refused::Superseded => "Eine neuere Anfrage ist an ihre Stelle getreten.",
        Refused::TooLate => "Zum Entscheiden bleibt weniger als eine Minute.",
        Refused::Unavailable => "Der Server kann gerade nichts aufzeichnen.",
    }
}
