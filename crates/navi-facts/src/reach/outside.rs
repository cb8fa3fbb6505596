//! What reaches others and cannot be called back: mail, messages, payments, publications, history that others have.
//!
//! Told for what is recognised, which is never all there is: an unknown address may send mail as well.

use navi_domain::fact::Fact;

use super::Call;
use crate::shell::Invocation;
use crate::tokens::tokens;

/// What goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Electronic mail.
    Mail,
    /// A message to people: chat, text message, push.
    Message,
    /// Money moves.
    Payment,
    /// Something is published, where anybody may have taken it a moment later.
    Publication,
    /// History or a name that others have is overwritten or removed.
    SharedHistory,
}

impl Kind {
    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Message => "message",
            Self::Payment => "payment",
            Self::Publication => "publication",
            Self::SharedHistory => "shared_history",
        }
    }
}

/// One thing that goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// What goes out.
    pub kind: Kind,
    /// To whom, as far as it is written; empty: not written.
    pub to: Vec<String>,
    /// Where that stands.
    pub from: String,
}

/// Rules of the catalogue whose facts mean it.
const RULES: &[(&str, Kind)] = &[
    ("publish", Kind::Publication),
    ("git-force-push", Kind::SharedHistory),
    ("git-force-push-protected", Kind::SharedHistory),
    ("git-delete-remote", Kind::SharedHistory),
    ("tool-sends", Kind::Message),
    ("tool-pays", Kind::Payment),
];

/// What the decision's facts say.
pub(super) fn of_facts(facts: &[Fact]) -> Vec<Outside> {
    let kind = |fact: &Fact| {
        let rule = fact.rule.as_deref()?;
        let (_, kind) = RULES.iter().find(|(name, _)| *name == rule)?;
        let mails = tokens(&fact.evidence).iter().any(|w| matches!(w.as_str(), "mail" | "email" | "smtp"));
        Some(if *kind == Kind::Message && mails { Kind::Mail } else { *kind })
    };
    let found = facts.iter().filter_map(|f| Some((kind(f)?, f)));
    found.map(|(kind, fact)| Outside { kind, to: Vec::new(), from: fact.evidence.clone() }).collect()
}

/// Programs that send, whatever their words are.
const SENDERS: &[(&str, Kind)] = &[
    ("mail", Kind::Mail),
    ("mailx", Kind::Mail),
    ("s-nail", Kind::Mail),
    ("sendmail", Kind::Mail),
    ("ssmtp", Kind::Mail),
    ("msmtp", Kind::Mail),
    ("mutt", Kind::Mail),
    ("neomutt", Kind::Mail),
    ("swaks", Kind::Mail),
    ("sendemail", Kind::Mail),
    ("telegram-send", Kind::Message),
];

/// Programs that send with these words, which stand in this order.
const SENDING: &[(&str, &[&str], Kind)] = &[
    ("aws", &["ses", "send-"], Kind::Mail),
    ("aws", &["sesv2", "send-"], Kind::Mail),
    ("aws", &["sns", "publish"], Kind::Message),
    ("aws", &["pinpoint", "send-"], Kind::Message),
    ("git", &["send-email"], Kind::Mail),
    ("twilio", &["messages:create"], Kind::Message),
    ("twilio", &["calls:create"], Kind::Message),
    ("twilio", &["email:send"], Kind::Mail),
    ("stripe", &["create"], Kind::Payment),
    ("stripe", &["confirm"], Kind::Payment),
    ("stripe", &["capture"], Kind::Payment),
    ("stripe", &["post"], Kind::Payment),
    ("gh", &["release", "create"], Kind::Publication),
    ("gh", &["issue", "create"], Kind::Publication),
    ("gh", &["issue", "comment"], Kind::Publication),
    ("gh", &["pr", "comment"], Kind::Publication),
    ("gh", &["gist", "create"], Kind::Publication),
    ("glab", &["release", "create"], Kind::Publication),
];

/// What a command sends.
pub(super) fn of_program(invocation: &Invocation, from: &str) -> Option<Outside> {
    let words: Vec<&str> = invocation.words.iter().map(|w| w.text.as_str()).collect();
    let program = invocation.program.as_str();
    let kind = SENDERS.iter().find(|(name, _)| *name == program).map(|(_, kind)| *kind).or_else(|| {
        let sends = |parts: &[&str]| {
            let mut left = parts.iter();
            let mut next = left.next();
            for word in &words {
                if next.is_some_and(|part| is_word(word, part)) {
                    next = left.next();
                }
            }
            next.is_none()
        };
        SENDING.iter().find(|(name, parts, _)| *name == program && sends(parts)).map(|(.., kind)| *kind)
    })?;
    let asks = words.iter().any(|w| matches!(*w, "--help" | "--version" | "--dry-run" | "--dryrun"));
    if asks || kind == Kind::Mail && program.starts_with("mail") && words.is_empty() && !fed(invocation) {
        return None;
    }
    let people = words.iter().filter(|w| is_person(w)).map(|w| (*w).to_owned());
    Some(Outside { kind, to: people.take(20).collect(), from: from.to_owned() })
}

/// `send-` stands for every word that begins like it, and `messages:create` for every name that ends like it.
fn is_word(word: &str, part: &str) -> bool {
    word == part
        || part.ends_with('-') && word.starts_with(part)
        || part.contains(':') && word.ends_with(part)
}

fn fed(invocation: &Invocation) -> bool {
    invocation.input.is_some() || invocation.piped_from.is_some() || !invocation.redirects.is_empty()
}

/// Whether it looks like an address of mail or a telephone number.
fn is_person(word: &str) -> bool {
    let mail = word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let number = word.strip_prefix('+').is_some_and(|n| n.len() > 6 && n.bytes().all(|b| b.is_ascii_digit()));
    (mail || number) && !word.contains(char::is_whitespace) && !word.contains('/')
}

/// Hosts that send or pay, with what a path must hold to do so; empty: any.
const HOSTS: &[(&str, &str, Kind)] = &[
    ("api.sendgrid.com", "", Kind::Mail),
    ("api.mailgun.net", "", Kind::Mail),
    ("api.eu.mailgun.net", "", Kind::Mail),
    ("api.postmarkapp.com", "", Kind::Mail),
    ("api.resend.com", "", Kind::Mail),
    ("api.brevo.com", "", Kind::Mail),
    ("api.mailjet.com", "", Kind::Mail),
    ("mandrillapp.com", "", Kind::Mail),
    ("api.sparkpost.com", "", Kind::Mail),
    ("gmail.googleapis.com", "send", Kind::Mail),
    ("graph.microsoft.com", "sendmail", Kind::Mail),
    ("amazonaws.com", "outbound-emails", Kind::Mail),
    ("hooks.slack.com", "", Kind::Message),
    ("slack.com", "chat.", Kind::Message),
    ("discord.com", "webhooks", Kind::Message),
    ("discord.com", "messages", Kind::Message),
    ("api.telegram.org", "send", Kind::Message),
    ("api.twilio.com", "", Kind::Message),
    ("webhook.office.com", "", Kind::Message),
    ("fcm.googleapis.com", "send", Kind::Message),
    ("api.pushover.net", "", Kind::Message),
    ("ntfy.sh", "", Kind::Message),
    ("events.pagerduty.com", "", Kind::Message),
    ("api.stripe.com", "", Kind::Payment),
    ("api.paypal.com", "", Kind::Payment),
    ("api-m.paypal.com", "", Kind::Payment),
    ("adyen.com", "payment", Kind::Payment),
    ("connect.squareup.com", "", Kind::Payment),
    ("braintreegateway.com", "", Kind::Payment),
    ("api.mollie.com", "", Kind::Payment),
    ("api.gocardless.com", "", Kind::Payment),
    ("api.wise.com", "", Kind::Payment),
    ("api.transferwise.com", "", Kind::Payment),
    ("registry.npmjs.org", "", Kind::Publication),
    ("upload.pypi.org", "", Kind::Publication),
    ("api.twitter.com", "tweets", Kind::Publication),
    ("api.x.com", "tweets", Kind::Publication),
];

/// What a call sends: one that does more than ask, to a host that is known for it.
pub(super) fn of_call(call: &Call) -> Option<Outside> {
    let address = call.address.as_ref()?;
    let name = address.name()?;
    let scheme = address.scheme.as_deref();
    let kind = if matches!(scheme, Some("smtp" | "smtps")) {
        Kind::Mail
    } else if call.is_safe() || address.is_local() {
        return None;
    } else {
        let path = address.path.to_ascii_lowercase();
        let is = |host: &str| name == host || name.strip_suffix(host).is_some_and(|sub| sub.ends_with('.'));
        HOSTS.iter().find(|(host, part, _)| is(host) && path.contains(part)).map(|(.., kind)| *kind)?
    };
    Some(Outside { kind, to: vec![name.to_owned()], from: call.from.clone() })
}
