//! The words in English.

use navi_domain::risk::Level;

use super::{NoteWords, Refused, StartWords, TrayWords, Words};
use crate::notify::Button;

pub(super) static WORDS: Words = Words {
    level: |level| match level {
        Level::Low => "Low",
        Level::Medium => "Medium",
        Level::High => "High",
        Level::Critical => "Critical",
    },
    span: |minutes| match minutes {
        ..1 => "under 1 min".to_owned(),
        1..120 => format!("{minutes} min"),
        _ => format!("{} h", minutes / 60),
    },
    day_and_clock: "%-d %b %H:%M",
    everything: "everything",
    agent: |name| format!("agent {name}"),
    repo: |name| format!("repository {name}"),
    action: |digest| format!("action {digest}"),
    refused,
    tray: TRAY,
    note: NOTE,
    start: StartWords {
        folder_taken: |folder| {
            format!(
                "Another console has the data folder {folder} open and does not end. Quit it first, or start with another --data-dir."
            )
        },
        folder_unfit: |folder, error| format!("The data folder {folder} cannot be used: {error}."),
    },
};

const TRAY: TrayWords = TrayWords {
    starting: "Starting",
    not_enrolled: "Not enrolled",
    locked: "Locked: the keyring cannot be read",
    damaged: "The local copy cannot be used",
    signed_out: "Signed out: this device was revoked",
    nothing_waits: "Nothing waits",
    waiting: |count| format!("{count} waiting"),
    critical: |count| format!("{count} critical"),
    high: |count| format!("{count} high"),
    contradicts: "The record contradicts itself",
    claim_all: "Claim all for 15 min (I'm on it)",
    quiet: "Quiet until",
    quiet_ends: |until| format!("Quiet until {until} · End"),
    half_hour: "30 min",
    hour: "1 h",
    morning: "8:00",
    undo_rejection: |title| format!("Undo the rejection: {title}"),
    undo_rejections: |count| format!("Undo rejections ({count})"),
    pause: "Pause agents",
    pauses: |count| match count {
        1 => "1 pause in force".to_owned(),
        many => format!("{many} pauses in force"),
    },
    pauses_unsent: |count| match count {
        1 => "1 pause ordered, not in effect".to_owned(),
        many => format!("{many} pauses ordered, not in effect"),
    },
    pause_everything: "Everything",
    pause_agent: |name| format!("Agent {name}"),
    pause_repo: |name| format!("Repository {name}"),
    pause_means: "Nothing new runs, and running commands are told to end, until somebody lifts it",
    pause_now: "Pause now",
    pauses_show: "Show and lift…",
    unsent: |count| format!("Unsent decisions: {count}"),
    without_effect: |count| format!("Decisions without effect: {count}"),
    unsent_and_without: |unsent, without| format!("Unsent decisions: {unsent} · without effect: {without}"),
    live: "Live",
    connecting: "Connecting",
    offline_since: |at| format!("Offline since {at}"),
    bypass: |left| format!("Bypass active · {left} · End"),
    open: "Open console",
    enrol: "Enrol this console",
    settings: "Settings",
    quit: "Quit (approvals will not reach you)",
};

const NOTE: NoteWords = NoteWords {
    button: |button| match button {
        Button::Approve => "Approve",
        Button::Reject => "Reject",
        Button::Review => "Review",
        Button::Snooze => "Snooze",
        Button::Undo => "Undo",
    },
    a_request_waits: "a request waits",
    open_to_read: "Open the console to read it.",
    open_to_read_and_decide: "Open the console to read and decide.",
    open_to_decide: "Open the console to decide.",
    agent_for: |agent, person| format!("{agent} for {person}"),
    risk: |score| format!("risk {score}"),
    score: str::to_owned,
    quorum: |nth, needed| format!("{nth} of {needed}"),
    second_needed: "a second approver is needed",
    on_it: |who| format!("{who} is on it"),
    left: |time| format!("{time} left"),
    requests_wait,
    wait_for_you: |count| format!("{} for you", requests_wait(count)),
    low_wait: |count| match count {
        1 => "1 low request waits".to_owned(),
        many => format!("{many} low requests wait"),
    },
    more_wait: |count| match count {
        1 => "1 more request waits".to_owned(),
        many => format!("{many} more requests wait"),
    },
    while_quiet: |count| format!("While it was quiet: {}", requests_wait(count)),
    next_in_line: "You are next in line",
    nobody_answered: |time| format!("Nobody has answered for {time}."),
    approval_did_not_count: "Your approval did not count",
    rejection_did_not_count: "Your rejection did not count",
    approval_not_in_effect: "Your approval is signed, but not in effect",
    rejection_not_in_effect: "Your rejection is signed, but not in effect",
    sent_later: "The server cannot be reached. It is sent as soon as it can be; until then nothing runs.",
    changed_since: "The request is no longer what the notification showed.",
    server_refused: "The server refused it.",
    rejecting: |secs| format!("Rejecting in {secs} s"),
    can_be_taken_back: "Until then it can be taken back.",
    taken_back: "Your rejection was taken back",
    still_waits: "The request still waits for a decision.",
    too_late_to_undo: "It was too late to take your rejection back",
    signed_already: "It is signed already.",
    signed_not_sent: "It is signed and not sent yet: withdraw it in the console, under Unsent.",
    not_put_off: "The request was not put off",
    record_contradicts: "The record contradicts itself",
    approving_stopped: "Approving stopped on this console.",
    record_elsewhere: "The record goes on elsewhere",
    paused: "Paused",
    lifted: "The pause was lifted",
    bypass_asked: "A second person is asked for a bypass",
    bypass_begun: "A bypass has begun",
    bypass_ended: "The bypass has ended",
    bypass_lapsed: "The bypass that was asked for did not begin",
    bypass_reviewed: "The bypass was reviewed",
    envelope_opened: "A sealed envelope was opened without the server",
    gate_suspected: "A gate told of something that cannot be",
    pause_refused: |what| format!("The pause had no effect: {what}"),
    trial: "A test notification",
    trial_says: "It is about nothing. Press its button to see whether it works.",
};

fn requests_wait(count: usize) -> String {
    match count {
        1 => "1 request waits".to_owned(),
        many => format!("{many} requests wait"),
    }
}

fn refused(why: Refused) -> &'static str {
    match why {
        Refused::AlreadyDecided => "It is decided already.",
        Refused::AlreadyVoted => "Your decision on this request is signed already.",
        Refused::Cancelled => "The request was withdrawn.",
        Refused::DeviceCeiling => "This device may not approve this level.",
        Refused::DeviceRevoked => "This device was revoked.",
        Refused::DeviceUnconfirmed => "This device is not confirmed yet.",
        Refused::DigestMismatch => "The request changed since it was shown; read it again.",
        Refused::DiskFull => "The disk is full or cannot be written to; nothing was saved.",
        Refused::Expired => "The request has expired. Nothing will run.",
        Refused::Forbidden => "Your role may not do this.",
        Refused::Frozen => "Somebody stopped this; nothing runs before that is lifted.",
        Refused::IntegrityBroken => "The record contradicts itself; approving stopped here.",
        Refused::Keystore => "The keyring cannot be read, so nothing was signed.",
        Refused::NeedsConnection => "Approving this needs a live connection.",
        Refused::NotEnrolled => "This console is not enrolled.",
        Refused::NotFromNotification => {
            "Your organisation does not let this level be approved in a notification; approve it in the window."
        }
        Refused::NotOffline => "Your organisation does not let this level be approved without a connection.",
        Refused::NotFound => "This request is not known here.",
        Refused::NotWhole => "What is shown is not what would run; it cannot be approved.",
        Refused::OwnRequest => "You cannot approve your own request.",
        Refused::PolicyChanged => "The policy changed meanwhile; read the request again.",
        Refused::ReasonRequired => "Your organisation wants a reason; approve it in the window.",
        Refused::StepUpRequired => "This level needs your passphrase; approve it in the window.",
        Refused::Superseded => "A newer request took its place.",
        Refused::TooLate => "Less than a minute is left to decide it.",
        Refused::Unavailable => "The server cannot record anything right now.",
    }
}
